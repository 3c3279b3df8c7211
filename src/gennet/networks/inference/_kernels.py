"""Randomised trees on binned features, and scores above their background, compiled."""

from __future__ import annotations

import numpy as np

from gennet.core.kernels import Array, kernel

__all__ = ["above_background", "forest"]


@kernel
def _drawn(state: int) -> int:
    """Step a 48-bit linear congruential generator (that of drand48): the same draws in any order of work."""
    return (state * 25214903917 + 11) & 281474976710655


@kernel
def _split(
    bins: Array, held: Array, rows: Array, start: int, stop: int, feature: int, state: int, total: float
) -> tuple[int, float]:
    """Return a random edge between two bins of a feature in a node, and what splitting there explains; -1 if constant."""
    low = 255
    high = 0
    column = bins[feature]
    for i in range(start, stop):
        at = int(column[rows[i]])
        low = min(low, at)
        high = max(high, at)
    if low == high:
        return -1, 0.0
    edge = low + (state >> 17) % (high - low)
    left = 0.0
    many = 0
    for i in range(start, stop):
        below = int(column[rows[i]]) <= edge  # no branch: which side a sample falls on cannot be foreseen
        left += held[i] * below
        many += below
    n = stop - start
    right = total - left
    return edge, left * left / many + right * right / (n - many) - total * total / n


@kernel
def _parted(
    column: Array, held: Array, rows: Array, spare: Array, kept: Array, start: int, stop: int, edge: int
) -> int:
    """Put samples (and their values) up to the edge first, keeping their order; return where the others begin."""
    lower = start
    upper = 0
    for i in range(start, stop):
        row = rows[i]
        if column[row] <= edge:
            rows[lower] = row
            held[lower] = held[i]
            lower += 1
        else:
            spare[upper] = row
            kept[upper] = held[i]
            upper += 1
    for i in range(upper):
        rows[lower + i] = spare[i]
        held[lower + i] = kept[i]
    return lower


@kernel
def forest(
    bins: Array, y: Array, own: int, seed: int, trees: int, tried: int, rows: Array, spare: Array, order: Array,
    stack: Array, gain: Array,
) -> None:  # fmt: skip
    """
    Grow extremely randomised trees of `y` on `bins` (features, samples; uint8) and add what splits explain to `gain`.

    Every node tries `tried` features drawn without replacement, never feature `own`, one random edge each, and takes the
    best, until a node is pure. `rows` and `spare` (samples), `order` (features), `stack` (samples, 2) are room.
    """
    features, samples = bins.shape
    state = seed & 281474976710655
    held = np.empty(samples)  # the values in the order of `rows`, so that a node's are side by side
    kept = np.empty(samples)
    for _ in range(trees):
        for i in range(samples):
            rows[i] = i
            held[i] = y[i]
        for f in range(features):
            order[f] = f
        stack[0, 0] = 0
        stack[0, 1] = samples
        waiting = 1
        while waiting > 0:
            waiting -= 1
            start, stop = stack[waiting, 0], stack[waiting, 1]
            total = 0.0
            for i in range(start, stop):
                total += held[i]
            best = 1e-9
            best_feature = -1
            best_edge = 0
            seen = 0
            drawn = 0
            while seen < tried and drawn < features:
                state = _drawn(state)
                at = drawn + (state >> 17) % (features - drawn)
                feature = order[at]
                order[at] = order[drawn]
                order[drawn] = feature
                drawn += 1
                if feature == own:
                    continue
                state = _drawn(state)
                edge, better = _split(bins, held, rows, start, stop, feature, state, total)
                seen += edge >= 0
                # Splits of few samples often explain the same: rounding must not choose between them.
                if edge >= 0 and better > best * (1.0 + 1e-9):
                    best = better
                    best_feature = feature
                    best_edge = edge
            if best_feature < 0:
                continue
            gain[best_feature] += best
            middle = _parted(bins[best_feature], held, rows, spare, kept, start, stop, best_edge)
            if middle - start > 1:
                stack[waiting, 0] = start
                stack[waiting, 1] = middle
                waiting += 1
            if stop - middle > 1:
                stack[waiting, 0] = middle
                stack[waiting, 1] = stop
                waiting += 1


@kernel
def above_background(values: Array, own: Array) -> Array:
    """
    Return the root of the summed squares of positive z-scores of sizes in row and column, with the sign of the value.

    `values` are 0 at `own`; see `relatedness`. Plain sums run without a question inside, so that they are vectorised;
    what the zeros at `own` add to deviations is taken off after.
    """
    regulators, targets = values.shape
    row_mean = np.zeros(regulators)
    row_sd = np.zeros(regulators)
    column_mean = np.zeros(targets)
    column_sd = np.zeros(targets)
    many = np.full(targets, float(regulators))
    for r in range(regulators):
        many[own[r]] -= 1.0
        for t in range(targets):
            column_mean[t] += abs(values[r, t])
        row_mean[r] = np.abs(values[r]).sum() / max(targets - 1, 1)
    for t in range(targets):
        column_mean[t] /= max(many[t], 1.0)
    for r in range(regulators):
        squares = ((np.abs(values[r]) - row_mean[r]) ** 2).sum() - row_mean[r] ** 2
        for t in range(targets):
            column_sd[t] += (abs(values[r, t]) - column_mean[t]) ** 2
        column_sd[own[r]] -= column_mean[own[r]] ** 2
        # Among equal scores none stands out.
        sd = np.sqrt(max(squares, 0.0) / max(targets - 1, 1))
        row_sd[r] = 1.0 / sd if sd > 1e-7 * row_mean[r] else 0.0
    for t in range(targets):
        sd = np.sqrt(max(column_sd[t], 0.0) / max(many[t], 1.0))
        column_sd[t] = 1.0 / sd if sd > 1e-7 * column_mean[t] else 0.0
    made = np.empty((regulators, targets))
    for r in range(regulators):
        for t in range(targets):
            size = abs(values[r, t])
            one = max((size - row_mean[r]) * row_sd[r], 0.0)
            two = max((size - column_mean[t]) * column_sd[t], 0.0)
            root = np.sqrt(one * one + two * two)
            made[r, t] = -root if values[r, t] < 0.0 else root
        made[r, own[r]] = 0.0
    return made
