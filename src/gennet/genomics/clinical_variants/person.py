"""A person's rare findings: what they carry of what was classified, in the order it matters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations
from typing import TYPE_CHECKING

from gennet.core.parts import Part
from gennet.errors import InvalidContent
from gennet.genomics.builds import Build
from gennet.genomics.clinical_variants.carrying import Carried, Phase, Zygosity, carried, phase_of
from gennet.genomics.clinical_variants.classified import ClassifiedVariant, ClassifiedVariants, by_site
from gennet.genomics.clinical_variants.genes import SECONDARY, Inheritance, Secondary
from gennet.genomics.clinical_variants.points import Class

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gennet.genomics.genotypes import Genotypes

_FAR = 1000
"""Bases over which trimming may move where a line starts."""


class Meaning(StrEnum):
    """What a finding says of the person."""

    AFFECTS = "as many copies as the condition needs"
    CARRIER = "carrier"
    POSSIBLY_BIALLELIC = "two variants whose copies are not known"
    OPEN = "not known"
    """Uncertain significance, or the inheritance of the gene is not known."""


@dataclass(frozen=True, slots=True)
class RareFinding:
    """A classified variant that a person carries."""

    variant: ClassifiedVariant
    zygosity: Zygosity
    meaning: Meaning
    secondary: bool
    """Whether it is on the list of secondary findings that laboratories return."""


@dataclass(frozen=True, slots=True)
class VariantPair:
    """Two variants in one gene of one person; one at least is pathogenic or likely so."""

    gene: str
    first: str
    second: str
    phase: Phase
    classes: tuple[Class, Class]


@dataclass(frozen=True, slots=True)
class ClinicalVariants(Part):
    """Rare findings of one person, pathogenic ones first."""

    sample: str
    build: Build
    findings: tuple[RareFinding, ...]
    pairs: tuple[VariantPair, ...]
    secondary_asked: bool
    classified: int
    """How many classified variants were looked for."""
    rules: str
    sources: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many findings there are."""
        return len(self.findings)


_ORDER = (Class.PATHOGENIC, Class.LIKELY_PATHOGENIC, Class.UNCERTAIN, Class.LIKELY_BENIGN, Class.BENIGN)


def clinical_variants(genotypes: Genotypes, classified: ClassifiedVariants) -> ClinicalVariants:
    """
    Find what a person carries of what was classified; tell zygosity, phase, carrier status.

    Pathogenic and likely pathogenic variants in genes of the list of secondary findings are given only where they
    were asked for when the variants were classified. A site without a line is missing, not reference.

    Raises
    ------
    InvalidContent
        Genotypes and classified variants are on different builds.
    """
    findings, pairs = _carried_findings(genotypes, classified)
    if not classified.secondary:
        findings = [f for f in findings if not f.secondary]
        kept = {f.variant.name for f in findings}
        pairs = tuple(pair for pair in pairs if {pair.first, pair.second} <= kept)
    findings.sort(key=lambda f: (_ORDER.index(f.variant.class_), -f.variant.points, f.variant.gene, f.variant.name))
    return ClinicalVariants(
        genotypes.sample, genotypes.build, tuple(findings), pairs, classified.secondary, classified.size,
        classified.rules, classified.sources, tuple(_notes(classified)),
    )  # fmt: skip


def without_secondary(genotypes: Genotypes, classified: ClassifiedVariants) -> ClassifiedVariants:
    """Leave out what would be a secondary finding of this person, so that nobody reads it who did not ask."""
    found = {f.variant for f in _carried_findings(genotypes, classified)[0] if f.secondary}
    return replace(classified, variants=tuple(v for v in classified.variants if v not in found), secondary=False)


def _carried_findings(
    genotypes: Genotypes, classified: ClassifiedVariants
) -> tuple[list[RareFinding], tuple[VariantPair, ...]]:
    if genotypes.build != classified.build:
        raise InvalidContent(
            f"the genotypes are on {genotypes.build}, the classified variants on {classified.build}",
            remedy="classify the variants of this genome",
        )
    held = list(_held(genotypes, classified))
    pairs = tuple(_pairs(held))
    return [_finding(variant, one, pairs) for variant, one in held], pairs


