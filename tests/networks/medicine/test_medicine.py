"""Network medicine: distances, proximity, modules, walks; against plain versions and closed forms."""

import math
from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gennet.core.study import read_options, silent
from gennet.errors import BadInput, InvalidContent
from gennet.networks.medicine import (
    DegreeBins,
    all_distances,
    interactome_of,
    proximity,
    read_interactome,
    screen,
    separation,
)
from gennet.networks.medicine.modules import diamond, largest_part, walk
from gennet.networks.medicine.studies import STUDIES, read_targets

PROXIMITY, MODULE = STUDIES
EDGES = st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), min_size=1, max_size=80)


def named(edges):
    return interactome_of([(f"g{a:02}", f"g{b:02}") for a, b in edges])


def random_network(n=300, edges=1500, seed=1):
    rng = np.random.default_rng(seed)
    return interactome_of(
        [(f"g{a:04}", f"g{b:04}") for a, b in rng.integers(0, n, (edges, 2)).tolist()]
    ).largest_component()


def plain_distances(network, source):
    found = {source: 0}
    waiting = deque([source])
    while waiting:
        here = waiting.popleft()
        for there in network.neighbour[network.start[here] : network.start[here + 1]].tolist():
            if there not in found:
                found[there] = found[here] + 1
                waiting.append(there)
    return [found.get(i, -1) for i in range(network.size)]


@given(EDGES)
def test_distances_are_those_of_a_plain_search(edges):
    network = named(edges)
    assert all_distances(network).tolist() == [plain_distances(network, i) for i in range(network.size)]


def test_more_genes_than_bits_of_a_word():
    network = random_network(200, 600)
    steps = all_distances(network)
    assert (steps == steps.T).all()
    for source in (0, 63, 64, 127, network.size - 1):
        assert steps[source].tolist() == plain_distances(network, source)


@given(EDGES)
def test_edges_are_counted_once_and_loops_not_at_all(edges):
    network = named(edges)
    assert network.edges == len({frozenset(e) for e in edges if e[0] != e[1]})
    assert network.degree.sum() == 2 * network.edges


def test_the_largest_component_is_kept():
    network = interactome_of([("a", "b"), ("b", "c"), ("x", "y")])
    assert network.components().tolist() == [0, 0, 0, 1, 1]
    assert network.largest_component().genes == ("a", "b", "c")


def test_random_genes_have_like_degrees_and_differ():
    network = random_network(600, 3000)
    bins = DegreeBins(network.degree, least=50)
    genes = np.array([0, 1, 2, 3, 100])
    drawn = bins.draw(genes, 400, np.random.default_rng(2))
    assert all(len(set(row)) == 5 for row in drawn.tolist())
    apart = np.abs(network.degree[drawn].mean(axis=0) - network.degree[genes])
    assert (apart <= np.ptp(network.degree) / 3).all()
    for column, gene in enumerate(genes):
        pool = set(bins._members[bins._bin[gene]].tolist())
        assert set(drawn[:, column].tolist()) <= pool
        assert len(pool) >= 50


def test_proximity_by_hand_and_against_plain_draws():
    network = random_network()
    steps, bins = all_distances(network), DegreeBins(network.degree, least=60)
    targets, disease = np.array([3, 50, 90]), np.array([10, 51, 200, 201])
    found = proximity(steps, bins, targets, disease, np.random.default_rng(5), draws=3000)
    assert found.distance == pytest.approx(np.mean([steps[t, disease].min() for t in targets]))
    rng = np.random.default_rng(6)
    plain = [
        np.mean([steps[t, s].min() for t in one])
        for one, s in zip(bins.draw(targets, 3000, rng), bins.draw(disease, 3000, rng), strict=True)
    ]
    assert found.expected == pytest.approx(np.mean(plain), abs=4 * np.std(plain) / math.sqrt(1500))
    assert found.spread == pytest.approx(np.std(plain), rel=0.1)
    assert found.z == pytest.approx((found.distance - found.expected) / found.spread)


def test_z_of_random_drugs_is_standard():
    network = random_network()
    rng = np.random.default_rng(7)
    bins = DegreeBins(network.degree, least=60)
    drugs = {f"d{i}": np.sort(rng.choice(network.size, 3, replace=False)) for i in range(150)}
    z = [r.z for _, r in screen(network, drugs, np.arange(0, 60, 6), rng, draws=500)]
    assert abs(np.mean(z)) < 0.35
    assert 0.75 < np.std(z) < 1.3
    assert bins is not None


def test_a_screen_is_sorted_repeatable_and_names_who_has_no_target():
    network = random_network()
    drugs = {"a": np.array([1, 2]), "none": np.array([], np.intp), "on it": np.array([10, 20])}
    missing = []
    one = screen(network, drugs, np.array([10, 20, 30]), np.random.default_rng(1), refused=missing.append)
    two = screen(network, drugs, np.array([10, 20, 30]), np.random.default_rng(1))
    assert one == two
    assert [name for name, _ in one] == ["on it", "a"]
    assert one[0][1].distance == 0
    assert missing == ["none"]


