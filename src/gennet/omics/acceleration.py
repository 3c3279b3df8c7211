"""How far a person's epigenetic clocks run ahead of the calendar."""

from __future__ import annotations

from dataclasses import dataclass

from gennet.clinical import Demographics
from gennet.core.parts import Part
from gennet.genomics import EpigeneticAges


@dataclass(frozen=True, slots=True)
class ClockDifference:
    """One clock against the calendar."""

    clock: str
    title: str
    years: float
    """The clock's age less the person's; positive runs ahead."""
    low: float
    """Of the 95 % interval that missing CpGs leave open."""
    high: float


@dataclass(frozen=True, slots=True)
class EpigeneticAcceleration(Part):
    """The clocks that count years, against a person's age."""

    age_years: float
    """At the date of the record."""
    differences: tuple[ClockDifference, ...]

    @property
    def size(self) -> int:
        """How many clocks count years."""
        return len(self.differences)


def epigenetic_acceleration(ages: EpigeneticAges, demographics: Demographics) -> EpigeneticAcceleration:
    """
    Subtract a person's age from what clocks of years say.

    Only the difference: a clock's own error of several years is not in the interval, and the residual on age, which
    studies call acceleration too, needs a cohort (``gennet genome clocks``). A sample taken long before the record makes
    all clocks run behind.

    >>> from datetime import date
    >>> person = Demographics("female", date(1970, 1, 1), 50.0, False, date(2020, 1, 1))
    >>> epigenetic_acceleration(EpigeneticAges("s", (), ()), person).differences
    ()
    """
    age = demographics.age_years
    return EpigeneticAcceleration(
        age,
        tuple(
            ClockDifference(one.clock, one.title, years, one.low - age, one.high - age)
            for one in ages.ages
            if (years := one.acceleration(age)) is not None
        ),
    )
