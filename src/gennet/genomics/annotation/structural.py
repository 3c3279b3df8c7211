"""Frequencies of structural variants: gnomAD-SV and CNV, joined by kind and reciprocal overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.errors import BadInput, InvalidContent, UnreadableFile
from gennet.genomics.annotation.fields import raw
from gennet.genomics.annotation.sources import lines_of
from gennet.genomics.builds import Build, chromosome_code, detect_build

if TYPE_CHECKING:
    from pathlib import Path

RECIPROCAL = 0.5
"""Least share of each that the other one covers (10.1038/s41586-020-2287-8 joins call sets so)."""
_NEAR = 100  # bases between two insertions that are taken as one place
_POINT = frozenset({"INS"})
_TWO_PLACES = frozenset({"BND", "CTX"})  # adjacencies: an interval does not describe them


@dataclass(frozen=True, slots=True)
class KnownVariant:
    """A structural variant of a database that fits one that was asked for."""

    name: str
    kind: str
    start: int
    """1-based."""
    end: int
    overlap: float
    """Reciprocal: the smaller of both shares; 1 for insertions at the same base."""
    ac: int | None
    an: int | None
    af: float | None
    """None where nobody was genotyped."""


@dataclass(frozen=True, slots=True, eq=False)
class StructuralFrequencies:
    """Structural variants of a database as columns, sorted by chromosome and start."""

    build: Build
    source: str
    name: tuple[str, ...]
    kind: tuple[str, ...]
    """``DEL``, ``DUP``, ``INS``, ``INV``, ..."""
    chromosome: NDArray[np.int8]
    start: NDArray[np.int32]
    """1-based."""
    end: NDArray[np.int32]
    """1-based, inclusive."""
    ac: NDArray[np.int64]
    """-1 where the file gives none."""
    an: NDArray[np.int64]
    longest: int
    """Bases of the longest variant that overlap is asked of."""

    def known_frequency(
        self, kind: str, chromosome: int | str, start: int, end: int, *, reciprocal: float = RECIPROCAL
    ) -> tuple[KnownVariant, ...]:
        """
        Return variants of the same kind that cover each other by `reciprocal`, best overlap first; positions from 1.

        Insertions have no length on the genome: they fit within 100 bases. Nothing returned means nothing fits, not
        that it is rare: the database may not have looked there.
        """
        if end < start:
            raise BadInput(f"it ends at {end} before it starts at {start}", remedy="give start and end, from 1")
        code = chromosome_code(str(chromosome))
        key = self.chromosome.astype(np.int64) << 32 | self.start
        reach = _NEAR if kind in _POINT else self.longest
        low = int(np.searchsorted(key, (code << 32) | max(start - reach, 0)))
        high = int(np.searchsorted(key, (code << 32) | (end + _NEAR), "right"))
        found = list[KnownVariant]()
        for row in range(low, high):
            if self.kind[row] != kind:
                continue
            overlap = _overlap(kind, (start, end), (int(self.start[row]), int(self.end[row])))
            if overlap >= reciprocal:
                found.append(self._known(row, overlap))
        return tuple(sorted(found, key=lambda one: (-one.overlap, one.start, one.name)))

    def _known(self, row: int, overlap: float) -> KnownVariant:
        ac, an = (int(column[row]) if column[row] >= 0 else None for column in (self.ac, self.an))
        af = ac / an if ac is not None and an else None
        return KnownVariant(
            self.name[row], self.kind[row], int(self.start[row]), int(self.end[row]), overlap, ac, an, af
        )


def _overlap(kind: str, one: tuple[int, int], two: tuple[int, int]) -> float:
    if kind in _POINT:
        away = abs(one[0] - two[0])
        return 1 - away / (2 * _NEAR) if away <= _NEAR else 0.0
    shared = min(one[1], two[1]) - max(one[0], two[0]) + 1
    return max(0.0, shared / max(one[1] - one[0] + 1, two[1] - two[0] + 1))


def read_structural(path: Path, *, build: Build | None = None) -> StructuralFrequencies:
    """
    Read gnomAD's sites VCF of structural or copy-number variants (v2.1 on GRCh37, v4 on GRCh38).

    Copy-number files count people: SC of SN stands in for AC of AN. Adjacencies (BND, CTX) are left out.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent, BadInput
        It is not there, no such VCF, a line cannot be true, or nobody says the build.
    """
    head, rows = list[str](), list[tuple[int, int, int, str, str, int, int]]()
    for number, line in enumerate(lines_of(path), start=1):
        if line.startswith(b"#"):
            head.append(line.decode())
        elif line:
            row = _row(line, f"{path.name}: line {number}")
            if row is not None:
                rows.append(row)
    if not head or not head[0].startswith("##fileformat=VCF"):
        raise UnreadableFile("this is not a VCF", place=path.name, remedy="give gnomAD's sites VCF of such variants")
    known = detect_build(head, place=path.name) or build
    if known is None:
        raise BadInput("the header does not state the genome build", place=path.name, remedy="say which with build")
    if build is not None and known != build:
        raise InvalidContent(f"the file is on {known}, {build} was asked for", place=path.name, remedy="give its build")
    rows.sort()
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(7)]
    chromosome, start, end, kind, name, ac, an = columns
    spans = [e - s + 1 for s, e, k in zip(start, end, kind, strict=True) if k not in _POINT]
    return StructuralFrequencies(
        known, path.name, tuple(map(str, name)), tuple(map(str, kind)), np.array(chromosome, np.int8),
        np.array(start, np.int32), np.array(end, np.int32), np.array(ac, np.int64), np.array(an, np.int64),
        max(spans, default=0),
    )  # fmt: skip


def _row(line: bytes, place: str) -> tuple[int, int, int, str, str, int, int] | None:
    cells = line.split(b"\t", 8)
    if len(cells) < 8 or not cells[1].isdigit():
        raise InvalidContent("this is no line of a VCF", place=place, remedy="copy the file again")
    info, code = b";" + cells[7], chromosome_code(cells[0].decode())
    kind, end = raw(info, b";SVTYPE="), raw(info, b";END=")
    if not code or kind is None or kind.decode() in _TWO_PLACES:
        return None
    start = int(cells[1])
    stop = int(end) if end is not None and end.isdigit() else start
    ac, an = (_count(info, names) for names in ((b";AC=", b";SC="), (b";AN=", b";SN=")))
    return code, start, max(stop, start), kind.decode(), cells[2].decode(), ac, an


def _count(info: bytes, names: tuple[bytes, ...]) -> int:
    """Read a count; sums over the alternates of a line with several; -1 where it gives none."""
    for name in names:
        found = raw(info, name)
        if found is not None:
            parts = found.split(b",")
            return sum(int(part) for part in parts) if all(part.isdigit() for part in parts) else -1
    return -1
