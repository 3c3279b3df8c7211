"""Clocks: hand-computed sums, what missing CpGs leave open, and agreement with plain arithmetic."""

import csv
import gzip
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gennet.core.codec import digest, from_json, to_json
from gennet.errors import BadInput, InvalidContent, MissingFile
from gennet.genomics import EpigeneticAges, Methylation, epigenetic_ages, epigenetic_clocks, read_clock, read_clocks
from gennet.genomics.methylation._definitions import BIOLEARN, METHYLCLOCK, Definition, Transform
from gennet.genomics.methylation.ages import read_reference, standardised
from gennet.genomics.methylation.clocks import Clock, transformed
from gennet.genomics.methylation.cohort_ages import all_ages, explained_by, residuals
from gennet.genomics.methylation.matrix import read_matrix

YEARS = Definition("toy", "a", "blood", "10.1/x")


def toy(weights, intercept=0.0, definition=YEARS):
    cpgs = tuple(f"cg{i:08d}" for i in range(len(weights)))
    return Clock("toy", definition, intercept, cpgs, np.array(weights, float))


def sample(clock, betas):
    return Methylation("s", clock.cpgs, np.array(betas, float))


def test_a_clock_is_its_intercept_and_weighted_betas():
    clock = toy([10.0, -4.0, 2.0], 30.0)
    (age,) = epigenetic_ages(sample(clock, [0.5, 0.25, 1.0]), [clock]).ages
    assert (age.value, age.low, age.high) == (36.0, 36.0, 36.0)
    assert [c.contribution for c in age.contributions] == [5.0, 2.0, -1.0]
    assert age.acceleration(40.0) == -4.0


def test_a_missing_cpg_is_neither_zero_nor_free():
    clock = toy([12.0, 1.0, 1.0, 1.0, 1.0])
    (age,) = epigenetic_ages(sample(clock, [math.nan, 0.5, 0.5, 0.5, 0.5]), [clock]).ages
    assert age.value == pytest.approx(12 * 0.5 + 2.0)
    assert age.high - age.value == pytest.approx(1.959963984540054 * 12 / math.sqrt(12))
    (known,) = epigenetic_ages(
        sample(clock, [math.nan, 0.5, 0.5, 0.5, 0.5]), [clock], reference={clock.cpgs[0]: 0.1}
    ).ages
    assert known.value == pytest.approx(1.2 + 2.0)
    assert known.high - known.value == pytest.approx(1.959963984540054 * 12 * 0.5 * math.sqrt(0.09))


def test_a_clock_short_of_cpgs_is_refused_with_the_count():
    clock = toy([1.0] * 10)
    held = epigenetic_ages(sample(clock, [0.5] * 7 + [math.nan] * 3), [clock])
    assert held.ages == ()
    assert held.not_run[0].reason == "7 of 10 CpGs are measured; at least 80 % are needed"


@given(st.floats(-6, 6), st.sampled_from([BIOLEARN["Horvath1"], METHYLCLOCK["coefWu"]]))
def test_the_age_transform_inverts_the_published_one(x, how):
    age = float(transformed(np.array(x), how)) * how.divisor
    adult = how.adult_age
    forward = math.log((age + 1) / (adult + 1)) if age <= adult else (age - adult) / (adult + 1)
    assert forward == pytest.approx(x, abs=1e-9)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(-9, 9).filter(bool), st.floats(0, 1)), min_size=1, max_size=30), st.randoms())
def test_the_order_of_cpgs_in_the_file_does_not_matter(pairs, random):
    clock = toy([w for w, _ in pairs], 1.0)
    held = sample(clock, [b for _, b in pairs])
    order = list(range(len(pairs)))
    random.shuffle(order)
    other = Methylation("s", tuple(held.cpgs[i] for i in order), held.betas[order])
    assert epigenetic_ages(other, [clock]).ages == epigenetic_ages(held, [clock]).ages


def test_standardised_betas_have_mean_0_and_deviation_1():
    betas = standardised(np.array([[0.1, 0.5], [0.4, np.nan], [0.7, 0.9]]))
    assert np.nanmean(betas, axis=0) == pytest.approx([0, 0], abs=1e-15)
    assert np.nanstd(betas, axis=0, ddof=1) == pytest.approx([1, 1])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CpGmarker,CoefficientTraining\ncg1,x\n", "line 2: this is no CpG and coefficient"),
        ("CpGmarker,CoefficientTraining\ncg1,1\ncg1,2\n", "line 3: cg1 stands twice"),
        ("CpGmarker,CoefficientTraining\nIntercept,1\n", "no CpG has a weight"),
        ("a,b\ncg1,1\n", "there is no column CoefficientTraining"),
    ],
)
def test_a_broken_coefficient_file_is_refused_with_its_line(write, text, message):
    with pytest.raises(InvalidContent, match=message):
        read_clock(write(text, "mine.csv"))


