"""Lift variants, cohorts, one person's genotypes and scoring files from one genome build to the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gennet.genomics.build_evidence import site_keys
from gennet.genomics.cohort import Block, Variants
from gennet.genomics.cohorts.dosages import DosageBlock, DosageCohort, dosage_blocks
from gennet.genomics.liftover.chain import Outcome, lift_positions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gennet.genomics.builds import Build
    from gennet.genomics.cohort import Cohort
    from gennet.genomics.fasta import Bases
    from gennet.genomics.genotypes import Genotypes
    from gennet.genomics.liftover.chain import Chain
    from gennet.genomics.scoring_files import ScoringFile

_COMPLEMENT = str.maketrans("ACGTRYSWKMBDHVNacgtryswkmbdhvn", "TGCAYRSWMKVHDBNtgcayrswmkvhdbn")


def opposite(allele: str) -> str:
    """
    Write an allele as it reads on the opposite strand; symbols such as ``<DEL>`` and ``*`` stay.

    >>> opposite("ACT"), opposite("*")
    ('AGT', '*')
    """
    return allele.translate(_COMPLEMENT)[::-1] if allele.isalpha() else allele


@dataclass(frozen=True, slots=True, eq=False)
class LiftedVariants:
    """Variants in the other build."""

    variants: Variants
    """Those lifted, in the order they were given."""
    rows: NDArray[np.intp]
    """Of `variants` among those given."""
    swapped: NDArray[np.bool_]
    """Whether reference and alternate changed places, so that dosages count from the other end."""
    outcome: NDArray[np.int8]
    """Of every variant given; of `Outcome`."""


def lift_variants(variants: Variants, chain: Chain, *, reference: Bases | None = None) -> LiftedVariants:
    """
    Lift biallelic variants: place, strand and, where the bases of the other build are known, which allele is its reference.

    Without `reference` the alleles keep their order. Insertions and deletions on the opposite strand are not lifted:
    their anchor base would have to be taken from the other side.

    >>> from gennet.genomics.liftover.chain import Chain
    >>> chain = Chain(*(np.array([n]) for n in (1 << 32, (1 << 32) + 100, (1 << 32) + 100)),
    ...     np.array([2], np.int8), np.array([1000]), np.array([5000]), np.array([True]))
    >>> v = Variants(np.array([1], np.int8), np.array([1], np.int32), ("rs1",), ("A",), ("C",))
    >>> lifted = lift_variants(v, chain, reference=lambda *_: "G")
    >>> lifted.variants.position.tolist(), lifted.variants.reference, lifted.swapped.tolist()
    ([4000], ('G',), [True])
    """
    lengths = np.array([len(allele) for allele in variants.reference], np.int64)
    places = lift_positions(chain, variants.chromosome, variants.position, lengths)
    outcome, swapped = places.outcome.copy(), np.zeros(variants.size, bool)
    first, second = list(variants.reference), list(variants.alternate)
    for row in np.flatnonzero(places.reverse).tolist():
        if len(first[row]) != len(second[row]):
            outcome[row] = Outcome.REVERSED_INDEL
        first[row], second[row] = opposite(first[row]), opposite(second[row])
    if reference is not None:
        for row in np.flatnonzero(outcome == Outcome.LIFTED).tolist():
            known = int(places.chromosome[row]), int(places.position[row])
            if reference(*known, len(first[row])) == first[row]:
                continue
            if reference(*known, len(second[row])) == second[row]:
                first[row], second[row], swapped[row] = second[row], first[row], True
            else:
                outcome[row] = Outcome.OTHER_REFERENCE
    kept = np.flatnonzero(outcome == Outcome.LIFTED)
    made = Variants(places.chromosome, places.position, variants.id, tuple(first), tuple(second)).at(kept)
    return LiftedVariants(made, kept, swapped[kept], outcome)


@dataclass(frozen=True, slots=True, eq=False)
class LiftedCohort:
    """A cohort read in the other build: the same file, in its order, with places, alleles and dosages lifted."""

    source: Cohort
    variants: Variants
    build: Build
    rows: NDArray[np.intp]
    """Of `variants` in the source."""
    swapped: NDArray[np.bool_]

    @property
    def samples(self) -> tuple[str, ...]:
        """The people of the source."""
        return self.source.samples

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes of the source, and whether sites are out of order."""
        keys = site_keys(self.variants.chromosome, self.variants.position)
        out = int(np.count_nonzero(keys[1:] < keys[:-1]))
        late = (f"After lifting, {out} variants lie before the one above them: sort with plink2 --sort-vars.",)
        return (*self.source.notes, *(late if out else ()))

    @property
    def has_dosages(self) -> bool:
        """Whether the source's file holds dosages."""
        return isinstance(self.source, DosageCohort) and self.source.has_dosages

    def blocks(self, rows: NDArray[np.intp] | None = None, *, size: int = 4096) -> Iterator[Block]:
        """Yield as `Cohort.blocks` says."""
        wanted = np.arange(len(self.rows)) if rows is None else rows
        for block in self.source.blocks(self.rows[wanted], size=size):
            turned = self.swapped[wanted[block.start : block.start + len(block.dosages)], None]
            yield Block(block.start, np.where(turned & (block.dosages >= 0), 2 - block.dosages, block.dosages))

    def dosage_blocks(self, rows: NDArray[np.intp] | None = None, *, size: int = 4096) -> Iterator[DosageBlock]:
        """Yield as `DosageCohort.dosage_blocks` says."""
        wanted = np.arange(len(self.rows)) if rows is None else rows
        for block in dosage_blocks(self.source, self.rows[wanted], size=size):
            turned = self.swapped[wanted[block.start : block.start + len(block.dosages)], None]
            yield DosageBlock(block.start, np.where(turned, 2 - block.dosages, block.dosages))


