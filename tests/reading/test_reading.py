"""Files are what their content proves, whatever they are called."""

import gzip
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from gennet import bootstrap
from gennet.clinical import ClinicalRecord, Demographics
from gennet.core.codec import to_json
from gennet.errors import BadInput, MissingFile, ResourceUnavailable, TooLarge, UnknownName, UnreadableFile
from gennet.expression import Expression, Regulons
from gennet.genomics import (
    Build,
    ClassifiedVariants,
    Genotypes,
    Methylation,
    OutsideCalls,
    ScoreCalibration,
    ScoringFiles,
    StructuralCalls,
)
from gennet.genomics.ancestry.components import Components
from gennet.genomics.score_calibration.normalising import Groups
from gennet.reading import FileKind, Request, read_record, sniff
from gennet.wearables import Signals

DAY = date(2026, 1, 15)
VCF = "##fileformat=VCFv4.2\n##contig=<ID=1,length=248956422>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=x>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\n1\t100\t.\tA\tG\t.\t.\t.\tGT\t0/1\n"
BUNDLE = json.dumps(
    {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": {"resourceType": "Patient", "id": "x", "gender": "female", "birthDate": "1970-01-01"}}],
    }
)
STRUCTURAL = VCF.replace("##FORMAT", "##INFO=<ID=SVTYPE,Number=1,Type=String,Description=x>\n##FORMAT").replace(
    "A\tG\t.\t.\t.", "A\t<DEL>\t.\t.\tSVTYPE=DEL;END=900"
)
NOBODY = np.zeros((0, 0))
CALIBRATION = ScoreCalibration(
    "made up", Build.GRCH38, np.zeros(0, np.int8), np.zeros(0, np.int32), (),
    Components(np.zeros(0, np.intp), np.zeros(0), np.zeros(0), np.zeros(0), NOBODY, NOBODY, 0),
    Groups((), NOBODY, NOBODY), (),
)  # fmt: skip
KINDS = {
    FileKind.CALIBRATION: f'{{"gennet_calibration":1,"calibration":{to_json(CALIBRATION).decode()}}}',
    FileKind.VCF: VCF,
    FileKind.STRUCTURAL: STRUCTURAL,
    FileKind.SCORES: "#pgs_id=X\n#genome_build=GRCh38\nchr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\n1\t100\tG\tA\t0.5\n",
    FileKind.EXPRESSION: "gene\ts\nTP53\t5\nMYC\t1\n",
    FileKind.REGULONS: "source,target,weight\nMYC,TERT,1\n",
    FileKind.METHYLATION: "cpg,s\ncg00000029,0.5\ncg00000108,0.9\n",
    FileKind.FHIR: BUNDLE,
    FileKind.SIGNALS: "time,heart_rate\n2026-01-14T00:00:00Z,70\n2026-01-14T00:01:00Z,72\n",
    FileKind.OUTSIDE: "CYP2D6\t*1/*4\nHLA-B\t*57:01/*07:02\n",
    FileKind.CLASSIFIED: '{"build":"GRCh38","format":"gennet.classified-variants/1","rules":"r","secondary":false,"sources":[],"variants":[]}',
    FileKind.ABOUT: '{"gennet_synthetic": true}',
    FileKind.UNKNOWN: "dear reader\n",
}


@pytest.mark.parametrize("kind", FileKind)
@pytest.mark.parametrize("packed", [False, True])
def test_content_decides(tmp_path, kind, packed):
    data = KINDS[kind].encode()
    path = tmp_path / "misleading.vcf"
    path.write_bytes(gzip.compress(data) if packed else data)
    assert sniff(path) is kind


def write(folder: Path, *kinds: FileKind) -> Path:
    folder.mkdir(exist_ok=True)
    for kind in kinds:
        (folder / f"{kind.value}.dat").write_text(KINDS[kind])
    return folder


def test_a_folder_of_everything_is_one_person(tmp_path):
    record = read_record(Request((write(tmp_path / "p", *FileKind),), DAY))
    assert set(record.parts) == {
        Genotypes,
        ScoringFiles,
        Expression,
        Regulons,
        Methylation,
        ClinicalRecord,
        Demographics,
        Signals,
        ClassifiedVariants,
        OutsideCalls,
        ScoreCalibration,
        StructuralCalls,
    }
    assert record.synthetic
    assert any("unknown.dat: not recognised" in note for note in record.notes)
    assert {s.kind for s in record.sources} == {k.value for k in FileKind} - {"unknown"}
    assert all("/" not in s.name for s in record.sources)


def test_the_pseudonym_is_stable_and_hides_the_identifier(tmp_path):
    one, two = (read_record(Request((write(tmp_path / name, FileKind.VCF),), DAY)) for name in "ab")
    assert one.person == two.person
    assert "S1" not in one.person
    assert read_record(Request((tmp_path / "a",), DAY, person="mine")).person == "mine"


@pytest.mark.parametrize("kind", [FileKind.VCF, FileKind.EXPRESSION, FileKind.FHIR])
def test_two_files_of_a_kind_are_refused_by_name(tmp_path, kind):
    folder = write(tmp_path / "p", kind)
    (folder / "second.txt").write_text(KINDS[kind])
    with pytest.raises(BadInput, match=rf"second\.txt .*both {kind.value}|{kind.value}\.dat and second\.txt are both"):
        read_record(Request((folder,), DAY))


