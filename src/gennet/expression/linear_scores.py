"""Activities as t values of linear models over genes: each set alone (ulm) or beside all others (mlm)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_ALIKE = 1e-9
"""Least share of a set's variance that the sets before it may leave unexplained."""
_BLOCK = 64
"""Samples whose centred values are held at a time."""


def univariate(
    values: NDArray[np.float64],
    weights: Any,  # noqa: ANN401 scipy's sparse matrices are untyped
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return t and two-sided p (samples x sets) of regressing each sample's genes on each set's weights.

    A sample whose genes all have one value has t 0 and p 1.

    >>> from scipy.sparse import csc_matrix
    >>> t, p = univariate(np.array([[1.0, 2.0, 4.0]]), csc_matrix([[0.0], [0.0], [1.0]]))
    >>> t.round(6).tolist()
    [[2.886751]]
    """
    from scipy.special import stdtr

    n = values.shape[1]
    if n < 3:
        raise InvalidContent("fewer than three genes were measured", place="expression", remedy="give all genes")
    products, spread, weight_spread = _products(values, weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.clip(np.nan_to_num(products / np.outer(spread, weight_spread)), -1.0, 1.0)
        t = r * np.sqrt((n - 2) / ((1.0 - r) * (1.0 + r)))
    return t, np.asarray(2.0 * stdtr(n - 2, -np.abs(t)))


def multivariate(
    values: NDArray[np.float64],
    weights: Any,  # noqa: ANN401 scipy's sparse matrices are untyped
    names: Sequence[str],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return t and two-sided p (samples x sets) of regressing each sample's genes on the weights of all sets together.

    Raises
    ------
    InvalidContent
        A set is determined by others, or there are no more genes than sets; one of the names is given.
    """
    from scipy.linalg import cho_solve, solve_triangular
    from scipy.special import stdtr

    n, k = weights.shape
    freedom = n - k - 1
    if freedom < 1:
        raise InvalidContent(f"{k} sets cannot be told apart by {n} genes", place="gene sets", remedy="use ulm")
    products, spread, weight_spread = _products(values, weights)
    mean = np.asarray(weights.mean(axis=0)).ravel()
    gram = np.asarray((weights.T @ weights).todense()) - n * np.outer(mean, mean)
    scaled = gram / np.outer(weight_spread, weight_spread)
    lower = _cholesky(scaled, names)
    right = products.T / weight_spread[:, None]
    projected = solve_triangular(lower, right, lower=True)
    left = np.maximum(spread**2 - np.einsum("ij,ij->j", projected, projected), 0.0)
    effect = solve_triangular(lower, projected, lower=True, trans="T")
    unscaled = np.sqrt(np.diag(cho_solve((lower, True), np.eye(k))))
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.nan_to_num((effect / unscaled[:, None] / np.sqrt(left / freedom)).T)
    return t, np.asarray(2.0 * stdtr(freedom, -np.abs(t)))


def _products(
    values: NDArray[np.float64],
    weights: Any,  # noqa: ANN401 scipy's sparse matrices are untyped
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """
    Return centred samples times weights (samples x sets), and the roots of the sums of squares of samples and of sets.

    Samples go through in blocks, so that no centred copy of the matrix is held.
    """
    n, k = weights.shape
    made, spread, across = np.empty((len(values), k)), np.empty(len(values)), weights.T.tocsr()
    for start in range(0, len(values), _BLOCK):
        rows = slice(start, start + _BLOCK)
        held = values[rows] - values[rows].mean(axis=1, keepdims=True)
        own = np.sqrt(np.einsum("ij,ij->i", held, held))
        # Rounding leaves a hair of spread in a sample of one value.
        flat = own <= 1e-12 * np.abs(values[rows]).max(axis=1) * np.sqrt(n)
        own[flat] = 0.0
        held[flat] = 0.0
        spread[rows], made[rows] = own, (across @ np.ascontiguousarray(held.T)).T
    mean = np.asarray(weights.mean(axis=0)).ravel()
    squares = np.asarray(weights.multiply(weights).sum(axis=0)).ravel()
    return made, spread, np.sqrt(squares - n * mean**2)


def _cholesky(scaled: NDArray[np.float64], names: Sequence[str]) -> NDArray[np.float64]:
    try:
        lower = np.linalg.cholesky(scaled)
    except np.linalg.LinAlgError:
        lower = None
    if lower is None or (np.diag(lower) ** 2 < _ALIKE).any():
        raise InvalidContent(
            f"set {_determined(scaled, names)} has the same measured genes as others together",
            place="gene sets",
            remedy="leave it out, or use ulm",
        )
    return np.asarray(lower)


def _determined(scaled: NDArray[np.float64], names: Sequence[str]) -> str:
    """Name the set that weighs most in the direction without variance."""
    _, vectors = np.linalg.eigh(scaled)
    return names[int(np.argmax(np.abs(vectors[:, 0])))]
