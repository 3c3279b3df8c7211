"""Lifting: by hand on a small chain, by a plain reader of chains, and there and back on the published ones."""

import gzip
from bisect import bisect_right
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gennet.catalog import STUDIES
from gennet.core.study import read_options, silent
from gennet.errors import BadInput, InvalidContent, UnreadableFile
from gennet.genomics import Build, read_scoring_file, read_vcf
from gennet.genomics.cohort import HeldCohort, Variants
from gennet.genomics.cohorts import open_cohort, person, write_vcf
from gennet.genomics.liftover import (
    Outcome,
    lift_cohort,
    lift_genotypes,
    lift_positions,
    lift_scoring_file,
    lift_variants,
    read_chain,
)

# chr1 0-100 lies at chr1 1000-1100; a base is lost after 40 bases, three come in after 59 more;
# chr1 200-300 lies on the opposite strand of chr2, whose last base but 500 it starts at; chr1 250-260 lies on chr3 too;
# chr2 lies on a contig without a number.
CHAIN = """chain 1000 chr1 5000 + 0 110 chr1 9000 + 1000 1112 1
40 1 0
59 0 3
10

chain 900 chr1 5000 + 200 300 chr2 8000 - 500 600 2
100

chain 800 chr1 5000 + 250 260 chr3 7000 + 0 10 3
10

chain 700 chr2 8000 + 0 50 chrUn_1 500 + 0 50 4
50
"""


@pytest.fixture
def chain(tmp_path):
    path = tmp_path / "a.over.chain.gz"
    path.write_bytes(gzip.compress(CHAIN.encode()))
    return read_chain(path)


def lifted(chain, *positions, chromosome=1, length=1):
    codes = np.full(len(positions), chromosome, np.int8)
    places = lift_positions(chain, codes, np.array(positions, np.int32), np.full(len(positions), length))
    return list(zip(places.chromosome.tolist(), places.position.tolist(), places.outcome.tolist(), strict=True))


def test_places_are_those_worked_out_by_hand(chain):
    assert lifted(chain, 1, 40) == [(1, 1001, 0), (1, 1040, 0)]
    assert lifted(chain, 41, 42, 100) == [(0, 0, Outcome.DELETED), (1, 1041, 0), (1, 1099, 0)]
    assert lifted(chain, 101, 110, 111) == [(1, 1103, 0), (1, 1112, 0), (0, 0, Outcome.DELETED)]
    # Position 201 is the first of an alignment that runs down from 8000 - 500.
    assert lifted(chain, 201, 300) == [(2, 7500, 0), (2, 7401, 0)]
    assert lifted(chain, 251, 260, 261)[:2] == [(0, 0, Outcome.SEVERAL)] * 2
    assert lifted(chain, 1, chromosome=2) == [(0, 0, Outcome.OTHER_CONTIG)]
    assert lifted(chain, 1, chromosome=9) == [(0, 0, Outcome.DELETED)]
    assert lifted(chain, 1, chromosome=0) == [(0, 0, Outcome.NO_PLACE)]


def test_a_reference_allele_must_stay_together(chain):
    assert lifted(chain, 39, 40, length=2) == [(1, 1039, 0), (0, 0, Outcome.BROKEN)]
    # On the opposite strand, the last base comes first.
    assert lifted(chain, 201, length=3) == [(2, 7498, 0)]


def plain_lift(text, chromosome, position):
    """Look at every stretch of a chain file for a position from 1 up."""
    found, at = [], None
    for line in text.splitlines():
        words = line.split()
        if line.startswith("chain"):
            name, strand, at, size, other = words[7], words[9], int(words[5]), int(words[8]), int(words[10])
            here = words[2] == chromosome
        elif words:
            if here and at <= position - 1 < at + int(words[0]):
                along = other + position - 1 - at
                found.append((name, along + 1 if strand == "+" else size - along))
            at += int(words[0]) + int([*words, 0, 0][1])
            other += int(words[0]) + int([*words, 0, 0, 0][2])
    return found


@given(st.integers(1, 320))
def test_each_position_lifts_as_a_plain_reader_does(tmp_path_factory, position):
    path = tmp_path_factory.getbasetemp() / "plain.chain"
    path.write_text(CHAIN)
    ((code, place, outcome),) = lifted(read_chain(path), position)
    expected = plain_lift(CHAIN, "chr1", position)
    assert (outcome == Outcome.LIFTED) == (len(expected) == 1)
    if len(expected) == 1:
        assert expected == [(f"chr{code}", place)]


@pytest.mark.parametrize(
    ("old", "new", "error", "words"),
    [
        ("59 0 3", "59 0 x", InvalidContent, "line 3: this is not a line of an alignment"),
        ("10\n\nchain 900", "9\n\nchain 900", UnreadableFile, "line 4: the alignment does not end where its heading"),
        ("chain 1000", "chin 1000", UnreadableFile, "line 1: this is not the heading of an alignment"),
        (CHAIN, "# nothing\n", UnreadableFile, "there is no alignment of a chromosome"),
    ],
)
def test_a_broken_chain_is_refused_at_its_line(tmp_path, old, new, error, words):
    path = tmp_path / "a.chain"
    path.write_text(CHAIN.replace(old, new))
    with pytest.raises(error, match=words):
        read_chain(path)


