"""Peaks: where cuts pile up beyond a Poisson background, local or that of the genome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.genomics.accessibility.fragments import Fragments


@dataclass(frozen=True, slots=True)
class Calling:
    """How peaks are called: the model of MACS without a control (Zhang 2008, doi:10.1186/gb-2008-9-9-r137)."""

    width: int = 150
    """Bases that a cut speaks for, centred on it."""
    local: int = 10_000
    """Bases about a place whose cuts give the local background."""
    genome: int = 2_700_000_000
    """Bases that can be covered."""
    q: float = 0.05
    """Largest false discovery rate of a base, by Benjamini and Hochberg over bases."""
    gap: int = 50
    """Bases between two stretches that are one peak."""
    more: bool = False
    """Whether p is the chance of more cuts than there are, as MACS has it, rather than of as many or more."""

    def __post_init__(self) -> None:
        """Refuse settings that call nothing."""
        if not (0 < self.q < 1 and 2 <= self.width < self.local and self.genome > 0 and self.gap >= 0):
            raise BadInput(
                "q lies between 0 and 1, and the local background is wider than a cut's stretch", place="peaks"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """Peaks in the order of contigs and positions; arrays are aligned."""

    contigs: tuple[str, ...]
    contig: NDArray[np.int32]
    start: NDArray[np.int64]
    """0-based."""
    end: NDArray[np.int64]
    """0-based, excluded."""
    summit: NDArray[np.int64]
    """Middle of the highest stretch, 0-based."""
    height: NDArray[np.float64]
    """Cuts piled up there."""
    fold: NDArray[np.float64]
    """Height over background there."""
    log10_q: NDArray[np.float64]
    """-log10 of the smallest q."""

    @property
    def size(self) -> int:
        """How many peaks there are."""
        return len(self.start)


def call_peaks(fragments: Fragments, how: Calling) -> Peaks:
    """
    Call peaks of the cuts at both ends of fragments.

    The background of a base is the larger of the genome's mean and the mean of the local window. A peak is a run of
    bases at or below `q`, gaps of `gap` bases closed, `width` bases long at least.
    """
    mean = 2 * fragments.size * how.width / how.genome
    pieces = [_pileup(_cuts(fragments, i), how, mean) for i in range(len(fragments.contigs))]
    length = np.concatenate([np.diff(edges) for edges, _, _ in pieces])
    height, background = (np.concatenate([piece[k] for piece in pieces]) for k in (1, 2))
    log_q = _log_q(_log_p(height + int(how.more), background), length, how.genome)
    found, at = list[tuple[float, ...]](), 0
    for number, (edges, own, under) in enumerate(pieces):
        rows = slice(at, at + len(own))
        at = rows.stop
        found += [(number, *peak) for peak in _runs(edges, own, under, log_q[rows], how)]
    table = np.array(found, float).reshape(-1, 7)
    whole = table[:, 1:4].astype(np.int64)
    return Peaks(
        fragments.contigs, table[:, 0].astype(np.int32), whole[:, 0], whole[:, 1], whole[:, 2], table[:, 4],
        table[:, 5], table[:, 6],
    )  # fmt: skip


def _cuts(fragments: Fragments, contig: int) -> NDArray[np.int64]:
    own = fragments.contig == contig
    return np.sort(np.concatenate([fragments.start[own], fragments.end[own] - 1]))


def _pileup(
    cuts: NDArray[np.int64], how: Calling, mean: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the edges of stretches of equal height, their heights and backgrounds; both change only at edges."""
    near, far = how.width // 2, how.local // 2
    low, high = cuts - near, cuts - near + how.width
    wide_low, wide_high = cuts - far, cuts - far + how.local
    edges = np.maximum(np.concatenate([low, high, wide_low, wide_high]), 0)
    edges.sort(kind="stable")  # four sorted runs are merged; numpy's unique hashes integers, slowly
    edges = edges[np.concatenate([[True], np.diff(edges) > 0])]
    start = edges[:-1]
    height = np.searchsorted(low, start, "right") - np.searchsorted(high, start, "right")
    wide = np.searchsorted(wide_low, start, "right") - np.searchsorted(wide_high, start, "right")
    return edges, height, np.maximum(wide * (how.width / how.local), mean)


def _log_p(height: NDArray[np.int64], background: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the natural logarithm of the Poisson chance of a height or more."""
    from scipy.stats import poisson

    made = np.zeros(len(height))
    above = height > background  # all others are far from significant, and most of the genome
    made[above] = poisson.logsf(height[above] - 1, background[above])
    lost = np.isneginf(made)  # below the smallest double: the first terms of the tail say it all
    made[lost] = _far_tail(height[lost].astype(float), background[lost])
    return made


def _far_tail(height: NDArray[np.float64], background: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return the logarithm of the Poisson tail far above its mean: the first term times a series that falls fast.

    >>> from scipy.stats import poisson
    >>> bool(np.isclose(_far_tail(np.array([40.0]), np.array([9.0]))[0], poisson.logsf(39, 9.0)))
    True
    """
    from scipy.special import gammaln

    term, total = np.ones(len(height)), np.ones(len(height))
    for step in range(1, 200):
        term = term * background / (height + step)
        total += term
    made: NDArray[np.float64] = height * np.log(background) - background - gammaln(height + 1) + np.log(total)
    return made


def _log_q(log_p: NDArray[np.float64], length: NDArray[np.int64], genome: int) -> NDArray[np.float64]:
    """Return log q by Benjamini and Hochberg, each base a test; bases without cuts count with p = 1."""
    order = np.argsort(log_p, kind="stable")
    rank = np.cumsum(length[order])
    # equal p-values share the rank of the last of them
    last = np.searchsorted(log_p[order], log_p[order], "right") - 1
    raw = log_p[order] + np.log(max(genome, int(rank[-1]))) - np.log(rank[last])
    made = np.empty(len(log_p))
    made[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 0.0)
    return made


def _runs(
    edges: NDArray[np.int64],
    height: NDArray[np.int64],
    background: NDArray[np.float64],
    log_q: NDArray[np.float64],
    how: Calling,
) -> list[tuple[float, ...]]:
    good = np.flatnonzero(log_q <= np.log(how.q))
    if not good.size:
        return []
    apart = edges[good[1:]] - edges[good[:-1] + 1] > how.gap
    firsts, lasts = good[np.concatenate([[True], apart])], good[np.concatenate([apart, [True]])]
    made = list[tuple[float, ...]]()
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        start, end = int(edges[first]), int(edges[last + 1])
        if end - start >= how.width:
            top = first + int(height[first : last + 1].argmax())
            best = -float(log_q[first : last + 1].min()) / np.log(10)
            summit = (int(edges[top]) + int(edges[top + 1])) // 2
            made.append((start, end, summit, float(height[top]), float(height[top] / background[top]), best))
    return made
