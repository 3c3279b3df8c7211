"""What each published clock's coefficients mean: outcome, unit, transform, and what implementations dispute."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Transform(StrEnum):
    """What turns the weighted sum into the clock's outcome."""

    NONE = "none"
    AGE = "age"
    """Horvath's inverse: exponential below the adult age, a straight line above it. DOI 10.1186/gb-2013-14-10-r115."""
    LOGISTIC = "logistic"


@dataclass(frozen=True, slots=True)
class Definition:
    """How one coefficient file is to be used."""

    title: str
    unit: str
    """UCUM."""
    tissue: str
    reference: str
    transform: Transform = Transform.NONE
    intercept: float | None = None
    """Where the file holds none; None when the file's own, or nothing, is added."""
    adult_age: float = 20.0
    """In the unit of the transform, before `divisor`."""
    divisor: float = 1.0
    """What the transformed sum is divided by: 12 where a clock counts months and is reported in years."""
    standardised: bool = False
    """Whether betas are first brought to mean 0 and SD 1 within the sample."""
    column: str = ""
    """Of the coefficients, where the file holds several sets."""
    file: str = ""
    """Stem of the file, where it differs from the clock's name."""
    dispute: str = ""
    """Where implementations disagree, in plain words."""

    @property
    def is_age(self) -> bool:
        """Whether the outcome is an age in years."""
        return self.unit == "a"


_HORVATH = "10.1186/gb-2013-14-10-r115"
_HANNUM = "10.1016/j.molcel.2012.10.016"
_SKIN = "10.18632/aging.101508"
_PHENO = "10.18632/aging.101414"
_PEDBE = "10.1073/pnas.1820843116"
_KNIGHT = "10.1186/s13059-016-1068-z"
_BOHLIN = "10.1186/s13059-016-1063-4"
_TELOMERE = "10.18632/aging.102173"
_LEE = "10.18632/aging.102049"
_NEO = "10.1038/s41598-021-81178-1"
_TRAITS = "10.1186/s13059-018-1514-1"
_YING = "10.1038/s43587-023-00557-0"
_ZHANG = "10.1186/s13073-019-0667-1"

_AGE, _SCORE, _WEEKS, _DAYS = "a", "{score}", "wk", "d"
_HORVATH_DISPUTE = "the published intercept is 0.695507258; biolearn adds 0.696, which makes adults 0.0103 years older"
_PEDBE_DISPUTE = "methylclock's intercept is -2.09734933574694, biolearn's -2.1: 0.056 years apart in adults"
_KNIGHT_DISPUTE = "methylclock's intercept is 41.72579759, biolearn's 41.7: 0.026 weeks apart"
_TELOMERE_DISPUTE = (
    "biolearn 0.9.1 subtracts the intercept, which makes lengths negative; it is added here, as published"
)
_ZHANG_DISPUTE = "betas are standardised within the sample as published; methylclock adds raw betas"
_BOHLIN_DISPUTE = (
    "methylclock and biolearn hold different sets of CpGs (96 and 251); methylclock prints days divided by 52"
)
_BMI_DISPUTE = "biolearn passes the published score through a logistic function; the published score is the sum"

BIOLEARN: Mapping[str, Definition] = MappingProxyType(
    {
        "Horvath1": Definition("Horvath's multi-tissue age", _AGE, "any", _HORVATH, Transform.AGE, 0.696, dispute=_HORVATH_DISPUTE),
        "Hannum": Definition("Hannum's blood age", _AGE, "blood", _HANNUM),
        "Lin": Definition("Lin's blood age", _AGE, "blood", "10.18632/aging.100908"),
        "PhenoAge": Definition("Levine's phenotypic age", _AGE, "blood", _PHENO),
        "Horvath2": Definition("Horvath's skin and blood age", _AGE, "skin, blood", _SKIN, Transform.AGE, -0.447119319),
        "PEDBE": Definition("Age of children from buccal cells", _AGE, "buccal, under 20 years", _PEDBE, Transform.AGE, -2.1, dispute=_PEDBE_DISPUTE),
        "HRSInCHPhenoAge": Definition("Phenotypic age, HRS and InCHIANTI", _AGE, "blood", "10.1038/s43587-022-00248-2"),
        "YingCausAge": Definition("Age from CpGs causal for lifespan", _AGE, "blood", _YING),
        "YingDamAge": Definition("Age from damaging CpGs", _AGE, "blood", _YING),
        "YingAdaptAge": Definition("Age from adaptive CpGs", _AGE, "blood", _YING),
        "Zhang2019": Definition("Zhang's age, elastic net", _AGE, "blood, saliva", _ZHANG, intercept=65.79295, standardised=True, dispute=_ZHANG_DISPUTE),
        "Zhang_10": Definition("Mortality score of ten CpGs", _SCORE, "blood", "10.1038/ncomms14617"),
        "DunedinPoAm38": Definition("Pace of ageing at 38, years a year", "a/a", "blood", "10.7554/eLife.54870"),
        "DNAmTL": Definition("Leukocyte telomere length", "{kbp}", "blood", _TELOMERE, dispute=_TELOMERE_DISPUTE),
        "EpiTOC1": Definition("Mitotic age: mean of 385 promoter CpGs", "1", "blood", "10.1186/s13059-016-1064-3"),
        "Knight": Definition("Gestational age of newborns", _WEEKS, "cord blood", _KNIGHT, dispute=_KNIGHT_DISPUTE),
        "Bohlin": Definition("Gestational age of newborns", _DAYS, "cord blood", _BOHLIN, intercept=277.2421, dispute=_BOHLIN_DISPUTE),
        "Alcohol": Definition("Alcohol consumption score", _SCORE, "blood", _TRAITS),
        "Smoking": Definition("Smoking score", _SCORE, "blood", _TRAITS),
        "BMI_McCartney": Definition("Body mass index score", _SCORE, "blood", _TRAITS, Transform.LOGISTIC, dispute=_BMI_DISPUTE),
    }
)  # fmt: skip
"""Of biolearn's coefficient files, by stem. GrimAge and DunedinPACE carry terms of their own and are not among them."""

