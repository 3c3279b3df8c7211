"""
Sums of many scores over packed genotypes, four sites at a time.

A byte that holds the genotypes of four sites of one person picks a row in a table of 256 sums, one for each way the four
can be; adding that row does the work of four multiplications for every score at once (the method of the four Russians).
Each kernel has its plain version in the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.core.kernels import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUP = 4
"""Sites in a byte."""
PASS = 8
"""Tables that are added at once: enough work for each load and store of a sum, few enough for the cache."""


@kernel
def count_codes(
    codes: NDArray[np.uint8], words: NDArray[np.uint64], people: int, missing_code: int, counts: NDArray[np.int64]
) -> None:
    """
    Count the codes 0-3 of each variant among its people, where somebody's is missing; elsewhere all counts are zero.

    `codes` is variants x bytes; `words` is the same memory, eight bytes at a time, as far as whole words go.
    """
    m5, m3, m4 = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)
    ones, s1, s2, s4, s56 = np.uint64(0x0101010101010101), np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)
    pattern = m5 * np.uint64(missing_code)
    variants, width = codes.shape
    for v in range(variants):
        start = v * width
        first, last = (start + 7) // 8, (start + people // 4) // 8
        counts[v] = 0
        # What lies before the first whole word and behind the last.
        before = min(4 * (8 * first - start), people)
        for person in range(before):
            counts[v, (codes[v, person // 4] >> (2 * (person % 4))) & 3] += 1
        for person in range(max(before, 4 * (8 * last - start)), people):
            counts[v, (codes[v, person // 4] >> (2 * (person % 4))) & 3] += 1
        some = np.uint64(0)
        for k in range(first, last):
            # Both bits of a person's code are zero here where it is the missing one.
            same = words[k] ^ pattern
            some |= ~(same | (same >> s1)) & m5
        if some == 0 and counts[v, missing_code] == 0:
            counts[v] = 0
            continue
        low, high, both = 0, 0, 0
        for k in range(first, last):
            word = words[k]
            a, b = word & m5, (word >> s1) & m5
            c = a & b
            a, b, c = (a & m3) + ((a >> s2) & m3), (b & m3) + ((b >> s2) & m3), (c & m3) + ((c >> s2) & m3)
            a, b, c = (a & m4) + ((a >> s4) & m4), (b & m4) + ((b >> s4) & m4), (c & m4) + ((c >> s4) & m4)
            low += int((a * ones) >> s56)
            high += int((b * ones) >> s56)
            both += int((c * ones) >> s56)
        counts[v, 0] += 32 * max(0, last - first) - low - high + both
        counts[v, 1] += low - both
        counts[v, 2] += high - both
        counts[v, 3] += both


@kernel
def fill_values(
    starts: NDArray[np.int64],
    score: NDArray[np.int32],
    weight: NDArray[np.float64],
    kind: NDArray[np.int8],
    coding: NDArray[np.int8],
    counts: NDArray[np.int64],
    impute: bool,
    values: NDArray[np.float64],
) -> None:
    """
    Add what each genotype of each site is worth to each score: sites x codes x scores.

    A kind is twice the index of the effect model, plus one where the effect allele is the reference. A missing genotype
    is worth the mean of those called, or nothing.
    """
    for site in range(len(starts) - 1):
        called = 0
        for code in range(4):
            called += counts[site, code] if coding[code] >= 0 else 0
        for term in range(starts[site], starts[site + 1]):
            sum_, missing = 0.0, -1
            for code in range(4):
                if coding[code] < 0:
                    missing = code
                    continue
                copies = 2 - coding[code] if kind[term] & 1 else coding[code]
                model = kind[term] >> 1
                amount = copies if model == 0 else int(copies >= 1) if model == 1 else int(copies == 2)
                worth = weight[term] * amount
                values[site, code, score[term]] += worth
                sum_ += counts[site, code] * worth
            if impute and called > 0 and missing >= 0:
                values[site, missing, score[term]] += sum_ / called


@kernel
def exact_tables(values: NDArray[np.float64], tables: NDArray[np.float64]) -> None:
    """Tabulate the sums of every four sites for each of the 256 ways they can be."""
    groups, _, scores = tables.shape
    low, high = np.empty((16, scores)), np.empty((16, scores))
    for g in range(groups):
        for i in range(16):
            for s in range(scores):
                low[i, s] = values[4 * g, i & 3, s] + values[4 * g + 1, i >> 2, s]
                high[i, s] = values[4 * g + 2, i & 3, s] + values[4 * g + 3, i >> 2, s]
        for i in range(256):
            for s in range(scores):
                tables[g, i, s] = low[i & 15, s] + high[i >> 4, s]


@kernel
def fixed_tables(
    values: NDArray[np.float64], missing: NDArray[np.int64], missing_code: int, tables: NDArray[np.int32]
) -> None:
    """
    Tabulate as `exact_tables`, rounded to whole numbers.

    Rows of ways with a missing genotype are left as they are where none of the four sites has one.
    """
    groups, _, scores = tables.shape
    low, high = np.empty((16, scores)), np.empty((16, scores))
    for g in range(groups):
        some = missing[4 * g] + missing[4 * g + 1] + missing[4 * g + 2] + missing[4 * g + 3] > 0
        for i in range(16):
            for s in range(scores):
                low[i, s] = values[4 * g, i & 3, s] + values[4 * g + 1, i >> 2, s]
                high[i, s] = values[4 * g + 2, i & 3, s] + values[4 * g + 3, i >> 2, s]
        for i in range(256):
            m = missing_code
            if some or (i & 3 != m and (i >> 2) & 3 != m and (i >> 4) & 3 != m and i >> 6 != m):
                for s in range(scores):
                    tables[g, i, s] = np.int32(np.rint(low[i & 15, s] + high[i >> 4, s]))


@kernel
def turn(codes: NDArray[np.uint8], first: int, index: NDArray[np.uint32]) -> None:
    """Turn bytes of four people at one site into bytes of one person at four sites, for some columns of 4 x PASS sites."""
    a6, a12 = np.uint32(6), np.uint32(12)
    m6, m12 = np.uint32(0x00CC00CC), np.uint32(0x0000F0F0)
    width = min(index.shape[1], codes.shape[1] - first)
    for g in range(index.shape[0]):
        r0, r1, r2, r3 = codes[4 * g], codes[4 * g + 1], codes[4 * g + 2], codes[4 * g + 3]
        for b in range(width):
            x = np.uint32(r0[first + b]) | (np.uint32(r1[first + b]) << np.uint32(8))
            x |= (np.uint32(r2[first + b]) << np.uint32(16)) | (np.uint32(r3[first + b]) << np.uint32(24))
            t = (x ^ (x >> a6)) & m6
            x = x ^ t ^ (t << a6)
            t = (x ^ (x >> a12)) & m12
            index[g, b] = x ^ t ^ (t << a12)


@kernel
def add_rows(tables, index, sums) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 of either number type
    """Add the rows that each person picks from `PASS` tables."""
    people, scores = sums.shape
    t0, t1, t2, t3, t4, t5, t6, t7 = (
        tables[0], tables[1], tables[2], tables[3], tables[4], tables[5], tables[6], tables[7],
    )  # fmt: skip
    for p in range(people):
        a, b, c, d = t0[index[0, p]], t1[index[1, p]], t2[index[2, p]], t3[index[3, p]]
        e, f, g, h = t4[index[4, p]], t5[index[5, p]], t6[index[6, p]], t7[index[7, p]]
        row = sums[p]
        for s in range(scores):
            row[s] += ((a[s] + b[s]) + (c[s] + d[s])) + ((e[s] + f[s]) + (g[s] + h[s]))


@kernel
def add_fixed(
    codes: NDArray[np.uint8],
    tables: NDArray[np.int32],
    scale: NDArray[np.float64],
    index: NDArray[np.uint32],
    held: NDArray[np.int32],
    totals: NDArray[np.float64],
) -> None:
    """Add the fixed-point tables of some sites to everybody's totals; `held` is zero before and after."""
    people, scores = totals.shape
    for first in range(0, codes.shape[1], index.shape[1]):
        count = min(people - 4 * first, 4 * index.shape[1])
        for g in range(0, len(tables), 8):
            turn(codes[4 * g : 4 * g + 32], first, index)
            add_rows(tables[g : g + 8], index.view(np.uint8), held[:count])
        for p in range(count):
            for s in range(scores):
                totals[4 * first + p, s] += held[p, s] * scale[s]
                held[p, s] = 0


