"""Tables of epigenetic ages for a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.delivery.content import Table
from gennet.explanation import unit_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gennet.genomics import EpigeneticAge, EpigeneticAges
    from gennet.omics import EpigeneticAcceleration


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


def acceleration_tables(held: EpigeneticAcceleration | None) -> Iterable[Table]:
    """Lay out how far clocks of years run ahead of the calendar."""
    if held is None or not held.differences:
        return
    rows = tuple(
        (f"{one.title} ({one.clock})", f"{one.years:+.1f} years", f"{one.low:+.1f} to {one.high:+.1f}")
        for one in held.differences
    )
    caption = (
        f"Clocks of years less the age of {held.age_years:.1f} at the date of the record; a clock's own error of several "
        "years is not in the interval, and a sample taken earlier makes clocks run behind"
    )
    yield Table(caption, ("Clock", "Ahead of age", "Interval from missing CpGs"), rows, numeric=(1, 2))
