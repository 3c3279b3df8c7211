"""BGEN written byte by byte here, and by plink2 where it is installed."""

import shutil
import struct
import subprocess
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_cohorts import calls_of, made_cohort

from gennet.errors import InvalidContent, MissingFile, UnreadableFile
from gennet.genomics.cohorts import open_cohort, write_pgen
from gennet.genomics.cohorts._kernels import bgen_dosages, hard_calls

PEOPLE = ("a", "b", "c")


def word(text, kind="<H"):
    return struct.pack(kind, len(text)) + text.encode()


def bits(numbers, width):
    joined = sum(number << (width * k) for k, number in enumerate(numbers))
    return joined.to_bytes((len(numbers) * width + 7) // 8, "little")


def layout_two(numbers, *, width=8, phased=0, ploidy=(2, 2, 2), alleles=2):
    head = struct.pack("<IHBB", len(ploidy), alleles, min(p & 63 for p in ploidy), max(p & 63 for p in ploidy))
    return head + bytes(ploidy) + bytes([phased, width]) + bits(numbers, width)


def variant(data, *, compress, alleles=("A", "C"), position=100):
    named = word("v1") + word("rs1") + word("01") + struct.pack("<IH", position, len(alleles))
    named += b"".join(word(allele, "<I") for allele in alleles)
    if compress:
        packed = zlib.compress(data)
        return named + struct.pack("<II", len(packed) + 4, len(data)) + packed
    return named + struct.pack("<I", len(data)) + data


def bgen(*variants, compress=1, layout=2, named=True):
    samples = b"".join(word(name) for name in PEOPLE)
    block = struct.pack("<II", len(samples) + 8, len(PEOPLE)) + samples if named else b""
    flags = compress | layout << 2 | (1 << 31 if named else 0)
    head = struct.pack("<III4sI", 20, len(variants), len(PEOPLE), b"bgen", flags)
    return struct.pack("<I", 20 + len(block)) + head + block + b"".join(variants)


def written(tmp_path, data):
    path = tmp_path / "c.bgen"
    path.write_bytes(data)
    return path


def dosages_of(path):
    return np.concatenate([block.dosages for block in open_cohort(path).dosage_blocks()])


@pytest.mark.parametrize("compress", [0, 1])
def test_probabilities_become_copies_of_the_second_allele(tmp_path, compress):
    # Nobody, one copy and two copies for sure; then half one and half two; then missing.
    sure = layout_two([255, 0, 0, 255, 0, 0])
    unsure = layout_two([0, 51, 255, 0, 0, 0], ploidy=(2, 2, 130))
    path = written(
        tmp_path, bgen(variant(sure, compress=compress), variant(unsure, compress=compress), compress=compress)
    )
    assert np.allclose(dosages_of(path), [[0, 1, 2], [1.8, 0, np.nan]], equal_nan=True)
    assert calls_of(open_cohort(path)).tolist() == [[0, 1, 2], [-1, 0, -1]]
    assert open_cohort(path).variants.id == ("rs1", "rs1")


def test_phased_and_haploid_probabilities_are_read(tmp_path):
    phased = layout_two([255, 255, 255, 0, 0, 0], phased=1)
    haploid = layout_two([255, 0, 255, 0], ploidy=(1, 1, 2))
    path = written(tmp_path, bgen(variant(phased, compress=1), variant(haploid, compress=1)))
    assert dosages_of(path).tolist() == [[0, 1, 2], [0, 2, 0]]


@given(st.integers(1, 32), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=9))
def test_probabilities_of_any_width_are_read(width, pairs):
    top = 2**width - 1
    numbers = [n for one, two in pairs for n in (int(one * top), int(two * (top - int(one * top))))]
    expected = [2 - (2 * a + b) / top for a, b in zip(numbers[::2], numbers[1::2], strict=True)]
    found = np.empty(len(pairs), np.float32)
    data = np.frombuffer(bits(numbers, width), np.uint8)
    assert bgen_dosages(np.full(len(pairs), 2, np.uint8), data, width, 0, found) == -1
    assert np.allclose(found, expected, atol=1e-6)


