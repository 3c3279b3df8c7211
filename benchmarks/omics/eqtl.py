"""Loci of expression: all pairs, and variants near genes with permutations, at two sizes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, function
from gennet.omics.eqtl import Places, all_pairs, cis_leads, residuals, single_effects

_PEER = "tensorQTL 1.0.10 on a CPU, measured apart: 8 to 9 million pairs per CPU s"


def figures(scratch: Path) -> Iterator[Figure]:
    """Yield pairs of 100 people x 80 genes x 40,000 variants and of 500 x 1,000 x 40,000."""
    _ = scratch
    rng = np.random.default_rng(1)
    for people, genes, variants in ((100, 80, 40_000), (500, 1_000, 40_000)):
        g = rng.binomial(2, 0.3, (variants, people)).astype(float)
        held = residuals(rng.normal(size=(genes, people)), g, rng.normal(size=(people, 10)))
        size = f"{people} people, {genes:,} genes, {variants:,} variants = {genes * variants / 1e6:.1f} million pairs"
        yield function(
            "eqtl_all_pairs",
            "every gene with every variant",
            lambda h=held: all_pairs(h, 1e-5),
            runs=3,
            note=f"{size}; {_PEER}",
        )
        places = Places(
            np.array(["1"] * genes), np.arange(genes) * (variants * 100 // genes), np.array(["1"] * variants), np.arange(variants) * 100
        )  # fmt: skip
        near = min(genes, 80)
        few = Places(
            places.gene_chromosome[:near],
            places.gene_position[:near],
            places.variant_chromosome,
            places.variant_position,
        )
        yield function(
            "eqtl_cis",
            "the strongest of about 1,000 variants near each of 80 genes, 1,000 permutations, beta law",
            lambda h=held, p=few: cis_leads(h, p, np.random.default_rng(1), window=50_000),
            runs=1,
            note=size,
        )
    x = rng.normal(size=(1_000, 500))
    y = x[3] + 0.5 * x[700] + rng.normal(size=500)
    yield function(
        "eqtl_fine_map", "single effects, 1,000 variants, 500 people, 10 effects", lambda: single_effects(y, x), runs=3
    )
