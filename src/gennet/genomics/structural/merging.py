"""Structural variants of several callers or people brought together: what is the same becomes one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from gennet.genomics.builds import chromosome_code
from gennet.genomics.structural.matching import Allele, Likeness, alike
from gennet.genomics.structural.variant import Call, Kind, StructuralVariant
from gennet.genomics.structural.vcf import other_side

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RULE = Likeness(joins_of_others=False)
"""How alike variants of two files must be; both breakpoints lie within its distance."""


class Member(NamedTuple):
    """A variant with the file it stands in, by its number."""

    source: int
    variant: StructuralVariant


@dataclass(frozen=True, slots=True)
class Merged:
    """Variants that are the same."""

    variant: StructuralVariant
    """That of its members which lies nearest their middle, precise ones first; its intervals cover them all."""
    members: tuple[Member, ...]
    """By source, then along the genome."""

    def support(self, sources: int) -> str:
        """Return one digit per source, 1 where it has the variant."""
        held = {member.source for member in self.members}
        return "".join(str(int(at in held)) for at in range(sources))


def merge(
    sources: Sequence[Iterable[StructuralVariant]], rule: Likeness = RULE, *, within: bool = False
) -> list[Merged]:
    """
    Bring together what is the same in several lists, along the genome.

    The likest pair is joined first, and two groups become one only when all their members match one another, so a chain
    of neighbours does not grow without end, and the order of the lists and of their lines changes nothing. Two variants
    of one list stay apart unless they are equal or `within` is set.

    >>> caller = [StructuralVariant(Kind.DELETION, "1", 1000, 1100, 100)]
    >>> other = [StructuralVariant(Kind.DELETION, "1", 1020, 1110, 90), StructuralVariant(Kind.DELETION, "2", 5, 95, 90)]
    >>> [(m.variant.chromosome, m.support(2)) for m in merge([caller, other])]
    [('1', '11'), ('2', '01')]
    """
    order = _Order()
    members = [Member(at, order.first_side(v)) for at, variants in enumerate(sources) for v in variants]
    nodes = _equal(members, order)
    groups = _grouped(nodes, rule, within=within)
    merged = [_consensus([member for node in group for member in node], order) for group in groups]
    return sorted(merged, key=lambda m: order.key(m.variant))


Key = tuple[object, ...]
Node = list[Member]


class _Order:
    """The order of variants along the genome; chr1 and 1 are one."""

    def first_side(self, variant: StructuralVariant) -> StructuralVariant:
        """Return a breakend from the side that comes first, so that two callers' joins meet."""
        if variant.mate is None:
            return variant
        other = other_side(variant)
        return min(variant, other, key=self.key)

    def key(self, variant: StructuralVariant) -> Key:
        """Return all that tells variants apart, place first."""
        mate = variant.mate
        far: Key = ()
        if mate is not None:
            far = (*_contig(mate.chromosome), mate.position, mate.own_forward, mate.forward)
        return (
            *_contig(variant.chromosome), variant.position, variant.end, str(variant.kind), variant.length or 0,
            variant.inserted or "", far,
        )  # fmt: skip


def _contig(name: str) -> tuple[int, str]:
    code = chromosome_code(name)
    return (code, "") if code else (99, name)


def _equal(members: list[Member], order: _Order) -> list[Node]:
    """Put equal variants together, sorted: what is left to compare is small even for many people."""
    held = dict[Key, Node]()
    for member in members:
        held.setdefault(order.key(member.variant), []).append(member)
    nodes = [held[key] for key in sorted(held)]
    for node in nodes:
        node.sort(key=lambda m: (m.source, m.variant.id))
    return nodes


