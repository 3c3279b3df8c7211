"""What structural variants do to genes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gennet.genomics.builds import chromosome_code
from gennet.genomics.consequences.intervals import intervals
from gennet.genomics.structural.variant import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gennet.genomics.consequences.transcripts import Transcripts
    from gennet.genomics.structural.variant import StructuralVariant

PROMOTER = 1000
"""Bases before the start of a transcript that count as its promoter, as gnomAD counts them."""


class Effect(StrEnum):
    """What happens to a gene, gravest first."""

    LOST = "whole gene lost"
    EXONS_LOST = "exons lost"
    BROKEN = "broken"
    """A breakpoint of an inversion or of a join lies inside, and exons are on both sides of it or move."""
    INSERTED = "insertion in an exon"
    EXONS_COPIED = "exons copied inside"
    """Both ends of a tandem duplication lie inside: the copies stand within the gene."""
    GAINED = "whole gene copied"
    PARTLY_COPIED = "partly copied"
    """One end of a tandem duplication lies inside; one whole copy is left beside the part."""
    INVERTED = "whole gene inverted"
    INTRON = "intron only"
    PROMOTER = "promoter"


_RANK = {effect: rank for rank, effect in enumerate(Effect)}


@dataclass(frozen=True, slots=True)
class GeneEffect:
    """What a variant does to a gene, by the transcript it hits most."""

    variant: int
    """Its number in the list."""
    gene: str
    gene_id: str
    effect: Effect
    coding: bool
    """Whether coding sequence is hit."""
    exons: int
    """Exons that are hit, at least in part."""
    of: int
    transcript: str


class _Places(NamedTuple):
    """Stretches or breakpoints of variants; a breakpoint has low equal to high."""

    variant: NDArray[np.intp]
    contig: NDArray[np.int32]
    low: NDArray[np.int64]
    high: NDArray[np.int64]


def gene_effects(
    variants: Sequence[StructuralVariant], transcripts: Transcripts, *, promoter: int = PROMOTER
) -> list[GeneEffect]:
    """
    Tell which genes variants hit, and how: one effect for each variant and gene, the gravest of its transcripts.

    A deletion, duplication or inversion hits what lies between its breakpoints; an insertion or a join hits what its
    breakpoint lies inside. Chromosome names meet with and without ``chr``.
    """
    contigs = {chromosome_code(name) or name: at for at, name in enumerate(transcripts.contigs)}
    places = _places(variants, contigs)
    best = dict[tuple[int, str], GeneEffect]()
    for effect in [*_inside(variants, places, transcripts), *_before(variants, places, transcripts, promoter)]:
        key = effect.variant, effect.gene_id
        if key not in best or _gravity(effect) < _gravity(best[key]):
            best[key] = effect
    return sorted(best.values(), key=lambda e: (e.variant, _RANK[e.effect], e.gene, e.gene_id))


def _gravity(effect: GeneEffect) -> tuple[int, bool, int, str]:
    return _RANK[effect.effect], not effect.coding, -effect.exons, effect.transcript


def _places(variants: Sequence[StructuralVariant], contigs: dict[int | str, int]) -> _Places:
    rows = list[tuple[int, int, int, int]]()
    for at, variant in enumerate(variants):
        for name, low, high in _stretches(variant):
            contig = contigs.get(chromosome_code(name) or name)
            if contig is not None:
                rows.append((at, contig, low, high))
    table = np.array(rows, np.int64).reshape(-1, 4)
    return _Places(table[:, 0], table[:, 1].astype(np.int32), table[:, 2], table[:, 3])


def _stretches(variant: StructuralVariant) -> list[tuple[str, int, int]]:
    """Return contig, first base (0-based) and end; for a breakpoint twice the number of bases before it."""
    if variant.mate is not None:
        mate = variant.mate
        own, far = variant.position - (not mate.own_forward), mate.position - (not mate.forward)
        return [(variant.chromosome, own, own), (mate.chromosome, far, far)]
    if variant.kind is Kind.INSERTION:
        return [(variant.chromosome, variant.position, variant.position)]
    return [(variant.chromosome, variant.position, variant.end)]


def _met(
    places: _Places, contig: NDArray[np.int32], start: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair places with features they share a base with, or whose inside holds the breakpoint."""
    point = places.low == places.high
    held = intervals(contig, start, end)
    query, row = held.meeting(places.contig, places.low - point, places.high + point)
    keep = ~point[query] | ((start[row] < places.low[query]) & (places.low[query] < end[row]))
    return query[keep], row[keep]


