"""Stretches of the genome: named on a command line, listed in a BED file, or the sites of a table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import read_text
from gennet.errors import BadInput, InvalidContent
from gennet.genomics.build_evidence import site_keys
from gennet.genomics.builds import chromosome_code, chromosome_lengths

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_NAMED = re.compile(r"(?P<chromosome>[^:\s]+)(?::(?P<start>[\d,]+)(?:-(?P<end>[\d,]+))?)?$")
_LAST = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """
    Stretches sorted along the genome, none overlapping or touching another.

    >>> regions = parse_regions(["chr1:100-200", "1:150-300", "X"])
    >>> regions.size, regions.end[:1].tolist()
    (2, [300])
    """

    chromosome: NDArray[np.int8]
    """1-22, 23 for X, 24 for Y, 25 for MT."""
    start: NDArray[np.int32]
    """1-based, inclusive."""
    end: NDArray[np.int32]
    """1-based, inclusive."""

    @property
    def size(self) -> int:
        """How many stretches there are."""
        return len(self.start)

    def touch(
        self, chromosome: NDArray[np.int8], first: NDArray[np.int32], last: NDArray[np.int32]
    ) -> NDArray[np.bool_]:
        """
        Tell for many spans (1-based, inclusive) whether they share a base with any stretch.

        >>> one = np.ones(2, np.int8)
        >>> parse_regions(["1:100-200"]).touch(one, np.array([50, 201], np.int32), np.array([100, 300], np.int32)).tolist()
        [True, False]
        """
        if not self.size:
            return np.zeros(len(first), bool)
        before = np.searchsorted(site_keys(self.chromosome, self.start), site_keys(chromosome, last), "right") - 1
        ends = site_keys(self.chromosome, self.end)
        return (before >= 0) & (ends[np.maximum(before, 0)] >= site_keys(chromosome, first))


def regions_of(chromosome: NDArray[np.int8], start: NDArray[np.int32], end: NDArray[np.int32]) -> Regions:
    """
    Sort stretches and join those that overlap or touch.

    >>> regions_of(np.ones(3, np.int8), np.array([5, 1, 3], np.int32), np.array([9, 2, 4], np.int32)).end.tolist()
    [9]
    """
    order = np.lexsort((start, chromosome))
    chromosome, start, end = chromosome[order], start[order], end[order]
    if not len(order):
        return Regions(chromosome, start, end)
    reach = np.maximum.accumulate(site_keys(chromosome, end))
    fresh = np.ones(len(order), bool)
    fresh[1:] = site_keys(chromosome[1:], start[1:]) > reach[:-1] + 1
    last = np.append(np.flatnonzero(fresh)[1:] - 1, len(order) - 1)
    return Regions(chromosome[fresh], start[fresh], (reach[last] & _LAST).astype(np.int32))


def parse_regions(texts: Sequence[str]) -> Regions:
    """
    Read regions as people write them: ``chr7``, ``7:55,019,017``, ``7:55019017-55211628`` (1-based, inclusive).

    Raises
    ------
    BadInput
        A text is no region of chromosomes 1-22, X, Y or MT.

    >>> parse_regions(["7:20-10"])
    Traceback (most recent call last):
    gennet.errors.BadInput: '7:20-10' is no region; write 7, 7:100 or 7:100-200
    """
    lengths, rows = chromosome_lengths(None), list[tuple[int, int, int]]()
    for text in texts:
        match = _NAMED.match(text.strip())
        code = chromosome_code(match["chromosome"]) if match else 0
        start = int((match["start"] or "1").replace(",", "") or 0) if match else 0
        end = int((match["end"] or match["start"] or str(lengths[code])).replace(",", "") or 0) if match else 0
        if not code or not 1 <= start <= end <= _LAST:
            raise BadInput(f"{text!r} is no region", remedy="write 7, 7:100 or 7:100-200")
        rows.append((code, start, end))
    return _of_rows(rows)


def read_bed(path: Path) -> Regions:
    """
    Read a BED file, plain or compressed: the stretches a caller could see, targets of a panel, genes.

    BED counts from 0 and excludes the end; `Regions` count from 1 and include it. Other contigs are left out.

    Raises
    ------
    InvalidContent
        A line has no three columns, or does not end behind its start; it is named by its number.
    MissingFile, UnreadableFile
        There is no such file, or it is no text.
    """
    rows = list[tuple[int, int, int]]()
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip() or line.startswith(("#", "track", "browser")):
            continue
        fields = line.split("\t") if "\t" in line else line.split()
        numbers = len(fields) >= 3 and all(f.isascii() and f.isdigit() and len(f) < 10 for f in fields[1:3])
        if not numbers or int(fields[1]) >= int(fields[2]):
            raise InvalidContent(
                "not chromosome, start and a larger end",
                place=f"{path.name}: line {number}",
                remedy="give a BED file: tab-separated, counted from 0",
            )
        if code := chromosome_code(fields[0]):
            rows.append((code, int(fields[1]) + 1, int(fields[2])))
    if not rows:
        raise InvalidContent(
            "no stretch lies on chromosomes 1-22, X, Y or MT", place=path.name, remedy="check the names of its contigs"
        )
    return _of_rows(rows)


def _of_rows(rows: list[tuple[int, int, int]]) -> Regions:
    table = np.array(rows, np.int64).reshape(-1, 3)
    return regions_of(table[:, 0].astype(np.int8), table[:, 1].astype(np.int32), table[:, 2].astype(np.int32))
