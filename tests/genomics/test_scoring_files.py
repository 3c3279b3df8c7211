from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gennet.core.codec import digest, from_json, to_json
from gennet.errors import BadInput, GenNetError, InvalidContent, MissingFile, UnreadableFile
from gennet.genomics.builds import Build
from gennet.genomics.score_reference import ScoreReference
from gennet.genomics.scoring_files import ScoringFile, landmarks_of, read_scoring_file

HEAD = """###PGS CATALOG SCORING FILE
#pgs_id=PGS1
#pgs_name=Test
#trait_reported=Breast cancer
#trait_efo=EFO_0000305
#genome_build=GRCh37
#citation=A et al. (2020). doi:10.1/x
#license=CC BY 4.0
"""
COLUMNS = "rsID\tchr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\n"
ROWS = "rs5\t1\t100\tA\tC\t0.5\nrs6\t2\t200\tG\tT\t-0.25\n"


def test_author_format_is_read(write):
    f = read_scoring_file(write(HEAD + COLUMNS + ROWS, "x.txt"))
    assert (f.id, f.name, f.trait, f.trait_efo, f.build) == (
        "PGS1",
        "Test",
        "Breast cancer",
        "EFO_0000305",
        Build.GRCH37,
    )
    assert (f.citation, f.license) == ("A et al. (2020). doi:10.1/x", "CC BY 4.0")
    assert f.chromosome.tolist() == [1, 2]
    assert f.position.tolist() == [100, 200]
    assert f.weight.tolist() == [0.5, -0.25]
    assert [f.alleles[i] for i in f.effect_allele] == ["A", "G"]
    assert f.rsid.tolist() == [5, 6]
    assert f.allele_frequency.tolist() == [-1, -1]
    assert f.reference is None


def test_harmonised_positions_are_preferred(write):
    text = HEAD + "#HmPOS_build=GRCh38\n" + COLUMNS.strip() + "\thm_chr\thm_pos\n"
    text += "rs5\t1\t100\tA\tC\t0.5\t1\t111\nrs6\t2\t200\tG\tT\t-0.25\t\t\n"
    f = read_scoring_file(write(text, "x.txt.gz"))
    assert f.build == Build.GRCH38
    assert f.position.tolist() == [111, 0]
    assert f.chromosome.tolist() == [1, 0]
    assert "Missing: 1 variant without a place" in f.notes[0]


def test_structured_files_take_their_build_from_the_official_name(write):
    text = "chr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\teffect_type\tis_duplicated\taccession\trow_nr\n"
    text += "1\t100\tT\tC\t0.1\tadditive\tFalse\tPGS000001\t0\n1\t101\tT\tC\t0.1\trecessive\tFalse\tPGS000001\t1\n"
    f = read_scoring_file(write(text, "PGS000001_hmPOS_GRCh38.txt.gz"))
    assert (f.id, f.build, f.effect_model.tolist()) == ("PGS000001", Build.GRCH38, [0, 2])
    assert "its name says GRCh38" in f.notes[0]
    with pytest.raises(BadInput, match=r"does not state the genome build.*harmonised"):
        read_scoring_file(write(text, "other.txt"))
    assert read_scoring_file(write(text, "other.txt"), build=Build.GRCH37).build == Build.GRCH37


def test_rows_that_are_no_weight_times_dosage_are_set_aside_and_named(write):
    text = HEAD + COLUMNS.strip() + "\tis_haplotype\tis_dominant\n" + "rs5\t1\t100\tA\tC\t0.5\tFalse\tTrue\n"
    text += "h\t6\t5\tT\tC\t0.5\tTrue\tFalse\nd\t6\t6\tI\tD\t0.5\tFalse\tFalse\n"
    f = read_scoring_file(write(text, "x.txt"))
    assert (f.size, f.set_aside, f.effect_model.tolist()) == (3, 2, [1])
    assert f.notes == (
        "Set aside: 1 row with haplotypes (first: line 11).",
        "Set aside: 1 row with alleles that are not bases (first: line 12).",
    )


