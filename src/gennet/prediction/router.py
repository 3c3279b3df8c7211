"""Choose the analyses and models whose inputs the record can supply, within a budget."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gennet.core.plan import Plan, Skipped, Step, Waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gennet.core.analysis import Analysis
    from gennet.core.parts import Part
    from gennet.core.prediction import RiskModel
    from gennet.core.record import PatientRecord


@dataclass(frozen=True, slots=True)
class Budget:
    """
    What an assessment may cost.

    >>> Budget(seconds=10).dollars
    inf
    """

    seconds: float = math.inf
    """Expected seconds of computation on one core."""
    dollars: float = math.inf

    def __post_init__(self) -> None:
        """Refuse a budget that is not a positive amount."""
        if not (self.seconds > 0 and self.dollars > 0):
            message = f"a budget is positive, not {self.seconds} s and {self.dollars} dollars"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class _Candidate:
    analysis: Analysis
    step: Step


def route(
    record: PatientRecord,
    analyses: Sequence[Analysis],
    models: Sequence[RiskModel] = (),
    *,
    budget: Budget | None = None,
    available: frozenset[str] = frozenset(),
) -> Plan:
    """
    Plan what runs, in an order where every input exists before it is used; say what waits and what is skipped.

    Cheapest first: what does not fit the budget is skipped, with everything that would have needed it. `available`
    names the public resources at hand. Pure: the same arguments give the same plan.

    >>> from datetime import date
    >>> from gennet.core.record import PatientRecord
    >>> route(PatientRecord("p1", date(2026, 1, 2)), ()).steps
    ()
    """
    budget = budget or Budget()
    runnable, waiting = _closure(record, analyses, available)
    steps, skipped = _afford(runnable, record, budget)
    given = set(record.parts) | {c.analysis.gives for c in steps}
    makers = {a.gives: a for a in analyses}
    model_steps, model_waiting, model_skipped = _route_models(models, given, makers, steps, budget)
    return Plan(
        steps=(*(c.step for c in steps), *model_steps),
        waiting=(*waiting, *model_waiting),
        skipped=(*skipped, *model_skipped),
    )


def _closure(
    record: PatientRecord, analyses: Sequence[Analysis], available: frozenset[str]
) -> tuple[list[_Candidate], list[Waiting]]:
    """Order the analyses that can run, given each other's results; explain the rest."""
    sizes = {kind: part.size for kind, part in record.parts.items()}
    left, ordered = list(analyses), list[_Candidate]()
    progress = True
    while progress:
        ready = [a for a in left if all(n in sizes for n in a.needs) and available.issuperset(a.resources)]
        progress = bool(ready)
        # What another analysis may yet give is waited for; when nothing else can run, it is done without.
        coming = {a.gives for a in left}
        patient = [a for a in ready if not coming & set(a.uses)] or ready
        for analysis in sorted(patient, key=lambda a: (a.cost.expected(_items(a, sizes)), a.name)):
            items = _items(analysis, sizes)
            step = Step(analysis.name, analysis.cost.expected(items), analysis.cost.dollars(items))
            ordered.append(_Candidate(analysis, step))
            sizes.setdefault(analysis.gives, items)
            left.remove(analysis)
    makers = {a.gives: a for a in analyses}
    return ordered, [_wait(a.name, _lacking(a.needs, set(sizes), makers), a.resources, available) for a in left]


def _items(analysis: Analysis, sizes: dict[type[Part], int]) -> int:
    return sum(sizes[need] for need in analysis.needs)


def _lacking(
    needs: Iterable[type[Part]],
    held: set[type[Part]],
    makers: Mapping[type[Part], Analysis],
    asked: frozenset[type[Part]] = frozenset(),
) -> dict[type[Part], None]:
    """Trace missing parts back to what a person would have to supply, in order; `asked` stops circles."""
    roots: dict[type[Part], None] = {}
    for need in needs:
        if need in held:
            continue
        maker = None if need in asked else makers.get(need)
        found = _lacking(maker.needs, held, makers, asked | {need}) if maker else {}
        roots |= found or {need: None}
    return roots


def _wait(name: str, lacking: Iterable[type[Part]], tables: Iterable[str], available: frozenset[str]) -> Waiting:
    kinds = list(lacking)
    missing = [table for table in tables if table not in available]
    supplies = list(dict.fromkeys(kind.supplied_as or kind.__name__ for kind in kinds))
    remedies = [f"add {_words(supplies)}"] if supplies else []
    remedies += [f"run: gennet resources pull {table}" for table in missing]
    return Waiting(name, (*(kind.__name__ for kind in kinds), *missing), "; ".join(remedies))


def _words(names: Sequence[str]) -> str:
    return " and ".join(names)


def _afford(
    ordered: Sequence[_Candidate], record: PatientRecord, budget: Budget
) -> tuple[list[_Candidate], list[Skipped]]:
    kept, skipped = list[_Candidate](), list[Skipped]()
    held = set(record.parts)
    seconds = dollars = 0.0
    for candidate in ordered:
        lost = [n.__name__ for n in candidate.analysis.needs if n not in held]
        if lost:
            skipped.append(Skipped(candidate.step.name, f"needs {_words(lost)}, whose analysis was skipped"))
        elif seconds + candidate.step.seconds > budget.seconds or dollars + candidate.step.dollars > budget.dollars:
            skipped.append(Skipped(candidate.step.name, _over(candidate.step, budget)))
        else:
            kept.append(candidate)
            held.add(candidate.analysis.gives)
            seconds += candidate.step.seconds
            dollars += candidate.step.dollars
    return kept, skipped


def _over(step: Step, budget: Budget) -> str:
    return f"expected {step.seconds:.3g} s and {step.dollars:.2g} dollars, over the budget of {_budget_words(budget)}"


def _budget_words(budget: Budget) -> str:
    seconds = f"{budget.seconds:g} s" if budget.seconds < math.inf else ""
    dollars = f"{budget.dollars:g} dollars" if budget.dollars < math.inf else ""
    return " and ".join(words for words in (seconds, dollars) if words)


def _route_models(
    models: Sequence[RiskModel],
    given: set[type[Part]],
    makers: Mapping[type[Part], Analysis],
    steps: Sequence[_Candidate],
    budget: Budget,
) -> tuple[list[Step], list[Waiting], list[Skipped]]:
    run, waiting, skipped = list[Step](), list[Waiting](), list[Skipped]()
    seconds = sum(c.step.seconds for c in steps)
    for model in sorted(models, key=lambda m: (m.cost.seconds, m.card.name)):
        lost = _lacking(model.needs, given, makers)
        step = Step(model.card.name, model.cost.seconds, model.cost.dollars(0))
        if lost:
            waiting.append(_wait(model.card.name, lost, (), frozenset()))
        elif seconds + step.seconds > budget.seconds:
            skipped.append(Skipped(model.card.name, _over(step, budget)))
        else:
            run.append(step)
            seconds += step.seconds
    return run, waiting, skipped
