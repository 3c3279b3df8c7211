"""Inner loops over the records of a BAM file: where reads start, and which bin that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.core.kernels import Array, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FIXED = 32
"""Bytes of a record that always stand, behind its size."""


@kernel
def _int32(data: Array, at: int) -> Array:
    return np.int32(
        np.uint32(data[at])
        | np.uint32(data[at + 1]) << np.uint32(8)
        | np.uint32(data[at + 2]) << np.uint32(16)
        | np.uint32(data[at + 3]) << np.uint32(24)
    )


@kernel
def alignments(data: NDArray[np.uint8]) -> tuple[Array, Array, Array, Array, int]:
    """
    Read contig, position (0-based), flag and mapping quality of the whole records in unpacked BAM.

    The last number tells how many bytes they take; -1 when a size cannot be (SAM/BAM specification, section 4.2).
    """
    n = len(data)
    most = n // (_FIXED + 4) + 1
    contig = np.empty(most, np.int32)
    position = np.empty(most, np.int32)
    flag = np.empty(most, np.int32)
    quality = np.empty(most, np.int32)
    i = 0
    at = 0
    while at + 4 <= n:
        size = _int32(data, at)
        if size < _FIXED:
            return contig[:0], position[:0], flag[:0], quality[:0], -1
        if at + 4 + size > n:
            break
        contig[i] = _int32(data, at + 4)
        position[i] = _int32(data, at + 8)
        quality[i] = data[at + 13]
        flag[i] = np.int32(data[at + 18]) | np.int32(data[at + 19]) << 8
        at += 4 + size
        i += 1
    return contig[:i], position[:i], flag[:i], quality[:i], at


@kernel
def place_reads(
    contig: NDArray[np.int32],
    position: NDArray[np.int32],
    offsets: NDArray[np.int64],
    sizes: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    reads: Array,
) -> None:
    """Add reads to the bins they start in; bins of contig c are `sizes[c]` rows from `offsets[c]`, sorted."""
    held = 0
    for i in range(len(contig)):
        first = offsets[contig[i]]
        last = first + sizes[contig[i]]
        p = position[i]
        # sorted reads mostly fall into the bin of the one before
        if not (first <= held < last and low[held] <= p < high[held]):
            a = first
            b = last
            while a < b:
                middle = (a + b) // 2
                if low[middle] <= p:
                    a = middle + 1
                else:
                    b = middle
            held = a - 1
        if first <= held < last and p < high[held] and p >= low[held]:
            reads[held] += 1
