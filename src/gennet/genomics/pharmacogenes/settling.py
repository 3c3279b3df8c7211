"""Which test would settle what is open: the one whose result splits the remaining explanations most."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gennet.genomics.pharmacogenes.matching import match
from gennet.genomics.pharmacogenes.prior import weight

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from gennet.genomics.pharmacogenes.definitions import GeneDefinition
    from gennet.genomics.pharmacogenes.matching import Match
    from gennet.genomics.pharmacogenes.observation import Observation

MOST_TESTS = 5


@dataclass(frozen=True, slots=True)
class SettlingTest:
    """A test not yet done, and how much its result would tell."""

    test: str
    """In words: ``genotype rs1142345 (6:18130687)``, ``phase the heterozygous positions``."""
    bits: float
    """Expected information about the phenotype; 1 bit halves an even choice."""
    diplotype_bits: float
    """Expected information about the diplotype."""
    outcomes: tuple[str, ...]
    """Phenotypes still possible before the test, the likeliest first."""


def entropy(weights: Iterable[float]) -> float:
    """
    Return the uncertainty of a choice in bits; the weights need not add up to one.

    >>> entropy([1, 1, 2])
    1.5
    """
    held = [w for w in weights if w > 0]
    total = math.fsum(held)
    return -math.fsum(w / total * math.log2(w / total) for w in held) if held else 0.0


def information(options: Sequence[tuple[float, Hashable]], outcome: Sequence[Hashable]) -> float:
    """
    Return the bits that a test with these outcomes tells about the options (weight and label, in the same order).

    >>> information([(1, "a"), (1, "b")], [0, 1]), information([(1, "a"), (1, "b")], [0, 0])
    (1.0, 0.0)
    """
    before = _by_label(options)
    groups: defaultdict[Hashable, list[tuple[float, Hashable]]] = defaultdict(list)
    for option, result in zip(options, outcome, strict=True):
        groups[result].append(option)
    total = math.fsum(w for w, _ in options)
    after = math.fsum(
        math.fsum(w for w, _ in group) / total * entropy(_by_label(group).values()) for group in groups.values()
    )
    return max(0.0, entropy(before.values()) - after)


def _by_label(options: Iterable[tuple[float, Hashable]]) -> dict[Hashable, float]:
    sums: defaultdict[Hashable, float] = defaultdict(float)
    for w, label in options:
        sums[label] += w
    return dict(sums)


def settling_tests(
    gene: GeneDefinition,
    observation: Observation,
    found: Match,
    phenotype: Callable[[tuple[str, ...]], str],
    hidden: Iterable[tuple[str, ...]] = (),
) -> tuple[SettlingTest, ...]:
    """
    Rank the missing positions and the phase by what they would tell, the most telling first.

    `hidden` are diplotypes to consider besides those that fit: what core positions without a call could make.
    """
    tests = [*_phase(gene, observation, found, phenotype), *_positions(gene, observation, found, phenotype, hidden)]
    tests.sort(key=lambda t: (-round(t.bits, 9), -round(t.diplotype_bits, 9), t.test))
    return tuple(t for t in tests if t.bits > 1e-9 or t.diplotype_bits > 1e-9)[:MOST_TESTS]


def _phase(
    gene: GeneDefinition, observation: Observation, found: Match, phenotype: Callable[[tuple[str, ...]], str]
) -> list[SettlingTest]:
    if observation.is_phased or len(found.pairs) < 2:
        return []
    outcome = [_arrangement(pair.turns) for pair in found.pairs]
    where = ", ".join(gene.loci[at].label for block in observation.blocks() for at in block)
    return [_test(gene, f"phase {where}", [p.alleles for p in found.pairs], outcome, phenotype)]


def _arrangement(turns: tuple[int, ...]) -> tuple[int, ...]:
    """Describe an arrangement whichever haplotype is called the first."""
    sign = next((t for t in turns if t), 1)
    return tuple(t * sign for t in turns)


def _positions(
    gene: GeneDefinition,
    observation: Observation,
    found: Match,
    phenotype: Callable[[tuple[str, ...]], str],
    hidden: Iterable[tuple[str, ...]],
) -> list[SettlingTest]:
    if not observation.missing or not found.pairs:
        return []
    near = {name for pair in found.best for name in pair.alleles}
    pairs = [p.alleles for p in match(gene, observation, found.uncallable).pairs if near & set(p.alleles)]
    pairs = list(dict.fromkeys((*pairs, *sorted(hidden))))
    codes = {gene.cores.get(a.name, a.name): [min(c) for c in a.permitted] for a in gene.alleles}
    tests = []
    for at in observation.missing:
        outcome = [tuple(sorted(codes[name][at] for name in alleles)) for alleles in pairs]
        if len(set(outcome)) > 1:
            tests.append(_test(gene, f"genotype {gene.loci[at].label}", pairs, outcome, phenotype))
    return tests


def _test(
    gene: GeneDefinition,
    words: str,
    pairs: Sequence[tuple[str, ...]],
    outcome: Sequence[Hashable],
    phenotype: Callable[[tuple[str, ...]], str],
) -> SettlingTest:
    weights = [weight(gene.symbol, p) for p in pairs]
    kinds = [(w, phenotype(p)) for w, p in zip(weights, pairs, strict=True)]
    exact = [(w, p) for w, p in zip(weights, pairs, strict=True)]
    shares = _by_label(kinds)
    likely = tuple(str(k) for k in sorted(shares, key=lambda k: (-shares[k], str(k))))
    return SettlingTest(words, information(kinds, outcome), information(exact, outcome), likely)
