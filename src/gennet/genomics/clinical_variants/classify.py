"""Classify a variant: every criterion with its evidence, the sum of points, the class; ClinVar's word beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gennet.genomics.annotation.annotating import is_pathogenic
from gennet.genomics.annotation.layouts import Kind
from gennet.genomics.clinical_variants import null, population, predictors, protein
from gennet.genomics.clinical_variants.criteria import Criterion, Evidence, met, not_evaluated, not_met
from gennet.genomics.clinical_variants.points import DEFAULT, Class, Strength, posterior
from gennet.genomics.clinical_variants.stated import open_criteria

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gennet.genomics.clinical_variants.case import Case, Said
    from gennet.genomics.clinical_variants.rules import Rules


@dataclass(frozen=True, slots=True)
class Assertion:
    """What ClinVar says of exactly this variant."""

    variation: int | None
    significance: str
    stars: int
    conditions: str
    source: str


@dataclass(frozen=True, slots=True)
class Classification:
    """The class of a variant with all that led to it."""

    criteria: tuple[Criterion, ...]
    """All 28, in the order of the publication."""
    points: int
    class_: Class
    probability: float
    """Posterior probability of pathogenicity from the points alone; not calibrated to any person."""
    assertion: Assertion | None
    remarks: tuple[str, ...]
    """Conflicts, within the evidence or with ClinVar."""


_EVALUATED: dict[str, Callable[[Case], Criterion]] = {
    "PVS1": null.pvs1,
    "PS1": protein.ps1,
    "PM1": protein.pm1,
    "PM2": population.pm2,
    "PM4": protein.pm4,
    "PM5": protein.pm5,
    "PP2": protein.pp2,
    "PP3": predictors.pp3,
    "BA1": population.ba1,
    "BS1": population.bs1,
    "BS2": population.bs2,
    "BP1": protein.bp1,
    "BP3": protein.bp3,
    "BP4": predictors.bp4,
    "BP7": protein.bp7,
}


def classify(case: Case, stated: Mapping[str, Criterion] | None = None) -> Classification:
    """
    Evaluate every criterion of a variant and add up.

    What people `stated` stands in the place of what was evaluated, and says so.
    """
    found = open_criteria() | {name: evaluate(case) for name, evaluate in _EVALUATED.items()}
    found |= _by_assertion(case)
    for name, one in (stated or {}).items():
        own = found[name]
        told = Evidence("evaluated here", name, f"{own.verdict.value}: {own.reason}")
        found[name] = Criterion(name, one.verdict, one.reason, one.strength, (*one.evidence, told))
    criteria = tuple(found[name] for name in DEFAULT)
    points, limits = total(criteria, case.rules)
    alone = any(one.strength is Strength.STAND_ALONE for one in criteria)
    class_ = Class.BENIGN if alone else case.rules.class_of(points)
    assertion = _assertion(case)
    bayes = case.rules.bayes
    return Classification(
        criteria, points, class_,
        posterior(points, odds_very_strong=bayes.odds_very_strong, prior=bayes.prior),
        assertion, (*limits, *_remarks(criteria, case.rules, class_, assertion, alone=alone)),
    )  # fmt: skip


def total(criteria: Iterable[Criterion], rules: Rules) -> tuple[int, tuple[str, ...]]:
    """
    Add up the points of criteria, within the limits of the rules; returns what was limited.

    >>> from gennet.genomics.clinical_variants.rules import read_rules
    >>> pp3 = met("PP3", "", strength=Strength.STRONG)
    >>> total([met("PM1", ""), pp3], read_rules())
    (4, ('PM1 and PP3 rest on the same observation and count 4 points together, not 6',))
    """
    each = {one.name: one.points(rules.points) for one in criteria}
    points, said = sum(each.values()), list[str]()
    for limit in rules.limits:
        together = sum(each.get(name, 0) for name in limit.criteria)
        if abs(together) > limit.most:
            kept = limit.most if together > 0 else -limit.most
            points += kept - together
            said.append(
                f"{' and '.join(limit.criteria)} rest on the same observation and count {kept} points together, "
                f"not {together}"
            )
    return points, tuple(said)


def _told(case: Case) -> Said | None:
    return next((said for said in case.said if said.kind is Kind.ASSERTIONS and said.values), None)


def _assertion(case: Case) -> Assertion | None:
    said = _told(case)
    if said is None:
        return None
    one = said.values
    return Assertion(
        one["variation"], one["significance"] or "", one["stars"] or 0, one["conditions"] or "", said.source
    )


def _is_benign(significance: str) -> bool:
    return significance.lower().startswith(("benign", "likely benign"))


def _by_assertion(case: Case) -> dict[str, Criterion]:
    if not case.rules.assertions.pp5_bp6:
        why = "deprecated (10.1038/gim.2018.42): another's class is no evidence"
        return {name: not_evaluated(name, why) for name in ("PP5", "BP6")}
    said = _assertion(case)
    if said is None:
        return {name: not_evaluated(name, "ClinVar does not hold it") for name in ("PP5", "BP6")}
    shown = Evidence(said.source, said.significance, f"{said.stars} stars")
    enough = said.stars >= case.rules.assertions.least_stars
    made = dict[str, Criterion]()
    for name, holds in (("PP5", is_pathogenic(said.significance)), ("BP6", _is_benign(said.significance))):
        made[name] = met(name, "asserted", shown) if holds and enough else not_met(name, "not so asserted", shown)
    return made


def _remarks(
    criteria: Iterable[Criterion], rules: Rules, class_: Class, assertion: Assertion | None, *, alone: bool
) -> Iterable[str]:
    points = {one.label: one.points(rules.points) for one in criteria}
    up, down = [n for n, p in points.items() if p > 0], [n for n, p in points.items() if p < 0]
    if up and (down or alone):
        against = ", ".join(["BA1"] * alone + down)
        yield f"evidence points both ways: {', '.join(up)} against {against}"
    if assertion is None:
        return
    theirs = assertion.significance
    said = f"ClinVar says {theirs.lower()} ({assertion.stars} stars)"
    if theirs.lower().startswith("conflicting"):
        yield f"{said}: its submitters disagree"
    elif (
        (is_pathogenic(theirs) and not class_.counts)
        or (class_.counts and not is_pathogenic(theirs))
        or (_is_benign(theirs) and class_ is Class.UNCERTAIN)
    ):
        yield f"{said}; the evidence at hand gives {class_.value}"
