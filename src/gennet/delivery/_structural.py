"""Tables of structural variants for a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.delivery.content import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gennet.genomics import StructuralVariants
    from gennet.genomics.structural import StructuralVariant

_SHOWN = 100
_WORDS = {
    "DEL": "deletion",
    "DUP": "duplication",
    "INV": "inversion",
    "INS": "insertion",
    "BND": "join of two places",
}
_COPIES = {0: "none", 1: "one copy", 2: "two copies"}


def structural_tables(held: StructuralVariants | None) -> Iterable[Table]:
    """Lay out what a person carries: counts by kind, then the largest that no filter doubts."""
    if held is None:
        return
    build = held.build or "build not stated"
    absent = "1 record is" if held.not_carried == 1 else f"{held.not_carried:,} records are"
    said = f"{absent} not carried, {held.not_called:,} have no whole genotype"
    rows = tuple(
        (_WORDS[k.kind], f"{k.carried:,}", f"{k.doubted:,}", "" if k.bases is None else f"{k.bases:,}")
        for k in held.counts
    )
    columns = ("Kind", "Carried", "In doubt besides", "Bases, overlaps once")
    yield Table(f"Structural variants of {held.sample} ({build}); {said}", columns, rows, numeric=(1, 2, 3))
    sure = [v for v in held.carried if not v.filters]
    largest = sorted(sure, key=lambda v: -(v.length or 0))[:_SHOWN]
    if largest:
        title = f"Structural variants not in doubt, the largest {len(largest):,} of {len(sure):,}"
        shown = ("Kind", "Place", "Bases", "Carried in", "Reads", "Breakpoint", "Quality")
        yield Table(title, shown, tuple(_row(v) for v in largest), numeric=(2, 6))


def _row(variant: StructuralVariant) -> tuple[str, ...]:
    call = variant.call
    copies = call.copies if call else None
    return (
        _WORDS[variant.kind],
        _place(variant),
        "" if variant.length is None else f"{variant.length:,}",
        "not called" if copies is None else _COPIES.get(copies, f"{copies} copies"),
        _reads(variant),
        "to the base" if variant.precise else "about",
        "" if variant.quality is None else f"{variant.quality:.0f}",
    )


def _place(variant: StructuralVariant) -> str:
    if variant.mate is not None:
        return f"{variant.chromosome}:{variant.position:,} with {variant.mate.chromosome}:{variant.mate.position:,}"
    first, last = variant.span
    return f"{variant.chromosome}:{first:,}" + (f"-{last:,}" if last > first else "")


def _reads(variant: StructuralVariant) -> str:
    support = variant.call.support if variant.call else None
    if support is None:
        return "not told"
    own, other = support.pairs + support.reads, support.reference_pairs + support.reference_reads
    return f"{own:,} for, {other:,} against"
