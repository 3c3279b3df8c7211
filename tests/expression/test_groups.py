"""Panels, classifier and identifiers: simulated truth, chance stays chance, refusals."""

import numpy as np
import pytest
from scipy import stats

from gennet.errors import InvalidContent, UnknownName, UnreadableFile
from gennet.expression.classifier import judge
from gennet.expression.identifiers import Duplicates, read_mapping, rename
from gennet.expression.matrix import ExpressionMatrix
from gennet.expression.panels import Selection, auc_interval, find_panel, mrmr, stability_selection, stratified


def groups(rng, n=60, genes=300, told=5, by=1.5):
    cases = np.arange(n) % 2 == 1
    values = rng.normal(size=(n, genes))
    values[cases, :told] += by
    return values, cases


@pytest.mark.parametrize("selection", list(Selection))
def test_a_panel_holds_the_genes_that_differ(selection):
    values, cases = groups(np.random.default_rng(1), by=2.5)
    made = find_panel(values, cases, selection, np.random.default_rng(2), size=5)
    assert set(made.chosen.tolist()) == set(range(5))
    assert made.auc > 0.9
    assert made.auc_low <= made.auc <= made.auc_high


@pytest.mark.parametrize("selection", list(Selection))
def test_chance_is_not_taken_for_knowledge(selection):
    areas = []
    for seed in range(6):
        values, cases = groups(np.random.default_rng(seed), n=40, told=0)
        areas.append(find_panel(values, cases, selection, np.random.default_rng(seed), size=5).auc)
    assert 0.35 < np.mean(areas) < 0.65


def test_redundant_genes_are_passed_over():
    rng = np.random.default_rng(3)
    values, cases = groups(rng, genes=50, told=2)
    values[:, 2] = values[:, 0] + 0.01 * rng.normal(size=60)
    chosen, worth = mrmr(values, cases, 2)
    assert chosen[1] == 1
    assert (worth > 0).all()


def test_irrelevant_genes_stay_under_the_bound():
    rng = np.random.default_rng(4)
    often = stability_selection(rng.normal(size=(40, 400)), np.arange(40) % 2 == 1, rng, first=5)
    # At most 5^2 / ((2 * 0.75 - 1) * 400) = 0.125 false genes are expected at 0.75.
    assert (often >= 0.75).sum() <= 1
    assert often.sum() == pytest.approx(5, abs=0.5)


def test_folds_hold_every_sample_once_and_every_group():
    labels = np.array([0] * 30 + [1] * 10)
    tests = [test for _, test in stratified(labels, 5, np.random.default_rng(5))]
    assert sorted(np.concatenate(tests).tolist()) == list(range(40))
    assert all((labels[test] == 1).sum() == 2 for test in tests)


def test_the_area_is_mann_whitneys():
    rng = np.random.default_rng(6)
    scores, cases = rng.normal(size=50).round(1), rng.random(50) < 0.4
    u = stats.mannwhitneyu(scores[cases], scores[~cases]).statistic
    assert auc_interval(scores, cases)[0] == pytest.approx(u / (cases.sum() * (~cases).sum()))


def test_an_area_of_one_is_not_certain():
    area, low, high = auc_interval(np.arange(20.0), np.arange(20) >= 10)
    assert (area, high) == (1.0, 1.0)
    assert low < 0.8


@pytest.fixture(scope="module")
def judged():
    rng = np.random.default_rng(7)
    values, cases = groups(rng, n=90, genes=120, told=6, by=1.2)
    return values, cases, judge(values, np.where(cases, "ill", "well").tolist(), np.random.default_rng(8), folds=3)


def test_a_classifier_names_samples_it_has_not_seen(judged):
    _, _, made = judged
    values, cases = groups(np.random.default_rng(9), n=400, genes=120, told=6, by=1.2)
    p = made.classifier.probabilities(values)
    assert p.sum(axis=1) == pytest.approx(np.ones(400))
    right = np.mean((p[:, 0] > 0.5) == cases)
    assert right > 0.85
    assert made.accuracy_low - 0.03 <= right <= made.accuracy_high + 0.03


