"""A rewired regulator is found and named; without a difference p-values are uniform."""

import numpy as np
import pytest

from gennet.core.study import silent
from gennet.errors import InvalidContent, UnknownName
from gennet.expression.matrix import Samples
from gennet.networks import network_of
from gennet.networks.inference.design import design_of
from gennet.networks.personal.perturbation import _deviations, modules_of, perturbation
from gennet.networks.personal.studies import Personal, personal_networks

REGULATORS, TARGETS = 6, 48
NAMES = [f"R{i}" for i in range(REGULATORS)] + [f"T{i}" for i in range(TARGETS)]
TRUE = network_of([(f"R{t % REGULATORS}", f"T{t}", 1.0, 1) for t in range(TARGETS)])


def cohort(rng, samples, flipped=None):
    """Target t follows regulator t modulo 6; the last sample's targets of `flipped` go against theirs."""
    x = rng.normal(size=(samples, REGULATORS))
    if flipped is not None:
        x[-1, flipped] = 2.0
    sign = np.ones((samples, TARGETS))
    if flipped is not None:
        sign[-1, np.arange(TARGETS) % REGULATORS == flipped] = -1
    y = sign * x[:, np.arange(TARGETS) % REGULATORS] + 0.4 * rng.normal(size=(samples, TARGETS))
    return np.column_stack([x, y])


def test_deviations_leave_a_sample_out_of_mean_and_variance():
    edges = np.random.default_rng(1).normal(size=(30, 3))
    others = np.delete(edges, 4, axis=0)
    assert np.allclose(_deviations(edges)[4], (edges[4] - others.mean(0)) / others.std(0), rtol=1e-12)


def test_a_rewired_regulator_comes_first_with_the_smallest_p():
    design = design_of(cohort(np.random.default_rng(2), 101, flipped=3), NAMES, NAMES[:REGULATORS])
    found = perturbation(design, 100, modules_of(TRUE, NAMES))
    assert found.modules.names[found.score.argmax()] == "R3"
    assert found.p[3] == pytest.approx(1 / 101)
    assert found.score[3] > 5
    assert (found.deviation[found.modules.module == 3] < -1.5).all()


def test_p_values_of_people_like_the_cohort_are_uniform():
    rng, p = np.random.default_rng(3), []
    for _ in range(60):
        design = design_of(cohort(rng, 40), NAMES, NAMES[:REGULATORS])
        p.append(perturbation(design, 39, modules_of(TRUE, NAMES)).p)
    p = np.array(p)
    # 360 p-values, those of a person nearly independent: 4 standard errors about a tenth and a half.
    assert abs((p <= 0.1).mean() - 0.1) < 0.065
    assert abs((p <= 0.5).mean() - 0.5) < 0.106


def test_small_cohorts_and_networks_without_modules_are_refused():
    design = design_of(cohort(np.random.default_rng(4), 20), NAMES, NAMES[:REGULATORS])
    with pytest.raises(InvalidContent, match="19 reference samples"):
        perturbation(design, 0, modules_of(TRUE, NAMES))
    with pytest.raises(InvalidContent, match="no regulator has 3 edges"):
        modules_of(network_of([("R0", "T0", 1.0, 1)]), NAMES)


def test_the_study_names_the_rewired_regulator_and_its_targets(tmp_path):
    values = cohort(np.random.default_rng(5), 61, flipped=1)
    lines = ["sample\t" + "\t".join(NAMES)]
    lines += [f"s{i}\t" + "\t".join(f"{v:.6f}" for v in row) for i, row in enumerate(values)]
    (tmp_path / "e.tsv").write_text("\n".join(lines) + "\n")
    (tmp_path / "r.txt").write_text("\n".join(NAMES[:REGULATORS]))
    asked = Personal(tmp_path / "e.tsv", ("s60",), tmp_path / "r.txt", Samples.ROWS, most=48)
    found = personal_networks(asked, silent, tmp_path / "out")
    assert found.table("regulators").rows[0][1] == "R1"
    assert {int(row[2][1:]) % REGULATORS for row in found.table("drivers").rows[:5]} == {1}
    assert (tmp_path / "out" / "personal_1.tsv").read_text().startswith("regulator\ttarget\tweight\tsign\n")
    with pytest.raises(UnknownName, match="s99"):
        personal_networks(Personal(tmp_path / "e.tsv", ("s99",), None, Samples.ROWS), silent, None)
