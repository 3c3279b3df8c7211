"""Rare-variant tests of regions: burden, SKAT, SKAT-O, ACAT; exact tails, sparse genotypes, covariates."""

from gennet.genomics.rare.carriers import Carriers, carriers
from gennet.genomics.rare.kernel_tests import acat_v, burden, combine, skat, skat_o
from gennet.genomics.rare.null import NullModel, Trait, fit_null
from gennet.genomics.rare.region import RegionResult, Weights, region_tests
from gennet.genomics.rare.scores import Scores, beta_weights, region_scores

__all__ = [
    "Carriers",
    "NullModel",
    "RegionResult",
    "Scores",
    "Trait",
    "Weights",
    "acat_v",
    "beta_weights",
    "burden",
    "carriers",
    "combine",
    "fit_null",
    "region_scores",
    "region_tests",
    "skat",
    "skat_o",
]
