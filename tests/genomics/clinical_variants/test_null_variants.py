"""PVS1 against the decision tree, computed by hand on a gene with four exons, on both strands."""

from __future__ import annotations

import pytest

from gennet.genomics.clinical_variants.criteria import Criterion, Verdict
from gennet.genomics.clinical_variants.judging import Judged
from gennet.genomics.clinical_variants.points import Class, Strength


def of(found: list[Judged], name: str) -> Criterion:
    (one,) = found
    return next(c for c in one.classification.criteria if c.name == name)


# The last junction lies at base 250: a stop codon that ends at base 200 or before decays.
@pytest.mark.parametrize(
    ("residue", "strength"),
    [
        (20, Strength.VERY_STRONG),
        (66, Strength.VERY_STRONG),  # ends at 198
        (67, Strength.STRONG),  # ends at 201; 43 of 109 residues are lost
        (100, Strength.MODERATE),  # 10 of 109 residues, 9 %
        (105, Strength.MODERATE),
    ],
)
def test_a_stop_is_judged_by_decay_and_then_by_what_it_removes(bench, gene, residue, strength):
    found = of(bench.judge(gene.to_codon(residue, "TAG")), "PVS1")
    assert (found.verdict, found.strength) == (Verdict.MET, strength)


def test_eleven_of_109_residues_are_a_large_share(bench, gene):
    variant = gene.to_codon(99, "TAA")
    assert of(bench.judge(variant), "PVS1").strength is Strength.STRONG


def test_a_frameshift_is_judged_where_its_stop_falls(bench, gene):
    variant = gene.coding(30, 2, gene.spliced()[30:31])
    mutated = gene.spliced()[:31] + gene.spliced()[32:]
    ends = next(3 * (i + 1) for i in range(len(mutated) // 3) if mutated[3 * i : 3 * i + 3] in {"TAA", "TAG", "TGA"})
    expected = Strength.VERY_STRONG if ends <= 250 - 1 - 50 else Strength.STRONG
    assert of(bench.judge(variant), "PVS1").strength is expected


def test_a_splice_site_beside_an_exon_that_keeps_the_frame_is_judged_by_its_share(bench, gene):
    donor = bench.judge(gene.beside(590, "A"))
    acceptor = bench.judge(gene.beside(499, "C"))
    for found in (donor, acceptor):
        one = of(found, "PVS1")
        assert one.strength is Strength.STRONG  # 30 of 109 residues
        assert "keeps the frame" in one.reason
        assert any(e.value == "30 of 109 residues" for e in one.evidence)


def test_a_splice_site_beside_an_exon_that_shifts_the_frame_is_judged_by_the_new_stop(bench, gene):
    mutated = gene.spliced()[:60] + gene.spliced()[160:]
    ends = next(3 * (i + 1) for i in range(len(mutated) // 3) if mutated[3 * i : 3 * i + 3] in {"TAA", "TAG", "TGA"})
    decays = ends <= 250 - 100 - 50
    found = of(bench.judge(gene.beside(401, "A")), "PVS1")
    assert (found.strength is Strength.VERY_STRONG) is decays
    assert any(e.value == "100 coding bases" for e in found.evidence)


def test_a_splice_site_beside_the_first_or_last_coding_exon_is_left_open(bench, gene):
    assert of(bench.judge(gene.beside(190, "C")), "PVS1").verdict is Verdict.NOT_EVALUATED
    assert of(bench.judge(gene.beside(698, "C")), "PVS1").verdict is Verdict.NOT_EVALUATED


def test_a_lost_start_is_supporting_and_moderate_with_pathogenic_variants_before_the_next(bench, gene):
    start = gene.coding(1, 1, "C")
    found = of(bench.judge(start), "PVS1")
    assert found.strength is Strength.SUPPORTING
    assert any(e.value == "residue 30" for e in found.evidence)
    bench.clinvar((gene.to_codon(40, "TAG"), "Pathogenic"))
    assert of(bench.judge(start), "PVS1").strength is Strength.SUPPORTING
    bench.stores.clear()
    bench.clinvar((gene.to_codon(20, "TAG"), "Pathogenic"))
    assert of(bench.judge(start), "PVS1").strength is Strength.MODERATE


def test_the_mechanism_must_be_known(bench, gene):
    stop = gene.to_codon(20, "TAG")
    assert of(bench.judge(stop, lof=None), "PVS1").verdict is Verdict.NOT_EVALUATED
    assert of(bench.judge(stop, lof=False), "PVS1").verdict is Verdict.NOT_MET
    assert of(bench.judge(gene.to_codon(20, "AAG")), "PVS1").verdict is Verdict.NOT_MET


def test_a_stop_that_was_looked_for_and_never_seen_is_likely_pathogenic(bench, gene):
    from gennet.genomics.regions import parse_regions

    bench.gnomad((gene.to_codon(50, "TAA"), "AC=1;AN=100000"), covered=parse_regions(["1:1-2000"]))
    (one,) = bench.judge(gene.to_codon(20, "TAG"))
    assert one.classification.points == 9  # PVS1 8, PM2 supporting 1
    assert one.classification.class_ is Class.LIKELY_PATHOGENIC
    assert one.case.hgvs_p == "T1:p.(Gln20Ter)"
    assert one.case.chosen == "MANE Select"
