"""Everybody of a cohort on the scale of a calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.study import silent
from gennet.errors import BadInput
from gennet.genomics.cohort_scores.terms import found_rows
from gennet.genomics.cohorts.dosages import dosage_blocks
from gennet.genomics.score_calibration.calibrating import Y, worth
from gennet.genomics.score_calibration.calibration import ScoreCalibration, ScoreNorm, fingerprint
from gennet.genomics.score_calibration.normalising import Placed, nearest, place
from gennet.genomics.score_calibration.person import as_scoring_file, locate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gennet.core.study import Watch
    from gennet.genomics.cohort import Cohort
    from gennet.genomics.scoring_files import ScoringFile


@dataclass(frozen=True, slots=True, eq=False)
class CohortPlaces:
    """Where people stand."""

    samples: tuple[str, ...]
    components: NDArray[np.float64]
    """People x components."""
    groups: tuple[str, ...]
    """Most similar group of each person."""
    places: tuple[tuple[Placed, ...], ...]
    """People x scores of the calibration."""
    notes: tuple[str, ...]


def place_cohort(
    cohort: Cohort, files: Sequence[ScoringFile], calibration: ScoreCalibration, *, watch: Watch = silent
) -> CohortPlaces:
    """
    Place everybody of a cohort, as `calibrated_scores` does one person.

    `files` are those of the calibration, in its order. What is missing, a site or a genotype, is what people of the same
    components carry on average.

    Raises
    ------
    BadInput
        A file is not the calibration's, the builds differ, or too few sites are shared to place people.
    """
    if [fingerprint(file) for file in files] != [norm.fingerprint for norm in calibration.scores]:
        raise BadInput("the scoring files are not those of the calibration", remedy="give the same files in its order")
    dosages = _panel(cohort, calibration)
    least = int((dosages >= 0).any(axis=1).sum())
    if least < max(0.2 * len(dosages), min(50, len(dosages))):
        raise BadInput(
            f"only {least:,} of {len(dosages):,} sites that tell ancestry are known", remedy="give a denser cohort"
        )
    components = np.stack([locate(calibration, dosages[:, i]) for i in range(dosages.shape[1])])
    scored = [
        _values(cohort, file, norm, components, watch) for file, norm in zip(files, calibration.scores, strict=True)
    ]
    places = tuple(
        tuple(
            place(norm.norm, float(value[i]), components[i], value_sd=float(sd[i]))
            for norm, (value, sd) in zip(calibration.scores, scored, strict=True)
        )
        for i in range(len(cohort.samples))
    )
    far = sum(any(one.extrapolates for one in row) for row in places)
    notes: tuple[str, ...] = (f"{least:,} of {len(dosages):,} sites that tell ancestry are known.",)
    if far:
        notes = (*notes, f"{far} people lie beyond 99.9 % of the reference: extrapolated, intervals widened.")
    groups = tuple(nearest(calibration.groups, row)[0] for row in components)
    return CohortPlaces(cohort.samples, components, groups, places, notes)


def _panel(cohort: Cohort, calibration: ScoreCalibration) -> NDArray[np.int8]:
    """Count alternate alleles at the sites of the calibration, sites x people; -1 where not known."""
    file = as_scoring_file(calibration)
    found = found_rows(cohort, file)
    dosages = np.full((calibration.size, len(cohort.samples)), -1, np.int8)
    rows, back = np.unique(found.row, return_inverse=True)
    if len(rows):
        read = np.concatenate([block.dosages for block in cohort.blocks(rows)])[back]
        turned = np.where((found.kind & 1)[:, None] & (read >= 0), 2 - read, read)
        dosages[found.line] = turned
    return dosages


def _values(
    cohort: Cohort, file: ScoringFile, norm: ScoreNorm, components: NDArray[np.float64], watch: Watch
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each person's score over the rows of the calibration, and its standard error from missing genotypes."""
    found = found_rows(cohort, file)
    wanted = np.isin(found.line, norm.used)
    line, row, kind = found.line[wanted], found.row[wanted], found.kind[wanted]
    place_of = np.searchsorted(norm.used, line)
    x = np.column_stack([np.ones(len(components)), (components - norm.norm.centre) / norm.norm.spread])
    half = np.where((file.chromosome[line] >= Y) & (kind < 2), 0.5, 1.0)
    total, variance = np.full(len(x), file.constant), np.zeros(len(x))
    absent = np.setdiff1d(np.arange(len(norm.used)), place_of)
    _add_expected(norm, file, absent, x, total, variance)
    rows, back = np.unique(row, return_inverse=True)
    order = np.argsort(back, kind="stable")
    for block in dosage_blocks(cohort, rows, size=1024):
        low, high = np.searchsorted(back[order], [block.start, block.start + len(block.dosages)])
        at = order[low:high]
        copies = block.dosages.astype(np.float64)[back[at] - block.start]
        amount = worth(copies, kind[at]) * half[at, None]
        known = ~np.isnan(amount)
        total += file.weight[line[at]] @ np.where(known, amount, 0.0)
        _add_expected(norm, file, place_of[at], x, total, variance, ~known)
        watch(f"placing {file.id}", block.start + len(block.dosages), len(rows))
    return total, np.sqrt(variance)


def _add_expected(
    norm: ScoreNorm, file: ScoringFile, at: NDArray[np.intp], x: NDArray[np.float64], total: NDArray[np.float64],
    variance: NDArray[np.float64], missing: NDArray[np.bool_] | None = None,
) -> None:  # fmt: skip
    """Add what people of the same components carry on average where genotypes are missing (everywhere, if None)."""
    some = np.ones(len(at), bool) if missing is None else missing.any(axis=1)
    at = at[some]
    line = norm.used[at]
    most = np.where(file.effect_model[line] == 0, 2.0, 1.0)[:, None]
    mean = np.clip(norm.expected[at].astype(np.float64) @ x.T, 0.0, most)
    spread = mean * (1.0 - mean / most)
    if missing is not None:
        mean, spread = np.where(missing[some], mean, 0.0), np.where(missing[some], spread, 0.0)
    total += file.weight[line] @ mean
    variance += file.weight[line] ** 2 @ spread
