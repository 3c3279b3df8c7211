"""Correlation of regulators and targets, alone or above its background (CLR)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.networks.inference.background import relatedness
from gennet.networks.inference.design import Design, standardised

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gennet.networks.network import EdgeScores


def correlations(design: Design) -> NDArray[np.float64]:
    """Return Pearson's correlation of each regulator with each target; 0 where one is constant."""
    return design.x.T @ design.y / len(design.y)


def pearson(design: Design) -> EdgeScores:
    """
    Score edges by Pearson's correlation.

    >>> import numpy as np
    >>> from gennet.networks.inference.design import design_of
    >>> pearson(design_of(np.array([[0.0, 9], [1, 8], [2, 7], [3, 6]]), ("A", "B"))).values.round(6).tolist()
    [[0.0, -1.0], [-1.0, 0.0]]
    """
    return design.scores(correlations(design), "pearson")


def ranked(design: Design) -> Design:
    """Return the design of ranks, ties sharing their mean."""
    from scipy.stats import rankdata

    return Design(design.genes, standardised(rankdata(design.y, axis=0)), design.own)


def spearman(design: Design) -> EdgeScores:
    """Score edges by Spearman's correlation."""
    return design.scores(correlations(ranked(design)), "spearman")


def clr(design: Design) -> EdgeScores:
    """
    Score edges by CLR over absolute correlation, with the correlation's sign.

    Its mutual information under a bivariate normal, -log(1 - r^2)/2, gives almost the same order.
    """
    return design.scores(relatedness(correlations(design), design.own), "clr")
