"""Breast cancer in five years: the Gail model joined with a polygenic score."""

from __future__ import annotations

from collections.abc import Mapping

from gennet.clinical import Demographics
from gennet.clinical.equations.card import Numbers
from gennet.clinical.equations.gail import gail_five_year
from gennet.clinical.summary import gail_group
from gennet.core.prediction import ModelCard
from gennet.errors import OutOfRange
from gennet.prediction.joined import Floats, JoinedModel
from gennet.prediction.polygenic import PerSD
from gennet.prediction.predictors import BIOPSIES, FAMILY_BREAST_CANCER, FIRST_BIRTH, MENARCHE

_EUROPEAN = "women of European ancestry"


def _risk(who: Demographics, x: Mapping[str, Floats]) -> Numbers:
    # The tool itself counts a woman of unknown race as white.
    group, reason = ("white", "") if who.race is None and who.ethnicity is None else gail_group(who)
    if reason:
        raise OutOfRange(f"breast_gail cannot be used: {reason}")
    return gail_five_year(
        age=who.age_years,
        group=group,
        age_at_menarche=x["age_at_menarche"],
        age_at_first_birth=x["age_at_first_birth"],
        breast_biopsies=x["breast_biopsies"],
        relatives=x["family_history_breast_cancer"],
    )


MODEL = JoinedModel(
    card=ModelCard(
        name="breast_gail",
        outcome="breast_cancer",
        title="invasive breast cancer",
        horizon_years=5,
        population="US women aged 35 to 85 without breast cancer, incidence of SEER",
        inputs=(
            "age",
            "race",
            "age at menarche",
            "age at first birth",
            "biopsies",
            "family history",
            "polygenic score",
        ),
        references=("10.1093/jnci/81.24.1879", "10.1016/j.ajhg.2018.11.002", "10.1093/jnci/djv036"),
        calibration=(
            "Expected over observed 0.94 (0.89 to 0.99) in 82,109 white US women of the Nurses' Health Study "
            "(Rockhill 2001, doi:10.1093/jnci/93.5.358). The joined model has not been calibrated as a whole."
        ),
        limits=(
            "Not for carriers of BRCA1, BRCA2 and other high-penetrance variants, nor after breast cancer or chest radiation.",
            "A woman whose race is not recorded counts as white, as in the tool itself.",
            "A family history without a count counts as one affected relative; part of it overlaps the polygenic score.",
            "Polygenic effects were measured in women of European ancestry; elsewhere they are usually smaller.",
            "Assumed: incidence between cohorts and eras differs by about a sixth; the interval holds it.",
        ),
    ),
    equation=_risk,
    predictors=(MENARCHE, FIRST_BIRTH, BIOPSIES, FAMILY_BREAST_CANCER),
    ages=(35, 85),
    sexes=("female",),
    excluded_by=("breast_cancer",),
    # Genes of high and moderate penetrance for breast cancer: 10.1056/NEJMoa1913948.
    not_for_carriers_of=("BRCA1", "BRCA2", "PALB2", "TP53", "PTEN", "CDH1", "STK11", "CHEK2", "ATM"),
    scores={
        "PGS000004": PerSD(1.61, 1.57, 1.65, "10.1016/j.ajhg.2018.11.002", _EUROPEAN),
        "PGS000007": PerSD(1.66, 1.61, 1.70, "10.1016/j.ajhg.2018.11.002", _EUROPEAN),
        "PGS000001": PerSD(1.55, 1.52, 1.58, "10.1093/jnci/djv036", _EUROPEAN),
    },
    standard_error=0.15,
)
