"""People of three drifted populations and their mixtures, with a score that drifted too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from gennet.genomics.builds import Build
from gennet.genomics.cohort import HeldCohort, Variants
from gennet.genomics.scoring_files import ScoringFile

SITES, SCORED = 900, 150


@dataclass(frozen=True)
class World:
    frequencies: np.ndarray
    """Sites x populations."""
    variants: Variants
    file: ScoringFile

    def people(self, fractions, rng, prefix):
        p = self.frequencies @ np.asarray(fractions).T
        dosages = rng.binomial(2, p).astype(np.int8)
        return HeldCohort(tuple(f"{prefix}{i}" for i in range(len(fractions))), self.variants, Build.GRCH38, dosages)


def made_world(seed=5, fst=0.1):
    rng = np.random.default_rng(seed)
    root = rng.uniform(0.1, 0.9, SITES)
    drift = (1 - fst) / fst
    frequencies = np.clip(rng.beta(root[:, None] * drift, (1 - root[:, None]) * drift, (SITES, 3)), 0.01, 0.99)
    variants = Variants(
        np.repeat(np.arange(1, 10), SITES // 9).astype(np.int8),
        np.tile(np.arange(1000, 1000 + 1000 * (SITES // 9), 1000), 9).astype(np.int32),
        tuple(f"rs{i}" for i in range(SITES)), ("A",) * SITES, ("G",) * SITES,
    )  # fmt: skip
    rows = np.sort(rng.choice(SITES, SCORED, replace=False))
    size = len(rows)
    file = ScoringFile(
        id="S1", name="S1", trait="height", trait_efo="", build=Build.GRCH38, citation="", license="",
        chromosome=variants.chromosome[rows], position=variants.position[rows],
        effect_allele=np.ones(size, np.int32), other_allele=np.zeros(size, np.int32), alleles=("A", "G"),
        weight=rng.normal(size=size) + 2 * (frequencies[rows, 0] - frequencies[rows, 1]), allele_frequency=np.full(size, -1.0), rsid=np.zeros(size, np.int64),
        effect_model=np.zeros(size, np.int8),
    )  # fmt: skip
    return World(frequencies, variants, file)


def mixed(rng, each):
    """Return ancestry fractions: `each` people of every population, and as many mixed at random."""
    pure = np.repeat(np.eye(3), each, axis=0)
    return np.concatenate([pure, rng.dirichlet(np.ones(3), each)])


@pytest.fixture(scope="session")
def world():
    return made_world()


@pytest.fixture(scope="session")
def reference(world):
    rng = np.random.default_rng(11)
    return world.people(mixed(rng, 200), rng, "r")


@pytest.fixture(scope="session")
def labels():
    return {f"r{i}": ("one", "two", "three", "mixed")[i // 200] for i in range(800)}


@pytest.fixture(scope="session")
def mixtures():
    return mixed
