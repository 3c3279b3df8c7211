"""Cells by peaks: counts of cuts, TF-IDF, and latent semantic indexing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.genomics.accessibility.fragments import Fragments
    from gennet.genomics.accessibility.peaks import Peaks


def count_cuts(fragments: Fragments, peaks: Peaks) -> tuple[Any, NDArray[np.int64]]:
    """
    Count the cuts of each cell in each peak: a sparse array of peaks by cells, and all cuts of each cell.

    Peaks are sorted and do not overlap.
    """
    from scipy.sparse import coo_array

    rows, columns = list[Any](), list[Any]()
    offset = np.searchsorted(peaks.contig, np.arange(len(fragments.contigs) + 1))
    for number in range(len(fragments.contigs)):
        own = fragments.contig == number
        low, high = offset[number], offset[number + 1]
        for cut in (fragments.start[own], fragments.end[own] - 1):
            at = np.searchsorted(peaks.start[low:high], cut, "right") - 1
            inside = (at >= 0) & (cut < np.append(peaks.end[low:high], 0)[at])
            rows.append(low + at[inside])
            columns.append(fragments.cell[own][inside])
    row, column = np.concatenate(rows), np.concatenate(columns)
    shape = (peaks.size, len(fragments.cells))
    counts = coo_array((np.ones(len(row)), (row, column)), shape=shape).tocsr()
    return counts, 2 * np.bincount(fragments.cell, minlength=len(fragments.cells))


def tf_idf(counts: Any) -> Any:  # noqa: ANN401 scipy's sparse arrays have no common type
    """
    Weigh counts (peaks by cells): log(1 + 10,000 TF IDF), TF the share of a cell's counts, IDF cells over a peak's counts.

    Empty cells and peaks stay 0 (Stuart 2021, doi:10.1038/s41592-021-01282-5, the first of its formulas).

    >>> from scipy.sparse import csr_array
    >>> tf_idf(csr_array(np.array([[1.0, 0], [1, 2]]))).toarray().round(3).tolist()
    [[9.21, 0.0], [8.112, 8.805]]
    """
    from scipy.sparse import dia_array

    of_cell, of_peak = counts.sum(axis=0), counts.sum(axis=1)
    share = np.where(of_cell > 0, 1 / np.maximum(of_cell, 1), 0)
    rarity = np.where(of_peak > 0, counts.shape[1] / np.maximum(of_peak, 1), 0)
    peaks, cells = counts.shape
    left = dia_array((rarity[None, :], [0]), shape=(peaks, peaks))
    right = dia_array((share[None, :], [0]), shape=(cells, cells))
    return ((left @ counts @ right) * 1e4).log1p().tocsr()


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Cells in few dimensions."""

    scores: NDArray[np.float64]
    """Cells by components, each of mean 0 and standard deviation 1."""
    values: NDArray[np.float64]
    """Singular values, largest first."""
    depth: NDArray[np.float64]
    """Correlation of each component with the logarithm of a cell's cuts: beyond 0.75 it is depth, not biology."""


def latent(counts: Any, cuts: NDArray[np.int64], components: int) -> Components:  # noqa: ANN401
    """
    Decompose TF-IDF by a truncated singular value decomposition; the sign makes the largest loading positive.

    Raises
    ------
    InvalidContent
        There are no more cells or peaks than components.
    """
    from scipy.sparse.linalg import svds

    if components < 1 or components >= min(counts.shape):
        raise InvalidContent(
            f"{components} components of {counts.shape[0]:,} peaks by {counts.shape[1]:,} cells",
            place="components",
            remedy="ask for fewer",
        )
    # a fixed start makes the answer the same every time
    left, values, right = svds(tf_idf(counts), k=components, v0=np.ones(min(counts.shape)))
    order = np.argsort(-values)
    left, values, right = left[:, order], values[order], right[order]
    right = right * np.sign(left[np.abs(left).argmax(axis=0), np.arange(components)])[:, None]
    scores = right.T - right.T.mean(axis=0)
    scores /= np.maximum(scores.std(axis=0), 1e-12)
    log_cuts = np.log(np.maximum(cuts, 1))
    spread = log_cuts.std()
    depth = scores.T @ (log_cuts - log_cuts.mean()) / len(cuts) / spread if spread > 0 else np.zeros(components)
    return Components(scores, values, depth)
