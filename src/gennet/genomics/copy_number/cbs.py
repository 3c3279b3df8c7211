"""
Circular binary segmentation: cut a sequence of log2 ratios where an arc of it differs from the rest.

Olshen et al. 2004 (doi:10.1093/biostatistics/kxh008); hybrid p-values and early stopping: Venkatraman & Olshen 2007
(doi:10.1093/bioinformatics/btl646).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ETA = 0.05
"""Largest chance that stopping early calls a change that all permutations would not."""
_CERTAIN, _MANY = 7.0, 10
"""
A statistic this large over this many bins is a change without permutations: single outliers do not make it, yet in
permutations they make short arcs that reach it. DNAcopy takes the same short cut.
"""


@dataclass(frozen=True, slots=True)
class Circular:
    """How circular binary segmentation decides."""

    alpha: float = 0.01
    """Chance of a cut where there is none, per test."""
    permutations: int = 10_000
    narrowest: int = 2
    """Fewest bins of a segment."""
    hybrid_from: int = 200
    """From this many bins on, arcs wider than `widest_permuted` are judged by the tail of a Gaussian process."""
    widest_permuted: int = 25
    undo: float = 0.0
    """Cuts where means differ by less than so many standard deviations are undone; 0 keeps all."""

    def __post_init__(self) -> None:
        """Refuse settings that cannot decide anything."""
        if not 0 < self.alpha < 1 or self.permutations * self.alpha < 1:
            raise BadInput(
                f"alpha is {self.alpha} with {self.permutations:,} permutations",
                place="alpha",
                remedy="alpha is between 0 and 1, and 1 / alpha permutations the fewest",
            )
        if self.narrowest < 2 or self.undo < 0:
            raise BadInput("a segment has two bins or more, and undo is 0 or more", place="segmentation")


def segment(
    values: NDArray[np.float64], weights: NDArray[np.float64], how: Circular, rng: np.random.Generator
) -> list[int]:
    """
    Cut one contig: return the edges, from 0 to the number of bins.

    `values` are finite, `weights` above 0 and inverse to variances up to a factor. The answer depends on `rng` only
    where a p-value is close to alpha.

    >>> values = np.repeat([0.0, 1.0, 0.0], 20) + np.tile([-0.1, 0.1], 30)
    >>> segment(values, np.ones(60), Circular(), np.random.default_rng(1))
    [0, 20, 40, 60]
    """
    edges, waiting = {0, len(values)}, [(0, len(values))]
    while waiting:
        low, high = waiting.pop()
        inner = [low + cut for cut in _cuts(values[low:high], weights[low:high], how, rng)]
        edges.update(inner)
        ends = [low, *inner, high]
        waiting += [pair for pair in itertools.pairwise(ends) if inner]
    found = sorted(edges)
    return _undone(values, weights, found, how.undo) if how.undo else found


def _cuts(
    values: NDArray[np.float64], weights: NDArray[np.float64], how: Circular, rng: np.random.Generator
) -> list[int]:
    """Find the one or two edges of the arc that stands out, when it does."""
    n = len(values)
    if n < 2 * how.narrowest or np.ptp(values) == 0:
        return []
    from gennet.genomics.copy_number._kernels import best_arc, sums_of

    residuals, roots = _standard(values, weights)
    sums, masses = np.empty(n + 1), np.empty(n + 1)
    sums_of(residuals * roots, weights, sums, masses)
    observed, low, high = best_arc(sums, masses, float(weights.min()), how.narrowest, 0, np.inf)
    fewer = min(high - low, n - high + low)
    if not _stands_out(residuals, roots, observed, fewer, how, rng):
        return []
    if low == 0 or high == n:
        return [high if low == 0 else low]
    # an arc inside has two edges; each must hold against the part beside it
    kept = [(low, 0, high), (high, low, n)]
    cuts = [cut for cut, start, stop in kept if _differ(values[start:stop], weights[start:stop], cut - start, how, rng)]
    return cuts or [low, high]


def _standard(values: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    roots = np.sqrt(weights)
    return roots * (values - np.average(values, weights=weights)), roots


def _stands_out(
    residuals: NDArray[np.float64],
    roots: NDArray[np.float64],
    observed: float,
    fewer: int,
    how: Circular,
    rng: np.random.Generator,
) -> bool:
    from gennet.genomics.copy_number._kernels import arcs_by_chance

    n, squares = len(residuals), float(residuals @ residuals)
    if observed >= squares * (1 - 1e-12):
        return True  # two constant levels: nothing is left to permute
    statistic = np.sqrt(observed / (squares - observed) * (n - 2))
    if statistic >= _CERTAIN and fewer >= _MANY:
        return True
    alpha, widest = how.alpha, 0
    if n >= how.hybrid_from:
        widest = how.widest_permuted
        alpha -= tail(statistic, n, (widest + 1) / n)
        if alpha <= 0:
            return False
    stops = stopping(alpha, how.permutations)
    exceeding, _ = arcs_by_chance(residuals, roots, observed, how.narrowest, widest, stops, _state(rng))
    return exceeding < len(stops)


def _differ(
    values: NDArray[np.float64], weights: NDArray[np.float64], left: int, how: Circular, rng: np.random.Generator
) -> bool:
    """Tell whether the mean left of a cut differs from the mean right of it, by permutation."""
    from gennet.genomics.copy_number._kernels import splits_by_chance

    residuals, roots = _standard(values, weights)
    mass, whole = weights[:left].sum(), weights.sum()
    between = (roots[:left] @ residuals[:left]) ** 2 * whole / (mass * (whole - mass))
    rest = max(float(residuals @ residuals) - float(between), 0.0)
    if between * (len(values) - 2) >= _CERTAIN**2 * rest and min(left, len(values) - left) >= _MANY:
        return True
    stops = stopping(how.alpha, how.permutations)
    exceeding, _ = splits_by_chance(residuals, roots, left, float(between) * (1 - 1e-12), stops, _state(rng))
    return exceeding < len(stops)


def _state(rng: np.random.Generator) -> NDArray[np.uint64]:
    return rng.integers(1, 2**63, size=1, dtype=np.uint64)


def stopping(alpha: float, permutations: int) -> NDArray[np.int64]:
    """
    Tell after how many permutations with 0, 1, 2 ... exceedances a change is certain enough.

    More than ``alpha * permutations`` exceedances refuse a change for certain. Were there that many in all, seeing so
    few so late would have a chance below 5 % over all looks (hypergeometric; Venkatraman & Olshen 2007).

    >>> stopping(0.01, 1000).tolist()[:3], len(stopping(0.01, 1000))
    ([386, 512, 612], 11)
    """
    return _stopping(int(alpha * permutations), permutations)


@cache
def _stopping(allowed: int, permutations: int) -> NDArray[np.int64]:
    from scipy.stats import hypergeom

    seen = np.arange(allowed + 1)
    low, high = np.zeros(allowed + 1, np.int64), np.full(allowed + 1, permutations)
    while (high - low > 1).any():  # the chance falls with the permutations made, so the place is found by halving
        middle = (low + high) // 2
        rare = hypergeom.cdf(seen, permutations, allowed + 1, middle) <= _ETA / (allowed + 1)
        low, high = np.where(rare, low, middle), np.where(rare, middle, high)
    high.setflags(write=False)
    return high


def tail(statistic: float, points: int, least: float) -> float:
    """
    Approximate the chance that some arc of Gaussian noise, of a share from `least` to ``1 - least``, reaches a statistic.

    The statistic is the largest standardised difference between an arc and its complement, with any sign (Siegmund
    1988; Venkatraman & Olshen 2007). At most 1.

    >>> round(tail(4.5, 1000, 0.026), 5)
    0.01606
    """
    from scipy.integrate import quad

    if least >= 0.5:
        return 0.0

    def rate(share: float) -> float:
        spread = share * (1 - share)
        return _overshoot(statistic / math.sqrt(points * spread)) ** 2 / spread**2

    area = quad(rate, least, 0.5, epsrel=1e-6)[0]
    return min(1.0, float(statistic**3 * _density(statistic) / 2 * area))


def _overshoot(x: float) -> float:
    """Siegmund's nu, in the closed form that is within 1 % of it (Siegmund & Yakir 2007)."""
    half = x / 2
    below = 0.5 * (1 + math.erf(half / math.sqrt(2)))
    return (2 / x) * (below - 0.5) / (half * below + _density(half))


def _density(x: float) -> float:
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _undone(
    values: NDArray[np.float64], weights: NDArray[np.float64], edges: list[int], deviations: float
) -> list[int]:
    """Take out, weakest first, the cuts whose sides differ by less than so many standard deviations."""
    edges = list(edges)
    spread = _spread(values, weights, edges)
    while len(edges) > 2:
        means = np.array([np.average(values[a:b], weights=weights[a:b]) for a, b in itertools.pairwise(edges)])
        steps = np.abs(np.diff(means))
        weakest = int(steps.argmin())
        if steps[weakest] >= deviations * spread:
            break
        del edges[weakest + 1]
    return edges


def _spread(values: NDArray[np.float64], weights: NDArray[np.float64], edges: list[int]) -> float:
    """Estimate the standard deviation about segments from the median absolute residual."""
    left = np.concatenate(
        [values[a:b] - np.average(values[a:b], weights=weights[a:b]) for a, b in itertools.pairwise(edges)]
    )
    return float(1.4826 * np.median(np.abs(left)))