def test_its_probabilities_are_as_often_right_as_they_say(judged):
    _, _, made = judged
    values, cases = groups(np.random.default_rng(10), n=2000, genes=120, told=6, by=1.2)
    p = made.classifier.probabilities(values)[:, 0]
    for low, high in ((0.0, 0.2), (0.2, 0.8), (0.8, 1.0)):
        inside = (p >= low) & (p <= high)
        assert cases[inside].mean() == pytest.approx(p[inside].mean(), abs=0.12)


def test_samples_unlike_the_training_data_are_told(judged):
    values, _, made = judged
    alike = groups(np.random.default_rng(11), n=300, genes=120, told=6, by=1.2)[0]
    assert (made.classifier.likeness(alike) < 0.05).mean() < 0.15
    for unlike in (alike[:20] + 3.0, alike[:20] * 3.0, alike[:20] * 0.1, np.zeros((2, 120)) + 50.0):
        assert (made.classifier.likeness(unlike) < 0.05).mean() > 0.9


def test_few_separated_samples_do_not_make_certainty():
    rng = np.random.default_rng(12)
    values, cases = groups(rng, n=12, genes=30, told=10, by=8.0)
    made = judge(values, np.where(cases, "ill", "well").tolist(), rng, folds=3)
    assert made.accuracy == 1.0
    assert made.probabilities.max() < 0.99
    assert made.accuracy_low < 0.8


def test_too_few_samples_are_refused():
    values, cases = groups(np.random.default_rng(13), n=10)
    with pytest.raises(InvalidContent, match="fewer than"):
        find_panel(values, cases, Selection.MRMR, np.random.default_rng(1))
    with pytest.raises(InvalidContent, match="smallest"):
        judge(values, ["a"] * 9 + ["b"], np.random.default_rng(1))


def held(values, genes, scale="counts"):
    return ExpressionMatrix(("s1",), genes, np.array([values], float), scale, "symbol")


def table(tmp_path, text):
    path = tmp_path / "hgnc.tsv"
    path.write_text(text)
    return path


HGNC = "symbol\tensembl_gene_id\tprevious\nTP53\tENSG00000141510\tp53|LFS1\nMYC\tENSG00000136997.12\t\nA\tENSG1\tX\nB\tENSG2\tX\n"


def test_names_are_read_in_either_direction(tmp_path):
    path = table(tmp_path, HGNC)
    assert read_mapping(path, "ensembl_gene_id", "symbol").to["ENSG00000136997"] == "MYC"
    previous = read_mapping(path, "previous", "symbol")
    assert previous.to == {"p53": "TP53", "LFS1": "TP53"}
    assert previous.ambiguous == ("X",)


def test_what_is_lost_is_told(tmp_path):
    names = read_mapping(table(tmp_path, HGNC), "previous", "symbol")
    made, lost = rename(held([1, 2, 3, 4], ("p53", "LFS1", "X", "Y")), names, Duplicates.SUM)
    assert made.genes == ("TP53",)
    assert made.values.tolist() == [[3.0]]
    assert (lost.unknown, lost.ambiguous, lost.merged) == (("Y",), ("X",), (("TP53", ("p53", "LFS1")),))
    assert lost.value_lost == pytest.approx(0.7)


def test_merging_is_refused_unless_asked_and_for_logarithms(tmp_path):
    names = read_mapping(table(tmp_path, HGNC), "previous", "symbol")
    with pytest.raises(InvalidContent, match="TP53"):
        rename(held([1, 2], ("p53", "LFS1")), names)
    with pytest.raises(InvalidContent, match="logarithms"):
        rename(held([-1, 2], ("p53", "LFS1"), "log"), names, Duplicates.SUM)
    with pytest.raises(InvalidContent, match="no gene"):
        rename(held([1], ("Q",)), names)


def test_tables_without_the_column_are_refused(tmp_path):
    with pytest.raises(UnknownName, match="near names: symbol"):
        read_mapping(table(tmp_path, HGNC), "previous", "symbols")
    with pytest.raises(UnreadableFile):
        read_mapping(table(tmp_path, ""), "a", "b")
