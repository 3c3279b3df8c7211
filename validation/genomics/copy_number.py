"""
Copy number: cuts against circular binary segmentation of DNAcopy, calls against CNVkit, counts against htslib, simulated truth.

DNAcopy 1.72 uses the weights of the first chromosome's bins for every chromosome of a genome, so it is run one
chromosome at a time. Its tests of weighted data are more reluctant than permutations of standardised residuals: cuts it
makes must be ours; ours beyond them are counted.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gennet.core.study import silent
from gennet.genomics.copy_number.bins import Bins, bins_of, read_bins
from gennet.genomics.copy_number.cbs import Circular, segment
from gennet.genomics.copy_number.copies import Mixture, by_thresholds, call
from gennet.genomics.copy_number.depth import UNWANTED, count_reads, even_bins, lengths_of
from gennet.genomics.copy_number.hmm import Markov, by_hmm
from gennet.genomics.copy_number.segments import Segments, by_cbs
from gennet.genomics.copy_number.studies import CopyNumber, run_copy_number
from validation.agreement import Agreement, Skipped

ANALYSIS = "Copy number"
_R = """
suppressMessages(library(DNAcopy))
a <- commandArgs(TRUE)
t <- read.delim(a[1])
w <- if (a[2] == "weighted") t$weight else NULL
set.seed(1)
for (ch in unique(t$chromosome)) {
  r <- which(t$chromosome == ch)
  x <- CNA(cbind(t$log2[r]), t$chromosome[r], t$start[r], presorted=TRUE)
  f <- if (is.null(w)) segment(x, verbose=0) else segment(x, weights=w[r], verbose=0)
  cat(f$segRows$startRow + r[1] - 2, sep="\\n"); cat("\\n")
}
cat("version", as.character(packageVersion("DNAcopy")), "\\n")
"""


def agreements(mirror: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Compare cuts, calls and counts."""
    folder = mirror / "genomics" / "structural"
    yield from _simulated()
    if not folder.is_dir():
        yield Skipped(ANALYSIS, "the mirror of public data is not at hand: set GENNET_RESOURCES")
        return
    yield from _dnacopy(folder / "cnvkit", work)
    yield _thresholds(folder / "cnvkit" / "p2-9_2.call.cns")
    yield _levels(folder / "cnvkit")
    yield from _reads(folder / "delly")


def _dnacopy(folder: Path, work: Path) -> Iterator[Agreement | Skipped]:
    if shutil.which("Rscript") is None or not _has_dnacopy():
        yield Skipped("Segmentation (CBS)", "DNAcopy is not installed: apt-get install r-bioc-dnacopy")
        return
    script = work / "dnacopy.R"
    script.write_text(_R)
    for name in ("p2-9_2", "p2-20_1", "p2-20_2"):
        path = folder / f"{name}.cnr"
        bins = read_bins(path)
        for weighted in (False, True):
            theirs, version = _their_cuts(script, path, weighted=weighted)
            ours = _our_cuts(bins, weighted=weighted)
            shared, near = len(theirs & ours), sum(any(abs(a - b) <= 2 for b in ours) for a in theirs)
            words = (
                f"{'weighted' if weighted else 'unweighted'}: {len(theirs)} cuts of theirs, {shared} ours to the bin, "
                f"{near} within 2 bins; {len(ours) - shared} more of ours (bound: 9 of 10 within 2 bins)"
            )
            what = f"Segmentation (CBS) of {name}.cnr"
            yield Agreement(what, f"DNAcopy {version}", len(theirs), words, near >= 0.9 * len(theirs))


def _has_dnacopy() -> bool:
    words = ("Rscript", "-e", "quit(status = !requireNamespace('DNAcopy', quietly = TRUE))")
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def _their_cuts(script: Path, table: Path, *, weighted: bool) -> tuple[set[int], str]:
    words = ("Rscript", str(script), str(table), "weighted" if weighted else "even")
    lines = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split("\n")
    cuts = {int(line) for line in lines if line.strip().isdigit()}
    bins = read_bins(table)
    return cuts - {run.start for run in bins.runs()}, lines[-2].split()[1]


def _our_cuts(bins: Bins, *, weighted: bool) -> set[int]:
    rng, found = np.random.default_rng(1), set[int]()
    for run in bins.runs():
        weights = bins.weight[run] if weighted else np.ones(run.stop - run.start)
        found.update(run.start + cut for cut in segment(bins.log2[run], weights, Circular(), rng)[1:-1])
    return found


def _thresholds(path: Path) -> Agreement:
    rows = [line.split("\t") for line in path.read_text().splitlines()[1:]]
    compared = Mixture(haploid_reference=True).compared([row[0] for row in rows])
    ours = by_thresholds(np.array([float(row[4]) for row in rows]), compared)
    same = int((ours == np.array([int(row[5]) for row in rows])).sum())
    words = f"{same} of {len(rows)} segments have the same copies"
    return Agreement("Copies by thresholds", "CNVkit call (p2-9_2.call.cns)", len(rows), words, same == len(rows))


def _levels(folder: Path) -> Agreement:
    """Compare the level each bin is given; the file was cut by another method, finer than CBS at alpha 0.01."""
    bins = read_bins(folder / "p2-9_2.cnr")
    ours = _level(bins, by_cbs(bins, Circular(), np.random.default_rng(1)))
    theirs = np.full(bins.size, np.nan)
    for line in (folder / "p2-9_2.cns").read_text().splitlines()[1:]:
        name, start, end, _, log2 = line.split("\t")[:5]
        own = (bins.contig == bins.contigs.index(name)) & (bins.start >= int(start)) & (bins.end <= int(end))
        theirs[own] = float(log2)
    both = np.isfinite(theirs) & np.isfinite(ours)
    r = float(np.corrcoef(ours[both], theirs[both])[0, 1])
    middle = float(np.median(np.abs(ours[both] - theirs[both])))
    words = f"levels of bins: r = {r:.3f}, median difference {middle:.3f} log2 (bounds 0.9 and 0.05)"
    return Agreement("Segment levels", "CNVkit p2-9_2.cns", int(both.sum()), words, r > 0.9 and middle < 0.05)