@kernel
def add_exact(
    codes: NDArray[np.uint8], tables: NDArray[np.float64], index: NDArray[np.uint32], totals: NDArray[np.float64]
) -> None:
    """Add tables of doubles to everybody's totals."""
    people = len(totals)
    for first in range(0, codes.shape[1], index.shape[1]):
        count = min(people - 4 * first, 4 * index.shape[1])
        for g in range(0, len(tables), 8):
            turn(codes[4 * g : 4 * g + 32], first, index)
            add_rows(tables[g : g + 8], index.view(np.uint8), totals[4 * first : 4 * first + count])


@kernel
def add_one(
    codes: NDArray[np.uint8], tables: NDArray[np.float64], index: NDArray[np.uint32], totals: NDArray[np.float64]
) -> None:
    """Add tables of doubles of a single score, without a loop over scores."""
    people = len(totals)
    for first in range(0, codes.shape[1], index.shape[1]):
        count = min(people - 4 * first, 4 * index.shape[1])
        for g in range(0, len(tables), 8):
            turn(codes[4 * g : 4 * g + 32], first, index)
            picked = index.view(np.uint8)
            t0, t1, t2, t3, t4, t5, t6, t7 = (
                tables[g], tables[g + 1], tables[g + 2], tables[g + 3],
                tables[g + 4], tables[g + 5], tables[g + 6], tables[g + 7],
            )  # fmt: skip
            for p in range(count):
                one = (t0[picked[0, p]] + t1[picked[1, p]]) + (t2[picked[2, p]] + t3[picked[3, p]])
                two = (t4[picked[4, p]] + t5[picked[5, p]]) + (t6[picked[6, p]] + t7[picked[7, p]])
                totals[4 * first + p] += one + two


@kernel
def count_missing(
    codes: NDArray[np.uint8], missing_code: int, used: NDArray[np.int32], counts: NDArray[np.int32]
) -> None:
    """Count each person's missing genotypes among the sites of each score; `used` is sites x scores of 0 and 1."""
    people, scores = counts.shape
    pattern = missing_code * 0x55
    for site in range(len(codes)):
        for b in range(codes.shape[1]):
            # Both bits of a person's code are zero here where it is the missing one.
            same = codes[site, b] ^ pattern
            if ~(same | (same >> 1)) & 0x55:
                for k in range(min(4, people - 4 * b)):
                    if (same >> (2 * k)) & 3 == 0:
                        for s in range(scores):
                            counts[4 * b + k, s] += used[site, s]
