"""Linkage disequilibrium of a reference cohort: clumps, and correlations by block."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.files import read_text
from gennet.core.study import silent
from gennet.errors import BadInput, InvalidContent
from gennet.genomics.build_evidence import site_keys
from gennet.genomics.builds import chromosome_code
from gennet.genomics.regions import Regions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gennet.core.study import Watch
    from gennet.genomics.score_training.alignment import Aligned

WINDOW = 1_500_000
"""Length of a block in bp, about that of independent blocks in Europeans (Berisa & Pickrell 2016)."""
MOST = 1_500
"""More variants than this in a window are cut into several blocks: the work grows with their cube."""


@dataclass(frozen=True, slots=True)
class Clumping:
    """How variants are clumped, with the meaning of plink's options of the same names."""

    index_p: float = 1.0
    """An index variant's p-value is at most this (--clump-p1)."""
    member_p: float = 1.0
    """A variant in a clump has at most this (--clump-p2)."""
    r2: float = 0.1
    """Least squared correlation with the index variant (--clump-r2)."""
    kb: float = 250.0
    """Farthest from the index variant, in kilobases (--clump-kb)."""


def clump(aligned: Aligned, how: Clumping = Clumping(), *, watch: Watch = silent) -> NDArray[np.intp]:
    """
    Return for each variant the row of its clump's index variant, -1 where it belongs to none.

    Greedy, as plink's --clump: the smallest p-value not yet taken leads the next clump; equal p-values are taken along the
    genome. Correlations are of haplotypes, phased by maximum likelihood, over people called in both.

    Raises
    ------
    BadInput
        A setting is outside its range.

    References
    ----------
    Purcell et al. PLINK. Am J Hum Genet (2007). doi:10.1086/519795
    """
    if not (0 < how.r2 <= 1 and how.kb > 0 and 0 <= how.index_p <= 1 and 0 <= how.member_p <= 1):
        raise BadInput("a setting of clumping is outside its range", remedy="r2 in 0-1, kb above 0, p in 0-1")
    from gennet.genomics.score_training._kernels import clump_rows

    index = np.full(aligned.size, -1, np.int64)
    chromosome, position = aligned.variants.chromosome, aligned.variants.position.astype(np.int64)
    for code in np.unique(chromosome).tolist():
        start, end = np.searchsorted(chromosome, [code, code + 1])
        here = slice(int(start), int(end))
        where, p = position[here], aligned.p[here]
        reach = int(how.kb * 1000)
        first = np.searchsorted(where, where - reach, "left").astype(np.int64)
        last = np.searchsorted(where, where + reach, "right").astype(np.int64)
        order = np.argsort(p, kind="stable")
        order = order[p[order] <= how.index_p].astype(np.int64)
        part = np.full(int(end - start), -1, np.int64)
        clump_rows(aligned.dosages[here], order, first, last, p <= how.member_p, how.r2, part)
        index[here] = np.where(part >= 0, part + start, -1)
        watch("clumping", int(end), aligned.size)
    return index.astype(np.intp)


@dataclass(frozen=True, slots=True, eq=False)
class LdBlock:
    """Correlations of consecutive variants."""

    start: int
    """Row of the first in `Aligned`."""
    correlation: NDArray[np.float64]
    """Shrunk towards the identity, so that it is positive definite."""
    shrinkage: float
    """0 to 1."""

    @property
    def rows(self) -> slice:
        """Rows in `Aligned`."""
        return slice(self.start, self.start + len(self.correlation))


def read_blocks(path: Path) -> Regions:
    """
    Read linkage blocks from a BED; unlike other regions, those that touch stay apart.

    Raises
    ------
    InvalidContent
        A line is no chromosome, start and larger end, or two blocks overlap.
    """
    rows = list[tuple[int, int, int, int]]()
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        fields = line.split()
        if not fields or line.startswith(("#", "track", "browser")) or (number == 1 and not fields[-1].isdigit()):
            continue
        good = len(fields) >= 3 and fields[1].isdigit() and fields[2].isdigit() and int(fields[1]) < int(fields[2])
        if not good:
            raise InvalidContent(
                "not chromosome, start and a larger end", place=f"{path.name}: line {number}", remedy="give a BED file"
            )
        if code := chromosome_code(fields[0]):
            rows.append((code, int(fields[1]) + 1, int(fields[2]), number))
    rows.sort()
    for one, two in pairwise(rows):
        if one[0] == two[0] and two[1] <= one[2]:
            raise InvalidContent("two blocks overlap", place=f"{path.name}: line {two[3]}", remedy="give blocks apart")
    made = np.array(rows, np.int64).reshape(-1, 4)
    if not len(made):
        raise InvalidContent("it holds no block", place=path.name, remedy="give a BED file")
    return Regions(made[:, 0].astype(np.int8), made[:, 1].astype(np.int32), made[:, 2].astype(np.int32))


