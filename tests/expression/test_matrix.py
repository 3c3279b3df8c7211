"""Matrices of expression: orientation, scale, identifiers, refusals."""

import numpy as np
import pytest

from gennet.errors import InvalidContent, UnknownName, UnreadableFile
from gennet.expression import Samples, read_matrix

TABLE = "gene\ts1\ts2\nTP53\t1.5\t2\nMYC\t0\t3.25\n"


@pytest.fixture
def write(tmp_path):
    def _write(text, name="x.tsv"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return _write


def test_genes_in_rows_are_turned(write):
    held = read_matrix(write(TABLE))
    assert (held.samples, held.genes, held.scale, held.identifiers) == (
        ("s1", "s2"),
        ("TP53", "MYC"),
        "abundance",
        "symbol",
    )
    assert held.values.tolist() == [[1.5, 0.0], [2.0, 3.25]]
    assert held.values.flags.c_contiguous
    assert held.of("MYC").tolist() == [0.0, 3.25]
    assert held.columns(["MYC", "none", "TP53"]).tolist() == [1, 0]


def test_samples_in_rows_stay(write):
    held = read_matrix(
        write("sample,ENSG00000141510.17,ENSG00000136997.1\na,1,2\nb,3,4\n", "x.csv"), samples=Samples.ROWS
    )
    assert held.genes == ("ENSG00000141510", "ENSG00000136997")
    assert (held.scale, held.identifiers, held.samples) == ("counts", "ensembl", ("a", "b"))


def test_h5ad_has_samples_in_rows(tmp_path):
    anndata = pytest.importorskip("anndata")
    pandas = pytest.importorskip("pandas")
    made = anndata.AnnData(
        np.array([[1.0, 2.0, 0.5]]), pandas.DataFrame(index=["c1"]), pandas.DataFrame(index=list("xyz"))
    )
    made.write_h5ad(tmp_path / "a.h5ad")
    held = read_matrix(tmp_path / "a.h5ad")
    assert (held.samples, held.genes) == (("c1",), ("x", "y", "z"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gene\ts1\ts2\nA\t1\tNA\nB\t1\t2\n", "gene 'A' in sample 's2'"),
        ("gene\ts1\nA\t1\nA\t2\n", "'A' appears 2 times"),
        ("gene\ts1\ts1\nA\t1\t2\n", "sample 's1' appears more than once"),
        ("gene\ts1\ts2\nA\t1\t-2\nB\t3\t4\n", "negative count -2 for gene 'A'"),
    ],
)
def test_bad_tables_are_refused_by_place(write, text, message):
    with pytest.raises(InvalidContent, match=message):
        read_matrix(write(text))


def test_other_files_and_genes_are_refused(write):
    with pytest.raises(UnreadableFile):
        read_matrix(write("nothing here\n"))
    with pytest.raises(UnknownName, match="no gene 'NONE'"):
        read_matrix(write(TABLE)).of("NONE")
