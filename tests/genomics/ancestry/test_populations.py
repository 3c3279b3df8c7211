from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gennet.core.study import silent
from gennet.errors import BadInput, InvalidContent
from gennet.genomics.ancestry._kernels import add_pairs, em_step
from gennet.genomics.ancestry.admixture import estimate, project
from gennet.genomics.ancestry.classifier import fit_points
from gennet.genomics.ancestry.components import principal_components, project_oadp, project_plainly
from gennet.genomics.ancestry.matching import dosages_at, read_labels, shared_variants
from gennet.genomics.ancestry.relatedness import hudson_fst, king_robust
from gennet.genomics.ancestry.studies import (
    AdmixtureOptions,
    AncestryOptions,
    RelatednessOptions,
    run_admixture,
    run_ancestry,
    run_relatedness,
)
from gennet.genomics.cohort import HeldCohort, Variants


def cohort(dosages, chromosome=1, names=None):
    sites, people = dosages.shape
    variants = Variants(
        np.full(sites, chromosome, np.int8), np.arange(1, sites + 1, dtype=np.int32),
        ("rs",) * sites, ("A",) * sites, ("C",) * sites,
    )  # fmt: skip
    return HeldCohort(names or tuple(f"p{i}" for i in range(people)), variants, None, dosages.astype(np.int8))


def vcf(dosages, prefix="p"):
    head = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"]
    names = [f"{prefix}{i}" for i in range(dosages.shape[1])]
    words = {-1: "./.", 0: "0/0", 1: "0/1", 2: "1/1"}
    rows = [
        "\t".join(["1", str(s + 1), ".", "A", "C", ".", ".", ".", "GT", *(words[int(g)] for g in dosages[s])])
        for s in range(len(dosages))
    ]
    return "\n".join(["##fileformat=VCFv4.2", "##reference=GRCh38", "\t".join([*head, *names]), *rows]) + "\n"


def two_populations(sites, people, rng, apart=0.25):
    p = rng.uniform(0.1, 0.9, sites)
    q = np.clip(p + rng.normal(0, apart, sites), 0.02, 0.98)
    return np.column_stack([rng.binomial(2, p[:, None], (sites, people)), rng.binomial(2, q[:, None], (sites, people))])


def plain_em(g, q, f):
    held = g >= 0
    p = f @ q.T
    a, b = np.where(held, g / p, 0), np.where(held, (2 - g) / (1 - p), 0)
    new_q = q * (a.T @ f + b.T @ (1 - f))
    up, down = f * (a @ q), (1 - f) * (b @ q)
    likelihood = np.where(held, g * np.log(p) + (2 - g) * np.log1p(-p), 0).sum()
    return new_q / new_q.sum(1, keepdims=True), up / (up + down), likelihood


def test_the_compiled_em_step_is_the_plain_one():
    rng = np.random.default_rng(2)
    g = rng.integers(-1, 3, (30, 8)).astype(np.int8)
    q, f = rng.dirichlet([2] * 3, 8), rng.uniform(0.1, 0.9, (30, 3))
    for ours, plain in zip(em_step(g, q, f), plain_em(g, q, f), strict=True):
        assert np.allclose(ours, plain, rtol=1e-9)


def test_true_fractions_lie_within_their_errors():
    rng = np.random.default_rng(3)
    f, q = rng.beta(0.7, 0.7, (3000, 3)).clip(0.02, 0.98), rng.dirichlet([1, 1, 1], 60)
    found = project(rng.binomial(2, f @ q.T).astype(np.int8), f)
    z = (found.fractions - q) / found.errors
    assert 0.9 < (np.abs(z) < 1.96).mean() <= 1
    assert found.converged


def test_unsupervised_fractions_reach_the_likelihood_of_the_truth():
    rng = np.random.default_rng(4)
    f, q = rng.beta(0.5, 0.5, (2000, 2)).clip(0.01, 0.99), rng.dirichlet([0.5, 0.5], 60)
    g = rng.binomial(2, f @ q.T).astype(np.int8)
    found = estimate(g, 2, np.random.default_rng(1), tolerance=0.01)
    assert found.log_likelihood >= plain_em(g, q, f)[2]
    assert abs(np.corrcoef(found.fractions[:, 0], q[:, 0])[0, 1]) > 0.99


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_an_em_step_never_lowers_the_likelihood(seed):
    rng = np.random.default_rng(seed)
    g = rng.integers(-1, 3, (12, 6)).astype(np.int8)
    q, f = rng.dirichlet([1] * 2, 6).clip(0.01, 0.99), rng.uniform(0.05, 0.95, (12, 2))
    q /= q.sum(1, keepdims=True)
    new_q, new_f, before = em_step(g, q, f)
    assert em_step(g, new_q, new_f)[2] >= before - 0.05  # the bounds on fractions may cost a little


def test_pairs_are_counted_as_by_hand():
    g = np.array([[1, 1, 0, 2, -1, 1], [1, 0, 2, 0, 1, -1]], np.int8)
    counts = np.zeros((2, 2, 4), np.int64)
    add_pairs(g, counts)
    assert counts[1, 0].tolist() == [1, 2, 1, 2]


