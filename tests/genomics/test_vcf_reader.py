"""The compiled reader beside a plain one, whatever the size of its pieces; htslib; refusals; broken input."""

from __future__ import annotations

import re

import numpy as np
import pytest
from genomics_files import HEADER38, HEADING, bgzip, vcf_text
from hypothesis import given
from hypothesis import strategies as st

from gennet.core.bgzf import is_bgzf
from gennet.core.codec import digest
from gennet.core.files import chunks_later
from gennet.errors import BadInput, GenNetError, InvalidContent, UnreadableFile
from gennet.genomics import _vcf_kernels as kernels
from gennet.genomics import genotypes as module
from gennet.genomics.builds import chromosome_code
from gennet.genomics.genotypes import read_vcf
from gennet.genomics.regions import Regions, parse_regions, read_bed, regions_of

NO_ALTERNATE = (".", "<NON_REF>", "<*>", "<X>")


def plainly(text: str, column: int) -> dict[tuple[int, int, str], tuple]:
    """Read a VCF line by line: site -> alternates, allele numbers, phased, phase set; blocks -> end."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        chrom, pos, _, ref, alt, _, _, info, form, *samples = line.split("\t")
        values = dict(zip(form.split(":"), samples[column].split(":"), strict=False))
        alts = alt.split(",")
        while alts and alts[-1] in NO_ALTERNATE:
            alts.pop()
        calls = [-1 if a == "." else int(a) for a in re.split(r"[/|]", values["GT"])]
        calls = [-1 if c > len(alts) else c for c in calls]
        end = re.search(r"(?:^|;)END=(\d+)", info) if not alts else None
        if end:
            gq, dp = values.get("GQ", "."), values.get("MIN_DP", values.get("DP", "."))
            if (gq.isdigit() and int(gq) < 20) or (dp.isdigit() and int(dp) == 0):
                calls = [-1] * len(calls)
            if int(end[1]) > int(pos):
                if all(c == 0 for c in calls):
                    found[(chromosome_code(chrom), int(pos), "block")] = int(end[1])
                continue
        phased = "|" in values["GT"]
        own_set = int(values["PS"]) if phased and values.get("PS", ".").isdigit() else 0
        found[(chromosome_code(chrom), int(pos), ref)] = (tuple(alts), tuple(calls), phased, own_set)
    return found


def compiled(g) -> dict[tuple[int, int, str], tuple]:
    found = {}
    for row in range(g.size):
        alternate = g.alleles[g.alternate[row]]
        calls = tuple(int(c) for c in (g.first[row], g.second[row]) if c != kernels.HAPLOID)
        key = (int(g.chromosome[row]), int(g.position[row]), g.alleles[g.reference[row]])
        alts = () if alternate == "." else tuple(alternate.split(","))
        found[key] = (alts, calls, bool(g.phased[row]), int(g.phase_set[row]))
    blocks = zip(g.block_chromosome.tolist(), g.block_start.tolist(), g.block_end.tolist(), strict=True)
    return found | {(c, a, "block"): b for c, a, b in blocks}


ALLELE = st.text("ACGT", min_size=1, max_size=9)
NUMBER = st.integers(0, 120)


@st.composite
def line(draw):
    """Draw a line of a VCF or gVCF with two samples, without its place."""
    ref = draw(ALLELE)
    alts = draw(st.lists(ALLELE.filter(lambda a: a != ref), max_size=12, unique=True))
    tail = draw(st.sampled_from([(), ("<NON_REF>",), ("<*>",)]))
    listed = [*alts, *tail] or ["."]
    info = draw(st.sampled_from([".", "DP=3", "AC=1;END=%d;X=2", "END=%d", "XEND=7;AF=0.5", "DB;END=%d"]))
    info = info if not alts else info.replace("END=%d", "SEND=9")
    form = draw(st.sampled_from(["GT", "GT:PS", "GT:DP:GQ", "GT:AD:PS:GQ", "GT:MIN_DP:DP"]))
    highest = len(listed) if listed != ["."] else 0

    def sample():
        allele = st.one_of(st.just("."), st.integers(0, highest).map(str))
        sep = draw(st.sampled_from("/|"))
        gt = sep.join(draw(st.lists(allele, min_size=1, max_size=2)))
        rest = [str(draw(NUMBER)) if draw(st.booleans()) else "." for _ in form.split(":")[1:]]
        keep = draw(st.integers(0, len(rest)))
        return ":".join([gt, *rest[:keep]])

    return ref, ",".join(listed), draw(st.sampled_from(["PASS", ".", "q10;s50"])), info, form, sample(), sample()


@given(st.lists(line(), min_size=1, max_size=12), st.integers(0, 1), st.integers(40, 900), st.booleans())
def test_it_reads_what_a_plain_reader_reads(write, lines, column, piece, crlf):
    rows, position = [], 100
    for ref, alt, passed, info, form, *samples in lines:
        shown = info % (position + 5) if "%d" in info else info
        chrom = "1" if position < 700 else "X"
        rows.append("\t".join((chrom, str(position), "rs1;x", ref, alt, "3.5", passed, shown, form, *samples)))
        position += 100
    text = HEADER38 + HEADING + "\ta\tb\n" + "".join(f"{row}\n" for row in rows)
    data = text.replace("\n", "\r\n") if crlf else text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PIECE", piece)
        expected = plainly(text, column)
        if not any(key[2] != "block" for key in expected):
            return
        assert compiled(read_vcf(write(data), "ab"[column])[0]) == expected


@pytest.mark.parametrize("piece", [37, 100, 1000, 1 << 22])
def test_the_size_of_pieces_changes_nothing(write, monkeypatch, piece):
    text = vcf_text(*(f"{1 + i // 300} {1 + i * 7} A{'C' * (i % 3)} G,TT {i % 3}|{(i + 1) % 3}" for i in range(600)))
    whole = digest(read_vcf(write(text))[0])
    monkeypatch.setattr(module, "_PIECE", piece)
    for name, data in (("p.vcf", text), ("p.vcf.gz", text), ("q.vcf.gz", bgzip(text.encode())), ("r.vcf", text[:-1])):
        assert digest(read_vcf(write(data, name))[0]) == whole
    assert len(list(chunks_later(write(text), chunk=piece))) >= len(text) // piece


def test_line_numbers_are_right_across_pieces(write, monkeypatch):
    monkeypatch.setattr(module, "_PIECE", 64)
    rows = [f"1 {i} A C 0/1" for i in range(1, 400)]
    rows[321] = "1 322 A C 0/2"
    with pytest.raises(InvalidContent, match=f"line {4 + 322}: GT names allele 2"):
        read_vcf(write(vcf_text(*rows)))


def test_blank_lines_may_end_a_file_and_nothing_else(write):
    text = vcf_text("1 5 A C 0/1", "1 6 A C 0/1")
    assert read_vcf(write(text + "\n\n\n"))[0].size == 2
    with pytest.raises(InvalidContent, match="line 6: 1 columns where the header has 10"):
        read_vcf(write(text.replace("\n1\t6", "\n\n1\t6")))


def test_many_alternates_and_long_alleles_are_kept(write):
    alts = [f"A{'CGT'[i % 3] * (i // 3 + 1)}" for i in range(30)]
    long = "A" * 3000
    g, _ = read_vcf(write(vcf_text(f"1 100 A {','.join(alts)} 12/29", f"1 5000 {long} A 0/1")))
    assert g.alleles_at(1, 100) == (alts[11], alts[28])
    assert g.alleles_at(1, 5000) == (long, "A")


def test_one_line_may_be_longer_than_a_piece(write, monkeypatch):
    monkeypatch.setattr(module, "_PIECE", 50)
    g, _ = read_vcf(write(vcf_text(f"1 100 A {'C' * 400} 0/1", "1 900 A C 1/1")))
    assert g.size == 2


@given(st.text("ACGT\t\n:", max_size=60), st.integers(0, 40))
def test_fields_end_at_the_next_tab_or_newline(text, at):
    data = (text + "\n").encode()
    at = min(at, len(data) - 1)
    padded = np.frombuffer(data + b"\0" * (16 + -len(data) % 8), np.uint8)
    expected = min(i for i in range(at, len(data)) if data[i : i + 1] in (b"\t", b"\n"))
    assert kernels.field_end(padded, padded.view(np.uint64), at) == expected


def test_regions_choose_lines_and_blocks(write):
    block = "1\t300\t.\tA\t<NON_REF>\t.\t.\tEND=399\tGT\t0/0\n"
    text = vcf_text("1 100 A C 0/1", "1 200 A C 0/1", "2 100 A C 0/1").replace("2\t100", block + "2\t100")
    g, _ = read_vcf(write(text), within=parse_regions(["chr1:150-310"]))
    assert g.position.tolist() == [200]
    assert g.block_start.tolist() == [300]
    with pytest.raises(InvalidContent, match="no site lies on the regions asked for"):
        read_vcf(write(text), within=parse_regions(["7"]))


def test_callable_regions_are_evidence_of_reference(write):
    bed = write("track name=x\nchr1\t99\t200\nHLA-A\t1\t2\n", "seen.bed")
    g = read_vcf(write(vcf_text("1 150 A C 0/1")))[0].callable_in(read_bed(bed))
    at = np.array([99, 100, 200, 201], np.int32)
    assert g.in_reference_block(np.ones(4, np.int8), at).tolist() == [False, True, True, False]


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(1, 60), st.integers(0, 9)), max_size=12), st.integers(1, 70))
def test_joined_regions_cover_the_same_bases(rows, position):
    table = np.array(rows, np.int64).reshape(-1, 3)
    regions = regions_of(
        table[:, 0].astype(np.int8), table[:, 1].astype(np.int32), (table[:, 1] + table[:, 2]).astype(np.int32)
    )
    assert (regions.start[1:].astype(np.int64) > regions.end[:-1] + 1)[np.diff(regions.chromosome) == 0].all()
    for code in (1, 2):
        one, at = np.array([code], np.int8), np.array([position], np.int32)
        assert regions.touch(one, at, at)[0] == any(c == code and s <= position <= s + w for c, s, w in rows)


def test_no_region_touches_nothing():
    none = Regions(np.zeros(0, np.int8), np.zeros(0, np.int32), np.zeros(0, np.int32))
    assert not none.touch(np.ones(1, np.int8), np.ones(1, np.int32), np.ones(1, np.int32)).any()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("chr1\t5\n", "line 1: not chromosome, start and a larger end"),
        ("chr1\t1\t9\nchr1\t9\t9\n", "line 2"),
        ("chr1\tx\t9\n", "line 1"),
        ("HLA-A\t1\t9\n", "no stretch lies on chromosomes"),
    ],
)
def test_bed_files_that_cannot_be_true_are_refused(write, content, message):
    with pytest.raises(InvalidContent, match=rf"seen\.bed.*{message}"):
        read_bed(write(content, "seen.bed"))


@pytest.mark.parametrize("text", ["", "chr99", "7:0-5", "7:9-5", "7:-", "7:1-2-3", "7:x", "7:99999999999"])
def test_what_is_no_region_is_refused(text):
    with pytest.raises(BadInput, match="is no region; write 7"):
        parse_regions([text])


SITES = "".join(f"1\t{i}\t.\tA\tC\t.\t.\t.\tGT\t0/1\n" for i in range(1, 30_000))
BLOCKED = bgzip((vcf_text() + SITES).encode())


@given(st.integers(0, len(BLOCKED) - 1), st.integers(1, 255))
def test_a_damaged_bgzip_file_is_refused_or_read_the_same(write, at, change):
    data = bytearray(BLOCKED)
    data[at] ^= change
    try:
        read = read_vcf(write(bytes(data), "d.vcf.gz"))[0]
    except GenNetError as error:
        assert "d.vcf.gz" in str(error)  # noqa: PT017 any other exception fails the test
    else:
        # Times and names in gzip headers carry nothing.
        assert read.size == 29_999


@pytest.mark.parametrize("cut", [1, 10, 28, 29, 500])
def test_a_bgzip_file_cut_short_is_refused(write, cut):
    with pytest.raises(UnreadableFile, match="truncated or corrupt"):
        read_vcf(write(BLOCKED[:-cut], "c.vcf.gz"))
    assert is_bgzf(BLOCKED)


def test_a_block_that_lies_about_its_size_is_refused(write):
    size = int.from_bytes(BLOCKED[16:18], "little") + 1
    lying = BLOCKED[: size - 4] + (5).to_bytes(4, "little") + BLOCKED[size:]
    with pytest.raises(UnreadableFile, match="truncated or corrupt"):
        read_vcf(write(lying, "l.vcf.gz"))
