"""Duty: who must answer now and who is next, rotas, swaps, leave, hand-overs, and shifts as a calendar."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import PlainTextResponse, Response

from homebeat.actions import (
    AcceptHandOver,
    GiveShift,
    MakeShiftFeed,
    OfferHandOver,
    RetireRota,
    RevokeShiftFeed,
    SetRota,
    SwapShifts,
    TakeLeave,
    UndoRotaChange,
)
from homebeat.actions.permit import declare
from homebeat.actions.shift_calendar import CALENDAR_PATH, make_address, read_shift_calendar
from homebeat.actions.shifts import find_gaps_ahead
from homebeat.actions.swap_shifts import ShiftName
from homebeat.api.context import ApiContext
from homebeat.api.guard import Caller, CallerScope, Context
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute, show_once
from homebeat.api.schema.duty import (
    DutyItem,
    FeedItem,
    FeedMade,
    FeedWanted,
    GapsLeft,
    HandOverAlerts,
    HandOverItem,
    HandOverWanted,
    LeaveItem,
    LeaveTaken,
    LeaveWanted,
    RotaItem,
    ShiftGiven,
    ShiftItem,
    ShiftNamed,
    SwapDone,
    SwapWanted,
    find_rota_id,
    make_gap_items,
    make_hand_over_alerts,
    make_hand_over_item,
    make_leave_item,
    make_replacement_item,
    make_rota_item,
    make_shift_item,
)
from homebeat.api.schema.paging import Listing
from homebeat.api.schema.rotas import RotaVersion, RotaWanted, RotaWritten, make_rota_written
from homebeat.api.times import Moment, convert_to_ms, format_instant
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import AreaId, ResponderId, RotaId
from homebeat.domain.leave import Leave
from homebeat.domain.role import Operation
from homebeat.store import HandOverEntry

_MOST_DAYS: Final = 56
_OFFERS_MS: Final = 7 * DAY_MS
RotaName = Annotated[str, Path(max_length=64)]
Offer = Annotated[int, Path(ge=1, lt=2**63)]
Id = Annotated[str, Query(max_length=200)]


@cache
def build_router() -> APIRouter:
    """The routes of duty."""
    routes = APIRouter(
        prefix="/api/v1/duty", route_class=ApiRoute, tags=["duty"], responses=document_problems(401, 403, 422, 503)
    )
    _add_reads(routes)
    _add_rotas(routes)
    _add_shifts(routes)
    _add_hand_overs(routes)
    _add_feeds(routes)
    return routes


def build_calendar_router(context: ApiContext) -> APIRouter:
    """The address of shifts as a calendar. It takes a secret and no key, and is not in the document."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(CALENDAR_PATH + "{secret}.ics")
    @declare(None)
    def calendar(secret: str) -> Response:
        content = read_shift_calendar(context.store, secret, context.clock())
        if content is None:
            return PlainTextResponse("There is no calendar at this address.\n", 404)
        return Response(content, media_type="text/calendar; charset=utf-8")

    return routes


