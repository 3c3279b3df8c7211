"""`/api/v1/people`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from gennet.apps.server import views
from gennet.apps.server.held import Held, Holding, as_json
from gennet.apps.server.problems import responses
from gennet.apps.server.uploads import Form, Naming, Receiver, too_large
from gennet.errors import InvalidContent

PersonId = Annotated[str, Path(max_length=64, description="Pseudonym.")]
After = Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9._-]*$", description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100)]
_BATCH = 1 << 20

router = APIRouter(prefix="/api/v1/people", tags=["people"])

_FORM = {
    "type": "object",
    "required": ["files"],
    "additionalProperties": False,
    "properties": {
        "files": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "format": "binary"},
            "description": "VCF, expression, methylation, FHIR Bundle, signals, scoring files; content decides, not names.",
        },
        "sample": {"type": "string", "description": "Sample to take where a file holds several."},
        "build": {"type": "string", "enum": ["GRCh37", "GRCh38", "hg19", "hg38"]},
        "person": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", "description": "Pseudonym."},
        "as_of": {"type": "string", "format": "date", "description": "Day of assessment; by default today."},
        "scores": {"type": "array", "items": {"type": "string", "pattern": "^PGS[0-9]{6}$"}},
    },
}


@router.post(
    "",
    status_code=201,
    response_model=views.Person,
    responses=responses(401, 409, 413, 422, 501, 507),
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}},
)
async def add(request: Request, held: Holding) -> Response:
    """Read one person's files into a record; on any failure nothing is kept."""
    async with received(request, held) as form, held.reading:
        person = await run_in_threadpool(held.people.add, form)
    return as_json(person, 201, {"Location": f"/api/v1/people/{person.person_id}"})


@router.get("", response_model=views.People, responses=responses(401, 422))
def page(held: Holding, after: After = "", limit: Limit = 50) -> Response:
    """List people, a page at a time."""
    return as_json(held.people.page(after, limit))


@router.get("/{person_id}", response_model=views.Person, responses=responses(401, 404, 422))
def get(held: Holding, person_id: PersonId) -> Response:
    """Show what is held about a person, without the data itself."""
    return as_json(held.people.get(person_id))


@router.delete("/{person_id}", response_model=views.Erased, responses=responses(401, 404, 422, 507))
def erase(held: Holding, person_id: PersonId) -> Response:
    """Erase everything about a person: record, assessments, predictions, receipts."""
    held.people.get(person_id)
    return as_json(views.Erased(person_id, held.office.erase(person_id)))


@asynccontextmanager
async def received(request: Request, held: Held, naming: Naming | None = None) -> AsyncIterator[Form]:
    """Take an upload into a folder that is gone when the block ends."""
    settings = held.services.settings
    most, stated = settings.max_upload_bytes, request.headers.get("content-length", "")
    expected = int(stated) if stated.isascii() and stated.isdigit() else 0
    if expected > most:
        raise too_large(most)
    with held.uploads.taking(expected) as folder:
        content_type = request.headers.get("content-type", "")
        receiver = Receiver(content_type, folder, most=most, ratio=settings.max_file_ratio, naming=naming)
        try:
            # What the header says is not believed: every byte is counted.
            async for batch in _batches(request):
                await run_in_threadpool(receiver.feed, batch)
            yield receiver.finish()
        except ClientDisconnect:
            raise InvalidContent("the sender went away", place="body", remedy="send it again") from None
        finally:
            receiver.close()


async def _batches(request: Request) -> AsyncIterator[bytes]:
    """Join small pieces, so that crossing to a thread costs little."""
    waiting, size = list[bytes](), 0
    async for piece in request.stream():
        waiting.append(piece)
        size += len(piece)
        if size >= _BATCH:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)
