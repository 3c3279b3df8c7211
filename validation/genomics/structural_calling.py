"""
Calls from reads: the deletion of delly's example files, and simulated genomes, with delly called on the same BAM.

The simulated genomes (`simulated_reads`) are other ones than those the caller was made with. Calls match the truth as
`gennet genome structural-compare` says: same kind, both ends within 500 bases, sizes alike by 70 %.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gennet.genomics.fasta import Fasta
from gennet.genomics.structural.calling import FILTERS, call_variants
from gennet.genomics.structural.comparing import Comparison, Sizes, compare
from gennet.genomics.structural.reading import read_structural
from gennet.genomics.structural.variant import Kind
from gennet.genomics.structural.vcf import write_vcf
from validation.agreement import Agreement, Skipped
from validation.genomics.simulated_reads import Plan, simulate

_LARGE = {Kind.DELETION: 50, Kind.DUPLICATION: 25, Kind.INVERSION: 25, Kind.INSERTION: 25, Kind.BREAKEND: 2}
PLANS = (
    Plan(seed=101, depth=10.0),
    Plan(seed=102, depth=30.0),
    Plan(201, (7_000_000, 5_000_000, 3_000_000, 2_000_000), _LARGE, depth=15.0, largest=1_000_000),
)
NEEDED = ("bwa", "samtools", "bcftools", "delly")


def agreements(mirror: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Yield the example files, then one row for each simulated genome."""
    folder = mirror / "genomics" / "structural" / "delly"
    if folder.is_dir():
        yield from (_example(folder, name) for name in ("sr", "lr"))
    else:
        yield Skipped("Structural variants of example reads", "needs GENNET_RESOURCES, a mirror of the public data")
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing:
        yield Skipped("Structural variants of simulated reads", f"not installed: apt install {' '.join(missing)}")
        return
    for plan in PLANS:
        yield simulated(plan, work / str(plan.seed))


def _example(folder: Path, name: str) -> Agreement:
    with Fasta(folder / "ref.fa") as reference:
        calls = call_variants(folder / f"{name}.bam", folder / "ref.fa", reference).variants
    sure = [v for v in calls if not v.filters]
    places = ", ".join(f"{v.chromosome}:{v.position}-{v.end} {v.kind} {v.call and v.call.alleles}" for v in sure)
    holds = len(sure) == 1 and sure[0].kind is Kind.DELETION and sure[0].call is not None
    holds = holds and abs(sure[0].position - 100_000) <= 10 and abs(sure[0].end - 108_002) <= 10
    holds = holds and sure[0].call is not None and sure[0].call.alleles == (0, 1)
    words = f"{places}; bound: within 10 bp, same genotype, no other"
    return Agreement(f"Deletion in {name}.bam", "delly's example: 18:100000-108002, 0/1", 1, words, holds)


@dataclass(frozen=True)
class Scored:
    """How a caller did on one genome."""

    comparison: Comparison

    @property
    def words(self) -> str:
        """Precision, recall, F1 and genotypes."""
        c = self.comparison
        right, wrong, _ = c.genotypes
        return (
            f"precision {c.precision or 0:.3f}, recall {c.recall or 0:.3f}, F1 {c.f1 or 0:.3f}, genotypes "
            f"{right} of {right + wrong}"
        )


def simulated(plan: Plan, folder: Path) -> Agreement:
    """Call one simulated genome with both, and compare."""
    truth = simulate(plan, folder)
    ours, theirs = call_ours(folder), call_delly(folder)
    contigs = {f"chr{i + 1}": length for i, length in enumerate(plan.contigs)}
    write_vcf(truth, folder / "truth.vcf", sample="s", contigs=contigs)
    own, other = (scored(folder / "truth.vcf", path) for path in (ours, theirs))
    words = f"ours: {own.words}; delly: {other.words}; bound: a higher F1"
    version = delly_version()
    kinds = len(truth)
    holds = (own.comparison.f1 or 0) > (other.comparison.f1 or 0)
    return Agreement(
        f"Structural variants, simulated at {plan.depth:g}x (seed {plan.seed})", version, kinds, words, holds
    )


def scored(truth: Path, calls: Path) -> Scored:
    """Compare what passes all filters with the truth."""
    sizes = Sizes(most=None)
    return Scored(compare(read_structural(truth, "s"), read_structural(calls), sizes=sizes, pass_only=True))


def call_ours(folder: Path) -> Path:
    """Write the calls of GenNet."""
    with Fasta(folder / "ref.fa") as reference:
        calls = call_variants(folder / "reads.bam", folder / "ref.fa", reference)
        write_vcf(
            calls.variants, folder / "ours.vcf", sample="s", contigs=calls.contigs, reference=reference, filters=FILTERS
        )
    return folder / "ours.vcf"


def call_delly(folder: Path) -> Path:
    """Write the calls of delly; it has no INV with both ends, but one record for each end."""
    for command in (
        ["delly", "call", "-g", "ref.fa", "-o", "delly.bcf", "reads.bam"],
        ["bcftools", "view", "-o", "delly.vcf", "delly.bcf"],
    ):
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder / "delly.vcf"


def delly_version() -> str:
    """Return its name and version; it prints them as an error."""
    said = subprocess.run(["delly", "--version"], capture_output=True, text=True, check=False)
    return next(line.strip() for line in (said.stdout + said.stderr).splitlines() if "elly version" in line)
