"""Evidence: how alerts were answered."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import cache
from typing import Annotated, Final

from fastapi import APIRouter, Query

from homebeat.actions.permit import declare
from homebeat.actions.shown_evidence import mask_models, mask_report
from homebeat.api.guard import Caller, CallerScope, Context
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.paging import Area
from homebeat.api.times import Day
from homebeat.domain.durations import MS
from homebeat.domain.errors import Busy, Incomplete
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.evidence.model_report import ModelReport
from homebeat.evidence.report import EvidenceReport
from homebeat.evidence.spans import find_span

#: A longer span costs the process minutes that its alarms may need: that is for the command.
LONGEST: Final = timedelta(days=100)


@cache
def build_router() -> APIRouter:
    """The route of the evidence."""
    routes = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["review"], responses=document_problems(401, 422, 503))
    turn = threading.Lock()

    @routes.get("/evidence", summary="How alerts were answered")
    @declare(Operation.READ_TOTALS)
    def get_evidence(
        context: Context,
        caller: Caller,
        scope: CallerScope,
        first: Annotated[
            Day | None, Query(alias="from", description="The first day; without it that of last month, or of `until`'s.")
        ] = None,
        until: Annotated[
            Day | None, Query(description="The day after the last one; without it the end of that month. At most 100 days.")
        ] = None,
        area: Area = None,
    ) -> EvidenceReport:
        """Times to take, answer and outcome against targets, false shares, load by ISA-18.2, and counted answers.

        Days are those of the time zone of most homes. It names nobody: homes, devices, accounts and contacts stand by their ids.
        Who may see no alert, such as a manager, gets counts of ten and more, and no single home or person. What contacts
        answered is only for roles that always see contacts. One report at a time is computed: 503 while another is.
        """
        if not turn.acquire(blocking=False):
            raise Busy("another report is being computed; try again in some seconds")
        try:
            with context.store.read(scope) as reader:
                own, now = AreaId(area) if area else None, context.clock()
                span = find_span(first, until, reader.evidence.find_timezone(own), now)
                if (span[1] - span[0]) * MS > LONGEST:
                    raise Incomplete(f"here a report is about {LONGEST.days} days at most; for more use `homebeat report`")
                report = reader.evidence.compute_report(span, now, own)
        finally:
            turn.release()
        return mask_report(report, caller.principal, scope)

    @routes.get("/evidence/models", summary="How the models of devices did")
    @declare(Operation.READ_TOTALS)
    def get_models(
        context: Context,
        caller: Caller,
        scope: CallerScope,
        first: Annotated[
            Day | None, Query(alias="from", description="The first day; without it that of last month, or of `until`'s.")
        ] = None,
        until: Annotated[
            Day | None, Query(description="The day after the last one; without it the end of that month. At most 100 days.")
        ] = None,
        area: Area = None,
    ) -> ModelReport:
        """False alarms, silence, batteries and operating trouble of each model, and the index by which they are compared.

        It names nobody. Who may see no alert, such as a manager, gets models of ten homes and more, and no small count. One
        report at a time is computed: 503 while another is.
        """
        if not turn.acquire(blocking=False):
            raise Busy("another report is being computed; try again in some seconds")
        try:
            settings = context.base.settings
            with context.store.read(EVERYTHING) as whole:
                late = (whole.log.find_end(), settings.tick.lateness // MS)
            with context.store.read(scope) as reader:
                own, now = AreaId(area) if area else None, context.clock()
                span = find_span(first, until, reader.evidence.find_timezone(own), now)
                if (span[1] - span[0]) * MS > LONGEST:
                    raise Incomplete(
                        f"here a report is about {LONGEST.days} days at most; for more use `homebeat report --models`"
                    )
                rule, kept_since = settings.procurement.make_rule(), now - settings.retention.alerts // MS
                report = reader.model_evidence.compute_report(span, now, rule, late, kept_since, own)
        finally:
            turn.release()
        return mask_models(report, caller.principal, scope)

    return routes
