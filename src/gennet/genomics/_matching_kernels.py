"""Numbering distinct variants among many: the inner loop, compiled."""

from __future__ import annotations

import numpy as np

from gennet.core.kernels import Array, kernel

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: multiplicative hashing, Knuth


@kernel
def number_distinct(sites: Array, alleles: Array, slots: Array, number: Array, first: Array) -> int:
    """
    Give equal pairs of a site and its alleles the same number, in the order they are met.

    `slots` is a power of two long and filled with -1; `number` gets the number of each row, `first` the row at which
    each number was met. Returns how many there are.
    """
    known = 0
    mask = np.uint64(len(slots) - 1)
    for row in range(len(sites)):
        mixed = (np.uint64(sites[row]) * _MIX) ^ (np.uint64(alleles[row]) + (np.uint64(sites[row]) >> np.uint64(7)))
        mixed *= _MIX
        slot = np.int64((mixed >> np.uint64(20)) & mask)
        while slots[slot] >= 0:
            other = first[slots[slot]]
            if sites[other] == sites[row] and alleles[other] == alleles[row]:
                break
            slot = np.int64((np.uint64(slot) + np.uint64(1)) & mask)
        if slots[slot] < 0:
            slots[slot] = known
            first[known] = row
            known += 1
        number[row] = slots[slot]
    return known
