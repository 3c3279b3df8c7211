"""Sources that are a VCF: their lines split by alternate allele."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gennet.errors import InvalidContent, UnreadableFile
from gennet.genomics.annotation import fields
from gennet.genomics.annotation.layouts import LAYOUTS, Kind
from gennet.genomics.annotation.sources import Row, Source
from gennet.genomics.builds import Build, chromosome_code, detect_build

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from pathlib import Path

    from gennet.genomics.annotation.sources import Reader

_BASES = re.compile(rb"[ACGTNacgtn]+$")
_INFO = re.compile(r"##INFO=<ID=([^,]+),Number=([^,]+)")
_HEAD_LINES = 100_000


def sites_vcf(path: Path, first: bytes, lines: Iterator[tuple[int, bytes]]) -> Source:
    """
    Read a sites VCF of ClinVar, gnomAD or dbSNP.

    Raises
    ------
    UnreadableFile, InvalidContent
        It is none of these, cut short, or a line cannot be true.
    """
    head = [first.decode()]
    for number, line in lines:
        if line.startswith(b"#CHROM\t"):
            break
        if not line.startswith(b"##") or number > _HEAD_LINES:
            raise UnreadableFile("the VCF has no #CHROM line", place=path.name, remedy="copy the file again")
        head.append(line.decode())
    else:
        raise UnreadableFile("the VCF ends in its header", place=path.name, remedy="copy the file again")
    numbers = {match[1]: match[2] for line in head if (match := _INFO.match(line))}
    build = detect_build(head, place=path.name)
    said = {line.partition("=")[0]: line.partition("=")[2] for line in head}
    if "CLNSIG" in numbers:
        return _source(path, Kind.ASSERTIONS, build, said.get("##fileDate", ""), lines, fields.assertion)
    if "##dbSNP_BUILD_ID" in said:
        return _source(path, Kind.NAMES, build, said["##dbSNP_BUILD_ID"], lines, fields.name)
    for suffix in ("", "_joint"):
        if f"AC{suffix}" in numbers and f"AN{suffix}" in numbers:
            return _source(path, Kind.FREQUENCIES, build, "", lines, fields.frequency(suffix, numbers))
    raise UnreadableFile(
        "this VCF is none of ClinVar, gnomAD or dbSNP: it has no CLNSIG, no AC with AN, no dbSNP build",
        place=path.name,
        remedy="give their sites VCF, or a table of scores",
    )


def _source(
    path: Path, kind: Kind, build: Build | None, version: str, lines: Iterator[tuple[int, bytes]], read: Reader
) -> Source:
    made = Source(path, kind, LAYOUTS[kind], build, version, iter(()))
    made.read, made.rows = read, rows_of(lines, read, path.name, made.set_aside)
    return made


def rows_of(lines: Iterator[tuple[int, bytes]], read: Reader, place: str, aside: Counter[str]) -> Iterator[Row]:
    """
    Read numbered lines of a VCF, a row for each alternate in bases; others are counted in `aside`.

    Raises
    ------
    InvalidContent
        A line cannot be true; the place is its number.
    """
    codes = dict[bytes, int]()
    for number, line in lines:
        if not line:
            continue
        cells = line.split(b"\t", 8)
        if len(cells) < 8 or not cells[1].isdigit() or not _BASES.match(cells[3]):
            raise InvalidContent(
                f"{line[:40].decode(errors='replace')!r} is no line of a VCF",
                place=f"{place}: line {number}",
                remedy="copy the file again",
            )
        code = codes.get(cells[0])
        if code is None:
            code = codes[cells[0]] = chromosome_code(cells[0].decode())
        if not code:
            aside["on other contigs than 1-22, X, Y, MT"] += 1
            continue
        position, reference, info = int(cells[1]), cells[3].decode().upper(), b";" + cells[7]
        alternates = cells[4].split(b",")
        for at, alternate in enumerate(alternates):
            if not _BASES.match(alternate):
                aside["without an alternate in bases"] += 1
                continue
            values = read(cells[2], cells[6], info, at, len(alternates))
            yield Row(code, position, reference, alternate.decode().upper(), values, number)
