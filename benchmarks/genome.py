"""A whole genome of one person: read beside htslib, and one score on it beside plink2 where that is installed."""

from __future__ import annotations

import gzip
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, command
from gennet.genomics.builds import Build, chromosome_lengths

SITES = 4_700_000
"""Sites of one person's whole genome where variants only are listed."""
_TAILS = 470_000
_READ = """
import sys
from pathlib import Path
from gennet.genomics import read_vcf
genotypes, _ = read_vcf(Path(sys.argv[1]))
assert genotypes.size == int(sys.argv[2]), genotypes.size
"""
_CYVCF2 = """
import sys
from cyvcf2 import VCF
reader = VCF(sys.argv[1])
reader.set_threads(2)
print(sum((record.POS, record.REF, record.ALT, record.genotypes[0]) is not None for record in reader))
"""
_SCORE = """
import sys
from pathlib import Path
from gennet.genomics import ScoringFiles, polygenic_scores, read_scoring_file, read_vcf
genotypes, _ = read_vcf(Path(sys.argv[1]))
scores = polygenic_scores(genotypes, ScoringFiles((read_scoring_file(Path(sys.argv[2])),)))
print(scores.scores[0].value)
"""


def figures(scratch: Path, sites: int = SITES) -> Iterator[Figure]:
    """Yield reading at a tenth and at full size with its peers, then one score with its peer."""
    for count in (sites // 10, sites):
        vcf = write_genome(scratch / f"genome{count}.vcf.gz", count)
        size = f"{count:,} sites, {vcf.stat().st_size / 1e6:.0f} MB bgzip, 2 threads"
        words = (sys.executable, "-c", _READ, str(vcf), str(count))
        yield command("read_genome", "read_vcf in a fresh process", words, runs=3, note=size)
    yield command(
        "read_genome_cyvcf2", "the same fields by cyvcf2", (sys.executable, "-c", _CYVCF2, str(vcf)), runs=1, note=size
    )
    if bcftools := shutil.which("bcftools"):
        query = (bcftools, "query", "-f", "%CHROM %POS %REF %ALT [%GT]\n", str(vcf))
        yield command("read_genome_bcftools", "the same fields by bcftools query", query, runs=1, note=size)
    weights, plink_weights = write_weights(scratch, vcf, 100_000)
    yield command(
        "polygenic",
        "read the genome, sum one score",
        (sys.executable, "-c", _SCORE, str(vcf), str(weights)),
        runs=3,
        note="100,000 weights",
    )
    if plink := shutil.which("plink2"):
        words = (plink, "--vcf", str(vcf), "--threads", "2", "--score", str(plink_weights), "1", "2", "3",
                 "cols=+scoresums", "no-mean-imputation", "--out", str(scratch / "plink"))  # fmt: skip
        note = "plink2 --vcf --score, 2 threads"
        yield command("polygenic_plink2", "the same VCF and weights in plink2", words, runs=1, note=note)


def write_genome(path: Path, sites: int) -> Path:
    """
    Write one person's autosomes, GRCh38, bgzip, with the INFO and FORMAT of a widely used caller: about 250 bytes a line.

    15 % of the sites are indels, 2 % have two alternates. The columns behind the position come again after 470,000 sites.
    """
    from isal import isal_zlib

    rng = np.random.default_rng(5)
    tails = list(_tails(rng, min(_TAILS, sites)))
    lengths = chromosome_lengths(Build.GRCH38)[1:23]
    counts = (sites * (lengths / lengths.sum())).astype(int)
    counts[0] += sites - counts.sum()
    with path.open("wb") as out:
        contigs = "".join(f"##contig=<ID=chr{c},length={n}>\n" for c, n in enumerate(lengths.tolist(), 1))
        text = f"##fileformat=VCFv4.2\n{contigs}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\n".encode()
        written = 0
        for code, (length, count) in enumerate(zip(lengths.tolist(), counts.tolist(), strict=True), 1):
            # Every place is at least 30 bases from the next, so that no deletion reaches another site.
            places = (np.sort(rng.choice(length // 30 - 1, count, replace=False)) * 30 + 1).tolist()
            ids = rng.integers(1, 10**9, count).tolist()
            for start in range(0, count, 100_000):
                part = range(start, min(start + 100_000, count))
                rows = [
                    b"chr%d\t%d\trs%d\t%s" % (code, places[i], ids[i], tails[(written + i) % len(tails)]) for i in part
                ]
                text += b"".join(rows)
                text = _write_blocks(out, text, isal_zlib)
            written += count
        _write_blocks(out, text, isal_zlib, last=True)
    return path


def _tails(rng: np.random.Generator, count: int) -> Iterator[bytes]:
    bases = "ACGT"
    reference, step = rng.integers(0, 4, count), rng.integers(1, 4, count)
    kind, length, pick = rng.random(count), rng.geometric(0.4, count), rng.integers(0, 4, (count, 12))
    depth, balance = rng.poisson(32, count) + 2, rng.random(count)
    noise, strand = rng.normal(size=(count, 4)), rng.exponential(2, count)
    carried = rng.random(count)
    for i in range(count):
        ref, alt = bases[reference[i]], bases[(reference[i] + step[i]) % 4]
        more = "".join(bases[b] for b in pick[i, : min(length[i], 12)])
        if kind[i] < 0.15:
            ref, alt = (ref, ref + more) if i & 1 else (ref + more, ref)
        d, a = depth[i], int(depth[i] * (0.3 + 0.4 * balance[i]))
        gt, ad = ("1/1", f"0,{d}") if carried[i] < 0.35 else ("0/1", f"{d - a},{a}")
        if kind[i] > 0.98:
            alt, gt, ad = f"{alt},{alt}{more}", "1/2", f"0,{d - a},{a}"
        af = "1.00" if gt == "1/1" else "0.500"
        yield (
            f"{ref}\t{alt}\t{d * 20.6 + noise[i, 0]:.2f}\t{'PASS' if strand[i] < 9 else 'VQSRTrancheSNP99.90to100.00'}\t"
            f"AC={2 if gt == '1/1' else 1};AF={af};AN=2;BaseQRankSum={noise[i, 0]:.3f};DP={d};ExcessHet=3.0103;"
            f"FS={strand[i]:.3f};MLEAC=1;MLEAF={af};MQ={60 - strand[i]:.2f};MQRankSum={noise[i, 1]:.3f};QD={d / 1.7:.2f};"
            f"ReadPosRankSum={noise[i, 2]:.3f};SOR={strand[i] / 3:.3f};VQSLOD={noise[i, 3] * 9:.2f};culprit=MQ\t"
            f"GT:AD:DP:GQ:PL\t{gt}:{ad}:{d}:{int(60 + 39 * balance[i])}:{d * 20 + a},0,{d * 18 - a}\n"
        ).encode()


def _write_blocks(out: object, text: bytes, isal_zlib: object, *, last: bool = False) -> bytes:
    """Write whole BGZF blocks; return what is left for the next, nothing after the last."""
    import struct
    import zlib

    from gennet.core import bgzf

    size, at = 65_000, 0
    while len(text) - at >= size or (last and at < len(text)):
        piece = text[at : at + size]
        stream = isal_zlib.compressobj(1, zlib.DEFLATED, -15)  # type: ignore[attr-defined]
        body = stream.compress(piece) + stream.flush()
        head = bgzf.END[:16] + struct.pack("<H", len(body) + 25)
        out.write(head + body + struct.pack("<II", zlib.crc32(piece), len(piece)))  # type: ignore[attr-defined]
        at += size
    if last:
        out.write(bgzf.END)  # type: ignore[attr-defined]
    return text[at:]


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
