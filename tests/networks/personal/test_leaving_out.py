"""Networks without one sample equal those fitted to the others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gennet.networks.inference.background import relatedness
from gennet.networks.inference.design import design_of
from gennet.networks.personal.leaving_out import (
    coefficients_of,
    coefficients_without,
    correlations_without,
    fitted,
    personal_correlations,
    personal_edges,
    personal_ridge,
    ridge_scores,
)


def made(seed, samples=40, genes=15, regulators=5):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(samples, genes)) @ rng.normal(size=(genes, genes)) + 5
    names = [f"G{i}" for i in range(genes)]
    return design_of(values, names, names[2 : 2 + regulators])


def refitted(design, sample, penalty):
    """Coefficients of the others, each target by its own solve, on the cohort's scale and with its penalty."""
    others = np.delete(design.y, sample, axis=0)
    centred, b = others - others.mean(0), np.zeros((len(design.own), len(design.genes)))
    for target in range(len(design.genes)):
        kept = [k for k, at in enumerate(design.own) if at != target]
        x = centred[:, design.own[kept]]
        total = x.T @ x + penalty * len(design.y) * np.eye(len(kept))
        b[kept, target] = np.linalg.solve(total, x.T @ centred[:, target])
    return b


@given(st.integers(0, 10_000), st.integers(0, 39), st.floats(0.05, 3))
@settings(max_examples=20, deadline=None)
def test_ridge_without_a_sample_is_a_fit_to_the_others(seed, sample, penalty):
    design = made(seed)
    held = fitted(design, penalty)
    assert np.allclose(coefficients_without(held, sample), refitted(design, sample, penalty), rtol=0, atol=1e-10)


def test_correlations_without_a_sample_are_those_of_the_others():
    design = made(1)
    others = np.delete(design.y, 7, axis=0)
    assert np.allclose(correlations_without(design, 7), np.corrcoef(others.T)[design.own], rtol=0, atol=1e-12)


def test_a_personal_network_is_n_times_the_change_plus_the_rest():
    design = made(2)
    held = fitted(design)
    without = refitted(design, 3, held.penalty)
    without = np.sign(without) * relatedness(np.abs(without), design.own)
    expected = 40 * (ridge_scores(held) - without) + without
    assert np.allclose(personal_ridge(held, 3), expected, rtol=0, atol=1e-8)
    r = np.corrcoef(np.delete(design.y, 3, axis=0).T)[design.own]
    expected = 40 * (np.corrcoef(design.y.T)[design.own] - r) + r
    # Of all samples, products divided by n are correlations.
    assert np.allclose(personal_correlations(design, 3), expected, rtol=0, atol=1e-9)


def test_edges_of_all_people_at_once_are_those_of_each_person():
    design = made(3)
    target = np.array([0, 6, 9, 14])
    every = personal_edges(design, design.own[[0, 1, 1, 4]], target)
    for sample in (0, 17, 39):
        assert np.allclose(every[sample], personal_correlations(design, sample)[[0, 1, 1, 4], target], atol=1e-9)


def test_the_mean_personal_network_is_near_the_cohorts():
    design = made(4, samples=200)
    every = personal_edges(design, design.own[[0]], np.array([9]))
    assert every.mean() == pytest.approx(np.corrcoef(design.y[:, design.own[0]], design.y[:, 9])[0, 1], abs=0.02)


def test_a_gene_that_only_one_sample_varies_in_has_no_correlation_without_it():
    values = np.random.default_rng(5).normal(size=(20, 4))
    values[:, 3] = 0
    values[6, 3] = 1
    design = design_of(values, list("ABCD"))
    assert not correlations_without(design, 6)[3].any()
    assert np.isfinite(personal_correlations(design, 6)).all()
    assert np.isfinite(coefficients_of(fitted(design))).all()
