"""Circular binary segmentation and the hidden Markov model: known cuts, noise, and plain versions of the kernels."""

from __future__ import annotations

from itertools import pairwise, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gennet.errors import BadInput, InvalidContent
from gennet.genomics.copy_number._kernels import arcs_by_chance, best_arc, shuffle, splits_by_chance, sums_of
from gennet.genomics.copy_number.bins import bins_of
from gennet.genomics.copy_number.cbs import Circular, segment, stopping, tail
from gennet.genomics.copy_number.copies import Mixture
from gennet.genomics.copy_number.hmm import Markov, by_hmm, decode
from gennet.genomics.copy_number.segments import by_cbs, noise


def plain_best_arc(values, weights, narrowest, widest):
    n, centred = len(values), values - np.average(values, weights=weights)
    best = (-1.0, 0, n)
    for i in range(n):
        for j in range(i + narrowest, min(n, i + n - narrowest) + 1):
            if widest and min(j - i, n - j + i) > widest:
                continue
            inside = weights[i:j].sum()
            total = (weights[i:j] * centred[i:j]).sum()
            found = total**2 * weights.sum() / (inside * (weights.sum() - inside))
            best = max(best, (found, i, j))
    return best


def arc_of(values, weights, narrowest=2, widest=0, enough=np.inf):
    sums, masses = np.empty(len(values) + 1), np.empty(len(values) + 1)
    sums_of(values * weights, weights, sums, masses)
    return best_arc(sums, masses, float(weights.min()), narrowest, widest, enough)


def even(log2, contig="1", **more):
    start = np.arange(len(log2)) * 1000
    return bins_of([contig] * len(log2), start, start + 1000, log2=log2, **more)


@settings(max_examples=60, deadline=None)
@given(st.integers(4, 90), st.integers(0, 2**32 - 1), st.sampled_from([0, 3, 25]))
def test_the_best_arc_is_that_of_a_search_over_all_arcs(n, seed, widest):
    rng = np.random.default_rng(seed)
    values, weights = rng.normal(size=n), rng.uniform(0.05, 1, n)
    found, low, high = arc_of(values, weights, widest=widest)
    plain = plain_best_arc(values, weights, 2, widest)
    assert found == pytest.approx(plain[0], rel=1e-9)
    inside = weights[low:high].sum()
    centred = values - np.average(values, weights=weights)
    own = (weights[low:high] @ centred[low:high]) ** 2 * weights.sum() / (inside * (weights.sum() - inside))
    assert own == pytest.approx(found, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(4, 200), st.integers(0, 2**32 - 1), st.floats(0.5, 1.5))
def test_a_search_with_a_bar_finds_an_arc_exactly_when_there_is_one(n, seed, share):
    rng = np.random.default_rng(seed)
    values, weights = rng.normal(size=n), rng.uniform(0.05, 1, n)
    best = arc_of(values, weights)[0]
    enough = best * share
    if abs(share - 1) > 1e-9:
        assert (arc_of(values, weights, enough=enough)[0] >= enough) == (share < 1)


def test_shuffling_reaches_every_order_equally_often():
    state, seen = np.array([12345], np.uint64), dict.fromkeys(map(tuple, product(range(3), repeat=3)), 0)
    for _ in range(6000):
        values = np.arange(3.0)
        shuffle(values, state)
        seen[tuple(int(v) for v in values)] += 1
    counts = [n for n in seen.values() if n]
    assert len(counts) == 6
    assert min(counts) > 880
    assert max(counts) < 1120


def test_permutations_of_an_edge_count_as_all_orders_do():
    values, left = np.array([2.0, 1.0, 0.5, -0.2, -1.3, -2.0]), 2
    observed = (values[:left].sum()) ** 2 * 6 / (left * 4)

    share = np.mean([(sum(p[:left])) ** 2 * 6 / (left * 4) >= observed - 1e-12 for p in permutations(values)])
    stops = np.full(20_000, 20_000)
    exceeding, made = splits_by_chance(
        values, np.ones(6), left, observed * (1 - 1e-12), stops, np.array([7], np.uint64)
    )
    assert made == 20_000
    assert exceeding / made == pytest.approx(share, abs=0.01)


def test_early_stops_are_never_later_than_all_permutations_and_grow():
    stops = stopping(0.01, 10_000)
    assert len(stops) == 101
    assert (np.diff(stops) > 0).all()
    assert stops[-1] <= 10_000


