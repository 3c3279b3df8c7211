"""Purity and ploidy of a tumour from its segments: a grid of likelihoods, and the other answers that fit as well."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent
from gennet.genomics.builds import chromosome_code
from gennet.genomics.copy_number.copies import Mixture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.genomics.copy_number.segments import Segments

PURITIES = np.round(np.arange(0.1, 1.001, 0.02), 2)
PLOIDIES = np.round(np.arange(1.5, 5.501, 0.05), 2)
_SUBCLONAL = 0.05
"""Prior share of segments that no whole number of copies explains; evenly over `_RANGE` of ratios."""
_RANGE = 4.0
_SLACK = 0.02
"""Standard deviation of whole-segment bias, as a share of the ratio."""
_LEAST = 0.02
"""Smallest ratio told from nothing: reads in the wrong place."""
_AWAY = 1.0
"""Each copy more or less than the ploidy is rarer by this in log odds: the simplest explanation is preferred."""
_EVIDENCE = 50.0
"""Bins that count as one independent piece of evidence; neighbouring bins share their bias."""
_ALTERNATIVE = 3.0
"""Log likelihood within which another summit is listed."""


@dataclass(frozen=True, slots=True)
class Solution:
    """One answer."""

    purity: float
    ploidy: float
    log_likelihood: float
    """Relative to the best answer: 0 for it, below for others."""


def fit(segments: Segments, mixture: Mixture, minor: NDArray[np.float64] | None = None) -> tuple[Solution, ...]:
    """
    Find purity and ploidy, best first; more than one where others fit nearly as well.

    Autosomal ratios are scaled to a mean of 1, which is what the mean amount of DNA gives by definition; a segment's
    ratio is then ``(p c + 2 (1 - p)) / (p ψ + 2 (1 - p))`` for copies c, purity p and ploidy ψ. `minor` holds the mean
    frequency of the rarer allele at heterozygous sites of each segment, NaN where there is none: it tells apart answers
    that depth alone cannot, such as 4 copies everywhere from 2 (as ASCAT: Van Loo 2010, doi:10.1073/pnas.1009843107).

    Raises
    ------
    InvalidContent
        No autosomal segment changes: nothing tells the purity.
    """
    autosomal = np.array([1 <= chromosome_code(name) <= 22 for name in segments.names])
    bins = segments.bins[autosomal].astype(float)
    ratio = np.maximum(np.exp2(segments.log2[autosomal]), _LEAST)
    if not len(ratio) or not _varies(ratio, segments.error[autosomal]):
        raise InvalidContent(
            "no autosomal segment differs from the others, so depth does not tell the purity",
            place="segments",
            remedy="give purity and ploidy, or call a germline",
        )
    ratio = ratio / np.average(ratio, weights=bins)
    spread = np.maximum(ratio, _LEAST) * np.hypot(segments.error[autosomal] * np.log(2), _SLACK) + _LEAST / 2
    pieces = np.maximum(bins / _EVIDENCE, 0.1)
    allele = None if minor is None else minor[autosomal]
    surface = np.array(
        [[_likelihood(ratio, spread, pieces, allele, p, ploidy, mixture.most) for ploidy in PLOIDIES] for p in PURITIES]
    )
    return _summits(surface)


def _varies(ratio: NDArray[np.float64], error: NDArray[np.float64]) -> bool:
    middle = np.median(ratio)
    return bool((np.abs(ratio - middle) > 3 * np.hypot(error * np.log(2), 2 * _SLACK) * middle).any())


def _likelihood(
    ratio: NDArray[np.float64],
    spread: NDArray[np.float64],
    pieces: NDArray[np.float64],
    minor: NDArray[np.float64] | None,
    purity: float,
    ploidy: float,
    most: int,
) -> float:
    copies = np.arange(most + 1)
    whole = purity * copies + 2 * (1 - purity)
    expected = whole / (purity * ploidy + 2 * (1 - purity))
    prior = -_AWAY * np.abs(copies - ploidy)
    prior -= np.logaddexp.reduce(prior)
    score = -0.5 * ((ratio[:, None] - expected) / spread[:, None]) ** 2 - np.log(spread * np.sqrt(2 * np.pi))[:, None]
    score = score + prior
    if minor is not None:
        score = score + _allele_score(minor, copies, purity)
    total = np.logaddexp(np.logaddexp.reduce(score, axis=1) + np.log1p(-_SUBCLONAL), np.log(_SUBCLONAL / _RANGE))
    return float(pieces @ total)


def _allele_score(minor: NDArray[np.float64], copies: NDArray[np.int64], purity: float) -> NDArray[np.float64]:
    """Score the rarer allele's frequency under each number of copies, whichever part of them is the rarer allele."""
    scores = np.zeros((len(minor), len(copies)))
    for c in copies.tolist():
        rarer = np.arange(c // 2 + 1)
        expected = (purity * rarer + 1 - purity) / max(purity * c + 2 * (1 - purity), _LEAST)
        near = -0.5 * ((minor[:, None] - expected) / _SLACK) ** 2 - np.log(_SLACK * np.sqrt(2 * np.pi))
        scores[:, c] = np.logaddexp.reduce(near, axis=1) - np.log(len(rarer))
    return np.where(np.isnan(minor)[:, None], 0.0, scores)


def _summits(surface: NDArray[np.float64]) -> tuple[Solution, ...]:
    padded = np.pad(surface, 1, constant_values=-np.inf)
    around = np.array(
        [
            padded[1 + i : padded.shape[0] - 1 + i, 1 + j : padded.shape[1] - 1 + j]
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
            if (i, j) != (0, 0)
        ]
    )
    best = surface.max()
    found = [
        Solution(float(PURITIES[i]), float(PLOIDIES[j]), float(surface[i, j] - best))
        for i, j in np.argwhere((surface >= around.max(axis=0)) & (surface >= best - _ALTERNATIVE)).tolist()
    ]
    return tuple(sorted(found, key=lambda s: -s.log_likelihood))


def with_solution(mixture: Mixture, solution: Solution) -> Mixture:
    """
    Return the mixture with a solution's purity and ploidy.

    >>> with_solution(Mixture(), Solution(0.6, 3.1, 0.0)).ploidy
    3.1
    """
    return replace(mixture, purity=solution.purity, ploidy=solution.ploidy)


def centred(segments: Segments) -> Segments:
    """
    Shift log2 so that the mean ratio of autosomal bins is 1, as purity and ploidy ask for.

    Raises
    ------
    InvalidContent
        There is no autosomal segment.
    """
    autosomal = np.array([1 <= chromosome_code(name) <= 22 for name in segments.names])
    if not autosomal.any():
        raise InvalidContent("there is no autosomal segment", place="segments", remedy="give the whole genome")
    mean = np.average(np.exp2(segments.log2[autosomal]), weights=segments.bins[autosomal])
    return replace(segments, log2=segments.log2 - np.log2(mean))
