"""One way to write each variant: leftmost, with no base to spare, one alternate a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gennet.genomics.consequences.records import Record
    from gennet.genomics.fasta import Reference

_PIECE = 100  # bases of reference read at once while moving left


@dataclass(frozen=True, slots=True)
class Variant:
    """A biallelic variant."""

    contig: str
    position: int
    """0-based."""
    reference: str
    alternate: str

    def __str__(self) -> str:
        """Write it as ``1:100 A>T``, 1-based."""
        return f"{self.contig}:{self.position + 1} {self.reference}>{self.alternate}"


def normalise(variant: Variant, genome: Reference) -> Variant:
    """
    Move a variant left while it stays the same, and drop the bases its alleles share (10.1093/bioinformatics/btv112).

    >>> from gennet.genomics.fasta import HeldReference
    >>> genome = HeldReference({"1": "GGCACACAT"})
    >>> str(normalise(Variant("1", 5, "ACA", "A"), genome))
    '1:2 GCA>G'
    """
    reference, alternate, position = variant.reference.upper(), variant.alternate.upper(), variant.position
    if reference == alternate:
        return Variant(variant.contig, position, reference[:1], alternate[:1])
    before, at = "", position
    while reference and alternate and reference[-1] == alternate[-1]:
        if min(len(reference), len(alternate)) == 1:
            if position == 0:
                break
            if not before:
                before = genome.fetch(variant.contig, max(at - _PIECE, 0), at)
                at = max(at - _PIECE, 0)
            reference, alternate, before = before[-1] + reference, before[-1] + alternate, before[:-1]
            position -= 1
        reference, alternate = reference[:-1], alternate[:-1]
    lead = 0
    while lead < min(len(reference), len(alternate)) - 1 and reference[lead] == alternate[lead]:
        lead += 1
    return Variant(variant.contig, position + lead, reference[lead:], alternate[lead:])


def variants_of(record: Record) -> Iterator[Variant]:
    """Split a line into a variant for each alternate allele that is written in bases."""
    for alternate in record.alternates:
        if alternate:
            yield Variant(record.contig, record.position, record.reference, alternate)
