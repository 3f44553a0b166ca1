"""Where a provider of calls brings the key that somebody has pressed: an answer as on the family's page."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from homebeat.actions.permit import declare
from homebeat.console.family.form import FamilyForm
from homebeat.console.family.page import FamilyPages
from homebeat.console.web.sign_in import find_address
from homebeat.deliver.message_links import FAMILY_PATH
from homebeat.deliver.twilio import ANSWERS, KEY_PATH, make_ending
from homebeat.wording import Wording
from homebeat.wording.messages import KEY_REFUSED, KEY_TAKEN

_TAKEN: Final = 303
#: The provider's own name of the field.
Digits = Annotated[str, Form(alias="Digits", max_length=20)]


def build_router(pages: FamilyPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the route. As on the page, the secret in the address is what permits it."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)

    @routes.post(FAMILY_PATH + "{token}" + KEY_PATH)
    @declare(None)
    def press(request: Request, token: str, language: str = "", digits: Digits = "") -> Response:
        """Take a key. The answer is what the call says next, whatever became of the key."""
        reply = ANSWERS.get(digits)
        form = FamilyForm("" if reply is None else reply.value)
        taken = pages.take(token, find_address(request), form).status_code == _TAKEN
        wording = Wording(language)
        return Response(make_ending(wording.text(KEY_TAKEN if taken else KEY_REFUSED), wording), media_type="text/xml")

    return routes
