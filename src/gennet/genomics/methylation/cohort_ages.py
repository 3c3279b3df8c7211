"""Clocks over a cohort: ages of every sample, acceleration as a residual, and what batches explain."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.genomics.methylation.ages import Reference, gathered, refusal, standardised, weighed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gennet.genomics.methylation.clocks import Clock
    from gennet.genomics.methylation.matrix import BetaMatrix

_NORMAL_975 = 1.959963984540054


@dataclass(frozen=True, slots=True, eq=False)
class CohortAges:
    """What one clock says of every sample."""

    clock: Clock
    measured: NDArray[np.intp]
    """CpGs measured in each sample."""
    values: NDArray[np.float64]
    """NaN where too few CpGs are measured."""
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def cohort_ages(matrix: BetaMatrix, clock: Clock, reference: Reference | None = None) -> CohortAges:
    """
    Return a clock's value for every sample, as `epigenetic_ages` gives it for one.

    A sample's missing CpG takes the reference's beta, never that of the other samples: a value does not depend on
    who else was measured.
    """
    return _cohort_ages(matrix, matrix.place(), clock, reference)


def all_ages(matrix: BetaMatrix, clocks: Sequence[Clock], reference: Reference | None = None) -> list[CohortAges]:
    """Return `cohort_ages` of many clocks; betas are standardised once where any asks for it."""
    place = matrix.place()
    return [_cohort_ages(matrix, place, clock, reference) for clock in clocks]


def _cohort_ages(matrix: BetaMatrix, place: dict[str, int], clock: Clock, reference: Reference | None) -> CohortAges:
    held = standardised(matrix.betas) if clock.definition.standardised else matrix.betas
    betas = gathered(clock.cpgs, place, held)
    measured = np.isfinite(betas).sum(axis=0)
    sums, sd = weighed(clock, betas, reference)
    sums[[bool(refusal(m, len(clock.cpgs))) for m in measured.tolist()]] = math.nan
    low, high = clock.outcome(sums - _NORMAL_975 * sd), clock.outcome(sums + _NORMAL_975 * sd)
    return CohortAges(clock, measured, clock.outcome(sums), low, high)


def residuals(values: NDArray[np.float64], ages: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return the residuals of values on ages by least squares: acceleration as the field reports it.

    NaN where either is not known, and everywhere with fewer than three samples or a single age.

    >>> residuals(np.array([10.0, 21.0, 30.0]), np.array([10.0, 20.0, 30.0])).round(6).tolist()
    [-0.333333, 0.666667, -0.333333]
    """
    made = np.full(len(values), math.nan)
    known = np.isfinite(values) & np.isfinite(ages)
    x, y = ages[known], values[known]
    spread = float(((x - x.mean()) ** 2).sum()) if len(x) else 0.0
    if len(x) < 3 or spread <= 0.0:
        return made
    slope = float(((x - x.mean()) * (y - y.mean())).sum()) / spread
    made[known] = y - y.mean() - slope * (x - x.mean())
    return made


def explained_by(groups: Sequence[str], values: NDArray[np.float64]) -> tuple[float, float] | None:
    """
    Return the share of variance that groups explain and its p-value (one-way analysis of variance).

    None where there are fewer than two groups, as many groups as samples, or no variance.

    >>> share, p = explained_by(["a", "a", "b", "b"], np.array([1.0, 2.0, 4.0, 5.0]))
    >>> round(share, 3), round(p, 4)
    (0.9, 0.0513)
    """
    from scipy.stats import f as f_distribution

    known = np.isfinite(values) & np.array([bool(g) for g in groups])
    names = sorted({g for g, k in zip(groups, known, strict=True) if k})
    n, k = int(known.sum()), len(names)
    if k < 2 or n <= k:
        return None
    held, member = values[known], np.array([names.index(g) for g, k in zip(groups, known, strict=True) if k])
    total = float(((held - held.mean()) ** 2).sum())
    means = np.bincount(member, held) / np.bincount(member)
    between = float((np.bincount(member) * (means - held.mean()) ** 2).sum())
    within = max(total - between, 0.0)
    if total <= 0.0:
        return None
    ratio = (between / (k - 1)) / (within / (n - k)) if within > 0.0 else math.inf
    return between / total, float(f_distribution.sf(ratio, k - 1, n - k))
