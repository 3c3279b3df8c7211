import csv
import gzip
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gennet.core.bgzf import bgzip
from gennet.genomics import Build, ScoringFiles, diplotypes, polygenic_scores, read_scoring_file, read_vcf
from gennet.genomics.builds import chromosome_lengths
from gennet.research.synthetic.founders import Panel, covariance, haplotypes, panel
from gennet.research.synthetic.genome import vcf
from gennet.research.synthetic.model import MODEL, SyntheticModel
from gennet.research.synthetic.person import synthetic_person
from gennet.research.synthetic.pharmacogenes import GENES, SITES, STAR_ALLELES, genotypes, regions
from gennet.research.synthetic.scores import scores, scoring_file

SMALL = SyntheticModel(sites=300)


@pytest.fixture(scope="module")
def alleles(cohort):
    """Haplotypes of all people, shape (800, sites)."""
    return np.concatenate([person.haplotypes for person in cohort])


def test_allele_frequencies_are_those_of_the_founders(alleles):
    p = panel(MODEL).frequency
    z = (alleles.mean(axis=0) - p) / np.sqrt(p * (1 - p) / len(alleles))
    assert np.mean(z**2) == pytest.approx(1, abs=0.1)
    assert np.abs(z).max() < 5.5


def test_frequencies_follow_the_stated_spectrum():
    p = panel(MODEL).frequency
    a, b = MODEL.frequency_beta
    assert p.mean() == pytest.approx(a / (a + b), abs=0.01)
    assert p.min() >= 0.01
    assert p.max() <= 0.99


def test_covariance_of_two_founders_by_hand():
    byte, letters = np.array([1, 1], np.int8), np.array(["A", "A"])
    founders = Panel(
        chromosome=byte, position=np.array([10, 20]), reference=letters, alternate=letters,
        alleles=np.array([[0, 0], [1, 1]], np.int8), switch=np.array([1.0, 0.25]),
        frequency=np.array([0.5, 0.5]), offset=0,
    )  # fmt: skip
    # Variance p (1 - p); the same founder is copied at both with probability 3/4.
    assert covariance(founders, np.array([0, 1])).tolist() == pytest.approx(np.array([[0.25, 0.1875], [0.1875, 0.25]]))


def test_linkage_disequilibrium_is_the_stated_one(alleles):
    founders, sites = panel(MODEL), np.arange(400)
    exact = covariance(founders, sites)
    seen = np.cov(alleles[:, sites], rowvar=False, bias=True)
    near = np.abs(np.subtract.outer(sites, sites)) == 1
    assert np.polyfit(exact[near], seen[near], 1)[0] == pytest.approx(1, abs=0.05)
    scale = np.sqrt(np.outer(np.diag(exact), np.diag(exact)))
    linked = np.abs(exact[near] / scale[near])
    assert np.median(linked) > 0.15
    far = np.abs(np.subtract.outer(sites, sites)) > 30
    assert np.abs((seen / scale)[far]).mean() < 1.2 * math.sqrt(2 / math.pi / len(alleles))


def test_far_sites_and_other_chromosomes_are_independent():
    founders = panel(MODEL)
    first_of_two = int(np.flatnonzero(founders.chromosome == 2)[0])
    assert covariance(founders, np.array([first_of_two - 1, first_of_two]))[0, 1] == 0


@pytest.mark.parametrize("number", range(len(MODEL.outcomes)))
def test_a_scores_mean_and_sd_are_exact_under_the_model(alleles, number):
    score = scores(MODEL)[number]
    values = np.array([score.value(two) for two in alleles.reshape(-1, 2, alleles.shape[1])])
    assert (values.mean() - score.mean) / (score.sd / math.sqrt(len(values))) == pytest.approx(0, abs=4)
    assert values.std() / score.sd == pytest.approx(1, abs=4 / math.sqrt(2 * len(values)))


def test_linkage_changes_the_spread_of_a_score():
    score, founders = scores(MODEL)[0], panel(MODEL)
    p = founders.frequency[score.sites]
    independent = math.sqrt(float(np.sum(2 * p * (1 - p) * score.weights**2)))
    assert abs(score.sd / independent - 1) > 0.001


