"""
Score statistics of a binary trait with few cases: variances that give back calibrated p-values.

Where cases are few, or alleles are, a score is far from normal. Each variant's p-value is computed from the score's own
distribution (saddlepoint, or all outcomes where few people carry the allele); its variance is then replaced by the one
that gives this p-value under a normal law, so that burden, SKAT, SKAT-O and ACAT stand on calibrated variances.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gennet.genomics.rare.scores import Scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.genomics.rare.carriers import Carriers
    from gennet.genomics.rare.null import NullModel

_NORMAL = 4.0
"""Squared standard score up to which the normal law is good enough, as in SPAtest and R's SKAT."""
_SMALL = 0.05
"""Share of the largest value below which people enter by their joint cumulants alone."""
_COUNTED = 200
"""Cases up to which their number is distributed exactly."""
_FEW = 10
"""Minor alleles up to which all outcomes are counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Uneven:
    """The carriers of a region, ready for sums of weighted alleles."""

    null: NullModel
    region: Carriers
    person: NDArray[np.intp]
    """Who each entry of the region belongs to."""

    @classmethod
    def of(cls, region: Carriers, null: NullModel) -> Uneven:
        """Prepare a region."""
        return cls(null, region, np.repeat(np.arange(region.people), np.diff(region.start)))

    def alleles(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return each person's weighted alleles; one weight for each variant of the region."""
        of_entries = weights[self.region.variant] * self.region.copies
        return np.asarray(np.bincount(self.person, of_entries, minlength=self.region.people), np.float64)

    def each_variant(self, scores: Scores, rows: NDArray[np.intp]) -> Scores:
        """
        Return the scores of some variants, not yet weighted, with calibrated variances and unchanged correlations.

        References
        ----------
        Zhao et al. UK Biobank whole-exome sequence binary phenome analysis with robust region-based rare-variant test.
        AJHG (2020). doi:10.1016/j.ajhg.2019.11.012
        """
        variance = scores.variance.copy()
        known = np.flatnonzero(variance > 0)
        for i in known[scores.score[known] ** 2 > _NORMAL * variance[known]]:
            p = self._single(int(rows[i]), float(scores.copies[i]))
            variance[i] = _variance_for(float(scores.score[i]), p, float(variance[i]))
        stretch = np.sqrt(np.divide(variance, scores.variance, out=np.ones_like(variance), where=scores.variance > 0))
        return replace(scores, covariance=scores.covariance * np.outer(stretch, stretch))

    def together(self, weighted: Scores, every: NDArray[np.float64]) -> Scores:
        """
        Return weighted scores whose burden test is no smaller than the calibrated p-value of all alleles together.

        `every` holds one weight for each variant of the region, zero for those left out.
        """
        score, variance = float(weighted.score.sum()), float(weighted.covariance.sum())
        if variance <= 0 or score == 0:
            return weighted
        alleles = self.alleles(every)
        plain = self._plain_variance(alleles)
        if score**2 <= _NORMAL * plain:
            needed = plain
        else:
            needed = _variance_for(score, saddlepoint_p(alleles, self.null), plain)
        return replace(weighted, covariance=weighted.covariance * max(1.0, needed / variance))

    def _plain_variance(self, alleles: NDArray[np.float64]) -> float:
        crossed = self.null.covariates.T @ (self.null.weight * alleles)
        return float(self.null.weight @ alleles**2 - crossed @ self.null.projection @ crossed)

    def _single(self, row: int, copies: float) -> float:
        one = np.zeros(self.region.variants)
        one[row] = 1.0
        alleles = self.alleles(one)
        called = int(self.region.copies_total[row])
        return (
            all_outcomes_p(alleles, self.null) if called <= _FEW and copies > 0 else saddlepoint_p(alleles, self.null)
        )


def _variance_for(score: float, p: float, otherwise: float) -> float:
    """Return the variance with which a normal score of this size has this p-value."""
    from scipy.special import chdtri

    square = float(chdtri(1.0, p)) if p > 0 else np.inf
    # A score whose p-value is 1 says nothing: its variance stays.
    return score**2 / square if 0 < square < np.inf else otherwise


