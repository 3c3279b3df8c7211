"""DNA methylation: betas of arrays, epigenetic clocks, cell types, normalisation, differential methylation."""

from gennet.genomics.methylation.ages import (
    ClockRefusal,
    CpgContribution,
    EpigeneticAge,
    EpigeneticAges,
    epigenetic_ages,
    epigenetic_clocks,
)
from gennet.genomics.methylation.betas import Methylation, read_methylation
from gennet.genomics.methylation.clocks import Clock, read_clock, read_clocks

__all__ = [
    "Clock",
    "ClockRefusal",
    "CpgContribution",
    "EpigeneticAge",
    "EpigeneticAges",
    "Methylation",
    "epigenetic_ages",
    "epigenetic_clocks",
    "read_clock",
    "read_clocks",
    "read_methylation",
]
