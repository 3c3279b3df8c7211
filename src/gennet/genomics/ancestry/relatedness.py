"""Kinship between people, FST between groups, runs of homozygosity and sex, from a cohort read block by block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.study import silent
from gennet.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gennet.core.study import Watch
    from gennet.genomics.cohort import Cohort

AUTOSOMES = 22


@dataclass(frozen=True, slots=True, eq=False)
class Kinship:
    """KING-robust kinship of every pair."""

    coefficient: NDArray[np.float64]
    """People x people; NaN where the pair shares no heterozygous call, and on the diagonal."""
    sites: int
    """Autosomal variants read."""


def king_robust(cohort: Cohort, *, watch: Watch = silent) -> Kinship:
    """
    Estimate kinship without population frequencies, over autosomal variants called in both.

    phi = (N_het,het - 2 N_opposite) / (N_het,i + N_het,j), Manichaikul 2010, doi:10.1093/bioinformatics/btq559, eq. 9, for
    people of one population; as published for pairs between populations (eq. 11) the smaller count of heterozygous calls
    stands for both, which is what PLINK 2 and this function report. Duplicates are near 0.5, parents and full sibs near
    0.25.

    >>> from gennet.genomics.cohort import HeldCohort, Variants
    >>> v = Variants(np.ones(3, np.int8), np.arange(3, dtype=np.int32), ("a",) * 3, ("A",) * 3, ("C",) * 3)
    >>> g = np.array([[1, 1], [1, 1], [0, 0]], np.int8)
    >>> float(king_robust(HeldCohort(("p", "q"), v, None, g)).coefficient[0, 1])
    0.5
    """
    from gennet.genomics.ancestry._kernels import add_pairs

    rows = autosomal(cohort)
    people = len(cohort.samples)
    counts = np.zeros((people, people, 4), np.int64)
    done = 0
    for block in cohort.blocks(rows):
        add_pairs(np.ascontiguousarray(block.dosages.T), counts)
        done += len(block.dosages)
        watch("variants", done, len(rows))
    both, opposite, first, second = np.moveaxis(counts.astype(float), 2, 0)
    least = np.minimum(first, second)
    with np.errstate(invalid="ignore", divide="ignore"):
        # with the smaller count m: 1/2 - 1/4 sum (gi - gj)^2 / m
        apart = first + second - 2 * both + 4 * opposite
        lower = np.where(least > 0, 0.5 - 0.25 * apart / least, np.nan)
    full = np.tril(lower, -1)
    full += full.T
    np.fill_diagonal(full, np.nan)
    return Kinship(full, len(rows))


DEGREES = (
    (0.354, "duplicate or identical twin"),
    (0.177, "first degree"),
    (0.0884, "second degree"),
    (0.0442, "third degree"),
)
"""Lower bounds, the geometric means between degrees (Manichaikul 2010, table 1)."""


def degree(kinship: float) -> str:
    """
    Name the relation of a kinship coefficient.

    >>> degree(0.25), degree(0.0)
    ('first degree', 'unrelated')
    """
    return next((name for bound, name in DEGREES if kinship > bound), "unrelated")


@dataclass(frozen=True, slots=True)
class Fst:
    """Hudson's FST of two groups."""

    first: str
    second: str
    value: float
    """Ratio of averages; NaN when no variant is polymorphic among the two."""
    variants: int


def hudson_fst(cohort: Cohort, labels: Sequence[str], *, watch: Watch = silent) -> tuple[Fst, ...]:
    """
    Estimate FST between every two groups, as the ratio of averages (Bhatia 2013, doi:10.1101/gr.154831.113, eq. 10).

    Parameters
    ----------
    cohort
        Autosomal variants count.
    labels
        The group of each person, in the cohort's order; empty for people to leave out.
    """
    if len(labels) != len(cohort.samples):
        raise BadInput(f"{len(labels)} labels for {len(cohort.samples)} people", remedy="give one for each")
    groups = sorted(set(labels) - {""})
    if len(groups) < 2:
        raise BadInput("there are fewer than two groups", remedy="label people of two groups")
    member = np.array([[label == group for group in groups] for label in labels], np.float64)
    pairs = [(i, j) for i in range(len(groups)) for j in range(i)]
    over, under, used = np.zeros(len(pairs)), np.zeros(len(pairs)), np.zeros(len(pairs), int)
    rows, done = autosomal(cohort), 0
    for block in cohort.blocks(rows):
        held = block.dosages >= 0
        n = 2.0 * (held @ member)
        with np.errstate(invalid="ignore", divide="ignore"):
            p = (np.where(held, block.dosages, 0) @ member) / n
            within = p * (1 - p) / (n - 1)
        for at, (i, j) in enumerate(pairs):
            above = (p[:, i] - p[:, j]) ** 2 - within[:, i] - within[:, j]
            below = p[:, i] * (1 - p[:, j]) + p[:, j] * (1 - p[:, i])
            good = np.isfinite(above) & np.isfinite(below) & (below > 0)
            over[at] += above[good].sum()
            under[at] += below[good].sum()
            used[at] += int(good.sum())
        done += len(block.dosages)
        watch("variants", done, len(rows))
    return tuple(
        Fst(groups[j], groups[i], over[at] / under[at] if used[at] else float("nan"), int(used[at]))
        for at, (i, j) in enumerate(pairs)
    )


def autosomal(cohort: Cohort) -> NDArray[np.intp]:
    """Return the rows of variants on chromosomes 1-22; refuse a cohort without any."""
    code = cohort.variants.chromosome
    rows = np.flatnonzero((code >= 1) & (code <= AUTOSOMES))
    if not len(rows):
        raise BadInput("no variant lies on an autosome", remedy="check the names of the chromosomes")
    return rows
