"""Scores of gene sets: against plain definitions, unmoved by other samples and by the order of genes."""

import math

import numpy as np
import pytest
from scipy import stats

from gennet.errors import InvalidContent, UnreadableFile
from gennet.expression import Expression, signatures
from gennet.expression.gene_sets import place_sets, read_weighted_sets
from gennet.expression.percentiles import percentiles
from gennet.expression.scoring import Method, score

GENES = [f"G{i}" for i in range(120)]


@pytest.fixture
def cohort():
    rng = np.random.default_rng(1)
    sets = {f"S{j}": dict.fromkeys(rng.choice(GENES, 8 + j, replace=False).tolist(), 1.0) for j in range(5)}
    return rng.normal(size=(7, len(GENES))), sets


def walk(row, members, power=0.25):
    """Sum the running difference of ssGSEA step by step."""
    order = np.argsort(-row)
    rank = stats.rankdata(row)
    inside = np.isin(order, members)
    weight = np.where(inside, rank[order] ** power, 0.0)
    hit = np.cumsum(weight) / weight.sum()
    miss = np.cumsum(~inside) / (~inside).sum()
    return (hit - miss).sum()


def recovery(row, members):
    """Integrate AUCell's recovery curve over the top 5 %."""
    top = math.ceil(0.05 * len(row))
    rank = stats.rankdata(-row, method="ordinal")[members]
    area = sum(np.count_nonzero(rank <= r) for r in range(1, top))
    return area / sum(min(r, len(members)) for r in range(1, top))


def indices(sets, name):
    return np.array([GENES.index(g) for g in sets[name]])


def test_rank_scores_equal_their_plain_definitions(cohort):
    values, sets = cohort
    placed = place_sets(sets, GENES)
    ssgsea, aucell = score(values, placed, Method.SSGSEA), score(values, placed, Method.AUCELL)
    for j, name in enumerate(placed.names):
        for i, row in enumerate(values):
            assert ssgsea.values[i, j] == pytest.approx(walk(row, indices(sets, name)))
            assert aucell.values[i, j] == pytest.approx(recovery(row, indices(sets, name)))


def test_singscore_is_that_of_a_person(cohort, tmp_path):
    values, sets = cohort
    gmt = tmp_path / "sets.gmt"
    gmt.write_text("".join(f"{name}\tna\t" + "\t".join(genes) + "\n" for name, genes in sets.items()))
    placed = place_sets(sets, GENES)
    every = score(np.round(values, 1), placed, Method.SINGSCORE)
    person = Expression("s", tuple(GENES), np.round(values[3], 1), "log", "symbol")
    one = signatures(person, hallmark_gene_sets=gmt)
    assert every.values[3] == pytest.approx([s.score for s in one.scores])
    assert every.p[3] == pytest.approx([2 * stats.norm.sf(abs(s.z)) for s in one.scores])


def test_linear_scores_are_those_of_least_squares(cohort):
    values, sets = cohort
    rng = np.random.default_rng(2)
    signed = {name: {g: float(rng.choice([-1, 1, 0.5])) for g in genes} for name, genes in sets.items()}
    placed = place_sets(signed, GENES)
    design = placed.weights.toarray()
    ulm, mlm = score(values, placed, Method.ULM), score(values, placed, Method.MLM)
    for j in range(design.shape[1]):
        alone = stats.linregress(design[:, j], values[2])
        assert ulm.values[2, j] == pytest.approx(alone.slope / alone.stderr)
        assert ulm.p[2, j] == pytest.approx(alone.pvalue)
    x = np.column_stack([np.ones(len(GENES)), design])
    effect, left, *_ = np.linalg.lstsq(x, values[2])
    freedom = len(GENES) - x.shape[1]
    error = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * left / freedom)
    t = (effect / error)[1:]
    assert mlm.values[2] == pytest.approx(t)
    assert mlm.p[2] == pytest.approx(2 * stats.t.sf(np.abs(t), freedom))


