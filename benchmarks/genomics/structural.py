"""Structural variants as files: read, compared with a truth (beside truvari), merged, held against a known list."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, command, function
from gennet.genomics.structural import Call, Kind, StructuralVariant, write_vcf
from gennet.genomics.structural.comparing import compare
from gennet.genomics.structural.frequencies import known
from gennet.genomics.structural.merging import merge
from gennet.genomics.structural.reading import read_structural

SIZES = (500, 5_000)
_CONTIGS = {str(n): 100_000_000 for n in range(1, 23)}


def figures(scratch: Path) -> Iterator[Figure]:
    """Yield each step at two sizes; truvari where it is installed, on the same files."""
    for count in SIZES:
        yield from _of(count, scratch)


def _of(count: int, scratch: Path) -> Iterator[Figure]:
    rng = np.random.default_rng(count)
    truth = _variants(rng, count)
    lists = [truth, *([_shifted(rng, v) for v in truth if rng.random() < 0.9] for _ in range(4))]
    one, other = scratch / f"truth{count}.vcf.gz", scratch / f"calls{count}.vcf.gz"
    for path, variants in ((one, truth), (other, lists[1])):
        write_vcf(variants, path, sample="S", contigs=_CONTIGS)
    size = f"{count:,} deletions and insertions of 50 to 5,000 bp with sequences, one thread"
    runs = 5 if count == SIZES[0] else 1
    yield function(f"sv_read_{count}", "one VCF read", lambda: read_structural(one), runs=runs, note=size)
    held = read_structural(one), read_structural(other, least=30)
    note = f"{size}; files read beforehand"
    yield function(f"sv_compare_{count}", "compared with the truth", lambda: compare(*held), runs=runs, note=note)
    yield function(f"sv_merge_{count}", "five lists merged", lambda: merge(lists), runs=runs, note=f"5 x {size}")
    entries = held[1].entries, held[0].entries
    yield function(f"sv_known_{count}", "held against a known list", lambda: known(*entries), runs=runs, note=note)
    out = scratch / f"out{count}"
    words = ["--truth", one, "--calls", other, "--out", out]
    ours = [sys.executable, "-c", "from gennet.apps.cli import main; main()", "genome", "structural-compare"]
    note = f"{size}; start, reading, tables and figures written"
    yield command(
        f"sv_compare_cli_{count}", "gennet genome structural-compare", [*ours, *map(str, words)], runs=2, note=note
    )
    yield from _truvari(one, other, scratch / f"bench{count}", size)


def _truvari(one: Path, other: Path, out: Path, size: str) -> Iterator[Figure]:
    beside = Path(sys.executable).parent / "truvari"
    program = shutil.which("truvari") or (str(beside) if beside.is_file() else None)
    if program is None:
        return
    import pysam

    for path in (one, other):
        pysam.tabix_index(str(path), preset="vcf", force=True)
    bench = f"rm -rf {out} && {program} bench -b {one} -c {other} -o {out}"
    note = f"{size}; start, reading and four VCF written"
    yield command(f"sv_truvari_{out.name}", "truvari bench, the same files", ["sh", "-c", bench], runs=2, note=note)


def _variants(rng: np.random.Generator, count: int) -> list[StructuralVariant]:
    made = list[StructuralVariant]()
    for _ in range(count):
        contig, position = str(rng.integers(1, 23)), int(rng.integers(1, 99_000_000))
        size = int(50 * 100 ** rng.random())
        if rng.random() < 0.5:
            kind, end, inserted = Kind.DELETION, position + size, None
        else:
            kind, end, inserted = Kind.INSERTION, position, "".join(rng.choice(list("ACGT"), size))
        made.append(StructuralVariant(kind, contig, position, end, size, inserted, quality=60.0, call=Call((0, 1))))
    return made


def _shifted(rng: np.random.Generator, variant: StructuralVariant) -> StructuralVariant:
    """Return a variant as another program might call it: some bases away, one base of the sequence changed."""
    by = int(rng.integers(-20, 21)) if variant.position > 20 else 0
    inserted = variant.inserted
    if inserted is not None:
        inserted = "A" + inserted[1:]
    return replace(variant, position=variant.position + by, end=variant.end + by, inserted=inserted)
