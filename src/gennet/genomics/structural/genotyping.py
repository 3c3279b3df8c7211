"""How many copies of a variant there are: reads and pairs for it against those for the reference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from gennet.genomics.consequences.codes import reverse_complement
from gennet.genomics.structural.evidence import (
    BIN,
    DELETE,
    DIFFERENT,
    EQUAL,
    HARD,
    INSERT,
    MATCH,
    SKIP,
    SOFT,
    out_of_place,
)
from gennet.genomics.structural.library import MATE_UNMAPPED, PAIRED, SKIPPED, SUPPLEMENTARY
from gennet.genomics.structural.variant import Call, Kind, Support

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gennet.genomics.fasta import Reference
    from gennet.genomics.structural.clustering import Candidate
    from gennet.genomics.structural.joins import Event
    from gennet.genomics.structural.library import Library

_BEYOND = 50
"""Bases beyond a breakpoint that are compared, at most."""
_LEAST = 15
"""Bases beyond a breakpoint, at least."""
_ANCHOR = 20
"""Bases of a read that must match on the kept side."""
_STRAY = 20
"""Bases before a breakpoint at which an aligner may already have given up."""
_TOLD = 0.2
_FLANK = 100
"""Bases on both sides that a long read must cover to speak for the reference."""
_QUALITY = 5
_ERROR = 0.02
_MOST = 2_000
"""Reads looked at around a breakpoint: more is a repeat."""
_BINS, _AROUND, _CAP = 8, 50, 3.0
_STEPS = {Kind.DELETION: -1.0, Kind.DUPLICATION: 1.0}
SHARES = {Kind.DUPLICATION: (1.0 / 3.0, 0.5)}
"""
Expected share of reads for the variant with one and two copies.

A tandem duplication keeps both its outer boundaries, so reference reads stay.
"""


@dataclass(slots=True)
class Counts:
    """Fragments at the breakpoints of an event."""

    reads: set[str]
    pairs: set[str]
    reference_reads: float
    reference_pairs: float
    told: float = 1.0
    """Share of the variant's fragments that are out of place."""

    @property
    def support(self) -> Support:
        """Whole numbers, as they are written."""
        return Support(
            round(self.reference_pairs), len(self.pairs - self.reads), round(self.reference_reads), len(self.reads)
        )


def count(event: Event, alignments: Any, library: Library, names: Sequence[str], reference: Reference) -> Counts:  # noqa: ANN401
    """Count fragments at every breakpoint of an event; reference fragments as the mean over breakpoints."""
    total = Counts(set(), set(), 0.0, 0.0, told(event, library))
    for join in event.joins:
        ends = _ends(join, names, reference)
        for end in ends:
            seen = _around(end, join, total.told > 0, alignments, library, names)
            total.reads |= seen.reads
            total.pairs |= seen.pairs
            total.reference_reads += seen.reference_reads / len(ends)
            total.reference_pairs += seen.reference_pairs / len(ends)
    return total


@dataclass(frozen=True, slots=True)
class _End:
    """One side of a join: where it is, and what follows on the reference and on the variant."""

    contig: int
    position: int
    forward: bool
    plain: str
    changed: str


def _ends(join: Candidate, names: Sequence[str], reference: Reference) -> tuple[_End, ...]:
    one = (join.contig, join.position, join.forward)
    two = (join.other_contig, join.other_position, join.other_forward)
    there = join.inserted or ("" if not join.insertion else "N" * _BEYOND)
    made = []
    for own, other, between in ((one, two, there), (two, one, reverse_complement(there))):
        plain = _departing(own, names, reference)
        onward = _arriving(other, names, reference)
        made.append(_End(*own, plain, (between + onward)[:_BEYOND]))
    return tuple(made)


def _departing(end: tuple[int, int, bool], names: Sequence[str], reference: Reference) -> str:
    """Read the reference away from a kept base, on the side that the join leaves."""
    contig, position, forward = end
    if forward:
        return reference.fetch(names[contig], position, position + _BEYOND)
    return reverse_complement(reference.fetch(names[contig], position - 1 - _BEYOND, position - 1))


def _arriving(end: tuple[int, int, bool], names: Sequence[str], reference: Reference) -> str:
    """Read on from the other side of a join: from its kept base into what it keeps."""
    contig, position, forward = end
    if forward:
        return reverse_complement(reference.fetch(names[contig], position - _BEYOND, position))
    return reference.fetch(names[contig], position - 1, position - 1 + _BEYOND)


