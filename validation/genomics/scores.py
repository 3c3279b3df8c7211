"""
Calibration, training and absolute risk of scores, against plink 1.9, pgscatalog.calc and closed forms.

pgscatalog.calc is not installed beside GenNet: name an interpreter that has it in ``PGSCATALOG_PYTHON``.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gennet.genomics.builds import Build
from gennet.genomics.cohort import HeldCohort, Variants
from gennet.genomics.score_calibration import fit_norm, place
from gennet.genomics.score_training import Aligned, Clumping, clump, ld_blocks, ldpred_inf
from validation.agreement import Agreement, Skipped
from validation.genomics import score_truth

CLUMPS = (Clumping(1.0, 1.0, 0.1, 250.0), Clumping(0.01, 1.0, 0.5, 250.0), Clumping(0.05, 0.05, 0.2, 40.0))
_TOLERANCE = 1e-9
_CALC = """
import sys, numpy as np, pandas as pd
from pgscatalog.calc.lib._ancestry.tools import pgs_adjust
ref, new, out, pcs = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
ref, new = pd.read_csv(ref, sep="\\t", index_col=0), pd.read_csv(new, sep="\\t", index_col=0)
_, found, _ = pgs_adjust(ref, new, ["S"], "pop", "pop", ["mean", "mean+var"], n_pcs=pcs)
found.to_csv(out, sep="\\t")
"""


def agreements(mirror: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Yield one row for each comparison."""
    yield from clumps(work)
    yield closed_form()
    yield from calibration(mirror, work)
    yield from score_truth.agreements()


def linked_cohort(people: int, variants: int, seed: int, missing: float = 0.0) -> HeldCohort:
    """Make people whose neighbouring variants are correlated: thresholds on two autoregressive haplotypes."""
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.05, 0.6, variants)
    from scipy.stats import norm

    bound = norm.isf(frequency)[:, None]
    dosages = np.zeros((variants, people), np.int8)
    for _ in range(2):
        liability = np.empty((variants, people))
        liability[0] = rng.normal(size=people)
        for i in range(1, variants):
            keep = 0.0 if i % 60 == 0 else 0.9
            liability[i] = keep * liability[i - 1] + np.sqrt(1 - keep**2) * rng.normal(size=people)
        dosages += (liability > bound).astype(np.int8)
    dosages[rng.random(dosages.shape) < missing] = -1
    half = variants // 2
    chromosome = np.repeat([1, 2], [half, variants - half]).astype(np.int8)
    position = np.concatenate([np.arange(half), np.arange(variants - half)]).astype(np.int32) * 3000 + 1000
    names = tuple(f"rs{i + 1}" for i in range(variants))
    made = Variants(chromosome, position, names, ("A",) * variants, ("G",) * variants)
    return HeldCohort(tuple(f"p{i}" for i in range(people)), made, Build.GRCH38, dosages)


def aligned_with(cohort: HeldCohort, p: np.ndarray, n: float = 10_000.0) -> Aligned:
    """Pretend that a study of the cohort's variants found these p-values."""
    from scipy.stats import norm

    held = cohort.dosages >= 0
    frequency = np.where(held, cohort.dosages, 0).sum(1) / (2 * held.sum(1))
    size = len(p)
    z = norm.isf(p / 2)
    return Aligned(cohort.variants, np.arange(size), cohort.dosages, frequency, z, p, np.full(size, n), (), 0)


