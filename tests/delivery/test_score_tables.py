"""What a report says of calibrated scores."""

from dataclasses import replace

from gennet.delivery._scores import calibrated_tables, variant_tables
from gennet.genomics import CalibratedScore, CalibratedScores, PolygenicScores
from gennet.genomics.score_calibration import Placed

PLACED = Placed(1.1, 1.25, 0.2, 89.4, 80.4, 95.0, 2.5, 60.0, extrapolates=False)
SCORE = CalibratedScore("PGS1", "n", "height", 3.0, 100, 90, 0.4, PLACED, None)
HELD = CalibratedScores("1000G", (SCORE,), "EUR", 1.5, 900, 1000, ("900 of 1,000 sites that tell ancestry are known.",))


def test_a_score_stands_with_its_interval_among_people_of_the_same_ancestry():
    (table,) = calibrated_tables(HELD)
    assert "most similar population: EUR, a similarity" in table.caption
    assert "900 of 1,000 sites" in table.caption
    assert table.rows == (("PGS1", "height", "+1.25", "89", "80 to 95", "too few people", "90 of 100", "2.5"),)


def test_extrapolation_is_said_in_the_row():
    far = replace(HELD, scores=(replace(SCORE, placed=replace(PLACED, extrapolates=True), group_percentile=70.0),))
    (table,) = calibrated_tables(far)
    assert table.rows[0][5] == "70"
    assert table.rows[0][7] == "2.5 (extrapolated)"


def test_a_person_who_could_not_be_placed_is_told_why():
    none = CalibratedScores("1000G", (), None, None, 3, 1000, ("Only 3 of 1,000 sites are known.",))
    (table,) = calibrated_tables(none)
    assert table.rows == (("3 of 1,000", "Only 3 of 1,000 sites are known."),)


def test_without_scores_there_is_no_table():
    assert [*calibrated_tables(None), *variant_tables(None), *variant_tables(PolygenicScores(()))] == []