def _add_reads(routes: APIRouter) -> None:
    @routes.get("", summary="Who is on duty, and who is next")
    @declare(Operation.READ_DUTY)
    def get_duty(
        context: Context,
        scope: CallerScope,
        area: Annotated[str, Query(max_length=200, description="By its rotas, and those of the areas above.")],
        at: Annotated[Moment | None, Query(description="Left out: now.")] = None,
    ) -> DutyItem:
        """Of an area that lies in no scope of the caller, nothing is known: both lists are empty."""
        asked = convert_to_ms(at)
        now = context.clock() if asked is None else asked
        with context.store.read(scope) as reader:
            found = reader.rotas.find_duty([AreaId(area)], now)[AreaId(area)]
        return DutyItem(
            area=area,
            at=format_instant(now),
            now=list(map(make_shift_item, found.now)),
            next=list(map(make_shift_item, found.next)),
        )

    @routes.get("/rotas", summary="List rotas")
    @declare(Operation.READ_DUTY)
    def list_rotas(context: Context, scope: CallerScope) -> Listing[RotaItem]:
        """Those of the caller's areas and of the areas above, by their ids, each with its gaps of the next four weeks."""
        now = context.clock()
        with context.store.read(scope) as reader:
            entries, retired = reader.rotas.list_rotas(since=now), reader.duty.list_retired()
        items = [make_rota_item(entry, find_gaps_ahead(entry.rota, now, retired)) for entry in entries]
        return Listing(items=items, next_cursor=None)

    @routes.get("/shifts", summary="List shifts")
    @declare(Operation.READ_DUTY)
    def list_shifts(
        context: Context,
        scope: CallerScope,
        rota: Id | None = None,
        who: Annotated[str | None, Query(max_length=200, description="The id of a responder.")] = None,
        days: Annotated[int, Query(ge=1, le=_MOST_DAYS, description="From now on.")] = 7,
    ) -> Listing[ShiftItem]:
        """Those that somebody has, in order."""
        now = context.clock()
        named = None if rota is None else RotaId(rota), None if who is None else ResponderId(who)
        with context.store.read(scope) as reader:
            entries = reader.rotas.list_shifts(now, now + days * DAY_MS, *named)
        return Listing(items=list(map(make_shift_item, entries)), next_cursor=None)

    @routes.get("/leave", summary="List leave")
    @declare(Operation.READ_DUTY)
    def list_leave(context: Context, scope: CallerScope) -> Listing[LeaveItem]:
        """What is not over, in order."""
        with context.store.read(scope) as reader:
            entries = reader.rotas.list_leaves(context.clock())
        return Listing(items=list(map(make_leave_item, entries)), next_cursor=None)


def _add_rotas(routes: APIRouter) -> None:
    @routes.put("/rotas", summary="Make or change a rota", responses=document_problems(404, 409))
    @declare(Operation.ARRANGE_DUTY)
    def set_rota(context: Context, caller: Caller, body: RotaWanted) -> RotaWritten:
        """The console keeps it from then on: no import changes it. Gaps of the next four weeks have to be accepted."""
        action = SetRota(body.rota.make_table(), body.version, body.accepts_gaps, body.only_asked)
        return make_rota_written(context.perform(caller.principal, action))

    @routes.post("/rotas/{rota}/retire", summary="Retire a rota", status_code=204, responses=document_problems(404, 409))
    @declare(Operation.ARRANGE_DUTY)
    def retire_rota(context: Context, caller: Caller, rota: RotaName, body: RotaVersion) -> None:
        """Its shifts end now, and whoever had some is written to."""
        context.perform(caller.principal, RetireRota(RotaId(rota), body.version))

    @routes.post("/rotas/{rota}/undo", summary="Put a rota back", status_code=204, responses=document_problems(404, 409))
    @declare(Operation.ARRANGE_DUTY)
    def undo_rota(context: Context, caller: Caller, rota: RotaName, body: RotaVersion) -> None:
        """As it was before its last change in the console or here; one that was new is retired, one that was retired is back."""
        context.perform(caller.principal, UndoRotaChange(RotaId(rota), body.version))


def _add_shifts(routes: APIRouter) -> None:
    @routes.post("/shifts/give", summary="Give a shift to somebody else", responses=document_problems(404, 409))
    @declare(Operation.OWN_SHIFTS)
    def give_shift(context: Context, caller: Caller, body: ShiftGiven) -> GapsLeft:
        """One's own, or any where the caller arranges duty (supervisors, administrators)."""
        who = None if body.who is None else ResponderId(body.who)
        gaps = context.perform(caller.principal, GiveShift(find_rota_id(body), body.day, body.shift, who))
        return GapsLeft(gaps=make_gap_items(gaps))

    @routes.post("/shifts/swap", summary="Swap two shifts", responses=document_problems(404, 409))
    @declare(Operation.OWN_SHIFTS)
    def swap_shifts(context: Context, caller: Caller, body: SwapWanted) -> SwapDone:
        """One of them is the caller's, or they arrange duty."""
        context.perform(caller.principal, SwapShifts(_make_name(body.first), _make_name(body.second)))
        return SwapDone(first=body.first, second=body.second)

    @routes.post("/leave", summary="Take leave", status_code=201, responses=document_problems(404, 409))
    @declare(Operation.OWN_SHIFTS)
    def take_leave(context: Context, caller: Caller, body: LeaveWanted) -> LeaveTaken:
        """The shifts of that time go to colleagues of the same kind; the answer says to whom, and which nobody can take."""
        span = round(body.starts_at.timestamp() * 1000), round(body.ends_at.timestamp() * 1000)
        found = context.perform(caller.principal, TakeLeave(Leave(ResponderId(body.who), *span)))
        return LeaveTaken(replacements=list(map(make_replacement_item, found)))


