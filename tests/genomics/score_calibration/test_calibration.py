"""Scores on a continuous scale of ancestry: the regressions, placing people, the study and its file."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gennet.errors import BadInput, InvalidContent
from gennet.genomics.builds import Build
from gennet.genomics.cohorts.opening import person
from gennet.genomics.score_calibration import (
    calibrate,
    calibrated_scores,
    fit_norm,
    place,
    read_calibration,
    write_calibration,
)
from gennet.genomics.score_calibration.cohort import place_cohort
from gennet.genomics.score_calibration.normalising import fit_groups, nearest
from gennet.genomics.scoring_files import ScoringFiles


@pytest.fixture(scope="module")
def made(world, reference, labels):
    return calibrate(reference, [world.file], labels, reference="toy", components=3)


@pytest.fixture(scope="module")
def held_out(world, mixtures):
    rng = np.random.default_rng(99)
    return world.people(mixtures(rng, 150), rng, "h")


def test_z_norm1_is_the_residual_of_least_squares():
    rng = np.random.default_rng(1)
    pcs = rng.normal(size=(400, 2)) * [3.0, 0.1]
    values = 2 + pcs @ [0.5, -4.0] + rng.normal(size=400)
    norm = fit_norm(values, pcs)
    x = np.column_stack([np.ones(400), pcs])
    left = values - x @ np.linalg.lstsq(x, values, rcond=None)[0]
    sd = np.sqrt(left @ left / 397)
    ours = [place(norm, v, c).z_mean for v, c in zip(values[:20], pcs[:20], strict=True)]
    assert np.allclose(ours, left[:20] / sd, atol=1e-10)


def test_the_joint_fit_is_where_the_likelihood_is_flat():
    rng = np.random.default_rng(2)
    pcs = rng.normal(size=(3000, 2))
    values = 1 + pcs @ [0.5, 0.0] + rng.normal(size=3000) * np.exp(0.5 * (0.2 + pcs @ [0.6, -0.3]))
    norm = fit_norm(values, pcs)
    x = np.column_stack([np.ones(3000), (pcs - norm.centre) / norm.spread])

    def loss(mean, log_variance):
        fitted = x @ log_variance
        return 0.5 * np.sum(fitted + (values - x @ mean) ** 2 * np.exp(-fitted))

    best = loss(norm.joint_mean, norm.log_variance)
    for at in range(3):
        for step in (-1e-3, 1e-3):
            moved = np.eye(3)[at] * step
            assert loss(norm.joint_mean + moved, norm.log_variance) > best
            assert loss(norm.joint_mean, norm.log_variance + moved) > best
    assert np.allclose(norm.log_variance[1:], [0.6, -0.3], atol=5 * np.sqrt(np.diag(norm.log_variance_covariance))[1:])


@settings(max_examples=25, deadline=None)
@given(shift=st.floats(-1e3, 1e3), scale=st.floats(0.01, 100.0), stretch=st.floats(0.01, 100.0))
def test_the_unit_of_score_and_components_does_not_matter(shift, scale, stretch):
    rng = np.random.default_rng(3)
    pcs, values = rng.normal(size=(120, 2)), rng.normal(size=120)
    one = place(fit_norm(values, pcs), 0.7, np.array([0.3, -1.0]))
    other = place(fit_norm(shift + scale * values, stretch * pcs), shift + scale * 0.7, stretch * np.array([0.3, -1.0]))
    assert other.z == pytest.approx(one.z, abs=1e-6)
    assert other.distance == pytest.approx(one.distance, rel=1e-9)


def test_far_away_the_interval_widens_and_says_so():
    rng = np.random.default_rng(4)
    pcs = rng.normal(size=(500, 2))
    norm = fit_norm(pcs[:, 0] + rng.normal(size=500), pcs)
    near, far = place(norm, 1.0, np.array([1.0, 0.0])), place(norm, 8.0, np.array([8.0, 0.0]))
    assert not near.extrapolates
    assert far.extrapolates
    assert far.z_se > 2 > 10 * near.z_se
    assert far.distance_percentile > 99.9


def test_missing_genotypes_widen_by_their_own_deviation():
    rng = np.random.default_rng(4)
    pcs = rng.normal(size=(500, 1))
    norm = fit_norm(rng.normal(size=500), pcs)
    exact, blurred = (place(norm, 1.0, np.zeros(1), value_sd=sd) for sd in (0.0, 0.5))
    sd = np.exp(norm.log_variance[0] / 2)  # at the centre, nearly
    assert blurred.z_se**2 - exact.z_se**2 == pytest.approx((0.5 / sd) ** 2, rel=0.02)
    assert blurred.low < exact.low < exact.high < blurred.high


@pytest.mark.parametrize(
    ("values", "pcs", "message"),
    [
        (np.zeros(8), np.zeros((8, 2)), "8 people for 2 components"),
        (np.arange(50.0), np.zeros((50, 1)), "a component does not vary"),
        (np.zeros(50), np.arange(50.0)[:, None], "the score does not vary"),
        (np.arange(50.0), np.arange(50.0)[:, None], "the score does not vary"),
    ],
)
def test_what_cannot_be_fitted_is_refused(values, pcs, message):
    with pytest.raises(BadInput, match=message):
        fit_norm(values, pcs)


def test_the_nearest_group_is_by_distance_in_units_of_spread():
    rng = np.random.default_rng(6)
    points = np.concatenate([rng.normal(0, [10, 0.1], (50, 2)), rng.normal([0, 3], [10, 0.1], (50, 2))])
    groups = fit_groups(["low"] * 50 + ["high"] * 50, points)
    assert nearest(groups, np.array([25.0, 0.5]))[0] == "low"
    with pytest.raises(BadInput, match="3 people in 2 groups"):
        fit_groups(["a", "a", "b"], points[:3])


def test_held_out_people_are_standard_normal_in_every_ancestry(made, world, held_out):
    placed = place_cohort(held_out, [world.file], made)
    z = np.array([row[0].z for row in placed.places]).reshape(4, 150)
    sites = world.variants.chromosome * 1e6 + world.variants.position
    scored = np.isin(sites, world.file.chromosome * 1e6 + world.file.position)
    raw = world.file.weight @ held_out.dosages[scored]
    spread = (raw - raw.mean()) / raw.std()
    assert np.abs(spread.reshape(4, 150).mean(1)).max() > 0.5, "the raw score does drift"
    assert np.abs(z.mean(1)).max() < 4 / np.sqrt(150)
    assert np.all((z.std(1) > 0.8) & (z.std(1) < 1.25))
    assert (np.abs(z) < 1.96).mean() == pytest.approx(0.95, abs=0.03)


def test_one_person_and_a_cohort_are_placed_alike(made, world, held_out):
    rows = place_cohort(held_out, [world.file], made)
    for at in (0, 310, 590):
        alone = calibrated_scores(person(held_out, f"h{at}"), ScoringFiles((world.file,)), made)
        assert alone.scores[0].placed.z == pytest.approx(rows.places[at][0].z, abs=1e-9)
        assert alone.group == rows.groups[at]
        assert alone.scores[0].called == alone.scores[0].variants == world.file.size


def test_missing_variants_count_what_the_ancestry_carries(made, world, held_out):
    rng = np.random.default_rng(8)
    gone = np.isin(np.arange(900), rng.choice(900, 270, replace=False))
    dosages = held_out.dosages.copy()
    dosages[gone] = -1
    whole = place_cohort(held_out, [world.file], made)
    partly = place_cohort(replace(held_out, dosages=dosages), [world.file], made)
    change = np.array([(b[0].z - a[0].z) / b[0].z_se for a, b in zip(whole.places, partly.places, strict=True)])
    shifts = change.reshape(4, 150).mean(1)
    assert np.abs(shifts).max() < 0.3, "no ancestry is drawn one way"
    assert change.std() < 1.2, "and the standard error covers the change"


def test_a_file_of_variants_only_places_nobody(made, world, held_out):
    carrier = held_out.dosages[:, 0] > 0
    rows = np.flatnonzero(carrier)
    thin = replace(held_out, variants=held_out.variants.at(rows), dosages=held_out.dosages[rows])
    found = calibrated_scores(person(thin, "h0"), ScoringFiles((world.file,)), made)
    assert found.scores == ()
    assert "lists variants only" in found.notes[-1]


def test_too_few_sites_and_other_scores_are_said(made, world, held_out):
    thin = replace(held_out, variants=held_out.variants.at(np.arange(30)), dosages=held_out.dosages[:30])
    other = replace(world.file, id="S2", weight=world.file.weight + 1)
    found = calibrated_scores(person(thin, "h0"), ScoringFiles((other,)), made)
    assert found.group is None
    assert found.notes[0] == "S2 is not in the calibration."
    assert "too few" in found.notes[1]


def test_another_build_is_refused(made, world, held_out):
    moved = replace(person(held_out, "h0"), build=Build.GRCH37)
    with pytest.raises(BadInput, match="in GRCh37, the calibration in GRCh38"):
        calibrated_scores(moved, ScoringFiles((world.file,)), made)


def test_a_calibration_reads_back_with_the_same_answers(made, world, held_out, tmp_path):
    path = tmp_path / "c.json.gz"
    write_calibration(made, path)
    back = read_calibration(path)
    one, two = (calibrated_scores(person(held_out, "h3"), ScoringFiles((world.file,)), c) for c in (made, back))
    assert one.group == two.group
    assert one.scores[0].placed.z == pytest.approx(two.scores[0].placed.z, abs=1e-9)
    path.write_bytes(b'{"gennet_calibration":1}')
    with pytest.raises(InvalidContent, match=r"c\.json\.gz: this is no calibration"):
        read_calibration(path)


def test_the_calibration_refuses_references_that_teach_nothing(world, reference, labels):
    with pytest.raises(BadInput, match="no reference person has a label"):
        calibrate(reference, [world.file], {"x": "y"}, reference="r")
    elsewhere = replace(world.file, position=world.file.position + 1)
    with pytest.raises(BadInput, match="holds no variant of S1"):
        calibrate(reference, [elsewhere], labels, reference="r", components=2)


def test_the_study_writes_a_calibration_that_analyze_reads(world, reference, labels, held_out, tmp_path):
    from gennet.core.study import read_options, silent
    from gennet.genomics.cohorts.writing import write_pgen
    from gennet.genomics.score_calibration.studies import STUDIES
    from gennet.reading import FileKind, sniff

    write_pgen(reference, tmp_path / "ref.pgen")
    write_pgen(held_out, tmp_path / "some.pgen")
    (tmp_path / "labels.tsv").write_text("".join(f"{k}\t{v}\n" for k, v in labels.items()))
    rows = zip(world.file.chromosome, world.file.position, world.file.weight, strict=True)
    (tmp_path / "score.txt").write_text(
        "#genome_build=GRCh38\nchr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\n"
        + "".join(f"{c}\t{p}\tG\tA\t{float(w)!r}\n" for c, p, w in rows)
    )
    given = {
        "reference": [str(tmp_path / "ref.pgen")], "cohort": [str(tmp_path / "some.pgen")], "build": "GRCh38",
        "labels": str(tmp_path / "labels.tsv"), "scores": [str(tmp_path / "score.txt")], "components": 3,
    }  # fmt: skip
    found = STUDIES[0].run(read_options(STUDIES[0], given), silent, tmp_path / "out")
    assert "800 people of 4 populations" in found.summary
    assert len(found.table("people").rows) == 600
    assert sniff(tmp_path / "out" / "calibration.json.gz") is FileKind.CALIBRATION
    assert read_calibration(tmp_path / "out" / "calibration.json.gz").size == 900


def test_contributions_beyond_the_ancestry_add_up_to_the_distance_from_its_mean(made, world, held_out):
    from gennet.genomics.score_contributions import contributions

    genotypes = person(held_out, "h310")
    found = contributions(genotypes, world.file, made)
    placed = calibrated_scores(genotypes, ScoringFiles((world.file,)), made).scores[0].placed
    # Equal but for expectations of rare alleles that a straight line puts below none.
    assert found.beyond.sum() == pytest.approx(placed.z_mean * made.scores[0].norm.sd, rel=0.02, abs=0.02)
    other = replace(world.file, weight=world.file.weight + 1)
    with pytest.raises(BadInput, match="made without S1"):
        contributions(genotypes, other, made)
