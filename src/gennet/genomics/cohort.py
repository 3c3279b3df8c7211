"""Many people's genotypes, read in blocks of variants so that memory does not grow with the cohort's width."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gennet.genomics.builds import Build

MISSING = -1
"""A dosage that is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Variants:
    """Biallelic variants as columns, in the order of the file."""

    chromosome: NDArray[np.int8]
    """1-22, 23 for X, 24 for Y, 25 for MT; 0 for any other contig."""
    position: NDArray[np.int32]
    """1-based."""
    id: tuple[str, ...]
    """As in the file; ``.`` where it has none."""
    reference: tuple[str, ...]
    alternate: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many variants there are."""
        return len(self.position)

    def at(self, rows: NDArray[np.intp]) -> Variants:
        """Return these rows, in this order."""
        pick = rows.tolist()
        return Variants(
            self.chromosome[rows],
            self.position[rows],
            tuple(self.id[i] for i in pick),
            tuple(self.reference[i] for i in pick),
            tuple(self.alternate[i] for i in pick),
        )


NO_VARIANTS = Variants(np.zeros(0, np.int8), np.zeros(0, np.int32), (), (), ())


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some consecutive variants of a cohort."""

    start: int
    """Row of the first in `Cohort.variants`."""
    dosages: NDArray[np.int8]
    """Copies of the alternate allele, variants x people, 0-2, `MISSING` where not called; C-contiguous."""


class Cohort(Protocol):
    """
    A file of many people's genotypes: PLINK BED, PGEN, BGEN or VCF behind one face.

    Reading is lazy: `variants` are in memory (about 100 bytes each), dosages come a block at a time.
    """

    @property
    def samples(self) -> tuple[str, ...]:
        """The people, each name once."""

    @property
    def variants(self) -> Variants:
        """The biallelic variants, in the order of the file."""

    @property
    def build(self) -> Build | None:
        """The genome build; None where the file does not say."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was set aside, in plain words."""

    def blocks(self, rows: NDArray[np.intp] | None = None, *, size: int = 4096) -> Iterator[Block]:
        """
        Yield the dosages of all variants, or of these rows (ascending), in blocks of at most `size` variants.

        With `rows`, `Block.start` counts in `rows`. A file cut short raises `UnreadableFile` naming the variant.
        """


def without_variants(cohort: Cohort) -> Cohort:
    """Return the cohort without its table of variants, which need not travel to other processes: blocks still come."""
    held: Any = cohort
    return replace(held, variants=NO_VARIANTS) if hasattr(held, "__dataclass_fields__") else cohort


@dataclass(frozen=True, slots=True, eq=False)
class HeldCohort:
    """
    A cohort in memory: for tests, small files and synthetic people.

    >>> import numpy as np
    >>> v = Variants(np.array([1], np.int8), np.array([100], np.int32), ("rs1",), ("A",), ("C",))
    >>> cohort = HeldCohort(("p1", "p2"), v, None, np.array([[0, 2]], np.int8))
    >>> [block.dosages.tolist() for block in cohort.blocks()]
    [[[0, 2]]]
    """

    samples: tuple[str, ...]
    variants: Variants
    build: Build | None
    dosages: NDArray[np.int8]
    """As `Block.dosages`, of all variants."""
    notes: tuple[str, ...] = ()

    def blocks(self, rows: NDArray[np.intp] | None = None, *, size: int = 4096) -> Iterator[Block]:
        """Yield as `Cohort.blocks` says."""
        wanted = np.arange(self.variants.size) if rows is None else rows
        for start in range(0, len(wanted), size):
            yield Block(start, np.ascontiguousarray(self.dosages[wanted[start : start + size]]))
