"""Burden, SKAT, SKAT-O and ACAT tests of a region from its weighted score statistics."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.genomics.rare.scores import Scores
from gennet.genomics.rare.tails import ChiSquare, eigenvalues, matched, tail

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

RHO = (0.0, 0.01, 0.04, 0.09, 0.25, 0.5, 1.0)
"""Share of the burden test in each mixture that SKAT-O looks at: the grid of R SKAT 2.2."""
_RARE = 10
"""Minor alleles up to which ACAT-V pools variants in one burden test."""
_MOST = 0.999


def burden(weighted: Scores) -> float:
    """
    Test the sum of all weighted alleles: powerful where variants act in one direction.

    >>> from gennet.genomics.rare.scores import Scores
    >>> one = np.ones(1)
    >>> round(burden(Scores(one * 2.0, np.eye(1), one, one)), 6)  # chi-square of 4
    0.0455
    """
    from scipy.special import chdtrc

    variance = float(weighted.covariance.sum())
    return float(chdtrc(1.0, float(weighted.score.sum()) ** 2 / variance)) if variance > 0 else 1.0


def skat(weighted: Scores) -> float:
    """
    Test the sum of squared weighted scores: powerful where effects differ in direction.

    >>> from gennet.genomics.rare.scores import Scores
    >>> one = np.ones(1)
    >>> round(skat(Scores(one * 2.0, np.eye(1), one, one)), 6)
    0.0455
    """
    return float(tail(eigenvalues(weighted.covariance), float(weighted.score @ weighted.score)))


@dataclass(frozen=True, slots=True)
class Optimal:
    """What SKAT-O found."""

    p: float
    rho: float
    """Share of the burden test in the mixture with the smallest p-value."""


@dataclass(frozen=True, slots=True)
class _Mixture:
    """One point of SKAT-O's grid."""

    rho: float
    p: float
    moments: ChiSquare


def skat_o(weighted: Scores, rhos: tuple[float, ...] = RHO, *, as_r: bool = False) -> Optimal:
    """
    Test the best mixture of burden and SKAT, corrected for having looked at several.

    The distribution of the best p-value is one integral over the burden statistic; each value in it is exact to its
    relative precision, so that small p-values do not drown in rounding. R's SKAT takes one minus an integral with an
    absolute error near 1e-4, which misses narrow peaks (p = 1) and blurs small p-values; `as_r` integrates like that, for
    comparison with its results.

    References
    ----------
    Lee, Wu & Lin. Optimal tests for rare variant effects in sequencing association studies. Biostatistics (2012).
    doi:10.1093/biostatistics/kxs014

    >>> from gennet.genomics.rare.scores import Scores
    >>> two = np.ones(2)
    >>> 0.005 < skat_o(Scores(2.0 * two, np.eye(2), two, two)).p < 0.05
    True
    """
    root = _root(weighted.covariance)
    if not root.size:
        return Optimal(1.0, 0.0)
    mixtures = [_mixture(weighted, root, min(rho, _MOST)) for rho in rhos]
    best = min(mixtures, key=lambda m: m.p)
    if len(eigenvalues(weighted.covariance)) == 1:
        return Optimal(best.p, best.rho)
    p = _best_of(root, mixtures, best.p, as_r=as_r)
    # The smallest p-value times the number of looks bounds the truth from above.
    return Optimal(min(p, best.p * len(rhos)), best.rho)


def _root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return R (r x m) with R'R = covariance, without the directions that are rounding."""
    values, vectors = np.linalg.eigh(covariance)
    keep = values > max(values.max(initial=0.0), 0.0) * 1e-12
    return np.asarray(np.sqrt(values[keep])[:, None] * vectors[:, keep].T, np.float64)


def _mixture(weighted: Scores, root: NDArray[np.float64], rho: float) -> _Mixture:
    score = weighted.score
    q = (1.0 - rho) * float(score @ score) + rho * float(score.sum()) ** 2
    total = root.sum(axis=1)
    shape = (1.0 - rho) * (root @ root.T) + rho * np.outer(total, total)
    weights = eigenvalues(shape)
    return _Mixture(rho, float(tail(weights, q)), matched(weights, kurtosis=True))


