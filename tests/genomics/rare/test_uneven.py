"""Calibrated variances of a binary trait with few cases: against exact distributions, Fisher's test and R's SKAT."""

import csv
import itertools
import math

import numpy as np
import pytest
from scipy import stats

from gennet.adapters.embedded.compute import PoolCompute
from gennet.core.study import read_options, silent
from gennet.genomics.rare import Trait, Weights, carriers, fit_null, region_scores, region_tests
from gennet.genomics.rare.studies import STUDIES
from gennet.genomics.rare.uneven import Uneven, all_outcomes_p, log_case_counts, saddlepoint_p


def null_of(cases, people, covariates=None):
    y = np.zeros(people)
    y[:cases] = 1.0
    return fit_null(y, covariates, trait=Trait.BINARY)


@pytest.mark.parametrize("seen", [8, 10, 14, 20])
def test_saddlepoint_is_near_the_exact_tail_where_the_normal_is_not(seen):
    null = null_of(500, 50_000)
    alleles = np.zeros(50_000)
    alleles[:seen] = 1.0  # cases
    alleles[40_000 : 40_300 - seen] = 1.0  # 300 carriers in all, 3 cases expected
    exact = stats.hypergeom(50_000, 500, 300)
    tail = exact.sf(seen) + 0.5 * exact.pmf(seen)  # the lower tail has no outcome as far
    z = (seen - 3.0) / exact.std()
    found = saddlepoint_p(alleles, null)
    assert abs(math.log10(found / tail)) < 0.08
    assert abs(math.log10(2 * stats.norm.sf(z) / tail)) > 1.0 or seen == 8


def test_all_outcomes_of_one_group_are_a_hypergeometric_mid_p():
    null = null_of(6, 60)
    alleles = np.zeros(60)
    alleles[[0, 1, 2, 50, 51]] = 1.0  # three cases among five carriers, 0.5 expected
    exact = stats.hypergeom(60, 6, 5)
    assert all_outcomes_p(alleles, null) == pytest.approx(exact.sf(3) + 0.5 * exact.pmf(3), rel=0.02)


def test_outcomes_are_weighed_by_each_carriers_own_probability():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(3000, 1))
    y = (rng.random(3000) < 1 / (1 + np.exp(3 - x[:, 0]))).astype(float)
    null = fit_null(y, x, trait=Trait.BINARY)
    held = np.array([1, 5, 9, 14])
    alleles = np.zeros(3000)
    alleles[held] = (1.0, 1.0, 2.0, 1.0)
    observed = abs(float(alleles @ null.residual))
    beyond = same = total = 0.0
    # With 3,000 people the count among all others hardly moves the odds: the carriers are nearly independent.
    for outcome in itertools.product((0, 1), repeat=4):
        share = float(np.prod(np.where(np.array(outcome) == 1, null.fitted[held], 1 - null.fitted[held])))
        at = abs(float(alleles[held] @ (np.array(outcome) - null.fitted[held])))
        total, beyond, same = (
            total + share,
            beyond + share * (at > observed + 1e-9),
            same + share * (abs(at - observed) <= 1e-9),
        )
    assert all_outcomes_p(alleles, null) == pytest.approx((beyond + same / 2) / total, rel=0.02)


def test_counts_of_cases_have_the_probabilities_of_a_binomial():
    logs = log_case_counts(np.full(300, 0.02), np.arange(12))
    assert np.exp(logs) / np.exp(logs).sum() == pytest.approx(
        stats.binom.pmf(np.arange(12), 300, 0.02) / stats.binom.cdf(11, 300, 0.02), abs=0.006
    )


def test_a_balanced_trait_keeps_its_p_values():
    rng = np.random.default_rng(4)
    dosages = rng.binomial(2, 0.04, (20, 4000)).astype(np.int8)
    null = fit_null((rng.random(4000) < 0.5).astype(float), trait=Trait.BINARY)
    plain, robust = (region_tests(dosages, null, robust=robust) for robust in (False, True))
    for name in ("burden", "skat", "skat_o", "acat_v"):
        assert math.log10(getattr(robust, name)) == pytest.approx(math.log10(getattr(plain, name)), abs=0.03)


