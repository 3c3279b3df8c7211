"""Differential peaks and gene activity: by hand, simulated, refused."""

import numpy as np
import pytest
from scipy import stats

from gennet.core.study import read_options, silent
from gennet.errors import BadInput, InvalidContent
from gennet.genomics.accessibility.comparing import (
    Samples,
    by_sample,
    compare,
    gene_activity,
    read_gene_spans,
    read_samples,
)
from gennet.genomics.accessibility.fragments import Fragments
from gennet.genomics.accessibility.studies import STUDIES

COMPARE, GENES = STUDIES[:2]


def samples(n=4):
    return Samples(tuple(f"s{i}" for i in range(2 * n)), np.arange(2 * n), ("a", "b"), np.repeat([0, 1], n))


def test_cells_are_added_up_by_sample():
    from scipy.sparse import csr_array

    counts = csr_array(np.array([[1, 2, 4, 8], [0, 1, 0, 1]]))
    held = Samples(("x", "y"), np.array([1, 0, -1, 1]), ("a", "b"), np.array([0, 1]))
    assert by_sample(counts, held).tolist() == [[2.0, 9.0], [1.0, 1.0]]


def test_p_values_of_nothing_are_uniform_and_changes_are_found():
    rng = np.random.default_rng(1)
    depth = rng.uniform(0.7, 1.4, 8)
    mean = rng.uniform(30, 300, 1500)
    size = rng.gamma(20, 1 / 20, (1500, 8))
    counts = rng.poisson(mean[:, None] * depth * size).astype(float)
    flat = compare(counts, samples())
    assert stats.kstest(flat.tests.p, "uniform").pvalue > 0.001
    counts[:100, 4:] = rng.poisson(3 * mean[:100, None] * depth[4:] * size[:100, 4:])
    found = compare(counts, samples())
    assert (found.tests.q[:100] < 0.05).mean() > 0.9
    assert (found.tests.q[100:] < 0.05).mean() < 0.02
    assert np.median(found.change[:100]) == pytest.approx(np.log2(3), abs=0.3)


def test_few_cuts_are_left_out_and_an_empty_sample_is_refused():
    counts = np.full((3, 8), 20.0)
    counts[1] = 0.5
    assert compare(counts, samples()).rows.tolist() == [0, 2]
    counts[:, 2] = 0
    with pytest.raises(InvalidContent, match="sample s2"):
        compare(counts, samples())


def fragments():
    # Two cells; a fragment cuts at its first base and at the one before its end.
    return Fragments(
        ("chr1", "chr2"), np.array([0, 0, 1], np.int32), np.array([100, 3000, 50]), np.array([200, 3100, 60]), ("A", "B"),
        np.array([0, 1, 1], np.int32),
    )  # fmt: skip


def test_cuts_count_in_the_gene_and_its_promoter_on_its_strand(tmp_path):
    (tmp_path / "g.bed").write_text("chr1\t150\t180\tON\t0\t+\nchr1\t2000\t2500\tBACK\t0\t-\nchr2\t0\t55\tTWO\t0\t+\n")
    genes = read_gene_spans(tmp_path / "g.bed", upstream=600)
    assert [(g.start, g.end) for g in genes] == [(0, 180), (2000, 3100), (0, 55)]
    assert gene_activity(fragments(), genes).toarray().tolist() == [[1, 0], [0, 2], [0, 1]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("barcode\tsample\tgroup\nA\ts1\n", "line 2: not barcode"),
        ("barcode\tsample\tgroup\nA\ts1\ta\nB\ts1\tb\n", "line 3: sample 's1' is in two groups"),
        ("barcode\tsample\tgroup\nA\ts1\ta\nB\ts2\tb\n", "no replicates"),
    ],
)
def test_tables_that_cannot_be_compared_are_refused(tmp_path, text, message):
    (tmp_path / "t.tsv").write_text(text)
    with pytest.raises(InvalidContent, match=message):
        read_samples(tmp_path / "t.tsv", ["A", "B"])
    with pytest.raises((BadInput, InvalidContent)):
        read_samples(tmp_path / "t.tsv", ["Z"])


