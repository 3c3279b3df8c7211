"""Clocks against the calendar."""

from datetime import date

from gennet.clinical import Demographics
from gennet.delivery._methylation import acceleration_tables
from gennet.genomics import EpigeneticAge, EpigeneticAges
from gennet.omics import epigenetic_acceleration


def clock(name, value, unit, spread=0.0):
    return EpigeneticAge(name, name, value, unit, value - spread, value + spread, 9, 10, "blood", "doi", "", ())


def test_clocks_of_years_are_compared_and_others_are_not():
    person = Demographics("male", date(1960, 1, 1), 60.0, deceased=False, as_of=date(2020, 1, 1))
    found = epigenetic_acceleration(
        EpigeneticAges("s", (clock("A", 64.5, "a", 1.0), clock("B", 2.0, "{score}")), ()), person
    )
    assert found.age_years == 60.0
    assert [(d.clock, d.years, d.low, d.high) for d in found.differences] == [("A", 4.5, 3.5, 5.5)]


def test_the_report_says_who_runs_ahead():
    person = Demographics("female", date(1990, 1, 1), 30.0, deceased=False, as_of=date(2020, 1, 1))
    made = epigenetic_acceleration(EpigeneticAges("s", (clock("A", 28.0, "a"),), ()), person)
    (table,) = acceleration_tables(made)
    assert table.rows == (("A (A)", "-2.0 years", "-2.0 to -2.0"),)
    assert list(acceleration_tables(None)) == []
