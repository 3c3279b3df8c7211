"""From criteria to points, from points to a class and a probability (Tavtigian 2018, 2020)."""

from __future__ import annotations

import math
from enum import StrEnum

from gennet.errors import InvalidContent


class Strength(StrEnum):
    """How much a criterion weighs."""

    SUPPORTING = "supporting"
    MODERATE = "moderate"
    STRONG = "strong"
    VERY_STRONG = "very_strong"
    STAND_ALONE = "stand_alone"
    """BA1: benign whatever else is known."""


class Class(StrEnum):
    """The five classes of ACMG/AMP (10.1038/gim.2015.30)."""

    PATHOGENIC = "pathogenic"
    LIKELY_PATHOGENIC = "likely pathogenic"
    UNCERTAIN = "uncertain significance"
    LIKELY_BENIGN = "likely benign"
    BENIGN = "benign"

    @property
    def counts(self) -> bool:
        """Whether it is pathogenic or likely so."""
        return self in {Class.PATHOGENIC, Class.LIKELY_PATHOGENIC}


DEFAULT = {
    "PVS1": Strength.VERY_STRONG,
    **dict.fromkeys(("PS1", "PS2", "PS3", "PS4", "BS1", "BS2", "BS3", "BS4"), Strength.STRONG),
    **dict.fromkeys(("PM1", "PM2", "PM3", "PM4", "PM5", "PM6"), Strength.MODERATE),
    **dict.fromkeys(("PP1", "PP2", "PP3", "PP4", "PP5"), Strength.SUPPORTING),
    **dict.fromkeys(("BP1", "BP2", "BP3", "BP4", "BP5", "BP6", "BP7"), Strength.SUPPORTING),
    "BA1": Strength.STAND_ALONE,
}
"""The 28 criteria with the strength they have when nothing else is said."""


def criterion_named(text: str) -> tuple[str, Strength]:
    """
    Read a criterion as laboratories write it: ``PS3``, ``PS3_Moderate``, ``PVS1_strong``.

    Raises
    ------
    InvalidContent
        There is no such criterion or strength.

    >>> criterion_named("PM2_Supporting")
    ('PM2', <Strength.SUPPORTING: 'supporting'>)
    """
    name, _, strength = text.strip().partition("_")
    name, strength = name.upper(), strength.lower().replace("-", "_").replace(" ", "_")
    if name not in DEFAULT:
        raise InvalidContent(f"{text[:30]!r} is no criterion", remedy=f"criteria: {', '.join(DEFAULT)}")
    strength = {"verystrong": "very_strong", "standalone": "stand_alone"}.get(strength, strength)
    known = {one.value for one in Strength}
    if (strength and strength not in known) or (strength == "stand_alone" and name != "BA1"):
        raise InvalidContent(f"{text[:30]!r} has no such strength", remedy=f"strengths: {', '.join(sorted(known))}")
    return name, Strength(strength) if strength else DEFAULT[name]


def posterior(points: int, *, odds_very_strong: float = 350.0, prior: float = 0.1) -> float:
    """
    Return the probability that a variant is pathogenic (10.1038/gim.2017.210).

    >>> [round(posterior(points), 3) for points in (-7, -1, 0, 6, 10)]
    [0.001, 0.051, 0.1, 0.9, 0.994]
    """
    odds = math.exp(math.log(odds_very_strong) * points / 8)
    return odds * prior / ((odds - 1) * prior + 1)
