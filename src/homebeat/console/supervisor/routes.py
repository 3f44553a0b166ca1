"""The addresses of the supervisor: the page, and the report of a month to read, print and save."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, Response

from homebeat.actions.permit import declare
from homebeat.actions.shown_evidence import mask_report
from homebeat.console.evidence.page import render_page
from homebeat.console.supervisor.page import PATH, SupervisorPages, find_principal
from homebeat.console.supervisor.reports import ReportShelf
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation
from homebeat.evidence.report import EvidenceReport
from homebeat.evidence.rows import format_csv
from homebeat.wording.catalogue import msg

Area = Annotated[str, Query(max_length=200)]
COMPUTED: Final = msg("This is being computed. Look again in some seconds.")
Month = Annotated[str, Query(pattern=r"^[0-9]{4}-[0-9]{2}$")]


def build_router(context: ConsoleContext, templates: Templates, reports: ReportShelf, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the page and of the report."""
    routes = APIRouter(prefix=PATH, include_in_schema=False, route_class=route_class)
    pages = SupervisorPages(context, templates, reports)
    reader = Annotated[Visitor, Depends(Guard(context).require_visitor)]

    @routes.get("")
    @declare(Operation.READ_TOTALS)
    def supervisor(request: Request, who: reader, area: Area = "") -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request), area))

    @routes.get("/report")
    @declare(Operation.READ_TOTALS)
    def report(request: Request, who: reader, month: Month, area: Area = "") -> Response:
        """A page of its own, that prints well."""
        found = find(who, month, area)
        if found is None:
            return draw_wait(request, who, templates, month, area)
        with context.store.read(who.find_scope(Operation.READ_TOTALS)) as stored:
            names = stored.evidence.read_area_names()
        return HTMLResponse(render_page(found, names, choose_wording(request).language, is_alone=False))

    @routes.get("/report.csv")
    @declare(Operation.READ_TOTALS)
    def table(request: Request, who: reader, month: Month, area: Area = "") -> Response:
        found = find(who, month, area)
        if found is None:
            return draw_wait(request, who, templates, month, area)
        named = {"Content-Disposition": f'attachment; filename="homebeat-{month}.csv"'}
        return Response(format_csv(found), media_type="text/csv; charset=utf-8", headers=named)

    def find(who: Visitor, month: str, area: str) -> EvidenceReport | None:
        principal = find_principal(context, who, area)
        totals = principal.find_scope(Operation.READ_TOTALS)
        kept = reports.find_month(totals, AreaId(area) if area else None, month)
        return None if kept.value is None else mask_report(kept.value.report, principal, totals)

    return routes


def draw_wait(request: Request, who: Visitor, templates: Templates, month: str, area: str) -> Response:
    """Say that it is being computed: of a large city that takes a while."""
    words = choose_wording(request)
    again = f"{request.url.path}?{urlencode({'month': month} | ({'area': area} if area else {}))}"
    frame = make_frame(who, words, PATH, again)
    says = words.text(COMPUTED)
    return HTMLResponse(templates.render("report_wait.html", words, says=says, again=again, **frame), 503, {"Retry-After": "5"})
