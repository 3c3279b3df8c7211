"""Edges from time series: regulators that tell how fast a gene changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.core.study import silent
from gennet.errors import InvalidContent
from gennet.networks.inference.background import relatedness
from gennet.networks.inference.design import Design, standardised
from gennet.networks.inference.precision import PENALTY
from gennet.networks.inference.trees import trees_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gennet.core.study import Watch
    from gennet.networks.network import EdgeScores


def rates(
    series: Sequence[NDArray[np.float64]],
    times: Sequence[NDArray[np.float64]],
    decay: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return states and production rates of all steps: x and dx/dt + decay x, each of shape (steps, genes).

    dx/dt = production - decay x, so that production is what regulators can tell; without `decay` (per unit of time) it is
    taken from the fastest fall of each gene, as if nothing were produced then.

    Raises
    ------
    InvalidContent
        Times that do not rise, do not fit their series, or fewer than 4 steps in all.

    References
    ----------
    Huynh-Thu and Geurts 2018, doi:10.1038/s41598-018-21715-0.
    """
    for i, (values, at) in enumerate(zip(series, times, strict=True)):
        if len(values) != len(at) or len(at) < 2 or not (np.diff(at) > 0).all() or not np.isfinite(values).all():
            raise InvalidContent(
                "times must rise, one per sample, and values be finite", place=f"series {i + 1}", remedy="sort by time"
            )
    if sum(len(at) - 1 for at in times) < 4:
        raise InvalidContent("fewer than 4 steps", place="series", remedy="give longer or more series")
    before = np.vstack([values[:-1] for values in series])
    slope = np.vstack([np.diff(v, axis=0) / np.diff(t)[:, None] for v, t in zip(series, times, strict=True)])
    if decay is None:
        decay = fastest_falls(series, times)
    return before, slope + decay * before


def fastest_falls(series: Sequence[NDArray[np.float64]], times: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """
    Return each gene's decay as if it fell exponentially between its highest and lowest values of a series, at its fastest.

    Zero where a gene never falls. The lowest value of all less 1e-9 is taken as the floor that it falls to.
    """
    most = np.zeros(series[0].shape[1])
    floor = np.minimum(np.min([values.min(0) for values in series], axis=0), 0.0)
    for values, at in zip(series, times, strict=True):
        above = values - floor + 1e-9
        high, low = above.argmax(0), above.argmin(0)
        genes = np.arange(len(most))
        apart = at[low] - at[high]
        fall = np.log(above[high, genes] / above[low, genes]) / np.where(apart > 0, apart, np.inf)
        most = np.maximum(most, fall)
    return most


def dynamic_ridge(
    series: Sequence[NDArray[np.float64]],
    times: Sequence[NDArray[np.float64]],
    genes: Sequence[str],
    regulators: Sequence[str] | None = None,
    *,
    penalty: float = PENALTY,
) -> EdgeScores:
    """
    Score edges by CLR over ridge coefficients of production rates on states.

    A linear model of the steps, as a vector autoregression has: the first difference leaves a gene's own state out, so
    that slow change alone makes no edge.

    Raises
    ------
    InvalidContent
        Times that do not rise or too few steps; no regulator measured.
    """
    x, y, frame = _standard(series, times, genes, regulators)
    inverse = np.linalg.inv(x.T @ x / len(x) + penalty * np.eye(x.shape[1]))
    b = inverse @ (x.T @ y / len(x))
    # A gene's own state is left out of its regression exactly: what its coefficient took, the others take.
    rows = np.arange(len(frame.own))
    b[:, frame.own] -= inverse * (b[rows, frame.own] / np.diag(inverse))
    return frame.scores(relatedness(b, frame.own), "dynamic ridge")


def dynamic_trees(
    series: Sequence[NDArray[np.float64]],
    times: Sequence[NDArray[np.float64]],
    genes: Sequence[str],
    regulators: Sequence[str] | None = None,
    *,
    rng: np.random.Generator,
    watch: Watch = silent,
) -> EdgeScores:
    """
    Score edges by what a regulator's splits explain of a target's production rate.

    Raises
    ------
    InvalidContent
        Times that do not rise or too few steps; no regulator measured.

    References
    ----------
    Huynh-Thu and Geurts 2018, doi:10.1038/s41598-018-21715-0.
    """
    x, y, frame = _standard(series, times, genes, regulators)
    return trees_on(x, y, frame, rng, watch=watch, method="dynamic trees")


def _standard(
    series: Sequence[NDArray[np.float64]], times: Sequence[NDArray[np.float64]], genes: Sequence[str],
    regulators: Sequence[str] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], Design]:  # fmt: skip
    before, rate = rates(series, times)
    at = {gene: i for i, gene in enumerate(genes)}
    named = dict.fromkeys(genes if regulators is None else regulators)
    own = np.array([at[gene] for gene in named if gene in at], np.intp)
    if not len(own):
        raise InvalidContent("none of the regulators was measured", place="regulators", remedy="name them as the genes")
    y = standardised(rate)
    return standardised(before)[:, own], y, Design(tuple(genes), y, own)
