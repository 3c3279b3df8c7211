"""The study that trains a score from summary statistics."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.errors import BadInput
from gennet.genomics.builds import Build, chromosome_name
from gennet.genomics.cohort_scores.scoring import score_cohort
from gennet.genomics.cohorts.opening import open_given
from gennet.genomics.cohorts.studies import BUILD
from gennet.genomics.liftover.scores import write_scoring_file
from gennet.genomics.rare.traits import read_traits
from gennet.genomics.score_training.alignment import Aligned, align
from gennet.genomics.score_training.infinitesimal import heritability, ldpred_inf
from gennet.genomics.score_training.linkage import Clumping, LdBlock, clump, ld_blocks, read_blocks
from gennet.genomics.score_training.shrinkage import Prior, prs_cs
from gennet.genomics.score_training.summary_statistics import read_summary_statistics
from gennet.genomics.score_training.training import (
    Fit,
    Method,
    fit_of,
    reference_digest,
    scoring_file,
    thresholded,
)

if TYPE_CHECKING:
    from gennet.core.study import Watch
    from gennet.genomics.cohort import Cohort
    from gennet.genomics.scoring_files import ScoringFile

CHECKPOINT = "prs-cs.checkpoint.npz"
_DRAWN = 20_000


@dataclass(frozen=True, slots=True)
class Training:
    """What `gennet genome score-train` asks for."""

    sumstats: Annotated[Path, Doc("Summary statistics: GWAS-SSF, PLINK, REGENIE, METAL, PRS-CS columns.")]
    reference: Annotated[
        tuple[Path, ...], Doc("Cohort of the study's ancestry, for linkage: BED, PGEN, BGEN, VCF, BCF.")
    ]
    method: Annotated[Method, Doc("How weights are made.")] = Method.PRS_CS
    people: Annotated[
        float | None, Doc("Sample size (effective, for cases and controls), where the file has none.")
    ] = None
    blocks: Annotated[Path | None, Doc("BED of linkage blocks; windows of 1.5 Mb when left out.")] = None
    r2: Annotated[float, Doc("Clumps: least squared correlation with the index variant.")] = 0.1
    kb: Annotated[float, Doc("Clumps: farthest from the index variant, in kilobases.")] = 250.0
    heritability: Annotated[
        float | None, Doc("LDpred-inf: of these variants; by LD score regression when left out.")
    ] = None
    phi: Annotated[float | None, Doc("PRS-CS: global scale; learnt when left out.")] = None
    iterations: Annotated[int, Doc("PRS-CS: draws, half of them burn-in.")] = 1000
    seed: Annotated[int, Doc("Seed of the chain and of the tuning split.")] = 1
    traits: Annotated[Path | None, Doc("Tab-separated traits of people with genotypes, to choose and to test.")] = None
    trait: Annotated[str, Doc("Column of the trait.")] = "trait"
    covariates: Annotated[tuple[str, ...], Doc("Columns to take out of the trait.")] = ()
    tune: Annotated[tuple[Path, ...], Doc("Genotypes of those people; the reference when left out.")] = ()
    name: Annotated[str, Doc("Name of the score and of its file.")] = "trained"
    build: Annotated[Build | None, Doc(BUILD)] = None


@dataclass(frozen=True, slots=True)
class _Made:
    """The candidates, what to say of them, and what each was made with."""

    files: tuple[ScoringFile, ...]
    settings: tuple[str, ...]
    notes: tuple[str, ...]


def run(options: Training, watch: Watch, folder: Path | None) -> Findings:
    """Train, choose among candidates in one half of the tuned people, test in the other, and write the weights."""
    cohort = open_given(options.reference, build=options.build)
    if cohort.build is None:
        raise BadInput("the reference does not state its genome build", place="build", remedy="say which with --build")
    statistics = read_summary_statistics(options.sumstats, people=options.people)
    aligned = align(statistics, cohort, watch=watch)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    made = _trained(options, aligned, cohort.build, folder, watch)
    chosen, fits, notes = _judged(options, made, cohort, watch)
    digest = reference_digest(aligned, cohort.samples)
    for at, file in enumerate(made.files if chosen is None else (made.files[chosen],)):
        if folder:
            setting = made.settings[at if chosen is None else chosen]
            write_scoring_file(file, folder / f"{file.id}.txt", _header(options, setting, aligned, digest))
    shown = made.files[-1 if chosen is None else chosen]
    return Findings(
        "score-train",
        f"{len(made.files)} candidate{'s' * (len(made.files) > 1)} by {options.method} from {aligned.size:,} variants of "
        f"{statistics.name}{_words(fits, chosen)}.",
        (_candidates(made, fits, chosen), _lost(aligned), _weights(shown)),
        (
            Figure("weights", f"Weights of {shown.id}", Drawing.MANHATTAN, "weights", x="position", y="size",
                   label="chromosome"),
            *([Figure("candidates", "Variance told in the tuning half", Drawing.BARS, "candidates", x="r2_tuning",
                      label="candidate")] if chosen is not None else []),
        ),
        (*cohort.notes, *made.notes, *notes),
    )  # fmt: skip


def _trained(options: Training, aligned: Aligned, build: Build, folder: Path | None, watch: Watch) -> _Made:
    name, trait = options.name, options.trait if options.traits else ""
    if options.method is Method.CT:
        index = clump(aligned, Clumping(r2=options.r2, kb=options.kb), watch=watch)
        made = thresholded(aligned, index)
        files = tuple(scoring_file(f"{name}-p{p:g}", aligned, effects, build, trait) for p, effects in made.items())
        return _Made(files, tuple(f"r2={options.r2:g};kb={options.kb:g};p={p:g}" for p in made), ())
    regions = read_blocks(options.blocks) if options.blocks else None
    blocks = list(ld_blocks(aligned, regions, watch=watch))
    notes = _block_notes(blocks, aligned)
    if options.method is Method.LDPRED_INF:
        h2 = heritability(aligned, blocks) if options.heritability is None else options.heritability
        effects = ldpred_inf(aligned, blocks, h2)
        how = f"Heritability {h2:.3g}{' by LD score regression, intercept held at 1' * (options.heritability is None)}."
        return _Made((scoring_file(name, aligned, effects, build, trait),), (f"h2={h2:.6g}",), (*notes, how))
    prior = Prior(phi=options.phi, iterations=options.iterations, burn_in=options.iterations // 2)
    checkpoint = folder / CHECKPOINT if folder else None
    rng = np.random.default_rng(options.seed)
    found = prs_cs(aligned, blocks, prior, rng=rng, checkpoint=checkpoint, watch=watch)
    how = f"Global scale {found.phi:.3g}; the chain's halves agree to r = {found.halves:.4f} (longer chains agree better); weights are small by up to a half in scale."
    setting = f"a=1;b=0.5;phi={found.phi:.6g}{'' if options.phi else ' (learnt)'};iterations={options.iterations}"
    return _Made((scoring_file(name, aligned, found.mean, build, trait),), (setting,), (*notes, how))


def _block_notes(blocks: list[LdBlock], aligned: Aligned) -> tuple[str, ...]:
    shrinkage = float(np.mean([block.shrinkage for block in blocks]))
    return (
        f"{len(blocks):,} blocks of linkage from {aligned.dosages.shape[1]:,} people, shrunk by {shrinkage:.1%} on average.",
    )


def _judged(
    options: Training, made: _Made, reference: Cohort, watch: Watch
) -> tuple[int | None, list[tuple[Fit, Fit]], tuple[str, ...]]:
    """Choose in one random half of the people with traits and test in the other; nothing without traits."""
    if options.traits is None:
        return None, [], ("Nothing was chosen or tested: give --traits of people who were not in the study.",)
    cohort = open_given(options.tune, build=options.build) if options.tune else reference
    traits = read_traits(options.traits, cohort.samples, options.trait, options.covariates)
    sums = score_cohort(cohort, made.files, exact=True, watch=watch).sums[traits.rows]
    order = np.random.default_rng([options.seed, 1]).permutation(len(sums))
    halves = order[: len(order) // 2], order[len(order) // 2 :]
    covariates = traits.covariates if traits.covariates.size else None
    fits = [
        tuple(fit_of(sums[h, at], traits.values[h], None if covariates is None else covariates[h]) for h in halves)
        for at in range(len(made.files))
    ]
    pairs = [(one, two) for one, two in fits]
    best = max(range(len(pairs)), key=lambda at: pairs[at][0].sign * pairs[at][0].r2)
    return best, pairs, (
        f"Chosen in {len(halves[0]):,} people, tested in {len(halves[1]):,} others; {traits.left_out:,} without values.",
        "People who were in the study that the statistics come of make every figure too good.",
    )  # fmt: skip


def _words(fits: list[tuple[Fit, Fit]], chosen: int | None) -> str:
    if chosen is None:
        return ""
    test = fits[chosen][1]
    return f"; the chosen one tells {test.r2:.1%} ({test.low:.1%} to {test.high:.1%}) of the trait in people kept back"


def _candidates(made: _Made, fits: list[tuple[Fit, Fit]], chosen: int | None) -> Table:
    rows = list[tuple[Cell, ...]]()
    for at, (file, setting) in enumerate(zip(made.files, made.settings, strict=True)):
        told: tuple[Cell, ...] = (None,) * 5
        if fits:
            tuning, test = fits[at]
            told = tuning.sign * tuning.r2, test.r2, test.low, test.high, at == chosen
        rows.append((file.id, setting, file.size, *told))
    columns = (
        "candidate: Candidate", "setting: Setting", "variants: Variants", "r2_tuning: R2 in the tuning half (signed)",
        "r2: R2 in people kept back", "low: Low", "high: High", "chosen: Chosen",
    )  # fmt: skip
    return table("candidates", "Candidates", columns, rows)


def _lost(aligned: Aligned) -> Table:
    rows = [*aligned.lost, ("kept", aligned.size), ("of those kept, on the opposite strand", aligned.flipped)]
    return table("variants", "What became of the variants", ("reason: Reason", "variants: Variants"), rows)


def _weights(file: ScoringFile) -> Table:
    """List the largest weights, standardised."""
    f = file.allele_frequency
    size = file.weight * np.sqrt(2 * f * (1 - f))
    largest = np.sort(np.argsort(-np.abs(size), kind="stable")[:_DRAWN])
    rows = [
        (chromosome_name(int(file.chromosome[i])), int(file.position[i]), float(file.weight[i]), float(abs(size[i])))
        for i in largest.tolist()
    ]
    columns = (
        "chromosome: Chromosome", "position: Position [bp]", "weight: Weight per allele [sd]",
        "size: Size of the effect [sd per sd]",
    )  # fmt: skip
    return table("weights", f"Weights of {file.id}", columns, rows)


def _header(options: Training, setting: str, aligned: Aligned, digest: str) -> str:
    lines = (
        f"#pgs_name={options.name}", f"#trait_reported={options.trait if options.traits else ''}",
        "#weight_type=beta", f"#method={options.method}", f"#settings={setting.replace('=', ':')}",
        f"#seed={options.seed}", f"#statistics={options.sumstats.name}", f"#study_people={np.median(aligned.n):.0f}",
        f"#reference_people={aligned.dosages.shape[1]}", f"#reference_sha256={digest}",
    )  # fmt: skip
    return "\n".join(lines)


STUDIES: tuple[Study, ...] = (
    Study(
        field="genome",
        name="score-train",
        title="Train a polygenic score from summary statistics, with linkage from a reference cohort",
        options=Training,
        run=run,
        reference="10.1038/s41467-019-09718-5",
    ),
)
