"""
The ADMIXTURE model: each person a mixture of K populations, each population its allele frequencies.

Genotypes are binomial with p = sum over k of q[k] f[k] (Alexander, Novembre & Lange 2009, doi:10.1101/gr.094052.109).
EM steps (Tang 2005) are accelerated by SQUAREM (Varadhan & Roland 2008, doi:10.1111/j.1467-9469.2007.00585.x): an
extrapolation that would lower the likelihood is dropped, so the likelihood never falls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.study import silent
from gennet.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.core.study import Watch

_ENOUGH = 2000
"""Sites that settle fractions well enough to start from."""
_LEAST = 1e-5
"""Frequencies stay this far from 0 and 1, fractions this far from 0, as in ADMIXTURE."""


@dataclass(frozen=True, slots=True, eq=False)
class Admixture:
    """What was estimated."""

    fractions: NDArray[np.float64]
    """People x K; rows add up to 1."""
    errors: NDArray[np.float64]
    """Standard errors of `fractions`, the frequencies held as known; NaN where the data do not tell."""
    frequencies: NDArray[np.float64]
    """Of the alternate allele, sites x K."""
    log_likelihood: float
    """Natural log, without the binomial coefficients."""
    iterations: int
    converged: bool


def estimate(
    dosages: NDArray[np.int8],
    k: int,
    rng: np.random.Generator,
    *,
    tolerance: float = 1e-3,
    most: int = 1000,
    watch: Watch = silent,
) -> Admixture:
    """
    Estimate fractions and frequencies from genotypes alone.

    Parameters
    ----------
    dosages
        Copies of the alternate allele, sites x people, -1 where missing; sites in linkage should be pruned before.
    k
        How many populations; their order is arbitrary.
    rng
        Draws the starting fractions.
    tolerance
        Stop when a cycle gains less log likelihood.
    most
        Stop after so many cycles; `Admixture.converged` is then false.

    >>> g = np.repeat(np.array([[0, 0, 2, 2], [2, 2, 0, 0]], np.int8), 20, axis=0)
    >>> np.round(np.sort(estimate(g, 2, np.random.default_rng(1)).fractions[0]), 2).tolist()
    [0.0, 1.0]
    """
    dosages = np.ascontiguousarray(dosages)
    _check(dosages, k)
    from gennet.genomics.ancestry._kernels import em_step

    q, f = _started(dosages, k, rng)
    at, done, converged = -np.inf, 0, False
    for done in range(1, most + 1):
        q, f, now = _cycle(dosages, q, f)
        watch("log likelihood", done, most)
        if now - at < tolerance:
            converged = True
            break
        at = now
    likelihood = em_step(dosages, q, f)[2]
    return Admixture(q, standard_errors(dosages, q, f), f, float(likelihood), done, converged)


def _started(
    dosages: NDArray[np.int8], k: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Start at random and take a few plain steps; of many sites, some settle the fractions first."""
    from gennet.genomics.ancestry._kernels import em_step

    held = dosages >= 0
    mean = np.where(held, dosages, 0).sum(1) / np.maximum(2.0 * held.sum(1), 1)
    f = np.clip(mean[:, None] + rng.normal(0, 0.1, (len(dosages), k)), 0.05, 0.95)
    if len(dosages) > 2 * _ENOUGH:
        some = np.sort(rng.choice(len(dosages), _ENOUGH, replace=False))
        q = estimate(dosages[some], k, rng, tolerance=0.1, most=200).fractions
        for _ in range(8):  # frequencies of all sites, with these fractions
            f = em_step(dosages, q, f)[1]
        return q, f
    q, f = _bounded(rng.dirichlet(np.ones(k), dosages.shape[1]), f)
    for _ in range(5):
        q, f, _before = em_step(dosages, q, f)
    return q, f