METHYLCLOCK: Mapping[str, Definition] = MappingProxyType(
    {
        "coefHorvath": Definition("Horvath's multi-tissue age", _AGE, "any", _HORVATH, Transform.AGE, dispute=_HORVATH_DISPUTE),
        "coefHannum": Definition("Hannum's blood age", _AGE, "blood", _HANNUM),
        "coefLevine": Definition("Levine's phenotypic age", _AGE, "blood", _PHENO),
        "coefSkin": Definition("Horvath's skin and blood age", _AGE, "skin, blood", _SKIN, Transform.AGE),
        "coefPedBE": Definition("Age of children from buccal cells", _AGE, "buccal, under 20 years", _PEDBE, Transform.AGE, dispute=_PEDBE_DISPUTE),
        "coefWu": Definition(
            "Wu's age of children", _AGE, "blood, 9 to 212 months", "10.18632/aging.102399", Transform.AGE, adult_age=48.0, divisor=12.0,
            dispute="the published transform turns at 48 months; methylclock lets it turn at 20",
        ),
        "coefTL": Definition("Leukocyte telomere length", "{kbp}", "blood", _TELOMERE),
        "coefEN": Definition("Zhang's age, elastic net", _AGE, "blood, saliva", _ZHANG, standardised=True, dispute=_ZHANG_DISPUTE),
        "coefKnightGA": Definition("Gestational age of newborns", _WEEKS, "cord blood", _KNIGHT, dispute=_KNIGHT_DISPUTE),
        "coefBohlin": Definition("Gestational age of newborns", _DAYS, "cord blood", _BOHLIN, dispute=_BOHLIN_DISPUTE),
        "coefEPIC": Definition("Gestational age of newborns, EPIC", _DAYS, "cord blood", "10.1186/s13148-021-01055-z"),
        "coefMayneGA": Definition("Gestational age of placentas", _WEEKS, "placenta", "10.2217/epi-2016-0103"),
        "coefLeeGA": Definition("Gestational age of placentas, robust", _WEEKS, "placenta", _LEE, column="Coefficient_RPC"),
        "coefLeeGA_control": Definition("Gestational age of placentas, controls", _WEEKS, "placenta", _LEE, column="Coefficient_CPC", file="coefLeeGA"),
        "coefLeeGA_refined": Definition("Gestational age of placentas, refined robust", _WEEKS, "placenta", _LEE, column="Coefficient_refined_RPC", file="coefLeeGA"),
        "coefNEOaPMA450K": Definition("Postmenstrual age of preterm infants, 450K", _WEEKS, "buccal", _NEO),
        "coefNEOaPMAEPIC": Definition("Postmenstrual age of preterm infants, EPIC", _WEEKS, "buccal", _NEO),
        "coefNEOaPNA450K": Definition("Postnatal age of preterm infants, 450K", _WEEKS, "buccal", _NEO),
        "coefNEOaPNAEPIC": Definition("Postnatal age of preterm infants, EPIC", _WEEKS, "buccal", _NEO),
    }
)  # fmt: skip
"""Of methylclock's coefficient files, by stem."""

_PACE = Definition(
    "DunedinPACE, years a year", "a/a", "blood", "10.7554/eLife.73420",
    dispute="without the quantile normalisation to its gold standard that the authors prescribe",
)  # fmt: skip
SUPPLIED: Mapping[str, Definition] = MappingProxyType({"DunedinPACE": _PACE, "coefDunedinPACE": _PACE})
"""Clocks whose terms forbid their distribution: read only from a file that the user names."""
