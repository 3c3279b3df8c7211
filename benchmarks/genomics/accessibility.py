"""Chromatin accessibility: peaks beside MACS, and how they grow."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, command, function
from gennet.genomics.accessibility.fragments import read_fragments
from gennet.genomics.accessibility.peaks import Calling, call_peaks

_SIZES = (50_000, 500_000)


def figures(scratch: Path) -> Iterator[Figure]:
    """Time reading and peak calling of 50,000 and 500,000 fragments, as MACS reads and calls them."""
    tool = shutil.which("macs3") or shutil.which("macs2")
    for size in _SIZES:
        genome = size * 50
        fragments, cuts = _files(scratch, size, genome)

        def ours(path: Path = fragments, genome: int = genome) -> None:
            call_peaks(read_fragments(path), Calling(genome=genome))

        what = f"{size:,} fragments on {genome:,} bases, a peak every 20,000"
        yield function(f"peaks {size:,}", what, ours, runs=3, note=f"{what}; 1 thread, float64, with reading")
        if tool:
            words = (
                tool, "callpeak", "-f", "BED", "-t", str(cuts), "--nomodel", "--shift", "-75", "--extsize", "150",
                "-g", str(genome), "--keep-dup", "all", "-n", "m", "--outdir", str(scratch),
            )  # fmt: skip
            name = f"{Path(tool).name} {size:,}"
            yield command(name, what, words, runs=3, warmup=0, note=f"{what}; with starting Python and writing")


def _files(scratch: Path, size: int, genome: int) -> tuple[Path, Path]:
    rng = np.random.default_rng(3)
    peaks = np.repeat(np.arange(10_000, genome - 10_000, 20_000), 100)
    places = np.concatenate([peaks + rng.integers(-100, 100, len(peaks)), rng.integers(500, genome - 500, size)])[:size]
    ends = places + rng.integers(30, 200, len(places))
    fragments, cuts = scratch / f"{size}.tsv", scratch / f"{size}.bed"
    pairs = list(zip(places.tolist(), ends.tolist(), strict=True))
    fragments.write_text("".join(f"chr1\t{a}\t{b}\tc{a % 500}\t1\n" for a, b in pairs))
    cuts.write_text("".join(f"chr1\t{c}\t{c + 1}\t.\t0\t+\n" for a, b in pairs for c in (a, b - 1)))
    return fragments, cuts
