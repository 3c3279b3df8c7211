"""
Scores of gene sets and regulons in every sample at once.

Each sample's score is computed from that sample alone, so it does not change when others are added or left out. Ties are
never broken by the order of genes: what depends on their order is replaced by its mean over all orders.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent
from gennet.expression.linear_scores import multivariate, univariate

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from gennet.expression.gene_sets import Collection

_SSGSEA_POWER = 0.25
_AUCELL_SHARE = 0.05
_BLOCK = 32
"""Samples ranked at a time, so that memory stays near that of the matrix."""


class Method(StrEnum):
    """How gene sets are scored."""

    SINGSCORE = "singscore"
    """Centred mean rank; doi:10.1186/s12859-018-2435-4."""
    SSGSEA = "ssgsea"
    """Sum of the running difference, power 0.25, not divided by a range; doi:10.1038/nature08460."""
    AUCELL = "aucell"
    """Area under the recovery curve among the top 5 %; doi:10.1038/nmeth.4463."""
    ULM = "ulm"
    """t of each set alone in a linear model over genes; doi:10.1093/bioadv/vbac016."""
    MLM = "mlm"
    """t of each set beside all others; doi:10.1093/bioadv/vbac016."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Scores of samples x sets."""

    method: Method
    values: NDArray[np.float64]
    p: NDArray[np.float64] | None
    """
    Two-sided; None where the method has none (ssGSEA).

    Of ulm and mlm by t; of singscore and AUCell by a normal law against as many genes drawn at random. All take genes as
    independent, which they are not: they rank sets, they do not prove one.
    """


def score(values: NDArray[np.float64], collection: Collection, method: Method) -> Scores:
    """
    Score the sets of a collection in values (samples x genes, float64, finite); ulm and mlm are signed by the weights.

    Raises
    ------
    InvalidContent
        A method of ranks is asked for regulons with negative weights, or for mlm the sets cannot be told apart.

    >>> from gennet.expression.gene_sets import place_sets
    >>> placed = place_sets({"UP": {"c": 1.0, "d": 1.0}}, ["a", "b", "c", "d"], least=2)
    >>> score(np.array([[1.0, 2.0, 3.0, 4.0]]), placed, Method.SINGSCORE).values.tolist()
    [[0.5]]
    """
    if method is Method.ULM:
        return Scores(method, *univariate(values, collection.weights))
    if method is Method.MLM:
        return Scores(method, *multivariate(values, collection.weights, collection.names))
    if (collection.weights.data <= 0).any():
        raise InvalidContent(
            f"{method} scores sets without signs, and some weights are negative",
            place="gene sets",
            remedy="use ulm or mlm for regulons",
        )
    members = collection.weights.copy()
    members.data[:] = 1.0
    made = {Method.SINGSCORE: _singscore, Method.SSGSEA: _ssgsea, Method.AUCELL: _aucell}[method]
    found, p = made(values, members, collection.matched)
    return Scores(method, found, p)


def _singscore(
    values: NDArray[np.float64], members: object, size: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    n = values.shape[1]

    def of(order: NDArray[np.intp], first: NDArray[np.intp], last: NDArray[np.intp]) -> tuple[NDArray[np.float64], ...]:
        _ = order, last
        return (np.asarray(first + 1.0, np.float64),)

    (sums, overall), *_ = _over_ranks(values, members, of)
    mean = sums / size
    lowest, highest = (size + 1) / 2, n - (size - 1) / 2
    # Ties share the smallest rank and so shift the mean of all ranks; the spread is that of ranks without ties.
    z = (mean - overall / n) / np.sqrt((n + 1) * (n - size) / (12 * size))
    return (mean - lowest) / (highest - lowest) - 0.5, _two_sided(z)


def _ssgsea(values: NDArray[np.float64], members: object, size: NDArray[np.int64]) -> tuple[NDArray[np.float64], None]:
    """
    Sum the running difference in closed form: each gene adds to every later step of the walk.

    A gene of ascending rank r is met with r steps left, itself included, so a set's sum is the mean of its ranks weighted
    by rank to the power, less the plain mean of the other genes' ranks.
    """
    n = values.shape[1]

    def of(order: NDArray[np.intp], first: NDArray[np.intp], last: NDArray[np.intp]) -> tuple[NDArray[np.float64], ...]:
        _ = order
        rank = (first + last) / 2 + 1.0
        weight = rank**_SSGSEA_POWER
        return rank, weight, rank * weight

    (ranks, _), (weights, _), (both, _) = _over_ranks(values, members, of)
    return both / weights - (n * (n + 1) / 2 - ranks) / (n - size), None


def _aucell(
    values: NDArray[np.float64], members: object, size: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    n = values.shape[1]
    top = min(max(int(np.ceil(_AUCELL_SHARE * n)), 2), n)
    # A gene at descending rank r of the top adds top - r to the area; tied genes add the mean of theirs.
    area = np.maximum(top - np.arange(n, 0, -1.0), 0.0)
    sums = np.concatenate([[0.0], np.cumsum(area)])
    spread = float(area.var(ddof=1))

    def of(order: NDArray[np.intp], first: NDArray[np.intp], last: NDArray[np.intp]) -> tuple[NDArray[np.float64], ...]:
        _ = order
        return ((sums[last + 1] - sums[first]) / (last + 1 - first),)

    (found, _), *_ = _over_ranks(values, members, of)
    reached = np.minimum(size, top - 1).astype(np.float64)
    most = reached * top - reached * (reached + 1) / 2
    z = (found - size * area.mean()) / np.sqrt(size * spread * (1.0 - size / n))
    return found / most, _two_sided(z)


def _over_ranks(
    values: NDArray[np.float64],
    members: object,
    of: Callable[[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]], tuple[NDArray[np.float64], ...]],
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """
    Sum functions of ranks over each set's genes, and over all genes, in each sample.

    `of` gets the ascending order of a sample's genes and, in that order, the first and last place (from 0) of the genes tied
    with each; it returns one value per gene and function, in that order.
    """
    genes, starts = members.indices, members.indptr[:-1]  # type: ignore[attr-defined]

    def block(start: int) -> list[NDArray[np.float64]]:
        made = []
        for row in values[start : start + _BLOCK]:
            order, first, last = _places(row)
            held = np.empty(len(row))
            sums = []
            for of_rank in of(order, first, last):
                held[order] = of_rank
                # Every set has genes, so no slice is empty.
                sums.append(np.append(np.add.reduceat(held[genes], starts), of_rank.sum()))
            made.append(np.stack(sums))
        return made

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        blocks = pool.map(block, range(0, len(values), _BLOCK))
    every = np.stack([one for some in blocks for one in some], axis=1)
    return [(one[:, :-1], one[:, -1:]) for one in every]


def _places(row: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    order = np.argsort(row)
    held = row[order]
    n = len(row)
    place = np.arange(n)
    starts = np.ones(n, bool)
    np.not_equal(held[1:], held[:-1], out=starts[1:])
    if starts.all():
        return order, place, place
    first = np.maximum.accumulate(np.where(starts, place, 0))
    ends = np.append(starts[1:], True)
    last = np.minimum.accumulate(np.where(ends, place, n)[::-1])[::-1]
    return order, first, last


def _two_sided(z: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import ndtr

    return np.asarray(2.0 * ndtr(-np.abs(z)))
