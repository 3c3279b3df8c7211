"""A hidden Markov model of whole copies along the genome: the likeliest path, and how sure each bin is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.study import Watch, silent
from gennet.errors import BadInput
from gennet.genomics.copy_number.segments import Segments, noise, segments_of, unbroken, usable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.genomics.copy_number.bins import Bins
    from gennet.genomics.copy_number.copies import Mixture

_STRAY, _WIDE = 0.01, 20.0
"""Share of bins that say nothing, evenly over a range of log2 this wide: single outliers make no event."""
_LEAST_NOISE = 0.05


@dataclass(frozen=True, slots=True)
class Markov:
    """How often the copies change."""

    change: float = 1e-5
    """Chance that the next bin has another number of copies; the new number may be any."""

    def __post_init__(self) -> None:
        """Refuse chances that are none."""
        if not 0 < self.change < 0.5:
            raise BadInput(f"the chance of a change is {self.change}", place="change", remedy="between 0 and 0.5")


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """What the model says of usable bins."""

    copies: NDArray[np.int64]
    """Along the likeliest path."""
    probability: NDArray[np.float64]
    """Of that number at that bin, over all paths."""
    log_likelihood: float


def by_hmm(bins: Bins, mixture: Mixture, how: Markov, watch: Watch = silent) -> tuple[Segments, Decoded]:
    """
    Cut where the likeliest path of copies changes; contigs without a usual number of copies stay whole.

    Raises
    ------
    InvalidContent
        No bin has a log2 ratio and a weight.
    """
    used = usable(bins)
    emissions = _emissions(used, mixture)
    copies, chances = np.empty(used.size, np.int64), np.empty(used.size)
    edges, total = [0], 0.0
    runs = unbroken(used)
    for done, run in enumerate(runs):
        watch("segmenting", done, len(runs))
        found = decode(emissions[run], how.change)
        copies[run], chances[run] = found.copies, found.probability
        edges += [*(run.start + np.flatnonzero(np.diff(found.copies)) + 1).tolist(), run.stop]
        total += found.log_likelihood
    return segments_of(used, edges), Decoded(copies, chances, total)


def _emissions(used: Bins, mixture: Mixture) -> NDArray[np.float64]:
    """Return the log chance of each bin's ratio under each number of copies: bins by copies."""
    usual, compared = mixture.usual(used.contigs)[used.contig], mixture.compared(used.contigs)[used.contig]
    states = np.arange(mixture.most + 1)
    expected = mixture.expected(states[None, :], usual[:, None], compared[:, None])
    spread = max(noise(used), _LEAST_NOISE) / np.sqrt(used.weight)[:, None]
    seen = np.maximum(used.log2, expected[:, 0])[:, None]
    score = -0.5 * ((seen - expected) / spread) ** 2 - np.log(spread * np.sqrt(2 * np.pi)) + np.log1p(-_STRAY)
    made: NDArray[np.float64] = np.logaddexp(score, np.log(_STRAY / _WIDE))
    made[usual < 0] = 0.0
    return made


def decode(emissions: NDArray[np.float64], change: float) -> Decoded:
    """
    Find the likeliest path (Viterbi) and the probability of its states (forward and backward passes).

    >>> emissions = np.log(np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.1, 0.9]]))
    >>> found = decode(emissions, 0.1)
    >>> found.copies.tolist(), round(found.log_likelihood, 4)
    ([0, 0, 1, 1], -3.1819)
    """
    from gennet.genomics.copy_number._hmm_kernels import forward_backward, viterbi

    path = viterbi(emissions, change)
    chances, likelihood = forward_backward(emissions, change)
    return Decoded(path, chances[np.arange(len(path)), path], float(likelihood))