def _held(genotypes: Genotypes, classified: ClassifiedVariants) -> Iterator[tuple[ClassifiedVariant, Carried]]:
    import numpy as np

    sites = by_site(classified)
    if not sites:
        return
    wanted = np.array([code << 32 | position for code, position, _, _ in sorted(sites)], np.int64)
    keys = genotypes.chromosome.astype(np.int64) << 32 | genotypes.position
    low, high = np.searchsorted(keys, wanted - _FAR), np.searchsorted(keys, wanted, "right")
    rows = np.unique(np.concatenate([np.arange(a, b) for a, b in zip(low, high, strict=True)]))
    rows = rows[(genotypes.first[rows] > 0) | (genotypes.second[rows] > 0)]
    for one in carried(genotypes, rows):
        for variant in sites.get((one.chromosome, one.position, one.reference, one.alternate), ()):
            yield variant, one


def _pairs(held: Iterable[tuple[ClassifiedVariant, Carried]]) -> Iterator[VariantPair]:
    by_gene = dict[str, list[tuple[ClassifiedVariant, Carried]]]()
    for variant, one in held:
        if one.zygosity is Zygosity.HETEROZYGOUS:
            by_gene.setdefault(variant.gene, []).append((variant, one))
    for gene, found in sorted(by_gene.items()):
        for (v1, c1), (v2, c2) in combinations(found, 2):
            if v1.class_.counts or v2.class_.counts:
                yield VariantPair(gene, v1.name, v2.name, phase_of(c1, c2), (v1.class_, v2.class_))


def _finding(variant: ClassifiedVariant, one: Carried, pairs: Iterable[VariantPair]) -> RareFinding:
    own = [pair for pair in pairs if pair.gene == variant.gene and variant.name in {pair.first, pair.second}]
    sure = [pair for pair in own if all(c.counts for c in pair.classes)]
    both = one.zygosity is Zygosity.HOMOZYGOUS or any(pair.phase is Phase.TRANS for pair in sure)
    open_ = any(pair.phase is Phase.UNKNOWN for pair in sure)
    meaning = _meaning(variant, one, both=both, open_=open_)
    return RareFinding(variant, one.zygosity, meaning, _is_secondary(variant, meaning, one, both=both or open_))


def _meaning(variant: ClassifiedVariant, one: Carried, *, both: bool, open_: bool) -> Meaning:
    kind = variant.inheritance
    if not variant.class_.counts or kind is None:
        return Meaning.OPEN
    if kind in {Inheritance.DOMINANT, Inheritance.SEMIDOMINANT} or both or one.zygosity is Zygosity.HEMIZYGOUS:
        return Meaning.AFFECTS
    return Meaning.POSSIBLY_BIALLELIC if open_ else Meaning.CARRIER


def _is_secondary(variant: ClassifiedVariant, meaning: Meaning, one: Carried, *, both: bool) -> bool:
    """Tell whether the list says to return it: ACMG SF v3.2 (10.1016/j.gim.2023.100866)."""
    if not variant.class_.counts:
        return False
    which = variant.secondary
    if which is Secondary.BIALLELIC:
        return both or meaning is Meaning.POSSIBLY_BIALLELIC
    if which is Secondary.TRUNCATING:
        return variant.truncating
    if which is Secondary.C282Y:
        return "Cys282Tyr" in variant.hgvs_p and one.zygosity is Zygosity.HOMOZYGOUS
    return which is Secondary.ANY


def _notes(classified: ClassifiedVariants) -> Iterator[str]:
    if classified.secondary:
        yield f"Secondary findings were asked for: {SECONDARY}."
    else:
        yield "Secondary findings were not asked for: pathogenic variants in the genes of that list are left out."
    yield "What is not listed is not excluded: regions not sequenced, copy numbers, repeats and mosaics are not seen."
    yield "A class rests on the evidence at hand; criteria that are not evaluated may change it."


def classes(findings: Iterable[RareFinding]) -> Mapping[Class, int]:
    """
    Count findings by class.

    >>> classes([])[Class.PATHOGENIC]
    0
    """
    made = dict.fromkeys(_ORDER, 0)
    for one in findings:
        made[one.variant.class_] += 1
    return made
