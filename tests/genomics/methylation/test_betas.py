from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gennet.core.codec import digest, from_json, to_json
from gennet.errors import BadInput, GenNetError, InvalidContent, MissingFile, UnknownName, UnreadableFile
from gennet.genomics.methylation import Methylation, read_methylation

TABLE = "ProbeID,S1,S2\ncg00000029,0.5,0.25\ncg00000108,NA,0.75\nch.1.100F,1,0\n"


def test_one_sample_is_read(write):
    m, notes = read_methylation(write(TABLE, "m.csv"), "S1")
    assert (m.sample, m.cpgs, m.size) == ("S1", ("cg00000029", "cg00000108", "ch.1.100F"), 3)
    assert m.missing.tolist() == [False, True, False]
    assert m.at(["cg00000029", "cg9"])[0] == 0.5
    assert notes == ("Missing: 1 of 3 CpGs of S1.",)
    assert m.betas.dtype == np.float64


def test_all_layouts_read_alike(write):
    transposed = "id\tcg00000029\tcg00000108\tch.1.100F\nS1\t0.5\tNA\t1\nS2\t0.25\t0.75\t0\n"
    r_style = "S1\tS2\ncg00000029\t0.5\t0.25\ncg00000108\tNA\t0.75\nch.1.100F\t1\t0\n"
    quoted = TABLE.replace("S2", '"S2"').replace("cg00000029", '"cg00000029"')
    texts = [(TABLE, "m.csv"), (TABLE, "m.csv.gz"), (transposed, "m.tsv"), (r_style, "r.tsv"), (quoted, "q.csv"),
             (TABLE.replace("\n", "\r\n"), "w.csv")]  # fmt: skip
    assert len({digest(read_methylation(write(text, name), "S2")[0]) for text, name in texts}) == 1


def test_methylation_survives_json(write):
    m = read_methylation(write(TABLE, "m.csv"), "S1")[0]
    assert digest(from_json(to_json(m), Methylation)) == digest(m)


def test_samples_are_asked_for_by_name(write):
    path = write(TABLE, "m.csv")
    with pytest.raises(BadInput, match=r"m\.csv: the file holds 2 samples \(S1, S2\); say which"):
        read_methylation(path)
    with pytest.raises(UnknownName, match=r"no sample 'S9'; it holds S1, S2"):
        read_methylation(path, "S9")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TABLE.replace("0.5", "1.5"), r"line 2: beta '1\.5' is not between 0 and 1; give beta values, not M values"),
        (TABLE.replace("0.5", "-0.1"), r"line 2: beta '-0\.1'"),
        (TABLE.replace("0.5", "inf"), r"line 2: beta 'inf'"),
        (TABLE.replace("0.5", "half"), r"line 2: beta 'half'"),
        (TABLE.replace("cg00000108", "cg00000029"), "cg00000029 stands twice; remove"),
        (TABLE.replace("S2", "S1"), "two samples are called 'S1'; rename"),
        (TABLE + "cg1,0.5\n", "line 5: 2 columns where the heading has 3"),
        (TABLE.replace("0.5", "").replace(",1,", ",,"), "no beta of S1 is given"),
    ],
)
def test_values_that_cannot_be_true_are_refused_by_line(write, text, message):
    with pytest.raises(InvalidContent, match=r"m\.csv.*" + message):
        read_methylation(write(text, "m.csv"), "S1")


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"x\n", b"\x1f\x8b\x08\x00zz"])
def test_other_files_are_refused(write, content):
    with pytest.raises(UnreadableFile, match=r"m\.csv"):
        read_methylation(write(content, "m.csv"), "S1")
    with pytest.raises(MissingFile):
        read_methylation("no-such-file")


@given(st.lists(st.tuples(st.integers(0, len(TABLE) - 1), st.one_of(st.none(), st.binary(max_size=3))), max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
def test_mutated_files_parse_or_are_refused(write, edits):
    data = TABLE.encode()
    for at, new in edits:
        data = data[:at] if new is None else data[:at] + new + data[at + 1 :]
    try:
        m, _ = read_methylation(write(data, "m.csv"), "S1")
    except GenNetError as error:
        assert "m.csv" in str(error)  # noqa: PT017 any other exception fails the test
    else:
        assert (m.missing | ((m.betas >= 0) & (m.betas <= 1))).all()


def test_a_hair_outside_is_moved_to_the_edge_and_said(write):
    m, notes = read_methylation(write(TABLE.replace("0.5", "-0.0004"), "m.csv"), "S1")
    assert m.betas[0] == 0
    assert notes[1] == "Moved to the edge: 1 beta of S1 up to 0.01 outside 0 to 1."


def test_real_tables_are_read(mirror):
    m, _ = read_methylation(mirror / "methylation" / "MethylationDataExample55.csv.gz", "GSM946049")
    assert m.at(["cg00000292"])[0] == np.float64(0.72979)
    assert m.size > 20_000
    t, _ = read_methylation(mirror / "methylation" / "TestDataset.csv.gz", "Sample3")
    assert t.at(["cg00002426"])[0] == np.float64(0.803858)
