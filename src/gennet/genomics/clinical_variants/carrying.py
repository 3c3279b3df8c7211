"""Who carries what: zygosity, and which variants lie on the same copy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gennet.genomics.annotation.building import trim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gennet.genomics.genotypes import Genotypes


class Zygosity(StrEnum):
    """On how many copies a variant lies."""

    HETEROZYGOUS = "heterozygous"
    HOMOZYGOUS = "homozygous"
    HEMIZYGOUS = "hemizygous"
    """On the only copy that was called."""
    HALF_CALLED = "on one copy, the other not called"


class Phase(StrEnum):
    """Whether two variants lie on one copy."""

    CIS = "cis"
    """On the same copy: the other one works."""
    TRANS = "trans"
    """One on each copy."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Carried:
    """A variant as one person carries it."""

    chromosome: int
    position: int
    """1-based, alleles trimmed."""
    reference: str
    alternate: str
    zygosity: Zygosity
    phased: bool
    phase_set: int
    """As `Call.phase_set`."""
    copy: int
    """Which copy a heterozygous variant is written on; means something only within its phase set."""


def carried(genotypes: Genotypes, rows: NDArray[np.intp]) -> Iterator[Carried]:
    """
    Yield the alternate alleles a person carries at some rows, each trimmed.

    A missing allele is neither reference nor alternate.
    """
    for row in rows.tolist():
        text = genotypes.alleles[genotypes.alternate[row]]
        reference = genotypes.alleles[genotypes.reference[row]]
        called = (int(genotypes.first[row]), int(genotypes.second[row]))
        for number, alternate in enumerate(text.split(","), start=1):
            if number not in called or not set(alternate) <= set("ACGT"):
                continue
            zygosity = _zygosity(called, number)
            position, ref, alt = trim(int(genotypes.position[row]), reference, alternate)
            yield Carried(
                int(genotypes.chromosome[row]), position, ref, alt, zygosity, bool(genotypes.phased[row]),
                int(genotypes.phase_set[row]), called.index(number),
            )  # fmt: skip


def _zygosity(called: tuple[int, int], number: int) -> Zygosity:
    first, second = called
    if first == second == number:
        return Zygosity.HOMOZYGOUS
    if second == -2:
        return Zygosity.HEMIZYGOUS
    return Zygosity.HALF_CALLED if -1 in called else Zygosity.HETEROZYGOUS


def variant_rows(genotypes: Genotypes) -> NDArray[np.intp]:
    """Return the rows at which a person carries any alternate allele."""
    return np.flatnonzero((genotypes.first > 0) | (genotypes.second > 0))


def phase_of(one: Carried, two: Carried) -> Phase:
    """
    Tell whether two heterozygous variants lie on one copy; unknown unless they were phased in one set.

    >>> het = Zygosity.HETEROZYGOUS
    >>> a, b = Carried(1, 5, "A", "C", het, True, 7, 0), Carried(1, 9, "A", "C", het, True, 7, 1)
    >>> phase_of(a, b).value
    'trans'
    """
    apart = one.chromosome != two.chromosome or one.phase_set != two.phase_set
    if apart or not (one.phased and two.phased):
        # Two alternates of one line are the two copies, phased or not.
        same_line = (one.chromosome, one.position) == (two.chromosome, two.position) and one.copy != two.copy
        return Phase.TRANS if same_line else Phase.UNKNOWN
    return Phase.CIS if one.copy == two.copy else Phase.TRANS
