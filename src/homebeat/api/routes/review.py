"""Reviews: the slow changes of a day, and how alerts ended."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Query
from pydantic import AfterValidator

from homebeat.actions.permit import declare
from homebeat.api.guard import Caller, CallerScope, Context
from homebeat.api.language import Words
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.alert import AlertItem, make_alert_item
from homebeat.api.schema.limits import OutcomesList, make_outcomes_list
from homebeat.api.schema.paging import Area, Cursor, Limit, Listing
from homebeat.api.times import Day
from homebeat.domain.alert import Queue
from homebeat.domain.durations import DAY_MS, HOUR_MS, MS, parse_duration
from homebeat.domain.ids import AreaId
from homebeat.domain.role import SMALLEST_TOTAL, Operation
from homebeat.store import AlertFilter, AlertOrder, ZonedAlert

#: Local time differs from UTC by at most this.
_OFFSET_MS = 14 * HOUR_MS
_LONGEST = timedelta(days=1_100)


def _parse_span(text: str) -> timedelta:
    span = parse_duration(text)
    if not timedelta(0) < span <= _LONGEST:
        raise ValueError(f"must be above zero and at most {_LONGEST.days} days")
    return span


def _check_span(text: str) -> str:
    _parse_span(text)
    return text


Last = Annotated[
    str, Query(max_length=40, description="How far back: an ISO 8601 duration, at most P1100D."), AfterValidator(_check_span)
]


@cache
def build_router() -> APIRouter:
    """The routes of the digest and of outcomes."""
    routes = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["review"], responses=document_problems(401, 422, 503))

    @routes.get("/digest", summary="Slow changes of a day")
    @declare(Operation.READ_ALERTS)
    def list_slow_changes(
        context: Context,
        scope: CallerScope,
        words: Words,
        area: Area = None,
        day: Annotated[Day | None, Query(description="By each home's own calendar; without it, today.")] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Listing[AlertItem]:
        """What has been changing slowly (night use, pulse at rest, first use, steps, daily volume), latest first.

        `/api/v1/alerts` lists these alerts with `queue=digest` only. They are taken, closed and
        remarked like any other. A page may hold fewer than `limit`.
        """
        now = context.clock()
        around = now if day is None else _compute_utc_ms(day)
        where = AlertFilter(
            queues=frozenset({Queue.DIGEST}),
            area=AreaId(area) if area else None,
            since=around - (DAY_MS + _OFFSET_MS if day is None else _OFFSET_MS),
            until=around + (1 if day is None else DAY_MS + _OFFSET_MS),
            order=AlertOrder.NEWEST,
        )
        with context.store.read(scope) as reader:
            page = reader.alerts.read_zoned_page(where, limit, cursor)
        items = [make_alert_item(line, words) for line in page.items if _is_of(line, day, now)]
        return Listing(items=items, next_cursor=page.next_cursor)

    @routes.get("/outcomes", summary="How alerts ended")
    @declare(Operation.READ_TOTALS)
    def list_outcomes(
        context: Context, caller: Caller, scope: CallerScope, area: Area = None, last: Last = "P28D"
    ) -> OutcomesList:
        """Alerts closed in the span, by rule and outcome: all but `helped` and `hospital` is what limits cost who answers.

        Who may see no alert, such as a manager, gets counts of ten and more.
        """
        smallest = 1 if caller.principal.may(Operation.READ_ALERTS) else SMALLEST_TOTAL
        until = context.clock()
        since = until - _parse_span(last) // MS
        with context.store.read(scope) as reader:
            counts = reader.alerts.count_outcomes(since, until + 1, AreaId(area) if area else None)
        return make_outcomes_list(counts, since, until, smallest)

    return routes


def _compute_utc_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def _is_of(line: ZonedAlert, day: date | None, now: int) -> bool:
    """Whether an alert was opened on `day`, or else today, by its home's calendar."""
    opened = _find_local_day(line.alert.opened_at, line.timezone)
    return opened == (day or _find_local_day(now, line.timezone))


def _find_local_day(at: int, timezone: str) -> date:
    try:
        zone: ZoneInfo | None = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = None
    return datetime.fromtimestamp(at / 1000, zone or UTC).date()
