"""What a person's genotypes say at the loci of a gene: alleles by haplotype, phase, and what is missing or odd."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gennet.genomics.builds import Build, chromosome_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gennet.genomics.genotypes import Call, Genotypes
    from gennet.genomics.pharmacogenes.definitions import GeneDefinition, Locus

UNKNOWN = -2
"""Code of an allele that the file leaves open (``./1``)."""
UNDOCUMENTED = -1
"""Code of an allele that no definition has."""

AUTOSOMES = 22

Place = tuple[int, str]
"""Position and reference allele of a locus in the genotypes' build."""
Site = tuple[int, int, str]
"""Chromosome, position and reference allele of a locus in GRCh38."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One locus as called: codes of the locus's alleles on the two haplotypes."""

    first: int
    second: int
    """Equal to `first` where the person has one copy."""
    haploid: bool
    phased: bool
    phase_set: int

    @property
    def heterozygous(self) -> bool:
        """Whether the two haplotypes differ."""
        return self.first != self.second


@dataclass(slots=True)
class Observation:
    """A gene's loci as one person's file shows them."""

    seen: dict[int, Seen] = field(default_factory=dict)
    """By index of the locus."""
    missing: list[int] = field(default_factory=list)
    unplaced: list[int] = field(default_factory=list)
    """Loci without a known position in the genotypes' build; they are in `missing` too."""
    half: list[int] = field(default_factory=list)
    """Loci where one of two alleles is open and the other an alternate."""
    undocumented: dict[int, str] = field(default_factory=dict)
    """Alleles that no definition has, by locus."""
    mismatched: dict[int, str] = field(default_factory=dict)
    """Reference alleles of the file that contradict the definition's, by locus; the locus is missing."""

    @property
    def haploid(self) -> bool:
        """Whether the person has one copy: some calls have one allele, and none has two different ones."""
        calls = self.seen.values()
        return any(c.haploid for c in calls) and not any(c.heterozygous for c in calls)

    @property
    def contradicts_itself(self) -> bool:
        """Whether some calls have one allele and others two different ones."""
        calls = self.seen.values()
        return any(c.haploid for c in calls) and any(c.heterozygous for c in calls)

    def blocks(self) -> list[list[int]]:
        """Group the heterozygous loci whose phase is known relative to each other; homozygous ones bind nothing."""
        made = dict[tuple[str, int], list[int]]()
        for at, call in self.seen.items():
            if call.heterozygous:
                made.setdefault(("set", call.phase_set) if call.phased else ("alone", at), []).append(at)
        return list(made.values())

    @property
    def is_phased(self) -> bool:
        """Whether only one arrangement on two haplotypes is possible."""
        return len(self.blocks()) <= 1


def observe(genotypes: Genotypes, gene: GeneDefinition, places: Mapping[Site, Place] | None = None) -> Observation:
    """
    Read a gene's loci from genotypes.

    A locus without a line is missing, unless a reference block covers it. `places` gives position and reference
    allele in GRCh37 of each locus; loci it lacks are missing. A reference allele of the file that
    contradicts the definition makes the locus missing and is kept in `mismatched`.
    """
    made = Observation()
    sites = [_place(locus, genotypes.build, places or {}) for locus in gene.loci]
    chromosome = np.full(len(sites), gene.chromosome, np.int8)
    position = np.array([site[0] if site else 0 for site in sites], np.int32)
    low, high = genotypes.rows_at(chromosome, position)
    covered = genotypes.in_reference_block(chromosome, position)
    for at, (locus, site) in enumerate(zip(gene.loci, sites, strict=True)):
        if site is None:
            made.unplaced.append(at)
            made.missing.append(at)
        elif low[at] < high[at]:
            _read(made, at, locus, site, genotypes.calls_at(chromosome_name(gene.chromosome), site[0]), gene)
        elif covered[at]:
            _see(made, at, locus, (site[1], site[1]), gene, haploid=False)
        else:
            made.missing.append(at)
    return made


def _place(locus: Locus, build: Build, places: Mapping[Site, Place]) -> Place | None:
    if build is Build.GRCH38:
        return locus.position, locus.reference
    return places.get((locus.chromosome, locus.position, locus.reference))


def _read(made: Observation, at: int, locus: Locus, site: Place, calls: Sequence[Call], gene: GeneDefinition) -> None:
    """Join the lines at a position: an alternate on any of them counts; agreement of all on the reference does too."""
    expected = site[1]
    fitting = [call for call in calls if _same_start(call.reference, expected)]
    if not fitting:
        made.mismatched[at] = calls[0].reference
        made.missing.append(at)
        return
    read = [_alleles(call, locus, expected) for call in fitting]
    # The line whose alleles say most about this locus decides: one with an alternate, else the first.
    call, carried = next(
        ((c, a) for c, a in zip(fitting, read, strict=True) if set(a) != {expected}), (fitting[0], read[0])
    )
    haploid = len(carried) == 1
    pair = (carried[0], carried[-1])
    if haploid and gene.chromosome <= AUTOSOMES:
        haploid, pair = False, (carried[0], None)  # one allele of two: the other is open
    if pair == (None, None):
        made.missing.append(at)
        return
    if None in pair:
        known = pair[0] if pair[0] is not None else pair[1]
        if known == locus.reference:
            made.missing.append(at)
            return
        made.half.append(at)
    _see(made, at, locus, pair, gene, haploid=haploid, phased=call.phased, phase_set=call.phase_set)


def _see(
    made: Observation,
    at: int,
    locus: Locus,
    pair: tuple[str | None, str | None],
    gene: GeneDefinition,
    *,
    haploid: bool,
    phased: bool = False,
    phase_set: int = 0,
) -> None:
    codes = []
    for allele in pair:
        code = UNKNOWN if allele is None else locus.code(allele)
        if code == UNDOCUMENTED:
            made.undocumented[at] = str(allele)
            code = 0 if gene.reads_unknown_as_reference else code
        codes.append(code)
    made.seen[at] = Seen(codes[0], codes[1], haploid, phased, phase_set)


def _same_start(one: str, other: str) -> bool:
    """Tell whether two reference alleles at one position can both be true: the shorter begins the longer."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short)


def _alleles(call: Call, locus: Locus, expected: str) -> tuple[str | None, ...]:
    return tuple(None if a is None else _in_terms_of(locus, expected, call.reference, a) for a in call.alleles)


def _in_terms_of(locus: Locus, expected: str, reference: str, allele: str) -> str:
    """
    Rewrite an allele of a VCF line as one of the locus.

    The line may be written with a longer reference (``CA`` to ``TA`` is ``C`` to ``T``). At a locus of one base, an
    insertion or deletion after that base leaves it as it is.
    """
    if allele == reference:
        return expected
    ours, theirs = _trimmed(reference, allele)
    for option in (locus.reference, *locus.alternates):
        if option != expected and _trimmed(expected, option) == (ours, theirs):
            return option
    single = all(len(a) == 1 for a in (locus.reference, *locus.alternates))
    if single and allele[:1] == expected and allele != "*":
        return expected
    return theirs if single and len(ours) == 1 else f"{ours}>{theirs}"


def _trimmed(reference: str, allele: str) -> tuple[str, str]:
    while len(reference) > 1 and len(allele) > 1 and reference[-1] == allele[-1]:
        reference, allele = reference[:-1], allele[:-1]
    return reference, allele


def labels(gene: GeneDefinition, indices: Iterable[int]) -> tuple[str, ...]:
    """Name loci for a reader."""
    return tuple(gene.loci[at].label for at in indices)
