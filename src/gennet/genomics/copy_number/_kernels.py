"""Inner loops of copy number: the arcs of circular binary segmentation, and the passes of a hidden Markov model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.core.kernels import Array, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


@kernel
def sums_of(values: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[Array, Array]:
    """Add up weighted values about their weighted mean, and weights: both start at 0 and have one element more."""
    n = len(values)
    total = 0.0
    mass = 0.0
    for i in range(n):
        total += weights[i] * values[i]
        mass += weights[i]
    mean = total / mass
    sums = np.zeros(n + 1)
    masses = np.zeros(n + 1)
    for i in range(n):
        sums[i + 1] = sums[i] + weights[i] * (values[i] - mean)
        masses[i + 1] = masses[i] + weights[i]
    sums[n] = 0.0
    return sums, masses


@kernel
def best_arc(  # noqa: C901, PLR0912 blocks are bounded and searched in one place
    sums: NDArray[np.float64], masses: NDArray[np.float64], narrowest: int, widest: int, enough: float
) -> tuple[float, int, int]:
    """
    Find the arc (i, j] that differs most from the rest: the largest between-arc sum of squares, with i and j.

    The sum of squares of an arc is ``d² W / (w (W - w))`` for the difference ``d`` of sums, the weight ``w`` within and
    ``W`` in all. Arcs and complements have at least `narrowest` points; with `widest` above 0, one of both has at most
    that many. The search ends with the first arc that reaches `enough`, so a test of "is there one" costs little.

    Partial sums are cut into blocks; a pair of blocks whose extreme sums and least weights cannot beat the best found
    is passed over (Venkatraman & Olshen 2007, doi:10.1093/bioinformatics/btl646).
    """
    n = len(sums) - 1
    size = max(8, int(np.sqrt(n + 1.0)))
    blocks = (n + size) // size
    low = np.empty(blocks)
    high = np.empty(blocks)
    for b in range(blocks):
        stop = min(n + 1, (b + 1) * size)
        low[b] = sums[b * size]
        high[b] = sums[b * size]
        for i in range(b * size, stop):
            low[b] = min(low[b], sums[i])
            high[b] = max(high[b], sums[i])
    whole = masses[n]
    best = -1.0
    at = 0
    to = n
    # The widest difference of two sums is a strong first guess, and prunes most of the blocks.
    first = int(np.argmin(sums))
    last = int(np.argmax(sums))
    i = min(first, last)
    j = max(first, last)
    if i < j and narrowest <= j - i <= n - narrowest and (widest <= 0 or min(j - i, n - j + i) <= widest):
        weight = masses[j] - masses[i]
        best = (sums[j] - sums[i]) ** 2 * whole / (weight * (whole - weight))
        at = i
        to = j
        if best >= enough:
            return best, at, to
    for apart in range(blocks):
        for b in range(blocks - apart):
            c = b + apart
            b_stop = min(n + 1, (b + 1) * size) - 1
            c_stop = min(n + 1, (c + 1) * size) - 1
            nearest = 1 if apart == 0 else c * size - b_stop
            if widest > 0 and nearest > widest and n - (c_stop - b * size) > widest:
                continue
            lightest = 0.0 if apart == 0 else masses[c * size] - masses[b_stop]
            heaviest = masses[c_stop] - masses[b * size]
            gap = max(high[c] - low[b], high[b] - low[c])
            # w (W - w) is least at one end of the weights an arc can have here
            least = min(lightest * (whole - lightest), heaviest * (whole - heaviest))
            if least > 0.0 and gap * gap * whole <= max(best, 0.0) * least:
                continue
            if least > 0.0 and gap * gap * whole < enough * least and best >= 0.0 and enough < np.inf:
                continue
            for i in range(b * size, b_stop + 1):
                start = max(c * size, i + narrowest)
                stop = min(c_stop, i + n - narrowest)
                for j in range(start, stop + 1):
                    if widest > 0 and j - i > widest and n - j + i > widest:
                        continue
                    weight = masses[j] - masses[i]
                    inside = weight * (whole - weight)
                    if inside <= 0.0:
                        continue
                    difference = sums[j] - sums[i]
                    found = difference * difference * whole / inside
                    if found > best:
                        best = found
                        at = i
                        to = j
                        if best >= enough:
                            return best, at, to
    return best, at, to
