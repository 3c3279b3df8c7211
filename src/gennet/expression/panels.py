"""Panels of genes that tell two groups apart: chosen by stability or by little redundancy, tried on samples kept back."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.study import Watch, silent
from gennet.errors import InvalidContent, NotInstalled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


class Selection(StrEnum):
    """How genes of a panel are chosen."""

    STABILITY = "stability"
    """Most often among the first to enter a lasso over halves of the samples; doi:10.1111/j.1467-9868.2010.00740.x."""
    MRMR = "mrmr"
    """Most relevant and least correlated with those before; doi:10.1142/S0219720005001004."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Genes chosen on all samples, and what such a choice was worth on samples it had not seen."""

    chosen: NDArray[np.intp]
    """Columns, best first."""
    worth: NDArray[np.float64]
    """Of each chosen gene: how often it was selected (stability), or relevance over redundancy (mRMR)."""
    refound: NDArray[np.float64]
    """Share of the outer folds whose own panel holds the gene."""
    predicted: NDArray[np.float64]
    """Probability of the second group for each sample, by panels and models that had not seen it."""
    auc: float
    auc_low: float
    auc_high: float
    """95 % interval by DeLong's variance on the logit scale."""
    null_auc: float
    """The same procedure's mean with labels permuted: what chance gives; NaN when not asked for."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep linear algebra on one thread: for many small models, waiting for each other costs threads ten times the work."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise NotInstalled("telling groups apart needs scikit-learn", remedy="pip install 'gennet[omics]'") from None
    with threadpool_limits(1):
        yield


def stability_selection(
    values: NDArray[np.float64],
    cases: NDArray[np.bool_],
    rng: np.random.Generator,
    *,
    rounds: int = 50,
    first: int = 10,
) -> NDArray[np.float64]:
    """
    Return how often each gene (of samples x genes) was among the `first` to enter a lasso, over 2 x `rounds` halves.

    Halves are complementary pairs with both groups in each. Genes at or over a frequency f > 1/2 include at most
    first^2 / ((2 f - 1) genes) false ones on average, if all irrelevant genes are alike (Meinshausen and Bühlmann 2010).
    """
    try:
        from sklearn.linear_model import lars_path
    except ImportError:
        raise NotInstalled("panels need scikit-learn", remedy="pip install 'gennet[omics]'") from None
    entered = np.zeros(values.shape[1])
    for _ in range(rounds):
        for half in _halves(cases, rng):
            z = _standardised(values[half])
            y = cases[half] - cases[half].mean()
            with warnings.catch_warnings():  # Genes alike in a half of few samples are dropped with a warning.
                warnings.simplefilter("ignore")
                _, active, _ = lars_path(z, y, method="lasso", max_iter=min(first, len(half) - 1))
            entered[active] += 1.0
    return entered / (2 * rounds)


def _halves(cases: NDArray[np.bool_], rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    groups = [rng.permutation(np.flatnonzero(cases == group)) for group in (False, True)]
    cut = [len(group) // 2 for group in groups]
    one = np.concatenate([group[:at] for group, at in zip(groups, cut, strict=True)])
    other = np.concatenate([group[at : 2 * at] for group, at in zip(groups, cut, strict=True)])
    return one, other


def mrmr(
    values: NDArray[np.float64], cases: NDArray[np.bool_], size: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """
    Return `size` genes, best first, and each one's F for the groups divided by its mean |r| with those before (FCQ).

    Correlations under 1 / sqrt(samples) are noise and count as that.

    >>> x = np.array([[0.0, 0.0, 1.0], [0.1, 0.1, 0.0], [1.0, 1.0, 1.9], [1.1, 1.1, 1.1]])
    >>> mrmr(x, np.array([False, False, True, True]), 1)[0].tolist()
    [0]
    """
    z = _standardised(values)
    n, y = len(values), cases - cases.mean()
    squared = np.minimum((y @ z) ** 2 / ((y @ y) * n), 1.0 - 1e-12)
    relevance = squared / (1.0 - squared) * (n - 2)
    redundancy = np.zeros(len(relevance))
    chosen, worth = list[int](), list[float]()
    for turn in range(min(size, len(relevance))):
        merit = relevance / np.maximum(redundancy / turn, n**-0.5) if turn else relevance.copy()
        merit[chosen] = -np.inf
        best = int(np.argmax(merit))
        chosen.append(best)
        worth.append(float(merit[best]))
        redundancy += np.abs(z[:, best] @ z) / n
    return np.array(chosen, np.intp), np.array(worth)


def find_panel(
    values: NDArray[np.float64], cases: NDArray[np.bool_], selection: Selection, rng: np.random.Generator, *,
    size: int = 10, folds: int = 5, permuted: int = 0, watch: Watch = silent,
) -> Panel:  # fmt: skip
    """
    Choose a panel from log expression (samples x genes) and judge the whole procedure by nested cross-validation.

    In each outer fold genes are chosen, scaled and weighed from the other folds alone; choosing genes on all samples first
    would make chance look like knowledge.

    Raises
    ------
    InvalidContent
        A group has fewer samples than twice the folds.
    """
    if min(int(cases.sum()), int((~cases).sum())) < 2 * folds:
        raise InvalidContent(
            f"a group has fewer than {2 * folds} samples",
            place="samples",
            remedy=f"give more, or fewer than {folds} folds",
        )
    with one_thread():
        return _find_panel(values, cases, selection, rng, (size, folds, permuted), watch)


def _find_panel(
    values: NDArray[np.float64], cases: NDArray[np.bool_], selection: Selection, rng: np.random.Generator,
    asked: tuple[int, int, int], watch: Watch,
) -> Panel:  # fmt: skip
    size, folds, permuted = asked
    watch("choosing on all samples", 0, folds + 1)
    chosen, worth = _choose(values, cases, selection, size, rng)
    predicted, panels = _nested(values, cases, selection, size, folds, rng, watch)
    refound = np.array([np.mean([gene in panel for panel in panels]) for gene in chosen])
    auc, low, high = auc_interval(predicted, cases)
    by_chance = [
        auc_interval(_nested(values, mixed, selection, size, folds, rng, silent)[0], mixed)[0]
        for mixed in (rng.permutation(cases) for _ in range(permuted))
    ]
    null = float(np.mean(by_chance)) if by_chance else float("nan")
    return Panel(chosen, worth, refound, predicted, auc, low, high, null)


def _choose(
    values: NDArray[np.float64], cases: NDArray[np.bool_], selection: Selection, size: int, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    if selection is Selection.MRMR:
        return mrmr(values, cases, size)
    often = stability_selection(values, cases, rng, first=max(size, 5))
    order = np.argsort(-often, kind="stable")[:size]
    order = order[often[order] > 0]
    return order, often[order]


def _nested(
    values: NDArray[np.float64], cases: NDArray[np.bool_], selection: Selection, size: int, folds: int,
    rng: np.random.Generator, watch: Watch,
) -> tuple[NDArray[np.float64], list[set[int]]]:  # fmt: skip
    predicted, panels = np.empty(len(cases)), list[set[int]]()
    for turn, (train, test) in enumerate(stratified(cases.astype(int), folds, rng)):
        watch("outer folds", turn + 1, folds + 1)
        genes, _ = _choose(values[train], cases[train], selection, size, rng)
        predicted[test] = _model(values[np.ix_(train, genes)], cases[train], values[np.ix_(test, genes)])
        panels.append(set(genes.tolist()))
    return predicted, panels


def _model(train: NDArray[np.float64], cases: NDArray[np.bool_], test: NDArray[np.float64]) -> NDArray[np.float64]:
    from sklearn.linear_model import LogisticRegression

    mean, spread = train.mean(axis=0), train.std(axis=0)
    spread[spread == 0] = 1.0
    fitted = LogisticRegression(C=1.0, max_iter=1000).fit((train - mean) / spread, cases)
    return np.asarray(fitted.predict_proba((test - mean) / spread)[:, 1])


def stratified(
    groups: NDArray[np.int64], folds: int, rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield training and test samples of folds that hold every group in its share."""
    fold = np.empty(len(groups), np.int64)
    for group in np.unique(groups):
        members = rng.permutation(np.flatnonzero(groups == group))
        fold[members] = (np.arange(len(members)) + rng.integers(folds)) % folds
    for one in range(folds):
        yield np.flatnonzero(fold != one), np.flatnonzero(fold == one)


