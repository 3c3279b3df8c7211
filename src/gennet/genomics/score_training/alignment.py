"""Summary statistics on the variants and alleles of a reference cohort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.study import silent
from gennet.errors import BadInput
from gennet.genomics.ancestry.relatedness import AUTOSOMES

if TYPE_CHECKING:
    from gennet.core.study import Watch
    from gennet.genomics.cohort import Cohort, Variants
    from gennet.genomics.score_training.summary_statistics import SummaryStatistics

_COMPLEMENT = str.maketrans("ACGT", "TGCA")
CLEAR = 0.1
"""A palindromic variant is decided by frequencies that are both farther than this from one half."""
_APART = 0.2
"""Frequencies of one allele that differ by more than this are of other variants or populations."""


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """Associations and genotypes of the same variants, along the genome; effects are per copy of the alternate allele."""

    variants: Variants
    rows: NDArray[np.intp]
    """In the cohort, ascending by chromosome and position."""
    dosages: NDArray[np.int8]
    """Variants x people, -1 where missing."""
    frequency: NDArray[np.float64]
    """Of the alternate allele in the reference."""
    z: NDArray[np.float64]
    p: NDArray[np.float64]
    n: NDArray[np.float64]
    lost: tuple[tuple[str, int], ...]
    """Why variants were left out, those of the file included."""
    flipped: int
    """Matched on the opposite strand."""

    @property
    def size(self) -> int:
        """How many variants there are."""
        return len(self.z)

    @property
    def correlation(self) -> NDArray[np.float64]:
        """Correlation of each variant with the trait, as the study saw it: z / sqrt(n + z^2)."""
        marginal: NDArray[np.float64] = self.z / np.sqrt(self.n + self.z**2)
        return marginal


def align(statistics: SummaryStatistics, cohort: Cohort, *, watch: Watch = silent) -> Aligned:
    """
    Find the variants of summary statistics in a cohort and turn them to its alleles.

    Variants are found by place, or by name where the file gives no place. Single bases may be on the opposite strand. A
    palindromic variant (A/T, C/G) is kept only where both the file and the reference tell the frequency of the effect
    allele farther than 0.1 from one half: on the same side it is the same strand, else the opposite one. Variants whose
    frequencies differ by more than 0.2, and those that do not vary in the reference, are left out.

    Raises
    ------
    BadInput
        Nothing is shared.
    """
    found = _found(statistics, cohort.variants)
    lost = dict(statistics.lost)
    lost["not in the reference"] = statistics.size - len(found)
    order = sorted(
        found, key=lambda one: (int(cohort.variants.chromosome[one[1]]), int(cohort.variants.position[one[1]]))
    )
    if not order:
        raise BadInput(
            f"{statistics.name} and the reference share no variant", remedy="check the genome build and names of both"
        )
    line = np.array([one[0] for one in order], np.intp)
    row = np.array([one[1] for one in order], np.intp)
    sign = np.array([one[2] for one in order], np.float64)
    flipped = np.array([one[3] for one in order], bool)
    dosages = _dosages(cohort, row, watch)
    frequency = _frequency(dosages)
    stated = statistics.frequency[line]
    stated = np.where(sign > 0, stated, 1.0 - stated)
    turned, clear = _palindromes(cohort.variants, row, sign, stated, frequency)
    resolved = np.where(turned != sign, 1.0 - stated, stated)
    sign, kept = turned, np.ones(len(row), bool)
    for why, good in (
        ("does not vary in the reference", (frequency > 0) & (frequency < 1)),
        ("palindromic, with a frequency unknown or near one half", clear),
        ("frequencies differ by more than 0.2", ~(np.abs(resolved - frequency) > _APART)),
        ("on no autosome", cohort.variants.chromosome[row] <= AUTOSOMES),
    ):
        lost[why] = int((kept & ~good).sum())
        kept &= good
    if not kept.any():
        raise BadInput(
            f"no variant of {statistics.name} is left", remedy="; ".join(f"{n} {w}" for w, n in lost.items() if n)
        )
    line, row, sign = line[kept], row[kept], sign[kept]
    return Aligned(
        cohort.variants.at(row), row, np.ascontiguousarray(dosages[kept]), frequency[kept], sign * statistics.z[line],
        statistics.p[line], statistics.n[line], tuple((w, n) for w, n in lost.items() if n), int(flipped[kept].sum()),
    )  # fmt: skip


def _found(statistics: SummaryStatistics, variants: Variants) -> list[tuple[int, int, int, bool]]:
    """Return (line, row, sign, on the opposite strand); a variant that two lines or rows fit is left out."""
    places = dict[object, list[int]]()
    by_name = not (statistics.chromosome > 0).any()
    if by_name:
        keys: list[object] = list(variants.id)
    else:
        keys = list(zip(variants.chromosome.tolist(), variants.position.tolist(), strict=True))
    for row, key in enumerate(keys):
        places.setdefault(key, []).append(row)
    found, rows = list[tuple[int, int, int, bool]](), dict[int, int]()
    lines = zip(statistics.chromosome.tolist(), statistics.position.tolist(), statistics.id, strict=True)
    for line, (chromosome, position, name) in enumerate(lines):
        key = name if by_name else (chromosome, position)
        fits = [
            (line, row, *fit)
            for row in places.get(key, ())
            if (
                fit := _fit(
                    statistics.effect[line], statistics.other[line], variants.reference[row], variants.alternate[row]
                )
            )
        ]
        if len(fits) == 1:
            found.append(fits[0])
            rows[fits[0][1]] = rows.get(fits[0][1], 0) + 1
    return [one for one in found if rows[one[1]] == 1]


def _fit(effect: str, other: str, reference: str, alternate: str) -> tuple[int, bool] | None:
    if (effect, other) == (alternate, reference):
        return 1, False
    if (effect, other) == (reference, alternate):
        return -1, False
    if len(effect) == len(other) == 1:
        turned = effect.translate(_COMPLEMENT), other.translate(_COMPLEMENT)
        if turned == (alternate, reference):
            return 1, True
        if turned == (reference, alternate):
            return -1, True
    return None


def _palindromes(
    variants: Variants, row: NDArray[np.intp], sign: NDArray[np.float64], stated: NDArray[np.float64],
    frequency: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:  # fmt: skip
    """Decide the strand of palindromic variants by frequency; tell which variants may stay."""
    palindromic = np.array(
        [variants.reference[i].translate(_COMPLEMENT) == variants.alternate[i] and len(variants.alternate[i]) == 1
         for i in row.tolist()], bool,
    )  # fmt: skip
    clear = (np.abs(stated - 0.5) > CLEAR) & (np.abs(frequency - 0.5) > CLEAR)
    opposite = palindromic & clear & ((stated > 0.5) != (frequency > 0.5))
    return np.where(opposite, -sign, sign), ~palindromic | clear


def _dosages(cohort: Cohort, row: NDArray[np.intp], watch: Watch) -> NDArray[np.int8]:
    order = np.argsort(row, kind="stable")
    found = np.empty((len(row), len(cohort.samples)), np.int8)
    for block in cohort.blocks(row[order]):
        found[order[block.start : block.start + len(block.dosages)]] = block.dosages
        watch("reading the reference", block.start + len(block.dosages), len(row))
    return found


def _frequency(dosages: NDArray[np.int8]) -> NDArray[np.float64]:
    held = dosages >= 0
    copies = np.where(held, dosages, 0).sum(1, dtype=np.int64)
    frequency: NDArray[np.float64] = copies / np.maximum(2 * held.sum(1), 1)
    return frequency
