"""CYP2D6 beyond small variants: deletions, duplications and hybrids with its pseudogene, from depth or structural evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gennet.core.parts import Part
from gennet.errors import InvalidContent
from gennet.genomics.pharmacogenes.matching import natural
from gennet.genomics.pharmacogenes.outside import copies_named

if TYPE_CHECKING:
    from collections.abc import Iterable

DELETION = "*5"
# Hybrids that stand beside a whole gene on one chromosome, and the allele of that gene (PharmVar, structural variation of
# CYP2D6; doi:10.1002/cpt.1643).
_TANDEMS = {"*36": "*10", "*57": "*10", "*68": "*4"}
MOST_COPIES = 8


@dataclass(frozen=True, slots=True)
class GeneCopies(Part):
    """
    How many copies of a gene a person has, by read depth or a structural caller.

    >>> GeneCopies("CYP2D6", 3).copies
    3
    """

    supplied_as: ClassVar[str] = "copies of CYP2D6 from depth"

    gene: str
    copies: int
    """Whole copies, hybrids not counted; 2 is usual."""
    hybrids: tuple[str, ...] = ()
    """Hybrid alleles seen beside them, by star name: ``*36``, ``*68``, ``*13``."""
    source: str = ""
    """Where the count comes from, in words."""


def read_copies(text: str) -> GeneCopies:
    """
    Read a count as the command line writes it.

    Raises
    ------
    InvalidContent
        It is no gene with a number of copies.

    >>> read_copies("CYP2D6=2+*68")
    GeneCopies(gene='CYP2D6', copies=2, hybrids=('*68',), source='as stated')
    """
    found = re.fullmatch(r"(CYP2D6)=(\d)((?:\+\*\d+)*)", text.strip())
    if not found or int(found[2]) > MOST_COPIES:
        raise InvalidContent(
            f"{text[:40]!r} is no count of CYP2D6",
            place="copies",
            remedy="write CYP2D6=3, or CYP2D6=2+*68 with a hybrid",
        )
    return GeneCopies(found[1], int(found[2]), tuple(found[3].split("+")[1:]), "as stated")


def with_copies(pair: tuple[str, ...], evidence: GeneCopies, *, heterozygous: bool) -> tuple[tuple[str, str], ...]:
    """
    List the diplotypes that a pair of small-variant alleles can be, given the number of copies.

    One copy on a chromosome whose twin is deleted looks homozygous; of three copies either allele may be the double
    one. Empty when the count contradicts the genotypes: heterozygous positions with one copy.

    >>> with_copies(("*1", "*1"), GeneCopies("CYP2D6", 1), heterozygous=False)
    (('*1', '*5'),)
    >>> with_copies(("*1", "*4"), GeneCopies("CYP2D6", 3), heterozygous=True)
    (('*1', '*4x2'), ('*1x2', '*4'))
    """
    one, two = (pair[0], pair[-1])
    if evidence.copies < 2 and heterozygous:
        return ()
    if evidence.copies == 0:
        options = {(DELETION, DELETION)}
    elif evidence.copies == 1:
        options = {(one, DELETION)}
    else:
        options = {(_times(one, n), _times(two, evidence.copies - n)) for n in range(1, evidence.copies)}
    for hybrid in evidence.hybrids:
        options = {placed for option in options for placed in _beside(hybrid, option)}
    ordered = {_ordered(option) for option in options}
    return tuple(sorted(ordered, key=lambda p: tuple(natural(name) for name in p)))


def possible_without_evidence(pair: tuple[str, ...], *, heterozygous: bool) -> tuple[tuple[str, str], ...]:
    """List what a pair can be when nobody counted the copies: one, two or three of them."""
    counts: Iterable[int] = (2, 3) if heterozygous else (1, 2, 3)
    found = (p for n in counts for p in with_copies(pair, GeneCopies("CYP2D6", n), heterozygous=heterozygous))
    return tuple(dict.fromkeys(found))


def _times(name: str, copies: int) -> str:
    return name if copies == 1 else copies_named(f"{name}x{copies}")


def _beside(hybrid: str, pair: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Place a hybrid beside the allele it is known with, else beside either."""
    usual = _TANDEMS.get(hybrid)
    one, two = pair
    known = tuple(p for name, p in ((one, (f"{hybrid}+{one}", two)), (two, (one, f"{hybrid}+{two}"))) if name == usual)
    return known or ((f"{hybrid}+{one}", two), (one, f"{hybrid}+{two}"))


def _ordered(pair: tuple[str, str]) -> tuple[str, str]:
    one, two = sorted(pair, key=natural)
    return one, two


def for_lookup(name: str) -> str:
    """
    Name the allele that acts of a tandem: the hybrids here have no function of their own.

    >>> for_lookup("*68+*4"), for_lookup("*1x2")
    ('*4', '*1x2')
    """
    return name.rpartition("+")[2]
