"""Deletions and duplications of segments with unusual copies: as nouns, and as VCF 4.4."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent
from gennet.genomics.builds import chromosome_code
from gennet.genomics.structural.variant import Call, Kind, StructuralVariant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gennet.genomics.copy_number.copies import Copies
    from gennet.genomics.copy_number.segments import Segments
    from gennet.genomics.fasta import Reference

MOST_QUALITY = 99
_HEADER = """##fileformat=VCFv4.4
##source=GenNet copy number
{contigs}##ALT=<ID=DEL,Description="Fewer copies than usual">
##ALT=<ID=DUP,Description="More copies than usual">
##FILTER=<ID=LowBins,Description="Fewer bins than asked for">
##FILTER=<ID=LowQual,Description="The number of copies is not certain enough">
##INFO=<ID=IMPRECISE,Number=0,Type=Flag,Description="Breakpoints are known to the bin only">
##INFO=<ID=END,Number=1,Type=Integer,Description="Last base">
##INFO=<ID=SVLEN,Number=A,Type=Integer,Description="Length">
##INFO=<ID=SVCLAIM,Number=A,Type=String,Description="D: claimed from depth">
##INFO=<ID=CIPOS,Number=.,Type=Integer,Description="Interval about POS">
##INFO=<ID=CIEND,Number=.,Type=Integer,Description="Interval about END">
##INFO=<ID=BINS,Number=1,Type=Integer,Description="Bins with depth">
##INFO=<ID=LOG2,Number=1,Type=Float,Description="Mean log2 ratio">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=CN,Number=1,Type=Float,Description="Copies">
##FORMAT=<ID=CNQ,Number=1,Type=Float,Description="Phred-scaled chance that the copies are wrong">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{sample}
"""


@dataclass(frozen=True, slots=True)
class Certain:
    """What a call must have to pass."""

    bins: int = 3
    quality: float = 20.0
    """Phred-scaled chance that the copies are wrong."""


@dataclass(frozen=True, slots=True)
class Event:
    """A stretch with fewer or more copies than usual."""

    variant: StructuralVariant
    copies: int
    usual: int
    log2: float
    bins: int


def events(segments: Segments, copies: Copies, certain: Certain, *, germline: bool = True) -> tuple[Event, ...]:
    """
    List deletions and duplications: neighbouring segments of a contig with the same unusual copies are one.

    A genotype is given for a germline: of deletions, and of one copy more; which chromosome holds two extra copies is
    not known. The true edges may lie anywhere in the bins at both ends.

    >>> from gennet.genomics.copy_number.copies import Copies
    >>> from gennet.genomics.copy_number.segments import Segments
    >>> one, none = np.array([1, 1]), np.array([0, 0])
    >>> made = Segments(("1",), none, np.array([0, 900]), np.array([900, 1900]), none * 1.0, none * 0.1, one * 9, one)
    >>> found = events(made, Copies(one * 2, one, one * 0.999, one * 1.0), Certain())
    >>> [(e.variant.kind.value, e.variant.position, e.variant.end, e.variant.call.alleles) for e in found]
    [('DEL', 0, 1900, (0, 1))]
    """
    made = list[Event]()
    changed = (copies.usual >= 0) & (copies.copies != copies.usual)
    row = 0
    while row < segments.size:
        last = row
        while last + 1 < segments.size and _joins(segments, copies, last):
            last += 1
        if changed[row]:
            made.append(_event(segments, copies, slice(row, last + 1), certain, germline=germline))
        row = last + 1
    return tuple(made)


def _joins(segments: Segments, copies: Copies, row: int) -> bool:
    same = segments.contig[row] == segments.contig[row + 1] and copies.copies[row] == copies.copies[row + 1]
    return bool(same)


def _event(segments: Segments, copies: Copies, rows: slice, certain: Certain, *, germline: bool) -> Event:
    number, usual = int(copies.copies[rows][0]), int(copies.usual[rows][0])
    bins = int(segments.bins[rows].sum())
    # pieces of one event speak for it together; the surest counts
    wrong = 1 - float(copies.probability[rows].max())
    quality = min(MOST_QUALITY, -10 * float(np.log10(max(wrong, 1e-10))))
    filters = [name for name, bad in (("LowBins", bins < certain.bins), ("LowQual", quality < certain.quality)) if bad]
    start, end = int(segments.start[rows][0]), int(segments.end[rows][-1])
    blur = (end - start) // max(bins, 1)
    variant = StructuralVariant(
        Kind.DELETION if number < usual else Kind.DUPLICATION,
        segments.contigs[segments.contig[rows][0]],
        start,
        end,
        length=end - start,
        position_interval=(-blur, blur),
        end_interval=(-blur, blur),
        precise=False,
        quality=round(quality, 1),
        filters=tuple(filters),
        call=Call(_alleles(number, usual), quality=int(quality)) if germline else None,
    )
    weights = segments.weight[rows]
    return Event(variant, number, usual, float(np.average(segments.log2[rows], weights=weights)), bins)


def _alleles(copies: int, usual: int) -> tuple[int | None, ...]:
    if copies < usual:
        return tuple(int(i < usual - copies) for i in reversed(range(usual)))
    if copies == usual + 1 and usual > 0:
        return (*(0,) * (usual - 1), 1)
    return (*(None,) * max(usual - 1, 0), 1)


def write_vcf(
    found: tuple[Event, ...],
    sample: str,
    path: Path,
    *,
    genome: Reference | None = None,
    lengths: Mapping[str, int] | None = None,
) -> Path:
    """Write events as VCF 4.4 with ``SVCLAIM=D``; REF is N without a genome. Return the path."""
    named = sorted({e.variant.chromosome for e in found})
    known = lengths or (dict(genome.lengths) if genome else dict.fromkeys(named, 0))
    contigs = "".join(f"##contig=<ID={n}{f',length={size}' if size else ''}>\n" for n, size in known.items())
    lines = [_HEADER.format(contigs=contigs, sample=sample)]
    lines += [_line(event, genome) for event in found]
    part = path.with_name(path.name + ".part")
    part.write_text("".join(lines), encoding="utf-8")
    return part.replace(path)


def _line(event: Event, genome: Reference | None) -> str:
    v = event.variant
    base = _base(v.chromosome, v.position, genome)
    length = v.length or 0
    low, high = v.position_interval
    info = (
        f"IMPRECISE;END={v.end};SVLEN={length};SVCLAIM=D;CIPOS={low},{high};CIEND={low},{high};"
        f"BINS={event.bins};LOG2={event.log2:.4g}"
    )
    alleles = v.call.alleles if v.call else (None,)
    genotype = "/".join("." if a is None else str(a) for a in alleles)
    filters = ";".join(v.filters) or "PASS"
    sample = f"{genotype}:{event.copies}:{v.quality:g}"
    name = f"{v.kind}_{v.chromosome}_{v.position + 1}_{v.end}"
    # position 0 is the place before the first base, where a VCF has no base to show
    return (
        f"{v.chromosome}\t{v.position}\t{name}\t{base}\t<{v.kind}>\t{v.quality:g}\t{filters}\t{info}"
        f"\tGT:CN:CNQ\t{sample}\n"
    )


def _base(contig: str, position: int, genome: Reference | None) -> str:
    if genome is None or position < 1:
        return "N"
    if contig not in genome.lengths:
        same = [name for name in genome.lengths if chromosome_code(name) == chromosome_code(contig) != 0]
        if not same:
            raise InvalidContent(f"no contig {contig}", place="genome", remedy="give the genome the reads lie on")
        contig = same[0]
    return genome.fetch(contig, position - 1, position) or "N"
