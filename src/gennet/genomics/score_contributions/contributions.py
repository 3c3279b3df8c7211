"""What each variant adds to a person's score, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.errors import BadInput
from gennet.genomics._matching import Matcher
from gennet.genomics.score_calibration.calibration import ScoreCalibration, fingerprint
from gennet.genomics.score_calibration.person import locate, panel_dosages, why_not_placed

if TYPE_CHECKING:
    from gennet.genomics.genotypes import Genotypes
    from gennet.genomics.scoring_files import ScoringFile


@dataclass(frozen=True, slots=True, eq=False)
class Contributions:
    """The matched variants of one score, along the genome."""

    rows: NDArray[np.intp]
    """In the scoring file."""
    dosage: NDArray[np.float64]
    """Copies of the effect allele; 0 or 1 for dominant and recessive weights."""
    contribution: NDArray[np.float64]
    """Weight times dosage; with the file's constant they add up to the score."""
    expected: NDArray[np.float64]
    """Mean contribution by ancestry or by frequency; 0 without either, `contribution` where a reference lacks the variant."""
    compared_with: str
    """In words."""

    @property
    def beyond(self) -> NDArray[np.float64]:
        """What the person has beyond the expected; these add up to the score less what is expected of it."""
        return self.contribution - self.expected


def contributions(
    genotypes: Genotypes, file: ScoringFile, calibration: ScoreCalibration | None = None
) -> Contributions:
    """
    Tell what each matched variant adds to a score and how that differs from what is expected.

    Expected is what people of the same principal components carry, with a calibration made with this file; else the mean
    at the file's allele frequencies, when it gives all of the matched variants; else nothing.

    Raises
    ------
    BadInput
        Builds differ, nothing matches, or the calibration was made without this file.
    """
    if genotypes.build != file.build:
        raise BadInput(
            f"the genotypes of {genotypes.sample} are in {genotypes.build}, the score in {file.build}",
            place=file.id,
            remedy=f"use the scoring file harmonised to {genotypes.build}",
        )
    matcher = Matcher(genotypes)
    matches = next(matcher.match((file,)))
    along = np.lexsort((file.position, file.chromosome))
    rows = along[matches.matched[along]]
    if not len(rows):
        raise BadInput(f"the genome holds no variant of {file.id}", remedy="check the genome build of both")
    copies, model = matches.dosage[rows], file.effect_model[rows]
    dosage = np.where(
        model == 1, (copies >= 1).astype(float), np.where(model == 2, (copies >= 2).astype(float), copies)
    )
    if calibration is None:
        expected, words = _by_frequency(file, rows)
    else:
        expected, words = _by_ancestry(file, rows, file.weight[rows] * dosage, calibration, matcher)
    return Contributions(rows.astype(np.intp), dosage, file.weight[rows] * dosage, expected, words)


def _by_frequency(file: ScoringFile, rows: NDArray[np.intp]) -> tuple[NDArray[np.float64], str]:
    p, model = file.allele_frequency[rows], file.effect_model[rows]
    if (p < 0).any():
        return np.zeros(len(rows)), "nothing: the file does not give the frequencies of all its alleles"
    mean = np.where(model == 0, 2 * p, np.where(model == 1, 1 - (1 - p) ** 2, p * p))
    return file.weight[rows] * mean, "the mean at the frequencies of the scoring file"


def _by_ancestry(
    file: ScoringFile,
    rows: NDArray[np.intp],
    contribution: NDArray[np.float64],
    calibration: ScoreCalibration,
    matcher: Matcher,
) -> tuple[NDArray[np.float64], str]:
    mark = fingerprint(file)
    norm = next((one for one in calibration.scores if one.fingerprint == mark), None)
    if norm is None:
        raise BadInput(f"the calibration was made without {file.id}", remedy="make it with this file")
    dosages = panel_dosages(calibration, matcher)
    if problem := why_not_placed(calibration, dosages):
        raise BadInput(problem.rstrip("."), remedy="leave the calibration out")
    held = norm.norm
    x = np.concatenate([[1.0], (locate(calibration, dosages) - held.centre) / held.spread])
    most = np.where(file.effect_model[norm.used] == 0, 2.0, 1.0)
    amount = np.full(file.weight.shape, np.nan)
    amount[norm.used] = np.clip(norm.expected.astype(np.float64) @ x, 0.0, most)
    expected = file.weight[rows] * amount[rows]
    unknown = np.isnan(expected)
    words = f"people of the same ancestry in {calibration.reference}"
    if unknown.any():
        words += f": {int(unknown.sum()):,} variants that it does not hold are compared with nothing"
    return np.where(unknown, contribution, expected), words
