"""How genotypes become haplotypes where the phase is not known."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from gennet.errors import InvalidContent
from gennet.genomics.consequences.records import Genotype

if TYPE_CHECKING:
    from gennet.genomics.consequences.records import Record


class Phase(StrEnum):
    """What is done with genotypes."""

    ALONE = "alone"
    """Each line is looked at alone; genotypes are not asked."""
    REQUIRE = "require"
    """Unphased heterozygous genotypes are refused."""
    AS_IS = "as-is"
    """Alleles are taken in the order they are written: 0/1 as 0|1."""
    MERGE = "merge"
    """All alternate alleles lie on one haplotype: 0/1 as 1, 1/2 as 1."""
    ALTERNATE = "alternate"
    """Haplotypes hold no reference where there is another: 0/1 as 1|1, 1/2 as 1|2."""
    SKIP = "skip"
    """Unphased heterozygous genotypes are left out."""


def phased(record: Record, phase: Phase, *, place: str = "") -> Record:
    """
    Turn the genotypes of a line into haplotypes.

    Raises
    ------
    InvalidContent
        A heterozygous genotype is not phased and `Phase.REQUIRE` is asked for.

    >>> from gennet.genomics.consequences.records import Record
    >>> line = Record("1", 9, "A", ("C", "G"), (Genotype((0, 2), phased=False),))
    >>> [phased(line, how).genotypes[0].alleles for how in (Phase.AS_IS, Phase.MERGE, Phase.ALTERNATE, Phase.SKIP)]
    [(0, 2), (2,), (2, 2), (-1, -1)]
    """
    if phase is Phase.ALONE:
        return record._replace(genotypes=())
    made = list[Genotype]()
    for genotype in record.genotypes:
        open_ = not genotype.phased and len(set(genotype.alleles)) > 1
        if open_ and phase is Phase.REQUIRE:
            raise InvalidContent(
                "a heterozygous genotype is not phased",
                place=f"{place}: line {record.line}" if place else f"line {record.line}",
                remedy="phase the file, or say how with --phase",
            )
        made.append(Genotype(_alleles(genotype.alleles, phase, open_=open_), phased=True))
    return record._replace(genotypes=tuple(made))


def _alleles(alleles: tuple[int, ...], phase: Phase, *, open_: bool) -> tuple[int, ...]:
    first = next((allele for allele in alleles if allele > 0), max(alleles, default=-1))
    if phase is Phase.MERGE:
        return (first,)
    if phase is Phase.ALTERNATE and open_:
        return tuple(allele if allele > 0 else first for allele in alleles)
    if phase is Phase.SKIP and open_:
        return (-1,) * len(alleles)
    return alleles
