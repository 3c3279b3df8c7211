"""The committed contract is the server's, and the server keeps it."""

import json
from dataclasses import fields
from pathlib import Path

import pytest
from server_tools import AUTH

from gennet.apps.server.openapi import document
from gennet.apps.server.views import AssessmentDocument
from gennet.core.assessment import Assessment

COMMITTED = Path(__file__).parents[3] / "docs" / "reference" / "openapi.json"


def test_the_committed_document_is_the_servers():
    command = "python -m gennet.apps.server.openapi > docs/reference/openapi.json"
    assert COMMITTED.read_text(encoding="utf-8") == document(), f"run: {command}"


def test_the_document_describes_every_field_of_an_assessment():
    assert [f.name for f in fields(AssessmentDocument)] == [f.name for f in fields(Assessment)]


def test_what_is_answered_is_what_is_documented(client, assessed, studied):
    import jsonschema_rs

    contract = json.loads(document())
    person, identity = assessed()
    run = studied()
    prediction = client.get(f"/api/v1/assessments/{identity}/predictions").json()["predictions"][0]["id"]
    names = {"person_id": person, "assessment_id": identity, "prediction_id": prediction, "run_id": run}
    checked = 0
    for path, methods in contract["paths"].items():
        kinds = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if "application/json" not in kinds:
            continue
        schema = kinds["application/json"]["schema"] | {"components": contract["components"]}
        answer = client.get(path.format(**names))
        assert answer.status_code == 200, path
        jsonschema_rs.validator_for(schema).validate(answer.json())
        checked += 1
    assert checked >= 16


@pytest.mark.slow
def test_no_request_the_contract_allows_makes_the_server_fail(client, assessed):
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
    from hypothesis import HealthCheck, given, settings

    assessed(person="p1")
    contract = schemathesis.openapi.from_dict(json.loads(document()))
    seen = set()
    for operation in contract.get_all_operations():
        made = operation.ok()

        @given(case=made.as_strategy())
        @settings(
            max_examples=4, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
        )
        def probe(case):
            answer = case.call(base_url=str(client.base_url).rstrip("/"), headers=AUTH)
            seen.add(answer.status_code)
            assert answer.status_code < 500 or answer.status_code == 503, (case.method, case.path, answer.text)

        probe()
    assert {200, 404, 422} <= seen
