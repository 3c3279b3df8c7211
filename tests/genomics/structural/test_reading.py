"""Structural variants read from VCF in the callers' spellings."""

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gennet.errors import InvalidContent, UnknownName, UnreadableFile
from gennet.genomics.structural import Call, Kind, Mate, StructuralVariant, Support, write_vcf
from gennet.genomics.structural.reading import read_structural, read_vcf

HEAD = """##fileformat=VCFv4.2
##contig=<ID=chr1,length=248956422>
##contig=<ID=chr5,length=181538259>
"""
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS"


@pytest.fixture
def read(tmp_path):
    def _read(*lines, columns=COLUMNS, **options):
        path = tmp_path / "calls.vcf"
        path.write_text(HEAD + columns + "\n" + "\n".join("\t".join(line.split()) for line in lines) + "\n")
        return read_vcf(path, **options)

    return _read


def one(found):
    (variants, notes) = found
    (variant,) = variants
    assert not notes
    return variant


def test_a_deletion_of_sniffles_has_a_negative_length_and_reads_in_dr_and_dv(read):
    found = one(read("chr1 1000 a N <DEL> 60 PASS PRECISE;SVTYPE=DEL;SVLEN=-80;END=1080 GT:GQ:DR:DV 0/1:43:12:9"))
    assert (found.kind, found.position, found.end, found.length) == (Kind.DELETION, 1000, 1080, 80)
    assert found.call == Call((0, 1), None, 43, Support(0, 0, 12, 9))
    assert (found.quality, found.filters, found.precise) == (60.0, (), True)


def test_a_deletion_of_delly_has_pairs_and_reads_apart_and_log_likelihoods(read):
    found = one(
        read(
            "chr1 1000 DEL1 T <DEL> 200 LowQual IMPRECISE;SVTYPE=DEL;END=2000;CT=3to5;CIPOS=-54,54;CIEND=-50,60 "
            "GT:GL:GQ:DR:DV:RR:RV 0/1:-6,0,-8.1:60:7:5:0:2"
        )
    )
    assert found.call == Call((0, 1), (60, 0, 81), 60, Support(7, 5, 0, 2))
    assert (found.position_interval, found.end_interval, found.precise) == ((-54, 54), (-50, 60), False)
    assert found.filters == ("LowQual",)


def test_manta_writes_pairs_in_pr_and_reads_in_sr(read):
    found = one(read("chr1 9 . T <DUP:TANDEM> . PASS END=200;SVTYPE=DUP;SVLEN=191 GT:PR:SR 1/1:4,7:1,9"))
    assert found.kind is Kind.DUPLICATION
    assert found.call.support == Support(4, 7, 1, 9)


def test_pbsv_writes_alleles_base_by_base(read):
    inserted = "ACGT" * 20
    found = one(read(f"chr1 500 pbsv.INS.0 T T{inserted} . PASS SVTYPE=INS;SVLEN=80 GT:AD:DP 0/1:2,1:3"))
    assert (found.kind, found.position, found.end, found.length) == (Kind.INSERTION, 500, 500, 80)
    assert found.inserted == inserted
    assert found.call.support == Support(0, 0, 2, 1)


def test_shared_first_bases_belong_to_the_reference(read):
    deleted = "CA" * 40
    found = one(read(f"chr1 500 . TG{deleted} TGGG . PASS . GT 0/1"))
    assert (found.kind, found.position, found.end) == (Kind.DELETION, 501, 581)
    assert (found.length, found.inserted) == (78, "GG")


def test_each_long_allele_of_a_line_is_a_variant(read):
    variants, _ = read(f"chr1 500 . T T{'AC' * 30},A,T{'AG' * 40} . PASS . GT 1/3")
    assert [(v.length, v.call.alleles) for v in variants] == [(60, (1, 0)), (80, (0, 1))]


