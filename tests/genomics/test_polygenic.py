from __future__ import annotations

import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from genomics_files import vcf_text
from hypothesis import given, settings
from hypothesis import strategies as st

from gennet.core.codec import from_json, to_json
from gennet.errors import BadInput
from gennet.genomics.builds import Build
from gennet.genomics.genotypes import read_vcf
from gennet.genomics.polygenic import HARDY_WEINBERG, PolygenicScores, polygenic_scores
from gennet.genomics.score_reference import ScoreReference
from gennet.genomics.scoring_files import ScoringFile, ScoringFiles


def scoring_file(*rows, build=Build.GRCH38, reference=None, models=None):
    """Each row is ``chromosome, position, effect, other, weight[, frequency]``."""
    codes: dict[str, int] = {}

    def code(allele):
        return codes.setdefault(allele, len(codes)) if allele else -1

    pairs = [(code(r[2]), code(r[3])) for r in rows]
    n = len(rows)
    return ScoringFile(
        id="S1", name="S1", trait="t", trait_efo="", build=build, citation="c", license="",
        chromosome=np.array([r[0] for r in rows], np.int8), position=np.array([r[1] for r in rows], np.int32),
        effect_allele=np.array([p[0] for p in pairs], np.int32), other_allele=np.array([p[1] for p in pairs], np.int32),
        alleles=tuple(codes), weight=np.array([r[4] for r in rows], float),
        allele_frequency=np.array([r[5] if len(r) > 5 else -1 for r in rows], float), rsid=np.zeros(n, np.int64),
        effect_model=np.array(models or [0] * n, np.int8), reference=reference,
    )  # fmt: skip


@pytest.fixture
def person(write):
    def _person(*rows):
        return read_vcf(write(vcf_text(*rows)))[0]

    return _person


def score(genotypes, *rows, **options):
    return polygenic_scores(genotypes, ScoringFiles((scoring_file(*rows, **options),))).scores[0]


def test_weights_are_summed_over_copies_of_the_effect_allele(person):
    g = person("1 100 A C 0/1", "1 200 G T 1/1", "2 300 C T 0/0")
    s = score(g, (1, 100, "C", "A", 0.5), (1, 200, "G", "T", 3.0), (2, 300, "C", "T", 0.25))
    assert s.value == pytest.approx(0.5 * 1 + 3.0 * 0 + 0.25 * 2)
    assert (s.variants_matched, s.variants_total, s.coverage) == (3, 3, 1.0)
    assert (s.low, s.high) == (s.value, s.value)
    assert s.contributions[0].variant == "1:100:A>C"


def test_missing_is_not_reference(person):
    g = person("1 100 A C 0/1", "1 200 A C ./.", "1 300 A C 0/.")
    rows = [
        (1, 100, "C", "A", 0.5, 0.1),
        (1, 200, "C", "A", 1.0, 0.2),
        (1, 300, "A", "C", 1.0, 0.5),
        (1, 400, "C", "A", -2.0, 0.3),
    ]
    s = score(g, *rows)
    assert (s.value, s.variants_matched, s.coverage) == (0.5, 1, 0.25)
    assert s.missing_expected == pytest.approx(0.4 + 1.0 - 1.2)
    assert s.missing_sd == pytest.approx(math.sqrt(2 * 0.2 * 0.8 + 0.5 + 4 * 2 * 0.3 * 0.7))
    assert s.high - s.low == pytest.approx(2 * 1.959963984540054 * s.missing_sd)
    assert "Missing: 2 variants without a called genotype." in s.notes


def test_without_frequencies_the_interval_spans_what_is_possible(person):
    s = score(person("1 100 A C 0/1"), (1, 100, "C", "A", 0.5), (1, 200, "C", "A", 1.0), (1, 300, "C", "A", -2.0))
    assert (s.missing_expected, s.missing_sd, s.low, s.high) == (None, None, -3.5, 2.5)
    assert s.z is None
    assert s.reference_population is None


def test_missing_sites_lower_coverage_and_widen_the_interval(person):
    rows = [(1, 100 * i, "C", "A", 0.3, 0.4) for i in range(1, 9)]
    sites = [f"1 {100 * i} A C 0/1" for i in range(1, 9)]
    seen = [score(person(*sites[:k]), *rows) for k in range(1, 9)]
    widths = [s.high - s.low for s in seen]
    assert [s.coverage for s in seen] == [k / 8 for k in range(1, 9)]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] == 0


