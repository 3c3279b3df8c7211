"""Studies of copy number: from reads or bins to segments and whole copies, and panels of normals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.findings import Cell, Drawing, Figure, Findings, table
from gennet.core.study import Doc, Study
from gennet.errors import BadInput
from gennet.genomics.copy_number.alleles import rarer, read_sites
from gennet.genomics.copy_number.bins import Bins, read_bins, write_bins
from gennet.genomics.copy_number.cbs import Circular
from gennet.genomics.copy_number.copies import Copies, Mixture, Sex, call
from gennet.genomics.copy_number.correction import Covariates, against, mean_over, pooled, ratios
from gennet.genomics.copy_number.depth import count_reads, even_bins, gc_content, lengths_of, target_bins
from gennet.genomics.copy_number.events import Certain, Event, events, write_vcf
from gennet.genomics.copy_number.hmm import Markov, by_hmm
from gennet.genomics.copy_number.purity import Solution, centred, fit, with_solution
from gennet.genomics.copy_number.segments import Method, Segments, by_cbs, noise, write_cns, write_seg
from gennet.genomics.fasta import Fasta
from gennet.genomics.regions import read_bed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.core.study import Watch

_DRAWN = 20_000
"""Most bins in the table of the figure; more are thinned evenly."""


@dataclass(frozen=True, slots=True)
class CopyNumber:
    """What `gennet genome copy-number` asks for."""

    reads: Annotated[Path | None, Doc("Aligned reads, BAM or CRAM. Give this or bins.")] = None
    bins: Annotated[Path | None, Doc("Table of bins with log2, as CNVkit's .cnr. Give this or reads.")] = None
    genome: Annotated[Path | None, Doc("FASTA of the reads' genome: GC content is corrected with it.")] = None
    mappability: Annotated[Path | None, Doc("bedGraph of mappability, 0 to 1.")] = None
    targets: Annotated[Path | None, Doc("BED of targets, in place of the whole genome.")] = None
    reference: Annotated[Path | None, Doc("Bins of a panel of normals, or of a matched normal.")] = None
    bin_size: Annotated[int, Doc("Bases of a bin.")] = 1000
    quality: Annotated[int, Doc("Least mapping quality of a read.")] = 20
    method: Annotated[Method, Doc("cbs: any levels; hmm: whole copies at the purity and ploidy given.")] = Method.CBS
    sex: Annotated[Sex | None, Doc("Sex chromosomes; X and Y are not called when left out.")] = None
    haploid_reference: Annotated[bool, Doc("Whether log2 of X and Y compares with one copy (male reference).")] = False
    somatic: Annotated[bool, Doc("Whether this is a tumour: purity and ploidy are fitted where not given.")] = False
    purity: Annotated[float | None, Doc("Share of tumour cells, above 0 to 1.")] = None
    ploidy: Annotated[float | None, Doc("Mean copies in tumour cells.")] = None
    alleles: Annotated[
        Path | None, Doc("Counts at germline heterozygous sites: chromosome, position, depth, alternate.")
    ] = None
    alpha: Annotated[float, Doc("Chance of a cut where there is none (cbs).")] = 0.01
    undo: Annotated[float, Doc("Undo cuts below so many standard deviations (cbs); 0 keeps all.")] = 0.0
    change: Annotated[float, Doc("Chance that the next bin has other copies (hmm).")] = 1e-5
    least_bins: Annotated[int, Doc("Fewest bins of a call that passes.")] = 3
    least_quality: Annotated[float, Doc("Least Phred-scaled quality of a call that passes.")] = 20.0
    seed: Annotated[int, Doc("Seed of permutations.")] = 1
    name: Annotated[str, Doc("Name of the sample and of the files written.")] = "sample"


def run_copy_number(options: CopyNumber, watch: Watch, folder: Path | None) -> Findings:
    """Segment depth along the genome and call whole copies."""
    _refuse(options)
    genome = Fasta(options.genome) if options.genome else None
    bins, notes = _bins(options, genome, watch)
    mixture = Mixture(
        options.purity or 1.0, options.ploidy or 2.0, options.sex, haploid_reference=options.haploid_reference
    )
    segments = _segments(options, bins, mixture, watch)
    solutions: tuple[Solution, ...] = ()
    minor = rarer(segments, read_sites(options.alleles)) if options.alleles else None
    if options.somatic:
        segments = centred(segments)
        if options.purity is None or options.ploidy is None:
            solutions = fit(segments, mixture, minor)
            mixture = with_solution(mixture, solutions[0])
    copies = call(segments, mixture)
    certain = Certain(options.least_bins, options.least_quality)
    found = events(segments, copies, certain, germline=not options.somatic)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        write_bins(bins, folder / f"{options.name}.cnr")
        write_cns(segments, copies.copies, folder / f"{options.name}.cns")
        write_seg(segments, options.name, folder / f"{options.name}.seg")
        write_vcf(found, options.name, folder / f"{options.name}.vcf", genome=genome)
    return _findings(bins, segments, copies, found, (mixture, solutions, minor), notes)


def _refuse(options: CopyNumber) -> None:
    if (options.reads is None) == (options.bins is None):
        raise BadInput("give either reads or bins", place="reads", remedy="--reads BAM, or --bins TABLE")
    if not options.somatic and (options.purity is not None or options.ploidy is not None):
        raise BadInput("purity and ploidy are those of a tumour", place="purity", remedy="add --somatic")
    if (options.purity is None) != (options.ploidy is None):
        raise BadInput("purity and ploidy go together", place="purity", remedy="give both, or neither to fit them")
    if options.method is Method.HMM and options.somatic and options.purity is None:
        raise BadInput(
            "whole copies of a tumour need its purity and ploidy", place="method", remedy="give both, or use cbs"
        )
    if "/" in options.name or not options.name.strip():
        raise BadInput(f"{options.name!r} is no name of a file", place="name", remedy="leave out slashes")


def _bins(options: CopyNumber, genome: Fasta | None, watch: Watch) -> tuple[Bins, list[str]]:
    notes = list[str]()
    if options.bins is not None:
        bins = read_bins(options.bins)
    else:
        bins, notes = _from_reads(options, genome, watch)
    if options.reference is not None:
        bins = against(bins, read_bins(options.reference))
    missing = int((~bins.usable).sum())
    if missing:
        notes.append(f"{missing:,} of {bins.size:,} bins are missing: N, low mappability, or beyond the corrections.")
    return bins, notes


def _from_reads(options: CopyNumber, genome: Fasta | None, watch: Watch) -> tuple[Bins, list[str]]:
    assert options.reads is not None  # noqa: S101 refused before; told to the type checker
    lengths = lengths_of(options.reads, options.genome)
    if options.targets is None:
        places = even_bins(lengths, options.bin_size)
    else:
        places = target_bins(lengths, read_bed(options.targets), options.bin_size)
    depth = count_reads(options.reads, places, quality=options.quality, reference=options.genome, watch=watch)
    notes = [
        (
            f"{depth.counted:,} reads counted; {depth.passed:,} left out (unmapped, duplicate, secondary, mapping quality "
            f"below {options.quality}, other contigs)."
        )
    ]
    gc, known = gc_content(depth, genome) if genome else (None, None)
    if genome is None:
        notes.append("GC content is not corrected: no genome was given.")
    mappability = mean_over(depth, options.mappability) if options.mappability else None
    return ratios(depth, Covariates(gc, known, mappability)), notes


def _segments(options: CopyNumber, bins: Bins, mixture: Mixture, watch: Watch) -> Segments:
    if options.method is Method.HMM:
        return by_hmm(bins, mixture, Markov(options.change), watch)[0]
    how = Circular(options.alpha, undo=options.undo)
    return by_cbs(bins, how, np.random.default_rng(options.seed), watch)


def _findings(
    bins: Bins,
    segments: Segments,
    copies: Copies,
    found: tuple[Event, ...],
    fitted: tuple[Mixture, tuple[Solution, ...], NDArray[np.float64] | None],
    notes: list[str],
) -> Findings:
    mixture, solutions, minor = fitted
    passed = sum(not event.variant.filters for event in found)
    notes += [
        f"Standard deviation of a bin of weight 1: {noise(bins):.3f} (log2).",
        "Breakpoints are known to the bin; a call from depth does not tell where a duplicate lies.",
    ]
    if (copies.usual < 0).any():
        notes.append("Contigs without a usual number of copies (X and Y without sex, others) are not called.")
    if len(solutions) > 1:
        others = ", ".join(f"purity {s.purity:.2f} ploidy {s.ploidy:.2f}" for s in solutions[1:])
        notes.append(f"Depth fits other answers nearly as well: {others}. Copies hold for the first only.")
    tables = (
        table("segments", "Segments", _SEGMENT, _segment_rows(segments, copies, minor)),
        table("events", "Deletions and duplications", _EVENT, [_event_row(event) for event in found]),
        table("bins", "Bins drawn", _BIN, _bin_rows(bins, segments)),
        table(
            "mixture",
            "Purity and ploidy",
            ("purity: Purity", "ploidy: Ploidy", "log_likelihood: Log likelihood below the best"),
            [(s.purity, s.ploidy, s.log_likelihood) for s in solutions] or [(mixture.purity, mixture.ploidy, None)],
        ),
    )
    figures = (
        Figure(
            "genome", "log2 ratio along the genome", Drawing.MANHATTAN, "bins", x="position", y="log2",
            label="chromosome", lines=(0.0,),
        ),
        Figure(
            "segments", "Segments", Drawing.SEGMENTS, "segments", x="start", y="log2", low="genome_start",
            high="genome_end", series=("change",), lines=(0.0,),
        ),
    )  # fmt: skip
    summary = (
        f"{segments.size:,} segments of {bins.size:,} bins; {passed:,} deletions and duplications pass "
        f"of {len(found):,} seen."
    )
    return Findings("copy-number", summary, tables, figures, tuple(notes))


_SEGMENT = (
    "chromosome: Chromosome", "start: First base [bp]", "end: Last base [bp]", "log2: log2 ratio",
    "error: Standard error", "bins: Bins", "usual: Usual copies", "copies: Copies", "probability: Probability",
    "unrounded: Copies before rounding", "change: Change", "genome_start: Place along the genome [Mbp]",
    "genome_end: End along the genome [Mbp]", "rarer: Frequency of the rarer allele",
)  # fmt: skip
_EVENT = (
    "kind: Kind", "chromosome: Chromosome", "start: First base [bp]", "end: Last base [bp]", "copies: Copies",
    "usual: Usual copies", "genotype: Genotype", "quality: Quality (Phred)", "bins: Bins", "log2: log2 ratio",
    "filter: Filter",
)  # fmt: skip
_BIN = ("chromosome: Chromosome", "position: Position [bp]", "log2: log2 ratio", "segment: Segment's log2 ratio")


def _segment_rows(segments: Segments, copies: Copies, minor: NDArray[np.float64] | None) -> list[tuple[Cell, ...]]:
    reach = np.zeros(len(segments.contigs))
    np.maximum.at(reach, segments.contig, segments.end)
    before = np.concatenate([[0.0], np.cumsum(reach)])[segments.contig]
    rows = list[tuple[Cell, ...]]()
    for i, name in enumerate(segments.names):
        known = bool(copies.usual[i] >= 0)
        usual, number = int(copies.usual[i]), int(copies.copies[i])
        change = "not called" if not known else "usual" if number == usual else "loss" if number < usual else "gain"
        called = (usual, number, float(copies.probability[i]), float(copies.fraction[i])) if known else (None,) * 4
        rows.append((
            name, int(segments.start[i]) + 1, int(segments.end[i]), float(segments.log2[i]), float(segments.error[i]),
            int(segments.bins[i]), *called, change, float(before[i] + segments.start[i]) / 1e6,
            float(before[i] + segments.end[i]) / 1e6,
            None if minor is None or np.isnan(minor[i]) else float(minor[i]),
        ))  # fmt: skip
    return rows


def _event_row(event: Event) -> tuple[Cell, ...]:
    v = event.variant
    genotype = "/".join("." if a is None else str(a) for a in v.call.alleles) if v.call else None
    return (
        str(v.kind), v.chromosome, v.position + 1, v.end, event.copies, event.usual, genotype, v.quality, event.bins,
        event.log2, ";".join(v.filters) or "PASS",
    )  # fmt: skip


def _bin_rows(bins: Bins, segments: Segments) -> list[tuple[Cell, ...]]:
    shown = np.flatnonzero(bins.usable)
    shown = shown[:: max(1, -(-len(shown) // _DRAWN))]
    key = segments.contig.astype(np.int64) << 40 | segments.start
    own = np.searchsorted(key, bins.contig[shown].astype(np.int64) << 40 | bins.start[shown], "right") - 1
    return [
        (bins.contigs[bins.contig[row]], int(bins.start[row] + bins.end[row]) // 2, float(bins.log2[row]), level)
        for row, level in zip(shown.tolist(), segments.log2[own].tolist(), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Panel:
    """What `gennet genome copy-number-panel` asks for."""

    bins: Annotated[tuple[Path, ...], Doc("Bins of normal samples, as `copy-number` writes them (.cnr).")]
    name: Annotated[str, Doc("Name of the file written, without ending.")] = "panel"


def run_panel(options: Panel, watch: Watch, folder: Path | None) -> Findings:
    """Pool normal samples."""
    samples = list[Bins]()
    for done, path in enumerate(options.bins):
        watch("reading", done, len(options.bins))
        samples.append(read_bins(path))
    made = pooled(samples)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        write_bins(made, folder / f"{options.name}.cnn")
    rows = [(path.name, float(noise(sample))) for path, sample in zip(options.bins, samples, strict=True)]
    tables = (table("samples", "Samples", ("sample: Sample", "noise: Standard deviation of a bin"), rows),)
    figure = Figure("noise", "Noise of samples", Drawing.BARS, "samples", x="noise", label="sample")
    summary = f"{int(made.usable.sum()):,} of {made.size:,} bins in a panel of {len(samples):,} samples."
    notes = ("Pool samples of one sex, or of one laboratory's kit: what they share is subtracted.",)
    return Findings("copy-number-panel", summary, tables, (figure,), notes)


STUDIES: tuple[Study, ...] = (
    Study(
        "genome",
        "copy-number",
        "Segment depth along the genome and call copies",
        CopyNumber,
        run_copy_number,
        "10.1093/bioinformatics/btl646",
    ),
    Study(
        "genome",
        "copy-number-panel",
        "Pool normal samples into a reference for copy number",
        Panel,
        run_panel,
        "10.1371/journal.pcbi.1004873",
    ),
)
