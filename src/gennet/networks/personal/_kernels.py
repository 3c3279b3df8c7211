"""Rank-one changes of large matrices in one pass, compiled."""

from __future__ import annotations

import numpy as np

from gennet.core.kernels import Array, kernel


@kernel
def outer_added(matrix: Array, u: Array, v: Array) -> Array:
    """Return a new matrix: `matrix` plus the outer product of u and v."""
    rows, columns = matrix.shape
    made = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            made[i, j] = matrix[i, j] + u[i] * v[j]
    return made


@kernel
def outers_added(matrix: Array, u: Array, v: Array, s: Array, t: Array) -> Array:
    """Return a new matrix: `matrix` plus the outer products of u and v, and of s and t."""
    rows, columns = matrix.shape
    made = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            made[i, j] = matrix[i, j] + u[i] * v[j] + s[i] * t[j]
    return made


@kernel
def scaled_difference(matrix: Array, u: Array, v: Array, row: Array, column: Array) -> Array:
    """Return a new matrix: `matrix` less the outer product of u and v, its rows and columns multiplied."""
    rows, columns = matrix.shape
    made = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            made[i, j] = (matrix[i, j] - u[i] * v[j]) * row[i] * column[j]
    return made
