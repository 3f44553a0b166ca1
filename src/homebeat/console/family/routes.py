"""The address of the family's page."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from homebeat.actions.permit import declare
from homebeat.console.family.page import FamilyPages
from homebeat.console.web.sign_in import find_address
from homebeat.deliver.family_links import FAMILY_PATH


def build_router(pages: FamilyPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the route of the family's page. There is GET and nothing else: asking for it changes nothing but the record of it."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)

    @routes.get(FAMILY_PATH + "{token}")
    @declare(None)
    def family(request: Request, token: str) -> Response:
        return pages.answer(token, find_address(request))

    return routes
