"""Compiled comparison of two sequences; import inside the function that needs it."""

from __future__ import annotations

import numpy as np

from gennet.core.kernels import Array, kernel

_WORD = 64
_ONE = np.uint64(1)
_ZERO = np.uint64(0)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


@kernel
def edit_distance(first: Array, second: Array) -> int:
    """
    Return the fewest insertions, deletions and substitutions that turn one sequence (bytes) into the other.

    64 cells of a column at a time: Myers 1999 (doi:10.1145/316542.316550), in blocks as Hyyrö 2003 has it.

    >>> edit_distance(np.frombuffer(b"ACGT", np.uint8), np.frombuffer(b"AGTT", np.uint8))
    2
    """
    # What both begin and end with costs nothing, and like alleles differ in little.
    low, most = 0, min(len(first), len(second))
    while low < most and first[low] == second[low]:
        low += 1
    tail = 0
    while tail < most - low and first[len(first) - 1 - tail] == second[len(second) - 1 - tail]:
        tail += 1
    first, second = first[low : len(first) - tail], second[low : len(second) - tail]
    rows, columns = len(first), len(second)
    if not rows or not columns:
        return rows + columns
    blocks = (rows + _WORD - 1) // _WORD
    symbol = np.full(256, -1, np.int64)
    known = 0
    for byte in first:
        if symbol[byte] < 0:
            symbol[byte] = known
            known += 1
    equal = np.zeros((known + 1, blocks), np.uint64)
    for row in range(rows):
        equal[symbol[first[row]], row // _WORD] |= _ONE << np.uint64(row % _WORD)
    rising, falling = np.full(blocks, _ALL), np.zeros(blocks, np.uint64)
    distance = rows
    for column in range(columns):
        at = symbol[second[column]]
        distance += _column(equal[at if at >= 0 else known], rising, falling, (rows - 1) % _WORD)
    return distance


@kernel
def _column(equal: Array, rising: Array, falling: Array, last: int) -> int:
    """Move one column on; return by how much its lowest cell differs from the one before."""
    carried = 1
    blocks = len(equal)
    for block in range(blocks):
        same, up, down = equal[block], rising[block], falling[block]
        vertical = same | down
        if carried < 0:
            same |= _ONE
        horizontal = (((same & up) + up) ^ up) | same
        more = down | ~(horizontal | up)
        less = up & horizontal
        top = np.uint64(last if block == blocks - 1 else _WORD - 1)
        leaving = 0
        if (more >> top) & _ONE:
            leaving = 1
        elif (less >> top) & _ONE:
            leaving = -1
        more, less = more << _ONE, less << _ONE
        if carried > 0:
            more |= _ONE
        elif carried < 0:
            less |= _ONE
        rising[block] = less | ~(vertical | more)
        falling[block] = more & vertical
        carried = leaving
    return carried


@kernel
def least_rotation(sequence: Array) -> int:
    """
    Return where the alphabetically smallest rotation of a sequence (bytes) starts, in linear time.

    Of two candidate starts the loser and all it has matched are passed over: Shiloach 1981
    (doi:10.1016/0196-6774(81)90013-4).

    >>> least_rotation(np.frombuffer(b"TCAG", np.uint8))
    2
    """
    size = len(sequence)
    first, second, matched = 0, 1, 0
    while first < size and second < size and matched < size:
        a, b = sequence[(first + matched) % size], sequence[(second + matched) % size]
        if a == b:
            matched += 1
            continue
        if a > b:
            first += matched + 1
        else:
            second += matched + 1
        if first == second:
            second += 1
        matched = 0
    return min(first, second)