def _around(
    end: _End,
    join: Candidate,
    wanted: bool,
    alignments: Any,  # noqa: ANN401
    library: Library,
    names: Sequence[str],
) -> Counts:
    seen, plain, plain_pairs = Counts(set(), set(), 0.0, 0.0), set[str](), set[str]()
    wide = 0 if library.long_reads else int(library.longest)
    low, high = max(end.position - 1 - wide, 0), end.position + 1 + wide
    for number, read in enumerate(alignments.fetch(names[end.contig], low, high)):
        if number >= _MOST:
            break
        flag = read.flag
        if flag & (SKIPPED | SUPPLEMENTARY) or read.mapping_quality < _QUALITY or read.query_sequence is None:
            continue
        verdict = _long_verdict(read, end, join) if library.long_reads else _verdict(read, end, join)
        if verdict > 0:
            seen.reads.add(read.query_name)
        elif verdict < 0:
            plain.add(read.query_name)
        if wanted and flag & PAIRED and not flag & MATE_UNMAPPED:
            if out_of_place(read, flag, library):
                if _crosses(read, join, library):
                    seen.pairs.add(read.query_name)
            elif _spans(read, end.position):
                plain_pairs.add(read.query_name)
    seen.pairs -= seen.reads
    seen.reference_reads = float(len(plain - seen.reads))
    seen.reference_pairs = float(len(plain_pairs - plain - seen.reads))
    return seen


def told(event: Event, library: Library) -> float:
    """Return which share of the fragments across an event is out of place; 0 where pairs say nothing for sure."""
    if library.long_reads or event.kind is Kind.INSERTION:
        return 0.0
    if event.length is None or event.length > 2.0 * library.longest:
        return 1.0
    if event.kind is not Kind.DELETION:
        return 0.0
    share = 0.5 * math.erfc((library.longest - library.median - event.length) / (library.spread * math.sqrt(2.0)))
    return share if share >= _TOLD else 0.0


def _spans(read: Any, position: int) -> bool:  # noqa: ANN401
    low = min(read.reference_start, read.next_reference_start)
    return bool(low + _ANCHOR <= position <= low + abs(read.template_length) - _ANCHOR)


def _crosses(read: Any, join: Candidate, library: Library) -> bool:  # noqa: ANN401
    """Tell whether an out-of-place pair lies on both sides of this join."""
    forward = not read.is_reverse
    own = (read.reference_id, read.reference_end if forward else read.reference_start + 1, forward)
    mate_forward = not read.mate_is_reverse
    start = read.next_reference_start + 1
    mate = (read.next_reference_id, start + int(library.read_length) - 1 if mate_forward else start, mate_forward)
    one, two = sorted((own, mate))
    if (one[0], one[2], two[0], two[2]) != (join.contig, join.forward, join.other_contig, join.other_forward):
        return False
    a = (join.position - one[1]) * (1 if one[2] else -1)
    b = (join.other_position - two[1]) * (1 if two[2] else -1)
    room = max(join.position_interval[1], 0) + max(join.other_interval[1], 0)
    total = a + b + 2.0 * library.read_length + len(join.inserted)
    return bool(min(a, b) >= -_STRAY - room and total <= library.longest + room)


def _long_verdict(read: Any, end: _End, join: Candidate) -> int:  # noqa: ANN401
    """Judge a long read by its alignment: errors make its bases differ from both."""
    if crc32(read.query_name.encode()) in join.reads:
        return 1
    across = read.reference_start + _FLANK <= end.position <= read.reference_end - _FLANK
    return -1 if across else 0


