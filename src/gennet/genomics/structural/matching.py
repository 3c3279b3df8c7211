"""When two structural variants are the same: kind, place, size, overlap and sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gennet.genomics.builds import chromosome_code
from gennet.genomics.consequences.codes import reverse_complement
from gennet.genomics.consequences.intervals import intervals
from gennet.genomics.structural.variant import Kind, Mate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gennet.genomics.fasta import Reference
    from gennet.genomics.structural.reading import Entry

_MOST_ROLLED = 500
"""Bases up to which the smallest rotations are compared."""
_MOST_FETCHED = 25_000
"""Bases up to which the sequence of a symbolic allele is read from the genome."""
Pairs = tuple["NDArray[np.intp]", "NDArray[np.intp]"]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two variants must be; the defaults are those of ``truvari bench``."""

    distance: int = 500
    """Bases by which the spans may lie apart."""
    size: float = 0.7
    """Smaller size divided by the larger, at least."""
    overlap: float = 0.0
    """Shared bases divided by those of the longer, at least; insertions span their length around their place."""
    sequence: float = 0.7
    """Similarity of sequences where both are known, at least."""
    ignore_kind: bool = False
    duplications_as_insertions: bool = False
    join_distance: int = 100
    """Bases by which each of two breakends is widened, besides its own interval."""
    joins_of_others: bool = True
    """Whether a breakend may match the joins of a deletion, duplication or inversion."""


class Alike(NamedTuple):
    """Two variants that match, by their numbers in the two lists."""

    first: int
    second: int
    score: float
    """0 to 100: the mean of sequence, size and overlap, where an unknown sequence counts 0."""
    size: float | None
    overlap: float | None
    sequence: float | None
    start: int
    """Distance of the starts: first minus second."""
    end: int


class Allele(NamedTuple):
    """What is compared of a variant."""

    kind: Kind
    contig: str | int
    """The code of a chromosome, so that chr1 and 1 meet; the name of any other contig."""
    start: int
    """0-based."""
    end: int
    size: int
    sequence: str
    """Deleted, inserted or inverted bases with the base before them; empty where not known."""
    mate: Mate | None
    position_interval: tuple[int, int]
    end_interval: tuple[int, int]


def allele_of(entry: Entry, reference: Reference | None = None, *, as_insertions: bool = False) -> Allele:
    """Take what is compared; the bases of a symbolic allele come from `reference` where one is given."""
    variant = entry.variant
    kind = variant.kind
    end, sequence = entry.end, entry.reference if kind is Kind.DELETION else entry.alternate
    if not entry.alternate:
        sequence = ""
        if reference is not None and variant.length and variant.length <= _MOST_FETCHED:
            sequence = _fetched(entry, reference, as_insertions=as_insertions)
            end = entry.start + 1 if sequence and kind is Kind.DUPLICATION else end
    return Allele(
        kind, chromosome_code(variant.chromosome) or variant.chromosome, entry.start, end, variant.length or 0,
        sequence, variant.mate, variant.position_interval, variant.end_interval,
    )  # fmt: skip


def _fetched(entry: Entry, reference: Reference, *, as_insertions: bool) -> str:
    variant = entry.variant
    contig = variant.chromosome
    if contig not in reference.lengths:
        contig = next((c for c in reference.lengths if chromosome_code(c) == chromosome_code(contig) > 0), contig)
    wanted = {Kind.DELETION, Kind.INVERSION} | ({Kind.DUPLICATION} if as_insertions else set())
    if variant.kind not in wanted or contig not in reference.lengths:
        return ""
    bases = reference.fetch(contig, entry.start, entry.end)
    return reverse_complement(bases) if variant.kind is Kind.INVERSION else bases


def alike(first: Sequence[Allele], second: Sequence[Allele], rule: Likeness) -> list[Alike]:
    """
    Find every pair of two lists that matches, best first; given one list twice, each pair once and none with itself.

    Pairs are ordered by score, then by the distance of starts and of ends, then as they stand in the lists.

    References
    ----------
    English AC et al., Genome Biology 2022: https://doi.org/10.1186/s13059-022-02840-6

    >>> deletion = Allele(Kind.DELETION, 1, 100, 200, 100, "", None, (0, 0), (0, 0))
    >>> alike([deletion], [deletion._replace(start=120, end=220)], Likeness())[0][:6]
    (0, 0, 60.0, 1.0, 0.8, None)
    """
    found = [*_alike_spans(first, second, rule), *_alike_joins(first, second, rule)]
    found.sort(key=lambda m: (-m.score, abs(m.start), abs(m.end), m.first, m.second))
    return found


