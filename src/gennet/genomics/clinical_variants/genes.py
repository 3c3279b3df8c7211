"""What is known of genes: condition, inheritance, mechanism, whether a secondary finding is reported."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from importlib import resources
from typing import TYPE_CHECKING

from gennet.core.files import read_text
from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The shipped table: conditions and inheritance of the list below; recessive conditions that carrier screening offers to
# everybody (10.1038/s41436-021-01203-z). Whether loss of function is the mechanism is left open where a gene acts by gain
# of function, by a dominant negative protein, or in both ways.
SECONDARY = "ACMG SF v3.2 (2023), 81 genes, 10.1016/j.gim.2023.100866"


class Inheritance(StrEnum):
    """How a condition is passed on."""

    DOMINANT = "AD"
    SEMIDOMINANT = "SD"
    """One variant is enough, two are worse."""
    RECESSIVE = "AR"
    X_LINKED = "XL"


class Secondary(StrEnum):
    """Which findings in a gene of the list are reported."""

    NO = ""
    ANY = "any"
    BIALLELIC = "biallelic"
    TRUNCATING = "truncating"
    C282Y = "c282y"
    """HFE: p.Cys282Tyr on both copies."""


@dataclass(frozen=True, slots=True)
class Gene:
    """
    A gene; what is not known of it is None or empty.

    >>> read_genes()["MUTYH"].inheritance.value, read_genes()["MUTYH"].secondary.value
    ('AR', 'biallelic')
    """

    symbol: str
    condition: str = ""
    inheritance: Inheritance | None = None
    loss_is_mechanism: bool | None = None
    """Whether loss of function is a known mechanism of the condition."""
    secondary: Secondary = Secondary.NO
    ba1: float | None = None
    bs1: float | None = None
    missense: bool | None = None
    """Whether missense variants are a common mechanism and benign ones are rare (PP2)."""
    truncating_only: bool | None = None
    """Whether mainly truncating variants cause the condition (BP1)."""
    transcript: str = ""
    """The one to judge by; empty for MANE Select, or else the longest."""
    source: str = "table of genes shipped with GenNet"


_COLUMNS = ("gene", "condition", "inheritance", "lof", "secondary", "ba1", "bs1", "pp2", "bp1", "transcript")


def read_genes(path: Path | None = None) -> dict[str, Gene]:
    """
    Read what is known of genes: the shipped table, changed and extended by one's own.

    A TSV with a column ``gene`` and any of condition, inheritance (AD, SD, AR, XL), lof (yes, no), ba1, bs1
    (frequencies), pp2, bp1 (yes, no) and transcript. Empty cells leave what is shipped.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent
        It is not there, has another column, or a cell that means nothing.
    """
    shipped = resources.files(__package__).joinpath("genes.tsv").read_text(encoding="utf-8")
    genes = dict[str, Gene]()
    _add(genes, shipped, "genes.tsv", Gene("").source)
    if path is not None:
        _add(genes, read_text(path), path.name, path.name)
    return genes


def _add(genes: dict[str, Gene], text: str, place: str, source: str) -> None:
    head, *lines = text.splitlines() or [""]
    columns = head.split("\t")
    if "gene" not in columns or set(columns) - set(_COLUMNS):
        raise InvalidContent(
            f"the first line is {head[:60]!r}", place=place, remedy=f"columns, by tabs: {', '.join(_COLUMNS)}"
        )
    for number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) > len(columns):
            raise InvalidContent("more cells than columns", place=f"{place}: line {number}", remedy="correct it")
        row = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if cell.strip()}
        try:
            gene = _changed(genes.get(row["gene"], Gene(row["gene"])), row)
        except (KeyError, ValueError) as error:
            raise InvalidContent(
                f"the line makes no sense ({error})",
                place=f"{place}: line {number}",
                remedy="inheritance is AD, SD, AR or XL; lof, pp2, bp1 are yes or no; ba1, bs1 lie between 0 and 1",
            ) from None
        genes[gene.symbol] = replace(gene, source=source)


def _changed(gene: Gene, row: Mapping[str, str]) -> Gene:
    return replace(
        gene,
        condition=row.get("condition", gene.condition),
        inheritance=Inheritance(row["inheritance"]) if "inheritance" in row else gene.inheritance,
        loss_is_mechanism=_yes(row, "lof", gene.loss_is_mechanism),
        secondary=Secondary(row["secondary"]) if "secondary" in row else gene.secondary,
        ba1=_share(row, "ba1", gene.ba1),
        bs1=_share(row, "bs1", gene.bs1),
        missense=_yes(row, "pp2", gene.missense),
        truncating_only=_yes(row, "bp1", gene.truncating_only),
        transcript=row.get("transcript", gene.transcript),
    )


def _yes(row: Mapping[str, str], name: str, held: bool | None) -> bool | None:
    return {"yes": True, "no": False}[row[name].lower()] if name in row else held


def _share(row: Mapping[str, str], name: str, held: float | None) -> float | None:
    if name not in row:
        return held
    value = float(row[name])
    if not 0 < value <= 1:
        raise ValueError(row[name])
    return value
