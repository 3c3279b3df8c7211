"""Write a scoring file in the columns of the PGS Catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.errors import StorageFailed
from gennet.genomics.builds import chromosome_name
from gennet.genomics.scoring_files import EFFECT_MODELS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gennet.genomics.scoring_files import ScoringFile

_OF_BUILD = ("score_constant", "genome_build", "hmpos_build", "hmpos_date", "hmpos_match_chr", "hmpos_match_pos")


def write_scoring_file(file: ScoringFile, path: Path, source: str = "") -> None:
    """
    Write a scoring file; variants without a place in its build are written without one.

    `source` is the text it was read from: its header is kept, save the lines that tell the build.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text("\n".join((*_header(file, source), *_rows(file), "")), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageFailed(
            f"cannot write ({error.strerror})", place=str(path), remedy="choose another folder"
        ) from error


def _header(file: ScoringFile, source: str) -> Iterator[str]:
    kept = [line for line in source.splitlines() if line.startswith("#")]
    if not any(line.startswith("#pgs_id=") for line in kept):
        yield f"#pgs_id={file.id}"
    for line in kept:
        if line.lstrip("#").partition("=")[0].strip().lower() not in _OF_BUILD:
            yield line
    yield f"#genome_build={file.build}"
    if file.constant:
        yield f"#score_constant={file.constant!r}"
    yield "rsID\tchr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\tallelefrequency_effect\teffect_type"


def _rows(file: ScoringFile) -> Iterator[str]:
    columns = (
        file.rsid, file.chromosome, file.position, file.effect_allele, file.other_allele,
        file.weight, file.allele_frequency, file.effect_model,
    )  # fmt: skip
    for rsid, code, position, effect, other, weight, frequency, model in zip(
        *(c.tolist() for c in columns), strict=True
    ):
        place = (chromosome_name(code), str(position)) if code else ("", "")
        alleles = file.alleles[effect], file.alleles[other] if other >= 0 else ""
        numbers = repr(weight), repr(frequency) if frequency >= 0 else ""
        yield "\t".join((f"rs{rsid}" if rsid else "", *place, *alleles, *numbers, EFFECT_MODELS[model]))
