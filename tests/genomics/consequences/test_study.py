"""The study: tables, a figure, an annotated VCF, and refusals that leave nothing behind."""

from __future__ import annotations

import gzip

import pytest

from gennet import catalog
from gennet.core.study import read_options, silent
from gennet.errors import Cancelled, InvalidContent, MissingFile, UnknownName, UnreadableFile

STUDY = next(study for study in catalog.STUDIES if study.name == "consequences")


@pytest.fixture
def files(gene, tmp_path):
    made = gene(7, reverse=False)
    gff, fasta = made.write(tmp_path)
    start = made.cds[1][0] + 6

    def vcf(lines, samples=("ann", "bob"), head=()):
        path = tmp_path / "in.vcf"
        columns = "\t".join(("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples))
        path.write_text(
            "\n".join(("##fileformat=VCFv4.2", *head, columns, *("\t".join(line) for line in lines))) + "\n"
        )
        return path

    def line(at, alternate, *genotypes, reference=None, info="DP=9"):
        return ("1", str(at + 1), ".", reference or made.genome[at], alternate, ".", "PASS", info, "GT", *genotypes)

    return made, gff, fasta, start, vcf, line


def other(base):
    return "CGTA"["ACGT".index(base)]


def run(vcf, gff, fasta, folder=None, watch=silent, **more):
    options = read_options(STUDY, {"vcf": str(vcf), "gff": str(gff), "fasta": str(fasta), **more})
    return STUDY.run(options, watch, folder)


def test_a_codon_changed_twice_is_one_row_with_its_carriers(files, tmp_path):
    made, gff, fasta, start, vcf, line = files
    first = start - (start - made.cds[1][0] + 1) % 3 + 3
    one, two = (line(at, other(made.genome[at]), "1|0", "0|1") for at in (first, first + 1))
    found = run(vcf([one, two]), gff, fasta, tmp_path / "out", phase="require")
    rows = found.table("consequences")
    assert len(rows.rows) == 1
    assert "+" in rows.column("together")[0]
    assert rows.column("haplotypes") == ("ann:1, bob:2",)
    assert rows.column("hgvs_c")[0].startswith("T1.2:c.")
    assert found.figures[0].table == "terms"
    text = gzip.decompress((tmp_path / "out" / "annotated.vcf.gz").read_bytes()).decode().splitlines()
    assert text[1].startswith("##INFO=<ID=BCSQ")
    assert f"DP=9;BCSQ=@{first + 1}" in text[-1]


def test_one_sample_sees_its_own_haplotypes_only(files):
    made, gff, fasta, start, vcf, line = files
    path = vcf([line(start, other(made.genome[start]), "0|0", "0|1")])
    assert run(path, gff, fasta, sample="ann", phase="require").table("consequences").rows == ()
    assert run(path, gff, fasta, sample="bob", phase="require").table("consequences").column("haplotypes") == ("bob:2",)
    with pytest.raises(UnknownName, match="no sample 'eve'"):
        run(path, gff, fasta, sample="eve")


def test_the_worst_is_listed_unless_all_are_asked_for(files):
    made, gff, fasta, start, vcf, line = files
    exon = made.exons[0][1]
    path = vcf(
        [
            line(exon - 1, other(made.genome[exon - 1]), "0|0", "0|0"),
            line(exon + 12, other(made.genome[exon + 12]), "0|0", "0|0"),
        ]
    )
    assert len(run(path, gff, fasta).table("consequences").rows) == 1
    every = run(path, gff, fasta, all="true")
    assert "intron_variant" in every.table("consequences").column("terms")
    assert len(every.table("consequences").rows) == 3
    assert (
        dict(zip(every.table("terms").column("term"), every.table("terms").column("lines"), strict=True))[
            "intron_variant"
        ]
        == 1
    )


@pytest.mark.parametrize("phase", ["alone", "require"])
def test_a_wrong_reference_allele_names_the_line_and_writes_nothing(files, tmp_path, phase):
    made, gff, fasta, start, vcf, line = files
    wrong = line(start, made.genome[start], "0|1", "0|1", reference=other(made.genome[start]))
    with pytest.raises(InvalidContent, match=r"in.vcf: line 3: REF is . and the genome says . at 1:"):
        run(vcf([wrong]), gff, fasta, tmp_path / "out", phase=phase)
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


def test_an_unphased_genotype_names_the_line(files):
    made, gff, fasta, start, vcf, line = files
    path = vcf([line(start, other(made.genome[start]), "0/1", "0|0")])
    with pytest.raises(InvalidContent, match=r"in\.vcf: line 3: a heterozygous genotype is not phased"):
        run(path, gff, fasta, phase="require")
    assert len(run(path, gff, fasta, phase="as-is").table("consequences").rows) == 1


def test_unsorted_lines_are_refused_along_haplotypes(files):
    made, gff, fasta, start, vcf, line = files
    lines = [line(at, other(made.genome[at]), "0|1", "0|1") for at in (start + 1, start)]
    with pytest.raises(InvalidContent, match=r"line 4: position .* comes after"):
        run(vcf(lines), gff, fasta, phase="require")
    assert run(vcf(lines), gff, fasta).table("consequences").rows


def test_another_build_is_refused(files, tmp_path):
    made, gff, fasta, start, vcf, line = files
    path = vcf([line(start, other(made.genome[start]), "0|1", "0|1")], head=("##contig=<ID=1,length=249250621>",))
    from gennet.genomics.consequences import HeldReference
    from gennet.genomics.consequences.annotation import check_build
    from gennet.genomics.consequences.records import read_records

    class Long(HeldReference):
        lengths = {"1": 248956422}  # noqa: RUF012 chromosome 1 of GRCh38, of which no base is read

    head, _ = read_records(path)
    models = type("M", (), {"reference": Long({})})()
    with pytest.raises(InvalidContent, match="the VCF is on GRCh37 and the genome is GRCh38"):
        check_build(head, models, "in.vcf")
    check_build(head, made.models, "in.vcf")


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        ("", UnreadableFile, "empty"),
        ("1\t2\n", UnreadableFile, "not a VCF"),
        (
            "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t5\t.\tA\n",
            InvalidContent,
            "line 3: 4 columns",
        ),
        (
            "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\tx\t.\tA\tC\t.\t.\t.\n",
            InvalidContent,
            "line 3: x A",
        ),
    ],
)
def test_files_that_are_no_vcf_are_refused(files, tmp_path, content, error, says):
    _, gff, fasta, *_ = files
    path = tmp_path / "bad.vcf"
    path.write_text(content)
    with pytest.raises(error, match=says):
        run(path, gff, fasta)
    with pytest.raises(MissingFile):
        run(tmp_path / "none.vcf", gff, fasta)


