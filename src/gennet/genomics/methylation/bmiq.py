"""
Bring a sample's betas to a gold standard: beta-mixture quantile normalisation.

Three beta distributions (unmethylated, half, methylated) are fitted to the sample and to the gold standard; each outer
class is mapped quantile by quantile, and the middle is stretched to fit between them. Teschendorff 2013, DOI
10.1093/bioinformatics/bts680, in the way of Horvath 2013, DOI 10.1186/gb-2013-14-10-r115.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent
from gennet.genomics.methylation.matrix import BetaMatrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.core.study import Watch
    from gennet.genomics.methylation.ages import Reference

_EDGE = 1e-4
_CUTS = (0.2, 0.75)
"""Where the classes are told apart at the start, as Horvath sets them for the gold standard."""
_ROUNDS = 200
_SETTLED = 1e-6
_FEWEST = 10
LEAST = 1000
"""Fewest CpGs that sample and gold standard must share."""


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Three beta distributions: unmethylated, half, methylated."""

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    weight: NDArray[np.float64]

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean of each class."""
        return self.a / (self.a + self.b)

    def shares(self, betas: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how likely each beta is of each class, betas x 3."""
        held = _inside(betas)
        return self.shares_of_logs(np.log(held), np.log1p(-held)).T

    def shares_of_logs(self, logs: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how likely each beta is of each class, 3 x betas, from its logarithm and that of 1 - beta."""
        from scipy.special import betaln

        level = np.log(self.weight) - betaln(self.a, self.b)
        made = np.outer(self.a - 1, logs) + np.outer(self.b - 1, other) + level[:, None]
        made -= made.max(axis=0)
        np.exp(made, out=made)
        made /= made.sum(axis=0)
        return np.asarray(made)

    def classes(self, betas: NDArray[np.float64]) -> NDArray[np.intp]:
        """
        Return the likeliest class of each beta: 0, 1 or 2.

        Below the mean of the unmethylated class all are unmethylated, and above that of the methylated all methylated:
        a wide middle may otherwise win again in the tails.
        """
        made = self.shares(betas).argmax(axis=1)
        made[betas <= self.mean[0]] = 0
        made[betas >= self.mean[2]] = 2
        return np.asarray(made)


def fit_mixture(betas: NDArray[np.float64]) -> Mixture:
    """
    Fit three beta distributions by expectation and maximisation, from classes cut at 0.2 and 0.75.

    Raises
    ------
    InvalidContent
        A class is empty at the start or dies out.
    """
    held = _inside(betas)
    logs, other = np.log(held), np.log1p(-held)
    member = np.digitize(held, _CUTS)
    shares = (member == np.arange(3)[:, None]).astype(np.float64)
    previous = np.zeros(3)
    for _ in range(_ROUNDS):
        weight = shares.sum(axis=1)
        if (weight < _FEWEST).any():
            raise InvalidContent(
                "the betas do not fall into three classes", place="normalisation", remedy="give betas of a whole array"
            )
        mean_log, mean_other = shares @ logs / weight, shares @ other / weight
        fitted = [_likeliest(mean_log[k], mean_other[k], *_moments(held, shares[k])) for k in range(3)]
        mixture = Mixture(np.array([f[0] for f in fitted]), np.array([f[1] for f in fitted]), weight / len(held))
        shares = mixture.shares_of_logs(logs, other)
        if np.abs(mixture.mean - previous).max() < _SETTLED:
            break
        previous = mixture.mean
    return mixture


def normalised(betas: NDArray[np.float64], own: Mixture, gold: Mixture) -> NDArray[np.float64]:
    """
    Map one sample's betas from its own mixture to the gold standard's; NaN stays NaN.

    Order is kept within each class; the middle lies between what the outer classes are mapped to.
    """
    from scipy.special import betainc, betaincinv

    made = np.full(len(betas), np.nan)
    known = np.isfinite(betas)
    held = _inside(betas[known])
    found, classes = held.copy(), own.classes(held)
    for k in (0, 2):
        rows = classes == k
        # Each half by its own tail: a quantile near 1 has no digits left.
        low, high = rows & (held <= own.mean[k]), rows & (held > own.mean[k])
        found[low] = betaincinv(gold.a[k], gold.b[k], betainc(own.a[k], own.b[k], held[low]))
        found[high] = 1.0 - betaincinv(gold.b[k], gold.a[k], betainc(own.b[k], own.a[k], 1.0 - held[high]))
    middle = classes == 1
    if middle.any():
        below, above = held[classes == 0], held[classes == 2]
        start, end = held[middle].min(), held[middle].max()
        # The gaps to the outer classes keep their widths, as in the original.
        bottom = found[classes == 0].max() + (start - below.max()) if len(below) else start
        top = found[classes == 2].min() - (above.min() - end) if len(above) else end
        bottom, top = min(bottom, top), max(bottom, top)
        scale = (top - bottom) / (end - start) if end > start else 0.0
        found[middle] = bottom + scale * (held[middle] - start)
    made[known] = np.clip(found, 0.0, 1.0)
    return made


def normalise(matrix: BetaMatrix, gold: Reference, watch: Watch) -> BetaMatrix:
    """
    Bring every sample to a gold standard.

    Mixtures are fitted on the CpGs that both hold; every beta of the sample is then mapped by them.

    Raises
    ------
    InvalidContent
        They share fewer than 1,000 CpGs, or a sample's betas do not fall into three classes.
    """
    rows = np.array([i for i, cpg in enumerate(matrix.cpgs) if cpg in gold], np.intp)
    if len(rows) < LEAST:
        raise InvalidContent(
            f"{len(rows)} CpGs are also in the gold standard",
            place="normalisation",
            remedy="give betas of a whole array",
        )
    standard = fit_mixture(np.array([gold[matrix.cpgs[i]] for i in rows]))
    made = np.empty_like(matrix.betas)
    for s in range(len(matrix.samples)):
        watch("normalising", s, len(matrix.samples))
        held = matrix.betas[rows, s]
        made[:, s] = normalised(matrix.betas[:, s], fit_mixture(held[np.isfinite(held)]), standard)
    return BetaMatrix(matrix.cpgs, matrix.samples, made)


def _inside(betas: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.clip(betas, _EDGE, 1.0 - _EDGE))


def _moments(betas: NDArray[np.float64], share: NDArray[np.float64]) -> tuple[float, float]:
    """Return a and b that give the weighted mean and variance."""
    mean = float(np.average(betas, weights=share))
    variance = float(np.average((betas - mean) ** 2, weights=share))
    size = max(mean * (1 - mean) / max(variance, 1e-12) - 1.0, 1e-2)
    return mean * size, (1 - mean) * size


def _likeliest(log: float, other: float, a: float, b: float) -> tuple[float, float]:
    """Return the maximum-likelihood a and b for mean log(beta) and log(1 - beta), by Newton from a start."""
    from scipy.special import digamma, polygamma

    for _ in range(50):
        both = float(digamma(a + b))
        slope = np.array([both - float(digamma(a)) + log, both - float(digamma(b)) + other])
        shared = float(polygamma(1, a + b))
        bend = np.array([[shared - float(polygamma(1, a)), shared], [shared, shared - float(polygamma(1, b))]])
        step = np.linalg.solve(bend, slope)
        # A step that would leave the positive quadrant is halved until it does not.
        reach = 1.0
        while a - reach * step[0] <= 0 or b - reach * step[1] <= 0:
            reach /= 2.0
        a, b = a - reach * float(step[0]), b - reach * float(step[1])
        if abs(step).max() < 1e-9 * (a + b):
            break
    return a, b
