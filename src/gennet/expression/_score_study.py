"""`gennet expression score`: gene sets or regulators in every sample, and where each stands in a reference cohort."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.names import count
from gennet.core.study import Doc, Watch, silent
from gennet.errors import InvalidContent
from gennet.expression._inputs import EXPRESSION, ORIENTATION, SCALE, Scale, logarithms, matrix_of
from gennet.expression._normalise_study import write_matrix
from gennet.expression.gene_sets import Collection, Weighted, place_sets, read_weighted_sets
from gennet.expression.matrix import ExpressionMatrix, Samples
from gennet.expression.percentiles import percentiles
from gennet.expression.scoring import Method, Scores, score

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LISTED = 20_000
_DRAWN_SETS, _DRAWN_SAMPLES = 40, 60


@dataclass(frozen=True, slots=True)
class ScoreOptions:
    """What `gennet expression score` asks for."""

    expression: Annotated[Path, Doc(EXPRESSION)]
    sets: Annotated[Path, Doc("Gene sets (GMT) or regulons (CSV or TSV of source,target,weight).")]
    method: Annotated[Method, Doc("How sets are scored; regulons with signs by ulm or mlm.")] = Method.SINGSCORE
    least: Annotated[int, Doc("Fewest measured genes of a set that is scored.")] = 5
    reference: Annotated[Path | None, Doc("Expression of a reference cohort, measured and processed alike.")] = None
    samples_in: Annotated[Samples, Doc(ORIENTATION)] = Samples.COLUMNS
    scale: Annotated[Scale, Doc(SCALE)] = Scale.AUTO


def run(options: ScoreOptions, watch: Watch = silent, folder: Path | None = None) -> Findings:
    """Score every sample; compare with the reference's."""
    watch("reading expression", 0)
    matrix = matrix_of(options.expression, options.samples_in, options.scale)
    sets, notes = read_weighted_sets(options.sets), list[str]()
    cohort = None if options.reference is None else matrix_of(options.reference, options.samples_in, options.scale)
    if cohort is not None:
        matrix, cohort = _alike(matrix, cohort, notes)
    placed = place_sets(sets, matrix.genes, least=options.least)
    watch("scoring", 0, len(matrix.samples))
    made = score(logarithms(matrix), placed, options.method)
    standing = (
        None if cohort is None else percentiles(made.values, score(logarithms(cohort), placed, options.method).values)
    )
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        write_matrix(folder / "score_matrix.tsv", matrix.samples, placed.names, made.values)
    return Findings(
        study="score",
        summary=(
            f"{count(len(placed.names), 'set')} scored by {options.method} in {count(len(matrix.samples), 'sample')} "
            f"of {len(matrix.genes):,} genes."
        ),
        tables=(_table(matrix, placed, made, standing), _coverage(placed, sets), _drawn(matrix, placed, made)),
        figures=(Figure("scores", "Scores", Drawing.HEATMAP, "heatmap", y="score", label="set", series=("sample",)),),
        notes=tuple(_notes(matrix, placed, made, notes)),
    )


def _alike(
    matrix: ExpressionMatrix, cohort: ExpressionMatrix, notes: list[str]
) -> tuple[ExpressionMatrix, ExpressionMatrix]:
    """Keep the genes that both measured: ranks among other genes are other ranks."""
    from dataclasses import replace

    if matrix.scale != cohort.scale:
        raise InvalidContent(
            f"the reference holds {cohort.scale} values and the samples {matrix.scale}", place="reference",
            remedy="process both alike",
        )  # fmt: skip
    known = set(cohort.genes)
    both = [gene for gene in matrix.genes if gene in known]
    if len(both) < min(len(matrix.genes), len(cohort.genes)) / 2:
        raise InvalidContent(
            f"only {len(both)} genes are measured in both", place="reference", remedy="use the same kind of gene names"
        )
    if len(both) < len(matrix.genes):
        notes.append(f"Scored on the {len(both):,} genes that the reference measured too, of {len(matrix.genes):,}.")
    return (
        replace(matrix, genes=tuple(both), values=np.ascontiguousarray(matrix.values[:, matrix.columns(both)])),
        replace(cohort, genes=tuple(both), values=np.ascontiguousarray(cohort.values[:, cohort.columns(both)])),
    )


def _table(
    matrix: ExpressionMatrix, placed: Collection, made: Scores,
    standing: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]] | None,
) -> Table:  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for i, sample in enumerate(matrix.samples):
        for j, name in enumerate(placed.names):
            p = None if made.p is None else float(made.p[i, j])
            beside = tuple(float(one[i, j]) for one in standing) if standing else (None, None, None)
            rows.append((sample, name, float(made.values[i, j]), p, *beside))
            if len(rows) == _LISTED:
                break
        if len(rows) == _LISTED:
            break
    described = (
        "sample: Sample", "set: Set", "score: Score", "p: P value", "percentile: Percentile in the reference",
        "low: Low", "high: High",
    )  # fmt: skip
    return table("scores", "Scores", described, rows)


def _coverage(placed: Collection, sets: Weighted) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (name, int(matched), int(total), float(matched / total), True)
        for name, matched, total in zip(placed.names, placed.matched, placed.total, strict=True)
    ]
    rows += [(name, None, len(sets[name]), None, False) for name in placed.left_out]
    described = ("set: Set", "matched: Measured genes", "total: Genes", "coverage: Share measured", "scored: Scored")
    return table("sets", "Sets", described, rows)


def _drawn(matrix: ExpressionMatrix, placed: Collection, made: Scores) -> Table:
    sets = np.argsort(-made.values.std(axis=0), kind="stable")[:_DRAWN_SETS].tolist()
    rows = [
        (placed.names[j], sample, float(made.values[i, j]))
        for j in sets
        for i, sample in enumerate(matrix.samples[:_DRAWN_SAMPLES])
    ]
    title = f"Sets that vary most (up to {_DRAWN_SETS}), first samples (up to {_DRAWN_SAMPLES})"
    return table("heatmap", title, ("set: Set", "sample: Sample", "score: Score"), rows)


def _notes(matrix: ExpressionMatrix, placed: Collection, made: Scores, notes: list[str]) -> list[str]:
    if matrix.scale == "counts":
        notes.append("Counts were scored as log2 counts per million + 1, each sample by itself.")
    elif matrix.scale == "abundance":
        notes.append("Abundances were scored as log2(value + 1).")
    if placed.left_out:
        notes.append(f"Not scored: {count(len(placed.left_out), 'set')} with too few measured genes.")
    if made.p is not None:
        notes.append("P values take genes as independent, which they are not; they rank sets and are not adjusted.")
    if len(matrix.samples) * len(placed.names) > _LISTED:
        notes.append(f"Listed: the first {_LISTED:,} scores; score_matrix.tsv holds all.")
    if len(matrix.genes) < 5000:
        notes.append(f"Scores are among {len(matrix.genes):,} measured genes, not the transcriptome.")
    return notes
