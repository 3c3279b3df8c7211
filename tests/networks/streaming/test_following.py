"""A followed network equals one fitted to the weighted samples."""

import numpy as np
import pytest

from gennet.errors import InvalidContent
from gennet.networks.streaming.following import begun, raw_coefficients, scores, step

GENES = [f"G{i}" for i in range(14)]
REGULATORS = GENES[3:8]


def stream(seed, samples=300):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(samples, 14)) @ rng.normal(size=(14, 14)) + rng.normal(size=14) * 10


def refitted(state, values, weight):
    """Weighted ridge regression of each target by its own solve."""
    z = values / state.scale
    mean = np.average(z, axis=0, weights=weight)
    away, b = z - mean, np.zeros((5, 14))
    for target in range(14):
        kept = [k for k in range(5) if state.own[k] != target]
        x = away[:, state.own[kept]]
        total = (x * weight[:, None]).T @ x + np.diag(state.penalty[kept])
        b[kept, target] = np.linalg.solve(total, (x * weight[:, None]).T @ away[:, target])
    return b


def followed(values, **given):
    state = begun(GENES, REGULATORS, values.std(0), **given)
    for sample in values:
        state = step(state, sample)
    return state


@pytest.mark.parametrize("seed", range(3))
def test_nothing_forgotten_equals_one_fit_of_all(seed):
    values = stream(seed)
    state = followed(values, weight=300)
    assert np.allclose(raw_coefficients(state), refitted(state, values, np.ones(300)), rtol=0, atol=1e-10)
    assert np.allclose(state.mean, (values / state.scale).mean(0))


@pytest.mark.parametrize("half_life", [5.0, 40.0, 300.0])
def test_a_half_life_equals_a_fit_of_fading_samples(half_life):
    values = stream(4, 1000)
    state = followed(values, half_life=half_life)
    weight = 0.5 ** (np.arange(999, -1, -1) / half_life)
    assert np.allclose(raw_coefficients(state), refitted(state, values, weight), rtol=0, atol=1e-8)


@pytest.mark.parametrize("window", [10, 100])
def test_a_window_equals_a_fit_of_its_samples_after_thousands_of_steps(window):
    values = stream(5, 3000)
    state = followed(values, window=window)
    assert np.allclose(raw_coefficients(state), refitted(state, values[-window:], np.ones(window)), rtol=0, atol=1e-8)
    assert len(state.kept) == window


def test_penalties_stay_near_their_share_of_the_weight():
    state = followed(stream(6, 2000), half_life=60)
    assert state.penalty == pytest.approx(np.full(5, 0.3 * state.weight), rel=0.05)


def test_a_step_leaves_the_old_state_as_it_was():
    values = stream(7, 20)
    state = followed(values, half_life=10)
    before = state.coefficients.copy(), state.inverse.copy(), state.mean.copy()
    step(state, values[0])
    for old, now in zip(before, (state.coefficients, state.inverse, state.mean), strict=True):
        assert np.array_equal(old, now)
    assert scores(state).values[0, 3] == 0


def test_bad_samples_and_forgetting_twice_are_refused():
    state = begun(GENES, REGULATORS, np.ones(14))
    with pytest.raises(InvalidContent, match="sample 1"):
        step(state, np.full(14, np.nan))
    with pytest.raises(InvalidContent, match="sample 1"):
        step(state, np.ones(13))
    with pytest.raises(InvalidContent, match="give one of them"):
        begun(GENES, REGULATORS, np.ones(14), half_life=5, window=5)
    with pytest.raises(InvalidContent, match="regulators"):
        begun(GENES, ["x"], np.ones(14))
