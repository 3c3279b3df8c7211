"""`gennet genome structural-merge` on small files."""

import shutil
import subprocess

import pytest

from gennet.catalog import STUDIES
from gennet.core.study import read_options, silent
from gennet.errors import BadInput, InvalidContent
from gennet.genomics.structural import read_vcf

HEAD = "##fileformat=VCFv4.2\n##contig=<ID={},length={}>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n"


def deletion(contig, position, name, genotype):
    info = f"SVTYPE=DEL;SVLEN=-90;END={position + 90}"
    return f"{contig}\t{position}\t{name}\tN\t<DEL>\t.\tPASS\t{info}\tGT\t{genotype}\n"


@pytest.fixture
def files(tmp_path):
    join = "chr1\t700\tj\tN\tN]chr5:44]\t.\tPASS\tSVTYPE=BND\tGT\t0/1\n"
    (tmp_path / "manta.vcf").write_text(HEAD.format("chr1", 248956422) + deletion("chr1", 500, "a", "0/1") + join)
    (tmp_path / "delly.vcf").write_text(
        HEAD.format("1", 248956422) + deletion("1", 510, "b", "0/1") + deletion("1", 900, "c", "1/1")
    )
    return [str(tmp_path / "manta.vcf"), str(tmp_path / "delly.vcf")]


def run(given, folder=None, **options):
    (study,) = (s for s in STUDIES if s.name == "structural-merge")
    return study.run(read_options(study, {"vcf": given, **options}), silent, folder)


def test_what_files_share_is_counted_and_listed(files):
    found = run(files)
    assert found.summary == "4 variants of 2 files are 3; 1 stand in more than one file."
    assert found.table("merged").rows[0][:9] == ("DEL", "chr1", 500, 590, None, 90, 2, "11", 1)
    assert found.table("files").rows == (("manta", 2, 2, 1), ("delly", 2, 2, 1))
    assert run(files, least_support=2).table("merged").column("members") == ("manta:a, delly:b",)


def test_the_merged_file_has_a_column_per_file_and_names_members(files, tmp_path):
    run(files, tmp_path / "out")
    path = tmp_path / "out" / "merged.vcf.gz"
    variants, _ = read_vcf(path, "delly")
    assert [(v.kind, v.chromosome, v.call.copies) for v in variants] == [
        ("DEL", "chr1", 1), ("BND", "chr1", None), ("DEL", "chr1", 2),
    ]  # fmt: skip
    if shutil.which("bcftools"):
        asked = ["bcftools", "query", "-f", "%SUPP %SUPP_VEC %MEMBERS[ %GT]\n", path]
        done = subprocess.run(asked, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        assert done.stdout.splitlines() == [
            "2 11 manta:a,delly:b 0/1 0/1", "1 10 manta:j 0/1 ./.", "1 01 delly:c ./. 1/1", "1 10 manta:j 0/1 ./.",
        ]  # fmt: skip


def test_two_builds_and_a_file_alone_are_refused(files, tmp_path):
    (tmp_path / "old.vcf").write_text(HEAD.format("1", 249250621))
    with pytest.raises(InvalidContent, match=r"manta.vcf is of GRCh38 and old.vcf of GRCh37"):
        run([files[0], str(tmp_path / "old.vcf")])
    with pytest.raises(BadInput, match="nothing to merge"):
        run(files[:1])


def test_public_calls_of_three_people_merge_to_the_last_record(mirror):
    paths = [str(mirror / f"structural/truvari/input{n}.vcf.gz") for n in (1, 2, 3)]
    found = run(paths)
    assert sum(found.table("files").column("given")) == 46
    assert sum(len(m.split(", ")) for m in found.table("merged").column("members")) == 46
