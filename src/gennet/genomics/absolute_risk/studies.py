"""The study that turns a score's z into the probability of the disease."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.errors import BadInput
from gennet.genomics.absolute_risk.hazards import (
    absolute_risk,
    baseline_hazard,
    population_risk,
    risk_with_interval,
)
from gennet.genomics.absolute_risk.rates import Rates, read_rates

if TYPE_CHECKING:
    from gennet.core.study import Watch

_PERCENTILES = (1, 5, 20, 40, 50, 60, 80, 95, 99)


class Sex(StrEnum):
    """Whose rates apply."""

    FEMALE = "female"
    MALE = "male"


class Scale(StrEnum):
    """What the published effect is."""

    HAZARD = "hazard"
    """Hazard ratio per standard deviation."""
    ODDS = "odds"
    """Odds ratio per standard deviation, taken as a hazard ratio."""


@dataclass(frozen=True, slots=True)
class ScoreRisk:
    """What `gennet genome score-risk` asks for."""

    rates: Annotated[Path, Doc("Tab-separated age_low, age_high, sex, incidence, mortality; per person-year.")]
    ratio: Annotated[float, Doc("Hazard or odds ratio per standard deviation of the score.")]
    age: Annotated[float, Doc("Age in years; the person is free of the disease.")]
    sex: Annotated[Sex, Doc("Whose rates apply.")]
    z: Annotated[float, Doc("The person's score in standard deviations from the mean of their ancestry.")]
    z_se: Annotated[float, Doc("Standard error of z.")] = 0.0
    ratio_low: Annotated[float | None, Doc("Lower end of the ratio's 95 % interval.")] = None
    ratio_high: Annotated[float | None, Doc("Upper end of the ratio's 95 % interval.")] = None
    scale: Annotated[Scale, Doc("Whether the ratio is of hazards or of odds.")] = Scale.HAZARD
    years: Annotated[tuple[float, ...], Doc("Horizons in years; the last age of the rates is added.")] = (5.0, 10.0)


def run(options: ScoreRisk, watch: Watch, folder: Path | None) -> Findings:
    """Compute risks over the horizons, by age, and of other percentiles of the score."""
    _ = watch, folder
    rates = read_rates(options.rates, options.sex)
    log_ratio, se = _effect(options)
    last = rates.span[1]
    ends = sorted({options.age + years for years in options.years if options.age + years <= last} | {last})
    rows = list[tuple[Cell, ...]]()
    for end in ends:
        risk = risk_with_interval(rates, log_ratio, options.z, options.age, end, log_hazard_se=se, z_se=options.z_se)
        mean = population_risk(rates, options.age, end)
        rows.append((end - options.age, end, risk.value, risk.low, risk.high, mean))
    columns = (
        "years: Within [a]", "to_age: Up to age [a]", "risk: Risk", "low: Low", "high: High",
        "population: Of somebody of that age and sex",
    )  # fmt: skip
    return Findings(
        "score-risk",
        f"{rows[-1][2]:.1%} up to age {last:g} ({rows[-1][3]:.1%} to {rows[-1][4]:.1%}); "
        f"{rows[-1][5]:.1%} of people of that age and sex.",
        (
            table("risks", "Risk", columns, rows),
            _curve(rates, log_ratio, options),
            _percentiles(rates, log_ratio, options, last),
        ),
        (
            Figure("curve", "Risk by age", Drawing.LINE, "curve", x="age", y="risk", series=("who",)),
            Figure("percentiles", f"Risk up to age {last:g} by percentile of the score", Drawing.BARS, "percentiles",
                   x="risk", label="percentile"),
        ),
        tuple(_notes(options)),
    )  # fmt: skip


def _effect(options: ScoreRisk) -> tuple[float, float]:
    bounds = (options.ratio_low, options.ratio_high)
    given = [value for value in (options.ratio, *bounds) if value is not None]
    if not all(math.isfinite(value) and value > 0 for value in given):
        raise BadInput("a ratio is above 0", place="ratio", remedy="give the ratio itself, not its logarithm")
    if (bounds[0] is None) != (bounds[1] is None):
        raise BadInput("one end of the interval is missing", place="ratio_low", remedy="give both or none")
    if bounds[0] is None or bounds[1] is None:
        return math.log(options.ratio), 0.0
    if not bounds[0] <= options.ratio <= bounds[1]:
        raise BadInput("the ratio is not within its interval", place="ratio_low", remedy="correct it")
    return math.log(options.ratio), (math.log(bounds[1]) - math.log(bounds[0])) / (2 * 1.959963984540054)


def _curve(rates: Rates, log_ratio: float, options: ScoreRisk) -> Table:
    baseline = baseline_hazard(rates, log_ratio)
    ages = [float(edge) for edge in baseline.edges if edge > options.age]
    rows: list[tuple[Cell, ...]] = [("this person", options.age, 0.0)]
    rows += [("this person", age, absolute_risk(baseline, options.z, options.age, age)) for age in ages]
    rows.append(("people of that age and sex", options.age, 0.0))
    rows += [("people of that age and sex", age, population_risk(rates, options.age, age)) for age in ages]
    return table("curve", "Risk by age", ("who: Who", "age: Age [a]", "risk: Risk"), rows)


def _percentiles(rates: Rates, log_ratio: float, options: ScoreRisk, last: float) -> Table:
    from scipy.stats import norm

    baseline = baseline_hazard(rates, log_ratio)
    rows = [
        (
            f"{share} %",
            float(norm.ppf(share / 100)),
            absolute_risk(baseline, float(norm.ppf(share / 100)), options.age, last),
        )
        for share in _PERCENTILES
    ]
    columns = ("percentile: Percentile of the score", "z: Z", "risk: Risk")
    return table("percentiles", f"Risk up to age {last:g} by percentile of the score", columns, rows)


def _notes(options: ScoreRisk) -> list[str]:
    notes = [
        "The score is taken as normal at the first age of the rates.",
        "Its effect is taken as the same at every age and as independent of death from other causes.",
        "The interval holds the uncertainty of the ratio and of the score, not that of the rates.",
    ]
    if options.ratio_low is None:
        notes.append("No interval of the ratio was given: its uncertainty is not in the result.")
    if options.scale is Scale.ODDS:
        notes.append("An odds ratio was taken as a hazard ratio: it exceeds it a little where the disease is common.")
    return notes


STUDIES: tuple[Study, ...] = (
    Study(
        field="genome",
        name="score-risk",
        title="Turn a polygenic score into absolute risk by age and sex, death from other causes competing",
        options=ScoreRisk,
        run=run,
        reference="10.1371/journal.pone.0228198",
    ),
)
