"""`gennet genome classify`: what the variants of a file mean, by ACMG/AMP's criteria as points."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study, Watch
from gennet.genomics.annotation.annotating import known_build
from gennet.genomics.annotation.store import Store
from gennet.genomics.builds import Build
from gennet.genomics.clinical_variants.classified import (
    ClassifiedVariant,
    ClassifiedVariants,
    classified_variant,
    write_classified,
)
from gennet.genomics.clinical_variants.genes import SECONDARY, read_genes
from gennet.genomics.clinical_variants.judging import Bench
from gennet.genomics.clinical_variants.person import ClinicalVariants, clinical_variants, without_secondary
from gennet.genomics.clinical_variants.points import Class
from gennet.genomics.clinical_variants.rules import read_rules
from gennet.genomics.clinical_variants.stated import read_stated
from gennet.genomics.clinical_variants.transcripts import mane_select
from gennet.genomics.consequences.gff import read_gff
from gennet.genomics.consequences.models import GeneModels
from gennet.genomics.consequences.records import read_records
from gennet.genomics.fasta import Fasta
from gennet.genomics.genotypes import read_vcf
from gennet.genomics.regions import read_bed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gennet.genomics.clinical_variants.criteria import Criterion
    from gennet.genomics.clinical_variants.rules import Rules
    from gennet.genomics.consequences.records import Record

CLASSIFIED = "classified.json"
_BATCH = 20_000
_SHOWN = 500
_GENES = 25


@dataclass(frozen=True, slots=True)
class ClassifyOptions:
    """What `gennet genome classify` asks for."""

    vcf: Annotated[Path, Doc("Variants: VCF, plain or bgzipped.")]
    gff: Annotated[Path, Doc("Gene models of the same genome build: GFF3 of Ensembl, GENCODE or NCBI.")]
    fasta: Annotated[Path, Doc("Genome of the same build: FASTA, plain or bgzipped with its indexes.")]
    store: Annotated[
        tuple[Path, ...],
        Doc("Stores of gennet genome annotation-build: ClinVar, gnomAD, scores; what is not given is not evaluated."),
    ] = ()
    criteria: Annotated[
        Path | None, Doc("Criteria people state: TSV of chromosome, position, reference, alternate, criterion, met, source.")
    ] = None  # fmt: skip
    genes: Annotated[
        Path | None, Doc("What is known of genes, over the shipped table: TSV of gene, inheritance, lof, bs1, ...")
    ] = None  # fmt: skip
    rules: Annotated[Path | None, Doc("Table of rules (TOML) in place of the shipped one.")] = None
    hotspots: Annotated[Path | None, Doc("BED of hot spots and critical domains (PM1).")] = None
    repeats: Annotated[Path | None, Doc("BED of repeats without known function (PM4, BP3).")] = None
    sample: Annotated[str | None, Doc("Whose findings to tell: zygosity, phase, carrier status.")] = None
    secondary: Annotated[
        bool, Doc("Tell secondary findings too: the person has agreed to know (ACMG SF v3.2).")
    ] = False  # fmt: skip
    build: Annotated[Build | None, Doc("Genome build, where the VCF's header does not say.")] = None


def run(options: ClassifyOptions, watch: Watch, folder: Path | None = None) -> Findings:
    """Classify a file's variants; with a folder, classified.json holds them for a person's record."""
    head, records = read_records(options.vcf)
    build = known_build(head, options.build, options.vcf.name)
    genotypes = read_vcf(options.vcf, options.sample, build=options.build)[0] if options.sample else None
    watch("reading transcripts", 0)
    with ExitStack() as held:
        stores = tuple(held.enter_context(Store(path)) for path in options.store)
        genome = held.enter_context(Fasta(options.fasta))
        bench = Bench(
            build, GeneModels(read_gff(options.gff), genome), stores, read_rules(options.rules),
            read_genes(options.genes), read_stated(options.criteria) if options.criteria else {},
            mane_select(options.gff), read_bed(options.repeats) if options.repeats else None,
            read_bed(options.hotspots) if options.hotspots else None,
        )  # fmt: skip
        counts, kept, alleles = _judged(bench, records, watch)
        sources = tuple(str(store.about) for store in stores)
    found = ClassifiedVariants(build, kept, options.secondary, bench.rules.name, sources)
    if genotypes is not None and not options.secondary:
        found = without_secondary(genotypes, found)
        counts.subtract(Counter(v.class_ for v in kept))
        counts.update(v.class_ for v in found.variants)
        kept = found.variants
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        write_classified(found, folder / CLASSIFIED)
    person = clinical_variants(genotypes, found) if genotypes is not None else None
    shown = kept if person is None else tuple(f.variant for f in person.findings)
    return _findings(counts, shown, alleles, bench.rules, found, person, written=folder is not None)


def _judged(
    bench: Bench, records: Iterator[Record], watch: Watch
) -> tuple[Counter[Class], tuple[ClassifiedVariant, ...], int]:
    counts, kept, alleles = Counter[Class](), list[ClassifiedVariant](), 0
    while batch := list(islice(records, _BATCH)):
        rows = [
            (r.contig, r.position + 1, r.reference, alternate) for r in batch for alternate in r.alternates if alternate
        ]
        alleles += len(rows)
        for one in bench.judge(rows):
            counts[one.classification.class_] += 1
            if one.classification.class_ in {Class.PATHOGENIC, Class.LIKELY_PATHOGENIC, Class.UNCERTAIN}:
                kept.append(classified_variant(one, rows[one.row][1:]))
        watch("classifying", alleles)
    kept.sort(key=lambda v: (-v.points, v.chromosome, v.position, v.alternate, v.gene))
    return counts, tuple(kept), alleles


_SERIES = ("very_strong", "strong", "moderate", "supporting", "benign")


def _findings(
    counts: Counter[Class], shown: Sequence[ClassifiedVariant], alleles: int, rules: Rules,
    found: ClassifiedVariants, person: ClinicalVariants | None, *, written: bool,
) -> Findings:  # fmt: skip
    whom = f" of {person.sample}" if person else ""
    serious = sum(v.class_.counts for v in shown)
    listed = shown[:_SHOWN]
    tables = [
        _classes(counts),
        _genes(shown),
        _variants(listed, person),
        _criteria(listed, rules),
        _points(shown, rules),
    ]
    if person is not None:
        tables.append(_pairs(person))
    return Findings(
        study="classify",
        summary=f"{alleles:,} alleles, {sum(counts.values()):,} judged on genes; {serious} pathogenic or likely so{whom}.",
        tables=tuple(tables),
        figures=(
            Figure("classes", "Variants by class", Drawing.BARS, "classes", x="variants", label="class"),
            Figure(
                "genes", "Classes by gene", Drawing.STACKED, "genes", label="gene",
                series=tuple(c.name.lower() for c in _BY_GENE),
            ),
            Figure(
                "points", "Points towards pathogenic, by strength of the criteria", Drawing.STACKED, "points",
                label="variant", series=_SERIES[:-1],
            ),
        ),
        notes=tuple(_notes(shown, found, person, written=written)),
    )  # fmt: skip


def _classes(counts: Counter[Class]) -> Table:
    return table(
        "classes", "Variants by class", ("class: Class", "variants: Variants"),
        [(c.value, counts[c]) for c in Class],
    )  # fmt: skip


def _variants(shown: Sequence[ClassifiedVariant], person: ClinicalVariants | None) -> Table:
    held = {(f.variant.name, f.variant.gene): f for f in person.findings} if person else {}
    rows = list[tuple[Cell, ...]]()
    for v in shown:
        own = held.get((v.name, v.gene))
        said = v.assertion
        rows.append((
            v.name, v.gene, v.class_.value, v.points, round(v.probability, 4), "&".join(v.consequence), v.hgvs_c or None,
            v.hgvs_p or None, own.zygosity.value if own else None, own.meaning.value if own else None,
            ", ".join(c.label for c in v.criteria if c.strength) or None,
            f"{said.significance} ({said.stars} stars)" if said else None,
            "; ".join(v.frequency) or None, v.condition or None, v.inheritance.value if v.inheritance else None,
            "; ".join(v.remarks) or None,
        ))  # fmt: skip
    described = (
        "variant: Variant", "gene: Gene", "class: Class", "points: Points", "probability: Probability of pathogenicity",
        "consequence: Consequence", "coding: HGVS coding", "protein: HGVS protein", "zygosity: Zygosity",
        "meaning: For the person", "criteria: Criteria met", "clinvar: ClinVar", "frequency: Frequency",
        "condition: Condition", "inheritance: Inheritance", "remarks: Remarks",
    )  # fmt: skip
    return table("variants", "Pathogenic, likely pathogenic and uncertain variants", described, rows)


_BY_GENE = (Class.PATHOGENIC, Class.LIKELY_PATHOGENIC, Class.UNCERTAIN)


def _genes(shown: Sequence[ClassifiedVariant]) -> Table:
    """Count classes by gene, those with most pathogenic variants first."""
    counted = Counter((v.gene, v.class_) for v in shown)
    genes = sorted({gene for gene, _ in counted}, key=lambda g: (*(-counted[g, c] for c in _BY_GENE), g))
    rows: list[tuple[Cell, ...]] = [(gene, *(counted[gene, c] for c in _BY_GENE)) for gene in genes[:_GENES]]
    described = ("gene: Gene", *(f"{c.name.lower()}: {c.value.capitalize()}" for c in _BY_GENE))
    return table("genes", "Classes by gene", described, rows)


def _criteria(shown: Sequence[ClassifiedVariant], rules: Rules) -> Table:
    rows = [
        (
            v.name, v.gene, c.label, c.verdict.value, c.points(rules.points), c.reason,
            "; ".join(f"{e.source}: {e.what}: {e.value}" for e in c.evidence) or None,
        )
        for v in shown
        for c in v.criteria
    ]  # fmt: skip
    described = (
        "variant: Variant", "gene: Gene", "criterion: Criterion", "verdict: Verdict", "points: Points",
        "reason: Why", "evidence: Evidence",
    )  # fmt: skip
    return table("criteria", "Every criterion, with its evidence or why it is not evaluated", described, rows)


def _points(shown: Sequence[ClassifiedVariant], rules: Rules) -> Table:
    def by_strength(criteria: Sequence[Criterion], strength: str) -> int:
        points = [(c, c.points(rules.points)) for c in criteria]
        if strength == "benign":
            return sum(p for _, p in points if p < 0)
        return sum(p for c, p in points if p > 0 and c.strength == strength)

    rows: list[tuple[Cell, ...]] = [
        (f"{v.gene} {v.name}", *(by_strength(v.criteria, s) for s in _SERIES), v.points) for v in shown[:20]
    ]
    described = ("variant: Variant", *(f"{s}: {s.replace('_', ' ').capitalize()}" for s in _SERIES), "sum: Sum")
    return table("points", "Points by strength of criteria", described, rows)


def _pairs(person: ClinicalVariants) -> Table:
    rows = [(p.gene, p.first, p.second, p.phase.value, p.classes[0].value, p.classes[1].value) for p in person.pairs]
    described = (
        "gene: Gene", "first: First variant", "second: Second variant", "phase: Copies", "first_class: Its class",
        "second_class: Its class",
    )  # fmt: skip
    return table("pairs", "Two variants in one gene", described, rows)


def _notes(
    shown: Sequence[ClassifiedVariant], found: ClassifiedVariants, person: ClinicalVariants | None, *, written: bool
) -> Iterator[str]:
    yield f"Rules: {found.rules}. Stores: {', '.join(found.sources) or 'none'}."
    yield "A class rests on the evidence at hand: criteria that were not evaluated are listed with the reason."
    yield "Variants in introns and UTR beyond splice regions are judged only where ClinVar holds them."
    if person is not None:
        yield from person.notes
    elif found.secondary:
        yield f"Secondary findings were asked for: {SECONDARY}."
    if len(shown) > _SHOWN:
        yield f"The {_SHOWN} variants with most points of {len(shown):,} are listed."
    if written:
        yield f"{CLASSIFIED} holds them for a person's record."


STUDIES: tuple[Study, ...] = (
    Study(
        field="genome",
        name="classify",
        title="Classify variants by ACMG/AMP's criteria as points, with every criterion's evidence",
        options=ClassifyOptions,
        run=run,
        reference="10.1002/humu.24088",
    ),
)
