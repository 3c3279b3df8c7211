"""Nobody comes in without the token."""

import json
import re

import httpx
import pytest
from fastapi.routing import APIRoute
from server_tools import TOKEN, serving

from gennet.apps.server import create_app
from gennet.apps.server.guard import guard
from gennet.settings import Settings

OPEN = {"/health", "/ready"}


def routes(router, inherited=()):
    """Every route with the dependencies of the routers around it."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            own = [dependency.dependency for dependency in route.dependencies]
            yield route, {*inherited, *own}
        else:
            inner = route.original_router
            outer = [dependency.dependency for dependency in (*route.include_context.dependencies, *inner.dependencies)]
            yield from routes(inner, {*inherited, *outer})


def test_every_route_but_two_is_guarded(services):
    app = create_app(services)
    found = {route.path: dependencies for route, dependencies in routes(app)}
    assert len(found) >= 20
    assert set(found) == set(app.openapi()["paths"])
    assert {path for path, dependencies in found.items() if guard not in dependencies} == OPEN
    app.state.held.close()


def test_every_route_but_two_refuses_a_stranger(standing):
    from gennet.apps.server.openapi import document

    client, *_ = standing
    paths = json.loads(document())["paths"]
    for path, methods in paths.items():
        for method in methods:
            url = re.sub(r"\{\w+\}", "x-1", path)
            for headers in ({"Authorization": ""}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}):
                answer = client.request(method, url, headers=headers)
                assert (answer.status_code == 401) == (path not in OPEN), (method, path)
                if answer.status_code == 401:
                    assert answer.headers["www-authenticate"] == "Bearer"
                    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_the_token_is_not_taken_from_the_address(client):
    bare = httpx.Client(base_url=client.base_url)
    with bare:
        for name in ("token", "access_token", "authorization"):
            assert bare.get("/api/v1/people", params={name: TOKEN}).status_code == 401
        bare.cookies.set("token", TOKEN)
        assert bare.get("/api/v1/people").status_code == 401


def test_a_stranger_cannot_fill_the_disk(client, settings):
    files = [("files", ("x", b"x" * 1_000_000))]
    answer = client.post("/api/v1/people", files=files, headers={"Authorization": "Bearer no"})
    assert answer.status_code == 401
    assert [p for p in (settings.data_dir / "uploads").rglob("*") if p.name != ".lock" and p.is_file()] == []


@pytest.mark.parametrize("token", [None, ""])
def test_a_server_without_a_token_draws_one_and_says_it(tmp_path, capsys, token):
    from gennet import bootstrap

    settings = Settings(data_dir=tmp_path, token=token)
    app = create_app(bootstrap.services(settings))
    with serving(app) as client:
        assert client.get("/api/v1/people").status_code == 401
        drawn = capsys.readouterr().err.split("access token: ")[1].split()[0]
        assert len(drawn) >= 40
        assert client.get("/api/v1/people", headers={"Authorization": f"Bearer {drawn}"}).status_code == 200


@pytest.mark.usefixtures("client")
def test_a_token_that_was_set_is_not_printed(capfd):
    assert TOKEN not in "".join(capfd.readouterr())
