"""One person's expression profile, read from TSV, CSV, Parquet or h5ad."""

from __future__ import annotations

import difflib
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from gennet.core.files import head, read_text
from gennet.core.parts import Part
from gennet.errors import BadInput, InvalidContent, NotInstalled, UnknownName, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_ENSEMBL = re.compile(r"ENSG\d{11}(\.\d+)?")
_MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL"]


@dataclass(frozen=True, slots=True, eq=False)
class Expression(Part):
    """
    Expression of each gene in one sample.

    >>> Expression("s1", ("TP53", "MYC"), np.array([1.0, 2.0]), "abundance", "symbol").size
    2
    """

    supplied_as: ClassVar[str] = "an expression table (--expression)"

    sample: str
    genes: tuple[str, ...]
    """Unique identifiers; Ensembl versions are removed."""
    values: NDArray[np.float64]
    """Shape (genes,), float64, finite; in the unit of `scale`."""
    scale: str
    """``counts`` (whole numbers), ``abundance`` (TPM, FPKM, CPM) or ``log`` (some values negative)."""
    identifiers: str
    """``symbol`` or ``ensembl``."""

    @property
    def size(self) -> int:
        """Number of genes."""
        return len(self.genes)


def read_expression(path: Path, sample: str | None = None) -> tuple[Expression, tuple[str, ...]]:
    """
    Read one sample from a table of genes by samples, or of samples by genes.

    The sample names decide the orientation: a header that holds `sample` makes columns samples, a first column that
    holds it makes rows samples. Without `sample` the table must hold exactly one.

    Returns
    -------
    tuple
        The profile, and notes on what was concluded or changed.

    Raises
    ------
    UnknownName
        No such sample; near names are listed.
    InvalidContent
        A duplicated gene, a missing or infinite value, a negative count.
    UnreadableFile
        Not a table of numbers.
    """
    rows, columns, table = read_table(path)
    genes, values, name = _pick(path, rows, columns, table, sample)
    refuse_duplicates(path, genes)
    _refuse_gaps(path, genes, values)
    scale = scale_of(path, genes, values)
    identifiers, genes = identifiers_of(path, genes)
    notes = (f"{path.name}: expression of {len(genes):,} genes in sample {name} read as {scale} by {identifiers}",)
    return Expression(name, tuple(genes), values, scale, identifiers), notes


Table = tuple[list[str], list[str], "NDArray[np.float64]"]


def read_table(path: Path) -> Table:
    """Read names of rows, names of columns and numbers of a TSV, CSV, Parquet or h5ad file."""
    start = head(path, 8)
    if start.startswith(b"PAR1"):
        return _from_arrow(path, _parquet(path))
    if start.startswith(b"\x89HDF"):
        return _h5ad(path)
    return _from_arrow(path, _delimited(path))


def _parquet(path: Path) -> Any:  # noqa: ANN401 pyarrow is untyped
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"broken Parquet ({error})", place=path.name, remedy="write it again") from error


def _delimited(path: Path) -> Any:  # noqa: ANN401 pyarrow is untyped
    try:
        import pyarrow as pa
        from pyarrow import csv
    except ImportError as error:
        raise NotInstalled("reading expression needs pyarrow", remedy="pip install 'gennet[omics]'") from error
    text = read_text(path)
    first = text.partition("\n")[0]
    delimiter = "\t" if first.count("\t") >= first.count(",") else ","
    if delimiter not in first:
        raise UnreadableFile("not a table: the first line has one column", place=path.name, remedy="use TSV or CSV")
    try:
        return csv.read_csv(
            io.BytesIO(text.encode()),
            read_options=csv.ReadOptions(use_threads=False),
            parse_options=csv.ParseOptions(delimiter=delimiter),
            convert_options=csv.ConvertOptions(null_values=_MISSING, strings_can_be_null=False),
        )
    except pa.ArrowException as error:
        raise UnreadableFile(
            f"not a table ({error})", place=path.name, remedy="give each row as many columns"
        ) from error


