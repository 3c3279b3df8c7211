"""Rare-variant tests: hand-computed cases, properties, refusals, and R's p-values."""

import csv
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gennet.errors import InvalidContent
from gennet.genomics.rare import (
    Scores,
    Trait,
    Weights,
    acat_v,
    beta_weights,
    burden,
    carriers,
    combine,
    fit_null,
    region_scores,
    region_tests,
    skat,
    skat_o,
)
from gennet.genomics.rare.tails import kuonen, liu, log10_tail, tail


def people(rng, n=400, m=12, missing=0.02):
    dosages = rng.binomial(2, rng.uniform(0.005, 0.05, m)[:, None], (m, n)).astype(np.int8)
    dosages[rng.random((m, n)) < missing] = -1
    return dosages, rng.normal(size=n), rng.normal(size=(n, 2))


def dense(dosages):
    """Impute and flip plainly: people x variants."""
    g = np.where(dosages < 0, np.nan, dosages.astype(float)).T
    f = np.nanmean(g, axis=0) / 2
    g = np.where(f > 0.5, 2 - g, g)
    f = np.where(f > 0.5, 1 - f, f)
    return np.where(np.isnan(g), 2 * f, g), f


@pytest.mark.parametrize("m", [1, 2, 3, 10, 60, 300])
def test_equal_weights_give_a_chi_square(m):
    q = np.array([0.05, 0.5, 1, 2, 5, 12]) * m
    assert tail(np.ones(m), q) == pytest.approx(stats.chi2.sf(q, m), rel=1e-7)


@given(st.lists(st.floats(0.05, 20), min_size=1, max_size=6, unique=True), st.floats(0.02, 60))
def test_weights_in_pairs_give_a_sum_of_exponentials(weights, times):
    w = np.array(sorted(weights))
    if len(w) > 1 and (np.diff(w) / w[:-1]).min() < 0.05:
        return  # the closed form itself cancels
    q = times * w.sum()
    shares = [math.prod(a / (a - b) for b in w if b != a) for a in w]
    exact = math.fsum(s * math.exp(-q / (2 * a)) for s, a in zip(shares, w, strict=True))
    assert float(tail(np.repeat(w, 2), q)) == pytest.approx(exact, rel=1e-6, abs=1e-12)


def test_far_tails_keep_their_digits():
    assert log10_tail(np.array([3.0, 3.0, 1.0, 1.0]), 6000.0) == pytest.approx(
        (-1000 + math.log(1.5)) / math.log(10), rel=1e-9
    )
    assert float(tail(np.ones(2), 60.0)) == pytest.approx(math.exp(-30), rel=1e-9)
    assert log10_tail(np.zeros(0), 1.0) == -math.inf


def test_approximations_are_near_the_tail():
    w = np.array([4.0, 2.0, 1.0, 1.0, 0.5])
    for q in (10.0, 30.0, 60.0):
        exact = float(tail(w, q))
        assert kuonen(w, q) == pytest.approx(exact, rel=0.1)
        assert liu(w, q) == pytest.approx(exact, rel=0.5)


@pytest.mark.parametrize("trait", list(Trait))
def test_sparse_scores_equal_dense_algebra(trait):
    rng = np.random.default_rng(2)
    dosages, y, x = people(rng)
    dosages[3] = 2 - np.maximum(dosages[3], 0)  # a variant whose reference allele is the rare one
    y = (y > 0.8).astype(float) if trait is Trait.BINARY else y
    null = fit_null(y, x, trait=trait)
    g, f = dense(dosages)
    xx = null.covariates
    v = null.weight
    expected = g.T @ (v[:, None] * g) - (g.T @ (v[:, None] * xx)) @ np.linalg.inv(xx.T @ (v[:, None] * xx)) @ (
        xx.T @ (v[:, None] * g)
    )
    found = region_scores(carriers(dosages), null)
    assert found.frequency == pytest.approx(f)
    assert found.score == pytest.approx(g.T @ null.residual, abs=1e-10)
    assert found.covariance == pytest.approx(expected, abs=1e-9)


def test_logistic_null_model_solves_its_equations():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(500, 2))
    y = (rng.random(500) < 1 / (1 + np.exp(-(x[:, 0] - 1)))).astype(float)
    null = fit_null(y, x, trait=Trait.BINARY)
    assert null.covariates.T @ (y - null.fitted) == pytest.approx(np.zeros(3), abs=1e-8)


def test_one_variant_gives_the_same_p_by_every_test():
    rng = np.random.default_rng(1)
    dosages, y, x = people(rng, m=1, missing=0)
    r = region_tests(dosages, fit_null(y, x))
    assert r.burden == pytest.approx(r.skat, rel=1e-8)
    assert r.skat_o == pytest.approx(r.skat, rel=1e-8)


def test_burden_by_hand():
    scores = Scores(np.array([1.0, 2.0]), np.array([[1.0, 0.5], [0.5, 2.0]]), np.full(2, 0.01), np.full(2, 20.0))
    assert burden(scores) == pytest.approx(stats.chi2.sf(9 / 4, 1))
    assert skat(scores) == pytest.approx(float(tail(np.linalg.eigvalsh(scores.covariance), 5.0)))


def test_p_values_of_nothing_are_uniform():
    rng = np.random.default_rng(8)
    found = []
    for _ in range(150):
        dosages, y, x = people(rng, n=300, m=8)
        found.append(region_tests(dosages, fit_null(y, x)))
    for name in ("burden", "skat", "skat_o", "acat_v", "acat_o"):
        assert stats.kstest([getattr(r, name) for r in found], "uniform").pvalue > 1e-3, name


