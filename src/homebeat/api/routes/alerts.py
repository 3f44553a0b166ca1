"""Alerts: the list, one with its history, and what people do to them."""

from __future__ import annotations

from functools import cache, partial
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Response

from homebeat import actions
from homebeat.actions.permit import declare
from homebeat.actions.shared_homes import list_shared_homes
from homebeat.actions.shown_messages import read_messages
from homebeat.actions.shown_photos import list_photos
from homebeat.actions.view import View
from homebeat.api.guard import Caller, CallerScope, Context, OpenView
from homebeat.api.language import Words, list_headers
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.alert import (
    AcknowledgeWanted,
    AlertItem,
    AlertWithHistory,
    CallWanted,
    ReleaseWanted,
    Remark,
    ReopenWanted,
    ResolveWanted,
    VisitWanted,
    make_alert_item,
    make_deadline_item,
    make_history_item,
    make_message_item,
    make_sharing_item,
    make_suppressed_item,
    make_visit_item,
    write_alert_item,
)
from homebeat.api.schema.follow_up import make_follow_up_item
from homebeat.api.schema.paging import Area, Cursor, Limit, Listing
from homebeat.api.shared_lists import Shared
from homebeat.api.times import Moment, convert_to_ms
from homebeat.domain.alert import WAITING, Answer, Condition, Outcome, Priority, Queue
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import AlertId, AreaId, HouseholdId, ResidentId, ResponderId
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Operation
from homebeat.store import AlertFilter, AlertOrder, ReadSession
from homebeat.wording import Wording

Name = Annotated[str | None, Query(max_length=200)]
Id = Annotated[str, Path(max_length=200)]
Queues = Annotated[
    list[Queue] | None,
    Query(
        max_length=len(Queue),
        description="Of these queues; may be repeated. Without it: care, property, devices, where alerts wait for somebody.",
    ),
]


