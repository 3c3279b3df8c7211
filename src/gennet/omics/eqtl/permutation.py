"""The best variant near each gene, with a p-value for having looked at all of them: permutations and a beta law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.study import silent
from gennet.omics.eqtl.association import p_of, pairs_of

if TYPE_CHECKING:
    from gennet.core.study import Watch
    from gennet.omics.eqtl.association import Places, Residuals


@dataclass(frozen=True, slots=True)
class Lead:
    """The strongest variant near one gene."""

    gene: int
    tested: int
    """Variants near it that vary."""
    variant: int
    p: float
    slope: float
    error: float
    p_permuted: float
    """Share of permutations with a stronger best variant, counted with one more."""
    p_beta: float
    """The same by a beta law fitted to the permutations: reaches below 1 / permutations."""
    shapes: tuple[float, float]
    degrees: float
    """Degrees of freedom at which the smallest p-values of permutations follow the law."""


def cis_leads(
    held: Residuals,
    places: Places,
    rng: np.random.Generator,
    *,
    window: int = 1_000_000,
    permutations: int = 1_000,
    watch: Watch = silent,
) -> list[Lead]:
    """
    Find the strongest variant near each gene and correct for how many were tested.

    People are permuted in the residuals of expression, all genes alike, so that genes may be compared. Genes without a
    variant near them are left out.

    References
    ----------
    Ongen et al. Fast and efficient QTL mapper for thousands of molecular phenotypes. Bioinformatics (2016).
    doi:10.1093/bioinformatics/btv722
    """
    orders = np.array([rng.permutation(held.expression.shape[1]) for _ in range(permutations)])
    found = list[Lead]()
    for gene, around in places.near(window):
        watch("permuting genes", gene, len(held.expression))
        rows = around[held.genotype_spread[around] > 0]
        if len(rows):
            found.append(_lead(held, gene, rows, orders))
    return found


def _lead(held: Residuals, gene: int, rows: NDArray[np.intp], orders: NDArray[np.intp]) -> Lead:
    x = held.genotypes[rows]
    r = x @ held.expression[gene]
    best = int(np.argmax(np.abs(r)))
    one = pairs_of(held, np.array([gene]), rows[[best]])
    # Of a permuted residual only the direction changes: its length and mean stay.
    strongest = np.abs(held.expression[gene][orders] @ x.T).max(axis=1)
    p_permuted = float((1 + (strongest >= abs(r[best])).sum()) / (1 + len(orders)))
    degrees = _degrees(strongest, held.degrees)
    shapes = _beta(p_of(strongest, degrees))
    from scipy.special import betainc

    p_beta = float(betainc(*shapes, p_of(np.abs(r[[best]]), degrees))[0])
    return Lead(
        gene, len(rows), int(rows[best]), float(one.p[0]), float(one.slope[0]), float(one.error[0]), p_permuted, p_beta,
        shapes, degrees,
    )  # fmt: skip


def _moments(p: NDArray[np.float64]) -> tuple[float, float]:
    """Return the beta law with the mean and variance of some p-values."""
    mean, variance = float(p.mean()), max(float(p.var()), 1e-300)
    common = mean * (1.0 - mean) / variance - 1.0
    return mean * common, (1.0 - mean) * common


def _degrees(strongest: NDArray[np.float64], start: int) -> float:
    """Find the degrees of freedom at which the first shape is 1, as for the smallest of independent tests."""
    from scipy.optimize import brentq

    def off(log_degrees: float) -> float:
        return _moments(p_of(strongest, float(np.exp(log_degrees))))[0] - 1.0

    low, high = np.log(start / 8.0), np.log(start * 4.0)
    if off(low) * off(high) >= 0:
        return float(start)
    return float(np.exp(brentq(off, low, high, xtol=1e-6)))


def _beta(p: NDArray[np.float64]) -> tuple[float, float]:
    """Fit a beta law by maximum likelihood, from the moments on."""
    from scipy.optimize import minimize
    from scipy.special import betaln

    logs, others = float(np.log(np.maximum(p, 1e-300)).mean()), float(np.log1p(-np.minimum(p, 1.0 - 1e-15)).mean())

    def loss(shape: NDArray[np.float64]) -> float:
        a, b = np.exp(shape)
        return float(betaln(a, b) - (a - 1.0) * logs - (b - 1.0) * others)

    a, b = _moments(p)
    fitted = minimize(
        loss, np.log([max(a, 1e-3), max(b, 1e-3)]), method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9}
    )
    first, second = np.exp(fitted.x).tolist()
    return first, second


def q_values(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return the smallest false discovery rate at which each p-value counts.

    The share of true null hypotheses is told by p-values above 0.5, held at 1 where few are given.

    References
    ----------
    Storey & Tibshirani. Statistical significance for genomewide studies. PNAS (2003). doi:10.1073/pnas.1530509100

    >>> q_values(np.array([0.01, 0.02, 0.9])).round(3).tolist()
    [0.03, 0.03, 0.9]
    """
    n = len(p)
    share = min(1.0, float((p > 0.5).mean()) / 0.5) if n >= 100 else 1.0
    order = np.argsort(p, kind="stable")
    raw = max(share, 1.0 / max(n, 1)) * p[order] * n / np.arange(1, n + 1)
    out = np.empty(n)
    out[order] = np.minimum.accumulate(raw[::-1])[::-1].clip(max=1.0)
    return out
