"""The addresses of the report about models of devices of a month: to read, print and save."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to the builder.

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, Response

from homebeat.actions.permit import declare
from homebeat.actions.shown_evidence import mask_models
from homebeat.console.evidence.models import render_models
from homebeat.console.supervisor.page import PATH, find_principal
from homebeat.console.supervisor.reports import ReportShelf
from homebeat.console.supervisor.routes import Area, Month, draw_wait
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation
from homebeat.evidence.model_report import ModelReport
from homebeat.evidence.model_rows import format_models_csv


def build_model_router(
    context: ConsoleContext, templates: Templates, reports: ReportShelf, route_class: type[APIRoute]
) -> APIRouter:
    """Build the routes of the report."""
    routes = APIRouter(prefix=PATH, include_in_schema=False, route_class=route_class)
    reader = Annotated[Visitor, Depends(Guard(context).require_visitor)]

    @routes.get("/models")
    @declare(Operation.READ_TOTALS)
    def models(request: Request, who: reader, month: Month, area: Area = "") -> Response:
        """How the models of devices did: a page of its own, that prints well."""
        found = find_models(who, month, area)
        if found is None:
            return draw_wait(request, who, templates, month, area)
        with context.store.read(who.find_scope(Operation.READ_TOTALS)) as stored:
            names = stored.evidence.read_area_names()
        return HTMLResponse(render_models(found, names, choose_wording(request).language, is_alone=False))

    @routes.get("/models.csv")
    @declare(Operation.READ_TOTALS)
    def model_table(request: Request, who: reader, month: Month, area: Area = "") -> Response:
        found = find_models(who, month, area)
        if found is None:
            return draw_wait(request, who, templates, month, area)
        named = {"Content-Disposition": f'attachment; filename="homebeat-models-{month}.csv"'}
        return Response(format_models_csv(found), media_type="text/csv; charset=utf-8", headers=named)

    def find_models(who: Visitor, month: str, area: str) -> ModelReport | None:
        principal = find_principal(context, who, area)
        totals = principal.find_scope(Operation.READ_TOTALS)
        kept = reports.find_model_report(totals, AreaId(area) if area else None, month)
        return None if kept.value is None else mask_models(kept.value, principal, totals)

    return routes
