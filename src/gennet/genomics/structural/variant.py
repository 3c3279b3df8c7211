"""A structural variant: two breakpoints on the reference, what lies between them, and what the reads say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What kind it is, as in the SVTYPE of a VCF."""

    DELETION = "DEL"
    DUPLICATION = "DUP"
    """In tandem."""
    INVERSION = "INV"
    INSERTION = "INS"
    BREAKEND = "BND"
    """A join of two places that is none of the others: a translocation, or one side of a complex event."""


@dataclass(frozen=True, slots=True)
class Mate:
    """
    The other side of a join.

    `forward` says which side of each breakpoint is kept: True keeps the sequence left of the position (it is read
    forward into the join), False the sequence right of it. ``t[p[`` of a VCF is (True, False), ``t]p]`` (True, True),
    ``]p]t`` (False, True), ``[p[t`` (False, False).
    """

    chromosome: str
    position: int
    """1-based."""
    own_forward: bool
    forward: bool


@dataclass(frozen=True, slots=True)
class Support:
    """Reads at the breakpoints that speak for the reference and for the variant."""

    reference_pairs: int = 0
    pairs: int = 0
    reference_reads: int = 0
    """Reads across a breakpoint that follow the reference."""
    reads: int = 0
    """Split, clipped or spanning reads that follow the variant."""


@dataclass(frozen=True, slots=True)
class Call:
    """One sample's genotype."""

    alleles: tuple[int | None, ...]
    """0 and 1, None where not called: (0, 1) is heterozygous."""
    likelihoods: tuple[int, int, int] | None = None
    """Phred-scaled, of no, one and two copies; the smallest is 0 (PL)."""
    quality: int | None = None
    """Phred-scaled chance that the genotype is wrong (GQ)."""
    support: Support | None = None

    @property
    def copies(self) -> int | None:
        """How many copies of the variant; None where an allele is not called."""
        known = [a for a in self.alleles if a is not None]
        return sum(a > 0 for a in known) if len(known) == len(self.alleles) and known else None


@dataclass(frozen=True, slots=True)
class StructuralVariant:
    """
    One structural variant of one sample, or of a list without samples.

    >>> deletion = StructuralVariant(Kind.DELETION, "18", 100000, 108002, length=8002)
    >>> deletion.span
    (100001, 108002)
    """

    kind: Kind
    chromosome: str
    """As the file names it."""
    position: int
    """1-based: the last base before the variant (POS)."""
    end: int
    """1-based: its last base (END); the position itself for insertions and breakends."""
    length: int | None = None
    """Bases gained, lost, copied or inverted; positive; None where not known, and for breakends."""
    inserted: str | None = None
    """The sequence of an insertion, or bases inserted at the join, where known."""
    mate: Mate | None = None
    """Of a breakend, and only of one."""
    position_interval: tuple[int, int] = (0, 0)
    """CIPOS: how far the position may be off, 0 where the breakpoint is precise."""
    end_interval: tuple[int, int] = (0, 0)
    precise: bool = True
    """Whether split reads or an assembly tell the breakpoint to the base."""
    quality: float | None = None
    """Phred-scaled chance that there is no variant (QUAL)."""
    filters: tuple[str, ...] = ()
    """Why it is doubted; empty for PASS, or where the file says nothing."""
    call: Call | None = None
    id: str = ""

    @property
    def span(self) -> tuple[int, int]:
        """The first and last base between the breakpoints, 1-based; the position twice for insertions and breakends."""
        if self.kind in (Kind.INSERTION, Kind.BREAKEND):
            return self.position, self.position
        return self.position + 1, self.end
