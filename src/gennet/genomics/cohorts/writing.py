"""Write a cohort as VCF or PGEN: beside the target first, then renamed, so that a file is whole or not there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.bgzf import END, bgzip
from gennet.core.study import silent
from gennet.errors import BadInput, NotInstalled, StorageFailed
from gennet.genomics.builds import chromosome_lengths, chromosome_name
from gennet.genomics.cohort import MISSING
from gennet.genomics.cohorts.dosages import DosageCohort
from gennet.genomics.names import count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.core.study import Watch
    from gennet.genomics.cohort import Cohort, Variants

_BLOCK = 1024
# What each dosage looks like in a column of a VCF; index -1 is the last.
_CALLS = np.frombuffer(b"\t0/0\t0/1\t1/1\t./.", "S4").view(np.uint8).reshape(4, 4)


def write_vcf(cohort: Cohort, path: Path, *, watch: Watch = silent) -> tuple[str, ...]:
    r"""
    Write hard calls as a VCF 4.3 compressed by bgzip, in the order of the cohort.

    Phase and dosages are not written; variants on contigs other than 1-22, X, Y and MT are left out.

    Returns
    -------
    tuple[str, ...]
        What was left out, in plain words.

    >>> import gzip, tempfile
    >>> from gennet.genomics.cohort import HeldCohort, Variants
    >>> v = Variants(np.array([1], np.int8), np.array([100], np.int32), ("rs1",), ("A",), ("C",))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = write_vcf(HeldCohort(("p1", "p2"), v, None, np.array([[1, -1]], np.int8)), Path(folder) / "a.vcf.gz")
    ...     gzip.decompress((Path(folder) / "a.vcf.gz").read_bytes()).splitlines()[-1]
    b'1\t100\trs1\tA\tC\t.\t.\t.\tGT\t0/1\t./.'
    """
    rows = _named(cohort.variants)
    with _beside(path) as (part,), part.open("wb") as stream:
        for piece in bgzip(_vcf_header(cohort)):
            if piece is not END:
                stream.write(piece)
        for block in cohort.blocks(rows, size=_BLOCK):
            watch("writing", block.start, len(rows))
            for piece in bgzip(_vcf_lines(cohort.variants, rows, block.start, block.dosages)):
                if piece is not END:
                    stream.write(piece)
        stream.write(END)
    return _notes(cohort, rows, dosages=False)


def _vcf_header(cohort: Cohort) -> bytes:
    lines = ["##fileformat=VCFv4.3", '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">']
    lengths = chromosome_lengths(cohort.build)
    for code in sorted({int(c) for c in np.unique(cohort.variants.chromosome)} - {0}):
        of_build = f",length={lengths[code]},assembly={cohort.build}" if cohort.build and code < 25 else ""
        lines.append(f"##contig=<ID={chromosome_name(code)}{of_build}>")
    fixed = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT")
    return ("\n".join((*lines, "\t".join((*fixed, *cohort.samples)))) + "\n").encode()


def _vcf_lines(v: Variants, rows: NDArray[np.intp], start: int, dosages: NDArray[np.int8]) -> bytes:
    lines = list[bytes]()
    for row, carried in zip(rows[start : start + len(dosages)].tolist(), dosages, strict=True):
        place = f"{chromosome_name(int(v.chromosome[row]))}\t{v.position[row]}\t{v.id[row]}"
        fixed = f"{place}\t{v.reference[row]}\t{v.alternate[row]}\t.\t.\t.\tGT"
        lines.append(fixed.encode() + _CALLS[carried].tobytes() + b"\n")
    return b"".join(lines)


def write_pgen(cohort: Cohort, path: Path, *, watch: Watch = silent) -> tuple[str, ...]:
    """
    Write a PGEN with its .pvar and .psam beside it, with dosages where the cohort's file has them.

    Returns
    -------
    tuple[str, ...]
        What was left out, in plain words.

    Raises
    ------
    BadInput
        The name does not end in .pgen.
    """
    if path.suffix != ".pgen":
        raise BadInput("the name of a PGEN ends in .pgen", place=str(path), remedy=f"call it {path.stem}.pgen")
    rows = _named(cohort.variants)
    beside = path.with_suffix(".pvar"), path.with_suffix(".psam"), path
    with _beside(*beside) as (variants, samples, genotypes):
        variants.write_text(_pvar(cohort, rows), encoding="utf-8")
        samples.write_text("#IID\tSEX\n" + "".join(f"{name}\tNA\n" for name in cohort.samples), encoding="utf-8")
        _write_genotypes(cohort, rows, genotypes, watch)
    return _notes(cohort, rows, dosages=True)


def _pvar(cohort: Cohort, rows: NDArray[np.intp]) -> str:
    v = cohort.variants.at(rows)
    lengths = chromosome_lengths(cohort.build)
    head = [
        f"##contig=<ID={chromosome_name(code)},length={lengths[code]},assembly={cohort.build}>"
        for code in sorted({int(c) for c in np.unique(v.chromosome)})
        if cohort.build and code < 25
    ]
    names = map(chromosome_name, v.chromosome.tolist())
    columns = zip(names, v.position.tolist(), v.id, v.reference, v.alternate, strict=True)
    return "\n".join((*head, "#CHROM\tPOS\tID\tREF\tALT", *("\t".join(map(str, row)) for row in columns), ""))


def _write_genotypes(cohort: Cohort, rows: NDArray[np.intp], path: Path, watch: Watch) -> None:
    try:
        from pgenlib import PgenWriter
    except ImportError:
        raise NotInstalled(
            "writing PGEN needs pgenlib", place=path.name, remedy="pip install 'gennet[genomics]'"
        ) from None
    with_dosages = isinstance(cohort, DosageCohort) and cohort.has_dosages
    writer = PgenWriter(
        str(path).encode(), len(cohort.samples), variant_ct=len(rows), nonref_flags=False, dosage_present=with_dosages
    )
    try:
        if isinstance(cohort, DosageCohort) and with_dosages:
            for block in cohort.dosage_blocks(rows, size=_BLOCK):
                watch("writing", block.start, len(rows))
                writer.append_dosages_batch(np.where(np.isnan(block.dosages), np.float32(-9), block.dosages))
        else:
            for calls in cohort.blocks(rows, size=_BLOCK):
                watch("writing", calls.start, len(rows))
                writer.append_biallelic_batch(np.where(calls.dosages == MISSING, np.int8(-9), calls.dosages))
    except BaseException:
        with suppress(RuntimeError):  # it complains that not all was written
            writer.close()
        raise
    writer.close()


def _named(variants: Variants) -> NDArray[np.intp]:
    rows = np.flatnonzero(variants.chromosome > 0)
    if not len(rows):
        raise BadInput("no variant lies on chromosomes 1-22, X, Y or MT", remedy="check the names of its contigs")
    return rows


def _notes(cohort: Cohort, rows: NDArray[np.intp], *, dosages: bool) -> tuple[str, ...]:
    notes, other = list[str](), cohort.variants.size - len(rows)
    if other:
        notes.append(f"Left out: {count(other, 'variant')} on other contigs.")
    if not dosages and isinstance(cohort, DosageCohort) and cohort.has_dosages:
        notes.append("Left out: dosages; the VCF holds hard calls.")
    return tuple(notes)


@contextmanager
def _beside(*paths: Path) -> Iterator[Sequence[Path]]:
    """Give names to write under; renamed when all is written, removed when something goes wrong."""
    parts = [path.with_name(f".{path.stem}.part{path.suffix}") for path in paths]
    try:
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
        yield parts
        for part, path in zip(parts, paths, strict=True):
            part.replace(path)
    except OSError as error:
        raise StorageFailed(
            f"cannot write ({error.strerror})", place=str(paths[-1]), remedy="choose another folder"
        ) from error
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
