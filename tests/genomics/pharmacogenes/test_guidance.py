"""What guidelines say: PharmCAT's example reports, inhibitors, outside results, and the study over a file."""

from __future__ import annotations

import json

import pytest

from gennet.core.codec import from_json, to_json
from gennet.core.medications import Medications
from gennet.core.study import silent
from gennet.errors import BadInput, InvalidContent
from gennet.genomics import (
    DrugGuidance,
    GeneCopies,
    OutsideCall,
    OutsideCalls,
    diplotypes,
    read_outside_calls,
    read_vcf,
)
from gennet.genomics.pharmacogenes.copies import read_copies
from gennet.genomics.pharmacogenes.guidelines import plain, read_guidelines
from gennet.genomics.pharmacogenes.inhibitors import MODIFIERS, converted, modifiers_of
from gennet.genomics.pharmacogenes.outside import standard_phenotype
from gennet.genomics.pharmacogenes.phenotypes import Phenotype, read_phenotypes
from gennet.genomics.pharmacogenes.studies import STUDIES, PharmacogeneOptions

# Drugs whose guideline came or changed after the release the guideline files are of (v2.12.0, March 2024), while the
# example reports are of v3.1.1 (November 2025).
LATER = {
    "CPIC": {"hydralazine", "metoprolol"},
    "DPWG": {
        "amitriptyline", "atazanavir", "atorvastatin", "carbamazepine", "clomipramine", "doxepin", "eliglustat", "imipramine",
        "lamotrigine", "mavacamten", "nortriptyline", "oxcarbazepine", "phenytoin", "rosuvastatin", "simvastatin",
    },
}  # fmt: skip
KEYS = {"CPIC": "CPIC Guideline Annotation", "DPWG": "DPWG Guideline Annotation"}


@pytest.mark.parametrize("name", ["example", "example2"])
@pytest.mark.parametrize("source", ["CPIC", "DPWG"])
def test_example_reports_agree_where_the_guideline_is_the_same(pharmcat, resources, advise, name, source):
    folder = pharmcat / "examples"
    told = read_outside_calls(folder / "pharmcat.example.outsideCall.tsv") if name == "example" else None
    found = advise(diplotypes(read_vcf(folder / f"pharmcat.{name}.vcf")[0], told, **resources))
    report = json.loads((folder / f"pharmcat.{name}.report.json").read_text())["drugs"][KEYS[source]]
    compared = 0
    for drug, entry in report.items():
        for theirs in (a for g in entry["guidelines"] for a in g["annotations"]):
            if drug in LATER[source] or drug == "warfarin":
                continue
            whom = "" if theirs["population"] in {None, "general", "n/a"} else theirs["population"]
            ours = [i for i in found.of(drug) if i.source == source and i.population == whom]
            text = plain(theirs["drugRecommendation"])
            assert text in [i.recommendation for i in ours], drug
            if source == "CPIC":  # DPWG's gradings were added later
                assert theirs["classification"] in [i.strength for i in ours if i.recommendation == text]
            compared += 1
    assert compared >= {"CPIC": 59, "DPWG": 26}[source]


def told(*calls):
    return OutsideCalls(tuple(OutsideCall(*call) for call in calls))


def test_priority_and_action_follow_what_the_guideline_asks(person, advise):
    guidance = advise(person("CYP2C19", calls={"rs4244285": "1/1", "rs12769205": "1/1", "rs3758581": "1/1"}))
    poor = guidance.of("clopidogrel")
    assert {i.population for i in poor if i.source == "CPIC"} == {"CVI ACS PCI", "CVI non-ACS non-PCI", "NVI"}
    assert (poor[0].action, poor[0].priority, poor[0].strength) == ("alternative", "high", "Strong")
    assert poor[0].recommendation.startswith("Avoid clopidogrel if possible")
    assert (poor[0].level, poor[0].fda_label) == ("A", "Actionable PGx")
    assert from_json(to_json(guidance), DrugGuidance) == guidance


def test_a_gene_that_is_not_determined_gives_no_recommendation_and_says_so(person, advise):
    guidance = advise(person("VKORC1"))
    item = guidance.drug("clopidogrel")
    assert (item.recommendation, item.action, item.priority) == ("", "", "")
    assert item.note == "No recommendation: the phenotype of CYP2C19 is not known."
    assert guidance.drug("abacavir") is None


