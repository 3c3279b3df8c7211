"""Differential splicing against simulated truth: false discoveries, power, and sizes of change (no public junctions are at hand)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.stats import binom, false_discovery_control

from gennet.expression.splicing import Cluster, differential_splicing
from validation.agreement import Agreement, Skipped

CLUSTERS, CHANGED = 300, 60


def agreements(mirror: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Yield one row for each number of samples."""
    _ = mirror, work
    for samples, concentration in ((4, 40.0), (10, 40.0)):
        yield _simulated(samples, concentration)


def _simulated(samples: int, concentration: float) -> Agreement:
    rng = np.random.default_rng(samples)
    blocks, found, truth = [], [], []
    for k in range(CLUSTERS):
        introns = int(rng.integers(2, 6))
        before = rng.dirichlet(np.full(introns, 2.0))
        after = before.copy()
        if k < CHANGED:
            moved = min(0.3, float(before.max()) * 0.8)
            after[int(before.argmax())] -= moved
            after[int(before.argmin())] += moved
        block = np.zeros((introns, 2 * samples), int)
        for s in range(2 * samples):
            share = rng.dirichlet(np.maximum(concentration * (before if s < samples else after), 1e-3))
            block[:, s] = rng.multinomial(20 + rng.poisson(60), share)
        row = sum(len(b) for b in blocks)
        blocks.append(block)
        found.append(Cluster(np.arange(row, row + introns)))
        truth.append(after - before)
    tests = differential_splicing(np.concatenate(blocks), found, np.repeat([0, 1], samples))
    p = np.array([t.p for t in tests])
    changed = np.array([t.cluster < CHANGED for t in tests])
    called = false_discovery_control(p) <= 0.05
    false = float((called & ~changed).sum() / max(called.sum(), 1))
    null = float((p[~changed] < 0.05).mean())
    error = np.mean([np.abs(np.array(t.change) - truth[t.cluster]).max() for t in tests])
    bound = binom.ppf(0.999, int((~changed).sum()), 0.05) / (~changed).sum()
    words = (
        f"of unchanged clusters {null:.1%} have p < 0.05 (bound {bound:.1%}); false discoveries {false:.1%}, power "
        f"{(called & changed).sum() / changed.sum():.0%}; mean error of the largest change {error:.3f}"
    )
    return Agreement(
        f"Splicing, {samples} against {samples} samples", "simulated truth", CLUSTERS, words, null <= bound
    )
