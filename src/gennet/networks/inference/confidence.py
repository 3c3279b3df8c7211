"""How sure an edge is: its frequency on resampled data, made a probability by edges that are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.study import silent
from gennet.errors import InvalidContent
from gennet.networks.inference.portfolio import Method, scored

if TYPE_CHECKING:
    from gennet.core.study import Watch
    from gennet.networks.inference.design import Design
    from gennet.networks.network import EdgeScores, Network

_FEWEST_KNOWN = 10


def frequencies(
    design: Design, method: Method, rng: np.random.Generator, *, most: int, draws: int = 50, watch: Watch = silent
) -> NDArray[np.float64]:
    """
    Return how often each edge is among the `most` highest where samples are drawn again with replacement.

    Shape (regulators, targets), from 0 to 1. Stability, not truth: what a method always gets wrong is always found; see
    `Calibration`.

    Raises
    ------
    InvalidContent
        `most` or `draws` is below 1.
    """
    if most < 1 or draws < 1:
        raise InvalidContent("nothing would be counted", place="most", remedy="ask for an edge and a draw at least")
    made = np.zeros(design.shape[1:])
    for done in range(draws):
        drawn = rng.integers(0, len(design.y), len(design.y))
        found = scored(design.at(drawn), method, rng).network(most)
        made[found.regulator, found.target] += 1
        watch("drawing samples again", done + 1, draws)
    return made / draws


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """
    From a score to the probability that the edge is among those known, rising steps fitted to candidates.

    It is the share of edges that somebody found: true edges that nobody looked for count as absent, so that it is a
    lower bound where the gold standard is incomplete, and it holds for data and a gold standard like these.
    """

    score: NDArray[np.float64]
    """Rising; where the steps are."""
    probability: NDArray[np.float64]
    """At each step, not falling; in between a straight line."""

    def of(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability at scores; outside of those seen, that of the nearest."""
        return np.interp(score, self.score, self.probability)

    def network(self, scores: EdgeScores, most: int) -> Network:
        """Return the strongest edges of scores of the same kind with their probabilities."""
        network = scores.network(most)
        return replace(network, confidence=self.of(network.weight))


def calibrate(score: NDArray[np.float64], true: NDArray[np.bool_]) -> Calibration:
    """
    Fit probabilities of candidate edges by isotonic regression.

    `score` and `true` are as `evaluation.on_candidates` gives them. Each level is shrunk by one edge at the overall rate,
    so that none is 0 or 1.

    >>> made = calibrate(np.arange(100.0), np.arange(100) >= 80)
    >>> made.of(np.array([0.0, 99.0])).round(3).tolist()
    [0.002, 0.962]

    Raises
    ------
    InvalidContent
        Fewer than 10 edges or other pairs are known.

    References
    ----------
    Zadrozny and Elkan 2002, doi:10.1145/775047.775151.
    """
    if min(true.sum(), (~true).sum()) < _FEWEST_KNOWN:
        raise InvalidContent(
            f"{true.sum()} edges and {(~true).sum()} other pairs are too few",
            place="gold", remedy=f"give at least {_FEWEST_KNOWN} of both",
        )  # fmt: skip
    from scipy.optimize import isotonic_regression

    order = np.argsort(score, kind="stable")
    distinct, first = np.unique(score[order], return_index=True)
    many = np.diff(np.append(first, len(order)))
    hits = np.add.reduceat(true[order].astype(np.float64), first)
    fitted = isotonic_regression(hits / many, weights=many)
    starts = fitted.blocks[:-1]
    total, rate = np.add.reduceat(many, starts), true.mean()
    level = (np.add.reduceat(hits, starts) + rate) / (total + 1)
    # One point in the middle of each level's scores: between levels the probability rises in a line.
    middle = np.add.reduceat(distinct * many, starts) / total
    return Calibration(middle, np.maximum.accumulate(level))


def reliability(
    score: NDArray[np.float64], true: NDArray[np.bool_], fold: NDArray[np.intp]
) -> tuple[NDArray[np.float64], float]:
    """
    Return each candidate's probability from a calibration without its fold, and the expected calibration error.

    `fold` keeps together what is not independent: the regulator of each candidate, say. The error is the mean distance
    of probability and share of true edges over ten groups of equal size, by probability.
    """
    probability = np.empty(len(score))
    for one in np.unique(fold):
        held = fold == one
        probability[held] = calibrate(score[~held], true[~held]).of(score[held])
    groups = np.array_split(np.argsort(probability, kind="stable"), 10)
    away = [abs(probability[group].mean() - true[group].mean()) * len(group) for group in groups if len(group)]
    return probability, float(np.sum(away) / len(score))
