"""`gennet expression panel`, `classify` and `batches`: groups of samples told apart, predicted, and freed of batches."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.names import count
from gennet.core.study import Doc, Watch, silent
from gennet.errors import InvalidContent
from gennet.expression._inputs import (
    EXPRESSION,
    ORIENTATION,
    SCALE,
    SHEET,
    Scale,
    design_from,
    labels_from,
    logarithms,
    matrix_of,
)
from gennet.expression._normalise_study import write_matrix
from gennet.expression.batches import combat
from gennet.expression.classifier import Judged, judge
from gennet.expression.matrix import ExpressionMatrix, Samples
from gennet.expression.panels import Panel, Selection, find_panel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_UNLIKE = 0.05
_ENOUGH = 40
"""Samples from which a two-sided conformal p-value can be under 0.05."""


@dataclass(frozen=True, slots=True)
class PanelOptions:
    """What `gennet expression panel` asks for."""

    expression: Annotated[Path, Doc(EXPRESSION)]
    samples: Annotated[Path, Doc(SHEET)]
    variable: Annotated[str, Doc("Column of the sheet that holds two groups.")]
    selection: Annotated[Selection, Doc("How genes are chosen.")] = Selection.STABILITY
    size: Annotated[int, Doc("Most genes of the panel.")] = 10
    folds: Annotated[int, Doc("Outer folds.")] = 5
    permuted: Annotated[int, Doc("Times the whole procedure is repeated on permuted groups.")] = 5
    seed: Annotated[int, Doc("Seed of folds and halves.")] = 1
    samples_in: Annotated[Samples, Doc(ORIENTATION)] = Samples.COLUMNS
    scale: Annotated[Scale, Doc(SCALE)] = Scale.AUTO


def run_panel(options: PanelOptions, watch: Watch = silent, folder: Path | None = None) -> Findings:
    """Choose a panel; judge the procedure on samples kept back."""
    _ = folder
    if options.size < 1 or options.folds < 2:
        raise InvalidContent("a panel needs a gene and two folds", place="size, folds", remedy="give more")
    matrix = matrix_of(options.expression, options.samples_in, options.scale)
    labels, kept = labels_from(options.samples, matrix.samples, options.variable)
    groups = sorted(set(labels))
    if len(groups) != 2:
        raise InvalidContent(
            f"{options.variable} has {len(groups)} groups", place=options.samples.name, remedy="give two"
        )
    cases = np.array([label == groups[1] for label in labels])
    values = logarithms(matrix)[kept]
    made = find_panel(
        values, cases, options.selection, np.random.default_rng(options.seed),
        size=options.size, folds=options.folds, permuted=options.permuted, watch=watch,
    )  # fmt: skip
    chance = "" if math.isnan(made.null_auc) else f" (with groups permuted {made.null_auc:.2f})"
    return Findings(
        study="panel",
        summary=(
            f"{count(len(made.chosen), 'gene')} for {groups[1]} against {groups[0]}; panels so chosen reach an area under "
            f"the ROC curve of {made.auc:.3f} ({made.auc_low:.3f} to {made.auc_high:.3f}) on samples kept back{chance}."
        ),
        tables=(_panel(matrix, values, cases, made), _predicted(matrix, kept, labels, groups[1], made)),
        figures=(Figure("panel", "Panel", Drawing.BARS, "panel", x="worth", label="gene"),),
        notes=tuple(_panel_notes(options, made, len(matrix.genes))),
    )


def _panel(matrix: ExpressionMatrix, values: NDArray[np.float64], cases: NDArray[np.bool_], made: Panel) -> Table:
    shift = values[cases].mean(axis=0) - values[~cases].mean(axis=0)
    rows = [
        (matrix.genes[gene], float(worth), float(often), float(shift[gene]))
        for gene, worth, often in zip(made.chosen.tolist(), made.worth, made.refound, strict=True)
    ]
    described = (
        "gene: Gene",
        "worth: Frequency or merit",
        "refound: Share of outer folds",
        "shift: Difference of means",
    )
    return table("panel", "Panel, best first", described, rows)


def _predicted(matrix: ExpressionMatrix, kept: NDArray[np.bool_], labels: list[str], group: str, made: Panel) -> Table:
    names = [name for name, held in zip(matrix.samples, kept, strict=True) if held]
    rows = list(zip(names, labels, made.predicted.tolist(), strict=True))
    return table("samples", "Samples kept back", ("sample: Sample", "group: Group", f"p: Probability of {group}"), rows)


def _panel_notes(options: PanelOptions, made: Panel, genes: int) -> list[str]:
    notes = ["Genes, scales and weights were chosen anew in each outer fold, without its samples."]
    if options.selection is Selection.STABILITY and len(made.worth) and made.worth.min() > 0.5:
        most = max(options.size, 5) ** 2 / ((2 * float(made.worth.min()) - 1) * genes)
        notes.append(f"Fewer than {most:.2g} of these genes are expected to be false, were all irrelevant genes alike.")
    if len(made.refound) and made.refound.mean() < 0.5:
        notes.append("Most of these genes are not chosen again from other samples: the panel is one of many.")
    return notes


@dataclass(frozen=True, slots=True)
class ClassifyOptions:
    """What `gennet expression classify` asks for."""

    expression: Annotated[Path, Doc(EXPRESSION)]
    samples: Annotated[Path, Doc(SHEET)]
    variable: Annotated[str, Doc("Column of the sheet that holds the groups.")]
    predict: Annotated[Path | None, Doc("Expression of samples to predict, processed alike.")] = None
    folds: Annotated[int, Doc("Outer and inner folds.")] = 5
    seed: Annotated[int, Doc("Seed of the folds.")] = 1
    samples_in: Annotated[Samples, Doc(ORIENTATION)] = Samples.COLUMNS
    scale: Annotated[Scale, Doc(SCALE)] = Scale.AUTO


def run_classify(options: ClassifyOptions, watch: Watch = silent, folder: Path | None = None) -> Findings:
    """Learn groups; judge by nested folds; predict others."""
    _ = folder
    if options.folds < 2:
        raise InvalidContent("there must be two folds", place="folds", remedy="give 5")
    matrix = matrix_of(options.expression, options.samples_in, options.scale)
    labels, kept = labels_from(options.samples, matrix.samples, options.variable)
    others = None
    if options.predict is not None:
        others = _alike(matrix, matrix_of(options.predict, options.samples_in, options.scale), options.predict.name)
    made = judge(
        logarithms(matrix)[kept], labels, np.random.default_rng(options.seed), folds=options.folds, watch=watch
    )
    names = [name for name, held in zip(matrix.samples, kept, strict=True) if held]
    tables = [
        _accuracy(made),
        _probabilities("kept_back", "Samples kept back", names, labels, made, made.probabilities, made.likeness),
    ]
    notes = [
        "Genes, penalty and temperature were chosen by inner folds; every figure of accuracy is of samples kept back."
    ]
    if len(labels) < _ENOUGH:
        notes.append(f"With fewer than {_ENOUGH} training samples none can be shown to be unlike them.")
    if others is not None:
        values = logarithms(others)
        like = made.classifier.likeness(values)
        blank = [""] * len(others.samples)
        tables.append(
            _probabilities(
                "predicted",
                "Predicted samples",
                others.samples,
                blank,
                made,
                made.classifier.probabilities(values),
                like,
            )
        )
        unlike = int((like < _UNLIKE).sum())
        if unlike:
            notes.append(f"Unlike the training data: {count(unlike, 'sample')}; do not rely on their probabilities.")
    tables.append(_used(matrix, made))
    return Findings(
        study="classify",
        summary=(
            f"{100 * made.accuracy:.1f} % ({100 * made.accuracy_low:.1f} to {100 * made.accuracy_high:.1f} %) of "
            f"{count(len(labels), 'sample')} kept back are named right; the largest group is {100 * made.largest_group:.0f} %."
        ),
        tables=tuple(tables),
        figures=(
            Figure("probabilities", "Probability of the likeliest group", Drawing.POINTS, "kept_back", x="likeness", y="highest", label="sample", series=("group",)),
        ),
        notes=tuple(notes),
    )  # fmt: skip


def _alike(matrix: ExpressionMatrix, others: ExpressionMatrix, place: str) -> ExpressionMatrix:
    if others.scale != matrix.scale:
        raise InvalidContent(
            f"these are {others.scale} values and training is on {matrix.scale}",
            place=place,
            remedy="process both alike",
        )
    columns = others.columns(matrix.genes)
    if len(columns) < len(matrix.genes):
        known = set(others.genes)
        gap = next(gene for gene in matrix.genes if gene not in known)
        raise InvalidContent(
            f"{len(matrix.genes) - len(columns)} genes of training are missing, as {gap}", place=place,
            remedy="train on the genes both measure",
        )  # fmt: skip
    return replace(others, genes=matrix.genes, values=np.ascontiguousarray(others.values[:, columns]))


def _accuracy(made: Judged) -> Table:
    rows = [
        ("accuracy", made.accuracy, made.accuracy_low, made.accuracy_high),
        ("accuracy of naming the largest group", made.largest_group, None, None),
        ("Brier score", made.brier, None, None),
        ("log loss", made.log_loss, None, None),
        ("calibration slope", None if math.isnan(made.calibration_slope) else made.calibration_slope, None, None),
    ]
    return table(
        "accuracy", "On samples kept back", ("measure: Measure", "value: Value", "low: Low", "high: High"), rows
    )


def _probabilities(
    name: str, title: str, samples: list[str] | tuple[str, ...], labels: list[str], made: Judged,
    probabilities: NDArray[np.float64], likeness: NDArray[np.float64],
) -> Table:  # fmt: skip
    groups = made.classifier.groups
    rows: list[tuple[Cell, ...]] = [
        (
            sample,
            label or None,
            groups[int(p.argmax())],
            float(p.max()),
            *map(float, p),
            float(like),
            bool(like < _UNLIKE),
        )
        for sample, label, p, like in zip(samples, labels, probabilities, likeness, strict=True)
    ]
    described = (
        "sample: Sample", "group: Group", "likeliest: Likeliest group", "highest: Its probability",
        *(f"p{i + 1}: Probability of {group}" for i, group in enumerate(groups)),
        "likeness: Likeness to the training data", "unlike: Unlike the training data",
    )  # fmt: skip
    return table(name, title, described, rows)


def _used(matrix: ExpressionMatrix, made: Judged) -> Table:
    weights = made.classifier.weights[:, :-1] / made.classifier.temperature
    order = np.argsort(-np.abs(weights).max(axis=0), kind="stable").tolist()
    rows = [(matrix.genes[made.classifier.genes[i]], *map(float, weights[:, i])) for i in order]
    described = ("gene: Gene", *(f"w{i + 1}: Weight for {group}" for i, group in enumerate(made.classifier.groups)))
    return table("weights", "Genes used, per standard deviation", described, rows)


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What `gennet expression batches` asks for."""

    expression: Annotated[Path, Doc(EXPRESSION)]
    samples: Annotated[Path, Doc(SHEET)]
    batch: Annotated[str, Doc("Column of the sheet that names batches.")]
    keep: Annotated[str, Doc("Column whose differences are kept: numbers, or words of two groups.")] = ""
    samples_in: Annotated[Samples, Doc(ORIENTATION)] = Samples.COLUMNS
    scale: Annotated[Scale, Doc(SCALE)] = Scale.AUTO


