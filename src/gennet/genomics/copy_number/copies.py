"""From log2 ratios to whole copies: what a number of copies looks like in a sample, and how sure a call is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import BadInput
from gennet.genomics.builds import chromosome_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gennet.genomics.copy_number.segments import Segments

THRESHOLDS = (-1.1, -0.25, 0.2, 0.7)
"""log2 ratios up to which 0, 1, 2 and 3 copies are called in a tumour of unknown purity, as CNVkit's default."""
_NOTHING = 0.02
"""Share of the usual depth that reads in the wrong place give where there are no copies."""
_SLACK = 0.05
"""Standard deviation of what no bin shows: waves and reference bias that move whole segments (log2)."""
_USUAL = 0.95
"""Prior chance of the usual number of copies; the others share the rest equally."""


class Sex(StrEnum):
    """Which sex chromosomes a person has, as far as the usual number of copies goes."""

    FEMALE = "female"
    MALE = "male"


@dataclass(frozen=True, slots=True)
class Mixture:
    """
    What a sample is made of, and what its log2 ratios compare with.

    >>> Mixture(purity=0.5, ploidy=3).expected(np.array([2]), np.array([2])).round(3).tolist()
    [-0.322]
    """

    purity: float = 1.0
    """Share of cells that carry the changes: 1 for germline."""
    ploidy: float = 2.0
    """Mean number of copies in those cells."""
    sex: Sex | None = None
    """None where not known: then X and Y are not called."""
    haploid_reference: bool = False
    """Whether log2 of X and Y compare with one copy, as with a reference of males."""
    most: int = 8
    """Most copies told apart."""

    def __post_init__(self) -> None:
        """Refuse mixtures that cannot be."""
        if not 0 < self.purity <= 1:
            raise BadInput(f"purity is {self.purity}", place="purity", remedy="it is above 0 and at most 1")
        if not 0.5 <= self.ploidy <= 8:
            raise BadInput(f"ploidy is {self.ploidy}", place="ploidy", remedy="it is between 0.5 and 8")
        if not 3 <= self.most <= 100:
            raise BadInput(f"at most {self.most} copies", place="most", remedy="ask for 3 to 100")

    def usual(self, contigs: Sequence[str]) -> NDArray[np.int64]:
        """
        Tell how many copies a healthy cell has of each contig; -1 where that is not known.

        >>> Mixture(sex=Sex.MALE).usual(["chr1", "X", "Y", "MT"]).tolist()
        [2, 1, 1, -1]
        """
        by_code = dict.fromkeys(range(1, 23), 2)
        if self.sex is not None:
            by_code |= {23: 2, 24: 0} if self.sex is Sex.FEMALE else {23: 1, 24: 1}
        return np.array([by_code.get(chromosome_code(name), -1) for name in contigs], np.int64)

    def compared(self, contigs: Sequence[str]) -> NDArray[np.float64]:
        """
        Tell how many copies a log2 ratio of 0 compares with on each contig.

        >>> Mixture(haploid_reference=True).compared(["1", "X"]).tolist()
        [2.0, 1.0]
        """
        single = (23, 24) if self.haploid_reference else ()
        return np.array([1.0 if chromosome_code(name) in single else 2.0 for name in contigs])

    def expected(
        self, copies: NDArray[np.int64], usual: NDArray[np.int64], compared: NDArray[np.float64] | float = 2.0
    ) -> NDArray[np.float64]:
        """Return the log2 ratio that copies in the changed cells give beside the usual ones in the others."""
        seen = self.purity * np.maximum(copies, 0) + (1 - self.purity) * np.maximum(usual, 0)
        whole = self.purity * self.ploidy + (1 - self.purity) * 2
        made: NDArray[np.float64] = np.log2(np.maximum(2 * seen / (whole * compared), _NOTHING))
        return made


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """Whole copies of each segment."""

    usual: NDArray[np.int64]
    """Copies of a healthy cell; -1 where the contig is not called."""
    copies: NDArray[np.int64]
    """The most likely number; -1 where not called."""
    probability: NDArray[np.float64]
    """Of that number, given the mixture; NaN where not called."""
    fraction: NDArray[np.float64]
    """The number before rounding; NaN where not called."""


def call(segments: Segments, mixture: Mixture) -> Copies:
    """
    Call whole copies of segments.

    The likelihood is Gaussian about the expected log2 ratio, with the segment's standard error and slack for what
    moves whole segments; the usual number has a prior of 95 %. At the largest number told apart, more is meant too.

    >>> from gennet.genomics.copy_number.segments import Segments
    >>> one = np.array([1])
    >>> lost = Segments(("1",), one * 0, one * 0, one * 9000, one * -0.98, one * 0.05, one * 9, one * 9.0)
    >>> call(lost, Mixture()).copies.tolist()
    [1]
    """
    names = segments.names
    usual, compared = mixture.usual(names), mixture.compared(names)
    chances = posterior(segments.log2, segments.error, usual, compared, mixture)
    best = chances.argmax(axis=1)
    known = usual >= 0
    whole = mixture.purity * mixture.ploidy + (1 - mixture.purity) * 2
    seen = np.exp2(segments.log2) * compared * whole / 2
    fraction = np.maximum((seen - (1 - mixture.purity) * usual) / mixture.purity, 0.0)
    return Copies(
        usual,
        np.where(known, best, -1),
        np.where(known, chances[np.arange(len(best)), best], np.nan),
        np.where(known, fraction, np.nan),
    )


def posterior(
    log2: NDArray[np.float64],
    error: NDArray[np.float64],
    usual: NDArray[np.int64],
    compared: NDArray[np.float64],
    mixture: Mixture,
) -> NDArray[np.float64]:
    """Return the probability of 0 to `most` copies: an array of segments by copies whose rows sum to 1."""
    states = np.arange(mixture.most + 1)
    expected = mixture.expected(states[None, :], usual[:, None], compared[:, None])
    seen = np.maximum(log2, np.log2(_NOTHING))[:, None]
    spread = np.hypot(error, _SLACK)[:, None]
    # a ratio above the largest state is that state
    beyond = np.minimum(seen, expected[:, -1:])
    prior = np.where(states == _likely(usual, mixture)[:, None], _USUAL, (1 - _USUAL) / mixture.most)
    score = -0.5 * ((beyond - expected) / spread) ** 2 + np.log(prior)
    made: NDArray[np.float64] = np.exp(score - score.max(axis=1, keepdims=True))
    made /= made.sum(axis=1, keepdims=True)
    return made


def _likely(usual: NDArray[np.int64], mixture: Mixture) -> NDArray[np.int64]:
    """Tell the copies expected before looking: the usual ones times the ploidy over two."""
    return np.rint(np.maximum(usual, 0) * mixture.ploidy / 2).astype(np.int64)


def by_thresholds(
    log2: NDArray[np.float64],
    compared: NDArray[np.float64] | float = 2.0,
    thresholds: Sequence[float] = THRESHOLDS,
) -> NDArray[np.int64]:
    """
    Call copies by fixed thresholds of log2; above the last, copies are rounded up as if the sample were pure.

    `compared` tells how many copies a log2 of 0 compares with, as `Mixture.compared`.

    >>> by_thresholds(np.array([-2.0, -0.5, 0.0, 0.5, 1.5])).tolist()
    [0, 1, 2, 3, 6]
    """
    below = np.searchsorted(np.asarray(thresholds), log2, "left")
    return np.where(below < len(thresholds), below, np.ceil(compared * np.exp2(log2))).astype(np.int64)
