"""The ADMIXTURE model: ours and adamixture on the same simulated genotypes, one thread, float64."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import numpy as np

from benchmarks import measure
from benchmarks.measure import Figure
from gennet.genomics.ancestry._kernels import em_step
from gennet.genomics.ancestry.admixture import estimate

K, PEOPLE = 3, 200


def figures(scratch: Path) -> Iterator[Figure]:
    """Measure both at 2,000 sites and at ten times as many."""
    for sites in (2_000, 20_000):
        dosages = simulated(sites)
        found = estimate(dosages, K, np.random.default_rng(1))
        yield measure.function(
            f"admixture {sites:,}",
            f"{sites:,} sites x {PEOPLE} people, K = {K}",
            lambda dosages=dosages: estimate(dosages, K, np.random.default_rng(1)),
            runs=1,
            warmup=0,
            note=f"log likelihood {found.log_likelihood:,.1f}",
        )
        program = Path(sys.executable).with_name("adamixture")
        if program.is_file():
            yield _peer(program, dosages, scratch)


def _peer(program: Path, dosages: np.ndarray, scratch: Path) -> Figure:
    sites = len(dosages)
    stem = scratch / f"simulated{sites}"
    write_bed(stem, dosages)
    command = [
        str(program), "-k", str(K), "--data_path", f"{stem}.bed", "--save_dir", str(scratch), "--name", stem.name,
        "-s", "1", "-t", "1",
    ]  # fmt: skip
    made = measure.command(f"adamixture {sites:,}", f"the same {sites:,} sites", command, runs=1, warmup=0)
    q, f = (np.loadtxt(scratch / f"{stem.name}.{K}.{ending}") for ending in "QP")
    f = np.clip(f, 1e-5, 1 - 1e-5)
    reached = max(em_step(dosages, q, f)[2], em_step(dosages, q, 1 - f)[2])
    note = f"{metadata.version('adamixture')}, whole program; log likelihood {reached:,.1f}"
    return Figure(made.name, made.what, made.runs, made.wall_seconds, made.cpu_seconds, made.peak_megabytes, note)


def simulated(sites: int) -> np.ndarray:
    rng = np.random.default_rng(sites)
    f, q = rng.beta(0.5, 0.5, (sites, K)).clip(0.01, 0.99), rng.dirichlet([0.3] * K, PEOPLE)
    return rng.binomial(2, f @ q.T).astype(np.int8)


def write_bed(stem: Path, dosages: np.ndarray) -> None:
    """Write PLINK files; the first allele of the .bim is the alternate."""
    code = np.array([3, 2, 0, 1], np.uint8)[dosages]
    code = np.pad(code, ((0, 0), (0, -code.shape[1] % 4)))
    packed = code[:, 0::4] | code[:, 1::4] << 2 | code[:, 2::4] << 4 | code[:, 3::4] << 6
    stem.with_suffix(".bed").write_bytes(b"\x6c\x1b\x01" + packed.astype(np.uint8).tobytes())
    stem.with_suffix(".bim").write_text("".join(f"1\ts{i}\t0\t{i + 1}\tC\tA\n" for i in range(len(dosages))))
    stem.with_suffix(".fam").write_text("".join(f"p{i} p{i} 0 0 0 -9\n" for i in range(dosages.shape[1])))
