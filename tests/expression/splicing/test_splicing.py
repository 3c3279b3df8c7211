"""Splicing: junctions from alignments and tables, clusters by hand, the model's gradient, calibration and power, refusals."""

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import approx_fprime
from scipy.special import gammaln

from gennet.core.study import read_options, silent
from gennet.errors import BadInput, InvalidContent, MissingFile, UnreadableFile
from gennet.expression.splicing import (
    Cluster,
    ClusterRules,
    Intron,
    JunctionCounts,
    clusters,
    count_junctions,
    differential_splicing,
    joined,
    read_junctions,
    read_leafcutter,
)
from gennet.expression.splicing.differential import _loss
from gennet.expression.splicing.junctions import jumps
from gennet.expression.splicing.studies import STUDIES

SPLICING = STUDIES[0]


def test_jumps_need_matching_bases_on_both_sides():
    cigar = [(4, 3), (0, 20), (3, 500), (0, 30), (2, 2), (3, 100), (0, 6)]
    assert list(jumps(cigar, 100, 5)) == [(120, 620), (652, 752)]
    assert list(jumps(cigar, 100, 8)) == [(120, 620)]


@pytest.fixture
def bam(tmp_path):
    import pysam

    header = pysam.AlignmentHeader.from_dict(
        {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "chr1", "LN": 10_000}]}
    )
    path = tmp_path / "a.bam"
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for i, (cigar, quality, flag) in enumerate(
            [
                ("20M80N30M", 60, 0),
                ("20M80N30M", 60, 16),
                ("20M80N30M", 3, 0),
                ("20M80N30M", 60, 0x400),
                ("50M", 60, 0),
                ("46M80N4M", 60, 0),
            ]
        ):
            read = pysam.AlignedSegment(header)
            read.query_name, read.query_sequence, read.flag = f"r{i}", "A" * 50, flag
            read.reference_id, read.reference_start, read.mapping_quality, read.cigarstring = 0, 100, quality, cigar
            read.set_tag("XS", "+")
            out.write(read)
    pysam.index(str(path))
    return path


def test_reads_that_map_once_are_counted_from_a_bam(bam):
    assert count_junctions(bam) == {Intron("chr1", 121, 200, "+"): 2}
    assert read_junctions(bam) == count_junctions(bam)
    bam.with_name("a.bam.bai").unlink()
    with pytest.raises(MissingFile, match="samtools index"):
        count_junctions(bam)


def test_tables_of_programs_name_the_same_intron(tmp_path):
    (tmp_path / "star.tab").write_text("chr1\t121\t200\t1\t1\t1\t7\t2\t30\nchr1\t300\t400\t2\t1\t0\t0\t5\t9\n")
    (tmp_path / "reg.bed").write_text("chr1\t100\t230\tJ1\t7\t+\t100\t230\t0\t2\t20,30\t0,100\n")
    (tmp_path / "leaf.txt").write_text("chrom a b\nchr1:120:201:clu_1_+ 7/9 0/4\nchr1:120:301:clu_1_+ 2/9 4/4\n")
    star, regtools = read_junctions(tmp_path / "star.tab"), read_junctions(tmp_path / "reg.bed")
    one = Intron("chr1", 121, 200, "+")
    assert star == {one: 7, Intron("chr1", 300, 400, "-"): 0}
    assert regtools == {one: 7}
    leaf = read_leafcutter(tmp_path / "leaf.txt")
    assert leaf.samples == ("a", "b")
    assert leaf.introns[0] == one
    assert leaf.counts.tolist() == [[7, 0], [2, 4]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chr1\t1\t2\n", r"x\.tab: line 1: neither"),
        ("chr1\tten\t20\t1\t1\t1\t7\t2\t30\n", r"x\.tab: line 1: neither"),
        ("chr1\t30\t20\t1\t1\t1\t7\t2\t30\n", r"x\.tab: line 1: the junction ends"),
    ],
)
def test_other_lines_are_refused_by_number(tmp_path, text, message):
    (tmp_path / "x.tab").write_text(text)
    with pytest.raises(InvalidContent, match=message):
        read_junctions(tmp_path / "x.tab")


