"""Gene models from GFF3 in three dialects, refused when they cannot be true, kept as npz."""

from __future__ import annotations

import numpy as np
import pytest

from gennet.errors import InvalidContent, MissingFile, UnreadableFile
from gennet.genomics.consequences import GeneModels, HeldReference, read_gff, transcripts_of
from gennet.genomics.consequences.intervals import intervals
from gennet.genomics.consequences.transcripts import load, save


def rows(*lines):
    return ["\t".join(line.split(" ", 8)) for line in lines]


ENSEMBL = rows(
    "1 e gene 1 60 . + . ID=gene:ENSG1;Name=AB%3BC;biotype=protein_coding",
    "1 e mRNA 1 60 . + . ID=transcript:ENST1;Parent=gene:ENSG1;biotype=nonsense_mediated_decay;version=4",
    "1 e exon 1 20 . + . Parent=transcript:ENST1",
    "1 e exon 31 60 . + . Parent=transcript:ENST1",
    "1 e five_prime_UTR 1 5 . + . Parent=transcript:ENST1",
    "1 e CDS 6 20 . + 0 Parent=transcript:ENST1",
    "1 e CDS 31 45 . + 0 Parent=transcript:ENST1",
)
GENCODE = rows(
    "chr1 HAVANA gene 1 30 . - . ID=ENSG2.3;gene_id=ENSG2.3;gene_type=protein_coding;gene_name=XYZ",
    "chr1 HAVANA transcript 1 30 . - . ID=ENST2.1;Parent=ENSG2.3;transcript_id=ENST2.1;transcript_type=protein_coding",
    "chr1 HAVANA exon 1 30 . - . ID=exon:ENST2.1:1;Parent=ENST2.1",
    "chr1 HAVANA CDS 4 30 . - 0 ID=CDS:ENST2.1;Parent=ENST2.1",
)
NCBI = rows(
    "NC_000001.11 BestRefSeq gene 1 40 . + . ID=gene-OR4F5;Name=OR4F5;gene=OR4F5;gene_biotype=protein_coding",
    "NC_000001.11 BestRefSeq mRNA 1 40 . + . ID=rna-NM_1.2;Parent=gene-OR4F5;gbkey=mRNA",
    "NC_000001.11 BestRefSeq exon 1 40 . + . ID=exon-NM_1.2-1;Parent=rna-NM_1.2",
    "NC_000001.11 BestRefSeq CDS 11 40 . + 0 ID=cds-NP_1;Parent=rna-NM_1.2",
    "NC_000001.11 BestRefSeq lnc_RNA 1 40 . + . ID=rna-NR_1.1;Parent=gene-OR4F5",
    "NC_000001.11 BestRefSeq exon 1 40 . + . Parent=rna-NR_1.1",
)


def test_ensembl_names_biotypes_and_versions_are_read():
    found = transcripts_of(ENSEMBL)
    assert (found.id, found.version, found.gene, found.gene_id) == (("ENST1",), ("4",), ("AB;C",), ("ENSG1",))
    assert found.biotypes == ("NMD",)
    assert found.cds_start.tolist() == [5, 30]
    assert found.cds_end.tolist() == [20, 45]
    assert found.utr_five.tolist() == [True]


def test_gencode_names_genes_in_their_own_attributes():
    found = transcripts_of(GENCODE)
    assert (found.id, found.gene, found.biotypes) == (("ENST2.1",), ("XYZ",), ("protein_coding",))
    assert found.reverse.tolist() == [True]


def test_ncbi_leaves_utr_to_exons_and_biotypes_to_kinds():
    found = transcripts_of(NCBI)
    assert found.id == ("NM_1.2", "NR_1.1")
    assert [found.biotypes[b] for b in found.biotype] == ["protein_coding", "lncRNA"]
    assert (found.utr_start.tolist(), found.utr_end.tolist(), found.utr_five.tolist()) == ([0], [10], [True])
    assert found.coding.tolist() == [True, False]


@pytest.mark.parametrize(
    ("strand", "first", "want"),
    [("+", "11 41 . + 2", (12, 39)), ("-", "11 41 . - 2", (12, 39)), ("+", "11 40 . + 0", (10, 40))],
)
def test_cut_codons_are_left_out_of_the_coding_sequence(strand, first, want):
    lines = rows(
        f"1 e gene 1 60 . {strand} . ID=gene:G;biotype=protein_coding",
        f"1 e mRNA 1 60 . {strand} . ID=transcript:T;Parent=gene:G;biotype=protein_coding",
        f"1 e CDS {first} Parent=transcript:T",
    )
    found = transcripts_of(lines)
    assert (int(found.cds_start[0]), int(found.cds_end[0])) == want
    assert found.cut5.tolist() == [first.endswith("2")]
    assert found.cut3.tolist() == [first.endswith("2")]


