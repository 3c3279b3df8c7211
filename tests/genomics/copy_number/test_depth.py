"""Reads per bin, corrections and panels: against htslib, hand-made reads and known biases."""

from __future__ import annotations

import numpy as np
import pytest

from gennet.errors import BadInput, InvalidContent, UnreadableFile
from gennet.genomics.copy_number.bins import bins_of
from gennet.genomics.copy_number.correction import Covariates, against, curve, mean_over, pooled, ratios
from gennet.genomics.copy_number.depth import Depth, count_reads, even_bins, gc_content, lengths_of, target_bins
from gennet.genomics.fasta import HeldReference
from gennet.genomics.regions import parse_regions

pysam = pytest.importorskip("pysam")


@pytest.fixture
def bam(tmp_path):
    def _bam(reads, lengths=(("chr1", 1000), ("chrUn", 500)), name="a.bam", **options):
        path = tmp_path / name
        header = {"HD": {"VN": "1.6"}, "SQ": [{"SN": n, "LN": size} for n, size in lengths]}
        with pysam.AlignmentFile(str(path), "wb", header=header, **options) as file:
            for number, (contig, start, flag, quality) in enumerate(reads):
                read = pysam.AlignedSegment(file.header)
                read.query_name, read.query_sequence = f"r{number}", "ACGTA" * (1 + number % 3)
                read.reference_id, read.reference_start = contig, start
                read.flag, read.mapping_quality = flag, quality
                read.cigartuples = [(0, len(read.query_sequence))]
                file.write(read)
        return path

    return _bam


def depth_of(reads, size=100, contig="1"):
    start = np.arange(len(reads), dtype=np.int64) * size
    reads = np.asarray(reads, np.int64)
    return Depth((contig,), np.zeros(len(reads), np.int32), start, start + size, reads, int(reads.sum()), 0)


def test_reads_count_where_they_start_and_unwanted_ones_do_not(bam):
    path = bam([(0, 0, 0, 60), (0, 99, 16, 20), (0, 100, 0, 60), (0, 150, 0x400, 60), (0, 150, 0x800, 60),
                (0, 150, 0x100, 60), (0, 150, 0, 19), (1, 5, 0, 60), (0, 999, 0, 60)])  # fmt: skip
    found = count_reads(path, even_bins(lengths_of(path), 100))
    assert found.reads.tolist() == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert (found.counted, found.passed) == (4, 5)


def test_targets_are_cut_evenly_and_reads_between_them_count_nowhere(bam):
    path = bam([(0, 100, 0, 60), (0, 204, 0, 60), (0, 260, 0, 60), (0, 899, 0, 60), (0, 900, 0, 60)])
    targets = parse_regions(["1:101-250", "1:801-900"])
    found = count_reads(path, target_bins(lengths_of(path), targets, 50))
    assert list(zip(found.start.tolist(), found.end.tolist(), strict=True)) == [
        (100, 150), (150, 200), (200, 250), (800, 850), (850, 900),
    ]  # fmt: skip
    assert found.reads.tolist() == [1, 0, 1, 0, 1]


