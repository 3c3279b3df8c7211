"""A person's structural variants, from file to report."""

from datetime import date

import pytest

from gennet.catalog import ANALYSES
from gennet.core.codec import digest, from_json, to_json
from gennet.delivery._structural import structural_tables
from gennet.errors import BadInput, InvalidContent, UnknownName
from gennet.genomics import (
    Build,
    Genotypes,
    StructuralCalls,
    StructuralVariants,
    read_structural_calls,
    structural_variants,
)
from gennet.genomics.structural import Call, Kind, StructuralVariant
from gennet.genomics.structural.person import is_structural
from gennet.reading import FileKind, Request, read_record, sniff

META = (
    "##fileformat=VCFv4.2\n##contig=<ID=1,length=249250621>\n"
    '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="Kind">\n'
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
)
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t"
DELETION = "1\t1000\td\tN\t<DEL>\t60\tPASS\tSVTYPE=DEL;END=3000;SVLEN=-2000\tGT:DR:DV:RR:RV\t0/1:9:7:8:5\n"
DOUBTED = "1\t5000\te\tN\t<DUP>\t.\tLowQual\tSVTYPE=DUP;END=5500;SVLEN=500\tGT\t1/1\n"
ABSENT = "1\t9000\tf\tN\t<DEL>\t60\tPASS\tSVTYPE=DEL;END=9900;SVLEN=-900\tGT\t0/0\n"
SMALL = "1\t700\t.\tA\tG\t50\tPASS\t.\tGT\t0/1\n"


@pytest.fixture
def file(tmp_path):
    def _file(*lines, name="sv.vcf", columns=COLUMNS + "S"):
        path = tmp_path / name
        path.write_text(META + columns + "\n" + "".join(lines))
        return path

    return _file


def deletion(start, end, copies=1, **changes):
    alleles = {0: (0, 0), 1: (0, 1), 2: (1, 1), None: (None, None)}[copies]
    return StructuralVariant(Kind.DELETION, "1", start, end, end - start, call=Call(alleles), **changes)


def found_in(*variants):
    return structural_variants(StructuralCalls("S", Build.GRCH37, variants))


def test_what_is_carried_is_told_from_what_is_absent_and_from_what_is_not_called():
    found = found_in(deletion(1, 100), deletion(200, 300, 0), deletion(400, 500, None))
    assert [v.position for v in found.carried] == [1, 400]
    assert (found.not_carried, found.not_called) == (1, 1)


def test_bases_in_two_deletions_are_counted_once_and_doubts_apart():
    found = found_in(deletion(0, 100), deletion(50, 150), deletion(60, 70), deletion(500, 600, filters=("LowQual",)))
    (count,) = found.counts
    assert (count.carried, count.doubted, count.bases) == (3, 1, 150)
    assert found.carried[-1].filters == ("LowQual",)


def test_a_file_of_structural_variants_alone_is_told_from_a_genome(file):
    assert sniff(file(DELETION, DOUBTED)) is FileKind.STRUCTURAL
    assert sniff(file(SMALL, DELETION)) is FileKind.VCF
    assert sniff(file()) is FileKind.VCF
    assert not is_structural(file(SMALL))


def test_a_person_has_a_genome_and_a_file_of_structural_variants(file):
    paths = (file(SMALL, name="small.vcf"), file(DELETION, ABSENT))
    record = read_record(Request(paths, date(2026, 1, 1)))
    assert record.parts.find(Genotypes) is not None
    assert record.parts.find(StructuralCalls).size == 2


def test_a_mixed_file_gives_both(file):
    record = read_record(Request((file(SMALL, DELETION),), date(2026, 1, 1)))
    assert record.parts.find(Genotypes).size == 1
    assert [v.id for v in record.parts.find(StructuralCalls).variants] == ["d"]
    assert record.parts.find(StructuralCalls).build is Build.GRCH37


def test_structural_variants_may_be_given_as_a_vcf(file):
    path = file(DELETION)
    record = read_record(Request((path,), date(2026, 1, 1), expected={path: FileKind.VCF}))
    assert record.parts.find(StructuralCalls).size == 1


def test_two_files_of_structural_variants_are_refused(file):
    with pytest.raises(BadInput, match="are both structural-variants"):
        read_record(Request((file(DELETION), file(DELETION, name="b.vcf")), date(2026, 1, 1)))


def test_a_file_of_several_people_needs_a_name(file):
    path = file(ABSENT.rstrip() + "\t0/1\n", columns=COLUMNS + "S\tT")
    with pytest.raises(BadInput, match="holds 2 samples; name one: S, T"):
        read_structural_calls(path)
    assert structural_variants(read_structural_calls(path, "T")[0]).carried
    assert not structural_variants(read_structural_calls(path, "S")[0]).carried
    with pytest.raises(UnknownName):
        read_structural_calls(path, "U")
    with pytest.raises(InvalidContent, match="the header says GRCh37"):
        read_structural_calls(path, "S", build=Build.GRCH38)


def test_the_analysis_is_in_the_catalog_and_its_part_survives_json(file):
    (analysis,) = (a for a in ANALYSES if a.name == "structural_variants")
    calls, _ = read_structural_calls(file(DELETION, DOUBTED, ABSENT))
    found = analysis.compute(calls)
    assert digest(from_json(to_json(found), StructuralVariants)) == digest(found)
    assert digest(from_json(to_json(calls), StructuralCalls)) == digest(calls)


def test_the_report_says_kind_place_size_genotype_reads_and_doubt(file):
    calls, _ = read_structural_calls(file(DELETION, DOUBTED, ABSENT))
    counts, largest = structural_tables(structural_variants(calls))
    assert counts.rows == (("deletion", "1", "0", "2,000"), ("duplication", "0", "1", "0"))
    assert "1 record is not carried, 0 have no whole genotype" in counts.caption
    assert largest.rows == (
        ("deletion", "1:1,001-3,000", "2,000", "one copy", "12 for, 17 against", "to the base", "60"),
    )
    assert list(structural_tables(None)) == []
