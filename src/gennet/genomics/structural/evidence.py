"""What reads say about breakpoints: one pass over the alignments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

import numpy as np

from gennet.genomics.consequences.codes import reverse_complement
from gennet.genomics.structural.library import (
    DUPLICATE,
    FAILED,
    MATE_REVERSE,
    MATE_UNMAPPED,
    PAIRED,
    REVERSE,
    SECONDARY,
    SKIPPED,
    SUPPLEMENTARY,
    UNMAPPED,
    Library,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from gennet.core.study import Watch

_CIGAR = re.compile(r"(\d+)([MIDNSHP=X])")
MATCH, INSERT, DELETE, SKIP, SOFT, HARD, PAD, EQUAL, DIFFERENT = range(9)
_CODES = {letter: code for code, letter in enumerate("MIDNSHP=X")}
BIN = 100
"""Bases in which reads that start are counted together."""
LEFT, RIGHT = True, False
"""Which side of a breakpoint is kept: values of `forward`."""
CLIP = 12
"""Bases of a soft clip from which on it is looked at."""
GAP = 30
"""Bases of an insertion or deletion inside a read from which on it is looked at."""
_UNPLACED = 50_000
_NEAR_GAPS = 0.1
"""Gaps of one read this share of their size apart (at least 50 bases) are one event, cut up by sequencing errors."""


class Source(IntEnum):
    """Where a join was seen."""

    SPLIT = 0
    """Inside a read: two alignments of it."""
    GAP = 1
    """Inside a read: an insertion or deletion in its alignment."""
    PAIR = 2
    """Between the reads of a pair: the breakpoints lie beyond their ends."""


class Join(NamedTuple):
    """
    Two places that a read or pair joins; the first is the smaller.

    Positions are 1-based bases that are kept: `forward` keeps what lies left of it, else what lies right.
    """

    contig: int
    position: int
    forward: bool
    other_contig: int
    other_position: int
    other_forward: bool
    inserted: str
    """Bases of the read between the two, reading away from the first."""
    length: int
    """Of an insertion inside an alignment (then both positions are the same place); 0 otherwise."""
    quality: int
    """Mean mapping quality of both sides."""
    name: int
    """A digest of the fragment's name."""
    source: Source


class Clip(NamedTuple):
    """A read that stops matching at a place."""

    contig: int
    position: int
    """1-based: the last base that matches."""
    forward: bool
    """Whether it matches left of the position."""
    bases: str
    """What it reads beyond, in reading direction away from the position (reverse complement where `forward` is False)."""
    quality: int
    name: int


@dataclass(slots=True)
class Evidence:
    """All that was seen."""

    joins: list[Join] = field(default_factory=list)
    clips: list[Clip] = field(default_factory=list)
    orphans: list[Clip] = field(default_factory=list)
    """Reads whose mates lie at the place but which do not map: maybe inside an insertion. Bases as away from the mate."""
    unplaced: list[str] = field(default_factory=list)
    """Reads of pairs of which neither maps; empty when they are so many that they tell nothing."""
    bases: int = 0
    """Aligned bases."""
    starts: list[NDArray[np.int32]] = field(default_factory=list)
    """For each contig, how many reads start in each bin of `BIN` bases."""


class _Segment(NamedTuple):
    """One alignment of a read, in coordinates of the read as sequenced."""

    contig: int
    start: int
    """0-based on the reference."""
    end: int
    forward: bool
    first: int
    """0-based in the read."""
    last: int
    quality: int


