"""Piles of reads that stop matching at one base: breakpoints that no aligner has split."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from gennet.genomics.consequences.codes import reverse_complement
from gennet.genomics.structural.clustering import Candidate
from gennet.genomics.structural.evidence import LEFT, RIGHT, Clip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gennet.genomics.fasta import Reference
    from gennet.genomics.structural.evidence import Evidence
    from gennet.genomics.structural.library import Library

_TOGETHER = 3
"""Bases apart at which clips are of one pile."""
FEWEST = 3
"""Reads that make a pile."""
_LOOK = 2_000
"""Bases on both sides in which the continuation of a pile is looked for."""
_LEAST = 18
"""Bases of a continuation that are looked for, at least; at most three times as many."""
_DIFFERENT = 0.06
_STRAY = 20
_FACING = 40
"""Bases within which two piles face each other around an insertion."""
_OVERLAP = 16
_STEP = 20
"""Bases by which a read must overlap a growing insertion."""


@dataclass(frozen=True, slots=True)
class Pile:
    """Reads that stop at one place, and what they read beyond, most often."""

    contig: int
    position: int
    forward: bool
    bases: str
    names: frozenset[int]
    quality: float


def piles(clips: Sequence[Clip], *, fewest: int = FEWEST) -> list[Pile]:
    """Group clips that stop within a few bases of each other on the same side."""
    made = []
    ordered = sorted(clips, key=lambda c: (c.contig, c.forward, c.position, c.name))
    for _, side in groupby(ordered, key=lambda c: (c.contig, c.forward)):
        held: list[Clip] = []
        for clip in side:
            if held and clip.position - held[-1].position > _TOGETHER:
                made += _pile(held, fewest)
                held = []
            held.append(clip)
        made += _pile(held, fewest)
    return made


def _pile(held: list[Clip], fewest: int) -> list[Pile]:
    if len({c.name for c in held}) < fewest:
        return []
    places = [c.position for c in held]
    position = max(set(places), key=lambda p: (places.count(p), -p))
    bases = consensus([c.bases for c in held if c.position == position])
    if len(bases) < _LEAST:
        return []
    quality = float(np.median([c.quality for c in held]))
    return [Pile(held[0].contig, position, held[0].forward, bases, frozenset(c.name for c in held), quality)]


def consensus(reads: Sequence[str]) -> str:
    """
    Return the majority base of each column, up to where fewer than two reads reach or agree.

    >>> consensus(["ACGTT", "ACGA", "ACG"])
    'ACG'
    """
    made = []
    for column in range(max(map(len, reads), default=0)):
        here = [read[column] for read in reads if column < len(read)]
        best = max(set(here), key=lambda base: (here.count(base), base))
        if len(here) < 2 or 2 * here.count(best) <= len(here):
            break
        made.append(best)
    return "".join(made)


def continued(pile: Pile, window: tuple[int, int, int], names: Sequence[str], reference: Reference) -> Candidate | None:
    """
    Look for what a pile reads beyond, in a stretch of the reference: contig, first and last base (1-based).

    Returns the join, or None where the stretch holds no single place that fits.
    """
    from gennet.genomics.structural._kernels import best_place

    contig, first, last = window
    look = pile.bases[: 3 * _LEAST]
    length = reference.lengths[names[contig]]
    first, last = max(first, 1), min(last, length)
    if last - first + 1 <= len(look):
        return None
    stretch = _bytes(reference.fetch(names[contig], first - 1, last))
    most = int(_DIFFERENT * len(look))
    found = []
    for forward, bases in ((False, look), (True, reverse_complement(look))):
        where, different, ties = best_place(_bytes(bases), stretch, most)
        if where >= 0:
            at = first + where + (len(look) - 1 if forward else 0)
            found.append((different, ties, at, forward))
    found.sort()
    if not found or found[0][1] > 1 or (len(found) > 1 and found[1][0] == found[0][0]):
        return None
    _, _, at, forward = found[0]
    one, two = (pile.contig, pile.position, pile.forward), (contig, at, forward)
    low, high = sorted((one, two))
    return Candidate(*low, *high, reads=set(pile.names), quality=pile.quality)


def nearby(piled: Iterable[Pile], names: Sequence[str], reference: Reference) -> tuple[list[Candidate], list[Pile]]:
    """Find piles whose continuation lies close by; return the joins and the piles that stay unexplained."""
    found, left = list[Candidate](), list[Pile]()
    for pile in piled:
        window = pile.contig, pile.position - _LOOK, pile.position + _LOOK
        join = continued(pile, window, names, reference)
        if join is None:
            left.append(pile)
        else:
            found.append(join)
    return found, left


class _Piles:
    """Piles by place."""

    def __init__(self, piled: Iterable[Pile]) -> None:
        self._held = sorted(piled, key=lambda p: (p.contig, p.forward, p.position))
        self._keys = [(p.contig, p.forward, p.position) for p in self._held]

    def between(self, contig: int, forward: bool, first: int, last: int) -> list[Pile]:
        """Return the piles of a side in a stretch."""
        low, high = bisect_left(self._keys, (contig, forward, first)), bisect_right(self._keys, (contig, forward, last))
        return self._held[low:high]


def sharpened(
    wide: Sequence[Candidate], piled: Iterable[Pile], names: Sequence[str], reference: Reference, library: Library
) -> list[Candidate]:
    """Give candidates that only pairs speak for the breakpoints that clipped reads show, where they show them."""
    at = _Piles(piled)
    made = []
    for candidate in wide:
        found = [
            join
            for end, other in _both(candidate)
            for pile in at.between(end[0], end[2], end[1] + end[3][0] - _STRAY, end[1] + end[3][1] + _STRAY)
            if (join := _landing(pile, other, names, reference, library)) is not None
        ]
        best = max(found, key=lambda j: (len(j.reads), -j.position), default=candidate)
        if best is not candidate:
            best.pairs |= candidate.pairs
            best.quality = max(best.quality, candidate.quality)
        made.append(best)
    return made


_End = tuple[int, int, bool, tuple[int, int]]


def _both(candidate: Candidate) -> tuple[tuple[_End, _End], tuple[_End, _End]]:
    one = candidate.contig, candidate.position, candidate.forward, candidate.position_interval
    two = candidate.other_contig, candidate.other_position, candidate.other_forward, candidate.other_interval
    return (one, two), (two, one)


def _landing(pile: Pile, end: _End, names: Sequence[str], reference: Reference, library: Library) -> Candidate | None:
    """Look for a pile's continuation around the other end of a candidate, on the side that it keeps."""
    contig, at, forward, interval = end
    reach = int(library.longest)
    join = continued(pile, (contig, at + interval[0] - reach, at + interval[1] + reach), names, reference)
    if join is None:
        return None
    first = (join.contig, join.position) == (pile.contig, pile.position)
    return join if (join.other_forward if first else join.forward) == forward else None