def test_the_tail_is_that_of_simulated_noise():
    rng, n, widest = np.random.default_rng(4), 300, 25
    highest = []
    for _ in range(1500):
        values = rng.normal(size=n)
        sums = np.concatenate([[0], np.cumsum(values - values.mean())])
        length = np.arange(widest + 1, n // 2 + 1)
        arcs = [np.abs(sums[k:] - sums[:-k]).max() / np.sqrt(k * (1 - k / n)) for k in (*length, *(n - length))]
        highest.append(max(arcs))
    for chance in (0.1, 0.03):
        level = float(np.quantile(highest, 1 - chance))
        assert tail(level, n, (widest + 1) / n) == pytest.approx(chance, rel=0.35)


@pytest.mark.parametrize("n", [80, 400])
def test_noise_is_cut_no_more_often_than_alpha(n):
    rng, how, cut = np.random.default_rng(n), Circular(alpha=0.05, permutations=1000), 0
    for _ in range(300):
        weights = rng.uniform(0.2, 1, n)
        cut += len(segment(rng.normal(size=n) / np.sqrt(weights), weights, how, rng)) > 2
    # 15 are expected; 26 or more have a chance below 0.5 %
    assert cut < 26


def test_known_segments_are_found_under_noise_and_outliers():
    rng = np.random.default_rng(8)
    truth, levels = [0, 300, 420, 1000, 1030, 1500], [0.0, 0.58, 0.0, -1.0, 0.0]
    values = np.repeat(levels, np.diff(truth)) + rng.normal(scale=0.2, size=1500)
    values[rng.choice(1500, 8, replace=False)] += rng.choice([-2, 2], 8)
    found = segment(values, np.ones(1500), Circular(), rng)
    for edge in truth:
        assert min(abs(edge - f) for f in found) <= 3
    assert len(found) <= len(truth) + 2


def test_a_weak_bin_counts_less():
    values = np.concatenate([np.zeros(30), np.full(3, 1.5), np.zeros(30)]) + np.tile([0.05, -0.05, 0.0], 21)
    weights = np.ones(63)
    weights[30:33] = 0.001
    assert segment(values, np.ones(63), Circular(), np.random.default_rng(1)) == [0, 30, 33, 63]
    assert segment(values, weights, Circular(), np.random.default_rng(1)) == [0, 63]


def test_cuts_below_the_noise_are_undone():
    rng = np.random.default_rng(3)
    values = np.repeat([0.0, 0.08, 1.0], [400, 400, 100]) + rng.normal(scale=0.1, size=900)
    assert len(segment(values, np.ones(900), Circular(), np.random.default_rng(1))) > 3
    kept = segment(values, np.ones(900), Circular(undo=3), np.random.default_rng(1))
    assert len(kept) == 3
    assert abs(kept[1] - 800) <= 1


def test_a_gap_and_a_contig_end_a_segment():
    bins = bins_of(["1"] * 6 + ["2"] * 3, [0, 10, 20, 5_000_000, 5_000_010, 5_000_020, 0, 10, 20],
                   [10, 20, 30, 5_000_010, 5_000_020, 5_000_030, 10, 20, 30], log2=np.zeros(9))  # fmt: skip
    found = by_cbs(bins, Circular(), np.random.default_rng(1))
    assert list(zip(found.names, found.start.tolist(), found.end.tolist(), strict=True)) == [
        ("1", 0, 30), ("1", 5_000_000, 5_000_030), ("2", 0, 30),
    ]  # fmt: skip


def test_a_table_without_a_usable_bin_is_refused():
    with pytest.raises(InvalidContent, match="no bin has a log2"):
        by_cbs(even([np.nan, np.nan]), Circular(), np.random.default_rng(1))


@pytest.mark.parametrize("bad", [{"alpha": 0.0}, {"alpha": 1e-5}, {"narrowest": 1}, {"undo": -1.0}])
def test_settings_that_cannot_decide_are_refused(bad):
    with pytest.raises(BadInput):
        Circular(**bad)


def plain_paths(emissions, change):
    n, k = emissions.shape
    scores = {}
    for path in product(range(k), repeat=n):
        steps = [np.log(1 - change) if a == b else np.log(change / (k - 1)) for a, b in pairwise(path)]
        scores[path] = sum(emissions[t, s] for t, s in enumerate(path)) + sum(steps) - np.log(k)
    return scores


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 5), st.integers(2, 4), st.integers(0, 2**32 - 1), st.floats(0.01, 0.4))
def test_path_and_probabilities_are_those_of_all_paths(n, k, seed, change):
    emissions = np.random.default_rng(seed).normal(size=(n, k)) * 2
    scores = plain_paths(emissions, change)
    total = np.logaddexp.reduce(list(scores.values()))
    found = decode(emissions, change)
    assert scores[tuple(found.copies.tolist())] == pytest.approx(max(scores.values()))
    assert found.log_likelihood == pytest.approx(total)
    for t in range(n):
        own = [s for path, s in scores.items() if path[t] == found.copies[t]]
        assert found.probability[t] == pytest.approx(np.exp(np.logaddexp.reduce(own) - total))


def test_the_model_finds_copies_and_passes_over_single_outliers():
    rng = np.random.default_rng(2)
    copies = np.repeat([2, 1, 2, 3, 2, 0, 2], [200, 20, 300, 30, 100, 5, 300])
    log2 = np.log2(np.maximum(copies, 0.04) / 2) + rng.normal(scale=0.15, size=len(copies))
    log2[[50, 700]] = [1.5, -1.4]
    segments, path = by_hmm(even(log2), Mixture(), Markov())
    assert (path.copies == copies).mean() > 0.995
    assert segments.size == 7


def test_noise_is_not_raised_by_changes_of_copies():
    rng = np.random.default_rng(2)
    values = rng.normal(scale=0.2, size=3000)
    steps = np.repeat(rng.choice([-1.0, 0.0, 1.0], 30), 100)
    assert noise(even(values + steps)) == pytest.approx(0.2, rel=0.06)


def test_the_same_seed_gives_the_same_counts():
    values = np.random.default_rng(1).normal(size=50)
    stops = np.full(500, 500)
    twice = [arcs_by_chance(values, np.ones(50), 8.0, 2, 0, stops, np.array([9], np.uint64)) for _ in range(2)]
    assert twice[0] == twice[1]
    assert 0 < twice[0][0] < 500
