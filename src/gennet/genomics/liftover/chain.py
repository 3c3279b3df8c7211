"""UCSC chain files: which stretches of one genome build lie where in another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import read_text
from gennet.errors import InvalidContent, UnreadableFile
from gennet.genomics.builds import chromosome_code

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray


class Outcome(IntEnum):
    """What became of a site."""

    LIFTED = 0
    NO_PLACE = 1
    DELETED = 2
    SEVERAL = 3
    OTHER_CONTIG = 4
    BROKEN = 5
    REVERSED_INDEL = 6
    OTHER_REFERENCE = 7

    @property
    def words(self) -> str:
        """Say it in plain words."""
        return _WORDS[self]


_WORDS = {
    Outcome.LIFTED: "lifted",
    Outcome.NO_PLACE: "on no chromosome that is known",
    Outcome.DELETED: "not in the other build",
    Outcome.SEVERAL: "at several places in the other build",
    Outcome.OTHER_CONTIG: "on an unplaced or alternate contig of the other build",
    Outcome.BROKEN: "its reference allele spans a break between the builds",
    Outcome.REVERSED_INDEL: "an insertion or deletion on the opposite strand, whose anchor base is not known",
    Outcome.OTHER_REFERENCE: "neither allele is the reference of the other build",
}


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Ungapped stretches of one build aligned with another, sorted by place; all places count from 0."""

    key: NDArray[np.int64]
    """Chromosome code and start, joined as in `site_keys`."""
    end: NDArray[np.int64]
    """As `key`, of the first base behind the stretch."""
    reach: NDArray[np.int64]
    """Largest `end` up to here."""
    target: NDArray[np.int8]
    """Chromosome code in the other build; 0 for any other contig."""
    start: NDArray[np.int64]
    """In the other build, on the strand that the alignment runs along."""
    size: NDArray[np.int64]
    """Length of the contig in the other build."""
    reverse: NDArray[np.bool_]
    """Whether the alignment runs along the opposite strand."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where sites lie in the other build; what was not lifted has chromosome and position 0."""

    chromosome: NDArray[np.int8]
    position: NDArray[np.int32]
    """1-based."""
    reverse: NDArray[np.bool_]
    """Whether alleles must be written on the opposite strand."""
    outcome: NDArray[np.int8]
    """Of `Outcome`."""


def read_chain(path: Path) -> Chain:
    """
    Read a chain file, plain or gzip; alignments of contigs other than 1-22, X, Y and MT are left out.

    Raises
    ------
    UnreadableFile
        It is no chain file, or cut short.
    InvalidContent
        A line cannot be true.

    References
    ----------
    https://genome.ucsc.edu/goldenPath/help/chain.html
    """
    lines = read_text(path).splitlines()
    rows, at = list[tuple[int, ...]](), 0
    while at < len(lines):
        if not lines[at].strip() or lines[at].startswith("#"):
            at += 1
            continue
        at = _alignment(lines, at, rows, path.name)
    if not rows:
        raise UnreadableFile("there is no alignment of a chromosome", place=path.name, remedy="give a UCSC chain file")
    table = np.array(rows, np.int64)
    key, end = (table[:, 0] << 32) | table[:, 1], (table[:, 0] << 32) | table[:, 2]
    order = np.argsort(key, kind="stable")
    key, end, table = key[order], end[order], table[order]
    return Chain(
        key, end, np.maximum.accumulate(end), table[:, 3].astype(np.int8), table[:, 4], table[:, 5], table[:, 6] > 0
    )


def _alignment(lines: Sequence[str], at: int, rows: list[tuple[int, ...]], place: str) -> int:
    """Read the alignment whose heading stands at a line; return the line behind it."""
    heading = lines[at].split()
    if heading[0] != "chain" or len(heading) < 12:
        raise UnreadableFile(
            "this is not the heading of an alignment", place=f"{place}: line {at + 1}", remedy="give a UCSC chain file"
        )
    source, target = chromosome_code(heading[2]), chromosome_code(heading[7])
    try:
        start, stop, size, other, other_stop = (int(heading[k]) for k in (5, 6, 8, 10, 11))
        at += 1
        while at < len(lines) and lines[at].strip():
            numbers = [int(word) for word in lines[at].split()]
            if source:
                rows.append((source, start, start + numbers[0], target, other, size, heading[9] == "-"))
            start, other, at = start + numbers[0], other + numbers[0], at + 1
            if len(numbers) == 1:
                break
            start, other = start + numbers[1], other + numbers[2]
    except (ValueError, IndexError):
        raise InvalidContent(
            "this is not a line of an alignment", place=f"{place}: line {at + 1}", remedy="download the file again"
        ) from None
    if (start, other) != (stop, other_stop) or heading[4] != "+" or heading[9] not in {"+", "-"}:
        raise UnreadableFile(
            "the alignment does not end where its heading says", place=f"{place}: line {at}", remedy="download it again"
        )
    return at


def lift_positions(
    chain: Chain, chromosome: NDArray[np.int8], position: NDArray[np.int32], length: NDArray[np.int64] | None = None
) -> Places:
    """
    Find where sites lie in the other build.

    `length` is how many bases from `position` on must stay together (the reference allele's); one when None. On the
    opposite strand, the position is that of the last of them.

    >>> one = np.array([1 << 32]), np.array([(1 << 32) + 100]), np.array([(1 << 32) + 100])
    >>> chain = Chain(*one, np.array([2], np.int8), np.array([1000]), np.array([5000]), np.array([True]))
    >>> lift_positions(chain, np.array([1], np.int8), np.array([1], np.int32)).position.tolist()
    [4000]
    """
    place = (chromosome.astype(np.int64) << 32) | (position.astype(np.int64) - 1)
    block, times = _blocks(chain, place)
    last = place + (1 if length is None else length) - 1
    at = np.maximum(block, 0)
    outcome = np.where(last >= chain.end[at], Outcome.BROKEN, Outcome.LIFTED)
    outcome = np.where(chain.target[at] == 0, Outcome.OTHER_CONTIG, outcome)
    outcome = np.where(times > 1, Outcome.SEVERAL, outcome)
    outcome = np.where(times == 0, Outcome.DELETED, outcome)
    outcome = np.where((chromosome <= 0) | (position <= 0), Outcome.NO_PLACE, outcome)
    fine = outcome == Outcome.LIFTED
    reverse = chain.reverse[at] & fine
    along = chain.start[at] + np.where(reverse, last, place) - chain.key[at]
    found = np.where(reverse, chain.size[at] - along, along + 1)
    return Places(
        np.where(fine, chain.target[at], 0).astype(np.int8),
        np.where(fine, found, 0).astype(np.int32),
        reverse,
        outcome.astype(np.int8),
    )


def _blocks(chain: Chain, place: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the last stretch over each place, -1 for none, and how many there are."""
    before = np.searchsorted(chain.key, place, "right") - 1
    found, times = np.full(len(place), -1, np.int64), np.zeros(len(place), np.int64)
    open_ = np.flatnonzero((before >= 0) & (chain.reach[np.maximum(before, 0)] > place))
    while len(open_):
        here = before[open_]
        over = open_[chain.end[here] > place[open_]]
        found[over] = np.where(times[over] == 0, before[over], found[over])
        times[over] += 1
        before[open_] -= 1
        open_ = open_[(before[open_] >= 0) & (chain.reach[np.maximum(before[open_], 0)] > place[open_])]
    return found, times