@pytest.mark.parametrize("method", list(Method))
def test_other_samples_and_the_order_of_genes_change_nothing(cohort, method):
    values, sets = cohort
    values = np.round(values, 0)  # Many ties.
    placed = place_sets(sets, GENES)
    every = score(values, placed, method)
    alone = score(values[4:5], placed, method)
    assert alone.values[0] == pytest.approx(every.values[4], rel=1e-12)
    order = np.random.default_rng(3).permutation(len(GENES))
    mixed = score(values[:, order], place_sets(sets, [GENES[i] for i in order]), method)
    assert mixed.values == pytest.approx(every.values, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("method", [Method.SINGSCORE, Method.AUCELL, Method.ULM, Method.MLM])
def test_p_values_are_uniform_without_signal(method):
    rng = np.random.default_rng(4)
    genes = [f"G{i}" for i in range(2000)]
    sets = {f"S{j}": dict.fromkeys(rng.choice(genes, 100, replace=False).tolist(), 1.0) for j in range(20)}
    made = score(rng.normal(size=(40, 2000)), place_sets(sets, genes), method)
    assert (made.p < 0.05).mean() == pytest.approx(0.05, abs=0.025)


def test_a_flat_sample_has_no_activity(cohort):
    _, sets = cohort
    placed = place_sets(sets, GENES)
    for method in (Method.ULM, Method.MLM):
        made = score(np.full((1, len(GENES)), 3.1), placed, method)
        assert (made.values == 0).all()
        assert (made.p == 1).all()


def test_sets_that_cannot_be_told_apart_are_named(cohort):
    values, sets = cohort
    placed = place_sets({**sets, "TWIN": sets["S1"]}, GENES)
    with pytest.raises(InvalidContent, match=r"S1|TWIN"):
        score(values, placed, Method.MLM)


def test_signed_regulons_are_refused_by_ranks(cohort):
    values, sets = cohort
    signed = {"S": dict(zip(sets["S0"], [-1.0] * 8, strict=True))}
    with pytest.raises(InvalidContent, match="ulm"):
        score(values, place_sets(signed, GENES), Method.AUCELL)


def test_regulons_and_gene_sets_are_read_alike(tmp_path):
    regulons, gmt = tmp_path / "r.csv", tmp_path / "s.gmt"
    regulons.write_text('"source","target","weight"\n"MYC","TERT",1\n"MYC","CDKN1A",-0.5\n')
    gmt.write_text("MYC\tna\tTERT\tCDKN1A\n")
    assert read_weighted_sets(regulons) == {"MYC": {"TERT": 1.0, "CDKN1A": -0.5}}
    assert read_weighted_sets(gmt) == {"MYC": {"TERT": 1.0, "CDKN1A": 1.0}}


@pytest.mark.parametrize(
    ("text", "kind", "word"),
    [
        ("", UnreadableFile, "empty"),
        ("source,target,weight\nA,B,x\n", InvalidContent, "line 2"),
        ("source,target,weight\nA,B,0\n", InvalidContent, "line 2"),
        ("source,target,weight\nA,B,1\nA,B,-1\n", InvalidContent, "line 3"),
        ("source,target\nA\n", InvalidContent, "line 2"),
    ],
)
def test_broken_regulons_are_refused_with_the_line(tmp_path, text, kind, word):
    path = tmp_path / "r.csv"
    path.write_text(text)
    with pytest.raises(kind, match=word):
        read_weighted_sets(path)


def test_sets_without_measured_genes_are_refused():
    with pytest.raises(InvalidContent, match="same kind of gene names"):
        place_sets({"A": {"ENSG00000000001": 1.0}}, GENES)


def test_percentiles_are_halved_for_ties_and_their_interval_narrows():
    few, many = np.arange(10.0)[:, None], np.arange(1000.0)[:, None]
    at, low, high = percentiles(np.array([[4.0], [-1.0], [99.0]]), few)
    assert at.ravel().tolist() == [45.0, 0.0, 100.0]
    assert ((low <= at) & (at <= high)).all()
    wide = (high - low)[0, 0]
    _, low, high = percentiles(np.array([[450.0]]), many)
    assert (high - low)[0, 0] < wide / 5
