"""`gennet genome rare-variants`: reading traits and genes, and what they are refused for."""

import numpy as np
import pytest
from genomics_files import vcf_text

from gennet.core.study import read_options, silent
from gennet.errors import BadInput, InvalidContent, UnknownName
from gennet.genomics.rare.studies import STUDIES

GENES = "1\t0\t500\tG1\n1\t500\t900\tG2\nHLA-A\t0\t9\tODD\n2\t0\t500\tFAR\n1\t900\t1000\tG1\n"


@pytest.fixture
def run(write):
    rng = np.random.default_rng(3)
    names = tuple(f"p{i}" for i in range(60))
    calls = [[("0/0", "0/1", "./.")[k] for k in rng.choice(3, 60, p=[0.9, 0.09, 0.01])] for _ in range(9)]
    rows = [f"1 {100 * (i + 1)} A C {' '.join(row)}" for i, row in enumerate(calls)]

    def _run(traits=None, genes=GENES, **more):
        lines = [
            f"{n}\t{v:.2f}\t{i % 7}\t{i % 2}" for i, (n, v) in enumerate(zip(names, rng.normal(size=60), strict=True))
        ]
        given = {
            "cohort": [write(vcf_text(*rows, samples=names), "c.vcf")],
            "traits": write(traits or "IID\theight\tage\tcase\n" + "\n".join(lines) + "\n", "t.tsv"),
            "genes": write(genes, "g.bed"),
            "trait": "height",
            "most_frequency": 0.3,
            **more,
        }
        return STUDIES[0].run(read_options(STUDIES[0], given), silent, None)

    return _run


def test_every_gene_is_a_row_along_the_genome(run):
    found = run(covariates=["age"])
    genes = found.table("genes")
    assert genes.column("gene") == ("G1", "G2", "FAR")
    assert genes.column("variants") == (5, 4, 0)
    assert genes.column("burden")[2] is None
    assert all(0 < p <= 1 for p in genes.column("acat_o")[:2])


def test_people_without_a_value_are_left_out_and_counted(run):
    rows = "IID\theight\tage\n" + "".join(f"p{i}\t{'NA' if i < 3 else i * i % 11}\t{i}\n" for i in range(58))
    found = run(traits=rows)
    assert "in 55 people" in found.summary
    assert any("Left out: 5 people" in note for note in found.notes)


def test_calibration_of_a_binary_trait_is_named(run):
    rows = "IID\tsick\n" + "".join(f"p{i}\t{int(i < 4)}\n" for i in range(60))
    assert any("6.7% are cases" in note for note in run(traits=rows, trait="sick", kind="binary").notes)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"trait": "heigth"}, UnknownName, r"t\.tsv: there is no column 'heigth'; near names: height"),
        ({"traits": "IID\theight\np1\tx\n"}, InvalidContent, r"t\.tsv: line 2: height 'x' is no number"),
        ({"traits": "IID\theight\np1\t1\np1\t2\n"}, InvalidContent, r"line 3: 'p1' stands twice"),
        ({"traits": "IID\theight\np1\n"}, InvalidContent, r"line 2: 1 cells under 2 columns"),
        ({"traits": "IID\theight\nq1\t1\n"}, InvalidContent, r"complete values of nobody in the cohort"),
        ({"traits": "IID\theight\n"}, InvalidContent, r"there is no table"),
        ({"genes": "1\t0\t500\n"}, InvalidContent, r"g\.bed: line 1: not chromosome, start"),
        ({"genes": "1\t0\t5\tA\n2\t0\t5\tA\n"}, InvalidContent, r"line 2: A stands on two chromosomes"),
        ({"genes": "3\t0\t500\tA\n"}, BadInput, r"no region holds a variant of the cohort"),
    ],
)
def test_what_cannot_be_used_is_refused(run, change, error, message):
    with pytest.raises(error, match=message):
        run(**change)
