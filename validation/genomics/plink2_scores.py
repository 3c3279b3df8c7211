"""
Compare GenNet's polygenic sums with ``plink2 --score`` on people of the 1000 Genomes project.

Each scoring row is named after the VCF lines that carry its two alleles, in a plain loop that shares no code with
GenNet; plink2 then sums. Usage: ``python -m validation.genomics.plink2_scores MIRROR [--people N]``, where MIRROR is a
mirror of the public reference data.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np

from gennet.genomics.builds import Build
from gennet.genomics.genotypes import read_vcf, samples_in
from gennet.genomics.polygenic import polygenic_scores
from gennet.genomics.scoring_files import ScoringFiles, read_scoring_file
from validation.agreement import Agreement, Skipped, table

COMPLEMENT = str.maketrans("ACGT", "TGCA")
SCORES = ("PGS000001_hmPOS_GRCh38.txt.gz", "PGS001229_hmPOS_GRCh38.txt.gz")
TOLERANCE = 1e-9
SMALLEST, PLACES = 20, 11  # weights down to 1e-20 and below 100


def vcf_variants(path: Path) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    """Return the lines of the VCF by position as (id, ref, alt)."""
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    with gzip.open(path, "rt") as lines:
        for line in lines:
            if not line.startswith("#"):
                chrom, pos, name, ref, alt = line.split("\t", 5)[:5]
                found.setdefault((chrom, pos), []).append((name, ref, alt))
    return found


def named_rows(score: Path, variants: dict[tuple[str, str], list[tuple[str, str, str]]]) -> list[tuple[str, str, str]]:
    """Return (VCF id, effect allele on the VCF's strand, weight) of every row found in the VCF."""
    rows = []
    with gzip.open(score, "rt") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            effect, other = row["effect_allele"], row["other_allele"]
            for name, ref, alt in variants.get((row["chr_name"], row["chr_position"]), ()):
                if {effect, other} == {ref, alt}:
                    rows.append((name, effect, row["effect_weight"]))
                elif {effect.translate(COMPLEMENT), other.translate(COMPLEMENT)} == {ref, alt} and len(ref + alt) == 2:
                    rows.append((name, effect.translate(COMPLEMENT), row["effect_weight"]))
    return rows


def plink2_sums(vcf: Path, rows: list[tuple[str, str, str]], work: Path) -> dict[str, Decimal]:
    """
    Run plink2 --score and return the exact sum of each person.

    plink2 prints six digits, so each weight is split into base-100 digits, one score column for each: their sums are
    whole numbers below a million, printed exactly, and make up the full sum.
    """
    columns = [digits(Decimal(weight)) for _, _, weight in rows]
    weights = work / "weights.txt"
    weights.write_text(
        "".join(
            f"{name}\t{allele}\t" + "\t".join(map(str, d)) + "\n"
            for (name, allele, _), d in zip(rows, columns, strict=True)
        )
    )
    command = ["plink2", "--vcf", vcf, "--score", weights, "1", "2", "no-mean-imputation", "ignore-dup-ids",
               "cols=scoresums", "--score-col-nums", f"3-{PLACES + 2}", "--out", work / "plink2", "--threads", "1"]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    with (work / "plink2.sscore").open() as lines:
        return {
            row["#IID"]: sum(
                (Decimal(row[f"SCORE{k + 1}_SUM"]) * 100**k for k in range(PLACES)), Decimal(0)
            ).scaleb(-SMALLEST)
            for row in csv.DictReader(lines, delimiter="\t")
        }  # fmt: skip


def digits(weight: Decimal) -> list[int]:
    """Split a weight into base-100 digits of its sign, the smallest first."""
    whole = weight.scaleb(SMALLEST)
    if whole != int(whole) or abs(weight) >= 100**PLACES / 10**SMALLEST:
        sys.exit(f"{weight} does not fit {PLACES} base-100 digits from 1e-{SMALLEST} up")
    sign, rest = (-1 if whole < 0 else 1), abs(int(whole))
    found = []
    for _ in range(PLACES):
        rest, digit = divmod(rest, 100)
        found.append(sign * digit)
    return found


def generated_vcf(folder: Path, path: Path, people: int = 20) -> None:
    """Write people with random genotypes, some missing, at every autosomal site of both scores; one site in 20 is on the other strand."""
    rng = np.random.default_rng(7)
    sites: dict[tuple[str, str], tuple[str, str]] = {}
    for name in SCORES:
        with gzip.open(folder / name, "rt") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                if row["chr_name"].isdigit() and set(row["effect_allele"] + row["other_allele"]) <= set("ACGT"):
                    sites.setdefault(
                        (row["chr_name"], row["chr_position"]), (row["effect_allele"], row["other_allele"])
                    )
    with gzip.open(path, "wt") as out:
        samples = "\t".join(f"p{i}" for i in range(people))
        out.write("##fileformat=VCFv4.3\n##contig=<ID=1,length=248956422>\n")
        out.write(f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{samples}\n")
        for (chrom, pos), pair in sorted(sites.items(), key=lambda s: (int(s[0][0]), int(s[0][1]))):
            ref, alt = pair if rng.random() < 0.5 else pair[::-1]
            if len(ref + alt) == 2 and ref != alt.translate(COMPLEMENT) and rng.random() < 0.05:
                ref, alt = ref.translate(COMPLEMENT), alt.translate(COMPLEMENT)
            calls = "\t".join(rng.choice(["0/0", "0/1", "1/1", "./."], people, p=[0.4, 0.4, 0.15, 0.05]))
            out.write(f"{chrom}\t{pos}\t{chrom}:{pos}:{ref}:{alt}\t{ref}\t{alt}\t.\t.\t.\tGT\t{calls}\n")


def compare(vcf: Path, people: tuple[str, ...], folder: Path, work: Path) -> Iterator[Agreement]:
    """Score the people with both programs; one row for each score."""
    variants = vcf_variants(vcf)
    genotypes = [read_vcf(vcf, person, build=Build.GRCH38)[0] for person in people]
    version = subprocess.run(["plink2", "--version"], check=True, capture_output=True, text=True).stdout.split("  ")[0]
    for name in SCORES:
        rows = named_rows(folder / name, variants)
        files = ScoringFiles((read_scoring_file(folder / name),))
        ours = [polygenic_scores(g, files).scores[0] for g in genotypes]
        theirs = plink2_sums(vcf, rows, work) if rows else dict.fromkeys(people, Decimal(0))
        difference = max(abs(s.value - float(theirs[person])) for s, person in zip(ours, people, strict=True))
        words = f"{len(rows):,} rows found by a plain loop, largest difference {difference:.3g} (bound {TOLERANCE:g})"
        label = f"polygenic sum {name.partition('_')[0]}, {vcf.name.partition('.')[0]}"
        yield Agreement(label, version.strip(), len(people), words, difference <= TOLERANCE)


def agreements(mirror: Path, work: Path, people: int = 50) -> Iterator[Agreement | Skipped]:
    """Yield a row for each score, on people of the 1000 Genomes project and on generated ones."""
    folder = mirror / "genomics" / "polygenic"
    if shutil.which("plink2") is None or not folder.is_dir():
        yield Skipped("polygenic sums", "needs plink2 (apt-get install plink2) and GENNET_RESOURCES")
        return
    real, made = folder / "tiny1000G.vcf.gz", work / "generated.vcf.gz"
    samples = samples_in(real)
    yield from compare(real, samples[:: max(1, len(samples) // people)][:people], folder, work)
    generated_vcf(folder, made)
    yield from compare(made, samples_in(made), folder, work)


def main() -> int:
    """Compare, print, and fail when a sum differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mirror", type=Path)
    parser.add_argument("--people", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        rows = list(agreements(options.mirror, Path(work), options.people))
    print(table(rows))
    return int(not all(isinstance(row, Agreement) and row.holds for row in rows))


if __name__ == "__main__":
    sys.exit(main())
