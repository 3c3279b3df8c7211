"""Sparse regression with stability selection: how often a regulator enters early on halves of the samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.core.study import silent
from gennet.networks.inference.correlation import correlations
from gennet.networks.inference.design import standardised

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.core.study import Watch
    from gennet.networks.inference.design import Design
    from gennet.networks.network import EdgeScores

HALVES = 100
STEPS = 5
"""Regulators that may enter for each target."""
_WEAKEST = 0.2
"""Regulators are weakened by random factors from this to 1, so that those which go together take turns."""


def stable(
    design: Design,
    rng: np.random.Generator,
    *,
    halves: int = HALVES,
    steps: int = STEPS,
    watch: Watch = silent,
) -> EdgeScores:
    """
    Score edges by how early, on average, a regulator enters the model of its target on random halves of the samples.

    Each pair of disjoint halves weakens regulators at random, then adds to every target's model, one at a time, the
    regulator that goes best with what is left. An edge's score is the area under its frequency of selection over 1 to
    `steps` steps. Selection is by orthogonal matching pursuit, where TIGRESS has least angle regression.

    References
    ----------
    Haury and others 2012, doi:10.1186/1752-0509-6-145; Meinshausen and Buhlmann 2010,
    doi:10.1111/j.1467-9868.2010.00740.x.
    """
    samples, regulators, targets = design.shape
    area = np.zeros((regulators, targets))
    own = np.full(targets, -1)
    own[design.own] = np.arange(regulators)
    for pair in range(-(-halves // 2)):
        drawn = rng.permutation(samples)
        for half in (drawn[: samples // 2], drawn[samples // 2 : samples // 2 * 2]):
            y = standardised(design.y[half])
            x = y[:, design.own] * rng.uniform(_WEAKEST, 1.0, regulators)
            _pursue(x, y, own, area, min(steps, max(1, len(half) - 2), regulators - (regulators == targets)))
        watch("selecting on halves", 2 * (pair + 1), halves)
    sign = np.sign(correlations(design))
    return design.scores(area / (2 * -(-halves // 2) * steps) * np.where(sign == 0, 1.0, sign), "stable")


def _pursue(
    x: NDArray[np.float64], y: NDArray[np.float64], own: NDArray[np.intp], area: NDArray[np.float64], steps: int
) -> None:
    """Add 1 to the area of each edge for every step at which its regulator stands in the target's model."""
    targets = y.shape[1]
    left = y.copy()
    held = np.empty((steps, targets), np.intp)
    basis = np.empty((steps, len(y), targets))
    every = np.arange(targets)
    for step in range(steps):
        fit = np.abs(x.T @ left)
        fit[own[own >= 0], every[own >= 0]] = -1.0
        if step:
            fit[held[:step], every] = -1.0
        best = fit.argmax(0)
        added = fit[best, every] > 1e-9
        held[step] = best
        new = x[:, best].copy()
        for earlier in range(step):
            new -= basis[earlier] * (basis[earlier] * new).sum(0)
        norm = np.sqrt((new**2).sum(0))
        basis[step] = new / np.where(norm > 1e-9, norm, np.inf)
        left -= basis[step] * (basis[step] * left).sum(0)
        area[best[added], every[added]] += steps - step
