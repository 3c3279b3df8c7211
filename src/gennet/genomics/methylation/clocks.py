"""Epigenetic clocks: sparse weights over CpGs, an intercept and a transform, read from coefficient tables."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import read_text
from gennet.errors import BadInput, InvalidContent, MissingFile
from gennet.genomics.methylation._definitions import BIOLEARN, METHYLCLOCK, SUPPLIED, Definition, Transform

if TYPE_CHECKING:
    from numpy.typing import NDArray

_INTERCEPT = frozenset({"intercept", "(intercept)"})
_COLUMNS = ("CoefficientTraining", "Coefficient", "Weight", "coef", "weight")
_UNKNOWN = Definition(
    "Supplied clock", "{score}", "not stated", "", dispute="the file names no published clock: a weighted sum"
)


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """
    One clock: ``transform(intercept + weights . betas)``.

    >>> c = Clock("toy", _UNKNOWN, 1.0, ("cg1", "cg2"), np.array([2.0, -1.0]))
    >>> float(c.outcome(c.intercept + c.weights @ np.array([0.5, 0.25])))
    1.75
    """

    name: str
    """Stem of its coefficient file."""
    definition: Definition
    intercept: float
    cpgs: tuple[str, ...]
    weights: NDArray[np.float64]

    def outcome(self, sums: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Turn weighted sums, intercept included, into the clock's unit."""
        return transformed(np.asarray(sums, np.float64), self.definition)


def transformed(sums: NDArray[np.float64], how: Definition) -> NDArray[np.float64]:
    """
    Apply a clock's transform.

    >>> horvath = BIOLEARN["Horvath1"]
    >>> transformed(np.array([0.0, 1.0, -math.log(21.0)]), horvath).round(12).tolist()
    [20.0, 41.0, 0.0]
    """
    if how.transform is Transform.AGE:
        scale = how.adult_age + 1.0
        # The exponential is only used below zero, so it never overflows.
        made = np.where(sums < 0.0, scale * np.exp(np.minimum(sums, 0.0)) - 1.0, scale * sums + how.adult_age)
    elif how.transform is Transform.LOGISTIC:
        made = 0.5 * (1.0 + np.tanh(0.5 * sums))
    else:
        made = sums
    return np.asarray(made / how.divisor, np.float64)


def read_clocks(folder: Path | str) -> tuple[Clock, ...]:
    """
    Read every clock of a folder whose coefficient file is named as in biolearn or methylclock.

    GrimAge and DunedinPACE are passed over, even where their files lie there: their terms ask that each user brings
    them (`read_clock`).

    Raises
    ------
    MissingFile
        The folder holds none.
    InvalidContent
        A coefficient file is broken.

    >>> read_clocks("nowhere")
    Traceback (most recent call last):
    gennet.errors.MissingFile: nowhere: no coefficient file of a known clock lies here; give the folder of coefficients
    """
    folder = Path(folder)
    found = list[Clock]()
    for name, definition in {**BIOLEARN, **METHYLCLOCK}.items():
        path = folder / f"{definition.file or name}.csv"
        if path.is_file():
            found.append(_read(path, name, definition))
    if not found:
        raise MissingFile(
            "no coefficient file of a known clock lies here",
            place=str(folder),
            remedy="give the folder of coefficients",
        )
    return tuple(found)


def read_clock(path: Path | str) -> tuple[Clock, ...]:
    """
    Read the clocks of one coefficient file; what it is named decides how the sum is used.

    A file of an unknown name is a weighted sum with the intercept it holds.

    Raises
    ------
    MissingFile, UnreadableFile
        There is no such text file.
    BadInput
        It holds GrimAge, whose stages are not one weighted sum.
    InvalidContent
        It has no column of coefficients, a weight is no number, or a CpG stands twice.
    """
    path = Path(path)
    stem = path.name.partition(".")[0]
    known = {**BIOLEARN, **METHYLCLOCK, **SUPPLIED}
    if stem.startswith("GrimAge"):
        raise BadInput(
            "GrimAge is a sum of surrogates of proteins, age and sex, which is not computed here",
            place=path.name,
            remedy="give the coefficients of a linear clock",
        )
    named = {n: d for n, d in known.items() if (d.file or n) == stem} or {stem: _UNKNOWN}
    return tuple(_read(path, name, definition) for name, definition in named.items())


def _read(path: Path, name: str, definition: Definition) -> Clock:
    lines = read_text(path).splitlines()
    delimiter = "\t" if lines and "\t" in lines[0] else ","
    rows = list(csv.reader(lines, delimiter=delimiter))
    heading = [cell.strip() for cell in rows[0]] if rows else []
    wanted = (definition.column,) if definition.column else _COLUMNS
    at = next((heading.index(c) for c in wanted if c in heading), None)
    if at is None or at == 0:
        raise InvalidContent(
            f"there is no column {' or '.join(wanted)}", place=path.name, remedy="name CpGs first, then coefficients"
        )
    weights, intercept = dict[str, float](), definition.intercept
    for number, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        marker, weight = row[0].strip(), _weight(row, at, f"{path.name}: line {number}")
        if marker.lower() in _INTERCEPT:
            intercept = weight
        elif marker in weights:
            raise InvalidContent(f"{marker} stands twice", place=f"{path.name}: line {number}", remedy="keep one")
        elif weight:
            weights[marker] = weight
    if not weights:
        raise InvalidContent("no CpG has a weight", place=path.name, remedy="download the coefficients again")
    return Clock(name, definition, intercept or 0.0, tuple(weights), np.array(list(weights.values())))


def _weight(row: list[str], at: int, place: str) -> float:
    try:
        weight = float(row[at])
    except (ValueError, IndexError):
        weight = math.nan
    if not math.isfinite(weight) or not row[0].strip():
        raise InvalidContent("this is no CpG and coefficient", place=place, remedy="download the coefficients again")
    return weight
