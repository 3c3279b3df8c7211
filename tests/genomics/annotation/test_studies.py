"""`annotation-build` and `annotate`, from files to files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from gennet.core.study import silent
from gennet.errors import BadInput, InvalidContent
from gennet.genomics.annotation.studies import AnnotateOptions, BuildOptions, run_annotate, run_build
from gennet.genomics.builds import Build

HEAD = "##fileformat=VCFv4.2\n##contig=<ID=1,length=248956422>\n"
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
CLNSIG = '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="">\n'


def vcf(path: Path, *lines: str, head: str = HEAD) -> Path:
    path.write_text(head + COLUMNS + "".join(line.replace(" ", "\t") + "\n" for line in lines))
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    told = "CLNSIG=Pathogenic;CLNREVSTAT=reviewed_by_expert_panel;CLNDN=A;GENEINFO=G:1"
    source = vcf(tmp_path / "c.vcf", f"1 100 7 A C . . {told}", head=HEAD + CLNSIG)
    found = run_build(BuildOptions((source,), "clinvar"), silent, tmp_path)
    assert found.table("variants").rows == (("1", 1),)
    return tmp_path / "clinvar.arrow"


def test_a_vcf_is_written_again_with_a_value_for_each_alternate(tmp_path: Path, store: Path) -> None:
    asked = vcf(tmp_path / "a.vcf", "1 100 . A T,C . . DP=3", "1 101 . G A . . .", "1 102 . G <DEL> . . .")
    found = run_annotate(AnnotateOptions(asked, (store,)), silent, tmp_path / "out")
    lines = gzip.decompress((tmp_path / "out" / "annotated.vcf.gz").read_bytes()).decode().splitlines()
    said = [line.split("\t")[7] for line in lines if not line.startswith("#")]
    assert said == [
        "DP=3;clinvar_status=unknown,found;clinvar_variation=.,7;clinvar_significance=.,Pathogenic;clinvar_stars=.,3",
        "clinvar_status=unknown",
        ".",
    ]
    assert found.table("asserted").rows == (("1:100 A>C", "Pathogenic", "A", 3),)
    assert found.table("joined").rows[0][2:] == (1, 2, 0, 0, 0)
    assert sum("##INFO=<ID=clinvar_" in line for line in lines) == 4


def test_a_build_that_nobody_says_or_that_differs_is_refused(tmp_path: Path, store: Path) -> None:
    silent_head = "##fileformat=VCFv4.2\n"
    asked = vcf(tmp_path / "a.vcf", "1 100 . A T . . .", head=silent_head)
    with pytest.raises(BadInput, match="--build"):
        run_annotate(AnnotateOptions(asked, (store,)), silent)
    with pytest.raises(InvalidContent, match="GRCh37"):
        run_annotate(AnnotateOptions(asked, (store,), build=Build.GRCH37), silent)
    with pytest.raises(InvalidContent, match="leave --build out"):
        run_annotate(AnnotateOptions(vcf(tmp_path / "b.vcf", "1 1 . A T . . ."), (store,), build=Build.GRCH37), silent)


@pytest.mark.parametrize("name", ["../out", "a/b", "", ".hidden", "x" * 70])
def test_a_store_cannot_be_called_out_of_its_folder(tmp_path: Path, name: str) -> None:
    source = vcf(tmp_path / "c.vcf", "1 100 7 A C . . CLNSIG=Benign", head=HEAD + CLNSIG)
    with pytest.raises(InvalidContent, match="no name of a store"):
        run_build(BuildOptions((source,), name), silent, tmp_path / "stores")


def test_two_stores_of_one_name_are_refused(tmp_path: Path, store: Path) -> None:
    asked = vcf(tmp_path / "a.vcf", "1 100 . A T . . .")
    with pytest.raises(BadInput, match="rename"):
        run_annotate(AnnotateOptions(asked, (store, store)), silent)
