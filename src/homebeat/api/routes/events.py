"""Events for other systems, by cursor, and what a city platform reports of its orders."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from homebeat import actions
from homebeat.actions.identify import Caller as Identified
from homebeat.actions.permit import declare
from homebeat.api.context import ApiContext
from homebeat.api.event_ids import EventIds
from homebeat.api.guard import Caller, CallerScope, Context
from homebeat.api.language import Words
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.event import EventItem, EventListing, OrderAnswer, OrderReport
from homebeat.api.schema.paging import Limit
from homebeat.domain.actor import ActorKind
from homebeat.domain.errors import NotAllowed
from homebeat.domain.event import make_event_body
from homebeat.domain.ids import AlertId
from homebeat.domain.platform import Platform
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.wording.catalogue import msg

#: Asks for every event that is known.
_BEGINNING: Final = "0"
_USE: Final = "events"
_FOLLOWED: Final = msg("Kept in the alert's history, and followed as far as the alert allows.")
_NOT_UNDERSTOOD: Final = msg(
    "Kept in the alert's history. It changes nothing: the settings do not say what this state or outcome means, "
    "or a remark is missing."
)


@cache
def build_router() -> APIRouter:
    """The routes of events and orders."""
    routes = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["alerts"], responses=document_problems(401, 422, 503))

    @routes.get(
        "/events",
        summary="What happened to alerts, in order",
        responses=document_problems(403, 409),
        response_model_exclude_unset=True,
    )
    @declare(Operation.READ_ALERTS)
    def list_events(
        context: Context,
        caller: Caller,
        scope: CallerScope,
        after: Annotated[
            str | None, Query(max_length=40, description="A `next_cursor`; `0` for all that is kept. Without it: from now on.")
        ] = None,
        limit: Limit = 100,
    ) -> EventListing:
        """One event for each step of each alert in the caller's areas; nothing is left out, and none comes twice for a cursor.

        The key of a platform gets the events and queues that its settings name.
        """
        platform = _find_platform(context, caller)
        with context.store.read(EVERYTHING) as reader:
            newest, ids = reader.events.find_last(), EventIds(reader.changes.read_key(), _USE)
        start = newest if after is None else 0 if after == _BEGINNING else ids.read(after)
        if start is None or start > newest:
            raise NotAllowed("this cursor is not known: list the alerts anew, and begin without one")
        with context.store.read(scope) as reader:
            found = reader.events.read_after(start, newest, limit + 1)
        items, has_more = found[:limit], len(found) > limit
        return EventListing(
            items=[
                EventItem(**make_event_body(event, context.setup.link_base, gives_ids=True))
                for event in items
                if platform is None or platform.wants(event)
            ],
            next_cursor=ids.write(items[-1].number if has_more else newest),
            has_more=has_more,
        )

    @routes.post("/alerts/{alert_id}/orders", summary="Report on an order", responses=document_problems(403, 404, 409))
    @declare(Operation.ANSWER)
    def report_order(
        context: Context, caller: Caller, words: Words, alert_id: Annotated[str, Path(max_length=200)], body: OrderReport
    ) -> OrderAnswer:
        """What a platform's state and outcome mean here is in the settings; only the key of a platform may report."""
        platform = _find_platform(context, caller)
        if platform is None:
            raise NotAllowed("this key is that of no platform: name it in [platforms.NAME] of the settings")
        report = actions.ReportOrder(
            AlertId(alert_id),
            platform.name,
            body.order,
            platform.find_progress(body.state),
            platform.find_outcome(body.outcome),
            " ".join(part for part in (body.state, body.outcome) if part),
            body.note,
        )
        alert = context.perform(caller.principal, report)
        return OrderAnswer(
            alert_id=alert.id,
            version=alert.version,
            answer=alert.answer,
            order=body.order,
            progress=report.progress,
            outcome=report.outcome,
            is_understood=report.is_understood,
            detail=words.text(_FOLLOWED if report.is_understood else _NOT_UNDERSTOOD),
        )

    return routes


def _find_platform(context: ApiContext, caller: Identified) -> Platform | None:
    """Find the platform whose key somebody has; None for anybody else."""
    actor = caller.principal.actor
    return context.platforms.get(actor.name) if actor.kind is ActorKind.KEY else None