def lift_cohort(
    cohort: Cohort, chain: Chain, build: Build, *, reference: Bases | None = None
) -> tuple[LiftedCohort, LiftedVariants]:
    """Read a cohort in another build; `build` is that of the chain's target."""
    lifted = lift_variants(cohort.variants, chain, reference=reference)
    return LiftedCohort(cohort, lifted.variants, build, lifted.rows, lifted.swapped), lifted


def lift_scoring_file(file: ScoringFile, chain: Chain, build: Build) -> tuple[ScoringFile, NDArray[np.int8]]:
    """
    Lift the places of a scoring file; variants that have none in the other build stay, without a place.

    Returns
    -------
    tuple[ScoringFile, NDArray[np.int8]]
        The file in `build`, and the `Outcome` of each variant.
    """
    places = lift_positions(chain, file.chromosome, file.position)
    lengths = np.array([*(len(allele) for allele in file.alleles), 1])
    outcome = places.outcome.copy()
    # Which of the two alleles is the reference is not known, nor then on which side the anchor base lies.
    longer = (lengths[file.effect_allele] > 1) | (lengths[file.other_allele] > 1)
    outcome[places.reverse & longer] = Outcome.REVERSED_INDEL
    fine = outcome == Outcome.LIFTED
    alleles = (*file.alleles, *map(opposite, file.alleles))
    step = np.where(places.reverse & fine, len(file.alleles), 0).astype(np.int32)
    made = replace(
        file,
        build=build,
        chromosome=np.where(fine, places.chromosome, 0).astype(np.int8),
        position=np.where(fine, places.position, 0).astype(np.int32),
        effect_allele=file.effect_allele + step,
        other_allele=np.where(file.other_allele < 0, file.other_allele, file.other_allele + step).astype(np.int32),
        alleles=alleles,
    )
    return made, outcome


def lift_genotypes(genotypes: Genotypes, chain: Chain, build: Build) -> tuple[Genotypes, NDArray[np.int8]]:
    """
    Lift one person's sites and reference blocks; the alleles called stay the same ones.

    Which allele is the reference of the other build is not looked up. A reference block that does not lie in one
    ungapped stretch is left out: there its person is unknown, not reference.

    Returns
    -------
    tuple[Genotypes, NDArray[np.int8]]
        The person in `build`, and the `Outcome` of each site.
    """
    g = genotypes
    lengths = np.array([len(allele) for allele in g.alleles], np.int64)
    places = lift_positions(chain, g.chromosome, g.position, lengths[g.reference])
    outcome = places.outcome.copy()
    uneven = np.array([len({len(part) for part in allele.split(",")}) > 1 for allele in g.alleles])
    first = np.array([len(allele.split(",")[0]) for allele in g.alleles])
    outcome[places.reverse & (uneven[g.alternate] | (first[g.alternate] != lengths[g.reference]))] = (
        Outcome.REVERSED_INDEL
    )
    alleles = {allele: code for code, allele in enumerate(g.alleles)}
    turned = np.array(
        [alleles.setdefault(",".join(map(opposite, a.split(","))), len(alleles)) for a in g.alleles], np.int32
    )
    rows = np.flatnonzero(outcome == Outcome.LIFTED)
    rows = rows[np.argsort(site_keys(places.chromosome[rows], places.position[rows]), kind="stable")]
    reverse = places.reverse[rows]
    blocks = lift_positions(chain, g.block_chromosome, g.block_start, g.block_end.astype(np.int64) - g.block_start + 1)
    kept = np.flatnonzero(blocks.outcome == Outcome.LIFTED)
    kept = kept[np.argsort(site_keys(blocks.chromosome[kept], blocks.position[kept]), kind="stable")]
    length = (g.block_end - g.block_start)[kept]
    columns = {name: getattr(g, name)[rows] for name in ("first", "second", "phased", "phase_set")}
    made = replace(
        g,
        build=build,
        chromosome=places.chromosome[rows],
        position=places.position[rows],
        reference=np.where(reverse, turned[g.reference[rows]], g.reference[rows]),
        alternate=np.where(reverse, turned[g.alternate[rows]], g.alternate[rows]),
        alleles=tuple(alleles),
        block_chromosome=blocks.chromosome[kept],
        block_start=blocks.position[kept],
        block_end=(blocks.position[kept] + length).astype(np.int32),
        **columns,
    )
    return made, outcome
