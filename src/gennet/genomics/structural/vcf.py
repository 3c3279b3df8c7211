"""Write structural variants as VCF 4.4: symbolic alleles, breakends in pairs, and what the reads say."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from gennet.errors import InvalidContent, StorageFailed
from gennet.genomics.consequences.bgzf import BgzipWriter
from gennet.genomics.consequences.codes import reverse_complement
from gennet.genomics.structural.variant import Call, Kind, Mate, StructuralVariant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gennet.genomics.fasta import Reference

SYMBOLS = {Kind.DELETION: "<DEL>", Kind.DUPLICATION: "<DUP:TANDEM>", Kind.INVERSION: "<INV>", Kind.INSERTION: "<INS>"}
"""The symbolic allele of each kind."""
_INFO = (
    '<ID=SVTYPE,Number=1,Type=String,Description="Kind of structural variant">',
    '<ID=END,Number=1,Type=Integer,Description="Last base of the variant">',
    '<ID=SVLEN,Number=A,Type=Integer,Description="Bases gained, lost, copied or inverted">',
    '<ID=SVCLAIM,Number=A,Type=String,Description="What is claimed: J for adjacency, D for abundance, DJ for both">',
    '<ID=IMPRECISE,Number=0,Type=Flag,Description="The breakpoint is not known to the base">',
    '<ID=CIPOS,Number=.,Type=Integer,Description="Confidence interval around POS">',
    '<ID=CIEND,Number=.,Type=Integer,Description="Confidence interval around END, or around the mate">',
    '<ID=MATEID,Number=A,Type=String,Description="ID of the mate breakend">',
    '<ID=INSSEQ,Number=1,Type=String,Description="Bases inserted at the join">',
)
_FORMAT = (
    '<ID=GT,Number=1,Type=String,Description="Genotype">',
    '<ID=GQ,Number=1,Type=Integer,Description="Phred-scaled chance that the genotype is wrong">',
    '<ID=PL,Number=G,Type=Integer,Description="Phred-scaled likelihoods of the genotypes">',
    '<ID=DR,Number=1,Type=Integer,Description="Read pairs for the reference">',
    '<ID=DV,Number=1,Type=Integer,Description="Read pairs for the variant">',
    '<ID=RR,Number=1,Type=Integer,Description="Reads across a breakpoint for the reference">',
    '<ID=RV,Number=1,Type=Integer,Description="Split, clipped or spanning reads for the variant">',
)


class _Written(Protocol):
    def write(self, text: str, /) -> object: ...


@dataclass(frozen=True, slots=True)
class Record:
    """A variant with the calls of several samples, and INFO of one's own."""

    variant: StructuralVariant
    calls: tuple[Call | None, ...] = ()
    info: tuple[str, ...] = ()
    """``KEY=value``, as they will stand in the file."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A record before it is text; a breakend makes two."""

    record: Record
    id: str
    mate_id: str = ""

    @property
    def variant(self) -> StructuralVariant:
        return self.record.variant


def write_vcf(
    variants: Iterable[StructuralVariant],
    out: Path | TextIO,
    *,
    sample: str | None,
    contigs: Mapping[str, int],
    reference: Reference | None = None,
    assembly: str = "",
    source: str = "GenNet",
    filters: Mapping[str, str] | None = None,
) -> None:
    """
    Write variants as VCF 4.4, sorted along `contigs`; a path that ends in .gz is bgzipped.

    REF is read from `reference`, and is N without it. A breakend becomes two records that name each other in MATEID;
    its ``CIEND`` is the interval of the mate. Insertions of known sequence are written base by base. SVCLAIM is J: the
    variants here are claimed by their joins, not by depth. `filters` describes the filters that occur.

    Raises
    ------
    InvalidContent
        A variant lies on no contig of `contigs` or beyond its end, is a breakend without a mate, or has a mate and is
        none.
    StorageFailed
        The disk refused; nothing stands at the path then.

    References
    ----------
    The Variant Call Format Specification VCFv4.4: https://samtools.github.io/hts-specs/VCFv4.4.pdf

    >>> import io
    >>> file = io.StringIO()
    >>> write_vcf([StructuralVariant(Kind.DELETION, "18", 100, 180, length=80)], file, sample=None, contigs={"18": 500})
    >>> file.getvalue().split()[-8:]
    ['18', '100', 'DEL1', 'N', '<DEL>', '.', 'PASS', 'SVTYPE=DEL;END=180;SVLEN=80;SVCLAIM=J']
    """
    samples = () if sample is None else (sample,)
    records = [Record(v, (v.call,) if samples else ()) for v in variants]
    write_records(
        records, out, samples=samples, contigs=contigs, reference=reference, assembly=assembly, source=source,
        filters=filters,
    )  # fmt: skip


