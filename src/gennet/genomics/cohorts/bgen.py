"""
BGEN 1.1 to 1.3: genotype probabilities of imputed people, one compressed block for each variant.

Format: https://www.chg.ox.ac.uk/~gav/bgen_format/spec/latest.html
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent, MissingFile, NotInstalled, UnreadableFile
from gennet.genomics.builds import chromosome_code
from gennet.genomics.cohort import Block
from gennet.genomics.cohorts._reading import cut, cut_short, set_aside
from gennet.genomics.cohorts._tables import SiteList, companion, read_sample, unique
from gennet.genomics.cohorts.dosages import HARD_CALL, DosageBlock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from numpy.typing import NDArray

    from gennet.genomics.builds import Build
    from gennet.genomics.cohort import Variants

_PLAIN, _ZLIB, _ZSTANDARD = 0, 1, 2
_MOST_ALLELES = 1 << 16
_FIRST = "BGEN does not say which allele is the reference; the first of each variant was taken for it."


@dataclass(frozen=True, slots=True)
class Head:
    """What a BGEN says of itself."""

    first: int
    """Where the first variant starts."""
    variants: int
    people: int
    compression: int
    layout: int
    samples: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class BgenCohort:
    """
    A cohort in a BGEN file: the first allele of a variant is its reference, as most writers have it.

    Hard calls are dosages within `HARD_CALL` of a whole number; one copy (X in men) counts twice.
    """

    path: Path
    samples: tuple[str, ...]
    variants: Variants
    build: Build | None
    notes: tuple[str, ...]
    head: Head
    rows: NDArray[np.int64]
    """Of `variants` in the file."""
    places: NDArray[np.int64]
    """Where the data of every variant in the file start, and how long they are: variants x 2."""

    @property
    def has_dosages(self) -> bool:
        """Probabilities always are."""
        return True

    def blocks(self, rows: NDArray[np.intp] | None = None, *, size: int = 4096) -> Iterator[Block]:
        """Yield as `Cohort.blocks` says."""
        from gennet.genomics.cohorts._kernels import hard_calls

        for block in self.dosage_blocks(rows, size=size):
            calls = np.empty(block.dosages.shape, np.int8)
            hard_calls(block.dosages.reshape(-1), HARD_CALL, calls.reshape(-1))
            yield Block(block.start, calls)

    def dosage_blocks(self, rows: NDArray[np.intp] | None = None, *, size: int = 4096) -> Iterator[DosageBlock]:
        """Yield as `DosageCohort.dosage_blocks` says."""
        with self.path.open("rb") as file:
            for start, wanted in cut(rows, self.rows, size, 4 * len(self.samples)):
                dosages = np.empty((len(wanted), len(self.samples)), np.float32)
                for row, variant in zip(dosages, wanted.tolist(), strict=True):
                    self._read(file, variant, row)
                yield DosageBlock(start, dosages)

    def _read(self, file: BinaryIO, variant: int, dosages: NDArray[np.float32]) -> None:
        place, length = self.places[variant].tolist()
        file.seek(place)
        data = file.read(length)
        if len(data) < length:
            raise cut_short(self.path.name, variant, "it was cut after it was opened")
        try:
            plain = _unpacked(data, self.head, self.path.name)
            if self.head.layout == 1:
                _first_layout(plain, dosages)
            else:
                _second_layout(plain, dosages)
        except (ValueError, struct.error, zlib.error) as error:
            raise cut_short(self.path.name, variant, str(error)) from None


def _unpacked(data: bytes, head: Head, place: str) -> bytes:
    if head.compression == _PLAIN:
        return data
    if head.layout == 1:
        size = 6 * head.people
    else:
        size, data = struct.unpack_from("<I", data)[0], data[4:]
    # A person takes at most one byte of ploidy and two numbers of 32 bits: more is a bomb or another ploidy.
    if size > 10 + 9 * head.people:
        raise ValueError(f"it unpacks to {size:,} bytes")
    if head.compression == _ZLIB:
        found = zlib.decompressobj().decompress(data, size + 1)
    else:
        found = _zstandard(data, size, place)
    if len(found) != size:
        raise ValueError(f"it unpacks to {len(found):,} bytes where {size:,} are stated")
    return found


def _zstandard(data: bytes, size: int, place: str) -> bytes:
    try:
        import zstandard
    except ImportError:
        raise NotInstalled(
            "reading this BGEN needs zstandard", place=place, remedy="pip install 'gennet[genomics]'"
        ) from None
    try:
        found: bytes = zstandard.ZstdDecompressor().decompress(data, max_output_size=size)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from None
    return found


def _first_layout(data: bytes, dosages: NDArray[np.float32]) -> None:
    from gennet.genomics.cohorts._kernels import bgen_first_dosages

    numbers = np.frombuffer(data, "<u2")
    if len(numbers) != 3 * len(dosages):
        raise ValueError(f"{len(numbers)} numbers for {len(dosages)} people")
    bgen_first_dosages(numbers, dosages)


def _second_layout(data: bytes, dosages: NDArray[np.float32]) -> None:
    from gennet.genomics.cohorts._kernels import bgen_dosages

    people, alleles, least, most = struct.unpack_from("<IHBB", data)
    if people != len(dosages) or alleles != 2:
        raise ValueError(f"it holds {people} people and {alleles} alleles")
    phased, width = struct.unpack_from("<BB", data, 8 + people)
    if phased > 1 or not 1 <= width <= 32 or least > most:
        raise ValueError("its head cannot be true")
    ploidy = np.frombuffer(data, np.uint8, people, 8)
    bad = bgen_dosages(ploidy, np.frombuffer(data, np.uint8, offset=10 + people), width, phased, dosages)
    if bad == -2:
        raise ValueError("its probabilities are cut short")
    if bad >= 0:
        raise ValueError(f"person {bad + 1} has more than two copies, none, or probabilities above 1")


def open_bgen(path: Path, build: Build | None, beside: Sequence[Path] = ()) -> BgenCohort:
    """Open a .bgen, with the samples it names or those of the .sample file beside it."""
    with path.open("rb") as file:
        head = _head(file, path.name)
        samples = _samples(path, head, beside)
        sites = SiteList(path.name, chromosome_code)
        places = _index(file, head, path.stat().st_size, path.name, sites)
    made = sites.sites(None)
    notes = (_FIRST, *set_aside(made.set_aside))
    return BgenCohort(path, samples, made.variants, build, notes, head, made.rows, places)


def _samples(path: Path, head: Head, beside: Sequence[Path]) -> tuple[str, ...]:
    try:
        file = companion(path, beside, ".sample")
    except MissingFile:
        if head.samples is None:
            raise
        return head.samples
    listed = read_sample(file)
    if len(listed) != head.people:
        raise _people_differ(file.name, len(listed), head.people)
    return listed if head.samples is None else head.samples


def _people_differ(place: str, listed: int, held: int) -> InvalidContent:
    return InvalidContent(
        f"it lists {listed:,} people where the BGEN holds {held:,}", place=place, remedy="give the file written with it"
    )


def _head(file: BinaryIO, place: str) -> Head:
    try:
        offset, length, variants, people = struct.unpack("<IIII", file.read(16))
        magic = file.read(4)
        if magic not in {b"bgen", b"\0\0\0\0"} or length < 20 or offset < length:
            raise UnreadableFile("this is not a BGEN file", place=place, remedy="give a BGEN of version 1.1 to 1.3")
        file.seek(length)
        (flags,) = struct.unpack("<I", file.read(4))
        named = _named(file, people, place) if flags >> 31 else None
    except struct.error:
        raise UnreadableFile("the header is cut short", place=place, remedy="copy the file again") from None
    compression, layout = flags & 3, (flags >> 2) & 15
    if layout not in {1, 2} or compression > (1 if layout == 1 else 2):
        raise UnreadableFile(
            f"its layout {layout} with compression {compression} is none of BGEN 1.1 to 1.3",
            place=place,
            remedy="convert it with plink2 --export bgen-1.3",
        )
    return Head(offset + 4, variants, people, compression, layout, named)


def _named(file: BinaryIO, people: int, place: str) -> tuple[str, ...]:
    _, listed = struct.unpack("<II", file.read(8))
    if listed != people:
        raise _people_differ(place, listed, people)
    names = list[str]()
    for _ in range(people):
        (length,) = struct.unpack("<H", file.read(2))
        names.append(file.read(length).decode("utf-8", "replace"))
    return unique(names, place)


def _index(file: BinaryIO, head: Head, size: int, place: str, sites: SiteList) -> NDArray[np.int64]:
    """Walk over all variants, reading what they are and skipping their genotypes."""
    places = np.empty((head.variants, 2), np.int64)
    file.seek(head.first)
    for variant in range(head.variants):
        try:
            _identify(file, head, sites, variant)
            at = file.tell()
            if head.compression == _PLAIN and head.layout == 1:
                length = 6 * head.people
            else:
                (length,) = struct.unpack("<I", file.read(4))
                at += 4
        except (struct.error, UnicodeDecodeError, ValueError) as error:
            raise cut_short(place, variant, str(error)) from None
        if at + length > size:
            raise cut_short(place, variant, f"it needs {at + length - size:,} more bytes")
        places[variant] = at, length
        file.seek(at + length)
    return places


def _identify(file: BinaryIO, head: Head, sites: SiteList, variant: int) -> None:
    if head.layout == 1:
        (people,) = struct.unpack("<I", file.read(4))
        if people != head.people:
            raise ValueError(f"it holds {people} people")
    other, name, chromosome = _word(file, "<H"), _word(file, "<H"), _word(file, "<H")
    (position,) = struct.unpack("<I", file.read(4))
    alleles = 2 if head.layout == 1 else struct.unpack("<H", file.read(2))[0]
    reference, *rest = [_word(file, "<I") for _ in range(alleles)] or ["."]
    shown = name if name not in {"", "."} else other or "."
    sites.add(variant + 1, chromosome, shown, str(position), reference, ",".join(rest) or ".")


def _word(file: BinaryIO, kind: str) -> str:
    (length,) = struct.unpack(kind, file.read(struct.calcsize(kind)))
    if length > _MOST_ALLELES:
        raise ValueError(f"a name of {length:,} letters")
    data = file.read(length)
    if len(data) < length:
        raise ValueError("a name is cut short")
    return data.decode()