def _counted(places: _Places, transcripts: Transcripts, feature: str) -> Counter[tuple[int, int]]:
    """Count how many exons or coding stretches of each transcript each place meets."""
    offset: NDArray[np.int64] = getattr(transcripts, f"{feature}_offset")
    start, end = getattr(transcripts, f"{feature}_start"), getattr(transcripts, f"{feature}_end")
    owner = np.repeat(np.arange(len(transcripts.id)), np.diff(offset))
    query, row = _met(places, transcripts.contig[owner], start, end)
    return Counter(zip(query.tolist(), owner[row].tolist(), strict=True))


def _inside(variants: Sequence[StructuralVariant], places: _Places, transcripts: Transcripts) -> list[GeneEffect]:
    exons, coding = _counted(places, transcripts, "exon"), _counted(places, transcripts, "cds")
    found = list[GeneEffect]()
    for place, row in zip(*_met(places, transcripts.contig, transcripts.start, transcripts.end), strict=True):
        key = int(place), int(row)
        number = int(places.variant[place])
        effect = _effect(variants[number].kind, _span(places, place), _of(transcripts, row), exons[key])
        found.append(_made(number, effect, transcripts, int(row), coding=coding[key] > 0, exons=exons[key]))
    return found


def _span(places: _Places, place: int) -> tuple[int, int]:
    return int(places.low[place]), int(places.high[place])


def _of(transcripts: Transcripts, row: int) -> tuple[int, int]:
    return int(transcripts.start[row]), int(transcripts.end[row])


def _effect(kind: Kind, span: tuple[int, int], transcript: tuple[int, int], exons: int) -> Effect:
    low, high = span
    start, end = transcript
    whole = low <= start and end <= high
    inside = start < low and high < end
    if kind is Kind.BREAKEND:
        return Effect.BROKEN
    if not exons and not whole and (inside or kind is not Kind.INVERSION):
        return Effect.INTRON
    return {
        Kind.DELETION: Effect.LOST if whole else Effect.EXONS_LOST,
        Kind.DUPLICATION: Effect.GAINED if whole else Effect.EXONS_COPIED if inside else Effect.PARTLY_COPIED,
        Kind.INVERSION: Effect.INVERTED if whole else Effect.BROKEN,
        Kind.INSERTION: Effect.INSERTED,
    }[kind]


def _before(
    variants: Sequence[StructuralVariant], places: _Places, transcripts: Transcripts, promoter: int
) -> list[GeneEffect]:
    """Find what meets the bases before a transcript's start; joins there are left out: they may lie anywhere."""
    if promoter <= 0:
        return []
    reverse = transcripts.reverse
    start = np.where(reverse, transcripts.end, np.maximum(transcripts.start - promoter, 0))
    end = np.where(reverse, transcripts.end + promoter, transcripts.start)
    found = list[GeneEffect]()
    for place, row in zip(*_met(places, transcripts.contig, start, end), strict=True):
        number = int(places.variant[place])
        if variants[number].kind is not Kind.BREAKEND:
            found.append(_made(number, Effect.PROMOTER, transcripts, int(row), coding=False, exons=0))
    return found


def _made(variant: int, effect: Effect, transcripts: Transcripts, row: int, *, coding: bool, exons: int) -> GeneEffect:
    count = int(transcripts.exon_offset[row + 1] - transcripts.exon_offset[row])
    return GeneEffect(
        variant, transcripts.gene[row], transcripts.gene_id[row], effect, coding, exons, count, transcripts.id[row]
    )
