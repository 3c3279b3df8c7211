"""Expression quantitative trait loci: association, permutation, independent signals, fine mapping."""

from gennet.omics.eqtl.association import Convention, Pairs, Places, Residuals, all_pairs, p_of, pairs_of, residuals
from gennet.omics.eqtl.fine_mapping import CredibleSet, FineMap, Signal, conditional, single_effects
from gennet.omics.eqtl.permutation import Lead, cis_leads, q_values

__all__ = [
    "Convention",
    "CredibleSet",
    "FineMap",
    "Lead",
    "Pairs",
    "Places",
    "Residuals",
    "Signal",
    "all_pairs",
    "cis_leads",
    "conditional",
    "p_of",
    "pairs_of",
    "q_values",
    "residuals",
    "single_effects",
]
