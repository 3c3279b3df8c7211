"""Weights of a score from summary statistics and a reference cohort, and how well they predict in other people."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.errors import BadInput
from gennet.genomics.scoring_files import ScoringFile

if TYPE_CHECKING:
    from gennet.genomics.builds import Build
    from gennet.genomics.score_training.alignment import Aligned

THRESHOLDS = (5e-8, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.1, 0.5, 1.0)


class Method(StrEnum):
    """How weights are made."""

    CT = "ct"
    """Clumping and thresholding: the marginal effects of index variants below a p-value."""
    LDPRED_INF = "ldpred-inf"
    """Posterior means when every variant has an effect."""
    PRS_CS = "prs-cs"
    """Posterior means under continuous shrinkage."""


def thresholded(
    aligned: Aligned, index: NDArray[np.intp], thresholds: tuple[float, ...] = THRESHOLDS
) -> dict[float, NDArray[np.float64]]:
    """
    Return standardised effects for each threshold that some index variant meets; those of all other variants are 0.

    Thresholds that select the same variants as a smaller one are left out.
    """
    leads = index == np.arange(aligned.size)
    made, seen = dict[float, NDArray[np.float64]](), 0
    for threshold in sorted(thresholds):
        chosen = leads & (aligned.p <= threshold)
        if int(chosen.sum()) > seen:
            seen = int(chosen.sum())
            made[threshold] = np.where(chosen, aligned.correlation, 0.0)
    return made


def scoring_file(
    name: str, aligned: Aligned, effects: NDArray[np.float64], build: Build, trait: str = ""
) -> ScoringFile:
    """
    Return the weights per copy of the alternate allele: standardised effects by the deviation of the dosage.

    Weights are in standard deviations of the trait. The deviation is sqrt(2 f (1 - f)) at the reference's frequency.

    Raises
    ------
    BadInput
        No effect is other than 0.
    """
    rows = np.flatnonzero(effects)
    if not len(rows):
        raise BadInput(f"{name} holds no variant", remedy="allow larger p-values or give more variants")
    v = aligned.variants.at(rows.astype(np.intp))
    frequency = aligned.frequency[rows]
    codes: dict[str, int] = {}
    effect = np.array([codes.setdefault(a, len(codes)) for a in v.alternate], np.int32)
    other = np.array([codes.setdefault(a, len(codes)) for a in v.reference], np.int32)
    return ScoringFile(
        id=name, name=name, trait=trait, trait_efo="", build=build, citation="", license="", chromosome=v.chromosome,
        position=v.position, effect_allele=effect, other_allele=other, alleles=tuple(codes),
        weight=effects[rows] / np.sqrt(2.0 * frequency * (1.0 - frequency)), allele_frequency=frequency,
        rsid=np.array([int(i[2:]) if i[:2] == "rs" and i[2:].isdigit() and len(i) < 18 else 0 for i in v.id], np.int64),
        effect_model=np.zeros(len(rows), np.int8),
    )  # fmt: skip


def reference_digest(aligned: Aligned, samples: tuple[str, ...]) -> str:
    """Hash the people, variants and genotypes that linkage was estimated from."""
    digest = hashlib.sha256("\0".join(samples).encode())
    v = aligned.variants
    for column in (v.chromosome, v.position, aligned.dosages):
        digest.update(np.ascontiguousarray(column).data)
    digest.update("\0".join((*v.reference, *v.alternate)).encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Fit:
    """How much of a trait's variance a score tells, beyond covariates."""

    r2: float
    """Squared partial correlation."""
    low: float
    """Lower end of the 95 % interval, by Fisher's transformation of the correlation; 0 where it spans none."""
    high: float
    people: int
    sign: int
    """-1 where the score goes against the trait."""


def fit_of(
    score: NDArray[np.float64], trait: NDArray[np.float64], covariates: NDArray[np.float64] | None = None
) -> Fit:
    """
    Tell how well a score predicts a trait.

    Parameters
    ----------
    covariates
        People x columns, taken out of both; None for none.

    Raises
    ------
    BadInput
        Fewer than ten people are left to tell.

    >>> fit = fit_of(np.arange(20.0), np.arange(20.0) ** 2)
    >>> fit.low < fit.r2 < fit.high
    True
    """
    x = np.ones((len(score), 1)) if covariates is None else np.column_stack([np.ones(len(score)), covariates])
    free = len(score) - x.shape[1] - 2
    if free < 8:
        raise BadInput(f"{len(score)} people are too few to tell how a score predicts", remedy="give more people")
    base = np.linalg.qr(x)[0]
    a, b = score - base @ (base.T @ score), trait - base @ (base.T @ trait)
    both = math.sqrt(float(a @ a) * float(b @ b))
    r = float(a @ b) / both if both > 0 else 0.0
    z, se = math.atanh(min(max(r, -1 + 1e-12), 1 - 1e-12)), 1.0 / math.sqrt(free - 1)
    low, high = math.tanh(z - 1.959963984540054 * se), math.tanh(z + 1.959963984540054 * se)
    ends = sorted((low**2, high**2))
    return Fit(r * r, 0.0 if low < 0 < high else ends[0], ends[1], len(score), -1 if r < 0 else 1)
