"""What every method starts from: standardised expression, and which of the genes may regulate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.errors import InvalidContent, TooLarge
from gennet.networks.network import EdgeScores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gennet.expression.matrix import ExpressionMatrix

FEWEST = 4
"""Fewest samples from which anything is inferred."""
MOST_PAIRS = 250_000_000
"""Pairs of regulator and gene, 2 GB for each matrix of them."""
_FLAT = 1e-12
"""A standard deviation below this share of the largest value is rounding, not variation."""


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """
    Standardised expression of all genes, and where the regulators stand among them.

    >>> made = design_of(np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0], [3.0, 1.0]]), ("A", "B"), ["A"])
    >>> made.y.round(3).T.tolist()
    [[-1.342, -0.447, 0.447, 1.342], [0.0, 0.0, 0.0, 0.0]]
    """

    genes: tuple[str, ...]
    y: NDArray[np.float64]
    """Shape (samples, genes): mean 0 and standard deviation 1 (dividing by n) of each gene; 0 where a gene is constant."""
    own: NDArray[np.intp]
    """Column in `y` of each regulator."""

    @property
    def x(self) -> NDArray[np.float64]:
        """Shape (samples, regulators)."""
        return self.y[:, self.own]

    @property
    def regulators(self) -> tuple[str, ...]:
        """Names of the regulators."""
        return tuple(self.genes[i] for i in self.own)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Samples, regulators and targets."""
        return len(self.y), len(self.own), len(self.genes)

    def scores(self, values: NDArray[np.float64], method: str, *, signed: bool = True) -> EdgeScores:
        """Name the scores of candidate edges; a gene with itself gets 0."""
        values[np.arange(len(self.own)), self.own] = 0.0
        return EdgeScores(self.regulators, self.genes, values, method, signed)

    def at(self, samples: NDArray[np.intp]) -> Design:
        """Return the design of some of the samples (or of samples drawn again), standardised anew."""
        return Design(self.genes, standardised(self.y[samples]), self.own)


def standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each column mean 0 and standard deviation 1, dividing by n; 0 where it is constant."""
    centred = values - values.mean(0)
    sd = np.sqrt(np.mean(centred**2, axis=0))
    varies = sd > _FLAT * np.maximum(np.abs(values).max(0), 1e-300)
    return np.where(varies, centred / np.where(varies, sd, 1.0), 0.0)


def design_of(values: NDArray[np.float64], genes: Sequence[str], regulators: Sequence[str] | None = None) -> Design:
    """
    Standardise expression (samples, genes); all genes may regulate where no regulators are named.

    Regulators that were not measured are left out.

    Raises
    ------
    InvalidContent
        Too few samples, or none of the regulators was measured.
    TooLarge
        More pairs of regulator and gene than `MOST_PAIRS`.
    """
    if len(values) < FEWEST:
        raise InvalidContent(
            f"{len(values)} samples cannot tell which genes go together",
            place="expression",
            remedy=f"give at least {FEWEST}, better 50; check whether samples are in rows or columns",
        )
    at = {gene: i for i, gene in enumerate(genes)}
    named = dict.fromkeys(genes if regulators is None else regulators)
    own = np.array([at[gene] for gene in named if gene in at], np.intp)
    if not len(own):
        raise InvalidContent(
            f"none of the {len(named):,} regulators was measured",
            place="regulators",
            remedy="name them as the expression table does",
        )
    refuse_too_many(len(own), len(genes))
    return Design(tuple(genes), standardised(np.asarray(values, np.float64)), own)


def refuse_too_many(regulators: int, genes: int) -> None:
    """Raise `TooLarge` where scores of all pairs would not fit into the memory of a usual machine."""
    if regulators * genes > MOST_PAIRS:
        raise TooLarge(
            f"{regulators:,} regulators of {genes:,} genes are more than {MOST_PAIRS:,} pairs",
            place="regulators",
            remedy="name the genes that may regulate, or leave out genes that hardly vary",
        )


def design(matrix: ExpressionMatrix, regulators: Sequence[str] | None = None) -> Design:
    """
    Standardise a matrix; counts are first divided by each sample's sum and, as abundances, put on a log scale.

    Raises
    ------
    InvalidContent
        Too few samples, or none of the regulators was measured.
    """
    return design_of(on_log_scale(matrix), matrix.genes, regulators)


def on_log_scale(matrix: ExpressionMatrix) -> NDArray[np.float64]:
    """
    Return log2(1 + value), counts as counts per million; what is on a log scale already stays.

    Abundances whose largest value is below 30 are taken to be on a log scale: log2 of anything a sequencer counts is.
    """
    values = matrix.values
    if matrix.scale == "counts":
        total = values.sum(1, keepdims=True)
        return np.log2(1 + values / np.where(total > 0, total, 1.0) * 1e6)
    if matrix.scale == "log" or values.max(initial=0.0) < 30:
        return values
    return np.log2(1 + values)
