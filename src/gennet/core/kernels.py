"""Compile inner loops: the one place that knows how, so that every kernel is cached, typed and without fast-math."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

Array: TypeAlias = Any
"""An array, or a tuple of arrays, inside a kernel: numba finds its type from the first call."""
P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """
    Compile a function of arrays and numbers to machine code; compiled once per machine, then read from disk.

    It releases the interpreter's lock, so threads run side by side. Import modules of kernels inside the function that
    needs them: numba itself takes a while to load. Division by zero follows IEEE 754, as in numpy.

    >>> import numpy as np
    >>> @kernel
    ... def total(values):
    ...     sum_ = 0.0
    ...     for value in values:
    ...         sum_ += value
    ...     return sum_
    >>> total(np.array([1.0, 2.5]))
    3.5
    """
    return cast("Callable[P, R]", numba.njit(cache=_can_cache(function), nogil=True, error_model="numpy")(function))


def _can_cache(function: Callable[P, R]) -> bool:
    """Tell whether a function lies in a file, beside which (or in the user's cache) its code can be kept."""
    return not function.__code__.co_filename.startswith("<")
