"""Positions of a transcript as HGVS counts them: in the coding sequence, the UTR, and introns beside exons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gennet.genomics.consequences.models import GeneModels


@dataclass(frozen=True, slots=True)
class Numbering:
    """
    How the bases of one transcript are counted (https://hgvs-nomenclature.org/stable/background/numbering/).

    An incomplete coding sequence is counted from its first whole codon.

    >>> numbers = Numbering(((10, 20), (30, 40)), reverse=False, first=4, last=14)
    >>> [numbers.name(at) for at in (10, 14, 19, 20, 25, 29, 30, 35, 9)]
    ['-4', '1', '6', '6+1', '7-5', '7-1', '7', '*2', None]
    """

    exons: tuple[tuple[int, int], ...]
    """Of the transcript, 0-based and half-open, in genome order."""
    reverse: bool
    first: int | None
    """Bases of the transcript before its coding sequence; None when there is none."""
    last: int
    """Bases of the transcript up to the end of its coding sequence."""

    def name(self, position: int) -> str | None:
        """Return the number of a base of the contig; None outside the transcript."""
        before = 0
        for number, (start, end) in enumerate(self.ordered):
            inner = self._along(position, start, end)
            if inner < 0:
                return None if number == 0 else self._intronic(number, before, inner)
            if inner < end - start:
                return self.number(before + inner)
            before += end - start
        return None

    @property
    def ordered(self) -> tuple[tuple[int, int], ...]:
        """Return the exons in the transcript's direction."""
        return self.exons[::-1] if self.reverse else self.exons

    def _along(self, position: int, start: int, end: int) -> int:
        return end - 1 - position if self.reverse else position - start

    def _intronic(self, number: int, before: int, inner: int) -> str:
        """Name a base `inner` (negative) before exon `number`, of which `before` bases of transcript lie."""
        (a, b), (c, d) = self.ordered[number - 1 : number + 1]
        length = a - d if self.reverse else c - b
        behind = length + inner + 1
        if behind <= -inner:
            return f"{self.number(before - 1)}+{behind}"
        return f"{self.number(before)}{inner}"

    def number(self, at: int) -> str:
        """Return the number of a base of the spliced transcript, 0-based."""
        if self.first is None:
            return str(at + 1)
        if at < self.first:
            return str(at - self.first)
        return f"*{at - self.last + 1}" if at >= self.last else str(at - self.first + 1)


def numbering(models: GeneModels, transcript: int) -> Numbering:
    """Count the bases of a transcript."""
    held = models.transcripts
    low, high = held.exon_offset[transcript : transcript + 2].tolist()
    exons = tuple(zip(held.exon_start[low:high].tolist(), held.exon_end[low:high].tolist(), strict=True))
    reverse, spans = bool(held.reverse[transcript]), models.spans(transcript)
    if not spans:
        return Numbering(exons, reverse, None, 0)
    opening, closing = (spans[-1][1] - 1, spans[0][0]) if reverse else (spans[0][0], spans[-1][1] - 1)
    plain = Numbering(exons, reverse, None, 0)
    first, last = plain.name(opening), plain.name(closing)
    assert first is not None and last is not None  # noqa: PT018, S101 CDS lie in exons
    return Numbering(exons, reverse, int(first) - 1, int(last))
