"""Differential methylation: a hand-computed case, simulated truth, and refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gennet.core.design import design_of
from gennet.core.moderated import (
    Fit,
    false_discovery,
    fit,
    inverse_trigamma,
    moderated,
    prior,
)
from gennet.core.study import read_options, silent
from gennet.errors import InvalidContent, UnknownName
from gennet.genomics.methylation.differential import m_values
from gennet.genomics.methylation.regions import RunRule, runs
from gennet.genomics.methylation.studies import STUDIES

STUDY = next(s for s in STUDIES if s.name == "differential-methylation")
GROUPS = np.array([[1.0, 0], [1, 0], [1, 0], [1, 1], [1, 1], [1, 1]])


def test_two_groups_by_hand():
    # Means 2 and 5, residuals -1, 0, 1 and -1, 0, 1: variance 4 / 4, standard error sqrt(1/3 + 1/3).
    made = fit(np.array([[1.0, 2, 3, 4, 5, 6]]), GROUPS, 1)
    assert made.effect[0] == pytest.approx(3.0)
    assert made.variance[0] == pytest.approx(1.0)
    assert made.unscaled[0] == pytest.approx(math.sqrt(2 / 3))
    assert made.freedom[0] == 4


def test_moderation_shrinks_towards_the_prior_by_hand():
    variance = np.array([0.5, 1.0, 4.0])
    fitted = Fit(np.ones(3), np.ones(3), variance, np.full(3, 4.0))
    d0, s0 = prior(variance, fitted.freedom)
    tested = moderated(fitted)
    if math.isinf(d0):
        assert tested.t == pytest.approx(1 / np.sqrt(np.full(3, variance.mean())))
    else:
        assert tested.t == pytest.approx(1 / np.sqrt((d0 * s0 + 4 * variance) / (d0 + 4)))
    assert tested.freedom == pytest.approx(np.full(3, min(4 + d0, 12)))


def test_without_spread_of_variances_all_share_one():
    tested = moderated(Fit(np.ones(4), np.ones(4), np.full(4, 2.0), np.full(4, 6.0)))
    assert math.isinf(tested.prior_freedom)
    assert tested.t == pytest.approx(np.full(4, 1 / math.sqrt(2)))
    assert tested.freedom == pytest.approx(np.full(4, 24.0))


def test_the_prior_of_simulated_variances_is_recovered():
    rng = np.random.default_rng(5)
    d0, s0, own = 6.0, 0.3, 10.0
    truth = s0 * d0 / rng.chisquare(d0, 40_000)
    variance = truth * rng.chisquare(own, len(truth)) / own
    found = prior(variance, np.full(len(truth), own))
    assert found == pytest.approx((d0, s0), rel=0.05)


def test_null_p_values_are_uniform_and_effects_are_found():
    rng = np.random.default_rng(6)
    spread = np.sqrt(0.2 * 8 / rng.chisquare(8, 4000))
    values = rng.normal(size=(4000, 10)) * spread[:, None]
    design = np.stack([np.ones(10), np.arange(10) % 2], axis=1)
    assert stats.kstest(moderated(fit(values, design, 1)).p, "uniform").pvalue > 0.01
    values[:200, 1::2] += 2.0
    q = moderated(fit(values, design, 1)).q
    found = np.flatnonzero(q < 0.05)
    assert (found >= 200).mean() < 0.1
    assert (q[:200] < 0.05).mean() > 0.8


def test_a_missing_value_leaves_only_its_sample_out():
    values = np.random.default_rng(7).normal(size=(5, 6))
    values[2, 4] = np.nan
    made = fit(values, GROUPS, 1)
    rest = np.delete(values[2], 4)[None]
    alone = fit(rest, np.delete(GROUPS, 4, axis=0), 1)
    assert (made.effect[2], made.variance[2], made.freedom[2]) == pytest.approx((alone.effect[0], alone.variance[0], 3))
    values[3, 3:] = np.nan
    assert fit(values, GROUPS, 1).freedom[3] == 0


@given(st.floats(1e-3, 1e3))
def test_trigamma_is_inverted(x):
    from scipy.special import polygamma

    assert inverse_trigamma(float(polygamma(1, x))) == pytest.approx(x, rel=1e-6)


@given(st.lists(st.floats(1e-12, 1), min_size=1, max_size=40))
def test_q_values_equal_scipys(p):
    assert false_discovery(np.array(p)) == pytest.approx(stats.false_discovery_control(p))


def test_m_values_stay_finite_at_the_edges():
    assert np.isfinite(m_values(np.array([0.0, 1.0]))).all()


def test_a_confounded_design_is_refused():
    with pytest.raises(InvalidContent, match="3 effects cannot be told apart in 6 samples"):
        fit(np.zeros((1, 6)), np.hstack([GROUPS, GROUPS[:, 1:]]), 1)


@pytest.mark.parametrize(
    ("sheet", "error", "message"),
    [
        ({"x": ["a", "b", "c"]}, InvalidContent, "x has 3 groups"),
        ({"x": ["1", "1", "1"]}, InvalidContent, "x does not vary"),
        ({"y": ["1", "2", "1"]}, UnknownName, "there is no column 'x'"),
    ],
)
def test_a_variable_that_cannot_be_tested_is_refused(sheet, error, message):
    with pytest.raises(error, match=message):
        design_of(sheet, "x", (), "sheet.csv")


def test_a_run_ends_at_a_gap_a_chromosome_and_a_change_of_sign():
    chromosome, position = np.array([1, 1, 1, 1, 2, 2]), np.array([10, 20, 30, 900, 910, 920])
    t = np.array([3.0, 3, -3, -3, -3, -3])
    assert [(r.start, r.end) for r in runs(chromosome, position, t, RunRule(2.0, 100, 2))] == [(0, 2), (4, 6)]
    assert runs(chromosome[:0], position[:0], t[:0], RunRule(2.0, 100, 2)) == []


def test_the_study_finds_the_region_that_was_made(tmp_path):
    rng = np.random.default_rng(8)
    betas = np.clip(0.5 + rng.normal(0, 0.05, (400, 16)), 0, 1)
    betas[100:106, 8:] += 0.2
    names = [f"cg{i:08d}" for i in range(400)]
    head = ",".join(["cpg", *(f"s{i}" for i in range(16))])
    rows = [",".join([n, *map(str, row)]) for n, row in zip(names, betas, strict=True)]
    (tmp_path / "betas.csv").write_text("\n".join([head, *rows]))
    (tmp_path / "sheet.csv").write_text(
        "\n".join(["sample,case", *(f"s{i},{'yes' if i > 7 else 'no'}" for i in range(16))])
    )
    (tmp_path / "cpgs.csv").write_text(
        "\n".join(["cpg,chromosome,position", *(f"{n},chr1,{100 * i + 1}" for i, n in enumerate(names))])
    )
    given = {"betas": "betas.csv", "samples": "sheet.csv", "positions": "cpgs.csv"}
    options = read_options(
        STUDY, {**{k: str(tmp_path / v) for k, v in given.items()}, "variable": "case", "permutations": 50}
    )
    found = STUDY.run(options, silent)
    assert found.table("regions").rows[0][1:4] == (10001, 10501, 6)
    assert found.table("regions").rows[0][6] == pytest.approx(1 / 51)
    assert {row[0] for row in found.table("cpgs").rows[:6]} == set(names[100:106])
    assert all(0.1 < row[3] < 0.3 for row in found.table("cpgs").rows[:6])
    assert found == STUDY.run(options, silent)
