"""`gennet expression normalise`: a matrix on a common scale, by other identifiers where asked, with what was lost."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.findings import Drawing, Figure, Findings, Table, table
from gennet.core.names import count
from gennet.core.sheets import read_sheet
from gennet.core.study import Doc, Watch, silent
from gennet.errors import InvalidContent
from gennet.expression._inputs import EXPRESSION, ORIENTATION, SCALE, Scale, counts_of, matrix_of
from gennet.expression.dispersion import variance_stabilised
from gennet.expression.identifiers import Duplicates, Lost, read_mapping, rename
from gennet.expression.matrix import ExpressionMatrix, Samples
from gennet.expression.normalisation import counts_per_million, size_factors, tmm_factors, transcripts_per_million

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LISTED = 5000


class Normalisation(StrEnum):
    """On which scale counts are written."""

    TMM = "tmm"
    """Log2 counts per million of libraries corrected by trimmed means of M values."""
    CPM = "cpm"
    TPM = "tpm"
    """Needs lengths."""
    RATIOS = "median-of-ratios"
    VST = "vst"
    NONE = "none"
    """As they are: only identifiers change."""


@dataclass(frozen=True, slots=True)
class NormaliseOptions:
    """What `gennet expression normalise` asks for."""

    expression: Annotated[Path, Doc(EXPRESSION)]
    method: Annotated[Normalisation, Doc("On which scale.")] = Normalisation.TMM
    samples_in: Annotated[Samples, Doc(ORIENTATION)] = Samples.COLUMNS
    scale: Annotated[Scale, Doc(SCALE)] = Scale.AUTO
    lengths: Annotated[Path | None, Doc("Lengths of genes, for TPM: CSV or TSV of gene,length (bases).")] = None
    identifiers: Annotated[Path | None, Doc("Table of identifiers, such as HGNC's complete set: CSV or TSV.")] = None
    source: Annotated[str, Doc("Column of that table that holds the names in the matrix.")] = "ensembl_gene_id"
    target: Annotated[str, Doc("Column of that table that holds the names wanted.")] = "symbol"
    duplicates: Annotated[Duplicates, Doc("What is done where several genes become one.")] = Duplicates.REFUSE


def run(options: NormaliseOptions, watch: Watch = silent, folder: Path | None = None) -> Findings:
    """Rename, normalise, write the matrix."""
    watch("reading expression", 0)
    matrix, lost = matrix_of(options.expression, options.samples_in, options.scale), None
    if options.identifiers is not None:
        names = read_mapping(options.identifiers, options.source, options.target)
        matrix, lost = rename(matrix, names, options.duplicates)
    watch("normalising", 0)
    values, factors, notes = _normalised(matrix, options)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        write_matrix(folder / "normalised.tsv", matrix.samples, matrix.genes, values)
    return Findings(
        study="normalise",
        summary=f"{count(len(matrix.samples), 'sample')} x {count(len(matrix.genes), 'gene')} as {options.method}.",
        tables=(_samples(matrix, factors), *([_lost(lost)] if lost else [])),
        figures=(Figure("factors", "Factors", Drawing.BARS, "samples", x="factor", label="sample", lines=(1.0,)),),
        notes=(*notes, *(_lost_notes(lost) if lost else [])),
    )


def _normalised(
    matrix: ExpressionMatrix, options: NormaliseOptions
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[str, ...]]:
    place = options.expression.name
    if options.method is Normalisation.NONE:
        return matrix.values, np.ones(len(matrix.samples)), ()
    counts, one = counts_of(matrix, place), np.ones(len(matrix.samples))
    if options.method is Normalisation.TMM:
        factors = tmm_factors(counts)
        return counts_per_million(counts, factors, log=True), factors, ("Log2, after adding 2 counts by library size.",)
    if options.method is Normalisation.CPM:
        return counts_per_million(counts), one, ()
    if options.method is Normalisation.TPM:
        return transcripts_per_million(counts, _lengths(options.lengths, matrix.genes)), one, ()
    factors = size_factors(counts)
    if options.method is Normalisation.RATIOS:
        return counts / factors[:, None], factors, ()
    values, trend = variance_stabilised(counts, factors)
    note = f"Dispersion by mean: {trend.asymptotic:.4g} + {trend.extra:.4g} / mean; blind to groups."
    return values, factors, (note,)


def _lengths(path: Path | None, genes: tuple[str, ...]) -> NDArray[np.float64]:
    if path is None:
        raise InvalidContent("TPM needs the lengths of genes", place="lengths", remedy="give --lengths")
    column = next(iter(read_sheet(path, genes).values()))
    try:
        made = np.array([float(cell) if cell else np.nan for cell in column])
    except ValueError:
        raise InvalidContent("a length is no number", place=path.name, remedy="give gene,length") from None
    if not np.isfinite(made).all():
        gap = int(np.flatnonzero(~np.isfinite(made))[0])
        raise InvalidContent(f"gene {genes[gap]} has no length", place=path.name, remedy="give every gene's length")
    return made


def write_matrix(path: Path, samples: tuple[str, ...], genes: tuple[str, ...], values: NDArray[np.float64]) -> None:
    """Write genes x samples as TSV, beside its name first and then renamed."""
    held = io.StringIO()
    rows = csv.writer(held, delimiter="\t", lineterminator="\n")
    rows.writerow(["gene", *samples])
    rows.writerows(
        [gene, *(f"{v:.10g}" for v in column)] for gene, column in zip(genes, values.T.tolist(), strict=True)
    )
    beside = path.with_name(path.name + ".part")
    beside.write_text(held.getvalue(), encoding="utf-8")
    beside.replace(path)


def _samples(matrix: ExpressionMatrix, factors: NDArray[np.float64]) -> Table:
    described = ("sample: Sample", "total: Sum of values", "detected: Genes above 0", "factor: Factor")
    totals, detected = matrix.values.sum(axis=1), (matrix.values > 0).sum(axis=1)
    rows = zip(matrix.samples, totals.tolist(), detected.tolist(), factors.tolist(), strict=True)
    return table("samples", "Samples", described, list(rows))


def _lost(lost: Lost) -> Table:
    rows = [(gene, "unknown", "") for gene in lost.unknown] + [(gene, "ambiguous", "") for gene in lost.ambiguous]
    rows += [(", ".join(genes), "summed", name) for name, genes in lost.merged]
    described = ("gene: Gene", "became: What became of it", "name: Name")
    return table("identifiers", "Genes left out or summed", described, rows[:_LISTED])


def _lost_notes(lost: Lost) -> list[str]:
    share = "" if np.isnan(lost.value_lost) else f", {100 * lost.value_lost:.2g} % of all values"
    left = f"{len(lost.unknown):,} unknown and {len(lost.ambiguous):,} ambiguous left out{share}"
    return [f"Identifiers: {lost.mapped:,} genes mapped; {left}; {len(lost.merged):,} names are sums of several genes."]
