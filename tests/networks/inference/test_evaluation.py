"""Areas under curves by hand, ties at chance, the DREAM5 table."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from gennet.errors import InvalidContent
from gennet.networks import EdgeScores
from gennet.networks.inference.evaluation import (
    area_under_precision_recall,
    area_under_roc,
    dream_score,
    early_precision,
    evaluate,
    found,
    gold_of,
    null,
)


def test_a_perfect_order_has_areas_of_one():
    counted = found(np.array([5.0, 4, 3, 2]), np.array([True, True, False, False]))
    assert area_under_precision_recall(counted) == pytest.approx(1)
    assert area_under_roc(counted) == 1
    assert early_precision(counted) == 1


def test_one_false_before_one_true_is_a_half_less_the_logarithm():
    # After one false edge, precision over the next is x / (1 + x) for x from 0 to 1: 1 - ln 2.
    counted = found(np.array([2.0, 1.0]), np.array([False, True]))
    assert area_under_precision_recall(counted) == pytest.approx(1 - np.log(2))
    assert area_under_roc(counted) == 0


def test_equal_scores_are_worth_chance():
    true = np.array([True] * 3 + [False] * 9)
    counted = found(np.ones(12), true)
    assert area_under_precision_recall(counted) == pytest.approx(0.25)
    assert area_under_roc(counted) == 0.5
    assert early_precision(counted) == pytest.approx(0.25)


@given(st.integers(0, 2**32 - 1), st.integers(2, 60))
def test_areas_agree_with_scikit_learn_where_nothing_ties(seed, size):
    rng = np.random.default_rng(seed)
    true = np.zeros(size, bool)
    true[: rng.integers(1, size)] = True
    score = rng.permutation(size).astype(float)
    counted = found(score, true)
    assert area_under_roc(counted) == pytest.approx(roc_auc_score(true, score))
    step = average_precision_score(true, score)
    # Precision at a true edge is the most that the step to it reaches, so the step sum is an upper bound; the next
    # differs from it by less than one place of each of P steps.
    ours = area_under_precision_recall(counted)
    assert ours <= step + 1e-12
    assert ours > step - np.sum(1 / (np.flatnonzero(true[np.argsort(-score)]) + 1)) / true.sum() - 1e-12


def test_candidates_without_listed_absences_are_regulators_by_known_targets():
    gold = gold_of([("A", "B"), ("C", "D"), ("A", "A")])
    assert set(gold.candidates) == {("A", "B"), ("A", "D"), ("C", "B"), ("C", "D"), ("C", "A")}
    assert gold.true.sum() == 2


def test_edges_of_unmeasured_genes_are_counted_and_left_out():
    scores = EdgeScores(("A",), ("A", "B", "C"), np.array([[0.0, 2.0, 1.0]]), "m")
    judged = evaluate(scores, gold_of([("A", "B"), ("A", "Z"), ("Y", "C")]))
    assert (judged.edges, judged.candidates, judged.unmeasured) == (1, 2, 2)
    assert judged.auroc == 1


@pytest.mark.parametrize(
    ("edges", "absent"), [([], None), ([("A", "B")], []), ([("A", "B")], [("A", "B"), ("A", "C")])]
)
def test_a_gold_standard_of_one_kind_only_is_refused(edges, absent):
    with pytest.raises(InvalidContent, match="edge"):
        gold_of(edges, absent)


def test_genes_named_otherwise_are_refused():
    with pytest.raises(InvalidContent, match="name genes there as the scores do"):
        evaluate(EdgeScores(("A",), ("A", "B"), np.zeros((1, 2)), "m"), gold_of([("a", "b"), ("a", "c"), ("d", "b")]))


def test_random_orders_are_seldom_significant():
    rng = np.random.default_rng(5)
    true = np.arange(1000) < 60
    held = null(true, rng)
    gold = gold_of([("R", f"t{i}") for i in range(60)], [("R", f"t{i}") for i in range(60, 1000)])
    targets = tuple(f"t{i}" for i in range(1000))
    small = 0
    for _ in range(200):
        scores = EdgeScores(("R",), targets, rng.permutation(1000.0 + np.arange(1000))[None], "m")
        small += max(held.evidence(evaluate(scores, gold))) > -np.log10(0.025)
    assert 1 <= small <= 20  # about 0.05 of 200, two tests that go together


@pytest.mark.parametrize(
    ("of_aupr", "of_auroc", "overall"),
    [(41.295, 39.263, 40.279), (41.368, 20.831, 31.099), (58.599, 46.255, 52.427)],
    ids=["GENIE3", "TIGRESS", "community"],
)
def test_overall_scores_of_dream5_are_reproduced(of_aupr, of_auroc, overall):
    # Marbach 2012, supplementary table 3.
    assert dream_score([of_aupr] * 3, [of_auroc] * 3) == pytest.approx(overall, abs=1e-3)
