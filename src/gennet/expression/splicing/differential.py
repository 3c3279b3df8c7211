"""Whether two groups choose between introns differently: a Dirichlet-multinomial model of each cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.study import silent
from gennet.errors import BadInput, InvalidContent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gennet.core.study import Watch
    from gennet.expression.splicing.clusters import Cluster

_PRIOR = 1e-4
"""Rate of the weak exponential prior on the concentration, as LeafCutter's: it ends the climb where nothing varies."""


@dataclass(frozen=True, slots=True)
class ClusterTest:
    """One cluster."""

    cluster: int
    """Index in the list of clusters."""
    samples: tuple[int, int]
    """Of each group with enough reads."""
    p: float
    change: tuple[float, ...]
    """Of each intron's share, second group less first, as the model fits them."""
    first: tuple[float, ...]
    """Shares in the first group."""
    concentration: float
    """How alike samples of a group are: infinite where counts are multinomial."""
    log_ratio: float
    """Twice the difference of log likelihoods."""


def differential_splicing(
    counts: NDArray[np.int64],
    found: Sequence[Cluster],
    groups: NDArray[np.intp],
    covariates: NDArray[np.float64] | None = None,
    *,
    least_samples: int = 3,
    least_reads: int = 20,
    watch: Watch = silent,
) -> list[ClusterTest]:
    """
    Test each cluster for a difference between two groups by a likelihood ratio.

    Reads of a sample fall on the introns of a cluster with probabilities that vary between samples (Dirichlet); their
    means follow group and covariates on the scale of log ratios. Clusters without `least_samples` samples of `least_reads`
    reads in each group are left out.

    Parameters
    ----------
    counts
        Introns x samples.
    groups
        0 or 1 for each sample; other values leave the sample out.
    covariates
        Samples x covariates.

    Raises
    ------
    BadInput
        A group has too few samples.

    References
    ----------
    Li et al. Nature Genetics (2018). doi:10.1038/s41588-017-0004-9
    """
    if any((groups == g).sum() < least_samples for g in (0, 1)):
        raise BadInput(f"a group has fewer than {least_samples} samples", place="groups", remedy="give more samples")
    made = list[ClusterTest]()
    for number, cluster in enumerate(found):
        watch("testing clusters", number, len(found))
        own = counts[cluster.rows]
        enough = np.flatnonzero((own.sum(axis=0) >= least_reads) & (groups >= 0) & (groups <= 1))
        size = [int((groups[enough] == g).sum()) for g in (0, 1)]
        if min(size) < least_samples:
            continue
        kept = own[:, enough]
        used = kept.sum(axis=1) > 0
        if used.sum() < 2:
            continue
        made.append(_test(number, kept[used].T.astype(float), groups[enough], used, _rows(covariates, enough), size))
    return made


