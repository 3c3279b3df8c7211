"""Linear association of expression with genotypes: all pairs, or those near a gene, covariates taken out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.study import silent
from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gennet.core.study import Watch

_CHUNK = 4_096
"""Variants that are multiplied at once."""


class Convention(StrEnum):
    """How covariates are taken out, and what that leaves to test with."""

    BOTH = "both"
    """Out of expression and genotypes, n - 2 - covariates degrees of freedom: least squares with all of them."""
    EXPRESSION = "expression"
    """Out of expression alone, n - 2 degrees of freedom: what some published tables hold. Its p-values are too small
    where genotypes go with covariates."""


@dataclass(frozen=True, slots=True, eq=False)
class Residuals:
    """Expression and genotypes without covariates, each row of length 1."""

    expression: NDArray[np.float64]
    """Genes x people."""
    spread: NDArray[np.float64]
    """Length of each gene's residual before it was made 1."""
    genotypes: NDArray[np.float64]
    """Variants x people; zeros where nothing varies."""
    genotype_spread: NDArray[np.float64]
    degrees: int


def residuals(
    expression: NDArray[np.float64],
    genotypes: NDArray[np.float64],
    covariates: NDArray[np.float64] | None = None,
    *,
    convention: Convention = Convention.BOTH,
) -> Residuals:
    """
    Take covariates and means out.

    Parameters
    ----------
    expression
        Genes x people, finite.
    genotypes
        Variants x people, copies of the alternate allele; NaN where not known, which counts as the mean.
    covariates
        People x covariates, without an intercept.

    Raises
    ------
    InvalidContent
        People do not fit together, values are missing, or covariates leave nothing to test with.
    """
    people = expression.shape[1]
    q, columns = _basis(people, covariates)
    if genotypes.shape[1] != people:
        raise InvalidContent(
            f"{genotypes.shape[1]} people with genotypes, {people} with expression", place="people",
            remedy="give both the same people in the same order",
        )  # fmt: skip
    if not np.isfinite(expression).all():
        raise InvalidContent(
            "expression is missing", place="expression", remedy="leave such genes out, or fill them in"
        )
    degrees = people - 2 - (columns if convention is Convention.BOTH else 0)
    if degrees < 1 or people - 2 - columns < 1:
        raise InvalidContent(f"{people} people for {columns} covariates", place="covariates", remedy="use fewer")
    y, spread = _unit(_without(expression, q))
    called = np.isfinite(genotypes)
    mean = np.where(called, genotypes, 0.0).sum(axis=1) / np.maximum(called.sum(axis=1), 1)
    known = np.where(called, genotypes, mean[:, None])
    plain = known - known.mean(axis=1, keepdims=True)
    x, genotype_spread = _unit(_without(known, q) if convention is Convention.BOTH else plain)
    return Residuals(y, spread, x, genotype_spread, degrees)


def _basis(people: int, covariates: NDArray[np.float64] | None) -> tuple[NDArray[np.float64], int]:
    """Return an orthonormal basis of the intercept and covariates, and how many covariates count."""
    design = np.ones((people, 1)) if covariates is None else np.column_stack([np.ones(people), covariates])
    if design.shape[0] != people or not np.isfinite(design).all():
        raise InvalidContent(
            "covariates are missing, or of other people", place="covariates", remedy="give all of everybody"
        )
    left, values, _ = np.linalg.svd(design, full_matrices=False)
    q = left[:, values > values[0] * 1e-10]
    return q, q.shape[1] - 1


def _without(rows: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rows - (rows @ q) @ q.T, np.float64)


