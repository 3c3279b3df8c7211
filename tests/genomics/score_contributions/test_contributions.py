"""A score taken apart adds up to the score again."""

import numpy as np
import pytest
from genomics_files import vcf_text
from hypothesis import given, settings
from hypothesis import strategies as st

from gennet.core.study import read_options, silent
from gennet.errors import BadInput, InvalidContent
from gennet.genomics.builds import Build
from gennet.genomics.cohort import HeldCohort, Variants
from gennet.genomics.cohorts.opening import person
from gennet.genomics.genotypes import read_vcf
from gennet.genomics.polygenic import polygenic_scores
from gennet.genomics.score_contributions import GeneSpans, by_gene, by_region, contributions, read_gene_spans
from gennet.genomics.score_contributions.studies import STUDIES
from gennet.genomics.scoring_files import ScoringFile, ScoringFiles, read_scoring_file

COLUMNS = (
    "#genome_build=GRCh38\nchr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\tallelefrequency_effect\n"
)
ROWS = "1\t100\tC\tA\t0.5\t0.25\n1\t200\tA\tC\t-1\t0.5\n2\t300\tC\tA\t2\t0.1\n2\t900\tC\tA\t7\t0.1\n"


@pytest.fixture
def file(write):
    return read_scoring_file(write(COLUMNS + ROWS, "s.txt"))


@pytest.fixture
def genotypes(write):
    return read_vcf(write(vcf_text("1 100 A C 0/1", "1 200 A C 0/0", "2 300 A C 1/1")))[0]


def test_each_variant_adds_weight_times_copies_less_what_is_expected(genotypes, file):
    found = contributions(genotypes, file)
    assert found.contribution.tolist() == [0.5, -2.0, 4.0]
    assert found.expected.tolist() == pytest.approx([0.25, -1.0, 0.4])
    assert found.beyond.tolist() == pytest.approx([0.25, -1.0, 3.6])


def test_without_all_frequencies_nothing_is_expected(write, genotypes):
    rows = ROWS.replace("0.5\t0.25", "0.5\t")
    found = contributions(genotypes, read_scoring_file(write(COLUMNS + rows, "s.txt")))
    assert not found.expected.any()
    assert found.compared_with.startswith("nothing")


def many(seed):
    rng = np.random.default_rng(seed)
    size = 300
    chromosome = np.sort(rng.integers(1, 4, size)).astype(np.int8)
    position = np.arange(1, size + 1, dtype=np.int32) * 5000
    variants = Variants(chromosome, position, ("",) * size, ("A",) * size, ("G",) * size)
    cohort = HeldCohort(("p",), variants, Build.GRCH38, rng.integers(-1, 3, (size, 1)).astype(np.int8))
    made = ScoringFile(
        id="S", name="S", trait="", trait_efo="", build=Build.GRCH38, citation="", license="", chromosome=chromosome,
        position=position, effect_allele=np.ones(size, np.int32), other_allele=np.zeros(size, np.int32),
        alleles=("A", "G"), weight=rng.normal(size=size) * 10.0 ** rng.integers(-4, 4, size),
        allele_frequency=rng.uniform(size=size), rsid=np.zeros(size, np.int64),
        effect_model=rng.integers(0, 3, size).astype(np.int8),
    )  # fmt: skip
    starts = rng.integers(1, 1_500_000, 40)
    genes = GeneSpans(
        tuple(f"G{i}" for i in range(40)), rng.integers(1, 4, 40).astype(np.int8), starts,
        starts + rng.integers(1, 200_000, 40),
    )  # fmt: skip
    return person(cohort, "p"), made, genes


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 500_000))
def test_variants_genes_and_regions_add_up_to_the_score(seed, window):
    genotypes, file, genes = many(seed)
    found = contributions(genotypes, file)
    score = polygenic_scores(genotypes, ScoringFiles((file,))).scores[0]
    bound = 1e-9 * max(1.0, float(np.abs(found.contribution).sum()))
    for shares in (by_gene(found, file, genes), by_region(found, file, window)):
        assert sum(s.contribution for s in shares) == pytest.approx(score.value, abs=bound)
        assert sum(s.beyond for s in shares) == pytest.approx(score.value - found.expected.sum(), abs=bound)
    assert found.contribution.sum() == pytest.approx(score.value, abs=bound)


def test_a_variant_in_two_genes_is_shared_and_one_in_none_lies_between(genotypes, file):
    genes = GeneSpans(("A", "B"), np.array([1, 1], np.int8), np.array([50, 100]), np.array([150, 250]))
    shares = {s.name: (s.variants, s.contribution) for s in by_gene(contributions(genotypes, file), file, genes)}
    assert shares == {"A": (1, 0.25), "B": (2, 0.25 - 2.0), "between genes": (1, 4.0)}


def test_genes_are_read_from_bed_and_gff(write):
    bed = read_gene_spans(write("chr1\t99\t200\tTP53\n", "g.bed"))
    gff = read_gene_spans(
        write(
            "##gff-version 3\n1\tx\tgene\t100\t200\t.\t+\t.\tID=gene:E1;Name=TP53\n1\tx\texon\t100\t120\t.\t+\t.\tID=e\n",
            "g.gff3",
        )
    )
    for genes in (bed, gff):
        assert (genes.name, genes.start.tolist(), genes.end.tolist()) == (("TP53",), [100], [200])
    for text in ("1\t5\t3\tA\n", "1\t5\n", "HLA\t1\t5\tA\n"):
        with pytest.raises(InvalidContent, match=r"g\.bed"):
            read_gene_spans(write(text, "g.bed"))


def test_other_builds_and_no_match_are_refused(write, genotypes, file):
    far = read_scoring_file(write(COLUMNS + "3\t5\tC\tA\t1\t\n", "f.txt"))
    with pytest.raises(BadInput, match="holds no variant of"):
        contributions(genotypes, far)
    old = read_scoring_file(write(COLUMNS.replace("38", "37") + ROWS, "o.txt"))
    with pytest.raises(BadInput, match="in GRCh38, the score in GRCh37"):
        contributions(genotypes, old)


def test_the_study_shows_tables_that_add_up(write):
    given = {
        "genome": str(write(vcf_text("1 100 A C 0/1", "1 200 A C 0/0", "2 300 A C 1/1"), "p.vcf")),
        "score": str(write(COLUMNS + ROWS, "s.txt")), "genes": str(write("1\t0\t150\tG1\n", "g.bed")),
    }  # fmt: skip
    found = STUDIES[0].run(read_options(STUDIES[0], given), silent, None)
    sums = dict(found.table("sums").rows)
    assert sums["score"] == 2.5
    assert sum(found.table("regions").column("contribution")) == 2.5
    assert sum(found.table("genes").column("contribution")) == 2.5
    assert found.table("genes").column("name") == ("between genes", "G1")
    with pytest.raises(BadInput, match="no length"):
        STUDIES[0].run(read_options(STUDIES[0], {**given, "window": 0}), silent, None)
