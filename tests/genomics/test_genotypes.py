from __future__ import annotations

import numpy as np
import pytest
from genomics_files import HEADER38, bgzip, vcf_text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gennet.core.codec import digest, from_json, to_json
from gennet.errors import BadInput, GenNetError, InvalidContent, MissingFile, UnknownName, UnreadableFile
from gennet.genomics.builds import Build
from gennet.genomics.genotypes import Genotypes, read_vcf, samples_in


def read(write, *rows, name="person.vcf", **options):
    return read_vcf(write(vcf_text(*rows), name), **options)


def test_alleles_are_read_as_written(write):
    g, notes = read(write, "1 100 A C 0/1", "1 200 G T 1|1", "2 50 AT A,ATT 1/2", "chr2 60 C G 0/0".replace("chr", ""))
    assert (g.sample, g.build, g.size, notes) == ("p1", Build.GRCH38, 4, ())
    assert g.alleles_at("chr1", 100) == ("A", "C")
    assert g.alleles_at(1, 200) == ("T", "T")
    assert g.alleles_at(2, 50) == ("A", "ATT")
    assert g.calls_at(1, 200)[0].phased
    assert g.alleles_at(1, 101) is None


def test_sites_are_sorted_whatever_the_file(write):
    g, _ = read(write, "2 9 A C 0/1", "1 300 A C 0/1", "1 20 A C 0/1")
    assert list(zip(g.chromosome.tolist(), g.position.tolist(), strict=True)) == [(1, 20), (1, 300), (2, 9)]


def test_genotypes_survive_json(write):
    g, _ = read(write, "1 100 A C 0|1", "2 50 AT A,ATT 1/2")
    again = from_json(to_json(g), Genotypes)
    assert digest(again) == digest(g)
    assert again.alleles_at(2, 50) == ("A", "ATT")


def test_missing_alleles_stay_missing_and_are_counted(write):
    g, notes = read(write, "1 100 A C 0/.", "1 200 A C ./.", "1 300 A C ./1", "1 400 A C .")
    assert [g.alleles_at(1, p) for p in (100, 200, 300, 400)] == [("A", None), (None, None), (None, "C"), (None,)]
    assert "Half-missing: 2 genotypes" in notes[0]
    assert "Missing, not reference: 2 sites" in notes[1]


def test_haploid_calls_have_one_allele(write):
    g, _ = read_vcf(write(vcf_text("X 100 A C 1", "MT 200 A G 0", header=HEADER38)))
    assert g.alleles_at("X", 100) == ("C",)
    assert g.alleles_at("MT", 200) == ("A",)


def test_lines_that_split_a_site_are_merged(write):
    g, _ = read(write, "1 100 A C 0|1", "1 100 A G 1|0", "1 200 A C 0/1", "1 200 A G 0/1", "1 300 A C 1/.", "1 300 A G ./1",
                "1 400 A C 0/1", "1 400 A G 0/0", "1 500 A C 0/0", "1 500 A G ./.")  # fmt: skip
    assert [g.alleles_at(1, p) for p in (100, 200, 300, 400, 500)] == [
        ("G", "C"), ("C", "G"), ("C", "G"), ("A", "C"), (None, None),
    ]  # fmt: skip
    assert g.size == 5


def test_lines_with_other_references_stay_apart(write):
    g, _ = read(write, "1 100 A C 0/1", "1 100 AT A 0/0")
    assert [c.alleles for c in g.calls_at(1, 100)] == [("A", "C"), ("AT", "AT")]


