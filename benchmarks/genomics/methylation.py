"""Clocks of a person and of a cohort beside pandas, moderated tests beside numpy fits CpG by CpG."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, function
from gennet.core.moderated import fit, moderated
from gennet.genomics import Methylation, epigenetic_ages
from gennet.genomics.methylation._definitions import BIOLEARN
from gennet.genomics.methylation.clocks import Clock
from gennet.genomics.methylation.cohort_ages import all_ages
from gennet.genomics.methylation.differential import m_values
from gennet.genomics.methylation.matrix import BetaMatrix

CPGS, SAMPLES = 450_000, 50
_FEW = 2_000


def figures(scratch: Path) -> Iterator[Figure]:
    """Yield clocks of one sample and of fifty, and tests of an array's CpGs, with the peers on the same data."""
    _ = scratch
    rng = np.random.default_rng(1)
    cpgs = tuple(f"cg{i:08d}" for i in range(CPGS))
    betas = rng.beta(0.6, 0.6, (CPGS, SAMPLES))
    clocks = [_clock(i, cpgs, rng) for i in range(20)]
    one = Methylation("s", cpgs, np.ascontiguousarray(betas[:, 0]))
    yield function(
        "clocks person", f"20 clocks of 400 CpGs, {CPGS:,} CpGs", lambda: epigenetic_ages(one, clocks), runs=3
    )
    matrix = BetaMatrix(cpgs, tuple(f"s{i}" for i in range(SAMPLES)), betas)
    what = f"20 clocks of 400 CpGs, {CPGS:,} CpGs x {SAMPLES} samples"
    yield function("clocks cohort", what, lambda: all_ages(matrix, clocks), runs=3)
    yield from _pandas(matrix, clocks, what)
    yield from _tests(betas)


def _clock(i: int, cpgs: tuple[str, ...], rng: np.random.Generator) -> Clock:
    rows = rng.choice(CPGS, 400, replace=False).tolist()
    return Clock(f"c{i}", BIOLEARN["Hannum"], 30.0, tuple(cpgs[r] for r in rows), rng.normal(size=400))


def _pandas(matrix: BetaMatrix, clocks: list[Clock], what: str) -> Iterator[Figure]:
    try:
        import pandas as pd
    except ImportError:
        return
    frame = pd.DataFrame(matrix.betas, index=list(matrix.cpgs))
    weights = [pd.Series(c.weights, index=list(c.cpgs)) for c in clocks]

    def theirs() -> object:
        return [frame.reindex(w.index).mul(w, axis=0).sum() for w in weights]

    yield function(
        "clocks pandas",
        what,
        theirs,
        runs=3,
        note=f"pandas {pd.__version__}: join, multiply, sum; its index is hashed beforehand, ours each time",
    )


def _tests(betas: np.ndarray) -> Iterator[Figure]:
    design = np.stack([np.ones(SAMPLES), np.arange(SAMPLES) % 2, np.linspace(-1, 1, SAMPLES)], axis=1)
    for n in (CPGS // 10, CPGS):
        values = m_values(betas[:n])
        what = f"{n:,} CpGs x {SAMPLES} samples, one covariate"
        yield function(f"differential {n:,}", what, lambda v=values: moderated(fit(v, design, 1)), runs=3)
    few = m_values(betas[:_FEW])

    def theirs() -> object:
        return [np.linalg.lstsq(design, row, rcond=None) for row in few]

    yield function(
        f"lstsq {_FEW:,}",
        f"{_FEW:,} CpGs x {SAMPLES} samples",
        theirs,
        runs=3,
        note="numpy lstsq CpG by CpG, without tests",
    )
