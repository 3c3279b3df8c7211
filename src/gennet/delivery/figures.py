"""Draw the figures of a study with matplotlib: each is a view of a table and shows nothing the table does not say."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from gennet.core.findings import Drawing
from gennet.errors import InvalidContent, NotInstalled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from gennet.core.findings import Figure, Findings, Table

# Okabe & Ito's palette: told apart by people of every colour vision. https://jfly.uni-koeln.de/color/
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#b3a100")
_MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")
_STYLE: Any = {
    "svg.hashsalt": "gennet",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
}
_NAMED = 12
"""Most points whose words are written beside them."""


@dataclass(frozen=True, slots=True)
class _View:
    """A figure with the table it shows."""

    figure: Figure
    table: Table

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return a column as numbers; NaN where nothing is known."""
        cells = self.table.column(column)
        if any(isinstance(cell, str) for cell in cells):
            raise InvalidContent(f"column {column} holds words", place=self.figure.name, remedy="draw a numeric column")
        return np.array([math.nan if cell is None else float(cell) for cell in cells])

    def words(self, column: str) -> list[str]:
        """Return a column as words."""
        return ["" if cell is None else str(cell) for cell in self.table.column(column)]

    def title(self, column: str) -> str:
        """Say what a column is, with its unit."""
        (found,) = (c for c in self.table.columns if c.name == column)
        return f"{found.title} [{found.unit}]" if found.unit else found.title


def draw(findings: Findings, name: str, *, form: Literal["svg", "png"] = "svg") -> bytes:
    """
    Draw one figure of a study as SVG or PNG; the same findings give the same bytes.

    Raises
    ------
    InvalidContent
        There is no such figure, or a column it names is not there or holds words.
    NotInstalled
        matplotlib is not there.

    >>> from gennet.core.findings import Figure, Findings, table
    >>> lengths = table("t", "T", ["x: X", "y: Y [m]"], [(1, 2.0), (2, 3.0)])
    >>> found = Findings("s", "", (lengths,), (Figure("f", "F", Drawing.LINE, "t", x="x", y="y"),))
    >>> b"<title>F</title>" in draw(found, "f")
    True
    """
    figures = {figure.name: figure for figure in findings.figures}
    if name not in figures:
        raise InvalidContent(
            f"there is no figure {name!r}", place=findings.study, remedy=f"it has {', '.join(figures) or 'none'}"
        )
    view = _View(figures[name], findings.table(figures[name].table))
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure as Canvas
    except ImportError:  # pragma: no cover  the extra is part of [all]
        raise NotInstalled("figures need matplotlib", remedy="pip install 'gennet[figures]'") from None
    with mpl.rc_context(_STYLE):
        canvas = Canvas(figsize=_size(view), layout="constrained")
        axes = canvas.add_subplot()
        axes.set_title(view.figure.title, fontweight="bold")
        if view.table.rows:
            _DRAW[view.figure.drawing](axes, view)
        else:
            axes.text(0.5, 0.5, "the table is empty", ha="center", va="center")
            axes.set_axis_off()
        for value in view.figure.lines:
            across = axes.axvline if view.figure.drawing is Drawing.BARS else axes.axhline
            across(value, color="#57606a", linewidth=0.8, linestyle="--")
        out = io.BytesIO()
        metadata = {"Date": None} if form == "svg" else None
        canvas.savefig(out, format=form, dpi=150, metadata=metadata)
    return _titled(out.getvalue(), view) if form == "svg" else out.getvalue()


def _titled(svg: bytes, view: _View) -> bytes:
    """Name the drawing for those who cannot see it."""
    from html import escape

    words = f"<title>{escape(view.figure.title)}</title><desc>The same as table {escape(view.table.title)}.</desc>"
    start = svg.index(b">", svg.index(b"<svg")) + 1
    return svg[: start - 1] + b' role="img">' + words.encode() + svg[start:]


