"""Expression quantitative trait loci: least squares by hand, permutations, signals, fine mapping, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gennet.core.study import read_options, silent
from gennet.errors import BadInput, InvalidContent
from gennet.omics.eqtl import (
    Convention,
    Places,
    all_pairs,
    cis_leads,
    conditional,
    pairs_of,
    q_values,
    residuals,
    single_effects,
)
from gennet.omics.eqtl.studies import STUDIES

EQTL = STUDIES[0]


def made(people=120, genes=4, variants=30, covariates=3, seed=1):
    rng = np.random.default_rng(seed)
    return (
        rng.normal(size=(genes, people)),
        rng.binomial(2, rng.uniform(0.1, 0.5, variants)[:, None], (variants, people)).astype(float),
        rng.normal(size=(people, covariates)),
        rng,
    )


def full_least_squares(y, g, covariates):
    x = np.column_stack([np.ones(len(y)), covariates, g])
    beta, *_ = np.linalg.lstsq(x, y, rcond=None)
    degrees = len(y) - x.shape[1]
    error = np.sqrt(((y - x @ beta) ** 2).sum() / degrees * np.linalg.inv(x.T @ x)[-1, -1])
    return beta[-1], error, 2 * stats.t.sf(abs(beta[-1] / error), degrees)


def test_pairs_are_least_squares_with_all_covariates():
    y, g, c, _ = made()
    held = residuals(y, g, c)
    found = pairs_of(held, np.array([0, 3]), np.array([5, 7]))
    for k, (gene, variant) in enumerate(((0, 5), (3, 7))):
        slope, error, p = full_least_squares(y[gene], g[variant], c)
        assert (found.slope[k], found.error[k], found.p[k]) == pytest.approx((slope, error, p), rel=1e-9)


def test_the_published_convention_is_another_test():
    y, g, c, _ = made()
    held = residuals(y, g, c, convention=Convention.EXPRESSION)
    rest = (
        y[1]
        - np.column_stack([np.ones(120), c]) @ np.linalg.lstsq(np.column_stack([np.ones(120), c]), y[1], rcond=None)[0]
    )
    plain = stats.linregress(g[2], rest)
    found = pairs_of(held, np.array([1]), np.array([2]))
    assert (found.slope[0], found.p[0]) == pytest.approx((plain.slope, plain.pvalue), rel=1e-9)


@given(st.floats(1e-6, 1.0), st.integers(0, 5))
def test_all_pairs_are_those_at_or_below_the_threshold(threshold, seed):
    y, g, c, _ = made(people=40, seed=seed)
    held = residuals(y, g, c)
    found = all_pairs(held, threshold)
    every = pairs_of(held, *np.divmod(np.arange(len(y) * len(g)), len(g)))
    wanted = {(int(a), int(b)) for a, b, p in zip(every.gene, every.variant, every.p, strict=True) if p <= threshold}
    assert set(zip(found.gene.tolist(), found.variant.tolist(), strict=True)) == wanted


def test_a_missing_genotype_counts_as_the_mean_and_a_flat_variant_is_not_tested():
    y, g, c, _ = made()
    g[3, :10] = np.nan
    g[4] = 1.0
    filled = g.copy()
    filled[3, :10] = np.nanmean(g[3])
    one, two = residuals(y, g, c), residuals(y, filled, c)
    assert one.genotypes[3] == pytest.approx(two.genotypes[3])
    assert one.genotype_spread[4] == 0
    assert 4 not in all_pairs(one, 1.0).variant


@pytest.mark.parametrize("change", ["people", "gap", "covariates"])
def test_what_cannot_be_tested_is_refused(change):
    y, g, c, _ = made(people=12)
    if change == "people":
        with pytest.raises(InvalidContent, match="11 people with genotypes"):
            residuals(y, g[:, :11], c)
    elif change == "gap":
        y[0, 0] = np.nan
        with pytest.raises(InvalidContent, match="expression is missing"):
            residuals(y, g, c)
    else:
        with pytest.raises(InvalidContent, match="12 people for 11 covariates"):
            residuals(y, g, np.random.default_rng(0).normal(size=(12, 11)))


def places(genes, variants):
    return Places(
        np.array(["1"] * genes),
        np.arange(genes) * 100_000 + 50_000,
        np.array(["1"] * variants),
        np.arange(variants) * 10_000,
    )


def test_variants_near_a_gene_are_on_its_chromosome_within_the_window():
    held = Places(
        np.array(["1", "2", "3"]), np.array([100, 100, 5]), np.array(["1", "1", "1", "2"]), np.array([50, 100, 151, 99])
    )
    assert [rows.tolist() for _, rows in held.near(50)] == [[0, 1], [3], []]


def test_p_values_of_nothing_are_uniform():
    y, g, c, _ = made(people=80, genes=60, variants=620, seed=3)
    leads = cis_leads(residuals(y, g, c), places(60, 620), np.random.default_rng(2), window=100_000, permutations=300)
    p = np.array([lead.p_beta for lead in leads])
    assert stats.kstest(p, "uniform").pvalue > 0.01
    assert np.corrcoef(p, [lead.p_permuted for lead in leads])[0, 1] > 0.99


def test_a_true_effect_is_found_with_its_size():
    y, g, c, rng = made(people=200, genes=3, variants=60, seed=4)
    y[1] += 0.9 * g[17] + c @ np.array([1.0, -1.0, 0.5])
    leads = cis_leads(residuals(y, g, c), places(3, 60), rng, window=10_000_000, permutations=200)
    lead = leads[1]
    assert lead.variant == 17
    assert lead.slope == pytest.approx(0.9, abs=4 * lead.error)
    assert lead.p_beta < 1e-6 < leads[0].p_beta
    assert lead.p_permuted == pytest.approx(1 / 201)


def test_the_same_seed_gives_the_same_digits():
    y, g, c, _ = made()
    held = residuals(y, g, c)
    one, two = (cis_leads(held, places(4, 30), np.random.default_rng(5), permutations=100) for _ in "ab")
    assert one == two


def test_q_values_are_those_of_benjamini_and_hochberg_for_few_and_grow_with_p():
    p = np.array([0.04, 0.001, 0.2, 0.9, 0.03])
    assert q_values(p) == pytest.approx(stats.false_discovery_control(p))
    many = np.random.default_rng(1).random(2000)
    q = q_values(many)
    assert (np.diff(q[np.argsort(many)]) >= 0).all()
    assert q.min() > 0.1


def linked(people=600, variants=40, seed=6):
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(variants, people))
    g = np.zeros((variants, people))
    g[0] = steps[0]
    for i in range(1, variants):
        g[i] = 0.9 * g[i - 1] + np.sqrt(1 - 0.81) * steps[i]
    return g, rng


def test_two_signals_are_told_apart():
    g, rng = linked()
    y = 0.5 * g[8] - 0.5 * g[30] + rng.normal(size=600)
    held = residuals(y[None], g)
    found = conditional(held.expression[0], held.genotypes, held.degrees, 1e-5)
    assert sorted(s.variant for s in found) == [8, 30]
    assert all(s.p < 1e-5 for s in found)


def test_single_effects_hold_the_true_variants_and_say_so_honestly():
    hits = sets = 0
    for seed in range(12):
        g, rng = linked(seed=seed)
        acting = {int(rng.integers(0, 18)), int(rng.integers(22, 40))}
        y = sum(0.35 * g[v] for v in acting) + rng.normal(size=600)
        found = single_effects(y, g)
        assert found.converged
        assert found.inclusion.max() <= 1 + 1e-9
        for one in found.sets:
            assert one.coverage >= 0.95
            sets += 1
            hits += bool(acting & set(one.variants.tolist()))
    assert sets >= 20
    assert hits >= stats.binom.ppf(0.005, sets, 0.95)


def test_noise_has_no_credible_set():
    g, rng = linked()
    assert single_effects(rng.normal(size=600), g).sets == ()
    with pytest.raises(InvalidContent, match="nothing varies"):
        single_effects(np.ones(600), g)


class TestStudy:
    @pytest.fixture
    def given(self, tmp_path):
        y, g, c, _ = made(people=80, genes=3, variants=40, seed=8)
        y[0] += 1.2 * g[4]
        names = [f"p{i}" for i in range(80)]
        rows = ["##fileformat=VCFv4.2", "##contig=<ID=1,length=248956422>"]
        rows.append("\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *names]))
        for i, calls in enumerate(g.astype(int).tolist()):
            rows.append(
                f"1\t{10_000 * (i + 1)}\t.\tA\tC\t.\t.\t.\tGT\t" + "\t".join(("0/0", "0/1", "1/1")[k] for k in calls)
            )
        (tmp_path / "c.vcf").write_text("\n".join(rows) + "\n")
        table = ["gene\t" + "\t".join(reversed(names))]
        table += [f"G{i}\t" + "\t".join(f"{v:.6f}" for v in reversed(row)) for i, row in enumerate(y.tolist())]
        (tmp_path / "e.tsv").write_text("\n".join(table) + "\n")
        (tmp_path / "g.tsv").write_text("gene\tchromosome\tposition\nG0\tchr1\t55000\nG1\t1\t200000\nG9\t1\t5\n")
        lines = ["\t" + "\t".join(names)] + [f"c{k}\t" + "\t".join(map(str, c[:, k])) for k in range(3)]
        (tmp_path / "v.tsv").write_text("\n".join(lines) + "\n")
        files = {"cohort": [tmp_path / "c.vcf"], "expression": tmp_path / "e.tsv", "genes": tmp_path / "g.tsv"}
        return {**files, "covariates": tmp_path / "v.tsv", "permutations": 200}, tmp_path

    def run(self, given):
        return EQTL.run(read_options(EQTL, given), silent, None)

    def test_of_variants_near_genes(self, given):
        found = self.run(given[0])
        assert found.summary.startswith("1 of 2 genes")
        assert found.table("genes").column("variant")[0] == "1:50000:A:C"
        assert found.table("signals").column("variant") == ("1:50000:A:C",)
        assert "1:50000:A:C" in found.table("likely").column("variant")
        assert any("1 genes without a place" in note for note in found.notes)

    def test_of_all_pairs(self, given):
        found = self.run({**given[0], "reach": "trans", "threshold": 1e-4})
        assert found.table("pairs").column("gene")[0] == "G0"
        assert found.table("pairs").column("near")[0] is True

    def test_names_may_differ_between_files(self, given):
        files, folder = given
        text = (folder / "e.tsv").read_text().splitlines()
        head = "\t".join(["gene", *(f"run-{name}" for name in text[0].split("\t")[1:])])
        (folder / "r.tsv").write_text("\n".join([head, *text[1:]]) + "\n")
        with pytest.raises(BadInput, match="0 people have genotypes"):
            self.run({**files, "expression": folder / "r.tsv"})
        (folder / "m.csv").write_text("run,person\n" + "".join(f"run-p{i},p{i}\n" for i in range(80)))
        found = self.run({**files, "expression": folder / "r.tsv", "people": folder / "m.csv"})
        assert found.table("genes") == self.run(files).table("genes")

    @pytest.mark.parametrize(
        ("file", "text", "message"),
        [
            ("g.tsv", "gene\tchromosome\tposition\nG0\t1\tfar\n", r"g\.tsv: line 2: 'far' is no position"),
            ("g.tsv", "gene\tchromosome\n", "no gene of the expression"),
            ("v.tsv", "\tp0\tp1\nc\t1\tx\n", r"v\.tsv: line 2: a covariate is no number"),
            ("v.tsv", "\tp0\tp1\nc\t1\n", r"v\.tsv: line 2: 1 values for 2 people"),
        ],
    )
    def test_other_tables_are_refused_by_line(self, given, file, text, message):
        files, folder = given
        (folder / file).write_text(text)
        with pytest.raises((InvalidContent, BadInput), match=message):
            self.run(files)