def _cycle(
    dosages: NDArray[np.int8], q0: NDArray[np.float64], f0: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Do two EM steps and one extrapolation; return the state and the log likelihood it is known to reach."""
    from gennet.genomics.ancestry._kernels import em_step

    q1, f1, _ = em_step(dosages, q0, f0)
    q2, f2, reached = em_step(dosages, q1, f1)
    alpha_q, alpha_f = _length(q0, q1, q2), _length(f0, f1, f2)
    q3, f3 = _bounded(_extrapolated(q0, q1, q2, alpha_q), _extrapolated(f0, f1, f2, alpha_f))
    q4, f4, jumped = em_step(dosages, q3, f3)
    return (q4, f4, jumped) if jumped >= reached else (q2, f2, reached)


def _length(x0: NDArray[np.float64], x1: NDArray[np.float64], x2: NDArray[np.float64]) -> float:
    r, v = x1 - x0, (x2 - x1) - (x1 - x0)
    bend = float(np.sqrt((v * v).sum()))
    return max(1.0, float(np.sqrt((r * r).sum())) / bend) if bend > 0 else 1.0


def _extrapolated(
    x0: NDArray[np.float64], x1: NDArray[np.float64], x2: NDArray[np.float64], alpha: float
) -> NDArray[np.float64]:
    r, v = x1 - x0, (x2 - x1) - (x1 - x0)
    return x0 + 2 * alpha * r + alpha * alpha * v


def _bounded(q: NDArray[np.float64], f: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    q = np.maximum(q, _LEAST)
    return q / q.sum(1, keepdims=True), np.clip(f, _LEAST, 1 - _LEAST)


def project(
    dosages: NDArray[np.int8], frequencies: NDArray[np.float64], *, tolerance: float = 1e-7, most: int = 5000
) -> Admixture:
    """
    Estimate fractions of people in populations whose frequencies are known (supervised, or one person at a time).

    Parameters
    ----------
    dosages
        Sites x people, -1 where missing.
    frequencies
        Of the alternate allele, sites x K, held fixed.
    tolerance
        Stop when no fraction moves more.

    >>> f = np.tile([[0.01, 0.99]], (200, 1))
    >>> np.round(project(np.ones((200, 1), np.int8), f).fractions, 2).tolist()
    [[0.5, 0.5]]
    """
    dosages = np.ascontiguousarray(dosages)
    _check(dosages, frequencies.shape[1])
    from gennet.genomics.ancestry._kernels import em_step

    f = np.clip(frequencies, _LEAST, 1 - _LEAST)
    q = np.full((dosages.shape[1], f.shape[1]), 1.0 / f.shape[1])
    done, converged = 0, False
    for done in range(1, most + 1):  # noqa: B007 the number of steps is reported
        new = em_step(dosages, q, f)[0]
        converged, q = bool(np.abs(new - q).max() < tolerance), new
        if converged:
            break
    return Admixture(q, standard_errors(dosages, q, f), f, float(em_step(dosages, q, f)[2]), done, converged)


def standard_errors(
    dosages: NDArray[np.int8], fractions: NDArray[np.float64], frequencies: NDArray[np.float64]
) -> NDArray[np.float64]:
    """
    Return standard errors of fractions from the expected information, on the plane where they add up to 1.

    A fraction at its lower bound is part of the plane too: its error says how far from 0 it could be. NaN for a person
    whose sites do not tell the populations apart.
    """
    k = fractions.shape[1]
    errors = np.full_like(fractions, np.nan)
    if k == 1:
        return np.zeros_like(fractions)
    basis = np.linalg.svd(np.ones((1, k)))[2][1:].T  # columns span the plane that adds up to 0
    for person in range(len(fractions)):
        p = frequencies @ fractions[person]
        weight = np.where(dosages[:, person] >= 0, 2.0 / (p * (1 - p)), 0.0)
        information = basis.T @ (frequencies.T * weight @ frequencies) @ basis
        if np.linalg.cond(information) < 1e12:
            errors[person] = np.sqrt(np.diag(basis @ np.linalg.inv(information) @ basis.T))
    return errors


def _check(dosages: NDArray[np.int8], k: int) -> None:
    if dosages.ndim != 2 or not dosages.size:
        raise BadInput("there is no genotype", remedy="give sites x people")
    if k < 1 or k > max(1, dosages.shape[0]):
        raise BadInput(f"{k} populations of {dosages.shape[0]} sites", remedy="ask for fewer populations")