def test_a_second_gene_without_result_is_looked_up_as_such(person, advise):
    found = person("CYP2C19", calls={"rs3758581": "1/1"})
    item = next(i for i in advise(found).of("sertraline") if i.source == "CPIC")
    assert item.genes == ("CYP2B6", "CYP2C19")
    assert (item.diplotypes, item.recommendation[:22]) == (("", "*1/*1"), "Initiate therapy with ")


def test_activity_scores_are_looked_up_where_guidelines_go_by_them(person, advise):
    guidance = advise(person("CYP2C9", calls={"rs1057910": "0/1"}))  # *1/*3: activity 1, an intermediate metabolizer
    item = guidance.drug("celecoxib")
    assert (item.phenotypes, item.action) == (("Intermediate Metabolizer",), "dose")
    assert guidance.drug("siponimod").source == "DPWG"
    specific = [i for i in guidance.of("siponimod") if i.recommendation]
    assert len(specific) == 1


def test_hla_statements_are_looked_up(person, advise):
    positive = advise(person("ABCG2", outside=told(("HLA-B", "*57:01/*07:02"))))
    negative = advise(person("ABCG2", outside=told(("HLA-B", "*08:01/*07:02"))))
    half = advise(person("ABCG2", outside=told(("HLA-B", "*08:01"))))
    assert positive.drug("abacavir").action == "alternative"
    assert negative.drug("abacavir").action == "usual"
    assert half.drug("abacavir").recommendation == ""


def test_warfarin_is_dosed_by_an_algorithm(person, advise):
    both = advise(person("CYP2C9", "VKORC1", calls={"rs9923231": "0/1"}))
    item = next(i for i in both.of("warfarin") if i.source == "CPIC")
    assert (item.priority, "CYP2C9 *1/*1, VKORC1 -1639 AG" in item.recommendation) == ("high", True)
    one = next(i for i in advise(person("VKORC1")).of("warfarin") if i.source == "CPIC")
    assert one.recommendation == ""
    assert "CYP2C9 is not known" in one.note


class TestInhibitors:
    def test_a_strong_inhibitor_makes_a_poor_metabolizer(self, person, advise):
        found = person("ABCG2", outside=told(("CYP2D6", "*1/*1")))
        alone, beside = advise(found).drug("codeine"), advise(found, Medications(("paroxetine",))).drug("codeine")
        assert (alone.phenotypes, beside.phenotypes) == (("Normal Metabolizer",), ("Poor Metabolizer",))
        assert (alone.action, beside.action) == ("usual", "alternative")
        assert "paroxetine is a strong inhibitor of CYP2D6: the genes say Normal Metabolizer" in beside.note

    def test_a_drug_does_not_inhibit_its_own_guidance(self, person, advise):
        found = person("ABCG2", outside=told(("CYP2D6", "*1/*1")))
        item = advise(found, Medications(("paroxetine",))).drug("paroxetine")
        assert (item.phenotypes, item.taken) == (("Normal Metabolizer",), True)

    @pytest.mark.parametrize(
        ("score", "drug", "expected"),
        [
            ("2.0", "duloxetine", ("1.0", "Intermediate Metabolizer")),
            ("3.0", "duloxetine", ("1.5", "Normal Metabolizer")),
            ("0.25", "duloxetine", ("0.25", "Intermediate Metabolizer")),
            ("2.25", "duloxetine", ("1.0", "Intermediate Metabolizer")),
            ("0.0", "duloxetine", ("0.0", "Poor Metabolizer")),
            ("2.0", "fluoxetine", ("0.0", "Poor Metabolizer")),
        ],
    )
    def test_a_moderate_inhibitor_halves_the_activity_of_cyp2d6(self, resources, score, drug, expected):
        table = read_phenotypes(resources["pharmcat_cyp2d6"])["CYP2D6"]
        name = next(p.name for p in table.pairs.values() if p.activity == score)
        other = converted(Phenotype(name, score), modifiers_of("CYP2D6", [drug])[0], table)
        assert (other.activity, other.name) == expected

    def test_inducers_and_unsettled_rules_are_named_but_not_counted(self, person, advise):
        found = person("CYP2C9", outside=told(("CYP2C19", "*1/*1")))
        induced = advise(found, Medications(("rifampicin",))).drug("clopidogrel")
        assert (induced.phenotypes, "not counted in" in induced.note) == (("Normal Metabolizer",), True)
        assert "not counted in" in advise(found, Medications(("amiodarone",))).drug("celecoxib").note

    def test_every_listed_drug_changes_an_enzyme(self):
        assert all(m.drug == drug and m.gene.startswith("CYP") for drug, found in MODIFIERS.items() for m in found)


