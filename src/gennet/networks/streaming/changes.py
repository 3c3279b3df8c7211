"""When edges change: residuals of a frozen network ranked among earlier ones, added up until chance is a poor answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.errors import InvalidContent
from gennet.networks.inference.design import standardised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gennet.networks.network import Network

FEWEST = 20
_POWERS = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Bets on small ranks, averaged: k p^(k - 1) integrates to 1 for each k."""


@dataclass(frozen=True, slots=True, eq=False)
class Watching:
    """
    A detector of changes, one evidence per module.

    The network is fitted to a first part of the baseline and frozen; the second part tells how large residuals usually
    are. Each new sample's residual is ranked among all before it. While nothing changes, ranks are independent and
    uniform, so that each module's evidence grows by 1 a sample on average: at a threshold of `between` times the number
    of modules, at least `between` samples pass on average from a start to a false alarm of any module, whatever the
    distribution.
    """

    modules: tuple[str, ...]
    between: float
    """Least average number of samples to a false alarm."""
    model: tuple[NDArray[np.float64], NDArray[np.float64]]
    """Mean and standard deviation of each gene in the baseline's first part."""
    parts: tuple[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]], ...]
    """Of each module: columns of targets and of regulators, coefficients (targets, regulators), variance of residuals."""
    held: NDArray[np.float64]
    """Scores so far, shape (samples, modules): calibration, then the stream since the last alarm."""
    evidence: NDArray[np.float64]
    """Of each module: a Shiryaev-Roberts statistic of bets."""
    seen: int = 0

    @property
    def threshold(self) -> float:
        """Evidence at which a module alarms."""
        return self.between * len(self.modules)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A module whose edges no longer hold."""

    sample: int
    """Samples watched before it, and it: 1 for the first."""
    module: str
    evidence: float


def watching(
    baseline: NDArray[np.float64], genes: Sequence[str], network: Network, *, between: float = 1000.0,
    penalty: float = 0.3, smallest: int = 1,
) -> Watching:  # fmt: skip
    """
    Fit modules to a baseline (samples, genes) in the order of time: each regulator with its targets in a network.

    A target is told from all its regulators in the network. The baseline's first two thirds fit, the last calibrates.

    Raises
    ------
    InvalidContent
        The baseline is too short, no edge joins measured genes, or `between` is below 1.
    """
    n = len(baseline)
    first = 2 * n // 3
    if n - first < FEWEST:
        raise InvalidContent(
            f"a baseline of {n} samples is too short", place="baseline", remedy=f"give at least {3 * FEWEST}"
        )
    if not between >= 1:
        raise InvalidContent(f"{between} samples between alarms", place="between", remedy="give 1 or more")
    mean, sd = baseline[:first].mean(0), baseline[:first].std(0)
    sd = np.where(sd > 0, sd, np.inf)
    regulators, modules = _edges(network, genes)
    modules = {name: targets for name, targets in modules.items() if len(targets) >= smallest}
    if not modules:
        raise InvalidContent("no edge joins measured genes", place="network", remedy="name genes as the samples do")
    z = standardised(baseline[:first])
    parts = tuple(_part(z, np.array(targets, np.intp), regulators, penalty) for targets in modules.values())
    begun = Watching(tuple(modules), between, (mean, sd), parts, np.empty((0, len(modules))), np.zeros(len(modules)))
    return replace(begun, held=np.array([_scores(begun, sample) for sample in baseline[first:]]))


def _edges(network: Network, genes: Sequence[str]) -> tuple[dict[int, list[int]], dict[str, list[int]]]:
    at = {gene: i for i, gene in enumerate(genes)}
    regulators, modules = dict[int, list[int]](), dict[str, list[int]]()
    for r, t, _, _ in network.edges():
        if r in at and t in at and r != t:
            regulators.setdefault(at[t], []).append(at[r])
            modules.setdefault(r, []).append(at[t])
    return regulators, modules


def _part(
    z: NDArray[np.float64], targets: NDArray[np.intp], regulators: dict[int, list[int]], penalty: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    used = np.unique(np.concatenate([np.array(regulators[t], np.intp) for t in targets.tolist()]))
    b = np.zeros((len(targets), len(used)))
    for row, target in enumerate(targets.tolist()):
        at = np.searchsorted(used, np.unique(regulators[target]))
        x = z[:, used[at]]
        total = x.T @ x + penalty * len(z) * np.eye(len(at))
        b[row, at] = np.linalg.solve(total, x.T @ z[:, target])
    variance = np.mean((z[:, targets] - z[:, used] @ b.T) ** 2, axis=0)
    return targets, used, b, np.maximum(variance, 1e-9)


def _scores(state: Watching, sample: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each module's mean squared residual, in units of the baseline's."""
    z = (sample - state.model[0]) / state.model[1]
    return np.array([np.mean((z[t] - b @ z[r]) ** 2 / v) for t, r, b, v in state.parts])


def bet(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Return what a bet on small ranks pays: 1 or less on average where p is uniform or above it.

    >>> bet(np.array([0.01, 0.5, 1.0])).round(2).tolist()
    [4.61, 0.64, 0.5]
    """
    return np.asarray(np.mean([k * p ** (k - 1) for k in _POWERS], axis=0), np.float64)


def watch_step(state: Watching, sample: NDArray[np.float64]) -> tuple[Watching, tuple[Alarm, ...]]:
    """
    Rank one sample's residuals, add up evidence, and return the new state with the modules that alarm.

    After an alarm that module's evidence starts from 0; it goes on alarming as long as its edges do not hold.

    Raises
    ------
    InvalidContent
        The sample lacks values, or has infinite ones.

    References
    ----------
    Shin, Ramdas and Rinaldo 2022, arXiv:2203.03532; Vovk 2021, doi:10.1214/20-STS817.
    """
    if sample.shape != state.model[0].shape or not np.isfinite(sample).all():
        raise InvalidContent(
            "a value lacks or is not finite", place=f"sample {state.seen + 1}", remedy="give a number for each gene"
        )
    score = _scores(state, sample)
    # Ties count against the alarm; among n earlier scores and itself the rank is uniform or above.
    p = (1 + (state.held >= score).sum(0)) / (1 + len(state.held))
    evidence = (1 + state.evidence) * bet(p)
    over = np.flatnonzero(evidence >= state.threshold)
    alarms = tuple(Alarm(state.seen + 1, state.modules[i], float(evidence[i])) for i in over.tolist())
    evidence[over] = 0.0
    return replace(state, held=np.vstack([state.held, score]), evidence=evidence, seen=state.seen + 1), alarms