def _unit(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    length = np.sqrt((rows**2).sum(axis=1))
    flat = length <= 1e-9 * np.sqrt(rows.shape[1]) * np.maximum(np.abs(rows).max(axis=1, initial=0.0), 1e-300)
    safe = np.where(flat | (length < 1e-12), 1.0, length)
    made = np.where((flat | (length < 1e-12))[:, None], 0.0, rows / safe[:, None])
    return made, np.where(flat | (length < 1e-12), 0.0, length)


def p_of(r: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    """
    Return the two-sided p-value of correlations.

    >>> p_of(np.array([0.5, 0.0]), 10.0).round(4).tolist()  # t = 1.826
    [0.0979, 1.0]
    """
    from scipy.special import betainc

    return np.asarray(betainc(degrees / 2.0, 0.5, 1.0 - np.minimum(r * r, 1.0)), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Tests of genes with variants."""

    gene: NDArray[np.intp]
    variant: NDArray[np.intp]
    p: NDArray[np.float64]
    slope: NDArray[np.float64]
    """Change of expression with each copy of the alternate allele."""
    error: NDArray[np.float64]
    """Its standard error."""


def pairs_of(held: Residuals, gene: NDArray[np.intp], variant: NDArray[np.intp]) -> Pairs:
    """
    Test given pairs exactly, in double precision.

    >>> rng = np.random.default_rng(1)
    >>> y, g = rng.normal(size=(1, 30)), rng.integers(0, 3, (1, 30)).astype(float)
    >>> from scipy import stats
    >>> one = pairs_of(residuals(y, g), np.array([0]), np.array([0]))
    >>> bool(abs(one.p[0] - stats.linregress(g[0], y[0]).pvalue) < 1e-12)
    True
    """
    r = np.einsum("ij,ij->i", held.expression[gene], held.genotypes[variant])
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = r * held.spread[gene] / held.genotype_spread[variant]
        error = np.abs(slope) * np.sqrt((1.0 - r * r) / (held.degrees * r * r))
        error = np.where(r == 0, held.spread[gene] / (held.genotype_spread[variant] * np.sqrt(held.degrees)), error)
    return Pairs(gene, variant, p_of(r, held.degrees), slope, error)


def all_pairs(held: Residuals, threshold: float, *, watch: Watch = silent) -> Pairs:
    """
    Test every gene with every variant, and keep the pairs at or below a p-value.

    Correlations are scanned in single precision with room for its error; what is kept is tested again in double.
    """
    from scipy.special import betaincinv

    least = float(np.sqrt(1.0 - betaincinv(held.degrees / 2.0, 0.5, threshold))) if threshold < 1 else 0.0
    y = held.expression.astype(np.float32)
    genes, variants = list[NDArray[np.intp]](), list[NDArray[np.intp]]()
    for first in range(0, len(held.genotypes), _CHUNK):
        block = held.genotypes[first : first + _CHUNK].astype(np.float32)
        gene, variant = np.nonzero(np.abs(y @ block.T) >= least - 1e-5)
        genes.append(gene)
        variants.append(variant + first)
        watch("testing pairs", min(first + _CHUNK, len(held.genotypes)), len(held.genotypes))
    gene = np.concatenate(genes) if genes else np.zeros(0, np.intp)
    variant = np.concatenate(variants) if variants else np.zeros(0, np.intp)
    varied = held.genotype_spread[variant] > 0
    found = pairs_of(held, gene[varied], variant[varied])
    keep = found.p <= threshold
    return Pairs(found.gene[keep], found.variant[keep], found.p[keep], found.slope[keep], found.error[keep])


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where genes and variants are; chromosomes as names, positions 1-based, variants sorted along each chromosome."""

    gene_chromosome: NDArray[np.str_]
    gene_position: NDArray[np.int64]
    """Transcription start."""
    variant_chromosome: NDArray[np.str_]
    variant_position: NDArray[np.int64]

    def near(self, window: int) -> Iterator[tuple[int, NDArray[np.intp]]]:
        """Yield each gene with the variants at most `window` bases from its start."""
        by_name = {name: np.flatnonzero(self.variant_chromosome == name) for name in np.unique(self.variant_chromosome)}
        for gene, (name, at) in enumerate(zip(self.gene_chromosome.tolist(), self.gene_position.tolist(), strict=True)):
            rows = by_name.get(name, np.zeros(0, np.intp))
            places = self.variant_position[rows]
            low, high = np.searchsorted(places, [at - window, at + window + 1])
            yield gene, rows[low:high]
