"""Inner loop of substitutions of one base: splice terms by distance, residues by codon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.core.kernels import kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bytes = NDArray[np.uint8]

# Bits of `Term`, as plain numbers that compiled code can hold.
SYNONYMOUS, MISSENSE, STOP_LOST, STOP_GAINED = 1 << 0, 1 << 1, 1 << 2, 1 << 3
ACCEPTOR, DONOR, START_LOST, REGION = 1 << 7, 1 << 8, 1 << 9, 1 << 10
STOP_RETAINED, START_RETAINED = 1 << 11, 1 << 18
_STOP = 42  # "*"


@kernel
def splice_terms(position: Ints, start: Ints, end: Ints, left: Bytes, right: Bytes, reverse: Bytes) -> Ints:
    """
    Return the splice terms of each base near each stretch ``[start, end)``; one entry each per pair.

    The plain version is `placement.place`.
    """
    terms = position * 0
    for i in range(len(position)):
        p, b, e = position[i], start[i], end[i]
        if p < b:
            if left[i] and p >= b - 8:
                terms[i] = REGION if p < b - 2 else (DONOR if reverse[i] else ACCEPTOR)
        elif p >= e:
            if right[i] and p < e + 8:
                terms[i] = REGION if p >= e + 2 else (ACCEPTOR if reverse[i] else DONOR)
        elif (left[i] and p < b + 3) or (right[i] and p >= e - 3):
            terms[i] = REGION
    return terms


@kernel
def codon_changes(
    at: Ints,
    base: Bytes,
    origin: Ints,
    length: Ints,
    bases: Bytes,
    code: Bytes,
    residues: Bytes,
    starts: Bytes,
    complete: Bytes,
    ends: Bytes,
) -> tuple[Ints, Bytes, Bytes]:
    """
    Return terms, the residue before and the residue after, of substitutions in spliced sequences.

    `at` counts in the sequence that lies at ``origin:origin + length`` of `bases` (numbers of `codes.BASES`); `residues`
    and `starts` hold a row per genetic code. The plain version is `coding.translate`.
    """
    terms, before, after = at * 0, base * 0, base * 0
    for i in range(len(at)):
        first = origin[i] + at[i] // 3 * 3
        place = at[i] - at[i] // 3 * 3
        a, b, c = bases[first], bases[first + 1], bases[first + 2]
        old = 25 * a + 5 * b + c
        new = old + (25 if place == 0 else 5 if place == 1 else 1) * (int(base[i]) - int(bases[first + place]))
        before[i], after[i] = residues[code[i], old], residues[code[i], new]
        if at[i] < 3 and complete[i] and new != old:
            terms[i] = START_RETAINED if starts[code[i], new] else START_LOST
        elif ends[i] and at[i] >= length[i] - 3:
            terms[i] = STOP_RETAINED if after[i] == _STOP else STOP_LOST
        elif after[i] == _STOP and before[i] != _STOP:
            terms[i] = STOP_GAINED
        else:
            terms[i] = SYNONYMOUS if before[i] == after[i] else MISSENSE
    return terms, before, after
