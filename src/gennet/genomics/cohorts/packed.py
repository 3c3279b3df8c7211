"""Genotypes as files store them: two bits each, so that a kernel can read them without unpacking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from gennet.genomics.cohort import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gennet.genomics.cohort import Cohort

PLAIN = (0, 1, 2, MISSING)
"""The coding in which a code is its dosage."""


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """
    Some consecutive variants of a cohort, four people to a byte, lowest bits first.

    >>> Packed(0, np.array([[0b00_11_01_10]], np.uint8), PLAIN).unpacked(3).tolist()
    [[2, 1, -1]]
    """

    start: int
    """As `Block.start`."""
    codes: NDArray[np.uint8]
    """Variants x ceil(people / 4); the bits beyond the last person mean nothing."""
    coding: tuple[int, int, int, int]
    """Dosage of the alternate allele that each code 0-3 stands for; `MISSING` for a missing genotype."""

    def unpacked(self, people: int) -> NDArray[np.int8]:
        """Return as `Block.dosages`."""
        from gennet.genomics.cohorts._kernels import unpack

        dosages = np.empty((len(self.codes), people), np.int8)
        unpack(self.codes, np.array(self.coding, np.int8), dosages)
        return dosages


@runtime_checkable
class PackedCohort(Protocol):
    """A cohort that can hand out its genotypes as its file stores them."""

    def packed(self, rows: NDArray[np.intp] | None = None, *, size: int = 4096) -> Iterator[Packed]:
        """Yield as `Cohort.blocks`, packed."""


def packed_blocks(cohort: Cohort, rows: NDArray[np.intp] | None = None, *, size: int = 4096) -> Iterator[Packed]:
    """
    Yield the genotypes of any cohort packed: as its file stores them, or packed from its blocks.

    >>> from gennet.genomics.cohort import HeldCohort, Variants
    >>> v = Variants(np.array([1], np.int8), np.array([100], np.int32), ("rs1",), ("A",), ("C",))
    >>> held = HeldCohort(("p1", "p2"), v, None, np.array([[2, -1]], np.int8))
    >>> [block.codes.tolist() for block in packed_blocks(held)]
    [[[14]]]
    """
    if isinstance(cohort, PackedCohort):
        yield from cohort.packed(rows, size=size)
        return
    from gennet.genomics.cohorts._kernels import pack

    for block in cohort.blocks(rows, size=size):
        codes = np.empty((len(block.dosages), (block.dosages.shape[1] + 3) // 4), np.uint8)
        pack(block.dosages, codes)
        yield Packed(block.start, codes, PLAIN)
