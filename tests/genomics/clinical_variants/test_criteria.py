"""The other criteria: frequency, neighbours in ClinVar, prediction, length, what people state; sums and conflicts."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gennet.errors import BadInput, InvalidContent
from gennet.genomics.clinical_variants.classify import total
from gennet.genomics.clinical_variants.criteria import Verdict, met
from gennet.genomics.clinical_variants.genes import Inheritance, Secondary, read_genes
from gennet.genomics.clinical_variants.points import DEFAULT, Class, Strength, criterion_named, posterior
from gennet.genomics.clinical_variants.rules import read_rules
from gennet.genomics.clinical_variants.stated import read_stated
from gennet.genomics.consequences.codes import genetic_code
from gennet.genomics.regions import parse_regions


def of(found, name):
    (one,) = found
    return next(c for c in one.classification.criteria if c.name == name)


def labels(found) -> set[str]:
    (one,) = found
    return {c.label for c in one.classification.criteria if c.strength}


def test_without_stores_nothing_of_frequency_is_evaluated(bench, gene):
    found = bench.judge(gene.to_codon(20, "AAG"))
    for name in ("BA1", "BS1", "PM2", "PS1", "PM5", "PP3", "BP4", "PM1", "PS3", "PP5"):
        assert of(found, name).verdict is Verdict.NOT_EVALUATED, name
        assert of(found, name).reason
    assert found[0].classification.class_ is Class.UNCERTAIN
    assert len(found[0].classification.criteria) == 28


def test_a_frequent_variant_is_benign_whatever_else(bench, gene):
    stop = gene.to_codon(20, "TAG")
    bench.gnomad((stop, "AC=9000;AN=100000;nhomalt=400;faf95_nfe=0.08"))
    (one,) = found = bench.judge(stop)
    assert labels(found) == {"PVS1", "BA1"}
    assert one.classification.class_ is Class.BENIGN
    assert "evidence points both ways: PVS1 against BA1" in one.classification.remarks
    assert "BA1 counts the same" in of(found, "BS1").reason


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ("AC=900;AN=100000;nhomalt=0;faf95_nfe=0.02", {"BS1"}),
        ("AC=900;AN=1000;nhomalt=0;faf95_nfe=0.9", set()),  # too few alleles
        ("AC=0;AN=100000;nhomalt=0;faf95_nfe=0.0", {"PM2_Supporting"}),
        ("AC=2;AN=100000;nhomalt=0;faf95_nfe=0.0", {"PM2_Supporting"}),
        ("AC=3;AN=100000;nhomalt=0;faf95_nfe=0.0", set()),
        ("AC=0;AN=0;nhomalt=0", set()),  # nobody was genotyped: zero is no observation
        ("AC=9000;AN=100000;nhomalt=0", {"BA1"}),  # no filtering frequency: the overall one stands in
    ],
)
def test_frequency_is_weighed_with_its_number_of_alleles(bench, gene, info, expected):
    missense = gene.to_codon(20, "AAG")
    bench.gnomad((missense, info))
    assert labels(bench.judge(missense)) == expected


def test_thresholds_of_a_gene_stand_before_the_general_ones(bench, gene):
    missense = gene.to_codon(20, "AAG")
    bench.gnomad((missense, "AC=200;AN=100000;nhomalt=0;faf95_nfe=0.002"))
    assert labels(bench.judge(missense)) == set()
    assert labels(bench.judge(missense, ba1=0.01, bs1=0.001)) == {"BS1"}
    assert labels(bench.judge(missense, ba1=0.001, bs1=0.0001)) == {"BA1"}


def test_homozygous_people_speak_against_a_recessive_condition_only(bench, gene):
    missense = gene.to_codon(20, "AAG")
    bench.gnomad((missense, "AC=200;AN=100000;nhomalt=5;faf95_nfe=0.002"))
    assert labels(bench.judge(missense, inheritance=Inheritance.RECESSIVE)) == {"BS2"}
    assert of(bench.judge(missense), "BS2").verdict is Verdict.NOT_EVALUATED


def test_absence_counts_only_where_somebody_looked(bench, gene):
    missense, other = gene.to_codon(20, "AAG"), gene.to_codon(50, "TAA")
    bench.gnomad((other, "AC=1;AN=100000"))
    assert of(bench.judge(missense), "PM2").verdict is Verdict.NOT_EVALUATED
    bench.stores.clear()
    bench.gnomad((other, "AC=1;AN=100000"), covered=parse_regions(["1:1-2000"]))
    assert labels(bench.judge(missense)) == {"PM2_Supporting"}
    bench.stores.clear()
    bench.gnomad((other, "AC=1;AN=100000"), covered=parse_regions(["2:1-2000"]))
    assert of(bench.judge(missense), "PM2").verdict is Verdict.NOT_EVALUATED


def test_the_same_and_another_change_of_a_residue_are_told_apart(bench, gene):
    # CAG glutamine; AAG and AAA lysine; CGG arginine.
    bench.clinvar((gene.to_codon(20, "AAG"), "Pathogenic"))
    assert labels(bench.judge(gene.to_codon(20, "AAA"))) == {"PS1"}
    assert labels(bench.judge(gene.to_codon(20, "CGG"))) == {"PM5"}
    assert labels(bench.judge(gene.to_codon(20, "AAG"))) == set()  # itself is no evidence


def test_a_residue_that_two_exons_share_finds_its_neighbours(bench, gene):
    # Codon 54 lies at bases 159 to 161 of the coding sequence, over the junction at 160: its bases are 140 apart.
    table, codon = genetic_code(1).codons, gene.codon(54)

    def missense(at: int) -> list[str]:
        made = [codon[:at] + base + codon[at + 1 :] for base in "ACGT" if base != codon[at]]
        return [one for one in made if table[one] not in {"*", table[codon]}]

    (first, *_), (other, *_) = missense(0), missense(1)
    bench.clinvar((gene.coding(160, 1, other[1]), "Likely_pathogenic"))
    expected = "PS1" if table[first] == table[other] else "PM5"
    assert labels(bench.judge(gene.coding(159, 1, first[0]))) == {expected}


def test_scores_count_by_their_calibrated_intervals(bench, gene):
    missense = gene.to_codon(20, "AAG")
    for score, expected in (
        (0.95, {"PP3_Strong"}), (0.932, {"PP3_Strong"}), (0.8, {"PP3_Moderate"}), (0.65, {"PP3"}), (0.5, set()),
        (0.29, {"BP4"}), (0.1, {"BP4_Moderate"}), (0.01, {"BP4_Strong"}), (0.001, {"BP4_Very_Strong"}),
    ):  # fmt: skip
        bench.stores.clear()
        bench.scores("revel", (missense, score))
        assert labels(bench.judge(missense)) == expected, score


def test_splicing_is_asked_before_a_synonymous_variant_is_harmless(bench, gene):
    synonymous = gene.to_codon(20, "CAA")
    assert of(bench.judge(synonymous), "BP7").verdict is Verdict.NOT_EVALUATED
    bench.scores("spliceai", (synonymous, 0.05))
    assert labels(bench.judge(synonymous)) == {"BP4", "BP7"}
    bench.stores.clear()
    bench.scores("spliceai", (synonymous, 0.4))
    assert labels(bench.judge(synonymous)) == {"PP3"}


def test_a_change_in_frame_needs_to_know_repeats(bench, gene):
    deletion = gene.coding(60, 4, gene.spliced()[60:61])
    assert of(bench.judge(deletion), "PM4").verdict is Verdict.NOT_EVALUATED
    assert of(bench.judge(deletion), "PVS1").verdict is Verdict.NOT_MET


def test_what_people_state_stands_before_what_was_evaluated(bench, gene, tmp_path: Path):
    stop = gene.to_codon(20, "TAG")
    row = "\t".join(map(str, (*stop, "PVS1_Strong", "yes", "expert panel")))
    path = tmp_path / "stated.tsv"
    path.write_text(
        f"chromosome\tposition\treference\talternate\tcriterion\tmet\tsource\n{row}\n"
        + "\t".join(map(str, (*stop, "PS3_Moderate", "yes", "10.1000/x")))
    )
    found = bench.judge(stop, stated=read_stated(path))
    assert labels(found) == {"PVS1_Strong", "PS3_Moderate"}
    assert found[0].classification.points == 6
    assert any("evaluated here" in e.source and "met" in e.value for e in of(found, "PVS1").evidence)


def test_clinvar_stands_beside_and_a_conflict_is_said(bench, gene):
    missense = gene.to_codon(20, "AAG")
    bench.clinvar((missense, "Pathogenic"))
    (one,) = bench.judge(missense)
    assert one.classification.class_ is Class.UNCERTAIN
    assert one.classification.assertion.stars == 3
    assert any("ClinVar says pathogenic (3 stars)" in remark for remark in one.classification.remarks)
    rules = msgspec.structs.replace(
        read_rules(), assertions=msgspec.structs.replace(read_rules().assertions, pp5_bp6=True)
    )
    assert labels(bench.judge(missense, rules=rules)) == {"PP5"}


def test_reaching_into_an_intron_is_judged_only_where_clinvar_holds_it(bench, gene):
    deep = gene.beside(240, "A" if gene.bases[240] != "A" else "C")
    assert bench.judge(deep) == []


COMBINATIONS = [
    (("PVS1", "PS1"), Class.PATHOGENIC), (("PVS1", "PM1", "PM2"), Class.PATHOGENIC),
    (("PS1", "PS2", "PP1", "PP2"), Class.PATHOGENIC), (("PS1", "PM1", "PM2", "PM3"), Class.PATHOGENIC),
    (("PS1", "PM1"), Class.LIKELY_PATHOGENIC), (("PM1", "PM2", "PM3"), Class.LIKELY_PATHOGENIC),
    (("PM1", "PP1", "PP2"), Class.UNCERTAIN), (("BS1", "BP1"), Class.LIKELY_BENIGN), (("BS1", "BS2"), Class.BENIGN),
]  # fmt: skip


@pytest.mark.parametrize(("names", "expected"), COMBINATIONS)
def test_points_give_the_classes_of_the_combinations(names, expected):
    points, _ = total([met(name, "") for name in names], read_rules())
    assert read_rules().class_of(points) is expected


@given(st.integers(-20, 30))
def test_probability_rises_with_points_and_agrees_with_bayes(points):
    odds = 350 ** (points / 8) * 0.1 / 0.9
    assert posterior(points) == pytest.approx(odds / (1 + odds), rel=1e-12)
    assert posterior(points) < posterior(points + 1)


@given(st.sampled_from(sorted(DEFAULT)), st.sampled_from(list(Strength)))
def test_a_criterion_reads_back_from_its_label(name, strength):
    if (strength is Strength.STAND_ALONE) != (name == "BA1"):
        return
    assert criterion_named(met(name, "", strength=strength).label) == (name, strength)


@pytest.mark.parametrize("text", ["PS9", "PS1_huge", "PS1_stand_alone", ""])
def test_a_criterion_that_is_none_is_refused(text):
    with pytest.raises(InvalidContent):
        criterion_named(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("moderate = 2", "moderate = 9"), ("likely_pathogenic = 6", "likely_pathogenic = 12"), ("ba1 = 0.05", "ba1 = 0.001"),
        ("prior = 0.1", "prior = 1.5"), ("escape = 50", "escapes = 50"), ('"PM1", "PP3"', '"PM1", "XX"'),
        ("[0.644,", "[0.999,"), ("[points]", "[points"), ("least_stars = 1", 'least_stars = "many"'),
    ],
)  # fmt: skip
def test_rules_that_contradict_themselves_are_refused(tmp_path: Path, old: str, new: str):
    shipped = files("gennet.genomics.clinical_variants").joinpath("rules.toml").read_text()
    assert old in shipped
    (tmp_path / "rules.toml").write_text(shipped.replace(old, new))
    with pytest.raises(InvalidContent, match=r"rules\.toml"):
        read_rules(tmp_path / "rules.toml")


def test_the_list_of_secondary_findings_has_81_genes():
    genes = read_genes().values()
    assert sum(gene.secondary is not Secondary.NO for gene in genes) == 81
    biallelic = {gene.symbol for gene in genes if gene.secondary is Secondary.BIALLELIC}
    assert biallelic == {"MUTYH", "CASQ2", "TRDN", "BTD", "GAA", "RPE65", "ATP7B"}


def test_a_table_of_genes_changes_what_it_says_and_keeps_the_rest(tmp_path: Path):
    path = tmp_path / "genes.tsv"
    path.write_text("gene\tlof\tbs1\nRYR1\tno\t0.001\nNEW1\tyes\t\n")
    genes = read_genes(path)
    shipped = read_genes()["RYR1"]
    assert genes["RYR1"] == replace(shipped, loss_is_mechanism=False, bs1=0.001, source="genes.tsv")
    assert genes["NEW1"].loss_is_mechanism is True
    for text in ("gene\tlof\nA\tmaybe\n", "gene\tcolour\nA\tred\n", "gene\tbs1\nA\t7\n", "", "gene\tlof\nA\tyes\tx\n"):
        path.write_text(text)
        with pytest.raises(BadInput, match=r"genes\.tsv"):
            read_genes(path)


@pytest.mark.parametrize(
    "row",
    [
        "1\t5\tA\tC\tPS3\tyes\t", "1\t5\tA\tC\tPS3\tmaybe\tx", "1\tx\tA\tC\tPS3\tyes\tx", "1\t5\tA\tC\tPS33\tyes\tx",
        "1\t5\tA\tC\tPS3\tyes", "1\t5\tA\t<DEL>\tPS3\tyes\tx", "1\t5\tA\tC\tPS3\tyes\tx\n1\t5\tA\tC\tPS3\tno\tx",
    ],
)  # fmt: skip
def test_statements_without_source_or_sense_are_refused(tmp_path: Path, row: str):
    path = tmp_path / "stated.tsv"
    path.write_text(f"chromosome\tposition\treference\talternate\tcriterion\tmet\tsource\n{row}\n")
    with pytest.raises(InvalidContent, match=r"stated\.tsv"):
        read_stated(path)
