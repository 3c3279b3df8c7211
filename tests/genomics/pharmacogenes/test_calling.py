"""From a genome file to named alleles and phenotypes: PharmCAT's examples in full, then what files get wrong."""

from __future__ import annotations

import json

import pytest

from gennet.core.codec import from_json, to_json
from gennet.errors import UnknownName
from gennet.genomics import Diplotypes, GeneCopies, OutsideCall, OutsideCalls, diplotypes, read_outside_calls, read_vcf
from gennet.genomics.builds import Build

HAPB3 = "c.1129-5923C>G, c.1236G>A (HapB3)"
INTRON, EXON = "rs75017182", "rs56038477"


def example(pharmcat, name, resources, *, outside=False):
    folder = pharmcat / "examples"
    told = read_outside_calls(folder / f"pharmcat.{name}.outsideCall.tsv") if outside else None
    return diplotypes(read_vcf(folder / f"pharmcat.{name}.vcf")[0], told, **resources)


@pytest.mark.parametrize("name", ["example", "example2"])
def test_match_files_of_the_examples_agree_in_full(pharmcat, resources, name):
    matches = json.loads((pharmcat / f"examples/pharmcat.{name}.match.json").read_text())["results"]
    found = example(pharmcat, name, resources)
    assert len(matches) == 19
    for theirs in matches:
        ours = found.gene(theirs["gene"])
        assert [(c.diplotype, c.score) for c in ours.candidates] == [
            (d["name"], d["score"]) for d in theirs["diplotypes"]
        ]
        assert ours.positions_observed == len(theirs["variants"])
        assert len(ours.missing) == len(theirs["matchData"]["missingPositions"])
        assert len(ours.undocumented) == len(theirs["matchData"]["positionsWithUndocumentedVariations"])
        assert ours.phased == theirs["matchData"]["effectivelyPhased"]
        assert ours.version == theirs["version"]


@pytest.mark.parametrize("name", ["example", "example2"])
def test_phenotype_files_of_the_examples_agree_in_full(pharmcat, resources, name):
    reports = json.loads((pharmcat / f"examples/pharmcat.{name}.phenotype.json").read_text())["geneReports"]
    found = example(pharmcat, name, resources, outside=name == "example")
    for gene in found.genes:
        theirs = reports[gene.gene]["recommendationDiplotypes"][0]
        if gene.gene == "MT-RNR1" or "No Result" in theirs["lookupKey"]:
            continue
        alleles = [theirs[a] for a in ("allele1", "allele2") if theirs[a]]
        assert gene.determined
        assert gene.phenotype == "; ".join(theirs["phenotypes"])
        assert (str(gene.activity_score) if gene.activity_score is not None else None) == theirs["activityScore"]
        assert list(gene.keys) == theirs["lookupKey"]
        assert list(gene.lookup) == [a["name"] for a in alleles]
        assert [f or None for f in gene.functions] == (
            [] if gene.gene.startswith("HLA") else [a["function"] for a in alleles]
        )


def test_genes_the_examples_leave_open_are_open(pharmcat, resources):
    found = example(pharmcat, "example2", resources)
    assert not found.gene("CYP2D6").determined  # nobody counted its copies
    assert not found.gene("MT-RNR1").determined


def test_a_mitochondrial_variant_is_understood_without_its_prefix(pharmcat, resources):
    # PharmCAT leaves `1555A>G` without a phenotype because its tables write `m.1555A>G`.
    gene = example(pharmcat, "example", resources, outside=True).gene("MT-RNR1")
    assert (gene.diplotype, gene.phenotype) == ("m.1555A>G", "increased risk of aminoglycoside-induced hearing loss")


def test_results_survive_json(pharmcat, resources):
    found = example(pharmcat, "example2", resources)
    assert from_json(to_json(found), Diplotypes) == found
    with pytest.raises(UnknownName, match="no result for gene 'BRCA1'"):
        found.gene("BRCA1")


@pytest.mark.parametrize("symbol", ["TPMT", "CFTR", "G6PD", "RYR1", "CYP2C19", "VKORC1", "CACNA1S"])
def test_a_genome_without_the_positions_determines_nothing(person, symbol):
    gene = person("CYP3A5").gene(symbol)
    assert (gene.diplotype, gene.phenotype, gene.determined, gene.keys) == ("", "Not determined", False, ())


def test_unphased_genotypes_list_every_arrangement_with_its_probability(person):
    gene = person("TPMT", calls={"rs1800460": "0/1", "rs1142345": "0/1"}).gene("TPMT")
    assert (gene.diplotype, gene.phenotype, gene.phased) == ("*1/*3A", "Intermediate Metabolizer", False)
    assert [c.diplotype for c in gene.alternatives] == ["*3B/*3C"]
    assert gene.candidates[0].probability == pytest.approx(1 / (1 + 1e-4 * 0.005 / (0.959 * 0.034)), rel=1e-12)
    assert "Poor Metabolizer" in " ".join(gene.notes)
    assert gene.tests[0].test == "phase rs1142345 (6:18130687), rs1800460 (6:18138997)"


