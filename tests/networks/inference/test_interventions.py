"""Knock-outs and time series: direction, sign, what a third gene passes on."""

import numpy as np
import pytest

from gennet.errors import InvalidContent
from gennet.networks.inference.background import relatedness
from gennet.networks.inference.design import standardised
from gennet.networks.inference.dynamic import dynamic_ridge, dynamic_trees, fastest_falls, rates
from gennet.networks.inference.knockout import knockout, less_passed_on

NAMES = ["A", "B", "C", "D", "E", "F"]


def experiments(rng, noise=0.02):
    """A activates B, B activates C, D represses E; F stands alone. One knock-out of each gene, six unperturbed."""
    made = []
    for out in [0, 1, 2, 3, 4, 5, *[None] * 6]:
        x = np.zeros(6)
        x[0], x[3], x[5] = 1, 1, 1
        for gene, value in ((1, lambda x: x[0]), (2, lambda x: x[1]), (4, lambda x: 2 - x[3])):
            x[gene] = value(x)
            if out == gene:
                x[gene] = 0
            if out is not None and out < gene:
                x[out] = 0
                x[gene] = value(x)
        if out is not None:
            x[out] = 0
        made.append(x + noise * rng.normal(size=6))
    return np.array(made)


def test_knockouts_tell_direction_and_sign():
    held = experiments(np.random.default_rng(1))
    edges = knockout(held[:6], NAMES, NAMES, held[6:]).network(4).edges()
    assert {(r, t, s) for r, t, _, s in edges} == {("A", "B", 1), ("B", "C", 1), ("A", "C", 1), ("D", "E", -1)}


def test_an_effect_that_is_passed_on_falls_below_the_direct_ones():
    held = experiments(np.random.default_rng(2))
    edges = knockout(held[:6], NAMES, NAMES, held[6:], direct=True).network(3).edges()
    assert {(r, t) for r, t, _, _ in edges} == {("A", "B"), ("B", "C"), ("D", "E")}


def test_half_an_effect_passed_on_by_hand():
    # B loses half of what its own knock-out takes, so half of its effect of -8 on C is passed on by A.
    z = np.array([[-20.0, -5.0, -6.0], [0.0, -10.0, -8.0]])
    left = less_passed_on(z, np.array([0, 1]))
    assert left[0, 2] == pytest.approx(-2)
    assert left[0, 1] == -5


def test_without_effects_no_deviation_is_large():
    rng = np.random.default_rng(3)
    held = rng.normal(5, 0.3, (40, 40))
    z = knockout(held, [f"G{i}" for i in range(40)], [f"G{i}" for i in range(40)]).values
    assert np.mean(np.abs(z) > 3) < 0.01


def test_experiments_that_do_not_fit_are_refused():
    with pytest.raises(InvalidContent, match="'Z' was not measured"):
        knockout(np.ones((4, 2)), ["A", "B"], ["A", "B", "A", "Z"])
    with pytest.raises(InvalidContent, match="experiments"):
        knockout(np.ones((2, 2)), ["A", "B"], ["A", "B"])
    with pytest.raises(InvalidContent, match="series 1"):
        rates([np.ones((3, 2))], [np.array([0.0, 2.0, 1.0])])
    with pytest.raises(InvalidContent, match="fewer than 4 steps"):
        rates([np.ones((3, 2))], [np.array([0.0, 1.0, 2.0])])


def simulated(rng, series=8, steps=25):
    """dB/dt = 2 A - B, dC/dt = 2 (1 - B) - C; A wanders by itself, D and E too."""
    made, times = [], []
    for _ in range(series):
        x, dt, rows = rng.uniform(0, 1, 5), 0.2, []
        for _ in range(steps):
            rows.append(x.copy())
            rate = np.array([0, 2 * x[0] - x[1], 2 * (1 - x[1]) - x[2], 0, 0])
            x = x + dt * rate
            x[[0, 3, 4]] = np.clip(x[[0, 3, 4]] + 0.3 * rng.normal(size=3), 0, 1)
        made.append(np.array(rows) + 0.005 * rng.normal(size=(steps, 5)))
        times.append(dt * np.arange(steps))
    return made, times


@pytest.mark.parametrize("method", [dynamic_ridge, lambda *a: dynamic_trees(*a, rng=np.random.default_rng(1))])
def test_time_series_tell_direction_and_sign(method):
    series, times = simulated(np.random.default_rng(4))
    edges = method(series, times, list("ABCDE")).network(2).edges()
    assert {(r, t, s) for r, t, _, s in edges} == {("A", "B", 1), ("B", "C", -1)}


def test_production_is_change_plus_decay():
    at = np.array([0.0, 0.5, 1.5, 2.0, 3.0])
    values = np.column_stack([np.exp(-2 * at), at**0])
    assert fastest_falls([values], [at]) == pytest.approx([2, 0], abs=1e-4)
    before, rate = rates([values], [at], np.array([2.0, 0.0]))
    assert np.allclose(before, values[:-1])
    assert rate[0, 0] == pytest.approx((np.exp(-1) - 1) / 0.5 + 2)
    assert not rate[:, 1].any()


def test_a_genes_own_state_is_left_out_of_its_regression_exactly():
    series, times = simulated(np.random.default_rng(6), series=3)
    got = dynamic_ridge(series, times, list("ABCDE"), ["B", "D", "A"], penalty=0.2).values
    before, rate = rates(series, times)
    x, y, own = standardised(before)[:, [1, 3, 0]], standardised(rate), np.array([1, 3, 0])
    b = np.zeros((3, 5))
    for target in range(5):
        kept = [k for k in range(3) if own[k] != target]
        total = x[:, kept].T @ x[:, kept] / len(x) + 0.2 * np.eye(len(kept))
        b[kept, target] = np.linalg.solve(total, x[:, kept].T @ y[:, target] / len(x))
    assert np.allclose(got, relatedness(b, own), rtol=0, atol=1e-9)
