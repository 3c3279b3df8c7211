"""Every format opens as the same cohort, and broken files are refused with file, place and remedy."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest
from small_cohorts import calls_of, made_cohort, write_bed

from gennet.errors import BadInput, InvalidContent, MissingFile, UnknownName, UnreadableFile
from gennet.genomics.builds import Build
from gennet.genomics.cohorts import dosage_blocks, open_cohort, open_given, packed_blocks, person

VCF = """##fileformat=VCFv4.3
##contig=<ID=1,length=248956422>
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\tc
1\t10\trs1\tA\tC\t.\t.\t.\tGT:DP\t0|1:3\t1/1:2\t./.
1\t20\t.\tA\tC,G\t.\t.\t.\tGT\t0/2\t1/1\t0/0
1\t30\t.\tA\t<DEL>\t.\t.\t.\tGT\t0/1\t1/1\t0/0
X\t40\trs4\tg\tt\t.\t.\t.\tGT\t1\t0/.\t/0/1
GL1\t50\t.\tC\tG\t.\t.\t.\tGT\t0/0\t0/1\t1/1
"""


def test_all_formats_give_the_same_cohort(held, written):
    cohort = open_cohort(written, build=Build.GRCH38)
    assert cohort.samples == held.samples
    assert cohort.build is Build.GRCH38
    for name in ("id", "reference", "alternate"):
        assert getattr(cohort.variants, name) == getattr(held.variants, name)
    assert np.array_equal(cohort.variants.chromosome, held.variants.chromosome)
    assert np.array_equal(cohort.variants.position, held.variants.position)
    assert np.array_equal(calls_of(cohort), held.dosages)


def test_rows_and_block_sizes_change_nothing(held, written):
    cohort, rows = open_cohort(written), np.array([0, 1, 4, 9])
    assert np.array_equal(calls_of(cohort, rows, size=3), held.dosages[rows])
    assert [block.start for block in cohort.blocks(rows, size=3)] == [0, 3]
    assert np.array_equal(calls_of(cohort, size=1), held.dosages)


def test_packed_and_fractional_genotypes_are_the_hard_calls(held, written):
    cohort = open_cohort(written)
    unpacked = [block.unpacked(len(cohort.samples)) for block in packed_blocks(cohort, size=4)]
    assert np.array_equal(np.concatenate(unpacked), held.dosages)
    fractions = np.concatenate([block.dosages for block in dosage_blocks(cohort, size=4)])
    assert np.array_equal(np.where(np.isnan(fractions), -1, fractions), held.dosages)


def test_one_person_of_a_cohort_is_a_genome(held, written):
    genome = person(open_cohort(written, build=Build.GRCH38), "p3")
    for row, carried in enumerate(held.dosages[:, 3].tolist()):
        v = held.variants
        alleles = genome.alleles_at(int(v.chromosome[row]), int(v.position[row]))
        expected = (
            (None, None)
            if carried < 0
            else tuple(sorted((v.alternate[row],) * carried + (v.reference[row],) * (2 - carried)))
        )
        assert (alleles if carried < 0 else tuple(sorted(alleles))) == expected


def test_a_person_needs_a_known_name_and_a_build(held):
    with pytest.raises(UnknownName, match="no sample 'p9'; it holds p0"):
        person(held, "p9")
    with pytest.raises(BadInput, match="does not state the genome build"):
        person(made_cohort(build=None), "p1")


def test_a_vcf_sets_aside_what_is_not_biallelic_and_counts_haploid_calls_twice(tmp_path):
    path = tmp_path / "a.vcf"
    path.write_text(VCF)
    cohort = open_cohort(path)
    assert cohort.build is Build.GRCH38
    assert cohort.variants.chromosome.tolist() == [1, 23, 0]
    assert cohort.variants.reference == ("A", "G", "C")
    assert calls_of(cohort).tolist() == [[1, 2, -1], [2, -1, 1], [0, 1, 2]]
    assert cohort.notes == ("Set aside: 2 variants without exactly one alternate allele of bases.",)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("0|1:3", "0|2:3", r"a.vcf: line 4: the GT of a is no genotype"),
        ("1/1:2", "1/1/1", r"line 4: the GT of b is no genotype"),
        ("0/0\t0/1\t1/1", "0/0\t\t1/1", r"line 8: the GT of b is no genotype"),
        ("0/0\t0/1\t1/1", "0/0\t0/1", r"line 8: a line has not the 12 columns"),
        ("GT:DP", "DP:GT", r"line 4: FORMAT does not start with GT"),
        ("1\t10\t", "1\tten\t", r"line 4: 'ten' is not a position"),
        ("a\tb\tc", "a\tb\tb", r"two samples are called 'b'"),
    ],
)
def test_a_broken_vcf_is_refused_at_its_line(tmp_path, old, new, words):
    path = tmp_path / "a.vcf"
    path.write_text(VCF.replace(old, new))
    with pytest.raises(InvalidContent, match=words):
        calls_of(open_cohort(path))


def test_a_truncated_vcf_is_refused(tmp_path):
    path = tmp_path / "a.vcf.gz"
    path.write_bytes(gzip.compress(VCF.encode())[:-20])
    with pytest.raises(UnreadableFile, match="truncated or corrupt"):
        open_cohort(path)


@pytest.mark.parametrize(
    ("kind", "companion"), [("bed", ".bim"), ("bed", ".fam"), ("pgen", ".pvar"), ("pgen", ".psam")]
)
def test_a_companion_that_is_missing_is_named(held, tmp_path, kind, companion):
    from gennet.genomics.cohorts import write_pgen

    path = tmp_path / f"c.{kind}"
    (write_bed if kind == "bed" else write_pgen)(held, path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    moved = Path(shutil.move(path.with_suffix(companion), elsewhere / f"other{companion}"))
    with pytest.raises(MissingFile, match=rf"c\{companion}.* is not beside it; put the file in the same folder"):
        open_cohort(path)
    assert np.array_equal(calls_of(open_given([moved, path])), held.dosages)


def test_a_bed_whose_size_disagrees_is_refused(held, tmp_path):
    path = write_bed(held, tmp_path / "c.bed")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(UnreadableFile, match=r"c.bed: the file is truncated or corrupt at variant 11 "):
        open_cohort(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(InvalidContent, match=r"26 bytes where 11 variants of 7 people take 25; give the .bim and .fam"):
        open_cohort(path)
    path.write_bytes(b"\x6c\x1b\x00" + whole[3:])
    with pytest.raises(UnreadableFile, match="person after person; rewrite it with plink2 --make-bed"):
        open_cohort(path)


def test_a_bed_cut_after_it_was_opened_is_refused_where_it_ends(held, tmp_path):
    path = write_bed(held, tmp_path / "c.bed")
    cohort = open_cohort(path)
    path.write_bytes(path.read_bytes()[:9])
    with pytest.raises(UnreadableFile, match="at variant 1 "):
        calls_of(cohort)


def test_a_pgen_of_another_size_is_refused(held, tmp_path):
    from gennet.genomics.cohorts import write_pgen

    path = tmp_path / "c.pgen"
    write_pgen(held, path)
    samples = path.with_suffix(".psam")
    samples.write_text(samples.read_text() + "p7\tNA\n")
    with pytest.raises(UnreadableFile, match=r"c.pgen: it does not hold 11 variants of 8 people"):
        open_cohort(path)
    samples.write_text("#IID\np0\np0\n")
    with pytest.raises(InvalidContent, match="two samples are called 'p0'; rename one"):
        open_cohort(path)


def test_people_of_two_families_may_share_a_name(held, tmp_path):
    path = write_bed(held, tmp_path / "c.bed")
    path.with_suffix(".fam").write_text("".join(f"f{i} same 0 0 0 -9\n" for i in range(7)))
    assert open_cohort(path).samples[:2] == ("f0_same", "f1_same")
    path.with_suffix(".fam").write_text("f same 0 0 0 -9\n" * 7)
    with pytest.raises(InvalidContent, match="two samples are called 'same'"):
        open_cohort(path)


def test_plink_numbers_of_sex_chromosomes_are_understood(held, tmp_path):
    path = write_bed(held, tmp_path / "c.bed")
    names = ["23", "24", "25", "26", "XY", "MT", "chr1", "0", "X", "Y", "M"]
    lines = path.with_suffix(".bim").read_text().splitlines()
    path.with_suffix(".bim").write_text(
        "".join(f"{name}\t{line.split(maxsplit=1)[1]}\n" for name, line in zip(names, lines, strict=True))
    )
    assert open_cohort(path).variants.chromosome.tolist() == [23, 24, 23, 25, 23, 25, 1, 0, 23, 24, 25]


def test_what_is_no_cohort_is_refused(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("hello")
    with pytest.raises(UnreadableFile, match="this is no BED, PGEN, BGEN, VCF or BCF"):
        open_cohort(path)
    with pytest.raises(BadInput, match=r"a.txt and b.vcf are all genotypes; give one file"):
        open_given([path, tmp_path / "b.vcf"])


def test_contradicting_builds_are_refused(tmp_path):
    path = tmp_path / "a.vcf"
    path.write_text(VCF)
    with pytest.raises(InvalidContent, match="the header says GRCh38, the request GRCh37"):
        open_cohort(path, build=Build.GRCH37)


@pytest.mark.parametrize("kind", ["bed", "pgen"])
def test_a_record_is_read_from_one_person_of_a_cohort(held, tmp_path, kind):
    from datetime import date

    from gennet.genomics import Genotypes
    from gennet.genomics.cohorts import write_pgen
    from gennet.reading import Request, read_record

    path = tmp_path / f"c.{kind}"
    (write_bed if kind == "bed" else write_pgen)(held, path)
    request = Request((path,), date(2026, 1, 1), samples=("p2",), build=Build.GRCH38)
    genome = read_record(request).parts[Genotypes]
    assert genome.sample == "p2"
    assert (genome.first == -1).tolist() == (held.dosages[:, 2] < 0).tolist()
    with pytest.raises(BadInput, match=r"holds 7 samples .* say which"):
        read_record(Request((path,), date(2026, 1, 1), build=Build.GRCH38))
    with pytest.raises(UnknownName, match="no sample 'nobody'"):
        read_record(Request((path,), date(2026, 1, 1), samples=("nobody",), build=Build.GRCH38))