def block_bounds(aligned: Aligned, regions: Regions | None = None) -> list[tuple[int, int]]:
    """
    Cut variants into blocks: those of `regions`, or windows of 1.5 Mb; blocks of more than 1,500 variants are cut evenly.

    Variants outside all regions are cut by window between them.
    """
    v = aligned.variants
    group = v.position.astype(np.int64) // WINDOW * 2
    if regions is not None:
        at = (
            np.searchsorted(site_keys(regions.chromosome, regions.start), site_keys(v.chromosome, v.position), "right")
            - 1
        )
        ends = site_keys(regions.chromosome, regions.end)[np.maximum(at, 0)]
        inside = (at >= 0) & (ends >= site_keys(v.chromosome, v.position))
        group = np.where(inside, 2 * at + 1, group)
    change = np.flatnonzero((np.diff(group) != 0) | (np.diff(v.chromosome) != 0)) + 1
    edges = [0, *change.tolist(), aligned.size]
    bounds = list[tuple[int, int]]()
    for start, end in pairwise(edges):
        cuts = np.linspace(start, end, -(-(end - start) // MOST) + 1).round().astype(int).tolist()
        bounds.extend(pairwise(cuts))
    return bounds


def ld_blocks(aligned: Aligned, regions: Regions | None = None, *, watch: Watch = silent) -> Iterator[LdBlock]:
    """
    Yield the correlations of each block, shrunk by how uncertain they are among so few people.

    A missing genotype counts as the mean. Each block is shrunk towards the identity by the sum of the sampling variances
    of its correlations over the sum of their squares (Schaefer & Strimmer 2005, doi:10.2202/1544-6115.1175), with
    (1 - r^2)^2 / (people - 1) as variance of one.

    Raises
    ------
    BadInput
        The reference has fewer than 20 people.
    """
    people = aligned.dosages.shape[1]
    if people < 20:
        raise BadInput(f"a reference of {people} people tells no linkage", remedy="give at least some hundred people")
    bounds = block_bounds(aligned, regions)
    for done, (start, end) in enumerate(bounds, start=1):
        raw = aligned.dosages[start:end]
        held = raw >= 0
        mean = np.where(held, raw, 0).sum(1) / np.maximum(held.sum(1), 1)
        z = np.where(held, raw - mean[:, None], 0.0)
        z /= np.sqrt((z * z).sum(1, keepdims=True))
        r = z @ z.T
        yield LdBlock(start, *shrunk(r, people))
        watch("correlations", done, len(bounds))


def shrunk(r: NDArray[np.float64], people: int) -> tuple[NDArray[np.float64], float]:
    """
    Shrink a correlation matrix of so many people towards the identity; return it and by how much.

    >>> shrunk(np.array([[1.0, 0.5], [0.5, 1.0]]), 101)[1]
    0.0225
    """
    off = r[~np.eye(len(r), dtype=bool)] ** 2
    noise, signal = float(((1.0 - off) ** 2).sum()) / (people - 1), float(off.sum())
    part = min(1.0, noise / signal) if signal > 0 else 1.0
    made = (1.0 - part) * r
    np.fill_diagonal(made, 1.0)
    return made, part


def ld_scores(blocks: list[LdBlock], people: int) -> NDArray[np.float64]:
    """Return each variant's sum of squared correlations within its block, corrected for chance."""
    scores = list[NDArray[np.float64]]()
    for block in blocks:
        raw = block.correlation / max(1.0 - block.shrinkage, 1e-9)
        np.fill_diagonal(raw, 1.0)
        square = np.minimum(raw**2, 1.0)
        scores.append((square - (1.0 - square) / (people - 2)).sum(1))
    return np.concatenate(scores)
