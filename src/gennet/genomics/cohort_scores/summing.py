"""Sums over a stretch of sites: the part of the work that runs anywhere, in one process or in many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.genomics.cohort import MISSING
from gennet.genomics.cohort_scores._kernels import (
    GROUP,
    PASS,
    add_exact,
    add_fixed,
    add_one,
    count_codes,
    count_missing,
    exact_tables,
    fill_values,
    fixed_tables,
)
from gennet.genomics.cohorts.dosages import dosage_blocks
from gennet.genomics.cohorts.packed import packed_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.genomics.cohort import Cohort
    from gennet.genomics.cohort_scores.terms import Terms
    from gennet.genomics.cohorts.dosages import DosageBlock
    from gennet.genomics.cohorts.packed import Packed

SITES = 128
"""Sites whose fixed-point sums fit 32 bits together; blocks are multiples of it."""
_BLOCK = 4 * SITES
_STEP = GROUP * PASS
_TOP = 2.0**31 - 4 * SITES
_CACHE_BYTES = 600_000
"""Most bytes of sums that stay in a core's cache while tables are added to them."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Some consecutive sites to sum over."""

    cohort: Cohort
    terms: Terms
    impute: bool
    """Whether a missing genotype counts as the mean of those called, or as nothing."""
    exact: bool
    dosages: bool = False
    """Whether to sum fractions of alleles, where the file holds them, rather than hard calls."""


@dataclass(slots=True, eq=False)
class Sums:
    """What the sites of a stretch add to each person's scores."""

    totals: NDArray[np.float64]
    """People x scores."""
    missing: NDArray[np.int32]
    """Genotypes missing among the sites of each score, people x scores."""
    error: NDArray[np.float64]
    """Most that fixed-point tables can have changed a total of each score."""


def sum_stretch(stretch: Stretch) -> Sums:
    """Sum the scores over the sites of a stretch, for everybody."""
    people, scores = len(stretch.cohort.samples), len(stretch.terms.scores)
    sums = Sums(np.zeros((people, scores)), np.zeros((people, scores), np.int32), np.zeros(scores))
    if stretch.dosages:
        for block in dosage_blocks(stretch.cohort, stretch.terms.rows, size=SITES):
            _add_dosages(stretch, block, sums)
        return sums
    for packed in packed_blocks(stretch.cohort, stretch.terms.rows, size=_BLOCK):
        counts = _counts(packed, people)
        for first in range(0, len(packed.codes), SITES):
            _add(stretch, packed, first, counts, sums)
    return sums


def _add_dosages(stretch: Stretch, block: DosageBlock, sums: Sums) -> None:
    """Add fractions of alleles: dominant weights count them up to one, recessive ones above one, as in plink2."""
    terms = stretch.terms.part(block.start, block.start + len(block.dosages))
    site = np.repeat(np.arange(len(terms.rows)), np.diff(terms.starts))
    dosages = block.dosages.astype(np.float64)
    for kind in np.unique(terms.kind).tolist():
        of_kind = terms.kind == kind
        copies = 2.0 - dosages if kind & 1 else dosages
        amount = (copies, np.minimum(copies, 1.0), np.maximum(copies - 1.0, 0.0))[kind >> 1]
        weights = np.zeros((len(dosages), len(terms.scores)))
        np.add.at(weights, (site[of_kind], terms.score[of_kind]), terms.weight[of_kind])
        sums.totals += _filled(amount, impute=stretch.impute).T @ weights
    missing = np.isnan(dosages)
    if missing.any():
        used = np.zeros((len(dosages), len(terms.scores)), np.float32)
        used[site, terms.score] = 1
        sums.missing += (missing.T.astype(np.float32) @ used).astype(np.int32)


