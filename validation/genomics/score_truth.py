"""Effects and ancestries that are known because msprime made them: what training recovers, where calibration puts people."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np

from gennet.genomics.builds import Build
from gennet.genomics.cohort import HeldCohort, Variants
from gennet.genomics.score_calibration import calibrate
from gennet.genomics.score_calibration.cohort import place_cohort
from gennet.genomics.score_training import (
    Aligned,
    Clumping,
    Prior,
    clump,
    fit_of,
    heritability,
    ld_blocks,
    ldpred_inf,
    prs_cs,
    thresholded,
)
from gennet.genomics.scoring_files import ScoringFile
from validation.agreement import Agreement, Skipped

STUDIED, REFERENCE, TUNED, TESTED = 6_000, 1_000, 1_000, 1_000
H2 = 0.04
"""Of 4 Mb: times the people per 2 Mb, about what a study of 200,000 has of a trait of heritability 0.5."""
_EACH = 250


def agreements() -> Iterator[Agreement | Skipped]:
    """Yield the variance told by each method under two architectures, and z-scores of admixed people."""
    if find_spec("msprime") is None:
        yield Skipped("effect recovery, admixed z-scores", "needs msprime (pip install msprime)")
        return
    for name, causal in (("sparse", 0.005), ("polygenic", 0.3)):
        yield from recovered(name, causal)
    yield from admixed()


def chromosomes(people: int, count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return dosages (variants x people), chromosome and position of common variants with real linkage."""
    import msprime

    held, codes, places = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    for code in range(1, count + 1):
        trees = msprime.sim_ancestry(
            people, population_size=10_000, sequence_length=2_000_000, recombination_rate=1e-8, random_seed=seed + code
        )
        trees = msprime.sim_mutations(trees, rate=1e-8, random_seed=seed + code, model=msprime.BinaryMutationModel())
        haplotypes = trees.genotype_matrix()
        common = np.abs(haplotypes.mean(1) - 0.5) < 0.45
        position = trees.tables.sites.position.astype(np.int32) + 1
        common &= np.append(True, np.diff(position) > 0)
        held.append((haplotypes[common, ::2] + haplotypes[common, 1::2]).astype(np.int8))
        codes.append(np.full(int(common.sum()), code, np.int8))
        places.append(position[common])
    return np.concatenate(held), np.concatenate(codes), np.concatenate(places)


def recovered(name: str, share: float) -> Iterator[Agreement]:
    """Train on a simulated study with a separate reference; choose a threshold in a third, test in a fourth sample."""
    dosages, chromosome, position = chromosomes(STUDIED + REFERENCE + TUNED + TESTED, 2, 10)
    rng = np.random.default_rng(3)
    size = len(dosages)
    sd = dosages.std(1)
    effects = np.where(rng.random(size) < share, rng.normal(size=size), 0.0)
    genetic = (effects / sd) @ (dosages - dosages.mean(1, keepdims=True))
    genetic *= np.sqrt(H2) / genetic.std()
    trait = genetic + np.sqrt(1 - H2) * rng.normal(size=len(genetic))
    studied, reference, tuned, tested = np.split(np.arange(len(trait)), np.cumsum([STUDIED, REFERENCE, TUNED]))
    y = (trait[studied] - trait[studied].mean()) / trait[studied].std()
    g = dosages[:, studied]
    r = ((g - g.mean(1, keepdims=True)) / g.std(1, keepdims=True)) @ y / STUDIED
    z = r * np.sqrt((STUDIED - 2) / (1 - r**2))
    from scipy.stats import norm

    variants = Variants(chromosome, position, tuple(f"v{i}" for i in range(size)), ("A",) * size, ("G",) * size)
    held = dosages[:, reference]
    aligned = Aligned(
        variants,
        np.arange(size),
        held,
        held.mean(1) / 2,
        z,
        2 * norm.sf(np.abs(z)),
        np.full(size, float(STUDIED)),
        (),
        0,
    )
    varies = (aligned.frequency > 0) & (aligned.frequency < 1)
    if not varies.all():
        rows = np.flatnonzero(varies)
        aligned = Aligned(
            variants.at(rows),
            rows,
            held[rows],
            aligned.frequency[rows],
            z[rows],
            aligned.p[rows],
            aligned.n[rows],
            (),
            0,
        )
    per = np.sqrt(2 * aligned.frequency * (1 - aligned.frequency))

    def told(made: np.ndarray, people: np.ndarray, target: np.ndarray = genetic) -> tuple[float, float, float]:
        fit = fit_of((made / per) @ dosages[aligned.rows][:, people], target[people])
        return fit.r2, fit.low, fit.high

    grid = thresholded(aligned, clump(aligned, Clumping()))
    best = max(grid, key=lambda p: told(grid[p], tuned, trait)[0])
    blocks = list(ld_blocks(aligned))
    h2 = heritability(aligned, blocks)
    found = {
        "C+T": told(grid[best], tested),
        "LDpred-inf": told(ldpred_inf(aligned, blocks, h2), tested),
        "PRS-CS": told(prs_cs(aligned, blocks, Prior(iterations=400, burn_in=200), rng=np.random.default_rng(1)).mean, tested),
    }  # fmt: skip
    words = ", ".join(f"{method} {r2:.3f} ({low:.3f}-{high:.3f})" for method, (r2, low, high) in found.items())
    holds = max(found["LDpred-inf"][0], found["PRS-CS"][0]) > found["C+T"][0]
    yield Agreement(
        f"effects recovered, {name} ({share:.1%} of {aligned.size:,})", f"simulated truth, h2 {H2}, msprime", TESTED,
        f"R2 with the true genetic value in new people: {words}; h2 estimated {h2:.3f} (a method with linkage must be best)", holds,
    )  # fmt: skip


