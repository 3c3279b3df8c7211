"""`gennet genome deconvolution`: which cell types a bulk sample is made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from gennet.core.findings import Drawing, Figure, Findings, table
from gennet.core.study import Doc, Watch, silent
from gennet.genomics.methylation.cells import LEAST, cell_shares, read_cells
from gennet.genomics.methylation.matrix import read_matrix
from gennet.genomics.names import count

if TYPE_CHECKING:
    from gennet.core.findings import Cell, Table
    from gennet.genomics.methylation.cells import CellShares


class Panel(StrEnum):
    """Pure cells of blood that come with the clocks' coefficients."""

    SIX = "six"
    """Reinius 2012, 450K: neutrophils, NK, B, CD4 T, CD8 T, monocytes. DOI 10.1371/journal.pone.0041361."""
    TWELVE = "twelve"
    """Salas 2022: naive and memory lymphocytes, regulatory T, basophils, eosinophils. DOI 10.1038/s41467-021-27864-7."""


_FILES = {Panel.SIX: "450K_reinius_12_reference.csv", Panel.TWELVE: "twelve_cell_deconv.csv"}


@dataclass(frozen=True, slots=True)
class CellOptions:
    """What `gennet genome deconvolution` asks for."""

    betas: Annotated[Path, Doc("Betas of many samples: CSV, TSV or Parquet.")]
    panel: Annotated[Panel, Doc("Pure cells of blood to tell apart.")] = Panel.SIX
    cells: Annotated[Path | None, Doc("Betas of pure cells of your own, CpGs down, cell types across.")] = None
    whole: Annotated[bool, Doc("Let shares sum to 1, rather than to 1 at most.")] = False


def run(
    options: CellOptions, watch: Watch = silent, folder: Path | None = None, *, methylation_clocks_biolearn: Path
) -> Findings:
    """Tell the cell types of every sample."""
    _ = folder
    watch("reading betas", 0)
    matrix = read_matrix(options.betas)
    reference = read_cells(options.cells or methylation_clocks_biolearn / _FILES[options.panel])
    watch("projecting", 0, len(matrix.samples))
    found = cell_shares(matrix, reference, whole=options.whole)
    shares, lacking = _shares(matrix.samples, found, len(reference.cpgs)), _lacking(matrix.samples, found)
    notes = ["Shares are of the reference's cell types alone; a cell type it lacks is shared among the others."]
    if lacking:
        notes.append(
            f"Too few of the {len(reference.cpgs)} CpGs (under {LEAST * 100:.0f} %): {', '.join(lacking[:10])}."
        )
    return Findings(
        study="deconvolution",
        summary=f"{count(len(reference.cells), 'cell type')} in {count(len(shares.rows), 'sample')}.",
        tables=(shares, _errors(matrix.samples, found)),
        figures=(
            Figure(
                "shares", "Cell types", Drawing.STACKED, "shares", label="sample", series=tuple(map(_name, found.cells))
            ),
        ),
        notes=tuple(notes),
    )


def _name(cell: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in cell).lower()


def _shares(samples: tuple[str, ...], found: CellShares, total: int) -> Table:
    described = ["sample: Sample", *(f"{_name(cell)}: {cell}" for cell in found.cells)]
    described += [
        "unexplained: Not explained",
        "residual: Residual, root mean square",
        f"measured: CpGs measured of {total}",
    ]
    rows: list[list[Cell]] = []
    for i, sample in enumerate(samples):
        if math.isfinite(found.residual[i]):
            held = [float(share) for share in found.shares[i]]
            left = max(0.0, 1.0 - math.fsum(held))
            rows.append([sample, *held, left, float(found.residual[i]), int(found.measured[i])])
    return table("shares", "Shares of cell types", described, rows)


def _errors(samples: tuple[str, ...], found: CellShares) -> Table:
    rows = [
        (sample, cell, float(found.shares[i, j]), float(found.errors[i, j]))
        for i, sample in enumerate(samples)
        for j, cell in enumerate(found.cells)
        if math.isfinite(found.residual[i])
    ]
    described = ("sample: Sample", "cell: Cell type", "share: Share", "error: Standard error without constraints")
    return table("errors", "Shares with their standard errors", described, rows)


def _lacking(samples: tuple[str, ...], found: CellShares) -> list[str]:
    return [sample for i, sample in enumerate(samples) if not math.isfinite(found.residual[i])]
