"""The study of one sample's network against a cohort's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.findings import Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.errors import UnknownName
from gennet.expression.matrix import Samples, read_matrix
from gennet.networks.files import read_genes, write_tsv
from gennet.networks.inference.correlation import clr
from gennet.networks.inference.design import Design, design
from gennet.networks.inference.precision import ridge
from gennet.networks.network import EdgeScores
from gennet.networks.personal.leaving_out import fitted, personal_ridge
from gennet.networks.personal.perturbation import Perturbation, modules_of, perturbation

if TYPE_CHECKING:
    from gennet.core.study import Watch
    from gennet.networks.network import Network

_DRIVERS = 5
_SHOWN = 25


@dataclass(frozen=True, slots=True)
class Personal:
    """What `gennet network personal` asks for."""

    expression: Annotated[Path, Doc("Expression of a cohort and of the people asked about: TSV, CSV, Parquet, h5ad.")]
    sample: Annotated[tuple[str, ...], Doc("Samples asked about; all others are the reference cohort.")]
    regulators: Annotated[Path | None, Doc("Genes that may regulate, one per line; all genes when left out.")] = None
    samples_in: Annotated[Samples, Doc("Whether samples are the table's columns or its rows.")] = Samples.COLUMNS
    most: Annotated[int, Doc("Edges of the cohort's network that are compared.")] = 10_000
    kept: Annotated[int, Doc("Edges of each personal network that are written.")] = 10_000


def personal_networks(options: Personal, watch: Watch, folder: Path | None) -> Findings:
    """Compare each sample's network with those of the cohort."""
    watch("reading expression", 0)
    matrix = read_matrix(options.expression, samples=options.samples_in)
    regulators = read_genes(options.regulators) if options.regulators else None
    every = design(matrix, regulators)
    asked = dict.fromkeys(options.sample)
    for name in asked:
        if name not in matrix.samples:
            raise UnknownName(f"no sample {name!r}", place=options.expression.name, remedy="give one of the table")
    cohort = np.array([i for i, name in enumerate(matrix.samples) if name not in asked], np.intp)
    found = dict[str, Perturbation]()
    for done, name in enumerate(asked):
        own = every.at(np.append(cohort, matrix.samples.index(name)))
        found[name] = perturbation(own, len(cohort), modules_of(_network(own, options.most), own.genes))
        if folder is not None:
            _write(own, options.kept, folder / f"personal_{done + 1}.tsv")
        watch("comparing samples", done + 1, len(asked))
    return _findings(found, every, len(cohort), written=folder is not None)


def _network(own: Design, most: int) -> Network:
    # Chosen from cohort and sample alike: were the sample left out, it would differ from those the edges were chosen by.
    return (ridge if len(own.own) <= len(own.genes) / 2 else clr)(own).network(most)


def _write(own: Design, kept: int, path: Path) -> None:
    scores = personal_ridge(fitted(own), len(own.y) - 1)
    write_tsv(EdgeScores(own.regulators, own.genes, scores, "personal ridge").network(kept), path)


def _findings(found: dict[str, Perturbation], every: Design, cohort: int, *, written: bool) -> Findings:
    regulators, drivers = _regulators(found), _drivers(found, every)
    many = sum(int((one.q <= 0.05).sum()) for one in found.values())
    first = next(iter(found))
    shown = table(
        "strongest", f"Regulators that differ most in {first}", ("regulator: Regulator", "score: Score"),
        [(row[1], row[3]) for row in regulators.rows if row[0] == first][:_SHOWN],
    )  # fmt: skip
    notes = [
        f"P values are ranks among {cohort:,} reference samples and the sample itself: none is below 1/{cohort + 1:,}.",
        "Another laboratory or batch than the cohort's looks like a perturbed network.",
    ]
    if written:
        notes.append("personal_N.tsv holds the personal network of the N-th sample: ridge above its background.")
    return Findings(
        "personal",
        f"{many:,} perturbed regulators (false discovery rate 5 %) in {len(found):,} samples against {cohort:,}.",
        (regulators, drivers, shown),
        (Figure("strongest", shown.title, Drawing.BARS, "strongest", x="score", label="regulator", lines=(1.0,)),),
        tuple(notes),
    )


def _regulators(found: dict[str, Perturbation]) -> Table:
    rows = list[tuple[str | int | float, ...]]()
    for name, one in found.items():
        edges = np.bincount(one.modules.module)
        rows += [
            (name, one.modules.names[i], int(edges[i]), float(one.score[i]), float(one.p[i]), float(one.q[i]))
            for i in np.lexsort((-one.score, one.p)).tolist()
        ]
    described = (
        "sample: Sample", "regulator: Regulator", "edges: Edges compared", "score: Score (1 is usual)",
        "p: P value", "q: False discovery rate",
    )  # fmt: skip
    return table("regulators", "How unusual each regulator's edges are", described, rows)


def _drivers(found: dict[str, Perturbation], every: Design) -> Table:
    rows = list[tuple[str | float, ...]]()
    for name, one in found.items():
        for i in np.lexsort((-one.score, one.p))[:_SHOWN].tolist():
            edges = np.flatnonzero(one.modules.module == i)
            for edge in edges[np.argsort(-np.abs(one.deviation[edges]), kind="stable")][:_DRIVERS].tolist():
                target = every.genes[one.modules.target[edge]]
                rows.append((name, one.modules.names[i], target, float(one.deviation[edge])))
    described = ("sample: Sample", "regulator: Regulator", "target: Target", "deviation: Deviation [{SD}]")
    return table("drivers", "Edges that drive the regulators that differ most", described, rows)


STUDIES: tuple[Study, ...] = (
    Study(
        field="network",
        name="personal",
        title="Compare one sample's network with a cohort's",
        options=Personal,
        run=personal_networks,
        reference="10.1016/j.isci.2019.03.021",
    ),
)
