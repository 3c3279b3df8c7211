"""What a study finds: typed tables, figures that are views of them, and notes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from collections.abc import Sequence

Cell = str | float | int | bool | None
"""What stands in a table; None where nothing is known."""


@dataclass(frozen=True, slots=True)
class Column:
    """A named column of a table."""

    name: str
    """Snake case, as in the TSV's header."""
    title: str
    """Plain words, for people."""
    unit: str = ""
    """UCUM, or empty."""


@dataclass(frozen=True, slots=True)
class Table:
    """
    Rows under typed columns; every figure is a view of one.

    >>> Table("lengths", "Lengths", (Column("name", "Name"), Column("length", "Length", "m")), (("a", 1.5),)).column("length")
    (1.5,)
    """

    name: str
    """Snake case; the file's name where it is written."""
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def column(self, name: str) -> tuple[Cell, ...]:
        """Return one column from top to bottom; raise `InvalidContent` when there is none of that name."""
        names = [column.name for column in self.columns]
        if name not in names:
            raise InvalidContent(f"there is no column {name!r}", place=self.name, remedy=f"it has {', '.join(names)}")
        at = names.index(name)
        return tuple(row[at] for row in self.rows)


class Drawing(StrEnum):
    """How a figure shows its table."""

    POINTS = "points"
    LINE = "line"
    BARS = "bars"
    """Horizontal bars of `x` by `label`, with `low` and `high` as whiskers."""
    STACKED = "stacked"
    """One stacked column per row: `series` names the columns that add up."""
    MANHATTAN = "manhattan"
    """`y` along the genome: `label` is the chromosome, `x` the position."""
    QQ = "qq"
    """Observed against expected -log10 p; `y` is the column of p-values."""
    HEATMAP = "heatmap"
    """`value` over `label` (rows) and `series` (columns)."""
    SEGMENTS = "segments"
    """Horizontal lines from `low` to `high` at `y`, over points of `x`."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A view of a table: which columns go where. Nothing is drawn that the table does not say."""

    name: str
    title: str
    drawing: Drawing
    table: str
    """Name of the table."""
    x: str = ""
    y: str = ""
    label: str = ""
    """Column of words: of a point, a bar, a row."""
    series: tuple[str, ...] = ()
    """One column whose values tell groups apart; for `Drawing.STACKED`, the columns that add up."""
    low: str = ""
    high: str = ""
    lines: tuple[float, ...] = ()
    """Reference values, drawn as thin lines across `y` (across `x` for bars)."""
    log: bool = False
    """Whether the value axis is logarithmic."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything a study concluded."""

    study: str
    summary: str
    """One sentence: what was found, in how much data."""
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
    """What was set aside, assumed or left out, in plain words."""

    def table(self, name: str) -> Table:
        """Return the table of that name; raise `InvalidContent` when there is none."""
        for table in self.tables:
            if table.name == name:
                return table
        names = ", ".join(table.name for table in self.tables)
        raise InvalidContent(f"there is no table {name!r}", place=self.study, remedy=f"it has {names}")


def columns(*described: str) -> tuple[Column, ...]:
    """
    Make columns of ``name: Title [unit]``.

    >>> columns("p: P value", "length: Length [bp]")
    (Column(name='p', title='P value', unit=''), Column(name='length', title='Length', unit='bp'))
    """
    made = list[Column]()
    for text in described:
        name, _, rest = text.partition(":")
        title, _, unit = rest.strip().partition(" [")
        made.append(Column(name.strip(), title, unit.removesuffix("]")))
    return tuple(made)


def table(name: str, title: str, described: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
    """
    Make a table of described columns and rows.

    >>> table("t", "T", ["a: A"], [[1]]).rows
    ((1,),)
    """
    made = columns(*described)
    for row in rows:
        if len(row) != len(made):
            raise InvalidContent(f"a row has {len(row)} cells for {len(made)} columns", place=name, remedy="mend it")
    return Table(name, title, made, tuple(tuple(row) for row in rows))
