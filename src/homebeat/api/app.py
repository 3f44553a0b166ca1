"""Builds the ASGI application from its context."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute

from homebeat.api.context import ApiContext
from homebeat.api.guard import identify_caller
from homebeat.api.metrics import Meters
from homebeat.api.middleware import PROBES, BodyLimit, KnownHost, RequestMetrics, SameOrigin, SecurityHeaders
from homebeat.api.plain_text import PlainText
from homebeat.api.problem import Problem, add_problem_details, document_problems
from homebeat.api.route import KEY, LONGEST_KEY
from homebeat.api.routes import (
    alerts,
    audit,
    backtests,
    channels,
    complaints,
    consent,
    devices,
    doors,
    duty,
    events,
    evidence,
    field_maps,
    follow_ups,
    glass,
    guides,
    health,
    homes,
    keys,
    limits,
    observations,
    operation,
    people,
    photos,
    plans,
    providers,
    registry,
    review,
    settings,
    silences,
    stream,
    volunteers,
)
from homebeat.api.schema.webhook import add_webhooks
from homebeat.api.shared_lists import SharedLists

_ABOUT: Final = (
    "homebeat tells a community desk and a family that an elder living alone may need help. "
    "Lists are `{items, next_cursor}`; errors are problem details (RFC 9457); times are ISO 8601 in UTC; "
    "sentences follow `Accept-Language` (zh-CN, en). All but `/livez` and `/readyz` need a bearer key."
)


#: By version: the routes that it tells of are the same in every application.
_DOCUMENTS: Final[dict[str, dict[str, Any]]] = {}
_KEY_PARAMETER: Final = {
    "name": KEY,
    "in": "header",
    "required": False,
    "description": (
        "The same request sent again by the same caller with the same key within 24 h is not done again: "
        "its first answer is given again. "
        "Another request with that key is refused (422)."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
}


@cache
def _make_api_routes() -> list[BaseRoute]:
    """Make the routes of the API, for all applications of a process: to build them takes longer than the rest of the start.

    They stand side by side: through routers that are included in others a request finds its route in four times the steps.
    """
    residents = (homes.build_router(), limits.build_router(), consent.build_router(), review.build_router())
    routers: tuple[APIRouter, ...] = (
        alerts.build_router(),
        photos.build_router(),
        stream.build_router(),
        *residents,
        registry.build_router(),
        registry.build_area_router(),
        devices.build_router(),
        operation.build_router(),
        audit.build_router(),
        people.build_router(),
        people.build_identity_router(),
        keys.build_router(),
        glass.build_router(),
        channels.build_router(),
        guides.build_router(),
        field_maps.build_router(),
        plans.build_router(),
        settings.build_router(),
        silences.build_router(),
        events.build_router(),
        observations.build_router(),
        doors.build_router(),
        backtests.build_router(),
        duty.build_router(),
        providers.build_router(),
        complaints.build_router(),
        follow_ups.build_router(),
        volunteers.build_router(),
        evidence.build_router(),
    )
    return [route for router in routers for route in router.routes]


def create_app(context: ApiContext) -> FastAPI:
    """Create the HTTP API as an ASGI application. Where the console runs too, `bootstrap` adds it."""
    app = FastAPI(
        title="homebeat",
        version=context.version,
        description=_ABOUT,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        # it would send spans, figures and the texts of errors, with names in them, to whatever OTEL_* names
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.context = context
    meters = Meters(context.store, context.clock, context.places)
    app.state.meters = meters
    app.state.shared_lists = SharedLists(context.store, context.clock)
    add_problem_details(app)
    app.router.routes.extend(health.build_router(context, meters).routes)
    app.router.routes.extend(_make_api_routes())
    app.router.routes.extend(duty.build_calendar_router(context).routes)
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.add_middleware(PlainText)
    app.add_middleware(BodyLimit, limit=context.max_body_bytes)
    app.add_middleware(SameOrigin, site=context.site)
    app.add_middleware(KnownHost, site=context.site)
    app.add_middleware(SecurityHeaders, is_https=context.site.is_https)
    app.add_middleware(RequestMetrics, meters=meters)

    @app.get("/openapi.json", include_in_schema=False, dependencies=[Depends(identify_caller)])
    def document(_: Request) -> JSONResponse:
        return JSONResponse(_find_document(app))

    return app


def _find_document(app: FastAPI) -> dict[str, Any]:
    """Find the OpenAPI document, one for all applications of a process: building it takes longer than the start."""
    if (found := _DOCUMENTS.get(app.version)) is None:
        found = _DOCUMENTS[app.version] = build_openapi(app)
    return found


def build_openapi(app: FastAPI) -> dict[str, Any]:
    """Build the OpenAPI document: every route, with problem details in place of the framework's own errors."""
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = document["components"]["schemas"]
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    add_webhooks(document)
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            more = [] if path in PROBES else [403, 421]
            if method in {"post", "put", "delete"}:
                more += [413]
            if method == "post":
                more += [409]
                route.setdefault("parameters", []).append(_KEY_PARAMETER)
            route["responses"] |= {str(status): said for status, said in document_problems(*more).items()}
    return document