def write_records(
    records: Iterable[Record],
    out: Path | TextIO,
    *,
    samples: Sequence[str],
    contigs: Mapping[str, int],
    reference: Reference | None = None,
    assembly: str = "",
    source: str = "GenNet",
    filters: Mapping[str, str] | None = None,
    described: Sequence[str] = (),
) -> None:
    """
    Write variants with the calls of several samples, as `write_vcf` does; `described` are further ``##INFO`` lines.

    Raises
    ------
    InvalidContent, StorageFailed
        As `write_vcf`.
    """
    held = list(records)
    lines = _sorted(held, contigs)
    doubts = {name: "Filter of the caller" for r in held for name in r.variant.filters} | dict(filters or {})
    with _opened(out) as file:
        for text in _header(contigs, doubts, samples, source, assembly, described):
            file.write(text + "\n")
        for line in lines:
            file.write(_text(line, reference) + "\n")


@contextmanager
def _opened(out: Path | TextIO) -> Iterator[_Written]:
    if not isinstance(out, Path):
        yield out
    elif out.suffix == ".gz":
        with BgzipWriter(out) as packed:
            yield packed
    else:
        part = out.with_name(f".{out.name}.part")
        try:
            with part.open("w", encoding="utf-8") as file:
                yield file
            part.replace(out)
        except OSError as error:
            raise StorageFailed(
                f"cannot be written ({error.strerror})", place=str(out), remedy="choose another folder"
            ) from error
        finally:
            part.unlink(missing_ok=True)


def _header(
    contigs: Mapping[str, int],
    filters: Mapping[str, str],
    samples: Sequence[str],
    source: str,
    assembly: str,
    described: Sequence[str],
) -> Iterator[str]:
    yield "##fileformat=VCFv4.4"
    yield f"##source={source}"
    named = f",assembly={assembly}" if assembly else ""
    yield from (f"##contig=<ID={name},length={length}{named}>" for name, length in contigs.items())
    yield '##FILTER=<ID=PASS,Description="All filters passed">'
    yield from (f'##FILTER=<ID={name},Description="{text}">' for name, text in filters.items() if name != "PASS")
    yield from (f'##ALT=<ID={symbol[1:-1]},Description="{kind.name.capitalize()}">' for kind, symbol in SYMBOLS.items())
    yield from (f"##INFO={text}" for text in _INFO)
    yield from described
    if samples:
        yield from (f"##FORMAT={text}" for text in _FORMAT)
    columns = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
    yield "\t".join((*columns, "FORMAT", *samples) if samples else columns)


def _sorted(records: list[Record], contigs: Mapping[str, int]) -> list[_Line]:
    lines, used, counted = list[_Line](), {r.variant.id for r in records}, Counter[Kind]()
    for record in records:
        variant = record.variant
        _check(variant, contigs)
        name = variant.id
        while not name or (name in used and not variant.id):
            counted[variant.kind] += 1
            name = f"{variant.kind}{counted[variant.kind]}"
        if variant.mate is None:
            lines.append(_Line(record, name))
        else:
            lines.append(_Line(record, f"{name}_1", f"{name}_2"))
            lines.append(_Line(replace(record, variant=other_side(variant)), f"{name}_2", f"{name}_1"))
    rank = {contig: at for at, contig in enumerate(contigs)}
    return sorted(lines, key=lambda line: (rank[line.variant.chromosome], line.variant.position, line.variant.end))