def admixed() -> Iterator[Agreement]:
    """Calibrate in three drifted populations and their mixtures; place new people of each, and of mixtures."""
    import msprime

    demography = msprime.Demography.island_model([10_000] * 3, migration_rate=0)
    demography.add_population(name="root", initial_size=10_000)
    demography.add_population_split(time=2_000, derived=["pop_0", "pop_1", "pop_2"], ancestral="root")
    held = list[np.ndarray]()
    for seed in range(1, 9):
        trees = msprime.sim_ancestry(
            {f"pop_{i}": 2 * _EACH for i in range(3)}, demography=demography, sequence_length=1_000_000,
            recombination_rate=1e-8, random_seed=seed,
        )  # fmt: skip
        trees = msprime.sim_mutations(trees, rate=1e-8, random_seed=seed, model=msprime.BinaryMutationModel())
        haplotypes = trees.genotype_matrix()
        held.append(haplotypes[np.abs(haplotypes.mean(1) - 0.5) < 0.45])
    haplotypes = np.concatenate(held)
    rng = np.random.default_rng(5)
    size, half = len(haplotypes), 4 * _EACH
    blocks = np.arange(size) * 40 // size
    # Mixed people: each stretch of each haplotype from a person of a population drawn by the person's fractions.
    kinds = np.repeat(np.arange(3), half)
    people = list[np.ndarray]()
    label = list[int]()
    fraction = rng.dirichlet(np.ones(3), 2 * _EACH)
    for i in range(3 * 2 * _EACH):
        people.append(haplotypes[:, 2 * i] + haplotypes[:, 2 * i + 1])
        label.append(int(kinds[2 * i]))
    for row in fraction:
        made = np.zeros(size, np.int8)
        for _ in range(2):
            kind = rng.choice(3, 40, p=row)
            donor = kind * half + rng.integers(0, half, 40)
            made += haplotypes[np.arange(size), donor[blocks]].astype(np.int8)
        people.append(made)
        label.append(3)
    dosages, labels = np.stack(people, axis=1).astype(np.int8), np.array(label)
    variants = Variants(
        (1 + np.arange(size) * 8 // size).astype(np.int8), (1 + np.arange(size)).astype(np.int32) * 100,
        tuple(f"v{i}" for i in range(size)), ("A",) * size, ("G",) * size,
    )  # fmt: skip
    first = np.arange(len(labels)) % 2 == 0
    rows = np.sort(rng.choice(size, 300, replace=False))
    difference = dosages[rows][:, labels == 0].mean(1) - dosages[rows][:, labels == 1].mean(1)
    file = ScoringFile(
        id="S", name="S", trait="", trait_efo="", build=Build.GRCH38, citation="", license="",
        chromosome=variants.chromosome[rows], position=variants.position[rows], effect_allele=np.ones(300, np.int32),
        other_allele=np.zeros(300, np.int32), alleles=("A", "G"), weight=rng.normal(size=300) + difference,
        allele_frequency=np.full(300, -1.0), rsid=np.zeros(300, np.int64), effect_model=np.zeros(300, np.int8),
    )  # fmt: skip
    names = np.array([f"p{i}" for i in range(len(labels))])
    reference, new = (
        HeldCohort(tuple(names[w].tolist()), variants, Build.GRCH38, np.ascontiguousarray(dosages[:, w]))
        for w in (first, ~first)
    )
    word = {name: ("one", "two", "three", "mixed")[k] for name, k in zip(names.tolist(), labels.tolist(), strict=True)}
    made = calibrate(reference, [file], word, reference="simulated", components=4)
    z = np.array([row[0].z for row in place_cohort(new, [file], made).places])
    raw = file.weight @ dosages[rows][:, ~first]
    raw = (raw - raw.mean()) / raw.std()
    means = [
        f"{word_} {z[labels[~first] == k].mean():+.2f} ({z[labels[~first] == k].std():.2f})"
        for k, word_ in enumerate(("one", "two", "three", "mixed"))
    ]
    spread = max(abs(raw[labels[~first] == k].mean()) for k in range(4))
    bound = 4 / np.sqrt(_EACH)
    holds = all(
        abs(z[labels[~first] == k].mean()) < bound and 0.8 < z[labels[~first] == k].std() < 1.2 for k in range(4)
    )
    yield Agreement(
        "z-scores of admixed people kept back", "standard normal, msprime", int((~first).sum()),
        f"mean (sd) {', '.join(means)}; raw score drifts by {spread:.2f} sd (bounds 0 +- {bound:.2f}, sd 0.8-1.2)", holds,
    )  # fmt: skip
