"""Finding the variants of scoring files among a person's sites: each variant once, however many scores weigh it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import BadInput
from gennet.genomics._vcf_columns import HAPLOID
from gennet.genomics.build_evidence import site_keys
from gennet.genomics.names import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gennet.genomics.genotypes import Genotypes
    from gennet.genomics.scoring_files import ScoringFile

_COMPLEMENT = str.maketrans("ACGT", "TGCA")
_ENOUGH_SHARED = 20
_ABSENT = -9
X = 23


@dataclass
class Matches:
    """For each variant of a scoring file: whether it was matched, and the copies of its effect allele."""

    matched: NDArray[np.bool_]
    dosage: NDArray[np.float64]
    palindromic: int
    flipped: int
    refused: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Variants:
    """The distinct variants of some scoring files, along the genome; those without a place come first."""

    chromosome: NDArray[np.int8]
    position: NDArray[np.int32]
    effect_allele: NDArray[np.int32]
    """Index into `alleles`."""
    other_allele: NDArray[np.int32]
    """Index into `alleles`; -1 where no file names it."""
    alleles: tuple[str, ...]
    rows: tuple[NDArray[np.int32], ...]
    """For each file, which of these each of its variants is."""


@lru_cache(maxsize=4)
def distinct_variants(files: tuple[ScoringFile, ...]) -> Variants:
    """
    Join the variants of scoring files; kept for the next person, since files do not change.

    >>> distinct_variants(()).alleles
    ()
    """
    known: dict[str, int] = {}
    effects, others = [], []
    for file in files:
        codes = np.array([*(known.setdefault(a, len(known)) for a in file.alleles), -1], np.int32)
        effects.append(codes[file.effect_allele])
        others.append(codes[file.other_allele])
    chromosome = np.concatenate([np.zeros(0, np.int8), *(file.chromosome for file in files)])
    position = np.concatenate([np.zeros(0, np.int32), *(file.position for file in files)])
    effect = np.concatenate([np.zeros(0, np.int32), *effects])
    other = np.concatenate([np.zeros(0, np.int32), *others])
    number, first = _numbered(site_keys(chromosome, position), effect.astype(np.int64) << 32 | (other + 1))
    # Along the genome, so that looking them up walks through the person's sites once.
    order = np.lexsort((position[first], chromosome[first]))
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    first = first[order]
    ends = np.cumsum([len(file.position) for file in files])[:-1]
    rows = tuple(np.split(rank[number], ends)) if files else ()
    return Variants(chromosome[first], position[first], effect[first], other[first], tuple(known), rows)


def _numbered(sites: NDArray[np.int64], alleles: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    from gennet.genomics._matching_kernels import number_distinct

    number, first = np.empty(len(sites), np.int32), np.empty(len(sites), np.int64)
    slots = np.full(1 << (2 * len(sites) + 2).bit_length(), -1, np.int32)
    return number, first[: number_distinct(sites, alleles, slots, number, first)]


class Matcher:
    """
    One person's sites, indexed once for many scoring files.

    >>> from gennet.genomics.genotypes import Build, empty
    >>> Matcher(empty(Build.GRCH38, "s1")).keys.tolist()
    []
    """

    def __init__(self, genotypes: Genotypes) -> None:
        self.genotypes = genotypes
        self.keys = site_keys(genotypes.chromosome, genotypes.position)
        self.codes = {allele: code for code, allele in enumerate(genotypes.alleles) if "," not in allele}
        # Each allele entry as a run of single-allele codes: ".", "A" and "C,G" stand for 0, 1 and 2 alternates.
        parts = [self._split(allele) for allele in genotypes.alleles]
        self.offsets = np.concatenate(([0], np.cumsum([len(p) for p in parts]))).astype(np.int64)
        self.parts = np.array([code for part in parts for code in part] or [_ABSENT], np.int32)

    def _split(self, allele: str) -> list[int]:
        return (
            [] if allele == "." else [self.codes.setdefault(a, len(self.codes) + (1 << 24)) for a in allele.split(",")]
        )

    def match(self, files: tuple[ScoringFile, ...]) -> Iterator[Matches]:
        """Match scoring files by position and alleles; yields one result for each, in order."""
        variants = distinct_variants(files)
        wanted = site_keys(variants.chromosome, variants.position)
        low = np.searchsorted(self.keys, wanted, "left")
        high = np.searchsorted(self.keys, wanted, "right")
        high = np.where(variants.chromosome > 0, high, low)
        sides = _Sides(variants, self.codes)
        found = _Found(len(wanted))
        # Almost every position has one line; the loop is over lines at one position, not over variants.
        for step in range(int((high - low).max(initial=0))):
            some = np.flatnonzero(low + step < high)
            self._match_rows(some, low[some] + step, sides, found)
        found.covered = self.genotypes.in_reference_block(variants.chromosome, variants.position)
        found.covered &= ~found.fits & ~found.seen
        found.shared = (high > low) & (found.seen | found.fits)
        for file, rows in zip(files, variants.rows, strict=True):
            own = found.at(rows)
            self._refuse_wrong_build(file, own)
            yield _settle(own, sides.palindromic[rows])

    def _match_rows(self, variants: NDArray[np.intp], rows: NDArray[np.intp], sides: _Sides, found: _Found) -> None:
        g = self.genotypes
        reference, alternate = g.reference[rows], g.alternate[rows]
        count = self.offsets[alternate + 1] - self.offsets[alternate]
        first = self._carried(g.first[rows], reference, alternate)
        second = self._carried(g.second[rows], reference, alternate)
        single_base = sides.is_base[variants]
        found.seen[variants] |= single_base | (count > 0)
        for flip in (False, True):
            effect, other = sides.pair(variants, flip=flip)
            there_effect, there_other = (self._listed(code, reference, alternate, count) for code in (effect, other))
            # One of the two must be the reference allele, or a position shared by different variants would match.
            fits = (
                there_effect
                & (there_other | (other == _ABSENT))
                & ((effect == reference) | (other == reference) | (other == _ABSENT))
            )
            # A site called reference without any alternate listed: the reference allele is one of the two.
            fits |= (
                (count == 0)
                & sides.is_base[variants]
                & (other != _ABSENT)
                & ((effect == reference) | (other == reference))
            )
            if flip:
                fits &= sides.can_flip[variants] & ~found.fits_straight[variants]
            called = (first >= -2) & (second >= -2) & (first != -1) & (second != -1)
            copies = (first == effect).astype(np.float64) + (second == effect)
            # The one X of men counts twice, as X-inactivation suggests and plink2 does (--xchr-model 2).
            copies *= np.where((second == HAPLOID) & (g.chromosome[rows] == X), 2.0, 1.0)
            chosen = variants[fits]
            found.times[chosen] += 1
            found.fits[chosen] = True
            if flip:
                found.flipped[chosen] = True
            else:
                found.fits_straight[chosen] = True
            found.called[chosen] = called[fits]
            found.copies[chosen] = copies[fits]

    def _carried(
        self, index: NDArray[np.int8], reference: NDArray[np.int32], alternate: NDArray[np.int32]
    ) -> NDArray[np.int64]:
        """Return the code of the carried allele; -1 missing, -2 no second copy."""
        at = np.clip(self.offsets[alternate] + np.maximum(index, 1) - 1, 0, len(self.parts) - 1)
        code = np.where(index == 0, reference, self.parts[at])
        return np.where(index < 0, index, code).astype(np.int64)

    def _listed(
        self,
        code: NDArray[np.int64],
        reference: NDArray[np.int32],
        alternate: NDArray[np.int32],
        count: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        listed: NDArray[np.bool_] = code == reference
        for k in range(int(count.max(initial=0))):
            at = np.minimum(self.offsets[alternate] + k, len(self.parts) - 1)
            listed = listed | ((k < count) & (self.parts[at] == code))
        return listed

    def _refuse_wrong_build(self, file: ScoringFile, found: _Found) -> None:
        together = int(np.count_nonzero(found.shared))
        agreeing = int(np.count_nonzero(found.shared & found.fits))
        if together >= _ENOUGH_SHARED and agreeing < together / 2:
            raise BadInput(
                f"only {agreeing} of {together} shared positions carry the alleles of the score: wrong build?",
                place=file.id,
                remedy=f"check that the genotypes of {self.genotypes.sample} and the score are both in {file.build}",
            )


def _settle(found: _Found, is_palindrome: NDArray[np.bool_]) -> Matches:
    """Decide which variants of one file count, and say why others do not."""
    notes = []
    ambiguous = found.times > 1
    matched = found.fits & found.called & ~ambiguous
    straight = int(np.count_nonzero(matched & ~found.flipped & ~is_palindrome))
    flipped = int(np.count_nonzero(matched & found.flipped))
    palindromic = matched & is_palindrome
    # Many strand flips mean that palindromic variants cannot be trusted to be on the same strand either.
    unsafe = flipped > 0.1 * (straight + flipped)
    if unsafe and palindromic.any():
        notes.append(
            f"Missing: {_count(palindromic)} with palindromic alleles (A/T, C/G), as "
            f"{flipped} of {straight + flipped} others are on the opposite strand."
        )
        matched &= ~palindromic
    mismatched = found.seen & ~found.fits
    no_call = found.fits & ~found.called
    refused = int(np.count_nonzero(mismatched | ambiguous | (palindromic & ~matched)))
    if mismatched.any():
        notes.append(f"Missing: {_count(mismatched)} at positions where other alleles stand.")
    if ambiguous.any():
        notes.append(f"Missing: {_count(ambiguous)} that several lines fit.")
    if no_call.any():
        notes.append(f"Missing: {_count(no_call)} without a called genotype.")
    if found.covered.any():
        notes.append(
            f"Missing: {_count(found.covered)} in reference blocks; "
            "a block does not say which of the two alleles is the reference."
        )
    kept = matched & is_palindrome
    return Matches(
        matched, np.where(matched, found.copies, 0.0), int(np.count_nonzero(kept)), flipped, refused, tuple(notes)
    )


def _count(which: NDArray[np.bool_]) -> str:
    return count(int(np.count_nonzero(which)), "variant")


class _Sides:
    """The alleles of scored variants in the codes of the genotypes, as written and on the opposite strand."""

    def __init__(self, held: Variants, codes: dict[str, int]) -> None:
        effect, other = held.effect_allele, held.other_allele
        straight = np.array([codes.get(a, _ABSENT - 1 - i) for i, a in enumerate(held.alleles)] + [_ABSENT], np.int64)
        turned = [a.translate(_COMPLEMENT)[::-1] for a in held.alleles]
        # Unknown alleles get codes of their own below all others, so that they equal nothing.
        unknown = _ABSENT - 1 - len(turned)
        opposite = np.array([codes.get(a, unknown - i) for i, a in enumerate(turned)] + [_ABSENT], np.int64)
        self._straight = straight[effect], straight[other]
        self._opposite = opposite[effect], opposite[other]
        order = {a: i for i, a in enumerate(held.alleles)}
        complement = np.array([order.get(a, -2) for a in turned] + [-2], np.int64)
        length = np.array([len(a) for a in held.alleles] + [0], np.int64)
        self.palindromic = (other >= 0) & (complement[effect] == other)
        self.is_base = (length[effect] == 1) & (length[other] <= 1)
        # Indels carry an anchor base whose side depends on the strand: they are never flipped.
        self.can_flip = self.is_base & (other >= 0) & ~self.palindromic

    def pair(self, variants: NDArray[np.intp], *, flip: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        effect, other = self._opposite if flip else self._straight
        return effect[variants], other[variants]


class _Found:
    """What has been found so far for each variant."""

    def __init__(self, size: int) -> None:
        self.seen = np.zeros(size, bool)
        self.fits = np.zeros(size, bool)
        self.fits_straight = np.zeros(size, bool)
        self.flipped = np.zeros(size, bool)
        self.called = np.zeros(size, bool)
        self.times = np.zeros(size, np.int16)
        self.copies = np.zeros(size)
        self.covered = np.zeros(size, bool)
        self.shared = np.zeros(size, bool)

    def at(self, rows: NDArray[np.int32]) -> _Found:
        """Return what has been found for these variants."""
        some = _Found(0)
        for name, column in vars(self).items():
            setattr(some, name, column[rows])
        return some
