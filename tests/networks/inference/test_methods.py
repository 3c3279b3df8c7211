"""Methods against plain versions and hand-made truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gennet.errors import InvalidContent, TooLarge
from gennet.networks import EdgeScores
from gennet.networks.inference._kernels import forest
from gennet.networks.inference.background import relatedness
from gennet.networks.inference.consensus import consensus
from gennet.networks.inference.correlation import clr, pearson, spearman
from gennet.networks.inference.design import design_of
from gennet.networks.inference.evaluation import evaluate, gold_of
from gennet.networks.inference.information import aracne, mutual_information
from gennet.networks.inference.portfolio import Method, method_for, scored
from gennet.networks.inference.precision import coefficients, ridge
from gennet.networks.inference.prior import with_prior
from gennet.networks.inference.sparse import stable
from gennet.networks.inference.trees import binned, trees


def made(seed=1, samples=60, genes=12, regulators=None):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(samples, genes)) @ rng.normal(size=(genes, genes))
    return design_of(values, [f"G{i}" for i in range(genes)], regulators)


def simulated(seed, samples=150, regulators=10, targets=60):
    """Each target is a sum of two regulators and noise; regulators go together through hidden factors."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, regulators)) + rng.normal(size=(samples, 2)) @ rng.normal(size=(2, regulators))
    names = [f"R{i}" for i in range(regulators)]
    y, edges = [], []
    for t in range(targets):
        parents = rng.choice(regulators, 2, replace=False)
        y.append(x[:, parents] @ rng.choice([-1.0, 1.0], 2) + rng.normal(size=samples))
        edges += [(names[p], f"T{t}") for p in parents]
    absent = [(r, f"T{t}") for r in names for t in range(targets) if (r, f"T{t}") not in set(edges)]
    design = design_of(np.column_stack([x, np.array(y).T]), [*names, *(f"T{t}" for t in range(targets))], names)
    return design, gold_of(edges, absent)


def test_correlations_are_those_of_numpy():
    design = made(regulators=["G3", "G1"])
    expected = np.corrcoef(design.y.T)[[3, 1]]
    got = pearson(design).values
    expected[0, 3] = expected[1, 1] = 0
    assert np.allclose(got, expected, atol=1e-12)


def test_spearman_depends_on_ranks_alone():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(30, 4))
    names = list("ABCD")
    assert np.allclose(spearman(design_of(values, names)).values, spearman(design_of(np.exp(values), names)).values)


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 10))
@settings(max_examples=25, deadline=None)
def test_ridge_leaves_a_gene_out_of_its_own_regression_exactly(seed, penalty):
    design = made(seed % 1000, samples=9, genes=7, regulators=["G0", "G2", "G5"])
    x, n = design.x, 9
    b = coefficients(x.T @ x / n, x.T @ design.y / n, design.own, penalty)
    for target in range(7):
        kept = [k for k in range(3) if design.own[k] != target]
        part = x[:, kept]
        expected = np.linalg.solve(part.T @ part / n + penalty * np.eye(len(kept)), part.T @ design.y[:, target] / n)
        assert np.allclose(b[kept, target], expected, atol=1e-10)


def test_background_of_each_edge_leaves_out_genes_with_themselves():
    size, own = np.abs(np.random.default_rng(3).normal(size=(3, 5))), np.array([1, 4, 0])
    got = relatedness(size, own)
    for r in range(3):
        for t in range(5):
            if t == own[r]:
                assert got[r, t] == 0
                continue
            row = [size[r, j] for j in range(5) if j != own[r]]
            column = [size[i, t] for i in range(3) if own[i] != t]
            z = [max(0.0, (size[r, t] - np.mean(v)) / np.std(v)) if np.std(v) > 1e-9 else 0.0 for v in (row, column)]
            assert got[r, t] == pytest.approx(np.hypot(*z))


def test_information_agrees_with_tables_of_counts():
    design = made(samples=40, genes=3)
    got = mutual_information(design, 3)
    cut = np.argsort(np.argsort(design.y, axis=0), axis=0) * 3 // 40
    table = np.histogram2d(cut[:, 0], cut[:, 2], bins=3)[0] / 40
    share = table.sum(1)[:, None] * table.sum(0)
    expected = np.sum(table[table > 0] * np.log(table[table > 0] / share[table > 0])) - 4 / 80
    assert got[0, 2] == pytest.approx(max(expected, 0), abs=1e-12)


def test_aracne_removes_the_edge_that_a_path_explains():
    rng = np.random.default_rng(4)
    a = rng.normal(size=800)
    b = a + 0.5 * rng.normal(size=800)
    c = b + 0.5 * rng.normal(size=800)
    held = aracne(design_of(np.column_stack([a, b, c]), ["A", "B", "C"])).values
    assert held[0, 2] == held[2, 0] == 0
    assert min(held[0, 1], held[1, 2]) > 0


