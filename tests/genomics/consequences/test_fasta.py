"""Bases are read where they are, from plain and packed files, and a file that lies is refused."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from gennet.errors import InvalidContent, UnknownName, UnreadableFile
from gennet.genomics.consequences import Fasta


@pytest.fixture
def bases():
    rng = np.random.default_rng(3)
    return {
        name: "".join("ACGT"[n] for n in rng.integers(0, 4, length))
        for name, length in (("1", 143), ("2", 60), ("3", 1))
    }


def written(path, bases, width=60, end="\n", last=True):
    text = ""
    for name, held in bases.items():
        text += f">{name} words{end}" + end.join(held[i : i + width] for i in range(0, len(held), width)) + end
    path.write_bytes((text if last else text.removesuffix(end)).encode())
    return path


@pytest.mark.parametrize("width", [7, 60, 1000])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_any_stretch_is_read_without_an_index(tmp_path, bases, width, end, last):
    with Fasta(written(tmp_path / "g.fa", bases, width, end, last)) as fasta:
        assert fasta.lengths == {name: len(held) for name, held in bases.items()}
        for start, stop in ((0, 143), (59, 61), (142, 143), (0, 1), (70, 70)):
            assert fasta.fetch("1", start, stop) == bases["1"][start:stop]
        assert fasta.fetch("2", 58, 62) == bases["2"][58:] + "NN"
        assert fasta.fetch("2", -2, 1) == "NN" + bases["2"][0]
        assert fasta.fetch("3", -5, -2) == "NNN"


def test_an_index_is_used_and_a_file_cut_short_of_it_is_refused(tmp_path, bases):
    pysam = pytest.importorskip("pysam")
    path = written(tmp_path / "g.fa", bases)
    pysam.faidx(str(path))
    with Fasta(path) as fasta:
        assert fasta.fetch("1", 100, 143) == bases["1"][100:]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UnreadableFile, match="ends before the 143 bases"):
        Fasta(path)


def test_a_bgzipped_file_is_read_through_its_indexes(tmp_path, bases):
    pysam = pytest.importorskip("pysam")
    path = written(tmp_path / "g.fa", bases)
    packed = tmp_path / "g.fa.gz"
    pysam.tabix_compress(str(path), str(packed))
    pysam.faidx(str(packed))
    with Fasta(packed) as fasta:
        assert fasta.fetch("1", 58, 64) == bases["1"][58:64]
        assert fasta.fetch("2", 58, 61) == bases["2"][58:] + "N"
    plain = tmp_path / "h.fa.gz"
    plain.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(UnreadableFile, match="bgzip"):
        Fasta(plain)


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        (b"ACGT\n", UnreadableFile, "does not start with >"),
        (b"", UnreadableFile, "empty"),
        (b">1\nAC\n>1\nAC\n", InvalidContent, "'1' twice"),
    ],
)
def test_what_is_no_fasta_is_refused(tmp_path, content, error, says):
    path = tmp_path / "g.fa"
    path.write_bytes(content)
    with pytest.raises(error, match=says):
        Fasta(path)


def test_an_unknown_contig_and_a_wrong_index_are_said(tmp_path, bases):
    path = written(tmp_path / "g.fa", bases)
    with Fasta(path) as fasta, pytest.raises(UnknownName, match="no contig 'chr9'"):
        fasta.fetch("chr9", 0, 1)
    (tmp_path / "g.fa.fai").write_text("1\tx\t9\t60\t61\n")
    with pytest.raises(InvalidContent, match="line 1"):
        Fasta(path)
    (tmp_path / "g.fa.fai").write_text("1\t100\t9\t50\t61\n")
    with Fasta(path) as fasta, pytest.raises(UnreadableFile, match="not as long as its index says"):
        fasta.fetch("1", 0, 100)
