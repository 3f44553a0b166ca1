"""The address of the family's page."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from homebeat.actions.permit import declare
from homebeat.console.family.form import FamilyForm
from homebeat.console.family.page import FamilyPages
from homebeat.console.web.access import choose_wording
from homebeat.console.web.sign_in import find_address
from homebeat.deliver.message_links import FAMILY_PATH

#: Where a code is typed.
CODE_PATH: Final = FAMILY_PATH.rstrip("/")
#: No field of these forms holds more than a word or a day.
Text = Annotated[str, Form(max_length=20)]


def build_router(pages: FamilyPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the family's page. To ask for it changes nothing but the record of it: messengers and mail scanners do.

    To post an answer changes something. The secret in the address is what permits it, so no cookie and no form key is needed.
    """
    routes = APIRouter(include_in_schema=False, route_class=route_class)

    @routes.get(CODE_PATH)
    @declare(None)
    def ask_code(request: Request) -> Response:
        return pages.ask_code(choose_wording(request))

    @routes.post(CODE_PATH)
    @declare(None)
    def take_code(request: Request, code: Text = "") -> Response:
        return pages.take_code(code, find_address(request), choose_wording(request))

    @routes.get(FAMILY_PATH + "{token}")
    @declare(None)
    def family(request: Request, token: str) -> Response:
        return pages.answer(token, find_address(request))

    @routes.post(FAMILY_PATH + "{token}")
    @declare(None)
    def take(request: Request, token: str, answer: Text = "", until: Text = "", writing: Text = "", after: Text = "") -> Response:
        return pages.take(token, find_address(request), FamilyForm(answer, until, writing, after))

    return routes
