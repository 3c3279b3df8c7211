"""Genes that structural variants hit, and how often these are known."""

from dataclasses import replace

import pytest

from gennet.catalog import STUDIES
from gennet.core.study import read_options, silent
from gennet.errors import BadInput, InvalidContent
from gennet.genomics.consequences import transcripts_of
from gennet.genomics.structural import Kind, Mate, StructuralVariant
from gennet.genomics.structural.annotating import Effect, gene_effects
from gennet.genomics.structural.frequencies import frequency_of, known
from gennet.genomics.structural.reading import read_structural

# Gene A, forward, 1001-2000: exons 1001-1100 (untranslated), 1401-1500 and 1901-2000. Gene B, reverse, 5001-5100.
GFF = """1\t.\tgene\t1001\t2000\t.\t+\t.\tID=gene:A;Name=A
1\t.\tmRNA\t1001\t2000\t.\t+\t.\tID=transcript:A1;Parent=gene:A;biotype=protein_coding
1\t.\texon\t1001\t1100\t.\t+\t.\tParent=transcript:A1
1\t.\texon\t1401\t1500\t.\t+\t.\tParent=transcript:A1
1\t.\texon\t1901\t2000\t.\t+\t.\tParent=transcript:A1
1\t.\tCDS\t1402\t1500\t.\t+\t0\tParent=transcript:A1
1\t.\tCDS\t1901\t1950\t.\t+\t0\tParent=transcript:A1
1\t.\tgene\t5001\t5100\t.\t-\t.\tID=gene:B;Name=B
1\t.\tmRNA\t5001\t5100\t.\t-\t.\tID=transcript:B1;Parent=gene:B;biotype=protein_coding
1\t.\texon\t5001\t5100\t.\t-\t.\tParent=transcript:B1
1\t.\tCDS\t5011\t5100\t.\t-\t0\tParent=transcript:B1
"""
HEAD = "##fileformat=VCFv4.2\n##contig=<ID={},length=248956422>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO{}\n"


@pytest.fixture(scope="module")
def transcripts():
    return transcripts_of(GFF.splitlines())


def span(kind, start, end):
    """Make a variant whose first base is `start` and last is `end`."""
    return StructuralVariant(kind, "chr1", start - 1, end, length=end - start + 1)


def point(kind, after, mate=None):
    return StructuralVariant(kind, "chr1", after, after, mate=mate)


D, U, V = Kind.DELETION, Kind.DUPLICATION, Kind.INVERSION
FAR = Mate("7", 9, own_forward=True, forward=True)


@pytest.mark.parametrize(
    ("variant", "effect", "coding", "exons"),
    [
        (span(D, 900, 2100), Effect.LOST, True, 3),
        (span(D, 1001, 2000), Effect.LOST, True, 3),
        (span(D, 1002, 2100), Effect.EXONS_LOST, True, 3),
        (span(D, 1090, 1200), Effect.EXONS_LOST, False, 1),
        (span(D, 1101, 1400), Effect.INTRON, False, 0),
        (span(D, 1101, 1401), Effect.EXONS_LOST, False, 1),
        (span(D, 1101, 1402), Effect.EXONS_LOST, True, 1),
        (span(D, 500, 700), Effect.PROMOTER, False, 0),
        (span(U, 900, 2100), Effect.GAINED, True, 3),
        (span(U, 1300, 1600), Effect.EXONS_COPIED, True, 1),
        (span(U, 1300, 2600), Effect.PARTLY_COPIED, True, 2),
        (span(U, 1150, 1300), Effect.INTRON, False, 0),
        (span(V, 900, 2100), Effect.INVERTED, True, 3),
        (span(V, 1150, 1300), Effect.INTRON, False, 0),
        (span(V, 1150, 1600), Effect.BROKEN, True, 1),
        (span(V, 1600, 9000), Effect.BROKEN, True, 1),
        (span(V, 1940, 9000), Effect.BROKEN, True, 1),
        (point(Kind.INSERTION, 1450), Effect.INSERTED, True, 1),
        (point(Kind.INSERTION, 1200), Effect.INTRON, False, 0),
        (point(Kind.INSERTION, 1100), Effect.INTRON, False, 0),
        (point(Kind.INSERTION, 1001), Effect.INSERTED, False, 1),
        (point(Kind.BREAKEND, 1200, FAR), Effect.BROKEN, False, 0),
    ],
)
def test_what_happens_to_a_gene_by_hand(transcripts, variant, effect, coding, exons):
    found = [e for e in gene_effects([variant], transcripts) if e.gene == "A"]
    assert [(e.effect, e.coding, e.exons, e.of) for e in found] == [(effect, coding, exons, 3)]


def test_nothing_is_said_outside_genes_and_on_other_contigs(transcripts):
    outside = [span(D, 3000, 3900), point(Kind.INSERTION, 2000), replace(span(D, 900, 2100), chromosome="2")]
    assert gene_effects(outside, transcripts) == []
    assert gene_effects([], transcripts) == []


def test_the_promoter_lies_before_the_start_on_the_genes_strand(transcripts):
    assert gene_effects([span(D, 5200, 5300)], transcripts)[0].effect is Effect.PROMOTER
    assert gene_effects([span(D, 4500, 4900)], transcripts) == []
    assert gene_effects([span(D, 5200, 5300)], transcripts, promoter=0) == []


def test_both_sides_of_a_join_are_looked_at(transcripts):
    join = StructuralVariant(Kind.BREAKEND, "7", 9, 9, mate=Mate("1", 5050, own_forward=True, forward=False))
    assert [(e.gene, e.effect) for e in gene_effects([join], transcripts)] == [("B", Effect.BROKEN)]


