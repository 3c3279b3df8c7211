"""
Many people, many sites, one and a hundred scores: beside plink2 with OpenBLAS and pgenlib with numpy, in the same run.

``python -m benchmarks.genomics.cohort_scores`` adds the run of a million people by 100,000 sites on generated blocks.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, command, function
from gennet.genomics.cohort import Variants
from gennet.genomics.cohort_scores import matrix_terms, score_terms
from gennet.genomics.cohorts import open_cohort
from gennet.genomics.cohorts.packed import PLAIN, Packed

PEOPLE, SITES, SCORES = 10_000, 100_000, 100
MILLION = 1_000_000
OPENBLAS = Path("/usr/lib/x86_64-linux-gnu/openblas-pthread")
_RUN = """
import sys
import numpy as np
from gennet.genomics.cohorts import open_cohort
from gennet.genomics.cohort_scores import matrix_terms, score_terms
cohort, weights = open_cohort(sys.argv[1]), np.load(sys.argv[2])
terms = matrix_terms([str(i) for i in range(weights.shape[1])], np.arange(len(weights)), weights)
score_terms(cohort, terms)
"""
_PGENLIB = """
import sys
import numpy as np
from pgenlib import PgenReader
weights, kind = np.load(sys.argv[2]), np.dtype(sys.argv[3])
weights, people = weights.astype(kind), int(sys.argv[4])
reader = PgenReader(sys.argv[1].encode())
block, sums = np.empty((1000, people), np.int8), np.zeros((people, weights.shape[1]), kind)
for start in range(0, len(weights), 1000):
    reader.read_range(start, start + 1000, block)
    sums += block.astype(kind).T @ weights[start : start + 1000]
"""


def figures(scratch: Path) -> Iterator[Figure]:
    """Yield the peers' figures and ours on one cohort, and ours at ten and a hundred times the people."""
    # In processes of their own: what a child's peak is counted from must stay small.
    subprocess.run([sys.executable, "-m", "benchmarks.genomics.cohort_scores", "prepare", str(scratch)], check=True)
    what = f"{PEOPLE:,} people x {SITES:,} sites"
    for scores in (1, SCORES):
        words = [sys.executable, "-c", _RUN, str(scratch / "cohort.bed"), str(scratch / f"w{scores}.npy")]
        note = "fresh process: Python, opening the files, reading the weights; one thread"
        yield command(f"cohort {scores} process", f"{what}, scores: {scores}", words, runs=2, note=note)
    yield from _peers(scratch, what)
    yield _growth(PEOPLE, 10_000)
    yield _growth(10 * PEOPLE, 10_000)
    yield _growth(MILLION, 5_000)
    yield from _ours(scratch, what)


def prepare(scratch: Path) -> None:
    """Write the cohort and its weights."""
    rng = np.random.default_rng(1)
    write_cohort(scratch / "cohort.bed", PEOPLE, SITES, rng)
    weights = rng.normal(0, 0.01, (SITES, SCORES))
    for scores in (1, SCORES):
        np.save(scratch / f"w{scores}.npy", weights[:, :scores])
    table = np.column_stack([np.arange(SITES), weights])
    np.savetxt(scratch / "w.txt", table, fmt=["s%d\tA", *["%.8g"] * SCORES], delimiter="\t")


def _ours(scratch: Path, what: str) -> Iterator[Figure]:
    cohort, rows, weights = open_cohort(scratch / "cohort.bed"), np.arange(SITES), np.load(scratch / f"w{SCORES}.npy")
    one = matrix_terms(["1"], rows, weights[:, :1])
    many = matrix_terms([str(i) for i in range(SCORES)], rows, weights)
    yield function("cohort 1", f"{what}, 1 score", lambda: score_terms(cohort, one), note="float64, one thread")
    fixed, exact = score_terms(cohort, many), score_terms(cohort, many, exact=True)
    off = float((np.abs(fixed.sums - exact.sums).max(axis=0) / exact.sums.std(axis=0)).max())
    note = f"32-bit tables, one thread; largest difference from float64 {off:.2g} standard deviations"
    yield function("cohort 100", f"{what}, 100 scores", lambda: score_terms(cohort, many), runs=3, warmup=0, note=note)
    yield function(
        "cohort 100 exact", f"{what}, 100 scores", lambda: score_terms(cohort, many, exact=True), runs=3, warmup=0,
        note="float64, one thread",
    )  # fmt: skip


