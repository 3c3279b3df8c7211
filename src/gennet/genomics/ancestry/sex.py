"""The sex that a person's X and Y chromosomes show, to find swapped samples."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.study import silent
from gennet.errors import BadInput
from gennet.genomics.builds import Build

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.core.study import Watch
    from gennet.genomics.cohort import Cohort

X, Y = 23, 24
PSEUDOAUTOSOMAL = {
    Build.GRCH37: ((60_001, 2_699_520), (154_931_044, 155_260_560)),
    Build.GRCH38: ((10_001, 2_781_479), (155_701_383, 156_030_895)),
}
"""Stretches of X that recombine with Y, 1-based: Genome Reference Consortium."""
FEMALE, MALE = 0.2, 0.8
"""Inbreeding on X below which two, and above which one X is shown: as plink's --check-sex."""
_FEWEST = 20


class Shown(StrEnum):
    """What the chromosomes show."""

    FEMALE = "female"
    MALE = "male"
    OPEN = "not told"


@dataclass(frozen=True, slots=True, eq=False)
class Sexes:
    """What the chromosomes of everybody show."""

    shown: tuple[Shown, ...]
    inbreeding: NDArray[np.float64]
    """F of X outside the pseudoautosomal stretches; near 1 with one X, near 0 with two; NaN without calls."""
    x_variants: NDArray[np.int64]
    """Called variants of X that the estimate rests on."""
    y_called: NDArray[np.float64]
    """Share of the variants of Y that are called; NaN where the cohort has none."""


def sexes(cohort: Cohort, *, watch: Watch = silent) -> Sexes:
    """
    Estimate inbreeding on X, F = 1 - observed / expected heterozygous calls, for everybody.

    Expected counts use the cohort's allele frequencies with Nei's correction for small samples, as plink does. Variants
    that do not vary say nothing.

    Raises
    ------
    BadInput
        The cohort has no varying variant on X, or does not say its genome build.

    References
    ----------
    Purcell et al. PLINK. AJHG (2007). doi:10.1086/519795
    """
    if cohort.build is None:
        raise BadInput("the genome build is not known", remedy="give --build: X recombines with Y at its ends")
    code, position = cohort.variants.chromosome, cohort.variants.position
    apart = np.ones(len(code), bool)
    for first, last in PSEUDOAUTOSOMAL[cohort.build]:
        apart &= (position < first) | (position > last)
    rows = np.flatnonzero((code == X) & apart)
    if not len(rows):
        raise BadInput("no variant lies on X outside its ends", remedy="give a cohort with chromosome X")
    people = len(cohort.samples)
    seen, homozygous, expected = np.zeros(people, np.int64), np.zeros(people), np.zeros(people)
    for block in cohort.blocks(rows):
        held = block.dosages >= 0
        alleles = 2.0 * held.sum(axis=1)
        p = np.where(held, block.dosages, 0).sum(axis=1) / np.maximum(alleles, 1.0)
        chance = 1.0 - 2.0 * p * (1.0 - p) * alleles / np.maximum(alleles - 1.0, 1.0)
        varied = (p > 0) & (p < 1)
        seen += held[varied].sum(axis=0)
        homozygous += (held & (block.dosages != 1))[varied].sum(axis=0)
        expected += chance[varied] @ held[varied]
        watch("variants of X", block.start + len(block.dosages), len(rows))
    if not seen.any():
        raise BadInput("no variant of X varies", remedy="give more people")
    with np.errstate(invalid="ignore", divide="ignore"):
        inbreeding = np.where(seen > 0, (homozygous - expected) / (seen - expected), np.nan)
    shown = tuple(_shown(f, n) for f, n in zip(inbreeding.tolist(), seen.tolist(), strict=True))
    return Sexes(shown, inbreeding, seen, _called_on_y(cohort))


def _shown(inbreeding: float, variants: int) -> Shown:
    if variants < _FEWEST or not np.isfinite(inbreeding):
        return Shown.OPEN
    return Shown.MALE if inbreeding > MALE else Shown.FEMALE if inbreeding < FEMALE else Shown.OPEN


def _called_on_y(cohort: Cohort) -> NDArray[np.float64]:
    rows = np.flatnonzero(cohort.variants.chromosome == Y)
    called = np.zeros(len(cohort.samples))
    if not len(rows):
        return np.full(len(cohort.samples), np.nan)
    for block in cohort.blocks(rows):
        called += (block.dosages >= 0).sum(axis=0)
    return np.asarray(called / len(rows), np.float64)
