"""How far one sample's network is from those of a cohort, by regulator, and which edges drive it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.moderated import false_discovery
from gennet.errors import InvalidContent
from gennet.networks.inference.design import standardised
from gennet.networks.personal.leaving_out import personal_edges

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gennet.networks.inference.design import Design
    from gennet.networks.network import Network

FEWEST = 20
"""Fewest samples of a reference cohort: the smallest p-value is one over them and the person."""
SMALLEST_MODULE = 3


@dataclass(frozen=True, slots=True, eq=False)
class Modules:
    """Sets of edges that are judged together: each regulator's, or sets of genes of your own."""

    names: tuple[str, ...]
    module: NDArray[np.intp]
    """Index in `names` of each edge."""
    regulator: NDArray[np.intp]
    """Column of each edge's regulator in the design."""
    target: NDArray[np.intp]


def modules_of(network: Network, genes: Sequence[str], smallest: int = SMALLEST_MODULE) -> Modules:
    """
    Make a module of each regulator's edges, where it has at least `smallest` between genes that were measured.

    Raises
    ------
    InvalidContent
        No regulator has as many.
    """
    at = {gene: i for i, gene in enumerate(genes)}
    held = dict[str, list[tuple[int, int]]]()
    for r, t, _, _ in network.edges():
        if r in at and t in at and r != t:
            held.setdefault(r, []).append((at[r], at[t]))
    kept = {name: edges for name, edges in held.items() if len(edges) >= smallest}
    if not kept:
        raise InvalidContent(
            f"no regulator has {smallest} edges to measured genes", place="network", remedy="keep more edges (most)"
        )
    module = np.repeat(np.arange(len(kept)), [len(edges) for edges in kept.values()])
    pairs = np.array([pair for edges in kept.values() for pair in edges], np.intp)
    return Modules(tuple(kept), module, pairs[:, 0], pairs[:, 1])


@dataclass(frozen=True, slots=True, eq=False)
class Perturbation:
    """How unusual one sample's modules are among the reference cohort's."""

    modules: Modules
    score: NDArray[np.float64]
    """Of each module: mean squared deviation of its personal edges, in units of the cohort's variance; 1 is usual."""
    p: NDArray[np.float64]
    """Share of the cohort and the sample itself that scores as high or higher: never below 1 / (cohort + 1)."""
    q: NDArray[np.float64]
    """False discovery rate among the modules (Benjamini and Hochberg 1995)."""
    deviation: NDArray[np.float64]
    """Of each edge, in standard deviations of the cohort's personal edges; the sign is that of the change."""
    cohort: int
    """Samples of the reference cohort."""


def perturbation(design: Design, sample: int, modules: Modules) -> Perturbation:
    """
    Judge one sample of a design against the others, which are the reference cohort.

    Every sample's personal correlations come from the same design, each by leaving itself out, so that under no
    difference any order of scores is equally likely and p is exact however few samples there are (a permutation test).
    That asks for modules chosen from cohort and sample alike (a network of the whole design, or one known before).
    The deviations of a sample are taken from the mean and variance of all other samples.

    Raises
    ------
    InvalidContent
        The cohort is too small.

    References
    ----------
    Kuijjer and others 2019, doi:10.1016/j.isci.2019.03.021; Vovk and others 2005, doi:10.1007/b106715.
    """
    n = len(design.y)
    if n - 1 < FEWEST:
        raise InvalidContent(
            f"{n - 1} reference samples are too few", place="expression", remedy=f"give at least {FEWEST}"
        )
    scores, deviation = np.empty((n, len(modules.names))), np.empty(len(modules.module))
    many = np.bincount(modules.module, minlength=len(modules.names))
    starts = np.append(0, np.cumsum(many))
    for i in range(len(many)):  # one module at a time: edges of all samples would not fit
        edges = slice(starts[i], starts[i + 1])
        away = _deviations(personal_edges(design, modules.regulator[edges], modules.target[edges]))
        scores[:, i] = np.mean(away**2, axis=1)
        deviation[edges] = away[sample]
    p = (scores >= scores[sample] * (1 - 1e-12)).sum(0) / n
    return Perturbation(modules, scores[sample], p, false_discovery(p), deviation, n - 1)


def _deviations(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each sample's edges are from the mean of the others, in their standard deviations."""
    n = len(edges)
    z = standardised(edges)
    # With the sample itself left out of mean and variance, z of n samples becomes this (Cook and Weisberg 1982).
    left = np.maximum(1 - z**2 / (n - 1), 1e-12)
    made: NDArray[np.float64] = z * np.sqrt(n / (n - 1) / left)
    return made
