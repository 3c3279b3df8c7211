"""Published weights of polygenic scores, read from PGS Catalog files and files written like them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from gennet.core.files import read_text
from gennet.core.parts import Part
from gennet.errors import BadInput, InvalidContent, UnreadableFile
from gennet.genomics._scoring_rows import read_rows
from gennet.genomics.builds import Build, parse_build
from gennet.genomics.score_reference import ScoreReference, find_reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ScoreReference", "ScoringFile", "ScoringFiles", "landmarks_of", "read_scoring_file"]

EFFECT_MODELS = ("additive", "dominant", "recessive")


@dataclass(frozen=True, slots=True, eq=False)
class ScoringFile:
    """The weights of one polygenic score; row `i` of every array is one variant."""

    id: str
    """PGS Catalog accession, or the identifier the file gives itself."""
    name: str
    trait: str
    trait_efo: str
    """Ontology terms, ``EFO_0000305``; several are joined by ``|``; empty when not stated."""
    build: Build
    """Of `chromosome` and `position`."""
    citation: str
    license: str
    chromosome: NDArray[np.int8]
    """1-22, 23 for X, 24 for Y, 25 for MT; 0 where the variant has no place in this build."""
    position: NDArray[np.int32]
    """1-based; 0 where the variant has no place in this build."""
    effect_allele: NDArray[np.int32]
    """Index into `alleles`."""
    other_allele: NDArray[np.int32]
    """Index into `alleles`; -1 where the file does not name it."""
    alleles: tuple[str, ...]
    weight: NDArray[np.float64]
    """Per copy of the effect allele, in the score's own unit (often log odds)."""
    allele_frequency: NDArray[np.float64]
    """Of the effect allele in the population the file states, 0 to 1; -1 where unknown."""
    rsid: NDArray[np.int64]
    """The number after ``rs``; 0 where unknown."""
    effect_model: NDArray[np.int8]
    """Index into `EFFECT_MODELS`: additive, dominant, recessive."""
    set_aside: int = 0
    """Rows that are no weight times dosage (haplotypes, interactions, HLA types); they count as not matched."""
    reference: ScoreReference | None = None
    """The score's distribution and effect in a stated population; None when the file does not give it."""
    notes: tuple[str, ...] = ()
    constant: float = 0.0
    """Part of everybody's score: what no copies count in files that weigh each number of copies."""

    @property
    def size(self) -> int:
        """How many variants the score has, those set aside included."""
        return len(self.position) + self.set_aside

    @property
    def paired(self) -> NDArray[np.bool_]:
        """Whether a row is the recessive weight of the variant whose dominant weight is the row before."""
        second = np.zeros(len(self.position), bool)
        second[1:] = (self.effect_model[:-1] == 1) & (self.effect_model[1:] == 2)
        for column in (self.chromosome, self.position, self.effect_allele, self.other_allele):
            second[1:] &= column[:-1] == column[1:]
        return second


@dataclass(frozen=True, slots=True)
class ScoringFiles(Part):
    """
    The scoring files to apply to a person.

    >>> ScoringFiles(()).size
    0
    """

    supplied_as: ClassVar[str] = "polygenic scoring files (--scores)"

    files: tuple[ScoringFile, ...]

    @property
    def size(self) -> int:
        """How many weights there are in all files."""
        return sum(file.size for file in self.files)


def read_scoring_file(path: Path | str, *, build: Build | None = None) -> ScoringFile:
    """
    Read weights from a PGS Catalog scoring file, harmonised or not, or a file of the same columns.

    Harmonised positions (``hm_chr``, ``hm_pos``) are preferred to the authors'. Dominant and recessive weights are
    kept as such; weights of 0, 1 and 2 copies (``dosage_0_weight`` ...) become a constant, a dominant and a recessive
    weight, which count as two variants; rows that are not weight times dosage are set aside and counted. Custom files may add the header
    lines ``#reference_mean=``, ``#reference_sd=``, ``#reference_population=``, ``#log_odds_per_sd=`` or
    ``#log_hazard_per_sd=``, ``#per_sd_standard_error=``, ``#outcome=`` and ``#score_constant=``.

    Parameters
    ----------
    path
        Text with tab-separated columns, plain or gzip.
    build
        The build of the positions, for files that do not state it.

    Raises
    ------
    MissingFile, UnreadableFile
        The path leads to no whole scoring file.
    BadInput
        The file has no positions, or does not state its build.
    InvalidContent
        A line cannot be true; the message names it.

    References
    ----------
    Lambert et al. The Polygenic Score Catalog. Nat Genet (2021). doi:10.1038/s41588-021-00783-5

    >>> read_scoring_file("nowhere.txt")
    Traceback (most recent call last):
    gennet.errors.MissingFile: nowhere.txt: there is no file here; check the path
    """
    path = Path(path)
    place = str(path)
    header, columns, first_line = _head_and_columns(_text(path), place)
    rows = read_rows(columns, first_line, place)
    own_build, build_note = _build_of(header, columns, path, build)
    accession = _accession(columns, place)
    identifier = header.get("pgs_id") or accession or _stem(path)
    return ScoringFile(
        id=identifier,
        name=header.get("pgs_name") or identifier,
        trait=header.get("trait_reported", header.get("trait_mapped", "")),
        trait_efo=header.get("trait_efo", ""),
        build=own_build,
        citation=header.get("citation", ""),
        license=header.get("license", ""),
        chromosome=rows.chromosome,
        position=rows.position,
        effect_allele=rows.effect_allele,
        other_allele=rows.other_allele,
        alleles=rows.alleles,
        weight=rows.weight,
        allele_frequency=rows.allele_frequency,
        rsid=rows.rsid,
        effect_model=rows.effect_model,
        set_aside=rows.set_aside,
        reference=find_reference(header, place, header.get("citation", "") or path.name),
        notes=(*build_note, *rows.notes),
        constant=rows.constant + _constant(header, place),
    )


