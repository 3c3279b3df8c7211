"""What a join of two places means: deletion, duplication, inversion, insertion or breakend."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gennet.genomics.structural.clustering import Candidate
from gennet.genomics.structural.variant import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gennet.genomics.fasta import Reference

_WALK = 2_000
_SAME = 10
"""Bases within which two candidates of a kind are one event."""
_CELL = 2_000
_INVERTED = 200


@dataclass(slots=True)
class Event:
    """A kind of variant with the one or two joins that show it."""

    kind: Kind
    joins: tuple[Candidate, ...]
    position: int
    """As `StructuralVariant.position`."""
    end: int
    length: int | None

    @property
    def weight(self) -> int:
        """Fragments that speak for it."""
        return sum(join.weight for join in self.joins)


def left_aligned(join: Candidate, names: Sequence[str], reference: Reference) -> Candidate:
    """Move a join within one contig as far left as equal bases allow, so that one event has one name."""
    if join.contig != join.other_contig or join.forward == join.other_forward or not join.precise:
        return join
    low, high = join.position, join.other_position
    if join.insertion:
        return _left_insertion(join, names, reference)
    if join.inserted:
        return join
    reach = min(_WALK, low - 1)
    name = names[join.contig]
    before = reference.fetch(name, low - 1 - reach, low)
    after = reference.fetch(name, high - 1 - reach, high)
    steps = 0
    if join.forward:  # deletion: the last kept base against the last lost one
        while steps < reach - 1 and before[-1 - steps] == after[-2 - steps] != "N":
            steps += 1
    else:  # duplication: the base before the first copied one against the last copied one
        while steps < reach - 1 and before[-2 - steps] == after[-1 - steps] != "N":
            steps += 1
    return replace(join, position=low - steps, other_position=high - steps)


def _left_insertion(join: Candidate, names: Sequence[str], reference: Reference) -> Candidate:
    if not join.inserted:
        return join
    at, bases = join.position, join.inserted
    stretch = reference.fetch(names[join.contig], max(at - _WALK, 0), at)
    while stretch and bases[-1] == stretch[-1] != "N":
        bases, stretch, at = stretch[-1] + bases[:-1], stretch[:-1], at - 1
    return replace(join, position=at, other_position=at + 1, inserted=bases)


def as_duplication(join: Candidate, names: Sequence[str], reference: Reference) -> Candidate:
    """Name an insertion that repeats the bases after it a tandem duplication."""
    if not join.insertion or len(join.inserted) != join.length:
        return join
    following = reference.fetch(names[join.contig], join.position, join.position + join.length)
    different = sum(a != b for a, b in zip(following, join.inserted, strict=True))
    if different > 0.05 * join.length:
        return join
    first, last = join.position + 1, join.position + join.length
    return replace(join, position=first, forward=False, other_position=last, other_forward=True, inserted="", length=0)


def merged(joins: Iterable[Candidate]) -> list[Candidate]:
    """Put candidates together that are the same event; the exact ones give the place."""
    made: dict[tuple[object, ...], list[Candidate]] = {}
    for join in sorted(joins, key=lambda j: (not j.precise, -j.weight, j.contig, j.position, j.other_position)):
        kind = (join.contig, join.other_contig, join.forward, join.other_forward, join.insertion)
        cell = join.position // _CELL
        near = (m for c in (cell - 1, cell, cell + 1) for m in made.get((*kind, c), ()))
        same = next((m for m in near if _one_event(m, join)), None)
        if same is None:
            made.setdefault((*kind, cell), []).append(join)
            continue
        same.reads |= join.reads
        same.pairs |= join.pairs
        if len(join.inserted) == join.length > 0 and not same.inserted:
            same.inserted, same.length = join.inserted, join.length
    return [join for cell in made.values() for join in cell]


def _one_event(one: Candidate, two: Candidate) -> bool:
    slack = _SAME
    for m in (one, two):
        slack = max(slack, m.position_interval[1] - m.position_interval[0], m.other_interval[1] - m.other_interval[0])
    if one.insertion:
        return abs(one.position - two.position) <= 5 * slack
    return abs(one.position - two.position) <= slack and abs(one.other_position - two.other_position) <= slack


def events(joins: Sequence[Candidate]) -> list[Event]:
    """Name each join; the two joins of an inversion become one event."""
    made, inverted = [], []
    for join in joins:
        if join.insertion:
            made.append(Event(Kind.INSERTION, (join,), join.position, join.position, join.length))
        elif join.contig != join.other_contig:
            made.append(Event(Kind.BREAKEND, (join,), join.position, join.position, None))
        elif join.forward == join.other_forward:
            inverted.append(join)
        elif join.forward:
            made.append(_deletion(join))
        else:
            length = join.other_position - join.position + 1
            made.append(Event(Kind.DUPLICATION, (join,), join.position - 1, join.other_position, length))
    return made + _inversions(inverted)


def _deletion(join: Candidate) -> Event:
    lost = join.other_position - join.position - 1
    if lost < len(join.inserted):  # more comes than goes
        return Event(Kind.INSERTION, (join,), join.position, join.position, len(join.inserted) - lost)
    return Event(Kind.DELETION, (join,), join.position, join.other_position - 1, lost)


def _inversions(joins: list[Candidate]) -> list[Event]:
    left = [j for j in joins if j.forward]
    right = [j for j in joins if not j.forward]
    made = []
    for one in sorted(left, key=lambda j: -j.weight):
        near = [j for j in right if _mates(one, j)]
        if not near:
            made.append(_inverted((one,), one.position, one.other_position))
            continue
        two = min(near, key=lambda j: abs(j.position - one.position) + abs(j.other_position - one.other_position))
        right.remove(two)
        best = one if (one.precise, one.weight) >= (two.precise, two.weight) else two
        shift = 0 if best is one else 1
        made.append(_inverted((one, two), best.position - shift, best.other_position - shift))
    return made + [_inverted((j,), j.position - 1, j.other_position - 1) for j in right]


def _mates(one: Candidate, two: Candidate) -> bool:
    size = one.other_position - one.position
    slack = min(_INVERTED, max(size // 2, 20)) if one.precise and two.precise else 2 * _INVERTED
    return (
        one.contig == two.contig
        and abs(one.position - two.position) <= slack
        and abs(one.other_position - two.other_position) <= slack
    )


def _inverted(joins: tuple[Candidate, ...], position: int, end: int) -> Event:
    return Event(Kind.INVERSION, joins, position, end, end - position)