def test_guidelines_of_another_shape_are_refused(tmp_path):
    (tmp_path / "one.json").write_text('{"guideline": {"name": "x"}}')
    with pytest.raises(InvalidContent, match=r"one\.json"):
        read_guidelines(tmp_path)


class TestOutside:
    def test_scores_count_before_phenotypes_before_diplotypes(self, person):
        found = person(
            "ABCG2", outside=told(("CYP2C9", "*1/*1", "Poor Metabolizer", "1.5"), ("TPMT", "*1/*1", "Poor Metabolizer"))
        )
        nine, tpmt = found.gene("CYP2C9"), found.gene("TPMT")
        assert (nine.phenotype, nine.activity_score) == ("Intermediate Metabolizer", 1.5)
        assert (tpmt.phenotype, tpmt.keys) == ("Poor Metabolizer", ("Poor Metabolizer",))
        assert "the tables say Normal Metabolizer for *1/*1" in " ".join(tpmt.notes)
        assert "Stated with activity 1.5" in " ".join(nine.notes)

    def test_a_score_the_tables_do_not_list_is_no_result(self, person):
        gene = person("ABCG2", outside=told(("CYP2D6", "", "", "7.0"))).gene("CYP2D6")
        assert (gene.phenotype, gene.activity_score) == ("Indeterminate", None)

    def test_files_are_read_with_their_usual_spellings(self, write):
        text = "# lab\nCYP2D6\t*1x5/*4\nCYP2C19\t\tCYP2C19 Poor Metabolisers (PM)\nHLA-B\tB*5701/HLA-B*15:02:01\n"
        found = read_outside_calls(write(text, "outside.tsv"))
        assert found.find("CYP2D6").diplotype == "*1x≥3/*4"
        assert found.find("CYP2C19").phenotype == "Poor Metabolizer"
        assert found.find("HLA-B").diplotype == "*57:01/*15:02"
        assert standard_phenotype("ultra-rapid metabolizer") == "Ultrarapid Metabolizer"

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("# nothing yet\n", "it holds no results"),
            ("CYP2D6\n", "line 1: CYP2D6 has no result"),
            ("CYP2D6\t*1/*1\nCYP2D6\t*1/*2\n", "line 2: CYP2D6 stands twice"),
            ("a gene\tx\n", "line 1: 'a gene"),
        ],
    )
    def test_what_is_no_result_is_refused_with_its_line(self, write, text, problem):
        with pytest.raises(InvalidContent, match=problem):
            read_outside_calls(write(text, "outside.tsv"))

    def test_counts_are_read_or_refused(self):
        assert read_copies("CYP2D6=3") == GeneCopies("CYP2D6", 3, (), "as stated")
        with pytest.raises(InvalidContent, match="no count of CYP2D6"):
            read_copies("CYP2C19=3")


def test_the_study_tells_genes_guidance_and_tests(pharmcat, resources):
    folder = pharmcat / "examples"
    options = PharmacogeneOptions(
        folder / "pharmcat.example2.vcf", folder / "pharmcat.example.outsideCall.tsv", "Paroxetine", build="hg38"
    )
    given = {
        **resources,
        "pharmcat_dpwg": pharmcat / "phenotypes_v2.12.0/dpwg",
        "pharmcat_guidelines": pharmcat / "guidelines",
    }
    found = STUDIES[0].run(options, silent, None, **given)
    assert found.summary.startswith("22 of 22 genes determined")
    assert (
        dict(zip(found.table("genes").column("gene"), found.table("genes").column("phenotype"), strict=True))["CYP2C19"]
        == "Poor Metabolizer"
    )
    assert "alternative" in found.table("guidance").column("action")
    assert found.table("guidance").column("drug")[0] == "paroxetine"  # taken, so first
    assert "phase rs3745274" in found.table("tests").column("test")[0]
    assert {figure.table for figure in found.figures} <= {table.name for table in found.tables}
    with pytest.raises(BadInput, match="'hg99' is no genome build"):
        STUDIES[0].run(PharmacogeneOptions(options.vcf, build="hg99"), silent, None, **given)
