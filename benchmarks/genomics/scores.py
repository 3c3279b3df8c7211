"""Clumping beside plink 1.9, a chain of PRS-CS, LDpred-inf, and calibration, each as it grows."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, command, function
from gennet.genomics.score_calibration import fit_norm, place
from gennet.genomics.score_training import Clumping, Prior, clump, heritability, ld_blocks, ldpred_inf, prs_cs
from validation.genomics.scores import aligned_with, linked_cohort, write_bed

_HOW = Clumping(1.0, 1.0, 0.1, 250.0)


def figures(scratch: Path) -> Iterator[Figure]:
    """Yield ours and the peer's in the same run on the same input."""
    for variants in (2_000, 20_000):
        yield from _clumps(scratch, variants)
    for variants in (1_000, 10_000):
        yield from _posteriors(variants)
    yield from _calibration()


def _clumps(scratch: Path, variants: int) -> Iterator[Figure]:
    people = 1_000
    cohort = linked_cohort(people, variants, 3, missing=0.001)
    p = np.random.default_rng(4).uniform(1e-9, 1, variants) ** 2
    aligned = aligned_with(cohort, p)
    size = f"{people:,} people x {variants:,} variants, r2 0.1, 250 kb, one thread"
    what = "clumps of a study"
    yield function(
        "score_clump", what, lambda: clump(aligned, _HOW), runs=3, warmup=1, note=f"{size}, genotypes in memory"
    )
    plink = shutil.which("plink1.9")
    if plink is not None:
        bed = scratch / f"ld{variants}.bed"
        write_bed(cohort, bed)
        table = scratch / f"p{variants}.assoc"
        table.write_text(
            "SNP P\n" + "".join(f"{n} {v:.6g}\n" for n, v in zip(cohort.variants.id, p.tolist(), strict=True))
        )
        version = subprocess.run([plink, "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
        call = [
            plink, "--bfile", str(bed.with_suffix("")), "--clump", str(table), "--clump-p1", "1", "--clump-p2", "1",
            "--clump-r2", "0.1", "--clump-kb", "250", "--threads", "1", "--out", str(scratch / "c"),
        ]  # fmt: skip
        yield command("score_clump_plink", what, call, runs=3, note=f"plink {version}, {size}, from its files")


def _posteriors(variants: int) -> Iterator[Figure]:
    cohort = linked_cohort(500, variants, 5)
    aligned = aligned_with(cohort, np.random.default_rng(6).uniform(1e-8, 1, variants) ** 2)
    blocks = list(ld_blocks(aligned))
    size = f"{variants:,} variants in {len(blocks)} blocks, reference of 500 people, float64"
    yield function(
        "score_linkage", "correlations by block", lambda: list(ld_blocks(aligned)), runs=3, warmup=1, note=size
    )
    h2 = heritability(aligned, blocks)
    yield function(
        "score_ldpred_inf", "LDpred-inf effects", lambda: ldpred_inf(aligned, blocks, h2), runs=3, warmup=1, note=size
    )
    prior = Prior(iterations=10, burn_in=5, thin=1)
    yield function(
        "score_prs_cs", "10 draws of PRS-CS", lambda: prs_cs(aligned, blocks, prior, rng=np.random.default_rng(1)),
        runs=2, warmup=1, note=size,
    )  # fmt: skip


def _calibration() -> Iterator[Figure]:
    rng = np.random.default_rng(7)
    for people in (2_500, 25_000):
        pcs = rng.normal(size=(people, 10))
        values = pcs[:, 0] + np.exp(0.2 * pcs[:, 1]) * rng.normal(size=people)
        size = f"{people:,} people x 10 components, float64"
        yield function(
            "score_norm", "mean and variance by ancestry", lambda v=values, c=pcs: fit_norm(v, c), runs=3, warmup=1,
            note=size,
        )  # fmt: skip
    norm = fit_norm(values, pcs)
    yield function("score_place", "one person's place", lambda: place(norm, 1.0, pcs[0]), runs=7, warmup=2, note=size)
