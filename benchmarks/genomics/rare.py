"""Tests of one region of 5,000 people x 60 variants, and how they grow with people and variants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, function
from gennet.genomics.rare import beta_weights, burden, carriers, fit_null, region_scores, skat, skat_o

_R = "R SKAT 2.2.5 on an idle core, measured apart: Burden 23 ms, SKAT 31 ms, SKAT-O 277 ms for 5,000 x 60"


def figures(scratch: Path) -> Iterator[Figure]:
    """Yield each test from genotypes to p-value, at three sizes."""
    _ = scratch
    rng = np.random.default_rng(4)
    for people, variants in ((5_000, 60), (50_000, 60), (5_000, 600)):
        frequency = rng.beta(0.2, 20.0, variants) * 0.05 / 0.2 + 1e-3
        dosages = rng.binomial(2, np.minimum(frequency, 0.05)[:, None], (variants, people)).astype(np.int8)
        null = fit_null(rng.normal(size=people), rng.normal(size=(people, 2)))

        def scores(dosages: np.ndarray = dosages, null: object = null) -> object:
            found = region_scores(carriers(dosages), null)  # type: ignore[arg-type]
            return found.weighted(beta_weights(found.frequency))

        size = f"{people:,} people x {variants} variants, two covariates, one thread, float64"
        for name, test in (("burden", burden), ("skat", skat), ("skat_o", skat_o)):
            what = f"{name} of one region, genotypes to p-value"
            yield function(
                f"rare_{name}", what, lambda t=test, s=scores: t(s()), runs=7, warmup=2, note=f"{size}; {_R}"
            )
