"""Inner loops of circular binary segmentation: the arc that stands out most, and permutations that reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.core.kernels import Array, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAF = 4
"""Points of the smallest block, searched pair by pair."""
_STACK = 1024


@kernel
def sums_of(scaled: NDArray[np.float64], weights: NDArray[np.float64], sums: Array, masses: Array) -> float:
    """
    Fill partial sums of weighted values about their mean, and of weights; return what the mean took from Σ w x².

    `scaled` are weighted values w x; both arrays start at 0 and are one longer.
    """
    n = len(scaled)
    total = 0.0
    mass = 0.0
    for i in range(n):
        total += scaled[i]
        mass += weights[i]
    mean = total / mass
    sums[0] = 0.0
    masses[0] = 0.0
    for i in range(n):
        sums[i + 1] = sums[i] + scaled[i] - weights[i] * mean
        masses[i + 1] = masses[i] + weights[i]
    return total * mean


@kernel
def best_arc(  # noqa: C901, PLR0912, PLR0915 bounding and searching blocks is one walk of one tree
    sums: NDArray[np.float64],
    masses: NDArray[np.float64],
    lightest: float,
    narrowest: int,
    widest: int,
    enough: float,
) -> tuple[float, int, int]:
    """
    Find the arc (i, j] that differs most from the rest: its between-arc sum of squares, i and j; -1 when there is none.

    The sum of squares is ``d² W / (w (W - w))`` for the difference ``d`` of sums, the weight ``w`` of the arc and ``W``
    of all. Arcs and complements have at least `narrowest` points, each weighing at least `lightest`; with `widest`
    above 0, one of both has at most that many. With a finite `enough`, any arc that reaches it ends the search, and
    what cannot reach it is not looked at.

    Partial sums stand under a binary tree of extremes. A pair of its nodes whose extremes and least weights cannot
    beat the bar is passed over, so that on noise the work grows with the points, not with their square (the bounds are
    those of Venkatraman & Olshen 2007, doi:10.1093/bioinformatics/btl646; the tree is ours).
    """
    n = len(sums) - 1
    whole = masses[n]
    testing = enough < np.inf
    best = -1.0
    at = 0
    to = n
    first = 0
    last = 0
    for i in range(n + 1):
        if sums[i] < sums[first]:
            first = i
        if sums[i] > sums[last]:
            last = i
    i = min(first, last)
    j = max(first, last)
    # The widest difference of two sums is a strong first guess that prunes most of the tree.
    if j - i >= narrowest and n - j + i >= narrowest and (widest <= 0 or min(j - i, n - j + i) <= widest):
        weight = masses[j] - masses[i]
        best = (sums[j] - sums[i]) ** 2 * whole / (weight * (whole - weight))
        at = i
        to = j
        if best >= enough:
            return best, at, to
    leaves = 1
    while leaves * _LEAF < n + 1:
        leaves *= 2
    low = np.full(2 * leaves, np.inf)
    high = np.full(2 * leaves, -np.inf)
    for i in range(n + 1):
        node = leaves + i // _LEAF
        low[node] = min(low[node], sums[i])
        high[node] = max(high[node], sums[i])
    for node in range(leaves - 1, 0, -1):
        low[node] = min(low[2 * node], low[2 * node + 1])
        high[node] = max(high[2 * node], high[2 * node + 1])
    floor = lightest * narrowest
    floor = floor * (whole - floor)
    stack = np.empty((_STACK, 3), np.int64)
    stack[0, 0] = 1
    stack[0, 1] = 1
    stack[0, 2] = leaves * _LEAF
    top = 1
    while top > 0:
        top -= 1
        a = stack[top, 0]
        b = stack[top, 1]
        size = stack[top, 2]
        base = leaves * _LEAF // size
        a_start = (a - base) * size
        b_start = (b - base) * size
        if b_start > n:
            continue
        a_stop = min(n, a_start + size - 1)
        b_stop = min(n, b_start + size - 1)
        if widest > 0 and b_start - a_stop > widest and n - b_stop + a_start > widest:
            continue
        near = masses[b_start] - masses[a_stop] if a != b else 0.0
        far = masses[b_stop] - masses[a_start]
        # w (W - w) is least at one end of the weights an arc can have here.
        least = max(floor, min(near * (whole - near), far * (whole - far)))
        gap = max(high[b] - low[a], high[a] - low[b])
        bar = enough if testing else best
        if gap * gap * whole < bar * least:
            continue
        if size > _LEAF:
            half = size // 2
            for left in range(2):
                for right in range(2):
                    if a == b and left > right:
                        continue
                    stack[top, 0] = 2 * a + left
                    stack[top, 1] = 2 * b + right
                    stack[top, 2] = half
                    top += 1
            continue
        for i in range(a_start, a_stop + 1):
            for j in range(max(b_start, i + narrowest), min(b_stop, i + n - narrowest) + 1):
                if widest > 0 and j - i > widest and n - j + i > widest:
                    continue
                weight = masses[j] - masses[i]
                inside = weight * (whole - weight)
                difference = sums[j] - sums[i]
                found = difference * difference * whole
                if found > bar * inside:
                    found /= inside
                    if found > best:
                        best = found
                        at = i
                        to = j
                        if testing:
                            if best >= enough:
                                return best, at, to
                        else:
                            bar = best
    return best, at, to


@kernel
def _next(state: Array) -> Array:
    """Draw 32 random bits: xorshift64* (Vigna 2016, doi:10.1145/2845077)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return (x * np.uint64(2685821657736338717)) >> np.uint64(32)


