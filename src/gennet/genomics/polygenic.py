"""Polygenic scores of one person, with what is missing said in numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.parts import Part
from gennet.errors import BadInput
from gennet.genomics._matching import Matcher, Matches
from gennet.genomics.builds import chromosome_name
from gennet.genomics.names import count
from gennet.genomics.score_reference import ScoreReference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.genomics.genotypes import Genotypes
    from gennet.genomics.scoring_files import ScoringFile, ScoringFiles

_NORMAL_95 = 1.959963984540054
_SHOWN = 20
HARDY_WEINBERG = "Hardy-Weinberg and linkage equilibrium at the allele frequencies of the scoring file"


@dataclass(frozen=True, slots=True)
class VariantContribution:
    """What one matched variant adds to a score."""

    variant: str
    """``11:69516650:C>T``: chromosome, position, other allele, effect allele, in the build of the score."""
    rsid: str
    """Empty when the scoring file does not give it."""
    dosage: float
    """Copies of the effect allele carried (the one X of men counts twice); 0 or 1 for dominant and recessive effects."""
    weight: float
    contribution: float
    """Weight times dosage, in the score's unit."""
    expected: float | None = None
    """Population mean of `contribution`, from the allele frequency; None when the frequency is not known."""


@dataclass(frozen=True, slots=True)
class PolygenicScore:
    """One score: its value over the matched variants, and what the missing ones could change."""

    score_id: str
    name: str
    trait: str
    trait_efo: str
    citation: str
    value: float
    """Sum of weight times dosage over the matched variants, in the score's unit."""
    variants_total: int
    variants_matched: int
    coverage: float
    """Share of the variants that were matched, 0 to 1."""
    missing_expected: float | None
    """Expected contribution of the missing variants; None when a frequency of one of them is unknown."""
    missing_sd: float | None
    """Standard deviation of that contribution under Hardy-Weinberg and linkage equilibrium."""
    low: float
    """Lower end of the 95 % interval of the full sum; without frequencies, the least it can be."""
    high: float
    """Upper end, likewise."""
    reference_mean: float | None
    reference_sd: float | None
    reference_population: str | None
    """Whom mean and SD describe; None without a reference."""
    z: float | None
    """Standard deviations from the mean of the reference population; None without a reference."""
    z_se: float | None
    """Standard error of `z` from the missing variants."""
    percentile: float | None
    """0 to 100, of a normal distribution at `z`."""
    log_effect_per_sd: float | None
    log_effect_se: float | None
    effect_scale: str
    """``log_odds`` or ``log_hazard``; empty when no effect is published with the file."""
    outcome: str
    contributions: tuple[VariantContribution, ...]
    """The 20 that differ most from what is expected (from zero, without frequencies), largest first."""
    others_contribution: float
    """Sum over the other matched variants and the file's constant: with `contributions` it makes `value`."""
    palindromic: int = 0
    """A/T and C/G variants matched: they fit either strand, the same strand is assumed as build and position agree."""
    flipped: int = 0
    """Variants matched on the opposite strand, by complement."""
    refused: int = 0
    """Variants whose site was seen but whose alleles did not decide the dosage; counted as missing."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolygenicScores(Part):
    """
    All scores of one person.

    >>> PolygenicScores(()).size
    0
    """

    scores: tuple[PolygenicScore, ...]

    @property
    def size(self) -> int:
        """How many scores there are."""
        return len(self.scores)


def polygenic_scores(genotypes: Genotypes, files: ScoringFiles) -> PolygenicScores:
    """
    Sum published weights over the alleles a person carries, for each scoring file.

    Sites absent from `genotypes` are missing, not reference: they lower `coverage` and widen the interval. A single
    copy of X counts twice, as in plink2 and the studies scored with it; a single copy of Y or MT counts once.

    Raises
    ------
    BadInput
        Genotypes and scoring file are of different builds, by statement or by evidence.

    References
    ----------
    Choi, Mak & O'Reilly. Tutorial: a guide to performing polygenic risk score analyses. Nat Protoc (2020).
    doi:10.1038/s41596-020-0353-1

    >>> from gennet.genomics.genotypes import Build, empty
    >>> from gennet.genomics.scoring_files import ScoringFiles
    >>> polygenic_scores(empty(Build.GRCH38, "s1"), ScoringFiles(())).scores
    ()
    """
    for file in files.files:
        if file.build != genotypes.build:
            raise BadInput(
                f"the genotypes of {genotypes.sample} are in {genotypes.build}, the score in {file.build}",
                place=file.id,
                remedy=f"use the scoring file harmonised to {genotypes.build}",
            )
    found = Matcher(genotypes).match(files.files)
    return PolygenicScores(tuple(_score(matches, file) for file, matches in zip(files.files, found, strict=True)))


def _score(matches: Matches, file: ScoringFile) -> PolygenicScore:
    dosage = _effective_dosage(matches.dosage, file.effect_model)
    matched = matches.matched
    contribution = np.where(matched, file.weight * dosage, 0.0)
    value = float(contribution.sum()) + file.constant
    expected, variance = _expectation(file)
    total = file.size
    matched_count = int(np.count_nonzero(matched))
    missing_expected, missing_sd, low, high = _missing(value, file, ~matched, expected, variance)
    reference = file.reference or _equilibrium(file, expected, variance)
    z, z_se = _z(reference, low, high)
    shown, others = _contributions(file, matches, dosage, contribution, expected, value)
    return PolygenicScore(
        score_id=file.id,
        name=file.name,
        trait=file.trait,
        trait_efo=file.trait_efo,
        citation=file.citation,
        value=value,
        variants_total=total,
        variants_matched=matched_count,
        coverage=matched_count / total if total else 0.0,
        missing_expected=missing_expected,
        missing_sd=missing_sd,
        low=low,
        high=high,
        reference_mean=reference.mean if reference else None,
        reference_sd=reference.sd if reference else None,
        reference_population=reference.population if reference else None,
        z=z,
        z_se=z_se,
        percentile=None if z is None else 50.0 * math.erfc(-z / math.sqrt(2.0)),
        log_effect_per_sd=reference.log_effect_per_sd if reference else None,
        log_effect_se=reference.log_effect_se if reference else None,
        effect_scale=reference.scale if reference else "",
        outcome=reference.outcome if reference else "",
        contributions=shown,
        others_contribution=others,
        palindromic=matches.palindromic,
        flipped=matches.flipped,
        refused=matches.refused,
        notes=_notes(file, matches, missing_expected, reference, matched_count),
    )


def _effective_dosage(copies: NDArray[np.float64], model: NDArray[np.int8]) -> NDArray[np.float64]:
    """Count copies; one copy is enough when dominant, two are needed when recessive."""
    dominant = np.where(model == 1, (copies >= 1).astype(float), copies)
    return np.where(model == 2, (copies >= 2).astype(float), dominant)


def _expectation(file: ScoringFile) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and variance of each variant's contribution under Hardy-Weinberg; NaN without a frequency."""
    p = np.where(file.allele_frequency >= 0, file.allele_frequency, np.nan)
    carriers = np.where(file.effect_model == 1, 1.0 - (1.0 - p) ** 2, p * p)
    additive = file.effect_model == 0
    mean = np.where(additive, 2.0 * p, carriers)
    variance = np.where(additive, 2.0 * p * (1.0 - p), carriers * (1.0 - carriers))
    spread = file.weight**2 * variance
    second = np.flatnonzero(file.paired)
    # Who carries two copies carries one: dominant and recessive weights of a variant vary together.
    both = file.weight[second] * file.weight[second - 1] * mean[second] * (1.0 - mean[second - 1])
    spread[second] += 2.0 * both
    return file.weight * mean, spread


