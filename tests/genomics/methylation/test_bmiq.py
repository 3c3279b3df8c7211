"""Normalisation: what is already standard stays, order is kept, and a made distortion is taken back."""

import numpy as np
import pytest
from scipy import stats

from gennet.core.study import read_options, silent
from gennet.errors import BadInput, InvalidContent
from gennet.genomics.methylation.bmiq import Mixture, fit_mixture, normalise, normalised
from gennet.genomics.methylation.matrix import BetaMatrix
from gennet.genomics.methylation.studies import STUDIES

GOLD = Mixture(np.array([4.0, 8.0, 20.0]), np.array([60.0, 8.0, 2.5]), np.array([0.5, 0.2, 0.3]))
OTHER = Mixture(np.array([5.0, 8.0, 12.0]), np.array([40.0, 9.0, 3.0]), np.array([0.5, 0.2, 0.3]))


def drawn(mixture, n=6000, seed=0):
    rng = np.random.default_rng(seed)
    member = rng.choice(3, n, p=mixture.weight)
    return rng.beta(mixture.a[member], mixture.b[member]), member


def test_the_mixture_that_made_the_betas_is_found():
    found = fit_mixture(drawn(GOLD, 20_000)[0])
    assert found.mean == pytest.approx(GOLD.mean, abs=0.02)
    assert found.weight == pytest.approx(GOLD.weight, abs=0.03)


def test_normalising_to_ones_own_mixture_changes_nothing():
    betas = drawn(GOLD)[0]
    own = fit_mixture(betas)
    outer = own.classes(betas) != 1
    made = normalised(betas, own, own)
    assert made[outer] == pytest.approx(betas[outer], abs=1e-9)
    assert made == pytest.approx(betas, abs=1e-6)


def test_order_is_kept_and_missing_stays_missing():
    betas = drawn(OTHER)[0]
    betas[::50] = np.nan
    own = fit_mixture(betas[np.isfinite(betas)])
    made = normalised(betas, own, GOLD)
    assert np.array_equal(np.isnan(made), np.isnan(betas))
    known = np.isfinite(betas)
    classes = own.classes(betas[known])
    for k in range(3):
        rows = np.flatnonzero(known)[classes == k]
        order = np.argsort(betas[rows])
        assert (np.diff(made[rows][order]) >= -1e-12).all()


def test_a_distorted_sample_comes_back_to_the_standard():
    standard, member = drawn(GOLD, 8000)
    bent = np.empty_like(standard)
    for k in range(3):
        rows = member == k
        p = stats.beta.cdf(standard[rows], GOLD.a[k], GOLD.b[k])
        bent[rows] = stats.beta.ppf(p, OTHER.a[k], OTHER.b[k])
    cpgs = tuple(f"cg{i:08d}" for i in range(len(standard)))
    gold = dict(zip(cpgs, standard.tolist(), strict=True))
    made = normalise(BetaMatrix(cpgs, ("s",), bent[:, None]), gold, silent).betas[:, 0]
    before, after = np.sqrt(np.mean((bent - standard) ** 2)), np.sqrt(np.mean((made - standard) ** 2))
    assert after < before / 2


def test_too_few_shared_cpgs_or_classes_are_refused():
    few = BetaMatrix(("cg1",), ("s",), np.array([[0.5]]))
    with pytest.raises(InvalidContent, match="1 CpGs are also in the gold standard"):
        normalise(few, {"cg1": 0.5}, silent)
    with pytest.raises(InvalidContent, match="do not fall into three classes"):
        fit_mixture(np.full(2000, 0.5))


def test_normalising_needs_something_to_normalise_to(write, tmp_path):
    (tmp_path / "Hannum.csv").write_text("CpGmarker,CoefficientTraining\ncg00000029,40\n")
    study = next(s for s in STUDIES if s.name == "clocks")
    options = read_options(study, {"betas": str(write("c,S1\ncg00000029,0.5\n", "m.csv")), "normalise": True})
    with pytest.raises(BadInput, match="there is nothing to normalise to; give --reference"):
        study.run(options, silent, None, methylation_clocks_biolearn=tmp_path)
