"""Consensus of several methods by the mean rank of each edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent
from gennet.networks.network import EdgeScores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def ranks(size: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rank of each value divided by how many there are, 1 the highest, 0 for zeros; ties share their mean."""
    from scipy.stats import rankdata

    return np.where(size > 0, rankdata(size, axis=None).reshape(size.shape) / size.size, 0.0)


def consensus(
    scores: Sequence[EdgeScores], weights: Sequence[float] | None = None, method: str = "consensus"
) -> EdgeScores:
    """
    Average the ranks that methods give each edge; signs are voted with the same weights.

    >>> a = EdgeScores(("A",), ("A", "B", "C"), np.array([[0.0, 2.0, -1.0]]), "a")
    >>> b = EdgeScores(("A",), ("A", "B", "C"), np.array([[0.0, 0.1, -0.9]]), "b")
    >>> consensus([a, b]).values.round(2).tolist()
    [[0.0, 0.83, -0.83]]

    Raises
    ------
    InvalidContent
        No scores, scores of other genes, or weights that do not fit.

    References
    ----------
    Marbach and others 2012, doi:10.1038/nmeth.2016.
    """
    if not scores or any((s.regulators, s.targets) != (scores[0].regulators, scores[0].targets) for s in scores):
        raise InvalidContent("scores are of different genes", place="scores", remedy="infer them from one matrix")
    weight = np.ones(len(scores)) if weights is None else np.asarray(weights, np.float64)
    if weight.shape != (len(scores),) or not (weight >= 0).all() or not weight.sum() > 0:
        raise InvalidContent(
            "weights do not fit the scores", place="weights", remedy="give one per method, none negative"
        )
    weight = weight / weight.sum()
    mean, vote = np.zeros(scores[0].values.shape), np.zeros(scores[0].values.shape)
    for share, one in zip(weight, scores, strict=True):
        rank = ranks(np.abs(one.values))
        mean += share * rank
        if one.signed:
            vote += share * rank * np.sign(one.values)
    signed = any(one.signed for one in scores)
    values = mean * np.where(vote < 0, -1.0, 1.0) if signed else mean
    return EdgeScores(scores[0].regulators, scores[0].targets, values, method, signed)