def _alike_spans(first: Sequence[Allele], second: Sequence[Allele], rule: Likeness) -> list[Alike]:
    one, other = _Spans(first, rule), _Spans(second, rule)
    a, b = one.near(other, rule.distance)
    keep = np.ones(len(a), bool) if rule.ignore_kind else one.kind[a] == other.kind[b]
    small, large = np.minimum(one.size[a], other.size[b]), np.maximum(one.size[a], other.size[b])
    size = np.maximum(small, 1) / np.maximum(large, 1)
    shared = np.minimum(one.high[a], other.high[b]) - np.maximum(one.low[a], other.low[b])
    widest = np.maximum(one.high[a] - one.low[a], other.high[b] - other.low[b])
    overlap = np.maximum(shared, 0) / np.maximum(widest, 1)
    if first is second:
        keep &= one.row[a] < other.row[b]
    keep &= (size >= rule.size) & (overlap >= rule.overlap)
    found = list[Alike]()
    for at in np.flatnonzero(keep):
        i, j = int(one.row[a[at]]), int(other.row[b[at]])
        sequence = _sequences(first[i], second[j]) if rule.sequence > 0 else None
        if sequence is None or sequence >= rule.sequence:
            score = ((sequence or 0.0) + float(size[at]) + float(overlap[at])) / 3 * 100
            start, end = first[i].start - second[j].start, first[i].end - second[j].end
            found.append(Alike(i, j, score, float(size[at]), float(overlap[at]), sequence, start, end))
    return found