def plain_forest(bins, y, own, seed, trees, tried):
    """The kernel's trees in plain Python."""
    state, gain = seed, np.zeros(len(bins))

    def draw():
        nonlocal state
        state = (state * 25214903917 + 11) % 2**48
        return state >> 17

    for _ in range(trees):
        order, waiting = list(range(len(bins))), [list(range(len(y)))]
        while waiting:
            rows = waiting.pop()
            best, seen, drawn = (1e-9, -1, 0), 0, 0
            while seen < tried and drawn < len(bins):
                at = drawn + draw() % (len(bins) - drawn)
                order[at], order[drawn] = order[drawn], order[at]
                feature = order[drawn]
                drawn += 1
                if feature == own:
                    continue
                number, held = draw(), bins[feature, rows].astype(int)
                if held.min() == held.max():
                    continue
                seen += 1
                edge = held.min() + number % (held.max() - held.min())
                left, right = y[rows][held <= edge], y[rows][held > edge]
                better = left.sum() ** 2 / len(left) + right.sum() ** 2 / len(right) - y[rows].sum() ** 2 / len(rows)
                if better > best[0] * (1 + 1e-9):
                    best = better, feature, edge
            if best[1] < 0:
                continue
            gain[best[1]] += best[0]
            left = [r for r in rows if bins[best[1], r] <= best[2]]
            right = [r for r in rows if bins[best[1], r] > best[2]]
            waiting += [part for part in (left, right) if len(part) > 1]
    return gain


def test_compiled_trees_are_those_of_plain_python():
    design = made(samples=25, genes=5)
    bins, y = binned(design.x), np.ascontiguousarray(design.y[:, 2])
    gain, room = np.zeros(5), (np.empty(25, np.int64), np.empty(25, np.int64), np.empty(5, np.int64))
    forest(bins, y, 2, 12345, 7, 2, *room, np.empty((26, 2), np.int64), gain)
    assert np.allclose(gain, plain_forest(bins, y, 2, 12345, 7, 2), atol=1e-9)
    assert gain[2] == 0


def test_full_trees_explain_all_of_a_target():
    held = trees(made(), np.random.default_rng(1), number=20).values
    assert np.allclose(np.abs(held).sum(0), 1, atol=1e-6)


def test_bins_keep_order_above_256_samples():
    x = np.random.default_rng(5).normal(size=(1000, 1))
    held = binned(x)[0][np.argsort(x[:, 0])].astype(int)
    assert (np.diff(held) >= 0).all()
    assert len(set(held)) == 256


def test_the_first_regulator_to_enter_is_the_one_that_made_the_target():
    rng = np.random.default_rng(6)
    x = rng.normal(size=(80, 5))
    design = design_of(np.column_stack([x, x[:, 1] + 0.1 * rng.normal(size=80)]), list("ABCDET"), list("ABCDE"))
    held = np.abs(stable(design, rng).values[:, 5])
    assert held.argmax() == 1
    assert held[1] > 0.8


@pytest.mark.parametrize("method", list(Method))
def test_every_method_finds_simulated_edges_and_repeats_itself(method):
    design, gold = simulated(7)
    scores = scored(design, method, np.random.default_rng(1))
    judged = evaluate(scores, gold)
    assert judged.auroc > 0.75
    assert judged.aupr > 2 * judged.chance
    assert np.array_equal(scores.values, scored(design, method, np.random.default_rng(1)).values)
    assert np.all(np.isfinite(scores.values))


@pytest.mark.parametrize("method", list(Method))
def test_constant_genes_get_no_edges(method):
    values = np.random.default_rng(8).normal(size=(20, 5))
    values[:, 2] = 7.3
    held = scored(design_of(values, list("ABCDE")), method, np.random.default_rng(1)).values
    assert not held[2].any()
    assert not held[:, 2].any()


def test_regression_separates_what_goes_together_better_than_correlation():
    better = 0
    for seed in range(5):
        design, gold = simulated(20 + seed)
        better += evaluate(ridge(design), gold).aupr > evaluate(clr(design), gold).aupr
    assert better >= 4


def test_the_rule_reads_the_shape_alone():
    assert method_for(100, 100, 100) is Method.COMMUNITY
    assert method_for(800, 300, 4500) is Method.RIDGE
    assert method_for(800, 20_000, 20_000) is Method.CLR


def test_a_consensus_of_one_keeps_its_order_and_signs():
    one = pearson(made())
    held = consensus([one])
    assert np.array_equal(np.sign(held.values), np.sign(one.values))
    assert np.array_equal(np.argsort(np.abs(held.values), axis=None), np.argsort(np.abs(one.values), axis=None))


def test_odds_of_one_change_no_order_and_more_raise_known_edges_only():
    one = pearson(made())
    known = [("G0", "G5"), ("G1", "G2")]
    order = np.argsort(np.abs(one.values), axis=None, kind="stable")
    same = with_prior(one, known, 1.0)
    assert np.array_equal(np.argsort(np.abs(same.values), axis=None, kind="stable")[12:], order[12:])
    raised = np.abs(with_prior(one, known, 10.0).values) - np.abs(same.values)
    assert {tuple(at) for at in np.argwhere(raised > 1e-12)} == {(0, 5), (1, 2)}


def test_what_cannot_be_inferred_is_refused():
    with pytest.raises(InvalidContent, match="samples"):
        design_of(np.zeros((3, 5)), list("ABCDE"))
    with pytest.raises(InvalidContent, match="regulators was measured"):
        design_of(np.zeros((9, 5)), list("ABCDE"), ["a"])
    with pytest.raises(TooLarge, match="name the genes that may regulate"):
        design_of(np.zeros((4, 16_000)), [f"G{i}" for i in range(16_000)])
    with pytest.raises(InvalidContent, match="penalty"):
        ridge(made(), 0)
    with pytest.raises(InvalidContent, match="known edges joins"):
        with_prior(pearson(made()), [("x", "y")])
    with pytest.raises(InvalidContent, match="different genes"):
        consensus([pearson(made()), EdgeScores(("G0",), ("G1",), np.ones((1, 1)), "m")])
