"""Labels of people, and the variants that two cohorts share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import read_text
from gennet.errors import BadInput, InvalidContent

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from gennet.genomics.cohort import Cohort

_AMBIGUOUS = {("A", "T"), ("T", "A"), ("C", "G"), ("G", "C")}


def read_labels(path: Path) -> dict[str, str]:
    """
    Read a table of two columns, person and group, apart by tabs or commas; a header may say sample and population.

    Raises
    ------
    InvalidContent
        A line has fewer columns, or a person stands twice with different groups.
    """
    found = dict[str, str]()
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in (line.split("\t") if "\t" in line else line.split(","))]
        if len(cells) < 2 or not cells[0]:
            raise InvalidContent(
                "a line has fewer than two columns", place=f"{path.name}: line {number}", remedy="give person and group"
            )
        if number == 1 and cells[0].lstrip("#").lower() in {"sample", "iid", "person", "id"}:
            continue
        if found.setdefault(cells[0], cells[1]) != cells[1]:
            raise InvalidContent(
                f"{cells[0]} stands twice", place=f"{path.name}: line {number}", remedy="keep one line a person"
            )
    if not found:
        raise InvalidContent("it holds no label", place=path.name, remedy="give person and group on each line")
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """Variants of both cohorts."""

    first: NDArray[np.intp]
    """Rows of the first cohort, ascending."""
    second: NDArray[np.intp]
    """The same variants' rows of the second cohort."""
    swapped: NDArray[np.bool_]
    """Whether the second counts the other allele."""
    ambiguous: int
    """Variants A/T or C/G with swapped alleles, left out: their strand cannot be told."""


def shared_variants(first: Cohort, second: Cohort) -> Shared:
    """
    Match the variants of two cohorts by position and both alleles, in either order; each is used once.

    Raises
    ------
    BadInput
        The builds differ, or nothing matches.
    """
    if first.build and second.build and first.build != second.build:
        raise BadInput(f"one cohort is on {first.build}, the other on {second.build}", remedy="lift one of them over")
    v = second.variants
    at = {
        key: row
        for row, key in enumerate(
            zip(v.chromosome.tolist(), v.position.tolist(), v.reference, v.alternate, strict=True)
        )
    }
    rows, others, swaps, ambiguous, taken = list[int](), list[int](), list[bool](), 0, set[int]()
    u = first.variants
    for row, (code, position, ref, alt) in enumerate(
        zip(u.chromosome.tolist(), u.position.tolist(), u.reference, u.alternate, strict=True)
    ):
        found, swapped = at.get((code, position, ref, alt)), False
        if found is None:
            found, swapped = at.get((code, position, alt, ref)), True
            if found is not None and (ref, alt) in _AMBIGUOUS:
                ambiguous, found = ambiguous + 1, None
        if found is not None and code and found not in taken:
            taken.add(found)
            rows.append(row)
            others.append(found)
            swaps.append(swapped)
    if not rows:
        raise BadInput("the cohorts share no variant", remedy="check their genome builds and allele columns")
    return Shared(np.array(rows, np.intp), np.array(others, np.intp), np.array(swaps, bool), ambiguous)


def dosages_at(cohort: Cohort, rows: NDArray[np.intp], swapped: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return dosages at these rows in their order, variants x people, of the other allele where swapped."""
    order = np.argsort(rows, kind="stable")
    read = np.concatenate([block.dosages for block in cohort.blocks(rows[order])])
    found = np.empty_like(read)
    found[order] = read
    turn = swapped[:, None] & (found >= 0)
    return np.where(turn, 2 - found, found).astype(np.int8)
