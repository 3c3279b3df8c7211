"""Structural variants of a database that fit one that was called."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gennet.errors import BadInput, InvalidContent, UnreadableFile
from gennet.genomics.annotation.structural import StructuralFrequencies, read_structural
from gennet.genomics.builds import Build

HEAD = "##fileformat=VCFv4.2\n##contig=<ID=1,length=248956422>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


def held(folder: Path, *rows: tuple[int, int, str, str]) -> StructuralFrequencies:
    path = folder / "sv.vcf"
    lines = (f"1\t{a}\tv{n}\tN\t<{k}>\t.\t.\tEND={b};SVTYPE={k};{i}\n" for n, (a, b, k, i) in enumerate(rows))
    path.write_text(HEAD + "".join(lines))
    return read_structural(path)


def test_only_the_same_kind_with_enough_overlap_on_both_sides_fits(tmp_path: Path) -> None:
    known = held(
        tmp_path, (1000, 1999, "DEL", "AC=3;AN=300"), (1000, 1999, "DUP", "AC=9;AN=300"), (1, 90_000, "DEL", "AC=1;AN=2"),
        (1500, 2499, "DEL", "AC=0;AN=0"),
    )  # fmt: skip
    found = known.known_frequency("DEL", "chr1", 1000, 1999)
    assert [(one.name, one.overlap, one.af) for one in found] == [("v0", 1.0, 0.01), ("v3", 0.5, None)]
    assert known.known_frequency("DEL", "2", 1000, 1999) == ()
    assert known.known_frequency("INV", 1, 1000, 1999) == ()


def test_insertions_fit_by_place(tmp_path: Path) -> None:
    known = held(tmp_path, (1000, 1001, "INS", "AC=3;AN=300"))
    assert len(known.known_frequency("INS", 1, 1090, 1090)) == 1
    assert known.known_frequency("INS", 1, 1101, 1101) == ()


def test_adjacencies_are_left_out_and_people_are_counted_where_alleles_are_not(tmp_path: Path) -> None:
    known = held(
        tmp_path, (1000, 1001, "BND", "AC=3;AN=300"), (1, 90, "DUP", "SC=3;SN=30"), (1, 90, "CNV", "AC=1,2;AN=30")
    )
    assert known.kind == ("CNV", "DUP")
    assert known.known_frequency("DUP", 1, 1, 90)[0].af == 0.1
    assert known.known_frequency("CNV", 1, 1, 90)[0].ac == 3


spans = st.lists(st.tuples(st.integers(1, 400), st.integers(0, 300), st.sampled_from(["DEL", "DUP"])), max_size=25)


@settings(max_examples=60)
@given(rows=spans, asked=st.tuples(st.integers(1, 400), st.integers(0, 300)))
def test_the_search_equals_looking_at_every_variant(tmp_path_factory, rows, asked) -> None:
    known = held(tmp_path_factory.mktemp("sv"), *((a, a + n, k, "AC=1;AN=9") for a, n, k in rows))
    start, end = asked[0], sum(asked)
    expected = set()
    for number, (a, n, kind) in enumerate(rows):
        shared = len(set(range(a, a + n + 1)) & set(range(start, end + 1)))
        if kind == "DEL" and 2 * shared >= max(n + 1, asked[1] + 1) and shared:
            expected.add(f"v{number}")
    assert {one.name for one in known.known_frequency("DEL", 1, start, end)} == expected


def test_what_is_no_such_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.vcf").write_text("hello\tyou\n")
    with pytest.raises(InvalidContent):
        read_structural(tmp_path / "a.vcf")
    (tmp_path / "a.vcf").write_text("# hello\n")
    with pytest.raises(UnreadableFile):
        read_structural(tmp_path / "a.vcf")
    (tmp_path / "a.vcf").write_text("##fileformat=VCFv4.2\n")
    with pytest.raises(BadInput, match="build"):
        read_structural(tmp_path / "a.vcf")
    with pytest.raises(InvalidContent, match="GRCh37 was asked"):
        held(tmp_path)
        read_structural(tmp_path / "sv.vcf", build=Build.GRCH37)
    with pytest.raises(BadInput, match="before it starts"):
        held(tmp_path, (1, 2, "DEL", "AC=1;AN=2")).known_frequency("DEL", 1, 5, 4)


def test_every_variant_of_the_mirror_finds_itself_with_its_stated_frequency(mirror: Path) -> None:
    known = read_structural(mirror / "variants/gnomad-sv__gnomad-cnv4__gnomad.v4.0.cnv.all.vcf")
    for row, name in enumerate(known.name):
        found = known.known_frequency(
            known.kind[row], int(known.chromosome[row]), int(known.start[row]), int(known.end[row])
        )
        assert name in {one.name for one in found if one.overlap == 1.0}
        assert next(one.af for one in found if one.name == name) == pytest.approx(known.ac[row] / known.an[row])