def _verdict(read: Any, end: _End, join: Candidate) -> int:  # noqa: ANN401
    """Return 1 where a read follows the variant beyond a breakpoint, -1 where it follows the reference, 0 otherwise."""
    place = end.position - 1
    anchored = place - read.reference_start + 1 if end.forward else read.reference_end - place
    at = _index(read, place, forward=end.forward) if join.precise and anchored >= _ANCHOR else None
    if at is None:
        return 0
    bases = read.query_sequence
    beyond = bases[at + 1 : at + 1 + _BEYOND] if end.forward else reverse_complement(bases[max(at - _BEYOND, 0) : at])
    if len(beyond) < _LEAST:
        return 0
    plain = changed = known = 0
    for base, one, two in zip(beyond, end.plain, end.changed, strict=False):
        if two == "N" or one == "N":
            continue
        known += 1
        plain += base != one
        changed += base != two
    need = max(4, known // 8)
    if known < _LEAST:  # an insertion of which nothing is known: whoever leaves the reference follows it
        different = sum(a != b for a, b in zip(beyond, end.plain, strict=False))
        return 1 if different > len(beyond) // 3 else -1
    if plain - changed >= need:
        return 1 if changed <= known // 4 else 0
    return -1 if changed - plain >= need and plain <= known // 4 else 0


def _index(read: Any, place: int, *, forward: bool) -> int | None:  # noqa: ANN401
    """Return which base of a read lies at a place (0-based) of the kept side, or would if its alignment went on."""
    at, query = int(read.reference_start), 0
    best: int | None = None
    held: list[tuple[int, int]] = read.cigartuples
    for code, size in held:
        if code in (MATCH, EQUAL, DIFFERENT):
            if at <= place < at + size:
                return query + place - at
            if forward and at + size <= place <= at + size + _STRAY - 1:
                best = query + place - at
            if not forward and best is None and at - _STRAY <= place < at:
                best = query + place - at
            at += size
            query += size
        elif code in (DELETE, SKIP):
            at += size
        elif code in (INSERT, SOFT):
            query += size
        elif code == HARD:
            continue
    return best if best is not None and 0 <= best < len(read.query_sequence) else None


def depth_evidence(event: Event, starts: Sequence[NDArray[np.int32]]) -> tuple[float, float, float]:
    """
    Return log10 likelihoods of no, one and two copies from the depth inside a deletion or duplication.

    The depth around it tells what to expect; counts vary by their root and by a tenth more, as depth follows the
    sequence. Zeros where the event is too short or of another kind.
    """
    first, last = event.position // BIN + 1, event.end // BIN
    if event.kind not in _STEPS or last - first < _BINS:
        return 0.0, 0.0, 0.0
    bins = starts[event.joins[0].contig]
    around = np.concatenate([bins[max(first - _AROUND, 0) : first - 1], bins[last + 1 : last + _AROUND]])
    if len(around) < _BINS or not around.any():
        return 0.0, 0.0, 0.0
    inside, expected = float(bins[first:last].sum()), float(around.mean()) * (last - first)
    logs = []
    for copies in (0, 1, 2):
        mean = max(expected * (1.0 + _STEPS[event.kind] * copies / 2.0), 0.02 * expected)
        variance = mean + (0.1 * expected) ** 2 + mean**2 / max(around.sum(), 1)
        logs.append(-((inside - mean) ** 2) / (2.0 * variance) - 0.5 * math.log(variance))
    top = max(logs)
    found = [max((x - top) / math.log(10.0), -_CAP) for x in logs]
    return found[0], found[1], found[2]


def genotype(kind: Kind, counts: Counts, depth: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> tuple[Call, float]:
    """
    Return the genotype with its likelihoods, and the phred-scaled chance that there is no variant.

    Reads for the variant are binomial among all, with shares 0, 1/2 and 1 for no, one and two copies (1/3 and 1/2 for
    tandem duplications) and an error of 2 %.

    >>> call, quality = genotype(Kind.DELETION, Counts({"a", "b", "c", "d"}, set(), 5.0, 0.0))
    >>> call.alleles, round(quality)
    ((0, 1), 41)
    """
    reads, pairs = len(counts.reads), len(counts.pairs - counts.reads)
    logs = []
    for share, of_depth in zip((0.0, *SHARES.get(kind, (0.5, 1.0))), depth, strict=True):
        of_reads = _binomial(reads, counts.reference_reads, share)
        logs.append(of_reads + _binomial(pairs, counts.reference_pairs, share * counts.told) + of_depth)
    likelihoods = np.array(logs)
    phred = np.rint(-10.0 * (likelihoods - likelihoods.max())).astype(int)
    first, second, third = (int(min(x, 9999)) for x in phred)
    best = int(likelihoods.argmax())
    quality = int(min(np.sort(phred)[1], 99))
    support = counts.support
    if not reads + pairs + counts.reference_reads + counts.reference_pairs:
        return Call((None, None), None, None, support), 0.0
    alleles = ((0, 0), (0, 1), (1, 1))[best]
    evidence = max(10.0 * (max(likelihoods[1:]) - likelihoods[0]), 0.0)
    return Call(alleles, (first, second, third), quality, support), float(evidence)


def _binomial(yes: float, no: float, share: float) -> float:
    share = min(max(share, _ERROR), 1.0 - _ERROR)
    return yes * math.log10(share) + no * math.log10(1.0 - share)
