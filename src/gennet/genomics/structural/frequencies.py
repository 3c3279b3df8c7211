"""How often structural variants are known: the likest of a public list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gennet.genomics.structural.matching import Alike, Likeness, alike, allele_of
from gennet.genomics.structural.variant import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gennet.genomics.structural.reading import Entry

_GROUPS = ("POPMAX_AF", "GRPMAX_AF")


@dataclass(frozen=True, slots=True)
class Alikeness:
    """When a known variant counts as the same."""

    overlap: float = 0.5
    """Reciprocal overlap of deletions, duplications and inversions, at least."""
    insertion_distance: int = 100
    """Bases between two insertions, at most."""
    insertion_size: float = 0.5
    """Smaller size of two insertions divided by the larger, at least."""
    join_distance: int = 100
    """Bases by which each of two breakends is widened."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a list knows of a variant."""

    id: str
    """Of the likest."""
    frequency: float | None
    """Share of alleles, or of people for lists that count these; None where the list does not tell."""
    of_people: bool
    """Whether the frequency is a share of people (gnomAD's CNV) rather than of alleles."""
    highest_group: float | None
    """The highest frequency in a group of people, where the list tells it."""
    filters: tuple[str, ...]
    """Why the list doubts it."""
    overlap: float | None
    matches: int
    """How many variants of the list are alike."""
    highest: float | None
    """The highest frequency of these."""


def known(variants: Sequence[Entry], listed: Sequence[Entry], rule: Alikeness | None = None) -> list[Known | None]:
    """
    Find for each variant the likest of a list of the same genome build; None where none is alike.

    Deletions, duplications and inversions must be of one kind and overlap reciprocally; insertions must lie near and be
    of like size; joins must be near at both ends and keep the same sides.

    References
    ----------
    Collins RL et al., Nature 2020: https://doi.org/10.1038/s41586-020-2287-8
    """
    rule = rule or Alikeness()
    found = dict[int, list[Alike]]()
    for match in _alike(variants, listed, rule):
        found.setdefault(match.first, []).append(match)
    return [_told(found[at], listed) if at in found else None for at in range(len(variants))]


def _alike(variants: Sequence[Entry], listed: Sequence[Entry], rule: Alikeness) -> list[Alike]:
    spans = Likeness(0, rule.overlap, rule.overlap, 0.0, join_distance=rule.join_distance, joins_of_others=False)
    points = Likeness(rule.insertion_distance, rule.insertion_size, 0.0, 0.0, joins_of_others=False)
    found = list[Alike]()
    for likeness, insertions in ((spans, False), (points, True)):
        chosen = [
            [at for at, entry in enumerate(side) if (entry.variant.kind is Kind.INSERTION) is insertions]
            for side in (variants, listed)
        ]
        alleles = [[allele_of(side[at]) for at in rows] for side, rows in zip((variants, listed), chosen, strict=True)]
        found += [
            match._replace(first=chosen[0][match.first], second=chosen[1][match.second])
            for match in alike(alleles[0], alleles[1], likeness)
        ]
    return found


def _told(matches: list[Alike], listed: Sequence[Entry]) -> Known:
    best = listed[matches[0].second]
    told = [frequency_of(listed[match.second].info)[0] for match in matches]
    frequency, of_people = frequency_of(best.info)
    group = next((value for key in _GROUPS if (value := _share(best.info.get(key, ""))) is not None), None)
    numbers = [value for value in told if value is not None]
    return Known(
        best.variant.id, frequency, of_people, group, best.variant.filters, matches[0].overlap, len(matches),
        max(numbers) if numbers else None,
    )  # fmt: skip


def frequency_of(info: Mapping[str, str]) -> tuple[float | None, bool]:
    """
    Read a frequency from INFO: AF, or SF, which is a share of people; tell which.

    >>> frequency_of({"AF": "0.25"}), frequency_of({"SF": "1e-3"}), frequency_of({"AF": "."})
    ((0.25, False), (0.001, True), (None, False))
    """
    alleles = _share(info.get("AF", ""))
    if alleles is not None:
        return alleles, False
    people = _share(info.get("SF", ""))
    return people, people is not None


def _share(text: str) -> float | None:
    try:
        value = float(text.split(",", maxsplit=1)[0])
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None
