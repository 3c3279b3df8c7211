"""
Cohort files against the libraries of their makers, liftover against pyliftover, cohort scores against plink2.

Sums are compared to the last digit: each weight is split into base-100 digits, whose sums plink2 prints exactly.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from importlib import metadata
from pathlib import Path

import numpy as np

from gennet.genomics import read_scoring_file
from gennet.genomics.builds import chromosome_name
from gennet.genomics.cohort import Cohort
from gennet.genomics.cohort_scores import Missing, score_cohort
from gennet.genomics.cohorts import dosage_blocks, open_cohort, write_pgen, write_vcf
from gennet.genomics.liftover import Outcome, lift_positions, read_chain
from validation.agreement import Agreement, Skipped
from validation.genomics.plink2_scores import PLACES, SMALLEST, digits, named_rows, vcf_variants

SCORE = "PGS001229_hmPOS_GRCh38.txt.gz"


def agreements(mirror: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Compare the readers, the writers, the chain lookup and the sums."""
    if not (mirror / "genomics" / "polygenic").is_dir():
        yield Skipped("Cohorts", "the mirror of public data is not at hand: set GENNET_RESOURCES")
        return
    polygenic = mirror / "genomics" / "polygenic"
    yield from _readers(polygenic, mirror / "genomics" / "ancestry" / "hapmap", work)
    yield from _liftover(polygenic)
    if shutil.which("plink2") is None:
        yield Skipped("Cohort scores and PGEN", "plink2 is not installed: apt install plink2")
        return
    yield from _plink2(polygenic, work)


def calls(cohort: Cohort) -> np.ndarray:
    return np.concatenate([block.dosages for block in cohort.blocks()])


def dosages(cohort: Cohort) -> np.ndarray:
    return np.concatenate([block.dosages for block in dosage_blocks(cohort)])


def _equal(analysis: str, reference: str, ours: np.ndarray, theirs: np.ndarray) -> Agreement:
    same = int(np.count_nonzero(ours == theirs))
    return Agreement(analysis, reference, ours.size, f"{same:,} genotypes equal", same == ours.size == theirs.size)


def _readers(polygenic: Path, hapmap: Path, work: Path) -> Iterator[Agreement | Skipped]:
    from bed_reader import open_bed
    from cyvcf2 import VCF
    from pgenlib import PgenReader

    bed = open_cohort(hapmap / "plinkhapmap.bed")
    theirs = open_bed(hapmap / "plinkhapmap.bed").read(dtype="int8").T
    theirs[theirs < 0] = -1
    yield _equal("BED reader", f"bed-reader {metadata.version('bed-reader')}", calls(bed), theirs)
    vcf = open_cohort(polygenic / "tiny1000G.vcf.gz")
    records = [np.where(r.gt_types == 3, -1, r.gt_types) for r in VCF(str(polygenic / "tiny1000G.vcf.gz"), gts012=True)]
    yield _equal("VCF reader", f"cyvcf2 {metadata.version('cyvcf2')}", calls(vcf), np.array(records))
    write_pgen(vcf, work / "v.pgen")
    read = np.empty((vcf.variants.size, len(vcf.samples)), np.int8)
    with PgenReader(str(work / "v.pgen").encode()) as reader:
        reader.read_range(0, len(read), read)
    yield _equal("PGEN writer", f"pgenlib {metadata.version('pgenlib')}", calls(vcf), read)
    write_vcf(bed, work / "b.vcf.gz")
    records = [np.where(r.gt_types == 3, -1, r.gt_types) for r in VCF(str(work / "b.vcf.gz"), gts012=True)]
    yield _equal("VCF writer", f"cyvcf2 {metadata.version('cyvcf2')}", calls(bed), np.array(records))


