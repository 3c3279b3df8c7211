"""Context likelihood of relatedness: how far a score stands above those of its regulator and of its target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def relatedness(size: NDArray[np.float64], own: NDArray[np.intp]) -> NDArray[np.float64]:
    """
    Return sqrt(max(0, z of the row)^2 + max(0, z of the column)^2) of scores (regulators, targets), none negative.

    `own` is the column of each regulator: scores of a gene with itself are left out of means and deviations and are 0.

    >>> relatedness(np.array([[0.0, 1.0, 3.0], [1.0, 0.0, 1.0]]), np.array([0, 1])).round(2).tolist()
    [[0.0, 0.0, 1.41], [0.0, 0.0, 0.0]]

    References
    ----------
    Faith and others 2007, doi:10.1371/journal.pbio.0050008.
    """
    counted = np.ones_like(size)
    counted[np.arange(len(own)), own] = 0.0
    squared = np.zeros_like(size)
    for axis in (0, 1):
        many = np.maximum(counted.sum(axis, keepdims=True), 1)
        mean = (size * counted).sum(axis, keepdims=True) / many
        sd = np.sqrt((((size - mean) ** 2) * counted).sum(axis, keepdims=True) / many)
        told = sd > 1e-12 * np.abs(mean)  # among equal scores none stands out
        squared += np.maximum(np.where(told, size - mean, 0.0) / np.where(told, sd, 1.0), 0.0) ** 2
    return np.sqrt(squared) * counted
