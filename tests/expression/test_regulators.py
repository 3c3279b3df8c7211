"""Activity of regulators in one person: simulated truth, files told by content, refusals."""

from datetime import date

import numpy as np
import pytest
from scipy import stats

import gennet
from gennet.core.codec import from_json, to_json
from gennet.delivery._regulators import regulator_tables
from gennet.errors import InvalidContent
from gennet.expression import Expression, RegulatorActivity, Regulons, read_regulons, regulator_activity
from gennet.reading import FileKind, sniff

HEADER = "source,target,weight\n"


def regulons(tmp_path):
    path = tmp_path / "regulons.csv"
    rows = [f"UP,G{i},1\n" for i in range(10)] + [f"REPRESSOR,G{i},-1\n" for i in range(20, 30)] + ["FEW,G1,1\n"]
    path.write_text(HEADER + "".join(rows))
    return path


def person(identifiers="symbol", raised=slice(0, 10)):
    values = np.random.default_rng(1).gamma(2, 20, 200)
    values[raised] += 200
    return Expression("s", tuple(f"G{i}" for i in range(200)), values, "abundance", identifiers)


def test_an_activator_of_raised_genes_is_active(tmp_path):
    made = regulator_activity(person(), read_regulons(regulons(tmp_path)))
    up, repressor = made.activities
    assert up.t > 5
    assert up.q < 0.01
    assert set(up.leading) == {f"G{i}" for i in range(10)}
    assert abs(repressor.t) < 3
    assert made.not_scored == 1
    x = np.zeros(200)
    x[:10] = 1
    plain = stats.linregress(x, np.log2(person().values + 1))
    assert up.t == pytest.approx(plain.slope / plain.stderr)


def test_a_repressor_of_raised_genes_is_not_active(tmp_path):
    made = regulator_activity(person(raised=slice(20, 30)), read_regulons(regulons(tmp_path)))
    assert made.activities[1].t < -5
    assert set(made.activities[1].leading) == {f"G{i}" for i in range(20, 30)}


def test_ensembl_profiles_are_refused(tmp_path):
    with pytest.raises(InvalidContent, match="gene symbols"):
        regulator_activity(person("ensembl"), read_regulons(regulons(tmp_path)))


def test_regulons_and_activities_survive_json(tmp_path):
    held = read_regulons(regulons(tmp_path))
    back = from_json(to_json(held), Regulons)
    assert back.regulons[1].weights.tolist() == held.regulons[1].weights.tolist()
    made = regulator_activity(person(), held)
    assert from_json(to_json(made), RegulatorActivity) == made


def test_a_folder_with_regulons_is_assessed(tmp_path):
    path = regulons(tmp_path)
    assert sniff(path) is FileKind.REGULONS
    held = person()
    rows = zip(held.genes, held.values, strict=True)
    (tmp_path / "expression.tsv").write_text("gene\ts\n" + "".join(f"{gene}\t{value}\n" for gene, value in rows))
    assessment = gennet.assess(gennet.read(tmp_path, as_of=date(2026, 1, 1)))
    made = assessment.results.find(RegulatorActivity)
    assert made.activities[0].name == "UP"
    (table,) = regulator_tables(made)
    assert table.rows[0][0] == "UP"
