"""The study that calibrates scores in a reference cohort."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.errors import BadInput
from gennet.genomics.ancestry.matching import read_labels
from gennet.genomics.builds import Build
from gennet.genomics.cohorts.opening import open_given
from gennet.genomics.cohorts.studies import BUILD
from gennet.genomics.score_calibration.calibrating import SITES, calibrate
from gennet.genomics.score_calibration.calibration import ScoreCalibration, write_calibration
from gennet.genomics.score_calibration.cohort import CohortPlaces, place_cohort
from gennet.genomics.scoring_files import read_scoring_file

if TYPE_CHECKING:
    from gennet.core.study import Watch

FILE = "calibration.json.gz"


@dataclass(frozen=True, slots=True)
class Calibrating:
    """What `gennet genome score-reference` asks for."""

    reference: Annotated[tuple[Path, ...], Doc("The labelled cohort: BED, PGEN, BGEN, VCF or BCF.")]
    labels: Annotated[Path, Doc("Table of reference person and population, tab or comma separated.")]
    scores: Annotated[tuple[Path, ...], Doc("Scoring files of the PGS Catalog, or like them.")]
    cohort: Annotated[tuple[Path, ...], Doc("People to place on the scale at once, same formats.")] = ()
    components: Annotated[int, Doc("How many principal components.")] = 10
    sites: Annotated[int, Doc("Most sites that place a person.")] = SITES
    build: Annotated[Build | None, Doc(BUILD)] = None
    name: Annotated[str, Doc("What to call the reference in results; its file's name by default.")] = ""


def run(options: Calibrating, watch: Watch, folder: Path | None) -> Findings:
    """Calibrate, write the calibration into the folder, and say what the reference looks like on the scale."""
    cohort = open_given(options.reference, build=options.build)
    files = [read_scoring_file(path) for path in options.scores]
    if options.sites < 1:
        raise BadInput("there is no site", place="sites", remedy="ask for one or more")
    labels = read_labels(options.labels)
    name = options.name or options.reference[0].name.partition(".")[0]
    made = calibrate(
        cohort, files, labels, reference=name, components=options.components, sites=options.sites, watch=watch
    )
    notes = [
        *cohort.notes,
        f"{made.size:,} sites place a person; sites in linkage distort components: prune a dense reference before.",
        "Reference people are placed by the regression they were fitted in: their z-scores are a little too small.",
    ]
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        write_calibration(made, folder / FILE)
        notes.append(f"{FILE} places a person's scores: give it to gennet analyze beside the genome and the scores.")
    placed = None
    if options.cohort:
        others = open_given(options.cohort, build=options.build)
        placed = place_cohort(others, files, made, watch=watch)
        notes.extend(placed.notes)
    return Findings(
        "score-reference",
        f"{len(made.scores)} scores in {made.scores[0].norm.people:,} people of {len(made.groups.names)} populations of {name}.",
        (_norms(made), _groups(made), *([_people(made, placed)] if placed else [])),
        (
            Figure("groups", "Scores by population: 5 %, median, 95 %", Drawing.BARS, "groups", x="median",
                   label="group", low="low", high="high"),
            *([Figure("people", "People on the scale", Drawing.BARS, "people", x="z", label="person", low="low",
                      high="high", lines=(0.0,))] if placed and len(placed.samples) <= 60 else []),
        ),
        tuple(notes),
    )  # fmt: skip


def _norms(made: ScoreCalibration) -> Table:
    rows = list[tuple[Cell, ...]]()
    for one in made.scores:
        n = one.norm
        # Share of the variance of the score that components predict.
        explained = float(n.mean[1:] @ np.linalg.inv(n.precision) @ n.mean[1:])
        rows.append((
            one.score_id, len(one.used), n.people, float(n.mean[0]), n.sd, explained / (explained + n.sd**2),
            float(np.exp(n.log_variance[0] / 2)),
        ))  # fmt: skip
    columns = (
        "score: Score", "variants: Variants in the reference", "people: People", "mean: Mean at the centre",
        "sd: Residual standard deviation", "explained: Share of variance that ancestry predicts [1]",
        "sd_centre: Standard deviation at the centre",
    )  # fmt: skip
    return table("scores", "Scores in the reference", columns, rows)


def _groups(made: ScoreCalibration) -> Table:
    """Tell raw scores by population, in standard deviations of all residuals from the mean of all."""
    rows = list[tuple[Cell, ...]]()
    for at, group in enumerate(made.groups.names):
        for one in made.scores:
            z = (one.by_group[at] - one.norm.mean[0]) / one.norm.sd
            low, middle, high = np.quantile(z, [0.05, 0.5, 0.95]).tolist()
            name = f"{group}, {one.score_id}" if len(made.scores) > 1 else group
            rows.append((name, len(z), low, middle, high))
    columns = (
        "group: Population", "people: People", "low: 5 % [sd]", "median: Median [sd]", "high: 95 % [sd]"
    )  # fmt: skip
    return table("groups", "Raw scores by population", columns, rows)


def _people(made: ScoreCalibration, placed: CohortPlaces) -> Table:
    rows = list[tuple[Cell, ...]]()
    for i, person in enumerate(placed.samples):
        for at, one in enumerate(made.scores):
            p, name = placed.places[i][at], f"{person}, {one.score_id}" if len(made.scores) > 1 else person
            low, high = p.z - 1.96 * p.z_se, p.z + 1.96 * p.z_se
            rows.append((
                name, placed.groups[i], p.z, low, high, p.percentile, p.z_mean, p.distance, p.distance_percentile,
                p.extrapolates,
            ))  # fmt: skip
    columns = (
        "person: Person", "group: Most similar population", "z: Z (mean and variance by ancestry)", "low: Low",
        "high: High", "percentile: Percentile", "z_mean: Z (mean by ancestry)", "distance: Distance from the centre",
        "distance_percentile: Its percentile", "extrapolates: Extrapolated",
    )  # fmt: skip
    return table("people", "People on the scale", columns, rows)


STUDIES: tuple[Study, ...] = (
    Study(
        field="genome",
        name="score-reference",
        title="Calibrate polygenic scores on a continuous scale of ancestry",
        options=Calibrating,
        run=run,
        reference="10.1101/2024.05.29.24307783",
    ),
)
