"""The studies of structural variants: called from reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from gennet.core.findings import Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.genomics.fasta import Fasta
from gennet.genomics.structural.calling import FILTERS, CallRules, Calls, call_variants
from gennet.genomics.structural.variant import Kind, StructuralVariant
from gennet.genomics.structural.vcf import write_vcf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gennet.core.study import Watch

VCF = "structural-variants.vcf"
_SIZES = ((50, 100), (100, 300), (300, 1_000), (1_000, 10_000), (10_000, 100_000), (100_000, None))


@dataclass(frozen=True, slots=True)
class StructuralCalling:
    """What `gennet genome structural-variants` asks for."""

    reads: Annotated[Path, Doc("BAM or CRAM of one sample, sorted and indexed; paired short reads or long reads.")]
    genome: Annotated[Path, Doc("FASTA of the genome the reads were aligned to.")]
    least_size: Annotated[int, Doc("Smallest variant, in bases; at least 30.")] = 50
    least_support: Annotated[int, Doc("Fragments that must speak for a variant.")] = 3


def run(options: StructuralCalling, watch: Watch, folder: Path | None) -> Findings:
    """Call the variants; the VCF is written where there is a folder."""
    rules = CallRules(least_size=options.least_size, least_support=options.least_support)
    with Fasta(options.genome) as genome:
        calls = call_variants(options.reads, options.genome, genome, rules, watch)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            write_vcf(
                calls.variants,
                folder / VCF,
                sample=calls.sample,
                contigs=calls.contigs,
                reference=genome,
                filters=FILTERS,
            )
    sure = [v for v in calls.variants if not v.filters]
    counted = ", ".join(f"{sum(v.kind is kind for v in sure):,} {kind}" for kind in Kind)
    return Findings(
        "structural-variants",
        f"{len(sure):,} structural variants in {calls.sample} ({counted}), {len(calls.variants) - len(sure):,} more in doubt.",
        (_variants(calls), _sizes(sure)),
        (
            Figure("sizes", "How large the variants are", Drawing.STACKED, "sizes", label="size",
                   series=tuple(str(kind).lower() for kind in Kind if kind is not Kind.BREAKEND)),
            Figure("genome", "Where they are", Drawing.MANHATTAN, "variants", x="position", y="support",
                   label="chromosome"),
        ),
        tuple(_notes(calls, folder)),
    )  # fmt: skip


def _variants(calls: Calls) -> Table:
    columns = (
        "chromosome: Chromosome", "position: Position", "end: End", "kind: Kind", "length: Length [bp]",
        "mate: Joined with", "genotype: Genotype", "quality: Genotype quality", "support: Fragments for it",
        "reference: Fragments for the reference", "precise: Breakpoints to the base", "filter: In doubt because",
    )  # fmt: skip
    return table("variants", "Structural variants", columns, [_row(v) for v in calls.variants])


def _row(v: StructuralVariant) -> tuple[str | int | bool | None, ...]:
    call, support = v.call, v.call.support if v.call else None
    genotype = "/".join("." if a is None else str(a) for a in call.alleles) if call else None
    own = None if support is None else support.pairs + support.reads
    other = None if support is None else support.reference_pairs + support.reference_reads
    mate = None if v.mate is None else f"{v.mate.chromosome}:{v.mate.position}"
    quality = call.quality if call else None
    doubt = "; ".join(FILTERS.get(name, name) for name in v.filters)
    return (
        v.chromosome,
        v.position,
        v.end,
        v.kind.value,
        v.length,
        mate,
        genotype,
        quality,
        own,
        other,
        v.precise,
        doubt,
    )


def _sizes(variants: list[StructuralVariant]) -> Table:
    kinds = [kind for kind in Kind if kind is not Kind.BREAKEND]
    rows = list[tuple[str | int, ...]]()
    for low, high in _SIZES:
        here = [v for v in variants if v.length is not None and low <= v.length and (high is None or v.length < high)]
        name = f"{low:,} bp and more" if high is None else f"{low:,} to {high - 1:,} bp"
        rows.append((name, *(sum(v.kind is kind for v in here) for kind in kinds)))
    columns = ("size: Size", *(f"{str(kind).lower()}: {kind.name.capitalize()}s" for kind in kinds))
    return table("sizes", "Variants by size and kind, without those in doubt", columns, rows)


def _notes(calls: Calls, folder: Path | None) -> Iterator[str]:
    library = calls.library
    if library.paired:
        yield (
            f"Pairs of {library.read_length:.0f} bases, fragments of {library.median:.0f} bases (standard deviation "
            f"{library.spread:.0f}); mean depth {calls.coverage:.1f}."
        )
    else:
        yield f"Long reads, median {library.read_length:,.0f} bases; mean depth {calls.coverage:.1f}."
    if folder is not None:
        yield f"Written as VCF 4.4: {VCF}."
    yield "Positions are those of the genome given; a deletion begins after its position and ends at its end."
    yield "Insertions longer than the reads can put together are in doubt (their length is a lower bound)."


STUDIES: tuple[Study, ...] = (
    Study(
        "genome", "structural-variants", "Call structural variants from aligned reads", StructuralCalling, run,
        "10.1093/bioinformatics/bts378",
    ),
)  # fmt: skip
