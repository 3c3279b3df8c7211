"""Read structural variants from a VCF, plain or bgzipped, in every common caller's spelling."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from gennet.core.files import chunks_of, utf8
from gennet.errors import InvalidContent, UnknownName, UnreadableFile
from gennet.genomics.builds import Build, chromosome_code, detect_build
from gennet.genomics.names import count, near
from gennet.genomics.structural._samples import call_of
from gennet.genomics.structural._spelling import Info, Line, is_sequence, spelled
from gennet.genomics.structural.variant import StructuralVariant
from gennet.genomics.structural.vcf import other_side

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

LEAST = 50
"""Bases from which a change written base by base counts as structural."""
_FIXED = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
_CONTIG = re.compile(r"##contig=<.*?\bID=([^,>]+)(?:.*?\blength=(\d+))?")
_NOT_VARIANTS = frozenset({"<NON_REF>", "<*>", "*", ".", "<M>"})


class Entry(NamedTuple):
    """One alternate allele of one line, with how it was written."""

    variant: StructuralVariant
    start: int
    """0-based: POS - 1."""
    end: int
    """0-based, exclusive: END, or the end of REF."""
    reference: str
    alternate: str
    """Base by base, in capitals; empty where ALT is a symbol or a breakend."""
    line: int
    info: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StructuralFile:
    """The structural variants of a VCF."""

    entries: tuple[Entry, ...]
    """In the order of the file; a breakend and its mate are two."""
    contigs: Mapping[str, int]
    """Lengths as its header tells, 0 where it does not."""
    samples: tuple[str, ...]
    sample: str | None
    """Whose genotypes were read; None where the file has no samples."""
    build: Build | None
    notes: tuple[str, ...]
    """What was set aside, in words."""

    def variants(self) -> tuple[StructuralVariant, ...]:
        """Return its variants, with each breakend and its mate as one."""
        return tuple(joined(entry.variant for entry in self.entries))


def read_vcf(
    path: Path, sample: str | None = None, *, least: int = LEAST
) -> tuple[tuple[StructuralVariant, ...], tuple[str, ...]]:
    """
    Read the structural variants of a VCF and notes on what was set aside.

    Symbolic alleles, breakends, and alleles written base by base that differ by `least` bases or more are read; small
    variants of a mixed file are passed by. Breakends are joined with their mates.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent, UnknownName
        As `read_structural`.
    """
    found = read_structural(path, sample, least=least)
    return found.variants(), found.notes


def read_structural(path: Path, sample: str | None = None, *, least: int = LEAST) -> StructuralFile:
    """
    Read the structural variants of a VCF as they are written; `sample` None takes the first.

    Raises
    ------
    MissingFile, UnreadableFile
        It is not there, cut short, or not a VCF.
    InvalidContent
        A line cannot be true; the message names it.
    UnknownName
        It has no such sample.

    References
    ----------
    The Variant Call Format Specification VCFv4.4: https://samtools.github.io/hts-specs/VCFv4.4.pdf
    """
    lines = _numbered(path)
    head = _read_head(lines, path.name)
    samples = head.columns[9:]
    if sample is not None and sample not in samples:
        raise UnknownName(f"no sample {sample!r}", place=path.name, remedy=near(sample, samples))
    chosen = sample if sample is not None else next(iter(samples), None)
    column = 9 + samples.index(chosen) if chosen is not None else 0
    aside = Counter[str]()
    entries = tuple(_entries(lines, path.name, len(head.columns), column, least, aside))
    notes = [f"{path.name}: {count(n, 'record')} set aside ({what})" for what, n in sorted(aside.items())]
    if len(samples) > 1 and sample is None:
        notes.append(f"{path.name} has {len(samples):,} samples; genotypes are those of the first, {chosen}")
    build = detect_build(head.meta, place=path.name)
    return StructuralFile(entries, head.contigs, tuple(samples), chosen, build, tuple(notes))


class _Head(NamedTuple):
    meta: list[str]
    columns: list[str]
    contigs: dict[str, int]


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    rest, number = b"", 0
    for piece in utf8(chunks_of(path, chunk=4 << 20), path.name):
        data = rest + piece
        cut = data.rfind(b"\n") + 1
        for line in data[:cut].decode().split("\n")[:-1]:
            number += 1
            yield number, line.rstrip("\r")
        rest = data[cut:]
    if rest:
        yield number + 1, rest.decode().rstrip("\r")


def _read_head(lines: Iterator[tuple[int, str]], place: str) -> _Head:
    meta, contigs = list[str](), dict[str, int]()
    for _, line in lines:
        if line.startswith("##"):
            meta.append(line)
            if match := _CONTIG.match(line):
                contigs[match[1]] = int(match[2] or 0)
            continue
        columns = line.split("\t")
        if tuple(columns[:8]) != _FIXED or not meta or not meta[0].startswith("##fileformat=VCF"):
            break
        return _Head(meta, columns, contigs)
    raise UnreadableFile("this is not a VCF with a #CHROM line", place=place, remedy="give a VCF, plain or bgzipped")


def _entries(
    lines: Iterator[tuple[int, str]], place: str, width: int, column: int, least: int, aside: Counter[str]
) -> Iterator[Entry]:
    for number, line in lines:
        if not line:
            continue
        first = line.split("\t", 5)
        if len(first) < 6:
            raise _columns(line, width, f"{place}: line {number}")
        reference, alternates = first[3], first[4]
        # Most lines of a mixed file end here.
        if len(reference) < least and len(alternates) < least and not _marked(alternates):
            continue
        cells = line.split("\t")
        if len(cells) != width:
            raise _columns(line, width, f"{place}: line {number}")
        yield from _of_line(cells, number, f"{place}: line {number}", column, least, aside)


def _marked(alternates: str) -> bool:
    return alternates not in _NOT_VARIANTS and any(mark in alternates for mark in "<[].")


def _columns(line: str, width: int, place: str) -> InvalidContent:
    found = line.count("\t") + 1
    return InvalidContent(f"{found} columns where the header has {width}", place=place, remedy="copy the file again")


def _of_line(
    cells: list[str], number: int, place: str, column: int, least: int, aside: Counter[str]
) -> Iterator[Entry]:
    if not cells[1].isascii() or not cells[1].isdigit() or not is_sequence(cells[3]):
        raise InvalidContent(
            f"{cells[1][:20]} {cells[3][:20]} is no position and reference", place=place, remedy="correct the line"
        )
    line = Line(cells[0], int(cells[1]), cells[2], cells[3], Info(cells[7]), place)
    quality, filters = _quality(cells[5], place), _filters(cells[6])
    alternates, reasons = cells[4].split(","), set[str]()
    for at, alternate in enumerate(alternates):
        explicit = is_sequence(alternate)
        if alternate in _NOT_VARIANTS or (explicit and _small(cells[3], alternate, least)):
            continue
        variant, why = spelled(line, alternate, at)
        if variant is None:
            reasons.add(why)
            continue
        call = call_of(cells[8], cells[column], at, len(alternates), place) if column else None
        variant = replace(variant, quality=quality, filters=filters, call=call)
        yield Entry(
            variant, line.position - 1, _end(line, variant), cells[3].upper(), alternate.upper() if explicit else "",
            number, line.info,
        )  # fmt: skip
    aside.update(reasons)


def _small(reference: str, alternate: str, least: int) -> bool:
    change = abs(len(reference) - len(alternate)) or len(reference)
    return change < least


def _end(line: Line, variant: StructuralVariant) -> int:
    """Return the exclusive end as written: END, else what the alleles or the length tell."""
    text = line.info.get("END", "")
    if text.isdigit():
        return int(text)
    return variant.end if len(line.reference) == 1 else line.position + len(line.reference) - 1


def _quality(text: str, place: str) -> float | None:
    if text == ".":
        return None
    try:
        return float(text)
    except ValueError:
        raise InvalidContent(f"QUAL is {text[:20]!r}", place=place, remedy="write a number or .") from None


def _filters(text: str) -> tuple[str, ...]:
    return () if text in {"PASS", ".", ""} else tuple(text.split(";"))


def joined(variants: Iterable[StructuralVariant]) -> Iterator[StructuralVariant]:
    """
    Keep one of a breakend and its mate, the first; an interval the mate tells is kept with it.

    >>> from gennet.genomics.structural.variant import Kind, Mate
    >>> near = StructuralVariant(Kind.BREAKEND, "1", 40, 40, mate=Mate("2", 70, True, False))
    >>> len(list(joined([near, other_side(near)])))
    1
    """
    return (variant for _, variant in _joined(variants))


def joined_entries(entries: Iterable[Entry]) -> list[Entry]:
    """Keep one of a breakend and its mate, as `joined` does, with the line it stands in."""
    held = list(entries)
    return [held[at]._replace(variant=variant) for at, variant in _joined(entry.variant for entry in held)]


def _joined(variants: Iterable[StructuralVariant]) -> list[tuple[int, StructuralVariant]]:
    held = list[tuple[int, StructuralVariant]]()
    waiting = dict[tuple[object, ...], list[int]]()
    for at, variant in enumerate(variants):
        if variant.mate is not None:
            mates = waiting.get(_join(other_side(variant)))
            if mates:
                first = mates.pop(0)
                row, kept = held[first]
                if kept.end_interval == (0, 0):
                    held[first] = row, replace(kept, end_interval=variant.position_interval)
                continue
            waiting.setdefault(_join(variant), []).append(len(held))
        held.append((at, variant))
    return held


def _join(variant: StructuralVariant) -> tuple[object, ...]:
    mate = variant.mate
    if mate is None:
        return ()
    here = (chromosome_code(variant.chromosome) or variant.chromosome, variant.position, mate.own_forward)
    return (*here, chromosome_code(mate.chromosome) or mate.chromosome, mate.position, mate.forward)
