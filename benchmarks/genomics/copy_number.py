"""Copy number: segmentation beside DNAcopy, reads per bin beside htslib, and how both grow."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, command, function
from gennet.genomics.copy_number.bins import Bins, bins_of, write_bins
from gennet.genomics.copy_number.cbs import Circular
from gennet.genomics.copy_number.copies import Mixture
from gennet.genomics.copy_number.depth import count_reads, even_bins, lengths_of
from gennet.genomics.copy_number.hmm import Markov, by_hmm
from gennet.genomics.copy_number.segments import by_cbs

_R = """
suppressMessages(library(DNAcopy))
t <- read.delim(commandArgs(TRUE)[1])
set.seed(1)
x <- CNA(cbind(t$log2), t$chromosome, t$start, presorted=TRUE)
invisible(segment(x, verbose=0))
"""
_SIZES = (3_000, 30_000, 300_000)
_READS = (100_000, 1_000_000)


def figures(scratch: Path) -> Iterator[Figure]:
    """Time segmentation of 3,000 to 300,000 bins and counting of 100,000 and 1,000,000 reads."""
    peer = shutil.which("Rscript")
    script = scratch / "dnacopy.R"
    script.write_text(_R)
    for size in _SIZES:
        bins = _genome(size)
        what = f"{size:,} bins on 22 chromosomes"
        note = f"{what}, a change every 500 bins; 1 thread, float64"
        yield function(
            f"cbs {size:,}", what, lambda b=bins: by_cbs(b, Circular(), np.random.default_rng(1)), runs=3, note=note
        )
        yield function(f"hmm {size:,}", what, lambda b=bins: by_hmm(b, Mixture(), Markov()), runs=3, note=note)
        if peer and _has_dnacopy():
            table = write_bins(bins, scratch / f"{size}.cnr")
            words = (peer, str(script), str(table))
            runs = 1 if size == _SIZES[-1] else 3
            yield command(f"DNAcopy {size:,}", what, words, runs=runs, warmup=0, note=f"{note}; with starting R")
    yield from _counting(scratch)


def _has_dnacopy() -> bool:
    words = ("Rscript", "-e", "quit(status = !requireNamespace('DNAcopy', quietly = TRUE))")
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def _genome(size: int) -> Bins:
    rng, each = np.random.default_rng(7), size // 22
    contig, start, log2 = list[str](), list[np.ndarray](), list[np.ndarray]()
    for chromosome in range(1, 23):
        contig += [str(chromosome)] * each
        start.append(np.arange(each) * 1000)
        levels = np.repeat(rng.choice([0, 0, 0.58, -1], each // 500 + 1), 500)[:each]
        log2.append(levels + rng.normal(scale=0.2, size=each))
    at = np.concatenate(start)
    return bins_of(contig, at, at + 1000, log2=np.concatenate(log2))


def _counting(scratch: Path) -> Iterator[Figure]:
    import pysam

    for size in _READS:
        path = _bam(scratch / f"{size}.bam", size)
        places = even_bins(lengths_of(path), 1000)
        what = f"{size:,} reads of 100 bases"
        yield function(
            f"reads per bin {size:,}", what, lambda p=path, b=places: count_reads(p, b), runs=3, note="1 thread"
        )

        def by_htslib(path: Path = path) -> np.ndarray:
            found = np.zeros(300_000, np.int64)
            with pysam.AlignmentFile(str(path)) as file:
                for read in file.fetch(until_eof=True):
                    if not read.flag & 0xF04 and read.mapping_quality >= 20:
                        found[read.reference_start // 1000] += 1
            return found

        yield function(f"pysam {size:,}", what, by_htslib, runs=1, warmup=0, note=f"pysam {pysam.__version__}, a loop")


def _bam(path: Path, size: int) -> Path:
    import pysam

    rng = np.random.default_rng(1)
    bases = "".join(rng.choice(list("ACGT"), 100))
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "1", "LN": 249_000_000}]}
    with pysam.AlignmentFile(str(path), "wb", header=header) as file:
        read = pysam.AlignedSegment(file.header)
        read.query_sequence, read.cigartuples, read.mapping_quality = bases, [(0, 100)], 60
        read.query_qualities = pysam.qualitystring_to_array("".join(rng.choice(list("FFFF:,"), 100)))
        read.reference_id = 0
        for number, start in enumerate(np.sort(rng.integers(0, 248_000_000, size)).tolist()):
            read.query_name, read.reference_start = f"r{number}", start
            file.write(read)
    return path
