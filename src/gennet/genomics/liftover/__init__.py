"""From one genome build to the other, by UCSC chain files."""

from gennet.genomics.liftover.chain import Chain, Outcome, Places, lift_positions, read_chain
from gennet.genomics.liftover.lifting import (
    LiftedCohort,
    LiftedVariants,
    lift_cohort,
    lift_genotypes,
    lift_scoring_file,
    lift_variants,
)

__all__ = [
    "Chain",
    "LiftedCohort",
    "LiftedVariants",
    "Outcome",
    "Places",
    "lift_cohort",
    "lift_genotypes",
    "lift_positions",
    "lift_scoring_file",
    "lift_variants",
    "read_chain",
]
