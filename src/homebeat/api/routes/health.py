"""Is it alive, is it ready, and the figures."""

from __future__ import annotations

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, Response

from homebeat.actions.permit import permit
from homebeat.api.context import ApiContext
from homebeat.api.guard import Caller, read_bearer
from homebeat.api.metrics import Meters
from homebeat.api.problem import build_problem, document_problems
from homebeat.api.readiness import Readiness
from homebeat.api.route import name_operation
from homebeat.api.schema.operation import Alive, Ready
from homebeat.domain.role import Operation


def build_router(context: ApiContext, meters: Meters) -> APIRouter:
    """The routes of health. The first two are answered by the event loop itself, also while every other request waits."""
    routes = APIRouter(tags=["health"], generate_unique_id_function=name_operation)
    readiness = Readiness(context)

    @routes.get("/livez", summary="Does the process answer")
    async def is_alive() -> Alive:
        """Needs no key and asks nothing of anybody."""
        return Alive(version=context.version)

    @routes.get("/readyz", summary="Does every part work", response_model=Ready, responses=document_problems(503))
    async def is_ready(request: Request) -> JSONResponse:
        """Names the parts that fail, and what else to look at; with a key also says what it is. Answers within 2 s."""
        asked, noted = await readiness.check()
        failing = {part: wrong for part, wrong in asked.items() if wrong}
        secret = read_bearer(request) if failing or noted else ""
        # without the database no key can be looked up, and asking again would only add waiting requests
        may_know = bool(secret) and not asked["database"] and await readiness.is_known(secret)
        notes = [{"part": part, "note": note if may_know else "needs a look"} for part, note in noted.items()]
        if not failing:
            return JSONResponse({"status": "ready", "parts": list(asked), "notes": notes})
        failures = [{"part": part, "problem": wrong if may_know else "does not work"} for part, wrong in failing.items()]
        return build_problem(request, 503, "not ready: " + ", ".join(failing), kind="not-ready", parts=failures, notes=notes)

    @routes.get("/metrics", summary="Figures for Prometheus", responses=document_problems(401, 403), response_class=Response)
    def get_metrics(caller: Caller) -> Response:
        """Counts and ages, as far as the caller's areas reach; no label names a person, a home or a device."""
        permit(caller.principal, Operation.READ_SERVICE)
        figures = meters.format_figures(caller.principal.find_scope(Operation.READ_SERVICE))
        return Response(figures, media_type=CONTENT_TYPE_LATEST)

    return routes
