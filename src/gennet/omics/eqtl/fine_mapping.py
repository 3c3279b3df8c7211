"""Which of many linked variants act: conditional signals, and the sum of single effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.errors import InvalidContent
from gennet.omics.eqtl.association import p_of

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Signal:
    """An independent signal: the variant that stands for it, given the others."""

    variant: int
    p: float
    """With all other signals in the model."""


def conditional(
    expression: NDArray[np.float64], genotypes: NDArray[np.float64], degrees: int, threshold: float, *, most: int = 10
) -> list[Signal]:
    """
    Find independent signals stepwise: forward by the strongest variant given those taken, then each again given the rest.

    Parameters
    ----------
    expression
        n: residual of one gene, covariates taken out.
    genotypes
        m x n residuals of its variants.
    degrees
        Of freedom of a test of one variant.
    threshold
        P-value a signal needs at every step.

    References
    ----------
    GTEx Consortium. Genetic effects on gene expression across human tissues. Nature (2017). doi:10.1038/nature24277
    """
    taken = list[int]()
    while len(taken) < most:
        best, p = _strongest(expression, genotypes, taken, degrees)
        if p > threshold:
            break
        taken.append(best)
    kept = list[Signal]()
    for i in range(len(taken)):
        others = [v for j, v in enumerate(taken) if j != i]
        best, p = _strongest(expression, genotypes, others, degrees)
        if p <= threshold and best not in [s.variant for s in kept]:
            kept.append(Signal(best, p))
    return kept


def _strongest(
    expression: NDArray[np.float64], genotypes: NDArray[np.float64], given: Sequence[int], degrees: int
) -> tuple[int, float]:
    y, x = expression, genotypes
    if given:
        q, _ = np.linalg.qr(genotypes[list(given)].T)
        y, x = y - q @ (q.T @ y), x - (x @ q) @ q.T
    length = np.sqrt((x**2).sum(axis=1))
    whole = np.sqrt((genotypes**2).sum(axis=1))
    free = length > 1e-3 * np.maximum(whole, 1e-300)  # what the given variants explain is no test of its own
    norm = float(np.sqrt(y @ y))
    if not free.any() or norm == 0:
        return 0, 1.0
    r = np.zeros(len(x))
    r[free] = x[free] @ y / (length[free] * norm)
    best = int(np.argmax(np.abs(r)))
    return best, float(p_of(r[[best]], degrees - len(given))[0])


@dataclass(frozen=True, slots=True, eq=False)
class CredibleSet:
    """Variants that hold one effect with the coverage asked for."""

    variants: NDArray[np.intp]
    """The likeliest first."""
    coverage: float
    purity: float
    """Smallest |correlation| between two of them."""


@dataclass(frozen=True, slots=True, eq=False)
class FineMap:
    """A sum of single effects."""

    inclusion: NDArray[np.float64]
    """Posterior probability of each variant to act (PIP)."""
    sets: tuple[CredibleSet, ...]
    effects: NDArray[np.float64]
    """Effects x variants: posterior probability of each effect to lie in each variant."""
    converged: bool


def single_effects(
    expression: NDArray[np.float64],
    genotypes: NDArray[np.float64],
    *,
    effects: int = 10,
    coverage: float = 0.95,
    least_purity: float = 0.5,
    most_steps: int = 200,
    tolerance: float = 1e-4,
) -> FineMap:
    """
    Map the variants that act on one gene by iterative Bayesian stepwise selection (SuSiE).

    Each effect lies in one variant; its prior variance is estimated, the residual variance too. Sets whose variants are
    not linked with each other (`least_purity`) say nothing and are left out.

    Parameters
    ----------
    expression
        n: residual of one gene; scaled to unit variance inside.
    genotypes
        m x n residuals.

    Raises
    ------
    InvalidContent
        There is no varying variant, or nothing to explain.

    References
    ----------
    Wang et al. A simple new approach to variable selection in regression, with application to genetic fine mapping. JRSS B
    (2020). doi:10.1111/rssb.12388

    >>> rng = np.random.default_rng(3)
    >>> g = rng.normal(size=(20, 300))
    >>> found = single_effects(g[4] + rng.normal(size=300), g)
    >>> [s.variants.tolist() for s in found.sets]
    [[4]]
    """
    x, y = _scaled(expression, genotypes)
    n, m = len(y), len(x)
    xy, fitted = x @ y, np.zeros(n)
    weights, means, squares = np.full((effects, m), 1.0 / m), np.zeros((effects, m)), np.zeros((effects, m))
    prior, residual, before, converged = np.full(effects, 0.2), 1.0, np.inf, False
    for _ in range(most_steps):
        for k in range(effects):
            fitted -= (weights[k] * means[k]) @ x
            score = xy - x @ fitted
            prior[k] = _prior(score, n, residual, float(prior[k]))
            weights[k], means[k], squares[k] = _one_effect(score, n, residual, float(prior[k]))
            fitted += (weights[k] * means[k]) @ x
        residual = max((float(((y - fitted) ** 2).sum()) + _unsure(weights, means, squares, x)) / n, 1e-6)
        now = n * np.log(residual) + float((weights * np.log(np.maximum(weights * m, 1e-300))).sum())
        if converged := abs(before - now) < tolerance:
            break
        before = now
    acting = weights[prior > 1e-9]
    inclusion = np.asarray(1.0 - np.prod(1.0 - acting, axis=0), np.float64)
    return FineMap(inclusion, _sets(acting, x, coverage, least_purity), weights, bool(converged))


def _scaled(
    expression: NDArray[np.float64], genotypes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bring variants and expression to mean 0 and variance 1; a flat variant stays 0."""
    x = genotypes - genotypes.mean(axis=1, keepdims=True)
    scale = np.sqrt((x**2).mean(axis=1, keepdims=True))
    if not (scale > 0).any() or not np.ptp(expression):
        raise InvalidContent("nothing varies", place="fine mapping", remedy="give variants and expression that vary")
    y = (expression - expression.mean()) / expression.std()
    return np.divide(x, scale, out=np.zeros_like(x), where=scale > 0), np.asarray(y, np.float64)


