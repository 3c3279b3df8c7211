"""Definitions of star alleles, their functions and phenotypes, read from the PyPGx tables."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from gennet.core.files import read_text
from gennet.errors import InvalidContent
from gennet.genomics.builds import Build, chromosome_code

if TYPE_CHECKING:
    from pathlib import Path

    from gennet.genomics.build_evidence import Landmarks

GENES = ("CYP2C19", "CYP2C9", "VKORC1", "SLCO1B1", "TPMT", "NUDT15", "DPYD", "ABCG2")
"""The genes called here: those whose star alleles are made of small variants alone, or nearly so."""

# Variants that an allele may carry without becoming another allele; PharmVar core definitions
# (https://www.pharmvar.org), by the name of the variant in GRCh38.
OPTIONAL: Mapping[tuple[str, str], tuple[str, ...]] = MappingProxyType(
    {
        ("CYP2C19", "*2"): ("10-94775507-G-A",),
        ("CYP2C19", "*4"): ("10-94761900-C-T",),
        ("CYP2C19", "*35"): ("10-94762760-A-C",),
        ("CYP2C9", "*36"): ("10-94981301-C-G",),
    }
)
# I331V is part of CYP2C19*1 and of nearly every other allele; the GRCh38 sequence, without it, is *38.
I331V = "10-94842866-A-G"
WITHOUT_I331V = frozenset({"*16", "*30", "*34"})
# The deletion of CYP2C9*25 lies in a repeat and can be written in two places; left-aligned form second.
_SAME_INDEL = MappingProxyType({"10-94942210-GAAAGAAATGG-G": (-5, "CAATGGAAAGA", "C")})

_COLUMNS = {
    "gene-table.csv": ("Gene", "PhenotypeMethod", "RefAllele", "GRCh38Default"),
    "allele-table.csv": ("Gene", "StarAllele", "ActivityScore", "Function", "GRCh38Core", "SV"),
    "variant-table.csv": (
        "Gene", "GRCh37Name", "GRCh38Name", "rsID", "Chromosome", "GRCh37Position", "GRCh38Position",
        "GRCh37Allele", "GRCh38Allele", "Variant",
    ),
    "diplotype-table.csv": ("Gene", "Diplotype", "Phenotype"),
    "equation-table.csv": ("Gene", "Phenotype", "Equation"),
    "phenotype-table.csv": ("Gene", "Phenotype", "Priority"),
    "recommendation-table.csv": ("Drug", "Gene1", "Phenotype1", "Gene2", "Phenotype2", "Recommendation"),
    "cpic-table.csv": ("Gene", "Drug", "Guideline", "CPICLevel", "CPICLevelStatus", "FDALabel", "PMID"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StarVariant:
    """One defining variant, with its place in both builds; alleles are on the forward strand."""

    name: str
    """``10-94781859-G-A``: chromosome, position, reference and alternate allele in GRCh38."""
    rsid: str
    """Empty when it has none."""
    chromosome: int
    positions: Mapping[Build, int]
    references: Mapping[Build, str]
    """What the genome build itself carries: in two places it is the alternate allele."""
    reference: str
    """The reference allele of GRCh38."""
    alternate: str

    @property
    def forms(self) -> tuple[tuple[int, str, str], ...]:
        """Offset, reference and alternate of each way to write the variant."""
        same = _SAME_INDEL.get(self.name)
        return ((0, self.reference, self.alternate), *((same,) if same else ()))

    def label(self, build: Build) -> str:
        """Name it for a reader: ``rs4244285 (10:94781859)``."""
        place = f"{self.name.split('-')[0]}:{self.positions[build]}"
        return f"{self.rsid} ({place})" if self.rsid else place


@dataclass(frozen=True, slots=True)
class StarAllele:
    """One named allele: the variants that make it, and what it does."""

    name: str
    core: frozenset[str]
    """Names of its defining variants; empty for the sequence of GRCh38."""
    optional: frozenset[str]
    function: str
    activity: float | None
    structural: bool
    """Deletions and fusions of the gene, which small variants cannot show."""


@dataclass(frozen=True, slots=True)
class StarGene:
    """One gene's alleles and how two of them make a phenotype."""

    symbol: str
    reference_allele: str
    default_allele: str
    """The allele of the GRCh38 sequence."""
    method: str
    """``Diplotype``, ``Score`` or ``N/A``."""
    variants: Mapping[str, StarVariant]
    alleles: Mapping[str, StarAllele]
    phenotypes: Mapping[frozenset[tuple[str, int]], str]
    equations: tuple[tuple[str, str], ...]
    """Phenotype and the range of the activity score that makes it."""

    def phenotype(self, first: str, second: str) -> tuple[str, float | None]:
        """Return phenotype and activity score of a pair of named alleles."""
        if self.symbol == "VKORC1":
            return (
                f"-1639 {['GG', 'AG', 'AA'][(first != self.reference_allele) + (second != self.reference_allele)]}",
                None,
            )
        if self.method == "Score":
            scores = (self.alleles[first].activity, self.alleles[second].activity)
            if scores[0] is None or scores[1] is None:
                return INDETERMINATE, None
            total = scores[0] + scores[1]
            return next((name for name, equation in self.equations if satisfies(total, equation)), INDETERMINATE), total
        return self.phenotypes.get(_pair(first, second), INDETERMINATE), None


