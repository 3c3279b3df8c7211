"""Polygenic scores on a continuous scale of ancestry, learnt from a reference cohort."""

from gennet.genomics.score_calibration.calibrating import calibrate
from gennet.genomics.score_calibration.calibration import (
    ScoreCalibration,
    ScoreNorm,
    read_calibration,
    write_calibration,
)
from gennet.genomics.score_calibration.normalising import Norm, Placed, fit_norm, place
from gennet.genomics.score_calibration.person import CalibratedScore, CalibratedScores, calibrated_scores

__all__ = [
    "CalibratedScore",
    "CalibratedScores",
    "Norm",
    "Placed",
    "ScoreCalibration",
    "ScoreNorm",
    "calibrate",
    "calibrated_scores",
    "fit_norm",
    "place",
    "read_calibration",
    "write_calibration",
]
