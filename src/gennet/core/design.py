"""Designs of linear models from a sample sheet: numbers as they are, words as groups."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.names import near
from gennet.core.sheets import MISSING_WORDS
from gennet.errors import InvalidContent, UnknownName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """A model matrix; column 0 is the intercept, column 1 the tested variable."""

    matrix: NDArray[np.float64]
    """Kept samples x columns."""
    kept: NDArray[np.bool_]
    """Which samples have every value."""
    contrast: str
    """What column 1 means, in words."""


def design_of(sheet: Mapping[str, Sequence[str]], variable: str, covariates: Sequence[str], place: str) -> Design:
    """
    Make the design of a variable and covariates; samples that lack one of them are left out.

    Raises
    ------
    UnknownName
        The sheet has no such column.
    InvalidContent
        The variable is words of other than two groups, or does not vary.

    >>> made = design_of({"case": ["no", "yes", "no", ""], "age": ["1", "2", "4", "5"]}, "case", ["age"], "sheet.csv")
    >>> made.matrix.tolist(), made.contrast
    ([[1.0, 0.0, 1.0], [1.0, 1.0, 2.0], [1.0, 0.0, 4.0]], 'yes against no')
    """
    for name in (variable, *covariates):
        if name not in sheet:
            raise UnknownName(f"there is no column {name!r}", place=place, remedy=near(name, list(sheet)))
    known = [
        all(sheet[n][i].strip().lower() not in MISSING_WORDS for n in (variable, *covariates))
        for i in range(len(sheet[variable]))
    ]
    kept = np.array(known, bool)
    tested, contrast = _tested([c for c, k in zip(sheet[variable], known, strict=True) if k], variable, place)
    columns = [np.ones(len(tested)), tested]
    for name in covariates:
        columns += _covariate([c for c, k in zip(sheet[name], known, strict=True) if k])
    return Design(np.stack(columns, axis=1), kept, contrast)


def _tested(cells: list[str], name: str, place: str) -> tuple[NDArray[np.float64], str]:
    held = _as_numbers(cells)
    groups = sorted(set(cells))
    if held is None and len(groups) != 2:
        raise InvalidContent(
            f"{name} has {len(groups)} groups", place=place, remedy="give numbers, or words of two groups"
        )
    if len(groups) < 2:
        raise InvalidContent(f"{name} does not vary", place=place, remedy="choose another variable")
    if held is not None:
        return held, f"per unit of {name}"
    return np.array([float(cell == groups[1]) for cell in cells]), f"{groups[1]} against {groups[0]}"


def _covariate(cells: list[str]) -> list[NDArray[np.float64]]:
    held = _as_numbers(cells)
    if held is not None:
        return [held]
    return [np.array([float(cell == group) for cell in cells]) for group in sorted(set(cells))[1:]]


def _as_numbers(cells: list[str]) -> NDArray[np.float64] | None:
    try:
        made = np.array([float(cell) for cell in cells])
    except ValueError:
        return None
    return made if all(map(math.isfinite, made)) else None
