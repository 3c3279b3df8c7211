"""Tables of bins and segments: read, refused, written and read again."""

from __future__ import annotations

import numpy as np
import pytest

from gennet.errors import InvalidContent, MissingFile
from gennet.genomics.copy_number.bins import read_bins, write_bins
from gennet.genomics.copy_number.copies import THRESHOLDS, Mixture, by_thresholds
from gennet.genomics.copy_number.segments import segments_of, write_cns, write_seg

HEADER = "chromosome\tstart\tend\tgene\tlog2\tdepth\tweight\n"


def test_bins_are_read_and_written_without_loss(write, tmp_path):
    bins = read_bins(
        write(HEADER + "chr2\t0\t10\tA\t0.5\t3\t0.9\nchr1\t20\t30\t-\tNA\t0\t0\nchr1\t0\t10\tB\t-1\t2\t1\n")
    )
    assert bins.contigs == ("chr2", "chr1")
    assert bins.gene == ("A", "B", "-")
    assert bins.usable.tolist() == [True, True, False]
    again = read_bins(write_bins(bins, tmp_path / "again.cnr"))
    for name in ("start", "end", "log2", "weight", "depth", "contig"):
        np.testing.assert_array_equal(getattr(again, name), getattr(bins, name))


def test_a_reference_is_weighed_by_its_spread(write):
    bins = read_bins(write("chromosome\tstart\tend\tlog2\tspread\n1\t0\t5\t0.1\t0.5\n1\t5\t9\t0.1\t2\n"))
    assert bins.weight.tolist() == [0.75, 0.01]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEADER, "no rows"),
        ("chromosome\tstart\tlog2\n1\t2\t3\n", "no column end"),
        (HEADER + "1\t0\t10\t-\t0.1\t3\n", r"line 2: 6 columns"),
        (HEADER + "1\t0\t10\t-\t0.1\t3\t1\n1\t10\t20\t-\tx\t3\t1\n", r"line 3: log2 is 'x'"),
        (HEADER + "1\t0\t10\t-\tinf\t3\t1\n", r"line 2: log2 is 'inf'"),
        (HEADER + "1\tx\t10\t-\t0\t3\t1\n", r"line 2: start is 'x'"),
        (HEADER + "1\t10\t10\t-\t0\t3\t1\n", "does not end behind"),
        (HEADER + "1\t0\t10\t-\t0\t3\t-1\n", "weight of 1:0-10 is -1"),
        (HEADER + "1\t0\t10\t-\t0\t3\t1\n1\t2\t9\t-\t0\t3\t1\n", "overlap"),
        (HEADER + "1\t0\t10\t-\t100000\t3\t1\n", "log2 of 1:0-10 is 100000"),
    ],
)
def test_tables_that_cannot_be_true_are_refused_by_their_line(write, content, words):
    with pytest.raises(InvalidContent, match=words):
        read_bins(write(content, "a.cnr"))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MissingFile):
        read_bins(tmp_path / "none.cnr")


def test_segments_are_written_for_cnvkit_and_igv(write, tmp_path):
    bins = read_bins(write(HEADER + "1\t0\t10\tA\t0.5\t3\t1\n1\t10\t20\tA\t0.7\t3\t3\n2\t5\t9\tA\t-1\t3\t1\n"))
    made = segments_of(bins, [0, 2, 3])
    cns = write_cns(made, np.array([3, 1]), tmp_path / "a.cns").read_text().splitlines()
    assert cns[1:] == ["1\t0\t20\t-\t0.65\t3\t2\t4", "2\t5\t9\t-\t-1\t1\t1\t1"]
    seg = write_seg(made, "s", tmp_path / "a.seg").read_text().splitlines()
    assert seg[1:] == ["s\t1\t1\t20\t2\t0.65", "s\t2\t6\t9\t1\t-1"]


def test_thresholds_call_what_cnvkit_called(mirror):
    rows = [line.split("\t") for line in (mirror / "structural/cnvkit/p2-9_2.call.cns").read_text().splitlines()]
    names, log2, cn = zip(*((r[0], float(r[4]), int(r[5])) for r in rows[1:]), strict=True)
    compared = Mixture(haploid_reference=True).compared(names)
    assert by_thresholds(np.array(log2), compared, THRESHOLDS).tolist() == list(cn)


def test_a_real_table_of_cnvkit_is_read(mirror):
    bins = read_bins(mirror / "structural/cnvkit/p2-9_2.cnr")
    assert (bins.size, len(bins.contigs)) == (18759, 24)