REFERENCE = "#reference_mean=1.5\n#reference_sd=0.5\n#reference_population=UKB\n"
EFFECT = "#log_odds_per_sd=0.4\n#per_sd_standard_error=0.02\n#outcome=breast_cancer\n"


def test_header_extension_gives_the_reference(write):
    f = read_scoring_file(write(HEAD + REFERENCE + EFFECT + COLUMNS + ROWS, "x.txt"))
    assert f.reference == ScoreReference(
        1.5, 0.5, "UKB", 0.4, 0.02, "log_odds", "breast_cancer", "A et al. (2020). doi:10.1/x"
    )
    g = read_scoring_file(write(HEAD + REFERENCE + COLUMNS + ROWS, "x.txt"))
    assert g.reference is not None
    assert g.reference.log_effect_per_sd is None


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("#reference_mean=1\n", "no reference_sd; add #reference_sd="),
        (REFERENCE.replace("0.5", "0"), "not positive"),
        (REFERENCE.replace("0.5", "nan"), "not a finite number"),
        (REFERENCE + "#log_odds_per_sd=1\n", "no per_sd_standard_error"),
        (REFERENCE + EFFECT + "#log_hazard_per_sd=1\n", "both log odds and log hazard"),
        (REFERENCE + "#outcome=x\n", "no log_odds_per_sd or log_hazard_per_sd"),
        ("#pgs_id=PGS2\n", "gives pgs_id twice"),
    ],
)
def test_half_given_references_are_refused(write, header, message):
    with pytest.raises(InvalidContent, match=r"x\.txt.*" + message):
        read_scoring_file(write(HEAD + header + COLUMNS + ROWS, "x.txt"))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("rs7\t1\t100\tA\tC\t0.5\n", "line 12: the variant of line 10 stands again; remove"),
        ("rs7\t1\t300\tA\tC\tnan\n", "line 12: effect_weight 'nan' is not a finite number"),
        ("rs7\t1\t300\tA\tC\t\n", "line 12: effect_weight '' is not"),
        ("rs7\t1\t300\tA\tC\tinf\n", "line 12: effect_weight 'inf'"),
        ("rs7\t1\t300\tA\tZ\t1\n", "line 12: 'Z' is not an allele; correct"),
        ("rs7\t1\t300\t\tA\t1\n", "line 12: '' is not an allele"),
        ("rs7\t1\t300\tA\tA\t1\n", "line 12: effect_allele and other_allele are the same"),
        ("rs7\t1\t3e5\tA\tC\t1\n", "line 12: chr_position '3e5' is not a position"),
        ("rs7\t1\t300\tA\n", "line 12: 4 columns where the heading has 6"),
    ],
)  # fmt: skip
def test_bad_rows_are_refused_by_line(write, row, message):
    with pytest.raises(InvalidContent, match=r"x\.txt: " + message):
        read_scoring_file(write(HEAD + COLUMNS + ROWS + row, "x.txt"))


def test_frequencies_are_read_and_checked(write):
    columns = COLUMNS.strip() + "\tallelefrequency_effect\n"
    f = read_scoring_file(write(HEAD + columns + "rs5\t1\t100\tA\tC\t0.5\t0.3\nrs6\t1\t101\tA\tC\t0.5\t\n", "x.txt"))
    assert f.allele_frequency.tolist() == [0.3, -1]
    with pytest.raises(InvalidContent, match=r"line 10: allelefrequency_effect '1\.3' is not between 0 and 1"):
        read_scoring_file(write(HEAD + columns + "rs5\t1\t100\tA\tC\t0.5\t1.3\n", "x.txt"))


def test_names_without_positions_are_refused_with_the_harmonised_file_as_remedy(write):
    with pytest.raises(BadInput, match=r"no positions.*_hmPOS_GRCh38"):
        read_scoring_file(write(HEAD + "rsID\teffect_allele\teffect_weight\nrs1\tA\t1\n", "x.txt"))


