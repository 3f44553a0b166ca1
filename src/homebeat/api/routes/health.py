"""Is it alive, is it ready, and the figures."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from homebeat.api.context import ApiContext
from homebeat.api.guard import Caller, Context, caller_or_none
from homebeat.api.metrics import Meters
from homebeat.api.problem import documented, problem
from homebeat.api.pulse import pulse
from homebeat.api.schema.operation import Alive, Ready
from homebeat.domain.errors import Unavailable
from homebeat.store import Token


def router(meters: Meters) -> APIRouter:
    """The routes of health."""
    routes = APIRouter(tags=["health"])

    @routes.get("/livez", summary="Does the process answer")
    def livez(context: Context) -> Alive:
        """Needs no token and asks nothing of anybody."""
        return Alive(version=context.version)

    @routes.get("/readyz", summary="Does every part work", response_model=Ready, responses=documented(503))
    def readyz(request: Request, context: Context, token: Annotated[Token | None, Depends(_maybe)]) -> JSONResponse:
        """Names the parts that fail; with a token also says what is wrong with them."""
        asked = parts(context)
        failing = {part: wrong for part, wrong in asked.items() if wrong}
        if not failing:
            return JSONResponse(Ready(parts=list(asked)).model_dump())
        told = [{"part": part, "problem": wrong if token else "does not work"} for part, wrong in failing.items()]
        return problem(request, 503, "not ready: " + ", ".join(failing), kind="not-ready", parts=told)

    @routes.get("/metrics", summary="Figures for Prometheus", responses=documented(401), response_class=Response)
    def metrics(_: Caller) -> Response:
        """Counts and ages; no label names a person, a home or a device."""
        return Response(generate_latest(meters.registry), media_type=CONTENT_TYPE_LATEST)

    return routes


def parts(context: ApiContext) -> dict[str, str | None]:
    """Every part with what is wrong with it, or None."""
    found: dict[str, str | None] = {"database": None}
    try:
        with context.store.read() as reader:
            now = pulse(reader, context.clock(), context.services)
        for name, limit in context.services.items():
            age = now.ages[name]
            found[name] = now.wrong.get(name)
            if age is None:
                found[name] = found[name] or "has never said that it works"
            elif age > limit.total_seconds():
                found[name] = f"last said that it works {age:.0f} s ago; the limit is {limit.total_seconds():.0f} s"
        late = now.outbox_late_s > context.outbox_late.total_seconds()
        found["outbox"] = f"a notice has been due for {now.outbox_late_s:.0f} s" if late else None
    except Unavailable:
        found = {"database": "does not answer"}
    for name, check in context.checks.items():
        found[name] = check()
    return found


def _maybe(request: Request, context: Context) -> Token | None:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        return None
    try:
        return caller_or_none(context, secret.strip())
    except Unavailable:
        return None
