"""How active regulators are in one person's sample, by the expression of their targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from gennet.core.moderated import false_discovery
from gennet.core.names import count
from gennet.core.parts import Part
from gennet.errors import InvalidContent
from gennet.expression.gene_sets import place_sets, read_weighted_sets
from gennet.expression.linear_scores import univariate
from gennet.expression.profile import Expression

if TYPE_CHECKING:
    from pathlib import Path

REFERENCE = "doi:10.1093/bioadv/vbac016"
_FEWEST = 5
_LEADING = 10


@dataclass(frozen=True, slots=True, eq=False)
class Regulon:
    """A regulator's targets; a negative weight means that it represses."""

    name: str
    targets: tuple[str, ...]
    weights: NDArray[np.float64]
    """Shape (targets,), float64, none 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Regulons(Part):
    """
    Regulators and their targets, as CollecTRI or DoRothEA list them.

    >>> Regulons("mine.csv", (Regulon("MYC", ("TERT",), np.array([1.0])),)).size
    1
    """

    supplied_as: ClassVar[str] = "regulons (CSV of source,target,weight)"

    source: str
    """Name of the file."""
    regulons: tuple[Regulon, ...]

    @property
    def size(self) -> int:
        """Number of regulators."""
        return len(self.regulons)


@dataclass(frozen=True, slots=True)
class Activity:
    """One regulator's activity in the sample."""

    name: str
    t: float
    """Of its weights in a linear model of the expression of all measured genes."""
    p: float
    q: float
    """Benjamini and Hochberg's, over regulators."""
    matched: int
    total: int
    leading: tuple[str, ...]
    """Measured targets that speak most for the sign of `t`."""


@dataclass(frozen=True, slots=True)
class RegulatorActivity(Part):
    """
    Activities of every regulator with enough measured targets.

    >>> RegulatorActivity((), 0, 0, "mine.csv").size
    0
    """

    activities: tuple[Activity, ...]
    genes: int
    not_scored: int
    source: str
    notes: tuple[str, ...] = ()
    reference: str = REFERENCE

    @property
    def size(self) -> int:
        """Number of regulators scored."""
        return len(self.activities)


def read_regulons(path: Path) -> Regulons:
    """
    Read regulons: CSV or TSV with columns source (or tf), target and perhaps weight (or mor).

    Raises
    ------
    UnreadableFile, InvalidContent
        As `read_weighted_sets`.
    """
    held = read_weighted_sets(path)
    made = (Regulon(name, tuple(some), np.array(list(some.values()), np.float64)) for name, some in held.items())
    return Regulons(path.name, tuple(made))


def is_regulons(heading: str) -> bool:
    """
    Tell whether the first line of a table is that of regulons.

    >>> is_regulons('"source","target","weight"'), is_regulons("gene,s1")
    (True, False)
    """
    cells = [cell.strip().strip('"').lower() for cell in heading.replace("\t", ",").split(",")]
    return bool({"source", "tf", "regulator"} & set(cells[:2])) and "target" in cells


def regulator_activity(expression: Expression, regulons: Regulons) -> RegulatorActivity:
    """
    Score every regulator in one sample by a univariate linear model (ulm) of log2 expression.

    A regulator's targets are compared with the sample's other genes, not with other people: one whose targets are high in
    everybody scores high. Targets are taken as independent, so p-values rank and do not prove.

    Raises
    ------
    InvalidContent
        The profile is by Ensembl identifiers, or no regulator has enough measured targets.
    """
    if expression.identifiers != "symbol":
        raise InvalidContent(
            f"expression of sample {expression.sample} is by {expression.identifiers} identifiers, regulons by symbols",
            remedy="give a table with gene symbols (HGNC)",
        )
    weights = {one.name: dict(zip(one.targets, one.weights.tolist(), strict=True)) for one in regulons.regulons}
    placed = place_sets(weights, expression.genes, least=_FEWEST)
    logs = _logarithms(expression)
    t, p = univariate(logs[None], placed.weights)
    q = false_discovery(p[0])
    standing = logs - logs.mean()
    made = []
    for j, name in enumerate(placed.names):
        column = placed.weights[:, [j]].tocoo()
        pull = column.data * standing[column.row] * np.sign(t[0, j])
        best = column.row[np.argsort(-pull, kind="stable")][: min(_LEADING, int((pull > 0).sum()))]
        leading = tuple(expression.genes[i] for i in best.tolist())
        made.append(
            Activity(
                name, float(t[0, j]), float(p[0, j]), float(q[j]), int(placed.matched[j]), int(placed.total[j]), leading
            )
        )
    return RegulatorActivity(
        activities=tuple(made),
        genes=expression.size,
        not_scored=len(placed.left_out),
        source=regulons.source,
        notes=_notes(expression.size, len(made), len(regulons.regulons)),
    )


def _logarithms(expression: Expression) -> NDArray[np.float64]:
    if expression.scale == "log":
        return expression.values
    total = float(expression.values.sum())
    scale = 1e6 / total if expression.scale == "counts" and total > 0 else 1.0
    return np.asarray(np.log2(expression.values * scale + 1.0))


def _notes(genes: int, scored: int, total: int) -> tuple[str, ...]:
    notes = [
        f"{scored} of {count(total, 'regulator')} have at least {_FEWEST} measured targets",
        "targets are compared with this sample's other genes, not with other people",
    ]
    if genes < 5000:
        notes.append(f"{genes} genes were measured, not the transcriptome; read activities with care")
    return tuple(notes)