def test_reference_gives_z_with_its_error(person):
    reference = ScoreReference(1.0, 0.5, "UKB", 0.4, 0.02, "log_odds", "breast_cancer", "doi")
    s = score(person("1 100 A C 1/1"), (1, 100, "C", "A", 0.75), reference=reference)
    assert (s.z, s.z_se, s.reference_population, s.outcome) == (1.0, 0.0, "UKB", "breast_cancer")
    assert s.percentile == pytest.approx(84.1344746, abs=1e-6)
    half = score(person("1 100 A C 1/1"), (1, 100, "C", "A", 0.75), (1, 200, "C", "A", 0.5, 0.5), reference=reference)
    assert half.z == pytest.approx((1.5 + 0.5 - 1.0) / 0.5)
    assert half.z_se == pytest.approx(math.sqrt(0.25 * 0.5) / 0.5)


def test_frequencies_alone_give_an_equilibrium_reference_by_that_name(person):
    s = score(person("1 100 A C 0/1"), (1, 100, "C", "A", 0.5, 0.2), (1, 200, "G", "T", 1.0, 0.5))
    assert s.reference_mean == pytest.approx(0.2 + 1.0)
    assert s.reference_sd == pytest.approx(math.sqrt(0.25 * 0.32 + 0.5))
    assert s.reference_population == HARDY_WEINBERG
    assert s.z == pytest.approx((0.5 + 1.0 - 1.2) / s.reference_sd)


def test_strand_flips_are_matched_by_complement_and_counted(person):
    g = person("1 100 A C 0/1", "1 200 A T 0/1", *(f"1 {i} A C 0/1" for i in range(300, 320)))
    rows = [(1, 100, "G", "T", 0.5), (1, 200, "T", "A", 1.0), *((1, i, "C", "A", 0.0) for i in range(300, 320))]
    s = score(g, *rows)
    assert (s.value, s.flipped, s.palindromic, s.coverage) == (1.5, 1, 1, 1.0)


def test_palindromic_variants_are_refused_when_the_file_is_on_the_other_strand(person):
    s = score(person("1 100 A C 0/1", "1 200 A T 0/1"), (1, 100, "G", "T", 0.5), (1, 200, "T", "A", 1.0))
    assert (s.value, s.palindromic, s.refused) == (0.5, 0, 1)
    assert any("palindromic" in note for note in s.notes)


def test_other_alleles_at_the_position_are_missing(person):
    s = score(person("1 100 A C 0/1", "1 200 AT A 0/1"), (1, 100, "G", "A", 0.5), (1, 200, "G", "A", 1.0))
    assert (s.variants_matched, s.refused) == (0, 2)


def test_every_allele_of_a_multiallelic_site_is_counted(person):
    g = person("1 100 A C,G 1/2", "1 200 A C,G 2|2", "1 300 A C 0/1", "1 300 A G 0/1", "1 400 A C,* 1/2")
    rows = [(1, 100, "G", "A", 1.0), (1, 200, "G", "A", 10.0), (1, 300, "C", "A", 100.0), (1, 400, "C", "A", 1000.0)]
    assert score(g, *rows).value == 1121.0
    assert score(g, (1, 300, "A", "C", 1.0)).value == 0.0


def test_sites_called_reference_without_alternates_count(person):
    g = person("1 100 A . 0/0", "1 200 A . ./.")
    assert score(g, (1, 100, "A", "C", 0.5), (1, 100, "C", "A", 7.0)).value == 1.0
    assert score(g, (1, 100, "C", "G", 0.5)).variants_matched == 0
    assert score(g, (1, 200, "A", "C", 0.5)).variants_matched == 0


def test_a_reference_block_does_not_say_which_allele_is_reference(write):
    g, _ = read_vcf(write(vcf_text() + "1\t100\t.\tA\t<NON_REF>\t.\t.\tEND=900\tGT\t0/0\n"))
    s = score(g, (1, 500, "C", "A", 0.5))
    assert s.variants_matched == 0
    assert any("reference blocks" in note for note in s.notes)


def test_one_x_counts_twice_and_one_y_once(person):
    g = person("X 100 A C 1", "Y 100 A C 1")
    assert score(g, (23, 100, "C", "A", 0.5)).value == 1.0
    assert score(g, (23, 100, "A", "C", 0.5)).value == 0.0
    assert score(g, (24, 100, "C", "A", 0.5)).value == 0.5


def test_dominant_and_recessive_weights(person):
    g = person("1 100 A C 0/1", "1 200 A C 1/1", "1 300 A C 0/1", "1 400 A C 1/1")
    rows = [(1, p, "C", "A", w) for p, w in ((100, 1.0), (200, 10.0), (300, 100.0), (400, 1000.0))]
    assert score(g, *rows, models=[1, 1, 2, 2]).value == 1011.0


