"""
A score's mean and variance as functions of genetic principal components, and one person's place in them.

The distribution of a score differs between ancestries by drift alone. Khera (2019, doi:10.1161/CIRCULATIONAHA.118.035658)
takes out the mean predicted from principal components; the eMERGE network and pgsc_calc (Lambert 2024,
doi:10.1101/2024.05.29.24307783) let the variance depend on them too. Mean and log variance are fitted together by
maximum likelihood, in turns of weighted least squares and a gamma regression of squared residuals (Aitkin 1987,
doi:10.2307/2347792).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

BOUND = 0.999
"""A person farther from the centre of the reference than this share of a normal distribution is extrapolated to."""
_CYCLES = 200
_STILL = 1e-10
_PEOPLE_PER_TERM = 5
_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, slots=True, eq=False)
class Norm:
    """How a score is distributed given principal components; every vector starts with the intercept."""

    people: int
    centre: NDArray[np.float64]
    """Mean of each component in the reference."""
    spread: NDArray[np.float64]
    """Standard deviation of each component in the reference."""
    precision: NDArray[np.float64]
    """Inverse correlation of the components."""
    mean: NDArray[np.float64]
    """Coefficients of the mean on standardised components, by ordinary least squares."""
    mean_covariance: NDArray[np.float64]
    sd: float
    """Standard deviation of the residuals, of the degrees of freedom left."""
    joint_mean: NDArray[np.float64]
    """Coefficients of the mean where the variance depends on the components too."""
    joint_covariance: NDArray[np.float64]
    log_variance: NDArray[np.float64]
    """Coefficients of the natural logarithm of the variance."""
    log_variance_covariance: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where one value of a score stands among people of the same components."""

    z_mean: float
    """From the predicted mean in standard deviations of all residuals (Z_norm1)."""
    z: float
    """From the predicted mean in the predicted standard deviation (Z_norm2)."""
    z_se: float
    """Standard error of `z`: missing genotypes, regression, extrapolation."""
    percentile: float
    """0 to 100, of a normal distribution at `z`."""
    low: float
    """Lower end of the 95 % interval of `percentile`."""
    high: float
    distance: float
    """Mahalanobis distance of the components from the reference's centre."""
    distance_percentile: float
    """0 to 100, of the chi-square distribution of its square."""
    extrapolates: bool
    """Whether that is beyond 100 x `BOUND`."""


def fit_norm(values: NDArray[np.float64], components: NDArray[np.float64]) -> Norm:
    """
    Regress a score's mean and log variance on principal components.

    Parameters
    ----------
    values
        The score of each reference person; finite.
    components
        People x components; finite.

    Raises
    ------
    BadInput
        There are fewer than five people for each coefficient, or the score does not vary.

    >>> rng = np.random.default_rng(1)
    >>> pcs = rng.normal(size=(2000, 1))
    >>> norm = fit_norm(1 + pcs[:, 0] + rng.normal(size=2000), pcs)
    >>> bool(abs(norm.sd - 1) < 0.05)
    True
    """
    people, width = components.shape
    if people < _PEOPLE_PER_TERM * (width + 1):
        raise BadInput(f"{people} people for {width} components", remedy="give more people or ask for fewer components")
    centre, spread = components.mean(0), components.std(0, ddof=1)
    if not (spread > 0).all():
        raise BadInput("a component does not vary", remedy="ask for fewer components")
    standard = (components - centre) / spread
    x = np.column_stack([np.ones(people), standard])
    inverse = np.linalg.inv(x.T @ x)
    mean = inverse @ (x.T @ values)
    left = values - x @ mean
    variance = float(left @ left) / (people - width - 1)
    if not variance > 1e-24 * max(1.0, float(values @ values) / people):
        raise BadInput("the score does not vary among people of the same components", remedy="use another score")
    joint, log_variance = _joint(values, x, inverse, mean)
    weights = np.exp(-(x @ log_variance))
    return Norm(
        people, centre, spread, np.linalg.inv(np.atleast_2d(np.corrcoef(components, rowvar=False))),
        mean, variance * inverse, math.sqrt(variance),
        joint, np.linalg.inv(x.T @ (x * weights[:, None])), log_variance, 2.0 * inverse,
    )  # fmt: skip