def _best_of(root: NDArray[np.float64], mixtures: list[_Mixture], smallest: float, *, as_r: bool) -> float:
    """Return the probability that the smallest p-value of all mixtures is at most `smallest`."""
    quantiles = np.array([m.moments.quantile(smallest) for m in mixtures])
    rhos = np.array([m.rho for m in mixtures])
    total = root.mean(axis=1)
    mean_square = float(total @ total)
    shares = (total @ root) / mean_square
    rest = root - np.outer(total, shares)
    weights = eigenvalues(rest @ rest.T)
    cross = 4.0 * float(np.sum(np.outer(shares, shares) * mean_square * (rest.T @ rest)))
    mean, variance = float(weights.sum()), 2.0 * float(weights @ weights) + cross
    shrink = math.sqrt(max(variance - cross, 0.0) / variance) if variance > 0 else 1.0
    m = root.shape[1]
    slopes = mean_square * (m * m * rhos + (1.0 - rhos) * float(shares @ shares))

    def beyond(burden_at: NDArray[np.float64]) -> NDArray[np.float64]:
        left = np.min((quantiles[:, None] - slopes[:, None] * burden_at) / (1.0 - rhos)[:, None], axis=0)
        return tail(weights, (left - mean) * shrink + mean, digits=7.0)

    if as_r:
        return _quadpack(beyond)
    burden_at, share = _burden_grid(quantiles, slopes)
    return float(beyond(burden_at) @ share) + _beyond(quantiles, slopes)


def _quadpack(beyond: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> float:
    from scipy.integrate import quad
    from scipy.stats import chi2

    def within(x: float) -> float:
        return float((1.0 - beyond(np.array([x]))[0]) * chi2.pdf(x, 1))

    return 1.0 - float(quad(within, 0.0, 40.0, epsabs=1e-25, epsrel=np.finfo(float).eps ** 0.25, limit=1000)[0])


def _burden_grid(
    quantiles: NDArray[np.float64], slopes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and probabilities of a squared normal, up to where the burden alone exceeds some quantile."""
    nodes, weights = np.polynomial.legendre.leggauss(64)
    edge = _edge(quantiles, slopes)
    z = 0.5 * edge * (nodes + 1.0)
    density = 2.0 * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return z * z, 0.5 * edge * weights * density


def _edge(quantiles: NDArray[np.float64], slopes: NDArray[np.float64]) -> float:
    return math.sqrt(max(float(np.min(quantiles / slopes)), 0.0))


def _beyond(quantiles: NDArray[np.float64], slopes: NDArray[np.float64]) -> float:
    return math.erfc(_edge(quantiles, slopes) / math.sqrt(2.0))


def combine(p: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> float:
    """
    Combine p-values, whatever their dependence, by the tails of Cauchy variables.

    Parameters
    ----------
    p
        Between 0 and 1; NaN is left out.
    weights
        Not negative; equal when left out.

    References
    ----------
    Liu & Xie. Cauchy combination test. JASA (2020). doi:10.1080/01621459.2018.1554485

    >>> round(combine(np.array([0.01, 0.01])), 6)
    0.01
    >>> combine(np.array([1e-200, 0.5])) < 1e-199
    True
    """
    given = np.ones(len(p)) if weights is None else weights
    known = np.isfinite(p) & (given > 0)
    p, given = p[known], given[known] / given[known].sum() if known.any() else given[known]
    if not len(p):
        return 1.0
    small = p < 1e-15
    # 1 / (pi p) is tan((1/2 - p) pi) where that has no digits left; a p of exactly 1 would be minus infinity.
    middle = np.tan((0.5 - np.minimum(p, 1.0 - 1e-15)) * math.pi)
    statistic = float(given @ np.where(small, 1.0 / (np.maximum(p, 1e-320) * math.pi), middle))
    return 1.0 / (statistic * math.pi) if statistic > 1e15 else 0.5 - math.atan(statistic) / math.pi


def acat_v(scores: Scores, weights: NDArray[np.float64]) -> float:
    """
    Combine single-variant tests, the rarest pooled in one burden test: powerful where few of many variants matter.

    Parameters
    ----------
    scores
        Not weighted.
    weights
        Of the alleles, as for burden and SKAT; each test counts w^2 f (1 - f).

    References
    ----------
    Liu et al. ACAT: a fast and powerful p value combination method. AJHG (2019). doi:10.1016/j.ajhg.2019.01.002

    >>> from gennet.genomics.rare.scores import Scores
    >>> many = np.full(1, 100.0)
    >>> round(acat_v(Scores(np.full(1, 2.0), np.eye(1), np.full(1, 0.01), many), np.ones(1)), 6)
    0.0455
    """
    from scipy.special import chdtrc

    f = scores.frequency
    importance = weights**2 * f * (1.0 - f)
    known = scores.variance > 0
    single = known & (scores.copies > _RARE)
    p = list(chdtrc(1.0, scores.score[single] ** 2 / scores.variance[single]))
    shares = list(importance[single])
    pooled = np.flatnonzero(known & ~single)
    if len(pooled):
        p.append(burden(_part(scores, pooled).weighted(weights[pooled])))
        mean_weight, mean_f = float(weights[pooled].mean()), float(f[pooled].mean())
        shares.append(mean_weight**2 * mean_f * (1.0 - mean_f))
    return combine(np.array(p), np.array(shares)) if p else 1.0


def _part(scores: Scores, rows: NDArray[np.intp]) -> Scores:
    return Scores(
        scores.score[rows], scores.covariance[np.ix_(rows, rows)], scores.frequency[rows], scores.copies[rows]
    )