def test_a_file_that_is_not_what_was_said_is_refused(tmp_path):
    path = tmp_path / "x.vcf"
    path.write_text(BUNDLE)
    with pytest.raises(UnreadableFile, match=r"x\.vcf: this is fhir, not vcf; give it as fhir"):
        read_record(Request((path,), DAY, expected={path: FileKind.VCF}))


def test_nothing_there_and_nothing_usable_are_told_apart(tmp_path):
    with pytest.raises(MissingFile, match="no such file or folder"):
        read_record(Request((tmp_path / "none",), DAY))
    with pytest.raises(BadInput, match="nothing to read"):
        read_record(Request((write(tmp_path / "p", FileKind.UNKNOWN),), DAY))


def test_a_bomb_is_refused_before_it_fills_memory(tmp_path):
    import tracemalloc

    from gennet.core.files import read_bytes

    path = tmp_path / "bomb.json.gz"
    with gzip.open(path, "wb", compresslevel=1) as out:
        for _ in range(64):
            out.write(b"0" * (1 << 20))
    tracemalloc.start()
    with pytest.raises(TooLarge, match=r"bomb\.json\.gz: unpacks to more than 1,000,000 bytes"):
        read_bytes(path, most=1_000_000)
    assert tracemalloc.get_traced_memory()[1] < 16e6
    tracemalloc.stop()


def test_asked_scores_must_be_at_hand(tmp_path):
    with pytest.raises(ResourceUnavailable, match="gennet resources pull pgs-PGS999998"):
        bootstrap.read(write(tmp_path / "p", FileKind.VCF), scores=["PGS999998"], as_of=DAY)


@pytest.mark.parametrize(("words", "value"), [("hg19", "GRCh37"), ("GRCh38", "GRCh38"), ("b37", "GRCh37")])
def test_builds_have_their_usual_spellings(words, value):
    assert bootstrap.build_named(words).value == value


def test_another_build_is_refused():
    with pytest.raises(BadInput, match="use GRCh37 or GRCh38"):
        bootstrap.build_named("hg17")


TWO = "gene\tA1\tB2\nTP53\t5\t6\nMYC\t1\t2\n"


def both(tmp_path):
    (tmp_path / "g.vcf").write_text(VCF)
    (tmp_path / "e.tsv").write_text(TWO)
    return tmp_path


def test_each_file_is_read_by_the_name_it_holds(tmp_path):
    record = read_record(Request((both(tmp_path),), DAY, samples=("S1", "B2")))
    assert (record[Genotypes].sample, record[Expression].sample) == ("S1", "B2")


def test_a_file_of_one_person_needs_no_name_but_says_so(tmp_path):
    record = read_record(Request((both(tmp_path),), DAY, samples=("B2",)))
    assert record[Genotypes].sample == "S1"
    assert "g.vcf holds one sample, S1, which was taken" in record.notes


def test_a_name_that_no_file_holds_is_refused(tmp_path):
    with pytest.raises(UnknownName, match="S11"):
        read_record(Request((write(tmp_path / "p", FileKind.VCF),), DAY, samples=("S11",)))
    with pytest.raises(UnknownName, match=r"e\.tsv: no sample 'S1'"):
        read_record(Request((both(tmp_path),), DAY, samples=("S1",)))
    (tmp_path / "p" / "one.tsv").write_text(KINDS[FileKind.EXPRESSION])
    with pytest.raises(UnknownName, match="nobody"):
        read_record(Request((tmp_path / "p",), DAY, samples=("nobody",)))


def test_stretches_seen_count_in_scores_once_the_genome_is_given(tmp_path):
    head = "##fileformat=VCFv4.2\n##contig=<ID=1,length=248956422>\n"
    heading = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tp1\n"
    (tmp_path / "p.vcf").write_text(head + heading + "1\t50\t.\tC\tG\t.\t.\t.\tGT\t0/1\n")
    columns = "chr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\n"
    (tmp_path / "s.txt").write_text(f"#pgs_id=S\n#genome_build=GRCh38\n{columns}1\t101\tA\tG\t1\n")
    (tmp_path / "seen.bed").write_text("chr1\t90\t120\n")
    (tmp_path / "genome.fa").write_text(">chr1\n" + "ACGT" * 250 + "\n")
    files = tmp_path / "p.vcf", tmp_path / "s.txt"
    day = date(2026, 1, 2)
    plain = bootstrap.read(*files, as_of=day)
    seen = bootstrap.read(*files, as_of=day, seen=tmp_path / "seen.bed", genome=tmp_path / "genome.fa")
    assert plain[Genotypes].alleles_at(1, 101) is None
    assert seen[Genotypes].alleles_at(1, 101) == ("A", "A")
    assert any("1 scored site in reference blocks" in note for note in seen.notes)
    with pytest.raises(BadInput, match="there is no genome"):
        bootstrap.read(tmp_path / "s.txt", as_of=day, genome=tmp_path / "genome.fa")
