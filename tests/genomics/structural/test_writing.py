"""Structural variants written as VCF 4.4."""

import io
import shutil
import subprocess

import pytest

from gennet.errors import InvalidContent, StorageFailed
from gennet.genomics.fasta import HeldReference
from gennet.genomics.structural import Call, Kind, Mate, StructuralVariant, Support, write_vcf

CONTIGS = {"2": 900, "1": 1000}
CALL = Call((0, 1), likelihoods=(60, 0, 80), quality=60, support=Support(5, 6, 7, 8))
DELETION = StructuralVariant(
    Kind.DELETION, "1", 100, 180, length=80, inserted="GA", position_interval=(-3, 4), end_interval=(-3, 4), call=CALL
)
INSERTION = StructuralVariant(Kind.INSERTION, "1", 50, 50, length=3, inserted="ACG", call=CALL)
VAGUE = StructuralVariant(Kind.INVERSION, "2", 10, 90, length=80, precise=False, filters=("LowQual",), quality=12.5)
JOIN = StructuralVariant(Kind.BREAKEND, "1", 40, 40, mate=Mate("2", 70, own_forward=True, forward=False), id="T")


def written(*variants, sample="S", reference=None):
    file = io.StringIO()
    write_vcf(variants, file, sample=sample, contigs=CONTIGS, reference=reference)
    return [line.split("\t") for line in file.getvalue().splitlines() if not line.startswith("#")]


def test_records_follow_the_order_of_the_contigs_and_positions():
    rows = written(DELETION, VAGUE, INSERTION)
    assert [(r[0], r[1]) for r in rows] == [("2", "10"), ("1", "50"), ("1", "100")]


def test_a_deletion_carries_its_place_claim_and_reads():
    (row,) = written(DELETION)
    assert row[4] == "<DEL>"
    assert row[7] == "SVTYPE=DEL;END=180;SVLEN=80;SVCLAIM=J;CIPOS=-3,4;CIEND=-3,4;INSSEQ=GA"
    assert row[9] == "0/1:60:60,0,80:5:6:7:8"


def test_an_insertion_of_known_sequence_is_written_base_by_base():
    reference = HeldReference({"1": "C" * 49 + "G" + "C" * 950})
    (row,) = written(INSERTION, reference=reference)
    assert row[3:5] == ["G", "GACG"]


def test_an_imprecise_variant_says_so_even_without_an_interval():
    (row,) = written(VAGUE)
    assert "IMPRECISE;CIPOS=0,0;CIEND=0,0" in row[7]
    assert row[5:7] == ["12.5", "LowQual"]
    assert row[9] == "./."


@pytest.mark.parametrize(
    ("own_forward", "forward", "here", "there"),
    [
        (True, False, "NAC[2:70[", "]1:40]ACN"),
        (True, True, "NAC]2:70]", "NGT]1:40]"),
        (False, True, "]2:70]ACN", "NAC[1:40["),
        (False, False, "[2:70[ACN", "[1:40[GTN"),
    ],
)
def test_a_breakend_is_two_records_that_read_the_join_from_both_sides(own_forward, forward, here, there):
    mate = Mate("2", 70, own_forward, forward)
    far, near = written(StructuralVariant(Kind.BREAKEND, "1", 40, 40, inserted="AC", mate=mate, id="T"))
    assert (near[2], near[4], far[2], far[4]) == ("T_1", here, "T_2", there)
    assert "MATEID=T_2" in near[7]
    assert "MATEID=T_1" in far[7]


def test_given_names_are_kept_and_others_made_unlike_them():
    named = StructuralVariant(Kind.DELETION, "1", 5, 9, length=4, id="DEL1")
    assert [row[2] for row in written(named, DELETION)] == ["DEL1", "DEL2"]


def test_a_place_off_the_contigs_is_refused():
    with pytest.raises(InvalidContent, match="9:100 is not on the contigs"):
        written(StructuralVariant(Kind.DELETION, "9", 100, 180, length=80))
    with pytest.raises(InvalidContent, match="1:2000 is not"):
        written(StructuralVariant(Kind.DELETION, "1", 100, 2000, length=80))
    with pytest.raises(InvalidContent, match="a breakend has a mate"):
        written(StructuralVariant(Kind.BREAKEND, "1", 100, 100))


def test_nothing_stands_at_the_path_when_the_work_fails(tmp_path):
    bad = StructuralVariant(Kind.DELETION, "9", 100, 180, length=80)
    for name in ("a.vcf", "a.vcf.gz"):
        with pytest.raises(InvalidContent):
            write_vcf([bad], tmp_path / name, sample=None, contigs=CONTIGS)
    assert not list(tmp_path.iterdir())
    with pytest.raises(StorageFailed):
        write_vcf([DELETION], tmp_path / "nowhere" / "a.vcf", sample=None, contigs=CONTIGS)


@pytest.mark.skipif(shutil.which("bcftools") is None, reason="bcftools is not installed: apt-get install bcftools")
@pytest.mark.parametrize(("name", "sample"), [("a.vcf", "S"), ("b.vcf.gz", None)])
def test_bcftools_reads_every_kind_without_a_warning(tmp_path, name, sample):
    tandem = StructuralVariant(Kind.DUPLICATION, "1", 300, 400, length=100)
    unknown = StructuralVariant(Kind.INSERTION, "1", 60, 60)
    every = (DELETION, INSERTION, VAGUE, JOIN, tandem, unknown)
    write_vcf(every, tmp_path / name, sample=sample, contigs=CONTIGS, assembly="GRCh38")
    done = subprocess.run(["bcftools", "view", tmp_path / name], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert sum(not line.startswith("#") for line in done.stdout.splitlines()) == 7
