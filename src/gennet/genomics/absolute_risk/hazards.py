"""
From relative to absolute risk, so that the population as a whole keeps its incidence.

The hazard of a person is a baseline times exp(log hazard ratio x z). The baseline is solved for, age by age, from the
incidence of the population and the distribution of z among those still free of the disease (Pal Choudhury 2020, iCARE,
doi:10.1371/journal.pone.0228198; Gail 1989, doi:10.1093/jnci/81.24.1879). Death from other causes competes; it is taken
as independent of z.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.errors import BadInput, OutOfRange

if TYPE_CHECKING:
    from gennet.genomics.absolute_risk.rates import Rates

_POINTS = 61
_STEP = 1.0
"""Longest stretch of age, in years, in which the baseline is constant."""
_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """Hazards of a person whose z is 0, in stretches of age of at most a year."""

    edges: NDArray[np.float64]
    """Ages in years, one more than stretches."""
    hazard: NDArray[np.float64]
    """Of the disease, per year, at z = 0."""
    mortality: NDArray[np.float64]
    """From other causes, per year."""
    log_hazard: float
    """Log hazard ratio per standard deviation."""


@dataclass(frozen=True, slots=True)
class Risk:
    """A probability and its 95 % interval."""

    value: float
    low: float
    high: float


def baseline_hazard(
    rates: Rates,
    log_hazard: float,
    values: NDArray[np.float64] | None = None,
    weights: NDArray[np.float64] | None = None,
) -> Baseline:
    """
    Solve for the baseline at which the population's incidence is that of the table.

    Parameters
    ----------
    log_hazard
        Log hazard ratio per standard deviation of the score.
    values
        The scores, in standard deviations, of people at the first age; standard normal when None.
    weights
        Of `values`, above 0; equal when None.

    Raises
    ------
    BadInput
        The log hazard ratio, or a value, is not finite.

    >>> from gennet.genomics.absolute_risk.rates import Rates
    >>> rates = Rates("both", np.array([40.0, 50.0]), np.array([0.01]), np.array([0.0]))
    >>> baseline_hazard(rates, 0.0).hazard[0].round(12)
    np.float64(0.01)
    """
    if values is None:
        values, weights = _normal_points()
    share = np.ones(len(values)) if weights is None else np.asarray(weights, np.float64)
    good = math.isfinite(log_hazard) and len(values) and np.isfinite(values).all() and (share > 0).all()
    if not good:
        raise BadInput("the log hazard ratio or the reference's scores are not finite", remedy="correct them")
    relative = np.exp(log_hazard * values)
    edges = _fine(rates.edges)
    band = np.searchsorted(rates.edges, edges[:-1], "right") - 1
    incidence, widths = rates.incidence[band], np.diff(edges)
    alive = share / share.sum()
    hazard = np.empty(len(widths))
    for at, (rate, width) in enumerate(zip(incidence.tolist(), widths.tolist(), strict=True)):
        hazard[at] = _solved(rate, width, alive, relative)
        alive = alive * np.exp(-hazard[at] * width * relative)
        alive /= alive.sum()
    return Baseline(edges, hazard, rates.mortality[band], log_hazard)


def _normal_points() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points and weights that integrate smooth functions over a standard normal distribution."""
    points, weights = np.polynomial.hermite_e.hermegauss(_POINTS)
    return points, weights / weights.sum()


def _fine(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    parts = [
        np.linspace(low, high, max(1, math.ceil((high - low) / _STEP)) + 1)[:-1]
        for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]
    return np.concatenate([*parts, edges[-1:]])


def _solved(rate: float, width: float, alive: NDArray[np.float64], relative: NDArray[np.float64]) -> float:
    """Find the baseline at which as many fall ill within the stretch as at the population's rate."""
    wanted = -math.expm1(-rate * width)
    if wanted == 0.0:
        return 0.0
    # Falling ill grows with the baseline and is concave in it: Newton from the left comes from below and stays there.
    hazard = wanted / (width * float(alive @ relative))
    for _ in range(100):
        left = np.exp(-hazard * width * relative)
        step = (wanted - float(alive @ (1.0 - left))) / (width * float(alive @ (relative * left)))
        hazard += step
        if abs(step) <= 1e-15 * hazard:
            break
    return hazard


def absolute_risk(baseline: Baseline, z: float, start: float, end: float) -> float:
    """
    Return the probability that a person free of the disease at one age has it before another, death competing.

    Raises
    ------
    OutOfRange
        The ages are not within the table, or not in order.

    >>> from gennet.genomics.absolute_risk.rates import Rates
    >>> rates = Rates("both", np.array([40.0, 50.0]), np.array([0.01]), np.array([0.02]))
    >>> round(absolute_risk(baseline_hazard(rates, 0.0), 0.0, 40, 50), 9)  # 1/3 x (1 - exp(-0.3))
    0.086393926
    """
    first, last = float(baseline.edges[0]), float(baseline.edges[-1])
    if not first <= start < end <= last:
        raise OutOfRange(
            f"from age {start:g} to {end:g}", place="age", remedy=f"the rates go from {first:g} to {last:g}"
        )
    inner = (baseline.edges > start) & (baseline.edges < end)
    edges = np.concatenate([[start], baseline.edges[inner], [end]])
    band = np.searchsorted(baseline.edges, edges[:-1], "right") - 1
    widths = np.diff(edges)
    ill = baseline.hazard[band] * math.exp(baseline.log_hazard * z)
    both = ill + baseline.mortality[band]
    before = np.exp(-np.concatenate([[0.0], np.cumsum(both * widths)[:-1]]))
    with np.errstate(invalid="ignore"):
        share = np.where(both > 0, ill / both, 0.0)
    return float(np.sum(before * share * -np.expm1(-both * widths)))


def population_risk(rates: Rates, start: float, end: float) -> float:
    """Return the same probability for somebody of whom nothing but age and sex is known."""
    return absolute_risk(Baseline(rates.edges, rates.incidence, rates.mortality, 0.0), 0.0, start, end)


def risk_with_interval(
    rates: Rates,
    log_hazard: float,
    z: float,
    start: float,
    end: float,
    *,
    log_hazard_se: float = 0.0,
    z_se: float = 0.0,
) -> Risk:
    """
    Return an absolute risk with the uncertainty of the hazard ratio and of the score; that of the rates is not in it.

    The standard error is carried over on the scale of log(-log(1 - risk)), on which the effect of z is nearly straight.

    Raises
    ------
    BadInput
        A standard error is negative or not finite.
    """
    if not (math.isfinite(z) and 0 <= log_hazard_se < math.inf and 0 <= z_se < math.inf):
        raise BadInput("the score or a standard error is none", remedy="give finite numbers, errors of 0 or more")
    baseline = baseline_hazard(rates, log_hazard)
    value = absolute_risk(baseline, z, start, end)
    if not 0 < value < 1:
        return Risk(value, value, value)

    def scale(risk: float) -> float:
        return math.log(-math.log1p(-risk))

    step = 1e-4
    ends = [scale(absolute_risk(baseline_hazard(rates, log_hazard + s), z, start, end)) for s in (-step, step)]
    by_effect = (ends[1] - ends[0]) / (2 * step)
    ends = [scale(absolute_risk(baseline, z + s, start, end)) for s in (-step, step)]
    by_z = (ends[1] - ends[0]) / (2 * step)
    se = math.hypot(by_effect * log_hazard_se, by_z * z_se)
    middle = scale(value)
    low, high = (-math.expm1(-math.exp(middle + s * _NORMAL_95 * se)) for s in (-1.0, 1.0))
    return Risk(value, low, high)
