"""Studies over REST: declared once, run with files, watched, cancelled, deleted."""

import time

import pytest


def run(client, name="letters", files=None, **options):
    files = [("text", ("a.txt", b"banana"))] if files is None else files
    return client.post(f"/api/v1/studies/genome/{name}/runs", files=files, data=options)


def ended(client, identity):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        state = client.get(f"/api/v1/runs/{identity}").json()
        if state["status"] not in {"queued", "running"}:
            return state
        time.sleep(0.01)
    pytest.fail("the run did not end")


def test_studies_are_listed_with_what_they_ask_for(client):
    listed = {s["name"]: s for s in client.get("/api/v1/studies").json()["studies"]}
    options = {o["name"]: o for o in listed["letters"]["options"]}
    assert options["text"] == {
        "name": "text", "text": "A text file.", "kind": "file", "choices": [], "many": False, "required": True,
        "default": None,
    }  # fmt: skip
    assert options["others"]["many"] is True
    assert options["case"]["choices"] == ["as-is", "lower"]
    assert options["most"]["kind"] == "integer"
    assert listed["unsupplied"]["missing_resources"] == ["no-such-table"]


def test_a_run_gives_findings_tables_figures_and_files(client, settings):
    started = run(client, most="2")
    assert started.status_code == 202
    identity = started.json()["run_id"]
    assert started.headers["Location"] == f"/api/v1/runs/{identity}"
    state = ended(client, identity)
    assert (state["status"], state["files"]) == ("done", ["letters.txt"])
    found = client.get(f"/api/v1/runs/{identity}/findings").json()
    assert found["tables"][0]["rows"] == [["a", 3], ["n", 2]]
    assert client.get(f"/api/v1/runs/{identity}/tables/letters").text == "letter\tcount\na\t3\nn\t2\n"
    assert "<title>Letters</title>" in client.get(f"/api/v1/runs/{identity}/figures/letters").text
    assert client.get(f"/api/v1/runs/{identity}/files/letters.txt").text == "an"
    assert not (settings.data_dir / "runs" / identity / "in").exists()


def test_several_files_and_choices_reach_the_study(client):
    files = [("text", ("a.txt", b"Bb")), ("others", ("b.txt", b"B")), ("others", ("c.txt", b"b"))]
    identity = run(client, files=files, case="lower").json()["run_id"]
    ended(client, identity)
    assert client.get(f"/api/v1/runs/{identity}/findings").json()["tables"][0]["rows"] == [["b", 4]]


@pytest.mark.parametrize(
    ("files", "options", "place"),
    [
        ([("text", ("a", b"x"))], {"nonsense": "1"}, "nonsense"),
        ([("others", ("a", b"x"))], {}, "text"),
        ([("text", ("a", b"x")), ("most", ("a", b"x"))], {}, "most"),
        ([("text", ("a", b"x"))], {"most": ["1", "2"]}, "most"),
        ([("text", ("a", b"x")), ("text", ("a", b"y"))], {}, "a"),
    ],
)
def test_a_form_that_does_not_fit_is_refused_by_name(client, files, options, place):
    answer = run(client, files=files, **options)
    assert answer.status_code == 422
    assert answer.json()["field"] == place
    assert client.get("/api/v1/runs").json()["runs"] == []


def test_an_option_of_the_wrong_kind_fails_the_run_with_its_name(client):
    state = ended(client, run(client, most="many").json()["run_id"])
    assert state["status"] == "failed"
    assert state["detail"].startswith("most: ")


def test_bad_input_is_said_without_our_folders(client, settings):
    state = ended(client, run(client, files=[("text", ("empty.txt", b" "))]).json()["run_id"])
    assert (state["status"], state["detail"], state["remedy"]) == (
        "failed",
        "text/empty.txt: there is no letter",
        "write one",
    )
    assert not list((settings.data_dir / "runs").glob("*"))


def test_an_unforeseen_error_tells_nothing_of_itself(client):
    state = ended(client, run(client, "failing").json()["run_id"])
    assert (state["status"], state["detail"]) == ("failed", "the server failed")


def test_a_missing_table_names_the_command_that_pulls_it(client):
    state = ended(client, run(client, "unsupplied").json()["run_id"])
    assert state["remedy"] == "run: gennet resources pull no-such-table"


def test_a_running_study_is_cancelled_and_leaves_nothing(client, settings):
    identity = run(client, "waiting").json()["run_id"]
    assert client.delete(f"/api/v1/runs/{identity}").status_code == 202
    assert ended(client, identity)["status"] == "cancelled"
    assert not list((settings.data_dir / "runs").glob("*"))


def test_a_run_is_deleted_with_all_it_found(client, settings):
    identity = run(client).json()["run_id"]
    ended(client, identity)
    assert client.delete(f"/api/v1/runs/{identity}").status_code == 202
    assert client.get(f"/api/v1/runs/{identity}").status_code == 404
    assert not list((settings.data_dir / "runs").glob("*"))


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/runs/s-00000000000000000000000000000000",
        "/api/v1/runs/s-00000000000000000000000000000000/findings",
        "/api/v1/runs/s-00000000000000000000000000000000/files/a",
    ],
)
def test_what_is_not_there_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_an_unknown_study_is_not_found(client):
    assert run(client, "nothing").status_code == 404


def test_a_run_has_no_other_tables_figures_or_files(client):
    identity = run(client).json()["run_id"]
    ended(client, identity)
    assert client.get(f"/api/v1/runs/{identity}/tables/nothing").status_code == 422
    assert client.get(f"/api/v1/runs/{identity}/figures/nothing").status_code == 422
    assert client.get(f"/api/v1/runs/{identity}/files/findings").status_code == 404


def test_a_run_that_a_stopped_server_left_is_reported_as_failed(client, services, settings):
    from gennet.apps.server.studying import Studio
    from gennet.apps.server.views import RunState, Status
    from gennet.core.codec import to_json
    from gennet.ports.records import Document

    now, identity = services.clock.now(), f"s-{'1' * 32}"
    left = settings.data_dir / "runs" / identity / "in"
    left.mkdir(parents=True)
    body = to_json(RunState(identity, "genome", "letters", Status.RUNNING, now))
    services.records.save(Document("run-state", identity, identity, now, body))
    studio = Studio(services)
    assert studio.state(identity).status is Status.FAILED
    assert not left.exists()
    studio.close()
