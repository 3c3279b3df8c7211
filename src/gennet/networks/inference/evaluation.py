"""How well scores find known edges: areas under curves, early precision, and the DREAM challenges' way to add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gennet.networks.network import EdgeScores


@dataclass(frozen=True, slots=True, eq=False)
class Gold:
    """
    Known edges, and which pairs they were chosen from.

    >>> gold_of([("A", "B"), ("B", "C")]).candidates
    (('A', 'B'), ('A', 'C'), ('B', 'C'))
    """

    candidates: tuple[tuple[str, str], ...]
    true: NDArray[np.bool_]
    """Whether each candidate is an edge."""


def gold_of(edges: Sequence[tuple[str, str]], absent: Sequence[tuple[str, str]] | None = None) -> Gold:
    """
    Make a gold standard of known edges.

    Where pairs known to be `absent` are listed (as DREAM5 does), those and the edges are the candidates. Otherwise every
    regulator with an edge is taken with every gene that has one as a target, itself left out: a gene nobody studied is
    no evidence of absence.

    Raises
    ------
    InvalidContent
        No edges, only edges, or a pair that is both.
    """
    known = {pair for pair in edges if pair[0] != pair[1]}
    if absent is None:
        regulators, targets = dict.fromkeys(e[0] for e in edges), dict.fromkeys(e[1] for e in edges)
        candidates = [(r, t) for r in regulators for t in targets if r != t]
    else:
        candidates = list(dict.fromkeys(pair for pair in (*edges, *absent) if pair[0] != pair[1]))
        if both := known & set(absent):
            raise InvalidContent(f"{min(both)} is an edge and is none", place="gold", remedy="say it once")
    true = np.array([pair in known for pair in candidates], bool)
    if not true.any() or true.all():
        raise InvalidContent(
            f"{true.sum():,} of {len(true):,} candidate pairs are edges",
            place="gold",
            remedy="a gold standard needs pairs that are edges and pairs that are none",
        )
    return Gold(tuple(candidates), true)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How well an order of candidate edges finds the true ones."""

    aupr: float
    auroc: float
    early_precision: float
    """Share of true edges among the first as many as there are true ones."""
    early_ratio: float
    """The same over what chance gives."""
    edges: int
    candidates: int
    chance: float
    """AUPR of a random order, in the limit of many edges: the share of candidates that are true."""
    unmeasured: int
    """True edges left out because a gene of theirs was not measured or may not regulate."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """True and all edges taken at the end of each run of equal scores, the highest first."""

    true: NDArray[np.float64]
    taken: NDArray[np.float64]


def found(score: NDArray[np.float64], true: NDArray[np.bool_]) -> Found:
    """
    Count true edges down the order; equal scores are taken together, in no order.

    >>> found(np.array([3.0, 1.0, 1.0]), np.array([True, False, True])).true.tolist()
    [1.0, 2.0]
    """
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    return Found(np.cumsum(true[order])[ends].astype(np.float64), ends + 1.0)


def area_under_precision_recall(found: Found) -> float:
    """
    Return the area under precision and recall, interpolated between counts as precision is, not in a straight line.

    From (k taken, a true) to (k + m, a + t) true edges are taken to come evenly, and precision is integrated over recall
    in closed form; so an order with ties scores what its random breaking is expected to, and all ties score chance.

    References
    ----------
    Stolovitzky and others 2009, doi:10.1111/j.1749-6632.2009.04497.x; Davis and Goadrich 2006,
    doi:10.1145/1143844.1143874.
    """
    a, k = np.append(0.0, found.true[:-1]), np.append(0.0, found.taken[:-1])
    t, m = np.diff(np.append(0.0, found.true)), np.diff(np.append(0.0, found.taken))
    hit = t > 0
    a, k, t, m = a[hit], k[hit], t[hit], m[hit]
    slope = m / t  # taken per true edge
    # The integral over x in 0..t of (a + x) / (k + slope x); the logarithm's factor is 0 on a straight line through 0.
    rest = (a - k / slope) / slope
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where(k > 0, np.log1p(m / k), 0.0)
    return float(np.sum(t / slope + rest * log) / found.true[-1])


def area_under_roc(found: Found) -> float:
    """Return the probability that a true edge stands above a false one, ties counting half."""
    true, false = np.append(0.0, found.true), np.append(0.0, found.taken - found.true)
    return float(np.sum(np.diff(false) * (true[1:] + true[:-1]) / 2) / (true[-1] * false[-1]))


def early_precision(found: Found) -> float:
    """Return the share of true edges among the first as many as there are; within ties what is expected."""
    return float(np.interp(found.true[-1], np.append(0.0, found.taken), np.append(0.0, found.true)) / found.true[-1])


def on_candidates(scores: EdgeScores, gold: Gold) -> tuple[NDArray[np.float64], NDArray[np.bool_], int]:
    """
    Return size of score and truth of the candidates whose genes were measured, and how many true edges were not.

    Raises
    ------
    InvalidContent
        No true, or no false, candidate was measured.
    """
    row = {gene: i for i, gene in enumerate(scores.regulators)}
    column = {gene: i for i, gene in enumerate(scores.targets)}
    at = np.array([(row.get(r, -1), column.get(t, -1)) for r, t in gold.candidates])
    measured = (at >= 0).all(1)
    true = gold.true[measured]
    if not true.any() or true.all():
        raise InvalidContent(
            f"of {gold.true.sum():,} known edges {true.sum():,} are among the scored pairs, of other pairs "
            f"{(~true).sum():,}",
            place="gold",
            remedy="name genes there as the scores do",
        )
    regulator, target = at[measured].T
    return np.abs(scores.values[regulator, target]), true, int(np.sum(gold.true & ~measured))


def evaluate(scores: EdgeScores, gold: Gold) -> Accuracy:
    """
    Judge scores by known edges.

    >>> from gennet.networks.network import EdgeScores
    >>> scores = EdgeScores(("A", "B"), ("A", "B", "C"), np.array([[0.0, 3.0, 2.0], [1.0, 0.0, -0.5]]), "m")
    >>> judged = evaluate(scores, gold_of([("A", "B"), ("A", "C"), ("B", "C")], [("B", "A")]))
    >>> judged.auroc, judged.early_precision
    (0.6666666666666666, 0.6666666666666666)

    Raises
    ------
    InvalidContent
        No true, or no false, candidate was measured.
    """
    size, true, unmeasured = on_candidates(scores, gold)
    counted = found(size, true)
    early, chance = early_precision(counted), float(true.mean())
    return Accuracy(
        area_under_precision_recall(counted), area_under_roc(counted), early, early / chance,
        int(true.sum()), len(true), chance, unmeasured,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Null:
    """
    How random orders of the same candidates score: what p-values are taken from.

    Far beyond what was drawn they rest on the normal curve and only order methods.
    """

    log_aupr_mean: float
    """Of the natural logarithm of AUPR, which is nearly normal."""
    log_aupr_sd: float
    auroc_sd: float
    """About 1/2, exact for an order without ties."""

    def evidence(self, accuracy: Accuracy) -> tuple[float, float]:
        """Return -log10 of the probabilities of a random order at least as good, by AUPR and by AUROC."""
        from scipy.stats import norm

        aupr = (np.log(accuracy.aupr) - self.log_aupr_mean) / self.log_aupr_sd
        auroc = (accuracy.auroc - 0.5) / self.auroc_sd
        return tuple(float(-norm.logsf(z) / np.log(10)) for z in (aupr, auroc))  # type: ignore[return-value]


def null(true: NDArray[np.bool_], rng: np.random.Generator, draws: int = 100) -> Null:
    """Draw random orders of candidates of which some are true."""
    taken = np.arange(1.0, len(true) + 1)
    logs = [
        np.log(area_under_precision_recall(Found(np.cumsum(rng.permutation(true), dtype=np.float64), taken)))
        for _ in range(draws)
    ]
    p, n = int(true.sum()), int((~true).sum())
    return Null(float(np.mean(logs)), float(np.std(logs, ddof=1)), float(np.sqrt((p + n + 1) / (12 * p * n))))


def dream_score(of_aupr: Sequence[float], of_auroc: Sequence[float]) -> float:
    """
    Return the DREAM challenges' overall score of the evidence (-log10 p) that each network gives by AUPR and AUROC.

    >>> dream_score([10.0, 30.0], [20.0, 40.0])
    25.0

    References
    ----------
    Marbach and others 2012, doi:10.1038/nmeth.2016.
    """
    if len(of_aupr) != len(of_auroc) or not of_aupr:
        raise InvalidContent("evidence lacks", place="of_auroc", remedy="give both of each network")
    return float(np.mean(of_aupr) + np.mean(of_auroc)) / 2
