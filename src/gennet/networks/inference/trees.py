"""Extremely randomised trees of every target on the regulators, as GENIE3 has them, on shared bins."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.study import silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.core.study import Watch
    from gennet.networks.inference.design import Design
    from gennet.networks.network import EdgeScores

TREES = 100
_BINS = 256
_TARGETS = 32
"""Targets that one task of a thread takes."""


def binned(x: NDArray[np.float64]) -> NDArray[np.uint8]:
    """
    Return the bin of each value by its rank in its column, as (columns, samples); equal values share a bin.

    Up to 256 samples nothing is lost: every distinct value has its own bin.

    >>> binned(np.array([[5.0], [1.0], [5.0], [9.0]])).tolist()
    [[1, 0, 1, 2]]
    """
    made = np.empty(x.shape[::-1], np.uint8)
    for column, values in enumerate(x.T):
        distinct, at = np.unique(values, return_inverse=True)
        if len(distinct) > _BINS:
            first = np.searchsorted(np.sort(values), distinct)
            at = (first * _BINS // len(values))[at]
        made[column] = at
    return made


def trees(
    design: Design, rng: np.random.Generator, *, number: int = TREES, tried: int | None = None, watch: Watch = silent
) -> EdgeScores:
    """
    Score edges by what a regulator's splits explain of a target's variance, with the correlation's sign.

    `number` trees are grown for each target; each node tries `tried` regulators, by default the square root of their
    number. The result depends on `rng` alone, not on how many threads work.

    References
    ----------
    Huynh-Thu and others 2010, doi:10.1371/journal.pone.0012776; Geurts and others 2006, doi:10.1007/s10994-006-6226-1.
    """
    return trees_on(design.x, design.y, design, rng, number=number, tried=tried, watch=watch)


def trees_on(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    frame: Design,
    rng: np.random.Generator,
    *,
    number: int = TREES,
    tried: int | None = None,
    watch: Watch = silent,
    method: str = "trees",
) -> EdgeScores:
    """Score edges as `trees` does, of regulators' values `x` and standardised targets `y` that are not the same data."""
    samples, regulators, targets = frame.shape
    bins = binned(x)
    y_rows = np.ascontiguousarray(y.T)
    own = np.full(targets, -1, np.int64)
    own[frame.own] = np.arange(regulators)
    seeds = rng.integers(1, 2**48, targets)
    tried = tried or max(1, round(np.sqrt(regulators)))
    gain = np.zeros((targets, regulators))

    def work(first: int) -> None:
        _grow(bins, y_rows, own, seeds, gain, range(first, min(first + _TARGETS, targets)), number, tried)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, _ in enumerate(pool.map(work, range(0, targets, _TARGETS))):
            watch("growing trees", min((done + 1) * _TARGETS, targets), targets)
    return frame.scores(np.copysign(gain.T / (number * samples), x.T @ y), method)


def _grow(
    bins: NDArray[np.uint8], y: NDArray[np.float64], own: NDArray[np.int64], seeds: NDArray[np.int64],
    gain: NDArray[np.float64], targets: range, number: int, tried: int,
) -> None:  # fmt: skip
    from gennet.networks.inference._kernels import forest

    features, samples = bins.shape
    rows, spare, order = np.empty(samples, np.uint32), np.empty(samples, np.uint32), np.empty(features, np.int64)
    stack = np.empty((samples + 1, 2), np.int64)
    for target in targets:
        forest(
            bins, y[target], own[target], seeds[target], number, tried, rows, spare, order, stack, gain[target]
        )  # fmt: skip
