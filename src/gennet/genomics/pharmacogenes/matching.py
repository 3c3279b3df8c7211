"""
Pairs of named alleles that explain what was observed, exactly.

Every arrangement of the genotypes on two haplotypes is considered without listing them: heterozygous loci fall into
blocks of known relative phase, each of which can be turned over on its own, so a pair of alleles fits when each block
fits one way or the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from gennet.genomics.pharmacogenes.definitions import GeneDefinition, NamedAllele
    from gennet.genomics.pharmacogenes.observation import Observation


@dataclass(frozen=True, slots=True)
class Pair:
    """Two named alleles that together explain the observation; one where the person has one copy."""

    alleles: tuple[str, ...]
    """In the order of `natural`."""
    score: int
    """Positions that define the two alleles; higher is named first. Not a probability."""
    turns: tuple[int, ...]
    """For each block: 1 the first allele lies on the first haplotype, -1 on the second, 0 either."""


@dataclass(frozen=True, slots=True)
class Match:
    """All pairs that explain an observation."""

    pairs: tuple[Pair, ...]
    """Best score first, then by name."""
    uncallable: tuple[str, ...]
    """Alleles none of whose defining loci were called."""

    @property
    def best(self) -> tuple[Pair, ...]:
        """Those of the highest score."""
        return tuple(pair for pair in self.pairs if pair.score == self.pairs[0].score)


def match(gene: GeneDefinition, observation: Observation, extra: Iterable[str] = ()) -> Match:
    """
    Find every pair of named alleles that the observation allows.

    Missing loci are dropped from the definitions; an allele left without a defined locus cannot be called (`extra`
    names such alleles to be tried all the same: what the missing loci could hide).

    References
    ----------
    PharmCAT, Named Allele Matcher 101. https://pharmcat.clinpgx.org/methods/NamedAlleleMatcher-101/
    """
    tried = frozenset(extra)
    rows = [i for i, a in enumerate(gene.alleles) if a.defined & observation.seen.keys() or a.name in tried]
    fits = _Fits(gene, rows, observation)
    held = fits.possible()
    found = fits.haploid(held) if observation.haploid else fits.pairs(held)
    pairs = [_pair(gene, observation, fits, chosen) for chosen in found] if observation.seen else []
    pairs.sort(key=lambda pair: (-pair.score, *(natural(name) for name in pair.alleles)))
    uncallable = tuple(a.name for i, a in enumerate(gene.alleles) if i not in set(rows))
    return Match(tuple(pairs), uncallable)


class _Fits:
    """Which alleles fit which haplotype of which block."""

    def __init__(self, gene: GeneDefinition, rows: list[int], observation: Observation) -> None:
        self.alleles = [gene.alleles[row] for row in rows]
        self.blocks = observation.blocks()
        called = sorted(observation.seen)
        first = [observation.seen[at].first for at in called]
        second = [observation.seen[at].second for at in called]
        one, two = gene.permits[np.ix_(rows, called)], gene.permits[np.ix_(rows, called)]
        one, two = one[:, range(len(called)), first], two[:, range(len(called)), second]
        column = {at: i for i, at in enumerate(called)}
        tied = [i for at, i in column.items() if not observation.seen[at].heterozygous]
        groups = [[column[at] for at in block] for block in self.blocks]
        shape = (len(groups), len(rows))
        self.same = one[:, tied].all(axis=1)
        self.forward = np.array([one[:, g].all(axis=1) for g in groups], bool).reshape(shape)
        self.turned = np.array([two[:, g].all(axis=1) for g in groups], bool).reshape(shape)

    def possible(self) -> NDArray[np.intp]:
        """Alleles that can lie on one of the haplotypes."""
        return np.flatnonzero(self.same & (self.forward | self.turned).all(axis=0))

    def haploid(self, held: NDArray[np.intp]) -> list[tuple[int, ...]]:
        return [(int(i),) for i in held]

    def pairs(self, held: NDArray[np.intp]) -> list[tuple[int, ...]]:
        """Pairs of alleles, each pair once, whose blocks all fit one way or the other."""
        fits = np.ones((len(held), len(held)), bool)
        for ahead, back in zip(self.forward, self.turned, strict=True):
            straight = np.outer(ahead[held], back[held])
            fits &= straight | straight.T
        return [(int(held[i]), int(held[j])) for i, j in np.argwhere(np.triu(fits))]

    def turns(self, chosen: tuple[int, ...]) -> tuple[tuple[bool, bool], ...]:
        """For each block, whether the first allele may lie on the first haplotype, and on the second."""
        if len(chosen) == 1:
            return tuple((True, False) for _ in self.blocks)
        a, b = chosen
        return tuple((bool(f[a] and t[b]), bool(t[a] and f[b])) for f, t in zip(self.forward, self.turned, strict=True))


def _pair(gene: GeneDefinition, observation: Observation, fits: _Fits, chosen: tuple[int, ...]) -> Pair:
    turns = fits.turns(chosen)
    alleles = [fits.alleles[i] for i in chosen]
    score = sum(len(a.defined & observation.seen.keys()) for a in alleles) - _unscored(
        alleles, turns, fits, observation
    )
    signs = tuple(0 if ahead and back else 1 if ahead else -1 for ahead, back in turns)
    names = [gene.cores.get(a.name, a.name) for a in alleles]
    if [natural(n) for n in names] != sorted(natural(n) for n in names):
        names, signs = names[::-1], tuple(-s for s in signs)
    return Pair(tuple(names), score, signs)


def _unscored(
    alleles: list[NamedAllele], turns: tuple[tuple[bool, bool], ...], fits: _Fits, observation: Observation
) -> int:
    """
    Count the positions that do not score: those where a definition permits several bases and the haplotype has the reference.

    A block that fits both ways counts the way that scores more.
    """
    lost = 0
    tied = {at for at in observation.seen if not observation.seen[at].heterozygous}
    lost += sum(observation.seen[at].first == 0 for a in alleles for at in a.ambiguous & tied)
    for block, (ahead, back) in zip(fits.blocks, turns, strict=True):
        ways = [way for way, allowed in ((False, ahead), (True, back)) if allowed]
        lost += min(_lost_in(block, alleles, observation, turned=way) for way in ways)
    return lost


def _lost_in(block: list[int], alleles: list[NamedAllele], observation: Observation, *, turned: bool) -> int:
    lost = 0
    for which, allele in enumerate(alleles):
        second = bool(which) != turned
        for at in allele.ambiguous & set(block):
            seen = observation.seen[at]
            lost += (seen.second if second else seen.first) == 0
    return lost


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """
    Sort names as people count: ``*2`` before ``*10``.

    >>> sorted(["*10", "*2", "*1"], key=natural)
    ['*1', '*2', '*10']
    """
    return tuple(_pieces(name))


def _pieces(name: str) -> Iterator[tuple[int, int, str]]:
    digits = ""
    for letter in f"{name}\0":
        if letter.isdigit() and letter.isascii():
            digits += letter
            continue
        if digits:
            yield (0, int(digits), "")
            digits = ""
        if letter != "\0":
            yield (1, 0, letter)