def _rows(covariates: NDArray[np.float64] | None, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    if covariates is None:
        return np.empty((len(rows), 0))
    if not np.isfinite(covariates).all():
        raise InvalidContent("a covariate is missing", place="covariates", remedy="leave such samples out")
    here = covariates[rows]
    return here[:, here.std(axis=0) > 0]


def _test(
    number: int,
    counts: NDArray[np.float64],
    group: NDArray[np.intp],
    used: NDArray[np.bool_],
    covariates: NDArray[np.float64],
    size: list[int],
) -> ClusterTest:
    n, j = counts.shape
    plain = np.column_stack([np.ones(n), covariates])
    full = np.column_stack([plain, group.astype(float)])
    start = _start(counts)
    null, parameters = _fit(counts, plain, start)
    wider = np.concatenate([np.append(parameters[:-1].reshape(plain.shape[1], j - 1), np.zeros((1, j - 1)), axis=0).ravel(), parameters[-1:]])  # fmt: skip
    other, best = _fit(counts, full, wider)
    ratio = max(2.0 * (other - null), 0.0)
    coefficient = best[:-1].reshape(full.shape[1], j - 1)
    middle = np.concatenate([[1.0], covariates.mean(axis=0)])
    shares = [_softmax((np.append(middle, g) @ coefficient)[None])[0] for g in (0.0, 1.0)]
    whole = [np.zeros(len(used)) for _ in shares]
    for out, share in zip(whole, shares, strict=True):
        out[used] = share
    return ClusterTest(
        number, (size[0], size[1]), _p_of(ratio, counts, full.shape[1], float(np.exp(best[-1]))), tuple((whole[1] - whole[0]).tolist()),
        tuple(whole[0].tolist()), float(np.exp(best[-1])), ratio,
    )  # fmt: skip


def _p_of(ratio: float, counts: NDArray[np.float64], columns: int, concentration: float) -> float:
    """
    Return the p-value of a likelihood ratio, as an F test whose denominator knows how unsure the dispersion is.

    With few samples the ratio is larger by chance than a chi-square. Where counts alone make the noise (a high
    concentration) nothing had to be estimated and the denominator's degrees of freedom grow without bound; between the two
    they follow the share of the variance that is between samples, squared, as in Satterthwaite's approximation.
    """
    from scipy.special import fdtrc

    n, j = counts.shape
    depth = float(counts.sum(axis=1).mean())
    between = (depth - 1.0) / (concentration + 1.0)
    share = max(between / (1.0 + between), 1e-3)
    above = j - 1
    below = max(n - columns, 1) * above / share**2
    whole = below * n / max(n - columns, 1)
    return float(fdtrc(above, below, np.expm1(min(ratio / whole, 600.0)) * below / above))


def _start(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Start at the pooled shares and a moderate concentration."""
    pooled = (counts.sum(axis=0) + 0.5) / (counts.sum() + 0.5 * counts.shape[1])
    return np.append(np.log(pooled[1:] / pooled[0]), np.log(20.0))


def _fit(
    counts: NDArray[np.float64], design: NDArray[np.float64], start: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Maximise the likelihood; return it and the parameters: coefficients, then the log concentration."""
    from scipy.optimize import minimize

    if len(start) != design.shape[1] * (counts.shape[1] - 1) + 1:
        rows = np.zeros((design.shape[1], counts.shape[1] - 1))
        rows[0] = start[:-1]
        start = np.append(rows.ravel(), start[-1])
    found = minimize(_loss, start, args=(counts, design), jac=True, method="L-BFGS-B", options={"maxiter": 500, "ftol": 1e-11, "gtol": 1e-6}, bounds=[(-30.0, 30.0)] * (len(start) - 1) + [(-5.0, 16.0)])  # fmt: skip
    return -float(found.fun), np.asarray(found.x, np.float64)


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return shares; the first intron's log ratio is 0."""
    wide = np.column_stack([np.zeros(len(logits)), logits])
    wide = np.exp(wide - wide.max(axis=1, keepdims=True))
    return np.asarray(wide / wide.sum(axis=1, keepdims=True), np.float64)


def _loss(
    parameters: NDArray[np.float64], counts: NDArray[np.float64], design: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Return the negative log likelihood (without constants) with its gradient."""
    from scipy.special import digamma, gammaln

    n, j = counts.shape
    concentration = float(np.exp(parameters[-1]))
    share = _softmax(design @ parameters[:-1].reshape(design.shape[1], j - 1))
    alpha = np.maximum(concentration * share, 1e-10)
    total = counts.sum(axis=1)
    value = (gammaln(concentration) - gammaln(concentration + total)).sum()
    value += (gammaln(counts + alpha) - gammaln(alpha)).sum() - _PRIOR * concentration
    slope = digamma(counts + alpha) - digamma(alpha)
    of_concentration = (
        n * digamma(concentration) - digamma(concentration + total).sum() + (slope * share).sum() - _PRIOR
    )
    of_logit = concentration * share * (slope - (slope * share).sum(axis=1, keepdims=True))
    gradient = np.append((design.T @ of_logit[:, 1:]).ravel(), concentration * of_concentration)
    return -float(value), -gradient
