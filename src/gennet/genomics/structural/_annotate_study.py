"""`gennet genome structural-annotate`: what structural variants do to genes, and how often they are known."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from gennet.core.files import read_text
from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.errors import BadInput, InvalidContent
from gennet.genomics.builds import chromosome_code, chromosome_name
from gennet.genomics.consequences.gff import read_gff
from gennet.genomics.structural._compare_study import CLASSES, named_class
from gennet.genomics.structural.annotating import PROMOTER, Effect, GeneEffect, gene_effects
from gennet.genomics.structural.frequencies import Alikeness, Known, known
from gennet.genomics.structural.reading import LEAST, Entry, StructuralFile, joined_entries, read_structural
from gennet.genomics.structural.variant import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gennet.core.study import Watch

_GENE = {"gene symbol", "gene", "symbol"}
_SCORE = {"haploinsufficiency score", "haploinsufficiency"}


@dataclass(frozen=True, slots=True)
class Annotating:
    """What `gennet genome structural-annotate` asks for."""

    vcf: Annotated[Path, Doc("VCF of structural variants.")]
    gff: Annotated[Path | None, Doc("Gene models of the same build: GFF3 of Ensembl, GENCODE or NCBI.")] = None
    known: Annotated[
        tuple[Path, ...], Doc("VCF of known variants of the same build with frequencies: gnomAD-SV, gnomAD's CNV.")
    ] = ()
    dosage: Annotated[
        Path | None, Doc("Table of genes with a haploinsufficiency score, as ClinGen's gene curation list.")
    ] = None
    sample: Annotated[str | None, Doc("Whose genotypes to show; the first sample when left out.")] = None
    overlap: Annotated[float, Doc("Reciprocal overlap with a known variant, at least.")] = 0.5
    insertion_distance: Annotated[int, Doc("Bases between an insertion and a known one, at most.")] = 100
    promoter: Annotated[int, Doc("Bases before a transcript that count as its promoter.")] = PROMOTER
    least: Annotated[int, Doc("Fewest bases of a variant that is written base by base.")] = LEAST


def run(options: Annotating, watch: Watch, folder: Path | None = None) -> Findings:
    """Annotate a file's variants with genes and frequencies."""
    _ = folder
    if options.gff is None and not options.known:
        raise BadInput("there is nothing to annotate with", remedy="give gene models (gff), known variants, or both")
    if not 0 < options.overlap <= 1:
        raise InvalidContent("it is a share", place="overlap", remedy="give more than 0 and at most 1")
    watch("reading variants", 0)
    file = read_structural(options.vcf, options.sample, least=options.least)
    entries = joined_entries(file.entries)
    genes: list[GeneEffect] = []
    if options.gff is not None:
        watch("reading gene models", 0)
        genes = gene_effects([e.variant for e in entries], read_gff(options.gff), promoter=options.promoter)
    found = [None] * len(entries) if not options.known else _known(options, file, entries, watch)
    scores = read_dosage(options.dosage) if options.dosage is not None else {}
    return _findings(options, file, entries, genes, found, scores)


def _known(options: Annotating, file: StructuralFile, entries: list[Entry], watch: Watch) -> list[Known | None]:
    listed = list[Entry]()
    for at, path in enumerate(options.known):
        watch("reading known variants", at, len(options.known))
        one = read_structural(path)
        if file.build and one.build and file.build != one.build:
            raise InvalidContent(
                f"it is of {one.build}, the variants are of {file.build}", place=path.name, remedy="give its like"
            )
        listed += joined_entries(one.entries)
    rule = Alikeness(overlap=options.overlap, insertion_distance=options.insertion_distance)
    return known(entries, listed, rule)


def read_dosage(path: Path) -> dict[str, str]:
    """
    Read genes with their haploinsufficiency scores from a tab-separated table with these two columns.

    Raises
    ------
    InvalidContent
        No line names a column of genes and one of scores.
    """
    rows = csv.reader(read_text(path).splitlines(), delimiter="\t")
    columns: tuple[int, int] | None = None
    scores = dict[str, str]()
    for row in rows:
        if columns is None:
            titles = [cell.strip().lstrip("#").strip().lower() for cell in row]
            gene, score = (next((i for i, t in enumerate(titles) if t in wanted), -1) for wanted in (_GENE, _SCORE))
            columns = (gene, score) if gene >= 0 and score >= 0 else None
        elif len(row) > max(columns) and row[columns[0]]:
            scores[row[columns[0]].strip()] = row[columns[1]].strip()
    if columns is None:
        raise InvalidContent(
            "no line names a gene and a haploinsufficiency score", place=path.name,
            remedy="give the columns Gene Symbol and Haploinsufficiency Score, tab-separated",
        )  # fmt: skip
    return scores


_VARIANTS = (
    "kind: Kind",
    "chromosome: Chromosome",
    "position: Position",
    "end: End",
    "mate: Joined with",
    "length: Length [bp]",
    "id: ID",
    "copies: Copies",
    "filters: Filters",
    "genes: Genes whose exons or breakpoints it hits",
    "gravest: Gravest effect",
    "frequency: Frequency of the likest known variant",
    "frequency_of: Share of",
    "highest_group: Highest frequency in a group of people",
    "highest: Highest frequency of all that are alike",
    "alike: Known variants that are alike",
    "known: Likest known variant",
    "known_overlap: Reciprocal overlap with it",
    "known_filters: Filters of it",
)
_MARGINAL = {Effect.INTRON, Effect.PROMOTER}


