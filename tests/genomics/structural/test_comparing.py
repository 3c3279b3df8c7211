"""Calls against a truth set."""

import pytest

from gennet.errors import InvalidContent
from gennet.genomics.regions import parse_regions, read_bed
from gennet.genomics.structural.comparing import Pick, Sizes, compare, f1
from gennet.genomics.structural.matching import Likeness
from gennet.genomics.structural.reading import read_structural

HEAD = "##fileformat=VCFv4.2\n##contig=<ID=1,length=249250621>\n##contig=<ID=2>\n"
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n"


@pytest.fixture
def calls(tmp_path):
    def _calls(*lines, head=HEAD):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.vcf"
        path.write_text(head + COLUMNS + "".join("\t".join(line.split()) + "\n" for line in lines))
        return read_structural(path, least=30)

    return _calls


def deletion(position, size, genotype="0/1", *, contig="1", filters="PASS"):
    info = f"SVTYPE=DEL;SVLEN=-{size};END={position + size}"
    return f"{contig} {position} . N <DEL> . {filters} {info} GT {genotype}"


def test_found_missed_and_false_are_told_apart(calls):
    truth = calls(deletion(1000, 100), deletion(9000, 100, "1/1"))
    found = compare(truth, calls(deletion(1010, 90, "1/1"), deletion(50_000, 80), deletion(70_000, 90)))
    assert (found.found, found.true, len(found.truth), len(found.calls)) == (1, 1, 2, 3)
    assert found.recall == 0.5
    assert found.precision == pytest.approx(1 / 3)
    assert found.f1 == pytest.approx(0.4)
    assert found.genotypes == (0, 1, 0)


def test_genotypes_not_called_are_neither_right_nor_wrong(calls):
    truth = calls(deletion(1000, 100), deletion(9000, 100), deletion(20_000, 100, "1/1"))
    found = compare(truth, calls(deletion(1000, 100, "./."), deletion(9000, 100), deletion(20_000, 100, "0/1")))
    assert found.genotypes == (1, 1, 1)


def test_each_variant_has_one_match_and_the_best_comes_first(calls):
    truth, made = calls(deletion(1000, 100)), calls(deletion(1030, 100), deletion(1001, 100))
    single = compare(truth, made)
    assert [j.match is not None for j in single.calls] == [False, True]
    assert compare(truth, made, pick=Pick.MULTI).precision == 1.0


def test_a_call_just_under_the_least_size_may_be_true_and_is_never_false(calls):
    truth = calls(deletion(1000, 50))
    found = compare(truth, calls(deletion(1000, 40), deletion(5000, 40)))
    assert (found.true, len(found.calls)) == (1, 1)
    assert compare(calls(deletion(1000, 40)), truth).found == 0


def test_sizes_and_filters_choose_what_takes_part(calls):
    made = calls(deletion(1000, 100, filters="LowQual"), deletion(9000, 60_000))
    assert len(compare(calls(), made).calls) == 1
    assert len(compare(calls(), made, pass_only=True).calls) == 0
    assert len(compare(calls(), made, sizes=Sizes(most=None)).calls) == 2


def test_duplications_may_count_as_insertions(calls):
    truth = calls("1 1000 . N <INS> . PASS SVTYPE=INS;SVLEN=100 GT 0/1")
    made = calls("1 1000 . N <DUP> . PASS SVTYPE=DUP;SVLEN=100;END=1100 GT 0/1")
    assert compare(truth, made).found == 0
    assert compare(truth, made, rule=Likeness(duplications_as_insertions=True)).found == 1


def test_regions_hold_what_lies_wholly_in_one(calls):
    made = calls(deletion(1000, 100), deletion(1950, 100), deletion(1000, 100, contig="2"))
    regions = parse_regions(["1:1000-2000"])
    assert [j.entry.start for j in compare(calls(), made, regions=regions).calls] == [999]


def test_calls_on_other_contigs_and_of_unknown_length_are_left_out_and_said(calls):
    insertion = "1 1000 . N <INS> . PASS SVTYPE=INS GT 0/1"
    found = compare(calls(), calls(deletion(1000, 100, contig="3"), insertion))
    assert not found.calls
    assert "1 call left out: not on the contigs of the truth" in found.notes
    assert "1 variant of the calls left out: their length is not known" in found.notes


def test_two_builds_are_refused(calls):
    other = calls(head="##fileformat=VCFv4.2\n##contig=<ID=1,length=248956422>\n")
    with pytest.raises(InvalidContent, match="GRCh37 and the calls of GRCh38"):
        compare(calls(), other)


def test_without_truth_or_calls_nothing_is_claimed(calls):
    found = compare(calls(), calls())
    assert (found.precision, found.recall, found.f1) == (None, None, None)
    assert f1(0.0, 0.0) == 0.0


TRUVARI = "structural/truvari"


@pytest.mark.parametrize(
    ("truth", "made", "expected"),
    # found, missed, true, false: truvari 5.4.0 bench with its defaults
    [
        ("input1", "input2", (8, 10, 8, 3)),
        ("input2", "input3", (7, 4, 7, 10)),
        ("real_small_base", "real_small_comp", (18, 25, 18, 1)),
        ("bnd.base", "bnd.comp", (92, 52, 92, 98)),
        ("gtcomp_problem1_base", "gtcomp_problem1_comp", (1, 1, 1, 1)),
        ("boundary", "boundary_cpx", (0, 0, 0, 0)),
    ],
)
def test_counts_are_those_of_truvari(mirror, truth, made, expected):
    one, other = (read_structural(mirror / TRUVARI / f"{name}.vcf.gz", least=30) for name in (truth, made))
    found = compare(one, other)
    counts = (found.found, len(found.truth) - found.found, found.true, len(found.calls) - found.true)
    assert counts == expected


def test_the_ends_of_a_region_are_those_of_truvari(mirror, tmp_path):
    bed = tmp_path / "region.bed"
    bed.write_text("1\t10\t20\n")
    text = tmp_path / "boundary.vcf"
    import gzip

    with gzip.open(mirror / TRUVARI / "boundary.vcf.gz", "rt") as file:
        text.write_text(file.read().replace("reference", "1"))
    every = read_structural(text, least=1)
    found = compare(every, every, sizes=Sizes(1, 1), regions=read_bed(bed))
    kept = {(j.entry.start, j.entry.reference) for j in found.truth}
    inside = {(e.start, e.reference) for e in every.entries if e.info["include"] == "in"}
    assert inside
    assert kept == inside
