"""Mutual information of ranks cut into equal bins: CLR over it, and ARACNE's pruning of indirect edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent
from gennet.networks.inference.background import relatedness
from gennet.networks.inference.correlation import correlations

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.networks.inference.design import Design
    from gennet.networks.network import EdgeScores

_BLOCK = 512
"""Targets whose tables are held at once."""


def bins_for(samples: int) -> int:
    """
    Return how many equal bins are cut: the cube root of twice the samples (Rice), from 2 to 16.

    >>> bins_for(100), bins_for(805)
    (5, 11)
    """
    return max(2, min(16, int(np.cbrt(2 * samples))))


def mutual_information(design: Design, bins: int | None = None) -> NDArray[np.float64]:
    """
    Return mutual information (nats) of each regulator and target, less its bias under independence, not below 0.

    Ranks (ties in the order of samples) are cut into equal bins; the counts of all pairs are products of indicator
    matrices, one per pair of bins. The bias (Miller-Madow) is (bins - 1)^2 / (2 samples). A constant gene tells nothing.
    """
    samples, regulators, targets = design.shape
    many = bins or bins_for(samples)
    cut = np.argsort(np.argsort(design.y, axis=0, kind="stable"), axis=0) * many // samples
    shown = np.stack([(cut == b).astype(np.float32) for b in range(many)])  # sums up to 2^24 are exact
    share = shown[:, :, 0].sum(1, dtype=np.float64) / samples
    made = np.zeros((regulators, targets))
    for first in range(0, targets, _BLOCK):
        for a in range(many):
            ours = shown[a][:, design.own].T
            for b in range(many):
                joint = (ours @ shown[b][:, first : first + _BLOCK]).astype(np.float64) / samples
                made[:, first : first + _BLOCK] += joint * np.log(np.where(joint > 0, joint, 1) / (share[a] * share[b]))
    made = np.maximum(made - (many - 1) ** 2 / (2 * samples), 0.0)
    varies = np.abs(design.y).max(0) > 0
    made[:, ~varies] = 0.0
    made[~varies[design.own]] = 0.0
    return made


def clr_information(design: Design) -> EdgeScores:
    """
    Score edges by CLR over mutual information, with the correlation's sign.

    References
    ----------
    Faith and others 2007, doi:10.1371/journal.pbio.0050008.
    """
    sign = np.sign(correlations(design))
    size = relatedness(mutual_information(design), design.own)
    return design.scores(np.where(sign == 0, 1.0, sign) * size, "clr-information")


def aracne(design: Design, tolerance: float = 0.0) -> EdgeScores:
    """
    Score edges by mutual information, of which those that a third gene explains are removed.

    In every triangle whose third gene is a regulator, the edge below both others (by more than the share `tolerance`) is
    removed: information cannot grow along a path. All edges of the full network decide at once, in no order.

    Raises
    ------
    InvalidContent
        `tolerance` is not from 0 to below 1.

    References
    ----------
    Margolin and others 2006, doi:10.1186/1471-2105-7-S1-S7.
    """
    if not 0 <= tolerance < 1:
        raise InvalidContent(f"{tolerance} is no share", place="tolerance", remedy="give one from 0 to below 1")
    information = mutual_information(design)
    information[np.arange(len(design.own)), design.own] = 0.0
    among = information[:, design.own]
    most = np.zeros_like(information)
    for third in range(len(design.own)):
        # The weaker of the third gene's two edges: with the regulator and with the target.
        np.maximum(most, np.minimum(among[third][:, None], information[third]), out=most)
    sign = np.sign(correlations(design))
    kept = np.where(information >= most * (1 - tolerance), information, 0.0)
    return design.scores(np.where(sign == 0, 1.0, sign) * kept, "aracne")