def test_reference_blocks_are_evidence_of_reference(write):
    rows = [
        "1\t100\t.\tA\t<NON_REF>\t.\t.\tEND=199\tGT:DP:GQ\t0/0:30:99",
        "1\t200\t.\tA\tC,<NON_REF>\t.\t.\t.\tGT\t0/1",
        "1\t201\t.\tA\t<NON_REF>\t.\t.\tEND=300\tGT:DP:GQ\t0/0:0:0",
        "1\t301\t.\tA\t<NON_REF>\t.\t.\tEND=400\tGT\t./.",
        "1\t401\t.\tA\tC,<NON_REF>\t.\t.\t.\tGT\t1/2",
    ]
    g, _ = read_vcf(write(vcf_text() + "\n".join(rows) + "\n"))
    at = np.array([99, 100, 199, 200, 250, 350], np.int32)
    assert g.in_reference_block(np.ones(6, np.int8), at).tolist() == [False, True, True, False, False, False]
    assert g.alleles_at(1, 200) == ("A", "C")
    assert g.alleles_at(1, 401) == ("C", None)


def test_structural_and_other_lines_are_set_aside_and_counted(write):
    g, notes = read(
        write, "1 100 A <DEL> 0/1", "1 150 A A[2:9[ 0/1", "GL000192.1 5 A C 0/1", "1 200 A C,* 1/2", "HLA-A 7 A C 1/1"
    )
    assert g.size == 1
    assert g.alleles_at(1, 200) == ("C", "*")
    assert "Set aside: 2 lines on other contigs (GL000192.1, HLA-A)." in notes[0]
    assert "Set aside: 2 lines with only structural" in notes[1]


def test_filtered_sites_are_kept_and_counted(write):
    text = vcf_text("1 100 A C 0/1", "1 200 A C 0/1").replace("PASS", "LowQual", 1)
    g, notes = read_vcf(write(text))
    assert g.size == 2
    assert notes == ("Kept: 1 site that did not pass a filter of the caller.",)


def test_phase_sets_are_kept(write):
    rows = "1\t100\t.\tA\tC\t.\t.\t.\tGT:PS\t0|1:77\n1\t200\t.\tA\tC\t.\t.\t.\tGT:PS\t0/1:.\n"
    g, _ = read_vcf(write(vcf_text() + rows))
    assert [g.calls_at(1, p)[0].phase_set for p in (100, 200)] == [77, 0]


def test_plain_gzip_and_bgzip_read_alike(write):
    text = vcf_text("1 100 A C 0/1", "2 50 AT A,ATT 1/2")
    parts = [
        read_vcf(write(text))[0],
        read_vcf(write(text, "p.vcf.gz"))[0],
        read_vcf(write(bgzip(text.encode()), "q.vcf.gz"))[0],
    ]
    assert len({digest(p) for p in parts}) == 1
    assert digest(read_vcf(write(text.replace("\n", "\r\n"), "crlf.vcf"))[0]) == digest(parts[0])


def test_one_of_several_samples_is_chosen_by_name(write):
    path = write(vcf_text("1 100 A C 0/1 1/1", samples=("HG1", "HG2")))
    assert samples_in(path) == ("HG1", "HG2")
    assert read_vcf(path, "HG2")[0].alleles_at(1, 100) == ("C", "C")
    with pytest.raises(BadInput, match=r"person\.vcf: the file holds 2 samples \(HG1, HG2\); say which"):
        read_vcf(path)
    with pytest.raises(UnknownName, match=r"no sample 'HG3'; near names: HG2, HG1|HG1, HG2"):
        read_vcf(path, "HG3")


def test_build_is_asked_for_when_the_header_is_silent(write):
    path = write(vcf_text("1 100 A C 0/1", header="##fileformat=VCFv4.2\n"))
    with pytest.raises(BadInput, match=r"does not state the genome build.*--build GRCh37 or --build GRCh38"):
        read_vcf(path)
    assert read_vcf(path, build=Build.GRCH37)[0].build == Build.GRCH37