def test_phases_that_contradict_lengths_leave_the_transcript_out():
    lines = [*ENSEMBL[:6], ENSEMBL[6].replace("\t0\t", "\t1\t"), *GENCODE]
    found = transcripts_of(lines)
    assert found.skipped == ("ENST1",)
    assert found.id == ("ENST2.1",)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (ENSEMBL[:5], "no CDS hangs on a transcript"),
        ([ENSEMBL[0], "1\te\texon\t1\t9"], "line 2: 5 columns"),
        ([ENSEMBL[0].replace("\t60\t", "\tx\t")], "line 1: 1-x is no stretch"),
        ([ENSEMBL[0].replace("\t60\t", "\t0\t")], "line 1: 1-0 is no stretch"),
    ],
)
def test_what_cannot_be_true_is_refused_with_its_line(lines, says):
    with pytest.raises(InvalidContent, match=says):
        transcripts_of(lines)


def test_kept_transcripts_are_the_same_and_read_instead_of_the_file(tmp_path):
    path, keep = tmp_path / "a.gff3", tmp_path / "a.npz"
    path.write_text("\n".join([*ENSEMBL, *NCBI]))
    first = read_gff(path, keep=keep)
    again = load(keep)
    for name in type(first).__dataclass_fields__:
        assert np.array_equal(getattr(first, name), getattr(again, name)), name
    path.write_text("not a GFF3 at all")
    import os

    os.utime(path, (0, 0))
    assert read_gff(path, keep=keep).id == first.id


def test_a_broken_keep_is_made_again(tmp_path):
    path, keep = tmp_path / "a.gff3", tmp_path / "a.npz"
    path.write_text("\n".join(ENSEMBL))
    keep.write_bytes(b"PK half a zip")
    assert read_gff(path, keep=keep).id == ("ENST1",)
    assert load(keep).id == ("ENST1",)
    keep.write_bytes(b"no zip")
    with pytest.raises(UnreadableFile, match="delete it"):
        load(keep)


def test_a_missing_file_is_said():
    from pathlib import Path

    with pytest.raises(MissingFile):
        read_gff(Path("nowhere.gff3"))


def test_saving_leaves_no_second_file(tmp_path):
    save(transcripts_of(ENSEMBL), tmp_path / "kept.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["kept.npz"]


def test_intervals_meet_as_a_plain_loop_says():
    rng = np.random.default_rng(1)
    contig, start = rng.integers(0, 3, 200).astype(np.int32), rng.integers(0, 1000, 200)
    end = start + rng.integers(1, 100, 200)
    asked, low = rng.integers(0, 3, 150).astype(np.int32), rng.integers(0, 1000, 150)
    high = low + rng.integers(1, 40, 150)
    query, row = intervals(contig, start, end).meeting(asked, low, high)
    plain = {
        (q, r)
        for q in range(150)
        for r in range(200)
        if asked[q] == contig[r] and start[r] < high[q] and end[r] > low[q]
    }
    assert set(zip(query.tolist(), row.tolist(), strict=True)) == plain
    assert len(query) == len(plain)


def test_a_genome_without_the_contigs_or_too_short_is_refused():
    transcripts = transcripts_of(ENSEMBL)
    with pytest.raises(InvalidContent, match="none of the contigs"):
        GeneModels(transcripts, HeldReference({"2": "A" * 100}))
    with pytest.raises(InvalidContent, match="a CDS ends at 45"):
        GeneModels(transcripts, HeldReference({"chr1": "A" * 40}))
    assert GeneModels(transcripts, HeldReference({"chr1": "A" * 60})).contig("chr1") == 0


def test_mitochondrial_genes_are_read_with_their_own_code():
    lines = [line.replace("chr1", "chrM") for line in GENCODE]
    models = GeneModels(transcripts_of(lines), HeldReference({"MT": "A" * 40}))
    assert models.code(0).table == 2
    assert GeneModels(transcripts_of(lines), HeldReference({"MT": "A" * 40}), table=1).code(0).table == 1
