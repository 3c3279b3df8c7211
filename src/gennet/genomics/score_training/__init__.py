"""Training of polygenic scores from summary statistics, with linkage from a reference cohort."""

from gennet.genomics.score_training.alignment import Aligned, align
from gennet.genomics.score_training.infinitesimal import heritability, ldpred_inf
from gennet.genomics.score_training.linkage import Clumping, LdBlock, clump, ld_blocks
from gennet.genomics.score_training.shrinkage import Posterior, Prior, prs_cs
from gennet.genomics.score_training.summary_statistics import SummaryStatistics, read_summary_statistics
from gennet.genomics.score_training.training import Fit, Method, fit_of, scoring_file, thresholded

__all__ = [
    "Aligned",
    "Clumping",
    "Fit",
    "LdBlock",
    "Method",
    "Posterior",
    "Prior",
    "SummaryStatistics",
    "align",
    "clump",
    "fit_of",
    "heritability",
    "ld_blocks",
    "ldpred_inf",
    "prs_cs",
    "read_summary_statistics",
    "scoring_file",
    "thresholded",
]
