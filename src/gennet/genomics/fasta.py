"""Reference sequence on demand: plain FASTA through its index, bgzip through htslib."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from gennet.core.files import GZIP, head
from gennet.errors import InvalidContent, NotInstalled, UnknownName, UnreadableFile
from gennet.genomics.builds import chromosome_code

if TYPE_CHECKING:
    from collections.abc import Mapping


class Reference(Protocol):
    """A genome to read bases from."""

    @property
    def lengths(self) -> Mapping[str, int]:
        """Return the length of each contig, in the order of the file."""

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Return the bases of ``[start, end)``, 0-based, in capitals; N outside the contig."""


@dataclass(frozen=True, slots=True)
class HeldReference:
    """
    A genome in memory, for tests and small genomes.

    >>> HeldReference({"1": "acgt"}).fetch("1", 2, 6)
    'GTNN'
    """

    bases: Mapping[str, str]

    @property
    def lengths(self) -> Mapping[str, int]:
        """Return the length of each contig."""
        return {name: len(bases) for name, bases in self.bases.items()}

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Return bases as `Reference.fetch` says."""
        return _padded(self.bases[contig][max(start, 0) : max(end, 0)], start, end)


def _padded(found: str, start: int, end: int) -> str:
    before = min(max(0, -start), max(0, end - start))
    return ("N" * before + found).ljust(end - start, "N").upper()


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a .fai: samtools faidx."""

    length: int
    offset: int
    bases: int
    width: int