def test_a_breakend_and_its_mate_are_one(read):
    found = one(
        read(
            "chr1 100 a_1 N NCA]chr5:700] 60 PASS SVTYPE=BND;MATEID=a_2 GT 0/1",
            "chr5 700 a_2 N NTG]chr1:100] 60 PASS SVTYPE=BND;MATEID=a_1;CIPOS=-5,5 GT 0/1",
        )
    )
    assert found.mate == Mate("chr5", 700, own_forward=True, forward=True)
    assert (found.inserted, found.end_interval) == ("CA", (-5, 5))


def test_a_breakend_alone_and_one_written_twice_stay(read):
    line = "chr1 100 . N N[chr5:700[ 60 PASS SVTYPE=BND GT 0/1"
    assert len(read(line, line)[0]) == 2


@pytest.mark.parametrize(
    ("info", "sides"),
    [
        ("SVTYPE=BND;CHR2=chr5;POS2=700;CT=3to3", (True, True)),
        ("SVTYPE=TRA;CHR2=chr5;END=700;CT=5to3", (False, True)),
        ("SVTYPE=BND;CHR2=chr5;END=100;END2=700;STRANDS=+-", (True, False)),
    ],
)
def test_joins_told_in_info_are_breakends(read, info, sides):
    assert one(read(f"chr1 100 . N <TRA> 60 PASS {info} GT 0/1")).mate == Mate("chr5", 700, *sides)


@pytest.mark.parametrize(
    ("alternate", "info", "why"),
    [
        ("<CN=0>,<CN=1>,<CN=2>", "SVTYPE=MCNV;END=900", "1 record set aside (MCNV"),
        ("<CPX>", "SVTYPE=CPX;END=900", "1 record set aside (CPX"),
        ("<BND>", "SVTYPE=BND;CHR2=chr5;POS2=9", "1 record set aside (joins that do not say"),
        ("N.", "SVTYPE=BND", "1 record set aside (single breakends"),
        ("<DEL>", "SVTYPE=DEL;CHR2=chr5;END=900", "1 record set aside (DEL between two chromosomes"),
    ],
)
def test_what_is_no_structural_variant_of_two_breakpoints_is_set_aside_and_counted(read, alternate, info, why):
    variants, notes = read(f"chr1 100 . N {alternate} 60 PASS {info} GT 0/1")
    assert not variants
    assert why in notes[0]


def test_small_variants_and_reference_blocks_are_passed_by(read):
    variants, notes = read(
        "chr1 100 . A G 60 PASS . GT 0/1",
        "chr1 101 . A <NON_REF> . . END=300 GT 0/0",
        f"chr1 400 . {'A' * 60} {'A' * 58} 60 PASS . GT 0/1",
    )
    assert variants == ()
    assert notes == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("chr1 x . N <DEL> . PASS END=9 GT 0/1", "line 5: x N is no position"),
        ("chr1 9 . N <DEL> . PASS SVTYPE=DEL GT 0/1", "line 5: DEL has no END and no SVLEN"),
        ("chr1 9 . N <DEL> . PASS END=5 GT 0/1", "END 5 lies before POS 9"),
        ("chr1 9 . N <DEL> . PASS END=x GT 0/1", "END is 'x'"),
        ("chr1 9 . N <DEL> . PASS END=99 GT 0/b", "'0/b' is no genotype"),
        ("chr1 9 . N <DEL> high PASS END=99 GT 0/1", "QUAL is 'high'"),
        ("chr1 9 . N <DEL> . PASS END=99", "8 columns where the header has 10"),
        ("chr1 9 . N N[chr5:x[ . PASS . GT 0/1", "no breakend"),
    ],
)
def test_a_line_that_cannot_be_true_is_named(read, line, message):
    with pytest.raises(InvalidContent, match=message.replace("[", r"\[")):
        read(line)


def test_files_that_are_no_whole_vcf_are_refused(tmp_path):
    path = tmp_path / "a.vcf"
    path.write_text("chr1\t5\n")
    with pytest.raises(UnreadableFile, match="not a VCF"):
        read_vcf(path)
    cut = tmp_path / "b.vcf.gz"
    cut.write_bytes(gzip.compress((HEAD + COLUMNS + "\n").encode())[:-12])
    with pytest.raises(UnreadableFile, match="truncated"):
        read_vcf(cut)


