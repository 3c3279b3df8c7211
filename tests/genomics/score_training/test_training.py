"""Clumps, linkage, LDpred-inf and PRS-CS: against plain versions, limits, and known truth."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from gennet.core.study import read_options, silent
from gennet.errors import BadInput, Cancelled, InvalidContent
from gennet.genomics.cohort_scores import score_cohort
from gennet.genomics.cohorts.writing import write_pgen
from gennet.genomics.score_training import (
    Clumping,
    Prior,
    align,
    clump,
    fit_of,
    heritability,
    ld_blocks,
    ldpred_inf,
    prs_cs,
    read_summary_statistics,
    scoring_file,
    thresholded,
)
from gennet.genomics.score_training._kernels import draw_gig, r_squared
from gennet.genomics.score_training.linkage import LdBlock, block_bounds, read_blocks, shrunk
from gennet.genomics.score_training.studies import STUDIES
from gennet.genomics.scoring_files import read_scoring_file


@pytest.fixture
def aligned(sparse, write):
    return align(read_summary_statistics(write(sparse.text, "s.tsv")), sparse.reference)


@pytest.fixture
def blocks(aligned):
    return list(ld_blocks(aligned))


def plain_r2(a, b):
    """Phase by steps of EM from many starts; the best likelihood counts."""
    both = (a >= 0) & (b >= 0)
    a, b = a[both], b[both]
    if not len(a) or a.var() == 0 or b.var() == 0:
        return 0.0
    best = (-np.inf, 0.0)
    for start in np.linspace(0.01, 0.99, 15):
        share = start
        for _ in range(2000):
            counts = np.zeros((2, 2))
            for x, y in zip(a, b, strict=True):
                if x == y == 1:
                    counts += [[share, 1 - share], [1 - share, share]]
                else:
                    for k in range(2):
                        counts[int(x > k) if x != 1 else k, int(y > k) if y != 1 else k] += 1
            f = counts / counts.sum()
            fresh = f[0, 0] * f[1, 1] / (f[0, 0] * f[1, 1] + f[0, 1] * f[1, 0])
            if abs(fresh - share) < 1e-13:
                break
            share = fresh
        likelihood = 0.0
        for x, y in zip(a, b, strict=True):
            p = sum(
                f[i, j] * f[x - i, y - j] for i in range(2) for j in range(2) if 0 <= x - i <= 1 and 0 <= y - j <= 1
            )
            likelihood += np.log(p)
        if likelihood > best[0] + 1e-9:
            d = f[1, 1] - f[1].sum() * f[:, 1].sum()
            best = (likelihood, d * d / (f[1].sum() * f[0].sum() * f[:, 1].sum() * f[:, 0].sum()))
    return best[1]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_the_correlation_of_haplotypes_is_that_of_plain_em(seed):
    rng = np.random.default_rng(seed)
    a = rng.integers(-1, 3, 12).astype(np.int8)
    b = np.where(rng.random(12) < 0.6, a, rng.integers(-1, 3, 12)).astype(np.int8)
    assert r_squared(a, b) == pytest.approx(plain_r2(a, b), abs=1e-5)


def test_without_double_heterozygotes_the_phase_is_known():
    a, b = np.array([0, 2, 2, 0, 1], np.int8), np.array([0, 2, 2, 2, 0], np.int8)
    # haplotypes: 00 00 | 11 11 | 11 11 | 01 01 | 10 00; f11 = .4, pa = .5, pb = .6
    assert r_squared(a, b) == pytest.approx((0.4 - 0.3) ** 2 / (0.25 * 0.24))


def test_clumps_are_led_by_the_smallest_p_and_hold_what_is_near_and_linked(aligned):
    how = Clumping(index_p=0.5, member_p=0.9, r2=0.2, kb=50.0)
    found = clump(aligned, how)
    expected = np.full(aligned.size, -1)
    v = aligned.variants
    for i in np.argsort(aligned.p, kind="stable"):
        if expected[i] >= 0 or aligned.p[i] > how.index_p:
            continue
        expected[i] = i
        for j in range(aligned.size):
            near = v.chromosome[i] == v.chromosome[j] and abs(int(v.position[i]) - int(v.position[j])) <= 50_000
            if near and expected[j] < 0 and aligned.p[j] <= 0.9:
                expected[j] = i if r_squared(aligned.dosages[i], aligned.dosages[j]) >= 0.2 else -1
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("how", [Clumping(r2=0), Clumping(kb=0), Clumping(index_p=2), Clumping(member_p=-1)])
def test_clumping_outside_its_range_is_refused(aligned, how):
    with pytest.raises(BadInput, match="outside its range"):
        clump(aligned, how)


def test_blocks_follow_windows_regions_and_the_most_variants(aligned, write):
    assert block_bounds(aligned)[:2] == [(0, 30), (30, 60)]
    cut = block_bounds(aligned, read_blocks(write("chr start stop\nchr1 0 100000\nchr1 100000 900000\n", "b.bed")))
    assert cut[:3] == [(0, 10), (10, 30), (30, 60)]
    with pytest.raises(InvalidContent, match=r"b\.bed: line 2: two blocks overlap"):
        read_blocks(write("1\t0\t10\n1\t5\t20\n", "b.bed"))


def test_shrinkage_is_all_of_it_for_noise_and_none_for_many_people():
    assert shrunk(np.eye(3), 50)[1] == 1.0
    r = np.array([[1, 0.9], [0.9, 1]])
    assert shrunk(r, 10**9)[0] == pytest.approx(r)


def test_a_reference_of_few_people_is_refused(aligned):
    with pytest.raises(BadInput, match="5 people tells no linkage"):
        list(ld_blocks(replace(aligned, dosages=aligned.dosages[:, :5])))


def test_heritability_is_recovered(aligned, blocks):
    assert heritability(aligned, blocks) == pytest.approx(0.5, abs=0.15)
    with pytest.raises(BadInput, match="no more signal than chance"):
        heritability(replace(aligned, z=np.zeros(aligned.size)), blocks)


def test_ldpred_inf_is_the_dense_solution(aligned, blocks):
    n = np.linspace(500, 5000, aligned.size)
    uneven = replace(aligned, n=n)
    dense = np.zeros((aligned.size, aligned.size))
    for block in blocks:
        dense[block.rows, block.rows] = block.correlation
    solved = np.linalg.solve(dense + np.diag(aligned.size / (n * 0.3)), uneven.correlation)
    assert np.allclose(ldpred_inf(uneven, blocks, 0.3), solved, atol=1e-12)
    with pytest.raises(BadInput, match="heritability of 0 is none"):
        ldpred_inf(aligned, blocks, 0.0)


@pytest.mark.parametrize(("order", "a", "b"), [(0.5, 2.0, 3.0), (0.5, 0.3, 1e-4), (-0.7, 1.0, 4.0), (2.5, 3.0, 0.1)])
def test_draws_are_of_the_generalised_inverse_gaussian(order, a, b):
    rng = np.random.default_rng(5)
    draws = np.array([draw_gig(order, a, b, rng) for _ in range(4000)])
    exact = stats.geninvgauss(order, np.sqrt(a * b), scale=np.sqrt(b / a))
    assert stats.kstest(draws, exact.cdf).pvalue > 1e-3


def test_without_a_reciprocal_term_the_draws_are_gamma():
    rng = np.random.default_rng(6)
    draws = np.array([draw_gig(0.5, 2.0, 0.0, rng) for _ in range(4000)])
    assert stats.kstest(draws, stats.gamma(0.5).cdf).pvalue > 1e-3


def test_the_posterior_of_one_variant_is_that_by_integration(aligned):
    n, r, phi = 200.0, 0.15, 0.05
    one = replace(
        aligned, variants=aligned.variants.at(np.array([0])), rows=aligned.rows[:1], dosages=aligned.dosages[:1],
        frequency=aligned.frequency[:1], z=np.array([r * np.sqrt(n / (1 - r * r))]), p=np.array([0.01]), n=np.array([n]),
    )  # fmt: skip
    assert one.correlation[0] == pytest.approx(r)
    found = prs_cs(
        one, [LdBlock(0, np.eye(1), 0.0)], Prior(phi=phi, most=np.inf, iterations=11_000, burn_in=1000, thin=1),
        rng=np.random.default_rng(3),
    )  # fmt: skip

    def density(psi):
        # psi is gamma (1) given delta, which is gamma (1/2) of rate phi.
        return 0.5 * np.sqrt(phi) * (psi + phi) ** -1.5

    def weights(psi):
        # Marginal likelihood of r given psi, the residual variance near 1: r ~ N(0, (1 + psi) / n).
        return stats.norm.pdf(r, 0, np.sqrt((1 + psi) / n)) * density(psi)

    low = integrate.quad(lambda s: weights(s) * s / (1 + s), 0, np.inf)[0], integrate.quad(weights, 0, np.inf)[0]
    expected = r * low[0] / low[1]
    assert found.mean[0] == pytest.approx(expected, rel=0.05)
    assert found.residual == pytest.approx(1.0, abs=0.1)


def test_the_same_seed_gives_the_same_digits_also_after_a_stop(aligned, blocks, tmp_path):
    prior = Prior(phi=1e-3, iterations=120, burn_in=20, thin=5)
    whole = prs_cs(aligned, blocks, prior, rng=np.random.default_rng(1))
    state = tmp_path / "chain.npz"

    def stop(what, done, total=None):
        if done == 75:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        prs_cs(aligned, blocks, prior, rng=np.random.default_rng(1), checkpoint=state, watch=stop)
    assert state.exists()
    with pytest.raises(InvalidContent, match="another chain"):
        prs_cs(aligned, blocks, Prior(phi=2e-3), rng=np.random.default_rng(1), checkpoint=state)
    went_on = prs_cs(aligned, blocks, prior, rng=np.random.default_rng(9), checkpoint=state)
    assert np.array_equal(whole.mean, went_on.mean)
    assert not state.exists()


@pytest.mark.parametrize("prior", [Prior(a=0.5), Prior(b=0), Prior(phi=0), Prior(burn_in=1000), Prior(thin=0)])
def test_priors_that_are_none_are_refused(aligned, prior):
    with pytest.raises(BadInput):
        prs_cs(aligned, [], prior, rng=np.random.default_rng(1))


def told(study, aligned, effects):
    file = scoring_file("s", aligned, effects, study.reference.build)
    return fit_of(score_cohort(study.held_out, [file]).sums[:, 0], study.trait).r2


def recovery(study, path):
    aligned = align(read_summary_statistics(path), study.reference)
    blocks = list(ld_blocks(aligned))
    # The threshold that is best in these very people: the most that clumping and thresholding could reach.
    ct = max(told(study, aligned, e) for e in thresholded(aligned, clump(aligned)).values())
    inf = told(study, aligned, ldpred_inf(aligned, blocks, 0.5))
    prior = Prior(iterations=300, burn_in=150)
    return ct, inf, told(study, aligned, prs_cs(aligned, blocks, prior, rng=np.random.default_rng(1)).mean)


def test_sparse_effects_are_recovered_better_by_shrinkage_than_by_equal_variances(sparse, write):
    ct, inf, cs = recovery(sparse, write(sparse.text, "s.tsv"))
    assert cs > 0.40, "of 0.50 at most"
    assert cs > inf
    assert ct > 0.40


def test_bounded_local_variances_halve_an_unlinked_effect_at_most(aligned):
    one = replace(aligned, z=np.linspace(25.0, 35.0, aligned.size), n=np.full(aligned.size, 1e4))
    blocks = [LdBlock(0, np.eye(aligned.size), 0.0)]
    found = prs_cs(one, blocks, Prior(phi=1.0, iterations=60, burn_in=20), rng=np.random.default_rng(2))
    assert found.mean == pytest.approx(one.correlation / 2, rel=0.05)
    free = prs_cs(one, blocks, Prior(phi=1.0, most=np.inf, iterations=60, burn_in=20), rng=np.random.default_rng(2))
    assert free.mean == pytest.approx(one.correlation, rel=0.05)


def test_many_small_effects_are_recovered_best_by_those_that_use_linkage(polygenic, write):
    ct, inf, cs = recovery(polygenic, write(polygenic.text, "s.tsv"))
    assert min(inf, cs) > ct
    assert inf > 0.35


def test_the_study_writes_what_the_reader_reads_and_tests_in_people_kept_back(sparse, write, tmp_path):
    write_pgen(sparse.reference, tmp_path / "ref.pgen")
    write_pgen(sparse.held_out, tmp_path / "held.pgen")
    rows = "".join(f"h{i}\t{v:.6f}\n" for i, v in enumerate(sparse.trait))
    given = {
        "sumstats": str(write(sparse.text, "s.tsv")), "reference": [str(tmp_path / "ref.pgen")],
        "tune": [str(tmp_path / "held.pgen")], "traits": str(write("IID\theight\n" + rows, "t.tsv")),
        "trait": "height", "build": "GRCh38", "method": "ct",
    }  # fmt: skip
    found = STUDIES[0].run(read_options(STUDIES[0], given), silent, tmp_path / "out")
    candidates = found.table("candidates")
    (chosen,) = [row for row in candidates.rows if row[-1]]
    written = read_scoring_file(tmp_path / "out" / f"{chosen[0]}.txt")
    assert written.size == chosen[2]
    assert written.build == "GRCh38"
    assert 0.3 < chosen[5] < chosen[4] < chosen[6]
    best = max(row[3] for row in candidates.rows)
    assert chosen[3] == best, "the choice is of the tuning half"
    given = {**given, "method": "ldpred-inf", "traits": None, "tune": []}
    found = STUDIES[0].run(read_options(STUDIES[0], given), silent, tmp_path / "inf")
    assert read_scoring_file(tmp_path / "inf" / "trained.txt").size == 600
    assert any("Nothing was chosen" in note for note in found.notes)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.1, 10), st.floats(-5, 5))
def test_the_variance_told_does_not_depend_on_units(scale, shift):
    rng = np.random.default_rng(1)
    score, extra = rng.normal(size=50), rng.normal(size=(50, 1))
    trait = score + extra[:, 0] + rng.normal(size=50)
    one, two = fit_of(score, trait, extra), fit_of(scale * score + shift, trait * 3 - 1, extra)
    assert one.r2 == pytest.approx(two.r2, abs=1e-9)


def test_few_people_tell_nothing():
    with pytest.raises(BadInput, match="5 people are too few"):
        fit_of(np.arange(5.0), np.arange(5.0))
