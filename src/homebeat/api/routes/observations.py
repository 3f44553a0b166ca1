"""Readings of all homes in the order in which they were stored, by cursor: plain, and as FHIR R4."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Final

from fastapi import APIRouter, Query

from homebeat.actions.observations import Observations, read_observations
from homebeat.actions.permit import declare
from homebeat.api.context import ApiContext
from homebeat.api.event_ids import EventIds
from homebeat.api.guard import Context, OpenView
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.observation import FhirListing, ObservationListing, make_fhir_item, make_observation_item
from homebeat.api.schema.paging import Limit
from homebeat.domain.errors import NotAllowed
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING

#: Asks for every reading that is kept.
_BEGINNING: Final = "0"
_USE: Final = "observations"
_After = Annotated[
    str | None, Query(max_length=40, description="A `next_cursor`; `0` for all that is kept. Without it: from now on.")
]


@cache
def build_router() -> APIRouter:
    """The routes of readings in order."""
    routes = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["devices"], responses=document_problems(401, 422, 503))

    @routes.get("/observations", summary="What devices measured, in order", responses=document_problems(403, 409))
    @declare(Operation.READ_HOMES)
    def list_observations(context: Context, open_view: OpenView, after: _After = None, limit: Limit = 200) -> ObservationListing:
        """Readings of the caller's areas, each once for a cursor, seconds after they arrived.

        What the caller's role does not show is left out. A page may be empty while `has_more` is true.
        """
        page, cursor, has_more = _read(context, open_view, after, limit)
        items = [make_observation_item(*item) for item in page.items]
        return ObservationListing(items=items, next_cursor=cursor, has_more=has_more)

    @routes.get("/fhir/observations", summary="The same as FHIR R4", responses=document_problems(403, 409))
    @declare(Operation.READ_HOMES)
    def list_fhir_observations(context: Context, open_view: OpenView, after: _After = None, limit: Limit = 200) -> FhirListing:
        """Observations with codes of LOINC and units of UCUM; both forms share their cursors."""
        page, cursor, has_more = _read(context, open_view, after, limit)
        return FhirListing(items=[make_fhir_item(*item) for item in page.items], next_cursor=cursor, has_more=has_more)

    return routes


def _read(context: ApiContext, open_view: OpenView, after: str | None, limit: int) -> tuple[Observations, str, bool]:
    with context.store.read(EVERYTHING) as reader:
        newest, ids = reader.log.find_end(), EventIds(reader.changes.read_key(), _USE)
    start = newest if after is None else 0 if after == _BEGINNING else ids.read(after)
    if start is None or start > newest:
        raise NotAllowed("this cursor is not known: begin without one, or with 0")
    with open_view() as view:
        page = read_observations(view, start, newest, limit)
    return page, ids.write(page.last), page.last < newest
