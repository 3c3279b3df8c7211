"""The studies of expression on files: what they write, what they refuse, and progress that can be cancelled."""

import numpy as np
import pytest

from gennet.core.study import read_options, silent
from gennet.errors import Cancelled, InvalidContent, UnknownName
from gennet.expression.studies import STUDIES

BY_NAME = {study.name: study for study in STUDIES}


def write(path, values, header, names):
    rows = "".join(
        f"{name}\t" + "\t".join(f"{v:.10g}" for v in row) + "\n" for name, row in zip(names, values, strict=True)
    )
    path.write_text("gene\t" + "\t".join(header) + "\n" + rows)
    return path


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(1)
    group = np.repeat([0, 1], 24)
    genes = [f"G{i}" for i in range(120)]
    samples = [f"S{i}" for i in range(48)]
    mean = rng.gamma(1, 200, 120) + 30
    expected = mean[:, None] * np.where((np.arange(120) < 12)[:, None] & (group == 1), 4.0, 1.0)
    counts = rng.negative_binomial(10, 10 / (10 + expected))
    write(tmp_path / "counts.tsv", counts, samples, genes)
    sheet = "".join(
        f"{s}\t{'ill' if g else 'well'}\tr{i % 2}\n" for i, (s, g) in enumerate(zip(samples, group, strict=True))
    )
    (tmp_path / "samples.tsv").write_text("sample\tgroup\trun\n" + sheet)
    sets = "".join(f"SET{k}\t-\t" + "\t".join(genes[12 * k : 12 * k + 12]) + "\n" for k in range(10))
    (tmp_path / "sets.gmt").write_text(sets)
    ids = "".join(f"{g}\tN{i // 2 if i > 1 else i}\n" for i, g in enumerate(genes[:60]))
    (tmp_path / "names.tsv").write_text("ensembl_gene_id\tsymbol\n" + ids)
    return tmp_path


def run(name, files, *, watch=silent, folder=None, expression="counts.tsv", **given):
    study = BY_NAME[name]
    options = read_options(study, {"expression": files / expression, **given} if name != "enrich" else given)
    return study.run(options, watch, folder)


@pytest.mark.parametrize("method", ["tmm", "cpm", "median-of-ratios", "none"])
def test_normalised_matrices_are_written_whole(files, method):
    found = run("normalise", files, folder=files / "out", method=method)
    lines = (files / "out" / "normalised.tsv").read_text().splitlines()
    assert len(lines) == 121
    assert len(found.table("samples").rows) == 48
    assert not list((files / "out").glob("*.part"))


def test_what_identifiers_lose_is_listed(files):
    asked = {"identifiers": files / "names.tsv", "method": "none"}
    with pytest.raises(InvalidContent, match="N1"):
        run("normalise", files, **asked)
    found = run("normalise", files, **asked, duplicates="sum")
    became = found.table("identifiers").column("became")
    assert became.count("unknown") == 60
    assert became.count("summed") == 29
    assert "60 genes mapped" in found.notes[-1]


def test_lengths_are_needed_for_tpm(files):
    with pytest.raises(InvalidContent, match="--lengths"):
        run("normalise", files, method="tpm")
    (files / "lengths.csv").write_text("gene,length\n" + "".join(f"G{i},{1000 + i}\n" for i in range(119)))
    with pytest.raises(InvalidContent, match="G119 has no length"):
        run("normalise", files, method="tpm", lengths=files / "lengths.csv")


def test_scores_and_percentiles_of_a_cohort(files):
    found = run("score", files, sets=files / "sets.gmt", reference=files / "counts.tsv", folder=files / "out")
    rows = [row for row in found.table("scores").rows if row[1] == "SET0"]
    ill, well = ([row[4] for row in rows if (int(row[0][1:]) >= 24) is side] for side in (True, False))
    assert np.mean(ill) > 70
    assert np.mean(well) < 30
    assert (files / "out" / "score_matrix.tsv").read_text().startswith("gene\tS0\t")
    assert found.figures[0].table == "heatmap"


def test_a_reference_on_another_scale_is_refused(files):
    write(files / "logs.tsv", np.random.default_rng(2).normal(size=(120, 3)), "abc", [f"G{i}" for i in range(120)])
    with pytest.raises(InvalidContent, match="process both alike"):
        run("score", files, sets=files / "sets.gmt", reference=files / "logs.tsv")


