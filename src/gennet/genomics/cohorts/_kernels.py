"""Inner loops that turn packed and printed genotypes into dosages; each has its plain version in the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.core.kernels import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


@kernel
def unpack(packed: NDArray[np.uint8], coding: NDArray[np.int8], dosages: NDArray[np.int8]) -> None:
    """Write the dosage of each 2-bit code, lowest bits first; packed is variants x bytes of four people."""
    variants, people = dosages.shape
    whole = people // 4
    for v in range(variants):
        for b in range(whole):
            byte = packed[v, b]
            for k in range(4):
                dosages[v, 4 * b + k] = coding[(byte >> (2 * k)) & 3]
        for p in range(4 * whole, people):
            dosages[v, p] = coding[(packed[v, p // 4] >> (2 * (p % 4))) & 3]


@kernel
def pack(dosages: NDArray[np.int8], packed: NDArray[np.uint8]) -> None:
    """Pack dosages in two bits each, 3 for missing, lowest bits first; the opposite of `unpack`."""
    variants, people = dosages.shape
    for v in range(variants):
        for b in range(packed.shape[1]):
            byte = 0
            for k in range(min(4, people - 4 * b)):
                byte |= (dosages[v, 4 * b + k] & 3) << (2 * k)
            packed[v, b] = byte


@kernel
def cut_lines(text: NDArray[np.uint8], columns: int, cuts: NDArray[np.int64]) -> int:
    """
    Find the start, the first nine tabs and the end of each line of a VCF.

    Row `i` of `cuts` holds the eleven places of line `i`. Returns -1, or the number of the first line that has not as
    many columns.
    """
    line, tabs, start = 0, 0, 0
    for at in range(len(text)):
        letter = text[at]
        if letter == 9:
            tabs += 1
            if tabs <= 9:
                cuts[line, tabs] = at
        elif letter == 10:
            if tabs != columns - 1:
                return line
            cuts[line, 0] = start
            cuts[line, 10] = at
            line, tabs, start = line + 1, 0, at + 1
    return -1


@kernel
def read_calls(text: NDArray[np.uint8], start: int, end: int, dosages: NDArray[np.int8]) -> int:
    """
    Read the alternate alleles of one biallelic line's sample columns; ``.`` in any place is missing.

    One allele counts twice, as PLINK stores haploid calls. Returns -1, or the number of the first sample whose
    genotype is none or names an allele that the line does not list.
    """
    at = start
    for sample in range(len(dosages)):
        begin, alleles, alternates, missing, fresh = at, 0, 0, False, True
        while at < end and text[at] != 9 and text[at] != 58:
            letter = text[at]
            if letter == 47 or letter == 124:  # noqa: PLR1714 a set would be built for each letter
                # VCF 4.4 allows a leading sign that tells the phase of the first allele.
                if fresh and at > begin:
                    return sample
                fresh = True
            elif not fresh:
                return sample
            elif 48 <= letter <= 49:
                alternates += letter - 48
                alleles, fresh = alleles + 1, False
            elif letter == 46:
                alleles, missing, fresh = alleles + 1, True, False
            else:
                return sample
            at += 1
        if alleles == 0 or alleles > 2 or fresh:
            return sample
        dosages[sample] = -1 if missing else alternates * (2 if alleles == 1 else 1)
        while at < end and text[at] != 9:
            at += 1
        at += 1
    return -1


@kernel
def bits_at(data: NDArray[np.uint8], bit: int, width: int) -> int:
    """Read a number of up to 32 bits that starts at any bit, lowest first."""
    first, last = bit >> 3, (bit + width - 1) >> 3
    value = 0
    for byte in range(first, last + 1):
        value |= int(data[byte]) << (8 * (byte - first))
    return (value >> (bit & 7)) & ((1 << width) - 1)


@kernel
def bgen_dosages(
    ploidy: NDArray[np.uint8], data: NDArray[np.uint8], width: int, phased: int, dosages: NDArray[np.float32]
) -> int:
    """
    Compute expected copies of the second allele from BGEN layout 2 probabilities; NaN where missing.

    One copy counts twice. Returns -1, or the number of the first sample whose ploidy or probabilities cannot be true;
    -2 when the data are too short.
    """
    top = (1 << width) - 1
    bit = 0
    for sample in range(len(dosages)):
        copies = ploidy[sample] & 63
        if copies < 1 or copies > 2:
            return sample
        if bit + width * copies > 8 * len(data):
            return -2
        first = bits_at(data, bit, width)
        second = bits_at(data, bit + width, width) if copies == 2 else 0
        bit += width * copies
        if ploidy[sample] & 128:
            dosages[sample] = np.nan
        elif copies == 1:
            dosages[sample] = 2.0 - 2.0 * (first / top)
        elif phased:
            dosages[sample] = 2.0 - (first + second) / top
        else:
            if first + second > top:
                return sample
            dosages[sample] = 2.0 - (2 * first + second) / top
    return -1


@kernel
def bgen_first_dosages(data: NDArray[np.uint16], dosages: NDArray[np.float32]) -> None:
    """Compute expected copies of the second allele from BGEN layout 1 (three numbers a person, zeros for missing)."""
    for sample in range(len(dosages)):
        none, one, two = np.int64(data[3 * sample]), np.int64(data[3 * sample + 1]), np.int64(data[3 * sample + 2])
        total = none + one + two
        dosages[sample] = np.nan if total == 0 else (one + 2 * two) / total


@kernel
def hard_calls(dosages: NDArray[np.float32], reach: float, calls: NDArray[np.int8]) -> None:
    """Round dosages no farther than `reach` from a whole number; the others are missing."""
    for sample in range(len(dosages)):
        calls[sample] = -1
        for whole in range(3):
            if abs(dosages[sample] - whole) <= reach:
                calls[sample] = whole
