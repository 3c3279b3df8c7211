"""`gennet genome consequences`: what the variants of a file do to transcripts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from gennet.core.findings import Cell, Drawing, Figure, Findings, table
from gennet.core.study import Doc, Study, Watch
from gennet.genomics.consequences.annotation import annotate_vcf, consequences
from gennet.genomics.consequences.gff import read_gff
from gennet.genomics.consequences.hgvs import hgvs_names
from gennet.genomics.consequences.models import GeneModels
from gennet.genomics.consequences.phasing import Phase
from gennet.genomics.consequences.records import read_records
from gennet.genomics.consequences.terms import LEAST, Impact, Term, impact, named, rank
from gennet.genomics.fasta import Fasta

if TYPE_CHECKING:
    from gennet.genomics.consequences.calling import Site
    from gennet.genomics.consequences.consequence import Consequence
    from gennet.genomics.consequences.records import Record

ANNOTATED = "annotated.vcf.gz"


@dataclass(frozen=True, slots=True)
class ConsequenceOptions:
    """What `gennet genome consequences` asks for."""

    vcf: Annotated[Path, Doc("Variants: VCF, plain or bgzipped.")]
    gff: Annotated[Path, Doc("Gene models of the same genome build: GFF3 of Ensembl, GENCODE or NCBI.")]
    fasta: Annotated[Path, Doc("Genome of the same build: FASTA, plain or bgzipped with its indexes.")]
    sample: Annotated[str | None, Doc("Whose haplotypes to follow; all samples of the file when left out.")] = None
    phase: Annotated[Phase, Doc("Look at lines alone, or follow haplotypes and treat unphased genotypes so.")] = (
        Phase.ALONE
    )
    all: Annotated[bool, Doc("List every consequence; otherwise the worst of each allele, introns left out.")] = False
    table: Annotated[
        int | None, Doc("NCBI's number of the genetic code; the standard one, and the mitochondrial on MT.")
    ] = None


def run(options: ConsequenceOptions, watch: Watch, folder: Path | None = None) -> Findings:
    """Tell the consequences of a file's variants, as tables and, where there is a folder, as an annotated VCF."""
    watch("reading transcripts", 0)
    transcripts = read_gff(options.gff)
    with Fasta(options.fasta) as reference:
        models = GeneModels(transcripts, reference, table=options.table)
        tally = _Tally(models, every=options.all)
        samples = _samples(options)
        _, found = consequences(models, options.vcf, samples=samples, phase=options.phase, watch=watch)
        for record, held, site in found:
            tally.add(record, held, site, samples or ())
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            annotate_vcf(models, options.vcf, folder / ANNOTATED, phase=options.phase, samples=samples, watch=watch)
    return _findings(tally, options, skipped=transcripts.skipped, written=folder is not None)


def _samples(options: ConsequenceOptions) -> tuple[str, ...] | None:
    if options.phase is Phase.ALONE:
        if options.sample is not None:
            read_records(options.vcf, (options.sample,))
        return None
    if options.sample is not None:
        return (options.sample,)
    return read_records(options.vcf)[0].samples or None


@dataclass(slots=True)
class _Tally:
    """What has been found so far."""

    models: GeneModels
    every: bool
    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    terms: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    hit: int = 0
    numbers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Look transcripts up by their ids."""
        self.numbers = {name: number for number, name in enumerate(self.models.transcripts.id)}

    def add(self, record: Record, found: list[Consequence], site: Site | None, samples: tuple[str, ...]) -> None:
        """Count a line's consequences and keep those that are listed."""
        self.lines += 1
        own = [one for one in found if not one.see]
        self.hit += bool(own)
        for term in {name for one in own for name in one.names}:
            self.terms[term] += 1
        for one in own if self.every else _worst(own):
            self.rows.append(self._row(record, one, site, samples))

    def _row(self, record: Record, one: Consequence, site: Site | None, samples: tuple[str, ...]) -> tuple[Cell, ...]:
        alternate = record.alternates[one.alternate - 1] if one.alternate else ",".join(record.alternates)
        names = ("", "")
        if one.alternate and not one.terms & (Term.INTRON | Term.NON_CODING):
            made = hgvs_names(self.models, self.numbers[one.transcript], record.position, record.reference, alternate)
            names = made.coding, made.protein if "+" not in one.dna else ""
        places = sorted(site.carried.get(one, ())) if site is not None else []
        carried = ", ".join(f"{samples[s]}:{copy + 1}" for s, copy in places if s < len(samples))
        return (
            record.contig, record.position + 1, record.reference, alternate, one.gene, one.transcript, one.biotype,
            "&".join(one.names), str(one.impact), one.residues.text(30) if one.residues else None,
            one.dna if "+" in one.dna else None, *(name or None for name in names), carried or None,
            one.after_stop,
        )  # fmt: skip


