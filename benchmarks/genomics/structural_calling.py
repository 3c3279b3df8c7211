"""Calling structural variants from a simulated BAM of 6 million bases at 10x and 30x, beside delly on the same file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Figure, command, function
from gennet.genomics.fasta import Fasta
from gennet.genomics.structural.calling import call_variants
from validation.genomics.simulated_reads import Plan, simulate
from validation.genomics.structural_calling import delly_version


def figures(scratch: Path) -> Iterator[Figure]:
    """Yield both callers at two depths; nothing when bwa and samtools are absent."""
    if any(shutil.which(name) is None for name in ("bwa", "samtools")):
        return
    for depth in (10.0, 30.0):
        folder = scratch / f"structural{depth:g}"
        simulate(Plan(seed=7, depth=depth), folder)
        reads, genome = folder / "reads.bam", folder / "ref.fa"

        def ours(reads: Path = reads, genome: Path = genome) -> object:
            with Fasta(genome) as reference:
                return call_variants(reads, genome, reference)

        size = f"6 million bases, {depth:g}x, pairs of 150 bases"
        yield function(
            "structural_variants", "calls with genotypes from a BAM", ours, runs=2, note=f"{size}; one thread"
        )
        if shutil.which("delly") is not None:
            call = ["delly", "call", "-g", str(genome), "-o", str(folder / "d.bcf"), str(reads)]
            yield command(
                "structural_variants_delly", "the same by delly", call, runs=2, note=f"{delly_version()}; {size}"
            )
