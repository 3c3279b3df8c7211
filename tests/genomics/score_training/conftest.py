"""A cohort with linkage, a trait made of its variants, and what a study of others would report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import norm

from gennet.genomics.builds import Build
from gennet.genomics.cohort import HeldCohort, Variants

VARIANTS, BLOCK = 600, 30


def linked(people, rng, frequency):
    """Return dosages whose neighbours are correlated: thresholds on two autoregressive haplotypes."""
    bound = norm.isf(frequency)
    dosages = np.zeros((len(frequency), people), np.int8)
    for _ in range(2):
        last = rng.normal(size=people)
        for i in range(len(frequency)):
            keep = 0.0 if i % BLOCK == 0 else 0.9
            last = keep * last + np.sqrt(1 - keep**2) * rng.normal(size=people)
            dosages[i] += last > bound[i]
    return dosages


@dataclass(frozen=True)
class Study:
    reference: HeldCohort
    held_out: HeldCohort
    trait: np.ndarray
    """Of the people held out."""
    effects: np.ndarray
    """True, standardised."""
    text: str
    """Summary statistics of other people."""


def simulate(causal, seed=1, h2=0.5, people=4000):
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.1, 0.9, VARIANTS)
    sd = np.sqrt(2 * frequency * (1 - frequency))
    effects = np.zeros(VARIANTS)
    chosen = rng.choice(VARIANTS, causal, replace=False)
    effects[chosen] = rng.normal(size=causal)
    gwas, reference, held_out = (linked(n, rng, frequency) for n in (people, 500, 1000))

    def genetic(dosages):
        return (effects / sd) @ (dosages - 2 * frequency[:, None])

    scale = np.sqrt(h2) / genetic(gwas).std()
    effects *= scale
    y = genetic(gwas) + np.sqrt(1 - h2) * rng.normal(size=people)
    y = (y - y.mean()) / y.std()
    z = (gwas - gwas.mean(1, keepdims=True)) / gwas.std(1, keepdims=True)
    r = z @ y / people
    statistic = r * np.sqrt((people - 2) / (1 - r**2))
    beta = r / gwas.std(1)
    # One autosome after another, so that windows and blocks agree.
    chromosome = (1 + np.arange(VARIANTS) // BLOCK).astype(np.int8)
    position = (10_000 * (1 + np.arange(VARIANTS) % BLOCK)).astype(np.int32)
    names = tuple(f"rs{i + 1}" for i in range(VARIANTS))
    variants = Variants(chromosome, position, names, ("A",) * VARIANTS, ("G",) * VARIANTS)
    rows = zip(chromosome, position, names, beta, beta / statistic, 2 * norm.sf(np.abs(statistic)), strict=True)
    text = "CHR\tBP\tSNP\tA1\tA2\tBETA\tSE\tP\tN\n" + "".join(
        f"{c}\t{p}\t{i}\tG\tA\t{b:.8g}\t{s:.8g}\t{q:.8g}\t{people}\n" for c, p, i, b, s, q in rows
    )
    held = HeldCohort(tuple(f"h{i}" for i in range(1000)), variants, Build.GRCH38, held_out)
    trait = genetic(held_out) + np.sqrt(1 - h2) * rng.normal(size=1000)
    known = HeldCohort(tuple(f"r{i}" for i in range(500)), variants, Build.GRCH38, reference)
    return Study(known, held, trait, effects, text)


@pytest.fixture(scope="session")
def sparse():
    return simulate(12)


@pytest.fixture(scope="session")
def polygenic():
    return simulate(400, seed=2)
