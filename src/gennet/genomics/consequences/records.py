"""Lines of a VCF as this part needs them: all alleles, and the haplotypes of the samples asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from gennet.core.files import chunks_of, utf8
from gennet.errors import InvalidContent, UnknownName, UnreadableFile
from gennet.genomics.names import near

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ALLELE = re.compile(r"[ACGTNacgtn]+$")
_REFERENCE = re.compile(r"[ACGTNRYSWKMBDHVacgtnryswkmbdhv]+$")
_FIXED = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")


@dataclass(frozen=True, slots=True)
class Genotype:
    """Alleles a sample carries at a line, by number; -1 where not called."""

    alleles: tuple[int, ...]
    phased: bool


class Record(NamedTuple):
    """A line of a VCF."""

    contig: str
    position: int
    """0-based."""
    reference: str
    alternates: tuple[str, ...]
    """In capitals; empty where an allele is symbolic (``<DEL>``, ``*``), about which nothing is said."""
    genotypes: tuple[Genotype, ...] = ()
    line: int = 0
    written: str = ""
    """The line itself."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a VCF."""

    lines: tuple[str, ...]
    """All ``##`` lines."""
    columns: str
    samples: tuple[str, ...]


def read_records(path: Path, samples: tuple[str, ...] | None = None) -> tuple[Head, Iterator[Record]]:
    """
    Read a VCF, plain or bgzipped; `samples` None reads no genotypes.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent, UnknownName
        It is not there, not VCF, cut short, holds a line that cannot be true, or lacks a sample.
    """
    lines = _lines(path)
    head, count = _head(lines, path.name)
    if samples is not None:
        for sample in samples:
            if sample not in head.samples:
                raise UnknownName(f"no sample {sample!r}", place=path.name, remedy=near(sample, head.samples))
    columns = [9 + head.samples.index(sample) for sample in samples or ()]
    return head, _records(lines, count, columns, len(head.samples), path.name)


def _lines(path: Path) -> Iterator[str]:
    rest = b""
    for piece in utf8(chunks_of(path, chunk=1 << 20), path.name):
        data = rest + piece
        cut = data.rfind(b"\n") + 1
        yield from data[:cut].decode("utf-8", "replace").splitlines()
        rest = data[cut:]
    if rest:
        yield rest.decode("utf-8", "replace").rstrip("\r\n")


def _head(lines: Iterator[str], place: str) -> tuple[Head, int]:
    meta = list[str]()
    for number, line in enumerate(lines, start=1):
        if line.startswith("##"):
            meta.append(line)
            continue
        cells = line.split("\t")
        if tuple(cells[:8]) != _FIXED or not meta or not meta[0].startswith("##fileformat=VCF"):
            break
        return Head(tuple(meta), line, tuple(cells[9:])), number
    raise UnreadableFile("this is not a VCF with a #CHROM line", place=place, remedy="give a VCF, plain or bgzipped")


def _records(lines: Iterator[str], before: int, columns: list[int], samples: int, place: str) -> Iterator[Record]:
    width = 8 + (samples + 1 if samples else 0)
    for number, line in enumerate(lines, start=before + 1):
        if not line:
            continue
        cells = line.split("\t")
        where = f"{place}: line {number}"
        if len(cells) != width and not (not samples and len(cells) >= 8):
            raise InvalidContent(
                f"{len(cells)} columns where the header has {width}", place=where, remedy="copy the file again"
            )
        reference, alternates = _reference(cells[3]), _alternates(cells[4])
        if not cells[1].isdigit() or cells[1] == "0" or not reference:
            raise InvalidContent(
                f"{cells[1]} {cells[3][:20]} is no position and reference", place=where, remedy="correct the line"
            )
        yield Record(
            cells[0], int(cells[1]) - 1, reference, alternates,
            tuple(_genotype(cells[c], where) for c in columns) if columns and cells[8][:2] == "GT" else (), number, line,
        )  # fmt: skip


@lru_cache(maxsize=4096)
def _reference(text: str) -> str:
    return text.upper() if _REFERENCE.match(text) else ""


@lru_cache(maxsize=4096)
def _alternates(text: str) -> tuple[str, ...]:
    if text == ".":
        return ()
    return tuple(allele.upper() if _ALLELE.match(allele) else "" for allele in text.split(","))


def _genotype(text: str, place: str) -> Genotype:
    call = text.partition(":")[0]
    parts = re.split(r"[/|]", call.lstrip("/|"))
    try:
        alleles = tuple(-1 if part == "." else int(part) for part in parts)
    except ValueError:
        raise InvalidContent(f"GT {call[:20]!r} is not a genotype", place=place, remedy="correct the line") from None
    return Genotype(alleles, phased="|" in call or len(set(alleles)) == 1)
