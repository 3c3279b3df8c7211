"""Networks of one person: what one sample adds to a cohort's network, and where that is unusual."""

from gennet.networks.personal.leaving_out import fitted, personal_correlations, personal_edges, personal_ridge
from gennet.networks.personal.perturbation import Modules, Perturbation, modules_of, perturbation

__all__ = [
    "Modules",
    "Perturbation",
    "fitted",
    "modules_of",
    "personal_correlations",
    "personal_edges",
    "personal_ridge",
    "perturbation",
]