def test_a_variant_hits_several_genes_gravest_first(transcripts):
    found = gene_effects([span(D, 1950, 6000)], transcripts)
    assert [(e.gene, e.effect) for e in found] == [("B", Effect.LOST), ("A", Effect.EXONS_LOST)]


def line(kind, position, end, name, info="", contig="1"):
    return f"{contig}\t{position}\t{name}\tN\t<{kind}>\t.\tPASS\tSVTYPE={kind};END={end}{info}\n"


@pytest.fixture
def entries(tmp_path):
    def _entries(*lines):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.vcf"
        path.write_text(HEAD.format("1", "") + "".join(lines))
        return read_structural(path).entries

    return _entries


def test_the_likest_known_variant_gives_the_frequency(entries):
    own = entries(line("DEL", 1000, 2000, "a"))
    listed = entries(
        line("DEL", 1100, 2000, "k1", ";AF=0.2"),
        line("DEL", 1010, 2000, "k2", ";AF=0.001;POPMAX_AF=0.004"),
        line("DUP", 1000, 2000, "k3", ";AF=0.5"),
        line("DEL", 1000, 9000, "k4", ";AF=0.6"),
    )
    (found,) = known(own, listed)
    assert (found.id, found.frequency, found.highest_group, found.matches, found.highest) == (
        "k2",
        0.001,
        0.004,
        2,
        0.2,
    )
    assert found.overlap == pytest.approx(991 / 1001)


def test_half_of_each_must_be_shared(entries):
    own = entries(line("DEL", 1000, 2000, "a"))
    assert known(own, entries(line("DEL", 1499, 2499, "k")))[0] is not None
    assert known(own, entries(line("DEL", 1502, 2502, "k")))[0] is None


def test_insertions_are_alike_by_place_and_size(entries):
    own = entries(line("INS", 1000, 1000, "a", ";SVLEN=300"))
    assert known(own, entries(line("INS", 1090, 1090, "k", ";SVLEN=160;AF=0.1")))[0].frequency == 0.1
    assert known(own, entries(line("INS", 1090, 1090, "k", ";SVLEN=140")))[0] is None
    assert known(own, entries(line("INS", 1200, 1200, "k", ";SVLEN=300")))[0] is None


def test_a_share_of_people_is_told_from_a_share_of_alleles():
    assert frequency_of({"SF": "0.01"}) == (0.01, True)
    assert frequency_of({}) == (None, False)
    assert frequency_of({"AF": "0.1,0.2"}) == (0.1, False)


def run(tmp_path, **options):
    (study,) = (s for s in STUDIES if s.name == "structural-annotate")
    (tmp_path / "own.vcf").write_text(
        HEAD.format("chr1", "\tFORMAT\tS") + line("DEL", 899, 2100, "a", contig="chr1").rstrip() + "\tGT\t0/1\n"
    )
    return study.run(read_options(study, {"vcf": str(tmp_path / "own.vcf"), **options}), silent, None)


def test_the_study_tells_genes_frequencies_and_dosage(tmp_path):
    for name, text in {
        "genes.gff3": GFF,
        "known.vcf": HEAD.format("1", "") + line("DEL", 900, 2000, "k", ";SF=0.01"),
        "dosage.tsv": "#ClinGen Gene Curation List\n#Gene Symbol\tGene ID\tHaploinsufficiency Score\nA\t7\t3\n",
    }.items():
        (tmp_path / name).write_text(text)
    given = {"gff": "genes.gff3", "dosage": "dosage.tsv"}
    found = run(
        tmp_path, known=[str(tmp_path / "known.vcf")], **{key: str(tmp_path / name) for key, name in given.items()}
    )
    assert found.summary == "1 structural variants; 1 hit exons of a gene or break one; 1 are like a known one."
    (row,) = found.table("variants").rows
    assert row[:11] == ("DEL", "chr1", 899, 2100, None, 1201, "a", 1, "PASS", "A", "whole gene lost")
    assert row[11:13] == (0.01, "people")
    assert found.table("genes").rows[0][-1] == "3"
    for figure in found.figures:
        for column in filter(None, (figure.x, figure.y, figure.label, *figure.series)):
            found.table(figure.table).column(column)


def test_what_cannot_be_told_is_refused(tmp_path):
    with pytest.raises(BadInput, match="nothing to annotate with"):
        run(tmp_path)
    (tmp_path / "old.vcf").write_text(HEAD.format("1", "").replace("248956422", "249250621"))
    with pytest.raises(InvalidContent, match="it is of GRCh37"):
        run(tmp_path, known=[str(tmp_path / "old.vcf")])
    (tmp_path / "genes.gff3").write_text(GFF)
    with pytest.raises(InvalidContent, match="no line names a gene"):
        run(tmp_path, gff=str(tmp_path / "genes.gff3"), dosage=str(tmp_path / "genes.gff3"))


@pytest.mark.parametrize("name", ["sv4__gnomad.v4.0.sv.chr1", "sv2__gnomad_v2.1_sv.sites", "cnv4__gnomad.v4.0.cnv.all"])
def test_every_variant_of_a_public_list_finds_itself(mirror, name):
    listed = read_structural(mirror / f"variants/gnomad-sv__gnomad-{name}.vcf.gz").entries
    found = known(listed, listed)
    for entry, told in zip(listed, found, strict=True):
        if entry.variant.length or entry.variant.kind is Kind.BREAKEND:
            assert told is not None
            frequency, _ = frequency_of(entry.info)
            assert frequency is None or frequency <= told.highest
