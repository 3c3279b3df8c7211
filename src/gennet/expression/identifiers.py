"""Gene identifiers turned into others by a table, with an account of what was lost."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import read_text
from gennet.core.names import near
from gennet.errors import InvalidContent, UnknownName, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gennet.expression.matrix import ExpressionMatrix


class Duplicates(StrEnum):
    """What is done where several genes become one."""

    REFUSE = "refuse"
    SUM = "sum"
    """Of counts and abundances only: logarithms do not add up."""


@dataclass(frozen=True, slots=True)
class Names:
    """Identifiers of one kind by those of another."""

    to: dict[str, str]
    ambiguous: tuple[str, ...]
    """Names that stand for several; none of them is chosen."""


@dataclass(frozen=True, slots=True)
class Lost:
    """What became of the genes of a matrix."""

    mapped: int
    unknown: tuple[str, ...]
    """Not in the table; left out."""
    ambiguous: tuple[str, ...]
    """Stand for several in the table; left out."""
    merged: tuple[tuple[str, tuple[str, ...]], ...]
    """Names that several genes became, with those genes."""
    value_lost: float
    """Share of all values' sum that the genes left out held; NaN for logarithms."""


def read_mapping(path: Path, source: str, target: str) -> Names:
    """
    Read which identifier stands for which from a CSV or TSV with a header, such as HGNC's complete set or a GTF's table.

    In the source column several names may stand, separated by ``|`` (HGNC writes previous symbols so). Ensembl versions are
    ignored. Rows without either are passed over.

    Raises
    ------
    UnknownName
        A column is missing; near names are listed.
    UnreadableFile
        There is no table, or nothing in it.
    """
    lines = read_text(path).splitlines()
    if not lines:
        raise UnreadableFile("the file is empty", place=path.name, remedy="give a table of identifiers")
    rows = csv.reader(lines, delimiter="\t" if "\t" in lines[0] else ",")
    heading = [cell.strip() for cell in next(rows)]
    for name in (source, target):
        if name not in heading:
            raise UnknownName(f"there is no column {name!r}", place=path.name, remedy=near(name, heading))
    a, b = heading.index(source), heading.index(target)
    pairs = ((row[a], row[b]) for row in rows if len(row) > max(a, b))
    made = _unambiguous((_bare(name), _bare(other)) for names, other in pairs for name in names.split("|"))
    if not made.to:
        raise UnreadableFile(f"no row has {source} and {target}", place=path.name, remedy="give other columns")
    return made


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> Names:
    held: dict[str, set[str]] = {}
    for name, other in pairs:
        if name and other:
            held.setdefault(name, set()).add(other)
    return Names(
        {name: next(iter(others)) for name, others in held.items() if len(others) == 1},
        tuple(sorted(name for name, others in held.items() if len(others) > 1)),
    )


def _bare(name: str) -> str:
    name = name.strip()
    return name.partition(".")[0] if name.startswith("ENS") else name


def rename(
    matrix: ExpressionMatrix, mapping: Names, duplicates: Duplicates = Duplicates.REFUSE
) -> tuple[ExpressionMatrix, Lost]:
    """
    Return the matrix by the other identifiers, and what was lost.

    Raises
    ------
    InvalidContent
        No gene is in the table; several become one and that is refused, or their logarithms would be summed.

    >>> from gennet.expression.matrix import ExpressionMatrix
    >>> held = ExpressionMatrix(("s",), ("E1", "E2", "E3"), np.array([[1.0, 2.0, 3.0]]), "counts", "symbol")
    >>> named, lost = rename(held, Names({"E1": "A", "E2": "A"}, ()), Duplicates.SUM)
    >>> named.genes, named.values.tolist(), lost.unknown, lost.value_lost
    (('A',), [[3.0]], ('E3',), 0.5)
    """
    twice = set(mapping.ambiguous)
    into: dict[str, list[int]] = {}
    for i, gene in enumerate(matrix.genes):
        if gene in mapping.to:
            into.setdefault(mapping.to[gene], []).append(i)
    merged = tuple((name, tuple(matrix.genes[i] for i in at)) for name, at in into.items() if len(at) > 1)
    _refuse(matrix, into, merged, duplicates)
    starts = np.concatenate([[0], np.cumsum([len(at) for at in into.values()])])[:-1]
    columns = np.array([i for at in into.values() for i in at], np.intp)
    values = np.ascontiguousarray(np.add.reduceat(matrix.values[:, columns], starts, axis=1))
    whole = float(matrix.values.sum())
    share = float("nan") if matrix.scale == "log" or not whole else 1.0 - float(values.sum()) / whole
    lost = Lost(
        mapped=len(columns),
        unknown=tuple(g for g in matrix.genes if g not in mapping.to and g not in twice),
        ambiguous=tuple(g for g in matrix.genes if g in twice),
        merged=merged,
        value_lost=max(share, 0.0) if share == share else share,  # noqa: PLR0124 NaN stays
    )
    kind = "ensembl" if all(name.startswith("ENSG") for name in into) else "symbol"
    return replace(matrix, genes=tuple(into), values=values, identifiers=kind), lost


def _refuse(
    matrix: ExpressionMatrix, into: Mapping[str, list[int]], merged: tuple[tuple[str, tuple[str, ...]], ...],
    duplicates: Duplicates,
) -> None:  # fmt: skip
    if not into:
        raise InvalidContent(
            f"no gene of the matrix is in the table, as {matrix.genes[0]}",
            place="identifiers",
            remedy="give other columns",
        )
    if not merged:
        return
    name, genes = merged[0]
    if duplicates is Duplicates.REFUSE:
        raise InvalidContent(
            f"{len(merged)} names stand for several genes, as {name} for {', '.join(genes[:3])}", place="identifiers",
            remedy="allow their sum, or leave genes out",
        )  # fmt: skip
    if matrix.scale == "log":
        raise InvalidContent(
            f"logarithms of {', '.join(genes[:3])} cannot be summed into {name}", place="identifiers",
            remedy="give counts or abundances",
        )  # fmt: skip
