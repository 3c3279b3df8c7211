"""
Classify points in principal-component space: support vector machines averaged with a forest.

Labels of human populations are not linear in PCs. The machines (Gaussian kernel, one for each pair of classes) are sharp
at borders, the forest (extremely randomised trees) is calibrated where classes overlap. Which scaling, width and penalty,
the share of each, and one temperature are found on folds inside the training people only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gennet.errors import BadInput, NotInstalled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_FOLDS = 4
_TREES = 300
_CHOICES = ((0, 0.1, 100.0), (0, 0.3, 10.0), (1, 0.3, 100.0), (1, 1.0, 10.0))
"""Scaling (each PC to unit variance, or left with the variance it explains), inverse squared width, inverse penalty."""
_BLENDS = (0.3, 0.7)
"""Share of the forest in the average."""
_SLOPE = 3.0
_FAR = 0.999
"""Share of the reference people who lie nearer their neighbours than `PointClassifier.far`."""


@dataclass(frozen=True, slots=True, eq=False)
class PointClassifier:
    """
    What was learnt.

    `card` says from how many people, with which settings, and how well people left out were told apart.
    """

    classes: tuple[str, ...]
    points: NDArray[np.float64]
    """Training points, scaled."""
    scale: NDArray[np.float64]
    machines: Any
    """scikit-learn's SVC on scaled points."""
    forest: Any
    """scikit-learn's ExtraTreesClassifier on scaled points."""
    blend: float
    temperature: float
    far: float
    """Distance to the 5th neighbour beyond which a point resembles none of the classes."""
    card: dict[str, str | float]

    def probabilities(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each class, points x classes."""
        scaled, number = points / self.scale, len(self.classes)
        raw = _blended(_votes(self.machines, scaled, number), _leaves(self.forest, scaled), self.blend)
        return _tempered(raw, self.temperature)

    def none_of_these(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which points lie farther from their 5th neighbour than 999 of 1,000 training people do."""
        distance = np.partition(_squared(points / self.scale, self.points), 4, axis=1)[:, 4]
        far: NDArray[np.bool_] = np.sqrt(distance) > self.far
        return far


def fit_points(points: NDArray[np.float64], labels: Sequence[str], rng: np.random.Generator) -> PointClassifier:
    """
    Learn classes from labelled points.

    Parameters
    ----------
    points
        People x PCs, finite.
    labels
        One a person; classes of fewer than `_FOLDS` people are refused.
    rng
        Shuffles the folds and grows the forest.

    Raises
    ------
    BadInput
        Labels do not fit the points, a value is not finite, or a class is too small.
    """
    classes, own = np.unique(np.asarray(labels), return_inverse=True)
    _check(points, own, classes)
    fold, number = _folds(own, rng), len(classes)
    seeds = rng.integers(0, 2**31, _FOLDS + 1)
    leaves = np.zeros((len(points), number))
    votes = [leaves.copy() for _ in _CHOICES]
    for turn in range(_FOLDS):
        out = fold == turn
        leaves[out] = _leaves(_forest(points[~out], own[~out], int(seeds[turn])), points[out])
        for held, (scaling, gamma, c) in zip(votes, _CHOICES, strict=True):
            scale = _scale(points[~out], scaling)
            held[out] = _votes(_machines(points[~out] / scale, own[~out], gamma, c), points[out] / scale, number)
    options = [(choice, blend) for choice in range(len(_CHOICES)) for blend in _BLENDS]
    raws = [_blended(votes[choice], leaves, blend) for choice, blend in options]
    losses = [_best_temperature(raw, own) for raw in raws]
    rights = [float((raw.argmax(1) == own).mean()) for raw in raws]
    best = int(np.lexsort(([loss for loss, _ in losses], [-right for right in rights]))[0])
    (scaling, gamma, c), blend = _CHOICES[options[best][0]], options[best][1]
    card: dict[str, str | float] = {
        "people": float(len(points)), "classes": float(number), "gamma": gamma, "inverse_penalty": c,
        "scaling": "variance" if scaling else "unit", "blend": blend, "inner_accuracy": rights[best], "inner_log_loss": losses[best][0],
    }  # fmt: skip
    scale = _scale(points, scaling)
    scaled = points / scale
    near = np.partition(_squared(scaled, scaled), 5, axis=1)[:, 5]
    far = float(np.sqrt(np.quantile(near, _FAR)))
    machines, forest = _machines(scaled, own, gamma, c), _forest(scaled, own, int(seeds[-1]))
    return PointClassifier(tuple(classes.tolist()), scaled, scale, machines, forest, blend, losses[best][1], far, card)


def _scale(points: NDArray[np.float64], scaling: int) -> NDArray[np.float64]:
    """With "variance" scaling the mean squared spread is 1, so that gamma keeps its meaning."""
    spread: NDArray[np.float64] = points.std(0)
    chosen = np.full_like(spread, np.sqrt((spread**2).mean())) if scaling else spread
    return np.asarray(np.maximum(chosen, 1e-12), np.float64)


def _machines(points: NDArray[np.float64], own: NDArray[np.intp], gamma: float, c: float) -> Any:  # noqa: ANN401
    try:
        from sklearn.svm import SVC
    except ImportError:
        raise NotInstalled("scikit-learn is not installed", remedy="pip install 'gennet[genomics]'") from None
    return SVC(C=c, gamma=gamma, decision_function_shape="ovo").fit(points, own)


def _forest(points: NDArray[np.float64], own: NDArray[np.intp], seed: int) -> Any:  # noqa: ANN401
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(_TREES, min_samples_leaf=2, random_state=seed).fit(points, own)


def _leaves(forest: Any, points: NDArray[np.float64]) -> NDArray[np.float64]:  # noqa: ANN401
    return np.asarray(forest.predict_proba(points), np.float64)


def _votes(machines: Any, points: NDArray[np.float64], classes: int) -> NDArray[np.float64]:  # noqa: ANN401
    """Couple the machines: a class counts the log odds with which it wins over each other."""
    decisions = np.asarray(machines.decision_function(points), np.float64).reshape(len(points), -1)
    if classes == 2:  # one machine, positive for the second class
        decisions = -decisions
    first, second = np.triu_indices(classes, 1)
    logs = np.zeros((len(points), classes))
    for column, (i, j) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        logs[:, i] -= np.logaddexp(0.0, -_SLOPE * decisions[:, column])
        logs[:, j] -= np.logaddexp(0.0, _SLOPE * decisions[:, column])
    shares: NDArray[np.float64] = np.exp(2.0 * _SLOPE / classes * (logs - logs.max(1, keepdims=True)))
    total: NDArray[np.float64] = shares.sum(1, keepdims=True)
    return np.asarray(shares / total, np.float64)


def _blended(votes: NDArray[np.float64], leaves: NDArray[np.float64], blend: float) -> NDArray[np.float64]:
    return (1.0 - blend) * votes + blend * leaves


def _best_temperature(raw: NDArray[np.float64], own: NDArray[np.intp]) -> tuple[float, float]:
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(own))
    found = minimize_scalar(lambda t: -np.log(_tempered(raw, t)[rows, own]).mean(), bounds=(0.2, 5.0), method="bounded")
    return float(found.fun), float(found.x)


def _tempered(raw: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    weights = np.maximum(raw, 1e-6) ** (1.0 / temperature)
    shares: NDArray[np.float64] = weights / weights.sum(1, keepdims=True)
    return shares


def _folds(own: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    """Deal people of each class to the folds in turn."""
    fold = np.empty(len(own), np.intp)
    for each in np.unique(own):
        members = rng.permutation(np.flatnonzero(own == each))
        fold[members] = np.arange(len(members)) % _FOLDS
    return fold


def _squared(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    distance: NDArray[np.float64] = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2.0 * a @ b.T
    return np.maximum(distance, 0.0)


def _check(points: NDArray[np.float64], own: NDArray[np.intp], classes: NDArray[np.str_]) -> None:
    if points.ndim != 2 or len(points) != len(own):
        raise BadInput(f"{len(own)} labels for {len(points)} points", remedy="give one for each")
    if not np.isfinite(points).all():
        raise BadInput("a principal component is not a number", remedy="leave that person out")
    if len(classes) < 2 or np.bincount(own).min() < max(_FOLDS, 6):
        raise BadInput("a class has fewer than six people", remedy="merge or drop small classes")
