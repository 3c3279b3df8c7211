"""A region's genotypes as the few people who carry something: sparse columns, missing calls counted as expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent
from gennet.genomics.cohort import MISSING

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
    if dosages.size and (dosages.min() < MISSING or dosages.max() > 2):
        raise InvalidContent("a genotype is not 0, 1, 2 or missing", place="genotypes", remedy="give biallelic calls")
    called = dosages >= 0
    number = called.sum(axis=1)
    total = np.where(called, dosages, 0).sum(axis=1, dtype=np.int64)
    alternate = total / np.maximum(2 * number, 1)
    flipped = alternate > 0.5
    frequency = np.where(flipped, 1.0 - alternate, alternate)
    minor = np.where(flipped[:, None], 2 - dosages, dosages)
    entry = (minor > 0) & called | ~called & (frequency > 0)[:, None]
    person, variant = np.nonzero(entry.T)
    there = called[variant, person]
    copies = np.where(there, minor[variant, person], 2.0 * frequency[variant])
    start = np.concatenate(([0], np.cumsum(np.bincount(person, minlength=dosages.shape[1]))))
    return Carriers(
        dosages.shape[1],
        frequency,
        np.where(flipped, 2 * number - total, total),
        (dosages.shape[1] - number).astype(np.int64),
        flipped,
        start.astype(np.int64),
        variant.astype(np.int32),
        copies.astype(np.float64),
    )
