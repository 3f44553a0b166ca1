"""Photos from the door."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path, Response

from homebeat.actions.permit import declare
from homebeat.actions.shown_photos import open_photo
from homebeat.api.guard import OpenView
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.domain.ids import AlertId
from homebeat.domain.role import Operation

Id = Annotated[str, Path(max_length=200)]


class JpegResponse(Response):
    """A picture."""

    media_type = "image/jpeg"


@cache
def build_router() -> APIRouter:
    """The routes of photos."""
    routes = APIRouter(prefix="/api/v1/alerts", route_class=ApiRoute, tags=["alerts"], responses=document_problems(401, 422, 503))

    @routes.get(
        "/{alert_id}/photos/{photo_id}",
        summary="A photo from the door",
        response_class=JpegResponse,
        responses=document_problems(403, 404),
    )
    @declare(Operation.READ_ALERTS)
    def get_photo(open_view: OpenView, alert_id: Id, photo_id: Id) -> JpegResponse:
        """The picture, for whoever sees remarks on this alert. Each look is on record. Photos are kept for `retention.photos`."""
        with open_view() as view:
            return JpegResponse(open_photo(view, AlertId(alert_id), photo_id))

    return routes