def test_a_parent_is_of_the_first_degree_and_a_stranger_is_not():
    rng = np.random.default_rng(5)
    p = rng.uniform(0.1, 0.9, 20000)
    haplotypes = [rng.random(20000) < p for _ in range(5)]
    mother, child = haplotypes[0] + 0 + haplotypes[1], haplotypes[0] + 0 + haplotypes[2]
    stranger = haplotypes[3] + 0 + haplotypes[4]
    found = king_robust(cohort(np.column_stack([mother, child, stranger]))).coefficient
    assert found[0, 1] == pytest.approx(0.25, abs=0.02)
    assert found[0, 2] == pytest.approx(0, abs=0.03)


def test_fst_is_the_ratio_of_averages_by_hand():
    g = np.array([[0, 0, 2, 2], [0, 1, 1, 2]], np.int8)
    # Site 1: (0-1)^2 - 0 - 0 = 1 over 1. Site 2: 0.25 - 2 (0.1875 / 3) = 0.125 over 0.25 * 0.25 + 0.75 * 0.75 = 0.625.
    (found,) = hudson_fst(cohort(g), ["a", "a", "b", "b"])
    assert found.value == pytest.approx(1.125 / 1.625)


def test_projection_of_a_person_left_out_does_not_shrink():
    rng = np.random.default_rng(6)
    g = two_populations(3000, 40, rng, apart=0.12)
    left, rest = g[:, [0, 79]], np.delete(g, [0, 79], axis=1)
    parts = principal_components(cohort(rest), 2)
    first, last = parts.scores[:39, 0].mean(), parts.scores[39:, 0].mean()
    unbiased = project_oadp(parts, left[parts.rows].astype(np.int8))[:, 0]
    plain = project_plainly(parts, left[parts.rows].astype(np.int8))[:, 0]
    truth = np.array([first, last])
    assert np.abs(unbiased / truth - 1).max() < 0.15
    assert (np.abs(plain) < np.abs(unbiased)).all()


def test_components_equal_a_singular_value_decomposition():
    rng = np.random.default_rng(7)
    g = two_populations(200, 10, rng)
    parts = principal_components(cohort(g), 3)
    kept = g[parts.rows].astype(float)
    z = (kept - kept.mean(1, keepdims=True)) / np.sqrt(kept.mean(1) * (1 - kept.mean(1) / 2))[:, None]
    assert np.allclose(parts.values[:3], np.linalg.svd(z)[1][:3])


def test_classes_are_learnt_and_a_far_point_is_none():
    rng = np.random.default_rng(8)
    points = np.concatenate([rng.normal(-3, 1, (60, 4)), rng.normal(3, 1, (60, 4))])
    model = fit_points(points, ["a"] * 60 + ["b"] * 60, np.random.default_rng(1))
    chances = model.probabilities(np.array([[-3.0] * 4, [3.0] * 4]))
    assert chances.argmax(1).tolist() == [0, 1]
    assert np.allclose(chances.sum(1), 1)
    assert model.none_of_these(np.array([[-3.0] * 4, [40.0] * 4])).tolist() == [False, True]
    with pytest.raises(BadInput, match="fewer than six"):
        fit_points(points[:63], ["a"] * 60 + ["b"] * 3, rng)


def test_variants_match_with_swapped_alleles_too():
    a = cohort(np.array([[0, 1], [2, -1]]))
    v = Variants(a.variants.chromosome, a.variants.position, ("x", "y"), ("C", "A"), ("A", "C"))
    b = HeldCohort(("q1", "q2"), v, None, np.array([[2, 1], [2, -1]], np.int8))
    shared = shared_variants(a, b)
    assert shared.swapped.tolist() == [True, False]
    assert dosages_at(b, shared.second, shared.swapped).tolist() == [[0, 1], [2, -1]]


def test_labels_are_read_and_a_contradiction_is_refused(write):
    assert read_labels(write("sample\tpopulation\np1\tYRI\n", "l.tsv")) == {"p1": "YRI"}
    with pytest.raises(InvalidContent, match="line 2"):
        read_labels(write("p1,YRI\np1,GBR\n", "l.csv"))


def test_the_studies_run_on_files(write):
    rng = np.random.default_rng(9)
    drawn = two_populations(2000, 21, rng)
    g, others = np.delete(drawn, [0, 41], axis=1), drawn[:, [0, 41]]
    g[3, 2] = -1
    reference, people = write(vcf(g), "ref.vcf"), write(vcf(others, "q"), "people.vcf")
    labels = write("".join(f"p{i}\t{'a' if i < 20 else 'b'}\n" for i in range(40)), "labels.tsv")
    found = run_ancestry(AncestryOptions((people,), (reference,), labels, components=1), silent, None)
    assert found.table("classes").column("label") == ("a", "b")
    mixed = run_admixture(AdmixtureOptions((reference,), 2), silent, None).table("fractions")
    assert [round(a + b, 6) for a, b in zip(mixed.column("k1"), mixed.column("k2"), strict=True)] == [1.0] * 40
    apart = run_relatedness(RelatednessOptions((reference,), labels), silent, None)
    assert 0 < apart.table("fst").rows[0][1] < 1


def test_a_cohort_without_autosomes_is_refused():
    with pytest.raises(BadInput, match="no variant lies on an autosome"):
        king_robust(cohort(np.zeros((2, 2)), chromosome=23))
