"""Lists of genes, tables of edges, networks written."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from gennet.core.study import silent
from gennet.errors import InvalidContent, UnreadableFile
from gennet.expression.matrix import Samples
from gennet.networks import network_of
from gennet.networks.files import read_edges, read_genes, write_graphml, write_tsv
from gennet.networks.inference.portfolio import Method
from gennet.networks.inference.studies import Evaluating, Inferring, evaluate_network, infer_network


def written(tmp_path, text, name="edges.tsv"):
    (tmp_path / name).write_text(text)
    return tmp_path / name


def test_genes_are_first_words_each_once(tmp_path):
    assert read_genes(written(tmp_path, "# mine\nA\tx\nB,y\nA\n\n")) == ("A", "B")
    with pytest.raises(InvalidContent, match="names no gene"):
        read_genes(written(tmp_path, "# none\n"))


@pytest.mark.parametrize(
    ("text", "edges", "absent"),
    [
        ("A\tB\nA\tC\n", [("A", "B"), ("A", "C")], None),
        ("A,B,1\nA,C,0\n", [("A", "B")], [("A", "C")]),
        ("A\tB\t1\nA\tC\t1\n", [("A", "B"), ("A", "C")], None),
        ("target,regulator,effect\nB,A,+\n", [("A", "B")], None),
        ("source\ttarget\tweight\nA\tB\t0.5\n", [("A", "B")], None),
    ],
)
def test_edges_are_read_with_and_without_headers_and_absences(tmp_path, text, edges, absent):
    assert read_edges(written(tmp_path, text)) == (edges, absent)


def test_broken_tables_of_edges_are_refused_by_line(tmp_path):
    with pytest.raises(InvalidContent, match="line 2"):
        read_edges(written(tmp_path, "A\tB\nA\n"))
    with pytest.raises(UnreadableFile, match="one column"):
        read_edges(written(tmp_path, "A B\n"))
    with pytest.raises(InvalidContent, match="no edge"):
        read_edges(written(tmp_path, "regulator\ttarget\n"))


def test_a_network_is_read_back_as_it_was_written(tmp_path):
    network = network_of([("A", "B", 0.25, -1), ("B", 'C<&"', 0.1, 1)])
    write_tsv(network, tmp_path / "n" / "network.tsv")
    assert read_edges(tmp_path / "n" / "network.tsv")[0][0] == ("A", "B")
    write_graphml(network, tmp_path / "network.graphml")
    space = {"g": "http://graphml.graphdrawing.org/xmlns"}
    root = ET.parse(tmp_path / "network.graphml").getroot()  # noqa: S314 our own file
    names = {node.get("id"): node.find("g:data", space).text for node in root.iterfind(".//g:node", space)}
    edges = [
        (names[e.get("source")], names[e.get("target")], *(d.text for d in e))
        for e in root.iterfind(".//g:edge", space)
    ]
    assert edges == [("A", "B", "0.25", "-1"), ("B", 'C<&"', "0.1", "1")]
    assert not list(tmp_path.glob("*.part"))


@pytest.fixture
def simulated(tmp_path):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 3))
    y = x[:, np.arange(12) % 3] + 0.5 * rng.normal(size=(60, 12))
    genes = ["R0", "R1", "R2", *(f"T{i}" for i in range(12))]
    table = np.column_stack([x, y])
    lines = ["gene\t" + "\t".join(f"s{i}" for i in range(60))]
    lines += [f"{gene}\t" + "\t".join(f"{v:.5f}" for v in table[:, i]) for i, gene in enumerate(genes)]
    written(tmp_path, "\n".join(lines) + "\n", "expression.tsv")
    written(tmp_path, "R0\nR1\nR2\nABSENT\n", "regulators.txt")
    written(tmp_path, "".join(f"R{i % 3}\tT{i}\n" for i in range(12)), "known.tsv")
    return tmp_path


def test_the_study_infers_writes_and_tells_what_was_not_measured(simulated):
    asked = Inferring(simulated / "expression.tsv", simulated / "regulators.txt", most=12)
    found = infer_network(asked, silent, simulated / "out")
    assert {(r[1:], int(t[1:]) % 3) for r, t, *_ in found.table("edges").rows} == {("0", 0), ("1", 1), ("2", 2)}
    assert found.table("hubs").rows == (("R0", 4), ("R1", 4), ("R2", 4))
    assert any("1 of 4 regulators were not measured" in note for note in found.notes)
    assert len((simulated / "out" / "network.tsv").read_text().splitlines()) == 13


def test_a_prior_moves_a_known_edge_up(simulated):
    written(simulated, "R0\tT1\n", "prior.tsv")
    plain = Inferring(simulated / "expression.tsv", simulated / "regulators.txt", method=Method.CLR, most=36)
    known = Inferring(
        simulated / "expression.tsv",
        simulated / "regulators.txt",
        method=Method.CLR,
        most=36,
        prior=simulated / "prior.tsv",
        odds=50,
    )

    def place(asked):
        edges = [row[:2] for row in infer_network(asked, silent, None).table("edges").rows]
        return edges.index(("R0", "T1")) if ("R0", "T1") in edges else len(edges)

    assert place(known) < place(plain)


def test_edges_carry_how_often_they_are_found_again_and_their_probability(simulated):
    asked = Inferring(
        simulated / "expression.tsv", simulated / "regulators.txt", most=15, draws=10, gold=simulated / "known.tsv"
    )
    edges = infer_network(asked, silent, None).table("edges")
    assert min(edges.column("found_again")[:12]) > 0.8
    assert edges.column("probability")[0] > 0.8
    assert 0 < edges.column("probability")[-1] < 0.6


def test_the_study_judges_methods_side_by_side(simulated):
    asked = Evaluating(
        simulated / "expression.tsv", simulated / "known.tsv", simulated / "regulators.txt", Samples.COLUMNS,
        (Method.RIDGE, Method.ARACNE),
    )  # fmt: skip
    found = evaluate_network(asked, silent, None)
    assert found.table("accuracy").column("method") == ("ridge", "aracne")
    assert found.table("accuracy").column("auroc")[0] > 0.95
    curve = found.table("curve")
    assert set(curve.column("method")) == {"ridge", "aracne"}
    assert max(curve.column("recall")) == 1
