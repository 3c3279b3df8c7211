"""`gennet genome differential-methylation`: CpGs and regions that differ, with volcano and Manhattan plots."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.design import Design, design_of
from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.moderated import Fit, Moderated, fit, moderated
from gennet.core.sheets import read_sheet
from gennet.core.study import Doc, Watch, silent
from gennet.genomics.builds import chromosome_name
from gennet.genomics.methylation.differential import m_values
from gennet.genomics.methylation.matrix import BetaMatrix, read_matrix
from gennet.genomics.methylation.regions import RunRule, family_wise, largest_by_chance, read_positions, runs
from gennet.genomics.names import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_LISTED = 20_000
_COLUMN = 1


@dataclass(frozen=True, slots=True)
class DifferentialOptions:
    """What `gennet genome differential-methylation` asks for."""

    betas: Annotated[Path, Doc("Betas of many samples: CSV, TSV or Parquet.")]
    samples: Annotated[Path, Doc("Sheet of the samples: CSV or TSV, first column the sample.")]
    variable: Annotated[str, Doc("Column of the sheet to test: numbers, or words of two groups.")]
    covariate: Annotated[tuple[str, ...], Doc("Columns to adjust for: numbers, or words as groups.")] = ()
    positions: Annotated[Path | None, Doc("Where CpGs are: CSV of cpg,chromosome,position; needed for regions.")] = None
    gap: Annotated[int, Doc("Most base pairs between neighbours in a region.")] = 500
    least: Annotated[int, Doc("Fewest CpGs in a region.")] = 3
    permutations: Annotated[int, Doc("Permutations that test regions.")] = 200
    seed: Annotated[int, Doc("Seed of the permutations.")] = 1


def run(options: DifferentialOptions, watch: Watch = silent, folder: Path | None = None) -> Findings:
    """Test every CpG and, where positions are known, regions."""
    _ = folder
    watch("reading betas", 0)
    matrix = read_matrix(options.betas)
    design = design_of(
        read_sheet(options.samples, matrix.samples), options.variable, options.covariate, options.samples.name
    )
    betas = matrix.betas[:, design.kept]
    values = m_values(betas)
    watch("fitting", 0, len(values))
    fitted = fit(values, design.matrix, _COLUMN)
    tested = moderated(fitted)
    shift = fit(betas, design.matrix, _COLUMN).effect
    places = {} if options.positions is None else read_positions(options.positions)
    cpgs = _cpg_table(matrix, fitted, tested, shift, places)
    regions = _regions(options, matrix, values, design, tested, places, watch) if places else None
    found = int(np.count_nonzero(tested.q < 0.05))
    return Findings(
        study="differential-methylation",
        summary=(
            f"{count(found, 'CpG')} of {np.count_nonzero(fitted.freedom):,} differ at a false discovery rate of 5 %, "
            f"{design.contrast}, in {count(int(design.kept.sum()), 'sample')}."
        ),
        tables=(cpgs, *([_placed(cpgs), regions] if regions else [])),
        figures=tuple(_figures(every=len(cpgs.rows) == len(matrix.cpgs), placed=bool(places))),
        notes=tuple(_notes(matrix, design, fitted, tested)),
    )


def _cpg_table(
    matrix: BetaMatrix, fitted: Fit, tested: Moderated, shift: NDArray[np.float64], places: dict[str, tuple[int, int]]
) -> Table:
    from scipy.stats import t as t_distribution

    order = np.argsort(tested.p, kind="stable")[: min(_LISTED, int(np.isfinite(tested.p).sum()))]
    error = np.abs(fitted.effect[order] / tested.t[order])
    reach = t_distribution.ppf(0.975, tested.freedom[order]) * error
    rows: list[tuple[Cell, ...]] = []
    for i, wide in zip(order.tolist(), reach.tolist(), strict=True):
        code, position = places.get(matrix.cpgs[i], (0, 0))
        effect, p = float(fitted.effect[i]), float(tested.p[i])
        rows.append(
            (
                matrix.cpgs[i], chromosome_name(code) if code else None, position or None, float(shift[i]), effect,
                effect - wide, effect + wide, float(tested.t[i]), p, float(tested.q[i]), -math.log10(max(p, 1e-300)),
            )
        )  # fmt: skip
    described = (
        "cpg: CpG", "chromosome: Chromosome", "position: Position [bp]", "shift: Difference in beta", "effect: Difference in M",
        "low: Low", "high: High", "t: Moderated t", "p: P value", "q: False discovery rate", "strength: -log10 p",
    )  # fmt: skip
    return table("cpgs", "CpGs, strongest first", described, rows)


def _regions(
    options: DifferentialOptions, matrix: BetaMatrix, values: NDArray[np.float64], design: Design, tested: Moderated,
    places: dict[str, tuple[int, int]], watch: Watch,
) -> Table:  # fmt: skip
    """Find regions among the CpGs that every sample measures."""
    from scipy.stats import t as t_distribution

    whole = np.isfinite(values).all(axis=1) & np.isfinite(tested.t)
    rows = [i for i, cpg in enumerate(matrix.cpgs) if whole[i] and cpg in places]
    rows.sort(key=lambda i: places[matrix.cpgs[i]])
    at = np.array([places[matrix.cpgs[i]] for i in rows], np.int64).reshape(-1, 2)
    freedom = float(tested.freedom[rows[0]]) if rows else 1.0
    rule = RunRule(float(t_distribution.ppf(0.975, freedom)), options.gap, options.least)
    found = runs(at[:, 0], at[:, 1], tested.t[rows], rule) if rows else []
    chance = np.zeros(0)
    if found:
        chance = largest_by_chance(
            values[rows], design.matrix, _COLUMN, (at[:, 0], at[:, 1]), rule,
            permutations=options.permutations, rng=np.random.default_rng(options.seed), watch=watch,
        )  # fmt: skip
    made = [
        (
            chromosome_name(int(at[one.start, 0])), int(at[one.start, 1]), int(at[one.end - 1, 1]), one.end - one.start,
            float(np.sign(tested.t[rows[one.start]])), one.area, family_wise(one.area, chance), matrix.cpgs[rows[one.start]],
        )
        for one in sorted(found, key=lambda one: -one.area)
    ]  # fmt: skip
    described = (
        "chromosome: Chromosome", "start: First CpG [bp]", "end: Last CpG [bp]", "cpgs: CpGs", "direction: Direction",
        "area: Sum of |t|", "p: Family-wise p", "first: First CpG",
    )  # fmt: skip
    return table("regions", "Regions, largest first", described, made)


def _placed(cpgs: Table) -> Table:
    """Return the listed CpGs whose place is known."""
    rows = [(row[1], row[2], row[10], row[0]) for row in cpgs.rows if row[2] is not None]
    described = ("chromosome: Chromosome", "position: Position [bp]", "strength: -log10 p", "cpg: CpG")
    return table("along_genome", "Listed CpGs along the genome", described, rows)


def _figures(*, every: bool, placed: bool) -> Iterator[Figure]:
    yield Figure("volcano", "Differential methylation", Drawing.POINTS, "cpgs", x="shift", y="strength", label="cpg")
    if every:
        yield Figure("p_values", "P values", Drawing.QQ, "cpgs", y="p")
    if placed:
        yield Figure(
            "manhattan",
            "Along the genome",
            Drawing.MANHATTAN,
            "along_genome",
            x="position",
            y="strength",
            label="chromosome",
        )


def _notes(matrix: BetaMatrix, design: Design, fitted: Fit, tested: Moderated) -> Iterator[str]:
    left = int((~design.kept).sum())
    if left:
        yield f"Left out: {count(left, 'sample')} without the variable or a covariate."
    failed = int((fitted.freedom == 0).sum())
    if failed:
        yield f"Not tested: {count(failed, 'CpG')} measured in too few samples."
    prior = "without limit" if math.isinf(tested.prior_freedom) else f"{tested.prior_freedom:.3g}"
    yield f"Variances are moderated: prior degrees of freedom {prior}, prior variance {tested.prior_variance:.4g}."
    if len(matrix.cpgs) > _LISTED:
        yield f"Listed: the {_LISTED:,} strongest CpGs."
