"""Genes whose named alleles are single variants (DPYD, RYR1): any number may lie on one haplotype."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gennet.genomics.pharmacogenes.matching import natural
from gennet.genomics.pharmacogenes.phenotypes import MALIGNANT_HYPERTHERMIA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gennet.genomics.pharmacogenes.definitions import GeneDefinition, NamedAllele
    from gennet.genomics.pharmacogenes.observation import Observation, Seen
    from gennet.genomics.pharmacogenes.phenotypes import PhenotypeTable

# HapB3: the intronic variant makes the splice site (doi:10.1002/cpt.911); the exonic one is silent and marks it.
ACTING, MARKING = 97579893, 97573863
# Variants that DPWG lists as well as CPIC are named first among those of equal activity (PharmCAT, Gene Definition
# Exceptions).
_IN_BOTH = ("c.1129-5923C>G, c.1236G>A (HapB3)", "c.2846A>T", "c.1905+1G>A (*2A)", "c.1679T>G (*13)")


@dataclass(frozen=True, slots=True)
class ListedCall:
    """What variants a person carries, by haplotype where that is known."""

    strands: tuple[tuple[str, ...], tuple[str, ...]] | None
    """None when the phase is not known and matters."""
    found: tuple[str, ...]
    """Every variant once for each copy; empty for a reference genotype."""
    lookup: tuple[str, str]
    """The two alleles that decide."""
    score: int


def listed(gene: GeneDefinition, observation: Observation, table: PhenotypeTable) -> ListedCall:
    """
    Name every variant allele a person carries, and the two of lowest function that decide the phenotype.

    Phased data (or data with one heterozygous position) are read by haplotype; of unphased data the two variants of
    lowest activity are presumed to lie on different haplotypes, as CPIC advises.

    References
    ----------
    Amstutz et al. CPIC guideline for dihydropyrimidine dehydrogenase genotype and fluoropyrimidine dosing (2018).
    doi:10.1002/cpt.911
    """
    reference = gene.reference.name
    copies = _copies(gene, observation)
    found = tuple(sorted((n for n, c in copies.items() for _ in range(sum(c))), key=natural))
    order = _Order(table)
    if observation.is_phased:
        one, two = (tuple(sorted((n for n, c in copies.items() if c[side]), key=natural)) for side in (0, 1))
        decide = (min(one, key=order, default=reference), min(two, key=order, default=reference))
        strands = (one or (reference,), two or (reference,))
        return ListedCall(strands, found, _sorted(decide, reference), _score(gene, observation, strands))
    worst = [*sorted(found, key=order), reference, reference][:2]
    return ListedCall(None, found, _sorted((worst[0], worst[1]), reference), 0)


def _copies(gene: GeneDefinition, observation: Observation) -> dict[str, tuple[int, int]]:
    """Return for each variant allele carried whether each haplotype has it; unphased counts are laid to the first."""
    held = dict[str, tuple[int, int]]()
    kept = dict[str, frozenset[int]]()
    for allele in gene.alleles[1:]:
        if not allele.variants or not allele.variants <= observation.seen.keys():
            continue
        sides = _carried(allele, observation)
        if any(sides):
            held[allele.name], kept[allele.name] = sides, allele.variants
    for name, variants in kept.items():
        for other, more in kept.items():
            if variants < more:  # the whole is named, not its part again
                held[name] = tuple(max(0, a - b) for a, b in zip(held[name], held[other], strict=True))  # type: ignore[assignment]
    return {name: sides for name, sides in held.items() if any(sides)}


def _carried(allele: NamedAllele, observation: Observation) -> tuple[int, int]:
    calls = [(observation.seen[at], allele.permitted[at]) for at in allele.variants]
    return (
        min(int(seen.first in permitted) for seen, permitted in calls),
        min(int(seen.second in permitted) for seen, permitted in calls),
    )


class _Order:
    """Lowest function first; among equals what DPWG lists too, then by name."""

    def __init__(self, table: PhenotypeTable) -> None:
        self._table = table

    def __call__(self, name: str) -> tuple[float, bool, tuple[tuple[int, int, str], ...]]:
        if self._table.is_scored:
            try:
                rank = float(self._table.activities.get(name, "9"))
            except ValueError:
                rank = 9.0
        else:
            function = self._table.function(name)
            rank = 0.0 if function == MALIGNANT_HYPERTHERMIA else 1.0 if not function else 2.0
        return rank, name not in _IN_BOTH, natural(name)


def _sorted(pair: tuple[str, str], reference: str) -> tuple[str, str]:
    one, two = sorted(pair, key=lambda name: (name != reference, natural(name)))
    return one, two


def _score(gene: GeneDefinition, observation: Observation, strands: Iterable[tuple[str, ...]]) -> int:
    by_name = {a.name: a for a in gene.alleles}
    return sum(len(by_name[name].defined & observation.seen.keys()) for strand in strands for name in strand)


def settle_hapb3(gene: GeneDefinition, observation: Observation) -> tuple[str, ...]:
    """
    Let the intronic variant decide HapB3; take the exonic one that marks it only where that has no call.

    Changes the observation of DPYD in place and returns what was assumed, in words.
    """
    index = {locus.position: at for at, locus in enumerate(gene.loci)}
    acting, marking = index.get(ACTING), index.get(MARKING)
    if acting is None or marking is None:
        return ()
    seen = observation.seen
    if acting not in seen:
        if marking not in seen:
            return ()
        seen[acting] = seen[marking] = _tied(seen[marking])
        observation.missing.remove(acting)
        carried = _count(seen[marking])
        return (
            (
                "HapB3 was read from c.1236G>A, which marks it; c.1129-5923C>G, which acts, has no call and would confirm it.",
            )
            if carried
            else ()
        )
    return _by_acting(seen, acting, marking, observation)


def _by_acting(seen: dict[int, Seen], acting: int, marking: int, observation: Observation) -> tuple[str, ...]:
    copies = _count(seen[acting])
    marked = _count(seen[marking]) if marking in seen else None
    if marked is None:
        observation.missing.remove(marking)
        seen[acting] = seen[marking] = _tied(seen[acting])
        return ("HapB3 was read from c.1129-5923C>G; c.1236G>A, which marks it, has no call.",) if copies else ()
    if marked == copies and copies == 1:
        if not (seen[acting].phased and seen[marking].phased):
            seen[acting] = seen[marking] = _tied(seen[acting])
        return ()
    if marked == copies:
        return ()
    if marked > copies:
        seen[acting] = seen[marking] = _tied(seen[acting])
    return ("c.1129-5923C>G and c.1236G>A differ; c.1129-5923C>G, which acts, was followed.",)


def _count(call: Seen) -> int:
    return int(call.first > 0) + int(call.second > 0)


def _tied(call: Seen) -> Seen:
    """Put an unphased call into a phase set of its own, which the variant beside it shares."""
    return call if call.phased else replace(call, phased=True, phase_set=-ACTING)


def describe(call: ListedCall, functions: Mapping[str, str]) -> str:
    """List what was found with its function, for a note."""
    names = dict.fromkeys(call.found)
    return ", ".join(f"{name} ({functions.get(name) or 'function not assigned'})" for name in names)
