"""Differentially methylated regions: runs of neighbouring CpGs that differ the same way, tested by permutation."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import read_text
from gennet.core.moderated import fit, moderated
from gennet.errors import InvalidContent
from gennet.genomics.builds import chromosome_code

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from gennet.core.study import Watch


@dataclass(frozen=True, slots=True)
class Region:
    """A run of CpGs."""

    start: int
    """Row of its first CpG in the order of the genome."""
    end: int
    """Row after its last."""
    area: float
    """Sum of the sizes of its t statistics."""


@dataclass(frozen=True, slots=True)
class RunRule:
    """What makes a run of CpGs."""

    threshold: float
    """Least size of t."""
    gap: int
    """Most base pairs between neighbours."""
    least: int
    """Fewest CpGs."""


def read_positions(path: Path) -> dict[str, tuple[int, int]]:
    """
    Read where CpGs are: CSV or TSV with a heading and columns CpG, chromosome, position (1-based); the caller's build.

    CpGs on other contigs than 1-22, X, Y and MT, or without a position, are left out.

    Raises
    ------
    MissingFile, UnreadableFile
        There is no such text file.
    InvalidContent
        A position is no number, or no CpG has one.
    """
    lines = read_text(path).splitlines()
    delimiter = "\t" if lines and "\t" in lines[0] else ","
    made = dict[str, tuple[int, int]]()
    for number, row in enumerate(csv.reader(lines, delimiter=delimiter), start=1):
        if number == 1 or len(row) < 3 or not row[2].strip():
            continue
        code = chromosome_code(row[1].strip())
        if not row[2].strip().isdigit():
            raise InvalidContent(
                f"position {row[2][:20]!r} is no number",
                place=f"{path.name}: line {number}",
                remedy="give cpg,chromosome,position",
            )
        if code:
            made[row[0].strip()] = code, int(row[2])
    if not made:
        raise InvalidContent("no CpG has a position", place=path.name, remedy="give cpg,chromosome,position")
    return made


def runs(
    chromosome: NDArray[np.int64], position: NDArray[np.int64], t: NDArray[np.float64], rule: RunRule
) -> list[Region]:
    """
    Return the runs of CpGs, in the order of the genome, whose t has one sign and at least the threshold's size.

    >>> one = np.ones(5, np.int64)
    >>> t = np.array([3.0, 4.0, -3.0, 5.0, 3.0])
    >>> runs(one, np.array([1, 50, 90, 120, 900]), t, RunRule(2.0, 100, 2))
    [Region(start=0, end=2, area=7.0)]
    """
    label = np.where(np.abs(t) >= rule.threshold, np.sign(t), 0.0)
    parted = (label[1:] != label[:-1]) | (chromosome[1:] != chromosome[:-1]) | (np.diff(position) > rule.gap)
    starts = np.concatenate([[0], np.flatnonzero(parted) + 1])
    ends = np.append(starts[1:], len(t))
    areas = np.add.reduceat(np.abs(t), starts) if len(t) else np.zeros(0)
    kept = np.flatnonzero((label[starts] != 0) & (ends - starts >= rule.least)) if len(t) else ()
    return [Region(int(starts[i]), int(ends[i]), float(areas[i])) for i in kept]


def largest_by_chance(
    values: NDArray[np.float64], design: NDArray[np.float64], column: int, place: tuple[NDArray[np.int64], NDArray[np.int64]],
    rule: RunRule, *, permutations: int, rng: np.random.Generator, watch: Watch,
) -> NDArray[np.float64]:  # fmt: skip
    """
    Return the area of the largest run in each permutation.

    Residuals of the model without the tested column are permuted among samples (Freedman & Lane 1983, DOI
    10.2307/1391660), so covariates keep their effects. Values must be complete, in the order of the genome.
    """
    reduced = np.delete(design, column, axis=1)
    q, _ = np.linalg.qr(reduced)
    fitted = (values @ q) @ q.T
    left = values - fitted
    made = np.zeros(permutations)
    for i in range(permutations):
        watch("permuting", i, permutations)
        shuffled = fitted + left[:, rng.permutation(values.shape[1])]
        t = moderated(fit(shuffled, design, column)).t
        made[i] = max((one.area for one in runs(*place, t, rule)), default=0.0)
    return made


def family_wise(area: float, chance: NDArray[np.float64]) -> float:
    """
    Return the probability that chance alone gives a run this large anywhere in the genome.

    >>> family_wise(5.0, np.array([1.0, 6.0, 2.0]))
    0.5
    """
    return float((1 + np.count_nonzero(chance >= area)) / (1 + len(chance)))
