"""Studies on the command line, made from their declarations."""

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gennet import catalog
from gennet.apps.cli.main import app, main

sys.path.insert(0, str(Path(__file__).parents[1]))

from study_tools import STUDIES


@pytest.fixture(autouse=True)
def studies(monkeypatch):
    monkeypatch.setattr(catalog, "STUDIES", STUDIES)


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Banana")
    return path


def genome(*words):
    return CliRunner().invoke(app, ["genome", *map(str, words)])


def test_the_group_lists_its_studies():
    assert "Count letters" in genome("--help").output


def test_the_help_says_each_option_and_the_reference():
    said = genome("letters", "--help").output
    for words in ("--text", "A text file.", "--others", "--case", "as-is", "--most", "https://example.org"):
        assert words in said


def test_a_study_prints_and_writes_tables_figures_and_findings(text, tmp_path):
    out = tmp_path / "out"
    done = genome("letters", "--text", text, "--others", text, "--case", "lower", "--most", 1, "--out", out)
    assert done.exit_code == 0, done.output
    assert "Spaces are letters too." in done.output
    assert (out / "letters.tsv").read_text() == "letter\tcount\na\t6\n"
    assert (out / "letters.svg").read_text().count("<title>Letters</title>") == 1
    assert (out / "letters.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((out / "findings.json").read_text())["summary"] == "1 letters."


def test_json_prints_the_findings_alone(text, tmp_path):
    done = genome("letters", "--text", text, "--json", "--out", tmp_path / "out")
    assert json.loads(done.output)["tables"][0]["name"] == "letters"
    assert not (tmp_path / "out" / "findings.json").exists()


def test_a_missing_option_is_named():
    done = genome("letters")
    assert done.exit_code == 2
    assert "--text" in done.output


def test_a_refusal_is_one_sentence_with_exit_code_2(tmp_path, monkeypatch, capsys):
    empty = tmp_path / "empty.txt"
    empty.write_text(" ")
    monkeypatch.setattr(sys, "argv", ["gennet", "genome", "letters", "--text", str(empty)])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert capsys.readouterr().err.strip() == f"gennet: {empty}: there is no letter; write one"


def test_an_unknown_study_is_refused():
    assert genome("nothing").exit_code == 2
