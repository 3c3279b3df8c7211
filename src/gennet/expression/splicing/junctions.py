"""Junctions of spliced reads: counted from BAM, or read from the tables of the usual programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.alignments import open_alignments
from gennet.core.files import head, read_text
from gennet.core.study import silent
from gennet.errors import BadInput, InvalidContent, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from gennet.core.study import Watch

_SKIPPED_READ = 0x4 | 0x100 | 0x200 | 0x400
_MATCH, _INSERT, _DELETE, _SKIP, _EQUAL, _DIFFERENT = 0, 1, 2, 3, 7, 8
_STRANDS = {"0": ".", "1": "+", "2": "-"}


@dataclass(frozen=True, slots=True, order=True)
class Intron:
    """A stretch of the genome that reads jump over."""

    chromosome: str
    start: int
    """1-based: its first base."""
    end: int
    """1-based: its last base."""
    strand: str = "."


@dataclass(frozen=True, slots=True, eq=False)
class JunctionCounts:
    """
    Reads across each intron in each sample.

    >>> JunctionCounts(("s",), (Intron("1", 11, 20),), np.array([[5]])).counts.tolist()
    [[5]]
    """

    samples: tuple[str, ...]
    introns: tuple[Intron, ...]
    """Sorted, each once."""
    counts: NDArray[np.int64]
    """Introns x samples."""


def count_junctions(
    path: Path, *, least_quality: int = 20, anchor: int = 8, watch: Watch = silent
) -> dict[Intron, int]:
    """
    Count the reads of a sorted, indexed BAM that jump over each intron.

    Parameters
    ----------
    least_quality
        Mapping quality; spliced reads that map to several places are left out by 20 and more.
    anchor
        Bases that must match on both sides of the jump.

    Raises
    ------
    MissingFile, UnreadableFile
        It, or its index, is not there, or no alignment file.
    """
    found: Counter[Intron] = Counter()
    with open_alignments(path) as reads:
        before = np.concatenate([[0], np.cumsum(reads.lengths)]).tolist()
        for number, read in enumerate(reads.fetch(until_eof=True)):
            if read.flag & _SKIPPED_READ or read.mapping_quality < least_quality:
                continue
            if not number & 0x3FFF:
                watch("counting junctions", before[read.reference_id] + read.reference_start, before[-1])
            cigar = read.cigartuples
            if cigar is None or not any(code == _SKIP for code, _ in cigar):
                continue
            strand = str(read.get_tag("XS")) if read.has_tag("XS") else "."
            for start, end in jumps(cigar, read.reference_start, anchor):
                found[Intron(read.reference_name, start + 1, end, strand)] += 1
    return dict(found)


def jumps(cigar: Sequence[tuple[int, int]], position: int, anchor: int) -> Iterator[tuple[int, int]]:
    """
    Yield the jumps of one alignment, [start, end) 0-based, that have enough matching bases on both sides.

    >>> list(jumps([(0, 10), (3, 100), (0, 5)], 1000, 5)), list(jumps([(0, 10), (3, 100), (0, 5)], 1000, 8))
    ([(1010, 1110)], [])
    """
    at, found = position, list[tuple[int, int, int]]()
    exons = [0]
    for code, size in cigar:
        if code == _SKIP:
            found.append((at, at + size, len(exons) - 1))
            exons.append(0)
        if code in (_MATCH, _EQUAL, _DIFFERENT):
            exons[-1] += size
        if code in (_MATCH, _EQUAL, _DIFFERENT, _DELETE, _SKIP):
            at += size
    for start, end, exon in found:
        if exons[exon] >= anchor and exons[exon + 1] >= anchor:
            yield start, end


def read_junctions(path: Path) -> dict[Intron, int]:
    """
    Read one sample's junctions: STAR's SJ.out.tab, a BED of 12 columns as regtools writes, or count a BAM.

    Of STAR the reads that map to one place count. The introns of a BED lie between its two blocks.

    Raises
    ------
    InvalidContent
        A line is of none of these forms.
    """
    start = head(path, 4)
    if start.startswith((b"\x1f\x8b\x08\x04", b"CRAM", b"BAM\x01")) and path.name.endswith((".bam", ".cram")):
        return count_junctions(path)
    found: Counter[Intron] = Counter()
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip() or line.startswith(("#", "track")):
            continue
        fields, place = line.split("\t"), f"{path.name}: line {number}"
        try:
            intron, reads = _bed(fields) if len(fields) >= 12 else _star(fields)
        except (ValueError, IndexError, KeyError):
            raise InvalidContent(
                "neither a junction of STAR (9 columns) nor of regtools (BED of 12 columns)", place=place,
                remedy="give SJ.out.tab, or the output of: regtools junctions extract",
            ) from None  # fmt: skip
        if intron.start > intron.end or reads < 0:
            raise InvalidContent("the junction ends before it starts", place=place, remedy="write the file again")
        found[intron] += reads
    return dict(found)


def _star(fields: list[str]) -> tuple[Intron, int]:
    if len(fields) != 9:
        raise ValueError
    return Intron(fields[0], int(fields[1]), int(fields[2]), _STRANDS[fields[3]]), int(fields[6])


def _bed(fields: list[str]) -> tuple[Intron, int]:
    start, end = int(fields[1]), int(fields[2])
    left, right = (int(size) for size in fields[10].rstrip(",").split(",")[:2])
    return Intron(fields[0], start + left + 1, end - right, fields[5]), int(fields[4])


def joined(samples: Mapping[str, Mapping[Intron, int]]) -> JunctionCounts:
    """Put samples together; an intron that a sample lacks has no read there."""
    introns = sorted({intron for found in samples.values() for intron in found})
    at = {intron: i for i, intron in enumerate(introns)}
    counts = np.zeros((len(introns), len(samples)), np.int64)
    for column, found in enumerate(samples.values()):
        for intron, reads in found.items():
            counts[at[intron], column] = reads
    return JunctionCounts(tuple(samples), tuple(introns), counts)


def read_leafcutter(path: Path) -> JunctionCounts:
    """
    Read a table of LeafCutter: ``chrom:start:end:clu_1_+`` and a count, or count/total, for each sample.

    Raises
    ------
    UnreadableFile
        It has no such lines.
    InvalidContent
        A line has another number of columns, or no count.
    """
    lines = read_text(path).splitlines()
    if len(lines) < 2 or ":clu_" not in lines[1]:
        raise UnreadableFile("not a table of LeafCutter", place=path.name, remedy="give *_perind_numers.counts.gz")
    samples = [name for name in lines[0].split() if name != "chrom"]
    introns, rows = list[Intron](), list[list[int]]()
    for number, line in enumerate(lines[1:], start=2):
        name, *values = line.split()
        parts = name.split(":")
        try:
            counts = [int(float(value.split("/")[0])) for value in values]
            # LeafCutter's start and end are the neighbouring exon bases.
            intron = Intron(
                parts[0], int(parts[1]) + 1, int(parts[2]) - 1, parts[3][-1] if parts[3][-1] in "+-" else "."
            )
        except (ValueError, IndexError):
            counts, intron = [], Intron("", 0, 0)
        if len(counts) != len(samples):
            raise InvalidContent(
                f"{len(counts)} counts for {len(samples)} samples", place=f"{path.name}: line {number}",
                remedy="give *_perind_numers.counts.gz as LeafCutter writes it",
            )  # fmt: skip
        introns.append(intron)
        rows.append(counts)
    order = sorted(range(len(introns)), key=lambda i: introns[i])
    if len(set(introns)) < len(introns):
        raise BadInput("an intron stands in two lines", place=path.name, remedy="give one table of one run")
    return JunctionCounts(
        tuple(samples), tuple(introns[i] for i in order), np.array([rows[i] for i in order], np.int64)
    )
