"""Criteria of prediction: PP3 and BP4, by calibrated intervals (10.1016/j.ajhg.2022.10.013)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.genomics.annotation.layouts import Kind
from gennet.genomics.clinical_variants.case import INFRAME
from gennet.genomics.clinical_variants.criteria import Criterion, Evidence, met, not_evaluated, not_met
from gennet.genomics.clinical_variants.points import Strength
from gennet.genomics.consequences.terms import Term

if TYPE_CHECKING:
    from gennet.genomics.clinical_variants.case import Case
    from gennet.genomics.clinical_variants.rules import Predictor


def _score(case: Case, column: str) -> tuple[float, Evidence] | None:
    for said in case.said:
        value = said.values.get(column) if said.kind is Kind.SCORES else None
        if value is not None:
            return float(value), Evidence(said.source, column, f"{float(value):g}")
    return None


def splicing_score(case: Case) -> tuple[float, Evidence] | None:
    """Return the predicted effect on splicing with its evidence; None where no store of scores holds it."""
    return _score(case, case.rules.splicing.column)


def _missense(case: Case) -> tuple[Predictor, float, Evidence] | None:
    for predictor in case.rules.predictors:
        found = _score(case, predictor.column)
        if found is not None:
            return predictor, *found
    return None


def pp3(case: Case) -> Criterion:
    """PP3: predicted to be damaging; null variants are PVS1's."""
    if case.is_null:
        return not_met("PP3", "PVS1 looks at null variants")
    splicing = splicing_score(case)
    missense = _missense(case) if case.is_missense else None
    best: Criterion | None = None
    if missense is not None:
        predictor, value, shown = missense
        strength = next((s for bound, s in predictor.pp3 if value >= bound), None)
        best = (
            not_met("PP3", f"{predictor.column} is below its intervals", shown)
            if strength is None
            else met("PP3", f"{predictor.column} predicts damage", shown, strength=strength)
        )
    if splicing is not None and (best is None or best.strength is None):
        value, shown = splicing
        if value >= case.rules.splicing.pp3:
            return met("PP3", "an effect on splicing is predicted", shown, strength=Strength.SUPPORTING)
        best = best or not_met("PP3", "no effect on splicing is predicted", shown)
    return best or not_evaluated("PP3", "no store holds a score of a predictor for it")


def bp4(case: Case) -> Criterion:
    """BP4: predicted to be harmless, for the protein and, where that is scored, for splicing."""
    if case.is_null:
        return not_met("BP4", "PVS1 looks at null variants")
    splicing = splicing_score(case)
    if splicing is not None and splicing[0] > case.rules.splicing.bp4:
        return not_met("BP4", "an effect on splicing is not excluded", splicing[1])
    if case.is_missense:
        return _bp4_missense(case)
    if case.terms & (INFRAME | Term.STOP_LOST):
        return not_evaluated("BP4", "predictors of missense and splicing do not judge it")
    if splicing is None:
        return not_evaluated("BP4", "no store holds a score of a predictor for it")
    return met("BP4", "no effect on splicing is predicted", splicing[1])


def _bp4_missense(case: Case) -> Criterion:
    missense = _missense(case)
    if missense is None:
        return not_evaluated("BP4", "no store holds a score of a predictor for it")
    predictor, value, shown = missense
    strength = next((s for bound, s in predictor.bp4 if value <= bound), None)
    if strength is None:
        return not_met("BP4", f"{predictor.column} is above its intervals", shown)
    return met("BP4", f"{predictor.column} predicts no damage", shown, strength=strength)