def _size(view: _View) -> tuple[float, float]:
    if view.figure.drawing is Drawing.BARS:
        return 7.5, max(2.0, 0.9 + 0.28 * len(view.table.rows))
    if view.figure.drawing is Drawing.QQ:
        return 4.8, 4.8
    return (10.0, 3.8) if view.figure.drawing in {Drawing.MANHATTAN, Drawing.STACKED, Drawing.SEGMENTS} else (7.0, 4.8)


def _groups(view: _View) -> Iterator[tuple[str, NDArray[np.bool_], str, str]]:
    """Yield name, rows, colour and mark of each group; one nameless group without a series."""
    if not view.figure.series:
        yield "", np.ones(len(view.table.rows), bool), _COLOURS[0], _MARKS[0]
        return
    column = np.array(view.words(view.figure.series[0]))
    for i, name in enumerate(dict.fromkeys(column.tolist())):
        yield name, column == name, _COLOURS[i % len(_COLOURS)], _MARKS[i // len(_COLOURS) % len(_MARKS)]


def _label_axes(axes: Any, view: _View, x: str, y: str) -> None:  # noqa: ANN401 matplotlib is imported lazily
    axes.set_xlabel(view.title(x) if x else "")
    axes.set_ylabel(view.title(y) if y else "")
    if view.figure.log:
        axes.set_yscale("log")
    if view.figure.series and view.figure.drawing is not Drawing.STACKED:
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))


def _points(axes: Any, view: _View) -> None:  # noqa: ANN401
    x, y = view.numbers(view.figure.x), view.numbers(view.figure.y)
    for name, rows, colour, mark in _groups(view):
        axes.scatter(x[rows], y[rows], s=14, color=colour, marker=mark, label=name, alpha=0.8, linewidths=0)
    if view.figure.label:
        words = view.words(view.figure.label)
        for i in np.argsort(-np.nan_to_num(np.abs(y)), kind="stable")[:_NAMED].tolist():
            axes.annotate(words[i], (x[i], y[i]), xytext=(4, 2), textcoords="offset points", fontsize=8)
    _label_axes(axes, view, view.figure.x, view.figure.y)


def _line(axes: Any, view: _View) -> None:  # noqa: ANN401
    x, y = view.numbers(view.figure.x), view.numbers(view.figure.y)
    for name, rows, colour, mark in _groups(view):
        axes.plot(x[rows], y[rows], color=colour, marker=mark, markersize=3, label=name)
        if view.figure.low:
            low, high = view.numbers(view.figure.low), view.numbers(view.figure.high)
            axes.fill_between(x[rows], low[rows], high[rows], color=colour, alpha=0.2, linewidth=0)
    _label_axes(axes, view, view.figure.x, view.figure.y)


def _bars(axes: Any, view: _View) -> None:  # noqa: ANN401
    x, at = view.numbers(view.figure.x), np.arange(len(view.table.rows))
    for name, rows, colour, _ in _groups(view):
        axes.barh(at[rows], x[rows], color=colour, height=0.7, label=name)
    if view.figure.low:
        low, high = view.numbers(view.figure.low), view.numbers(view.figure.high)
        axes.errorbar(x, at, xerr=(x - low, high - x), fmt="none", ecolor="#1b1f24", capsize=3, linewidth=1)
    axes.set_yticks(at, view.words(view.figure.label))
    axes.invert_yaxis()
    axes.set_xlabel(view.title(view.figure.x))
    if view.figure.log:
        axes.set_xscale("log")
    if view.figure.series:
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))


def _stacked(axes: Any, view: _View) -> None:  # noqa: ANN401
    at = np.arange(len(view.table.rows))
    base = np.zeros(len(at))
    for i, column in enumerate(view.figure.series):
        share = np.nan_to_num(view.numbers(column))
        axes.bar(at, share, bottom=base, width=1.0, color=_COLOURS[i % len(_COLOURS)], label=view.title(column))
        base += share
    if view.figure.label and len(at) <= 40:
        axes.set_xticks(at, view.words(view.figure.label), rotation=90, fontsize=8)
    axes.set_xlim(-0.5, len(at) - 0.5)
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))


