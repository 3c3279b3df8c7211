"""HGVS names of variants on transcripts: ``c.`` and ``n.``, moved as far 3' as they go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gennet.genomics.consequences.codes import reverse_complement
from gennet.genomics.consequences.hgvs_protein import protein_name
from gennet.genomics.consequences.numbering import numbering

if TYPE_CHECKING:
    from collections.abc import Callable

    from gennet.genomics.consequences.models import GeneModels
    from gennet.genomics.consequences.numbering import Numbering

_SHIFT = 2000  # bases a variant may be moved; the longest exact repeats that callers write are shorter


@dataclass(frozen=True, slots=True)
class Names:
    """HGVS names of one variant on one transcript; empty where it has none."""

    coding: str
    """``c.`` on coding transcripts, ``n.`` on others."""
    protein: str
    """In parentheses, since it is predicted."""


def hgvs_names(models: GeneModels, transcript: int, position: int, reference: str, alternate: str) -> Names:
    """
    Name a variant on a transcript (HGVS 21, https://hgvs-nomenclature.org).

    `position` is 0-based. Where a variant reaches beyond the transcript there is no such name.
    """
    held = models.transcripts
    version = held.version[transcript]
    label = held.id[transcript] + (f".{version}" if version and "." not in held.id[transcript] else "")
    start, end, inserted = _least(position, reference.upper(), alternate.upper())
    if start == end and not inserted:
        return Names("", "")
    bases = _bases(models, transcript)
    start, end, inserted = _furthest(start, end, inserted, bases, reverse=bool(held.reverse[transcript]))
    numbers = numbering(models, transcript)
    described = _described(start, end, inserted, bases, numbers)
    if not described:
        return Names("", "")
    kind = "n" if numbers.first is None else "c"
    protein = protein_name(models, transcript, start, end, inserted) if kind == "c" else ""
    return Names(f"{label}:{kind}.{described}", f"{label}:p.{protein}" if protein else "")


def _least(position: int, reference: str, alternate: str) -> tuple[int, int, str]:
    lead = 0
    while lead < min(len(reference), len(alternate)) and reference[lead] == alternate[lead]:
        lead += 1
    reference, alternate = reference[lead:], alternate[lead:]
    tail = 0
    while tail < min(len(reference), len(alternate)) and reference[-1 - tail] == alternate[-1 - tail]:
        tail += 1
    return position + lead, position + lead + len(reference) - tail, alternate[: len(alternate) - tail]


Bases = "Callable[[int, int], str]"


def _bases(models: GeneModels, transcript: int) -> Callable[[int, int], str]:
    return lambda start, end: models.bases(transcript, start, end)


def _furthest(
    start: int, end: int, inserted: str, bases: Callable[[int, int], str], *, reverse: bool
) -> tuple[int, int, str]:
    """Move a pure insertion or deletion in the transcript's direction while it stays the same variant."""
    if inserted and end > start:
        return start, end, inserted
    for _ in range(_SHIFT):
        if reverse:
            leaving = bases(start - 1, start)
            entering = inserted[-1:] or bases(end - 1, end)
        else:
            leaving = bases(end, end + 1)
            entering = inserted[:1] or bases(start, start + 1)
        if leaving != entering or leaving == "N":
            break
        step = -1 if reverse else 1
        start, end = start + step, end + step
        if inserted:
            inserted = leaving + inserted[:-1] if reverse else inserted[1:] + leaving
    return start, end, inserted


def _described(start: int, end: int, inserted: str, bases: Callable[[int, int], str], numbers: Numbering) -> str:
    """Describe replacing ``[start, end)`` by `inserted`, in the transcript's direction."""
    reverse = numbers.reverse
    deleted = bases(start, end)
    new, old = (reverse_complement(inserted), reverse_complement(deleted)) if reverse else (inserted, deleted)
    if start == end:
        return _insertion(start, inserted, new, bases, numbers)
    span = _span(start, end, numbers)
    if span is None:
        return ""
    if not inserted:
        return f"{span}del"
    if len(old) == len(new) == 1:
        return f"{span}{old}>{new}"
    if len(old) > 1 and new == reverse_complement(old):
        return f"{span}inv"
    return f"{span}delins{new}"


def _insertion(at: int, inserted: str, new: str, bases: Callable[[int, int], str], numbers: Numbering) -> str:
    length = len(inserted)
    before = (at, at + length) if numbers.reverse else (at - length, at)
    if bases(*before) == inserted:
        span = _span(*before, numbers)
        return f"{span}dup" if span is not None else ""
    span = _span(at - 1, at + 1, numbers)
    return f"{span}ins{new}" if span is not None else ""


def _span(start: int, end: int, numbers: Numbering) -> str | None:
    first, last = (end - 1, start) if numbers.reverse else (start, end - 1)
    one, two = numbers.name(first), numbers.name(last)
    if one is None or two is None:
        return None
    return one if first == last else f"{one}_{two}"
