"""A classifier of diseases by expression: nested validation, calibrated probability, and a warning for unlike samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gennet.core.study import Watch, silent
from gennet.errors import InvalidContent, NotInstalled
from gennet.expression.panels import one_thread, stratified

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SIZES = (20, 100, 500)
"""Genes kept by variance between groups; chosen by inner folds."""
_STRENGTHS = (0.001, 0.01, 0.1, 1.0)
"""Inverse of the penalty; chosen by inner folds."""
_NEWTON = 100
"""Most coefficients for which Newton's method, which holds their square, is the faster."""
_NEIGHBOURS = 5
_FURTHEST = 10.0
"""Standard deviations beyond which a gene counts no more in a distance."""


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """What was learnt of the groups, in order of `groups`."""

    groups: tuple[str, ...]
    genes: NDArray[np.intp]
    """Columns the model uses."""
    centre: NDArray[np.float64]
    spread: NDArray[np.float64]
    """Of every gene, in training."""
    weights: NDArray[np.float64]
    """Groups x (genes + 1); the last column is the intercept."""
    temperature: float
    """Log odds are divided by this, so that probabilities are as often right as they say."""
    training: NDArray[np.float64]
    """Standardised training samples, over every gene."""
    distances: NDArray[np.float64]
    """Each training sample's distance from the others."""

    def probabilities(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return calibrated probabilities (samples x groups) of values (samples x all genes of training)."""
        held = _scaled(values, self.centre, self.spread)[:, self.genes]
        return _softmax((held @ self.weights[:, :-1].T + self.weights[:, -1]) / self.temperature)

    def likeness(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """
        Return a conformal p-value per sample: how rarely a training sample is as far from, or as near to, the others.

        Nearness counts too: values on another scale may be squeezed into the middle of the training data. Under 0.05 a
        sample is unlike the training data and its probability should not be relied on; samples drawn like the training
        data fall there by chance once in twenty.
        """
        held = _scaled(values, self.centre, self.spread)
        far = np.array([_nearest(_distances(one, self.training)) for one in held])
        return _conformal(far, self.distances, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A classifier fitted to all samples, and how the same procedure did on samples it had not seen."""

    classifier: Classifier
    probabilities: NDArray[np.float64]
    """Of each training sample, by a model without it; samples x groups."""
    likeness: NDArray[np.float64]
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    """Wilson's 95 % interval."""
    largest_group: float
    """Accuracy of always naming the largest group."""
    brier: float
    """Mean squared error of probabilities, summed over groups: 0 to 2."""
    log_loss: float
    calibration_slope: float
    """Of log odds: under 1 means that probabilities were too extreme; NaN where every sample was named right with room."""


def judge(
    values: NDArray[np.float64],
    labels: Sequence[str],
    rng: np.random.Generator,
    *,
    folds: int = 5,
    watch: Watch = silent,
) -> Judged:
    """
    Fit a classifier to log expression (samples x genes) and judge it by nested cross-validation.

    Genes, penalty and temperature are chosen by inner folds within each outer training set.

    Raises
    ------
    InvalidContent
        There is one group, or a group has fewer samples than twice the folds.
    """
    groups = sorted(set(labels))
    y = np.array([groups.index(label) for label in labels], np.int64)
    if len(groups) < 2 or np.bincount(y).min() < 2 * folds:
        raise InvalidContent(
            f"the smallest of {len(groups)} groups has {int(np.bincount(y).min())} samples", place="samples",
            remedy=f"give two groups or more, each of {2 * folds} samples or more",
        )  # fmt: skip
    predicted = np.empty((len(y), len(groups)))
    with one_thread():
        for turn, (train, test) in enumerate(stratified(y, folds, rng)):
            watch("outer folds", turn, folds + 1)
            predicted[test] = _fit(values[train], y[train], groups, rng, folds).probabilities(values[test])
        watch("fitting to all samples", folds, folds + 1)
        return _judged(_fit(values, y, groups, rng, folds), predicted, y)


def _fit(
    values: NDArray[np.float64], y: NDArray[np.int64], groups: Sequence[str], rng: np.random.Generator, folds: int
) -> Classifier:
    centre, spread = _moments(values)
    sizes = sorted({min(size, values.shape[1]) for size in _SIZES})
    settings = [(size, strength) for size in sizes for strength in _STRENGTHS]
    logits = np.empty((len(settings), len(y), len(groups)))
    for train, test in stratified(y, folds, rng):
        inner_centre, inner_spread = _moments(values[train])
        z, unseen = (_scaled(values[rows], inner_centre, inner_spread) for rows in (train, test))
        order = np.argsort(-_between(z, y[train]), kind="stable")
        for i, (size, strength) in enumerate(settings):
            genes = order[:size]
            weights = _weights(z[:, genes], y[train], len(groups), strength)
            logits[i, test] = unseen[:, genes] @ weights[:, :-1].T + weights[:, -1]
    losses = [_loss(_softmax(one / _temperature(one, y)), y) for one in logits]
    best = int(np.argmin(losses))
    size, strength = settings[best]
    z = _scaled(values, centre, spread)
    genes = np.argsort(-_between(z, y), kind="stable")[:size]
    distances = np.array([_nearest(np.delete(_distances(one, z), i)) for i, one in enumerate(z)])
    return Classifier(
        tuple(groups), genes, centre, spread, _weights(z[:, genes], y, len(groups), strength),
        _temperature(logits[best], y), z, distances,
    )  # fmt: skip


def _weights(z: NDArray[np.float64], y: NDArray[np.int64], groups: int, strength: float) -> NDArray[np.float64]:
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        raise NotInstalled("classifying needs scikit-learn", remedy="pip install 'gennet[omics]'") from None
    # The penalty is the same along any axes, so the model is fitted in the few that the samples span.
    left, scale, axes = np.linalg.svd(z, full_matrices=False)
    held = left * scale
    solver = "newton-cholesky" if held.shape[1] * groups <= _NEWTON else "lbfgs"
    fitted: Any = LogisticRegression(C=strength, max_iter=2000, solver=solver).fit(held, y)
    made = np.concatenate([fitted.coef_ @ axes, fitted.intercept_[:, None]], axis=1)
    # Of two groups the library keeps one row, the log odds of the second.
    return np.asarray(np.concatenate([np.zeros_like(made), made]) if groups == 2 else made)


def _between(z: NDArray[np.float64], y: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return each standardised gene's variance between groups over that within."""
    between = np.zeros(z.shape[1])
    for group in np.unique(y):
        mean = z[y == group].mean(axis=0)
        between += (y == group).mean() * mean**2
    return np.asarray(between / np.maximum((z**2).mean(axis=0) - between, 1e-12))


def _moments(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    spread = values.std(axis=0)
    return values.mean(axis=0), np.where(spread > 1e-12, spread, np.inf)


def _scaled(
    values: NDArray[np.float64], centre: NDArray[np.float64], spread: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray(np.clip((values - centre) / spread, -_FURTHEST, _FURTHEST))


def _distances(one: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(((others - one) ** 2).mean(axis=1)))


def _nearest(distances: NDArray[np.float64]) -> float:
    k = min(_NEIGHBOURS, len(distances))
    return float(np.partition(distances, k - 1)[:k].mean())


def _conformal(far: NDArray[np.float64], known: NDArray[np.float64], added: float) -> NDArray[np.float64]:
    further = (known[None, :] >= far[:, None]).sum(axis=1)
    nearer = (known[None, :] <= far[:, None]).sum(axis=1)
    return np.asarray(np.minimum(2.0 * (np.minimum(further, nearer) + added) / (len(known) + added), 1.0))


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    held = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(held / held.sum(axis=1, keepdims=True))


def _loss(p: NDArray[np.float64], y: NDArray[np.int64]) -> float:
    return float(-np.log(np.maximum(p[np.arange(len(y)), y], 1e-15)).mean())


def _temperature(logits: NDArray[np.float64], y: NDArray[np.int64], *, smooth: bool = True) -> float:
    """
    Return the divisor of log odds that makes unseen samples likeliest, between 1/20 and 20.

    With `smooth`, Platt's targets stand for certainty: a group of n samples proves no more than 1 - 1/(n + 2).
    """
    from scipy.optimize import minimize_scalar

    groups = logits.shape[1]
    doubt = 1.0 / (np.bincount(y, minlength=groups) + 2.0) if smooth else np.zeros(groups)
    target = np.repeat(doubt[y, None] / (groups - 1), groups, axis=1)
    target[np.arange(len(y)), y] = 1.0 - doubt[y]

    def loss(x: float) -> float:
        p = np.maximum(_softmax(logits / np.exp(x)), 1e-15)
        return float(-(target * np.log(p)).sum(axis=1).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded").x))


def _slope(p: NDArray[np.float64], y: NDArray[np.int64]) -> float:
    slope = 1.0 / _temperature(np.log(np.maximum(p, 1e-15)), y, smooth=False)
    return slope if slope < 19.0 else float("nan")


def _judged(fitted: Classifier, p: NDArray[np.float64], y: NDArray[np.int64]) -> Judged:
    n, right = len(y), float((p.argmax(axis=1) == y).mean())
    truth = np.eye(p.shape[1])[y]
    z2 = 1.959964**2
    middle = (right + z2 / (2 * n)) / (1 + z2 / n)
    reach = np.sqrt(z2 * (right * (1 - right) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return Judged(
        classifier=fitted,
        probabilities=p,
        likeness=_conformal(fitted.distances, fitted.distances, 0.0),
        accuracy=right,
        accuracy_low=float(middle - reach),
        accuracy_high=float(middle + reach),
        largest_group=float(np.bincount(y).max() / n),
        brier=float(((p - truth) ** 2).sum(axis=1).mean()),
        log_loss=_loss(p, y),
        # Dividing log odds by T is best for unseen samples: they were T times too far from 0.
        calibration_slope=_slope(p, y),
    )