def _manhattan(axes: Any, view: _View) -> None:  # noqa: ANN401
    x, y = view.numbers(view.figure.x), view.numbers(view.figure.y)
    chromosomes = np.array(view.words(view.figure.label))
    start, ticks = 0.0, list[tuple[float, str]]()
    for i, name in enumerate(sorted(set(chromosomes.tolist()), key=_in_order)):
        rows = chromosomes == name
        reach = float(x[rows].max())
        axes.scatter(start + x[rows], y[rows], s=8, color=("#0b62a4", "#57606a")[i % 2], linewidths=0)
        ticks.append((start + reach / 2, name.removeprefix("chr")))
        start += reach * 1.02 + 1
    axes.set_xticks([t for t, _ in ticks], [name for _, name in ticks], fontsize=8)
    axes.set_xlabel("Chromosome")
    axes.set_ylabel(view.title(view.figure.y))


def _in_order(chromosome: str) -> tuple[int, str]:
    name = chromosome.removeprefix("chr")
    return (int(name), "") if name.isdigit() else (99, name)


def _qq(axes: Any, view: _View) -> None:  # noqa: ANN401
    for name, rows, colour, mark in _groups(view):
        p = view.numbers(view.figure.y)[rows]
        p = np.sort(p[np.isfinite(p) & (p > 0)])
        expected = -np.log10((np.arange(len(p)) + 0.5) / max(len(p), 1))
        axes.scatter(expected, -np.log10(p), s=10, color=colour, marker=mark, linewidths=0, label=name)
    most = max(axes.get_xlim()[1], 1.0)
    axes.plot([0, most], [0, most], color="#57606a", linewidth=0.8, linestyle="--")
    axes.set_xlabel("Expected -log10 p")
    axes.set_ylabel("Observed -log10 p")
    if view.figure.series:
        axes.legend(frameon=False)


def _heatmap(axes: Any, view: _View) -> None:  # noqa: ANN401
    rows, columns = view.words(view.figure.label), view.words(view.figure.series[0])
    row_names, column_names = list(dict.fromkeys(rows)), list(dict.fromkeys(columns))
    grid = np.full((len(row_names), len(column_names)), math.nan)
    for row, column, value in zip(rows, columns, view.numbers(view.figure.y), strict=True):
        grid[row_names.index(row), column_names.index(column)] = value
    shown = axes.imshow(grid, aspect="auto", cmap="cividis")
    axes.set_xticks(range(len(column_names)), column_names, rotation=90, fontsize=8)
    axes.set_yticks(range(len(row_names)), row_names, fontsize=8)
    axes.figure.colorbar(shown, ax=axes, label=view.title(view.figure.y))


def _segments(axes: Any, view: _View) -> None:  # noqa: ANN401
    low, high, y = (view.numbers(name) for name in (view.figure.low, view.figure.high, view.figure.y))
    for name, rows, colour, _ in _groups(view):
        axes.hlines(y[rows], low[rows], high[rows], color=colour, linewidth=3, label=name)
    _label_axes(axes, view, view.figure.low, view.figure.y)


_DRAW: Mapping[Drawing, Callable[[Any, _View], None]] = {
    Drawing.POINTS: _points,
    Drawing.LINE: _line,
    Drawing.BARS: _bars,
    Drawing.STACKED: _stacked,
    Drawing.MANHATTAN: _manhattan,
    Drawing.QQ: _qq,
    Drawing.HEATMAP: _heatmap,
    Drawing.SEGMENTS: _segments,
}


def tsv(table: Table) -> bytes:
    r"""
    Write a table as tab-separated text; numbers with every digit, nothing where nothing is known.

    >>> from gennet.core.findings import table
    >>> tsv(table("t", "T", ["a: A", "b: B"], [(0.1, None)]))
    b'a\tb\n0.1\t\n'
    """
    lines = ["\t".join(column.name for column in table.columns)]
    lines += ["\t".join(_cell(cell) for cell in row) for row in cast("Sequence[tuple[object, ...]]", table.rows)]
    return ("\n".join(lines) + "\n").encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(float(value))
    return str(value).replace("\t", " ").replace("\n", " ")