def variants(*rows):
    chromosome, position, reference, alternate = zip(*rows, strict=True)
    return Variants(
        np.array(chromosome, np.int8), np.array(position, np.int32), tuple(f"v{i}" for i in range(len(rows))), reference, alternate
    )  # fmt: skip


def test_strand_reference_and_indels_of_lifted_variants(chain):
    given_ = variants((1, 1, "A", "C"), (1, 201, "AC", "GT"), (1, 210, "A", "AT"), (1, 5, "G", "T"), (1, 7, "G", "T"))
    plain = lift_variants(given_, chain)
    assert plain.rows.tolist() == [0, 1, 3, 4]
    assert plain.outcome[2] == Outcome.REVERSED_INDEL
    assert (plain.variants.position.tolist()[1], plain.variants.reference[1], plain.variants.alternate[1]) == (
        7499,
        "GT",
        "AC",
    )
    assert not plain.swapped.any()
    bases = {1001: "C", 7499: "GT", 1005: "A", 1007: "G"}
    known = lift_variants(given_, chain, reference=lambda _, position, length: bases[position][:length])
    assert known.outcome.tolist() == [0, 0, Outcome.REVERSED_INDEL, Outcome.OTHER_REFERENCE, 0]
    assert known.swapped.tolist() == [True, False, False]
    assert known.variants.reference == ("C", "GT", "G")


def test_dosages_count_from_the_other_end_where_alleles_swap(chain):
    cohort = HeldCohort(("a", "b", "c"), variants((1, 1, "A", "C"), (1, 41, "A", "C"), (1, 7, "G", "T")), Build.GRCH37,
                        np.array([[0, 2, -1], [1, 1, 1], [0, 1, 2]], np.int8))  # fmt: skip
    made, _ = lift_cohort(
        cohort, chain, Build.GRCH38, reference=lambda _code, position, _length: {1001: "C", 1007: "G"}[position]
    )
    assert [block.dosages.tolist() for block in made.blocks()] == [[[2, 0, -1], [0, 1, 2]]]
    assert [block.dosages.tolist() for block in made.blocks(np.array([1]))] == [[[0, 1, 2]]]
    (fractions,) = made.dosage_blocks()
    assert np.allclose(fractions.dosages, [[2, 0, np.nan], [0, 1, 2]], equal_nan=True)
    assert person(made, "b").alleles_at(1, 1001) == ("C", "C")


def test_a_person_keeps_the_same_alleles(tmp_path, chain):
    path = tmp_path / "a.vcf"
    path.write_text(
        "##fileformat=VCFv4.3\n##contig=<ID=1,assembly=GRCh37>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\n"
        "1\t1\t.\tA\tC,G\t.\t.\t.\tGT\t1|2\n1\t20\t.\tA\t<NON_REF>\t.\t.\tEND=30\tGT\t0/0\n"
        "1\t35\t.\tA\t<NON_REF>\t.\t.\tEND=45\tGT\t0/0\n1\t210\t.\tA\tC\t.\t.\t.\tGT\t0/1\n1\t220\t.\tA\tAC\t.\t.\t.\tGT\t0/1\n"
    )
    genome, _ = read_vcf(path)
    made, outcome = lift_genotypes(genome, chain, Build.GRCH38)
    assert made.build is Build.GRCH38
    assert made.alleles_at(1, 1001) == ("C", "G")
    assert made.alleles_at(2, 7491) == ("T", "G")
    assert outcome.tolist() == [0, 0, Outcome.REVERSED_INDEL]
    # The block that spans a lost base is unknown now, not reference.
    assert (made.block_start.tolist(), made.block_end.tolist()) == ([1020], [1030])


def scoring_file(tmp_path, *rows):
    path = tmp_path / "s.txt"
    head = "#pgs_id=PGS1\n#genome_build=GRCh37\n#reference_mean=1.5\n#reference_sd=2\n#reference_population=EUR\n"
    columns = "rsID\tchr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\n"
    path.write_text(head + columns + "".join("\t".join(row.split()) + "\n" for row in rows))
    return path


