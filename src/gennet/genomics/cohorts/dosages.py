"""Expected copies of the alternate allele, for files that say how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gennet.genomics.cohort import Cohort

HARD_CALL = 0.1
"""A dosage farther than this from a whole number is no hard call, as in PLINK 2."""


@dataclass(frozen=True, slots=True, eq=False)
class DosageBlock:
    """Some consecutive variants of a cohort."""

    start: int
    """As `Block.start`."""
    dosages: NDArray[np.float32]
    """Expected copies of the alternate allele, variants x people, 0 to 2; NaN where missing; C-contiguous."""


@runtime_checkable
class DosageCohort(Protocol):
    """A cohort whose file may hold dosages besides hard calls."""

    @property
    def has_dosages(self) -> bool:
        """Whether it does."""

    def dosage_blocks(self, rows: NDArray[np.intp] | None = None, *, size: int = 4096) -> Iterator[DosageBlock]:
        """Yield as `Cohort.blocks`, in fractions of alleles."""


def dosage_blocks(cohort: Cohort, rows: NDArray[np.intp] | None = None, *, size: int = 4096) -> Iterator[DosageBlock]:
    """
    Yield the dosages of any cohort: as its file gives them, or its hard calls as numbers.

    >>> from gennet.genomics.cohort import HeldCohort, Variants
    >>> v = Variants(np.array([1], np.int8), np.array([100], np.int32), ("rs1",), ("A",), ("C",))
    >>> held = HeldCohort(("p1", "p2"), v, None, np.array([[2, -1]], np.int8))
    >>> [block.dosages.tolist() for block in dosage_blocks(held)]
    [[[2.0, nan]]]
    """
    if isinstance(cohort, DosageCohort):
        yield from cohort.dosage_blocks(rows, size=size)
        return
    for block in cohort.blocks(rows, size=size):
        yield DosageBlock(
            block.start, np.where(block.dosages < 0, np.float32(np.nan), block.dosages.astype(np.float32))
        )
