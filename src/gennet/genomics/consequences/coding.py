"""Translate a haplotype: which of its edits act together, and what they do to the protein."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gennet.genomics.consequences.codes import reverse_complement, until_stop
from gennet.genomics.consequences.terms import NONE, Term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gennet.genomics.consequences.codes import GeneticCode
    from gennet.genomics.consequences.edits import Edit


@dataclass(frozen=True, slots=True, eq=False)
class CodingSequence:
    """The spliced coding sequence of a transcript, in its own direction."""

    bases: str
    spans: tuple[tuple[int, int], ...]
    """Of its CDS on the contig, 0-based and half-open, in genome order."""
    reverse: bool
    complete: bool
    """Whether its start codon is there and starts."""
    ends: bool
    """Whether its last codon is a stop."""
    code: GeneticCode
    beyond: str = ""
    """Some bases of the contig behind it."""
    protein: str = ""
    """What it is read to, through any stop."""
    leads: tuple[int, ...] = ()
    """Where each CDS starts in the sequence."""

    def offset(self, cds: int, position: int) -> int:
        """Return where a base of the contig, in or beside that CDS, lies in the sequence."""
        start, end = self.spans[cds]
        return self.leads[cds] + (end - 1 - position if self.reverse else position - start)


@dataclass(frozen=True, slots=True)
class SplicedEdit:
    """An edit of the spliced sequence."""

    start: int
    end: int
    inserted: str
    low: int
    """First base touched, the anchor included."""
    high: int
    """End of what is touched."""
    whole: bool = False
    """Whether it acts together even with the codon behind the one it ends in: a deletion read forward."""

    @property
    def reach(self) -> int:
        """Number of the last codon it acts together with."""
        return (self.high if self.whole else self.high - 1) // 3

    @property
    def change(self) -> int:
        """Bases gained."""
        return len(self.inserted) - (self.end - self.start)


@dataclass(frozen=True, slots=True)
class Block:
    """Edits that act together on a protein, and what they make of it."""

    edits: tuple[int, ...]
    """Their numbers in the haplotype."""
    terms: Term
    reference: str
    """Residues; ``*`` is the stop."""
    alternate: str
    reference_at: int
    """Number of the first residue, from 1."""
    alternate_at: int
    after_stop: bool
    """Whether a stop before them already ended the protein."""


def spliced(edit: Edit, sequence: CodingSequence, cds: int) -> SplicedEdit:
    """Move an edit inside a CDS onto the spliced sequence."""
    anchored = edit.start - (1 if edit.change else 0)
    if edit.change < 0 or (edit.change > 0 and sequence.reverse):
        anchored = max(anchored, sequence.spans[cds][0])
    if not sequence.reverse:
        start, low = sequence.offset(cds, edit.start), sequence.offset(cds, anchored)
        length = edit.end - edit.start
        high = max(start + length, low + 1) + int(edit.doubtful)
        return SplicedEdit(start, start + length, edit.inserted, low, high, whole=not edit.inserted)
    end = sequence.offset(cds, edit.start) + 1
    start, high = end - (edit.end - edit.start), sequence.offset(cds, anchored) + 1
    low = min(start, high - 1) - int(edit.doubtful)
    return SplicedEdit(start, end, reverse_complement(edit.inserted), low, high)


def translate(sequence: CodingSequence, edits: Sequence[SplicedEdit]) -> list[Block]:
    """
    Apply the edits of one haplotype, sorted along the sequence, and translate.

    Edits act together while the frame is shifted, and where they share a codon.
    """
    blocks, shift, stopped, at = list[Block](), 0, False, 0
    while at < len(edits):
        until, gained = _together(edits, at)
        block = _block(sequence, edits, range(at, until), shift, gained, after_stop=stopped)
        blocks.append(block)
        stopped |= bool(block.terms & Term.STOP_GAINED) or block.alternate.endswith("*")
        shift += gained
        at = until
    return blocks


def _together(edits: Sequence[SplicedEdit], first: int) -> tuple[int, int]:
    """Find the edits that act together with the first: the number after the last, and the bases gained."""
    gained, reach, at = edits[first].change, edits[first].reach, first + 1
    while at < len(edits) and (gained % 3 or edits[at].low // 3 <= reach):
        gained += edits[at].change
        reach = max(reach, edits[at].reach)
        at += 1
    return at, gained


def _block(
    sequence: CodingSequence, edits: Sequence[SplicedEdit], numbers: range, shift: int, gained: int, *, after_stop: bool
) -> Block:
    chosen = [edits[n] for n in numbers]
    low = min(e.low for e in chosen) // 3 * 3
    high = -(-max(e.high for e in chosen) // 3) * 3
    if gained % 3:
        high = len(sequence.bases)
    altered = _applied(sequence.bases, chosen, low, high)
    # The codon in which the last edit ends is read to its end, beyond the coding sequence when it has to be.
    whole = -(-(max(e.high for e in chosen) - low + gained) // 3) * 3
    altered += sequence.beyond[: max(whole - len(altered), 0)]
    reference, alternate = _to_stop(sequence.protein[low // 3 : high // 3]), until_stop(sequence.code, altered)
    indel = any(e.change for e in chosen)
    read_edits = _before_stop(chosen, low, alternate)
    terms = _frame(sum(e.change for e in read_edits), indel=indel)
    last = max(e.end if e.change < 0 else e.high for e in read_edits)
    ending = sequence.ends and last > len(sequence.bases) - 3
    terms |= _stops(reference, alternate, ending=ending, shifted=bool(gained % 3))
    if low == 0 and sequence.complete and (start := _starts(sequence, altered)):
        terms = start if start is Term.START_LOST else terms | start
    terms |= _residues(reference, alternate, terms)
    return Block(tuple(numbers), terms, reference, alternate, low // 3 + 1, (low + shift) // 3 + 1, after_stop)


def _applied(bases: str, edits: Sequence[SplicedEdit], low: int, high: int) -> str:
    pieces, at = list[str](), low
    for edit in edits:
        pieces += (bases[at : edit.start], edit.inserted)
        at = edit.end
    return "".join((*pieces, bases[at:high]))


def _to_stop(residues: str) -> str:
    stop = residues.find("*")
    return residues if stop < 0 else residues[: stop + 1]


def _before_stop(edits: Sequence[SplicedEdit], low: int, alternate: str) -> Sequence[SplicedEdit]:
    """Keep the edits read before the new stop: what lies behind it restores no frame and touches no end."""
    if not alternate.endswith("*"):
        return edits
    end, gained = low + 3 * len(alternate), 0
    for number, edit in enumerate(edits):
        if number and edit.start + gained >= end:
            return edits[:number]
        gained += edit.change
    return edits


def _frame(gained: int, *, indel: bool) -> Term:
    if gained % 3:
        return Term.FRAMESHIFT
    if gained:
        return Term.INFRAME_INSERTION if gained > 0 else Term.INFRAME_DELETION
    return Term.INFRAME_ALTERING if indel else NONE


def _stops(reference: str, alternate: str, *, ending: bool, shifted: bool) -> Term:
    stops = alternate.endswith("*")
    if ending:
        return Term.STOP_RETAINED if stops else Term.STOP_LOST
    if stops and not reference.endswith("*"):
        return Term.STOP_GAINED
    _ = shifted
    return NONE


def _starts(sequence: CodingSequence, altered: str) -> Term:
    if altered[:3] == sequence.bases[:3]:
        return NONE
    return Term.START_RETAINED if altered[:3] in sequence.code.starts else Term.START_LOST


def _residues(reference: str, alternate: str, terms: Term) -> Term:
    if terms & ~Term.INFRAME_ALTERING:
        return NONE
    return Term.SYNONYMOUS if reference == alternate else Term.MISSENSE