def saddlepoint_p(alleles: NDArray[np.float64], null: NullModel) -> float:
    """
    Return the two-sided p-value of a sum of alleles in cases, given the null probabilities of a binary trait.

    Parameters
    ----------
    alleles
        n: weighted copies of each person.

    References
    ----------
    Dey et al. A fast and accurate algorithm to test for binary phenotypes. AJHG (2017). doi:10.1016/j.ajhg.2017.05.014

    >>> from gennet.genomics.rare.null import Trait, fit_null
    >>> null = fit_null(np.repeat([1.0, 0.0], [100, 9900]), trait=Trait.BINARY)
    >>> alleles = np.zeros(10000)
    >>> alleles[[0, 1, 2, *range(5000, 5047)]] = 1.0
    >>> round(saddlepoint_p(alleles, null), 3)  # three cases among 50 carriers, 0.5 expected; mid-p 0.0077, normal 0.0004
    0.006
    """
    from gennet.genomics.rare._kernels import uneven_tail

    slope = null.projection @ (null.covariates.T @ (null.weight * alleles))
    adjusted = alleles - null.covariates @ slope
    score = abs(float(alleles @ null.residual))
    large = np.abs(adjusted) > _SMALL * np.abs(adjusted).max()
    rest = _cumulants(adjusted[~large], null.fitted[~large])
    return min(
        1.0,
        sum(
            uneven_tail(sign * adjusted[large], null.fitted[large], rest * (1.0, sign, 1.0), score)
            for sign in (1.0, -1.0)
        ),
    )


def _cumulants(values: NDArray[np.float64], p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the second to fourth cumulant of sum(v (y - p))."""
    variance = p * (1.0 - p)
    return np.array([
        values**2 @ variance, values**3 @ (variance * (1.0 - 2.0 * p)), values**4 @ (variance * (1.0 - 6.0 * variance))
    ])  # fmt: skip


def all_outcomes_p(alleles: NDArray[np.float64], null: NullModel) -> float:
    """
    Return the two-sided mid-p of the alleles in cases over all ways in which the carriers can be cases or controls.

    The number of cases among all people is held as observed; an outcome as far from the mean as the observed one counts
    half. People who count as carriers only because their call is missing stay as they are.

    References
    ----------
    Lee et al. An efficient resampling method for calibrating single and gene-based rare variant association analysis in
    case-control studies. Biostatistics (2016). doi:10.1093/biostatistics/kxv033

    >>> from gennet.genomics.rare.null import Trait, fit_null
    >>> null = fit_null(np.array([1.0, *[0.0] * 9]), trait=Trait.BINARY)
    >>> round(all_outcomes_p(np.array([1.0, *[0.0] * 9]), null), 6)  # one case in ten, and it is the only carrier
    0.05
    """
    from gennet.genomics.rare._kernels import enumerated_tail

    held = np.flatnonzero(alleles >= 1.0)
    others = np.delete(null.fitted, held)
    cases = round(float((null.residual + null.fitted).sum()))
    among = log_case_counts(others, cases - np.arange(len(held) + 1))
    observed = (null.residual + null.fitted)[held]
    return float(enumerated_tail(alleles[held], null.fitted[held], observed, among))


def log_case_counts(probabilities: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """
    Return the log probability of each number of cases among people with these probabilities.

    Exact where the numbers are small; else a saddlepoint density, whose relative error of about 1 / (12 x variance) is
    the same for neighbouring numbers. Minus infinity for impossible ones.

    >>> log_case_counts(np.full(40, 0.25), np.array([10, 9, -1])).round(4).tolist()
    [-1.9354, -1.9682, -inf]
    """
    from gennet.genomics.rare._kernels import count_probabilities, log_count_density

    most = int(counts.max(initial=0))
    if most > _COUNTED:
        return np.array([log_count_density(probabilities, int(k)) for k in counts])
    exact = np.zeros(most + 2)
    count_probabilities(probabilities, exact[:-1])
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(exact[np.where(counts < 0, most + 1, counts)]), np.float64)
