"""Structural variants against a truth: which are found, which are missed, which are made up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gennet.errors import InvalidContent
from gennet.genomics.builds import chromosome_code
from gennet.genomics.names import count
from gennet.genomics.structural.matching import Alike, Likeness, alike, allele_of
from gennet.genomics.structural.reading import Entry
from gennet.genomics.structural.variant import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gennet.genomics.fasta import Reference
    from gennet.genomics.regions import Regions
    from gennet.genomics.structural.reading import StructuralFile


class Pick(StrEnum):
    """How many matches a variant may have."""

    SINGLE = "single"
    """One: the best pair first, then the best of the rest."""
    MULTI = "multi"
    """Any number: a variant counts as found when anything matches it."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Which variants take part; breakends always do."""

    least: int = 50
    """Bases of a variant of the truth, and of a call that counts as false where nothing matches it."""
    least_matching: int = 30
    """Bases of a call that may match: one just under `least` may be a true one just over it."""
    most: int | None = 50_000


class Judged(NamedTuple):
    """A variant with its best match, if it has one."""

    entry: Entry
    match: Alike | None
    other: Entry | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Truth and calls, told apart."""

    truth: tuple[Judged, ...]
    """Found where there is a match, else missed (FN)."""
    calls: tuple[Judged, ...]
    """True (TP) where there is a match, else false (FP)."""
    notes: tuple[str, ...]

    @property
    def found(self) -> int:
        """Variants of the truth that a call matches."""
        return sum(j.match is not None for j in self.truth)

    @property
    def true(self) -> int:
        """Calls that match the truth."""
        return sum(j.match is not None for j in self.calls)

    @property
    def recall(self) -> float | None:
        """Found of all in the truth; None where it holds none."""
        return self.found / len(self.truth) if self.truth else None

    @property
    def precision(self) -> float | None:
        """True of all calls; None where there are none."""
        return self.true / len(self.calls) if self.calls else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        return f1(self.precision, self.recall)

    @property
    def genotypes(self) -> tuple[int, int, int]:
        """True calls whose copies equal those of the truth, differ from them, or are not known on both sides."""
        equal = differ = 0
        for judged in self.calls:
            if judged.other is not None:
                copies = [e.variant.call.copies if e.variant.call else None for e in (judged.entry, judged.other)]
                equal += None not in copies and copies[0] == copies[1]
                differ += None not in copies and copies[0] != copies[1]
        return equal, differ, self.true - equal - differ


def f1(precision: float | None, recall: float | None) -> float | None:
    """
    Return the harmonic mean; None where either is not known, 0 where both are.

    >>> f1(1.0, 0.5)
    0.6666666666666666
    """
    if precision is None or recall is None:
        return None
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def compare(
    truth: StructuralFile,
    calls: StructuralFile,
    *,
    rule: Likeness | None = None,
    sizes: Sizes | None = None,
    pick: Pick = Pick.SINGLE,
    pass_only: bool = False,
    regions: Regions | None = None,
    reference: Reference | None = None,
) -> Comparison:
    """
    Compare calls with a truth set, as ``truvari bench`` does.

    Each record counts, so a breakend and its mate count twice when both are written. Calls that are not on the contigs
    the truth's header names are left out; where `regions` are given, so is what does not lie within one.

    Raises
    ------
    InvalidContent
        The two files are of different genome builds.

    References
    ----------
    English AC et al., Genome Biology 2022: https://doi.org/10.1186/s13059-022-02840-6
    """
    if truth.build and calls.build and truth.build != calls.build:
        raise InvalidContent(
            f"the truth is of {truth.build} and the calls of {calls.build}", remedy="lift one over, or give its like"
        )
    rule, sizes = rule or Likeness(), sizes or Sizes()
    notes = [*truth.notes, *calls.notes]
    expected = _taking_part(truth.entries, sizes.least, sizes, pass_only=pass_only, regions=regions)
    made = _taking_part(calls.entries, sizes.least_matching, sizes, pass_only=pass_only, regions=regions)
    for what, held in (("truth", truth), ("calls", calls)):
        if unknown := sum(_sizeless(e) for e in held.entries):
            notes.append(f"{count(unknown, 'variant')} of the {what} left out: their length is not known")
    made, elsewhere = _on_contigs(made, truth)
    if elsewhere:
        notes.append(f"{count(elsewhere, 'call')} left out: not on the contigs of the truth")
    as_insertions = rule.duplications_as_insertions
    alleles = [[allele_of(e, reference, as_insertions=as_insertions) for e in side] for side in (expected, made)]
    matches = alike(alleles[0], alleles[1], rule)
    return _judged(expected, made, _single(matches) if pick is Pick.SINGLE else matches, sizes, notes)


def _sizeless(entry: Entry) -> bool:
    return entry.variant.length is None and entry.variant.kind is not Kind.BREAKEND


def _taking_part(
    entries: Iterable[Entry], least: int, sizes: Sizes, *, pass_only: bool, regions: Regions | None
) -> list[Entry]:
    held = list[Entry]()
    for entry in entries:
        variant = entry.variant
        size = variant.length
        if pass_only and variant.filters:
            continue
        if variant.kind is not Kind.BREAKEND and (
            size is None or size < least or (sizes.most is not None and size > sizes.most)
        ):
            continue
        held.append(entry)
    return held if regions is None else _within(held, regions)


def _within(entries: list[Entry], regions: Regions) -> list[Entry]:
    """Keep what lies wholly in one region; an insertion may not stand at its very end, save where it fills it."""
    keys = regions.chromosome.astype(np.int64) << 32
    starts, ends = keys + regions.start - 1, keys + regions.end
    kept = list[Entry]()
    for entry in entries:
        key = chromosome_code(entry.variant.chromosome) << 32
        start, end = key + entry.start, key + entry.end
        at = int(np.searchsorted(starts, start + 1, "right")) - 1
        if at < 0 or end > ends[at]:
            continue
        fills = start - starts[at] in (-1, 0) and end == ends[at]
        inside = start >= starts[at] and end < ends[at] + (entry.variant.kind is not Kind.INSERTION)
        if fills or inside:
            kept.append(entry)
    return kept


def _on_contigs(entries: list[Entry], truth: StructuralFile) -> tuple[list[Entry], int]:
    lengths = {chromosome_code(name) or name: length for name, length in truth.contigs.items()}
    kept = list[Entry]()
    for entry in entries:
        length = lengths.get(chromosome_code(entry.variant.chromosome) or entry.variant.chromosome, -1)
        if length == 0 or entry.end <= length:
            kept.append(entry)
    return (kept, len(entries) - len(kept)) if lengths else (entries, 0)


def _single(matches: Sequence[Alike]) -> list[Alike]:
    used: tuple[set[int], set[int]] = (set(), set())
    kept = list[Alike]()
    for match in matches:
        if match.first not in used[0] and match.second not in used[1]:
            used[0].add(match.first)
            used[1].add(match.second)
            kept.append(match)
    return kept


def _judged(
    expected: list[Entry], made: list[Entry], matches: Sequence[Alike], sizes: Sizes, notes: list[str]
) -> Comparison:
    best: tuple[dict[int, Alike], dict[int, Alike]] = ({}, {})
    for match in matches:
        best[0].setdefault(match.first, match)
        best[1].setdefault(match.second, match)
    truth, calls = list[Judged](), list[Judged]()
    for at, entry in enumerate(expected):
        found = best[0].get(at)
        truth.append(Judged(entry, found, made[found.second] if found else None))
    for at, entry in enumerate(made):
        found = best[1].get(at)
        # A call under the least size is no error where nothing matches it.
        if found or entry.variant.kind is Kind.BREAKEND or (entry.variant.length or 0) >= sizes.least:
            calls.append(Judged(entry, found, expected[found.first] if found else None))
    return Comparison(tuple(truth), tuple(calls), tuple(notes))