@pytest.mark.parametrize("build", Build)
def test_a_scoring_file_reads_back_with_its_reference(tmp_path, build):
    score = scores(SMALL)[2]
    path = tmp_path / "score.txt"
    path.write_text(scoring_file(score, SMALL, build))
    read = read_scoring_file(path)
    assert (read.id, read.build, read.notes) == ("SYN-AF", build, ())
    assert read.reference is not None
    assert read.reference.outcome == "atrial_fibrillation"
    assert read.reference.scale == "log_hazard"
    assert read.reference.mean == pytest.approx(score.mean, rel=1e-9)
    assert read.reference.log_effect_per_sd == score.published
    expected = float(np.sum(read.weight * 2 * read.allele_frequency))
    assert expected == pytest.approx(score.mean, rel=1e-9)


@pytest.mark.parametrize("build", Build)
def test_positions_lie_on_their_chromosomes_and_outside_pharmacogenes(build):
    founders = panel(MODEL)
    positions = founders.positions(build)
    assert np.all(positions <= chromosome_lengths(build)[founders.chromosome])
    assert np.all(np.diff((founders.chromosome.astype(np.int64) << 32) + positions) > 0)
    for code, start, end in regions(build):
        assert not np.any((founders.chromosome == code) & (positions >= start) & (positions <= end))


@pytest.mark.parametrize("build", Build)
def test_a_vcf_reads_back_allele_by_allele_and_gives_the_true_scores(tmp_path, build):
    person = synthetic_person(4, 2, build, model=SMALL)
    path = tmp_path / "genome.vcf.gz"
    path.write_bytes(b"".join(vcf(SMALL, build, "x", person.haplotypes, genotypes(person.diplotypes, build))))
    read, notes = read_vcf(path)
    assert (read.build, read.sample, notes, bool(read.phased.all())) == (build, "x", (), True)
    founders = panel(SMALL)
    low, high = read.rows_at(founders.chromosome, founders.positions(build).astype(np.int32))
    assert np.all(high - low == 1)
    assert np.array_equal(np.stack([read.first[low], read.second[low]]), person.haplotypes)
    files = []
    for score in scores(SMALL):
        file = tmp_path / f"{score.outcome.score_id}.txt"
        file.write_text(scoring_file(score, SMALL, build))
        files.append(read_scoring_file(file))
    for found in polygenic_scores(read, ScoringFiles(tuple(files))).scores:
        assert found.coverage == 1
        assert found.z == pytest.approx(person.scores[found.outcome], abs=1e-8)


def test_both_builds_hold_the_same_person():
    one, other = (synthetic_person(4, 2, build, model=SMALL) for build in Build)
    assert np.array_equal(one.haplotypes, other.haplotypes)
    assert one.diplotypes == other.diplotypes
    assert one.clinical == other.clinical


def test_star_alleles_of_a_gene_add_up_and_use_known_sites():
    for gene in GENES:
        assert sum(star.frequency for star in STAR_ALLELES if star.gene == gene) == pytest.approx(1)
    for star in STAR_ALLELES:
        for rsid, base in star.bases:
            assert base in SITES[rsid].alleles38


def test_star_alleles_occur_as_often_as_stated(cohort):
    for star in STAR_ALLELES:
        seen = sum(pair.count(star) for person in cohort for pair in [person.diplotypes[star.gene]])
        spread = math.sqrt(2 * len(cohort) * star.frequency * (1 - star.frequency))
        assert abs(seen - 2 * len(cohort) * star.frequency) < 4 * max(spread, 1), star


def test_reference_bases_that_differ_between_builds_are_coded_by_build():
    plain = next(star for star in STAR_ALLELES if star.name == "*1" and star.gene == "CYP2C19")
    both = {"CYP2C19": (plain, plain)}
    # Everyone has G at rs3758581: the reference of GRCh37, the alternate of GRCh38.
    assert genotypes(both, Build.GRCH37)["rs3758581"] == (0, 0)
    assert genotypes(both, Build.GRCH38)["rs3758581"] == (1, 1)
    assert genotypes(both, Build.GRCH37)["rs1801265"] == (1, 1)
    assert genotypes(both, Build.GRCH38)["rs1801265"] == (0, 0)


