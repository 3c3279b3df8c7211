"""Which of many intervals meet which of many others, without a loop over either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Half-open intervals of several contigs, sorted for searching."""

    contig: NDArray[np.int32]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    row: NDArray[np.intp]
    """Where each stood before sorting."""
    _keys: NDArray[np.int64]
    _reach: NDArray[np.int64]

    def meeting(
        self, contig: NDArray[np.int32], start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """
        Pair queries ``[start, end)`` with the intervals that share at least one base with them.

        Returns
        -------
        tuple of arrays
            Query numbers, ascending, and rows of intervals; one entry each per pair.

        >>> ones, tens = np.zeros(2, np.int32), np.array([10, 40])
        >>> held = intervals(ones, np.array([0, 12]), np.array([30, 20]))
        >>> [pairs.tolist() for pairs in held.meeting(ones, tens, tens + 5)]
        [[0, 0], [0, 1]]
        """
        # The furthest end of all intervals up to each, so that everything before `low` ends before the query starts.
        low = np.searchsorted(self._reach, _key(contig, start), "right")
        high = np.searchsorted(self._keys, _key(contig, end), "left")
        counts = np.maximum(high - low, 0)
        query = np.repeat(np.arange(len(start)), counts)
        first = np.repeat(low - np.concatenate(([0], np.cumsum(counts)[:-1])), counts) if len(start) else low
        held = first + np.arange(len(query))
        hit = (self.end[held] > start[query]) & (self.contig[held] == contig[query])
        return query[hit], self.row[held[hit]]


_SPAN = 1 << 40  # longer than any contig, so that contigs do not meet on one line


def _key(contig: NDArray[np.int32], position: NDArray[np.int64]) -> NDArray[np.int64]:
    return contig.astype(np.int64) * _SPAN + position


def intervals(contig: NDArray[np.int32], start: NDArray[np.int64], end: NDArray[np.int64]) -> Intervals:
    """Sort intervals for `Intervals.meeting`."""
    order = np.lexsort((end, start, contig))
    keys = _key(contig[order], start[order])
    reach = np.maximum.accumulate(_key(contig[order], end[order])) if len(order) else keys
    return Intervals(contig[order], start[order], end[order], order, keys, reach)