def test_build_is_found_by_decisive_evidence_and_said(write):
    rows = [f"1 {100 + i} A C 0/1" for i in range(12)]
    path = write(vcf_text(*rows, header="##fileformat=VCFv4.2\n"))
    right = [(1, 100 + i, "C", "A") for i in range(12)]
    g, notes = read_vcf(
        path, landmarks=lambda: {Build.GRCH37: right, Build.GRCH38: [(1, 500 + i, "C", "A") for i in range(12)]}
    )
    assert g.build == Build.GRCH37
    assert "taken as GRCh37 because 12 of 12" in notes[0]
    for undecided in (right[:9], [(1, 100 + i, "G", "T") for i in range(12)]):
        with pytest.raises(BadInput, match="--build"):
            read_vcf(path, landmarks=lambda marks=undecided: {Build.GRCH37: marks})
    with pytest.raises(BadInput, match="--build"):
        read_vcf(path, landmarks=lambda: {Build.GRCH37: right, Build.GRCH38: right})


def test_stated_build_may_not_contradict_the_header(write):
    with pytest.raises(InvalidContent, match=r"the header says GRCh38, the request GRCh37"):
        read(write, "1 100 A C 0/1", build=Build.GRCH37)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["1 100 A C 0/1", "1 100 A C 0/1"], r"lines 5 and 6: the site stands twice: 1:100; remove"),
        (["1 100 A C 1/1", "1 100 A G 0/1"], r"lines 5 and 6: the lines of one site claim more alleles"),
        (["1 100 A C 0/0/1"], r"line 5: GT '0/0/1' has more than two alleles; call"),
        (["1 100 A C 0/2"], r"line 5: GT names allele 2 where ALT lists 1"),
        (["1 100 A C x/y"], r"line 5: GT 'x/y' is not a genotype"),
        (["1 100 A C 0/"], r"line 5: GT '0/' is not a genotype"),
        (["1 0 A C 0/1"], r"line 5: POS '0' is not a position"),
        (["1 12x A C 0/1"], r"line 5: POS '12x' is not a position"),
        (["1 100 A C 0/1", "1 300000000 A C 0/1"], r"line 6: 1:300000000 lies beyond the end of the chromosome in GRCh38; check"),
        (["1 100 A Q 0/1"], r"line 5: ALT 'Q' is not an allele"),
        (["1 100 . C 0/1"], r"line 5: REF '\.' is not an allele"),
        (["1 100 A C 0/1", "chr1 200 A C 0/1"], r"line 6: chromosomes are named in two styles: chr1 here, 1 before; rename"),
        (["1 100 A C 0/1", "chr2 200 A C 0/1"], r"line 6: .*rename"),
        (["GL1 100 A C 0/1"], r"no site lies on chromosomes"),
        ([], r"no sites; copy"),
    ],
)  # fmt: skip
def test_lines_that_cannot_be_true_are_refused_by_line(write, rows, message):
    with pytest.raises(InvalidContent, match=r"person\.vcf.*" + message):
        read(write, *rows)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04 something", "not a VCF"),
        (b"rsid\tchromosome\n", "not a VCF"),
        (b"##fileformat=VCFv4.2\n", "stops before a #CHROM line"),
        (b"##fileformat=VCFv4.2\n##x=\xff\xfe\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tp\n", "line 2: the header is not UTF-8"),
        (bgzip(vcf_text("1 100 A C 0/1").encode(), end=False), "truncated or corrupt.*end-of-file block"),
        (bgzip(vcf_text("1 100 A C 0/1").encode())[:60], "truncated"),
        (b"\x1f\x8b\x08\x00garbage", "truncated or corrupt"),
    ],
)  # fmt: skip
def test_broken_files_are_refused(write, content, message):
    with pytest.raises(UnreadableFile, match=r"person\.vcf.*" + message):
        read_vcf(write(content))


def test_corrupt_middle_is_found(write):
    data = bytearray(bgzip(vcf_text(*(f"1 {i} A C 0/1" for i in range(1, 9000))).encode()))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(GenNetError, match=r"person\.vcf"):
        read_vcf(write(bytes(data)))


def test_a_cut_line_is_named(write):
    text = vcf_text("1 100 A C 0/1", "1 200 A C 0/1")
    with pytest.raises(InvalidContent, match=r"line 6: 7 columns where the header has 10; the file may be cut short"):
        read_vcf(write(text[: text.rindex("\t.\tGT")]))