def clumps(work: Path) -> Iterator[Agreement | Skipped]:
    """Compare the clumps of every index variant, and which variants are in them, with plink 1.9's."""
    plink = shutil.which("plink1.9")
    if plink is None:
        yield Skipped("clumps", "needs plink1.9 (apt-get install plink1.9)")
        return
    cohort = linked_cohort(300, 2000, 3, missing=0.02)
    p = np.random.default_rng(4).uniform(size=2000) ** 3
    p = np.array([float(f"{value:.6g}") for value in p])
    write_bed(cohort, work / "ld.bed")
    (work / "p.assoc").write_text(
        "SNP P\n" + "".join(f"{name} {value:.6g}\n" for name, value in zip(cohort.variants.id, p, strict=True))
    )
    version = subprocess.run([plink, "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    for how in CLUMPS:
        subprocess.run(
            [plink, "--bfile", work / "ld", "--clump", work / "p.assoc", "--clump-p1", str(how.index_p), "--clump-p2",
             str(how.member_p), "--clump-r2", str(how.r2), "--clump-kb", str(how.kb), "--out", work / "c"],
            check=True, capture_output=True,
        )  # fmt: skip
        theirs = read_clumps(work / "c.clumped")
        found = clump(aligned_with(cohort, p), how)
        ours = {
            cohort.variants.id[i]: {cohort.variants.id[j] for j in np.flatnonzero(found == i)}
            for i in np.flatnonzero(found == np.arange(2000))
        }
        same = sum(theirs.get(lead) == members for lead, members in ours.items())
        words = (
            f"{same:,} of {max(len(ours), len(theirs)):,} clumps have the same index variant and members (must be all)"
        )
        what = f"clumps, r2 {how.r2:g}, {how.kb:g} kb, p {how.index_p:g}/{how.member_p:g}"
        yield Agreement(what, f"plink {version}", len(theirs), words, theirs == ours)


def write_bed(cohort: HeldCohort, path: Path) -> None:
    """Write a PLINK BED in plain Python: two copies of the first allele of the .bim are 0, missing 1, one 2, none 3."""
    code = {2: 0, -1: 1, 1: 2, 0: 3}
    data = bytearray(b"\x6c\x1b\x01")
    for row in cohort.dosages.tolist():
        for start in range(0, len(row), 4):
            data.append(sum(code[dosage] << (2 * k) for k, dosage in enumerate(row[start : start + 4])))
    path.write_bytes(bytes(data))
    v = cohort.variants
    columns = zip(v.chromosome, v.id, v.position, v.alternate, v.reference, strict=True)
    path.with_suffix(".bim").write_text("".join(f"{c}\t{i}\t0\t{p}\t{a}\t{r}\n" for c, i, p, a, r in columns))
    path.with_suffix(".fam").write_text("".join(f"{s} {s} 0 0 0 -9\n" for s in cohort.samples))


def read_clumps(path: Path) -> dict[str, set[str]]:
    """Return the members of each clump of a .clumped file, the index variant included."""
    found = dict[str, set[str]]()
    for line in path.read_text().splitlines()[1:]:
        cells = line.split()
        if cells:
            members = {name.partition("(")[0] for name in cells[11].split(",")} - {"NONE"}
            found[cells[2]] = members | {cells[2]}
    return found


def closed_form() -> Agreement:
    """Compare LDpred-inf by block with one dense solve of (D + M/(n h2)) b = r."""
    cohort = linked_cohort(400, 600, 8)
    aligned = aligned_with(cohort, np.random.default_rng(5).uniform(1e-6, 1, 600))
    blocks = list(ld_blocks(aligned))
    dense = np.zeros((600, 600))
    for block in blocks:
        dense[block.rows, block.rows] = block.correlation
    solved = np.linalg.solve(dense + np.eye(600) * 600 / (10_000 * 0.4), aligned.correlation)
    off = float(np.abs(ldpred_inf(aligned, blocks, 0.4) - solved).max())
    words = f"largest difference {off:.2g} (bound {_TOLERANCE:g})"
    return Agreement("LDpred-inf, 600 variants", "dense solve, numpy", 600, words, off < _TOLERANCE)


def calibration(mirror: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Compare z-scores on the mirror's real components with the documented formula and with pgscatalog.calc."""
    folder = mirror / "genomics" / "ancestry"
    if not (folder / "ref.pcs").is_file():
        yield Skipped("z-scores by ancestry", "needs GENNET_RESOURCES")
        return
    reference, target = read_pcs(folder / "ref.pcs", 4), read_pcs(folder / "target.pcs", 4)
    rng = np.random.default_rng(3)
    spread = reference.std(0)
    # A made score whose mean and variance both follow real ancestry.
    value = made_score(reference / spread, rng)
    new = made_score(target / spread, rng)
    fitted = fit_norm(value, reference)
    ours = [place(fitted, v, c) for v, c in zip(new, target, strict=True)]
    x, y = (np.column_stack([np.ones(len(p)), p]) for p in (reference, target))
    beta = np.linalg.lstsq(x, value, rcond=None)[0]
    left = value - x @ beta
    theirs = (new - y @ beta) / np.sqrt(left @ left / (len(left) - 5))
    off = float(np.abs(theirs - [one.z_mean for one in ours]).max())
    yield Agreement(
        "Z_norm1 on 1000 Genomes components", "least squares, numpy", len(new),
        f"largest difference {off:.2g} (bound {_TOLERANCE:g})", off < _TOLERANCE,
    )  # fmt: skip
    python = os.environ.get("PGSCATALOG_PYTHON")
    if not python:
        yield Skipped("Z_norm1 and Z_norm2", "needs pgscatalog.calc: name its interpreter in PGSCATALOG_PYTHON")
        return
    for name, score, pcs in (("ref", value, reference), ("new", new, target)):
        with (work / f"{name}.tsv").open("w") as out:
            out.write("\t".join(["id", "S", "pop", *(f"PC{i + 1}" for i in range(4))]) + "\n")
            for i, (s, row) in enumerate(zip(score.tolist(), pcs.tolist(), strict=True)):
                out.write("\t".join([f"{name}{i}", repr(s), "all", *map(repr, row)]) + "\n")
    command = [python, "-W", "ignore", "-c", _CALC, work / "ref.tsv", work / "new.tsv", work / "out.tsv", "4"]
    subprocess.run(command, check=True, capture_output=True)
    with (work / "out.tsv").open() as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    of_n = np.sqrt(len(value) / (len(value) - 5))  # theirs divides by people, ours by the degrees of freedom
    inside = np.array([not o.extrapolates for o in ours])
    for name, mine, which in (
        ("Z_norm1", np.array([o.z_mean * of_n for o in ours]), np.ones(len(ours), bool)),
        ("Z_norm2", np.array([o.z for o in ours]), inside),  # beyond the bound we hold the variance
    ):
        off = float(np.abs(np.array([float(row[f"{name}|S"]) for row in rows]) - mine)[which].max())
        words = f"largest difference {off:.2g} (bound 1e-06) in {which.sum():,} people who are not extrapolated to"
        yield Agreement(f"{name} on 1000 Genomes components", "pgscatalog.calc", int(which.sum()), words, off < 1e-6)


def read_pcs(path: Path, count: int) -> np.ndarray:
    """Return the first components of a .pcs file, people x count."""
    with path.open() as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return np.array([[float(row[f"PC{i + 1}"]) for i in range(count)] for row in rows])


def made_score(standard: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a score whose mean and log variance are linear in components."""
    mean = standard @ [0.8, -0.4, 0.1, 0.0]
    made: np.ndarray = 3 + mean + np.exp(0.5 * (standard @ [0.3, 0.1, -0.2, 0.0])) * rng.normal(size=len(standard))
    return made