def _liftover(polygenic: Path) -> Iterator[Agreement | Skipped]:
    try:
        from pyliftover import LiftOver
    except ImportError:
        yield Skipped("Liftover", "pyliftover is not installed: pip install pyliftover")
        return
    file = read_scoring_file(polygenic / SCORE)
    for name in ("hg38ToHg19", "hg19ToHg38"):
        path = polygenic / f"{name}.over.chain.gz"
        places, theirs = lift_positions(read_chain(path), file.chromosome, file.position), LiftOver(str(path))
        same = 0
        for row in range(len(file.position)):
            code, position = int(file.chromosome[row]), int(file.position[row])
            found = theirs.convert_coordinate(f"chr{chromosome_name(code)}", position - 1) if code else []
            ours = (f"chr{chromosome_name(int(places.chromosome[row]))}", int(places.position[row]) - 1)
            if places.outcome[row] == Outcome.LIFTED:
                same += len(found) == 1 and found[0][:2] == ours and (found[0][2] == "-") == bool(places.reverse[row])
            else:
                same += len(found or ()) != 1 or places.outcome[row] == Outcome.OTHER_CONTIG
        total = len(file.position)
        version = metadata.version("pyliftover")
        yield Agreement(f"Liftover {name}", f"pyliftover {version}", total, f"{same:,} sites equal", same == total)


def _plink2(polygenic: Path, work: Path) -> Iterator[Agreement | Skipped]:
    version = subprocess.run(["plink2", "--version"], check=True, capture_output=True, text=True).stdout.split(" (")[0]
    bgen, sample = polygenic / "tiny1000G.bgen", polygenic / "tiny1000G.sample"
    words = ["plink2", "--bgen", bgen, "ref-first", "--sample", sample, "--make-pgen", "--out", work / "g"]
    subprocess.run(words, check=True, capture_output=True)
    ours, theirs = open_cohort(bgen), open_cohort(work / "g.pgen")
    yield _equal("BGEN hard calls", version, calls(ours), calls(theirs))
    largest = float(np.nanmax(np.abs(dosages(ours) - dosages(theirs))))
    # plink2 keeps dosages in steps of 1/16384.
    yield Agreement(
        "BGEN dosages", version, calls(ours).size, f"largest difference {largest:.2g}", largest <= 1 / 16384
    )
    yield _sums(polygenic, work, version)


def _sums(polygenic: Path, work: Path, version: str) -> Agreement:
    """Compare sums over the people of 1000 Genomes, digit by digit."""
    vcf = open_cohort(polygenic / "tiny1000G.vcf.gz")
    rows = named_rows(polygenic / SCORE, vcf_variants(polygenic / "tiny1000G.vcf.gz"))
    autosomal = {vcf.variants.id[i] for i in np.flatnonzero(vcf.variants.chromosome < 23)}
    rows = [row for row in rows if row[0] in autosomal]
    (work / "w.txt").write_text(
        "".join(f"{n}\t{a}\t" + "\t".join(map(str, digits(Decimal(w)))) + "\n" for n, a, w in rows)
    )
    words = ["plink2", "--vcf", polygenic / "tiny1000G.vcf.gz", "--autosome", "--score", work / "w.txt", "1", "2",
             "no-mean-imputation", "ignore-dup-ids", "cols=scoresums", "--score-col-nums", f"3-{PLACES + 2}",
             "--out", work / "s"]  # fmt: skip
    subprocess.run(words, check=True, capture_output=True)
    with (work / "s.sscore").open() as lines:
        theirs = [
            float(sum(Decimal(row[f"SCORE{k + 1}_SUM"]) * 100**k for k in range(PLACES)).scaleb(-SMALLEST))
            for row in csv.DictReader(lines, delimiter="\t")
        ]
    kept = np.flatnonzero(vcf.variants.chromosome < 23)
    found = score_cohort(_autosomes(vcf, kept), [read_scoring_file(polygenic / SCORE)], missing=Missing.NOTHING)
    largest = float(np.abs(found.sums[:, 0] - theirs).max())
    words_ = f"{found.scores[0].matched} variants matched; largest difference of a sum {largest:.2g}"
    return Agreement("Cohort score", version, len(theirs), words_, largest < 1e-9)


def _autosomes(cohort: Cohort, rows: np.ndarray) -> Cohort:
    from gennet.genomics.cohort import HeldCohort

    return HeldCohort(cohort.samples, cohort.variants.at(rows), cohort.build, calls(cohort)[rows])
