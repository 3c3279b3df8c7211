"""What the studies of expression ask for alike: a matrix, its scale, a sheet of the samples."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.design import Design, design_of
from gennet.core.names import near
from gennet.core.sheets import MISSING_WORDS, read_sheet
from gennet.errors import InvalidContent, UnknownName
from gennet.expression.matrix import ExpressionMatrix, Samples, read_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

EXPRESSION = "Expression of many samples: TSV, CSV, Parquet or h5ad."
ORIENTATION = "Where the samples of a table are."
SCALE = "What the values are; `auto` tells counts from the rest and asks where it cannot tell."
SHEET = "Sheet of the samples: CSV or TSV, first column the sample."
_LOOKS_LOGARITHMIC = 30.0
"""Abundances per million reach beyond this in any real sample; their logarithms do not."""


class Scale(StrEnum):
    """What values are."""

    AUTO = "auto"
    COUNTS = "counts"
    ABUNDANCE = "abundance"
    """TPM, FPKM or counts per million."""
    LOG = "log"


def matrix_of(path: Path, samples: Samples, scale: Scale) -> ExpressionMatrix:
    """
    Read a matrix and decide what its values are.

    Raises
    ------
    InvalidContent
        They may be abundances or logarithms, or are not what is said.
    """
    matrix = read_matrix(path, samples=samples)
    if scale is Scale.AUTO:
        if matrix.scale == "abundance" and float(matrix.values.max()) <= _LOOKS_LOGARITHMIC:
            raise InvalidContent(
                f"values of at most {matrix.values.max():.3g} may be logarithms or abundances", place=path.name,
                remedy="say which: --scale log or --scale abundance",
            )  # fmt: skip
        return matrix
    if scale is not Scale.LOG and matrix.scale == "log":
        raise InvalidContent(f"some values are negative, so they are no {scale}", place=path.name, remedy="say log")
    if scale is Scale.COUNTS and matrix.scale != "counts":
        raise InvalidContent("some values are no whole numbers", place=path.name, remedy="give raw counts")
    return replace(matrix, scale=str(scale))


def counts_of(matrix: ExpressionMatrix, place: str) -> NDArray[np.float64]:
    """Return the values of a matrix of counts; refuse others."""
    if matrix.scale != "counts":
        raise InvalidContent(f"these are {matrix.scale} values, not raw counts", place=place, remedy="give raw counts")
    return matrix.values


def logarithms(matrix: ExpressionMatrix) -> NDArray[np.float64]:
    """Return log2 expression, samples x genes: of counts per million each sample by itself, of abundances with 1 added."""
    if matrix.scale == "log":
        return matrix.values
    values = matrix.values
    if matrix.scale == "counts":
        library = values.sum(axis=1, keepdims=True)
        if not (library > 0).all():
            raise InvalidContent("a sample has no counts", place="expression", remedy="leave it out")
        values = values / library * 1e6
    return np.asarray(np.log2(values + 1.0))


def design_from(sheet: Path, samples: Sequence[str], variable: str, covariates: Sequence[str]) -> Design:
    """Return the design of a variable and covariates of a sheet."""
    return design_of(read_sheet(sheet, samples), variable, covariates, sheet.name)


def labels_from(sheet: Path, samples: Sequence[str], column: str) -> tuple[list[str], NDArray[np.bool_]]:
    """Return the groups of the samples that have one, and which those are."""
    held = read_sheet(sheet, samples)
    if column not in held:
        raise UnknownName(f"there is no column {column!r}", place=sheet.name, remedy=near(column, list(held)))
    known = np.array([cell.strip().lower() not in MISSING_WORDS for cell in held[column]], bool)
    return [cell for cell, kept in zip(held[column], known, strict=True) if kept], known
