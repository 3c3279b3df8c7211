"""Expression of many samples: a matrix with names, read from TSV, CSV, Parquet or h5ad."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.files import head
from gennet.errors import InvalidContent, UnknownName
from gennet.expression.profile import identifiers_of, read_table, refuse_duplicates, scale_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_HDF = b"\x89HDF"


class Samples(StrEnum):
    """Where the samples of a table are."""

    COLUMNS = "columns"
    """Genes in rows, as GEO and most counting programs write."""
    ROWS = "rows"
    """Genes in columns, as AnnData holds them."""


@dataclass(frozen=True, slots=True, eq=False)
class ExpressionMatrix:
    """
    Expression of each gene in each sample.

    >>> held = ExpressionMatrix(("a", "b"), ("TP53", "MYC"), np.array([[1.0, 2.0], [3.0, 4.5]]), "abundance", "symbol")
    >>> held.of("MYC").tolist()
    [2.0, 4.5]
    """

    samples: tuple[str, ...]
    """Unique."""
    genes: tuple[str, ...]
    """Unique; Ensembl versions are removed."""
    values: NDArray[np.float64]
    """Shape (samples, genes), float64, C-contiguous, finite; in the unit of `scale`."""
    scale: str
    """``counts`` (whole numbers), ``abundance`` (TPM, FPKM, CPM) or ``log`` (some values negative)."""
    identifiers: str
    """``symbol`` or ``ensembl``; ``symbol`` also for any other names."""

    def of(self, gene: str) -> NDArray[np.float64]:
        """Return one gene's values over the samples; raise `UnknownName` when it was not measured."""
        if gene not in self.genes:
            raise UnknownName(f"no gene {gene!r}", place="expression", remedy="give a gene of the table")
        return self.values[:, self.genes.index(gene)]

    def columns(self, genes: Sequence[str]) -> NDArray[np.intp]:
        """Return where these genes are; those that were not measured are left out."""
        at = {gene: i for i, gene in enumerate(self.genes)}
        return np.array([at[gene] for gene in genes if gene in at], np.intp)


def read_matrix(path: Path, *, samples: Samples = Samples.COLUMNS) -> ExpressionMatrix:
    """
    Read a table of genes and samples; an h5ad file always has samples in rows.

    Raises
    ------
    InvalidContent
        A gene or sample twice, a missing or infinite value, a negative count; the place names it.
    UnreadableFile
        Not a table of numbers.
    """
    rows, columns, table = read_table(path)
    if samples is Samples.COLUMNS and not head(path, 8).startswith(_HDF):
        rows, columns, table = columns, rows, table.T
    refuse_duplicates(path, columns)
    twice = next((name for name in rows if rows.count(name) > 1), None) if len(set(rows)) < len(rows) else None
    if twice is not None:
        raise InvalidContent(f"sample {twice!r} appears more than once", place=path.name, remedy="name each once")
    gaps = np.argwhere(~np.isfinite(table))
    if len(gaps):
        sample, gene = gaps[0]
        raise InvalidContent(
            f"no finite value for gene {columns[gene]!r} in sample {rows[sample]!r}; {len(gaps)} values lack",
            place=path.name,
            remedy="remove genes that were not measured in all samples, or fill them in",
        )
    scale = scale_of(path, columns, table)
    identifiers, genes = identifiers_of(path, columns)
    return ExpressionMatrix(tuple(rows), tuple(genes), np.ascontiguousarray(table, np.float64), scale, identifiers)
