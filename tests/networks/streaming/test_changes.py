"""Alarms come soon after rewiring, in the module it is in, and seldom without one."""

import numpy as np
import pytest

from gennet.errors import InvalidContent
from gennet.networks import network_of
from gennet.networks.streaming.changes import bet, watch_step, watching

NAMES = [f"R{i}" for i in range(4)] + [f"T{i}" for i in range(20)]
NETWORK = network_of([(f"R{t % 4}", f"T{t}", 1.0, 1) for t in range(20)])


def stream(rng, samples, rewired_from=None):
    """Target t follows regulator t modulo 4; from the change on, those of R2 follow R3 instead."""
    x = rng.standard_t(5, (samples, 4))
    follows = np.tile(np.arange(20) % 4, (samples, 1))
    if rewired_from is not None:
        follows[rewired_from:][:, np.arange(20) % 4 == 2] = 3
    y = np.take_along_axis(x, follows, axis=1) + 0.5 * rng.standard_t(5, (samples, 20))
    return np.column_stack([x, y])


def alarms_of(values, baseline, between):
    state, alarms = watching(values[:baseline], NAMES, NETWORK, between=between), []
    for sample in values[baseline:]:
        state, new = watch_step(state, sample)
        alarms += new
    return alarms


def test_bets_are_fair():
    p = (np.arange(200_000) + 0.5) / 200_000
    assert np.mean(bet(p)) == pytest.approx(1, abs=0.15)  # p^(-0.9) is summed too low near 0
    assert np.mean(bet(np.arange(1, 101) / 100)) < 1


def test_rewiring_is_found_soon_in_its_module():
    delays = []
    for seed in range(10):
        alarms = alarms_of(stream(np.random.default_rng(seed), 350, rewired_from=250), 150, 1000)
        after = [alarm for alarm in alarms if alarm.sample > 100]
        assert after, seed
        assert after[0].module == "R2"
        delays.append(after[0].sample - 100)
    assert np.median(delays) <= 15


def test_false_alarms_are_no_more_than_stated():
    # 40 streams of 400 samples at one alarm per 200 or more on average: the first alarm of each is looked at.
    first = []
    for seed in range(40):
        alarms = alarms_of(stream(np.random.default_rng(100 + seed), 540), 140, 200)
        first.append(min((alarm.sample for alarm in alarms), default=400))
    # The mean of first alarms, cut at 400, of a process that alarms every 200 samples on average is 173.
    assert np.mean(first) > 173


def test_states_are_left_as_they_were_and_bad_samples_refused():
    values = stream(np.random.default_rng(1), 100)
    state = watching(values, NAMES, NETWORK)
    before = state.evidence.copy()
    watch_step(state, values[0] + 50)
    assert np.array_equal(before, state.evidence)
    assert len(state.held) == 34
    with pytest.raises(InvalidContent, match="sample 1"):
        watch_step(state, np.full(24, np.inf))
    with pytest.raises(InvalidContent, match="too short"):
        watching(values[:57], NAMES, NETWORK)
    with pytest.raises(InvalidContent, match="no edge joins"):
        watching(values, [f"x{n}" for n in NAMES], NETWORK)
    with pytest.raises(InvalidContent, match="between"):
        watching(values, NAMES, NETWORK, between=0)
