"""Stores of annotations: what goes in, what is found again, what is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gennet.errors import BadInput, Cancelled, InvalidContent, MissingFile, UnreadableFile
from gennet.genomics.annotation import Kind, Status, Store, annotate, ask_tabix, build_store, variants
from gennet.genomics.annotation import _kernels as kernels
from gennet.genomics.annotation.building import trim
from gennet.genomics.annotation.fields import frequency
from gennet.genomics.annotation.opening import open_source
from gennet.genomics.builds import Build
from gennet.genomics.fasta import HeldReference
from gennet.genomics.regions import parse_regions

HEAD = "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=248956422>\n"
COUNTS = HEAD + "".join(
    f'##INFO=<ID={name},Number={number},Type=Integer,Description="">\n'
    for name, number in (
        ("AC", "A"),
        ("AN", "1"),
        ("nhomalt", "A"),
        ("AC_afr", "A"),
        ("AN_afr", "1"),
        ("faf95_afr", "A"),
    )
)
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


def sites(tmp_path: Path, *lines: str, name: str = "sites.vcf", head: str = COUNTS) -> Path:
    path = tmp_path / name
    path.write_text(head + COLUMNS + "".join(line.replace(" ", "\t") + "\n" for line in lines))
    return path


def store_of(tmp_path: Path, *lines: str, **options: object) -> Store:
    build_store([sites(tmp_path, *lines)], tmp_path / "s.arrow", **options)  # type: ignore[arg-type]
    return Store(tmp_path / "s.arrow")


def test_alternates_of_a_line_keep_their_own_counts(tmp_path: Path) -> None:
    with store_of(tmp_path, "chr1 100 . A C,T . PASS AC=1,5;AN=10;nhomalt=0,2") as store:
        (one,) = annotate(variants([("1", 100, "A", "T"), ("1", 100, "A", "C")], Build.GRCH38), [store]).joined
        assert one.values("ac") == [5, 1]
        assert one.values("af") == [0.5, 0.1]
        assert one.values("nhomalt") == [2, 0]


def test_absent_is_not_zero_and_zero_is_not_absent(tmp_path: Path) -> None:
    lines = ("chr1 100 . A C . PASS AC=0;AN=10;nhomalt=0", "chr1 200 . A C . AC0 AC=0;AN=0;nhomalt=0")
    with store_of(tmp_path, *lines, covered=parse_regions(["1:1-250"])) as store:
        asked = [("1", 100, "A", "C"), ("1", 200, "A", "C"), ("1", 150, "G", "T"), ("1", 300, "G", "T")]
        (one,) = annotate(variants(asked, Build.GRCH38), [store]).joined
        af = one.numbers("af")
    assert one.status.tolist() == [Status.FOUND, Status.FOUND, Status.NOT_SEEN, Status.NOT_COVERED]
    assert af[0] == 0.0
    assert np.isnan(af[1:]).all()
    assert one.at(2) is None


def test_without_coverage_an_absent_variant_is_unknown(tmp_path: Path) -> None:
    with store_of(tmp_path, "chr1 100 . A C . PASS AC=1;AN=10") as store:
        (one,) = annotate(variants([("1", 101, "A", "C")], Build.GRCH38), [store]).joined
    assert one.status.tolist() == [Status.UNKNOWN]


def test_another_reference_base_is_reported_and_not_joined(tmp_path: Path) -> None:
    with store_of(tmp_path, "chr1 100 . A C . PASS AC=1;AN=10", "chr1 110 . GT G . PASS AC=1;AN=10") as store:
        asked = [("1", 100, "G", "C"), ("1", 110, "GTT", "G")]
        (one,) = annotate(variants(asked, Build.GRCH38), [store]).joined
    assert one.status.tolist() == [Status.DISPUTED, Status.UNKNOWN]
    assert one.row.tolist() == [-1, -1]


def test_two_ways_to_write_a_deletion_meet_when_the_genome_is_given(tmp_path: Path) -> None:
    genome = HeldReference({"chr1": "GGCACACAT" + "A" * 50})
    with store_of(tmp_path, "chr1 6 . ACA A . PASS AC=1;AN=10", reference=genome) as store:
        (one,) = annotate(variants([("1", 2, "GCA", "G")], Build.GRCH38, genome=genome), [store]).joined
        (late,) = annotate(variants([("1", 6, "ACA", "A")], Build.GRCH38, genome=genome), [store]).joined
    assert one.status.tolist() == late.status.tolist() == [Status.FOUND]


def test_a_variant_on_another_genome_is_refused_where_the_genome_is_known() -> None:
    genome = HeldReference({"chr1": "AANAG" + "A" * 20})
    assert variants([("1", 3, "C", "G")], Build.GRCH38, genome=genome).name(0) == "1:3 C>G"
    for at, ref in ((4, "C"), (4, "AC"), (5, "GC")):
        with pytest.raises(InvalidContent, match="not what the genome holds"):
            variants([("1", at, ref, "T")], Build.GRCH38, genome=genome)


def test_a_line_that_contradicts_the_genome_is_set_aside_and_counted(tmp_path: Path) -> None:
    genome = HeldReference({"1": "A" * 50})
    built = build_store(
        [sites(tmp_path, "chr1 5 . C G . PASS AC=1;AN=2", "chr1 6 . A G . PASS AC=1;AN=2")],
        tmp_path / "s",
        reference=genome,
    )
    assert (built.rows, built.set_aside) == (1, {"contradicting the genome": 1})


def test_files_in_any_order_make_one_sorted_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gennet.genomics.annotation.building._RUN", 7)
    monkeypatch.setattr("gennet.genomics.annotation.merging._HELD", 12)
    monkeypatch.setattr("gennet.genomics.annotation.merging._PIECE", 5)
    monkeypatch.setattr("gennet.genomics.annotation.merging._OPEN", 4)
    rng = np.random.default_rng(3)
    places = rng.permutation(200)[:100] * 3 + 10
    files = [
        sites(tmp_path, *(f"chr1 {p} . A C . PASS AC={p};AN=1000" for p in part), name=f"{n}.vcf")
        for n, part in enumerate(np.array_split(places, 3))
    ]
    build_store(files, tmp_path / "s.arrow")
    with Store(tmp_path / "s.arrow") as store:
        keys = np.concatenate([batch.key for batch in store.batches()])
        (one,) = annotate(variants([("1", int(p), "A", "C") for p in places], Build.GRCH38), [store]).joined
        assert (np.diff(keys) > 0).all()
        assert one.values("ac") == places.tolist()
        assert [row["ac"] for row in store.at(1, 10, 40)] == sorted(p for p in places.tolist() if 10 <= p <= 40)
    assert not (tmp_path / "s.arrow.parts").exists()


def test_many_lines_at_one_position_stay_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gennet.genomics.annotation.building._RUN", 3)
    monkeypatch.setattr("gennet.genomics.annotation.merging._HELD", 4)
    alternates = ["A" * n for n in range(2, 22)]
    files = [
        sites(
            tmp_path,
            *(f"chr1 100 . A {a} . PASS AC=1;AN=10" for a in part),
            "chr1 105 . A C . . AC=2;AN=10" if n else "chr1 99 . A C . . AC=2;AN=10",
            name=f"{n}.vcf",
        )
        for n, part in enumerate((alternates[::2], alternates[1::2]))
    ]
    build_store(files, tmp_path / "s.arrow")
    with Store(tmp_path / "s.arrow") as store:
        asked = [("1", 100, "A", a) for a in alternates]
        (one,) = annotate(variants(asked, Build.GRCH38), [store]).joined
        assert (one.status == Status.FOUND).all()
    with pytest.raises(InvalidContent, match="stands twice"):
        build_store([*files, sites(tmp_path, "chr1 100 . A AA . . AC=1;AN=10", name="again.vcf")], tmp_path / "t.arrow")


def test_a_stopped_build_goes_on_after_the_files_it_had_finished(tmp_path: Path) -> None:
    files = [sites(tmp_path, f"chr1 {n}00 . A C . PASS AC=1;AN=2", name=f"{n}.vcf") for n in (1, 2)]

    def stop(what: str, done: int, total: int | None = None) -> None:
        if what == "merging":
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        build_store(files, tmp_path / "s.arrow", watch=stop)
    assert not (tmp_path / "s.arrow").exists()
    kept = {p: p.stat().st_mtime_ns for p in (tmp_path / "s.arrow.parts").glob("*/*.arrow")}
    assert len(kept) == 2
    assert build_store(files, tmp_path / "s.arrow").rows == 2


def test_a_frequency_that_stands_twice_is_refused(tmp_path: Path) -> None:
    line = "chr1 100 . A C . PASS AC=1;AN=10"
    with pytest.raises(InvalidContent, match="1:100 A>C stands twice"):
        build_store([sites(tmp_path, line), sites(tmp_path, line, name="b.vcf")], tmp_path / "s.arrow")


CLINVAR = HEAD + '##fileDate=2026-01-05\n##INFO=<ID=CLNSIG,Number=.,Type=String,Description="">\n'


def test_of_two_assertions_the_better_reviewed_is_kept(tmp_path: Path) -> None:
    lines = (
        "chr1 100 7 A C . . CLNSIG=Benign;CLNREVSTAT=criteria_provided,_single_submitter",
        "chr1 100 8 A C . . CLNSIG=Pathogenic;CLNREVSTAT=reviewed_by_expert_panel;GENEINFO=G1:1|G2:2;CLNDN=A_b|c",
    )
    built = build_store([sites(tmp_path, *lines, head=CLINVAR)], tmp_path / "s.arrow")
    with Store(tmp_path / "s.arrow") as store:
        (row,) = store.at(1, 100, 100)
    assert str(built.about) == "clinvar 2026-01-05 GRCh38"
    assert built.set_aside == {"a second line about the same variant": 1}
    assert (row["variation"], row["stars"], row["gene"], row["conditions"]) == (8, 3, "G1|G2", "A b|c")


def test_a_summary_of_both_builds_gives_the_one_asked_for(tmp_path: Path) -> None:
    head = ("#AlleleID", "Name", "GeneSymbol", "ClinicalSignificance", "PhenotypeList", "Assembly", "Chromosome",
            "ReviewStatus", "VariationID", "PositionVCF", "ReferenceAlleleVCF", "AlternateAlleleVCF")  # fmt: skip
    rows = (
        ("1", "n", "G", "Pathogenic", "D", "GRCh37", "1", "practice guideline", "9", "100", "A", "T"),
        ("1", "n", "G", "Pathogenic", "D", "GRCh38", "1", "practice guideline", "9", "200", "A", "T"),
        ("2", "n", "G", "Pathogenic", "D", "GRCh38", "1", "practice guideline", "9", "-1", "na", "na"),
    )
    path = tmp_path / "variant_summary.txt.gz"
    path.write_bytes(gzip.compress("\n".join("\t".join(row) for row in (head, *rows)).encode()))
    built = build_store([path], tmp_path / "s.arrow", build=Build.GRCH38)
    with Store(tmp_path / "s.arrow") as store:
        assert store.at(1, 1, 1000)[0]["position"] == 200
    assert built.set_aside == {"on another build": 1, "without an alternate in bases": 1}
    with pytest.raises(BadInput, match="--build"):
        build_store([path], tmp_path / "t.arrow")


def test_scores_of_a_predictor_keep_their_names(tmp_path: Path) -> None:
    path = tmp_path / "revel.tsv"
    path.write_text("chrom\tpos\tref\talt\tREVEL\n1\t100\tA\tC\t0.9\n1\t101\tA\tC\t.\n")
    build_store([path], tmp_path / "s.arrow", build=Build.GRCH38)
    with Store(tmp_path / "s.arrow") as store:
        assert store.about.kind is Kind.SCORES
        assert [row["revel"] for row in store.at(1, 1, 200)] == [0.9, None]


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("chr1 x . A C . PASS AC=1;AN=2", "no line of a VCF"),
        ("chr1 5 . A", "no line of a VCF"),
        ("chr1 5 . A C . PASS AC=one;AN=2", "no count of alleles"),
    ],
)
def test_a_broken_line_is_refused_and_nothing_is_left_under_the_name(tmp_path: Path, line: str, match: str) -> None:
    with pytest.raises(InvalidContent, match=match):
        build_store([sites(tmp_path, line)], tmp_path / "s.arrow")
    assert not (tmp_path / "s.arrow").exists()


def test_what_is_no_source_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello\n")
    with pytest.raises(UnreadableFile, match="no column chromosome"):
        build_store([tmp_path / "a.txt"], tmp_path / "s.arrow", build=Build.GRCH38)
    with pytest.raises(UnreadableFile, match="none of ClinVar"):
        build_store([sites(tmp_path, "chr1 1 . A C . . .", head=HEAD)], tmp_path / "s.arrow")
    with pytest.raises(InvalidContent, match="JSON"):
        (tmp_path / "a.jsonl").write_text("{]\n")
        build_store([tmp_path / "a.jsonl"], tmp_path / "s.arrow")
    with pytest.raises(InvalidContent, match="GRCh37 was asked"):
        build_store([sites(tmp_path, "chr1 1 . A C . . AC=1;AN=2")], tmp_path / "s.arrow", build=Build.GRCH37)


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFile):
        Store(tmp_path / "none.arrow")
    with store_of(tmp_path, "chr1 100 . A C . PASS AC=1;AN=10") as store:
        with pytest.raises(InvalidContent, match="GRCh37"):
            annotate(variants([("1", 1, "A", "C")], Build.GRCH37), [store])
        (one,) = annotate(variants([("1", 1, "A", "C")], Build.GRCH38), [store]).joined
        with pytest.raises(InvalidContent, match="no column 'x'"):
            one.numbers("x")
    whole = (tmp_path / "s.arrow").read_bytes()
    (tmp_path / "cut.arrow").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableFile):
        Store(tmp_path / "cut.arrow")


def test_the_joint_file_of_gnomad_is_read_by_its_own_names() -> None:
    read = frequency("_joint", {"AC_joint": "A", "AN_joint": "1", "AC_joint_remaining": "A", "grpmax_joint": "A"})
    info = b";AC_joint=4;AN_joint=8;AC_joint_remaining=3;grpmax_joint=nfe"
    values = read(b".", b"PASS", info, 0, 1)
    assert values[1:4] == (4, 8, 0.5)
    assert values[7] == "nfe"
    assert 3 in values[10:]


def test_the_highest_group_stands_in_where_a_release_gives_no_maximum() -> None:
    read = frequency("", {"AC": "A", "AN": "1", "faf95_afr": "A", "faf95_nfe": "A"})
    assert read(b".", b"PASS", b";AC=4;AN=8;faf95_afr=0.01;faf95_nfe=0.2", 0, 1)[6] == 0.2


texts = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from(["A", "AC", "C", "ACG"]), st.sampled_from(["A", "G", "GG", "T"])),
    max_size=30,
)


@given(asked=texts, held=texts)
def test_the_join_equals_a_dictionary(asked: list[tuple[int, str, str]], held: list[tuple[int, str, str]]) -> None:
    asked, held = sorted(asked), sorted(set(held))

    def columns(rows: list[tuple[int, str, str]]) -> list[np.ndarray]:
        made = [np.array([row[0] for row in rows], np.int64)]
        for column in (1, 2):
            at = np.cumsum([0, *(len(row[column]) for row in rows)]).astype(np.int32)
            made += [at, np.frombuffer("".join(row[column] for row in rows).encode(), np.uint8)]
        return made

    rows, disputed = np.full(len(asked), -1, np.int64), np.zeros(len(asked), bool)
    kernels.join(*columns(asked), *columns(held), 0, rows, disputed)
    known = {one: number for number, one in enumerate(held)}
    assert rows.tolist() == [known.get(one, -1) for one in asked]
    for one, said in zip(asked, disputed.tolist(), strict=True):
        others = [ref for position, ref, _ in held if position == one[0]]
        assert said == any(not (ref.startswith(one[1]) or one[1].startswith(ref)) for ref in others)


@given(st.text("AC", min_size=1, max_size=6), st.text("AC", min_size=1, max_size=6), st.integers(0, 3))
def test_trimming_keeps_the_variant(reference: str, alternate: str, lead: int) -> None:
    before, after = "G" * lead, "TT"
    genome = before + reference + after
    position, ref, alt = trim(lead + 1, reference, alternate)
    assert genome[position - 1 : position - 1 + len(ref)] == ref
    assert genome[: position - 1] + alt + genome[position - 1 + len(ref) :] == before + alternate + after
    assert min(len(ref), len(alt)) == 1 or (ref[0] != alt[0] and ref[-1] != alt[-1])


def test_every_slice_of_the_mirror_is_found_again(mirror: Path, tmp_path: Path) -> None:
    path = mirror / "variants/clinvar-minimal__clinvar-seqvars-grch37-tgds.jsonl"
    build_store([path], tmp_path / "s.arrow")
    told = [json.loads(line) for line in path.read_text().splitlines()]
    where = [one["sequenceLocation"] for one in told]
    asked = [(w["chr"].removeprefix("CHROMOSOME_"), w["positionVcf"], w["referenceAlleleVcf"], w["alternateAlleleVcf"]) for w in where]  # fmt: skip
    with Store(tmp_path / "s.arrow") as store:
        (one,) = annotate(variants(asked, Build.GRCH37), [store]).joined
        assert one.values("variation") == [int(t["accession"]["accession"][3:]) for t in told]


def test_a_few_variants_are_asked_of_an_indexed_file(mirror: Path, tmp_path: Path) -> None:
    path = mirror / "variants/freqs__grch38__v4.0__gnomad-exomes.1.vcf.bgz"
    build_store([path], tmp_path / "s.arrow")
    rows = [(r.chromosome, r.position, r.reference, r.alternate) for r in open_source(path).rows]
    asked = variants([*rows, (1, 5, "A", "C"), (7, 5, "A", "C")], Build.GRCH38)
    with Store(tmp_path / "s.arrow") as store:
        (one,) = annotate(asked, [store]).joined
        stored = [dict(row) if (row := one.at(i)) else None for i in range(asked.size)]
    assert ask_tabix(path, asked) == stored
    assert stored[-2:] == [None, None]


def test_an_indexed_file_without_its_index_or_on_another_build_is_refused(tmp_path: Path) -> None:
    path = sites(tmp_path, "chr1 100 . A C . PASS AC=1;AN=10")
    with pytest.raises(MissingFile, match="no index"):
        ask_tabix(path, variants([("1", 1, "A", "C")], Build.GRCH38))
    with pytest.raises(InvalidContent, match="GRCh37"):
        ask_tabix(path, variants([("1", 1, "A", "C")], Build.GRCH37))
