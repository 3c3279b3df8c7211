"""Matrices of betas and sample sheets: every layout, and what is wrong with a broken one."""

import numpy as np
import pytest

from gennet.core.sheets import read_sheet
from gennet.core.study import read_options, silent
from gennet.errors import InvalidContent, UnknownName, UnreadableFile
from gennet.genomics.methylation.matrix import read_matrix
from gennet.genomics.methylation.studies import STUDIES

TABLE = "ProbeID,S1,S2\ncg00000029,0.5,0.25\ncg00000108,NA,0.75\nch.1.100F,1,-0.001\n"
CLOCKS = next(s for s in STUDIES if s.name == "clocks")


def test_all_layouts_of_a_matrix_read_alike(write):
    transposed = "id\tcg00000029\tcg00000108\tch.1.100F\nS1\t0.5\tNA\t1\nS2\t0.25\t0.75\t0\n"
    r_style = "S1\tS2\ncg00000029\t0.5\t0.25\ncg00000108\tNA\t0.75\nch.1.100F\t1\t0\n"
    for text, name in ((TABLE, "m.csv"), (TABLE, "m.csv.gz"), (transposed, "t.tsv"), (r_style, "r.tsv")):
        read = read_matrix(write(text, name))
        assert (read.cpgs, read.samples) == (("cg00000029", "cg00000108", "ch.1.100F"), ("S1", "S2"))
        assert np.array_equal(read.betas, [[0.5, 0.25], [np.nan, 0.75], [1, 0]], equal_nan=True)


def test_parquet_reads_as_text_does(write, tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    text = read_matrix(write(TABLE, "m.csv"))
    columns = {"cpg": list(text.cpgs), "S1": text.betas[:, 0], "S2": text.betas[:, 1]}
    pq.write_table(pa.table(columns), tmp_path / "m.parquet")
    assert np.array_equal(read_matrix(tmp_path / "m.parquet").betas, text.betas, equal_nan=True)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 cut short")
    with pytest.raises(UnreadableFile, match=r"bad\.parquet"):
        read_matrix(tmp_path / "bad.parquet")


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (TABLE.replace("0.75", "7.5"), InvalidContent, "line 3: 7.5 of cg00000108, S2 is not between 0 and 1"),
        (TABLE.replace("0.75", "x"), InvalidContent, "line 3: beta 'x' is no number"),
        (TABLE.replace(",0.75", ""), InvalidContent, "line 3: 1 values for 2 columns"),
        (TABLE.replace("cg00000108", "cg00000029"), InvalidContent, "CpG cg00000029 stands twice"),
        (TABLE.replace("S2", "S1"), InvalidContent, "sample S1 stands twice"),
        (TABLE.replace("cg", "x").replace("ch.", "y"), UnreadableFile, "named after CpGs"),
        ("ProbeID,S1\n", UnreadableFile, "holds no values"),
    ],
)
def test_a_broken_matrix_is_refused_with_its_place(write, text, error, message):
    with pytest.raises(error, match=message):
        read_matrix(write(text, "m.csv"))


def test_a_sheet_follows_the_matrix_and_says_where_it_is_broken(write):
    sheet = read_sheet(write("sample,age\nS2,40\nS9,1\n", "s.csv"), ("S1", "S2"))
    assert sheet == {"age": ("", "40")}
    with pytest.raises(InvalidContent, match="line 3: S2 stands twice"):
        read_sheet(write("sample,age\nS2,40\nS2,41\n", "s.csv"), ("S2",))
    with pytest.raises(InvalidContent, match="no sample of the matrix"):
        read_sheet(write("sample,age\nS3,40\n", "s.csv"), ("S2",))


def toy_cohort(write, tmp_path):
    cpgs = ["cg00000029", "cg00000108"]
    (tmp_path / "Hannum.csv").write_text("CpGmarker,CoefficientTraining\nintercept,20\ncg00000029,40\ncg00000108,10\n")
    samples = [f"S{i}" for i in range(12)]
    ages = np.linspace(30, 60, 12)
    first = (ages - 20) / 50 + np.where(np.arange(12) % 2, 0.1, 0.0)
    rows = [",".join([c, *map(str, first if i == 0 else np.full(12, 0.5))]) for i, c in enumerate(cpgs)]
    betas = write("\n".join([",".join(["cpg", *samples]), *rows]), "m.csv")
    lines = [f"{s},{a},{'b' if i % 2 else 'a'}" for i, (s, a) in enumerate(zip(samples, ages, strict=True))]
    return betas, write("\n".join(["sample,age,batch", *lines]), "s.csv")


def test_a_batch_that_explains_acceleration_is_warned_of(write, tmp_path):
    betas, sheet = toy_cohort(write, tmp_path)
    options = read_options(CLOCKS, {"betas": str(betas), "samples": str(sheet)})
    found = CLOCKS.run(options, silent, None, methylation_clocks_biolearn=tmp_path)
    assert any("of Hannum" in note and "compare samples within a batch" in note for note in found.notes)
    assert found.table("batches").rows[0][1] > 0.9
    ages = found.table("ages")
    assert sum(ages.column("acceleration")) == pytest.approx(0, abs=1e-9)
    assert ages.rows[0][2] == pytest.approx(20 + 40 * 0.2 + 5)


def test_an_unknown_clock_is_refused_with_near_names(write, tmp_path):
    betas, _ = toy_cohort(write, tmp_path)
    options = read_options(CLOCKS, {"betas": str(betas), "clock": ["Hanum"]})
    with pytest.raises(UnknownName, match="near names: Hannum"):
        CLOCKS.run(options, silent, None, methylation_clocks_biolearn=tmp_path)