def test_a_scoring_file_is_lifted_and_written(tmp_path, chain):
    path = scoring_file(tmp_path, "rs1 1 1 A C 0.5", "rs2 1 41 A C 0.25", "rs3 1 201 A C 0.1", "rs4 1 210 A AC 1")
    study = next(s for s in STUDIES if s.name == "lift-over")
    options = read_options(study, {"file": [str(path)], "to": "GRCh38", "chain": str(tmp_path / "a.over.chain.gz")})
    found = study.run(options, silent, tmp_path / "out", None, None)
    assert found.summary == "PGS1: 2 of 4 sites were lifted."
    assert [row[2:] for row in found.table("not_lifted").rows] == [
        ("rs2", "not in the other build"),
        ("rs4", "an insertion or deletion on the opposite strand, whose anchor base is not known"),
    ]
    back = read_scoring_file(tmp_path / "out" / "lifted.txt")
    assert (back.id, back.build, back.size) == ("PGS1", Build.GRCH38, 4)
    assert (back.chromosome.tolist(), back.position.tolist()) == ([1, 0, 2, 0], [1001, 0, 7500, 0])
    assert [back.alleles[code] for code in back.effect_allele[[0, 2]]] == ["A", "T"]
    assert back.weight.tolist() == [0.5, 0.25, 0.1, 1]
    assert (back.reference.mean, back.reference.sd) == (1.5, 2)
    again = read_options(study, {"file": [str(path)], "to": "GRCh37", "chain": str(tmp_path / "a.over.chain.gz")})
    with pytest.raises(BadInput, match="it is in GRCh37 already"):
        study.run(again, silent, None, None, None)


def test_a_cohort_is_lifted_with_its_reference(tmp_path, chain):
    from pysam import faidx

    fasta = tmp_path / "b.fa"
    fasta.write_text(">chr1\n" + "A" * 1000 + "C" + "G" * 50 + "\n>chr2\n" + "T" * 7600 + "\n")
    faidx(str(fasta))
    cohort = HeldCohort(("a", "b"), variants((1, 1, "A", "C"), (1, 7, "G", "T"), (1, 201, "A", "C"), (1, 9, "A", "T")),
                        Build.GRCH37, np.array([[0, 2], [0, 1], [2, 1], [0, 0]], np.int8))  # fmt: skip
    write_vcf(cohort, tmp_path / "c.vcf.gz")
    study = next(s for s in STUDIES if s.name == "lift-over")
    given_ = {"file": [str(tmp_path / "c.vcf.gz")], "to": "GRCh38", "chain": str(tmp_path / "a.over.chain.gz")}
    options = read_options(study, {**given_, "reference": str(fasta), "format": "vcf"})
    found = study.run(options, silent, tmp_path / "out", None, None)
    assert found.summary == "c.vcf.gz: 3 of 4 sites were lifted; 1 have another reference allele there."
    assert found.table("swapped").rows == (("1", 1001, "v0", "C", "A"),)
    read = open_cohort(tmp_path / "out" / "lifted.vcf.gz")
    assert read.build is Build.GRCH38
    assert [block.dosages.tolist() for block in read.blocks()] == [[[2, 0], [0, 1], [2, 1]]]


def test_positions_of_the_catalog_lift_to_those_it_harmonised(mirror):
    chain = read_chain(mirror / "polygenic" / "hg38ToHg19.over.chain.gz")
    back = read_chain(mirror / "polygenic" / "hg19ToHg38.over.chain.gz")
    file = read_scoring_file(mirror / "polygenic" / "PGS001229_hmPOS_GRCh38.txt.gz")
    there, outcome = lift_scoring_file(file, chain, Build.GRCH37)
    again, _ = lift_scoring_file(there, back, Build.GRCH38)
    kept = (again.chromosome > 0) & (outcome == 0)
    same = (again.position == file.position)[kept] & (again.chromosome == file.chromosome)[kept]
    assert kept.sum() > 51_000
    assert same.mean() > 0.9999


def test_lookup_of_the_published_chain_equals_bisection(mirror):
    chain = read_chain(mirror / "polygenic" / "hg19ToHg38.over.chain.gz")
    keys, ends = chain.key.tolist(), chain.end.tolist()
    rng = np.random.default_rng(3)
    position = rng.integers(1, 150_000_000, 3000).astype(np.int32)
    places = lift_positions(chain, np.full(3000, 5, np.int8), position)
    for site, found, outcome in zip(position.tolist(), places.position.tolist(), places.outcome.tolist(), strict=True):
        wanted = (5 << 32) | (site - 1)
        over = [
            i for i in range(max(0, bisect_right(keys, wanted) - 300), bisect_right(keys, wanted)) if ends[i] > wanted
        ]
        assert (outcome in {0, Outcome.OTHER_CONTIG}) == (len(over) == 1)
        if outcome == 0:
            along = int(chain.start[over[0]]) + wanted - keys[over[0]]
            assert found == (int(chain.size[over[0]]) - along if chain.reverse[over[0]] else along + 1)


def test_a_site_out_of_order_is_noted(chain):
    cohort = HeldCohort(("a",), variants((1, 201, "A", "C"), (1, 202, "A", "C")), None, np.array([[1], [1]], np.int8))
    made, _ = lift_cohort(replace(cohort), chain, Build.GRCH38)
    assert made.notes == ("After lifting, 1 variants lie before the one above them: sort with plink2 --sort-vars.",)