class _Spans:
    """Columns of the variants that have a span."""

    def __init__(self, alleles: Sequence[Allele], rule: Likeness) -> None:
        """Take all but breakends."""
        kinds = list(Kind)
        self.row = np.array([i for i, a in enumerate(alleles) if a.mate is None], np.intp)
        held = [alleles[i] for i in self.row]
        self.contigs = [a.contig for a in held]
        written = np.array([kinds.index(a.kind) for a in held], np.int8)
        inserted, copied = kinds.index(Kind.INSERTION), kinds.index(Kind.DUPLICATION)
        self.kind = np.where(rule.duplications_as_insertions & (written == copied), inserted, written)
        self.start = np.array([a.start for a in held], np.int64)
        self.end = np.array([a.end for a in held], np.int64)
        self.size = np.array([a.size for a in held], np.int64)
        # A duplication taken as an insertion keeps the span it was written with.
        half = np.where(written == inserted, self.size // 2, 0)
        self.low, self.high = self.start - half, self.end + half

    def near(self, other: _Spans, distance: int) -> Pairs:
        """Pair spans that overlap once these are widened by `distance`."""
        codes = {contig: at for at, contig in enumerate(dict.fromkeys([*self.contigs, *other.contigs]))}
        mine, theirs = (np.array([codes[c] for c in s.contigs], np.int32) for s in (self, other))
        held = intervals(theirs, other.start, np.maximum(other.end, other.start + 1))
        return held.meeting(mine, self.start - distance, self.end + distance)


def _sequences(first: Allele, second: Allele) -> float | None:
    if not first.sequence or not second.sequence:
        return None
    if first.kind is second.kind is Kind.INVERSION or first.start == second.start or first.end == second.end:
        return similarity(first.sequence, second.sequence)
    return rolled_similarity(first.sequence, second.sequence, first.start - second.start)


def similarity(first: str, second: str) -> float:
    """
    Return one minus the edit distance over the bases of both.

    >>> similarity("ACGT", "ACCT")
    0.875
    """
    from gennet.genomics.structural._distances import edit_distance

    total = len(first) + len(second)
    if first == second or not total:
        return 1.0
    a, b = (np.frombuffer(s.encode(), np.uint8) for s in (first, second))
    return (total - int(edit_distance(a, b))) / total


def rolled_similarity(first: str, second: str, apart: int) -> float:
    """
    Return the best similarity of two sequences where the one may be written shifted in a repeat.

    Direct, shifted by the distance of their places either way, and, below 500 bases, as their smallest rotations.

    >>> rolled_similarity("ACGTACGA", "GTACGAAC", 2)
    1.0
    """
    total = len(first) + len(second)
    most = (total - abs(len(first) - len(second))) / total
    best = 0.0
    for one, other in _turns(first, second, apart):
        best = max(best, similarity(one, other))
        if best == most:  # no alignment of sequences of these lengths does better
            break
    return best


def _turns(first: str, second: str, apart: int) -> list[tuple[str, str]]:
    turns = [(first, second)]
    for shift in (apart, -apart):
        turns += [(first, _turned(second, -shift)), (second, _turned(first, -shift))]
    if max(len(first), len(second)) < _MOST_ROLLED:
        turns.append((_smallest(first), _smallest(second)))
    return turns


def _turned(sequence: str, start: int) -> str:
    at = start % len(sequence)
    return sequence[at:] + sequence[:at]


def _smallest(sequence: str) -> str:
    from gennet.genomics.structural._distances import least_rotation

    return _turned(sequence, int(least_rotation(np.frombuffer(sequence.encode(), np.uint8))))


class _Join(NamedTuple):
    """One side of a join, 1-based positions with how far each may be off."""

    row: int
    contig: str | int
    position: int
    interval: tuple[int, int]
    mate: Mate
    mate_interval: tuple[int, int]


def _alike_joins(first: Sequence[Allele], second: Sequence[Allele], rule: Likeness) -> list[Alike]:
    found = dict[tuple[int, int], Alike]()
    one, other = _joins(first, others=rule.joins_of_others), _joins(second, others=rule.joins_of_others)
    for i, j in zip(*_near_joins(one, other, rule.join_distance), strict=True):
        a, b = one[i], other[j]
        if first[a.row].mate is None and second[b.row].mate is None:
            continue  # both have spans, which were compared
        if first is second and a.row >= b.row:
            continue
        made = _match_joins(a, b, rule)
        if made is not None and ((a.row, b.row) not in found or _order(made) > _order(found[a.row, b.row])):
            found[a.row, b.row] = made
    return list(found.values())


def _order(match: Alike) -> tuple[float, int, int]:
    return match.score, -abs(match.start), -abs(match.end)


def _joins(alleles: Sequence[Allele], *, others: bool) -> list[_Join]:
    made = list[_Join]()
    for row, allele in enumerate(alleles):
        place, far = allele.position_interval, allele.end_interval
        if allele.mate is not None:
            made.append(_Join(row, allele.contig, allele.start + 1, place, allele.mate, far))
            continue
        if not others:
            continue
        for low, high, left, right in _sides(allele):
            name = str(allele.contig)
            made.append(_Join(row, allele.contig, low, place, Mate(name, high, left, right), far))
            made.append(_Join(row, allele.contig, high, far, Mate(name, low, right, left), place))
    return made


def _sides(allele: Allele) -> list[tuple[int, int, bool, bool]]:
    """Return the joins a deletion, tandem duplication or inversion makes: two places, which sides are kept."""
    position, end = allele.start + 1, allele.end
    if allele.kind is Kind.DELETION:
        return [(position, end + 1, True, False)]
    if allele.kind is Kind.DUPLICATION:
        return [(position + 1, end, False, True)]
    if allele.kind is Kind.INVERSION:
        return [(position, end, True, True), (position + 1, end + 1, False, False)]
    return []


def _near_joins(one: list[_Join], other: list[_Join], distance: int) -> Pairs:
    codes = {contig: at for at, contig in enumerate(dict.fromkeys(j.contig for j in [*one, *other]))}
    columns = []
    for joins in (one, other):
        contig = np.array([codes[j.contig] for j in joins], np.int32)
        low = np.array([j.position - distance + j.interval[0] for j in joins], np.int64)
        high = np.array([j.position + distance + j.interval[1] for j in joins], np.int64)
        columns.append((contig, low, high))
    held = intervals(*columns[1])
    return held.meeting(*columns[0])


def _match_joins(a: _Join, b: _Join, rule: Likeness) -> Alike | None:
    sides = (a.mate.own_forward, a.mate.forward) == (b.mate.own_forward, b.mate.forward)
    if not sides or _contig(a.mate) != _contig(b.mate):
        return None
    start, end = a.position - b.position, a.mate.position - b.mate.position
    # Both are widened, so their places may lie twice the distance apart.
    low = max(a.mate.position + a.mate_interval[0], b.mate.position + b.mate_interval[0]) - rule.join_distance
    high = min(a.mate.position + a.mate_interval[1], b.mate.position + b.mate_interval[1]) + rule.join_distance
    if low >= high:
        return None
    allowed = 2 * rule.join_distance
    score = max(0.0, 1 - (abs(start) + abs(end)) / 2 / allowed) * 100 if allowed else 0.0
    return Alike(a.row, b.row, score, None, None, None, start, end)


def _contig(mate: Mate) -> str | int:
    name = mate.chromosome
    return chromosome_code(name) or name