def _findings(
    options: Annotating,
    file: StructuralFile,
    entries: list[Entry],
    genes: list[GeneEffect],
    found: Sequence[Known | None],
    scores: dict[str, str],
) -> Findings:
    of = dict[int, list[GeneEffect]]()
    for effect in genes:
        of.setdefault(effect.variant, []).append(effect)
    rows = [_row(entry, of.get(at, []), found[at]) for at, entry in enumerate(entries)]
    hit = sum(any(e.effect not in _MARGINAL for e in of.get(at, [])) for at in range(len(entries)))
    said = [f"{len(entries):,} structural variants"]
    if options.gff is not None:
        said.append(f"{hit:,} hit exons of a gene or break one")
    if options.known:
        said.append(f"{sum(k is not None for k in found):,} are like a known one")
    return Findings(
        "structural-annotate",
        "; ".join(said) + ".",
        (
            table("variants", "Structural variants", _VARIANTS, rows),
            _genes(entries, genes, scores),
            _sizes(entries),
            _along(entries),
        ),
        (
            Figure("sizes", "Sizes by kind", Drawing.STACKED, "sizes", label="size",
                   series=tuple(k.value.lower() for k in Kind if k is not Kind.BREAKEND)),
            Figure("genome", "Lengths along the genome", Drawing.MANHATTAN, "genome", x="position", y="log10_length",
                   label="chromosome"),
        ),
        (*file.notes, *_notes(options)),
    )  # fmt: skip


def _row(entry: Entry, genes: list[GeneEffect], found: Known | None) -> tuple[Cell, ...]:
    v = entry.variant
    grave = [e for e in genes if e.effect not in _MARGINAL]
    told: tuple[Cell, ...] = (None,) * 8
    if found is not None:
        share = None if found.frequency is None else ("people" if found.of_people else "alleles")
        told = (
            found.frequency, share, found.highest_group, found.highest, found.matches, found.id, found.overlap,
            ";".join(found.filters) or "PASS",
        )  # fmt: skip
    return (
        str(v.kind), v.chromosome, v.position, v.end, f"{v.mate.chromosome}:{v.mate.position}" if v.mate else None,
        v.length, v.id or None, v.call.copies if v.call else None, ";".join(v.filters) or "PASS",
        ", ".join(dict.fromkeys(e.gene for e in grave)) or None, str(genes[0].effect) if genes else None, *told,
    )  # fmt: skip


def _genes(entries: list[Entry], genes: list[GeneEffect], scores: dict[str, str]) -> Table:
    described = (
        "gene: Gene", "effect: Effect", "coding: Coding sequence is hit", "exons: Exons hit", "of: Exons in all",
        "transcript: Transcript", "gene_id: Gene ID", "kind: Kind", "chromosome: Chromosome", "position: Position",
        "end: End", "copies: Copies of the variant", "haploinsufficiency: Haploinsufficiency score",
    )  # fmt: skip
    rows = list[tuple[Cell, ...]]()
    for e in genes:
        v = entries[e.variant].variant
        rows.append((
            e.gene, str(e.effect), e.coding, e.exons, e.of, e.transcript, e.gene_id, str(v.kind), v.chromosome,
            v.position, v.end, v.call.copies if v.call else None, scores.get(e.gene),
        ))  # fmt: skip
    return table("genes", "Genes, gravest effects of each variant first", described, rows)


def _sizes(entries: list[Entry]) -> Table:
    kinds = [kind for kind in Kind if kind is not Kind.BREAKEND]
    rows = list[tuple[Cell, ...]]()
    for low, high in CLASSES:
        here = [
            e.variant.kind
            for e in entries
            if e.variant.length is not None and low <= e.variant.length and (high is None or e.variant.length < high)
        ]
        rows.append((named_class(low, high), *(here.count(kind) for kind in kinds)))
    described = ("size: Size", *(f"{kind.value.lower()}: {kind.name.capitalize()}s" for kind in kinds))
    return table("sizes", "Variants by size and kind", described, rows)


def _along(entries: list[Entry]) -> Table:
    """List what has a length and lies on a chromosome; a figure of all contigs would show their names, not variants."""
    rows = [
        (chromosome_name(chromosome_code(e.variant.chromosome)), e.variant.position, math.log10(e.variant.length))
        for e in entries
        if e.variant.length and chromosome_code(e.variant.chromosome)
    ]
    described = ("chromosome: Chromosome", "position: Position", "log10_length: log10 of the length [bp]")
    return table("genome", "Lengths along the genome", described, rows)


def _notes(options: Annotating) -> list[str]:
    notes = []
    if options.gff is not None:
        notes.append("Of each gene the transcript that is hit gravest counts; positions decide, not what is expressed.")
    if options.known:
        notes.append(
            f"A known variant is alike when it is of the same kind and overlaps reciprocally by {options.overlap:.0%}; "
            f"insertions within {options.insertion_distance} bases and of half the size or more. A variant without a "
            "like one is not thereby rare: lists miss what their method cannot see."
        )
    if options.dosage is not None:
        notes.append("Haploinsufficiency scores are those of the table given: 3 is sufficient evidence, 0 none.")
    return notes


ANNOTATE = Study(
    field="genome",
    name="structural-annotate",
    title="Tell which genes structural variants hit and how often they are known",
    options=Annotating,
    run=run,
    reference="10.1038/s41586-020-2287-8",
)