def _peers(scratch: Path, what: str) -> Iterator[Figure]:
    plink2 = shutil.which("plink2")
    if plink2 is None:
        return
    prefix = scratch / "cohort"
    make = [plink2, "--bfile", str(prefix), "--make-pgen", "--out", str(prefix), "--threads", "1"]
    subprocess.run(make, check=True, capture_output=True)
    version = subprocess.run([plink2, "--version"], check=True, capture_output=True, text=True).stdout.split(" (")[0]
    for scores in (1, SCORES):
        words = ["env", f"LD_LIBRARY_PATH={OPENBLAS}", "OPENBLAS_NUM_THREADS=1", plink2, "--pfile", str(prefix),
                 "--score", str(scratch / "w.txt"), "1", "2", "cols=scoresums", "--score-col-nums", "3" if scores == 1 else f"3-{scores + 2}",
                 "--out", str(scratch / "x"), "--threads", "1"]  # fmt: skip
        note = f"{version}, OpenBLAS, one thread, float64; reads its weights as text" if OPENBLAS.is_dir() else version
        yield command(f"cohort {scores} plink2", f"{what}, {scores} scores", words, runs=2, warmup=1, note=note)
    for kind in ("float32", "float64"):
        words = ["env", "OPENBLAS_NUM_THREADS=1", sys.executable, "-c", _PGENLIB, str(prefix.with_suffix(".pgen")),
                 str(scratch / f"w{SCORES}.npy"), kind, str(PEOPLE)]  # fmt: skip
        note = f"{kind} matrix product, one thread"
        yield command(f"cohort 100 pgenlib {kind}", f"{what}, 100 scores", words, runs=1, warmup=0, note=note)


def write_cohort(path: Path, people: int, sites: int, rng: np.random.Generator) -> Path:
    """Write a .bed of random people with its .bim and .fam; minor alleles are at 1/8, 1/4 or 1/2."""
    width = (people + 3) // 4
    with path.open("wb") as stream:
        stream.write(b"\x6c\x1b\x01")
        for start in range(0, sites, 1000):
            stream.write(genotypes(min(1000, sites - start) * width, 1 + start // 1000 % 3, rng).data)
    path.with_suffix(".bim").write_text("".join(f"1\ts{i}\t0\t{i + 1}\tA\tG\n" for i in range(sites)))
    path.with_suffix(".fam").write_text("".join(f"0 p{i} 0 0 0 -9\n" for i in range(people)))
    return path


def genotypes(size: int, rarity: int, rng: np.random.Generator) -> np.ndarray:
    """Make bytes of a .bed; an allele has frequency 0.5 to the power of `rarity`."""
    pairs = np.full(size, 0x55, np.uint8)
    one, two = pairs.copy(), pairs.copy()
    for _ in range(rarity):
        one &= rng.integers(0, 256, size, np.uint8)
        two &= rng.integers(0, 256, size, np.uint8)
    # Two copies are 00, one is 10, none is 11.
    return ((~(one & two) & pairs) << 1) | (~(one | two) & pairs)


@dataclass(frozen=True, slots=True, eq=False)
class Generated:
    """A cohort that is no file: each block is a stretch of random bytes, so that only our work is measured."""

    samples: range
    variants: Variants
    bytes: np.ndarray
    build: None = None
    notes: tuple[str, ...] = ()

    def packed(self, rows: np.ndarray | None = None, *, size: int = 4096) -> Iterator[Packed]:
        """Yield blocks of at most 16 MB."""
        total = 0 if rows is None else len(rows)
        width = (len(self.samples) + 3) // 4
        step = max(32, min(size, (16 << 20) // width // 32 * 32))
        for start in range(0, total, step):
            count = min(step, total - start)
            offset = (start * 7919) % (len(self.bytes) - count * width)
            yield Packed(start, self.bytes[offset : offset + count * width].reshape(count, width), PLAIN)


def _growth(people: int, sites: int) -> Figure:
    words = [sys.executable, "-m", "benchmarks.genomics.cohort_scores", str(people), str(sites)]
    note = "fresh process, generated blocks, 1 score, float64, one thread"
    return command(f"cohort {people:,}", f"{people:,} people x {sites:,} sites", words, runs=1, warmup=0, note=note)


def generated_run(people: int, sites: int) -> None:
    """Score generated people once."""
    rng = np.random.default_rng(1)
    data = genotypes(40 << 20, 2, rng) & 0x55  # codes 0 and 1 alone: nobody's is missing
    empty = Variants(np.zeros(0, np.int8), np.zeros(0, np.int32), (), (), ())
    terms = matrix_terms(["1"], np.arange(sites), rng.normal(0, 0.01, (sites, 1)))
    score_terms(Generated(range(people), empty, data), terms)


if __name__ == "__main__":
    if sys.argv[1:2] == ["prepare"]:
        prepare(Path(sys.argv[2]))
    elif len(sys.argv) > 2:
        generated_run(int(sys.argv[1]), int(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            for figure in figures(Path(folder)):
                print(figure)
        print(_growth(MILLION, SITES))
