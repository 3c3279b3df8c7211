"""Results of other tests: HLA types, CYP2D6 with its copies, a laboratory's phenotype."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gennet.core.files import read_text
from gennet.core.parts import Part
from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from pathlib import Path

_GENE = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)?")
_SHORT = {"PM": "Poor", "IM": "Intermediate", "NM": "Normal", "EM": "Normal", "RM": "Rapid", "UM": "Ultrarapid"}
_METABOLIZER = re.compile(
    r"\b(poor|intermediate|normal|extensive|rapid|ultra-?rapid)\s+metaboli[sz]ers?\b", re.IGNORECASE
)
_MODIFIER = re.compile(r"\b(likely|possible)\b", re.IGNORECASE)
_COPIES = re.compile(r"^(\*\d+)(?:x|\u00d7|x?(?=≥))(≥?\d+)$")


@dataclass(frozen=True, slots=True)
class OutsideCall:
    """One gene's result from elsewhere; at least one of the last three is given."""

    gene: str
    diplotype: str = ""
    """``*1/*3``, or one allele where there is one copy."""
    phenotype: str = ""
    activity: str = ""
    """Activity score as written."""


@dataclass(frozen=True, slots=True)
class OutsideCalls(Part):
    """
    What other tests found; it counts instead of what the genome file says about the same gene.

    >>> OutsideCalls((OutsideCall("HLA-B", "*15:02/*57:01"),)).find("HLA-B").diplotype
    '*15:02/*57:01'
    """

    supplied_as: ClassVar[str] = "results of other tests (gene, diplotype, phenotype, activity score)"

    calls: tuple[OutsideCall, ...]

    @property
    def size(self) -> int:
        """How many genes there are."""
        return len(self.calls)

    def find(self, gene: str) -> OutsideCall | None:
        """Return a gene's result, or None."""
        return next((call for call in self.calls if call.gene == gene), None)


def read_outside_calls(path: Path) -> OutsideCalls:
    """
    Read results of other tests: tab-separated gene, diplotype, phenotype, activity score (PharmCAT's format).

    Lines that start with ``#`` are ignored; of the last three columns one is enough.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent
        There is no such text file, or a line is no result; the place is file and line.

    >>> from pathlib import Path
    >>> read_outside_calls(Path("nowhere.tsv"))
    Traceback (most recent call last):
    gennet.errors.MissingFile: nowhere.tsv: there is no file here; check the path
    """
    calls = list[OutsideCall]()
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            calls.append(_read(line, f"{path.name}: line {number}", {c.gene for c in calls}))
    if not calls:
        raise InvalidContent("it holds no results", place=path.name, remedy="write gene, tab, diplotype on each line")
    return OutsideCalls(tuple(calls))


def is_outside_calls(start: str) -> bool:
    r"""
    Tell from a file's first text whether it is a table of results from other tests.

    >>> is_outside_calls("# from the laboratory\nCYP2D6\t*1/*3\n"), is_outside_calls("gene\tvalue\n")
    (True, False)
    """
    lines = [line for line in start.splitlines() if line.strip() and not line.startswith("#")]
    first = lines[0].split("\t") if lines else [""]
    known = first[0] in _KNOWN or first[0].startswith(("CYP", "HLA-"))
    return known and 2 <= len(first) <= 4 and _GENE.fullmatch(first[0]) is not None and not _numeric(first[1])


_KNOWN = frozenset(
    ("ABCG2", "CACNA1S", "CFTR", "DPYD", "F5", "G6PD", "IFNL3", "MT-RNR1", "NAT2", "NUDT15", "RYR1", "SLCO1B1", "TPMT",
     "UGT1A1", "VKORC1")
)  # fmt: skip


def _numeric(text: str) -> bool:
    return bool(re.fullmatch(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?", text.strip()))


def _read(line: str, place: str, seen: set[str]) -> OutsideCall:
    cells = [cell.strip() for cell in line.split("\t")]
    gene = cells[0].upper()
    if not _GENE.fullmatch(gene) or len(cells) > 4:
        raise InvalidContent(
            f"{line[:40]!r} is no result", place=place, remedy="write gene, diplotype, phenotype, score between tabs"
        )
    if gene in seen:
        raise InvalidContent(f"{gene} stands twice", place=place, remedy="keep one result of each gene")
    diplotype, phenotype, activity = (*cells[1:], "", "", "")[:3]
    if not (diplotype or phenotype or activity):
        raise InvalidContent(f"{gene} has no result", place=place, remedy="add a diplotype, phenotype or score")
    return OutsideCall(gene, _diplotype(gene, diplotype), standard_phenotype(phenotype), activity)


def standard_phenotype(text: str) -> str:
    """
    Write a phenotype in CPIC's words.

    >>> standard_phenotype("PM"), standard_phenotype("likely cyp2c19 poor metaboliser"), standard_phenotype("Deficient")
    ('Poor Metabolizer', 'Likely Poor Metabolizer', 'Deficient')
    """
    bare = text.strip()
    if bare.upper() in _SHORT:
        return f"{_SHORT[bare.upper()]} Metabolizer"
    found = _METABOLIZER.search(bare)
    if not found:
        return bare
    kind = found[1].lower().replace("-", "")
    modifier = _MODIFIER.search(bare)
    words = [modifier[1].capitalize()] if modifier else []
    return " ".join((*words, "Normal" if kind == "extensive" else kind.capitalize(), "Metabolizer"))


def _diplotype(gene: str, text: str) -> str:
    if gene.startswith("HLA-"):
        return "/".join(_hla(gene, part) for part in text.split("/")) if text else ""
    if gene == "MT-RNR1" and re.fullmatch(r"\d+\S*", text):
        return f"m.{text}"
    if gene == "CYP2D6":
        return "/".join(copies_named(part.strip()) for part in text.split("/")) if text else ""
    return text


def _hla(gene: str, text: str) -> str:
    """Write an HLA allele with two fields: ``HLA-B*57:01:01`` and ``B*5701`` are ``*57:01``."""
    bare = text.strip().removeprefix(gene).removeprefix(gene.removeprefix("HLA-"))
    found = re.fullmatch(r"\*?(\d{2,3}):?(\d{2,3})(?::\d+)*[A-Z]?", bare)
    return f"*{found[1]}:{found[2]}" if found else text.strip()


def copies_named(text: str) -> str:
    """
    Write the copies of a CYP2D6 allele as the tables do: those counted one by one, the rest as ``x≥3``.

    >>> copies_named("*1x5"), copies_named("*2x2"), copies_named("*41x3"), copies_named("*4")
    ('*1x≥3', '*2x2', '*41x3', '*4')
    """
    found = _COPIES.match(text)
    if not found:
        return text
    binned = found[1] in {"*1", "*2", "*4"} and int(found[2].removeprefix("≥")) >= 3
    return f"{found[1]}x≥3" if binned else f"{found[1]}x{found[2]}"
