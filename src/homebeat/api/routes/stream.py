"""The live stream of alert changes: server-sent events that a client can resume where they broke off."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from homebeat.actions.identify import Caller as KnownCaller
from homebeat.actions.permit import declare
from homebeat.actions.pulse import pulse
from homebeat.actions.view import View
from homebeat.api.context import ApiContext
from homebeat.api.event_ids import EventIds
from homebeat.api.guard import Caller, CallerScope, Context, is_still_valid
from homebeat.api.problem import build_problem, document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.routes.alerts import read_alert
from homebeat.api.times import format_instant
from homebeat.domain.errors import NotFound, Unavailable
from homebeat.domain.ids import AlertId
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.wording import Wording, negotiate

#: How many changes are read at once. No more are read until the client has taken these, so nothing queues up here.
_SLICE = 200
#: Asks for every change that is still known.
_BEGINNING = "0"

_EXAMPLE = """retry: 2000

id: 6pA3v1Qk2ZsWn0bTf8LxYg
event: alert
data: {"alert_id": "a3f0c2b1d4e5f6a7b8c9", "transition": "opened", "version": 1, "changes": 1, "...": "..."}

event: tick
data: {"server_time": "2026-03-01T08:00:35Z", "watch_age_s": 0.8, "outbox_age_s": 0.0}
"""


@cache
def build_router() -> APIRouter:
    """The route of the live stream."""
    routes = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["alerts"], responses=document_problems(401, 422, 503))

    @routes.get(
        "/stream",
        summary="Live stream of alert changes",
        response_class=Response,
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}}}},
    )
    @declare(Operation.READ_ALERTS)
    async def follow_alerts(
        request: Request,
        context: Context,
        caller: Caller,
        scope: CallerScope,
        last_event_id: Annotated[str | None, Header(description="Go on after this event.")] = None,
        after: Annotated[
            str | None, Query(max_length=40, description="As Last-Event-ID, for the first connection; `0` for all that is known.")
        ] = None,
    ) -> Response:
        """Event `alert` for each change (an AlertItem as it stands now), event `tick` every 5 s to prove that the stream lives.

        Changes of one alert that were read together come as one event, with the last one's id; `changes` says how many they
        were. `GET /api/v1/events` has each of them.

        Event `reset` when the id asked for is not known (any more): the changes since cannot be told, list the alerts anew.
        The stream goes on after the id that it carries. A client that hears no tick for 12 s is blind: it must say so and
        connect again with `Last-Event-ID`.
        """
        ids, start, is_reset = await run_in_threadpool(_start, context, last_event_id or after)
        words = Wording(negotiate(request.headers.get("accept-language")))
        events = _stream_events(_Watching(context, words, caller, scope, ids), start, is_reset=is_reset)
        answer = context.places.open_stream(caller.id, events)
        return answer or build_problem(request, 503, "too many live streams are open", kind="too-many-streams")

    return routes


def _start(context: ApiContext, asked: str | None) -> tuple[EventIds, int, bool]:
    """Find the change to go on after, and whether the client must list anew because changes that it missed are not known."""
    with context.store.read(EVERYTHING) as reader:
        newest, ids = reader.changes.find_last(), EventIds(reader.changes.read_key())
        if asked is None:
            return ids, newest, False
        number = 0 if asked == _BEGINNING else ids.read(asked)
        # above the newest: the database was restored from a backup; below the oldest: forgotten by retention
        if number is not None and number <= newest and (number == 0 or number >= reader.changes.find_first() - 1):
            return ids, number, False
    return ids, newest, True


@dataclass(frozen=True, slots=True)
class _Watching:
    """Whoever holds a stream open."""

    context: ApiContext
    words: Wording
    caller: KnownCaller
    scope: Scope
    ids: EventIds


async def _stream_events(who: _Watching, after: int, *, is_reset: bool) -> AsyncIterator[str]:
    context = who.context
    yield "retry: 2000\n\n"
    if is_reset:
        newest_id = who.ids.write(after)
        yield f"id: {newest_id}\nevent: reset\ndata: {json.dumps({'newest': newest_id})}\n\n"
    yield await run_in_threadpool(_tick, context, who.scope)
    ticked = time.monotonic()
    while not context.feed.is_closed:
        newest = await context.feed.wait(after, max(0.0, ticked + context.tick_s - time.monotonic()))
        if newest > after:
            text, after = await run_in_threadpool(_read_changes, who, after, newest)
            if text:
                yield text
        if time.monotonic() - ticked >= context.tick_s:
            if not await run_in_threadpool(is_still_valid, context, who.caller):
                return
            yield await run_in_threadpool(_tick, context, who.scope)
            ticked = time.monotonic()


def _read_changes(who: _Watching, after: int, newest: int) -> tuple[str, int]:
    try:
        with who.context.open_view(who.caller.principal, Operation.READ_ALERTS) as view:
            changes = view.reader.changes.read_after(after, _SLICE)
            numbers: dict[str, list[int]] = {}
            for change in changes:
                if change.kind == "alert":
                    numbers.setdefault(change.ref, []).append(change.id)
            # In the order of the last change of each, so that the last id sent is always the one to go on after.
            in_order = sorted(numbers.items(), key=lambda pair: pair[1][-1])
            book = who.context.find_book(view.reader)
            out = [_format_event(view, AlertId(ref), who, book, of_it) for ref, of_it in in_order]
    except Unavailable:
        return "", after
    # where the slice is not full, nothing else of the scope stands before `newest`
    last = changes[-1].id if changes else 0
    return "".join(out), last if len(changes) == _SLICE else max(last, newest)


def _format_event(view: View, alert_id: AlertId, who: _Watching, book: PlanBook, numbers: list[int]) -> str:
    """Write one event for these changes of an alert, which were read together."""
    try:
        item = read_alert(view, alert_id, who.words, book).model_dump(mode="json", exclude={"history"})
    except NotFound:  # retention has deleted it since, or it has left the scope
        return ""
    text = json.dumps(item | {"changes": len(numbers)}, ensure_ascii=False, separators=(",", ":"))
    return f"id: {who.ids.write(numbers[-1])}\nevent: alert\ndata: {text}\n\n"


def _tick(context: ApiContext, scope: Scope) -> str:
    now = context.clock()
    said: dict[str, str | float | None] = {"server_time": format_instant(now), "watch_age_s": None, "outbox_age_s": None}
    try:
        with context.store.read(scope) as reader:
            state = pulse(reader, now, context.services)
        said |= {"watch_age_s": state.watch_age_s, "outbox_age_s": state.outbox_late_s}
    except Unavailable:
        pass  # both ages stay null: not known
    return f"event: tick\ndata: {json.dumps(said)}\n\n"
