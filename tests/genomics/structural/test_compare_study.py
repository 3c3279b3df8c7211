"""`gennet genome structural-compare` on small files."""

import pytest

from gennet.catalog import STUDIES
from gennet.core.study import read_options, silent

HEAD = (
    "##fileformat=VCFv4.2\n##contig=<ID=1,length=249250621>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n"
)


def line(position, size, name, genotype, kind="DEL"):
    return f"1\t{position}\t{name}\tN\t<{kind}>\t.\tPASS\tSVTYPE={kind};SVLEN={size};END={position + size}\tGT\t{genotype}\n"


@pytest.fixture
def found(tmp_path):
    (tmp_path / "truth.vcf").write_text(HEAD + line(1000, 90, "t1", "0/1") + line(9000, 700, "t2", "1/1", "DUP"))
    (tmp_path / "calls.vcf").write_text(HEAD + line(1004, 80, "c1", "1/1") + line(50_000, 60, "c2", "0/1"))
    (study,) = (s for s in STUDIES if s.name == "structural-compare")
    given = {"truth": str(tmp_path / "truth.vcf"), "calls": str(tmp_path / "calls.vcf")}
    return study.run(read_options(study, given), silent, None)


def test_the_summary_says_recall_precision_and_f1(found):
    assert found.summary == (
        "1 of 2 variants of the truth are found (recall 50.0%); 1 of 2 calls are true (precision 50.0%); F1 50.0%."
    )


def test_kinds_and_sizes_are_counted_apart(found):
    assert found.table("kinds").rows == (("DEL", 1, 0, 1, 1, 0.5, 1.0, 2 / 3), ("DUP", 0, 1, 0, 0, None, 0.0, None))
    assert [row[:5] for row in found.table("sizes").rows] == [
        ("50 to 99 bp", 1, 0, 1, 1),
        ("500 to 999 bp", 0, 1, 0, 0),
    ]


def test_each_variant_is_listed_with_its_match(found):
    rows = {(row[0], row[6]): row for row in found.table("variants").rows}
    assert set(rows) == {("found", "t1"), ("missed", "t2"), ("true", "c1"), ("false", "c2")}
    assert rows["found", "t1"][7:10] == (1004, 80, "c1")
    assert rows["found", "t1"][-1] == rows["true", "c1"][-1] == "1 and 2"
    assert rows["missed", "t2"][-1] is None


def test_every_figure_is_a_view_of_its_table(found):
    for figure in found.figures:
        for column in (figure.label, *figure.series):
            assert len(found.table(figure.table).column(column)) == len(found.table(figure.table).rows)