def test_sites_without_genotypes_are_refused(write):
    with pytest.raises(InvalidContent, match="line 5: FORMAT does not start with GT"):
        read_vcf(write(vcf_text("1 100 A C 30").replace("\tGT\t", "\tDP\t")))
    with pytest.raises(InvalidContent, match="holds no sample"):
        read_vcf(write(vcf_text().replace("\tFORMAT\tp1", "")))


def test_no_file_is_no_file(tmp_path):
    with pytest.raises(MissingFile, match="check the path"):
        read_vcf(tmp_path / "none.vcf")
    with pytest.raises(UnreadableFile, match="folder"):
        read_vcf(tmp_path)


GENOTYPES = st.sampled_from(["0/0", "0/1", "1|0", "1/1", "./.", "0/.", "."])


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(1, 10**8), GENOTYPES), min_size=1, unique_by=lambda s: s[:2]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_order_of_lines_does_not_matter(write, sites):
    rows = [f"{c} {p} A C {g}" for c, p, g in sites]
    assert digest(read(write, *rows)[0]) == digest(read(write, *reversed(rows))[0])


VALID = (
    vcf_text("1 100 A C 0/1", "1 200 G T,<NON_REF> 1|1", "2 50 AT A,ATT 1/2", "X 9 C G 1")
    .replace("0/1", "0/1:9")
    .encode()
)


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
        read_vcf(write(data))
    except GenNetError as error:
        assert "person.vcf" in str(error)  # noqa: PT017 any other exception fails the test


@pytest.mark.parametrize(
    "name",
    ["polygenic/tiny1000G.vcf.gz", "ancestry/kidd.aisnp.1kg.vcf", "pharmacogenes/pharmcat/examples/multisample.vcf"],
)
def test_calls_agree_with_htslib(mirror, name):
    cyvcf2 = pytest.importorskip("cyvcf2")
    path = mirror / name
    sample = samples_in(path)[1]
    g, _ = read_vcf(path, sample, build=Build.GRCH38 if "1000G" in name else None)
    seen = 0
    for v in cyvcf2.VCF(str(path), samples=[sample]):
        if v.ID and ";" in v.ID:
            continue
        listed = [v.REF, *v.ALT]
        one, two, phased = v.genotypes[0]
        calls = [c for c in g.calls_at(v.CHROM, v.POS) if c.reference == v.REF and set(v.ALT) <= set(c.alternates)]
        assert len(calls) == 1
        own = [a for a in calls[0].alleles if a in listed]
        if set(calls[0].alternates) == set(v.ALT):
            assert sorted(calls[0].alleles) == sorted(listed[i] for i in (one, two))
            assert calls[0].phased == phased or one == two
        else:
            assert sum(a in v.ALT for a in own) == (one > 0) + (two > 0)
        seen += 1
    assert seen > 50


def test_bcf_reads_like_its_vcf(write, tmp_path):
    cyvcf2 = pytest.importorskip("cyvcf2")
    header = (
        HEADER38 + '##FILTER=<ID=PASS,Description="passed">\n##FORMAT=<ID=GT,Number=1,Type=String,Description="GT">\n'
    )
    source = write(vcf_text("1 100 A C 0|1 1/1", "1 200 AT A,ATT 1/2 ./.", samples=("a", "b"), header=header))
    target = tmp_path / "person.bcf"
    reader = cyvcf2.VCF(str(source))
    writer = cyvcf2.Writer(str(target), reader, mode="wb")
    for record in reader:
        writer.write_record(record)
    writer.close()
    for sample in ("a", "b"):
        assert digest(read_vcf(target, sample)[0]) == digest(read_vcf(source, sample)[0])
    target.write_bytes(target.read_bytes()[:-20])
    with pytest.raises(UnreadableFile, match="truncated"):
        read_vcf(target, "a")
