"""A region's genotypes as the few people who carry something: sparse columns, missing calls counted as expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Carriers:
    """Minor-allele copies of m variants in n people, held by person; people who carry nothing are not stored."""

    people: int
    frequency: NDArray[np.float64]
    """m: of the minor allele among the called."""
    copies_total: NDArray[np.int64]
    """m: minor alleles called."""
    missing: NDArray[np.int64]
    """m: people without a call; they count as twice the frequency."""
    flipped: NDArray[np.bool_]
    """m: whether the minor allele is the reference."""
    start: NDArray[np.int64]
    """n + 1: where each person's entries begin."""
    variant: NDArray[np.int32]
    """Variant of each entry."""
    copies: NDArray[np.float64]
    """Copies of the minor allele of each entry, above 0; twice the frequency where missing."""

    @property
    def variants(self) -> int:
        """How many variants there are."""
        return len(self.frequency)


def carriers(dosages: NDArray[np.int8]) -> Carriers:
    """
    Take the carriers out of a block of genotypes.

    Parameters
    ----------
    dosages
        m variants x n people, copies of the alternate allele 0-2, -1 where not called (`cohort.Block.dosages`).

    Raises
    ------
    InvalidContent
        A value is none of these.

    >>> region = carriers(np.array([[0, 1, 2, -1], [2, 2, 1, 2]], np.int8))
    >>> region.frequency.tolist(), region.flipped.tolist()
    ([0.5, 0.125], [False, True])
    >>> region.start.tolist(), region.copies.tolist()
    ([0, 0, 1, 3, 4], [1.0, 2.0, 1.0, 1.0])
    """
    from gennet.genomics.rare import _kernels as kernels

    variants, people = dosages.shape
    number, total = np.zeros(variants, np.int64), np.zeros(variants, np.int64)
    if not kernels.count_calls(dosages, number, total):
        raise InvalidContent("a genotype is not 0, 1, 2 or missing", place="genotypes", remedy="give biallelic calls")
    alternate = total / np.maximum(2 * number, 1)
    flipped = alternate > 0.5
    frequency = np.where(flipped, 1.0 - alternate, alternate)
    start = np.zeros(people + 1, np.int64)
    kernels.count_entries(dosages, flipped, frequency, start)
    start = np.cumsum(start)
    variant, copies = np.empty(start[-1], np.int32), np.empty(start[-1])
    kernels.fill_entries(dosages, flipped, frequency, start[:-1].copy(), variant, copies)
    minor = np.where(flipped, 2 * number - total, total)
    return Carriers(people, frequency, minor, people - number, flipped, start, variant, copies)