def test_phase_sets_decide(person):
    cis = person("TPMT", calls={"rs1800460": "0|1:5", "rs1142345": "0|1:5"}).gene("TPMT")
    trans = person("TPMT", calls={"rs1800460": "0|1:5", "rs1142345": "1|0:5"}).gene("TPMT")
    apart = person("TPMT", calls={"rs1800460": "0|1:5", "rs1142345": "1|0:6"}).gene("TPMT")
    assert (cis.diplotype, trans.diplotype, apart.diplotype) == ("*1/*3A", "*3B/*3C", "*1/*3A")
    assert (cis.phased, trans.phased, apart.phased) == (True, True, False)


def test_a_missing_core_position_leaves_a_gene_open_unless_what_was_found_decides(person):
    open_ = person("CYP2C19", calls={"rs3758581": "1/1"}, skip={"rs4244285"}).gene("CYP2C19")
    assert not open_.determined
    assert open_.tests[0].test.startswith("genotype rs4244285")
    assert open_.tests[0].bits > 0
    assert any(h.startswith("*2 (No function)") for h in open_.hidden)
    settled = person("CYP2C19", calls={"rs3758581": "1/1", "rs4986893": "1/1"}, skip={"rs12248560"}).gene("CYP2C19")
    assert (settled.diplotype, settled.phenotype) == ("*3/*3", "Poor Metabolizer")


def test_a_position_without_information_is_not_proposed_as_a_test(person):
    gene = person("VKORC1").gene("VKORC1")
    assert gene.tests == ()


def test_an_undocumented_variant_closes_a_gene_but_not_one_of_toxicity(person):
    lines = ["chr13\t48045719\t.\tC\tG\t.\tPASS\t.\tGT\t0/1", "chr16\t31096368\t.\tC\tG\t.\tPASS\t.\tGT\t0/1"]
    found = person("NUDT15", skip={"rs116855232"}, extra=lines)
    toxic, other = found.gene("NUDT15"), found.gene("VKORC1")
    assert (toxic.diplotype, toxic.undocumented) == ("*1/*1", ("rs116855232 (13:48045719) G",))
    assert (other.diplotype, other.determined) == ("", False)
    assert "no named allele has" in " ".join(other.notes)


def test_another_reference_allele_is_reported_and_counts_as_missing(person):
    gene = person(extra=["chr16\t31096368\t.\tA\tT\t.\tPASS\t.\tGT\t0/1"]).gene("VKORC1")
    assert (gene.determined, len(gene.missing)) == (False, 1)
    assert "the file's reference allele is A, the definition's C" in gene.notes[0]


def test_half_calls_are_named_and_decide_only_where_the_phenotype_is_the_same(person):
    ref = person("VKORC1", calls={"rs9923231": "0/."}).gene("VKORC1")
    alt = person("VKORC1", calls={"rs9923231": "./1"}).gene("VKORC1")
    assert (ref.determined, len(ref.missing)) == (False, 1)
    assert not alt.determined
    assert {c.diplotype for c in (*alt.candidates, *alt.alternatives)} == {
        "rs9923231 reference (C)/rs9923231 variant (T)", "rs9923231 variant (T)/rs9923231 variant (T)",
    }  # fmt: skip


def test_one_allele_on_an_autosome_leaves_the_other_open(person):
    gene = person("VKORC1", calls={"rs9923231": "1"}).gene("VKORC1")
    assert not gene.determined
    assert "one haplotype is open" in gene.notes[0]


def test_slco1b1_falls_back_on_its_one_decisive_variant(person, advise):
    lines = ["chr12\t21176804\t.\tA\tT\t.\tPASS\t.\tGT\t0/1"]  # a third base, which no named allele has
    found = person("SLCO1B1", calls={"rs4149056": "0/1"}, skip={"rs2306283"}, extra=lines)
    gene = found.gene("SLCO1B1")
    assert (gene.lookup, gene.phenotype) == (("*1", "*5"), "Decreased Function")
    assert "rs4149056 alone" in " ".join(gene.notes)
    assert advise(found).drug("simvastatin").priority == "high"


def test_reference_blocks_are_reference(write, resources, genes):
    loci = genes["TPMT"].loci
    text = (
        "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=248956422>\n"
        '##INFO=<ID=END,Number=1,Type=Integer,Description="end">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tp1\n"
        f"chr6\t{loci[0].position - 5}\t.\tA\t<NON_REF>\t.\tPASS\tEND={loci[-1].position + 5}\tGT\t0/0\n"
    )
    gene = diplotypes(read_vcf(write(text))[0], **resources).gene("TPMT")
    assert (gene.diplotype, gene.missing) == ("*1/*1", ())