INDETERMINATE = "Indeterminate"


def read_table(folder: Path, name: str) -> list[dict[str, str]]:
    """
    Read one table, refusing a file without the columns used here.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent
        The folder holds no such table, or one of another shape.
    """
    path = folder / name
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise InvalidContent(
            str(error), place=f"{path}: line {reader.line_num}", remedy="pull the table again"
        ) from None
    lacking = [c for c in _COLUMNS[name] if c not in (reader.fieldnames or ())]
    if lacking:
        raise InvalidContent(
            f"the table has no column {lacking[0]}",
            place=str(path),
            remedy="run: gennet resources pull pharmacogene-tables",
        )
    for number, row in enumerate(rows, start=2):
        if any(row[c] is None for c in _COLUMNS[name]):
            raise InvalidContent("the row is cut short", place=f"{path}: row {number}", remedy="pull the table again")
    return rows


def stamp_of(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return name, time and size of every table, so that what is remembered of them is dropped when one changes."""
    facts = ((path.name, path.stat()) for path in sorted(folder.glob("*.csv")))
    return tuple((name, found.st_mtime_ns, found.st_size) for name, found in facts)


def read_genes(folder: Path, symbols: tuple[str, ...] = GENES) -> Mapping[str, StarGene]:
    """Read the definitions of the genes called here; a second call with unchanged tables costs nothing."""
    return _read_genes(folder, symbols, stamp_of(folder))


@lru_cache(maxsize=4)
def _read_genes(folder: Path, symbols: tuple[str, ...], _stamp: object) -> Mapping[str, StarGene]:
    tables = {n: read_table(folder, f"{n}-table.csv") for n in ("gene", "allele", "variant", "diplotype", "equation")}
    of_gene = {n: {s: [r for r in rows if r["Gene"] == s] for s in symbols} for n, rows in tables.items()}
    made = {}
    for symbol in symbols:
        if not of_gene["gene"][symbol] or not of_gene["allele"][symbol]:
            raise InvalidContent(
                f"the tables lack {symbol}", place=str(folder), remedy="run: gennet resources pull pharmacogene-tables"
            )
        made[symbol] = _gene(symbol, {n: by[symbol] for n, by in of_gene.items()}, folder)
    return MappingProxyType(made)


def _gene(symbol: str, tables: dict[str, list[dict[str, str]]], folder: Path) -> StarGene:
    row = tables["gene"][0]
    named = {r["StarAllele"] for r in tables["allele"]}
    for column in ("RefAllele", "GRCh38Default"):
        if row[column] not in named:
            raise InvalidContent(
                f"{column} of {symbol} is {row[column][:40]!r}, which the allele table lacks",
                place=str(folder / "gene-table.csv"),
                remedy="pull the tables again",
            )
    variants = {r["GRCh38Name"]: _variant(r, folder) for r in tables["variant"] if r["GRCh38Name"] != "N/A"}
    alleles = {}
    for r in tables["allele"]:
        core = frozenset(() if r["GRCh38Core"] == "N/A" else r["GRCh38Core"].split(","))
        if core - set(variants):
            raise InvalidContent(
                f"{symbol} {r['StarAllele']} is made of a variant that the variant table lacks: {min(core - set(variants))}",
                place=str(folder / "allele-table.csv"),
                remedy="pull the tables again",
            )
        # An allele without variants is the sequence of GRCh38; any other is not described by small variants.
        described = bool(core) or r["StarAllele"] == row["GRCh38Default"]
        alleles[r["StarAllele"]] = StarAllele(
            name=r["StarAllele"],
            core=core,
            optional=_optional(symbol, r["StarAllele"], row["GRCh38Default"], variants) - core,
            function=r["Function"],
            activity=None if r["ActivityScore"] == "N/A" else _number(r["ActivityScore"], folder / "allele-table.csv"),
            structural=not described,
        )
    return StarGene(
        symbol=symbol,
        reference_allele=row["RefAllele"],
        default_allele=row["GRCh38Default"],
        method=row["PhenotypeMethod"],
        variants=variants,
        alleles=alleles,
        phenotypes={_pair(*r["Diplotype"].split("/", 1)): r["Phenotype"] for r in tables["diplotype"]},
        equations=tuple((r["Phenotype"], _checked(r["Equation"], folder)) for r in tables["equation"]),
    )


def _optional(symbol: str, name: str, default: str, variants: Mapping[str, StarVariant]) -> frozenset[str]:
    common = (I331V,) if symbol == "CYP2C19" and name != default else ()
    return frozenset(v for v in (*OPTIONAL.get((symbol, name), ()), *common) if v in variants)


def _variant(row: dict[str, str], folder: Path) -> StarVariant:
    place = folder / "variant-table.csv"
    return StarVariant(
        name=row["GRCh38Name"],
        rsid=row["rsID"] if row["rsID"].startswith("rs") else "",
        chromosome=chromosome_code(row["Chromosome"]),
        positions={b: int(_number(row[f"{b}Position"], place)) for b in Build},
        references={b: row[f"{b}Allele"] for b in Build},
        reference=row["GRCh38Allele"],
        alternate=row["Variant"],
    )


def _number(text: str, place: Path) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < 1e9:
        raise InvalidContent(
            f"{text[:40]!r} is not a number from 0 up", place=str(place), remedy="pull the table again"
        )
    return value


def _checked(equation: str, folder: Path) -> str:
    try:
        satisfies(0.0, equation)
    except (ValueError, KeyError):
        raise InvalidContent(
            f"{equation[:40]!r} is not a range of scores",
            place=str(folder / "equation-table.csv"),
            remedy="pull the table again",
        ) from None
    return equation


def _pair(first: str, second: str = "") -> frozenset[tuple[str, int]]:
    return frozenset(Counter((first, second)).items())


def satisfies(score: float, equation: str) -> bool:
    """
    Tell whether a score lies in a range as the tables write it.

    >>> satisfies(1.5, "1 <= score < 2"), satisfies(2.0, "2 == score"), satisfies(0.5, "1 <= score < 2")
    (True, True, False)
    """
    parts = equation.split()
    compare = {"<=": float.__le__, "<": float.__lt__, "==": float.__eq__, ">=": float.__ge__, ">": float.__gt__}
    values = [score if p == "score" else float(p) for p in parts[::2]]
    return all(compare[op](a, b) for a, op, b in zip(values, parts[1::2], values[1:], strict=False))


def pharmacogene_landmarks(pharmacogene_tables: Path) -> Landmarks:
    """
    List the variants of all genes in the tables by build, to find the build of a VCF that does not say.

    Places that coincide in both builds are left out.
    """
    marks: dict[Build, list[tuple[int, int, str, str]]] = {build: [] for build in Build}
    for row in read_table(pharmacogene_tables, "variant-table.csv"):
        code = chromosome_code(row["Chromosome"])
        if row["GRCh37Position"] == row["GRCh38Position"] or not 1 <= code <= 23:
            continue
        for build in Build:
            if row[f"{build}Position"] != "N/A":
                position = int(_number(row[f"{build}Position"], pharmacogene_tables / "variant-table.csv"))
                marks[build].append((code, position, row["GRCh38Allele"], row["Variant"]))
    return marks
