"""Epigenetic ages: what each clock says of one sample, with what missing CpGs leave open."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import read_text
from gennet.core.parts import Part
from gennet.errors import InvalidContent
from gennet.genomics.methylation.clocks import Clock, read_clocks
from gennet.genomics.names import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from gennet.genomics.methylation.betas import Methylation

Reference = Mapping[str, float]
"""Typical beta of each CpG, for those that a sample lacks."""
COVERAGE = 0.8
"""Least share of a clock's CpGs that must be measured."""
_NORMAL_975 = 1.959963984540054
_LISTED = 5
# Sixteen brain samples depart from the blood gold standard by 0.5 root-mean-square in this unit, sqrt(m (1 - m)).
_DEPARTURE = 0.5
_UNKNOWN = (0.5, 1.0 / 12.0)
"""Mean and variance of a share about which nothing is known: uniform from 0 to 1."""


@dataclass(frozen=True, slots=True)
class CpgContribution:
    """What one CpG adds to the weighted sum, before the transform."""

    cpg: str
    beta: float
    weight: float
    contribution: float
    """Weight times the departure of beta from the reference's typical one (from 0 without a reference)."""


@dataclass(frozen=True, slots=True)
class EpigeneticAge:
    """What one clock says."""

    clock: str
    title: str
    value: float
    unit: str
    """UCUM: ``a`` for years, ``wk``, ``d``, ``{score}``."""
    low: float
    """Of the 95 % interval that missing CpGs leave open; equal to `value` where none is missing."""
    high: float
    cpgs_measured: int
    cpgs_total: int
    tissue: str
    """Where the clock was made; elsewhere it may mislead."""
    reference: str
    """DOI."""
    dispute: str
    """Where implementations disagree; empty where they do not."""
    contributions: tuple[CpgContribution, ...]
    """The largest, in size."""

    @property
    def coverage(self) -> float:
        """Share of the clock's CpGs that were measured."""
        return self.cpgs_measured / self.cpgs_total

    def acceleration(self, age_years: float) -> float | None:
        """
        Return by how many years the clock runs ahead of a chronological age; None where it counts no years.

        Only the difference: the residual on age needs a cohort (``gennet genome clocks``).
        """
        return self.value - age_years if self.unit == "a" else None


@dataclass(frozen=True, slots=True)
class ClockRefusal:
    """A clock that was not computed."""

    clock: str
    reason: str


@dataclass(frozen=True, slots=True)
class EpigeneticAges(Part):
    """What every clock says of one sample, and which would not."""

    sample: str
    ages: tuple[EpigeneticAge, ...]
    not_run: tuple[ClockRefusal, ...]
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many clocks gave a value."""
        return len(self.ages)


def epigenetic_ages(
    methylation: Methylation, clocks: Sequence[Clock], *, reference: Reference | None = None
) -> EpigeneticAges:
    """
    Return what clocks say of a sample.

    A missing CpG is never taken as unmethylated: it takes the reference's beta with a standard deviation of
    0.5 sqrt(m (1 - m)) or, without one, 0.5 with the variance of a uniform share, 1/12; missing CpGs are independent.
    A clock with fewer than 80 % of its CpGs is refused. The interval tells what missing CpGs leave open, and nothing of
    the clock's own error.

    >>> import numpy as np
    >>> from gennet.genomics.methylation._definitions import BIOLEARN
    >>> from gennet.genomics.methylation.betas import Methylation
    >>> clock = Clock("Hannum", BIOLEARN["Hannum"], 10.0, ("cg1", "cg2"), np.array([40.0, 20.0]))
    >>> epigenetic_ages(Methylation("s", ("cg1", "cg2"), np.array([0.5, 0.25])), [clock]).ages[0].value
    35.0
    """
    place = dict(zip(methylation.cpgs, range(methylation.size), strict=True))
    scaled = standardised(methylation.betas[:, None])[:, 0] if any(c.definition.standardised for c in clocks) else None
    ages, refused = list[EpigeneticAge](), list[ClockRefusal]()
    for clock in clocks:
        held = scaled if clock.definition.standardised and scaled is not None else methylation.betas
        betas = gathered(clock.cpgs, place, held[:, None])
        measured = int(np.isfinite(betas).sum())
        if why := refusal(measured, len(clock.cpgs)):
            refused.append(ClockRefusal(clock.name, why))
            continue
        ages.append(_age(clock, betas, measured, reference))
    return EpigeneticAges(methylation.sample, tuple(ages), tuple(refused), _notes(ages, reference))


def epigenetic_clocks(methylation: Methylation, *, methylation_clocks_biolearn: Path) -> EpigeneticAges:
    """Return what the clocks of the coefficient folder say of a sample, as `epigenetic_ages`."""
    return epigenetic_ages(methylation, read_clocks(methylation_clocks_biolearn))


def refusal(measured: int, total: int) -> str:
    """
    Say why a clock is not computed; empty when it is.

    >>> refusal(7, 10), refusal(8, 10)
    ('7 of 10 CpGs are measured; at least 80 % are needed', '')
    """
    if measured >= COVERAGE * total:
        return ""
    return f"{measured} of {count(total, 'CpG')} are measured; at least {COVERAGE:.0%} are needed".replace(
        "80%", "80 %"
    )


def gathered(cpgs: Iterable[str], place: Mapping[str, int], betas: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows of a CpGs x samples matrix, NaN for those it lacks."""
    rows = np.array([place.get(cpg, -1) for cpg in cpgs], np.intp)
    made = betas[rows]
    made[rows < 0] = np.nan
    return made