def test_a_longer_line_says_the_same(person):
    gene = person(extra=["chr16\t31096368\t.\tCA\tTA,C\t.\tPASS\t.\tGT\t0/1"]).gene("VKORC1")
    assert gene.diplotype == "rs9923231 reference (C)/rs9923231 variant (T)"
    deleted_after = person(extra=["chr16\t31096368\t.\tCA\tC\t.\tPASS\t.\tGT\t0/1"]).gene("VKORC1")
    assert deleted_after.diplotype == "rs9923231 reference (C)/rs9923231 reference (C)"


def test_grch37_positions_are_found_through_the_tables(write, resources):
    header = "##fileformat=VCFv4.2\n##contig=<ID=16,length=90354753>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tp1\n"
    genotypes = read_vcf(write(header + "16\t31107689\trs9923231\tC\tT\t.\tPASS\t.\tGT\t1/1\n"))[0]
    found = diplotypes(genotypes, **resources)
    assert genotypes.build is Build.GRCH37
    assert found.gene("VKORC1").phenotype == "-1639 AA"
    assert any("not known in GRCh37" in note for note in found.gene("NAT2").notes)
    assert not found.gene("MT-RNR1").determined


def test_nat2_names_the_preferred_of_equal_unphased_diplotypes(person, genes):
    nat2 = genes["NAT2"]
    one, two = nat2.allele("*4"), nat2.allele("*5")
    calls = {locus.position: f"{min(one.permitted[i])}/{min(two.permitted[i])}" for i, locus in enumerate(nat2.loci)}
    assert person("NAT2", calls=calls).gene("NAT2").diplotype == "*4/*5"
    required = nat2.loci[min(nat2.required)]
    missing = person("NAT2", calls=calls, skip={required.position}).gene("NAT2")
    assert not missing.determined
    assert "Not called without" in " ".join(missing.notes)


def test_one_x_chromosome_makes_one_allele(person, genes):
    g6pd = genes["G6PD"]
    alleles = {a.name: a for a in g6pd.alleles}
    named = alleles["A"]
    calls = {locus.position: str(min(named.permitted[i])) for i, locus in enumerate(g6pd.loci)}
    gene = person("G6PD", calls=calls).gene("G6PD")
    assert (gene.diplotype, gene.phenotype) == ("A", "Normal")
    mixed = {**calls, g6pd.loci[0].position: "0/1"}
    assert not person("G6PD", calls=mixed).gene("G6PD").determined


class TestDpyd:
    def test_one_heterozygous_variant_is_as_good_as_phased(self, person):
        gene = person("DPYD", calls={"rs3918290": "0/1"}).gene("DPYD")
        assert (gene.diplotype, gene.activity_score) == ("Reference/c.1905+1G>A (*2A)", 1.0)

    def test_unphased_variants_are_listed_and_the_two_worst_decide(self, person):
        gene = person("DPYD", calls={"rs3918290": "0/1", "rs67376798": "0/1", "rs1801265": "1/1"}).gene("DPYD")
        assert gene.components == ("c.85T>C (*9A)", "c.85T>C (*9A)", "c.1905+1G>A (*2A)", "c.2846A>T")
        assert (set(gene.lookup), gene.activity_score) == ({"c.1905+1G>A (*2A)", "c.2846A>T"}, 0.5)
        assert gene.tests[0].test.startswith("phase ")
        assert gene.candidates[0].probability is None

    def test_phased_variants_are_read_by_haplotype(self, person):
        calls = {"rs3918290": "0|1", "rs67376798": "0|1", "rs1801265": "1|1"}
        gene = person("DPYD", calls=calls, phased=True).gene("DPYD")
        assert gene.diplotype == "c.85T>C (*9A)/[c.85T>C (*9A) + c.1905+1G>A (*2A) + c.2846A>T]"
        assert (gene.lookup, gene.activity_score) == (("c.85T>C (*9A)", "c.1905+1G>A (*2A)"), 1.0)

    @pytest.mark.parametrize(
        ("calls", "skip", "label", "said"),
        [
            ({INTRON: "0/1", EXON: "0/1"}, set(), f"Reference/{HAPB3}", ""),
            ({INTRON: "0/1"}, {EXON}, f"Reference/{HAPB3}", "has no call"),
            ({EXON: "0/1"}, {INTRON}, f"Reference/{HAPB3}", "would confirm it"),
            ({EXON: "0/1"}, set(), "Reference/Reference", "differ"),
            ({INTRON: "0/1"}, set(), "Reference/c.1129-5923C>G", "differ"),
            ({INTRON: "1/1", EXON: "1/1"}, set(), f"{HAPB3}/{HAPB3}", ""),
        ],
    )
    def test_the_intronic_variant_decides_hapb3(self, person, calls, skip, label, said):
        gene = person("DPYD", calls=calls, skip=skip).gene("DPYD")
        assert gene.diplotype == label
        assert said in " ".join(gene.notes)


