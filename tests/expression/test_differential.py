"""Differential expression, enrichment and batches: simulated truth, plain versions, refusals."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gennet.core.design import Design
from gennet.core.moderated import fit
from gennet.errors import InvalidContent, NotInstalled
from gennet.expression._kernels import extremes_by_chance, running_extreme
from gennet.expression.batches import combat
from gennet.expression.differential import Test, differential, expressed
from gennet.expression.enrichment import gsea, over_representation
from gennet.expression.matrix import ExpressionMatrix
from gennet.expression.voom import fit_weighted, lowess, voom

GROUP = np.repeat([0.0, 1.0], 6)
DESIGN = np.stack([np.ones(12), GROUP], axis=1)


def counts(rng, changed=0, genes=1500):
    mean = rng.gamma(0.8, 300, genes) + 5
    fold = np.where(np.arange(genes) < changed, 4.0, 1.0)
    expected = mean * rng.uniform(0.5, 2, (12, 1)) * np.where(GROUP[:, None] == 1, fold, 1.0)
    return rng.negative_binomial(10, 10 / (10 + expected)).astype(float)


def matrix(values, scale="counts"):
    names = tuple(f"G{i}" for i in range(values.shape[1]))
    return ExpressionMatrix(tuple(f"S{i}" for i in range(len(values))), names, values, scale, "symbol")


def design():
    return Design(DESIGN, np.ones(12, bool), "b against a")


def test_changed_genes_are_found_and_the_rest_are_not():
    made = differential(matrix(counts(np.random.default_rng(1), changed=100)), design())
    changed = np.array([int(gene[1:]) < 100 for gene in made.genes])
    found = made.q < 0.05
    assert found[changed].mean() > 0.8
    assert (found & ~changed).sum() <= 0.12 * found.sum()
    assert np.median(made.change[changed]) == pytest.approx(2.0, abs=0.3)
    inside = (made.low <= 2.0) & (made.high >= 2.0)
    assert inside[changed].mean() > 0.85


def test_p_values_are_uniform_without_change():
    made = differential(matrix(counts(np.random.default_rng(2))), design())
    assert (made.p < 0.05).mean() == pytest.approx(0.05, abs=0.02)


def test_genes_without_counts_are_not_tested():
    held = counts(np.random.default_rng(3), genes=200)
    held[:, :20] = 1.0
    kept = expressed(held, DESIGN)
    assert not kept[:20].any()
    assert kept[20:].any()


def test_logarithms_are_tested_as_they_are():
    rng = np.random.default_rng(4)
    values = rng.normal(size=(12, 50))
    values[6:, 0] += 6
    made = differential(matrix(values, "log"), design())
    assert made.genes[int(np.nanargmin(made.p))] == "G0"
    assert made.change[0] == pytest.approx(values[6:, 0].mean() - values[:6, 0].mean())


def test_weights_of_one_are_no_weights():
    rng = np.random.default_rng(5)
    values = rng.normal(size=(30, 12))
    a, b = fit(values, DESIGN, 1), fit_weighted(values, np.ones_like(values), DESIGN, 1)
    assert b.effect == pytest.approx(a.effect)
    assert b.variance == pytest.approx(a.variance)
    assert b.unscaled == pytest.approx(a.unscaled)


def test_a_weight_of_two_is_a_sample_twice():
    rng = np.random.default_rng(6)
    values = rng.normal(size=(1, 12))
    weights = np.ones((1, 12))
    weights[0, 3] = 2.0
    twice = fit(np.append(values, values[:, 3:4], axis=1), np.vstack([DESIGN, DESIGN[3]]), 1)
    assert fit_weighted(values, weights, DESIGN, 1).effect == pytest.approx(twice.effect)


def test_precision_grows_with_counts():
    held = counts(np.random.default_rng(7))
    logs, weights = voom(held, DESIGN, np.ones(12))
    level = logs.mean(axis=1)
    assert stats.spearmanr(level, weights.mean(axis=1)).statistic > 0.6


@given(st.integers(0, 1000), st.floats(-3, 3), st.floats(-3, 3))
def test_a_line_is_its_own_smooth(seed, slope, start):
    x = np.sort(np.random.default_rng(seed).uniform(0, 10, 60))
    assert lowess(x, start + slope * x) == pytest.approx(start + slope * x, abs=1e-8)


def test_an_outlier_does_not_bend_the_smooth():
    x = np.linspace(0, 1, 101)
    y = 2 * x + 0.01 * np.sin(50 * x)
    y[50] = 100.0
    assert lowess(x, y)[50] == pytest.approx(1.0, abs=0.05)


def test_deseq2_is_refused_for_logarithms_and_named_when_absent(monkeypatch):
    rng = np.random.default_rng(8)
    with pytest.raises(InvalidContent, match="raw counts"):
        differential(matrix(rng.normal(size=(12, 5)), "log"), design(), Test.DESEQ2)
    monkeypatch.setitem(sys.modules, "pydeseq2", None)
    monkeypatch.setitem(sys.modules, "pydeseq2.dds", None)
    with pytest.raises(NotInstalled, match="pydeseq2"):
        differential(matrix(counts(rng)), design(), Test.DESEQ2)


def plain_extreme(places, weights, genes):
    """Walk the whole ranking."""
    inside = np.zeros(genes, bool)
    inside[places] = True
    step = np.where(inside, weights / weights[inside].sum(), -1 / (genes - len(places)))
    sums = np.concatenate([[0.0], np.cumsum(step)])
    return sums.max() if sums.max() > -sums.min() else sums.min()


@given(st.integers(0, 10_000), st.integers(1, 20))
def test_the_compiled_walk_is_the_plain_one(seed, k):
    rng = np.random.default_rng(seed)
    weights = rng.uniform(0.1, 3, 60)
    places = np.sort(rng.choice(60, k, replace=False))
    assert running_extreme(places, weights, 60)[0] == pytest.approx(plain_extreme(places, weights, 60))
    shuffled, made = rng.permutation(60)[None, :k], np.empty((1, 1))
    extremes_by_chance(shuffled, np.array([k]), weights, 60, made)
    assert made[0, 0] == pytest.approx(plain_extreme(shuffled[0], weights, 60))


def test_a_shifted_set_is_enriched_and_random_ones_are_not():
    rng = np.random.default_rng(9)
    ranking = {f"G{i}": float(v) for i, v in enumerate(rng.normal(size=2000))}
    names = list(ranking)
    for gene in names[:40]:
        ranking[gene] -= 1.5
    sets = {"DOWN": names[:40]} | {f"R{j}": rng.choice(names[40:], 40, replace=False).tolist() for j in range(30)}
    made = {one.name: one for one in gsea(ranking, sets, rng=np.random.default_rng(1), permutations=3000)}
    down = made.pop("DOWN")
    assert down.score < 0
    assert down.q < 0.05
    assert down.fdr < 0.05
    assert set(down.leading) <= set(names[:40])
    assert ranking[down.leading[0]] == min(ranking[g] for g in names[:40])
    assert np.mean([one.p < 0.05 for one in made.values()]) < 0.2


def test_no_p_value_is_zero_and_seeds_repeat():
    ranking = {f"G{i}": 100.0 - i for i in range(200)}
    sets = {"TOP": [f"G{i}" for i in range(20)]}
    a, b = (gsea(ranking, sets, rng=np.random.default_rng(3), permutations=99)[0] for _ in range(2))
    assert a.p >= 0.01
    assert a == b


def test_over_representation_is_fishers_test():
    background = [f"G{i}" for i in range(100)]
    made = over_representation(background[:20], background, {"S": background[10:40]})[0]
    table = [[10, 20], [10, 60]]
    odds, p = stats.fisher_exact(table, alternative="greater")
    assert made.p == pytest.approx(p)
    assert made.odds_ratio == pytest.approx(odds)
    assert made.expected == pytest.approx(6.0)


def test_enrichment_refuses_what_it_cannot_test():
    ranking = {f"G{i}": float(i) for i in range(50)}
    with pytest.raises(InvalidContent, match="missing or infinite"):
        gsea({**ranking, "G1": float("nan")}, {"S": list(ranking)[:20]}, rng=np.random.default_rng(1))
    with pytest.raises(InvalidContent, match="no set"):
        gsea(ranking, {"S": ["X"]}, rng=np.random.default_rng(1))
    with pytest.raises(InvalidContent, match="background"):
        over_representation(["X"], list(ranking), {"S": list(ranking)[:10]})


def batched(rng, genes=400):
    values = rng.normal(8, 1, genes) + rng.normal(size=(24, genes))
    batch = np.tile([0, 1, 2], 8)
    values += rng.normal(0, 2, (3, genes))[batch]
    return values, [f"b{b}" for b in batch]


def test_batches_go_and_what_is_kept_stays():
    rng = np.random.default_rng(10)
    values, names = batched(rng)
    group = np.repeat([0.0, 1.0], 12)
    values[:, :50] += 3 * group[:, None]
    fixed = combat(values, names, group[:, None])
    batch = np.array(names)
    f_before = stats.f_oneway(*(values[batch == b, 100] for b in sorted(set(names)))).statistic
    means = np.stack([fixed[batch == b].mean(axis=0) for b in sorted(set(names))])
    assert means.std(axis=0).mean() < 0.25
    assert f_before > 1
    shift = fixed[group == 1].mean(axis=0) - fixed[group == 0].mean(axis=0)
    assert shift[:50].mean() == pytest.approx(3.0, abs=0.3)


def test_a_gene_without_variance_is_left_alone():
    values, names = batched(np.random.default_rng(11))
    values[:, 3] = 5.0
    assert (combat(values, names)[:, 3] == 5.0).all()


@pytest.mark.parametrize(
    ("names", "kept"),
    [(["a"] * 24, None), (["a"] * 23 + ["b"], None), (["a"] * 12 + ["b"] * 12, np.repeat([0.0, 1.0], 12)[:, None])],
)
def test_batches_that_cannot_be_told_apart_are_refused(names, kept):
    values, _ = batched(np.random.default_rng(12))
    with pytest.raises(InvalidContent):
        combat(values, names, kept)