@cache
def build_router() -> APIRouter:
    """The alert routes."""
    routes = APIRouter(prefix="/api/v1/alerts", route_class=ApiRoute, tags=["alerts"], responses=document_problems(401, 422, 503))

    @routes.get("", summary="List alerts", response_model=Listing[AlertItem])
    @declare(Operation.READ_ALERTS)
    def list_alerts(  # noqa: PLR0913  one parameter per filter: that is the interface
        context: Context,
        scope: CallerScope,
        shared: Shared,
        words: Words,
        answer: Answer | None = None,
        condition: Condition | None = None,
        priority: Priority | None = None,
        queue: Queues = None,
        rule: Name = None,
        household: Name = None,
        resident: Name = None,
        area: Area = None,
        since: Annotated[
            Moment | None, Query(description="Opened at or after, or closed with `order=closed`; ISO 8601 with a zone.")
        ] = None,
        until: Annotated[
            Moment | None, Query(description="Opened before, or closed with `order=closed`; ISO 8601 with a zone.")
        ] = None,
        is_open: Annotated[bool | None, Query(alias="open", description="true: not resolved; false: resolved.")] = None,
        outcome: Outcome | None = None,
        order: Annotated[
            AlertOrder, Query(description="Most urgent, latest opened, or (only closed ones) latest closed first.")
        ] = AlertOrder.URGENT,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Response:
        """Most urgent first, then longest waiting, unless `order` says otherwise; all filters must hold."""
        where = AlertFilter(
            is_open=is_open,
            answer=answer,
            condition=condition,
            priority=priority,
            queues=frozenset(queue) if queue else WAITING,
            rule=rule,
            household=HouseholdId(household) if household else None,
            resident=ResidentId(resident) if resident else None,
            area=AreaId(area) if area else None,
            since=convert_to_ms(since),
            until=convert_to_ms(until),
            outcome=outcome,
            order=order,
        )

        write = partial(_write_list, where, limit, cursor, words)
        if where.is_unresolved:
            body = shared.get(scope, ("alerts", where, limit, cursor, words.language), write)
        else:  # what was closed long ago is deleted without a word
            with context.store.read(scope) as reader:
                body = write(reader)
        return Response(body, headers=list_headers(words), media_type="application/json")

    @routes.get("/{alert_id}", summary="One alert with its history", responses=document_problems(404))
    @declare(Operation.READ_ALERTS)
    def get_alert(context: Context, open_view: OpenView, words: Words, alert_id: Id) -> AlertWithHistory:
        """The alert as it stands, every step that led there, until when somebody has to answer, and who goes to the door."""
        with open_view() as view:
            return read_alert(view, AlertId(alert_id), words, context.find_book(view.reader))

    @routes.post("/{alert_id}/acknowledge", summary="Take an alert", responses=document_problems(403, 404, 409))
    @declare(Operation.ANSWER)
    def acknowledge_alert(
        context: Context, open_view: OpenView, caller: Caller, words: Words, alert_id: Id, body: AcknowledgeWanted | None = None
    ) -> AlertWithHistory:
        """From now on the caller answers for it, and for `others` of the same resident. Taking what one has changes nothing."""
        said = body or AcknowledgeWanted()
        others = {AlertId(one.id): one.version for one in said.others}
        context.perform(caller.principal, actions.Acknowledge(AlertId(alert_id), said.version, said.note, others))
        return get_alert(context, open_view, words, alert_id)

    @routes.post("/{alert_id}/resolve", summary="Close an alert with an outcome", responses=document_problems(403, 404, 409))
    @declare(Operation.ANSWER)
    def resolve_alert(
        context: Context, open_view: OpenView, caller: Caller, words: Words, alert_id: Id, body: ResolveWanted
    ) -> AlertWithHistory:
        """Closed with what was found; whoever was told of the alert is told that it is answered."""
        context.perform(
            caller.principal, actions.Resolve(AlertId(alert_id), body.outcome, body.version, body.note, convert_to_ms(body.until))
        )
        return get_alert(context, open_view, words, alert_id)

    @routes.post("/{alert_id}/release", summary="Give an alert back to the queue", responses=document_problems(403, 404, 409))
    @declare(Operation.ANSWER)
    def release_alert(
        context: Context, open_view: OpenView, caller: Caller, words: Words, alert_id: Id, body: ReleaseWanted | None = None
    ) -> AlertWithHistory:
        """Only who has taken it can; it waits for somebody again."""
        said = body or ReleaseWanted()
        context.perform(caller.principal, actions.Release(AlertId(alert_id), said.version, said.note))
        return get_alert(context, open_view, words, alert_id)

    @routes.post("/{alert_id}/reopen", summary="Take back that one closed an alert", responses=document_problems(403, 404, 409))
    @declare(Operation.ANSWER)
    def reopen_alert(
        context: Context, open_view: OpenView, caller: Caller, words: Words, alert_id: Id, body: ReopenWanted | None = None
    ) -> AlertWithHistory:
        """Only who closed it can, for five minutes; it stands as before, and whoever was told that it is answered is told."""
        said = body or ReopenWanted()
        context.perform(caller.principal, actions.Reopen(AlertId(alert_id), said.version, said.note))
        return get_alert(context, open_view, words, alert_id)

    @routes.post("/{alert_id}/visits", summary="Send a responder to the door", responses=document_problems(403, 404, 409))
    @declare(Operation.ANSWER)
    def assign_visit(
        context: Context, open_view: OpenView, caller: Caller, words: Words, alert_id: Id, body: VisitWanted
    ) -> AlertWithHistory:
        """They get a message with a link to the page of the visit. Whoever sends them answers for the alert from now on."""
        context.perform(caller.principal, actions.AssignVisit(AlertId(alert_id), ResponderId(body.responder), body.version))
        return get_alert(context, open_view, words, alert_id)

    @routes.post("/{alert_id}/visits/{visit_id}/cancel", summary="Call a visit off", responses=document_problems(403, 404, 409))
    @declare(Operation.ANSWER)
    def cancel_visit(
        context: Context, open_view: OpenView, caller: Caller, words: Words, alert_id: Id, visit_id: Id
    ) -> AlertWithHistory:
        """Nobody is expected at the door any more; whoever was on their way sees it on their page."""
        context.perform(caller.principal, actions.CancelVisit(AlertId(alert_id), visit_id))
        return get_alert(context, open_view, words, alert_id)

    @routes.post("/{alert_id}/calls", summary="Enter a call", responses=document_problems(403, 404, 409))
    @declare(Operation.ANSWER)
    def enter_call(
        context: Context, open_view: OpenView, caller: Caller, words: Words, alert_id: Id, body: CallWanted
    ) -> AlertWithHistory:
        """What became of a call that somebody made by hand, as an entry of the history. homebeat calls nobody."""
        context.perform(caller.principal, actions.EnterCall(AlertId(alert_id), body.callee, body.called, body.result))
        return get_alert(context, open_view, words, alert_id)

    @routes.post("/{alert_id}/note", summary="Add a remark", responses=document_problems(403, 404, 409))
    @declare(Operation.REMARK)
    def add_note(
        context: Context, open_view: OpenView, caller: Caller, words: Words, alert_id: Id, body: Remark
    ) -> AlertWithHistory:
        """Allowed at any time, also after closing."""
        context.perform(caller.principal, actions.AddNote(AlertId(alert_id), body.note, body.version))
        return get_alert(context, open_view, words, alert_id)

    return routes


def _write_list(where: AlertFilter, limit: int, cursor: str | None, words: Wording, reader: ReadSession) -> bytes:
    page = reader.alerts.read_zoned_page(where, limit, cursor)
    items = [msgspec.Raw(write_alert_item(line, words.language)) for line in page.items]
    return msgspec.json.encode({"items": items, "next_cursor": page.next_cursor})


def read_alert(view: View, alert_id: AlertId, words: Wording, book: PlanBook) -> AlertWithHistory:
    """Read one alert with its history.

    Raises:
        NotFound: No alert has this id.
    """
    detail = view.get_alert(alert_id)
    if detail is None:
        raise NotFound("there is no such alert")
    item = make_alert_item(detail.entry, words)
    history = [make_history_item(step, words, detail.entry.timezone) for step in detail.history]
    suppressed = [make_suppressed_item(held, words, detail.entry.timezone) for held in detail.suppressed]
    deadline = view.reader.deadlines.find([alert_id]).get(alert_id)
    followed = view.reader.follow_ups.find(alert_id)
    shared, sent = list_shared_homes(view, detail.entry.alert), read_messages(view, detail.entry)
    photos = list_photos(view, detail.entry)
    return AlertWithHistory(
        **item.model_dump(),
        history=history,
        suppressed=suppressed,
        deadline=None if deadline is None else make_deadline_item(deadline, book.find(deadline.plan)),
        visits=[make_visit_item(visit, photos) for visit in view.reader.visits.list_of([alert_id])],
        follow_up=None if followed is None else make_follow_up_item(followed),
        homes=[make_sharing_item(one) for one in shared.homes],
        homes_left_out=shared.left_out,
        messages=[make_message_item(one, words) for one in sent.messages],
        messages_left_out=sent.left_out,
        hidden=sorted(detail.entry.hidden),
    )