def test_ryr1_takes_one_cause_of_malignant_hyperthermia_and_owns_up_to_unknown_functions(person, genes):
    by_name = {a.name: genes["RYR1"].loci[min(a.variants)].position for a in genes["RYR1"].alleles[1:]}
    causal = person("RYR1", calls={by_name["c.103T>C"]: "0/1"}).gene("RYR1")
    unknown = person("RYR1", calls={by_name["c.10042C>T"]: "0/1"}).gene("RYR1")
    assert causal.phenotype == "Malignant Hyperthermia Susceptibility"
    assert unknown.phenotype == "Indeterminate"
    assert "assign no function to c.10042C>T" in " ".join(unknown.notes)


def test_mitochondrial_variants_are_read_and_heteroplasmy_is_said(person):
    lines = [f"chrM\t{p}\t.\t{r}\t{a}\t.\tPASS\t.\tGT\t0" for p, r, a in ((1095, "T", "C"), (1494, "C", "T"))]
    whole = person(extra=[*lines, "chrM\t1555\t.\tA\tG\t.\tPASS\t.\tGT\t1"]).gene("MT-RNR1")
    mixed = person(extra=[*lines, "chrM\t1555\t.\tA\tG\t.\tPASS\t.\tGT\t0/1"]).gene("MT-RNR1")
    none = person(extra=[*lines, "chrM\t1555\t.\tA\tG\t.\tPASS\t.\tGT\t0"]).gene("MT-RNR1")
    assert whole.diplotype == mixed.diplotype == "m.1555A>G"
    assert "part of the mitochondria" in mixed.notes[0]
    assert none.phenotype == "normal risk of aminoglycoside-induced hearing loss"


class TestCyp2d6:
    def test_small_variants_alone_do_not_determine_it(self, person):
        gene = person("CYP2D6").gene("CYP2D6")
        assert not gene.determined
        assert {c.diplotype for c in gene.candidates} == {"*1/*1", "*1/*5", "*1/*1x2"}
        assert gene.tests[0].test.startswith("count the copies")
        assert "cannot be excluded" in " ".join(gene.notes)

    def test_no_count_matters_where_no_copy_works(self, person):
        gene = person("CYP2D6", calls={"rs5030655": "1/1"}).gene("CYP2D6")
        assert (gene.diplotype, gene.phenotype) == ("*6/*6", "Poor Metabolizer")

    @pytest.mark.parametrize(
        ("copies", "diplotype", "phenotype", "score"),
        [
            (GeneCopies("CYP2D6", 2), "*1/*1", "Normal Metabolizer", 2.0),
            (GeneCopies("CYP2D6", 1), "*1/*5", "Intermediate Metabolizer", 1.0),
            (GeneCopies("CYP2D6", 0), "*5/*5", "Poor Metabolizer", 0.0),
            (GeneCopies("CYP2D6", 3), "*1/*1x2", "Ultrarapid Metabolizer", 3.0),
        ],
    )
    def test_a_count_decides(self, person, copies, diplotype, phenotype, score):
        gene = person("CYP2D6", copies=copies).gene("CYP2D6")
        assert (gene.diplotype, gene.phenotype, gene.activity_score) == (diplotype, phenotype, score)

    def test_three_copies_of_two_alleles_leave_open_which_is_double(self, person):
        gene = person("CYP2D6", calls={"rs5030655": "0/1"}, copies=GeneCopies("CYP2D6", 3)).gene("CYP2D6")
        assert {c.diplotype for c in gene.candidates} == {"*1/*6x2", "*1x2/*6"}
        assert not gene.determined

    def test_one_copy_with_heterozygous_positions_is_a_contradiction(self, person):
        gene = person("CYP2D6", calls={"rs5030655": "0/1"}, copies=GeneCopies("CYP2D6", 1)).gene("CYP2D6")
        assert (gene.determined, gene.candidates) == (False, ())
        assert "contradict" in " ".join(gene.notes)

    def test_another_test_counts_before_the_genome(self, person):
        told = OutsideCalls((OutsideCall("CYP2D6", "*1x2/*68+*4"),))
        gene = person("CYP2D6", outside=told).gene("CYP2D6")
        assert (gene.source, gene.lookup, gene.activity_score) == ("outside", ("*1x2", "*4"), 2.0)
