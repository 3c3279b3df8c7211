"""Scores that weigh each number of copies on its own, written as sums of what every score is made of."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = ("dosage_0_weight", "dosage_1_weight", "dosage_2_weight")


def expanded(
    table: dict[str, list[str]], lines: Sequence[int], place: str
) -> tuple[dict[str, list[str]], list[int], float]:
    """
    Turn weights of 0, 1 and 2 copies into a constant, a dominant and a recessive weight: an exact sum of three.

    With w0, w1 and w2: w0 to everybody, w1 - w0 to who carries a copy, w2 - w1 to who carries two. Rows that give an
    `effect_weight` instead stay as they are.

    Returns
    -------
    tuple[dict[str, list[str]], list[int], float]
        The table with `effect_weight` and `effect_type`, the lines of its rows, and the sum of the constants.

    Raises
    ------
    InvalidContent
        A column is missing, or a cell is no finite number.

    >>> table = {"effect_allele": ["A"], **{name: [w] for name, w in zip(COLUMNS, "135", strict=True)}}
    >>> expanded(table, [2], "x")[0]["effect_weight"], expanded(table, [2], "x")[2]
    (['2.0', '2.0'], 1.0)
    """
    for name in COLUMNS:
        if name not in table:
            raise InvalidContent(f"there is no {name} column", place=place, remedy="give weights of 0, 1 and 2 copies")
    size = len(lines)
    single = table.get("effect_weight", [""] * size)
    kinds = table.get("effect_type", ["additive"] * size)
    rows, weights, models, constant = list[int](), list[str](), list[str](), 0.0
    for i, line in enumerate(lines):
        if single[i].strip():
            rows.append(i)
            weights.append(single[i])
            models.append(kinds[i])
            continue
        zero, one, two = (_number(table[name][i], f"{place}: line {line}", name) for name in COLUMNS)
        constant += zero
        rows += [i, i]
        weights += [repr(one - zero), repr(two - one)]
        models += ["dominant", "recessive"]
    made = {name: [column[i] for i in rows] for name, column in table.items()}
    made |= {"effect_weight": weights, "effect_type": models}
    return made, [lines[i] for i in rows], constant


def _number(text: str, place: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidContent(f"{name} {text[:40]!r} is not a finite number", place=place, remedy="correct the line")
    return value
