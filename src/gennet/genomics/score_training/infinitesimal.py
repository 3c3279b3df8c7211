"""Posterior mean effects when every variant has one: LDpred-inf in closed form, and the heritability it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import BadInput
from gennet.genomics.score_training.linkage import ld_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.genomics.score_training.alignment import Aligned
    from gennet.genomics.score_training.linkage import LdBlock


def heritability(aligned: Aligned, blocks: list[LdBlock]) -> float:
    """
    Estimate the heritability of the variants by LD score regression with its intercept held at 1.

    The mean of chi-square exceeds 1 by sample size x heritability x mean LD score / variants (Bulik-Sullivan 2015,
    doi:10.1038/ng.3211). Stratification counts as heritability here; give a better estimate when there is one.

    Raises
    ------
    BadInput
        The statistics hold no more signal than chance.
    """
    scores = ld_scores(blocks, aligned.dosages.shape[1])
    excess = float((aligned.z**2).mean() - 1.0)
    found = excess * aligned.size / (float(aligned.n.mean()) * max(float(scores.mean()), 1.0))
    if found <= 0:
        raise BadInput("the statistics hold no more signal than chance", remedy="state the heritability")
    return min(found, 1.0)


def ldpred_inf(aligned: Aligned, blocks: list[LdBlock], h2: float) -> NDArray[np.float64]:
    """
    Return standardised posterior mean effects: (D + variants / (n h2))^-1 times the marginal correlations, by block.

    Parameters
    ----------
    h2
        Heritability of all the variants together, above 0, at most 1.

    Raises
    ------
    BadInput
        It is not.

    References
    ----------
    Vilhjalmsson et al. Modeling linkage disequilibrium increases accuracy of polygenic risk scores. Am J Hum Genet (2015).
    doi:10.1016/j.ajhg.2015.09.001
    """
    if not 0 < h2 <= 1:
        raise BadInput(f"a heritability of {h2:g} is none", place="heritability", remedy="give one above 0, at most 1")
    from scipy.linalg import cho_factor, cho_solve

    effects = np.empty(aligned.size)
    marginal = aligned.correlation
    for block in blocks:
        ridge = aligned.size / (aligned.n[block.rows] * h2)
        # Rows of unequal sample size make the system symmetric only after scaling by its square root.
        root = np.sqrt(ridge)
        scaled = block.correlation / np.outer(root, root)
        scaled[np.diag_indices_from(scaled)] += 1.0
        effects[block.rows] = cho_solve(cho_factor(scaled), marginal[block.rows] / root) / root
    return effects
