"""All tests of one region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent
from gennet.genomics.rare.carriers import carriers
from gennet.genomics.rare.kernel_tests import acat_v, burden, combine, skat, skat_o
from gennet.genomics.rare.null import Trait
from gennet.genomics.rare.scores import Scores, beta_weights, region_scores
from gennet.genomics.rare.uneven import Uneven

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.genomics.rare.null import NullModel


@dataclass(frozen=True, slots=True)
class Weights:
    """
    Which variants count, and how much: the beta density at the minor allele's frequency.

    >>> Weights().a, Weights().b
    (1.0, 25.0)
    """

    a: float = 1.0
    b: float = 25.0
    most_frequency: float = 0.05
    """Variants at this frequency of the minor allele or above are left out."""


@dataclass(frozen=True, slots=True)
class RegionResult:
    """P-values of one region; all 1 when nobody carries anything."""

    variants: int
    """Those that vary and are rare enough."""
    copies: int
    """Minor alleles called."""
    burden: float
    skat: float
    skat_o: float
    rho: float
    """Share of burden in the best mixture of SKAT-O."""
    acat_v: float
    acat_o: float
    """Cauchy combination of burden, SKAT and ACAT-V, each with the weights asked for and with equal ones."""


def region_tests(
    dosages: NDArray[np.int8],
    null: NullModel,
    weights: Weights | None = None,
    *,
    as_r: bool = False,
    robust: bool = True,
) -> RegionResult:
    """
    Test a region's rare variants together.

    Parameters
    ----------
    dosages
        m x n copies of the alternate allele, -1 where not called; people as in the null model.
    as_r
        Integrate SKAT-O with the absolute error of R's SKAT.
    robust
        Calibrate a binary trait's variances by the scores' own distributions (`Uneven`); False takes scores as normal.

    Raises
    ------
    InvalidContent
        A genotype is none, people do not fit the null model, or the weights cannot be.

    References
    ----------
    Wu (2011) doi:10.1016/j.ajhg.2011.05.029, Lee (2012) doi:10.1093/biostatistics/kxs014, Liu (2019)
    doi:10.1016/j.ajhg.2019.01.002, Zhao (2020) doi:10.1016/j.ajhg.2019.11.012

    >>> from gennet.genomics.rare.null import fit_null
    >>> null = fit_null(np.array([0.1, 0.3, 0.2, 5.0, 4.0, 0.0]))
    >>> one = region_tests(np.array([[0, 0, 0, 1, 1, 0]], np.int8), null, Weights(most_frequency=0.5))
    >>> one.variants, one.burden == one.skat or round(one.burden, 9) == round(one.skat, 9)
    (1, True)
    """
    weights = weights or Weights()
    if weights.a <= 0 or weights.b <= 0 or not 0 < weights.most_frequency <= 0.5:
        raise InvalidContent(
            "weights need a and b above 0 and a frequency up to 0.5", place="weights", remedy="correct them"
        )
    region = carriers(dosages)
    every = region_scores(region, null)
    rare = np.flatnonzero((region.frequency > 0) & (region.frequency < weights.most_frequency))
    if not len(rare):
        return RegionResult(0, 0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0)
    scores = Scores(every.score[rare], every.covariance[np.ix_(rare, rare)], every.frequency[rare], every.copies[rare])
    uneven = Uneven.of(region, null) if robust and null.trait is Trait.BINARY else None
    if uneven:
        scores = uneven.each_variant(scores, rare)
    w = beta_weights(scores.frequency, weights.a, weights.b)
    weighted, equal = (_weighted(scores, x, rare, uneven) for x in (w, np.ones(len(rare))))
    best = skat_o(weighted, as_r=as_r)
    ones = burden(weighted), skat(weighted), acat_v(scores, w)
    both = (*ones, burden(equal), skat(equal), acat_v(scores, np.ones(len(rare))))
    copies = int(region.copies_total[rare].sum())
    return RegionResult(len(rare), copies, ones[0], ones[1], best.p, best.rho, ones[2], combine(np.array(both)))


def _weighted(scores: Scores, weights: NDArray[np.float64], rows: NDArray[np.intp], uneven: Uneven | None) -> Scores:
    weighted = scores.weighted(weights)
    if uneven is None:
        return weighted
    every = np.zeros(uneven.region.variants)
    every[rows] = weights
    return uneven.together(weighted, every)
