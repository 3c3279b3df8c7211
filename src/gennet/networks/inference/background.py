"""Context likelihood of relatedness: how far a score stands above those of its regulator and of its target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def relatedness(values: NDArray[np.float64], own: NDArray[np.intp]) -> NDArray[np.float64]:
    """
    Return sqrt(max(0, z of the row)^2 + max(0, z of the column)^2) of the sizes of values (regulators, targets), signed.

    `own` is the column of each regulator: values of a gene with itself are left out of means and deviations and are 0.
    Each result has the sign of its value.

    >>> relatedness(np.array([[0.0, 1.0, -3.0], [1.0, 0.0, 1.0]]), np.array([0, 1])).round(2).tolist()
    [[0.0, 0.0, -1.41], [0.0, 0.0, 0.0]]

    References
    ----------
    Faith and others 2007, doi:10.1371/journal.pbio.0050008.
    """
    from gennet.networks.inference._kernels import above_background

    cleared = np.array(values, np.float64, order="C")
    cleared[np.arange(len(own)), own] = 0.0
    made: NDArray[np.float64] = above_background(cleared, own.astype(np.int64))
    return made