def test_other_tables_of_leafcutter_are_refused(tmp_path):
    (tmp_path / "x").write_text("gene a\nTP53 1\n")
    with pytest.raises(UnreadableFile, match="LeafCutter"):
        read_leafcutter(tmp_path / "x")
    (tmp_path / "y").write_text("chrom a b\nchr1:1:9:clu_1_+ 1/2\n")
    with pytest.raises(InvalidContent, match="line 2: 1 counts for 2 samples"):
        read_leafcutter(tmp_path / "y")


def held(*rows):
    introns = tuple(Intron(*row[:3], "+") for row in rows)
    return JunctionCounts(("s",), introns, np.array([[row[3]] for row in rows]))


def test_clusters_share_splice_sites_and_drop_rare_introns():
    found = clusters(
        held(
            ("1", 100, 200, 50),
            ("1", 100, 300, 40),
            ("1", 250, 300, 30),
            ("1", 500, 600, 90),
            ("2", 100, 200, 10),
            ("2", 100, 250, 10),
        )
    )
    assert [c.rows.tolist() for c in found] == [[0, 1, 2]]  # one intron alone, and 20 reads, are no cluster
    # Without its rare link the cluster falls into two, each of one intron.
    parted = held(("1", 100, 200, 5000), ("1", 100, 400, 1), ("1", 300, 400, 5000))
    assert clusters(parted) == []
    assert len(clusters(parted, ClusterRules(least_share=0))) == 1
    assert clusters(held(("1", 1, 900_000, 50), ("1", 1, 900, 50))) == []  # too long


def test_shares_add_up_and_are_unknown_without_reads():
    cluster = Cluster(np.array([0, 1]))
    shares = cluster.shares(np.array([[3, 0], [1, 0]]))
    assert shares[:, 0].tolist() == [0.75, 0.25]
    assert np.isnan(shares[:, 1]).all()


def test_an_intron_that_a_sample_lacks_has_no_read_there():
    one, two = Intron("1", 1, 5), Intron("1", 1, 9)
    made = joined({"a": {two: 3}, "b": {one: 2}})
    assert made.introns == (one, two)
    assert made.counts.tolist() == [[0, 2], [3, 0]]


def test_the_likelihood_is_dirichlet_multinomial_with_its_gradient():
    rng = np.random.default_rng(1)
    counts = rng.integers(0, 25, (6, 4)).astype(float)
    design = np.column_stack([np.ones(6), np.arange(6) % 2])
    x = rng.normal(size=7)
    value, gradient = _loss(x, counts, design)
    logits = np.column_stack([np.zeros(6), design @ x[:-1].reshape(2, 3)])
    alpha = np.exp(x[-1]) * np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    total = counts.sum(axis=1)
    coefficient = (gammaln(total + 1) - gammaln(counts + 1).sum(axis=1)).sum()
    exact = sum(
        stats.dirichlet_multinomial.logpmf(c.astype(int), a, int(c.sum())) for c, a in zip(counts, alpha, strict=True)
    )
    assert -value == pytest.approx(exact - coefficient - 1e-4 * np.exp(x[-1]), rel=1e-10)
    assert gradient == pytest.approx(approx_fprime(x, lambda p: _loss(p, counts, design)[0], 1e-7), rel=1e-3, abs=1e-3)


def simulated(rng, number, samples, concentration, changed, introns=3, depth=60):
    blocks, found = [], []
    for k in range(number):
        p = rng.dirichlet(np.full(introns, 2.0))
        q = np.roll(p, 1) if k < changed else p
        block = np.zeros((introns, 2 * samples), int)
        for s in range(2 * samples):
            share = rng.dirichlet(np.maximum(concentration * (p if s < samples else q), 1e-3))
            block[:, s] = rng.multinomial(rng.poisson(depth) + 20, share)
        blocks.append(block)
        found.append(Cluster(np.arange(introns * k, introns * (k + 1))))
    return np.concatenate(blocks), found


@pytest.mark.parametrize(("samples", "concentration"), [(4, 40.0), (10, 20.0)])
def test_p_values_of_nothing_are_not_too_small(samples, concentration):
    counts, found = simulated(np.random.default_rng(2), 200, samples, concentration, 0)
    p = np.array([t.p for t in differential_splicing(counts, found, np.repeat([0, 1], samples))])
    assert len(p) == 200
    for level in (0.05, 0.2):
        assert (p < level).mean() <= stats.binom.ppf(0.999, 200, level) / 200


