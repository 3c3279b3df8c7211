"""
The whole story: route, analyse, predict, explain.

A record comes in (`gennet.reading` makes one from files) and an `Assessment` comes out (`gennet.delivery` makes
reports of it). Nothing here touches the world: analyses, models and local tables are handed in by `gennet.bootstrap`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gennet.core.assessment import Assessment
from gennet.core.codec import digest
from gennet.core.parts import Parts
from gennet.core.plan import Plan, Skipped, Step, Waiting
from gennet.errors import GenNetError, MissingPart
from gennet.explanation import explain
from gennet.prediction.ensemble import pool
from gennet.prediction.router import Budget, route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from gennet.core.analysis import Analysis
    from gennet.core.evidence import Risk
    from gennet.core.parts import Part
    from gennet.core.prediction import ModelCard, Prediction, RiskModel
    from gennet.core.record import PatientRecord


@dataclass(frozen=True, slots=True)
class Progress:
    """One step forward, for whoever is watching."""

    stage: str
    """``analyse``, ``predict`` or ``explain``."""
    name: str
    """The analysis or model about to run; for the stage that follows the last, empty."""
    done: int
    """Steps finished."""
    total: int


def _silent(_: Progress) -> None:
    """Watch nothing."""


@dataclass(frozen=True, slots=True)
class Toolbox:
    """What an assessment may use: analyses, risk models, and public tables by resource name."""

    analyses: Sequence[Analysis]
    models: Sequence[RiskModel]
    tables: Mapping[str, Path]
    version: str

    def plan(self, record: PatientRecord, budget: Budget | None = None) -> Plan:
        """Say what would run, without running it."""
        return route(record, self.analyses, self.models, budget=budget, available=frozenset(self.tables))


def assess(
    record: PatientRecord,
    tools: Toolbox,
    *,
    budget: Budget | None = None,
    report: Callable[[Progress], None] = _silent,
) -> Assessment:
    """
    Turn a record into risks with intervals, the reasons, and what could not be done.

    An analysis or model that refuses its input is moved to the plan's `skipped` with the reason; the rest goes on.
    `report` is called before each step and may raise `Cancelled`; nothing is kept then.
    """
    plan = tools.plan(record, budget)
    watch = _Watch(report, total=len(plan.steps) + 1)
    record_digest = digest(record)
    enriched, plan = _analyse(record, tools, plan, watch)
    predictions, plan = _predict(enriched, tools, plan, watch, record_digest)
    watch.step("explain", "")
    results = Parts(part for kind, part in enriched.parts.items() if kind not in record.parts)
    return Assessment(
        person=record.person,
        as_of=record.as_of,
        record_digest=record_digest,
        version=tools.version,
        plan=plan,
        results=results,
        predictions=predictions,
        explanations=tuple(explain(p) for p in predictions),
        notes=record.notes,
        sources=record.sources,
        synthetic=record.synthetic,
    )


def _analyse(record: PatientRecord, tools: Toolbox, plan: Plan, watch: _Watch) -> tuple[PatientRecord, Plan]:
    by_name = {analysis.name: analysis for analysis in tools.analyses}
    for step in plan.steps:
        analysis = by_name.get(step.name)
        if analysis is None:
            continue
        watch.step("analyse", step.name)
        try:
            record = record.adding(_run(analysis, record, tools.tables))
        except GenNetError as refusal:
            plan = _move(plan, step, Skipped(step.name, str(refusal)))
    return record, plan


def _run(analysis: Analysis, record: PatientRecord, tables: Mapping[str, Path]) -> Part:
    inputs = [*(record[need] for need in analysis.needs), *(record.parts.find(kind) for kind in analysis.uses)]
    return analysis.compute(*inputs, **{name.replace("-", "_"): tables[name] for name in analysis.resources})


def _predict(
    record: PatientRecord, tools: Toolbox, plan: Plan, watch: _Watch, record_digest: str
) -> tuple[tuple[Prediction, ...], Plan]:
    by_name = {model.card.name: model for model in tools.models}
    answers: dict[str, list[tuple[ModelCard, Risk]]] = {}
    for step in plan.steps:
        model = by_name.get(step.name)
        if model is None:
            continue
        watch.step("predict", step.name)
        try:
            answers.setdefault(model.card.outcome, []).append((model.card, model.predict(record)))
        except MissingPart as missing:
            plan = _move(plan, step, Waiting(step.name, (missing.problem,), missing.remedy))
        except GenNetError as refusal:
            plan = _move(plan, step, Skipped(step.name, str(refusal)))
    return tuple(pool(found, record_digest) for found in answers.values() if found), plan


def _move(plan: Plan, step: Step, to: Skipped | Waiting) -> Plan:
    steps = tuple(s for s in plan.steps if s is not step)
    if isinstance(to, Skipped):
        return replace(plan, steps=steps, skipped=(*plan.skipped, to))
    return replace(plan, steps=steps, waiting=(*plan.waiting, to))


@dataclass(slots=True)
class _Watch:
    report: Callable[[Progress], None]
    total: int
    done: int = 0

    def step(self, stage: str, name: str) -> None:
        self.report(Progress(stage, name, self.done, self.total))
        self.done += 1