def test_sites_stand_where_public_tables_have_them(mirror):
    with (mirror / "genomics/pharmacogenes/pypgx/variant-table.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["rsID"] in SITES and row["Gene"] in GENES]
    assert {row["rsID"] for row in rows} == set(SITES)
    for site in SITES.values():
        mine = [
            row for row in rows if row["rsID"] == site.rsid and row["Variant"] in {*site.alleles37, *site.alleles38}
        ]
        assert mine, site
        for row in mine:
            assert int(row["Chromosome"]) == site.chromosome
            assert (int(row["GRCh37Position"]), int(row["GRCh38Position"])) == (site.grch37, site.grch38)
            assert (row["GRCh37Allele"], row["GRCh38Allele"]) == (site.alleles37[0], site.alleles38[0])


@pytest.mark.parametrize("build", Build)
def test_the_caller_finds_the_true_star_alleles(mirror, tmp_path, build):
    home = mirror / "genomics/pharmacogenes"
    tables = {
        "pharmcat_definitions": home / "pharmcat/alleles",
        "pharmcat_phenotypes": home / "pharmcat/phenotypes",
        "pharmcat_cyp2d6": home / "pharmcat/phenotypes_v2.12.0/cpic/CYP2D6.json",
        "pharmacogene_tables": home / "pypgx",
    }
    for index in range(1, 16):
        person = synthetic_person(21, index, build, model=SMALL)
        path = tmp_path / "genome.vcf.gz"
        path.write_bytes(b"".join(vcf(SMALL, build, "x", person.haplotypes, genotypes(person.diplotypes, build))))
        called = {gene.gene: gene.diplotype for gene in diplotypes(read_vcf(path)[0], **tables).genes}
        for gene, pair in person.diplotypes.items():
            assert sorted(called[gene].split("/")) == sorted(star.name for star in pair), (index, gene)


@given(st.binary(max_size=200_000), st.integers(1, 9))
def test_bgzip_is_gzip_of_the_same_bytes(data, level):
    packed = b"".join(bgzip(data, level=level))
    assert gzip.decompress(packed) == data
    at = 0
    while at < len(packed):
        assert packed[at : at + 4] == b"\x1f\x8b\x08\x04"
        at += int.from_bytes(packed[at + 16 : at + 18], "little") + 1
    assert at == len(packed)


def test_bytes_that_do_not_compress_fit_a_block():
    noise = np.random.default_rng(1).bytes(300_000)
    assert gzip.decompress(b"".join(bgzip(noise, level=9))) == noise


def test_two_haplotypes_are_mosaics_of_founders():
    founders = panel(SMALL)
    drawn = haplotypes(founders, np.random.default_rng(3))
    for start in range(0, 200, 2):
        pair = drawn[:, start : start + 2]
        if founders.switch[start + 1] < 0.01:
            assert all(np.any(np.all(founders.alleles[:, start : start + 2] == one, axis=1)) for one in pair)


def test_haplotypes_switch_founder_as_often_as_stated():
    size = 40_000
    founders = Panel(
        chromosome=np.ones(size, np.int8), position=np.arange(size), reference=np.full(size, "A"),
        alternate=np.full(size, "G"), alleles=np.repeat(np.array([[0], [1]], np.int8), size, axis=1),
        switch=np.r_[1.0, np.full(size - 1, 0.1)], frequency=np.full(size, 0.5), offset=0,
    )  # fmt: skip
    drawn = haplotypes(founders, np.random.default_rng(5))
    # Half of all switches are to the founder that was copied already.
    changes = np.mean(drawn[:, 1:] != drawn[:, :-1])
    assert changes == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / (2 * size)))


def test_the_switch_rate_grows_with_distance():
    founders = panel(MODEL)
    same = np.flatnonzero(np.diff(founders.chromosome) == 0) + 1
    gaps = founders.position[same] - founders.position[same - 1]
    assert founders.switch[same] == pytest.approx(1 - np.exp(-MODEL.switch_per_base * gaps))
    assert np.all(founders.switch[np.flatnonzero(np.diff(founders.chromosome, prepend=0))] == 1)
