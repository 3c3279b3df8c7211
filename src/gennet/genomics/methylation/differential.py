"""M values, in which differential methylation is tested by `gennet.core.moderated`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EDGE = 1e-3
"""Betas nearer to 0 or 1 than this are moved there, as their logarithm grows without bound."""


def m_values(betas: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return log2(beta / (1 - beta)), DOI 10.1186/1471-2105-11-587; betas are kept 0.001 away from 0 and 1.

    >>> m_values(np.array([0.5, 0.8])).round(12).tolist()
    [0.0, 2.0]
    """
    held = np.clip(betas, _EDGE, 1.0 - _EDGE)
    return np.asarray(np.log2(held / (1.0 - held)))
