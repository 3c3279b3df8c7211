"""Ridge regression of every target on all regulators at once, above its background (CLR)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent
from gennet.networks.inference.background import relatedness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.networks.inference.design import Design
    from gennet.networks.network import EdgeScores

PENALTY = 0.3
"""Added to the diagonal of the correlation matrix of regulators."""


def ridge(design: Design, penalty: float = PENALTY) -> EdgeScores:
    """
    Score edges by CLR over the size of ridge coefficients, with the coefficient's sign.

    A regulator that is itself a target is left out of its own regression exactly.

    Raises
    ------
    InvalidContent
        The penalty is not positive.

    References
    ----------
    Hoerl and Kennard 1970, doi:10.1080/00401706.1970.10488634; Faith and others 2007, doi:10.1371/journal.pbio.0050008.
    """
    if not penalty > 0:
        raise InvalidContent(f"a penalty of {penalty} cannot be used", place="penalty", remedy="give one above 0")
    x = design.x
    b = coefficients(x.T @ x / len(x), x.T @ design.y / len(x), design.own, penalty)
    return design.scores(relatedness(b, design.own), "ridge")


def coefficients(
    among: NDArray[np.float64], across: NDArray[np.float64], own: NDArray[np.intp], penalty: float
) -> NDArray[np.float64]:
    """
    Return ridge coefficients (regulators, targets) of correlations `among` regulators and `across` to targets.

    For the target that is regulator k, the regression without k has a closed form: with P the inverse of
    `among` + penalty, its coefficients are -P[j, k] / P[k, k].

    >>> among, across = np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([[1.0, 0.5, 0.2], [0.5, 1.0, 0.4]])
    >>> coefficients(among, across, np.array([0, 1]), 1.0).round(3).tolist()
    [[0.0, 0.25, 0.053], [0.25, 0.0, 0.187]]
    """
    inverse = np.linalg.inv(among + penalty * np.eye(len(among))).astype(np.float64, copy=False)
    b = inverse @ across
    b[:, own] = own_regressions(inverse)
    return b


def own_regressions(inverse: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return, in column k, the regression of regulator k on the others; see `coefficients`."""
    made = -inverse / np.diag(inverse)
    np.fill_diagonal(made, 0.0)
    return made
