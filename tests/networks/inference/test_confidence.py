"""Frequencies are stable, probabilities come true on regulators kept back."""

import numpy as np
import pytest

from gennet.errors import InvalidContent
from gennet.networks.inference.confidence import calibrate, frequencies, reliability
from gennet.networks.inference.design import design_of
from gennet.networks.inference.evaluation import gold_of, on_candidates
from gennet.networks.inference.portfolio import Method


def simulated(seed, samples=60, regulators=20, targets=80):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, regulators)) + rng.normal(size=(samples, 2)) @ rng.normal(size=(2, regulators))
    names, y, edges = [f"R{i}" for i in range(regulators)], [], []
    for t in range(targets):
        parents = rng.choice(regulators, 2, replace=False)
        y.append(x[:, parents].sum(1) + 3 * rng.normal(size=samples))
        edges += [(names[p], f"T{t}") for p in parents]
    absent = [(r, f"T{t}") for r in names for t in range(targets) if (r, f"T{t}") not in set(edges)]
    genes = [*names, *(f"T{t}" for t in range(targets))]
    return design_of(np.column_stack([x, np.array(y).T]), genes, names), gold_of(edges, absent)


def test_probabilities_come_true_for_regulators_kept_back():
    design, gold = simulated(1)
    held = frequencies(design, Method.RIDGE, np.random.default_rng(1), most=200, draws=30)
    score, true, _ = on_candidates(design.scores(held, "frequency", signed=False), gold)
    fold = np.array([int(r[1:]) % 5 for r, _ in gold.candidates])
    probability, error = reliability(score, true, fold)
    assert (
        error < 0.02
    )  # a tenth of 1,600 candidates: the standard error of a share near 0.1 is 0.024, less when averaged
    assert probability.mean() == pytest.approx(true.mean(), abs=0.01)
    # Resampling says more than the overall share does.
    assert np.mean((probability - true) ** 2) < 0.97 * true.mean() * (1 - true.mean())


def test_calibrations_rise_and_pass_on_to_networks():
    design, gold = simulated(2)
    from gennet.networks.inference.portfolio import scored

    scores = scored(design, Method.RIDGE, np.random.default_rng(1))
    made = calibrate(*on_candidates(scores, gold)[:2])
    network = made.network(scores, 50)
    assert (np.diff(made.probability) >= 0).all()
    assert (np.diff(network.confidence) <= 1e-12).all()
    assert 0 < network.confidence[-1] <= network.confidence[0] < 1


def test_an_edge_without_noise_is_always_found():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 6))
    design = design_of(np.column_stack([x, x[:, 2]]), list("ABCDEFT"), list("ABCDEF"))
    assert frequencies(design, Method.PEARSON, rng, most=1, draws=10)[2, 6] == 1


def test_too_few_known_edges_are_refused():
    with pytest.raises(InvalidContent, match="9 edges"):
        calibrate(np.arange(100.0), np.arange(100) < 9)
    with pytest.raises(InvalidContent, match="nothing would be counted"):
        frequencies(simulated(1)[0], Method.CLR, np.random.default_rng(1), most=0)
