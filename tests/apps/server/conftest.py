"""Servers, and people to send to them."""

from __future__ import annotations

import io
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gennet import bootstrap
from gennet.apps.server import create_app
from gennet.settings import Settings

# The import mode keeps test folders off the path; `server_tools` is shared by the tests of this one.
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from server_tools import AS_OF, TOKEN, bundle, finished, serving
from study_tools import STUDIES


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory) -> Path:
    """A database with its tables: migrating one per test would take most of the time."""
    folder = tmp_path_factory.mktemp("empty")
    bootstrap.services(Settings(data_dir=folder)).close()
    return folder / "gennet.db"


@pytest.fixture
def settings(tmp_path, empty_database) -> Settings:
    (tmp_path / "data").mkdir()
    shutil.copy(empty_database, tmp_path / "data" / "gennet.db")
    return Settings(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache", token=TOKEN, workers=2)


@pytest.fixture
def services(settings):
    held = bootstrap.services(settings)
    return replace(held, studies=(*held.studies, *STUDIES))


@pytest.fixture(scope="session")
def standing(tmp_path_factory):
    """One server for all tests that send it only what it refuses; with its settings and services."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("standing"), token=TOKEN)
    services = bootstrap.services(settings)
    with serving(create_app(services, log=io.StringIO())) as client:
        yield client, settings, services


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def client(services, log):
    with serving(create_app(services, log=log)) as client:
        yield client


@pytest.fixture
def send(client):
    """Upload a person; return what the server says."""

    def send(content=None, *, name="chart.json", **fields):
        files = [("files", (name, bundle() if content is None else content))]
        return client.post("/api/v1/people", files=files, data={"as_of": AS_OF, **fields})

    return send


@pytest.fixture
def assessed(client, send):
    """Upload and assess a person; return the ids of person and assessment."""

    def assessed(content=None, **fields):
        person = send(content, **fields).json()["person_id"]
        started = client.post("/api/v1/assessments", json={"person_id": person})
        assert started.status_code == 202, started.text
        identity = started.json()["assessment_id"]
        assert finished(client, identity) == "done"
        return person, identity

    return assessed


@pytest.fixture
def studied(client):
    """Run a study; return the id of the run."""

    def studied(text=b"banana"):
        started = client.post("/api/v1/studies/genome/letters/runs", files=[("text", ("a.txt", text))])
        assert started.status_code == 202, started.text
        identity = started.json()["run_id"]
        while client.get(f"/api/v1/runs/{identity}").json()["status"] in {"queued", "running"}:
            pass
        return identity

    return studied
