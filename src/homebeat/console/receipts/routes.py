"""The address to which providers bring receipts."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from homebeat.actions.permit import declare
from homebeat.console.receipts.intake import ReceiptIntake
from homebeat.deliver.provider_receipts import RECEIPTS_PATH


async def _read_body(request: Request) -> bytes:
    return await request.body()


def build_router(intake: ReceiptIntake, route_class: type[APIRoute]) -> APIRouter:
    """Build the route. The secret in the address is what permits it, so no cookie is read."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)

    @routes.post(RECEIPTS_PATH + "{kind}/{secret}")
    @declare(None)
    def bring(request: Request, kind: str, secret: str, body: Annotated[bytes, Depends(_read_body)]) -> Response:
        return intake.take(kind, secret, body, request.headers.get("x-twilio-signature", ""))

    return routes