def test_an_effect_is_found_and_its_direction_matters_to_burden_alone():
    rng = np.random.default_rng(3)
    dosages, y, x = people(rng, n=3000, m=10, missing=0)
    one_way, both_ways = np.ones(10), np.tile([1.0, -1.0], 5)
    same = region_tests(dosages, fit_null(y + 0.7 * (one_way @ dosages), x))
    mixed = region_tests(dosages, fit_null(y + 0.7 * (both_ways @ dosages), x))
    assert same.burden < 1e-6
    assert mixed.skat < 1e-6 < mixed.burden
    assert mixed.skat_o < 1e-5
    assert same.skat_o < 1e-5


@given(st.permutations(range(8)), st.floats(0.1, 50))
def test_order_of_variants_and_scale_of_weights_do_not_matter(order, scale):
    rng = np.random.default_rng(4)
    dosages, y, x = people(rng, n=200, m=8)
    scores = region_scores(carriers(dosages), fit_null(y, x))
    weights = beta_weights(scores.frequency)
    moved = region_scores(carriers(dosages[list(order)]), fit_null(y, x))
    again = moved.weighted(scale * weights[list(order)])
    for test in (burden, skat, lambda s: skat_o(s).p):
        assert test(again) == pytest.approx(test(scores.weighted(weights)), rel=1e-6)


def test_cauchy_combination_keeps_small_p_values():
    assert combine(np.array([0.3])) == pytest.approx(0.3)
    assert combine(np.array([1e-300, 1.0, math.nan])) == pytest.approx(2e-300, rel=1e-3)
    assert combine(np.array([0.2, 0.9]), np.array([1.0, 0.0])) == pytest.approx(0.2)
    assert combine(np.zeros(0)) == 1.0


def test_rarest_variants_are_pooled_in_acat_v():
    scores = Scores(np.array([1.0, 1.5, 2.0]), np.eye(3), np.array([0.001, 0.001, 0.02]), np.array([4.0, 4.0, 80.0]))
    w = np.ones(3)
    pooled, single = stats.chi2.sf(2.5**2 / 2, 1), stats.chi2.sf(4, 1)
    share = np.array([0.001 * 0.999, 0.02 * 0.98])
    assert acat_v(scores, w) == pytest.approx(combine(np.array([pooled, single]), share))


def test_common_and_absent_variants_are_left_out():
    rng = np.random.default_rng(6)
    dosages, y, x = people(rng, m=4, missing=0)
    more = np.vstack([dosages, np.zeros((1, 400), np.int8), rng.binomial(2, 0.4, (1, 400)).astype(np.int8)])
    null = fit_null(y, x)
    assert region_tests(more, null, Weights(most_frequency=0.1)) == region_tests(
        dosages, null, Weights(most_frequency=0.1)
    )
    nobody = region_tests(np.zeros((2, 400), np.int8), null)
    assert (nobody.variants, nobody.skat_o) == (0, 1.0)


@pytest.mark.parametrize(
    ("values", "covariates", "trait", "message"),
    [
        ([1.0, math.nan, 2.0, 3.0], None, Trait.CONTINUOUS, "person 2: the trait or a covariate is not known"),
        ([1.0] * 5, None, Trait.CONTINUOUS, "everybody has the same trait"),
        ([1.0, 2.0, 0.0, 1.0, 0.0], None, Trait.BINARY, "neither 0 nor 1"),
        ([1.0, 2.0], None, Trait.CONTINUOUS, "2 people for 1 covariates"),
        ([1.0, 2.0, 3.0, 4.0, 5.0], [[1.0]] * 5, Trait.CONTINUOUS, "constant or follows"),
        ([0.0, 0.0, 0.0, 1.0, 1.0, 1.0], [[-3.0], [-2.0], [-1.0], [1.0], [2.0], [3.0]], Trait.BINARY, "tell cases"),
    ],
)
def test_null_models_that_cannot_be_are_refused(values, covariates, trait, message):
    with pytest.raises(InvalidContent, match=message):
        fit_null(np.array(values), None if covariates is None else np.array(covariates), trait=trait)


def test_genotypes_that_are_none_are_refused():
    null = fit_null(np.arange(4.0))
    with pytest.raises(InvalidContent, match="not 0, 1, 2 or missing"):
        region_tests(np.array([[0, 3, 0, 0]], np.int8), null)
    with pytest.raises(InvalidContent, match="genotypes of 3 people"):
        region_tests(np.array([[0, 1, 0]], np.int8), null)
    with pytest.raises(InvalidContent, match="weights need"):
        region_tests(np.array([[0, 1, 0, 0]], np.int8), null, Weights(a=0))


@pytest.mark.parametrize(("letter", "column", "kind"), [("C", "trait", "continuous"), ("D", "case", "binary")])
def test_p_values_equal_those_of_r(mirror, letter, column, kind):
    held = np.load(mirror / "rare" / "regions.npz")
    with (mirror / "rare" / "expected.csv").open() as lines:
        expected = list(csv.DictReader(lines))
    null = fit_null(held[column].astype(float), held["covariates"], trait=Trait(kind))
    for i in range(0, 60, 3):
        dosages = np.ascontiguousarray(held["genotypes"][:, 60 * i : 60 * i + 60].T.astype(np.int8))
        found = region_tests(dosages, null, Weights(most_frequency=0.5), as_r=True, robust=False)
        for name, p in (("Burden", found.burden), ("SKAT", found.skat), ("SKATO", found.skat_o)):
            theirs = float(expected[i][f"{letter}_{name}"])
            if name == "Burden" or theirs > 1e-5:  # R's own absolute error is 1e-6
                assert abs(math.log10(p) - math.log10(theirs)) < 1e-3, (i, name)
