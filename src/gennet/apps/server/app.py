"""The application: routes behind one guard, and what happens when it starts and stops."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, FastAPI

from gennet import __version__, bootstrap
from gennet.apps.server import problems
from gennet.apps.server.guard import guard
from gennet.apps.server.held import Held, hold
from gennet.apps.server.limit import Limited
from gennet.apps.server.observed import Observed
from gennet.apps.server.routes import assessments, graphql, operations, people, predictions, studies

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from types import FrameType
    from typing import TextIO

    from gennet.bootstrap import Services


def create() -> FastAPI:
    """Make the application of this process from its settings; `uvicorn --factory` calls it."""
    # Uvicorn's access log writes paths, and paths hold pseudonyms; ours writes route templates.
    access = logging.getLogger("uvicorn.access")
    access.handlers, access.propagate = [], False
    return create_app(bootstrap.services())


def create_app(services: Services, *, log: TextIO | None = None) -> FastAPI:
    """
    Make an application over services, which it closes when it stops.

    Parameters
    ----------
    log
        Where structured logs go; by default stderr.
    """
    held = hold(services, log)
    app = FastAPI(
        title="GenNet",
        version=__version__,
        description="Risk predictions with reasons. Every route but /health and /ready needs the bearer token.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.held = held
    app.add_middleware(Limited)
    app.add_middleware(Observed, watch=held.watch)  # the last added is the outermost
    problems.install(app)
    app.include_router(operations.open_router)
    app.include_router(_guarded())
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _guarded() -> APIRouter:
    root = APIRouter(dependencies=[Depends(guard)])
    for module in (people, assessments, predictions, studies, graphql, operations):
        root.include_router(module.router)
    return root


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = FastAPI.openapi(app)
        schemas = schema["components"]["schemas"]
        schemas["Problem"] = problems.Problem.model_json_schema()
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        app.openapi_schema = schema
    return app.openapi_schema


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    held: Held = app.state.held
    try:
        with _before_exit(held.bell.close):
            if held.token_is_drawn:
                sys.stderr.write(f"access token: {held.token}\n")
                sys.stderr.flush()
            yield
    finally:
        held.close()


@contextmanager
def _before_exit(act: Callable[[], None]) -> Iterator[None]:
    """
    Act when the process is asked to stop, before the server waits for open connections.

    An open event stream would otherwise keep the server waiting for ever.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def heard(number: int, frame: FrameType | None) -> None:
        act()
        before = kept[signal.Signals(number)]
        if callable(before):
            before(number, frame)

    chained = [number for number, before in kept.items() if callable(before)]
    for number in chained:
        signal.signal(number, heard)
    try:
        yield
    finally:
        for number in chained:
            signal.signal(number, kept[number])
