"""From single pieces of evidence to candidates: groups that speak of the same two breakpoints."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from gennet.genomics.structural.evidence import Join, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gennet.genomics.structural.library import Library

_MOST = 2_000
"""Pieces of evidence compared with each: a pile of more is a repeat."""
_IMPRECISE = False
_SHORT_TOLERANCE = 5
_LONG_TOLERANCE = 100


@dataclass(slots=True)
class Candidate:
    """Two places that reads join; see `Join` for the meaning of `forward`."""

    contig: int
    position: int
    forward: bool
    other_contig: int
    other_position: int
    other_forward: bool
    inserted: str = ""
    length: int = 0
    precise: bool = True
    position_interval: tuple[int, int] = (0, 0)
    other_interval: tuple[int, int] = (0, 0)
    reads: set[int] = field(default_factory=set)
    """Fragments with a read across the join."""
    pairs: set[int] = field(default_factory=set)
    """Fragments whose reads lie on both sides of it."""
    quality: float = 0.0
    """Median mapping quality of the evidence."""

    @property
    def insertion(self) -> bool:
        """Whether nothing of the reference is lost and bases are gained at one place."""
        return self.length > 0

    @property
    def weight(self) -> int:
        """How many fragments speak for it."""
        return len(self.reads | self.pairs)


def _class(join: Join) -> tuple[int, int, bool, bool, bool]:
    return join.contig, join.other_contig, join.forward, join.other_forward, join.length > 0


def candidates(joins: Sequence[Join], library: Library) -> list[Candidate]:
    """Group joins; pairs that no exact candidate explains make candidates with wide breakpoints."""
    reads = sorted((j for j in joins if j.source is not Source.PAIR), key=_class)
    pairs = sorted((j for j in joins if j.source is Source.PAIR), key=_class)
    tolerance = _LONG_TOLERANCE if library.long_reads else _SHORT_TOLERANCE
    made: dict[tuple[int, int, bool, bool, bool], list[Candidate]] = {}
    for kind, group in groupby(reads, key=_class):
        made[kind] = list(_exact(list(group), tolerance))
    for kind, group in groupby(pairs, key=_class):
        exact = made.setdefault(kind, [])
        left = _explained(list(group), exact, library)
        exact.extend(_wide(left, library))
    return [candidate for every in made.values() for candidate in every]


def _groups(
    joins: list[Join], third: np.ndarray, reach: int, far: int, slack: int
) -> Iterator[tuple[list[Join], np.ndarray]]:
    from gennet.genomics.structural._kernels import link

    first = np.array([j.position for j in joins], np.int64)
    order = np.argsort(first, kind="stable")
    second = np.array([j.other_position for j in joins], np.int64)
    parent = np.arange(len(joins))
    link(first[order], second[order], third[order], reach, far, slack, _MOST, parent)
    by_root = np.argsort(parent, kind="stable")
    edges = np.flatnonzero(np.diff(parent[by_root])) + 1
    for members in np.split(by_root, edges):
        rows = order[members]
        yield [joins[i] for i in rows.tolist()], rows


def _exact(joins: list[Join], tolerance: int) -> Iterator[Candidate]:
    length = np.array([j.length for j in joins], np.int64)
    size = np.array([j.other_position - j.position for j in joins], np.int64) if not length.any() else length
    far = tolerance if tolerance == _SHORT_TOLERANCE else 3 * tolerance
    for group, _ in _groups(joins, size, tolerance, far, far):
        yield _summary(group)


def _summary(group: list[Join]) -> Candidate:
    places = [(j.position, j.other_position, j.length) for j in group]
    # The place most reads agree on; among equals the one with most in the middle.
    middle = tuple(float(np.median(column)) for column in zip(*places, strict=True))
    votes = {place: places.count(place) for place in set(places)}
    top = max(votes.values())
    best = min(
        (place for place, n in votes.items() if n == top),
        key=lambda place: (sum(abs(a - b) for a, b in zip(place, middle, strict=True)), place),
    )
    chosen = [j for j, place in zip(group, places, strict=True) if place == best]
    inserted = max((j.inserted for j in chosen), key=lambda s: (sum(j.inserted == s for j in chosen), s))
    one = chosen[0]
    spread = [sorted(column) for column in zip(*places, strict=True)]
    interval = [(column[0] - at, column[-1] - at) for column, at in zip(spread, best, strict=True)]
    agreed = top >= 2 or len(group) < 3
    return Candidate(
        one.contig, best[0], one.forward, one.other_contig, best[1], one.other_forward, inserted, best[2], agreed,
        (0, 0) if agreed else interval[0], (0, 0) if agreed else interval[1],
        {j.name for j in group}, set(), float(np.median([j.quality for j in group])),
    )  # fmt: skip


def _explained(pairs: list[Join], exact: list[Candidate], library: Library) -> list[Join]:
    """Give pairs to the exact candidates through which their fragments have a usual length; return the others."""
    left = []
    order = sorted(exact, key=lambda c: c.position)
    starts = np.array([c.position for c in order], np.int64)
    reach = int(library.longest)
    for pair in pairs:
        low, high = np.searchsorted(starts, [pair.position - reach, pair.position + reach])
        fits = [
            c
            for c in order[low:high]
            if not c.insertion and library.shortest <= through(pair, c, library) <= library.longest
        ]
        if fits:
            best = max(fits, key=lambda c: (len(c.reads), -abs(c.position - pair.position)))
            best.pairs.add(pair.name)
        else:
            left.append(pair)
    return left


def through(pair: Join, candidate: Candidate, library: Library) -> float:
    """Return the length of a pair's fragment if it goes through a join; negative where a read lies beyond it."""
    one = (candidate.position - pair.position) * (1 if pair.forward else -1)
    two = (candidate.other_position - pair.other_position) * (1 if pair.other_forward else -1)
    if one < -10 or two < -10:  # a few bases of a read may stray across
        return -1.0
    return one + two + 2.0 * library.read_length + len(candidate.inserted)


def _wide(pairs: list[Join], library: Library) -> Iterator[Candidate]:
    if not pairs:
        return
    sign = np.array([(1 if j.forward else -1, 1 if j.other_forward else -1) for j in pairs], np.int64)
    places = np.array([(j.position, j.other_position) for j in pairs], np.int64)
    # The place of both ends may move along the fragment, but their sum along the reads only by its spread.
    total = (sign * places).sum(axis=1)
    reach = int(library.longest - library.read_length)
    for group, rows in _groups(pairs, total, reach, reach, int(6.0 * library.spread)):
        if len({j.name for j in group}) < 2:
            continue
        yield _between(group, places[rows], library)


def _between(group: list[Join], places: np.ndarray, library: Library) -> Candidate:
    one = group[0]
    room = library.median - 2.0 * library.read_length
    inner, width = [], []
    for column, forward in ((places[:, 0], one.forward), (places[:, 1], one.other_forward)):
        inner.append(int(column.max() if forward else column.min()))
        width.append(int(column.max() - column.min()))
    slack = max(int(room + 2.0 * library.spread - max(width)), 10)
    ends = []
    for at, forward in zip(inner, (one.forward, one.other_forward), strict=True):
        half = slack // 2
        ends.append((at + half if forward else at - half, (-half, half)))
    return Candidate(
        one.contig, ends[0][0], one.forward, one.other_contig, ends[1][0], one.other_forward, "", 0, _IMPRECISE,
        ends[0][1], ends[1][1], set(), {j.name for j in group}, float(np.median([j.quality for j in group])),
    )  # fmt: skip