def test_genotypes_are_of_the_sample_asked_for(read):
    line = f"chr1 500 . T T{'AC' * 30} . PASS . GT 0/1 1/1"
    ((first,), notes) = read(line, columns=COLUMNS + "\tT")
    assert first.call.copies == 1
    assert "genotypes are those of the first, S" in notes[0]
    ((second,), _) = read(line, columns=COLUMNS + "\tT", sample="T")
    assert second.call.copies == 2
    with pytest.raises(UnknownName, match="no sample 'U'"):
        read(line, columns=COLUMNS + "\tT", sample="U")


CALLS = st.one_of(
    st.none(),
    st.builds(
        Call,
        st.sampled_from([(0, 0), (0, 1), (1, 1), (None, 1)]),
        st.none() | st.just((10, 0, 30)),
        st.none() | st.integers(0, 99),
        st.none() | st.builds(Support, *[st.integers(0, 50)] * 4),
    ),
)
INTERVALS = st.tuples(st.integers(-90, 0), st.integers(0, 90))


@st.composite
def structural(draw):
    kind = draw(st.sampled_from(Kind))
    position, size = draw(st.integers(1, 5000)), draw(st.integers(50, 4000))
    end, length, inserted, mate = position + size, size, None, None
    if kind is Kind.INSERTION:
        end, inserted = position, draw(st.none() | st.text("ACGT", min_size=50, max_size=60))
        length = size if inserted is None else len(inserted)
    if kind is Kind.BREAKEND:
        end, length, inserted = position, None, draw(st.none() | st.text("ACGT", min_size=1, max_size=5))
        mate = Mate("chr5", draw(st.integers(1, 9000)), draw(st.booleans()), draw(st.booleans()))
    elif kind is not Kind.INSERTION:
        inserted = draw(st.none() | st.text("ACGT", min_size=1, max_size=5))
    return StructuralVariant(
        kind, "chr1", position, end, length, inserted, mate, draw(INTERVALS), draw(INTERVALS), draw(st.booleans()),
        draw(st.none() | st.integers(0, 900).map(float)), draw(st.sampled_from([(), ("LowQual",), ("a", "b")])),
        draw(CALLS), "x",
    )  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(structural())
def test_what_is_written_is_read_back(tmp_path_factory, variant):
    path = tmp_path_factory.getbasetemp() / "round.vcf"
    write_vcf([variant], path, sample="S", contigs={"chr1": 10_000, "chr5": 10_000})
    (back,), notes = read_vcf(path)
    assert notes == ()
    assert back.id in {"x", "x_1"}
    expected = variant.call or Call((None, None))
    assert back.call == expected
    for field in ("kind", "chromosome", "position", "end", "length", "inserted", "mate", "precise", "quality"):
        assert getattr(back, field) == getattr(variant, field), field
    assert (back.filters, back.position_interval, back.end_interval) == (
        variant.filters, variant.position_interval, variant.end_interval,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kinds", "apart"),
    [
        ("structural/truvari/bnd.base.vcf.gz", {"BND": 76, "DEL": 51, "DUP": 53, "INS": 15}, 0),
        ("variants/gnomad-sv__gnomad-sv2__gnomad_v2.1_sv.sites.vcf.gz", {"DEL": 20, "DUP": 14, "INS": 5}, 8),
        ("variants/gnomad-sv__gnomad-cnv4__gnomad.v4.0.cnv.all.vcf.gz", {"DEL": 43, "DUP": 28}, 0),
    ],
)
def test_public_files_are_read_to_the_last_record(mirror, name, kinds, apart):
    found = read_structural(mirror / name)
    assert {k: sum(e.variant.kind == k for e in found.entries) for k in kinds} == kinds
    assert len(found.entries) == sum(kinds.values())
    assert sum(int(note.split(": ")[1].split()[0]) for note in found.notes) == apart
