"""Normalisation: hand-computed cases, properties, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gennet.errors import InvalidContent
from gennet.expression.dispersion import (
    Trend,
    dispersion_trend,
    gene_dispersions,
    variance_stabilised,
)
from gennet.expression.normalisation import (
    counts_per_million,
    size_factors,
    tmm_factors,
    transcripts_per_million,
)


def simulated(rng, samples=8, genes=600, dispersion=0.1):
    mean = rng.gamma(0.8, 300, genes) + 1
    depth = rng.uniform(0.5, 2, samples)[:, None]
    size = 1 / dispersion
    return rng.negative_binomial(size, size / (size + mean * depth)).astype(float), depth[:, 0]


def test_factors_undo_one_gene_that_takes_half_the_library():
    counts = np.full((2, 100), 50.0)
    counts[1, 0] = 5000.0
    factors = tmm_factors(counts)
    effective = counts.sum(axis=1) * factors
    assert effective[0] == pytest.approx(effective[1])


@given(st.integers(0, 100))
def test_factors_multiply_to_one_and_follow_their_samples(seed):
    rng = np.random.default_rng(seed)
    counts, _ = simulated(rng, samples=5, genes=80)
    order = rng.permutation(5)
    factors = tmm_factors(counts)
    assert np.prod(factors) == pytest.approx(1.0)
    assert tmm_factors(counts[order]) == pytest.approx(factors[order])


def test_size_factors_find_the_depth():
    counts, depth = simulated(np.random.default_rng(3), genes=2000, dispersion=0.02)
    ratio = size_factors(counts) / depth
    assert ratio / ratio.mean() == pytest.approx(np.ones(8), abs=0.03)


def test_per_million_and_per_kilobase_by_hand():
    counts = np.array([[1.0, 3.0]])
    assert counts_per_million(counts, np.array([2.0])).tolist() == [[125_000.0, 375_000.0]]
    # One library: prior 2, so log2((1 + 2) / (4 + 4) * 1e6).
    assert counts_per_million(counts, log=True)[0, 0] == pytest.approx(np.log2(3 / 8 * 1e6))
    assert transcripts_per_million(counts, np.array([1.0, 1.0])).sum() == pytest.approx(1e6)


@pytest.mark.parametrize(
    "work",
    [
        lambda: counts_per_million(np.array([[0.0, 0.0], [1.0, 2.0]])),
        lambda: size_factors(np.array([[0.0, 1.0], [1.0, 0.0]])),
        lambda: transcripts_per_million(np.ones((1, 2)), np.array([0.0, 1.0])),
    ],
)
def test_what_cannot_be_normalised_is_refused(work):
    with pytest.raises(InvalidContent):
        work()


def test_dispersions_are_recovered_and_maximise_the_likelihood():
    from gennet.expression.dispersion import _likelihood

    counts, depth = simulated(np.random.default_rng(5), samples=40, genes=300, dispersion=0.2)
    found = gene_dispersions(counts, depth)
    assert np.median(found) == pytest.approx(0.2, rel=0.05)
    mean = np.maximum((counts / depth[:, None]).mean(axis=0) * depth[:, None], 0.5)
    best = _likelihood(np.log(found), counts, mean)
    for factor in (0.99, 1.01):
        assert (best >= _likelihood(np.log(found * factor), counts, mean) - 1e-9).all()


def test_a_trend_is_recovered():
    rng = np.random.default_rng(6)
    means = rng.uniform(1, 1000, 5000)
    noisy = (0.05 + 3.0 / means) * rng.gamma(10, 0.1, 5000)
    trend = dispersion_trend(means, noisy)
    assert trend.asymptotic == pytest.approx(0.05, rel=0.1)
    assert trend.extra == pytest.approx(3.0, rel=0.1)


def test_stabilised_variance_does_not_follow_the_mean():
    rng = np.random.default_rng(7)
    mean = np.repeat([20.0, 200.0, 5000.0], 300)
    counts = rng.negative_binomial(10, 10 / (10 + mean), (60, 900)).astype(float)
    values, _ = variance_stabilised(counts, np.ones(60), Trend(0.1, 1e-6))
    spread = [values[:, at : at + 300].std(axis=0).mean() for at in (0, 300, 600)]
    assert max(spread) / min(spread) < 1.15


def test_a_frozen_trend_makes_a_sample_independent_of_others():
    counts, depth = simulated(np.random.default_rng(8))
    every, trend = variance_stabilised(counts, depth)
    alone, _ = variance_stabilised(counts[:1], depth[:1], trend)
    assert alone[0] == pytest.approx(every[0])


def test_dispersions_without_a_trend_are_refused():
    with pytest.raises(InvalidContent, match="trend"):
        dispersion_trend(np.arange(1.0, 6.0), np.ones(5))
