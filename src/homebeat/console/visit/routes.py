"""The addresses of the page of a visit, and of the code at a door."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated

from fastapi import APIRouter, Cookie, Form, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from homebeat.actions.permit import declare
from homebeat.console.visit.page import COOKIE, VisitForm, VisitPages
from homebeat.console.visit.upload import PhotoUploads
from homebeat.console.web.access import choose_wording
from homebeat.console.web.sign_in import find_address
from homebeat.domain.arrival import SaidPosition
from homebeat.domain.notice import DOOR_PATH, VISIT_PATH
from homebeat.domain.visit_photo import make_photo_path

Text = Annotated[str, Form(max_length=20)]
Home = Annotated[str, Form(max_length=64)]
#: Whatever comes, it refuses nobody: `domain.arrival` judges it.
Said = Annotated[str, Form()]
Note = Annotated[str, Form(max_length=2000)]


def build_router(pages: VisitPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the page of a visit. As on the family's page, asking for it changes nothing but the record of it."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    uploads = PhotoUploads()

    @routes.get(VISIT_PATH + "{token}")
    @declare(None)
    def visit(request: Request, token: str) -> Response:
        return pages.answer(token, find_address(request))

    @routes.post(VISIT_PATH + "{token}")
    @declare(None)
    def take(  # noqa: PLR0913 - the fields of the form
        request: Request,
        token: str,
        report: Text = "",
        outcome: Text = "",
        note: Note = "",
        code: Text = "",
        lat: Said = "",
        lon: Said = "",
        accuracy: Said = "",
        home: Home = "",
        ago_s: Said = "",
        remove: Home = "",
    ) -> Response:
        said = SaidPosition(lat, lon, accuracy)
        return pages.take(token, find_address(request), VisitForm(report, outcome, note, code, said, home, ago_s, remove))

    @routes.post(make_photo_path("{token}"))
    @declare(None)
    async def photo(request: Request, token: str) -> Response:
        address = find_address(request)
        refused = await run_in_threadpool(pages.find_refusal, token, address)
        if refused is not None:
            return refused
        async with uploads.read(request, token) as sent:
            return await run_in_threadpool(pages.take_photo, token, address, sent)

    @routes.get(DOOR_PATH + "{code}")
    @declare(None)
    def door(request: Request, code: str, token: Annotated[str, Cookie(alias=COOKIE, max_length=100)] = "") -> Response:
        return pages.show_door(code, token, choose_wording(request))

    return routes