@kernel
def shuffle(values: Array, state: Array) -> None:
    """Put values into random order (Fisher and Yates); `state` is one uint64 that is not 0, and moves on."""
    for i in range(len(values) - 1, 0, -1):
        j = np.int64((np.uint64(_next(state)) * np.uint64(i + 1)) >> np.uint64(32))
        held = values[i]
        values[i] = values[j]
        values[j] = held


@kernel
def arcs_by_chance(
    residuals: NDArray[np.float64],
    roots: NDArray[np.float64],
    observed: float,
    narrowest: int,
    widest: int,
    stops: NDArray[np.int64],
    state: NDArray[np.uint64],
) -> tuple[int, int]:
    """
    Count permutations in which some arc stands out as much as the observed one, and how many were made.

    `residuals` are √w (x - mean), which are exchangeable when the weights are right; `roots` are √w. It ends with more
    exceedances than `stops` has elements, or after ``stops[k]`` permutations with k of them.
    """
    n = len(residuals)
    weights = roots * roots
    shuffled = residuals.copy()
    squares = 0.0
    for i in range(n):
        squares += residuals[i] * residuals[i]
    scaled = np.empty(n)
    sums = np.empty(n + 1)
    masses = np.empty(n + 1)
    lightest = weights.min()
    exceeding = 0
    made = 0
    while exceeding < len(stops) and made < stops[exceeding]:
        shuffle(shuffled, state)
        for i in range(n):
            scaled[i] = roots[i] * shuffled[i]
        taken = sums_of(scaled, weights, sums, masses)
        # the same share of a total that the new mean has made smaller
        enough = observed * (squares - taken) / squares
        made += 1
        if best_arc(sums, masses, lightest, narrowest, widest, enough)[0] >= enough:
            exceeding += 1
    return exceeding, made


@kernel
def splits_by_chance(
    residuals: NDArray[np.float64],
    roots: NDArray[np.float64],
    left: int,
    observed: float,
    stops: NDArray[np.int64],
    state: NDArray[np.uint64],
) -> tuple[int, int]:
    """
    Count permutations in which the first `left` points differ from the rest as much as observed, and how many were made.

    Stops as `arcs_by_chance`.
    """
    n = len(residuals)
    shuffled = residuals.copy()
    squares = 0.0
    whole = 0.0
    mass = 0.0
    for i in range(n):
        squares += residuals[i] * residuals[i]
        whole += roots[i] * roots[i]
        if i < left:
            mass += roots[i] * roots[i]
    exceeding = 0
    made = 0
    while exceeding < len(stops) and made < stops[exceeding]:
        shuffle(shuffled, state)
        first = 0.0
        total = 0.0
        for i in range(n):
            part = roots[i] * shuffled[i]
            total += part
            if i < left:
                first += part
        mean = total / whole
        between = (first - mass * mean) ** 2 * whole / (mass * (whole - mass))
        made += 1
        if between * squares >= observed * (squares - total * mean):
            exceeding += 1
    return exceeding, made
