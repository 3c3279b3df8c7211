"""Inner loops of enrichment, compiled; each is checked against a plain version in the tests."""

from __future__ import annotations

from gennet.core.kernels import Array, kernel


@kernel
def running_extreme(places: Array, weights: Array, genes: int) -> tuple[float, int]:
    """
    Return the largest deviation of the running sum and which hit it is reached at.

    `places` are the ascending ranks (from 0, best first) of the set's genes, `weights` the step of every rank. The sum is
    highest just after a hit and lowest just before one.
    """
    total = 0.0
    for place in places:
        total += weights[place]
    k = len(places)
    miss = 1.0 / (genes - k)
    sum_, most, least, at_most, at_least = 0.0, 0.0, 0.0, 0, 0
    for i in range(k):
        missed = (places[i] - i) * miss
        if sum_ - missed < least:
            least, at_least = sum_ - missed, i
        # A set all of whose weights are zero walks in equal steps.
        sum_ += weights[places[i]] / total if total > 0.0 else 1.0 / k
        if sum_ - missed > most:
            most, at_most = sum_ - missed, i
    if most > -least:
        return most, at_most
    return least, at_least


@kernel
def extremes_by_chance(shuffled: Array, sizes: Array, weights: Array, genes: int, made: Array) -> None:
    """
    Fill permutations x sizes with the deviation of random sets.

    Row b of `shuffled` holds distinct ranks in random order: its first k are a random set of size k. `sizes` ascend.
    """
    for b in range(len(shuffled)):
        for j in range(len(sizes)):
            places = shuffled[b, : sizes[j]].copy()
            places.sort()
            made[b, j] = running_extreme(places, weights, genes)[0]
