"""One variant on one gene with everything its criteria may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gennet.genomics.consequences.terms import Term

if TYPE_CHECKING:
    from collections.abc import Callable

    from gennet.genomics.annotation.joining import Status
    from gennet.genomics.annotation.layouts import Kind
    from gennet.genomics.clinical_variants.genes import Gene
    from gennet.genomics.clinical_variants.rules import Rules
    from gennet.genomics.consequences.consequence import Consequence
    from gennet.genomics.consequences.models import GeneModels
    from gennet.genomics.regions import Regions

NULL = Term.STOP_GAINED | Term.FRAMESHIFT | Term.SPLICE_ACCEPTOR | Term.SPLICE_DONOR | Term.START_LOST
TRUNCATING = Term.STOP_GAINED | Term.FRAMESHIFT | Term.SPLICE_ACCEPTOR | Term.SPLICE_DONOR
INFRAME = Term.INFRAME_DELETION | Term.INFRAME_INSERTION | Term.INFRAME_ALTERING


@dataclass(frozen=True, slots=True)
class Said:
    """What one store says of the variant."""

    kind: Kind
    source: str
    """Kind, version and build, as evidence names it."""
    status: Status
    values: dict[str, Any]
    """Empty unless it is found."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another variant that ClinVar calls pathogenic, with what it does to the same transcript."""

    name: str
    position: int
    """1-based."""
    significance: str
    stars: int
    consequence: Consequence | None
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A variant, its consequence on the transcript it is judged by, and what is at hand to judge it."""

    chromosome: int
    position: int
    """1-based."""
    reference: str
    alternate: str
    consequence: Consequence
    transcript: int
    """Number among those of the models."""
    chosen: str
    """Why it is judged by that transcript."""
    hgvs_c: str
    hgvs_p: str
    gene: Gene
    rules: Rules
    models: GeneModels
    said: tuple[Said, ...]
    neighbours: Callable[[int, int], list[Neighbour]]
    """Variants that ClinVar calls pathogenic, with enough stars, within positions (1-based, inclusive); not this one."""
    asserts: bool
    """Whether a store of ClinVar is at hand."""
    repeats: Regions | None = None
    hotspots: Regions | None = None

    @property
    def terms(self) -> Term:
        """Return what it does to the transcript."""
        return self.consequence.terms

    @property
    def is_null(self) -> bool:
        """Whether it is of a kind PVS1 looks at."""
        return bool(self.terms & NULL)

    @property
    def is_missense(self) -> bool:
        """Whether one or more residues are exchanged and nothing worse happens."""
        return bool(self.terms & Term.MISSENSE) and not self.terms & (NULL | INFRAME | Term.STOP_LOST)