def test_work_that_is_stopped_leaves_no_file(files, tmp_path):
    made, gff, fasta, start, vcf, line = files

    def stop(what, done, total=None):
        if what == "telling consequences":
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        run(vcf([line(start, other(made.genome[start]), "0|1", "0|1")]), gff, fasta, tmp_path / "out", watch=stop)
    assert not (tmp_path / "out" / "annotated.vcf.gz").exists()


def test_batches_are_cut_where_no_transcript_reaches_across(files, monkeypatch):
    made, gff, fasta, start, vcf, line = files
    from gennet.genomics.consequences import annotation

    monkeypatch.setattr(annotation, "_BATCH", 1)
    first = start - (start - made.cds[1][0] + 1) % 3 + 3
    lines = [line(at, other(made.genome[at]), "1|0", "0|0") for at in (2, first, first + 1, len(made.genome) - 2)]
    assert len(run(vcf(lines), gff, fasta, phase="require").table("consequences").rows) == 1
    _, records = annotation.read_records(vcf(lines), ("ann",))
    assert [len(batch) for batch in annotation.batches(made.models, records, whole=True)] == [1, 2, 1]


def test_the_written_file_is_bgzip_that_htslib_indexes(files, tmp_path):
    pysam = pytest.importorskip("pysam")
    made, gff, fasta, start, vcf, line = files
    lines = [line(start, other(made.genome[start]), "0|1", "0|1")] * 4000
    run(vcf(lines), gff, fasta, tmp_path / "out")
    path = tmp_path / "out" / "annotated.vcf.gz"
    pysam.tabix_index(str(path), preset="vcf")
    with pysam.TabixFile(str(path)) as held:
        assert sum(1 for _ in held.fetch("1", start, start + 1)) == 4000


def test_consequences_a_file_already_had_are_replaced(files, tmp_path):
    made, gff, fasta, start, vcf, line = files
    head = ('##INFO=<ID=BCSQ,Number=.,Type=String,Description="old">',)
    path = vcf([line(start, other(made.genome[start]), "0|1", "0|1", info="BCSQ=old;DP=1")], head=head)
    run(path, gff, fasta, tmp_path / "out")
    text = gzip.decompress((tmp_path / "out" / "annotated.vcf.gz").read_bytes()).decode()
    assert "old" not in text
    assert text.count("##INFO=<ID=BCSQ") == 1
    assert "DP=1;BCSQ=" in text
