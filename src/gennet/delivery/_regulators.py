"""Activity of regulators in the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.delivery.content import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gennet.expression import RegulatorActivity

_SHOWN = 20


def regulator_tables(held: RegulatorActivity | None) -> Iterable[Table]:
    """Yield one table: the regulators furthest from 0, with what they are compared with in its caption."""
    if held is not None:
        strongest = sorted(held.activities, key=lambda one: -abs(one.t))[:_SHOWN]
        rows = tuple(
            (one.name, f"{one.t:+.2f}", f"{one.q:.2g}", f"{one.matched} of {one.total}", ", ".join(one.leading[:5]))
            for one in strongest
        )
        caption = f"Activity of regulators ({held.source}), strongest first; {'; '.join(held.notes)}"
        columns = ("Regulator", "t", "False discovery rate", "Targets", "Speak most")
        yield Table(caption, columns, rows, numeric=(1, 2, 3))
