"""Reference blocks count in a score once the genome says which allele is the reference."""

import pytest
from genomics_files import vcf_text
from test_polygenic import scoring_file

from gennet.genomics.fasta import HeldReference, bases_of
from gennet.genomics.genotypes import read_vcf
from gennet.genomics.polygenic import polygenic_scores
from gennet.genomics.reference_calls import with_reference_calls
from gennet.genomics.regions import parse_regions
from gennet.genomics.scoring_files import ScoringFiles

GENOME = bases_of(HeldReference({"chr1": "ACGT" * 250}))  # position p holds "ACGT"[(p - 1) % 4]


@pytest.fixture
def person(write):
    block = "1\t100\t.\tT\t<NON_REF>\t.\t.\tEND=200\tGT:GQ\t0/0:90\n"
    return read_vcf(write(vcf_text("1 50 C G 0/1") + block))[0]


def scored(person, *rows):
    file = scoring_file(*rows)
    called, notes = with_reference_calls(person, (file,), GENOME)
    return polygenic_scores(called, ScoringFiles((file,))).scores[0], called, notes


def test_a_covered_site_counts_two_copies_of_the_reference(person):
    s, called, notes = scored(person, (1, 101, "A", "G", 1.0), (1, 102, "T", "C", 10.0), (1, 50, "G", "C", 100.0))
    assert (s.value, s.variants_matched) == (102.0, 3)
    assert called.alleles_at(1, 101) == ("A", "A")
    assert notes == ("Reference: 2 scored sites in reference blocks, called by the bases of the genome.",)


def test_sites_outside_blocks_stay_missing(person):
    s, called, notes = scored(person, (1, 99, "G", "A", 1.0), (1, 201, "A", "C", 1.0))
    assert (s.variants_matched, called.size, notes) == (0, 1, ())


def test_other_alleles_than_the_genomes_stay_missing(person):
    assert scored(person, (1, 101, "C", "G", 1.0))[0].variants_matched == 0


def test_a_deletion_needs_all_its_bases_seen(person):
    assert scored(person, (1, 197, "ACGT", "A", 1.0))[0].value == 2.0
    assert scored(person, (1, 198, "CGTA", "C", 1.0))[0].variants_matched == 0


def test_an_insertion_takes_the_anchor_for_reference(person):
    s, called, _ = scored(person, (1, 101, "AGG", "A", 1.0))
    assert (s.value, s.variants_matched) == (0.0, 1)
    assert called.alleles_at(1, 101) == ("A", "A")


def test_a_list_of_callable_regions_serves_as_blocks(write):
    plain = read_vcf(write(vcf_text("1 50 C G 0/1")))[0]
    assert scored(plain, (1, 301, "A", "G", 1.0))[0].variants_matched == 0
    assert scored(plain.callable_in(parse_regions(["1:300-310"])), (1, 301, "A", "G", 1.0))[0].value == 2.0


def test_a_genome_without_the_chromosome_adds_nothing(person):
    file = scoring_file((1, 101, "A", "G", 1.0))
    assert with_reference_calls(person, (file,), bases_of(HeldReference({"2": "ACGT"})))[0] is person