def standardised(betas: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring each sample (column) to mean 0 and standard deviation 1 over what it measures, n - 1 in the divisor."""
    centred = betas - np.nanmean(betas, axis=0)
    spread = np.sqrt(np.nansum(centred**2, axis=0) / np.maximum(np.isfinite(betas).sum(axis=0) - 1, 1))
    return np.asarray(centred / np.where(spread > 0, spread, np.nan))


def weighed(
    clock: Clock, betas: NDArray[np.float64], reference: Reference | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return weighted sums with the intercept, and their standard deviations from missing CpGs.

    `betas` is the clock's CpGs x samples, NaN where missing.
    """
    missing = ~np.isfinite(betas)
    if not missing.any():
        return clock.weights @ betas + clock.intercept, np.zeros(betas.shape[1])
    means, variances = assumed(clock, reference)
    sums = clock.weights @ np.where(missing, means[:, None], betas) + clock.intercept
    return sums, np.sqrt((clock.weights**2 * variances) @ missing)


def assumed(clock: Clock, reference: Reference | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and variance of each CpG of a clock when it is not measured."""
    if clock.definition.standardised:
        return np.zeros(len(clock.cpgs)), np.ones(len(clock.cpgs))
    typical = np.array([(reference or {}).get(cpg, math.nan) for cpg in clock.cpgs])
    known = np.isfinite(typical)
    means = np.where(known, typical, _UNKNOWN[0])
    return means, np.where(known, _DEPARTURE**2 * typical * (1.0 - typical), _UNKNOWN[1])


def read_reference(path: Path) -> dict[str, float]:
    """
    Read a table of CpG and typical beta, such as Horvath's gold standard; those not given are left out.

    Raises
    ------
    MissingFile, UnreadableFile
        There is no such text file.
    InvalidContent
        A value is no share, or none is given.
    """
    made = dict[str, float]()
    for number, row in enumerate(csv.reader(read_text(path).splitlines()), start=1):
        if number == 1 or len(row) < 2 or row[1].strip().lower() in {"", "na", "nan"}:
            continue
        try:
            made[row[0].strip()] = float(row[1])
        except ValueError:
            made[row[0].strip()] = math.nan
        if not 0.0 <= made[row[0].strip()] <= 1.0:
            raise InvalidContent("this is no beta", place=f"{path.name}: line {number}", remedy="give CpG,beta")
    if not made:
        raise InvalidContent("no CpG has a beta", place=path.name, remedy="give CpG,beta")
    return made


def _age(clock: Clock, betas: NDArray[np.float64], measured: int, reference: Reference | None) -> EpigeneticAge:
    (total,), (sd,) = weighed(clock, betas, reference)
    value, low, high = (float(clock.outcome(total + z * sd)) for z in (0.0, -_NORMAL_975, _NORMAL_975))
    how = clock.definition
    return EpigeneticAge(
        clock=clock.name, title=how.title, value=value, unit=how.unit, low=low, high=high, cpgs_measured=measured,
        cpgs_total=len(clock.cpgs), tissue=how.tissue, reference=how.reference, dispute=how.dispute,
        contributions=_largest(clock, betas[:, 0], reference),
    )  # fmt: skip


def _largest(clock: Clock, betas: NDArray[np.float64], reference: Reference | None) -> tuple[CpgContribution, ...]:
    """Return the CpGs that move the sum most."""
    typical = np.array([(reference or {}).get(cpg, 0.0) for cpg in clock.cpgs])
    if clock.definition.standardised:
        typical[:] = 0.0
    adds = clock.weights * (betas - typical)
    ranked = np.argsort(-np.nan_to_num(np.abs(adds), nan=-1.0), kind="stable")[:_LISTED]
    return tuple(
        CpgContribution(clock.cpgs[i], float(betas[i]), float(clock.weights[i]), float(adds[i]))
        for i in ranked.tolist()
        if math.isfinite(adds[i])
    )


def _notes(ages: Sequence[EpigeneticAge], reference: Reference | None) -> tuple[str, ...]:
    made = ["Intervals tell what missing CpGs leave open, not the error of the clock itself."] if ages else []
    lacking = sum(age.cpgs_measured < age.cpgs_total for age in ages)
    if lacking:
        source = "the reference's beta where it has one, else " if reference else ""
        made.append(f"{count(lacking, 'clock')} lack CpGs; each takes {source}0.5 with the spread of a uniform share.")
    made += [f"{age.clock}: {age.dispute}." for age in ages if age.dispute]
    return tuple(made)
