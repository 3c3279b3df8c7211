"""The study that takes a person's score apart."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.files import head
from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.errors import BadInput
from gennet.genomics.builds import Build, chromosome_name
from gennet.genomics.cohorts.opening import is_cohort, read_person
from gennet.genomics.genotypes import read_vcf
from gennet.genomics.score_calibration.calibration import read_calibration
from gennet.genomics.score_contributions.contributions import Contributions, contributions
from gennet.genomics.score_contributions.places import Share, by_gene, by_region, read_gene_spans
from gennet.genomics.scoring_files import landmarks_of, read_scoring_file

if TYPE_CHECKING:
    from gennet.core.study import Watch
    from gennet.genomics.scoring_files import ScoringFile

_MOST_ROWS = 100_000
_BARS = 25


@dataclass(frozen=True, slots=True)
class TakingApart:
    """What `gennet genome score-contributions` asks for."""

    genome: Annotated[Path, Doc("Genotypes of the person: VCF, BCF, BED, PGEN or BGEN.")]
    score: Annotated[Path, Doc("Scoring file of the PGS Catalog, or like them.")]
    sample: Annotated[str | None, Doc("Which person, where the file holds several.")] = None
    genes: Annotated[Path | None, Doc("BED of genes with names, or GFF3.")] = None
    calibration: Annotated[
        Path | None, Doc("Compare with people of the same ancestry, by gennet genome score-reference.")
    ] = None
    window: Annotated[int, Doc("Length of regions in kilobases.")] = 1000
    build: Annotated[Build | None, Doc("Genome build of the positions, where the file does not say.")] = None


def run(options: TakingApart, watch: Watch, folder: Path | None) -> Findings:
    """Take a score apart by variant, gene and region."""
    _ = watch, folder
    if options.window < 1:
        raise BadInput("a region has no length", place="window", remedy="give one kilobase or more")
    file = read_scoring_file(options.score)
    if is_cohort(head(options.genome, 32)):
        genotypes, notes = read_person(options.genome, options.sample, build=options.build)
    else:
        genotypes, notes = read_vcf(
            options.genome, options.sample, build=options.build, landmarks=lambda: landmarks_of([file])
        )
    calibration = read_calibration(options.calibration) if options.calibration else None
    found = contributions(genotypes, file, calibration)
    value = float(found.contribution.sum()) + file.constant
    regions = by_region(found, file, options.window * 1000)
    genes = by_gene(found, file, read_gene_spans(options.genes)) if options.genes else ()
    tables = [_variants(found, file), _shares("regions", "Regions", regions)]
    figures = [
        Figure("variants", "Contributions along the genome, beyond the expected", Drawing.MANHATTAN, "variants",
               x="position", y="beyond", label="chromosome", lines=(0.0,)),
        Figure("regions", "Regions, beyond the expected", Drawing.MANHATTAN, "regions", x="start", y="beyond",
               label="chromosome", lines=(0.0,)),
    ]  # fmt: skip
    if genes:
        ordered = sorted(genes, key=lambda one: -abs(one.beyond))
        tables += [_shares("genes", "Genes", ordered), _shares("top_genes", "Genes that move it most", ordered[:_BARS])]
        figures.append(
            Figure("genes", "Genes that move the score most", Drawing.BARS, "top_genes", x="beyond", label="name",
                   lines=(0.0,))
        )  # fmt: skip
    tables.append(_sums(found, file, value))
    return Findings(
        "score-contributions",
        f"{file.id} of {genotypes.sample} is {value:.6g}: {len(found.rows):,} of {file.size:,} variants, "
        f"{float(found.beyond.sum()):+.4g} beyond {found.compared_with.partition(':')[0]}.",
        tuple(tables),
        tuple(figures),
        (
            *notes, *file.notes, f"Compared with {found.compared_with}.",
            "Variants without a genotype add nothing here; a variant in several genes is shared equally between them.",
        ),
    )  # fmt: skip


def _variants(found: Contributions, file: ScoringFile) -> Table:
    """List the variants; of very many, those that differ most from the expected."""
    kept = np.arange(len(found.rows))
    if len(kept) > _MOST_ROWS:
        kept = np.sort(np.argsort(-np.abs(found.beyond), kind="stable")[:_MOST_ROWS])
    rows = list[tuple[Cell, ...]]()
    for i in kept.tolist():
        row = int(found.rows[i])
        other = file.alleles[file.other_allele[row]] if file.other_allele[row] >= 0 else ""
        rows.append((
            chromosome_name(int(file.chromosome[row])), int(file.position[row]),
            f"rs{file.rsid[row]}" if file.rsid[row] else "", file.alleles[file.effect_allele[row]], other,
            float(found.dosage[i]), float(file.weight[row]), float(found.contribution[i]), float(found.expected[i]),
            float(found.beyond[i]),
        ))  # fmt: skip
    columns = (
        "chromosome: Chromosome", "position: Position [bp]", "rsid: rsID", "effect: Effect allele", "other: Other allele",
        "dosage: Copies", "weight: Weight", "contribution: Contribution", "expected: Expected", "beyond: Beyond the expected",
    )  # fmt: skip
    left = len(found.rows) - len(kept)
    return table("variants", f"Variants{f' (the largest; {left:,} more)' if left else ''}", columns, rows)


def _shares(name: str, title: str, shares: tuple[Share, ...] | list[Share]) -> Table:
    rows = [
        (
            one.name, chromosome_name(one.chromosome) if one.chromosome else "", one.start or None, one.end or None,
            one.variants, one.contribution, one.beyond,
        )
        for one in shares
    ]  # fmt: skip
    columns = (
        "name: Name", "chromosome: Chromosome", "start: Start [bp]", "end: End [bp]", "variants: Variants",
        "contribution: Contribution", "beyond: Beyond the expected",
    )  # fmt: skip
    return table(name, title, columns, rows)


def _sums(found: Contributions, file: ScoringFile, value: float) -> Table:
    rows = (
        ("contributions", float(found.contribution.sum())), ("constant of the file", file.constant), ("score", value),
        ("expected of the matched variants", float(found.expected.sum())), ("beyond", float(found.beyond.sum())),
    )  # fmt: skip
    return table("sums", "Sums", ("what: What", "value: Value"), rows)


STUDIES: tuple[Study, ...] = (
    Study(
        field="genome",
        name="score-contributions",
        title="Take a person's polygenic score apart by variant, gene and region",
        options=TakingApart,
        run=run,
        reference="10.1038/s41596-020-0353-1",
    ),
)