def insertions(
    piled: Sequence[Pile], found: Evidence, names: Sequence[str], reference: Reference, library: Library
) -> Iterator[Candidate]:
    """Find piles that face each other: bases that the reference does not have, put together as far as reads reach."""
    rights = sorted((p for p in piled if p.forward), key=lambda p: (p.contig, p.position))
    lefts = sorted((p for p in piled if not p.forward), key=lambda p: (p.contig, p.position))
    keys = np.array([(p.contig << 32) + p.position for p in lefts], np.int64)
    loose = sorted((*found.orphans, *found.clips), key=lambda c: (c.contig, c.position))
    places = np.array([(c.contig << 32) + c.position for c in loose], np.int64)
    everywhere = _text(found.unplaced)
    reach = int(library.longest) + 200
    used: set[int] = set()
    for right in rights:
        key = (right.contig << 32) + right.position
        low, high = np.searchsorted(keys, [key - _FACING, key + _FACING + 1])
        options = [i for i in range(low, high) if i not in used]
        if not options:
            continue
        chosen = max(options, key=lambda i: (len(lefts[i].names), -abs(lefts[i].position - right.position)))
        used.add(chosen)
        a, b = np.searchsorted(places, [key - reach, key + reach])
        near = _text([c.bases for c in loose[a:b]])
        yield _inserted(right, lefts[chosen], near + everywhere, names[right.contig], reference)


def _inserted(right: Pile, left: Pile, pool: str, contig: str, reference: Reference) -> Candidate:
    start, end = right.bases, reverse_complement(left.bases)
    # What stands on both sides of the insertion, as its two ends run into it.
    before = reference.fetch(contig, right.position - _STEP, right.position)
    after = reference.fetch(contig, left.position - 1, left.position - 1 + _STEP)
    whole = _whole(start, end, before, after)
    if not whole:
        start, end = extended(start, pool), reverse_complement(extended(left.bases, pool))
        whole = _whole(start, end, before, after)
    # Bases between the two clips stand on both sides of the insertion: a duplicated target site.
    again = reference.fetch(contig, left.position - 1, right.position) if left.position <= right.position else ""
    return Candidate(
        right.contig, right.position, LEFT, right.contig, right.position + 1, RIGHT, whole and whole + again,
        len(whole + again) if whole else max(len(start), len(end)), reads=set(right.names | left.names),
        quality=min(right.quality, left.quality),
    )  # fmt: skip


def _whole(start: str, end: str, before: str, after: str) -> str:
    """Return the insertion: read through from one side to the other, or put together from both; empty if neither."""
    from gennet.genomics.structural._kernels import join_overlap

    if (at := start.find(after)) > 0:
        return start[:at]
    if 0 <= (at := end.rfind(before)) < len(end) - _STEP:
        return end[at + _STEP :]
    for size in range(min(len(start), len(end)), _OVERLAP - 1, -1):
        if sum(a != b for a, b in zip(start[:size], end[-size:], strict=True)) <= _DIFFERENT * size:
            return start[:size]
    size = join_overlap(_bytes(start), _bytes(end), _OVERLAP, _DIFFERENT)
    return start + end[size:] if size else ""


def _text(reads: Iterable[str]) -> str:
    """Put reads and their reverse complements behind each other, each after a new line."""
    return "".join(f"\n{read}\n{reverse_complement(read)}" for read in reads) + "\n"


def extended(bases: str, pool: str, longest: int = 3_000) -> str:
    r"""
    Lengthen a sequence by reads that overlap its end, as far as they agree; `pool` holds reads between new lines.

    >>> extended("AAAACCCCGGGGTTTTACGTA", "\nAAAACCCCGGGGTTTTACGTATTGGCC\nAAACCCCGGGGTTTTACGTATTGGCCA\n")
    'AAAACCCCGGGGTTTTACGTATTGGCC'
    """
    while len(bases) < longest:
        tail, further, at = bases[-_STEP:], [], pool.find(bases[-_STEP:])
        while at >= 0:
            further.append(pool[at + _STEP : pool.find("\n", at)])
            at = pool.find(tail, at + 1)
        more = consensus(further)
        if not more or bases.find((bases + more)[-_STEP:]) >= 0:  # nothing more, or it goes in a circle
            break
        bases += more
    return bases


def _bytes(bases: str) -> np.ndarray:
    return np.frombuffer(bases.encode(), np.uint8)