def test_values_that_may_be_logarithms_are_not_guessed(files):
    write(
        files / "unclear.tsv", np.random.default_rng(2).uniform(1, 14, (120, 3)), "abc", [f"G{i}" for i in range(120)]
    )
    with pytest.raises(InvalidContent, match="--scale log"):
        run("score", files, expression="unclear.tsv", sets=files / "sets.gmt")
    assert run("score", files, expression="unclear.tsv", sets=files / "sets.gmt", scale="log").table("scores").rows
    with pytest.raises(InvalidContent, match="whole numbers"):
        run("score", files, expression="unclear.tsv", sets=files / "sets.gmt", scale="counts")


def test_differing_genes_lead_to_their_set(files):
    found = run("differential", files, samples=files / "samples.tsv", variable="group", covariate=["run"])
    assert "well against ill" in found.summary
    genes = found.table("genes")
    assert {row[0] for row in genes.rows[:12]} == {f"G{i}" for i in range(12)}
    assert all(row[1 + 1] < 0 for row in genes.rows[:12])
    text = "\t".join(c.name for c in genes.columns) + "\n"
    text += "".join("\t".join(map(str, row)) + "\n" for row in genes.rows)
    (files / "genes.tsv").write_text(text)
    ranked = run("enrich", files, genes=files / "genes.tsv", sets=files / "sets.gmt", permutations=300)
    listed = run("enrich", files, genes=files / "genes.tsv", sets=files / "sets.gmt", chosen="q")
    assert ranked.table("sets").rows[0][0] == listed.table("sets").rows[0][0] == "SET0"


@pytest.mark.parametrize(
    ("text", "kind", "word"),
    [
        ("gene\tstatistic\nA\tx\n", InvalidContent, "line 2"),
        ("gene\tstatistic\nA\t1\nA\t2\n", InvalidContent, "line 3"),
        ("gene\tstatistic\nA\n", InvalidContent, "line 2"),
        ("gene\tt\nA\t1\n", UnknownName, "statistic"),
    ],
)
def test_broken_rankings_are_refused_with_the_line(files, text, kind, word):
    (files / "bad.tsv").write_text(text)
    with pytest.raises(kind, match=word):
        run("enrich", files, genes=files / "bad.tsv", sets=files / "sets.gmt")


def test_panels_and_classifier_name_what_they_were_judged_on(files):
    asked = {"samples": files / "samples.tsv", "variable": "group", "folds": 3}
    panel = run("panel", files, **asked, selection="mrmr", size=3, permuted=1)
    assert {row[0] for row in panel.table("panel").rows} <= {f"G{i}" for i in range(12)}
    shifted = np.loadtxt(files / "counts.tsv", skiprows=1, usecols=range(1, 5)) ** 2
    write(files / "shifted.tsv", shifted, "abcd", [f"G{i}" for i in range(120)])
    found = run("classify", files, **asked, predict=files / "shifted.tsv")
    assert found.table("predicted").column("unlike") == (True,) * 4
    assert any("Unlike the training data: 4 samples" in note for note in found.notes)
    assert float(found.table("accuracy").rows[0][1]) > 0.9


def test_training_genes_must_be_measured_in_what_is_predicted(files):
    write(files / "few.tsv", np.ones((5, 2)), "ab", [f"G{i}" for i in range(5)])
    with pytest.raises(InvalidContent, match="115 genes of training are missing"):
        run("classify", files, samples=files / "samples.tsv", variable="group", predict=files / "few.tsv")


def test_batches_are_taken_out_of_the_file(files):
    found = run("batches", files, samples=files / "samples.tsv", batch="run", keep="group", folder=files / "out")
    assert (files / "out" / "corrected.tsv").is_file()
    assert "2 batches explained" in found.summary
    with pytest.raises(UnknownName, match="near names: run"):
        run("batches", files, samples=files / "samples.tsv", batch="runs")


def test_a_long_permutation_can_be_cancelled(files):
    def watch(what, done, total=None):
        if what == "outer folds":
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        run("panel", files, watch=watch, samples=files / "samples.tsv", variable="group")
