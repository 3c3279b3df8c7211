"""PLINK BED: two bits for each genotype, variant after variant, beside a .bim and a .fam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent, UnreadableFile
from gennet.genomics.cohort import MISSING, Block
from gennet.genomics.cohorts._reading import cut, cut_short, set_aside
from gennet.genomics.cohorts._tables import companion, read_bim, read_fam
from gennet.genomics.cohorts.packed import Packed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import FileIO
    from pathlib import Path

    from numpy.typing import NDArray

    from gennet.genomics.builds import Build
    from gennet.genomics.cohort import Variants

MAGIC = b"\x6c\x1b"
# Codes 0-3 stand for: two copies of A1, missing, one, none; A1 is taken as the alternate allele.
_SECOND = "BED does not say which allele is the reference; the second of the .bim was taken for it, as PLINK 2 does."
CODING = (2, MISSING, 1, 0)


@dataclass(frozen=True, slots=True, eq=False)
class BedCohort:
    """
    A cohort in a PLINK 1 BED file.

    The format does not say which allele is the reference: the second of the .bim is taken for it, as PLINK 2 does.
    """

    path: Path
    samples: tuple[str, ...]
    variants: Variants
    build: Build | None
    notes: tuple[str, ...]
    rows: NDArray[np.int64]
    """Of `variants` in the file."""

    def blocks(self, rows: NDArray[np.intp] | None = None, *, size: int = 4096) -> Iterator[Block]:
        """Yield as `Cohort.blocks` says."""
        for packed in self.packed(rows, size=size):
            yield Block(packed.start, packed.unpacked(len(self.samples)))

    def packed(self, rows: NDArray[np.intp] | None = None, *, size: int = 4096) -> Iterator[Packed]:
        """Yield as `PackedCohort.packed` says."""
        width = (len(self.samples) + 3) // 4
        with self.path.open("rb", buffering=0) as file:
            for start, wanted in cut(rows, self.rows, size, len(self.samples)):
                yield Packed(start, _read(file, wanted, width, self.path.name), CODING)


def open_bed(path: Path, build: Build | None, beside: Sequence[Path] = ()) -> BedCohort:
    """Open a .bed with its .bim and .fam."""
    sites = read_bim(companion(path, beside, ".bim", ".bim.gz", ".bim.zst"))
    samples = read_fam(companion(path, beside, ".fam"))
    with path.open("rb") as file:
        head = file.read(3)
    if head[:2] != MAGIC:
        raise UnreadableFile("this is not a PLINK BED file", place=path.name, remedy="give the .bed of PLINK")
    if head[2:] != b"\x01":
        raise UnreadableFile(
            "the file stores person after person", place=path.name, remedy="rewrite it with plink2 --make-bed"
        )
    listed = len(sites.allele_counts)
    _check_size(path, listed, len(samples))
    return BedCohort(path, samples, sites.variants, build, (_SECOND, *set_aside(sites.set_aside)), sites.rows)


def _check_size(path: Path, variants: int, people: int) -> None:
    width = (people + 3) // 4
    expected, there = 3 + variants * width, path.stat().st_size
    if there < expected:
        raise cut_short(
            path.name, (there - 3) // width, f"{there:,} bytes for {variants:,} variants of {people:,} people"
        )
    if there > expected:
        raise InvalidContent(
            f"it holds {there:,} bytes where {variants:,} variants of {people:,} people take {expected:,}",
            place=path.name,
            remedy="give the .bim and .fam written with it",
        )


def _read(file: FileIO, wanted: NDArray[np.int64], width: int, place: str) -> NDArray[np.uint8]:
    """Read rows of the file, those that follow each other at once."""
    found = np.empty((len(wanted), width), np.uint8)
    ends = np.flatnonzero(np.diff(wanted) != 1) + 1
    for first, last in zip((0, *ends.tolist()), (*ends.tolist(), len(wanted)), strict=True):
        file.seek(3 + int(wanted[first]) * width)
        part = found[first:last]
        if file.readinto(part.data.cast("B")) < part.nbytes:
            raise cut_short(place, int(wanted[first]), "it was cut after it was opened")
    return found
