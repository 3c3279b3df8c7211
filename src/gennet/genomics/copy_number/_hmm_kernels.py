"""Inner loops of the hidden Markov model: time grows with bins times states, for a change may lead to any state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.core.kernels import Array, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


@kernel
def viterbi(emissions: NDArray[np.float64], change: float) -> Array:
    """Return the likeliest states of bins (log emissions, bins x states); the first state is any with equal chance."""
    n, k = emissions.shape
    stay = np.log(1 - change)
    move = np.log(change / (k - 1))
    score = emissions[0].copy()
    came = np.empty((n, k), np.int16)
    for t in range(1, n):
        best = 0
        for s in range(1, k):
            if score[s] > score[best]:
                best = s
        top = score[best]
        for s in range(k):
            # every move costs the same, so only the best state is worth leaving
            if s == best or score[s] + stay >= top + move:
                came[t, s] = s
                score[s] += stay + emissions[t, s]
            else:
                came[t, s] = best
                score[s] = top + move + emissions[t, s]
    path = np.empty(n, np.int64)
    path[n - 1] = np.argmax(score)
    for t in range(n - 1, 0, -1):
        path[t - 1] = came[t, path[t]]
    return path


@kernel
def forward_backward(emissions: NDArray[np.float64], change: float) -> tuple[Array, float]:
    """Return the probability of each state at each bin over all paths, and the log likelihood."""
    n, k = emissions.shape
    away = change / (k - 1)
    stay = 1 - change - away
    forward = np.empty((n, k))
    scale = np.empty(n)
    chance = np.empty((n, k))
    total = 0.0
    for t in range(n):
        top = emissions[t].max()
        sum_ = 0.0
        for s in range(k):
            chance[t, s] = np.exp(emissions[t, s] - top)
            before = 1.0 / k if t == 0 else forward[t - 1, s] * stay + away
            forward[t, s] = before * chance[t, s]
            sum_ += forward[t, s]
        for s in range(k):
            forward[t, s] /= sum_
        scale[t] = sum_
        total += np.log(sum_) + top
    backward = np.ones(k)
    held = np.empty(k)
    for t in range(n - 2, -1, -1):
        sum_ = 0.0
        for s in range(k):
            held[s] = backward[s] * chance[t + 1, s] / scale[t + 1]
            sum_ += held[s]
        norm = 0.0
        for s in range(k):
            backward[s] = held[s] * stay + sum_ * away
            forward[t, s] *= backward[s]
            norm += forward[t, s]
        for s in range(k):
            forward[t, s] /= norm
    return forward, total