def test_a_gene_without_a_strand_is_refused(tmp_path):
    (tmp_path / "g.bed").write_text("chr1\t150\t180\tON\n")
    with pytest.raises(InvalidContent, match=r"g\.bed: line 1"):
        read_gene_spans(tmp_path / "g.bed")


class TestStudies:
    @pytest.fixture
    def files(self, tmp_path):
        rng = np.random.default_rng(3)
        lines = []
        for sample in range(6):
            for peak in range(12):
                number = rng.poisson(150 if (peak == 4 and sample >= 3) else 40)
                places = rng.normal(50_000 * (peak + 1), 60, number).astype(int).tolist()
                lines += [("chr1", at, at + 120, f"c{sample}_{rng.integers(5)}") for at in places]
        lines.sort(key=lambda x: x[1])
        (tmp_path / "f.tsv").write_text("".join(f"{c}\t{a}\t{b}\t{cell}\t1\n" for c, a, b, cell in lines))
        table = "barcode\tsample\tgroup\n" + "".join(
            f"c{s}_{i}\ts{s}\t{'late' if s >= 3 else 'early'}\n" for s in range(6) for i in range(5)
        )
        (tmp_path / "t.tsv").write_text(table)
        (tmp_path / "g.bed").write_text("chr1\t250000\t251000\tOPENED\t0\t+\nchr9\t1\t5\tAWAY\t0\t-\n")
        return tmp_path

    def test_the_peak_that_opens_comes_first(self, files):
        given = {"fragments": files / "f.tsv", "samples": files / "t.tsv", "genome_size": 1_000_000}
        found = COMPARE.run(read_options(COMPARE, given), silent, None)
        peaks = found.table("peaks")
        assert abs(peaks.column("middle")[0] - 250_060) < 200
        assert peaks.column("change")[0] > 1
        assert peaks.column("q")[0] < 0.05

    def test_counts_made_elsewhere_are_compared_alike(self, files):
        rng = np.random.default_rng(2)
        counts = rng.poisson(60, (30, 6))
        counts[7] = (60, 60, 60, 240, 240, 240)
        lines = ["peak\t" + "\t".join(f"s{i}" for i in range(6))]
        lines += [
            f"chr1:{1000 * k}-{1000 * k + 300}\t" + "\t".join(map(str, row)) for k, row in enumerate(counts.tolist())
        ]
        (files / "counts.tsv").write_text("\n".join(lines) + "\n")
        table = "barcode\tsample\tgroup\n" + "".join(f"s{i}\ts{i}\t{'b' if i >= 3 else 'a'}\n" for i in range(6))
        (files / "own.tsv").write_text(table)
        given = {"counts": files / "counts.tsv", "samples": files / "own.tsv"}
        found = COMPARE.run(read_options(COMPARE, given), silent, None)
        assert found.table("peaks").column("peak")[0] == "chr1:7001-7300"
        assert found.table("peaks").column("change")[0] == pytest.approx(2, abs=0.3)
        with pytest.raises(InvalidContent, match="fragments or counts"):
            COMPARE.run(read_options(COMPARE, {**given, "fragments": files / "f.tsv"}), silent, None)
        (files / "counts.tsv").write_text("peak\ts0\nchr1:1-9\t-3\n")
        with pytest.raises(InvalidContent, match=r"counts\.tsv: line 2"):
            COMPARE.run(read_options(COMPARE, given), silent, None)

    def test_gene_activity_is_written_whole(self, files):
        from scipy.io import mmread

        given = {"fragments": files / "f.tsv", "genes": files / "g.bed"}
        found = GENES.run(read_options(GENES, given), silent, files / "out")
        matrix = mmread(files / "out" / "activity.mtx").toarray()
        assert matrix.sum(axis=1).tolist() == [found.table("genes").column("cuts")[0], 0]
        assert matrix.shape[1] == len((files / "out" / "activity.cells.txt").read_text().split())