def _unsure(
    weights: NDArray[np.float64], means: NDArray[np.float64], squares: NDArray[np.float64], x: NDArray[np.float64]
) -> float:
    """Return the sum of squares that effects add because their place and size are not known."""
    fits = (weights * means) @ x
    return float(x.shape[1] * (weights * squares).sum() - (fits**2).sum())


def _log_odds(score: NDArray[np.float64], n: int, residual: float, prior: float) -> NDArray[np.float64]:
    """Return the log Bayes factor of each variant, its genotypes scaled to unit variance."""
    own = residual / n
    z = (score / n) ** 2 / own
    return np.asarray(0.5 * np.log(own / (own + prior)) + 0.5 * z * prior / (own + prior), np.float64)


def _prior(score: NDArray[np.float64], n: int, residual: float, start: float) -> float:
    """Estimate the variance of an effect by maximum likelihood; 0 where no effect is likelier."""
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    def loss(log_prior: float) -> float:
        return -float(logsumexp(_log_odds(score, n, residual, float(np.exp(log_prior)))))

    found = minimize_scalar(loss, bounds=(-30.0, 5.0), method="bounded", options={"xatol": 1e-4})
    best = float(np.exp(found.x)) if found.fun <= loss(float(np.log(max(start, 1e-12)))) else start
    return best if -loss(float(np.log(max(best, 1e-12)))) > np.log(len(score)) + 1e-3 else 0.0


def _one_effect(
    score: NDArray[np.float64], n: int, residual: float, prior: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    m = len(score)
    if prior <= 0:
        return np.full(m, 1.0 / m), np.zeros(m), np.zeros(m)
    logs = _log_odds(score, n, residual, prior)
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    variance = 1.0 / (n / residual + 1.0 / prior)
    means = variance * score / residual
    return weights, means, variance + means**2


def _sets(
    weights: NDArray[np.float64], x: NDArray[np.float64], coverage: float, least_purity: float
) -> tuple[CredibleSet, ...]:
    made = list[CredibleSet]()
    for row in weights:
        order = np.argsort(-row, kind="stable")
        total = np.cumsum(row[order])
        chosen = order[: int(np.searchsorted(total, coverage)) + 1]
        if len(chosen) > 100:
            continue
        purity = float(np.abs(x[chosen] @ x[chosen].T / x.shape[1]).min())
        if purity >= least_purity and not any(set(chosen.tolist()) == set(s.variants.tolist()) for s in made):
            made.append(CredibleSet(chosen, float(row[chosen].sum()), purity))
    return tuple(made)