def test_layout_one_is_read(tmp_path):
    data = struct.pack("<9H", 32768, 0, 0, 0, 32768, 0, 0, 0, 0)
    named = (
        struct.pack("<I", 3)
        + word("v1")
        + word("rs1")
        + word("X")
        + struct.pack("<I", 7)
        + word("A", "<I")
        + word("C", "<I")
    )
    packed = zlib.compress(data)
    path = written(tmp_path, bgen(named + struct.pack("<I", len(packed)) + packed, layout=1))
    assert np.allclose(dosages_of(path), [[0, 1, np.nan]], equal_nan=True)
    assert open_cohort(path).variants.chromosome.tolist() == [23]


def test_several_alternates_are_set_aside(tmp_path):
    three = variant(layout_two([255, 0] * 3, alleles=3), compress=1, alleles=("A", "C", "G"))
    path = written(tmp_path, bgen(three, variant(layout_two([255, 0] * 3), compress=1)))
    cohort = open_cohort(path)
    assert cohort.variants.size == 1
    assert "Set aside: 1 variant without exactly one alternate allele of bases." in cohort.notes
    assert calls_of(cohort).tolist() == [[0, 0, 0]]


def test_samples_come_from_beside_where_the_file_names_none(tmp_path):
    path = written(tmp_path, bgen(variant(layout_two([255, 0] * 3), compress=1), named=False))
    with pytest.raises(MissingFile, match=r"c\.sample is not beside it"):
        open_cohort(path)
    beside = path.with_suffix(".sample")
    beside.write_text("ID_1 ID_2 missing\n0 0 0\nf a 0\nf b 0\nf c 0\n")
    assert open_cohort(path).samples == PEOPLE
    beside.write_text("ID_1 ID_2 missing\n0 0 0\nf a 0\n")
    with pytest.raises(InvalidContent, match="lists 1 people where the BGEN holds 3"):
        open_cohort(path)


def test_every_cut_of_a_bgen_is_refused(tmp_path):
    data = bgen(variant(layout_two([255, 0] * 3), compress=1))
    for length in range(20, len(data)):
        with pytest.raises(UnreadableFile, match=r"cut short|truncated or corrupt at variant 1|not a BGEN"):
            calls_of(open_cohort(written(tmp_path, data[:length])))


@pytest.mark.parametrize(
    "data",
    [
        layout_two([255, 255] * 3),
        layout_two([255, 0] * 3, ploidy=(3, 3, 3)),
        layout_two([255, 0]),
        layout_two([255, 0] * 4, ploidy=(2,) * 4),
    ],
)
def test_data_that_cannot_be_true_are_refused(tmp_path, data):
    with pytest.raises(UnreadableFile, match=r"truncated or corrupt at variant 1 "):
        calls_of(open_cohort(written(tmp_path, bgen(variant(data, compress=1)))))


def test_hard_calls_reach_a_tenth():
    calls = np.empty(6, np.int8)
    hard_calls(np.array([0.1, 0.11, 0.95, 1.5, 2, np.nan], np.float32), 0.1 + 1e-7, calls)
    assert calls.tolist() == [0, -1, 1, -1, 2, -1]


@pytest.mark.skipif(shutil.which("plink2") is None, reason="plink2 is not installed: apt install plink2")
@pytest.mark.parametrize("version", ["bgen-1.1", "bgen-1.2", "bgen-1.3 bits=16"])
def test_what_plink2_writes_is_read_alike(tmp_path, version):
    cohort = made_cohort(people=41, size=23)
    write_pgen(cohort, tmp_path / "c.pgen")
    words = ["plink2", "--pfile", tmp_path / "c", "--export", *version.split(), "--out", tmp_path / "x"]
    subprocess.run([*words, "--threads", "1"], check=True, capture_output=True)
    read = open_cohort(tmp_path / "x.bgen")
    # plink2 writes the alternate allele first.
    assert read.variants.reference == cohort.variants.alternate
    assert np.array_equal(calls_of(read), np.where(cohort.dosages < 0, -1, 2 - cohort.dosages))
