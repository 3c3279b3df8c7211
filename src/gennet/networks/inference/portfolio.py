"""One function for every method, and the rule that picks one when none is asked for."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.study import silent
from gennet.networks.inference.consensus import consensus
from gennet.networks.inference.correlation import clr, pearson, spearman
from gennet.networks.inference.design import design
from gennet.networks.inference.information import aracne, clr_information
from gennet.networks.inference.precision import ridge
from gennet.networks.inference.prior import ODDS, with_prior
from gennet.networks.inference.sparse import stable
from gennet.networks.inference.trees import TREES, trees

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gennet.core.study import Watch
    from gennet.expression.matrix import ExpressionMatrix
    from gennet.networks.inference.design import Design
    from gennet.networks.network import EdgeScores

_WORK = 5e10
"""Most steps of the trees' inner loop before the rule goes without them: about two minutes of one core."""


class Method(StrEnum):
    """How edges are scored."""

    PEARSON = "pearson"
    SPEARMAN = "spearman"
    CLR = "clr"
    """CLR over absolute correlation."""
    CLR_INFORMATION = "clr-information"
    """CLR over mutual information."""
    ARACNE = "aracne"
    RIDGE = "ridge"
    """CLR over ridge coefficients."""
    TREES = "trees"
    """Extremely randomised trees, as in GENIE3."""
    STABLE = "stable"
    """Sparse regression with stability selection, after TIGRESS."""
    COMMUNITY = "community"
    """Mean rank of CLR, trees and sparse regression."""


def method_for(samples: int, regulators: int, targets: int) -> Method:
    """
    Pick a method by the shape of the data alone.

    Where more than half of the genes may regulate, the question is which of two genes that go together acts at all:
    one method of each kind (association, trees, sparse regression) votes. Where few of many genes may, the question is which of the regulators that go together
    acts: ridge regression, which splits what they share. All genes of a large table: CLR, as trees would take hours.

    >>> method_for(100, 100, 100), method_for(805, 334, 4511), method_for(500, 20000, 20000)
    (<Method.COMMUNITY: 'community'>, <Method.RIDGE: 'ridge'>, <Method.CLR: 'clr'>)
    """
    if regulators <= targets / 2:
        return Method.RIDGE
    steps = TREES * targets * samples * np.sqrt(regulators) * 2 * np.log2(max(samples, 2))
    return Method.COMMUNITY if steps <= _WORK else Method.CLR


def infer(
    matrix: ExpressionMatrix,
    regulators: Sequence[str] | None = None,
    method: Method | None = None,
    *,
    prior: Sequence[tuple[str, str]] = (),
    odds: float = ODDS,
    rng: np.random.Generator,
    watch: Watch = silent,
) -> EdgeScores:
    """
    Score every candidate edge from regulators (all genes where None) to genes.

    Without a `method`, `method_for` picks one. Edges in `prior` are raised as if they were `odds` times likelier.

    >>> from gennet.expression.matrix import ExpressionMatrix
    >>> rng = np.random.default_rng(1)
    >>> a, noise = rng.normal(size=40), rng.normal(size=(40, 9))
    >>> values = np.column_stack([a, a + 0.1 * noise[:, 0], noise])
    >>> genes = tuple("ABCDEFGHIJK")
    >>> matrix = ExpressionMatrix(tuple(f"s{i}" for i in range(40)), genes, values, "log", "symbol")
    >>> infer(matrix, ["A", "C"], rng=rng).network(1).edges()[0][:2]
    ('A', 'B')

    Raises
    ------
    InvalidContent
        Too few samples, no regulator measured, or a prior of other genes.
    """
    made = design(matrix, regulators)
    scores = scored(made, method or method_for(*made.shape), rng, watch)
    return with_prior(scores, prior, odds) if prior else scores


def scored(design: Design, method: Method, rng: np.random.Generator, watch: Watch = silent) -> EdgeScores:
    """Score edges of a design by one method."""
    match method:
        case Method.TREES:
            return trees(design, rng, watch=watch)
        case Method.STABLE:
            return stable(design, rng, watch=watch)
        case Method.COMMUNITY:
            return consensus([clr(design), trees(design, rng, watch=watch), stable(design, rng)], method="community")
        case _:
            plain = {
                Method.PEARSON: pearson, Method.SPEARMAN: spearman, Method.CLR: clr,
                Method.CLR_INFORMATION: clr_information, Method.ARACNE: aracne, Method.RIDGE: ridge,
            }  # fmt: skip
            return plain[method](design)
