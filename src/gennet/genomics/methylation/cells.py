"""Cell types of a bulk sample: constrained projection of its betas on those of pure cells."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import read_text
from gennet.errors import InvalidContent
from gennet.genomics.methylation.ages import gathered

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from gennet.genomics.methylation.matrix import BetaMatrix

LEAST = 0.5
"""Least share of the reference's CpGs that a sample must measure."""
_NOTHING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class CellReference:
    """Betas of pure cells at the CpGs that tell them apart."""

    cpgs: tuple[str, ...]
    cells: tuple[str, ...]
    betas: NDArray[np.float64]
    """CpGs x cell types, 0 to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class CellShares:
    """Shares of cell types in each sample."""

    cells: tuple[str, ...]
    shares: NDArray[np.float64]
    """Samples x cell types; NaN where too few CpGs are measured."""
    errors: NDArray[np.float64]
    """Standard errors of the same shape, of least squares without the constraints."""
    residual: NDArray[np.float64]
    """Root mean square of what the cells leave unexplained, in betas."""
    measured: NDArray[np.intp]
    """CpGs of the reference measured in each sample."""


def read_cells(path: Path) -> CellReference:
    """
    Read betas of pure cells: CSV, CpGs down, cell types across.

    Raises
    ------
    MissingFile, UnreadableFile
        There is no such text file.
    InvalidContent
        A value is no beta, a CpG stands twice, or cell types cannot be told apart.
    """
    rows = [row for row in csv.reader(read_text(path).splitlines()) if row]
    cells = [cell.strip() for cell in rows[0][1:]] if rows else []
    names, values = list[str](), list[list[float]]()
    for number, row in enumerate(rows[1:], start=2):
        try:
            held = [float(cell) for cell in row[1:]]
        except ValueError:
            held = []
        if len(held) != len(cells) or not all(0.0 <= beta <= 1.0 for beta in held):
            raise InvalidContent("this is no row of betas", place=f"{path.name}: line {number}", remedy="mend it")
        names.append(row[0].strip())
        values.append(held)
    if len(set(names)) < len(names):
        raise InvalidContent("a CpG stands twice", place=path.name, remedy="keep one of them")
    betas = np.array(values)
    if len(cells) < 2 or np.linalg.matrix_rank(betas) < len(cells):
        raise InvalidContent("these cell types cannot be told apart", place=path.name, remedy="give more CpGs")
    return CellReference(tuple(names), tuple(cells), betas)


def cell_shares(matrix: BetaMatrix, reference: CellReference, *, whole: bool = False) -> CellShares:
    """
    Return the shares of cell types that explain each sample best (Houseman 2012, DOI 10.1186/1471-2105-13-86).

    Shares are not negative and sum to 1 at most, or to 1 exactly with `whole`. CpGs that a sample lacks are left out of
    its own fit; with fewer than half of them it has no shares.
    """
    betas = gathered(reference.cpgs, matrix.place(), matrix.betas)
    n, k = betas.shape[1], len(reference.cells)
    shares, errors = np.full((n, k), math.nan), np.full((n, k), math.nan)
    residual, measured = np.full(n, math.nan), np.isfinite(betas).sum(axis=0)
    for i in range(n):
        known = np.isfinite(betas[:, i])
        pure = reference.betas[known]
        if measured[i] < LEAST * len(reference.cpgs) or np.linalg.matrix_rank(pure) < k:
            continue
        shares[i] = projected(pure, betas[known, i], whole=whole)
        left = betas[known, i] - pure @ shares[i]
        residual[i] = math.sqrt(float(np.mean(left**2)))
        variance = float(left @ left) / max(len(left) - k, 1)
        errors[i] = np.sqrt(variance * np.diag(np.linalg.inv(pure.T @ pure)))
    return CellShares(reference.cells, shares, errors, residual, measured)


def projected(pure: NDArray[np.float64], mixed: NDArray[np.float64], *, whole: bool = False) -> NDArray[np.float64]:
    """
    Minimise ``|pure x - mixed|`` with x >= 0 and sum x <= 1 (= 1 with `whole`), exactly.

    The problem is turned into one of least distance and that into non-negative least squares (Lawson & Hanson 1974,
    chapter 23). `pure` must have full column rank.

    >>> projected(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0.75, -0.5])).round(12).tolist()
    [0.75, 0.0]
    >>> projected(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0.75, 0.75])).round(12).tolist()
    [0.5, 0.5]
    """
    from scipy.optimize import nnls

    k = pure.shape[1]
    q, r = np.linalg.qr(pure)
    inverse, target = np.linalg.inv(r), q.T @ mixed
    sides = np.vstack([np.eye(k), -np.ones((1, k)), *([np.ones((1, k))] if whole else [])])
    least = np.concatenate([np.zeros(k), [-1.0], [1.0] if whole else []])
    free = inverse @ target
    slack = least - sides @ free
    if (slack <= 0.0).all():
        return np.asarray(free)
    made, _ = nnls(np.vstack([(sides @ inverse).T, slack]), np.append(np.zeros(k), 1.0))
    left = np.vstack([(sides @ inverse).T, slack]) @ made - np.append(np.zeros(k), 1.0)
    found = free + inverse @ (-left[:-1] / left[-1])
    # What differs from nothing by rounding is nothing.
    return np.asarray(np.where(found < _NOTHING, 0.0, found))
