"""`gennet genome clocks`: epigenetic ages of a cohort, their acceleration, and a warning where batches explain them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.sheets import numbers, read_sheet
from gennet.core.study import Doc, Watch, silent
from gennet.errors import BadInput, InvalidContent, UnknownName
from gennet.genomics.methylation.ages import COVERAGE, read_reference
from gennet.genomics.methylation.bmiq import normalise
from gennet.genomics.methylation.clocks import Clock, read_clock, read_clocks
from gennet.genomics.methylation.cohort_ages import CohortAges, all_ages, explained_by, residuals
from gennet.genomics.methylation.matrix import BetaMatrix, read_matrix
from gennet.genomics.names import count, near

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_BATCH_P = 0.01


@dataclass(frozen=True, slots=True)
class ClockOptions:
    """What `gennet genome clocks` asks for."""

    betas: Annotated[Path, Doc("Betas of many samples: CSV, TSV or Parquet.")]
    samples: Annotated[Path | None, Doc("Sheet of the samples: CSV or TSV, first column the sample.")] = None
    age: Annotated[str, Doc("Column of the sheet with ages in years.")] = "age"
    batch: Annotated[str, Doc("Column of the sheet with the batch: plate, slide or laboratory.")] = "batch"
    clock: Annotated[tuple[str, ...], Doc("Clocks to compute; all when left out.")] = ()
    coefficients: Annotated[
        tuple[Path, ...], Doc("Coefficient files of further clocks, or folders of them, such as methylclock's.")
    ] = ()
    reference: Annotated[Path | None, Doc("Typical beta of each CpG (CSV), for CpGs that a sample lacks.")] = None
    normalise: Annotated[
        bool, Doc("Bring each sample to the reference first (BMIQ), as Horvath's multi-tissue clock asks for.")
    ] = False


def run(
    options: ClockOptions, watch: Watch = silent, folder: Path | None = None, *, methylation_clocks_biolearn: Path
) -> Findings:
    """Compute the clocks of a cohort."""
    _ = folder
    watch("reading betas", 0)
    matrix = read_matrix(options.betas)
    clocks = _clocks(options, methylation_clocks_biolearn)
    reference = None if options.reference is None else read_reference(options.reference)
    ages, batches, notes = _sheet(options, matrix)
    if options.normalise:
        if reference is None:
            raise BadInput("there is nothing to normalise to", place="normalise", remedy="give --reference")
        matrix = normalise(matrix, reference, watch)
        notes.append("Betas were brought to the reference (BMIQ); clocks made without it may be off.")
    made = list[CohortAges]()
    for i, clock in enumerate(clocks):
        watch("computing clocks", i, len(clocks))
        made += all_ages(matrix, [clock], reference)
    rows = [row for one in made for row in _rows(one, matrix, ages)]
    warned = list(_warnings(made, ages, batches))
    refused, named = _refused(made), {row[0] for row in rows}
    notes += [f"Batches explain {w[1]:.0%} of {w[0]} (p {w[2]:.1g}): compare samples within a batch." for w in warned]
    notes += [
        f"{one.clock.name}: {one.clock.definition.dispute}."
        for one in made
        if one.clock.name in named and one.clock.definition.dispute
    ]
    below = sorted({str(row[0]) for row in rows if row[5] == "a" and isinstance(row[2], float) and row[2] < 0})
    if below:
        notes.append(
            f"Below 0 years: {', '.join(below)}; the samples are not of the tissue or array these clocks are for."
        )
    notes.append("Intervals tell what missing CpGs leave open, not the error of the clock itself.")
    tables = (_table(rows), refused, _batch_table(warned), _ages_by_clock(rows))
    return Findings(
        study="clocks",
        summary=f"{count(len(named), 'clock')} of {len(clocks)} gave values for {count(len(matrix.samples), 'sample')}.",
        tables=tuple(t for t in tables if t.rows or t is tables[0]),
        figures=tuple(_figures(rows)),
        notes=tuple(notes),
    )


def _clocks(options: ClockOptions, folder: Path) -> list[Clock]:
    clocks = list(read_clocks(folder))
    for path in options.coefficients:
        clocks += read_clocks(path) if path.is_dir() else read_clock(path)
    # A clock that the user brings takes the place of ours of the same name.
    by_name = {clock.name: clock for clock in clocks}
    for name in options.clock:
        if name not in by_name:
            raise UnknownName(f"no clock {name!r}", place="clock", remedy=near(name, list(by_name)))
    return [by_name[name] for name in options.clock or by_name]


def _sheet(options: ClockOptions, matrix: BetaMatrix) -> tuple[NDArray[np.float64], tuple[str, ...] | None, list[str]]:
    ages = np.full(len(matrix.samples), math.nan)
    if options.samples is None:
        return ages, None, ["No sheet of samples: acceleration and batches are not looked at."]
    sheet, notes = read_sheet(options.samples, matrix.samples), list[str]()
    if options.age in sheet:
        ages = numbers(sheet[options.age], options.age, options.samples.name)
        if (ages < 0).any() or (ages > 130).any():
            raise InvalidContent("an age is not between 0 and 130 years", place=options.samples.name, remedy="mend it")
    else:
        notes.append(f"The sheet has no column {options.age}: no acceleration.")
    batches = sheet.get(options.batch)
    if batches is None:
        notes.append(f"The sheet has no column {options.batch}: batches are not looked at.")
    return ages, batches, notes


def _rows(one: CohortAges, matrix: BetaMatrix, ages: NDArray[np.float64]) -> Iterator[tuple[Cell, ...]]:
    how, total = one.clock.definition, len(one.clock.cpgs)
    left = residuals(one.values, ages)
    for i, sample in enumerate(matrix.samples):
        if math.isfinite(one.values[i]):
            known = how.is_age and math.isfinite(ages[i])
            yield (
                one.clock.name, sample, float(one.values[i]), float(one.low[i]), float(one.high[i]), how.unit,
                int(one.measured[i]), total, _known(ages[i]), float(one.values[i] - ages[i]) if known else None,
                _known(left[i]),
            )  # fmt: skip


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _table(rows: Sequence[tuple[Cell, ...]]) -> Table:
    described = (
        "clock: Clock", "sample: Sample", "value: Value", "low: Low", "high: High", "unit: Unit", "measured: CpGs measured",
        "cpgs: CpGs of the clock", "age: Chronological age [a]", "difference: Ahead of the age [a]",
        "acceleration: Residual on age",
    )  # fmt: skip
    return table("ages", "Epigenetic ages and scores", described, rows)


def _refused(made: Sequence[CohortAges]) -> Table:
    rows = [
        (one.clock.name, int(np.isnan(one.values).sum()), int(one.measured.max()), len(one.clock.cpgs))
        for one in made
        if np.isnan(one.values).any()
    ]
    title = f"Clocks not computed: fewer than {COVERAGE * 100:.0f} % of their CpGs are measured"
    return table(
        "refused", title, ("clock: Clock", "samples: Samples", "measured: CpGs measured, most", "cpgs: CpGs"), rows
    )


def _warnings(
    made: Sequence[CohortAges], ages: NDArray[np.float64], batches: tuple[str, ...] | None
) -> Iterator[tuple[str, float, float]]:
    """Yield clocks whose acceleration, or value where ages are not known, differs between batches."""
    for one in made if batches is not None else ():
        left = residuals(one.values, ages)
        found = explained_by(batches or (), left if np.isfinite(left).any() else one.values)
        if found is not None and found[1] < _BATCH_P:
            yield one.clock.name, *found


def _batch_table(warned: Sequence[tuple[str, float, float]]) -> Table:
    return table(
        "batches",
        f"Clocks that batches explain, p below {_BATCH_P:g}",
        ("clock: Clock", "share: Share of variance", "p: P value"),
        warned,
    )


def _ages_by_clock(rows: Sequence[tuple[Cell, ...]]) -> Table:
    picked = [(row[1], row[0], row[2], row[8]) for row in rows if row[5] == "a"]
    described = ("sample: Sample", "clock: Clock", "value: Epigenetic age [a]", "age: Chronological age [a]")
    return table("years", "Clocks that count years", described, picked)


def _figures(rows: Sequence[tuple[Cell, ...]]) -> Iterator[Figure]:
    if any(row[5] == "a" for row in rows):
        yield Figure("years", "Epigenetic ages", Drawing.HEATMAP, "years", y="value", label="sample", series=("clock",))
    if any(row[5] == "a" and row[8] is not None for row in rows):
        yield Figure(
            "acceleration",
            "Epigenetic against chronological age",
            Drawing.POINTS,
            "years",
            x="age",
            y="value",
            series=("clock",),
        )