def _joint(
    values: NDArray[np.float64], x: NDArray[np.float64], inverse: NDArray[np.float64], mean: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Alternate Fisher scoring of the log variance and weighted least squares of the mean until both stand still."""
    square = (values - x @ mean) ** 2
    gamma = np.zeros(x.shape[1])
    gamma[0] = math.log(square.mean())
    for _ in range(_CYCLES):
        # The score of a gamma GLM with a log link; its expected information is x'x / 2 for squares of normal residuals.
        step = inverse @ (x.T @ (square * np.exp(-(x @ gamma)) - 1.0))
        gamma = np.asarray(gamma + step / max(1.0, float(np.abs(step).max())), np.float64)
        weight = np.exp(-(x @ gamma))
        fresh = np.linalg.solve(x.T @ (x * weight[:, None]), x.T @ (values * weight))
        moved = max(float(np.abs(step).max()), float(np.abs(fresh - mean).max()) * math.sqrt(float(weight.max())))
        mean = np.asarray(fresh, np.float64)
        square = (values - x @ mean) ** 2
        if moved < _STILL:
            return mean, gamma
    raise BadInput("the variance of the score cannot be fitted", remedy="ask for fewer components")


def place(norm: Norm, value: float, components: NDArray[np.float64], *, value_sd: float = 0.0) -> Placed:
    """
    Return where a person's score stands among people of the same principal components.

    Beyond `BOUND` the variance is that at the bound, in the person's direction, and the change of the mean from there to
    the person counts as standard error: no reference person vouches for it.

    Parameters
    ----------
    value
        The score.
    components
        Of the person, as many as of the reference.
    value_sd
        Standard error of `value`, from missing genotypes.

    >>> rng = np.random.default_rng(1)
    >>> pcs = rng.normal(size=(2000, 1))
    >>> norm = fit_norm(1 + pcs[:, 0] + rng.normal(size=2000), pcs)
    >>> place(norm, 3.0, np.array([2.0])).extrapolates, place(norm, 3.0, np.array([9.0])).extrapolates
    (False, True)
    """
    from scipy.stats import chi2
    from scipy.stats import norm as normal

    standard = (components - norm.centre) / norm.spread
    squared = float(standard @ norm.precision @ standard)
    width = len(standard)
    limit = float(chi2.ppf(BOUND, width))
    beyond = squared > limit
    x = np.concatenate([[1.0], standard])
    edge = np.concatenate([[1.0], standard * (math.sqrt(limit / squared) if beyond else 1.0)])
    sd = math.exp(float(edge @ norm.log_variance) / 2.0)
    z = (value - float(x @ norm.joint_mean)) / sd
    z_se = math.sqrt(
        (value_sd / sd) ** 2
        + float(x @ norm.joint_covariance @ x) / sd**2
        + (z / 2.0) ** 2 * float(edge @ norm.log_variance_covariance @ edge)
        + (float((x - edge) @ norm.joint_mean) / sd) ** 2
    )
    share, low, high = (100.0 * normal.cdf([z, z - _NORMAL_95 * z_se, z + _NORMAL_95 * z_se])).tolist()
    return Placed(
        (value - float(x @ norm.mean)) / norm.sd, z, z_se, share, low, high,
        math.sqrt(squared), 100.0 * float(chi2.cdf(squared, width)), beyond,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Labelled groups of the reference: where their people lie."""

    names: tuple[str, ...]
    centres: NDArray[np.float64]
    """Groups x components."""
    precision: NDArray[np.float64]
    """Inverse of the covariance within groups, pooled."""


def fit_groups(labels: Sequence[str], components: NDArray[np.float64]) -> Groups:
    """
    Describe labelled groups by their centres and their common covariance.

    Raises
    ------
    BadInput
        No more people than groups and components are labelled.

    >>> fit_groups(["a", "a", "b", "b"], np.array([[0.0], [1.0], [9.0], [10.0]])).centres.tolist()
    [[0.5], [9.5]]
    """
    names = tuple(sorted(set(labels)))
    member = np.array([names.index(label) for label in labels], np.intp)
    free = len(member) - len(names)
    if free <= components.shape[1]:
        raise BadInput(
            f"{len(member)} people in {len(names)} groups", remedy="label more people or ask for fewer components"
        )
    centres = np.stack([components[member == at].mean(0) for at in range(len(names))])
    within = components - centres[member]
    return Groups(names, centres, np.linalg.inv(within.T @ within / free))


def nearest(groups: Groups, components: NDArray[np.float64]) -> tuple[str, float]:
    """
    Return the most similar group of a person and the Mahalanobis distance to its centre.

    >>> groups = fit_groups(["a", "a", "b", "b"], np.array([[0.0], [1.0], [9.0], [10.0]]))
    >>> nearest(groups, np.array([8.0]))[0]
    'b'
    """
    away = groups.centres - components
    squared = np.einsum("gi,ij,gj->g", away, groups.precision, away)
    best = int(squared.argmin())
    return groups.names[best], math.sqrt(float(squared[best]))
