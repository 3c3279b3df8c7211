"""The null model of a region test: a trait on covariates alone, fitted once for all regions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Trait(StrEnum):
    """What kind of trait is tested."""

    CONTINUOUS = "continuous"
    BINARY = "binary"


@dataclass(frozen=True, slots=True, eq=False)
class NullModel:
    """A trait explained by covariates alone; n people, c covariates with the intercept."""

    trait: Trait
    residual: NDArray[np.float64]
    """n: trait minus fitted value; for a continuous trait divided by the residual standard deviation."""
    weight: NDArray[np.float64]
    """n: variance of each person's residual: 1, or p (1 - p) of a binary trait."""
    fitted: NDArray[np.float64]
    """n: fitted value; a probability for a binary trait."""
    covariates: NDArray[np.float64]
    """n x c, the first column is 1."""
    projection: NDArray[np.float64]
    """c x c: inverse of X' W X."""

    @property
    def people(self) -> int:
        """How many people there are."""
        return len(self.residual)


def fit_null(
    values: NDArray[np.float64], covariates: NDArray[np.float64] | None = None, *, trait: Trait = Trait.CONTINUOUS
) -> NullModel:
    """
    Fit the null model: least squares for a continuous trait, logistic regression for a binary one.

    Parameters
    ----------
    values
        n, without gaps; 0 and 1 for a binary trait.
    covariates
        n x k without an intercept, which is added.

    Raises
    ------
    InvalidContent
        A value is missing, a covariate is a combination of the others, a trait does not vary, or covariates separate
        cases from controls.

    >>> model = fit_null(np.array([1.0, 2.0, 3.0, 6.0]))
    >>> round(float(model.residual @ model.residual), 6)  # n - 1
    3.0
    """
    n = len(values)
    x = np.column_stack([np.ones(n), *([] if covariates is None else [covariates])])
    _check(values, x, trait)
    if trait is Trait.BINARY:
        fitted = _logistic(values, x)
        weight = fitted * (1.0 - fitted)
        residual = values - fitted
    else:
        coefficient = np.linalg.lstsq(x, values, rcond=None)[0]
        fitted = x @ coefficient
        residual = values - fitted
        residual = residual / np.sqrt(residual @ residual / (n - x.shape[1]))
        weight = np.ones(n)
    projection = np.asarray(np.linalg.inv(x.T @ (weight[:, None] * x)), np.float64)
    return NullModel(trait, residual, weight, fitted, x, projection)


def _check(values: NDArray[np.float64], x: NDArray[np.float64], trait: Trait) -> None:
    if not (np.isfinite(values).all() and np.isfinite(x).all()):
        row = int(np.flatnonzero(~np.isfinite(values) | ~np.isfinite(x).all(axis=1))[0])
        raise InvalidContent(
            "the trait or a covariate is not known", place=f"person {row + 1}", remedy="leave them out"
        )
    if len(values) <= x.shape[1] + 1:
        raise InvalidContent(
            f"{len(values)} people for {x.shape[1]} covariates", place="trait", remedy="give more people"
        )
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise InvalidContent(
            "a covariate is constant or follows from the others", place="covariates", remedy="leave it out"
        )
    if len(np.unique(values)) < 2:
        raise InvalidContent("everybody has the same trait", place="trait", remedy="give people who differ")
    if trait is Trait.BINARY and not np.isin(values, (0.0, 1.0)).all():
        raise InvalidContent("a binary trait is neither 0 nor 1", place="trait", remedy="code controls 0 and cases 1")


def _logistic(values: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit by Newton's method; converges quadratically unless covariates separate the cases."""
    from scipy.special import expit

    beta = np.zeros(x.shape[1])
    for _ in range(50):
        fitted = np.asarray(expit(x @ beta))
        gradient = x.T @ (values - fitted)
        information = x.T @ ((fitted * (1.0 - fitted))[:, None] * x)
        if not np.isfinite(np.linalg.cond(information)) or np.linalg.cond(information) > 1e14:
            break
        step = np.linalg.solve(information, gradient)
        beta += step
        if np.abs(step).max() < 1e-10:
            return np.asarray(expit(x @ beta))
    raise InvalidContent("the covariates tell cases from controls", place="covariates", remedy="leave one out")