def test_separation_is_negative_for_one_module_and_positive_for_two():
    network = interactome_of([(f"g{i:02}", f"g{i + 1:02}") for i in range(30)])
    steps = all_distances(network)
    assert separation(steps, np.array([1, 3, 5]), np.array([2, 4, 6])) < 0
    assert separation(steps, np.array([1, 2]), np.array([20, 21])) > 0
    with pytest.raises(BadInput, match="fewer than two"):
        separation(steps, np.array([1]), np.array([2, 3]))


def test_the_largest_part_is_that_of_a_search():
    network = random_network(120, 200, seed=3)
    genes = np.arange(0, 60)
    inside = network.within(genes)
    found = largest_part(network, DegreeBins(network.degree, least=30), genes, np.random.default_rng(1), draws=200)
    assert found.size == max(np.bincount(inside.components()).max(), 1)
    assert 0 < found.p <= 1


def test_diamond_takes_the_least_likely_links_first():
    network = random_network(150, 500, seed=4)
    seeds = np.arange(8)
    grown = diamond(network, seeds, 5)
    inside = set(seeds.tolist())
    for step in grown:
        best = {}
        for gene in range(network.size):
            if gene in inside:
                continue
            links = len(inside & set(network.neighbour[network.start[gene] : network.start[gene + 1]].tolist()))
            if links:
                degree = int(network.degree[gene])
                best[gene] = float(stats.hypergeom(network.size, len(inside), degree).sf(links - 1))
        assert step.p == pytest.approx(min(best.values()), rel=1e-9)
        assert best[step.gene] == pytest.approx(step.p, rel=1e-9)
        inside.add(step.gene)


def test_a_walk_solves_its_equation():
    network = random_network(100, 300, seed=5)
    seeds = np.array([0, 7])
    adjacency = np.zeros((network.size, network.size))
    for gene in range(network.size):
        adjacency[network.neighbour[network.start[gene] : network.start[gene + 1]], gene] = 1 / network.degree[gene]
    begin = np.zeros(network.size)
    begin[seeds] = 0.5
    exact = 0.3 * np.linalg.solve(np.eye(network.size) - 0.7 * adjacency, begin)
    assert walk(network, seeds, restart=0.3) == pytest.approx(exact, abs=1e-10)
    with pytest.raises(InvalidContent, match="restart"):
        walk(network, seeds, restart=1.0)


class TestFiles:
    @pytest.fixture
    def files(self, tmp_path):
        network = random_network()
        lines = [
            f"{network.genes[a]}\tpp\t{network.genes[b]}"
            for a in range(network.size)
            for b in network.neighbour[network.start[a] : network.start[a + 1]].tolist()
        ]
        (tmp_path / "n.sif").write_text("\n".join([*lines, "x1\tpp\tx2"]) + "\n")
        (tmp_path / "g.txt").write_text("\n".join([*network.genes[:6], "unknown"]) + "\n")
        (tmp_path / "t.tsv").write_text(f"drug\tgene\nA\t{network.genes[0]}\nB\t{network.genes[200]}\nC\tnowhere\n")
        return {"interactome": tmp_path / "n.sif", "genes": tmp_path / "g.txt"}, tmp_path

    def test_drugs_are_ranked_and_losses_are_named(self, files):
        given, folder = files
        found = PROXIMITY.run(read_options(PROXIMITY, {**given, "targets": folder / "t.tsv"}), silent, None)
        assert found.table("drugs").column("drug")[0] == "A"
        assert found.table("drugs").column("hits") == (1, 0)
        assert any("1 of 7 disease genes" in note for note in found.notes)
        assert any("2 genes outside" in note for note in found.notes)
        assert any("C (1 drugs)" in note for note in found.notes)

    def test_a_module_grows(self, files):
        found = MODULE.run(read_options(MODULE, {**files[0], "number": 4}), silent, None)
        assert found.table("module").column("step") == (1, 2, 3, 4)
        assert found.table("part").column("genes") == (6,)

    def test_other_files_are_refused_by_line(self, files, tmp_path):
        given, folder = files
        (tmp_path / "bad.tsv").write_text("drug\tgene\nA\n")
        with pytest.raises(InvalidContent, match=r"bad\.tsv: line 2"):
            read_targets(tmp_path / "bad.tsv")
        (tmp_path / "one.sif").write_text("a pp b\nc\n")
        with pytest.raises(InvalidContent, match=r"one\.sif: line 2"):
            read_interactome(tmp_path / "one.sif")
        (tmp_path / "no.txt").write_text("none\n")
        with pytest.raises(BadInput, match="no disease gene"):
            MODULE.run(read_options(MODULE, {**given, "genes": tmp_path / "no.txt"}), silent, None)
        with pytest.raises(InvalidContent, match="100 draws"):
            PROXIMITY.run(read_options(PROXIMITY, {**given, "targets": folder / "t.tsv", "draws": 5}), silent, None)
