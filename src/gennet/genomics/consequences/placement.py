"""Where an edit lies with respect to a stretch of exon: outside, across its edge, inside; in which splice site."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from gennet.genomics.consequences.edits import Edit, Kind
from gennet.genomics.consequences.terms import NONE, Term

if TYPE_CHECKING:
    from collections.abc import Callable

# Ensembl's splice sites: two bases of intron; their region: eight of intron, three of exon.
SITE, REGION, EXONIC = 2, 8, 3
CODON = 3


class Side(IntEnum):
    """An end of a stretch on the forward strand."""

    NEITHER = 0
    LEFT = 1
    RIGHT = 2


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of exon or of its CDS, 0-based and half-open."""

    start: int
    end: int
    reverse: bool
    left: bool
    """Whether an intron is spliced out at its left end."""
    right: bool
    first: Side = Side.NEITHER
    """At which end a start codon lies, when one does."""
    last: Side = Side.NEITHER
    """At which end the stop codon lies."""

    @property
    def site_left(self) -> Term:
        """Which splice site lies left of it."""
        return Term.SPLICE_DONOR if self.reverse else Term.SPLICE_ACCEPTOR

    @property
    def site_right(self) -> Term:
        """Which splice site lies right of it."""
        return Term.SPLICE_ACCEPTOR if self.reverse else Term.SPLICE_DONOR


@dataclass(frozen=True, slots=True)
class Placed:
    """What an edit does to a stretch."""

    terms: Term = NONE
    """Splice terms, and what is certain without translating."""
    inside: Edit | None = None
    """The part of it to translate."""
    across: bool = False
    """Whether it cuts the edge of the stretch: what it does to the protein cannot be told."""


def place(edit: Edit, stretch: Stretch, bases: Callable[[int, int], str]) -> Placed:
    """
    Place an edit; `bases` gives the reference's bases of ``[start, end)``.

    The rules are those of haplotype-aware consequence calling (Danecek & McCarthy 2017, 10.1093/bioinformatics/btx100)
    as its reference program applies them.

    >>> exon = Stretch(100, 200, reverse=False, left=True, right=True)
    >>> place(Edit(200, 201, "A", Kind.SUBSTITUTION, 0), exon, lambda start, end: "N" * (end - start)).terms.name
    'SPLICE_DONOR'
    """
    if edit.kind is Kind.SUBSTITUTION:
        return _substitution(edit, stretch)
    if edit.kind is Kind.INSERTION:
        return _insertion(edit, stretch, bases)
    return _deletion(edit, stretch, bases)


def _left_of(stretch: Stretch, end: int) -> Term:
    """Name the splice terms of a change whose last intronic base on the left is ``end - 1``."""
    if not stretch.left or end <= stretch.start - REGION:
        return NONE
    return stretch.site_left if end > stretch.start - SITE else Term.SPLICE_REGION


def _right_of(stretch: Stretch, start: int) -> Term:
    """Name the splice terms of a change whose first intronic base on the right is `start`."""
    if not stretch.right or start >= stretch.end + REGION:
        return NONE
    return stretch.site_right if start < stretch.end + SITE else Term.SPLICE_REGION


def _exonic(stretch: Stretch, start: int, end: int) -> Term:
    near = (stretch.left and start < stretch.start + EXONIC) or (stretch.right and end > stretch.end - EXONIC)
    return Term.SPLICE_REGION if near else NONE


def _substitution(edit: Edit, stretch: Stretch) -> Placed:
    terms = NONE
    if edit.start < stretch.start:
        terms |= _left_of(stretch, min(edit.end, stretch.start))
    if edit.end > stretch.end:
        terms |= _right_of(stretch, max(edit.start, stretch.end))
    start, end = max(edit.start, stretch.start), min(edit.end, stretch.end)
    if start >= end:
        return Placed(terms)
    inside = replace(edit, start=start, end=end, inserted=edit.inserted[start - edit.start : end - edit.start])
    return Placed(terms | _exonic(stretch, start, end), inside)


def _insertion(edit: Edit, stretch: Stretch, bases: Callable[[int, int], str]) -> Placed:
    if edit.start >= stretch.end:
        return _insertion_right(edit, stretch, bases)
    if edit.end < stretch.start or (edit.end == stretch.start and not stretch.left):
        return Placed(_left_of(stretch, edit.end))
    if edit.start < stretch.start or edit.end > stretch.end:
        return _insertion_across(edit, stretch)
    near = (stretch.left and edit.start <= stretch.start + EXONIC) or (
        stretch.right and edit.end > stretch.end - EXONIC
    )
    terms = Term.SPLICE_REGION if near else NONE
    return Placed(terms | Term.START_LOST) if _hits_start(edit, stretch) else Placed(terms, edit)


def _insertion_right(edit: Edit, stretch: Stretch, bases: Callable[[int, int], str]) -> Placed:
    terms = _right_of(stretch, edit.start)
    if terms & stretch.site_right and edit.start == stretch.end:
        # The site is still read where it was, in front of what it was.
        kept = edit.inserted[:SITE] == bases(stretch.end, stretch.end + SITE)
        terms |= Term.SYNONYMOUS if kept else NONE
    return Placed(terms)


