"""Reads somebody's shifts as a calendar, for whoever knows its secret address."""

from __future__ import annotations

from collections import Counter
from typing import Final

from homebeat.domain.calendar import CalendarEvent, write_calendar
from homebeat.domain.durations import DAY_MS
from homebeat.domain.ids import AreaId
from homebeat.domain.scope import EVERYTHING
from homebeat.identity.bearer import is_same_digest, parse_bearer
from homebeat.store import ShiftEntry, Store
from homebeat.wording import Wording
from homebeat.wording.calendar import CALENDAR_NAME, SHIFT_SUMMARY

#: Before the secret of a calendar's address.
CALENDAR_PATH: Final = "/calendar/"
#: Which shifts a calendar has: those of the last four weeks, and all that stand in the table.
_BACK_MS: Final = 28 * DAY_MS
_AHEAD_MS: Final = 366 * DAY_MS


def make_address(base: str, secret: str) -> str:
    """Make the address of a calendar; `base` is what links begin with."""
    return f"{base.rstrip('/')}{CALENDAR_PATH}{secret}.ics"


def read_shift_calendar(store: Store, secret: str, now: int) -> bytes | None:
    """Read a calendar (RFC 5545); None for a secret that opens nothing, whatever the reason.

    Args:
        store: The database.
        secret: From the address. What is not of the form costs no query.
        now: By the database's clock, epoch ms.

    Raises:
        Unavailable: The database is away.
    """
    bearer = parse_bearer(secret)
    if bearer is None:
        return None
    with store.read(EVERYTHING) as reader:
        feed = reader.shift_feeds.find(bearer.id)
        if feed is None or feed.revoked_at is not None or not is_same_digest(feed.digest, bearer):
            return None
        shifts = reader.rotas.list_shifts(now - _BACK_MS, now + _AHEAD_MS, responder=feed.responder)
        language = reader.duty.find_language(feed.responder)
        areas = {area.id: area.name for area in reader.homes.list_areas()}
    words = Wording(language)
    return write_calendar(words.text(CALENDAR_NAME), _make_events(shifts, words, areas), now)


def _make_events(shifts: list[ShiftEntry], words: Wording, areas: dict[AreaId, str]) -> list[CalendarEvent]:
    """Make an event of each shift. A shift that changed hands while it ran and came back has two, with names of their own."""
    seen: Counter[str] = Counter()
    events: list[CalendarEvent] = []
    for shift in shifts:
        uid = f"{shift.rota}.{shift.day.isoformat()}.{shift.name}"
        seen[uid] += 1
        more = f".{seen[uid]}" if seen[uid] > 1 else ""
        place = areas.get(shift.area, shift.area)
        summary = words.text(SHIFT_SUMMARY, shift=shift.name)
        events.append(CalendarEvent(f"{uid}{more}@homebeat", shift.starts_at, shift.ends_at, summary, place))
    return events