def _check(variant: StructuralVariant, contigs: Mapping[str, int]) -> None:
    mate = variant.mate
    place = f"{variant.id or variant.kind} {variant.chromosome}:{variant.position}"
    if (mate is None) is (variant.kind is Kind.BREAKEND):
        raise InvalidContent("a breakend has a mate, and nothing else has", place=place, remedy="give it as BND")
    ends = [(variant.chromosome, variant.position), (variant.chromosome, variant.end)]
    for contig, position in [*ends, *([(mate.chromosome, mate.position)] if mate else [])]:
        # VCF lets a telomere stand at 0 and at one base beyond the end.
        if contig not in contigs or not 0 <= position <= contigs[contig] + 1:
            raise InvalidContent(
                f"{contig}:{position} is not on the contigs given", place=place, remedy="give those of its genome"
            )


def other_side(variant: StructuralVariant) -> StructuralVariant:
    """
    Return a breakend as seen from its mate; bases inserted there read the other way where strands change.

    >>> seen = other_side(StructuralVariant(Kind.BREAKEND, "2", 5, 5, inserted="AAC", mate=Mate("7", 9, True, True)))
    >>> seen.chromosome, seen.position, seen.inserted, seen.mate
    ('7', 9, 'GTT', Mate(chromosome='2', position=5, own_forward=True, forward=True))
    """
    mate = variant.mate
    if mate is None:
        raise InvalidContent(f"a {variant.kind} has no other side", place=variant.id, remedy="give a breakend")
    inserted = variant.inserted
    if inserted and mate.own_forward is mate.forward:
        inserted = reverse_complement(inserted)
    return StructuralVariant(
        variant.kind, mate.chromosome, mate.position, mate.position, inserted=inserted,
        mate=Mate(variant.chromosome, variant.position, mate.forward, mate.own_forward),
        position_interval=variant.end_interval, end_interval=variant.position_interval, precise=variant.precise,
        quality=variant.quality, filters=variant.filters, call=variant.call, id=variant.id,
    )  # fmt: skip


def _text(line: _Line, reference: Reference | None) -> str:
    variant = line.variant
    base = "N"
    if reference is not None:
        base = reference.fetch(variant.chromosome, variant.position - 1, variant.position)
    quality = "." if variant.quality is None else f"{variant.quality:g}"
    filters = ";".join(variant.filters) or "PASS"
    cells = [variant.chromosome, str(variant.position), line.id, base, _alternate(variant, base), quality, filters]
    cells.append(_info(line))
    if line.record.calls:
        cells += ["GT:GQ:PL:DR:DV:RR:RV", *(_sample(call) for call in line.record.calls)]
    return "\t".join(cells)


def _alternate(variant: StructuralVariant, base: str) -> str:
    mate, inserted = variant.mate, variant.inserted or ""
    if mate is None:
        known = variant.kind is Kind.INSERTION and inserted
        return base + inserted if known else SYMBOLS[variant.kind]
    bracket = "]" if mate.forward else "["
    place = f"{bracket}{mate.chromosome}:{mate.position}{bracket}"
    return base + inserted + place if mate.own_forward else place + inserted + base


def _info(line: _Line) -> str:
    variant = line.variant
    fields = [f"SVTYPE={variant.kind}"]
    if variant.mate is None:
        fields.append(f"END={variant.end}")
        if variant.length is not None:
            fields.append(f"SVLEN={variant.length}")
    fields.append("SVCLAIM=J")
    if line.mate_id:
        fields.append(f"MATEID={line.mate_id}")
    if not variant.precise:
        fields.append("IMPRECISE")
    if not variant.precise or variant.position_interval != (0, 0) or variant.end_interval != (0, 0):
        fields += [
            "CIPOS={},{}".format(*variant.position_interval),
            "CIEND={},{}".format(*variant.end_interval),
        ]
    if variant.inserted and variant.kind not in (Kind.INSERTION, Kind.BREAKEND):
        fields.append(f"INSSEQ={variant.inserted}")
    return ";".join((*fields, *line.record.info))


def _sample(call: Call | None) -> str:
    if call is None:
        return "./."
    genotype = "/".join("." if a is None else str(a) for a in call.alleles) or "./."
    likelihoods = "." if call.likelihoods is None else ",".join(map(str, call.likelihoods))
    support = call.support
    counts = (
        ["."] * 4
        if support is None
        else [str(n) for n in (support.reference_pairs, support.pairs, support.reference_reads, support.reads)]
    )
    return ":".join([genotype, "." if call.quality is None else str(call.quality), likelihoods, *counts])
