"""Where a score stands among those of a reference cohort, with what the cohort's size leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def percentiles(
    values: NDArray[np.float64], reference: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """
    Return the percentile (0 to 100) of each value among its column of the reference, and its 95 % interval.

    Those tied count half. The interval is Wilson's for the share of the population the reference was drawn from.

    Parameters
    ----------
    values
        Samples x scores.
    reference
        People x the same scores.

    >>> at, low, high = percentiles(np.array([[2.0]]), np.array([[1.0], [2.0], [3.0], [4.0]]))
    >>> at.tolist(), low.round(1).tolist(), high.round(1).tolist()
    ([[37.5]], [[9.2]], [[78.1]])
    """
    n = len(reference)
    held = np.sort(reference, axis=0)
    share = np.stack(
        [
            (np.searchsorted(held[:, j], values[:, j], "left") + np.searchsorted(held[:, j], values[:, j], "right")) / 2
            for j in range(values.shape[1])
        ],
        axis=1,
    ) / n  # fmt: skip
    z2 = 1.959963984540054**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return 100 * share, 100 * np.maximum(middle - reach, 0), 100 * np.minimum(middle + reach, 1)
