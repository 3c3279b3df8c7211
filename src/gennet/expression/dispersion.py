"""Dispersion of counts and the variance-stabilising transformation built on its trend, as DESeq2's parametric fit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent
from gennet.expression.normalisation import size_factors

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST = 1e-8
"""Smallest dispersion."""
_LOWEST_MEAN = 0.5
"""Smallest expected count the likelihood is computed with."""
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


@dataclass(frozen=True, slots=True)
class Trend:
    """Dispersion of a gene by its mean: `asymptotic` + `extra` / mean."""

    asymptotic: float
    extra: float


def gene_dispersions(counts: NDArray[np.float64], factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return each gene's dispersion (shape (genes,)) about one mean, by Cox and Reid's adjusted likelihood.

    Parameters
    ----------
    counts
        Samples x genes; a gene without any count gets NaN.
    factors
        Of size, by sample.

    References
    ----------
    Love et al. 2014, doi:10.1186/s13059-014-0550-8.
    """
    n = len(counts)
    made = np.full(counts.shape[1], math.nan)
    some = counts.sum(axis=0) > 0
    held = counts[:, some]
    mean = np.maximum((held / factors[:, None]).mean(axis=0) * factors[:, None], _LOWEST_MEAN)
    most = max(10.0, float(n))
    grid = np.linspace(math.log(_LEAST / 10), math.log(most), 24)
    seen = np.stack([_likelihood(np.full(held.shape[1], x), held, mean) for x in grid])
    best = np.clip(seen.argmax(axis=0), 1, len(grid) - 2)
    made[some] = np.exp(np.clip(_golden(grid[best - 1], grid[best + 1], held, mean), math.log(_LEAST), math.log(most)))
    return made


def _likelihood(
    log_dispersion: NDArray[np.float64], counts: NDArray[np.float64], mean: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return each gene's negative binomial log likelihood less half the log of the information of its mean."""
    from scipy.special import gammaln

    alpha = np.exp(log_dispersion)
    size = 1.0 / alpha
    own = gammaln(counts + size) - gammaln(size) - counts * np.log(mean + size) - size * np.log1p(mean * alpha)
    information = (mean / (1.0 + alpha * mean)).sum(axis=0)
    return np.asarray(own.sum(axis=0) - 0.5 * np.log(information))


def _golden(
    low: NDArray[np.float64], high: NDArray[np.float64], counts: NDArray[np.float64], mean: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Narrow every gene's bracket of the maximum at once."""
    low, high = low.copy(), high.copy()
    a, b = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_a, at_b = _likelihood(a, counts, mean), _likelihood(b, counts, mean)
    for _ in range(34):  # 2 ln-units times 0.618^34 is under 1e-6.
        left = at_a > at_b
        low, high = np.where(left, low, a), np.where(left, b, high)
        x = np.where(left, high - _GOLDEN * (high - low), low + _GOLDEN * (high - low))
        seen = _likelihood(x, counts, mean)
        a, b, at_a, at_b = (
            np.where(left, x, b), np.where(left, a, x), np.where(left, seen, at_b), np.where(left, at_a, seen),
        )  # fmt: skip
    return (low + high) / 2.0


def dispersion_trend(means: NDArray[np.float64], dispersions: NDArray[np.float64]) -> Trend:
    """
    Fit dispersions by a gamma model with identity link, leaving outliers out until it settles.

    Raises
    ------
    InvalidContent
        The dispersions follow no such trend (too few genes, or no more spread than chance gives).
    """
    usable = np.isfinite(dispersions) & (dispersions > 100 * _LEAST) & (means > 0)
    x, y = 1.0 / means[usable], dispersions[usable]
    now = np.array([0.1, 1.0])
    for _ in range(10):
        ratio = y / (now[0] + now[1] * x)
        good = (ratio > 1e-4) & (ratio < 15)
        if good.sum() < 10:
            break
        then = now
        now = _gamma_fit(x[good], y[good], then)
        if not (now > 0).all():
            break
        if float((np.log(now / then) ** 2).sum()) < 1e-6:
            return Trend(float(now[0]), float(now[1]))
    raise InvalidContent(
        f"the dispersion of {int(usable.sum())} genes follows no parametric trend",
        place="counts",
        remedy="use log counts per million, or give raw counts of more samples and genes",
    )


def _gamma_fit(x: NDArray[np.float64], y: NDArray[np.float64], start: NDArray[np.float64]) -> NDArray[np.float64]:
    design, now = np.stack([np.ones(len(x)), x], axis=1), np.asarray(start, np.float64)
    for _ in range(100):
        root = 1.0 / np.maximum(design @ now, 1e-12)
        then = np.asarray(np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0], np.float64)
        if not (then > 0).all() or np.abs(then / now - 1.0).max() < 1e-10:
            return np.asarray(then)
        now = then
    return np.asarray(now)


def variance_stabilised(
    counts: NDArray[np.float64], factors: NDArray[np.float64] | None = None, trend: Trend | None = None
) -> tuple[NDArray[np.float64], Trend]:
    """
    Return counts (samples x genes) on a log2-like scale whose variance does not depend on the mean, and its trend.

    Giving the `factors` and `trend` of a reference cohort puts a new sample on that cohort's scale.

    References
    ----------
    Anders and Huber 2010, doi:10.1186/gb-2010-11-10-r106; Love et al. 2014, doi:10.1186/s13059-014-0550-8.
    """
    held = size_factors(counts) if factors is None else factors
    level = counts / held[:, None]
    if trend is None:
        trend = dispersion_trend(level.mean(axis=0), gene_dispersions(counts, held))
    a, e = trend.asymptotic, trend.extra
    inner = 1.0 + e + 2.0 * a * level + 2.0 * np.sqrt(a * level * (1.0 + e + a * level))
    return np.asarray(np.log2(inner / (4.0 * a))), trend
