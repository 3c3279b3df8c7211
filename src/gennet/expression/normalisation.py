"""Normalisation of counts: per million, per kilobase, TMM, median of ratios, variance stabilised."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from numpy.typing import NDArray


def counts_per_million(
    counts: NDArray[np.float64], factors: NDArray[np.float64] | None = None, *, log: bool = False, prior: float = 2.0
) -> NDArray[np.float64]:
    """
    Return counts (samples x genes) per million of each sample's library, times its factor where factors are given.

    With `log`, log2 after adding `prior` counts scaled by library size, as edgeR's ``cpm(log=TRUE)``.

    Raises
    ------
    InvalidContent
        A sample has no counts at all.

    >>> counts_per_million(np.array([[1.0, 3.0]])).tolist()
    [[250000.0, 750000.0]]
    """
    library = _libraries(counts) * (1.0 if factors is None else factors)
    if not log:
        return np.asarray(counts / library[:, None] * 1e6)
    added = prior * library / library.mean()
    return np.asarray(np.log2((counts + added[:, None]) / (library + 2.0 * added)[:, None] * 1e6))


def transcripts_per_million(counts: NDArray[np.float64], lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return counts (samples x genes) by length of the gene (bases), scaled to a million in each sample.

    >>> transcripts_per_million(np.array([[10.0, 10.0]]), np.array([1000.0, 3000.0])).tolist()
    [[750000.0, 250000.0]]
    """
    if not np.all(lengths > 0):
        raise InvalidContent("a gene's length is not above 0", place="lengths", remedy="give lengths in bases")
    rate = counts / lengths
    return np.asarray(rate / _libraries(rate)[:, None] * 1e6)


def tmm_factors(
    counts: NDArray[np.float64], *, ratio_trim: float = 0.3, sum_trim: float = 0.05, least: float = -1e10
) -> NDArray[np.float64]:
    """
    Return trimmed means of M values: factors of library size, shape (samples,), whose product is 1.

    Each sample is compared with the one whose upper quartile is nearest the mean; of the log ratios 30 % and of the
    mean levels 5 % are trimmed at each end, the rest weighted by their precision.

    References
    ----------
    Robinson and Oshlack 2010, doi:10.1186/gb-2010-11-3-r25, as edgeR computes it.

    >>> tmm_factors(np.array([[10.0, 20, 30, 40], [20.0, 40, 60, 80]])).round(12).tolist()
    [1.0, 1.0]
    """
    library = _libraries(counts)
    held = counts[:, (counts > 0).any(axis=0)]
    quartile = np.quantile(held, 0.75, axis=1) / library
    if np.median(quartile) < 1e-20:  # More than three quarters are zero: the sum of roots is the level.
        reference = int(np.argmax(np.sqrt(held).sum(axis=1)))
    else:
        reference = int(np.argmin(np.abs(quartile - quartile.mean())))
    factors = np.array(
        [
            _tmm(row, held[reference], n, library[reference], (ratio_trim, sum_trim, least))
            for row, n in zip(held, library, strict=True)
        ]
    )
    return np.asarray(factors / math.exp(float(np.log(factors).mean())))


def _tmm(
    sample: NDArray[np.float64], reference: NDArray[np.float64], size: float, reference_size: float,
    trim: tuple[float, float, float],
) -> float:  # fmt: skip
    from scipy.stats import rankdata

    both = (sample > 0) & (reference > 0)
    a, b = sample[both] / size, reference[both] / reference_size
    ratio, level = np.log2(a / b), (np.log2(a) + np.log2(b)) / 2
    variance = (size - sample[both]) / size / sample[both] + (
        reference_size - reference[both]
    ) / reference_size / reference[both]
    held = level > trim[2]
    ratio, level, variance = ratio[held], level[held], variance[held]
    if not len(ratio) or np.abs(ratio).max() < 1e-6:
        return 1.0
    n = len(ratio)
    low_ratio, low_sum = math.floor(n * trim[0]) + 1, math.floor(n * trim[1]) + 1
    ranks, levels = rankdata(ratio), rankdata(level)
    kept = (ranks >= low_ratio) & (ranks <= n + 1 - low_ratio) & (levels >= low_sum) & (levels <= n + 1 - low_sum)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = float((ratio[kept] / variance[kept]).sum() / (1.0 / variance[kept]).sum())
    return 2.0**mean if math.isfinite(mean) else 1.0


def size_factors(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return the median over genes of each sample's ratio to the geometric mean, shape (samples,).

    Genes with a zero in any sample are left out.

    References
    ----------
    Anders and Huber 2010, doi:10.1186/gb-2010-11-10-r106.

    Raises
    ------
    InvalidContent
        Every gene has a zero somewhere.

    >>> size_factors(np.array([[1.0, 2, 4], [4.0, 8, 16]])).tolist()
    [0.5, 2.0]
    """
    whole = (counts > 0).all(axis=0)
    if not whole.any():
        raise InvalidContent(
            "every gene has a count of zero in some sample", place="counts", remedy="use TMM, or leave out poor samples"
        )
    logs = np.log(counts[:, whole])
    return np.asarray(np.exp(np.median(logs - logs.mean(axis=0), axis=1)))


def _libraries(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    library = counts.sum(axis=1)
    if not np.all(library > 0):
        raise InvalidContent(
            f"sample {int(np.argmin(library)) + 1} has no counts", place="counts", remedy="leave it out"
        )
    return np.asarray(library)