def _insertion_across(edit: Edit, stretch: Stretch) -> Placed:
    """Place an insertion that replaces bases on both sides of an edge."""
    left = edit.start < stretch.start
    terms = _left_of(stretch, stretch.start) if left else _right_of(stretch, stretch.end)
    edge = Side.LEFT if left else Side.RIGHT
    if edge in (stretch.first, stretch.last):
        return Placed(terms | (Term.START_LOST if stretch.first is edge else Term.STOP_LOST), across=True)
    return Placed(terms | Term.CODING_SEQUENCE, across=True)


def _hits_start(edit: Edit, stretch: Stretch) -> bool:
    if stretch.first is Side.LEFT:
        return edit.start < stretch.start + 3
    return stretch.first is Side.RIGHT and edit.end > stretch.end - 3


def _deletion(edit: Edit, stretch: Stretch, bases: Callable[[int, int], str]) -> Placed:
    kept = Term.START_RETAINED if _start_kept(edit, stretch, bases) else NONE
    if edit.end <= stretch.start:
        return Placed(_left_of(stretch, edit.end) | kept | _same_left(edit, stretch, bases))
    if edit.start >= stretch.end or (edit.start == stretch.end - 1 and edit.end > stretch.end):
        return _deletion_right(edit, stretch, bases, kept)
    if edit.start < stretch.start:
        return _deletion_across_left(edit, stretch, bases, kept)
    if edit.start < stretch.end - 1 and edit.end >= stretch.end:
        return _deletion_across_right(edit, stretch, kept)
    terms = _exonic(stretch, edit.start, edit.end) | kept
    if kept or _hits_start(edit, stretch):
        return Placed(terms | (kept or Term.START_LOST))
    return Placed(terms, edit)


def _deletion_right(edit: Edit, stretch: Stretch, bases: Callable[[int, int], str], kept: Term) -> Placed:
    terms = _right_of(stretch, max(edit.start, stretch.end)) | kept
    beyond = stretch.end + REGION - edit.start
    # What was written may be read as a deletion further right, behind the splice region.
    if terms and 0 < beyond <= min(edit.slack, REGION):
        same = bases(edit.start, edit.start + beyond) == bases(edit.end, edit.end + beyond)
        terms |= Term.SYNONYMOUS if same else NONE
    if edit.start < stretch.end and not kept:
        terms |= Term.STOP_LOST if stretch.last is Side.RIGHT else NONE
        terms |= Term.START_LOST if stretch.first is Side.RIGHT else NONE
    return Placed(terms)


def _deletion_across_left(edit: Edit, stretch: Stretch, bases: Callable[[int, int], str], kept: Term) -> Placed:
    terms = _left_of(stretch, stretch.start) | _same_left(edit, stretch, bases)
    if kept:
        return Placed(terms | kept)
    beyond = stretch.start - edit.start
    # What was written may be read as a deletion further right, wholly inside.
    if beyond <= edit.slack and bases(edit.start, stretch.start) == bases(edit.end, edit.end + beyond):
        return Placed(terms, replace(edit, start=stretch.start, end=edit.end + beyond, doubtful=True))
    if edit.end >= stretch.end:
        terms |= _right_of(stretch, stretch.end) if edit.end > stretch.end else NONE
    return Placed(terms | Term.CODING_SEQUENCE, across=True)


def _deletion_across_right(edit: Edit, stretch: Stretch, kept: Term) -> Placed:
    terms = _right_of(stretch, stretch.end) if edit.end > stretch.end else _exonic(stretch, edit.start, edit.end)
    if kept:
        return Placed(terms | kept)
    # An indel that ends at the edge keeps what it inserts; beyond it nobody can tell on which side that lands.
    lost = stretch.end - edit.start - (len(edit.inserted) if edit.end == stretch.end else 0)
    terms |= Term.FRAMESHIFT if lost % 3 else Term.INFRAME_DELETION
    terms |= Term.STOP_LOST if stretch.last is Side.RIGHT else NONE
    terms |= Term.START_LOST if stretch.first is Side.RIGHT else NONE
    return Placed(terms, across=True)


def _same_left(edit: Edit, stretch: Stretch, bases: Callable[[int, int], str]) -> Term:
    """Tell whether the splice site on the left reads the same after a deletion reaches into it."""
    place = stretch.start - SITE
    if not stretch.left or edit.end <= place or not place - REGION - SITE <= edit.start < stretch.start:
        return NONE
    shifted = bases(place, max(place, edit.start)) + edit.inserted + bases(edit.end, edit.end + SITE)
    if edit.start < place:
        shifted = shifted[place - edit.start :] + bases(edit.end + SITE, edit.end + 2 * SITE + place - edit.start)
    return Term.SYNONYMOUS if shifted[:SITE] == bases(place, stretch.start) else NONE


def _start_kept(edit: Edit, stretch: Stretch, bases: Callable[[int, int], str]) -> bool:
    """Tell whether a deletion at the start codon can be read as one before it, or one before it as one of it."""
    start, end = edit.start, edit.end
    if edit.inserted or stretch.first is Side.NEITHER:
        return False
    if stretch.first is Side.LEFT:
        inside, shift = end - stretch.start, stretch.start - end
        beyond = start >= stretch.start + CODON
    else:
        inside = shift = stretch.end - start
        beyond = end <= stretch.end - CODON
    if beyond or not 0 <= inside <= CODON:
        return False
    shift = shift or (1 if stretch.first is Side.LEFT else -1)
    if shift < 0:
        return bases(start + shift, start) == bases(end + shift, end)
    return bases(start, start + shift) == bases(end, end + shift)
