"""One person's scores among reference people of the same ancestry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.parts import Part
from gennet.errors import BadInput
from gennet.genomics._matching import Matcher
from gennet.genomics.ancestry.components import augmented
from gennet.genomics.names import count
from gennet.genomics.score_calibration.calibration import ScoreCalibration, ScoreNorm, fingerprint
from gennet.genomics.score_calibration.normalising import Placed, nearest, place
from gennet.genomics.scoring_files import ScoringFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.genomics.genotypes import Genotypes
    from gennet.genomics.scoring_files import ScoringFiles

_LEAST_SHARE = 0.2
"""Fewer of the sites than this do not place a person."""
_LEAST_SITES = 50
_FEW_IN_GROUP = 20


@dataclass(frozen=True, slots=True)
class CalibratedScore:
    """One score on the reference's continuous scale of ancestry."""

    score_id: str
    name: str
    trait: str
    value: float
    """Over the variants that the reference holds; missing ones at what people of these components carry on average."""
    variants: int
    """That the reference holds."""
    called: int
    """Of those, with a genotype of this person."""
    value_sd: float
    """Standard error of `value` from those not called, in Hardy-Weinberg and linkage equilibrium."""
    placed: Placed
    group_percentile: float | None
    """0 to 100, among the people of the most similar group; None where these are fewer than 20."""


@dataclass(frozen=True, slots=True)
class CalibratedScores(Part):
    """
    A person's scores among reference people of the same ancestry.

    >>> CalibratedScores("1000 Genomes", (), None, None, 0, 0, ("nothing",)).size
    0
    """

    reference: str
    scores: tuple[CalibratedScore, ...]
    group: str | None
    """The reference's most similar group: similarity, not identity. None when the person could not be placed."""
    group_distance: float | None
    """Mahalanobis distance to that group's centre."""
    sites_used: int
    sites_total: int
    notes: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many scores there are."""
        return len(self.scores)


def calibrated_scores(genotypes: Genotypes, files: ScoringFiles, calibration: ScoreCalibration) -> CalibratedScores:
    """
    Place a person on the reference's principal components, and their scores among people who stand there.

    Scores whose files the calibration was not made with are left out with a note. A file that lists variants only
    cannot place a person: the sites it is silent about are not known to be reference.

    Raises
    ------
    BadInput
        The builds differ, by statement or by evidence.

    References
    ----------
    Zhang, Dey & Lee. Fast and robust ancestry prediction. Bioinformatics (2020). doi:10.1093/bioinformatics/btaa152
    """
    if genotypes.build != calibration.build:
        raise BadInput(
            f"the genotypes of {genotypes.sample} are in {genotypes.build}, the calibration in {calibration.build}",
            remedy="make the calibration with a reference of that build",
        )
    matcher = Matcher(genotypes)
    known = {norm.fingerprint: norm for norm in calibration.scores}
    paired = [(file, known.get(fingerprint(file))) for file in files.files]
    notes = [f"{file.id} is not in the calibration." for file, norm in paired if norm is None]
    dosages = panel_dosages(calibration, matcher)
    used = int((dosages >= 0).sum())
    problem = why_not_placed(calibration, dosages)
    if problem:
        return CalibratedScores(calibration.reference, (), None, None, used, len(dosages), (*notes, problem))
    components = locate(calibration, dosages)
    group, away = nearest(calibration.groups, components)
    at = calibration.groups.names.index(group)
    scores = tuple(_score(file, norm, matcher, components, at) for file, norm in paired if norm is not None)
    beyond = [one for one in scores if one.placed.extrapolates]
    if beyond:
        p = beyond[0].placed
        notes.append(
            f"The person lies farther from the reference's centre (distance {p.distance:.1f}) than 99.9 % of a normal "
            "distribution: the scale is extrapolated, the interval widened."
        )
    if used < len(dosages):
        notes.append(f"{used:,} of {count(len(dosages), 'site')} that tell ancestry are known.")
    return CalibratedScores(calibration.reference, scores, group, away, used, len(dosages), tuple(notes))


def panel_dosages(calibration: ScoreCalibration, matcher: Matcher) -> NDArray[np.int8]:
    """Count a person's alternate alleles at the sites of the calibration; -1 where not known."""
    matches = next(matcher.match((as_scoring_file(calibration),)))
    return np.where(matches.matched, matches.dosage, -1.0).astype(np.int8)