def test_changed_shares_are_found_with_their_size():
    rng = np.random.default_rng(3)
    counts, found = simulated(rng, 40, 8, 60.0, 40)
    tests = differential_splicing(counts, found, np.repeat([0, 1], 8))
    assert np.mean([t.p < 0.01 for t in tests]) > 0.8
    for test in tests[:10]:
        shares = found[test.cluster].shares(counts)
        change = np.nanmean(shares[:, 8:], axis=1) - np.nanmean(shares[:, :8], axis=1)
        assert test.change == pytest.approx(change, abs=0.08)
        assert sum(test.first) == pytest.approx(1)
        assert 15 < test.concentration < 400


def test_a_covariate_takes_its_part_away():
    rng = np.random.default_rng(4)
    groups, batch = np.repeat([0, 1], 8), np.array([0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1])
    counts = np.zeros((2, 16), int)
    for s in range(16):
        share = rng.beta(20 * (0.3 + 0.4 * batch[s]), 20 * (0.7 - 0.4 * batch[s]))
        counts[:, s] = rng.multinomial(200, [share, 1 - share])
    found = [Cluster(np.array([0, 1]))]
    alone = differential_splicing(counts, found, groups)[0].p
    adjusted = differential_splicing(counts, found, groups, batch[:, None].astype(float))[0].p
    assert alone < 0.1 < adjusted


def test_few_samples_are_refused_and_few_reads_left_out():
    counts, found = simulated(np.random.default_rng(5), 3, 4, 40.0, 0)
    with pytest.raises(BadInput, match="fewer than 3 samples"):
        differential_splicing(counts, found, np.array([0, 0, 0, 0, 0, 0, 1, 1]))
    counts[:3] //= 50
    assert [t.cluster for t in differential_splicing(counts, found, np.repeat([0, 1], 4))] == [1, 2]


class TestStudy:
    @pytest.fixture
    def given(self, tmp_path):
        rng = np.random.default_rng(6)
        paths = []
        for i in range(8):
            share = rng.beta(30, 10) if i < 4 else rng.beta(10, 30)
            k = rng.binomial(100, share)
            lines = [("chr1", 100, 200, k), ("chr1", 100, 400, 100 - k), ("chr2", 5, 50, 40), ("chr2", 5, 90, 40)]
            path = tmp_path / f"s{i}.SJ.out.tab"
            path.write_text("".join(f"{c}\t{a}\t{b}\t1\t1\t1\t{n}\t0\t30\n" for c, a, b, n in lines))
            paths.append(path)
        table = "sample\tgroup\n" + "".join(f"s{i}\t{'new' if i >= 4 else 'base'}\n" for i in range(8))
        (tmp_path / "g.tsv").write_text(table)
        return {"junctions": paths, "groups": tmp_path / "g.tsv"}, tmp_path

    def test_names_the_cluster_and_the_way_it_changes(self, given):
        found = SPLICING.run(read_options(SPLICING, given[0]), silent, None)
        assert found.summary.startswith("1 of 2 clusters are spliced differently in new than in base")
        assert found.table("clusters").column("cluster") == ("clu_1", "clu_2")
        assert found.table("introns").column("change")[0] < -0.3

    @pytest.mark.parametrize(
        ("table", "message"),
        [
            ("sample\tgroup\ns0\ta\ns1\tb\ns2\tc\n", "3 groups"),
            ("sample\tgroup\ns0\n", r"g\.tsv: line 2: 1 columns"),
            ("sample\tgroup\nx\ta\ny\tb\n", "name samples as s0"),
            ("sample\tgroup\tage\ns0\ta\told\ns1\tb\t4\n", "a covariate is no number"),
        ],
    )
    def test_refuses_other_groups(self, given, table, message):
        files, folder = given
        (folder / "g.tsv").write_text(table)
        with pytest.raises((InvalidContent, BadInput), match=message):
            SPLICING.run(read_options(SPLICING, files), silent, None)

    def test_refuses_one_file_of_one_sample(self, given):
        files, _ = given
        with pytest.raises(BadInput, match="one file of junctions is one sample"):
            SPLICING.run(read_options(SPLICING, {**files, "junctions": files["junctions"][:1]}), silent, None)
