"""Guidelines of CPIC and DPWG, read from the files PharmCAT keeps of them."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from gennet.errors import InvalidContent
from gennet.genomics.pharmacogenes.definitions import decode, stamp_of

if TYPE_CHECKING:
    from pathlib import Path

Key = str | frozenset[tuple[str, int]]
"""A phenotype, score or statement; or the alleles themselves with their number."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What a guideline says for one combination of results."""

    lookup: Mapping[str, Key]
    """What each gene's result must be."""
    drugs: frozenset[str]
    population: str
    """Whom it is for: ``pediatrics``, ``CVI ACS PCI``; empty or ``general`` for everyone."""
    strength: str
    """``Strong``, ``Moderate``, ``Optional``, ``No recommendation``; empty where the guideline does not grade."""
    text: str
    implications: tuple[str, ...]
    action: str
    """``alternative``, ``dose``, ``other`` or ``usual``: the most far-reaching thing it asks for."""


@dataclass(frozen=True, slots=True)
class Guideline:
    """One guideline for some drugs and genes."""

    source: str
    """``CPIC`` or ``DPWG``."""
    name: str
    url: str
    drugs: tuple[str, ...]
    genes: tuple[str, ...]
    pmids: tuple[str, ...]
    recommendations: tuple[Recommendation, ...]


class _Named(msgspec.Struct):
    name: str = ""
    symbol: str | None = None


class _Term(msgspec.Struct):
    term: str = ""


class _Text(msgspec.Struct):
    html: str = ""


class _Recommendation(msgspec.Struct, rename="camel"):
    lookup_key: dict[str, str | dict[str, float]]
    text: _Text
    population: str | None = None
    classification: _Term | None = None
    related_chemicals: list[_Named] = []
    implications: list[str] | None = None
    dosing_information: bool = False
    alternate_drug_available: bool = False
    other_prescribing_guidance: bool = False


class _Head(msgspec.Struct, rename="camel"):
    name: str
    source: str
    url: str
    related_chemicals: list[_Named] = []
    related_genes: list[_Named] = []


class _Citation(msgspec.Struct):
    pmid: str | None = None


class _File(msgspec.Struct):
    guideline: _Head
    recommendations: list[_Recommendation]
    citations: list[_Citation] = []


def read_guidelines(folder: Path) -> tuple[Guideline, ...]:
    """
    Read every guideline of a folder, CPIC's first; a second call with unchanged files costs nothing.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent
        The folder holds no guidelines, or a file has another shape; the place is the file.

    >>> from pathlib import Path
    >>> read_guidelines(Path("nowhere"))
    Traceback (most recent call last):
    gennet.errors.InvalidContent: nowhere: holds no guidelines; run: gennet resources pull pharmcat-guidelines
    """
    return _read(folder, stamp_of(folder))


@lru_cache(maxsize=2)
def _read(folder: Path, _stamp: object) -> tuple[Guideline, ...]:
    made = tuple(_guideline(decode(path, _File)) for path in sorted(folder.glob("*.json")))
    if not made:
        raise InvalidContent(
            "holds no guidelines", place=str(folder), remedy="run: gennet resources pull pharmcat-guidelines"
        )
    return tuple(sorted(made, key=lambda g: (g.source, g.name)))


def _guideline(file: _File) -> Guideline:
    head = file.guideline
    return Guideline(
        source=head.source,
        name=head.name,
        url=head.url,
        drugs=tuple(c.name for c in head.related_chemicals),
        genes=tuple(g.symbol or g.name for g in head.related_genes),
        pmids=tuple(c.pmid for c in file.citations if c.pmid),
        recommendations=tuple(_recommendation(r) for r in file.recommendations),
    )


def _recommendation(given: _Recommendation) -> Recommendation:
    return Recommendation(
        lookup={
            gene: key if isinstance(key, str) else frozenset((name, int(n)) for name, n in key.items())
            for gene, key in given.lookup_key.items()
        },
        drugs=frozenset(c.name for c in given.related_chemicals),
        population=given.population or "",
        strength=given.classification.term if given.classification else "",
        text=plain(given.text.html),
        implications=tuple(given.implications or ()),
        action=_action(given),
    )


def _action(given: _Recommendation) -> str:
    if given.alternate_drug_available:
        return "alternative"
    if given.dosing_information:
        return "dose"
    return "other" if given.other_prescribing_guidance else "usual"


_BREAK = re.compile(r"<br\s*/?>|</(p|li|h\d|tr|ul|ol|div)>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]+>")


def plain(markup: str) -> str:
    r"""
    Turn a guideline's HTML into text.

    >>> plain("<p>Avoid&nbsp;it.</p>\n<h4>Other</h4>\n<p>See A &amp; B.</p>")
    'Avoid it. Other See A & B.'
    """
    text = html.unescape(_TAG.sub("", _BREAK.sub(" ", markup)))
    return re.sub(r"\s+", " ", text).strip()