class Fasta:
    """
    A FASTA file, read where it is asked.

    A plain file needs no index: its ``.fai`` is used when it is there and fits, else the file is scanned once. A file
    packed with bgzip needs its ``.fai`` and ``.gzi``, and htslib (pysam).
    """

    def __init__(self, path: Path) -> None:
        """
        Open the file.

        Raises
        ------
        MissingFile, UnreadableFile, NotInstalled
            It is not there, not FASTA, cut short of its index, or packed without an index.
        """
        self.path = path
        start = head(path, 2)
        with path.open("rb") as file:
            self._packed = file.read(2) == GZIP
        if start[:1] != b">":
            raise UnreadableFile("this is not FASTA: it does not start with >", place=path.name, remedy="give FASTA")
        if self._packed:
            self._open_packed()
        else:
            self._open_plain()

    def _open_packed(self) -> None:
        try:
            import pysam
        except ImportError:
            raise NotInstalled(
                "bgzipped FASTA needs pysam",
                place=self.path.name,
                remedy="pip install 'gennet[genomics]', or unpack it",
            ) from None
        try:
            self._file = pysam.FastaFile(str(self.path))
        except (OSError, ValueError) as error:
            raise UnreadableFile(
                f"htslib cannot read it ({error})",
                place=self.path.name,
                remedy="pack it with bgzip, then samtools faidx",
            ) from None
        self.lengths: dict[str, int] = dict(zip(self._file.references, self._file.lengths, strict=True))

    def _open_plain(self) -> None:
        with self.path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        beside = self.path.with_name(self.path.name + ".fai")
        self._rows = _read_index(beside) if beside.is_file() else _scan(self._bytes, self.path.name)
        for name, row in self._rows.items():
            if row.length and row.offset + _at(row, row.length - 1) >= len(self._bytes):
                raise UnreadableFile(
                    f"{name} ends before the {row.length:,} bases its index lists",
                    place=self.path.name,
                    remedy="copy the file again, or index it with samtools faidx",
                )
        self.lengths = {name: row.length for name, row in self._rows.items()}

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Return bases as `Reference.fetch` says."""
        if contig not in self.lengths:
            raise UnknownName(
                f"no contig {contig!r}", place=self.path.name, remedy="give the genome the file was made on"
            )
        low, high = max(start, 0), min(end, self.lengths[contig])
        found = self._read(contig, low, high) if low < high else ""
        return _padded(found, start, end)

    def _read(self, contig: str, start: int, end: int) -> str:
        if self._packed:
            return str(self._file.fetch(contig, start, end))
        row = self._rows[contig]
        piece = self._bytes[row.offset + _at(row, start) : row.offset + _at(row, end - 1) + 1]
        found = piece.translate(None, b"\r\n").decode("ascii", "replace")
        if len(found) != end - start or ">" in found:
            raise UnreadableFile(
                f"the lines of {contig} are not as long as its index says",
                place=self.path.name,
                remedy="index it again with samtools faidx",
            )
        return found

    def close(self) -> None:
        """Let go of the file."""
        (self._file if self._packed else self._bytes).close()

    def __enter__(self) -> Self:
        """Use it in a with block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the file."""
        self.close()


def _at(row: _Row, base: int) -> int:
    return base // row.bases * row.width + base % row.bases


def _read_index(path: Path) -> dict[str, _Row]:
    rows = dict[str, _Row]()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            name, *numbers = line.split("\t")
            length, offset, bases, width = (int(n) for n in numbers[:4])
        except ValueError:
            raise InvalidContent(
                "this is not a row of a FASTA index",
                place=f"{path.name}: line {number}",
                remedy="index the file again with samtools faidx",
            ) from None
        rows[name] = _Row(length, offset, max(bases, 1), width)
    return rows


def _scan(content: mmap.mmap, place: str) -> dict[str, _Row]:
    rows, at = dict[str, _Row](), 0
    while at < len(content):
        end = content.find(b"\n", at)
        end = len(content) if end < 0 else end
        words = content[at + 1 : end].split()
        name = words[0].decode() if words else ""
        if not name or name in rows:
            raise InvalidContent(
                f"a sequence is called {name!r}" + " twice" * (name in rows), place=place, remedy="rename it"
            )
        following = content.find(b"\n>", end)
        stop = len(content) if following < 0 else following + 1
        rows[name] = _row_of(content, end + 1, stop)
        at = stop
    return rows


def _row_of(content: mmap.mmap, start: int, stop: int) -> _Row:
    first = content.find(b"\n", start, stop)
    width = (stop if first < 0 else first + 1) - start
    bases = len(content[start : start + width].rstrip(b"\r\n"))
    rest = (stop - start) - (stop - start) // width * width if width else 0
    whole = (stop - start) // width if width else 0
    tail = len(content[stop - rest : stop].rstrip(b"\r\n")) if rest else 0
    blank = 0 if rest or not whole else bases - len(content[stop - width : stop].rstrip(b"\r\n"))
    return _Row(whole * bases + tail - blank, start, max(bases, 1), max(width, 1))


def contigs_by_code(reference: Reference) -> dict[int, str]:
    """
    Find the contig of each chromosome code, so that ``chr1`` and ``1`` meet.

    >>> contigs_by_code(HeldReference({"chr2": "A", "chrM": "C"}))
    {2: 'chr2', 25: 'chrM'}
    """
    found = dict[int, str]()
    for name in reference.lengths:
        code = chromosome_code(name)
        if code:
            found.setdefault(code, name)
    return found


Bases = Callable[[int, int, int], str]
"""From a chromosome code, a position (1-based) and a length to bases; empty where there is no such chromosome."""


def bases_of(reference: Reference) -> Bases:
    """
    Ask a genome by chromosome code instead of contig name: ``chr1``, ``1`` and ``NC_000001.11`` are the same.

    >>> bases_of(HeldReference({"chr1": "ACGT"}))(1, 2, 2), bases_of(HeldReference({"chr1": "ACGT"}))(2, 1, 1)
    ('CG', '')
    """
    named = dict[int, str]()
    for name in reference.lengths:
        named.setdefault(chromosome_code(name), name)
    named.pop(0, None)

    def bases(code: int, position: int, length: int) -> str:
        name = named.get(code)
        return "" if name is None else reference.fetch(name, position - 1, position - 1 + length)

    return bases