def _missing(
    value: float,
    file: ScoringFile,
    missing: NDArray[np.bool_],
    expected: NDArray[np.float64],
    variance: NDArray[np.float64],
) -> tuple[float | None, float | None, float, float]:
    """Bound the full sum: by expectation where frequencies are known, otherwise by what is possible at all."""
    known = missing & ~np.isnan(expected)
    unknown = missing & np.isnan(expected)
    mean, sd = float(expected[known].sum()), math.sqrt(float(variance[known].sum()))
    most = np.where(file.effect_model == 0, 2.0, 1.0) * file.weight
    least_unknown, most_unknown = float(np.minimum(most, 0)[unknown].sum()), float(np.maximum(most, 0)[unknown].sum())
    low = value + mean - _NORMAL_95 * sd + least_unknown
    high = value + mean + _NORMAL_95 * sd + most_unknown
    if unknown.any() or file.set_aside:
        return None, None, low, high
    return mean, sd, low, high


def _equilibrium(
    file: ScoringFile, expected: NDArray[np.float64], variance: NDArray[np.float64]
) -> ScoreReference | None:
    total = float(variance.sum())
    if not math.isfinite(total) or total <= 0 or file.set_aside:
        return None
    return ScoreReference(float(expected.sum()) + file.constant, math.sqrt(total), HARDY_WEINBERG, source=file.citation)


def _z(reference: ScoreReference | None, low: float, high: float) -> tuple[float | None, float | None]:
    if reference is None:
        return None, None
    middle = (low + high) / 2.0
    return (middle - reference.mean) / reference.sd, (high - low) / (2.0 * _NORMAL_95 * reference.sd)


def _contributions(
    file: ScoringFile,
    matches: Matches,
    dosage: NDArray[np.float64],
    contribution: NDArray[np.float64],
    expected: NDArray[np.float64],
    value: float,
) -> tuple[tuple[VariantContribution, ...], float]:
    rows = np.flatnonzero(matches.matched)
    surprise = np.abs(contribution[rows] - np.nan_to_num(expected[rows]))
    largest = rows[np.argsort(-surprise, kind="stable")[:_SHOWN]].tolist()
    shown = tuple(
        VariantContribution(
            _variant(file, row),
            f"rs{file.rsid[row]}" if file.rsid[row] else "",
            float(dosage[row]),
            float(file.weight[row]),
            float(contribution[row]),
            float(expected[row]) if np.isfinite(expected[row]) else None,
        )
        for row in largest
    )
    return shown, value - sum(c.contribution for c in shown)


def _variant(file: ScoringFile, row: int) -> str:
    other = file.alleles[file.other_allele[row]] if file.other_allele[row] >= 0 else "?"
    name = chromosome_name(int(file.chromosome[row]))
    return f"{name}:{file.position[row]}:{other}>{file.alleles[file.effect_allele[row]]}"


def _notes(
    file: ScoringFile, matches: Matches, missing_expected: float | None, reference: ScoreReference | None, matched: int
) -> tuple[str, ...]:
    notes = list(file.notes) + list(matches.notes)
    gone = file.size - matched
    if gone and missing_expected is None:
        notes.append(
            f"Missing: {gone} of {count(file.size, 'variant')}, not all with a known frequency; "
            "the interval spans every value the sum could take."
        )
    if file.set_aside:
        notes.append(f"The interval leaves out {count(file.set_aside, 'row')} set aside by the reader.")
    if reference is not None and file.reference is None:
        notes.append(f"Mean and SD of the score are computed, not measured: {HARDY_WEINBERG}.")
    return tuple(notes)