def test_builds_may_not_contradict(write):
    with pytest.raises(InvalidContent, match="genome_build says GRCh37, the request GRCh38"):
        read_scoring_file(write(HEAD + COLUMNS + ROWS, "x.txt"), build=Build.GRCH38)
    with pytest.raises(BadInput, match="does not state the genome build"):
        read_scoring_file(write(HEAD.replace("GRCh37", "NR") + COLUMNS + ROWS, "x.txt"))


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"#only=header\n", b"\x1f\x8b\x08\x00zz"])
def test_other_files_are_refused(write, content):
    with pytest.raises(UnreadableFile, match=r"x\.txt"):
        read_scoring_file(write(content, "x.txt"))
    with pytest.raises(MissingFile):
        read_scoring_file("no-such-file")


def test_scoring_files_survive_json(write):
    f = read_scoring_file(write(HEAD + REFERENCE + EFFECT + COLUMNS + ROWS, "x.txt"))
    assert digest(from_json(to_json(f), ScoringFile)) == digest(f)


def test_scoring_files_are_landmarks(write):
    f = read_scoring_file(write(HEAD + COLUMNS + ROWS, "x.txt"))
    assert landmarks_of([f]) == {Build.GRCH37: [(1, 100, "A", "C"), (2, 200, "G", "T")]}


VALID = (HEAD + REFERENCE + EFFECT + COLUMNS + ROWS).encode()


@given(
    st.lists(
        st.tuples(st.integers(0, len(VALID) - 1), st.one_of(st.none(), st.binary(min_size=0, max_size=3))), max_size=4
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
def test_mutated_files_parse_or_are_refused(write, edits):
    data = VALID
    for at, new in edits:
        data = data[:at] if new is None else data[:at] + new + data[at + 1 :]
    try:
        f = read_scoring_file(write(data, "x.txt"))
    except GenNetError as error:
        assert "x.txt" in str(error)  # noqa: PT017 any other exception fails the test
    else:
        assert np.isfinite(f.weight).all()


def test_catalog_files_are_read(mirror):
    a = read_scoring_file(mirror / "polygenic" / "PGS000001_harmonised_GRCh38.txt.gz")
    b = read_scoring_file(mirror / "polygenic" / "PGS000001_hmPOS_GRCh38.txt.gz")
    assert (a.id, a.trait, a.size, a.build) == ("PGS000001", "Breast cancer", 77, Build.GRCH38)
    assert np.array_equal(a.position, b.position)
    assert np.array_equal(a.weight, b.weight)
    assert read_scoring_file(mirror / "polygenic" / "PGS001229_hmPOS_GRCh38.txt.gz").size == 51209


COPIES = "rsID\tchr_name\tchr_position\teffect_allele\tother_allele\tdosage_0_weight\tdosage_1_weight\tdosage_2_weight"


def test_weights_of_each_number_of_copies_are_a_constant_a_dominant_and_a_recessive_weight(write):
    f = read_scoring_file(write(HEAD + COPIES + "\nrs5\t1\t100\tA\tC\t0.1\t0.4\t1.2\n", "x.txt"))
    assert f.constant == 0.1
    assert f.weight.tolist() == pytest.approx([0.3, 0.8])
    assert f.effect_model.tolist() == [1, 2]
    assert f.paired.tolist() == [False, True]


def test_rows_with_one_weight_stand_beside_rows_with_three(write):
    rows = "\teffect_weight\nrs5\t1\t100\tA\tC\t\t\t\t0.5\nrs6\t1\t200\tA\tC\t0\t1\t1\t\n"
    f = read_scoring_file(write(HEAD + COPIES + rows, "x.txt"))
    assert f.weight.tolist() == [0.5, 1.0, 0.0]
    assert f.effect_model.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (COPIES + "\nrs5\t1\t100\tA\tC\t0.1\tx\t1.2\n", r"line \d+: dosage_1_weight 'x' is not a finite number"),
        (
            COPIES.removesuffix("\tdosage_2_weight") + "\nrs5\t1\t100\tA\tC\t0.1\t2\n",
            "there is no dosage_2_weight column",
        ),
    ],
)
def test_weights_of_copies_that_are_none_are_refused(write, text, message):
    with pytest.raises(InvalidContent, match=message):
        read_scoring_file(write(HEAD + text, "x.txt"))
