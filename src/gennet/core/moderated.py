"""Linear models of many measurements at once, with variances moderated across them: as limma does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A linear model of each row (a CpG, a gene), in the order of the matrix; NaN where it could not be fitted."""

    effect: NDArray[np.float64]
    """Of the tested column of the design, in the unit of the values."""
    unscaled: NDArray[np.float64]
    """Standard error of `effect` divided by the residual standard deviation."""
    variance: NDArray[np.float64]
    """Residual variance."""
    freedom: NDArray[np.float64]
    """Residual degrees of freedom; 0 where not fitted."""


@dataclass(frozen=True, slots=True, eq=False)
class Moderated:
    """Moderated t-tests."""

    t: NDArray[np.float64]
    p: NDArray[np.float64]
    q: NDArray[np.float64]
    """Benjamini and Hochberg's false discovery rate."""
    freedom: NDArray[np.float64]
    prior_freedom: float
    """Infinite where variances differ no more than chance lets them."""
    prior_variance: float


def fit(values: NDArray[np.float64], design: NDArray[np.float64], column: int) -> Fit:
    """
    Fit each row of values (CpGs or genes x samples, NaN where missing) on a design (samples x columns) by least squares.

    Raises
    ------
    InvalidContent
        The design's columns depend on each other, or there are no more samples than columns.
    """
    n, k = design.shape
    if n <= k or np.linalg.matrix_rank(design) < k:
        raise InvalidContent(
            f"{k} effects cannot be told apart in {n} samples",
            place="design",
            remedy="leave out a covariate that the variable determines, or add samples",
        )
    rows = len(values)
    effect, unscaled, variance = (np.full(rows, math.nan) for _ in range(3))
    made = Fit(effect, unscaled, variance, np.zeros(rows))
    known = np.isfinite(values)
    whole = known.all(axis=1)
    _fit_rows(made, values, np.flatnonzero(whole), np.ones(n, bool), design, column)
    # Rows that lack the same samples share one factorisation.
    patterns, member = (
        np.unique(known[~whole], axis=0, return_inverse=True) if not whole.all() else (known[:0], known[:0])
    )
    gaps = np.flatnonzero(~whole)
    for i, pattern in enumerate(patterns):
        held = design[pattern]
        if len(held) > k and np.linalg.matrix_rank(held) == k:
            _fit_rows(made, values, gaps[np.ravel(member) == i], pattern, held, column)
    return made


def _fit_rows(
    made: Fit, values: NDArray[np.float64], rows: NDArray[np.intp], samples: NDArray[np.bool_],
    design: NDArray[np.float64], column: int,
) -> None:  # fmt: skip
    q, r = np.linalg.qr(design)
    held = values[np.ix_(rows, samples)]
    scores = held @ q
    inverse = np.linalg.inv(r)
    freedom = design.shape[0] - design.shape[1]
    made.effect[rows] = scores @ inverse[column]
    made.unscaled[rows] = math.sqrt(float(inverse[column] @ inverse[column]))
    left = held - scores @ q.T
    made.variance[rows] = np.einsum("ij,ij->i", left, left) / freedom
    made.freedom[rows] = freedom


def moderated(fitted: Fit) -> Moderated:
    """Return moderated t-tests of a fit (Smyth 2004, DOI 10.2202/1544-6115.1027)."""
    from scipy.stats import t as t_distribution

    prior_freedom, prior_variance = prior(fitted.variance, fitted.freedom)
    known = fitted.freedom > 0
    own, variance = fitted.freedom[known], fitted.variance[known]
    if math.isinf(prior_freedom):
        shrunk = np.full(len(own), prior_variance)
    else:
        shrunk = (prior_freedom * prior_variance + own * variance) / (prior_freedom + own)
    t, p, q, freedom = (np.full(len(known), math.nan) for _ in range(4))
    freedom[known] = np.minimum(own + prior_freedom, own.sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        t[known] = fitted.effect[known] / (fitted.unscaled[known] * np.sqrt(shrunk))
    p[known] = 2.0 * t_distribution.sf(np.abs(t[known]), freedom[known])
    q[known] = false_discovery(p[known])
    return Moderated(t, p, q, freedom, prior_freedom, prior_variance)


def prior(variance: NDArray[np.float64], freedom: NDArray[np.float64]) -> tuple[float, float]:
    """
    Return degrees of freedom and scale of the variances' common prior, by moments of their logarithms.

    Zero variances are raised to 1e-5 of the median. Infinite degrees of freedom mean that variances differ no more than
    chance lets them; the scale is then their mean.
    """
    from scipy.special import digamma, polygamma

    known = (freedom > 0) & np.isfinite(variance)
    held, own = variance[known], freedom[known]
    if len(held) < 2 or not np.median(held) > 0:
        return 0.0, 1.0
    held = np.maximum(held, 1e-5 * np.median(held))
    e = np.log(held) - digamma(own / 2.0) + np.log(own / 2.0)
    spread = float(e.var(ddof=1) - np.mean(polygamma(1, own / 2.0)))
    if spread <= 0.0:
        return math.inf, float(held.mean())
    half = inverse_trigamma(spread)
    return 2.0 * half, float(np.exp(e.mean() + digamma(half) - math.log(half)))


def inverse_trigamma(value: float) -> float:
    """
    Return x with trigamma(x) = value, by Newton's method on its reciprocal, which is nearly linear.

    >>> from scipy.special import polygamma
    >>> round(inverse_trigamma(float(polygamma(1, 3.25))), 10)
    3.25
    """
    from scipy.special import polygamma

    if value > 1e7:
        return 1.0 / math.sqrt(value)
    if value < 1e-6:
        return 1.0 / value
    x = 0.5 + 1.0 / value
    for _ in range(50):
        now = float(polygamma(1, x))
        step = now * (1.0 - now / value) / float(polygamma(2, x))
        x += step
        if -step / x < 1e-8:
            break
    return x


def false_discovery(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return Benjamini and Hochberg's q values.

    >>> false_discovery(np.array([0.01, 0.04, 0.03, 0.5])).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    made = np.empty(len(p))
    made[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return made
