"""
Classify points in principal-component space: a kernel logistic regression averaged with a vote of near neighbours.

Labels of human populations are not linear in PCs. The regression is multinomial on Gaussian-kernel features of landmark
points (Nystroem); the vote weighs neighbours by a Gaussian as wide as the distance of the k-th. Which widths and which
penalty, and one temperature, are found on folds inside the training people only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import BadInput, NotInstalled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_LANDMARKS = 600
_NEIGHBOURS = 10
_FOLDS = 4
_GRID = ((0.1, 100.0), (0.03, 1000.0))
"""Inverse squared width in units of the standardised PCs, and the inverse penalty."""
_WEIGHTS = (0.0, 1.0)
"""How the PCs are scaled: each to unit variance (0), or left with the variance they explain (1)."""
_BLENDS = (0.0, 0.5)
"""Share of the neighbours' vote in the average."""
_FAR = 0.999
"""Share of the reference people who lie nearer their neighbours than `PointClassifier.far`."""


@dataclass(frozen=True, slots=True, eq=False)
class PointClassifier:
    """
    What was learnt, as plain arrays.

    `card` says from how many people, with which settings, and how well people left out were told apart.
    """

    classes: tuple[str, ...]
    points: NDArray[np.float64]
    """Training points, scaled."""
    own: NDArray[np.intp]
    """Their classes."""
    scale: NDArray[np.float64]
    landmarks: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    """Classes x (landmarks + 1), the intercept last."""
    gamma: float
    blend: float
    temperature: float
    far: float
    """Distance to the 5th neighbour beyond which a point resembles none of the classes."""
    card: dict[str, str | float]

    def probabilities(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each class, points x classes."""
        raw = _raw(self, points / self.scale)
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
        Shuffles the folds and draws landmarks.

    Raises
    ------
    BadInput
        Labels do not fit the points, a value is not finite, or a class is too small.
    """
    classes, own = np.unique(np.asarray(labels), return_inverse=True)
    _check(points, own, classes)
    fold = _folds(own, rng)
    choices = [(scaling, gamma, c, blend) for scaling in _WEIGHTS for gamma, c in _GRID for blend in _BLENDS]
    held_out = [_held_out(points, own, len(classes), fold, choice, rng) for choice in choices]
    losses = [_best_temperature(raw, own) for raw in held_out]
    rights = [float((raw.argmax(1) == own).mean()) for raw in held_out]
    best = int(np.lexsort(([loss for loss, _ in losses], [-right for right in rights]))[0])
    scaling, gamma, c, blend = choices[best]
    card: dict[str, str | float] = {
        "people": float(len(points)), "classes": float(len(classes)), "gamma": gamma, "inverse_penalty": c,
        "scaling": "variance" if scaling else "unit", "blend": blend, "inner_accuracy": rights[best], "inner_log_loss": losses[best][0],
    }  # fmt: skip
    return _fit(points, own, tuple(classes.tolist()), choices[best], losses[best][1], rng, card)


def _fit(
    points: NDArray[np.float64],
    own: NDArray[np.intp],
    classes: tuple[str, ...],
    choice: tuple[float, float, float, float],
    temperature: float,
    rng: np.random.Generator,
    card: dict[str, str | float],
) -> PointClassifier:
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        raise NotInstalled("scikit-learn is not installed", remedy="pip install 'gennet[genomics]'") from None
    scaling, gamma, c, blend = choice
    spread = points.std(0)
    # With "variance" scaling the mean squared spread is 1, so that gamma keeps its meaning.
    scale = np.maximum(np.full_like(spread, np.sqrt((spread**2).mean())) if scaling else spread, 1e-12)
    scaled = points / scale
    marks = scaled[np.sort(rng.choice(len(scaled), min(_LANDMARKS, len(scaled)), replace=False))]
    half = _whitener(marks, gamma)
    model = LogisticRegression(C=c, max_iter=400, tol=1e-3)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an early stop is a form of penalty; held-out people judge it
        model.fit(_kernel(scaled, marks, gamma) @ half, own)
    weights, intercept = model.coef_, model.intercept_
    if len(classes) == 2:
        weights, intercept = np.vstack([-weights / 2, weights / 2]), np.concatenate([-intercept / 2, intercept / 2])
    coefficients = np.column_stack([weights @ half.T, intercept])
    near = np.partition(_squared(scaled, scaled), 5, axis=1)[:, 5]
    far = float(np.sqrt(np.quantile(near, _FAR)))
    return PointClassifier(classes, scaled, own, scale, marks, coefficients, gamma, blend, temperature, far, card)


def _raw(model: PointClassifier, scaled: NDArray[np.float64]) -> NDArray[np.float64]:
    features = np.column_stack([_kernel(scaled, model.landmarks, model.gamma), np.ones(len(scaled))])
    logits = features @ model.coefficients.T
    regression: NDArray[np.float64] = np.exp(logits - logits.max(1, keepdims=True))
    regression /= regression.sum(1, keepdims=True)
    if model.blend == 0:
        return regression
    distance = _squared(scaled, model.points)
    width = np.partition(distance, _NEIGHBOURS, axis=1)[:, _NEIGHBOURS, None]
    weight = np.exp(-2.0 * distance / np.maximum(width, 1e-12))
    votes = weight @ (model.own[:, None] == np.arange(len(model.classes)))
    total = votes.sum(1, keepdims=True)
    voted = np.where(total > 0, votes / np.maximum(total, 1e-300), regression)
    mean: NDArray[np.float64] = (1 - model.blend) * regression + model.blend * voted
    return mean


def _held_out(
    points: NDArray[np.float64],
    own: NDArray[np.intp],
    classes: int,
    fold: NDArray[np.intp],
    choice: tuple[float, float, float, float],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    raw = np.zeros((len(points), classes))
    names = tuple(str(i) for i in range(classes))
    for turn in range(_FOLDS):
        out = fold == turn
        model = _fit(points[~out], own[~out], names, choice, 1.0, rng, {})
        raw[out] = _raw(model, points[out] / model.scale)
    return raw


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


def _whitener(marks: NDArray[np.float64], gamma: float) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(_kernel(marks, marks, gamma))
    kept = values > 1e-8 * values[-1]
    half: NDArray[np.float64] = vectors[:, kept] / np.sqrt(values[kept])
    return half


def _kernel(a: NDArray[np.float64], b: NDArray[np.float64], gamma: float) -> NDArray[np.float64]:
    return np.exp(-gamma * _squared(a, b))


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
