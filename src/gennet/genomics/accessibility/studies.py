"""Studies of chromatin accessibility: peaks of fragments, and cells in few dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import numpy as np

from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.errors import InvalidContent
from gennet.genomics.accessibility.cells import count_cuts, latent
from gennet.genomics.accessibility.comparing import (
    CountTable,
    by_sample,
    compare,
    gene_activity,
    read_counts,
    read_gene_spans,
    read_samples,
)
from gennet.genomics.accessibility.fragments import Fragments, read_fragments
from gennet.genomics.accessibility.peaks import Calling, Peaks, call_peaks

if TYPE_CHECKING:
    from gennet.core.study import Watch

_DEPTH = 0.75


@dataclass(frozen=True, slots=True)
class PeakCalling:
    """What `gennet genome accessibility-peaks` asks for."""

    fragments: Annotated[Path, Doc("Fragments: chromosome, start, end and barcode, as 10x fragments.tsv.gz.")]
    genome_size: Annotated[int, Doc("Bases that can be covered.")] = 2_700_000_000
    width: Annotated[int, Doc("Bases a cut speaks for.")] = 150
    local: Annotated[int, Doc("Bases of the local background.")] = 10_000
    q: Annotated[float, Doc("Largest false discovery rate.")] = 0.05
    gap: Annotated[int, Doc("Bases between stretches of one peak.")] = 50
    name: Annotated[str, Doc("Name of the file written, without ending.")] = "peaks"


def run_peaks(options: PeakCalling, watch: Watch, folder: Path | None) -> Findings:
    """Call peaks and tell how many cuts of each cell lie in them."""
    fragments, peaks = _peaks(options, watch)
    counts, cuts = count_cuts(fragments, peaks)
    inside = np.asarray(counts.sum(axis=0)).ravel() if peaks.size else np.zeros(len(cuts))
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        _write(peaks, folder / f"{options.name}.narrowPeak")
    rows = [
        (name, total, int(own), float(own / total))
        for name, total, own in zip(fragments.cells, cuts.tolist(), inside.tolist(), strict=True)
    ]
    cells = table(
        "cells",
        "Cells",
        ("cell: Barcode", "cuts: Cuts", "in_peaks: Cuts in peaks", "share: Share of cuts in peaks"),
        rows,
    )
    figures = (
        Figure("peaks", "Peaks along the genome", Drawing.MANHATTAN, "peaks", x="summit", y="fold", label="chromosome"),
        Figure("cells", "Cuts in peaks", Drawing.POINTS, "cells", x="cuts", y="share"),
    )
    share = float(inside.sum() / cuts.sum())
    summary = f"{peaks.size:,} peaks of {fragments.size:,} fragments; {share:.1%} of cuts lie in them."
    return Findings("accessibility-peaks", summary, (_peak_table(peaks), cells), figures, _NOTES)


_NOTES = (
    "Cuts are taken where the file puts them: files of 10x are shifted by +4 and -5 bases already.",
    "Peaks and cuts in them come from the same cuts, so the share is a little too high.",
)


def _peaks(options: PeakCalling, watch: Watch) -> tuple[Fragments, Peaks]:
    watch("reading", 0)
    fragments = read_fragments(options.fragments)
    watch("calling peaks", 1)
    how = Calling(options.width, options.local, options.genome_size, options.q, options.gap)
    return fragments, call_peaks(fragments, how)


def _peak_table(peaks: Peaks) -> Table:
    rows = list[tuple[Cell, ...]](
        zip(
            [peaks.contigs[i] for i in peaks.contig.tolist()],
            (peaks.start + 1).tolist(),
            peaks.end.tolist(),
            (peaks.summit + 1).tolist(),
            peaks.height.tolist(),
            peaks.fold.tolist(),
            peaks.log10_q.tolist(),
            strict=True,
        )
    )
    described = (
        "chromosome: Chromosome", "start: First base [bp]", "end: Last base [bp]", "summit: Summit [bp]",
        "height: Cuts at the summit", "fold: Fold over background", "log10_q: -log10 q",
    )  # fmt: skip
    return table("peaks", "Peaks", described, rows)


def _write(peaks: Peaks, path: Path) -> None:
    lines = [
        f"{peaks.contigs[contig]}\t{start}\t{end}\tpeak_{n}\t{min(1000, round(10 * q))}\t.\t{fold:.4g}\t-1\t{q:.4g}"
        f"\t{summit - start}\n"
        for n, (contig, start, end, summit, fold, q) in enumerate(
            zip(
                peaks.contig.tolist(),
                peaks.start.tolist(),
                peaks.end.tolist(),
                peaks.summit.tolist(),
                peaks.fold.tolist(),
                peaks.log10_q.tolist(),
                strict=True,
            ),
            start=1,
        )
    ]
    part = path.with_name(path.name + ".part")
    part.write_text("".join(lines), encoding="utf-8")
    part.replace(path)


@dataclass(frozen=True, slots=True)
class CellMap:
    """What `gennet genome accessibility-cells` asks for."""

    fragments: Annotated[Path, Doc("Fragments: chromosome, start, end and barcode, as 10x fragments.tsv.gz.")]
    components: Annotated[int, Doc("How many components.")] = 20
    least_cuts: Annotated[int, Doc("Cells with fewer cuts are left out.")] = 1000
    genome_size: Annotated[int, Doc("Bases that can be covered.")] = 2_700_000_000


def run_cells(options: CellMap, watch: Watch, folder: Path | None) -> Findings:
    """Call peaks, weigh cells by TF-IDF and decompose them."""
    _ = folder
    fragments, peaks = _peaks(PeakCalling(options.fragments, options.genome_size), watch)
    counts, cuts = count_cuts(fragments, peaks)
    kept = np.flatnonzero(cuts >= options.least_cuts)
    if len(kept) <= options.components or peaks.size <= options.components:
        raise InvalidContent(
            f"{len(kept):,} cells with {options.least_cuts:,} cuts or more, and {peaks.size:,} peaks",
            place=options.fragments.name,
            remedy="ask for fewer components or cuts",
        )
    found = latent(counts[:, kept], cuts[kept], options.components)
    names = [f"lsi{i + 1}" for i in range(options.components)]
    rows = [(fragments.cells[cell], *scores) for cell, scores in zip(kept.tolist(), found.scores.tolist(), strict=True)]
    what = [
        (name, value, depth, "depth" if abs(depth) > _DEPTH else "kept")
        for name, value, depth in zip(names, found.values.tolist(), found.depth.tolist(), strict=True)
    ]
    tables = (
        table("cells", "Cells", ("cell: Barcode", *(f"{n}: {n.upper()}" for n in names)), rows),
        table(
            "components",
            "Components",
            ("component: Component", "value: Singular value", "depth: Correlation with depth", "use: Use"),
            what,
        ),
    )
    shown = [row[0] for row in what if row[3] == "kept"] or names
    figure = Figure("cells", "Cells", Drawing.POINTS, "cells", x=shown[0], y=shown[min(1, len(shown) - 1)])
    summary = f"{len(kept):,} of {len(cuts):,} cells in {options.components} components of {peaks.size:,} peaks."
    notes = (f"Components whose correlation with the logarithm of depth is beyond {_DEPTH} are marked depth.",)
    return Findings("accessibility-cells", summary, tables, (figure,), notes)


@dataclass(frozen=True, slots=True)
class PeakComparison:
    """What `gennet genome accessibility-compare` asks for."""

    samples: Annotated[Path, Doc("Table with a header: barcode, sample, group; two groups of at least two samples.")]
    fragments: Annotated[Path | None, Doc("Fragments: chromosome, start, end and barcode. Give this or counts.")] = None
    counts: Annotated[
        Path | None, Doc("Table of peaks (chr:start-end) by barcodes or samples. Give this or fragments.")
    ] = None
    least_cuts: Annotated[float, Doc("Cuts over all samples that a peak needs.")] = 10.0
    genome_size: Annotated[int, Doc("Bases that can be covered.")] = 2_700_000_000


def run_comparison(options: PeakComparison, watch: Watch, folder: Path | None) -> Findings:
    """Call peaks over all cells, and test them between the groups, sample by sample."""
    _ = folder
    held = _counted(options, watch)
    samples = read_samples(options.samples, held.columns)
    found = compare(by_sample(held.counts, samples), samples, least=options.least_cuts)
    order = np.argsort(found.tests.p, kind="stable")
    rows = [
        (
            f"{held.contigs[row]}:{int(held.start[row]) + 1}-{int(held.end[row])}", held.contigs[row],
            int(held.start[row] + held.end[row]) // 2 + 1, float(found.mean[i]), float(found.change[i]),
            float(found.tests.p[i]), float(found.tests.q[i]), -float(np.log10(max(found.tests.p[i], 1e-300))),
        )
        for i, row in zip(order.tolist(), found.rows[order].tolist(), strict=True)
    ]  # fmt: skip
    first, second = samples.groups
    changed = int((found.tests.q <= 0.05).sum())
    described = (
        "peak: Peak", "chromosome: Chromosome", "middle: Middle [bp]", "mean: Mean log2 counts per million",
        f"change: log2 of {second} over {first}", "p: p", "q: False discovery rate", "minus_log10_p: -log10 p",
    )  # fmt: skip
    return Findings(
        "accessibility-compare",
        f"{changed:,} of {len(rows):,} peaks differ between {first} and {second} (false discovery rate up to 0.05), "
        f"{len(samples.names)} samples.",
        (table("peaks", "Peaks", described, rows),),
        (
            Figure("volcano", "Change against p", Drawing.POINTS, "peaks", x="change", y="minus_log10_p"),
            Figure("genome", "Peaks along the genome", Drawing.MANHATTAN, "peaks", x="middle", y="minus_log10_p",
                   label="chromosome"),
        ),
        (
            f"{int((samples.of_cell < 0).sum()):,} cells are in no sample and were left out.",
            "Cells are added up by sample: samples are the replicates, not cells.",
            *_NOTES,
        ),
    )  # fmt: skip


def _counted(options: PeakComparison, watch: Watch) -> CountTable:
    if (options.fragments is None) == (options.counts is None):
        raise InvalidContent("it needs fragments or counts", place="options", remedy="give one of both")
    if options.counts is not None:
        return read_counts(options.counts)
    fragments, peaks = _peaks(PeakCalling(cast("Path", options.fragments), options.genome_size), watch)
    contigs = tuple(peaks.contigs[i] for i in peaks.contig.tolist())
    return CountTable(contigs, peaks.start, peaks.end, fragments.cells, count_cuts(fragments, peaks)[0])


@dataclass(frozen=True, slots=True)
class GeneActivity:
    """What `gennet genome accessibility-genes` asks for."""

    fragments: Annotated[Path, Doc("Fragments: chromosome, start, end and barcode, as 10x fragments.tsv.gz.")]
    genes: Annotated[Path, Doc("BED of genes: chromosome, start, end, name, score, strand.")]
    upstream: Annotated[int, Doc("Bases of the promoter.")] = 2_000


def run_genes(options: GeneActivity, watch: Watch, folder: Path | None) -> Findings:
    """Count cuts in genes and their promoters; the whole matrix is written as Matrix Market."""
    watch("reading", 0)
    fragments = read_fragments(options.fragments)
    genes = read_gene_spans(options.genes, options.upstream)
    if not {gene.contig for gene in genes} & set(fragments.contigs):
        raise InvalidContent(
            "no gene is on a chromosome of the fragments", place=options.genes.name, remedy="name chromosomes alike"
        )
    counts = gene_activity(fragments, genes)
    if folder is not None:
        from scipy.io import mmwrite

        folder.mkdir(parents=True, exist_ok=True)
        mmwrite(folder / "activity.mtx", counts.astype(np.int64))
        (folder / "activity.genes.txt").write_text("".join(f"{gene.name}\n" for gene in genes))
        (folder / "activity.cells.txt").write_text("".join(f"{cell}\n" for cell in fragments.cells))
    total = np.asarray(counts.sum(axis=1)).ravel()
    open_in = np.asarray((counts > 0).sum(axis=1)).ravel()
    rows = [
        (gene.name, gene.contig, gene.start + 1, gene.end, int(total[i]), int(open_in[i]))
        for i, gene in sorted(enumerate(genes), key=lambda x: (-total[x[0]], x[0]))
    ]
    described = ("gene: Gene", "chromosome: Chromosome", "start: First base [bp]", "end: Last base [bp]", "cuts: Cuts",
                 "cells: Cells with a cut")  # fmt: skip
    return Findings(
        "accessibility-genes",
        f"{int((total > 0).sum()):,} of {len(genes):,} genes have a cut in {len(fragments.cells):,} cells.",
        (table("genes", "Genes", described, rows),),
        (Figure("genes", "Genes along the genome", Drawing.MANHATTAN, "genes", x="start", y="cuts", label="chromosome"),),
        (f"A gene is its body and {options.upstream:,} bases of promoter; a cut in two genes counts in both.", _NOTES[0]),
    )  # fmt: skip


STUDIES: tuple[Study, ...] = (
    Study(
        "genome",
        "accessibility-compare",
        "Find peaks that open or close between two groups of samples",
        PeakComparison,
        run_comparison,
        "10.1186/gb-2014-15-2-r29",
    ),
    Study(
        "genome",
        "accessibility-genes",
        "Count cuts in genes and their promoters, cell by cell",
        GeneActivity,
        run_genes,
        "10.1038/s41592-021-01282-5",
    ),
    Study(
        "genome",
        "accessibility-peaks",
        "Call peaks of open chromatin from fragments",
        PeakCalling,
        run_peaks,
        "10.1186/gb-2008-9-9-r137",
    ),
    Study(
        "genome",
        "accessibility-cells",
        "Place cells by their open chromatin in few dimensions",
        CellMap,
        run_cells,
        "10.1038/s41592-021-01282-5",
    ),
)
