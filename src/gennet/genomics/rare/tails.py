"""Tail probabilities of sum(w x), x independent chi-square with one degree of freedom: what kernel tests end in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DIGITS = 10.0
# Eigenvalues below this share of their mean are rounding, as in R's SKAT.
_NEGLIGIBLE = 1e-5


def eigenvalues(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return the eigenvalues of a covariance that are more than rounding, largest last.

    >>> eigenvalues(np.diag([2.0, 1.0, 0.0])).tolist()
    [1.0, 2.0]
    """
    found: NDArray[np.float64] = np.asarray(np.linalg.eigvalsh(covariance), np.float64)
    positive = found[found > 0]
    return positive[positive > positive.mean() * _NEGLIGIBLE] if len(positive) else positive


def tail(
    weights: NDArray[np.float64], q: float | NDArray[np.float64], *, digits: float = _DIGITS
) -> NDArray[np.float64]:
    """
    Return P(sum(w x) > q) by inverting the characteristic function along a path of steepest descent.

    Where Davies' method keeps an absolute error, and so says nothing about a tail of 1e-12, this keeps a relative one
    at any depth.

    Parameters
    ----------
    weights
        Positive.
    q
        One value or many.
    digits
        Decimal digits of relative precision, about.

    References
    ----------
    Davies. Algorithm AS 155. J R Stat Soc C (1980). doi:10.2307/2346911. Trefethen & Weideman. The exponentially
    convergent trapezoidal rule. SIAM Review (2014). doi:10.1137/130932132

    >>> float(tail(np.ones(2), 20.0))  # exp(-10)
    4.5399929...e-05
    """
    from gennet.genomics.rare._kernels import survivals

    points = np.atleast_1d(np.asarray(q, np.float64))
    out = np.ones(len(points)) if len(weights) else (points <= 0).astype(np.float64)
    if len(weights):
        survivals(np.ascontiguousarray(weights, np.float64), points, digits, out)
    return out.reshape(np.shape(q))


def log10_tail(weights: NDArray[np.float64], q: float) -> float:
    """
    Return log10 of P(sum(w x) > q), also where the probability itself is below the smallest number.

    >>> round(log10_tail(np.ones(2), 4000.0), 6)  # exp(-2000)
    -868.588964
    """
    from gennet.genomics.rare._kernels import log_tail

    if not len(weights) or q <= 0:
        return 0.0 if q <= 0 else -math.inf
    log_p, upper = log_tail(np.ascontiguousarray(weights, np.float64), q, _DIGITS)
    return (log_p if upper else math.log1p(-math.exp(log_p))) / math.log(10.0)


def kuonen(weights: NDArray[np.float64], q: float) -> float:
    """
    Return P(sum(w x) > q) by Lugannani and Rice's saddlepoint formula: fast, within a few percent of the tail.

    References
    ----------
    Kuonen. Saddlepoint approximations for distributions of quadratic forms. Biometrika (1999).
    doi:10.1093/biomet/86.4.929

    >>> round(kuonen(np.ones(2), 20.0) / math.exp(-10.0), 2)
    1.03
    """
    from scipy.special import log_ndtr

    from gennet.genomics.rare._kernels import cumulants, saddlepoint

    s = saddlepoint(np.ascontiguousarray(weights, np.float64), q)
    value, _, second, _ = cumulants(weights, s)
    w = math.copysign(math.sqrt(max(2.0 * (s * q - value), 0.0)), s)
    v = s * math.sqrt(second)
    if abs(w) < 1e-4:
        return liu(weights, q)  # at the mean the formula is 0 / 0
    return math.exp(float(log_ndtr(-(w + math.log(v / w) / w))))


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """A scaled, shifted non-central chi-square with the first moments of a quadratic form."""

    mean: float
    sd: float
    df: float
    noncentrality: float

    def survival(self, q: float) -> float:
        """Return the probability of more than q."""
        from scipy.stats import chi2, ncx2

        shape = self.df + self.noncentrality
        at = (q - self.mean) / self.sd * math.sqrt(2.0 * (shape + self.noncentrality)) + shape
        return float(ncx2.sf(at, self.df, self.noncentrality) if self.noncentrality > 0 else chi2.sf(at, self.df))

    def quantile(self, p: float) -> float:
        """Return the value exceeded with probability p; defined for a central one."""
        from scipy.special import chdtri

        return (float(chdtri(self.df, p)) - self.df) / math.sqrt(2.0 * self.df) * self.sd + self.mean


def matched(weights: NDArray[np.float64], *, kurtosis: bool = False) -> ChiSquare:
    """
    Match a chi-square to a quadratic form: mean, variance and skewness, or with `kurtosis` in place of skewness.

    References
    ----------
    Liu, Tang & Zhang. Comput Stat Data Anal (2009). doi:10.1016/j.csda.2008.11.025; with kurtosis: Lee, Wu & Lin.
    Biostatistics (2012). doi:10.1093/biostatistics/kxs014

    >>> matched(np.ones(3)).df
    3.0
    """
    c1, c2, c3, c4 = (float(np.sum(weights**k)) for k in (1, 2, 3, 4))
    s1, s2 = c3 / c2**1.5, c4 / c2**2
    sd = math.sqrt(2.0 * c2)
    if s1 * s1 > s2 * (1.0 + 1e-12):
        a = 1.0 / (s1 - math.sqrt(s1 * s1 - s2))
        d = s1 * a**3 - a * a
        return ChiSquare(c1, sd, a * a - 2.0 * d, d)
    return ChiSquare(c1, sd, 1.0 / s2 if kurtosis else 1.0 / (s1 * s1), 0.0)


def liu(weights: NDArray[np.float64], q: float) -> float:
    """
    Return P(sum(w x) > q) by matching moments: rough far out.

    >>> round(liu(np.ones(2), 20.0) / math.exp(-10.0), 6)
    1.0
    """
    return matched(weights).survival(q)