def test_intercepts_are_known_by_either_name(write):
    for i, name in enumerate(("Intercept", '"(Intercept)"', "intercept")):
        (clock,) = read_clock(write(f"CpGmarker,CoefficientTraining\n{name},3.5\ncg1,2\n", f"mine{i}.csv"))
        assert (clock.intercept, clock.cpgs, clock.weights.tolist()) == (3.5, ("cg1",), [2.0])


def test_grimage_is_refused_and_dunedinpace_comes_only_from_the_users_file(write, tmp_path):
    text = "CpGmarker,CoefficientTraining\nintercept,-1.9\ncg1,2\n"
    pace = write(text, "DunedinPACE.csv")
    assert read_clock(pace)[0].definition.unit == "a/a"
    with pytest.raises(MissingFile, match="no coefficient file of a known clock"):
        read_clocks(tmp_path)
    with pytest.raises(BadInput, match="GrimAge is a sum of surrogates"):
        read_clock(write("Y.pred,var,beta\n", "GrimAgeV1.csv"))


def test_a_reference_that_is_no_beta_is_refused(write):
    with pytest.raises(InvalidContent, match="line 3: this is no beta"):
        read_reference(write("Name,mean\ncg1,0.5\ncg2,7\n", "gold.csv"))


def test_acceleration_is_the_residual_on_age():
    rng = np.random.default_rng(1)
    ages = rng.uniform(20, 80, 50)
    values = 3 + 0.9 * ages + rng.normal(size=50)
    values[7] = np.nan
    ours, known = residuals(values, ages), np.isfinite(values)
    slope, level = np.polyfit(ages[known], values[known], 1)
    assert ours[known] == pytest.approx((values - level - slope * ages)[known], abs=1e-9)
    assert np.isnan(ours[7])


def test_batches_explain_what_analysis_of_variance_says():
    from scipy.stats import f_oneway

    rng = np.random.default_rng(2)
    values, groups = rng.normal(size=30), ["a", "b", "c"] * 10
    share, p = explained_by(groups, values)
    assert p == pytest.approx(f_oneway(*(values[i::3] for i in range(3))).pvalue)
    assert 0 < share < 1
    assert explained_by(["a"] * 30, values) is None


@pytest.fixture(scope="session")
def betas(mirror):
    path = mirror / "methylation" / "MethylationDataExample55.csv.gz"
    with gzip.open(path, "rt") as file:
        rows = list(csv.reader(file))
    return path, {row[0]: [min(max(float(x), 0.0), 1.0) for x in row[1:]] for row in rows[1:]}


@pytest.mark.parametrize("folder", ["biolearn", "methylclock"])
def test_every_clock_of_sixteen_brains_equals_a_plain_sum(mirror, betas, folder):
    path, table = betas
    clocks = read_clocks(mirror / "methylation" / "coefficients" / folder)
    matrix = read_matrix(path)
    # Missing CpGs are given a beta here so that every clock runs on every sample.
    filled = {c: table.get(c, [0.5] * 16) for clock in clocks for c in clock.cpgs}
    whole = type(matrix)(tuple(filled), matrix.samples, np.array(list(filled.values())))
    for clock in clocks:
        if clock.definition.standardised:
            continue
        (ours,) = all_ages(whole, [clock])
        for s in range(16):
            total = math.fsum(
                [clock.intercept, *(w * filled[c][s] for c, w in zip(clock.cpgs, clock.weights, strict=True))]
            )
            assert ours.values[s] == pytest.approx(float(plain(total, clock.definition)), abs=1e-6)


def plain(total, how):
    if how.transform is Transform.AGE:
        adult = how.adult_age
        return ((adult + 1) * math.exp(total) - 1 if total < 0 else (adult + 1) * total + adult) / how.divisor
    return 1 / (1 + math.exp(-total)) if how.transform is Transform.LOGISTIC else total


def test_a_person_and_the_cohort_agree(mirror, betas):
    from gennet.genomics import read_methylation

    path, _ = betas
    folder = mirror / "methylation" / "coefficients" / "biolearn"
    held = epigenetic_clocks(read_methylation(path, "GSM946048")[0], methylation_clocks_biolearn=folder)
    assert digest(from_json(to_json(held), EpigeneticAges)) == digest(held)
    by_name = {one.clock: one for one in held.ages}
    (cohort,) = all_ages(read_matrix(path), [c for c in read_clocks(folder) if c.name == "Horvath1"])
    assert by_name["Horvath1"].value == pytest.approx(cohort.values[0], abs=1e-9)
    assert {r.clock for r in held.not_run} >= {"Hannum", "DNAmTL"}
