"""Turn an assessment into what a report says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gennet.clinical import EquationResults, Measurements
from gennet.core.evidence import logit
from gennet.delivery._ancestry import ancestry_tables
from gennet.delivery._clinical_variants import rare_sections
from gennet.delivery._methylation import acceleration_tables, epigenetic_tables
from gennet.delivery._pharmacogenes import CAUTIONS, pharmacogene_tables
from gennet.delivery._regulators import regulator_tables
from gennet.delivery._scores import calibrated_tables, variant_tables
from gennet.delivery._structural import structural_tables
from gennet.delivery.content import Bar, Figure, Interval, Report, Section, Table
from gennet.explanation import capital, percent, unit_words, value_words
from gennet.expression import RegulatorActivity, Signatures
from gennet.genomics import (
    Ancestry,
    CalibratedScores,
    ClinicalVariants,
    Diplotypes,
    DrugGuidance,
    EpigeneticAges,
    PolygenicScores,
    StructuralVariants,
)
from gennet.omics import EpigeneticAcceleration
from gennet.wearables import EarlyWarning

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gennet.core.assessment import Assessment
    from gennet.core.explanation import Contribution, Explanation
    from gennet.core.prediction import Prediction

_NOT_A_DIAGNOSIS = "A risk estimate for discussion with a clinician; not a diagnosis and not a treatment decision."
_SYNTHETIC = "Synthetic person: made by a generator, not a patient."
_SHOWN = 12


def summarise(assessment: Assessment) -> Report:
    """Lay out the sections of a report: risks, reasons, drug guidance, results, gaps, sources."""
    warnings = (_SYNTHETIC, _NOT_A_DIAGNOSIS) if assessment.synthetic else (_NOT_A_DIAGNOSIS,)
    why = [_explained(assessment.prediction(e.prediction_id), e) for e in assessment.explanations]
    sections = (
        _risks(assessment),
        *why,
        *rare_sections(assessment.results.find(ClinicalVariants)),
        *_drugs(assessment),
        *_results(assessment),
        _gaps(assessment),
        _sources(assessment),
    )
    return Report(
        title=f"Health risk assessment of {assessment.person}",
        warnings=warnings,
        facts=(
            ("Assessed on", assessment.as_of.isoformat()),
            ("Made by", f"GenNet {assessment.version}"),
            ("Assessment", assessment.id),
        ),
        sections=sections,
    )


def _risks(assessment: Assessment) -> Section:
    if not assessment.predictions:
        return Section("risks", "Risks", ("No risk could be computed; what is missing is listed below.",))
    rows = tuple(
        Interval(capital(p.title), p.risk.value, p.risk.low, p.risk.high, p.risk.baseline, percent(p.risk.value))
        for p in assessment.predictions
    )
    twin = Table(
        "Risks: probability within the horizon, its 95 % interval, and that of a typical person of the same age and sex",
        ("Outcome", "Within", "Risk", "Interval", "Typical", "Population", "Agreement"),
        tuple(_risk_row(p) for p in assessment.predictions),
        numeric=(1, 2, 4),
    )
    figure = Figure(
        "Dot: this person. Line: 95 % interval. Dashed: typical person of the same age and sex. Logarithmic scale.",
        "; ".join(f"{p.title} {percent(p.risk.value)}" for p in assessment.predictions),
        rows,
        twin,
    )
    caveats = tuple(f"{capital(p.title)}: {caveat}." for p in assessment.predictions for caveat in p.risk.caveats)
    return Section("risks", "Risks", caveats, (figure,))


def _risk_row(p: Prediction) -> tuple[str, ...]:
    r = p.risk
    agreement = "one model" if len(p.members) == 1 else "disagree" if p.disagree else f"{p.agreement:.2f}"
    interval = f"{percent(r.low)} to {percent(r.high)}"
    return (
        capital(p.title),
        f"{r.horizon_years:g} years",
        percent(r.value),
        interval,
        percent(r.baseline),
        r.population,
        agreement,
    )


def _explained(prediction: Prediction, explanation: Explanation) -> Section:
    shown = explanation.top(_SHOWN)
    twin = Table(
        "Contributions to the log odds; they add up to the last row",
        ("Feature", "Value", "Log odds", "Standard error", "Odds times", "Note", "Source"),
        (
            ("typical person of the same age and sex", "", f"{shown.base_logit:+.3f}", "", "", "", ""),
            *(_contribution_row(c) for c in shown.contributions),
            (
                "sum",
                percent(prediction.risk.value),
                f"{shown.logit:+.3f}",
                f"{prediction.risk.standard_error:.3f}",
                "",
                "",
                "",
            ),
        ),
        numeric=(1, 2, 3, 4),
    )
    moving = [c for c in shown.contributions if abs(c.effect) >= 0.005]
    figures = (
        (
            Figure(
                f"{capital(prediction.title)}: from typical to this person, in log odds",
                " ".join(explanation.narrative),
                _bars(shown.base_logit, moving),
                twin,
            ),
        )
        if moving
        else ()
    )
    tables = () if moving else (twin,)
    return Section(
        f"why-{prediction.outcome}",
        f"Why: {prediction.title}",
        (" ".join(explanation.narrative),),
        figures,
        (*tables, *_variants(explanation), *_members(prediction)),
    )


def _bars(base: float, contributions: Iterable[Contribution]) -> tuple[Bar, ...]:
    bars, at = list[Bar](), base
    for c in contributions:
        bars.append(
            Bar(f"{'▲' if c.effect > 0 else '▼'} {c.label}", at, at + c.effect, f"odds x {math.exp(c.effect):.2f}")
        )
        at += c.effect
    return tuple(bars)


def _contribution_row(c: Contribution) -> tuple[str, ...]:
    effect, error, odds = f"{c.effect:+.3f}", f"{c.standard_error:.3f}", f"{math.exp(c.effect):.2f}"
    return c.label, value_words(c.value, c.unit), effect, error, odds, c.assumed, c.reference


def _variants(explanation: Explanation) -> Iterable[Table]:
    for c in explanation.contributions:
        if c.details:
            rows = tuple((d.label, value_words(d.value, d.unit), f"{d.effect:+.4f}") for d in c.details)
            yield Table(f"Behind the {c.label}", ("Variant", "Copies", "Log odds"), rows, numeric=(1, 2))


def _members(prediction: Prediction) -> Iterable[Table]:
    if len(prediction.members) > 1:
        rows = tuple(
            (m.model, percent(m.risk.value), f"{logit(m.risk.value):+.3f}", f"{m.weight:.2f}")
            for m in prediction.members
        )
        yield Table("What each model says", ("Model", "Risk", "Log odds", "Weight"), rows, numeric=(1, 2, 3))


def _drugs(assessment: Assessment) -> Iterable[Section]:
    tables = tuple(pharmacogene_tables(assessment.results.find(DrugGuidance), assessment.results.find(Diplotypes)))
    if tables:
        yield Section("drugs", "Drug guidance", CAUTIONS, (), tables)


def _results(assessment: Assessment) -> Iterable[Section]:
    tables = [
        *_score_tables(assessment.results.find(PolygenicScores)),
        *calibrated_tables(assessment.results.find(CalibratedScores)),
        *variant_tables(assessment.results.find(PolygenicScores)),
        *ancestry_tables(assessment.results.find(Ancestry)),
        *structural_tables(assessment.results.find(StructuralVariants)),
        *_equation_tables(assessment.results.find(EquationResults)),
        *_warning_tables(assessment.results.find(EarlyWarning)),
        *epigenetic_tables(assessment.results.find(EpigeneticAges)),
        *acceleration_tables(assessment.results.find(EpigeneticAcceleration)),
        *_measurement_tables(assessment.results.find(Measurements)),
        *_signature_tables(assessment.results.find(Signatures)),
        *regulator_tables(assessment.results.find(RegulatorActivity)),
    ]
    if tables:
        yield Section("results", "Results", (), (), tuple(tables))


def _score_tables(held: PolygenicScores | None) -> Iterable[Table]:
    if held is not None:
        rows = tuple(
            (
                s.score_id,
                s.trait,
                f"{s.value:.6g}",
                f"{s.variants_matched} of {s.variants_total}",
                "no reference distribution" if s.percentile is None else f"{s.percentile:.0f}",
                s.citation,
            )
            for s in held.scores
        )
        columns = ("Score", "Trait", "Sum over matched variants", "Variants", "Percentile", "Source")
        yield Table("Polygenic scores", columns, rows, numeric=(2, 3, 4))


def _equation_tables(held: EquationResults | None) -> Iterable[Table]:
    if held is not None and held.results:
        rows = tuple((r.name, _equation_value(r.value, r.unit), r.category, r.reference) for r in held.results)
        yield Table(
            "Clinical equations, strictly within their validity",
            ("Equation", "Value", "Category", "Source"),
            rows,
            numeric=(1,),
        )
    if held is not None and held.not_run:
        yield Table("Equations not run", ("Equation", "Reason"), tuple((n.name, n.reason) for n in held.not_run))


def _equation_value(value: float, unit: str) -> str:
    return percent(value) if unit in {"", "1"} and 0 <= value <= 1 else f"{value:.4g} {unit_words(unit)}".rstrip()


def _warning_tables(held: EarlyWarning | None) -> Iterable[Table]:
    if held is not None:
        rows = tuple(
            (
                i.name.replace("_", " "),
                value_words(i.value, i.unit),
                str(i.points if i.points is not None else ""),
            )
            for i in held.items
        )
        total = ("total", held.risk, str(held.score))
        yield Table(held.statement, ("Sign", "Value", "Points"), (*rows, total), numeric=(1, 2))


def _measurement_tables(held: Measurements | None) -> Iterable[Table]:
    if held is not None:
        rows = tuple(
            (m.name.replace("_", " "), value_words(m.value, m.unit), m.date.isoformat() if m.date else "")
            for m in held.values
        )
        yield Table("Latest labs and vitals", ("Measurement", "Value", "Date"), rows, numeric=(1,))


def _signature_tables(held: Signatures | None) -> Iterable[Table]:
    if held is not None:
        ordered = sorted(held.scores, key=lambda s: -abs(s.z))[:20]
        rows = tuple(
            (s.name, f"{s.score:+.3f}", f"{s.z:+.2f}", f"{s.matched} of {s.total}", ", ".join(s.leading[:5]))
            for s in ordered
        )
        columns = ("Gene set", "Score", "z", "Genes", "Highest")
        yield Table(
            f"Expression signatures, most extreme first; {'; '.join(held.notes)}", columns, rows, numeric=(1, 2, 3)
        )


def _gaps(assessment: Assessment) -> Section:
    waiting = tuple((w.name, ", ".join(w.missing), w.remedy) for w in assessment.plan.waiting)
    skipped = tuple((s.name, s.reason) for s in assessment.plan.skipped)
    ran = tuple((s.name, f"{s.seconds:.3f} s") for s in assessment.plan.steps)
    tables = (
        Table("Waiting for data", ("Analysis or model", "Needs", "What would help"), waiting),
        Table("Not possible for this person or budget", ("Analysis or model", "Reason"), skipped),
        Table("What ran, with expected cost", ("Analysis or model", "Expected"), ran, numeric=(1,)),
    )
    return Section("gaps", "What could not be computed, and why", (), (), tuple(t for t in tables if t.rows))


def _sources(assessment: Assessment) -> Section:
    files = tuple((s.name, s.kind, f"{s.bytes:,}", s.sha256) for s in assessment.sources)
    tables = (Table("Files read", ("File", "Kind", "Bytes", "SHA-256"), files, numeric=(2,)),) if files else ()
    return Section(
        "sources", "Sources and notes", (*assessment.notes, f"Record {assessment.record_digest}."), (), tables
    )
