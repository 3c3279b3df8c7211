"""Figures are views of tables: every kind is drawn, the same way each time, and refuses what it cannot show."""

import xml.etree.ElementTree as ET

import pytest

from gennet.core.findings import Drawing, Figure, Findings, table
from gennet.delivery import draw, findings_documents, tsv
from gennet.errors import InvalidContent

COLUMNS = ("name: Name", "group: Group", "x: Position [bp]", "y: Value", "low: Low", "high: High", "p: P value")
ROWS = [
    ("1", "a", 10, 0.5, 5, 20, 0.01),
    ("1", "b", 20, 0.25, 10, 30, 0.5),
    ("2", "a", 5, None, 1, 8, 0.3),
    ("X", "b", 7, 0.75, 2, 9, None),
]
KINDS = {
    Drawing.POINTS: {"x": "x", "y": "y", "label": "name", "series": ("group",)},
    Drawing.LINE: {"x": "x", "y": "y", "low": "low", "high": "high", "series": ("group",)},
    Drawing.BARS: {"x": "x", "label": "name", "low": "low", "high": "high", "series": ("group",), "log": True},
    Drawing.STACKED: {"label": "name", "series": ("y", "low")},
    Drawing.MANHATTAN: {"x": "x", "y": "y", "label": "name", "lines": (0.4,)},
    Drawing.QQ: {"y": "p", "series": ("group",)},
    Drawing.HEATMAP: {"label": "name", "y": "y", "series": ("group",)},
    Drawing.SEGMENTS: {"low": "low", "high": "high", "y": "y", "series": ("group",)},
}


def findings(kind, rows=ROWS, **other):
    figure = Figure("f", "A <title>", kind, "t", **{**KINDS[kind], **other})
    return Findings("s", "Found.", (table("t", "T", COLUMNS, rows),), (figure,))


@pytest.mark.parametrize("kind", list(Drawing))
def test_every_kind_is_drawn_as_valid_svg_with_its_title(kind):
    root = ET.fromstring(draw(findings(kind), "f"))  # noqa: S314 made here
    assert root.get("role") == "img"
    assert root[0].text == "A <title>"


@pytest.mark.parametrize("kind", list(Drawing))
def test_an_empty_table_is_said_to_be_empty(kind):
    assert b"the table is empty" in draw(findings(kind, []), "f")


def test_the_same_findings_are_the_same_bytes():
    assert draw(findings(Drawing.POINTS), "f") == draw(findings(Drawing.POINTS), "f")


def test_axes_say_what_they_show_with_the_unit():
    assert b"Position [bp]" in draw(findings(Drawing.LINE), "f")


def test_words_are_not_drawn_as_numbers():
    with pytest.raises(InvalidContent, match="column group holds words"):
        draw(findings(Drawing.LINE, y="group"), "f")


@pytest.mark.parametrize("name", ["nothing", ""])
def test_a_figure_that_is_not_there_is_refused(name):
    with pytest.raises(InvalidContent, match="it has f"):
        draw(findings(Drawing.LINE), name)


def test_a_column_that_is_not_there_is_refused():
    with pytest.raises(InvalidContent, match="no column 'z'"):
        draw(findings(Drawing.LINE, y="z"), "f")


def test_a_table_keeps_every_digit_and_stays_a_table():
    held = table("t", "T", ("a: A", "b: B"), [(0.1 + 0.2, "x\ty"), (None, 3)])
    assert tsv(held) == b"a\tb\n0.30000000000000004\tx y\n\t3\n"


def test_a_row_of_another_length_is_refused():
    with pytest.raises(InvalidContent, match="2 cells for 1 columns"):
        table("t", "T", ("a: A",), [(1, 2)])


def test_the_documents_of_findings_are_json_tables_and_figures():
    assert set(findings_documents(findings(Drawing.LINE))) == {"findings.json", "t.tsv", "f.svg", "f.png"}
