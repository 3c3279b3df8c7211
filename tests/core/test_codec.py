import hashlib
import math
import subprocess
import sys
from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gennet.core.assessment import Assessment
from gennet.core.codec import digest, from_json, to_json
from gennet.core.evidence import Evidence, Risk, SourceKind, expit, logit
from gennet.core.explanation import Contribution, Explanation
from gennet.core.parts import Part, Parts
from gennet.core.plan import Plan, Skipped, Step, Waiting
from gennet.core.prediction import Member, Prediction
from gennet.core.record import PatientRecord, Source
from gennet.errors import InvalidContent, MissingPart, UnknownName


@dataclass(frozen=True, slots=True, eq=False)
class Columns(Part):
    positions: NDArray[np.int32]
    flags: NDArray[np.bool_]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Labels(Part):
    names: tuple[str, ...]
    share: float | None = None


finite = st.floats(allow_nan=False, allow_infinity=False)
evidence = st.builds(
    Evidence,
    st.text(max_size=8),
    st.text(max_size=8),
    st.sampled_from(SourceKind),
    st.one_of(finite, st.booleans(), st.none()),
    effect=finite,
)
risks = st.builds(
    Risk,
    st.text(max_size=5),
    finite,
    finite,
    finite,
    finite,
    st.text(max_size=5),
    finite,
    finite,
    st.lists(evidence, max_size=3).map(tuple),
)
contributions = st.builds(
    Contribution,
    st.text(max_size=5),
    st.text(max_size=5),
    st.sampled_from(SourceKind),
    st.one_of(finite, st.text(max_size=5), st.none()),
    st.text(max_size=3),
    finite,
    finite,
    st.text(max_size=5),
)
assessments = st.builds(
    Assessment,
    person=st.text(max_size=8),
    as_of=st.dates(),
    record_digest=st.text(max_size=8),
    version=st.text(max_size=5),
    plan=st.builds(
        Plan,
        st.lists(st.builds(Step, st.text(max_size=3), finite, finite), max_size=2).map(tuple),
        st.lists(st.builds(Waiting, st.text(max_size=3), st.just(("a",)), st.text(max_size=3)), max_size=2).map(tuple),
        st.lists(st.builds(Skipped, st.text(max_size=3), st.text(max_size=3)), max_size=2).map(tuple),
    ),
    results=st.builds(Labels, st.lists(st.text(max_size=4), max_size=3).map(tuple), st.none() | finite).map(
        lambda p: Parts((p,))
    ),
    predictions=st.lists(
        st.builds(
            Prediction,
            st.text(max_size=3),
            st.text(max_size=3),
            st.text(max_size=3),
            risks,
            st.lists(st.builds(Member, st.text(max_size=3), finite, risks), max_size=2).map(tuple),
            finite,
            st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
    explanations=st.lists(
        st.builds(
            Explanation,
            st.text(max_size=3),
            st.text(max_size=3),
            st.just("shap"),
            finite,
            finite,
            st.lists(contributions, max_size=2).map(tuple),
            st.just(("one",)),
        ),
        max_size=2,
    ).map(tuple),
    sources=st.lists(
        st.builds(Source, st.text(max_size=5), st.just("vcf"), st.just("0"), st.integers(0, 2**40)), max_size=2
    ).map(tuple),
    synthetic=st.booleans(),
)


@given(assessments)
def test_an_assessment_survives_json_without_loss(assessment):
    data = assessment.to_json()
    back = Assessment.from_json(data)
    assert back == assessment
    assert back.to_json() == data
    assert back.id == assessment.id


def test_arrays_survive_with_type_and_shape():
    part = Columns(np.array([3, 2**31 - 1], np.int32), np.array([True, False]), ("ä",))
    record = PatientRecord("p", date(2026, 1, 2)).adding(part)
    back = from_json(to_json(record), PatientRecord)
    assert back[Columns].positions.dtype == np.int32
    assert back[Columns].flags.tolist() == [True, False]
    assert digest(back) == digest(record)


def test_the_digest_is_sha256_of_canonical_json_with_arrays_hashed():
    positions = hashlib.sha256(b"\1\0\0\0\2\0\0\0").hexdigest()
    flags = hashlib.sha256(b"\1").hexdigest()
    canonical = (
        '{"as_of":"2026-01-02","notes":[],"parts":{"Columns":{'
        f'"flags":{{"dtype":"|b1","sha256":"{flags}","shape":[1]}},"names":["a"],'
        f'"positions":{{"dtype":"<i4","sha256":"{positions}","shape":[2]}}}}}},'
        '"person":"p","sources":[],"synthetic":false}'
    )
    record = PatientRecord("p", date(2026, 1, 2)).adding(Columns(np.array([1, 2], np.int32), np.array([True]), ("a",)))
    assert digest(record) == f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def test_the_digest_sees_every_value_of_an_array():
    one, two = (Columns(np.array([1, last], np.int32), np.array([True]), ()) for last in (2, 3))
    assert digest(one) != digest(two)


def test_the_order_parts_were_added_in_does_not_matter():
    a, b = Labels(("a",)), Columns(np.array([1], np.int32), np.array([True]), ())
    assert digest(Parts((a, b))) == digest(Parts((b, a)))


@pytest.mark.parametrize("broken", [b"", b"{", b"[]", b'{"person":1}', b'{"person":"p"}', b"null", b"\xff"])
def test_json_of_something_else_is_refused(broken):
    with pytest.raises(InvalidContent, match="not JSON of Assessment"):
        Assessment.from_json(broken)


def test_another_schema_version_is_refused_with_the_remedy():
    data = (
        Assessment("p", date(2026, 1, 2), "d", "0.1")
        .to_json()
        .replace(b'"schema_version":"1"', b'"schema_version":"9"')
    )
    with pytest.raises(InvalidContent, match="reads version 1"):
        Assessment.from_json(data)


def test_a_missing_part_is_named_with_what_is_held():
    record = PatientRecord("p", date(2026, 1, 2)).adding(Labels(()))
    with pytest.raises(MissingPart, match="holds no Columns; it holds Labels"):
        record[Columns]
    assert record.find(Columns) is None
    assert record.holds(Labels)


def test_two_parts_of_one_name_are_refused():
    with pytest.raises(TypeError, match="two parts are called Labels"):
        type("Labels", (Part,), {"__module__": "elsewhere", "__slots__": ()})


def test_an_unknown_outcome_lists_the_known():
    with pytest.raises(UnknownName, match="predicted here: none"):
        Assessment("p", date(2026, 1, 2), "d", "0.1").explain("stroke")


@given(st.floats(1e-12, 1 - 1e-12))
def test_log_odds_and_back(probability):
    assert math.isclose(expit(logit(probability)), probability, rel_tol=1e-9)


def test_parts_are_found_by_name_in_a_fresh_process():
    code = "from gennet.core.parts import Part; print(Part.named('Diplotypes').__module__)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "gennet.genomics.pharmacogenes.results"


def test_a_part_nobody_declares_is_refused_with_the_remedy():
    with pytest.raises(InvalidContent, match="'Horoscope' is no kind of part"):
        Part.named("Horoscope")


@pytest.mark.parametrize(
    "array",
    ['{"dtype":"O","shape":[1],"base64":"AAAA"}', '{"dtype":"<i4"}', '{"dtype":"zz","shape":[1],"base64":"AAAA"}', "3"],
)
def test_a_broken_array_is_refused(array):
    with pytest.raises(InvalidContent, match="not JSON"):
        from_json(f'{{"positions":{array},"flags":{array},"names":[]}}', Columns)
