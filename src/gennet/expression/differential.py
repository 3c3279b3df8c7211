"""Differential expression of two groups or along a variable, by moderated t or DESeq2's negative binomial."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.moderated import false_discovery, fit, moderated
from gennet.errors import InvalidContent, NotInstalled
from gennet.expression.normalisation import tmm_factors
from gennet.expression.voom import fit_weighted, voom

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.core.design import Design
    from gennet.core.moderated import Moderated
    from gennet.expression.matrix import ExpressionMatrix

_COLUMN = 1
_LEAST_COUNT = 10.0
_LEAST_TOTAL = 15.0


class Test(StrEnum):
    """How genes are tested."""

    __test__ = False  # pytest would take the class for tests

    MODERATED = "moderated"
    """Linear models with moderated variances; counts by voom. doi:10.1093/nar/gkv007."""
    DESEQ2 = "deseq2"
    """Wald tests of negative binomial models of raw counts, by pydeseq2. doi:10.1186/s13059-014-0550-8."""


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """Tests of genes, in the order of `genes`; NaN where a gene could not be tested."""

    genes: tuple[str, ...]
    level: NDArray[np.float64]
    """Mean log2 expression (moderated), or mean normalised count (DESeq2)."""
    change: NDArray[np.float64]
    """Log2 fold change, or change of the values per unit of the variable."""
    error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    """95 % interval of `change`, each gene by itself."""
    statistic: NDArray[np.float64]
    p: NDArray[np.float64]
    q: NDArray[np.float64]
    notes: tuple[str, ...]


def expressed(counts: NDArray[np.float64], design: NDArray[np.float64]) -> NDArray[np.bool_]:
    """
    Return which genes (of samples x genes) have enough counts to be tested.

    A gene needs about 10 counts, at the median library, in as many samples as the smallest group of the design has, and
    15 in all: edgeR's ``filterByExpr``, whose rule does not look at the groups' difference.
    """
    library = counts.sum(axis=1)
    hat = np.einsum("ij,ji->i", design, np.linalg.pinv(design))
    least = 1.0 / float(hat.max())
    if least > 10.0:
        least = 10.0 + (least - 10.0) * 0.7
    cutoff = _LEAST_COUNT / float(np.median(library)) * 1e6
    enough = (counts / library[:, None] * 1e6 >= cutoff).sum(axis=0) >= least - 1e-14
    return np.asarray(enough & (counts.sum(axis=0) >= _LEAST_TOTAL - 1e-14))


def differential(matrix: ExpressionMatrix, design: Design, test: Test = Test.MODERATED) -> Tested:
    """
    Test every gene of the kept samples for the design's tested column.

    Raises
    ------
    InvalidContent
        DESeq2 is asked of values that are no counts, or no gene has enough counts.
    NotInstalled
        pydeseq2 is asked for and absent.
    """
    values = matrix.values[design.kept]
    if matrix.scale != "counts":
        if test is Test.DESEQ2:
            raise InvalidContent(
                f"DESeq2 models raw counts and these are {matrix.scale}", place="expression", remedy="use moderated"
            )
        return _of_logs(matrix, values, design)
    kept = expressed(values, design.matrix)
    if kept.sum() < 2:
        raise InvalidContent("fewer than two genes have enough counts", place="expression", remedy="give raw counts")
    genes = tuple(gene for gene, held in zip(matrix.genes, kept, strict=True) if held)
    note = f"Not tested: {int((~kept).sum()):,} genes with too few counts." if not kept.all() else ""
    notes = (note,) if note else ()
    if test is Test.DESEQ2:
        return _deseq2(genes, values[:, kept], design, notes)
    held = values[:, kept]
    logs, weights = voom(held, design.matrix, tmm_factors(held))
    fitted = fit_weighted(logs, weights, design.matrix, _COLUMN)
    return _tested(genes, logs.mean(axis=1), moderated(fitted), fitted.effect, notes)


def _of_logs(matrix: ExpressionMatrix, values: NDArray[np.float64], design: Design) -> Tested:
    notes: tuple[str, ...] = ()
    if matrix.scale == "abundance":
        values = np.log2(values + 1.0)
        notes = (
            "Abundances were tested as log2(value + 1); if they are logarithms already, make some negative: subtract the mean.",
        )
    varies = np.ptp(values, axis=0) > 0
    genes = tuple(gene for gene, held in zip(matrix.genes, varies, strict=True) if held)
    if not genes:
        raise InvalidContent("no gene varies", place="expression", remedy="give values of several samples")
    held = np.ascontiguousarray(values[:, varies].T)
    fitted = fit(held, design.matrix, _COLUMN)
    return _tested(genes, held.mean(axis=1), moderated(fitted), fitted.effect, notes)


def _tested(
    genes: tuple[str, ...],
    level: NDArray[np.float64],
    made: Moderated,
    change: NDArray[np.float64],
    notes: tuple[str, ...],
) -> Tested:
    from scipy.stats import t as t_distribution

    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.abs(change / made.t)
    reach = t_distribution.ppf(0.975, made.freedom) * error
    prior = "without limit" if math.isinf(made.prior_freedom) else f"{made.prior_freedom:.3g}"
    moderation = f"Variances are moderated: prior degrees of freedom {prior}, prior variance {made.prior_variance:.4g}."
    return Tested(
        genes, level, change, error, change - reach, change + reach, made.t, made.p, made.q, (*notes, moderation)
    )


def _deseq2(genes: tuple[str, ...], counts: NDArray[np.float64], design: Design, notes: tuple[str, ...]) -> Tested:
    try:
        import pandas as pd
        from pydeseq2.dds import DeseqDataSet
        from pydeseq2.ds import DeseqStats
    except ImportError:
        raise NotInstalled("testing counts by DESeq2 needs pydeseq2", remedy="pip install pydeseq2") from None
    names = [f"s{i}" for i in range(len(counts))]
    columns = [f"x{i}" for i in range(design.matrix.shape[1])]
    table = pd.DataFrame(counts.astype(np.int64), index=names, columns=list(genes))
    matrix = pd.DataFrame(design.matrix, index=names, columns=columns)
    held = DeseqDataSet(counts=table, metadata=matrix, design=matrix, quiet=True)
    held.deseq2()
    asked = np.zeros(len(columns))
    asked[_COLUMN] = 1.0
    stats = DeseqStats(held, contrast=asked, independent_filter=False, quiet=True)
    stats.summary()
    found = stats.results_df
    change, error, p = (found[name].to_numpy(np.float64) for name in ("log2FoldChange", "lfcSE", "pvalue"))
    q = np.full(len(p), math.nan)
    q[np.isfinite(p)] = false_discovery(p[np.isfinite(p)])
    reach = 1.959963984540054 * error
    notes = (*notes, "Wald tests of pydeseq2; genes with outlying counts (Cook's distance) have no p-value.")
    return Tested(
        genes, found["baseMean"].to_numpy(np.float64), change, error, change - reach, change + reach,
        found["stat"].to_numpy(np.float64), p, q, notes,
    )  # fmt: skip
