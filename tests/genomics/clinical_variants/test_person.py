"""From files to a person's findings: zygosity, phase, carrier status, secondary findings, and the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gennet.core.codec import from_json, to_json
from gennet.core.study import silent
from gennet.delivery._clinical_variants import rare_sections
from gennet.errors import InvalidContent, UnreadableFile
from gennet.genomics.builds import Build
from gennet.genomics.clinical_variants import ClinicalVariants, clinical_variants, read_classified, write_classified
from gennet.genomics.clinical_variants.carrying import Phase, Zygosity
from gennet.genomics.clinical_variants.genes import Inheritance, Secondary
from gennet.genomics.clinical_variants.person import Meaning
from gennet.genomics.clinical_variants.points import Class
from gennet.genomics.clinical_variants.studies import ClassifyOptions, run
from gennet.genomics.genotypes import read_vcf
from gennet.reading import FileKind, Request, read_record, sniff

HEAD = "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=248956422>\n"


def write_vcf(path: Path, *lines: tuple[tuple[str, int, str, str], str]) -> Path:
    text = HEAD + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\n"
    rows = sorted(lines, key=lambda line: line[0][1])
    text += "".join(
        f"{c}\t{p}\t.\t{r}\t{a}\t.\tPASS\t.\t{'GT:PS' if ':' in gt else 'GT'}\t{gt}\n" for (c, p, r, a), gt in rows
    )
    path.write_text(text)
    return path


@pytest.fixture
def told(bench, gene, tmp_path: Path):
    """Classify given variants of the hand-made gene and read them back with the person's genotypes."""

    def tell(*lines: tuple[tuple[str, int, str, str], str], secondary: bool = False, **gene_facts: object):
        vcf = write_vcf(tmp_path / "p.vcf", *lines)
        (tmp_path / "g.fa").write_text(f">{gene.contig}\n{gene.bases}\n")
        genes = tmp_path / "genes.tsv"
        facts = {"inheritance": "AR", "lof": "yes"} | gene_facts
        genes.write_text("gene\t" + "\t".join(facts) + "\nHAND\t" + "\t".join(map(str, facts.values())) + "\n")
        # Nonsense variants here reach 8 points by PVS1 alone: likely pathogenic.
        options = ClassifyOptions(
            vcf, tmp_path / "genes.gff3", tmp_path / "g.fa", genes=genes, sample="S1", secondary=secondary
        )
        found = run(options, silent, tmp_path / "out")
        classified = read_classified(tmp_path / "out" / "classified.json")
        return found, classified, read_vcf(vcf, "S1")[0]

    return tell


def test_one_variant_in_a_recessive_gene_makes_a_carrier(told, gene):
    _, classified, genotypes = told((gene.to_codon(20, "TAG"), "0/1"))
    (one,) = clinical_variants(genotypes, classified).findings
    assert (one.zygosity, one.meaning, one.variant.class_) == (
        Zygosity.HETEROZYGOUS, Meaning.CARRIER, Class.LIKELY_PATHOGENIC
    )  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "phase", "meaning"),
    [
        ("0|1", "1|0", Phase.TRANS, Meaning.AFFECTS),
        ("0|1", "0|1", Phase.CIS, Meaning.CARRIER),
        ("0/1", "1|0", Phase.UNKNOWN, Meaning.POSSIBLY_BIALLELIC),
        ("0|1:5", "1|0:5", Phase.TRANS, Meaning.AFFECTS),
        ("0|1:5", "1|0:9", Phase.UNKNOWN, Meaning.POSSIBLY_BIALLELIC),
    ],
)
def test_two_variants_in_one_gene_are_told_by_their_phase(told, gene, first, second, phase, meaning):
    found, classified, genotypes = told((gene.to_codon(20, "TAG"), first), (gene.to_codon(66, "TAG"), second))
    person = clinical_variants(genotypes, classified)
    assert [pair.phase for pair in person.pairs] == [phase]
    assert {one.meaning for one in person.findings} == {meaning}
    assert found.table("pairs").column("phase") == (phase.value,)


def test_both_copies_or_the_only_one_affect(told, gene):
    _, classified, genotypes = told((gene.to_codon(20, "TAG"), "1/1"), (gene.to_codon(66, "TAG"), "1"))
    assert {(f.zygosity, f.meaning) for f in clinical_variants(genotypes, classified).findings} == {
        (Zygosity.HOMOZYGOUS, Meaning.AFFECTS), (Zygosity.HEMIZYGOUS, Meaning.AFFECTS)
    }  # fmt: skip


def test_what_is_not_carried_or_not_called_is_no_finding(told, gene):
    _, classified, genotypes = told(
        (gene.to_codon(20, "TAG"), "0/0"), (gene.to_codon(66, "TAG"), "./."), (gene.to_codon(67, "TAG"), "./1")
    )
    assert classified.size == 3
    (one,) = clinical_variants(genotypes, classified).findings
    assert one.zygosity is Zygosity.HALF_CALLED


def test_secondary_findings_are_given_only_when_asked_for(told, gene):
    lines = ((gene.to_codon(20, "TAG"), "0/1"),)
    for asked, expected in ((False, 0), (True, 1)):
        _, classified, genotypes = told(*lines, secondary=asked, inheritance="AD")
        listed = replace(classified, variants=tuple(replace(v, secondary=Secondary.ANY) for v in classified.variants))
        person = clinical_variants(genotypes, listed)
        assert len(person.findings) == expected
        assert any("Secondary findings were" + (" asked" if asked else " not asked") in note for note in person.notes)


