"""From reads per bin to log2 ratios: what GC content and mappability do to depth is taken out, or a panel of normals is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import read_text
from gennet.errors import InvalidContent
from gennet.genomics.builds import chromosome_code
from gennet.genomics.copy_number.bins import Bins

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from gennet.genomics.copy_number.depth import Depth

_KNOWN = 0.5
"""Share of a bin that must be bases rather than N."""
_MAPPABLE = 0.5
_FEW, _FEWEST = 10, 3
"""Bins of a stratum below which its median is left out of the curve: 1 % of all, within these bounds."""
_SPAN = 0.05
"""Half the width of the window of the local parabola, in shares of bases."""
_FARTHEST = 0.02
"""How far outside the strata seen a bin may lie and still be corrected."""
_EMPTY = 0.5
"""Reads that stand for none, so that the log2 ratio of an empty bin is a number."""
_MARGIN = 1e-9


def curve(covariate: NDArray[np.float64], ratio: NDArray[np.float64], fit_on: NDArray[np.bool_]) -> NDArray[np.float64]:
    """
    Return what a covariate between 0 and 1 makes of depth: LOESS through the medians of strata of 1 %.

    Medians keep copy-number changes out of the curve (Benjamini & Speed 2012, doi:10.1093/nar/gks001, on what GC does).
    NaN beyond the strata seen.

    >>> gc = np.repeat(np.arange(30, 60) / 100, 20)
    >>> np.allclose(curve(gc, 1 + gc, np.ones(600, bool)), 1 + gc)
    True
    """
    stratum = np.rint(covariate * 100)
    kept = fit_on & np.isfinite(ratio) & np.isfinite(stratum)
    levels, size = np.unique(stratum[kept], return_counts=True)
    few = min(_FEW, max(_FEWEST, int(kept.sum()) // 100))
    levels, size = levels[size >= few], size[size >= few]
    if not len(levels):
        raise InvalidContent(
            f"fewer than {few} bins share a GC content or mappability", place="bins", remedy="use smaller bins"
        )
    middle = np.array([np.median(ratio[kept & (stratum == level)]) for level in levels.tolist()])
    grid = np.array([_local(levels / 100, middle, size, x) for x in (np.arange(101) / 100).tolist()])
    value: NDArray[np.float64] = np.interp(covariate, np.arange(101) / 100, grid)
    outside = (covariate < levels[0] / 100 - _FARTHEST) | (covariate > levels[-1] / 100 + _FARTHEST)
    value[outside | ~np.isfinite(covariate) | (value <= 0)] = np.nan
    return value


def _local(x: NDArray[np.float64], y: NDArray[np.float64], size: NDArray[np.int64], at: float) -> float:
    """Fit a parabola near a place, with tricube weights times the bins of each stratum; a line or mean of few strata."""
    apart = np.abs(x - at)
    reach = max(_SPAN, float(np.sort(apart)[min(4, len(x) - 1)]) * 1.1)
    weight = size * np.clip(1 - (apart / reach) ** 3, 0, None) ** 3
    near = weight > 0
    degree = min(2, int(near.sum()) - 1) if at >= x[0] and at <= x[-1] else min(1, int(near.sum()) - 1)
    powers = np.vander(x[near] - at, degree + 1, increasing=True)
    roots = np.sqrt(weight[near])
    return float(np.linalg.lstsq(powers * roots[:, None], y[near] * roots, rcond=None)[0][0])


@dataclass(frozen=True, slots=True, eq=False)
class Covariates:
    """What is known of each bin besides its reads."""

    gc: NDArray[np.float64] | None = None
    """Share of G and C; None to leave GC alone."""
    known: NDArray[np.float64] | None = None
    """Share of bases that are not N."""
    mappability: NDArray[np.float64] | None = None
    """Mean mappability, 0 to 1."""


def ratios(depth: Depth, given: Covariates) -> Bins:
    """
    Make log2 ratios of reads per bin, so that the median autosomal bin has 0.

    Curves of GC and of mappability are fitted on autosomes and divided out. Bins with more than half N or mappability
    below a half, and those the curves do not reach, are missing. Weights are what Poisson counts of the expected reads
    allow, 1 for the best. X and Y keep their depth beside autosomes: one copy has log2 -1.

    Raises
    ------
    InvalidContent
        There are no autosomal reads.
    """
    size = (depth.end - depth.start).astype(float)
    known = np.ones(len(size)) if given.known is None else given.known
    good = known >= _KNOWN
    if given.mappability is not None:
        good &= np.nan_to_num(given.mappability) >= _MAPPABLE
    autosomal = np.array([1 <= chromosome_code(name) <= 22 for name in depth.contigs])[depth.contig]
    expected = size * known
    fit_on = good & autosomal & (expected > 0)
    usual = _usual(depth.reads, expected, fit_on)
    for covariate in (given.gc, given.mappability):
        if covariate is not None:
            ratio = depth.reads / np.maximum(expected * usual, _MARGIN)
            expected = expected * curve(covariate, ratio, fit_on)
            fit_on = fit_on & np.isfinite(expected)
            usual = _usual(depth.reads, expected, fit_on)
    whole = expected * usual
    used = good & np.isfinite(whole) & (whole > 0)
    log2 = np.full(len(size), np.nan)
    log2[used] = np.log2(np.maximum(depth.reads[used], _EMPTY) / whole[used])
    weight = np.where(used, whole, 0.0) / whole[used].max()
    return Bins(depth.contigs, depth.contig, depth.start, depth.end, log2, weight, depth.reads.astype(float))


def _usual(reads: NDArray[np.int64], expected: NDArray[np.float64], fit_on: NDArray[np.bool_]) -> float:
    usual = float(np.median(reads[fit_on] / expected[fit_on])) if fit_on.any() else 0.0
    if usual <= 0:
        raise InvalidContent(
            "the median autosomal bin holds no read", place="reads", remedy="use larger bins, or targets"
        )
    return usual


def mean_over(depth: Depth, path: Path) -> NDArray[np.float64]:
    """
    Average a bedGraph (chromosome, start, end, value) over bins; bases it does not list count as 0.

    Raises
    ------
    InvalidContent
        A line is no stretch with a value from 0 to 1; it is named by its number.
    """
    codes = {chromosome_code(name): i for i, name in enumerate(depth.contigs)}
    total = np.zeros(len(depth.start))
    first = np.searchsorted(depth.contig, np.arange(len(depth.contigs) + 1))
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip() or line.startswith(("#", "track", "browser")):
            continue
        name, start, end, value = _stretch(line, f"{path.name}: line {number}")
        own = codes.get(chromosome_code(name))
        if own is None:
            continue
        low, high = first[own], first[own + 1]
        a = low + int(np.searchsorted(depth.end[low:high], start, "right"))
        b = low + int(np.searchsorted(depth.start[low:high], end, "left"))
        shared = np.minimum(depth.end[a:b], end) - np.maximum(depth.start[a:b], start)
        total[a:b] += value * shared
    return total / (depth.end - depth.start)


def _stretch(line: str, place: str) -> tuple[str, int, int, float]:
    try:
        name, start, end, value = line.split()[:4]
        found = name, int(start), int(end), float(value)
    except ValueError:
        found = "", 0, 0, -1.0
    if not (0 <= found[3] <= 1 and 0 <= found[1] < found[2]):
        raise InvalidContent(
            "not chromosome, start, end and a value from 0 to 1", place=place, remedy="give mappability as bedGraph"
        )
    return found


def pooled(samples: Sequence[Bins]) -> Bins:
    """
    Pool normal samples into a reference: the median log2 of each bin, weighted by how little it varies.

    The variance is robust (squared scaled median deviation) with a floor at the 5 % least; a bin missing in half of the
    samples is missing.

    Raises
    ------
    InvalidContent
        There are fewer than two samples, or their bins differ.
    """
    if len(samples) < 2:
        raise InvalidContent("one sample is no panel", place="panel", remedy="give two normal samples or more")
    for sample in samples[1:]:
        check_same(samples[0], sample)
    log2 = np.array([sample.log2 for sample in samples])
    seen = np.isfinite(log2).sum(axis=0) * 2 > len(samples)
    middle = np.full(samples[0].size, np.nan)
    middle[seen] = np.nanmedian(log2[:, seen], axis=0)
    variance = np.full(samples[0].size, np.inf)
    variance[seen] = (1.4826 * np.nanmedian(np.abs(log2[:, seen] - middle[seen]), axis=0)) ** 2
    floor = max(float(np.quantile(variance[seen], 0.05)) if seen.any() else 0.0, _MARGIN)
    return replace(samples[0], log2=middle, weight=np.where(seen, floor / np.maximum(variance, floor), 0.0))


def against(bins: Bins, reference: Bins) -> Bins:
    """
    Subtract a reference's log2 and take over its weights, centred so that the median autosomal bin has 0.

    Raises
    ------
    InvalidContent
        The bins differ.
    """
    check_same(bins, reference)
    log2, weight = bins.log2 - reference.log2, bins.weight * reference.weight
    autosomal = np.array([1 <= chromosome_code(name) <= 22 for name in bins.contigs])[bins.contig]
    middle = np.nanmedian(log2[autosomal]) if np.isfinite(log2[autosomal]).any() else 0.0
    return replace(bins, log2=log2 - middle, weight=weight)


def check_same(bins: Bins, other: Bins) -> None:
    """Refuse tables whose bins differ in number or place."""
    same = (
        bins.size == other.size
        and bins.contigs == other.contigs
        and np.array_equal(bins.start, other.start)
        and np.array_equal(bins.end, other.end)
    )
    if not same:
        raise InvalidContent(
            f"the bins differ ({bins.size:,} and {other.size:,})",
            place="reference",
            remedy="make reference and sample with the same bins",
        )
