"""Haplotypes that are no single named allele: combinations of several, and named alleles with further variants."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gennet.genomics.pharmacogenes.matching import natural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gennet.genomics.pharmacogenes.definitions import GeneDefinition, NamedAllele
    from gennet.genomics.pharmacogenes.observation import Observation

MOST_BLOCKS = 10
"""Blocks of unknown phase beyond which arrangements are not tried: there are 2 to that power, halved."""

MOST_STEPS = 2000
"""Choices of alleles for one haplotype after which the best so far is taken."""


@dataclass(frozen=True, slots=True)
class Composite:
    """One haplotype in terms of named alleles and leftover variants."""

    alleles: tuple[str, ...]
    variants: tuple[str, ...]
    """``g.94781859G>A``: those no named allele accounts for."""
    score: int

    @property
    def label(self) -> str:
        """``*1``; ``[*6 + *14]``; ``[*17 + g.94781859G>A]``; ``g.94781859G>A`` where it lies on the reference allele."""
        parts = (*self.alleles, *self.variants)
        return parts[0] if len(parts) == 1 else f"[{' + '.join(parts)}]"


def combinations(gene: GeneDefinition, observation: Observation) -> tuple[tuple[Composite, ...], ...]:
    """
    Describe each arrangement of the genotypes by combinations and partial alleles, the best score first.

    For observations that no pair of named alleles explains; research use. A variant counts for one allele only.
    Variants on the reference allele alone are named only where at most one arrangement exists. Empty when there are
    undocumented or half-open calls, or too many unphased ones.

    References
    ----------
    PharmCAT, Named Allele Matcher 101. https://pharmcat.clinpgx.org/methods/NamedAlleleMatcher-101/
    """
    calls = observation.seen.values()
    blocks = observation.blocks()
    if not calls or len(blocks) > MOST_BLOCKS or any(code < 0 for c in calls for code in (c.first, c.second)):
        return ()
    made = set[tuple[Composite, ...]]()
    for sides in _arrangements(observation, blocks):
        pair = tuple(_compose(gene, side) for side in sides)
        lonely = any(not c.alleles for c in pair)
        if not lonely or len(blocks) <= 1:
            made.add(tuple(sorted(pair, key=lambda c: natural(c.label))))
    return tuple(sorted(made, key=lambda p: (-sum(c.score for c in p), *(natural(c.label) for c in p))))


def _arrangements(observation: Observation, blocks: list[list[int]]) -> Iterator[tuple[dict[int, int], ...]]:
    seen = observation.seen
    if observation.haploid:
        yield ({at: call.first for at, call in seen.items()},)
        return
    for turned in itertools.product((False, True), repeat=max(0, len(blocks) - 1)):
        other = {at for block, turn in zip(blocks, (False, *turned), strict=False) if turn for at in block}
        one = {at: call.second if at in other else call.first for at, call in seen.items()}
        two = {at: call.first if at in other else call.second for at, call in seen.items()}
        yield one, two


def _compose(gene: GeneDefinition, haplotype: dict[int, int]) -> Composite:
    variants = frozenset(at for at, code in haplotype.items() if code)
    whole = [a for a in gene.alleles if all(code in a.permitted[at] for at, code in haplotype.items())]
    if whole:
        best = max(whole, key=lambda a: _scored(a, haplotype))
        return Composite((best.name,), (), _scored(best, haplotype))
    inside = [
        a
        for a in gene.alleles[1:]
        if a.variants and a.variants <= variants and all(haplotype[at] in a.permitted[at] for at in a.variants)
    ]
    chosen = _cover(inside, variants)
    covered = frozenset[int]().union(*(a.variants for a in chosen))
    left = tuple(gene.loci[at].hgvs or gene.loci[at].label for at in sorted(variants - covered))
    names = tuple(sorted((a.name for a in chosen), key=natural))
    return Composite(names, left, sum(_scored(a, haplotype) for a in chosen))


def _scored(allele: NamedAllele, haplotype: dict[int, int]) -> int:
    return sum(1 for at in allele.defined if at in haplotype and not (at in allele.ambiguous and haplotype[at] == 0))


def _cover(inside: list[NamedAllele], variants: frozenset[int]) -> tuple[NamedAllele, ...]:
    """Choose alleles without a shared variant that account for most variants, with the fewest alleles."""
    ordered = sorted(inside, key=lambda a: (-len(a.variants), natural(a.name)))
    reach = [frozenset[int]()]  # what the alleles from a place onwards could account for
    for allele in reversed(ordered):
        reach.append(reach[-1] | allele.variants)
    reach.reverse()
    best: tuple[NamedAllele, ...] = ()
    most = 0
    steps = 0

    def search(start: int, left: frozenset[int], chosen: tuple[NamedAllele, ...]) -> None:
        nonlocal best, most, steps
        steps += 1
        covered = len(variants) - len(left)
        if (covered, -len(chosen)) > (most, -len(best)):
            best, most = chosen, covered
        for at in range(start, len(ordered)):
            could = covered + len(left & reach[at])
            if could < most or (could == most and len(chosen) + 1 >= len(best)) or steps > MOST_STEPS:
                return
            if ordered[at].variants <= left:
                search(at + 1, left - ordered[at].variants, (*chosen, ordered[at]))

    search(0, variants, ())
    return best