def test_what_was_not_asked_for_is_in_no_table_and_no_file(bench, gene, tmp_path: Path):
    vcf = write_vcf(tmp_path / "p.vcf", (gene.to_codon(20, "TAG"), "0/1"), (gene.to_codon(66, "TAG"), "1/1"))
    (tmp_path / "g.fa").write_text(f">{gene.contig}\n{gene.bases}\n")
    text = (tmp_path / "genes.gff3").read_text()
    (tmp_path / "brca1.gff3").write_text(text.replace("HAND", "BRCA1"))
    options = ClassifyOptions(vcf, tmp_path / "brca1.gff3", tmp_path / "g.fa", sample="S1")
    for asked, expected in ((False, 0), (True, 2)):
        found = run(replace(options, secondary=asked), silent, tmp_path / "out")
        held = read_classified(tmp_path / "out" / "classified.json")
        assert (
            held.size == len(found.table("variants").rows) == sum(found.table("classes").column("variants")) == expected
        )
    everybody = run(replace(options, sample=None), silent)
    assert len(everybody.table("variants").rows) == 2


@pytest.mark.parametrize(
    ("which", "genotype", "expected"),
    [
        (Secondary.BIALLELIC, "0/1", False), (Secondary.BIALLELIC, "1/1", True), (Secondary.ANY, "0/1", True),
        (Secondary.TRUNCATING, "0/1", True), (Secondary.C282Y, "1/1", False), (Secondary.NO, "1/1", False),
    ],
)  # fmt: skip
def test_the_list_says_which_findings_count(told, gene, which, genotype, expected):
    _, classified, genotypes = told((gene.to_codon(20, "TAG"), genotype), secondary=True)
    listed = replace(classified, variants=tuple(replace(v, secondary=which) for v in classified.variants))
    (one,) = clinical_variants(genotypes, listed).findings
    assert one.secondary is expected


def test_an_indel_that_is_not_moved_left_is_found_in_the_person(told, gene):
    low, high = gene._place(300, 400)
    at = next(i for i in range(low + 1, high - 2) if gene.bases[i] == gene.bases[i + 1] != gene.bases[i - 1])
    late = ("chr1", at + 1, gene.bases[at : at + 2], gene.bases[at])
    _, classified, genotypes = told((late, "0/1"))
    (one,) = clinical_variants(genotypes, classified).findings
    assert one.variant.written[0] == at + 1
    assert one.variant.position == at


def test_inheritance_that_is_not_known_leaves_the_meaning_open(told, gene):
    _, classified, genotypes = told((gene.to_codon(20, "TAG"), "0/1"))
    unknown = replace(classified, variants=tuple(replace(v, inheritance=None) for v in classified.variants))
    assert clinical_variants(genotypes, unknown).findings[0].meaning is Meaning.OPEN
    dominant = replace(
        classified, variants=tuple(replace(v, inheritance=Inheritance.DOMINANT) for v in classified.variants)
    )
    assert clinical_variants(genotypes, dominant).findings[0].meaning is Meaning.AFFECTS


def test_the_part_comes_back_from_json_and_another_build_is_refused(told, gene, tmp_path: Path):
    found, classified, genotypes = told((gene.to_codon(20, "TAG"), "0/1"))
    person = clinical_variants(genotypes, classified)
    assert from_json(to_json(person), ClinicalVariants) == person
    with pytest.raises(InvalidContent, match="GRCh37"):
        clinical_variants(genotypes, replace(classified, build=Build.GRCH37))
    criteria = found.table("criteria")
    assert len(criteria.rows) == 28
    assert set(criteria.column("verdict")) == {"met", "not met", "not evaluated"}
    assert sum(criteria.column("points")) == found.table("points").column("sum")[0] == 8  # type: ignore[arg-type]


def test_a_file_of_another_format_is_refused(told, gene, tmp_path: Path):
    _, classified, _ = told((gene.to_codon(20, "TAG"), "0/1"))
    write_classified(replace(classified, format="else"), tmp_path / "else.json")
    with pytest.raises(InvalidContent, match="format"):
        read_classified(tmp_path / "else.json")
    (tmp_path / "half.json").write_bytes((tmp_path / "else.json").read_bytes()[:100])
    with pytest.raises(InvalidContent, match=r"half\.json"):
        read_classified(tmp_path / "half.json")
    (tmp_path / "no.json").write_bytes(b"")
    with pytest.raises(UnreadableFile):
        read_classified(tmp_path / "no.json")


def test_classified_variants_enter_a_record_and_its_report(told, gene, tmp_path: Path):
    _, _, genotypes = told((gene.to_codon(20, "TAG"), "0/1"), inheritance="AD")
    path = tmp_path / "out" / "classified.json"
    assert sniff(path) is FileKind.CLASSIFIED
    record = read_record(Request((tmp_path / "p.vcf", path), as_of=date(2026, 1, 5)))
    person = clinical_variants(genotypes, read_classified(path))
    assert record.parts[type(read_classified(path))].size == 1
    (section,) = rare_sections(person)
    assert section.tables[0].rows[0][:2] == ("HAND", "c.58C>T p.(Gln20Ter) (T1)")
    criteria = section.tables[1].rows
    assert [row[0] for row in criteria] == ["PVS1", "not met", "not evaluated"]
    assert "PS3: functional studies are for people to state" in criteria[2][1]
    assert list(rare_sections(None)) == []