def _filled(amount: NDArray[np.float64], *, impute: bool) -> NDArray[np.float64]:
    """Put the mean of those known, or nothing, in place of what is missing."""
    missing = np.isnan(amount)
    if not missing.any():
        return amount
    zeroed = np.where(missing, 0.0, amount)
    mean = zeroed.sum(axis=1) / np.maximum((~missing).sum(axis=1), 1)
    return np.where(missing, mean[:, None], amount) if impute else zeroed


def _counts(packed: Packed, people: int) -> NDArray[np.int64]:
    flat = packed.codes.reshape(-1)
    counts = np.empty((len(packed.codes), 4), np.int64)
    words = flat[: len(flat) // 8 * 8].view(np.uint64)
    count_codes(packed.codes, words, people, packed.coding.index(MISSING), counts)
    return counts


def _add(stretch: Stretch, packed: Packed, first: int, counts: NDArray[np.int64], sums: Sums) -> None:
    last = min(first + SITES, len(packed.codes))
    terms = stretch.terms.part(packed.start + first, packed.start + last)
    there, scores = counts[first:last], len(terms.scores)
    codes, sites = packed.codes[first:last], -(-(last - first) // _STEP) * _STEP
    if sites > len(codes):  # sites that are worth nothing, up to a whole pass
        codes = np.concatenate([codes, np.zeros((sites - len(codes), codes.shape[1]), np.uint8)])
    values = np.zeros((sites, 4, scores))
    coding = np.array(packed.coding, np.int8)
    fill_values(terms.starts, terms.score, terms.weight, terms.kind, coding, there, stretch.impute, values)
    missing_code = packed.coding.index(MISSING)
    missing = np.zeros(sites, np.int64)
    missing[: last - first] = there[:, missing_code]
    if stretch.exact:
        _add_exact(codes, values, sums)
    else:
        _add_fixed(codes, values, missing, missing_code, sums)
    _add_missing(codes, terms, missing, missing_code, sums)


def _columns(scores: int) -> int:
    """Return how many bytes of each row, four people each, to work on at a time."""
    return max(64, min(4096, _CACHE_BYTES // (4 * GROUP * scores)))


def _add_exact(codes: NDArray[np.uint8], values: NDArray[np.float64], sums: Sums) -> None:
    scores = values.shape[2]
    tables = np.empty((len(values) // GROUP, 256, scores))
    exact_tables(values, tables)
    index = np.empty((PASS, _columns(scores)), np.uint32)
    if scores == 1:
        add_one(codes, tables[:, :, 0], index, sums.totals[:, 0])
    else:
        add_exact(codes, tables, index, sums.totals)


def _add_fixed(
    codes: NDArray[np.uint8], values: NDArray[np.float64], missing: NDArray[np.int64], missing_code: int, sums: Sums
) -> None:
    scores = values.shape[2]
    most = np.abs(values).max(axis=1).sum(axis=0)
    # Powers of two: scaling back is exact, and the sums of whole numbers are exact in any order.
    power = np.where(most > 0, np.floor(np.log2(_TOP / np.maximum(most, 1e-290))), 0).astype(np.int32)
    tables = np.empty((len(values) // GROUP, 256, scores), np.int32)
    fixed_tables(np.ldexp(values, power), missing, missing_code, tables)
    columns = _columns(scores)
    index, held = np.empty((PASS, columns), np.uint32), np.zeros((GROUP * columns, scores), np.int32)
    scale = np.ldexp(1.0, -power)
    add_fixed(codes, tables, scale, index, held, sums.totals)
    sums.error += np.where(most > 0, 0.5 * len(tables) * scale, 0.0)


def _add_missing(
    codes: NDArray[np.uint8], terms: Terms, missing: NDArray[np.int64], missing_code: int, sums: Sums
) -> None:
    some = np.flatnonzero(missing)
    if not len(some):
        return
    used = np.zeros((len(terms.rows), len(terms.scores)), np.int32)
    used[np.repeat(np.arange(len(terms.rows)), np.diff(terms.starts)), terms.score] = 1
    count_missing(codes[some], missing_code, used[some], sums.missing)
