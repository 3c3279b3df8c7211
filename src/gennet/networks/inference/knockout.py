"""Edges from interventions: what changes where one gene is knocked out or down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent
from gennet.networks.network import EdgeScores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_PASSES = 3
_REACTS = 3.0
"""Deviation from which a gene is taken to react."""


def knockout(
    values: NDArray[np.float64],
    genes: Sequence[str],
    perturbed: Sequence[str],
    wildtype: NDArray[np.float64] | None = None,
    *,
    direct: bool = False,
) -> EdgeScores:
    """
    Score edges by each gene's deviation, in standard deviations, in the experiment that knocks a regulator out.

    `values` has one experiment per row and a column per gene on one scale; `perturbed` names the gene knocked out in
    each (several rows of one gene are averaged). A gene's usual value and deviation come from the experiments in which
    it was not itself perturbed and did not react: those beyond 3 deviations are left out, from
    medians on. `wildtype` holds
    unperturbed experiments (rows) that count among the usual ones. With `direct`, what a
    third gene passes on is taken off: see `less_passed_on`. A gene that rises without its regulator is repressed by it: the sign is that of the regulator's effect.

    >>> usual = np.array([[0.0, 5.1], [3.0, 1.0], [3.1, 5.0], [2.9, 5.2], [3.0, 4.9]])
    >>> knockout(usual[[0, 1]], ("A", "B"), ["A", "B"], usual[2:]).values.round(1).tolist()
    [[0.0, -0.5], [0.0, 0.0]]

    Raises
    ------
    InvalidContent
        Fewer than 4 experiments, values that are not finite, or a perturbed gene that was not measured.

    References
    ----------
    Pinna and others 2010, doi:10.1371/journal.pone.0012912; Yip and others 2010, doi:10.1371/journal.pone.0008121.
    """
    at = {gene: i for i, gene in enumerate(genes)}
    unknown = [gene for gene in perturbed if gene not in at]
    every = values if wildtype is None else np.vstack([values, np.atleast_2d(wildtype)])
    if unknown or len(perturbed) != len(values):
        raise InvalidContent(
            f"{unknown[0]!r} was not measured" if unknown else f"{len(values)} experiments, {len(perturbed)} named",
            place="perturbed", remedy="name one measured gene per experiment",
        )  # fmt: skip
    if len(every) < 4 or not np.isfinite(every).all():
        raise InvalidContent(
            f"{len(every)} experiments, or values that are not finite", place="values", remedy="give at least 4"
        )
    usual = np.ones(every.shape, bool)
    usual[np.arange(len(values)), [at[gene] for gene in perturbed]] = False
    if not usual.any(0).all():
        raise InvalidContent(
            "a gene is perturbed in every experiment", place="perturbed", remedy="add unperturbed experiments"
        )
    z = _deviations(every, usual)
    regulators = tuple(dict.fromkeys(perturbed))
    made = np.array([z[[i for i, gene in enumerate(perturbed) if gene == name]].mean(0) for name in regulators])
    own = np.array([at[name] for name in regulators], np.intp)
    if direct:
        made = less_passed_on(made, own)
    effects = 0.0 - made  # not -made, which has zeros below zero
    effects[np.arange(len(regulators)), own] = 0.0
    return EdgeScores(regulators, tuple(genes), effects, "knockout, direct" if direct else "knockout")


def _deviations(every: NDArray[np.float64], usual: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return deviations of every value from its gene's usual ones, those that react left out of what is usual."""
    measured = usual.copy()
    z = np.zeros(every.shape)
    # Begun from medians, which few that react cannot move.
    held = np.where(measured, every, np.nan)
    away = np.abs(every - np.nanmedian(held, axis=0))
    spread = 1.4826 * np.nanmedian(np.where(measured, away, np.nan), axis=0)
    usual = measured & (away <= _REACTS * np.sqrt((spread**2 + np.mean(spread**2)) / 2))
    # One deviation for all genes together steadies those with few or equal values.
    for _ in range(_PASSES):
        many = np.maximum(usual.sum(0), 1)
        mean = (every * usual).sum(0) / many
        squares = ((every - mean) ** 2 * usual).sum(0)
        pooled = squares.sum() / max(usual.sum(), 1)
        sd = np.sqrt((squares + pooled) / (many + 1))
        z = np.where(sd > 0, (every - mean) / np.where(sd > 0, sd, 1), 0.0)
        usual = measured & (np.abs(z) <= _REACTS)
    return z


def less_passed_on(z: NDArray[np.float64], own: NDArray[np.intp], threshold: float = _REACTS) -> NDArray[np.float64]:
    """
    Take off each effect what the one gene that explains most of it passes on.

    Where B loses a share of what its own knock-out takes from it when A is knocked out, C is expected to react to A by
    that share of its reaction to B: the first order of modular response analysis. Both steps must be beyond `threshold`;
    shares are at most 1, and nothing is taken beyond 0. `z` is (regulators, genes); `own` the column of each regulator.

    References
    ----------
    Kholodenko and others 2002, doi:10.1073/pnas.192442699; Pinna and others 2010, doi:10.1371/journal.pone.0012912.
    """
    most = np.zeros_like(z)
    for between, column in enumerate(own.tolist()):
        lost = z[between, column]
        step = z[:, column] / lost if abs(lost) > threshold else np.zeros(len(z))
        step = np.where((np.abs(z[:, column]) > threshold) & (np.arange(len(z)) != between), np.clip(step, -1, 1), 0.0)
        onward = np.where(np.abs(z[between]) > threshold, z[between], 0.0)
        onward[column] = 0.0
        passed = np.outer(step, onward)
        same = passed * z > 0
        most = np.where(same & (np.abs(passed) > np.abs(most)), passed, most)
    left: NDArray[np.float64] = np.sign(z) * np.maximum(np.abs(z) - np.abs(most), 0.0)
    return left
