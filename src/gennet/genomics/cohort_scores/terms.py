"""Scoring files found among the variants of a cohort: what each site is worth to each score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import BadInput
from gennet.genomics.build_evidence import site_keys
from gennet.genomics.names import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gennet.genomics.cohort import Cohort, Variants
    from gennet.genomics.scoring_files import ScoringFile

_COMPLEMENT = str.maketrans("ACGT", "TGCA")
_NONE, _UNKNOWN = -1, -2
_ENOUGH_SHARED = 20
_CLEAR = 0.15
_PEOPLE = 50
_Y = 24


@dataclass(frozen=True, slots=True)
class MatchedScore:
    """How much of one scoring file the cohort holds."""

    id: str
    variants: int
    """In the scoring file."""
    matched: int
    flipped: int
    """Of those matched, on the opposite strand."""
    palindromic: int
    """Of those matched, with A/T or C/G alleles, whose strand is taken as the file's."""
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The terms of several scores, site by site."""

    scores: tuple[MatchedScore, ...]
    rows: NDArray[np.intp]
    """Sites that any score uses, as rows of `Cohort.variants`, ascending."""
    starts: NDArray[np.int64]
    """Terms ``starts[i]`` up to, not including, ``starts[i + 1]`` belong to site `i`."""
    score: NDArray[np.int32]
    """Which score each term belongs to."""
    weight: NDArray[np.float64]
    kind: NDArray[np.int8]
    """Twice the index in `EFFECT_MODELS`, plus one where the effect allele is the reference."""

    def part(self, first: int, last: int) -> Terms:
        """Return the terms of some consecutive sites."""
        starts = self.starts[first : last + 1]
        inside = slice(int(starts[0]), int(starts[-1]))
        return Terms(
            self.scores, self.rows[first:last], starts - starts[0],
            self.score[inside], self.weight[inside], self.kind[inside],
        )  # fmt: skip


def matrix_terms(ids: Sequence[str], rows: NDArray[np.intp], weights: NDArray[np.float64]) -> Terms:
    """
    Make terms of a matrix of weights, sites x scores, each per copy of the alternate allele.

    `rows` are ascending rows of the cohort's variants. A weight of zero is no term.

    >>> matrix_terms(["a", "b"], np.array([4, 9]), np.array([[1.0, 0.0], [0.5, 2.0]])).starts.tolist()
    [0, 1, 3]
    """
    size, width = weights.shape
    if weights.all():  # the common case, without a search for zeros
        site, score = np.repeat(np.arange(size), width), np.tile(np.arange(width), size)
    else:
        site, score = np.nonzero(weights)
    sizes = np.count_nonzero(weights, axis=0).tolist()
    matched = tuple(MatchedScore(name, size, size, 0, 0, ()) for name, size in zip(ids, sizes, strict=True))
    starts = np.searchsorted(site, np.arange(len(rows) + 1)).astype(np.int64)
    return Terms(matched, rows, starts, score.astype(np.int32), weights[site, score], np.zeros(len(site), np.int8))


def match_terms(cohort: Cohort, files: Sequence[ScoringFile]) -> Terms:
    """
    Find the variants of scoring files in a cohort by position and alleles.

    As for one person: alleles may be swapped; single bases may be on the opposite strand unless they are palindromic;
    palindromic variants are left out where more than a tenth of the others are on the opposite strand, unless frequencies
    clear of one half, in the file and in at least 50 people of the cohort, tell their strand; a variant that
    several lines fit is left out. One copy on Y and MT counts once.

    Raises
    ------
    BadInput
        No file is given, the builds differ, or the alleles say that they do.
    """
    if not files:
        raise BadInput("there is no score to compute", remedy="give a scoring file")
    _refuse_other_build(cohort, files)
    sites = _Sites(cohort.variants)
    found = [_match(sites, file, cohort) for file in files]
    row = np.concatenate([f.row for f in found])
    score = np.repeat(np.arange(len(files), dtype=np.int32), [len(f.row) for f in found])
    order = np.argsort(row, kind="stable")
    rows, first = np.unique(row[order], return_index=True)
    return Terms(
        tuple(f.score for f in found),
        rows.astype(np.intp),
        np.append(first, len(row)).astype(np.int64),
        score[order],
        np.concatenate([f.weight for f in found])[order],
        np.concatenate([f.kind for f in found])[order],
    )


def _refuse_other_build(cohort: Cohort, files: Sequence[ScoringFile]) -> None:
    for file in files:
        known = cohort.build or files[0].build
        if file.build != known:
            other = "the cohort is in" if cohort.build else f"{files[0].id} is in"
            raise BadInput(
                f"its positions are in {file.build}, {other} {known}",
                place=file.id,
                remedy=f"use the scoring file harmonised to {known}, or lift it over",
            )


class _Sites:
    """The variants of a cohort, sorted by place, with their alleles as codes."""

    def __init__(self, variants: Variants) -> None:
        keys = site_keys(variants.chromosome, variants.position)
        self.order = np.argsort(keys, kind="stable")
        self.keys = keys[self.order]
        self.codes: dict[str, int] = {}
        self.reference = self._coded(variants.reference)[self.order]
        self.alternate = self._coded(variants.alternate)[self.order]
        self.chromosome = variants.chromosome[self.order]

    def _coded(self, alleles: tuple[str, ...]) -> NDArray[np.int64]:
        return np.array([self.codes.setdefault(allele, len(self.codes)) for allele in alleles], np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class FoundRows:
    """The rows of one scoring file that a cohort holds, in the order of the file."""

    score: MatchedScore
    line: NDArray[np.intp]
    """Index of the row in the arrays of the scoring file."""
    row: NDArray[np.intp]
    """Of the variant in the cohort."""
    weight: NDArray[np.float64]
    """Per copy as the cohort counts them: halved on Y and MT."""
    kind: NDArray[np.int8]
    """As `Terms.kind`."""


def found_rows(cohort: Cohort, file: ScoringFile) -> FoundRows:
    """
    Find the rows of one scoring file in a cohort, by the rules of `match_terms`.

    Raises
    ------
    BadInput
        The builds differ, or the alleles say that they do.
    """
    _refuse_other_build(cohort, (file,))
    return _match(_Sites(cohort.variants), file, cohort)


class _Alleles:
    """Effect and other alleles of a scoring file in the codes of the cohort, as written and on the opposite strand."""

    def __init__(self, file: ScoringFile, codes: dict[str, int]) -> None:
        effect, other = file.effect_allele, file.other_allele
        turned = [allele.translate(_COMPLEMENT)[::-1] for allele in file.alleles]
        straight = np.array([*(codes.get(a, _UNKNOWN) for a in file.alleles), _NONE], np.int64)
        opposite = np.array([*(codes.get(a, _UNKNOWN) for a in turned), _NONE], np.int64)
        self.straight = straight[effect], straight[other]
        self.opposite = opposite[effect], opposite[other]
        place = {allele: i for i, allele in enumerate(file.alleles)}
        complement = np.array([*(place.get(a, _UNKNOWN) for a in turned), _UNKNOWN], np.int64)
        base = np.array([*(len(a) == 1 for a in file.alleles), True])
        self.palindromic = (other >= 0) & (complement[effect] == other)
        # Indels carry an anchor base whose side depends on the strand: they are never flipped.
        self.can_flip = base[effect] & base[other] & (other >= 0) & ~self.palindromic


def _match(sites: _Sites, file: ScoringFile, cohort: Cohort) -> FoundRows:
    alleles = _Alleles(file, sites.codes)
    wanted = site_keys(file.chromosome, file.position)
    low, high = np.searchsorted(sites.keys, wanted, "left"), np.searchsorted(sites.keys, wanted, "right")
    high = np.where(file.chromosome > 0, high, low)
    size = len(wanted)
    at, times, straight_times = np.full(size, -1, np.int64), np.zeros(size, np.int64), np.zeros(size, np.int64)
    is_reference, flipped = np.zeros(size, bool), np.zeros(size, bool)
    # A line that fits as written is preferred to one that fits on the opposite strand.
    for flip in (False, True):
        effect, other = alleles.opposite if flip else alleles.straight
        for step in range(int((high - low).max(initial=0))):
            here = np.flatnonzero((low + step < high) & (straight_times == 0 if flip else True))
            rows = low[here] + step
            one, two = sites.reference[rows], sites.alternate[rows]
            e, o = effect[here], other[here]
            fits = ((e == one) & ((o == two) | (o == _NONE))) | ((e == two) & ((o == one) | (o == _NONE)))
            fits &= alleles.can_flip[here] if flip else True
            chosen = here[fits]
            at[chosen], times[chosen] = rows[fits], times[chosen] + 1
            is_reference[chosen], flipped[chosen] = (e == one)[fits], flip
        straight_times = times.copy()
    shared = high > low
    _refuse_wrong_build(file, int(np.count_nonzero(shared)), int(np.count_nonzero(times)))
    matched, notes = _settled(alleles, shared, times, flipped)
    doubted = (times == 1) & alleles.palindromic & ~matched
    told, turned = _told_by_frequency(cohort, file, np.flatnonzero(doubted), sites.order[at], is_reference)
    if len(told):
        matched[told] = True
        is_reference[turned] ^= True
        flipped[turned] = True
        notes = (*notes, f"Of these, {len(told):,} count after all: the frequencies tell their strand.")
    return _kept(sites, file, alleles, matched, at, is_reference, flipped, notes)


def _refuse_wrong_build(file: ScoringFile, shared: int, agreeing: int) -> None:
    if shared >= _ENOUGH_SHARED and agreeing < shared / 2:
        raise BadInput(
            f"only {agreeing} of {shared} shared positions carry the alleles of the score: wrong build?",
            place=file.id,
            remedy=f"check that the cohort and the score are both in {file.build}",
        )


def _told_by_frequency(
    cohort: Cohort,
    file: ScoringFile,
    lines: NDArray[np.intp],
    row: NDArray[np.intp],
    is_reference: NDArray[np.bool_],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """
    Return the palindromic lines whose strand the frequencies tell, and those among them on the opposite strand.

    Both the file's and the cohort's frequency must be clear of one half; few people tell none.
    """
    lines = lines[np.abs(file.allele_frequency[lines] - 0.5) >= _CLEAR]
    lines = lines[file.allele_frequency[lines] >= 0]
    nothing = np.zeros(0, np.intp)
    if not len(lines) or len(cohort.samples) < _PEOPLE:
        return nothing, nothing
    wanted, place = np.unique(row[lines], return_inverse=True)
    frequency = np.concatenate([_frequency(block.dosages) for block in cohort.blocks(wanted)])[place]
    effect = np.where(is_reference[lines], 1.0 - frequency, frequency)
    clear = np.abs(effect - 0.5) >= _CLEAR
    opposite = (effect > 0.5) != (file.allele_frequency[lines] > 0.5)
    return lines[clear], lines[clear & opposite]


def _frequency(dosages: NDArray[np.int8]) -> NDArray[np.float64]:
    held = dosages >= 0
    return np.asarray(np.where(held, dosages, 0).sum(axis=1) / np.maximum(2.0 * held.sum(axis=1), 1.0), np.float64)


def _settled(
    alleles: _Alleles, shared: NDArray[np.bool_], times: NDArray[np.int64], flipped: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Decide which variants count, and say why the others do not."""
    matched = times == 1
    turned = int(np.count_nonzero(matched & flipped))
    sure = int(np.count_nonzero(matched & ~alleles.palindromic))
    palindromic = matched & alleles.palindromic
    notes = []
    if palindromic.any() and turned > 0.1 * sure:
        notes.append(
            f"Left out: {_count(palindromic)} with palindromic alleles (A/T, C/G), as {turned} of {sure} others are "
            "on the opposite strand."
        )
        matched &= ~palindromic
    for which, why in (
        (~shared, "at positions that the cohort does not hold"),
        (shared & (times == 0), "at positions where the cohort has other alleles"),
        (times > 1, "that several lines of the cohort fit"),
    ):
        if which.any():
            notes.append(f"Left out: {_count(which)} {why}.")
    return matched, tuple(notes)


def _kept(
    sites: _Sites,
    file: ScoringFile,
    alleles: _Alleles,
    matched: NDArray[np.bool_],
    at: NDArray[np.int64],
    is_reference: NDArray[np.bool_],
    flipped: NDArray[np.bool_],
    notes: tuple[str, ...],
) -> FoundRows:
    here = np.flatnonzero(matched)
    rows = at[here]
    kind = (2 * file.effect_model[here] + is_reference[here]).astype(np.int8)
    # Files store the one copy of Y and MT as two.
    half = (sites.chromosome[rows] >= _Y) & (kind < 2)
    if file.set_aside:
        notes = (*notes, f"Left out: {count(file.set_aside, 'row')} that are no weight times dosage.")
    score = MatchedScore(
        file.id,
        file.size,
        len(here),
        int(np.count_nonzero(flipped[here])),
        int(np.count_nonzero(alleles.palindromic[here])),
        notes,
    )
    return FoundRows(score, here, sites.order[rows], file.weight[here] * np.where(half, 0.5, 1.0), kind)


def _count(which: NDArray[np.bool_]) -> str:
    return count(int(np.count_nonzero(which)), "variant")
