"""
Classify people by their genotypes at independent sites, from the allele frequencies of labelled people.

A site that was not called simply does not speak, so missing genotypes widen the answer by themselves. The likelihood is
that of Hardy-Weinberg proportions within each population (doi:10.1073/pnas.94.17.9197); as sites are not wholly
independent it is too sure of itself, so it is tempered by one number found on people left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_UNUSUAL = 0.001
"""Share of the reference people who lie beyond the bound of `FrequencyModel.unusual`."""


@dataclass(frozen=True, slots=True, eq=False)
class FrequencyModel:
    """Allele frequencies of labelled populations at some sites."""

    classes: tuple[str, ...]
    frequencies: NDArray[np.float64]
    """Of the alternate allele, classes x sites, strictly between 0 and 1 (half an allele is added to each side)."""
    temperature: float
    """The log likelihood is divided by it; above 1 where sites are correlated."""
    unusual: float
    """A fit (`fits`) below this is seen in one of a thousand reference people."""

    def probabilities(self, dosages: NDArray[np.int8]) -> NDArray[np.float64]:
        """
        Return the probability of each class, people x classes, with equal chances beforehand.

        Sites of -1 are left out; a person without any site gets equal probabilities.
        """
        return _softmax(_log_likelihoods(dosages, self.frequencies) / self.temperature)

    def fits(self, dosages: NDArray[np.int8]) -> NDArray[np.float64]:
        """
        Return how well each person fits the likeliest class, as a z-score of the log likelihood; low is unusual.

        Expectation and variance are those of a person of that class at the same sites; 0 without any site.
        """
        held = dosages >= 0
        scores = _log_likelihoods(dosages, self.frequencies)
        best = scores.argmax(1)
        log_genotype, weight = _genotype_logs(self.frequencies)
        mean = np.einsum("gks,gks->ks", weight, log_genotype)
        variance = np.einsum("gks,gks->ks", weight, log_genotype**2) - mean**2
        expected, spread = (held * mean[best]).sum(1), (held * variance[best]).sum(1)
        distance = scores[np.arange(len(scores)), best] + _binomial(dosages) - expected
        return np.where(spread > 0, distance / np.sqrt(np.maximum(spread, 1e-12)), 0.0)


def fit_frequencies(dosages: NDArray[np.int8], labels: Sequence[str]) -> FrequencyModel:
    """
    Estimate a model from labelled people, the temperature by leaving each of them out in turn.

    Parameters
    ----------
    dosages
        Copies of the alternate allele, people x sites, -1 where missing.
    labels
        The class of each person; every class needs two people.

    >>> model = fit_frequencies(np.array([[0, 0], [0, 1], [2, 2], [2, 1]], np.int8), ["a", "a", "b", "b"])
    >>> model.probabilities(np.array([[0, 0]], np.int8)).argmax()
    np.int64(0)
    """
    from scipy.optimize import minimize_scalar

    if len(labels) != len(dosages):
        raise BadInput(f"{len(labels)} labels for {len(dosages)} people", remedy="give one for each")
    classes, own = np.unique(np.asarray(labels), return_inverse=True)
    if len(classes) < 2 or np.bincount(own).min() < 2:
        raise BadInput("a class has fewer than two people", remedy="give two classes of two people or more")
    held = dosages >= 0
    members = (own[:, None] == np.arange(len(classes))).astype(float)
    copies = members.T @ np.where(held, dosages, 0)
    counted = members.T @ (2.0 * held)
    frequencies = (copies + 0.5) / (counted + 1.0)
    scores = _log_likelihoods(dosages, frequencies)
    scores[np.arange(len(own)), own] = _left_out(dosages, copies[own], counted[own])
    spent = minimize_scalar(lambda t: _log_loss(_softmax(scores / t), own), bounds=(0.3, 20.0), method="bounded")
    model = FrequencyModel(tuple(classes.tolist()), frequencies, float(spent.x), -np.inf)
    bound = float(np.quantile(model.fits(dosages), _UNUSUAL))
    return FrequencyModel(model.classes, frequencies, model.temperature, bound)


def _left_out(
    dosages: NDArray[np.int8], copies: NDArray[np.float64], counted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return each person's log likelihood in the own class, without the person's own alleles in its frequencies."""
    held = dosages >= 0
    mine = np.where(held, dosages, 0)
    without = (copies - mine + 0.5) / (counted - 2.0 * held + 1.0)
    scores: NDArray[np.float64] = (held * (mine * np.log(without) + (2 - mine) * np.log1p(-without))).sum(1)
    return scores


def _log_likelihoods(dosages: NDArray[np.int8], frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return people x classes, without the binomial coefficient, which is the same for every class."""
    alternate = np.where(dosages >= 0, dosages, 0).astype(float)
    reference = np.where(dosages >= 0, 2 - dosages, 0).astype(float)
    scores: NDArray[np.float64] = alternate @ np.log(frequencies).T + reference @ np.log1p(-frequencies).T
    return scores


def _binomial(dosages: NDArray[np.int8]) -> NDArray[np.float64]:
    coefficients: NDArray[np.float64] = np.log(2.0) * (dosages == 1).sum(1)
    return coefficients


def _genotype_logs(frequencies: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    p, q = frequencies, 1.0 - frequencies
    weight = np.stack([q**2, 2 * p * q, p**2])
    return np.log(weight), weight


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.exp(scores - scores.max(1, keepdims=True))
    shares: NDArray[np.float64] = weights / weights.sum(1, keepdims=True)
    return shares


def _log_loss(probabilities: NDArray[np.float64], own: NDArray[np.intp]) -> float:
    return float(-np.log(np.maximum(probabilities[np.arange(len(own)), own], 1e-15)).mean())