def auc_interval(scores: NDArray[np.float64], cases: NDArray[np.bool_]) -> tuple[float, float, float]:
    """
    Return the area under the ROC curve and its 95 % interval.

    The variance is DeLong's (doi:10.2307/2531595), the interval on the logit scale; at an area of 0 or 1 the variance is 0
    and the interval is that of the rule of three for the smaller group.

    >>> auc_interval(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))[0]
    0.75
    """
    from scipy.stats import rankdata

    a, b = scores[cases], scores[~cases]
    m, n = len(a), len(b)
    every = rankdata(np.concatenate([a, b]))
    own_a, own_b = rankdata(a), rankdata(b)
    area = float((every[:m].sum() - m * (m + 1) / 2) / (m * n))
    if area in {0.0, 1.0}:
        least = min(m, n)
        return area, max(0.0, area - 3.0 / least), min(1.0, area + 3.0 / least)
    v10, v01 = (every[:m] - own_a) / n, 1.0 - (every[m:] - own_b) / m
    error = float(np.sqrt(v10.var(ddof=1) / m + v01.var(ddof=1) / n)) / (area * (1.0 - area))
    middle = float(np.log(area / (1.0 - area)))
    low, high = (1.0 / (1.0 + np.exp(-(middle + side * 1.959964 * error))) for side in (-1.0, 1.0))
    return area, float(low), float(high)


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    z = values - values.mean(axis=0)
    spread = np.sqrt((z**2).mean(axis=0))
    still = spread <= 1e-12 * np.maximum(np.abs(values).max(axis=0), 1e-300)
    spread[still] = 1.0
    z[:, still] = 0.0
    return np.asarray(z / spread)
