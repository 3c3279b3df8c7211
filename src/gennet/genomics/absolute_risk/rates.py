"""Incidence and mortality by age and sex, as a registry publishes them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.files import read_text
from gennet.errors import InvalidContent, UnknownName

if TYPE_CHECKING:
    from pathlib import Path

_COLUMNS = ("age_low", "age_high", "sex", "incidence", "mortality")
_SEXES = ("female", "male", "both")
_MOST_RATE = 2.0
"""Per person-year; the oldest die at about a half."""


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Rates of one sex, constant within bands of age that follow each other without a gap."""

    sex: str
    edges: NDArray[np.float64]
    """Ages in years, one more than bands."""
    incidence: NDArray[np.float64]
    """First diagnoses per person-year among people without the disease."""
    mortality: NDArray[np.float64]
    """Deaths from other causes per person-year."""

    @property
    def span(self) -> tuple[float, float]:
        """First and last age."""
        return float(self.edges[0]), float(self.edges[-1])


def read_rates(path: Path, sex: str) -> Rates:
    """
    Read a tab-separated table of ``age_low  age_high  sex  incidence  mortality`` (rates per person-year).

    Bands include their lower and exclude their upper age: 40-45, 45-50. Sex is female, male or both; rows of `sex` are
    used, those of both where there are none.

    Raises
    ------
    InvalidContent
        A column is missing, a cell is no rate, bands overlap or leave a gap; with the line.
    UnknownName
        The table holds no row for that sex.
    """
    lines = read_text(path).splitlines()
    header = [name.strip().lower() for name in lines[0].lstrip("#").split("\t")]
    missing = [name for name in _COLUMNS if name not in header]
    if missing:
        raise InvalidContent(
            f"there is no column {missing[0]}", place=f"{path.name}: line 1", remedy=f"give {', '.join(_COLUMNS)}"
        )
    rows = [
        _row(line.split("\t"), header, f"{path.name}: line {number}")
        for number, line in enumerate(lines[1:], start=2)
        if line.strip()
    ]
    held = [row for row in rows if row[0] == sex] or [row for row in rows if row[0] == "both"]
    if not held:
        raise UnknownName(f"there is no row for sex {sex!r}", place=path.name, remedy="use female, male or both")
    held.sort(key=lambda row: row[1])
    for one, two in pairwise(held):
        if one[2] != two[1]:
            what = "overlap" if one[2] > two[1] else "leave a gap"
            raise InvalidContent(
                f"the bands {one[1]:g}-{one[2]:g} and {two[1]:g}-{two[2]:g} {what}",
                place=two[5], remedy="give bands that follow each other",
            )  # fmt: skip
    edges = np.array([row[1] for row in held] + [held[-1][2]])
    return Rates(sex, edges, np.array([row[3] for row in held]), np.array([row[4] for row in held]))


def _row(cells: list[str], header: list[str], place: str) -> tuple[str, float, float, float, float, str]:
    if len(cells) != len(header):
        raise InvalidContent(f"{len(cells)} cells under {len(header)} columns", place=place, remedy="correct the line")
    found = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    if found["sex"].lower() not in _SEXES:
        raise InvalidContent(f"sex is {found['sex'][:20]!r}", place=place, remedy="use female, male or both")
    low, high, incidence, mortality = (_number(found[name], name, place) for name in _COLUMNS if name != "sex")
    if not low < high:
        raise InvalidContent("the band ends before it starts", place=place, remedy="correct the ages")
    for name, rate in (("incidence", incidence), ("mortality", mortality)):
        if rate > _MOST_RATE:
            raise InvalidContent(
                f"{name} {rate:g} is no rate per person-year", place=place, remedy="divide rates per 100,000 by 100,000"
            )
    return found["sex"].lower(), low, high, incidence, mortality, place


def _number(text: str, name: str, place: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise InvalidContent(f"{name} {text[:20]!r} is no number of 0 or more", place=place, remedy="correct the line")
    return value
