"""The pharmacogenes of one person: what was called, what it means, what is open."""

from __future__ import annotations

from dataclasses import dataclass

from gennet.core.parts import Part
from gennet.errors import UnknownName
from gennet.genomics.builds import Build
from gennet.genomics.pharmacogenes.settling import SettlingTest

NOT_DETERMINED = "Not determined"


@dataclass(frozen=True, slots=True)
class DiplotypeCandidate:
    """One pair of alleles that explains what was observed."""

    diplotype: str
    """``*1/*2``; ``*1/[*6 + *14]`` where one haplotype carries the variants of two alleles."""
    phenotype: str
    activity_score: float | None
    """Sum over both alleles; None for genes without a score, and where a value is not known."""
    score: int
    """Positions that define the two alleles; ranks within a gene, not a probability."""
    probability: float | None = None
    """Among all pairs that explain the genotypes, under the allele frequencies stated in the notes; None where copies were not
    counted (how common each number is, the tables do not say), for variants listed without phase, and where no pair of
    named alleles does."""


@dataclass(frozen=True, slots=True)
class GeneDiplotype:
    """What one gene's variants say, and what they leave open."""

    gene: str
    diplotype: str
    """The best candidate; empty when not determined."""
    phenotype: str
    """Of the best candidates when they agree; ``Indeterminate`` when functions are unknown or candidates disagree;
    ``Not determined`` when too few positions were called; empty where the gene has no phenotypes."""
    activity_score: float | None
    functions: tuple[str, ...]
    """Function of each allele that decides; empty when not determined."""
    determined: bool
    candidates: tuple[DiplotypeCandidate, ...]
    """Equally good ones, the call first; also given, as what it may be, when not determined."""
    alternatives: tuple[DiplotypeCandidate, ...]
    """Others that the unphased genotypes allow, best first, at most 5."""
    phased: bool
    """Whether only one arrangement on two haplotypes is possible."""
    positions_observed: int
    positions_total: int
    missing: tuple[str, ...]
    """Defining variants without a call, ``rs4244285 (10:94781859)``."""
    hidden: tuple[str, ...]
    """Alleles that the missing positions could hide, with their function."""
    notes: tuple[str, ...] = ()
    source: str = "genome"
    """``genome``, or ``outside``: from another test."""
    lookup: tuple[str, ...] = ()
    """The alleles that guidelines look up; the two that decide where more were found."""
    keys: tuple[str, ...] = ()
    """What guidelines look up: a phenotype, an activity score, or statements such as ``*57:01 negative``."""
    components: tuple[str, ...] = ()
    """Every variant allele found, once for each copy, in genes where several may lie on one haplotype."""
    undocumented: tuple[str, ...] = ()
    """Variants at defining positions that no named allele has."""
    tests: tuple[SettlingTest, ...] = ()
    """What would settle what is open, the most telling first."""
    version: str = ""
    """Of the allele definitions."""


@dataclass(frozen=True, slots=True)
class Diplotypes(Part):
    """
    The pharmacogenes of one person.

    >>> Diplotypes("s1", Build.GRCH38, ()).size
    0
    """

    sample: str
    build: Build
    genes: tuple[GeneDiplotype, ...]

    @property
    def size(self) -> int:
        """How many genes there are."""
        return len(self.genes)

    def gene(self, symbol: str) -> GeneDiplotype:
        """Return one gene's result."""
        for gene in self.genes:
            if gene.gene == symbol:
                return gene
        raise UnknownName(
            f"no result for gene {symbol!r}", remedy=f"called here: {', '.join(g.gene for g in self.genes)}"
        )