def test_calibration_mends_the_p_values_of_few_cases():
    rng = np.random.default_rng(8)
    plain, robust = list[tuple[float, float]](), list[tuple[float, float]]()
    for _ in range(200):
        dosages = rng.binomial(2, rng.uniform(0.0005, 0.004, 15)[:, None], (15, 3000)).astype(np.int8)
        null = null_of(45, 3000)
        for made, calibrated in ((plain, False), (robust, True)):
            found = region_tests(dosages, null, robust=calibrated)
            made.append((found.skat, found.acat_v))
    before, after = (np.mean(np.array(made) < 0.01, axis=0) for made in (plain, robust))
    assert before[1] > 0.08  # what calibration is for: ACAT-V below 0.01 in one region of seven by chance
    assert after[1] <= stats.binom.ppf(0.999, 200, 0.01) / 200
    assert after[0] < before[0]


def test_correlations_stay_and_only_remarkable_variants_change():
    rng = np.random.default_rng(3)
    dosages = rng.binomial(2, 0.01, (12, 2000)).astype(np.int8)
    null = null_of(60, 2000)
    region = carriers(dosages)
    before = region_scores(region, null)
    after = Uneven.of(region, null).each_variant(before, np.arange(12))
    changed = ~np.isclose(after.variance, before.variance, rtol=1e-12)
    assert (changed <= (before.score**2 > 4 * before.variance)).all()
    scale = np.sqrt(after.variance / before.variance)
    assert after.covariance == pytest.approx(before.covariance * np.outer(scale, scale))


def test_robust_p_values_agree_with_r(mirror):
    held = np.load(mirror / "rare" / "regions.npz")
    with (mirror / "rare" / "expected.csv").open() as lines:
        expected = list(csv.DictReader(lines))
    null = fit_null(held["case"].astype(float), held["covariates"], trait=Trait.BINARY)
    for i in range(0, 60, 7):
        dosages = np.ascontiguousarray(held["genotypes"][:, 60 * i : 60 * i + 60].T.astype(np.int8))
        found = region_tests(dosages, null, Weights(most_frequency=0.5), as_r=True)
        for name, p in (("Burden", found.burden), ("SKAT", found.skat), ("SKATO", found.skat_o)):
            assert abs(math.log10(p) - math.log10(float(expected[i][f"D_robust_{name}"]))) < 2e-3, (i, name)


def test_genes_spread_over_processes_have_the_same_digits(write):
    rng = np.random.default_rng(1)
    names = [f"p{i}" for i in range(40)]
    lines = [
        "##fileformat=VCFv4.2",
        "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *names]),
    ]
    for i in range(600):
        calls = "\t".join("0/1" if k else "0/0" for k in rng.random(40) < 0.06)
        lines.append(f"1\t{10 * i + 5}\t.\tA\tC\t.\t.\t.\tGT\t{calls}")
    options = read_options(
        STUDIES[0],
        {
            "cohort": [write("\n".join(lines) + "\n", "c.vcf")],
            "traits": write("IID\tsick\n" + "".join(f"{n}\t{int(i < 15)}\n" for i, n in enumerate(names)), "t.tsv"),
            "genes": write("".join(f"1\t{20 * i}\t{20 * i + 20}\tG{i}\n" for i in range(300)), "g.bed"),
            "trait": "sick",
            "kind": "binary",
            "most_frequency": 0.4,
        },
    )
    pool = PoolCompute(2)
    try:
        spread = STUDIES[0].run(options, silent, None, compute=pool)
    finally:
        pool.close()
    assert spread.table("genes") == STUDIES[0].run(options, silent, None).table("genes")
