"""LIONESS: one sample's network from the cohort's network with and without it, by rank-one updates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.networks.inference.background import relatedness
from gennet.networks.inference.precision import PENALTY, own_regressions

if TYPE_CHECKING:
    from gennet.networks.inference.design import Design


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """
    A cohort's ridge regressions, ready to leave any sample out.

    Expression stays on the scale of the whole cohort when a sample is left out, and the penalty is `penalty` times all
    its samples: so leaving one out is a change of rank one, and its network is what a fit with that scale and that
    penalty to the others gives.
    """

    design: Design
    penalty: float
    inverse: NDArray[np.float64]
    """Of the regulators' sums of products plus penalty; shape (regulators, regulators)."""
    coefficients: NDArray[np.float64]
    """Shape (regulators, targets), a gene's own regressor not yet left out."""


def fitted(design: Design, penalty: float = PENALTY) -> Fitted:
    """Fit the regressions of the whole cohort."""
    x = design.x
    inverse = np.linalg.inv(x.T @ x + penalty * len(x) * np.eye(x.shape[1])).astype(np.float64, copy=False)
    return Fitted(design, penalty, inverse, inverse @ (x.T @ design.y))


def coefficients_without(held: Fitted, sample: int) -> NDArray[np.float64]:
    """
    Return ridge coefficients (regulators, targets) of all samples but one, each gene left out of its own regression.

    Costs products of the number of regulators and targets; no matrix is inverted.
    """
    from gennet.networks.personal._kernels import outer_added

    design, n = held.design, len(held.design.y)
    # Means move when a sample leaves: its products weigh n / (n - 1) (Welford).
    weight = n / (n - 1)
    d, target = design.y[sample, design.own], design.y[sample]
    u = held.inverse @ d
    gain = weight / (1 - weight * float(d @ u))
    b: NDArray[np.float64] = outer_added(held.coefficients, -gain * u, target - d @ held.coefficients)
    inverse = held.inverse + gain * np.outer(u, u)
    b[:, design.own] = own_regressions(inverse)
    return b


def coefficients_of(held: Fitted) -> NDArray[np.float64]:
    """Return ridge coefficients of all samples, each gene left out of its own regression."""
    b = held.coefficients.copy()
    b[:, held.design.own] = own_regressions(held.inverse)
    return b


def personal_ridge(held: Fitted, sample: int, all_scores: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """
    Return one sample's ridge network: n times (CLR of all - CLR without it) + CLR without it.

    `all_scores` are `ridge_scores` of the whole cohort, where many people's networks are made.

    References
    ----------
    Kuijjer and others 2019, doi:10.1016/j.isci.2019.03.021.
    """
    every = ridge_scores(held) if all_scores is None else all_scores
    without = relatedness(coefficients_without(held, sample), held.design.own)
    n = len(held.design.y)
    without *= 1 - n
    without += n * every
    return without


def ridge_scores(held: Fitted) -> NDArray[np.float64]:
    """Return CLR over the cohort's ridge coefficients, with their sign."""
    return relatedness(coefficients_of(held), held.design.own)


def correlations_without(design: Design, sample: int) -> NDArray[np.float64]:
    """Return correlations (regulators, targets) of all samples but one; 0 where a gene is constant among them."""
    n = len(design.y)
    every = design.x.T @ design.y
    return _without(every, design, sample, n)


def _without(every: NDArray[np.float64], design: Design, sample: int, n: int) -> NDArray[np.float64]:
    from gennet.networks.personal._kernels import scaled_difference

    d = design.y[sample]
    squares = (design.y**2).sum(0) - n / (n - 1) * d**2
    scale = np.where(squares > 1e-9 * n, 1 / np.sqrt(np.maximum(squares, 1e-300)), 0.0)
    made: NDArray[np.float64] = scaled_difference(every, d[design.own] * (n / (n - 1)), d, scale[design.own], scale)
    return made


def personal_correlations(design: Design, sample: int, every: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """
    Return one sample's correlation network: n times (r of all - r without it) + r without it.

    Not bounded by 1: its mean over the samples is near the cohort's correlation. `every` is ``design.x.T @ design.y``,
    where many people's networks are made.
    """
    n = len(design.y)
    products = design.x.T @ design.y if every is None else every
    made = _without(products, design, sample, n)
    made *= 1 - n
    made += products
    return made


def personal_edges(design: Design, regulator: NDArray[np.intp], target: NDArray[np.intp]) -> NDArray[np.float64]:
    """
    Return personal correlations of some edges for every sample, shape (samples, edges).

    `regulator` and `target` are columns of ``design.y``.
    """
    n = len(design.y)
    weight = n / (n - 1)
    a, b = design.y[:, regulator], design.y[:, target]
    products = (a * b).sum(0)
    squares = np.maximum((a**2).sum(0) - weight * a**2, 0) * np.maximum((b**2).sum(0) - weight * b**2, 0)
    left = products - weight * a * b
    without = np.where(squares > (1e-9 * n) ** 2, left / np.sqrt(np.maximum(squares, 1e-300)), 0.0)
    made: NDArray[np.float64] = products - (n - 1) * without
    return made