def _grouped(nodes: list[Node], rule: Likeness, *, within: bool) -> list[list[Node]]:
    alleles = [_allele(node[0].variant) for node in nodes]
    pairs = [
        pair
        for pair in alike(alleles, alleles, rule)
        if max(abs(pair.start), abs(pair.end)) <= _reach(alleles[pair.first], rule)
    ]
    matched = {(pair.first, pair.second) for pair in pairs}
    groups = {at: [at] for at in range(len(nodes))}
    sources = {at: {member.source for member in node} for at, node in enumerate(nodes)}
    home = list(range(len(nodes)))
    for pair in pairs:
        one, other = sorted((home[pair.first], home[pair.second]))
        if one == other or (not within and sources[one] & sources[other]):
            continue
        if all((min(a, b), max(a, b)) in matched for a in groups[one] for b in groups[other]):
            for at in groups[other]:
                home[at] = one
            groups[one] += groups.pop(other)
            sources[one] |= sources.pop(other)
    return [[nodes[at] for at in sorted(group)] for group in groups.values()]


def _reach(allele: Allele, rule: Likeness) -> int:
    return 2 * rule.join_distance if allele.mate is not None else rule.distance


def _allele(variant: StructuralVariant) -> Allele:
    start = variant.position - 1
    end = max(variant.end, variant.position)
    sequence = (variant.inserted or "") if variant.kind is Kind.INSERTION else ""
    return Allele(
        variant.kind, chromosome_code(variant.chromosome) or variant.chromosome, start, end, variant.length or 0,
        sequence, variant.mate, variant.position_interval, variant.end_interval,
    )  # fmt: skip


def _consensus(members: list[Member], order: _Order) -> Merged:
    members = sorted(members, key=lambda m: (m.source, order.key(m.variant), m.variant.id))
    variants = [member.variant for member in members]
    candidates = [v for v in variants if v.precise] or variants
    middle = [_median([_far(v, at) for v in candidates]) for at in (0, 1)]
    size = _median([v.length or 0 for v in candidates])

    def away(variant: StructuralVariant) -> tuple[int, int, Key]:
        off = sum(abs(_far(variant, at) - middle[at]) for at in (0, 1))
        return off, abs((variant.length or 0) - size), order.key(variant)

    best = min(candidates, key=away)
    doubts = () if any(not v.filters for v in variants) else tuple(sorted({f for v in variants for f in v.filters}))
    qualities = [v.quality for v in variants if v.quality is not None]
    merged = replace(
        best,
        position_interval=_covering(best, variants, 0),
        end_interval=_covering(best, variants, 1),
        quality=max(qualities) if qualities else None,
        filters=doubts,
        call=agreed([v.call for v in variants]),
        id="",
    )
    return Merged(merged, tuple(members))


def _far(variant: StructuralVariant, side: int) -> int:
    """Return the position, or the end, which for a breakend is that of its mate."""
    if side == 0:
        return variant.position
    return variant.mate.position if variant.mate is not None else variant.end


def _median(values: list[int]) -> int:
    """Return the lower middle, which one of the values is."""
    return sorted(values)[(len(values) - 1) // 2]


def _covering(best: StructuralVariant, variants: list[StructuralVariant], side: int) -> tuple[int, int]:
    own = best.end_interval if side else best.position_interval
    apart = [_far(v, side) - _far(best, side) for v in variants]
    return min(own[0], *apart, 0), max(own[1], *apart, 0)


def agreed(calls: Sequence[Call | None]) -> Call | None:
    """
    Return the genotype most calls give; none where two are as many.

    >>> agreed([Call((0, 1)), Call((0, 1), quality=5), Call((1, 1))]).alleles
    (0, 1)
    >>> agreed([Call((0, 1)), Call((1, 1))]) is None
    True
    """
    counted = dict[int, int]()
    for call in calls:
        if call is not None and call.copies is not None and len(call.alleles) == 2:
            counted[call.copies] = counted.get(call.copies, 0) + 1
    most = [copies for copies, n in counted.items() if n == max(counted.values())]
    return Call(((0, 0), (0, 1), (1, 1))[most[0]]) if len(most) == 1 else None