@pytest.mark.parametrize("name", ["sr.bam", "lr.bam"])
def test_counts_of_a_real_file_are_those_of_htslib(mirror, name):
    path = mirror / "structural/delly" / name
    found = count_reads(path, even_bins(lengths_of(path), 1000))
    plain = np.zeros(200, int)
    with pysam.AlignmentFile(str(path)) as file:
        for read in file.fetch(until_eof=True):
            if not read.flag & 0xF04 and read.mapping_quality >= 20 and read.reference_start < 200_000:
                plain[read.reference_start // 1000] += 1
    assert found.reads.tolist() == plain.tolist()


def test_a_cram_counts_as_its_bam(mirror, tmp_path):
    folder, path = mirror / "structural/delly", tmp_path / "a.cram"
    genome = tmp_path / "ref.fa"
    genome.write_bytes((folder / "ref.fa").read_bytes())
    with (
        pysam.AlignmentFile(str(folder / "lr.bam")) as bam,
        pysam.AlignmentFile(str(path), "wc", template=bam, reference_filename=str(genome)) as cram,
    ):
        for read in bam:
            cram.write(read)
    bins = even_bins(lengths_of(path, genome), 1000)
    expected = count_reads(folder / "lr.bam", bins)
    assert count_reads(path, bins, reference=genome).reads.tolist() == expected.reads.tolist()


def test_files_that_are_no_alignments_or_end_early_are_refused(bam, tmp_path):
    text = tmp_path / "a.txt"
    text.write_text("hello")
    with pytest.raises(UnreadableFile, match="neither BAM nor CRAM"):
        lengths_of(text)
    path = bam([(0, i % 900, 0, 60) for i in range(5000)])
    cut = tmp_path / "cut.bam"
    cut.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(UnreadableFile):
        count_reads(cut, even_bins({"chr1": 1000}, 100))


def test_a_record_cut_inside_a_whole_archive_is_refused(bam, tmp_path):
    import gzip

    content = gzip.decompress(bam([(0, 5, 0, 60), (0, 7, 0, 60)]).read_bytes())
    path = tmp_path / "b.bam"
    path.write_bytes(gzip.compress(content[:-3]))
    with pytest.raises(UnreadableFile, match="ends within a record"):
        count_reads(path, even_bins({"chr1": 1000}, 100))


def test_no_read_in_any_bin_is_refused(bam):
    with pytest.raises(InvalidContent, match="no read lies in any bin"):
        count_reads(bam([(0, 5, 0, 3)]), even_bins({"chr1": 1000}, 100))
    with pytest.raises(BadInput, match="bins of 5 bases"):
        even_bins({"chr1": 1000}, 5)


def test_gc_is_that_of_known_bases_and_another_build_is_refused():
    depth = depth_of([1, 1, 1], size=4)
    gc, known = gc_content(depth, HeldReference({"chr1": "GCATNNGANNNN"}))
    assert gc[:2].tolist() == [0.5, 0.5]
    assert np.isnan(gc[2])
    assert known.tolist() == [1.0, 0.5, 0.0]
    with pytest.raises(InvalidContent, match="not in the genome, or longer"):
        gc_content(depth, HeldReference({"chr1": "ACGT"}))


def test_correction_takes_out_gc_and_keeps_copies():
    rng = np.random.default_rng(3)
    gc = np.clip(rng.normal(0.42, 0.06, 20_000), 0.2, 0.7)
    bias = np.exp(-(((gc - 0.45) / 0.12) ** 2))
    copies = np.repeat([2, 3, 2, 1, 2], [8000, 2000, 6000, 1000, 3000])
    depth = depth_of(rng.poisson(200 * bias * copies / 2))
    made = ratios(depth, Covariates(gc, np.ones(len(gc))))
    used = made.usable
    assert used.mean() > 0.98
    level = made.log2 - np.log2(copies / 2)
    middle = [np.median(level[used & (np.rint(gc * 50) == stratum)]) for stratum in range(15, 29)]
    # the outer strata are off by 2 without correction; skewed counts of few reads leave a trace
    assert np.abs(middle).max() < 0.06
    for number in (1, 2, 3):
        assert np.median(level[used & (copies == number)]) == pytest.approx(0, abs=0.03)
    raw = ratios(depth, Covariates())
    assert np.std(level[used]) < 0.5 * np.std((raw.log2 - np.log2(copies / 2))[used])


def test_bins_without_bases_or_mappability_are_missing():
    depth = depth_of([100] * 30 + [0, 5])
    known, mappable = np.ones(32), np.ones(32)
    known[30], mappable[31] = 0.1, 0.2
    made = ratios(depth, Covariates(known=known, mappability=mappable))
    assert made.usable.tolist() == [True] * 30 + [False] * 2


def test_one_copy_of_x_has_log2_minus_one():
    contig = np.repeat([0, 1], [20, 10]).astype(np.int32)
    start = np.concatenate([np.arange(20), np.arange(10)]).astype(np.int64) * 10
    made = ratios(Depth(("1", "X"), contig, start, start + 10, np.repeat([80, 40], [20, 10]), 0, 0), Covariates())
    assert made.log2[20:].tolist() == [-1.0] * 10
    assert made.log2[:20].tolist() == [0.0] * 20


def test_a_curve_of_too_few_bins_is_refused():
    with pytest.raises(InvalidContent, match="share a GC content"):
        curve(np.array([0.1, 0.5]), np.ones(2), np.ones(2, bool))


def test_mappability_is_averaged_over_bins(write):
    found = mean_over(depth_of([1, 1], size=10), write("chr1\t5\t15\t0.5\nchr9\t0\t5\t1\n", "m.bg"))
    assert found.tolist() == [0.25, 0.25]
    with pytest.raises(InvalidContent, match="line 1"):
        mean_over(depth_of([1]), write("1\t0\t5\t7\n", "bad.bg"))


def test_a_panel_takes_out_what_normals_share():
    rng = np.random.default_rng(1)
    shared, spread = rng.normal(scale=0.5, size=400), np.repeat([0.05, 0.4], 200)

    def sample():
        return even(shared + rng.normal(size=400) * spread)

    panel = pooled([sample() for _ in range(15)])
    assert np.median(panel.weight[:200]) > 10 * np.median(panel.weight[200:])
    assert np.std(against(sample(), panel).log2[:200]) < 0.08


def even(log2):
    start = np.arange(len(log2)) * 100
    return bins_of(["1"] * len(log2), start, start + 100, log2=log2)


def test_panels_of_other_bins_are_refused():
    with pytest.raises(InvalidContent, match="one sample is no panel"):
        pooled([even([1.0])])
    with pytest.raises(InvalidContent, match=r"the bins differ \(1 and 2\)"):
        against(even([1.0]), even([1.0, 2.0]))