def test_indels_match_by_both_alleles(person):
    g = person("1 100 AT A 0/1", "1 200 C CTG 1/1")
    s = score(g, (1, 100, "A", "AT", 1.0), (1, 200, "CTG", "C", 10.0))
    assert (s.value, s.coverage) == (21.0, 1.0)


def test_other_builds_are_refused(person):
    with pytest.raises(BadInput, match=r"S1: .*GRCh38, the score in GRCh37; use the scoring file harmonised to GRCh38"):
        score(person("1 100 A C 0/1"), (1, 100, "C", "A", 0.5), build=Build.GRCH37)


def test_wrong_build_is_seen_in_the_alleles(person):
    g = person(*(f"1 {i} A C 0/1" for i in range(100, 140)))
    with pytest.raises(BadInput, match=r"only 0 of 40 shared positions carry the alleles of the score: wrong build"):
        score(g, *((1, i, "G", "A", 0.5) for i in range(100, 140)))


def test_the_largest_contributions_and_the_rest_make_the_value(person):
    rows = [(1, 100 + i, "C", "A", (-1) ** i * i / 7) for i in range(50)]
    s = score(person(*(f"1 {100 + i} A C 0/1" for i in range(50))), *rows)
    assert len(s.contributions) == 20
    assert sum(c.contribution for c in s.contributions) + s.others_contribution == pytest.approx(s.value, abs=1e-12)
    assert s.contributions[0].weight == pytest.approx(-7.0)
    result = PolygenicScores((s,))
    assert from_json(to_json(result), PolygenicScores) == result


CALLS = ["0/0", "0/1", "1/1", "./.", "0/."]
DOSES = {"0/0": 0, "0/1": 1, "1/1": 2}


@given(
    st.lists(st.tuples(st.sampled_from(CALLS), st.booleans(), st.booleans(), st.floats(-3, 3)), min_size=1, max_size=30)
)
@settings(max_examples=60, deadline=None)
def test_a_plain_loop_gives_the_same_sum(tmp_path_factory, sites):
    path = tmp_path_factory.mktemp("p") / "p.vcf"
    path.write_text(
        vcf_text("1 5 A C 0/1", *(f"1 {100 + i} A C {c}" for i, (c, seen, _, _) in enumerate(sites) if seen))
    )
    rows = [(1, 100 + i, "C" if alt else "A", "A" if alt else "C", w) for i, (_, _, alt, w) in enumerate(sites)]
    expected = sum(w * (DOSES[c] if alt else 2 - DOSES[c]) for c, seen, alt, w in sites if seen and c in DOSES)
    s = score(read_vcf(path)[0], *rows)
    assert s.value == pytest.approx(expected, abs=1e-12)
    assert s.low <= s.value + 1e-9 + sum(max(0, 2 * w) for *_, w in sites)


def test_sums_equal_plink2(mirror):
    if shutil.which("plink2") is None:
        pytest.skip("plink2 is not installed (Debian package plink2)")
    done = subprocess.run(
        [sys.executable, "-m", "validation.genomics.plink2_scores", mirror.parent, "--people", "8"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.count("| yes |") == 4


@pytest.mark.parametrize(("call", "value"), [("0/0", 0.1), ("0/1", 0.4), ("1/1", 1.2)])
def test_each_number_of_copies_has_its_own_weight(write, call, value):
    from gennet.genomics.cohort_scores import score_cohort
    from gennet.genomics.cohorts.opening import open_cohort
    from gennet.genomics.scoring_files import read_scoring_file

    columns = "chr_name\tchr_position\teffect_allele\tother_allele\tallelefrequency_effect\tdosage_0_weight\t"
    path = write(
        f"#genome_build=GRCh38\n{columns}dosage_1_weight\tdosage_2_weight\n1\t100\tC\tA\t0.3\t0.1\t0.4\t1.2\n", "w.txt"
    )
    vcf = write(vcf_text(f"1 100 A C {call}"), "w.vcf")
    file = read_scoring_file(path)
    score = polygenic_scores(read_vcf(vcf)[0], ScoringFiles((file,))).scores[0]
    assert score.value == pytest.approx(value)
    assert score_cohort(open_cohort(vcf), [file]).sums[0, 0] == pytest.approx(value)
    # Mean and variance of the three weights at their Hardy-Weinberg frequencies.
    share, weights = np.array([0.49, 0.42, 0.09]), np.array([0.1, 0.4, 1.2])
    assert score.reference_mean == pytest.approx(share @ weights)
    assert score.reference_sd == pytest.approx(np.sqrt(share @ weights**2 - (share @ weights) ** 2))
