"""Voom: how precise each log count is, from the trend of variance with level, as weights of a linear model."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.moderated import Fit
from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SPAN = 0.5
_PASSES = 4
"""One plain fit and three that weigh outliers down."""


def voom(
    counts: NDArray[np.float64], design: NDArray[np.float64], factors: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return log2 counts per million and their weights, both genes x samples.

    Parameters
    ----------
    counts
        Samples x genes.
    design
        Samples x columns.
    factors
        Of library size, as `tmm_factors` gives them.

    References
    ----------
    Law et al. 2014, doi:10.1186/gb-2014-15-2-r29.

    Raises
    ------
    InvalidContent
        There are no more samples than columns of the design.
    """
    n, k = design.shape
    if n <= k or np.linalg.matrix_rank(design) < k:
        raise InvalidContent(
            f"{k} effects cannot be told apart in {n} samples",
            place="design",
            remedy="add samples, or drop a covariate",
        )
    library = counts.sum(axis=1) * factors
    logs = np.log2((counts.T + 0.5) / (library + 1.0) * 1e6)
    q, _ = np.linalg.qr(design)
    fitted = (logs @ q) @ q.T
    deviation = np.sqrt(np.einsum("ij,ij->i", logs - fitted, logs - fitted) / (n - k))
    level = logs.mean(axis=1) + np.log2(library + 1.0).mean() - math.log2(1e6)
    held = (counts > 0).any(axis=0)
    x, order = np.unique(level[held], return_inverse=True)
    smooth = lowess(level[held], np.sqrt(deviation[held]))
    trend = np.zeros(len(x))
    trend[order] = smooth
    expected = fitted + np.log2(library + 1.0) - math.log2(1e6)
    return logs, np.asarray(1.0 / np.interp(expected, x, trend) ** 4)


def fit_weighted(
    values: NDArray[np.float64], weights: NDArray[np.float64], design: NDArray[np.float64], column: int
) -> Fit:
    """
    Fit each row of values (genes x samples, finite) on a design (samples x columns) with weights of its own.

    >>> design = np.array([[1.0, 0], [1, 0], [1, 1], [1, 1]])
    >>> fit_weighted(np.array([[1.0, 2, 4, 5]]), np.ones((1, 4)), design, 1).effect.tolist()
    [3.0]
    """
    n, k = design.shape
    root = np.sqrt(weights)
    q, r = np.linalg.qr(root[:, :, None] * design)
    scaled = root * values
    scores = np.einsum("gnk,gn->gk", q, scaled)
    inverse = np.linalg.inv(r)
    left = scaled - np.einsum("gnk,gk->gn", q, scores)
    variance = np.einsum("gn,gn->g", left, left) / (n - k)
    effect = np.einsum("gk,gk->g", inverse[:, column], scores)
    unscaled = np.sqrt(np.einsum("gk,gk->g", inverse[:, column], inverse[:, column]))
    return Fit(effect, unscaled, variance, np.full(len(values), float(n - k)))


def lowess(x: NDArray[np.float64], y: NDArray[np.float64], *, span: float = _SPAN) -> NDArray[np.float64]:
    """
    Return a robust locally linear smooth of y at each x; points within a hundredth of the range are interpolated.

    References
    ----------
    Cleveland 1979, doi:10.1080/01621459.1979.10481038.

    >>> lowess(np.arange(5.0), 1 + np.arange(5.0) * 2, span=0.8).round(9).tolist()
    [1.0, 3.0, 5.0, 7.0, 9.0]
    """
    order = np.argsort(x, kind="stable")
    held, values = x[order], y[order]
    n = len(held)
    near = min(max(int(span * n + 1e-7), 2), n)
    delta = 0.01 * float(held[-1] - held[0])
    robust = np.ones(n)
    smooth = np.zeros(n)
    for turn in range(_PASSES):
        smooth = _one_pass(held, values, robust, near, delta)
        left = np.abs(values - smooth)
        if turn == _PASSES - 1 or not len(left):
            break
        six = 6.0 * float(np.median(left))
        if not six > 1e-7 * left.mean():
            break
        share = left / six
        robust = np.where(share <= 0.001, 1.0, np.where(share <= 0.999, (1.0 - share**2) ** 2, 0.0))
    made = np.empty(n)
    made[order] = smooth
    return made


def _one_pass(
    x: NDArray[np.float64], y: NDArray[np.float64], robust: NDArray[np.float64], near: int, delta: float
) -> NDArray[np.float64]:
    n, smooth = len(x), np.zeros(len(x))
    left, last, i = 0, -1, 0
    while True:
        # The window of nearest points moves right while the next point is nearer than its first.
        while left + near < n and x[i] - x[left] > x[left + near] - x[i]:
            left += 1
        smooth[i] = _at(x, y, robust, float(x[i]), (left, left + near), float(y[i]))
        if last >= 0 and i - last > 1 and x[i] > x[last]:
            between = slice(last + 1, i)
            smooth[between] = smooth[last] + (x[between] - x[last]) / (x[i] - x[last]) * (smooth[i] - smooth[last])
        last = i
        tied = int(np.searchsorted(x, x[last], side="right"))
        smooth[last:tied] = smooth[last]
        last = tied - 1
        if last >= n - 1:
            return smooth
        i = max(last + 1, int(np.searchsorted(x, x[last] + delta, side="right")) - 1)


def _at(
    x: NDArray[np.float64], y: NDArray[np.float64], robust: NDArray[np.float64], at: float,
    window: tuple[int, int], fallback: float,
) -> float:  # fmt: skip
    first, end = window
    reach = max(at - float(x[first]), float(x[end - 1]) - at)
    # Points tied with the last of the window count as well.
    end = int(np.searchsorted(x, at + 0.999 * reach, side="right")) if reach > 0 else end
    end = max(end, window[1])
    held, robust = x[first:end], robust[first:end]
    distance = np.abs(held - at)
    weight = np.where(distance <= 0.001 * reach, 1.0, (1.0 - (distance / reach) ** 3) ** 3 if reach > 0 else 1.0)
    weight = np.where(distance <= 0.999 * reach, weight, 0.0) * robust if reach > 0 else robust.copy()
    total = float(weight.sum())
    if total <= 0.0:
        return fallback
    weight /= total
    centre = float(weight @ held)
    spread = float(weight @ (held - centre) ** 2)
    if math.sqrt(spread) > 0.001 * float(x[-1] - x[0]):
        weight = weight * (1.0 + (at - centre) * (held - centre) / spread)
    return float(weight @ y[first:end])
