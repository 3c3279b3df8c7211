"""Memory while reading a large genome, and a score on it beside plink2 where that is installed."""

from __future__ import annotations

import gzip
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, command

_CHROMOSOME_1 = 248_956_422
_READ = """
import sys
from pathlib import Path
from gennet.genomics import read_vcf
genotypes, _ = read_vcf(Path(sys.argv[1]))
assert genotypes.size == int(sys.argv[2]), genotypes.size
"""
_SCORE = """
import sys
from pathlib import Path
from gennet.genomics import ScoringFiles, polygenic_scores, read_scoring_file, read_vcf
genotypes, _ = read_vcf(Path(sys.argv[1]))
scores = polygenic_scores(genotypes, ScoringFiles((read_scoring_file(Path(sys.argv[2])),)))
print(scores.scores[0].value)
"""


def figures(scratch: Path, sites: int = 1_000_000) -> Iterator[Figure]:
    """Yield memory at a tenth and at full size, then one score with its peer."""
    for count in (sites // 10, sites):
        vcf = write_genome(scratch / f"genome{count}.vcf.gz", count)
        note = f"{count:,} variants, {vcf.stat().st_size / 1e6:.0f} MB compressed"
        yield command(
            "genome_memory",
            "read_vcf in a fresh process",
            (sys.executable, "-c", _READ, str(vcf), str(count)),
            runs=3,
            warmup=1,
            note=note,
        )
    weights, plink_weights = write_weights(scratch, vcf, 100_000)
    yield command(
        "polygenic",
        "read the genome, sum one score",
        (sys.executable, "-c", _SCORE, str(vcf), str(weights)),
        runs=3,
        note="100,000 weights",
    )
    plink = shutil.which("plink2")
    if plink is not None:
        words = (
            plink,
            "--vcf",
            str(vcf),
            "--threads",
            "2",
            "--score",
            str(plink_weights),
            "1",
            "2",
            "3",
            "cols=+scoresums",
            "no-mean-imputation",
            "--out",
            str(scratch / "plink"),
        )
        yield command(
            "polygenic_plink2",
            "the same VCF and weights in plink2",
            words,
            runs=3,
            note="plink2 --vcf --score, 2 threads",
        )


def write_genome(path: Path, sites: int) -> Path:
    """Write one phased sample with INFO of realistic width on chromosome 1, GRCh38."""
    rng = np.random.default_rng(5)
    positions = np.sort(rng.choice(_CHROMOSOME_1, size=sites, replace=False)) + 1
    bases = np.array(list("ACGT"))
    reference = rng.integers(0, 4, sites)
    alternate = (reference + rng.integers(1, 4, sites)) % 4
    frequency = rng.beta(0.3, 1.0, sites)
    alleles = rng.random((sites, 2)) < frequency[:, None]
    depth = rng.poisson(32, sites)
    with gzip.open(path, "wt", compresslevel=3) as out:
        out.write(f"##fileformat=VCFv4.2\n##contig=<ID=chr1,length={_CHROMOSOME_1},assembly=GRCh38>\n")
        out.write('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n')
        out.write("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\n")
        for i in range(sites):
            a, b = alleles[i].astype(int)
            info = f"AC={a + b};AF={frequency[i]:.4f};AN=2;DP={depth[i]};FS=0.000;MQ=60.00;QD={depth[i] / 1.7:.2f};SOR=0.693"
            out.write(
                f"chr1\t{positions[i]}\tv{i}\t{bases[reference[i]]}\t{bases[alternate[i]]}\t{depth[i] * 20}\tPASS\t{info}\t"
                f"GT:AD:DP:GQ\t{a}|{b}:{depth[i]},0:{depth[i]}:99\n"
            )
    return path


def write_weights(scratch: Path, vcf: Path, count: int) -> tuple[Path, Path]:
    """Write weights for every tenth variant, as a scoring file and as plink2 reads them."""
    rng = np.random.default_rng(6)
    ours, theirs = scratch / "weights.txt", scratch / "weights.plink"
    with gzip.open(vcf, "rt") as lines, ours.open("w") as a, theirs.open("w") as b:
        a.write(
            "#pgs_id=BENCH\n#genome_build=GRCh38\nchr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\n"
        )
        written = 0
        for index, line in enumerate(line for line in lines if not line.startswith("#")):
            if index % 10 == 0 and written < count:
                chromosome, position, name, reference, alternate = line.split("\t", 5)[:5]
                weight = rng.normal()
                a.write(f"{chromosome.removeprefix('chr')}\t{position}\t{alternate}\t{reference}\t{weight!r}\n")
                b.write(f"{name}\t{alternate}\t{weight!r}\n")
                written += 1
    return ours, theirs
