"""A table of traits and covariates, joined to the people of a cohort."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import read_text
from gennet.errors import InvalidContent, UnknownName
from gennet.genomics.names import near

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_EMPTY = frozenset({"", "NA", "NaN", "nan", ".", "-9"})


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """A trait and covariates of the people whose values are all known."""

    rows: NDArray[np.intp]
    """Which samples of the cohort, ascending."""
    values: NDArray[np.float64]
    covariates: NDArray[np.float64]
    """People x covariates."""
    left_out: int
    """Samples of the cohort without a row, or with a value missing."""


def read_traits(path: Path, samples: Sequence[str], trait: str, covariates: Sequence[str] = ()) -> Traits:
    """
    Read a tab-separated table whose first column names the samples (``IID`` where there is one).

    Empty cells, ``NA``, ``.`` and ``-9`` are missing; people with any missing are left out.

    Raises
    ------
    UnknownName
        There is no such column; near names are listed.
    InvalidContent
        A sample stands twice, a cell is no number, or nobody of the cohort is in the table; line and column are named.
    """
    lines = [line for line in read_text(path).splitlines() if line.strip()]
    if len(lines) < 2:
        raise InvalidContent("there is no table", place=path.name, remedy="give a heading and a row for each person")
    names = [name.lstrip("#") for name in lines[0].split("\t")]
    for wanted in (trait, *covariates):
        if wanted not in names:
            raise UnknownName(f"there is no column {wanted!r}", place=path.name, remedy=near(wanted, names))
    key = names.index("IID") if "IID" in names else 0
    columns = [names.index(name) for name in (trait, *covariates)]
    found: dict[str, list[float]] = {}
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split("\t")
        if len(cells) != len(names):
            raise InvalidContent(
                f"{len(cells)} cells under {len(names)} columns", place=f"{path.name}: line {number}", remedy="mend it"
            )
        if cells[key] in found:
            raise InvalidContent(
                f"{cells[key]!r} stands twice", place=f"{path.name}: line {number}", remedy="keep one line"
            )
        found[cells[key]] = [_number(cells[c], names[c], f"{path.name}: line {number}") for c in columns]
    rows = [i for i, sample in enumerate(samples) if sample in found and not any(map(math.isnan, found[sample]))]
    if not rows:
        raise InvalidContent(
            "it holds complete values of nobody in the cohort", place=path.name, remedy="name people as in the cohort"
        )
    table = np.array([found[samples[i]] for i in rows])
    return Traits(np.array(rows, np.intp), table[:, 0], table[:, 1:], len(samples) - len(rows))


def _number(text: str, column: str, place: str) -> float:
    if text.strip() in _EMPTY:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.inf
    if not math.isfinite(value):
        raise InvalidContent(f"{column} {text[:40]!r} is no number", place=place, remedy="correct it or leave it empty")
    return value
