"""The report's pharmacogenes: grouped by what to do, taken drugs first, open genes named."""

from __future__ import annotations

from gennet.delivery._pharmacogenes import because, pharmacogene_tables
from gennet.genomics import Diplotypes, DrugGuidance, DrugRecommendation, GeneDiplotype, SettlingTest
from gennet.genomics.builds import Build

OPEN = GeneDiplotype(
    gene="TPMT", diplotype="", phenotype="Not determined", activity_score=None, functions=(), determined=False,
    candidates=(), alternatives=(), phased=False, positions_observed=2, positions_total=43, missing=("rs1142345",),
    hidden=(), tests=(SettlingTest("genotype rs1142345", 0.5, 0.9, ("Normal Metabolizer", "")),),
)  # fmt: skip


def item(drug, action, **more):
    given = {
        "genes": ("CYP2D6",), "diplotypes": ("*4/*4",), "phenotypes": ("Poor Metabolizer",), "recommendation": "Text.",
        "source": "CPIC", "url": "", "pmids": (), "level": "A", "fda_label": "", "priority": "high", "strength": "Strong",
    }  # fmt: skip
    return DrugRecommendation(drug=drug, action=action, **{**given, **more})


def test_drugs_stand_under_what_to_do_and_those_taken_stand_first():
    guidance = DrugGuidance((
        item("codeine", "alternative", taken=True), item("ondansetron", "usual"), item("tamoxifen", "dose"),
    ))  # fmt: skip
    tables = list(pharmacogene_tables(guidance, None))
    assert [(t.caption, [row[0] for row in t.rows]) for t in tables] == [
        ("Drugs the record says are taken", ["codeine"]),
        ("Drugs to replace or avoid", ["codeine"]),
        ("Drugs to dose otherwise", ["tamoxifen"]),
        ("Drugs with usual guidance, as far as these genes say", ["ondansetron"]),
    ]
    assert tables[0].rows[0][1:] == ("CYP2D6 *4/*4 Poor Metabolizer", "Text.", "CPIC, strong, level A")


def test_an_open_gene_and_the_test_that_would_settle_it_are_named():
    genes, tests = pharmacogene_tables(None, Diplotypes("p", Build.GRCH38, (OPEN,)))
    assert genes.rows == (("TPMT", "not determined", "Not determined", "2 of 43", ""),)
    assert tests.rows == (("TPMT", "genotype rs1142345", "0.50", "Normal Metabolizer"),)


def test_a_gene_that_was_not_tested_is_said():
    assert because(item("codeine", "", phenotypes=("None",), diplotypes=("",))) == "CYP2D6 not tested"