def _level(bins: Bins, segments: Segments) -> np.ndarray:
    made = np.full(bins.size, np.nan)
    for contig, start, end, log2 in zip(
        segments.contig.tolist(), segments.start.tolist(), segments.end.tolist(), segments.log2.tolist(), strict=True
    ):
        made[(bins.contig == contig) & (bins.start >= start) & (bins.end <= end)] = log2
    return made


def _reads(folder: Path) -> Iterator[Agreement | Skipped]:
    try:
        import pysam
    except ImportError:
        yield Skipped("Reads per bin", "pysam is not installed: pip install 'gennet[genomics]'")
        return
    path = folder / "sr.bam"
    ours = count_reads(path, even_bins(lengths_of(path), 1000)).reads
    theirs = np.zeros(len(ours), np.int64)
    with pysam.AlignmentFile(str(path)) as file:
        for read in file.fetch(until_eof=True):
            if not read.flag & UNWANTED and read.mapping_quality >= 20 and read.reference_start < 1000 * len(ours):
                theirs[read.reference_start // 1000] += 1
    different = int((ours != theirs).sum())
    words = f"{different} of {len(ours)} bins differ, {ours.sum():,} reads"
    yield Agreement("Reads per bin", f"htslib (pysam {pysam.__version__})", len(ours), words, different == 0)
    found = run_copy_number(CopyNumber(reads=path, genome=folder / "ref.fa"), silent, None).table("events")
    (start, end, copies) = (found.column(name)[0] if found.rows else 0 for name in ("start", "end", "copies"))
    off = max(abs(int(start or 0) - 100_001), abs(int(end or 0) - 108_002))
    words = f"{len(found.rows)} event, {copies} copy, edges off by {off:,} bases at most (bound: a bin of 1,000)"
    holds = len(found.rows) == 1 and copies == 1 and off <= 1000
    yield Agreement("Deletion in sr.bam", "delly: 18:100000-108002 0/1", 1, words, holds)


def _simulated() -> Iterator[Agreement]:
    """Cut genomes with known changes, noise, waves and outliers; count what is found and what is not there."""
    rng = np.random.default_rng(20)
    totals = {"CBS": np.zeros(4, int), "HMM": np.zeros(4, int)}
    right, bins_in_all = dict.fromkeys(totals, 0), 0
    for _ in range(20):
        copies = _genome(rng)
        bins = _noisy(copies, rng)
        bins_in_all += bins.size
        for name in totals:
            if name == "CBS":
                segments = by_cbs(bins, Circular(), np.random.default_rng(1))
            else:
                segments = by_hmm(bins, Mixture(), Markov())[0]
            found = call(segments, Mixture()).copies
            each = np.repeat(found, segments.bins)
            right[name] += int((each == copies).sum())
            totals[name] += _edges(copies, each)
    for name, (truth, near, called, false) in totals.items():
        share = right[name] / bins_in_all
        words = (
            f"{share:.2%} of bins have the true copies; {near} of {truth} edges within 2 bins; {false} of {called} "
            "edges called are farther from any (bounds 99 %, 90 %, 10 %)"
        )
        holds = share > 0.99 and near >= 0.9 * truth and false <= 0.1 * called
        yield Agreement(f"Simulated germline genomes ({name})", "known truth", int(truth), words, bool(holds))
    how, cut, tries = Circular(alpha=0.05, permutations=1000), 0, 1000
    for _ in range(tries):
        weights = rng.uniform(0.2, 1, 300)
        cut += len(segment(rng.standard_t(8, 300) / np.sqrt(weights), weights, how, rng)) > 2
    words = f"{cut / tries:.1%} of noise sequences are cut at alpha 5 % (bound 7.5 %)"
    yield Agreement("False cuts (CBS)", "known truth", tries, words, cut <= 0.075 * tries)


def _genome(rng: np.random.Generator) -> np.ndarray:
    copies = np.full(3000, 2)
    for start in range(100, 2900, 350):
        copies[start : start + int(rng.integers(10, 200))] = rng.choice([0, 1, 3, 4])
    return copies


def _noisy(copies: np.ndarray, rng: np.random.Generator) -> Bins:
    n = len(copies)
    wave = 0.04 * np.sin(np.arange(n) / 150 + rng.uniform(0, 6))
    weights = rng.uniform(0.3, 1, n)
    log2 = np.log2(np.maximum(copies, 0.05) / 2) + wave + rng.normal(size=n) * 0.15 / np.sqrt(weights)
    stray = rng.random(n) < 0.002
    log2[stray] += rng.choice([-1.5, 1.5], int(stray.sum()))
    start = np.arange(n) * 1000
    return bins_of(["1"] * n, start, start + 1000, log2=log2, weight=weights)


def _edges(copies: np.ndarray, called: np.ndarray) -> np.ndarray:
    truth, found = np.flatnonzero(np.diff(copies)), np.flatnonzero(np.diff(called))
    near = sum(bool((np.abs(found - t) <= 2).any()) for t in truth.tolist())
    false = sum(not (np.abs(truth - f) <= 2).any() for f in found.tolist())
    return np.array([len(truth), near, len(found), false])
