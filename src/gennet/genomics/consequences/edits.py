"""What an allele changes: the bases of the reference it replaces, and by which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """By length: as many bases, more, or fewer."""

    SUBSTITUTION = "substitution"
    INSERTION = "insertion"
    DELETION = "deletion"


@dataclass(frozen=True, slots=True)
class Edit:
    """
    Bases ``[start, end)`` of a contig replaced by others; 0-based, on the forward strand.

    Where a base anchors it (before an insertion or a deletion), that is the one at ``start - 1``.
    """

    start: int
    end: int
    inserted: str
    kind: Kind
    slack: int
    """Bases the written alleles shared on the right: how far a deletion may have been meant further right."""
    doubtful: bool = False
    """Whether it may as well lie further left: one more base is looked at."""

    @property
    def change(self) -> int:
        """Bases gained, negative when lost."""
        return len(self.inserted) - (self.end - self.start)


def edit_of(position: int, reference: str, alternate: str) -> Edit | None:
    """
    Trim what two alleles share, right side first; None when they are the same.

    `position` is 0-based. An insertion or deletion keeps the place it was written at: trimming never moves an insertion
    before its anchor.

    >>> edit_of(10, "CAGT", "CGT")
    Edit(start=11, end=12, inserted='', kind=<Kind.DELETION: 'deletion'>, slack=2, doubtful=False)
    >>> edit_of(10, "A", "AA").start
    11
    """
    if reference == alternate:
        return None
    shorter = min(len(reference), len(alternate))
    tail = 0
    while tail < shorter and reference[-1 - tail] == alternate[-1 - tail]:
        tail += 1
    doubtful = len(alternate) > len(reference) and tail == shorter and reference[0] == alternate[0]
    tail -= int(doubtful)
    lead = 0
    while lead < shorter - tail and reference[lead] == alternate[lead]:
        lead += 1
    kind = Kind.SUBSTITUTION
    if len(alternate) != len(reference):
        kind = Kind.INSERTION if len(alternate) > len(reference) else Kind.DELETION
    return Edit(
        position + lead,
        position + len(reference) - tail,
        alternate[lead : len(alternate) - tail],
        kind,
        tail,
        doubtful,
    )
