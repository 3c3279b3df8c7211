"""Absolute risk: by hand, against simulated lives, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gennet.core.study import read_options, silent
from gennet.errors import BadInput, InvalidContent, OutOfRange, UnknownName
from gennet.genomics.absolute_risk import (
    Rates,
    absolute_risk,
    baseline_hazard,
    read_rates,
    risk_with_interval,
)
from gennet.genomics.absolute_risk.hazards import population_risk
from gennet.genomics.absolute_risk.studies import STUDIES

HEAD = "age_low\tage_high\tsex\tincidence\tmortality\n"
RATES = Rates(
    "female", np.array([40.0, 50.0, 60.0, 80.0]), np.array([0.002, 0.01, 0.03]), np.array([0.001, 0.005, 0.02])
)


def test_constant_rates_give_the_textbook_risk():
    rates = Rates("both", np.array([0.0, 100.0]), np.array([0.01]), np.array([0.03]))
    risk = absolute_risk(baseline_hazard(rates, 0.0), 2.0, 30.0, 50.0)
    assert risk == pytest.approx(0.25 * (1 - math.exp(-0.04 * 20)), rel=1e-12)


def test_a_baseline_of_two_kinds_of_people_by_hand():
    # Half have twice the hazard. In the first year: 1 - (e^-h + e^-2h) / 2 = 1 - e^-0.1, so e^-h = x, x + x^2 = 2 e^-0.1.
    rates = Rates("both", np.array([0.0, 1.0]), np.array([0.1]), np.array([0.0]))
    found = baseline_hazard(rates, math.log(2.0), np.array([0.0, 1.0]))
    x = (-1 + math.sqrt(1 + 8 * math.exp(-0.1))) / 2
    assert found.hazard[0] == pytest.approx(-math.log(x), rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.floats(-1.5, 1.5), st.floats(40, 59), st.floats(1, 20))
def test_the_population_keeps_its_incidence(log_hazard, start, years):
    """Without deaths, the mean risk over people healthy at the first age is that of the rates."""
    free = Rates("female", RATES.edges, RATES.incidence, np.zeros(3))
    baseline = baseline_hazard(free, log_hazard)
    z = np.linspace(-6, 6, 241)
    weight = np.exp(-z * z / 2)
    end = start + years
    mean = np.average([absolute_risk(baseline, v, 40.0, math.floor(end)) for v in z], weights=weight)
    assert mean == pytest.approx(population_risk(free, 40.0, math.floor(end)), rel=1e-6)


def test_the_risk_is_that_of_simulated_lives():
    rng = np.random.default_rng(1)
    log_hazard, z, people = math.log(1.8), 1.2, 400_000
    baseline = baseline_hazard(RATES, log_hazard)
    width = np.diff(baseline.edges)
    ill = rng.exponential(size=people), baseline.hazard * math.exp(log_hazard * z)
    dead = rng.exponential(size=people), baseline.mortality

    def ages(clock, hazard):
        grown = np.concatenate([[0.0], np.cumsum(hazard * width)])
        return np.interp(clock, grown, baseline.edges, right=np.inf)

    onset, death = ages(*ill), ages(*dead)
    free = (onset > 50) & (death > 50)
    share = np.mean((onset[free] <= 70) & (onset[free] < death[free]))
    expected = absolute_risk(baseline, z, 50.0, 70.0)
    assert share == pytest.approx(expected, abs=4 * math.sqrt(expected / free.sum()))


def test_people_of_a_simulated_population_fall_ill_at_its_incidence():
    rng = np.random.default_rng(2)
    baseline = baseline_hazard(RATES, 0.7)
    z, width = rng.normal(size=300_000), np.diff(baseline.edges)
    grown = np.concatenate([[0.0], np.cumsum(baseline.hazard * width)])
    onset = np.interp(rng.exponential(size=len(z)) / np.exp(0.7 * z), grown, baseline.edges, right=np.inf)
    for low, high, rate in ((50.0, 60.0, 0.01), (60.0, 80.0, 0.03)):
        at_risk = np.clip(np.minimum(onset, high) - low, 0, None).sum()
        assert np.sum((onset > low) & (onset <= high)) / at_risk == pytest.approx(rate, rel=0.03)


def test_uncertainty_widens_and_none_is_none():
    exact = risk_with_interval(RATES, 0.5, 1.0, 50, 60)
    assert exact.low == pytest.approx(exact.value, rel=1e-12) == exact.high
    wide = risk_with_interval(RATES, 0.5, 1.0, 50, 60, log_hazard_se=0.1, z_se=0.3)
    assert wide.low < wide.value == exact.value < wide.high
    # By z alone: the ends are the risks at the ends of z, nearly.
    only = risk_with_interval(RATES, 0.5, 1.0, 50, 60, z_se=0.2)
    ends = [risk_with_interval(RATES, 0.5, 1.0 + s * 1.96 * 0.2, 50, 60).value for s in (-1, 1)]
    assert [only.low, only.high] == pytest.approx(ends, rel=1e-2)
    with pytest.raises(BadInput):
        risk_with_interval(RATES, 0.5, math.nan, 50, 60)


def test_ages_beyond_the_rates_are_refused():
    baseline = baseline_hazard(RATES, 0.5)
    for start, end in ((30, 50), (50, 90), (60, 50)):
        with pytest.raises(OutOfRange, match="the rates go from 40 to 80"):
            absolute_risk(baseline, 0.0, start, end)
    with pytest.raises(BadInput, match="not finite"):
        baseline_hazard(RATES, math.nan)


def test_the_rates_of_the_sex_are_taken_and_else_those_of_both(write):
    path = write(HEAD + "40\t50\tboth\t0.1\t0\n40\t50\tmale\t0.2\t0\n", "r.tsv")
    assert read_rates(path, "male").incidence.tolist() == [0.2]
    assert read_rates(path, "female").incidence.tolist() == [0.1]


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("age_low\tsex\n", InvalidContent, "line 1: there is no column age_high"),
        (HEAD + "40\t50\tx\t0.1\t0\n", InvalidContent, "line 2: sex is 'x'"),
        (HEAD + "40\t50\tmale\t0.1\n", InvalidContent, "line 2: 4 cells under 5 columns"),
        (HEAD + "40\t50\tmale\tNA\t0\n", InvalidContent, "line 2: incidence 'NA' is no number"),
        (HEAD + "40\t50\tmale\t230\t0\n", InvalidContent, "divide rates per 100,000"),
        (HEAD + "50\t40\tmale\t0.1\t0\n", InvalidContent, "ends before it starts"),
        (
            HEAD + "40\t50\tboth\t0.1\t0\n51\t60\tboth\t0.1\t0\n",
            InvalidContent,
            "line 3: the bands 40-50 and 51-60 leave a gap",
        ),
        (HEAD + "40\t50\tboth\t0.1\t0\n45\t60\tboth\t0.1\t0\n", InvalidContent, "overlap"),
        (HEAD + "40\t50\tmale\t0.1\t0\n", UnknownName, "no row for sex 'female'"),
    ],
)
def test_tables_that_are_none_are_refused_with_their_line(write, text, error, message):
    with pytest.raises(error, match=message):
        read_rates(write(text, "r.tsv"), "female")


def test_the_study_tells_risks_beside_those_of_others(write):
    rows = "40\t60\tfemale\t0.005\t0.002\n60\t80\tfemale\t0.01\t0.02\n"
    given = {
        "rates": str(write(HEAD + rows, "r.tsv")), "ratio": 1.7, "ratio_low": 1.6, "ratio_high": 1.8, "age": 50,
        "sex": "female", "z": 1.5, "z_se": 0.1,
    }  # fmt: skip
    found = STUDIES[0].run(read_options(STUDIES[0], given), silent, None)
    risks = found.table("risks")
    assert risks.column("years") == (5.0, 10.0, 30.0)
    assert all(row[3] < row[2] < row[4] and row[5] < row[3] for row in risks.rows)
    assert found.table("curve").rows[-1][2] == pytest.approx(risks.rows[-1][5])
    for change, message in (
        ({"ratio": -1}, "above 0"),
        ({"ratio_low": None}, "both or none"),
        ({"ratio_low": 1.75}, "not within"),
    ):
        with pytest.raises(BadInput, match=message):
            STUDIES[0].run(read_options(STUDIES[0], {**given, **change}), silent, None)
    odds = STUDIES[0].run(
        read_options(STUDIES[0], {**given, "scale": "odds", "ratio_low": None, "ratio_high": None}), silent, None
    )
    assert len(odds.notes) == 5
