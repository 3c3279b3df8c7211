"""Inner loops of ancestry: EM of the ADMIXTURE model and pairwise counts for KING-robust kinship."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.kernels import Array, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST = 1e-5


@kernel
def em_step(  # noqa: C901, PLR0912 one pass over the genotypes is what makes it fast
    dosages: NDArray[np.int8], q: NDArray[np.float64], f: NDArray[np.float64]
) -> tuple[Array, Array, float]:
    """
    Do one EM step on fractions (people x K) and frequencies (sites x K); dosages are sites x people, -1 missing.

    Returns the new fractions, the new frequencies and the log likelihood of the values given.
    """
    sites, people = dosages.shape
    k = q.shape[1]
    new_q = np.zeros((people, k))
    new_f = np.empty((sites, k))
    up = np.empty(k)
    down = np.empty(k)
    total = 0.0
    for s in range(sites):
        for j in range(k):
            up[j] = 0.0
            down[j] = 0.0
        product = 1.0
        for i in range(people):
            g = dosages[s, i]
            if g < 0:
                continue
            p = 0.0
            sum_q = 0.0
            for j in range(k):
                p += q[i, j] * f[s, j]
                sum_q += q[i, j]
            r = sum_q - p
            a = g / p
            b = (2 - g) / r
            # one logarithm for many people: the product stays far above the smallest double
            if g == 2:
                product *= p * p
            elif g == 1:
                product *= p * r
            else:
                product *= r * r
            if product < 1e-200:
                total += np.log(product)
                product = 1.0
            for j in range(k):
                up[j] += q[i, j] * a
                down[j] += q[i, j] * b
                new_q[i, j] += f[s, j] * a + (1.0 - f[s, j]) * b
        total += np.log(product)
        for j in range(k):
            alternate = up[j] * f[s, j]
            reference = down[j] * (1.0 - f[s, j])
            both = alternate + reference
            value = alternate / both if both > 0 else f[s, j]
            new_f[s, j] = min(max(value, _LEAST), 1.0 - _LEAST)
    for i in range(people):
        sum_q = 0.0
        for j in range(k):
            new_q[i, j] = max(new_q[i, j] * q[i, j], 0.0)
            sum_q += new_q[i, j]
        rest = 0.0
        for j in range(k):
            # a person without any genotype keeps the fractions given
            new_q[i, j] = max(new_q[i, j] / sum_q, _LEAST) if sum_q > 0 else q[i, j]
            rest += new_q[i, j]
        for j in range(k):
            new_q[i, j] /= rest
    return new_q, new_f, total


@kernel
def add_pairs(dosages: NDArray[np.int8], counts: NDArray[np.int64]) -> None:
    """
    Add a block (people x variants, -1 missing) to counts, people x people x 4.

    Of each pair i > j, over variants called in both: both heterozygous, opposite homozygotes, i heterozygous, j
    heterozygous.
    """
    people, variants = dosages.shape
    for i in range(people):
        for j in range(i):
            both = 0
            opposite = 0
            first = 0
            second = 0
            for v in range(variants):
                a = dosages[i, v]
                b = dosages[j, v]
                called = (a >= 0) & (b >= 0)
                both += called & (a == 1) & (b == 1)
                opposite += called & (((a == 0) & (b == 2)) | ((a == 2) & (b == 0)))
                first += called & (a == 1)
                second += called & (b == 1)
            counts[i, j, 0] += both
            counts[i, j, 1] += opposite
            counts[i, j, 2] += first
            counts[i, j, 3] += second


@kernel
def two_states(logs: Array, position: Array, enter: float, leave: float, states: Array) -> None:
    """
    Write the most likely path of a chain of two states with these probabilities of change per base.

    Over a distance the chain's step is a power of its step for one base, which has a closed form.
    """
    n = len(logs)
    back = np.zeros((n, 2), np.int8)
    keep = 1.0 - enter - leave
    share = enter / (enter + leave)
    one, two = logs[0, 0], logs[0, 1]
    for i in range(1, n):
        decay = keep ** (position[i] - position[i - 1])
        to_run = math.log(max(share * (1.0 - decay), 1e-300))
        stay_out = math.log(1.0 - share * (1.0 - decay))
        to_out = math.log(max((1.0 - share) * (1.0 - decay), 1e-300))
        stay_run = math.log(1.0 - (1.0 - share) * (1.0 - decay))
        a, b = one + stay_out, two + to_out
        c, d = one + to_run, two + stay_run
        back[i, 0] = 0 if a >= b else 1
        back[i, 1] = 0 if c > d else 1
        one, two = max(a, b) + logs[i, 0], max(c, d) + logs[i, 1]
    state = 0 if one >= two else 1
    for i in range(n - 1, -1, -1):
        states[i] = state
        state = back[i, state]