def _add_hand_overs(routes: APIRouter) -> None:
    @routes.get("/hand-overs", summary="List hand-overs")
    @declare(Operation.READ_DUTY)
    def list_hand_overs(context: Context, scope: CallerScope) -> Listing[HandOverItem]:
        """Of the last seven days, the newest first."""
        with context.store.read(scope) as reader:
            entries = reader.hand_overs.list_since(context.clock() - _OFFERS_MS)
        return Listing(items=list(map(make_hand_over_item, entries)), next_cursor=None)

    @routes.post("/hand-overs", summary="Offer one's open alerts", status_code=201, responses=document_problems(404, 409))
    @declare(Operation.ANSWER)
    def offer_hand_over(context: Context, scope: CallerScope, caller: Caller, body: HandOverWanted) -> HandOverAlerts:
        """At the end of a shift: lists the open alerts that somebody has in an area. Nothing changes hands before it is accepted.

        A supervisor offers those of whoever has gone home (`leaving`).
        """
        made = context.perform(caller.principal, OfferHandOver(AreaId(body.area), body.accepting, body.leaving or ""))
        return make_hand_over_alerts(_find_offer(context, scope, made.offer), made.alerts)

    @routes.post("/hand-overs/{offer_id}/accept", summary="Take over by name", responses=document_problems(404, 409))
    @declare(Operation.ANSWER)
    def accept_hand_over(context: Context, scope: CallerScope, caller: Caller, offer_id: Offer) -> HandOverAlerts:
        """Only whom it names. All the alerts change hands, or none; those taken since the offer as well."""
        taken = context.perform(caller.principal, AcceptHandOver(offer_id))
        return make_hand_over_alerts(_find_offer(context, scope, offer_id), taken.alerts)


def _add_feeds(routes: APIRouter) -> None:
    @routes.get("/feeds", summary="List addresses of shifts")
    @declare(Operation.READ_DUTY)
    def list_feeds(context: Context, scope: CallerScope, who: Id) -> Listing[FeedItem]:
        """Of one responder, the newest first; without their secrets."""
        with context.store.read(scope) as reader:
            found = reader.shift_feeds.list_valid(ResponderId(who))
        items = [
            FeedItem(feed=one.id, who=one.responder, made_by=one.made_by, made_at=format_instant(one.made_at)) for one in found
        ]
        return Listing(items=items, next_cursor=None)

    @routes.post("/feeds", summary="Make an address of shifts", status_code=201, responses=document_problems(404, 409))
    @declare(Operation.OWN_SHIFTS)
    def make_feed(request: Request, context: Context, caller: Caller, body: FeedWanted) -> FeedMade:
        """For a calendar. The address is shown once; homebeat keeps its hash."""
        show_once(request, "address")
        bearer = context.perform(caller.principal, MakeShiftFeed(ResponderId(body.who)))
        return FeedMade(feed=bearer.id, address=make_address(context.site.public_url, bearer.text))

    @routes.delete("/feeds/{feed_id}", summary="End an address of shifts", responses=document_problems(404))
    @declare(Operation.OWN_SHIFTS)
    def end_feed(context: Context, caller: Caller, feed_id: Annotated[str, Path(max_length=200)]) -> FeedItem:
        """It shows nothing from now on."""
        found = context.perform(caller.principal, RevokeShiftFeed(feed_id))
        return FeedItem(feed=found.id, who=found.responder, made_by=found.made_by, made_at=format_instant(found.made_at))


def _make_name(named: ShiftNamed) -> ShiftName:
    return ShiftName(find_rota_id(named), named.day, named.shift)


def _find_offer(context: ApiContext, scope: CallerScope, offer_id: int) -> HandOverEntry:
    with context.store.read(scope) as reader:
        found = reader.hand_overs.find(offer_id)
    if found is None:
        raise NotFound("there is no such hand-over")
    return found
