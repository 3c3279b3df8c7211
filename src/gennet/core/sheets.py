"""Sheets that describe samples: one row each, words and numbers under names."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import read_text
from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

MISSING_WORDS = frozenset({"", "na", "nan", "null", "none", "n/a", "."})
"""What stands for a missing value, in lower case."""


def read_sheet(path: Path, samples: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """
    Read a sample sheet (CSV or TSV, first column the sample) in the order of the samples; empty where it says nothing.

    Raises
    ------
    MissingFile, UnreadableFile
        There is no such text file.
    InvalidContent
        A row is short, a sample stands twice, or none of them is described.
    """
    rows = list(_rows(read_text(path).splitlines()))
    if len(rows) < 2:
        raise InvalidContent("the sheet describes no sample", place=path.name, remedy="give sample,age,batch")
    heading, held = rows[0], dict[str, list[str]]()
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(heading) or row[0] in held:
            problem = f"{row[0]} stands twice" if row[0] in held else f"{len(row)} columns for {len(heading)}"
            raise InvalidContent(problem, place=f"{path.name}: line {number}", remedy="mend the sheet")
        held[row[0]] = row
    if not set(samples) & set(held):
        raise InvalidContent("no sample of the matrix is described", place=path.name, remedy="use the matrix's names")
    blank = [""] * len(heading)
    return {name: tuple(held.get(s, blank)[i] for s in samples) for i, name in enumerate(heading) if i}


def numbers(cells: Sequence[str], name: str, place: str) -> NDArray[np.float64]:
    """
    Turn a column of a sheet into numbers; NaN where it says nothing.

    >>> numbers(["1.5", "NA"], "age", "sheet.csv").tolist()
    [1.5, nan]
    """
    made = np.full(len(cells), math.nan)
    for i, cell in enumerate(cells):
        if cell.strip().lower() in MISSING_WORDS:
            continue
        try:
            made[i] = float(cell)
        except ValueError:
            raise InvalidContent(f"{name} {cell[:20]!r} is no number", place=place, remedy="give numbers") from None
    return made


def _rows(lines: Sequence[str]) -> Iterator[list[str]]:
    delimiter = "\t" if lines and "\t" in lines[0] else ","
    return ([cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter) if row)
