"""A region's score statistics: what every rare-variant test is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.genomics.rare.carriers import Carriers
    from gennet.genomics.rare.null import NullModel


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Score statistics of m variants with their covariance under the null model."""

    score: NDArray[np.float64]
    """m: G' r."""
    covariance: NDArray[np.float64]
    """m x m."""
    frequency: NDArray[np.float64]
    """m: of the minor allele."""
    copies: NDArray[np.float64]
    """m: minor alleles among all people."""

    @property
    def variance(self) -> NDArray[np.float64]:
        """The diagonal of the covariance."""
        return np.diag(self.covariance)

    def weighted(self, weights: NDArray[np.float64]) -> Scores:
        """Return the same with each variant counted `weights` times."""
        return replace(self, score=self.score * weights, covariance=self.covariance * np.outer(weights, weights))


def region_scores(region: Carriers, null: NullModel) -> Scores:
    """
    Add up a region's score statistics from its carriers.

    Raises
    ------
    InvalidContent
        The genotypes are of another number of people than the null model.

    References
    ----------
    Wu et al. Rare-variant association testing for sequencing data with the sequence kernel association test. AJHG
    (2011). doi:10.1016/j.ajhg.2011.05.029

    >>> from gennet.genomics.rare.carriers import carriers
    >>> from gennet.genomics.rare.null import fit_null
    >>> null = fit_null(np.array([0.0, 1.0, 2.0, 5.0]))
    >>> region_scores(carriers(np.array([[0, 0, 0, 1]], np.int8)), null).covariance.tolist()  # 1 - 1/4
    [[0.75]]
    """
    from gennet.genomics.rare._kernels import sparse_sums

    if region.people != null.people:
        raise InvalidContent(
            f"genotypes of {region.people} people, a null model of {null.people}",
            place="region",
            remedy="give both the same people in the same order",
        )
    m = region.variants
    score, products, crossed = np.zeros(m), np.zeros((m, m)), np.zeros((m, null.covariates.shape[1]))
    sparse_sums(region.start, region.variant, region.copies, null.residual, null.weight, null.covariates,
                score, products, crossed)  # fmt: skip
    covariance = products - crossed @ null.projection @ crossed.T
    return Scores(score, covariance, region.frequency, 2.0 * region.frequency * region.people)


def beta_weights(frequency: NDArray[np.float64], a: float = 1.0, b: float = 25.0) -> NDArray[np.float64]:
    """
    Weigh variants by the beta density at their frequency: (1, 25) makes the rarest count most.

    >>> beta_weights(np.array([0.0, 0.01])).round(3).tolist()
    [25.0, 19.642]
    """
    from scipy.stats import beta

    return np.asarray(beta.pdf(frequency, a, b), np.float64)
