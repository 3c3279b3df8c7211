"""What a running server holds, and how a route reaches it."""

from __future__ import annotations

import asyncio
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request, Response

from gennet.apps.server.assessing import Office
from gennet.apps.server.bell import Bell
from gennet.apps.server.observed import Watch
from gennet.apps.server.people import Register
from gennet.apps.server.studying import Studio
from gennet.apps.server.uploads import UploadFolder
from gennet.core.codec import to_json

if TYPE_CHECKING:
    from typing import TextIO

    from gennet.bootstrap import Services


@dataclass(slots=True)
class Held:
    """Everything the routes use."""

    services: Services
    token: str
    token_is_drawn: bool
    """No token was set, so this one is random and must be shown to the operator."""
    watch: Watch
    bell: Bell
    people: Register
    office: Office
    studio: Studio
    uploads: UploadFolder
    reading: asyncio.Semaphore
    """How many uploads are read at once: each may fill memory."""

    def close(self) -> None:
        """Cancel what runs, then close the stores."""
        self.bell.close()
        self.office.close()
        self.studio.close()
        self.uploads.close()
        self.services.close()


def hold(services: Services, log: TextIO | None = None) -> Held:
    """Put together what a server holds."""
    settings = services.settings
    watch = Watch(services.clock, settings.log_level, log)
    writing, bell = threading.RLock(), Bell()
    office = Office(services, writing, bell, watch.assessment_ended)
    watch.count_assessments(office.counts)
    given = settings.token.get_secret_value() if settings.token else ""
    return Held(
        services=services,
        token=given or secrets.token_urlsafe(32),
        token_is_drawn=not given,
        watch=watch,
        bell=bell,
        people=Register(services, writing),
        office=office,
        studio=Studio(services),
        uploads=UploadFolder(services.uploads),
        reading=asyncio.Semaphore(settings.workers),
    )


def _held(request: Request) -> Held:
    held: Held = request.app.state.held
    return held


Holding = Annotated[Held, Depends(_held)]


def as_json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Answer with a noun as canonical JSON."""
    return Response(to_json(value), status, headers, media_type="application/json")