def run_batches(options: BatchOptions, watch: Watch = silent, folder: Path | None = None) -> Findings:
    """Take batches out; write the matrix; say how much of the variance they were."""
    watch("reading expression", 0)
    matrix = matrix_of(options.expression, options.samples_in, options.scale)
    labels, kept = labels_from(options.samples, matrix.samples, options.batch)
    if not kept.all():
        gap = matrix.samples[int(np.flatnonzero(~kept)[0])]
        raise InvalidContent(f"sample {gap!r} has no batch", place=options.samples.name, remedy="name every sample's")
    covariates = None
    if options.keep:
        design = design_from(options.samples, matrix.samples, options.keep, ())
        if not design.kept.all():
            raise InvalidContent(f"some samples lack {options.keep}", place=options.samples.name, remedy="fill it in")
        covariates = design.matrix[:, 1:]
    before = logarithms(matrix)
    watch("correcting", 0)
    after = combat(before, labels, covariates)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        write_matrix(folder / "corrected.tsv", matrix.samples, matrix.genes, after)
    shares = [float(np.median(_explained(values, labels))) for values in (before, after)]
    return Findings(
        study="batches",
        summary=(
            f"{count(len(set(labels)), 'batch').replace('batchs', 'batches')} explained {100 * shares[0]:.1f} % of the median gene's variance "
            f"before and {100 * shares[1]:.1f} % after correction."
        ),
        tables=(_components(matrix, labels, before, after),),
        figures=tuple(
            Figure(f"{when}_correction", f"Samples {when} correction", Drawing.POINTS, "components", x=f"{when}_1", y=f"{when}_2", label="sample", series=("batch",))
            for when in ("before", "after")
        ),
        notes=(
            "Values of each sample now depend on all others: use them for studies of this cohort, not for a person's report.",
            "Tests on corrected values are too sure where batches and groups are unbalanced; adjusting for batch as covariate is safer.",
        ),
    )  # fmt: skip


def _explained(values: NDArray[np.float64], labels: list[str]) -> NDArray[np.float64]:
    """Return the share of each gene's variance that lies between batches; genes without variance are left out."""
    held = values[:, np.ptp(values, axis=0) > 0]
    z = held - held.mean(axis=0)
    batches = np.array(labels)
    between = sum((batches == b).sum() * z[batches == b].mean(axis=0) ** 2 for b in sorted(set(labels)))
    return np.asarray(between / (z**2).sum(axis=0))


def _components(
    matrix: ExpressionMatrix, labels: list[str], before: NDArray[np.float64], after: NDArray[np.float64]
) -> Table:
    made = []
    for values in (before, after):
        left, scale, _ = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
        made += [left[:, 0] * scale[0], left[:, 1] * scale[1]]
    rows: list[tuple[Cell, ...]] = [
        (sample, labels[i], *(float(one[i]) for one in made)) for i, sample in enumerate(matrix.samples)
    ]
    described = (
        "sample: Sample", "batch: Batch", "before_1: First component before", "before_2: Second component before",
        "after_1: First component after", "after_2: Second component after",
    )  # fmt: skip
    return table("components", "Principal components of the samples", described, rows)
