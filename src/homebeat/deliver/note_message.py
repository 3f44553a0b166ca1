"""Writes the notes that contacts get although nothing has happened: what was seen, and that none coming is no alarm."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from homebeat.domain.family_note import DAILY, read_first_uses, read_instant
from homebeat.wording import messages

if TYPE_CHECKING:
    from homebeat.store import Leased
    from homebeat.wording import Wording


def write_note_title(notice: Leased, wording: Wording) -> str:
    """Write its first sentence."""
    if notice.event == DAILY:
        return wording.text(messages.DAILY, clock=_write_time(notice, read_instant(notice.payload.get("first_use_at")), wording))
    days = read_first_uses(notice.payload)
    return wording.text(messages.WEEKLY, day=wording.day(days[0][0]) if days else "")


def list_note_lines(notice: Leased, wording: Wording) -> list[str]:
    """List what follows it."""
    if notice.event == DAILY:
        return [wording.text(messages.DAILY_SAYS)]
    lines = [_write_day(notice, day, at, wording) for day, at in read_first_uses(notice.payload)]
    lines.append(wording.text(messages.WEEKLY_NIGHTS, nights=_read_count(notice, "nights")))
    lines.append(wording.text(messages.WEEKLY_OPEN, count=_read_count(notice, "open")))
    return [*lines, wording.text(messages.WEEKLY_SAYS)]


def make_note_words(notice: Leased, wording: Wording) -> dict[str, str]:
    """Make the variables of a provider's template: of a daily note the time, of a weekly one three counts."""
    if notice.event == DAILY:
        return {"time": _write_time(notice, read_instant(notice.payload.get("first_use_at")), wording)}
    return {
        "days": _read_count(notice, "days_seen"),
        "nights": _read_count(notice, "nights"),
        "open": _read_count(notice, "open"),
    }


def _write_day(notice: Leased, day: date, at: int | None, wording: Wording) -> str:
    name = wording.day(day, weekday=True)
    if at is None:
        return wording.text(messages.WEEKLY_UNSEEN, day=name)
    return wording.text(messages.WEEKLY_DAY, day=name, clock=_write_time(notice, at, wording))


def _write_time(notice: Leased, at: int | None, wording: Wording) -> str:
    """The time of day alone, such as `06:52`."""
    if at is None:
        return "-"
    return wording.clock(at, str(notice.payload.get("timezone", ""))).rpartition(" ")[2]


def _read_count(notice: Leased, name: str) -> str:
    return str(notice.payload.get(name, 0))