def gather(alignments: Any, library: Library, least_quality: int, watch: Watch) -> Evidence:  # noqa: ANN401
    """Pass over all alignments once; `alignments` is an open pysam file."""
    found = Evidence(starts=[np.zeros(length // BIN + 1, np.int32) for length in alignments.lengths])
    numbers = {name: i for i, name in enumerate(alignments.references)}
    before = np.concatenate([[0], np.cumsum(alignments.lengths)]).tolist()
    waiting: dict[str, tuple[int, int, bool, int]] = {}
    for count, read in enumerate(alignments.fetch(until_eof=True)):
        flag = read.flag
        if flag & SKIPPED:
            if flag & PAIRED and flag & UNMAPPED:
                _unmapped(read, flag, found)
            continue
        if not count & 0x3FFF:
            watch("reading alignments", before[read.reference_id] + read.reference_start, before[-1])
        found.bases += read.query_alignment_length
        if flag & SUPPLEMENTARY:
            continue
        found.starts[read.reference_id][read.reference_start // BIN] += 1
        if read.mapping_quality < least_quality:
            continue
        cigar = read.cigartuples
        if cigar is not None and len(cigar) > 1:
            name = crc32(read.query_name.encode())
            found.joins.extend(_gaps(read, cigar, name))
            _ends(read, cigar, name, numbers, least_quality, found)
        if library.paired and flag & PAIRED and not flag & MATE_UNMAPPED and out_of_place(read, flag, library):
            _paired(read, waiting, found)
    if len(found.unplaced) > _UNPLACED:
        found.unplaced.clear()
    return found


def _unmapped(read: Any, flag: int, found: Evidence) -> None:  # noqa: ANN401
    if flag & (SECONDARY | SUPPLEMENTARY | DUPLICATE | FAILED):
        return
    if not flag & MATE_UNMAPPED:
        found.orphans.append(_orphan(read, flag))
    elif len(found.unplaced) <= _UNPLACED:
        found.unplaced.append(read.query_sequence)


def _paired(read: Any, waiting: dict[str, tuple[int, int, bool, int]], found: Evidence) -> None:  # noqa: ANN401
    mate = waiting.pop(read.query_name, None)
    if mate is None:
        waiting[read.query_name] = _end_of(read)
    else:
        found.joins.append(_pair(mate, _end_of(read), crc32(read.query_name.encode())))


def out_of_place(read: Any, flag: int, library: Library) -> bool:  # noqa: ANN401
    """Tell whether a pair is on two contigs, too far apart, or does not face each other."""
    if read.next_reference_id != read.reference_id or bool(flag & REVERSE) == bool(flag & MATE_REVERSE):
        return True
    if abs(read.template_length) > library.longest:
        return True
    own, mate = read.reference_start, read.next_reference_start
    # The forward read must not start beyond the backward one.
    return bool((own > mate) if not flag & REVERSE else (own < mate))


def _end_of(read: Any) -> tuple[int, int, bool, int]:  # noqa: ANN401
    forward = not read.is_reverse
    inner = read.reference_end if forward else read.reference_start + 1
    return read.reference_id, inner, forward, read.mapping_quality


def _pair(one: tuple[int, int, bool, int], two: tuple[int, int, bool, int], name: int) -> Join:
    (a, p, f, q), (b, r, g, s) = sorted((one, two))
    return Join(a, p, f, b, r, g, "", 0, (q + s) // 2, name, Source.PAIR)


def _orphan(read: Any, flag: int) -> Clip:  # noqa: ANN401
    mate_forward = not flag & MATE_REVERSE
    # The mate reads towards this one, which is therefore its reverse complement along the mate's direction.
    return Clip(
        read.next_reference_id, read.next_reference_start + 1, mate_forward, reverse_complement(read.query_sequence), 0,
        crc32(read.query_name.encode()),
    )  # fmt: skip


def _gaps(read: Any, cigar: Sequence[tuple[int, int]], name: int) -> Iterator[Join]:  # noqa: ANN401
    held: list[tuple[int, int, int, int, int]] = []
    at, query = read.reference_start, 0
    for code, size in cigar:
        if code == INSERT:
            if size >= GAP:
                held.append((INSERT, at, size, query, size))
            query += size
        elif code == DELETE:
            if size >= GAP:
                held.append((DELETE, at, size, query, 0))
            at += size
        elif code in (MATCH, EQUAL, DIFFERENT):
            at += size
            query += size
        elif code == SKIP:
            at += size
        elif code == SOFT:
            query += size
    for code, at, size, query, taken in _whole(held):
        contig, quality = read.reference_id, read.mapping_quality
        if code == DELETE:
            yield Join(contig, at, LEFT, contig, at + size + 1, RIGHT, "", 0, quality, name, Source.GAP)
        else:
            bases = read.query_sequence[query : query + taken] if taken == size else ""
            yield Join(contig, at, LEFT, contig, at + 1, RIGHT, bases, size, quality, name, Source.GAP)


def _whole(held: list[tuple[int, int, int, int, int]]) -> list[tuple[int, int, int, int, int]]:
    """Put gaps of a kind together that lie close: an error-rich alignment cuts one event into several."""
    made: list[tuple[int, int, int, int, int]] = []
    for code, at, size, query, taken in held:
        if made and made[-1][0] == code:
            _, last, before, first, had = made[-1]
            reach = last + (before if code == DELETE else 0)
            if at - reach <= max(50, _NEAR_GAPS * (size + before)):
                made[-1] = (code, last, before + size, first, had)
                continue
        made.append((code, at, size, query, taken))
    return made


def _ends(
    read: Any,  # noqa: ANN401
    cigar: Sequence[tuple[int, int]],
    name: int,
    numbers: dict[str, int],
    least_quality: int,
    found: Evidence,
) -> None:
    left, right = _clipped(cigar[0]), _clipped(cigar[-1])
    if max(left, right) < CLIP:
        return
    if read.has_tag("SA"):
        own = _segment(read.reference_id, read.reference_start, not read.is_reverse, cigar, read.mapping_quality)
        parts = [own, *_others(read.get_tag("SA"), numbers, least_quality)]
        if len(parts) > 1:
            found.joins.extend(_splits(parts, read, name))
    bases = read.query_sequence
    if bases is None:
        return
    if right >= CLIP and cigar[-1][0] == SOFT:
        beyond = bases[len(bases) - right :]
        found.clips.append(Clip(read.reference_id, read.reference_end, LEFT, beyond, read.mapping_quality, name))
    if left >= CLIP and cigar[0][0] == SOFT:
        beyond = reverse_complement(bases[:left])
        position = read.reference_start + 1
        found.clips.append(Clip(read.reference_id, position, RIGHT, beyond, read.mapping_quality, name))


def _clipped(part: tuple[int, int]) -> int:
    return part[1] if part[0] in (SOFT, HARD) else 0


def _segment(contig: int, start: int, forward: bool, cigar: Sequence[tuple[int, int]], quality: int) -> _Segment:
    left, right = _clipped(cigar[0]), _clipped(cigar[-1])
    query = sum(size for code, size in cigar if code in (MATCH, INSERT, EQUAL, DIFFERENT))
    length = sum(size for code, size in cigar if code in (MATCH, DELETE, SKIP, EQUAL, DIFFERENT))
    first = left if forward else right
    return _Segment(contig, start, start + length, forward, first, first + query, quality)


def _others(tag: str, numbers: dict[str, int], least_quality: int) -> Iterator[_Segment]:
    for text in tag.rstrip(";").split(";"):
        contig, position, strand, cigar, quality, _ = text.split(",")
        parts = [(_CODES[letter], int(size)) for size, letter in _CIGAR.findall(cigar)]
        if int(quality) >= least_quality:
            yield _segment(numbers[contig], int(position) - 1, strand == "+", parts, int(quality))


def _splits(parts: list[_Segment], read: Any, name: int) -> Iterator[Join]:  # noqa: ANN401
    parts.sort(key=lambda s: (s.first, s.last))
    whole = read.query_sequence
    if whole is not None and read.is_reverse:
        whole = reverse_complement(whole)
    for one, two in pairwise(parts):
        overlap = one.last - two.first
        if overlap >= min(one.last - one.first, two.last - two.first):
            continue
        # The first part ends, and the second begins, at the join.
        a = (one.contig, one.end if one.forward else one.start + 1, one.forward)
        b = (two.contig, two.start + 1 if two.forward else two.end, not two.forward)
        flipped = (a[0], a[1]) > (b[0], b[1])
        low, high = (b, a) if flipped else (a, b)
        if overlap > 0:  # shared bases stay with the smaller place, whichever way the read runs
            high = (high[0], high[1] - overlap if high[2] else high[1] + overlap, high[2])
        between = whole[one.last : two.first] if whole is not None and overlap < 0 else ""
        if low[0] == high[0] and low[1] > high[1]:
            continue  # a repeat longer than the event: the place is not told
        yield Join(
            *low,
            *high,
            reverse_complement(between) if flipped else between,
            0,
            (one.quality + two.quality) // 2,
            name,
            Source.SPLIT,
        )
