"""The study that scores a cohort."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.genomics.builds import Build
from gennet.genomics.cohort_scores.scoring import Missing, score_cohort
from gennet.genomics.cohorts.opening import open_given
from gennet.genomics.cohorts.studies import BUILD, COHORT
from gennet.genomics.names import count
from gennet.genomics.scoring_files import read_scoring_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gennet.core.study import Watch
    from gennet.genomics.cohort_scores.scoring import CohortScores

_MOST_CELLS = 400_000
"""Larger tables are written beside the findings, not into them."""
_BINS = 40
_DRAWN = 8
CHECKPOINT = "scores.checkpoint.npz"


@dataclass(frozen=True, slots=True)
class Scoring:
    """What `gennet genome score-cohort` asks for."""

    cohort: Annotated[tuple[Path, ...], Doc(COHORT)]
    scores: Annotated[tuple[Path, ...], Doc("Scoring files of the PGS Catalog, or like them.")]
    build: Annotated[Build | None, Doc(BUILD)] = None
    missing: Annotated[Missing, Doc("What a missing genotype counts: the mean of those called, or nothing.")] = (
        Missing.MEAN
    )
    hard_calls: Annotated[bool, Doc("Score hard calls alone, not the dosages of a PGEN or BGEN.")] = False
    exact: Annotated[bool, Doc("Sum in doubles, however many scores there are.")] = False


def score(options: Scoring, watch: Watch, folder: Path | None) -> Findings:
    """Score everybody; a run that was killed goes on from its checkpoint in the folder."""
    cohort = open_given(options.cohort, build=options.build)
    files = [read_scoring_file(path) for path in options.scores]
    checkpoint = folder / CHECKPOINT if folder else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    found = score_cohort(
        cohort, files, missing=options.missing, exact=True if options.exact else None,
        dosages=not options.hard_calls,
        checkpoint=checkpoint, watch=watch,
    )  # fmt: skip
    notes = [*cohort.notes, *_notes(found, options.missing)]
    if cohort.build is None:
        notes.append(f"The cohort does not state its genome build; that of the scores, {files[0].build}, was assumed.")
    people = list[Table]()
    if found.sums.size * 2 <= _MOST_CELLS:
        people.append(_people(found))
    elif folder:
        _write_people(found, folder / "people.tsv")
        notes.append("The scores of each person are in people.tsv alone.")
    return Findings(
        "score-cohort",
        f"{len(found.scores)} scores of {len(found.samples):,} people.",
        (_summary(found), *people, _distribution(found)),
        (
            Figure(
                "distribution", "Scores of the cohort", Drawing.LINE, "distribution", x="deviation", y="people",
                series=("score",),
            ),
            Figure("coverage", "Variants matched", Drawing.BARS, "scores", x="coverage", label="score"),
        ),
        tuple(notes),
    )  # fmt: skip


def _notes(found: CohortScores, missing: Missing) -> Iterator[str]:
    words = "as the mean of those called" if missing is Missing.MEAN else "nothing"
    yield f"A missing genotype counts {words}."
    if found.error.any():
        yield f"Sums are of 32-bit tables; they are within {found.error.max():.3g} of double arithmetic."
    for one in found.scores:
        yield from (f"{one.id}: {note}" for note in one.notes)


def _summary(found: CohortScores) -> Table:
    rows = list[tuple[Cell, ...]]()
    for at, one in enumerate(found.scores):
        sums = found.sums[:, at][found.called[:, at] > 0]
        spread = float(sums.std(ddof=1)) if len(sums) > 1 else None
        middle = (float(sums.mean()), spread, float(sums.min()), float(sums.max())) if len(sums) else (None,) * 4
        share = one.matched / one.variants if one.variants else None
        fewest = int(found.called[:, at].min())
        rows.append((one.id, one.variants, one.matched, share, one.flipped, one.palindromic, *middle, fewest))
    columns = (
        "score: Score", "variants: Variants in the file", "matched: Matched", "coverage: Share matched [1]",
        "flipped: On the opposite strand", "palindromic: Palindromic", "mean: Mean", "sd: Standard deviation",
        "lowest: Lowest", "highest: Highest", "fewest_called: Fewest genotypes of a person",
    )  # fmt: skip
    return table("scores", "Scores", columns, rows)


def _columns(found: CohortScores) -> list[str]:
    names = (f"{one.id}: {one.id}\t{one.id}_called: Genotypes called of {one.id}" for one in found.scores)
    return ["sample: Sample", *(column for pair in names for column in pair.split("\t"))]


def _rows(found: CohortScores) -> Iterator[tuple[Cell, ...]]:
    for sample, sums, called in zip(found.samples, found.sums, found.called, strict=True):
        known = (None if math.isnan(value) else value for value in sums.tolist())
        yield (sample, *(cell for pair in zip(known, called.tolist(), strict=True) for cell in pair))


def _people(found: CohortScores) -> Table:
    return table("people", "Scores of each person", _columns(found), list(_rows(found)))


def _write_people(found: CohortScores, path: Path) -> None:
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8") as stream:
        stream.write("\t".join(column.partition(":")[0] for column in _columns(found)) + "\n")
        stream.writelines("\t".join("" if cell is None else str(cell) for cell in row) + "\n" for row in _rows(found))
    part.replace(path)


def _distribution(found: CohortScores) -> Table:
    """Count people by how many standard deviations from the mean they are, for the first few scores."""
    edges = np.linspace(-4, 4, _BINS + 1)
    rows = list[tuple[Cell, ...]]()
    for at, one in enumerate(found.scores[:_DRAWN]):
        sums = found.sums[:, at][found.called[:, at] > 0]
        if not len(sums) or not sums.std():
            continue
        counts, _ = np.histogram(np.clip((sums - sums.mean()) / sums.std(), -4, 4), edges)
        centres = (edges[1:] + edges[:-1]) / 2
        rows += [(one.id, float(x), int(n)) for x, n in zip(centres, counts, strict=True)]
    left = len(found.scores) - _DRAWN
    title = "People by score" + (f" (the first {_DRAWN}; {count(left, 'score')} more)" if left > 0 else "")
    columns = ("score: Score", "deviation: Standard deviations from the mean", "people: People")
    return table("distribution", title, columns, rows)


STUDIES: tuple[Study, ...] = (
    Study(
        field="genome",
        name="score-cohort",
        title="Score everybody in a cohort by many polygenic scores in one pass",
        options=Scoring,
        run=score,
        reference="10.1038/s41596-020-0353-1",
    ),
)
