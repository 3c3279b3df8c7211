"""Tables of epigenetic ages for a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.delivery.content import Table
from gennet.explanation import unit_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gennet.genomics import EpigeneticAge, EpigeneticAges


def epigenetic_tables(held: EpigeneticAges | None) -> Iterable[Table]:
    """Lay out what clocks say, and which were not computed."""
    if held is None:
        return
    if held.ages:
        rows = tuple(_row(one) for one in held.ages)
        columns = ("Clock", "Value", "Interval from missing CpGs", "CpGs", "Tissue", "Source")
        yield Table(f"Epigenetic clocks of {held.sample}; {' '.join(held.notes)}", columns, rows, numeric=(1, 2, 3))
    if held.not_run:
        yield Table("Clocks not run", ("Clock", "Reason"), tuple((n.clock, n.reason) for n in held.not_run))


def _row(one: EpigeneticAge) -> tuple[str, ...]:
    unit = unit_words(one.unit)
    return (
        f"{one.title} ({one.clock})",
        f"{one.value:.4g} {unit}".rstrip(),
        "none missing" if one.cpgs_measured == one.cpgs_total else f"{one.low:.4g} to {one.high:.4g}",
        f"{one.cpgs_measured} of {one.cpgs_total}",
        one.tissue,
        one.reference,
    )
