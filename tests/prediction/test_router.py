"""The router is pure: hand-computed plans, then properties over generated catalogs."""

from dataclasses import dataclass, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gennet.core.analysis import Analysis, Branch, Cost
from gennet.core.parts import Part
from gennet.core.record import PatientRecord
from gennet.prediction.router import Budget, route


@dataclass(frozen=True, slots=True)
class RawA(Part):
    pass


@dataclass(frozen=True, slots=True)
class RawB(Part):
    pass


@dataclass(frozen=True, slots=True)
class MadeC(Part):
    pass


@dataclass(frozen=True, slots=True)
class MadeD(Part):
    pass


@dataclass(frozen=True, slots=True)
class MadeE(Part):
    pass


def analysis(name, needs, gives, seconds=0.1, resources=()):
    return Analysis(name, name, Branch.DIRECT, needs, gives, Cost(seconds), lambda *_: gives(), "doi", resources)


CHAIN = (analysis("d", (MadeC, RawB), MadeD, 0.2), analysis("c", (RawA,), MadeC, 0.1))


def record(*parts):
    return PatientRecord("p", date(2026, 1, 2)).adding(*parts)


def test_an_analysis_runs_after_the_one_that_makes_its_input():
    assert [s.name for s in route(record(RawA(), RawB()), CHAIN).steps] == ["c", "d"]


def test_what_an_analysis_uses_is_made_before_it_but_not_needed():
    user = replace(analysis("a", (RawA,), MadeD), uses=(MadeC, MadeE))
    maker = analysis("z", (RawB,), MadeC, 5)
    assert [s.name for s in route(record(RawA(), RawB()), (user, maker)).steps] == ["z", "a"]
    assert [s.name for s in route(record(RawA()), (user, maker)).steps] == ["a"]


def test_missing_data_waits_and_says_for_what():
    plan = route(record(RawA()), CHAIN)
    (waiting,) = plan.waiting
    assert (waiting.name, waiting.missing, waiting.remedy) == ("d", ("RawB",), "add RawB")


def test_what_waits_is_traced_back_to_what_a_person_can_supply():
    (c, d) = route(record(), CHAIN).waiting
    assert {c.name: c.missing, d.name: d.missing} == {"c": ("RawA",), "d": ("RawA", "RawB")}


def test_a_missing_resource_waits_with_the_command_that_pulls_it():
    tool = analysis("c", (RawA,), MadeC, resources=("tables",))
    assert route(record(RawA()), (tool,)).waiting[0].remedy == "run: gennet resources pull tables"
    assert route(record(RawA()), (tool,), available=frozenset({"tables"})).steps[0].name == "c"


def test_a_budget_skips_what_does_not_fit_and_what_needed_it():
    plan = route(record(RawA(), RawB()), CHAIN, budget=Budget(seconds=0.05))
    assert plan.steps == ()
    assert [s.name for s in plan.skipped] == ["c", "d"]
    assert "over the budget of 0.05 s" in plan.skipped[0].reason
    assert "needs MadeC, whose analysis was skipped" in plan.skipped[1].reason


@pytest.mark.parametrize("amount", [0, -1, float("nan")])
def test_a_budget_that_is_no_amount_is_refused(amount):
    with pytest.raises(ValueError, match="positive"):
        Budget(seconds=amount)


KINDS = (RawA, RawB, MadeC, MadeD, MadeE)
analyses = st.lists(
    st.builds(
        lambda needs, gives, seconds, tables: (needs, gives, seconds, tables),
        st.sets(st.sampled_from(KINDS), min_size=1, max_size=3),
        st.sampled_from((MadeC, MadeD, MadeE)),
        st.floats(0.01, 5),
        st.sets(st.sampled_from(("t1", "t2")), max_size=1),
    ),
    max_size=6,
    unique_by=lambda row: row[1],
).map(
    lambda rows: tuple(
        analysis(f"a{i}", tuple(sorted(needs, key=lambda k: k.__name__)), gives, seconds, tuple(tables))
        for i, (needs, gives, seconds, tables) in enumerate(rows)
    )
)


@given(analyses, st.sets(st.sampled_from((RawA, RawB))), st.floats(0.01, 20), st.sets(st.sampled_from(("t1", "t2"))))
def test_every_plan_is_sound_and_complete(catalog, held, seconds, tables):
    plan = route(record(*(k() for k in held)), catalog, budget=Budget(seconds=seconds), available=frozenset(tables))
    by_name = {a.name: a for a in catalog}
    said = [s.name for s in (*plan.steps, *plan.waiting, *plan.skipped)]
    assert sorted(said) == sorted(by_name)
    assert plan.seconds <= seconds + 1e-9
    ready = set(held)
    for step in plan.steps:
        assert set(by_name[step.name].needs) <= ready
        assert set(by_name[step.name].resources) <= tables
        ready.add(by_name[step.name].gives)


@given(analyses, st.sets(st.sampled_from((RawA, RawB))), st.floats(0.01, 20))
def test_a_plan_depends_on_nothing_but_its_arguments(catalog, held, seconds):
    twice = [route(record(*(k() for k in held)), catalog, budget=Budget(seconds=seconds)) for _ in range(2)]
    shuffled = route(record(*(k() for k in held)), catalog[::-1], budget=Budget(seconds=seconds))
    assert twice[0] == twice[1]
    assert {s.name for s in shuffled.steps} == {s.name for s in twice[0].steps}


@given(analyses)
def test_without_a_budget_nothing_is_skipped(catalog):
    assert route(record(RawA(), RawB()), catalog).skipped == ()