def _worst(found: list[Consequence]) -> list[Consequence]:
    """Keep the most severe consequence of each allele that is more than an intron's."""
    best: dict[int, Consequence] = {}
    for one in found:
        if one.impact is not Impact.MODIFIER or one.terms & ~(Term.INTRON | Term.NON_CODING | Term.NMD_TRANSCRIPT):
            held = best.get(one.alternate)
            if held is None or one.rank < held.rank:
                best[one.alternate] = one
    return list(best.values())


_COLUMNS = (
    "chromosome: Chromosome",
    "position: Position",
    "reference: Reference",
    "alternate: Alternate",
    "gene: Gene",
    "transcript: Transcript",
    "biotype: Biotype",
    "terms: Consequence",
    "impact: Impact",
    "residues: Protein",
    "together: Variants acting together",
    "hgvs_c: HGVS on the transcript",
    "hgvs_p: HGVS on the protein",
    "haplotypes: Carried by (sample:copy)",
    "after_stop: Behind a new stop",
)


def _findings(tally: _Tally, options: ConsequenceOptions, *, skipped: tuple[str, ...], written: bool) -> Findings:
    order = {name: (rank(term), str(impact(term))) for term in Term for name in named(term)}
    counted = sorted(tally.terms.items(), key=lambda pair: order.get(pair[0], (LEAST, "")))
    terms = [(name, order[name][1], count) for name, count in counted]
    return Findings(
        study="consequences",
        summary=f"{tally.hit:,} of {tally.lines:,} lines meet a transcript; {len(tally.rows):,} consequences are listed.",
        tables=(
            table("consequences", "Consequences", _COLUMNS, tally.rows),
            table("terms", "Lines by consequence", ("term: Consequence", "impact: Impact", "lines: Lines"), terms),
        ),
        figures=(Figure("terms", "Lines by consequence", Drawing.BARS, "terms", x="lines", label="term", log=True),),
        notes=tuple(_notes(options, skipped=skipped, written=written)),
    )


def _notes(options: ConsequenceOptions, *, skipped: tuple[str, ...], written: bool) -> list[str]:
    notes = [
        "Variants that act together on a haplotype are listed once, at the first of them along the transcript."
        if options.phase is not Phase.ALONE
        else "Each line is looked at alone; variants that share a codon or restore a frame need --phase.",
        "HGVS names are moved 3' along the transcript and describe each variant alone; proteins are predictions.",
    ]
    if not options.all:
        notes.append("The worst consequence of each allele is listed, introns left out; --all lists every one.")
    if skipped:
        few = ", ".join(skipped[:5]) + (", ..." if len(skipped) > 5 else "")
        notes.append(f"{len(skipped):,} transcripts are left out: their CDS phases contradict its lengths ({few}).")
    if written:
        notes.append(f"{ANNOTATED} holds every line with its consequences as INFO/BCSQ.")
    return notes


STUDIES: tuple[Study, ...] = (
    Study(
        field="genome",
        name="consequences",
        title="Tell what variants do to transcripts, alone or along haplotypes",
        options=ConsequenceOptions,
        run=run,
        reference="10.1093/bioinformatics/btx100",
    ),
)
