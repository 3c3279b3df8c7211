"""Cell types: mixtures of known shares are recovered, and the projection is the best of all allowed ones."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gennet.core.study import read_options
from gennet.errors import InvalidContent
from gennet.genomics.methylation.cells import CellReference, cell_shares, projected, read_cells
from gennet.genomics.methylation.matrix import BetaMatrix
from gennet.genomics.methylation.studies import STUDIES

DECONVOLUTION = next(s for s in STUDIES if s.name == "deconvolution")


def reference(cells=4, cpgs=60, seed=0):
    betas = np.random.default_rng(seed).uniform(size=(cpgs, cells))
    return CellReference(tuple(f"cg{i:08d}" for i in range(cpgs)), tuple("abcdefgh"[:cells]), betas)


def mixed(ref, shares, noise=0.0, seed=1):
    betas = ref.betas @ np.transpose(shares) + np.random.default_rng(seed).normal(
        0, noise, (len(ref.cpgs), len(shares))
    )
    return BetaMatrix(ref.cpgs, tuple(f"s{i}" for i in range(len(shares))), np.clip(betas, 0, 1))


def test_shares_of_a_simulated_mixture_are_recovered():
    ref = reference()
    truth = np.random.default_rng(3).dirichlet(np.ones(4), size=20)
    assert cell_shares(mixed(ref, truth), ref).shares == pytest.approx(truth, abs=1e-9)
    noisy = cell_shares(mixed(ref, truth, noise=0.02), ref)
    assert np.abs(noisy.shares - truth).max() < 0.04
    assert (np.abs(noisy.shares - truth) < 3 * noisy.errors).mean() > 0.95


def test_shares_may_leave_a_rest_unless_they_must_be_whole():
    ref = reference()
    matrix = mixed(ref, [[0.3, 0.2, 0.1, 0.0]])
    assert cell_shares(matrix, ref).shares[0] == pytest.approx([0.3, 0.2, 0.1, 0.0], abs=1e-9)
    assert cell_shares(matrix, ref, whole=True).shares.sum() == pytest.approx(1.0)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5), st.booleans())
def test_no_allowed_shares_fit_better(seed, cells, whole):
    rng = np.random.default_rng(seed)
    pure, bulk = rng.uniform(size=(30, cells)), rng.uniform(-0.5, 1.5, 30)
    found = projected(pure, bulk, whole=whole)
    assert (found >= 0).all()
    assert found.sum() <= 1 + 1e-9
    best = np.sum((pure @ found - bulk) ** 2)
    assert best == pytest.approx(enumerated(pure, bulk, whole), rel=1e-8, abs=1e-10)


def enumerated(pure, bulk, whole):
    """The least squares over every choice of cells that are present, with and without the sum held at 1."""
    best, k = np.inf, pure.shape[1]
    for size in range(k + 1):
        for held in itertools.combinations(range(k), size):
            for tight in (True,) if whole else (False, True):
                if tight and not held:
                    continue
                a = pure[:, held]
                top = np.hstack([a.T @ a, np.ones((size, 1)) if tight else np.zeros((size, 0))])
                bottom = np.hstack([np.ones((1, size)), np.zeros((1, 1))]) if tight else np.zeros((0, size))
                x = np.linalg.solve(np.vstack([top, bottom]), np.append(a.T @ bulk, [1.0] if tight else []))[:size]
                if (x >= -1e-12).all() and x.sum() <= 1 + 1e-9:
                    best = min(best, np.sum((a @ x - bulk) ** 2))
    return best


def test_missing_cpgs_are_left_out_and_too_few_give_no_shares():
    ref = reference()
    matrix = mixed(ref, [[0.5, 0.5, 0, 0], [0.5, 0.5, 0, 0]])
    matrix.betas[:20, 0] = np.nan
    matrix.betas[:40, 1] = np.nan
    found = cell_shares(matrix, ref)
    assert found.shares[0] == pytest.approx([0.5, 0.5, 0, 0], abs=1e-9)
    assert np.isnan(found.shares[1]).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (",a,b\ncg1,0.1,0.2\ncg1,0.3,0.1\n", "a CpG stands twice"),
        (",a,b\ncg1,0.1,2\n", "line 2: this is no row of betas"),
        (",a,b\ncg1,0.1,0.1\ncg2,0.3,0.3\n", "cannot be told apart"),
    ],
)
def test_a_broken_reference_is_refused(write, text, message):
    with pytest.raises(InvalidContent, match=message):
        read_cells(write(text, "cells.csv"))


@pytest.mark.parametrize("panel", ["six", "twelve"])
def test_the_study_names_the_only_cell_of_a_pure_sample(mirror, write, panel):
    folder = mirror / "methylation" / "coefficients" / "biolearn"
    file = "450K_reinius_12_reference.csv" if panel == "six" else "twelve_cell_deconv.csv"
    options = read_options(DECONVOLUTION, {"betas": str(folder / file), "panel": panel})
    found = DECONVOLUTION.run(options, lambda *_: None, None, methylation_clocks_biolearn=folder)
    shares = found.table("shares")
    for i, row in enumerate(shares.rows):
        assert row[1 + i] == pytest.approx(1.0, abs=1e-6)
    assert found.figures[0].series == tuple(c.name for c in shares.columns[1 : 1 + len(shares.rows)])
