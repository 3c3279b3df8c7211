"""PLINK 2 PGEN, read by PLINK's own library, beside a .pvar and a .psam."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gennet.errors import NotInstalled, UnreadableFile
from gennet.genomics.cohort import MISSING, Block
from gennet.genomics.cohorts._reading import agreed, cut, cut_short, set_aside
from gennet.genomics.cohorts._tables import companion, read_psam, read_pvar
from gennet.genomics.cohorts.dosages import DosageBlock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from gennet.genomics.builds import Build
    from gennet.genomics.cohort import Variants

_VARIABLE_WIDTH, _FIXED_DOSAGES = 0x10, (0x03, 0x04)
_WIDE_TYPES = 4
"""From this value on, the header keeps the type of each record in eight bits, which tell of dosages."""
_DOSAGE_BITS, _STORED_FLAGS, _PER_BLOCK = 0x60, 3, 65_536


@dataclass(frozen=True, slots=True, eq=False)
class PgenCohort:
    """A cohort in a PLINK 2 PGEN file."""

    path: Path
    samples: tuple[str, ...]
    variants: Variants
    build: Build | None
    notes: tuple[str, ...]
    rows: NDArray[np.int64]
    """Of `variants` in the file."""
    allele_counts: NDArray[np.int64]
    """Of every variant in the file."""
    has_dosages: bool

    def blocks(self, rows: NDArray[np.intp] | None = None, *, size: int = 4096) -> Iterator[Block]:
        """Yield as `Cohort.blocks` says."""
        with _reader(self.path, len(self.samples), self.allele_counts) as reader:
            for start, wanted in cut(rows, self.rows, size, len(self.samples)):
                dosages = np.empty((len(wanted), len(self.samples)), np.int8)
                _read(reader.read_list, wanted, dosages, self.path.name)
                dosages[dosages < 0] = MISSING
                yield Block(start, dosages)

    def dosage_blocks(self, rows: NDArray[np.intp] | None = None, *, size: int = 4096) -> Iterator[DosageBlock]:
        """Yield as `DosageCohort.dosage_blocks` says."""
        with _reader(self.path, len(self.samples), self.allele_counts) as reader:
            for start, wanted in cut(rows, self.rows, size, 4 * len(self.samples)):
                dosages = np.empty((len(wanted), len(self.samples)), np.float32)
                _read(reader.read_dosages_list, wanted, dosages, self.path.name)
                dosages[dosages < 0] = np.nan
                yield DosageBlock(start, dosages)


def open_pgen(path: Path, build: Build | None, beside: Sequence[Path] = ()) -> PgenCohort:
    """Open a .pgen with its .pvar (plain or Zstandard) and .psam."""
    sites = read_pvar(companion(path, beside, ".pvar", ".pvar.zst", ".bim"))
    samples = read_psam(companion(path, beside, ".psam", ".fam"))
    with _reader(path, len(samples), sites.allele_counts):
        pass
    known = agreed(sites.build, build, path.name)
    notes, dosed = set_aside(sites.set_aside), _has_dosages(path)
    return PgenCohort(path, samples, sites.variants, known, notes, sites.rows, sites.allele_counts, dosed)


def _has_dosages(path: Path) -> bool:
    """
    Look in the header whether a record holds dosages.

    References
    ----------
    https://github.com/chrchang/plink-ng/tree/master/pgen_spec
    """
    with path.open("rb") as file:
        head = file.read(12)
        if head[2] != _VARIABLE_WIDTH:
            return head[2] in _FIXED_DOSAGES
        variants, control = int.from_bytes(head[3:7], "little"), head[11]
        if control & 15 < _WIDE_TYPES:
            return False
        length, counts, flags = (control & 3) + 1, (control >> 4) & 3, control >> 6
        file.seek(8 * -(-variants // _PER_BLOCK), 1)
        for start in range(0, variants, _PER_BLOCK):
            size = min(_PER_BLOCK, variants - start)
            types = np.frombuffer(file.read(size), np.uint8)
            if (types & _DOSAGE_BITS).any():
                return True
            file.seek(size * (length + counts) + (-(-size // 8) if flags == _STORED_FLAGS else 0), 1)
    return False


@contextmanager
def _reader(path: Path, people: int, allele_counts: NDArray[np.int64]) -> Iterator[Any]:
    try:
        from pgenlib import PgenReader
    except ImportError:
        raise NotInstalled(
            "reading PGEN needs pgenlib", place=path.name, remedy="pip install 'gennet[genomics]'"
        ) from None
    several = bool((allele_counts > 2).any())
    offsets = np.concatenate(([0], np.cumsum(allele_counts))).astype(np.uintp) if several else None
    try:
        reader = PgenReader(
            str(path).encode(), raw_sample_ct=people, variant_ct=len(allele_counts), allele_idx_offsets=offsets
        )
    except Exception as error:  # noqa: BLE001 the library raises many kinds
        raise UnreadableFile(
            f"it does not hold {len(allele_counts):,} variants of {people:,} people as its .pvar and .psam do ({error})",
            place=path.name,
            remedy="give the .pvar and .psam written with it, or copy it again",
        ) from None
    try:
        yield reader
    finally:
        reader.close()


def _read(read: Any, wanted: NDArray[np.int64], dosages: NDArray[Any], place: str) -> None:  # noqa: ANN401
    try:
        read(wanted.astype(np.uint32), dosages)
    except Exception as error:  # noqa: BLE001 as above
        raise cut_short(place, int(wanted[0]), str(error)) from None
