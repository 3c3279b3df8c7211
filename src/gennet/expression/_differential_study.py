"""`gennet expression differential`: genes that differ between groups or along a variable, with a volcano."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np

from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.names import count
from gennet.core.study import Doc, Watch, silent
from gennet.expression._inputs import EXPRESSION, ORIENTATION, SCALE, SHEET, Scale, design_from, matrix_of
from gennet.expression.differential import Test, Tested, differential
from gennet.expression.matrix import Samples

_LISTED = 50_000


@dataclass(frozen=True, slots=True)
class DifferentialOptions:
    """What `gennet expression differential` asks for."""

    expression: Annotated[Path, Doc(EXPRESSION)]
    samples: Annotated[Path, Doc(SHEET)]
    variable: Annotated[str, Doc("Column of the sheet to test: numbers, or words of two groups.")]
    covariate: Annotated[tuple[str, ...], Doc("Columns to adjust for: numbers, or words as groups.")] = ()
    test: Annotated[Test, Doc("How genes are tested.")] = Test.MODERATED
    samples_in: Annotated[Samples, Doc(ORIENTATION)] = Samples.COLUMNS
    scale: Annotated[Scale, Doc(SCALE)] = Scale.AUTO


def run(options: DifferentialOptions, watch: Watch = silent, folder: Path | None = None) -> Findings:
    """Test every gene."""
    _ = folder
    watch("reading expression", 0)
    matrix = matrix_of(options.expression, options.samples_in, options.scale)
    design = design_from(options.samples, matrix.samples, options.variable, options.covariate)
    watch("testing", 0, len(matrix.genes))
    tested = differential(matrix, design, options.test)
    found = int(np.count_nonzero(tested.q < 0.05))
    left = int((~design.kept).sum())
    notes = list(tested.notes)
    if left:
        notes.append(f"Left out: {count(left, 'sample')} without the variable or a covariate.")
    if len(tested.genes) > _LISTED:
        notes.append(f"Listed: the {_LISTED:,} strongest genes.")
    return Findings(
        study="differential",
        summary=(
            f"{count(found, 'gene')} of {np.count_nonzero(np.isfinite(tested.p)):,} differ at a false discovery rate of "
            f"5 %, {design.contrast}, in {count(int(design.kept.sum()), 'sample')}."
        ),
        tables=(_genes(tested),),
        figures=(
            Figure(
                "volcano", "Differential expression", Drawing.POINTS, "genes", x="change", y="strength", label="gene"
            ),
            Figure("p_values", "P values", Drawing.QQ, "genes", y="p"),
        ),
        notes=tuple(notes),
    )


def _genes(tested: Tested) -> Table:
    order = np.argsort(tested.p, kind="stable")
    order = order[np.isfinite(tested.p[order])][:_LISTED]
    rows: list[tuple[Cell, ...]] = []
    columns = (tested.level, tested.change, tested.low, tested.high, tested.statistic, tested.p, tested.q)
    for i in order.tolist():
        p = float(tested.p[i])
        rows.append((tested.genes[i], *(float(one[i]) for one in columns), -math.log10(max(p, 1e-300))))
    described = (
        "gene: Gene", "level: Mean level", "change: Log2 fold change", "low: Low", "high: High",
        "statistic: Statistic", "p: P value", "q: False discovery rate", "strength: -log10 p",
    )  # fmt: skip
    return table("genes", "Genes, strongest first", described, rows)
