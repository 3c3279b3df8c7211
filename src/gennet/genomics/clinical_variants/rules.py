"""The table of rules: shipped with its sources, editable, refused where it makes no sense."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

import msgspec

from gennet.core.files import read_text
from gennet.errors import InvalidContent
from gennet.genomics.clinical_variants.points import DEFAULT, Class, Strength

Interval = tuple[float, Strength]


class Classes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The least points of each class; below the last lies benign."""

    pathogenic: int
    likely_pathogenic: int
    uncertain: int
    likely_benign: int


class Bayes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From points to a probability."""

    odds_very_strong: float
    prior: float


class Frequency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Thresholds of allele frequencies and counts."""

    ba1: float
    bs1: float
    pm2: float
    pm2_strength: Strength
    pm2_needs_coverage: bool
    """Whether absence counts only where the source is known to have looked."""
    least_alleles: int
    bs2_homozygous: int
    bs2_hemizygous: int


class Null(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The decision tree of PVS1."""

    escape: int
    """A stop this near to the last junction, in bases, escapes decay."""
    large_share: float
    """From this share of the protein on, its loss is strong."""


class Assertions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ClinVar's assertions may do."""

    least_stars: int
    pp5_bp6: bool


class Predictor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Calibrated intervals of one predictor, the strongest first."""

    column: str
    pp3: tuple[Interval, ...]
    """At or above the score."""
    bp4: tuple[Interval, ...]
    """At or below the score."""


class Splicing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Thresholds of a predictor of splicing."""

    column: str
    pp3: float
    bp4: float


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Criteria that count together at most so much."""

    criteria: tuple[str, ...]
    most: int


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a classification rests on besides the evidence."""

    name: str
    points: dict[Strength, int]
    classes: Classes
    bayes: Bayes
    frequency: Frequency
    null: Null
    assertions: Assertions
    predictors: tuple[Predictor, ...]
    splicing: Splicing
    limits: tuple[Limit, ...] = ()

    def class_of(self, points: int) -> Class:
        """
        Return the class of a sum of points.

        >>> [read_rules().class_of(points).value for points in (10, 6, 0, -1, -7)]
        ['pathogenic', 'likely pathogenic', 'uncertain significance', 'likely benign', 'benign']
        """
        least = self.classes
        for bound, found in (
            (least.pathogenic, Class.PATHOGENIC),
            (least.likely_pathogenic, Class.LIKELY_PATHOGENIC),
            (least.uncertain, Class.UNCERTAIN),
            (least.likely_benign, Class.LIKELY_BENIGN),
        ):
            if points >= bound:
                return found
        return Class.BENIGN


def read_rules(path: Path | None = None) -> Rules:
    """
    Read a table of rules, or the one that is shipped.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent
        It is not there, no TOML, lacks or misspells an entry, or its thresholds contradict each other.
    """
    place = "rules.toml" if path is None else path.name
    text = resources.files(__package__).joinpath("rules.toml").read_text() if path is None else read_text(path)
    try:
        rules = msgspec.convert(tomllib.loads(text), Rules)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InvalidContent(str(error), place=place, remedy="start from the shipped table of rules") from None
    wrong = _wrong(rules)
    if wrong:
        raise InvalidContent(wrong, place=place, remedy="start from the shipped table of rules")
    return rules


def _wrong(rules: Rules) -> str:
    """Say what in the rules contradicts itself; empty when nothing does."""
    c, f = rules.classes, rules.frequency
    weights = [rules.points.get(s, 0) for s in list(Strength)[:4]]
    if not 0 < weights[0] < weights[1] < weights[2] < weights[3]:
        return "the points of stronger criteria must be higher"
    if not c.pathogenic > c.likely_pathogenic > c.uncertain > c.likely_benign:
        return "the least points of the classes must fall from pathogenic to likely benign"
    if not 0 <= f.pm2 < f.bs1 <= f.ba1 <= 1:
        return "frequencies must rise from pm2 over bs1 to ba1"
    if not 0 < rules.bayes.prior < 1 or rules.bayes.odds_very_strong <= 1:
        return "the prior lies between 0 and 1 and the odds above 1"
    for one in rules.predictors:
        up, down = [score for score, _ in one.pp3], [score for score, _ in one.bp4]
        if up != sorted(up, reverse=True) or down != sorted(down) or (up and down and down[-1] >= up[-1]):
            return f"the intervals of {one.column} must run from the strongest to the weakest and not overlap"
    unknown = {name for limit in rules.limits for name in limit.criteria} - set(DEFAULT)
    return f"limits name {', '.join(sorted(unknown))}, which are no criteria" if unknown else ""