def _from_arrow(path: Path, table: Any) -> Table:  # noqa: ANN401 pyarrow is untyped
    import pyarrow as pa

    if table.num_columns < 2 or table.num_rows == 0:
        raise UnreadableFile("the table has no values", place=path.name, remedy="give one row per gene")
    rows = [str(value) for value in table.column(0).to_pylist()]
    columns = [str(name) for name in table.column_names[1:]]
    arrays = []
    for name, column in zip(columns, table.columns[1:], strict=True):
        if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_null(column.type)):
            raise UnreadableFile(f"column {name!r} holds text", place=path.name, remedy="keep numbers only")
        arrays.append(column.cast(pa.float64()).to_numpy())
    return rows, columns, np.stack(arrays, axis=1)


def _h5ad(path: Path) -> Table:
    try:
        import anndata
    except ImportError as error:
        raise NotInstalled("reading h5ad needs anndata", remedy="pip install 'gennet[omics]'") from error
    try:
        data = anndata.read_h5ad(path)
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise UnreadableFile(f"broken h5ad ({error})", place=path.name, remedy="write it again") from error
    values = data.X.toarray() if hasattr(data.X, "toarray") else np.asarray(data.X)
    return list(map(str, data.obs_names)), list(map(str, data.var_names)), values.astype(np.float64)


def _pick(
    path: Path, rows: list[str], columns: list[str], table: NDArray[np.float64], sample: str | None
) -> tuple[list[str], NDArray[np.float64], str]:
    if sample is None:
        if len(columns) == 1:
            return rows, table[:, 0], columns[0]
        if len(rows) == 1:
            return columns, table[0], rows[0]
        names = ", ".join(columns[:5])
        raise BadInput(f"holds several samples ({names}, ...)", place=path.name, remedy="say which with --sample")
    if sample in columns:
        return rows, table[:, columns.index(sample)], sample
    if sample in rows:
        return columns, table[rows.index(sample)], sample
    if len(columns) == 1:
        return rows, table[:, 0], columns[0]
    if len(rows) == 1:
        return columns, table[0], rows[0]
    near = difflib.get_close_matches(sample, [*columns, *rows], n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(near)}" if near else f"it holds {', '.join(columns[:5])}, ..."
    raise UnknownName(f"no sample {sample!r}", place=path.name, remedy=hint)


def refuse_duplicates(path: Path, genes: Sequence[str]) -> None:
    """Raise `InvalidContent` when a gene stands twice."""
    twice = [gene for gene, count in Counter(genes).items() if count > 1]
    if twice:
        at = [index + 2 for index, gene in enumerate(genes) if gene == twice[0]]
        raise InvalidContent(
            f"gene {twice[0]!r} appears {len(at)} times (entries {', '.join(map(str, at[:3]))}); "
            f"{len(twice)} genes are duplicated",
            place=path.name,
            remedy="keep or sum one row per gene",
        )


def _refuse_gaps(path: Path, genes: Sequence[str], values: NDArray[np.float64]) -> None:
    gaps = np.flatnonzero(~np.isfinite(values))
    if len(gaps):
        raise InvalidContent(
            f"no finite value for gene {genes[gaps[0]]!r} (entry {gaps[0] + 2}); {len(gaps)} genes lack one",
            place=path.name,
            remedy="remove genes that were not measured",
        )


def scale_of(path: Path, genes: Sequence[str], values: NDArray[np.float64]) -> str:
    """
    Tell counts, abundances and logarithms apart; genes are the last axis.

    Raises
    ------
    InvalidContent
        A count is negative.
    """
    whole = bool(np.all(values == np.floor(values)))
    negative = np.argwhere(values < 0)
    if len(negative) and whole:
        gene, value = genes[negative[0][-1]], values[tuple(negative[0])]
        raise InvalidContent(f"negative count {value:g} for gene {gene!r}", place=path.name, remedy="give raw counts")
    return "log" if len(negative) else "counts" if whole else "abundance"


def identifiers_of(path: Path, genes: Sequence[str]) -> tuple[str, list[str]]:
    """Return ``ensembl`` with bare identifiers where most genes are such, else ``symbol`` with the names as they are."""
    ensembl = sum(_ENSEMBL.fullmatch(gene) is not None for gene in genes)
    if ensembl * 2 < len(genes):
        return "symbol", list(genes)
    bare = [gene.partition(".")[0] for gene in genes]
    refuse_duplicates(path, bare)
    return "ensembl", bare
