"""`/api/v1/studies` and `/api/v1/runs`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from gennet.apps.server import views
from gennet.apps.server.held import Holding, as_json
from gennet.apps.server.problems import responses
from gennet.apps.server.routes.people import Limit, received
from gennet.apps.server.uploads import beside_its_companions
from gennet.core.findings import Findings

RunId = Annotated[str, Path(pattern=r"^s-[0-9a-f]{32}$")]
Name = Annotated[str, Path(max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
_FOUND = responses(401, 404, 422)

router = APIRouter(prefix="/api/v1", tags=["studies"])

_FORM = {
    "type": "object",
    "description": "One part per option, named after it: files for options of kind `file`, text for the others. Files "
    "that belong together (`.bed`, `.bim`, `.fam`) are sent under one name, the one to open first.",
    "additionalProperties": True,
}


def _file(media_type: str) -> dict[int | str, dict[str, object]]:
    return {**_FOUND, 200: {"description": "The file", "content": {media_type: {"schema": {"type": "string"}}}}}


@router.get("/studies", response_model=views.Studies, responses=responses(401))
def studies(held: Holding) -> Response:
    """List the studies with what they ask for."""
    return as_json(views.Studies(held.studio.studies()))


@router.post(
    "/studies/{field}/{name}/runs",
    status_code=202,
    response_model=views.RunState,
    responses=responses(401, 404, 413, 422, 503, 507),
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}},
)
async def start(request: Request, held: Holding, field: Name, name: Name) -> Response:
    """Take the files and options of a study and queue a run; follow it at its address."""
    study = held.studio.named(field, name)
    async with received(request, held, beside_its_companions) as form:
        state = await run_in_threadpool(held.studio.start, study, form)
    return as_json(state, 202, {"Location": f"/api/v1/runs/{state.run_id}"})


@router.get("/runs", response_model=views.Runs, responses=responses(401, 422))
def page(
    held: Holding, after: Annotated[str, Query(max_length=64, pattern=r"^[a-z0-9-]*$")] = "", limit: Limit = 50
) -> Response:
    """List runs, a page at a time."""
    return as_json(held.studio.page(after, limit))


@router.get("/runs/{run_id}", response_model=views.RunState, responses=_FOUND)
def state(held: Holding, run_id: RunId) -> Response:
    """Show how a run stands."""
    return as_json(held.studio.state(run_id))


@router.delete("/runs/{run_id}", status_code=202, response_model=views.RunState, responses=_FOUND)
def delete(held: Holding, run_id: RunId) -> Response:
    """Cancel a run; when it has ended, delete it with all it found."""
    return as_json(held.studio.delete(run_id), 202)


@router.get("/runs/{run_id}/findings", response_model=Findings, responses=_FOUND)
def findings(held: Holding, run_id: RunId) -> Response:
    """Give what a run found: summary, tables, figures as views of them, notes."""
    return Response(held.studio.document(run_id), media_type="application/json")


@router.get("/runs/{run_id}/tables/{name}", response_class=Response, responses=_file("text/tab-separated-values"))
def table(held: Holding, run_id: RunId, name: Name) -> Response:
    """Give a table as tab-separated text."""
    from gennet.delivery import tsv

    body = tsv(held.studio.findings(run_id).table(name))
    return Response(body, media_type="text/tab-separated-values")


@router.get("/runs/{run_id}/figures/{name}", response_class=Response, responses=_file("image/svg+xml"))
def figure(held: Holding, run_id: RunId, name: Name) -> Response:
    """Draw a figure."""
    from gennet.delivery import draw

    return Response(draw(held.studio.findings(run_id), name), media_type="image/svg+xml")


@router.get("/runs/{run_id}/files/{name}", response_class=FileResponse, responses=_file("application/octet-stream"))
def file(held: Holding, run_id: RunId, name: Name) -> FileResponse:
    """Give a file that the run wrote."""
    return FileResponse(held.studio.file(run_id, name), media_type="application/octet-stream", filename=name)
