"""Gene sets and regulons as one sparse matrix of weights over the genes that were measured."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gennet.core.files import read_text
from gennet.core.names import count
from gennet.errors import InvalidContent, UnreadableFile
from gennet.expression.signatures import read_gene_sets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_SOURCE = ("source", "tf", "regulator", "geneset", "set")
_TARGET = ("target", "gene", "genesymbol", "symbol")
_WEIGHT = ("weight", "mor", "likelihood")

Weighted = dict[str, dict[str, float]]
"""Weight of each gene in each set."""


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """Sets placed on the genes of a matrix."""

    names: tuple[str, ...]
    weights: Any
    """Sparse (CSC, float64), genes x sets."""
    matched: NDArray[np.int64]
    """Genes of each set that were measured."""
    total: NDArray[np.int64]
    left_out: tuple[str, ...]
    """Sets with too few measured genes, or with all of them."""


def read_weighted_sets(path: Path) -> Weighted:
    """
    Read gene sets (GMT; every weight 1) or regulons (CSV or TSV with columns source, target and perhaps weight).

    CollecTRI and DoRothEA are written so (``source,target,weight`` or ``tf,target,mor``); a negative weight means that the
    regulator represses.

    Raises
    ------
    UnreadableFile
        Neither GMT nor a table with such columns.
    InvalidContent
        A weight is no number or zero, or a pair stands twice with different weights; the place names the line.
    """
    lines = read_text(path).splitlines()
    if not lines:
        raise UnreadableFile("the file is empty", place=path.name, remedy="give gene sets (GMT) or regulons (CSV)")
    delimiter = "\t" if "\t" in lines[0] else ","
    heading = [cell.strip().lower() for cell in next(csv.reader(lines[:1], delimiter=delimiter))]
    at = [next((heading.index(name) for name in names if name in heading), -1) for names in (_SOURCE, _TARGET, _WEIGHT)]
    if at[0] >= 0 and at[1] >= 0:
        return _regulons(lines, delimiter, at, path.name)
    return {name: dict.fromkeys(genes, 1.0) for name, genes in read_gene_sets(path).items()}


def _regulons(lines: Sequence[str], delimiter: str, at: Sequence[int], place: str) -> Weighted:
    made: Weighted = {}
    for number, row in enumerate(csv.reader(lines, delimiter=delimiter), start=1):
        if number == 1 or not row:
            continue
        where = f"{place}: line {number}"
        if len(row) <= max(at) or not row[at[0]].strip() or not row[at[1]].strip():
            raise InvalidContent("no source and target stand here", place=where, remedy="mend the line")
        weight = 1.0 if at[2] < 0 else _weight(row[at[2]], where)
        targets = made.setdefault(row[at[0]].strip(), {})
        if targets.setdefault(row[at[1]].strip(), weight) != weight:
            raise InvalidContent(
                f"{row[at[0]]} acts on {row[at[1]]} twice with different weights", place=where, remedy="keep one"
            )
    return made


def _weight(cell: str, where: str) -> float:
    try:
        weight = float(cell)
    except ValueError:
        weight = math.nan
    if not math.isfinite(weight) or not weight:
        raise InvalidContent(f"weight {cell[:20]!r} is no number but 0", place=where, remedy="give a weight")
    return weight


def place_sets(sets: Mapping[str, Mapping[str, float]], genes: Sequence[str], *, least: int = 5) -> Collection:
    """
    Place sets on measured genes; those with fewer than `least` of them, or with every one, are left out.

    Raises
    ------
    InvalidContent
        No set has enough measured genes.

    >>> made = place_sets({"A": {"x": 1.0, "y": -1.0}, "B": {"x": 1.0}}, ["x", "y", "z"], least=2)
    >>> made.names, made.weights.toarray().tolist(), made.left_out
    (('A',), [[1.0], [-1.0], [0.0]], ('B',))
    """
    from scipy import sparse

    at = {gene: i for i, gene in enumerate(genes)}
    held = {name: [(at[g], w) for g, w in weights.items() if g in at] for name, weights in sets.items()}
    kept = {name: pairs for name, pairs in held.items() if least <= len(pairs) < len(genes)}
    if not kept:
        raise InvalidContent(
            f"none of {count(len(sets), 'set')} has {least} measured genes",
            place="gene sets",
            remedy="use the same kind of gene names in both files (symbols, or Ensembl identifiers)",
        )
    sizes = np.array([len(pairs) for pairs in kept.values()], np.int64)
    pairs = [pair for some in kept.values() for pair in some]
    data = np.array([w for _, w in pairs], np.float64)
    rows = np.array([i for i, _ in pairs], np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    weights = sparse.csc_matrix((data, rows, starts), shape=(len(genes), len(kept)))
    weights.sort_indices()
    total = np.array([len(sets[name]) for name in kept], np.int64)
    return Collection(tuple(kept), weights, sizes, total, tuple(name for name in sets if name not in kept))