def landmarks_of(
    files: Sequence[ScoringFile], *, at_most: int = 20_000
) -> dict[Build, list[tuple[int, int, str, str]]]:
    """
    List sites known in the build of each scoring file, to find the build of a VCF that does not say.

    >>> landmarks_of(())
    {}
    """
    marks: dict[Build, list[tuple[int, int, str, str]]] = {}
    for file in files:
        placed = np.flatnonzero((file.chromosome > 0) & (file.other_allele >= 0))
        for row in placed[:: len(placed) // at_most + 1].tolist():
            pair = file.alleles[file.effect_allele[row]], file.alleles[file.other_allele[row]]
            marks.setdefault(file.build, []).append((int(file.chromosome[row]), int(file.position[row]), *pair))
    return marks


def _text(path: Path) -> str:
    text = read_text(path)
    if "\0" in text:
        raise UnreadableFile("this is not a text file", place=path.name, remedy="give a PGS Catalog scoring file")
    return text


def _head_and_columns(text: str, place: str) -> tuple[dict[str, str], dict[str, list[str]], int]:
    lines = text.replace("\r\n", "\n").split("\n")
    header: dict[str, str] = {}
    at = 0
    while at < len(lines) and (lines[at].startswith("#") or not lines[at].strip()):
        key, equals, value = lines[at].lstrip("#").partition("=")
        key = key.strip().lower()
        if equals and header.setdefault(key, value.strip()) != value.strip():
            raise InvalidContent(
                f"the header gives {key} twice", place=f"{place}: line {at + 1}", remedy="keep one of the lines"
            )
        at += 1
    if at >= len(lines):
        raise UnreadableFile("there is no table of weights", place=place, remedy="give a PGS Catalog scoring file")
    names = [name.strip() for name in lines[at].split("\t")]
    if len(set(names)) < len(names):
        raise InvalidContent(
            "a column stands twice", place=f"{place}: line {at + 1}", remedy="rename one of the columns"
        )
    if "effect_allele" not in names:
        raise UnreadableFile(
            "this is not a scoring file: it has no effect_allele column",
            place=f"{place}: line {at + 1}",
            remedy="give a tab-separated PGS Catalog scoring file",
        )
    while lines and not lines[-1].strip():
        lines.pop()
    rows = [line.split("\t") for line in lines[at + 1 :]]
    if not rows:
        raise InvalidContent("the file holds no weights", place=place, remedy="download it again")
    for number, row in enumerate(rows, start=at + 2):
        if len(row) != len(names):
            # Trailing empty columns are dropped by some writers.
            if 1 < len(row) < len(names) and all(n not in _NEEDED for n in names[len(row) :]):
                row.extend([""] * (len(names) - len(row)))
                continue
            raise InvalidContent(
                f"{len(row)} columns where the heading has {len(names)}",
                place=f"{place}: line {number}",
                remedy="the file may be cut short; download it again",
            )
    values = zip(*rows, strict=True)
    return header, {name: list(column) for name, column in zip(names, values, strict=True)}, at + 2


_NEEDED = frozenset({"effect_allele", "effect_weight", "chr_position", "chr_name", "hm_chr", "hm_pos"})


def _build_of(
    header: Mapping[str, str], columns: Mapping[str, list[str]], path: Path, asked: Build | None
) -> tuple[Build, tuple[str, ...]]:
    place = str(path)
    notes: tuple[str, ...] = ()
    if "hm_pos" in columns:
        stated = parse_build(header.get("hmpos_build", ""))
        source = "HmPOS_build"
    else:
        stated = parse_build(header.get("genome_build", ""))
        source = "genome_build"
    if stated is None:
        named = re.search(r"_hmPOS_(GRCh3[78])", path.name)
        stated = Build(named[1]) if named and not header.get("genome_build") else None
        if stated is not None:
            source = "file name"
            notes = (f"The file states no genome build; its name says {stated}.",)
    if asked is not None and stated is not None and asked != stated:
        raise InvalidContent(
            f"the {source} says {stated}, the request {asked}",
            place=place,
            remedy=f"use the file harmonised to {asked}",
        )
    if stated is None and asked is None:
        raise BadInput(
            "the file does not state the genome build of its positions",
            place=place,
            remedy="use the harmonised file of the PGS Catalog, add #genome_build=, or say which with --build",
        )
    return stated or asked or Build.GRCH38, notes


def _constant(header: Mapping[str, str], place: str) -> float:
    text = header.get("score_constant", "0")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidContent(f"score_constant {text[:40]!r} is no finite number", place=place, remedy="correct it")
    return value


def _accession(columns: Mapping[str, list[str]], place: str) -> str:
    accessions = sorted(set(columns.get("accession", ())))
    if len(accessions) > 1:
        raise InvalidContent(
            f"the rows belong to several scores ({', '.join(accessions[:4])})", place=place, remedy="split the file"
        )
    return accessions[0] if accessions else ""


def _stem(path: Path) -> str:
    return path.name.split(".")[0]
