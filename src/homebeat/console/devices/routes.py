"""The addresses of the pages of devices, and the form that tries messages again."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import RetryMessages
from homebeat.actions.permit import declare
from homebeat.actions.retry_messages import MOST_AT_ONCE
from homebeat.console.devices.one import OneDevicePage
from homebeat.console.devices.page import ASIDE_PATH, LABELS_PATH, ONE_PATH, PATH, DevicePages
from homebeat.console.labels.device_sheet import DEVICE_PATH
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.ids import HouseholdId
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.role import Operation
from homebeat.store import DeviceFilter, DeviceTrouble

Cursor = Annotated[str | None, Query(max_length=512)]
Id = Annotated[str, Query(min_length=1, max_length=64)]
MessageNo = Annotated[int, Form(ge=0, lt=2**63)]


def build_router(context: ConsoleContext, pages: DevicePages, one: OneDevicePage, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the pages."""
    routes, guard = APIRouter(include_in_schema=False, route_class=route_class), Guard(context)
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get(PATH)
    @declare(Operation.READ_HOMES)
    def list_devices(
        request: Request,
        who: reader,
        trouble: DeviceTrouble | None = None,
        model: Annotated[str | None, Query(max_length=200)] = None,
        cursor: Cursor = None,
    ) -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request), trouble, model, cursor))

    @routes.get(LABELS_PATH)
    @declare(Operation.FIT_DEVICES)
    def print_labels(
        request: Request,
        who: reader,
        trouble: DeviceTrouble | None = None,
        model: Annotated[str | None, Query(max_length=200)] = None,
        household: Annotated[str | None, Query(max_length=64)] = None,
        cursor: Cursor = None,
    ) -> Response:
        where = DeviceFilter(HouseholdId(household) if household else None, trouble=trouble, model=model)
        return HTMLResponse(pages.render_labels(who, choose_wording(request), where, cursor, str(request.base_url).rstrip("/")))

    @routes.get(DEVICE_PATH + "{device}")
    @declare(Operation.READ_HOMES)
    def scan(who: reader, device: Annotated[str, Path(max_length=64)]) -> Response:
        return RedirectResponse(pages.find_way(who, device), 303)

    @routes.get(ONE_PATH)
    @declare(Operation.READ_HOMES)
    def show_device(request: Request, who: reader, id: Id) -> Response:  # noqa: A002 - the name of the field in the address
        return HTMLResponse(one.render(who, choose_wording(request), id))

    @routes.get(ASIDE_PATH)
    @declare(Operation.READ_SERVICE)
    def list_set_aside(request: Request, who: reader, reason: QuarantineReason | None = None, cursor: Cursor = None) -> Response:
        return HTMLResponse(pages.render_aside(who, choose_wording(request), reason, cursor))

    @routes.get("/devices/register")
    @declare(Operation.FIT_DEVICES)
    def register(who: reader, device: Id, household: Id) -> Response:  # noqa: ARG001 - the guard asks who it is
        """Lead to the form that adds this device to this home."""
        return RedirectResponse(f"/homes/{quote(household.strip(), safe='')}/edit?{urlencode({'device': device})}#devices", 303)

    @routes.post("/console/devices/set-aside/retry")
    @declare(Operation.FIT_DEVICES)
    def retry(request: Request, who: sender, message: Annotated[list[MessageNo], Form(max_length=MOST_AT_ONCE)]) -> Response:
        words = choose_wording(request)
        given = context.perform(who.principal, RetryMessages(tuple(message)))
        notice = words.text(
            "%(count)s messages are tried again within seconds. Reload the page to see which could be used.", count=given
        )
        return HTMLResponse(pages.render_aside(who, words, None, None, notice))

    return routes