def as_scoring_file(calibration: ScoreCalibration) -> ScoringFile:
    """Return the sites of a calibration as a score, so that they are matched by its rules: swapped alleles, strands, builds."""
    size = calibration.size
    codes: dict[str, int] = {}
    reference = np.array([codes.setdefault(pair[0], len(codes)) for pair in calibration.alleles], np.int32)
    alternate = np.array([codes.setdefault(pair[1], len(codes)) for pair in calibration.alleles], np.int32)
    return ScoringFile(
        id=calibration.reference, name="", trait="", trait_efo="", build=calibration.build, citation="", license="",
        chromosome=calibration.chromosome, position=calibration.position, effect_allele=alternate,
        other_allele=reference, alleles=tuple(codes), weight=np.ones(size), allele_frequency=np.full(size, -1.0),
        rsid=np.zeros(size, np.int64), effect_model=np.zeros(size, np.int8),
    )  # fmt: skip


def why_not_placed(calibration: ScoreCalibration, dosages: NDArray[np.int8]) -> str:
    """Say why the sites known (`panel_dosages`) do not place a person; empty when they do."""
    known = dosages >= 0
    used, total = int(known.sum()), len(dosages)
    if used < max(_LEAST_SHARE * total, min(_LEAST_SITES, total)):
        return f"Only {used:,} of {total:,} sites that tell ancestry are known: too few to place the person."
    absent = (1.0 - calibration.components.mean[known] / 2.0) ** 2
    # Files of variants only hold no homozygous reference sites; placing by the rest would be wrong, not imprecise.
    if (dosages[known] == 0).sum() < 0.25 * absent.sum():
        return (
            "The file lists variants only: sites without a line are not known to be reference, so the person cannot be "
            "placed; give a gVCF, an array or the callable regions."
        )
    return ""


def locate(calibration: ScoreCalibration, dosages: NDArray[np.int8]) -> NDArray[np.float64]:
    """
    Return a person's principal components.

    Unknown sites are filled in with what the components of the known ones predict, so that they do not draw the person to
    the reference's mean.
    """
    held = calibration.components
    known = dosages >= 0
    z = np.where(known, (dosages - held.mean) / held.scale, 0.0)
    if not known.all():
        leading = held.loadings[:, : held.count]
        solved = np.linalg.lstsq(leading[known], z[known], rcond=None)[0]
        z[~known] = leading[~known] @ solved
    return augmented(held, z)


def _score(
    file: ScoringFile, norm: ScoreNorm, matcher: Matcher, components: NDArray[np.float64], group: int
) -> CalibratedScore:
    matches = next(matcher.match((file,)))
    rows = norm.used
    weight, model = file.weight[rows], file.effect_model[rows]
    carried = matches.dosage[rows]
    dominant, recessive = (carried >= 1).astype(float), (carried >= 2).astype(float)
    amount = np.where(model == 0, carried, np.where(model == 1, dominant, recessive))
    called = matches.matched[rows]
    x = np.concatenate([[1.0], (components - norm.norm.centre) / norm.norm.spread])
    most = np.where(model == 0, 2.0, 1.0)
    mean = np.clip(norm.expected.astype(np.float64) @ x, 0.0, most)
    value = float(weight @ np.where(called, amount, mean)) + file.constant
    spread = weight**2 * mean * (1.0 - mean / most)
    second = np.flatnonzero(file.paired[rows])
    spread[second] += 2.0 * weight[second] * weight[second - 1] * mean[second] * (1.0 - mean[second - 1])
    value_sd = math.sqrt(max(float(np.where(called, 0.0, spread).sum()), 0.0))
    return CalibratedScore(
        file.id, file.name, file.trait, value, len(rows), int(called.sum()), value_sd,
        place(norm.norm, value, components, value_sd=value_sd), share_below(norm.by_group[group], value),
    )  # fmt: skip


def share_below(values: NDArray[np.float64], value: float) -> float | None:
    """
    Return the percentile of a value among sorted others, ties counted half; None among fewer than 20.

    >>> share_below(np.arange(20.0), 10.0)
    52.5
    """
    if len(values) < _FEW_IN_GROUP:
        return None
    low, high = np.searchsorted(values, value, "left"), np.searchsorted(values, value, "right")
    return 100.0 * float(low + high) / (2 * len(values))
