"""What is shown of volunteers: what they can do today, and the hours that they gave."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from homebeat.actions.permit import may_within
from homebeat.domain.certificate import Certificate, list_lost_skills
from homebeat.domain.personal import Illegible
from homebeat.domain.principal import Principal
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.service_hours import MonthHours, find_month_span, sum_hours
from homebeat.domain.text import make_inert
from homebeat.store import ReadSession, VolunteerEntry

#: The columns of the file for a time bank: one row for each visit sum, and one for each correction.
COLUMNS: Final = ("volunteer", "month", "kind", "visits", "minutes", "entered_at", "entered_by", "reason")


@dataclass(frozen=True, slots=True)
class VolunteerSight:
    """A volunteer, and what they can do today.

    Attributes:
        skills: Those that hold today.
        lost: Those that need a certificate which has ended.
        ended: The certificates that have ended.
    """

    entry: VolunteerEntry
    skills: tuple[str, ...]
    lost: tuple[str, ...]
    ended: tuple[Certificate, ...]


def list_volunteer_sights(reader: ReadSession, now: int) -> list[VolunteerSight]:
    """List the volunteers of the scope, with what they can do at `now` (epoch ms)."""
    today = find_today(reader, now)
    found = []
    for entry in reader.volunteers.list_volunteers():
        lost = list_lost_skills(entry.skills, entry.certificates, today)
        ended = tuple(one for one in entry.certificates if not one.is_good_on(today))
        found.append(VolunteerSight(entry, tuple(one for one in entry.skills if one not in lost), tuple(lost), ended))
    return found


def find_today(reader: ReadSession, now: int) -> date:
    """Find which day it is where the homes of the scope stand; `now` in epoch ms."""
    return datetime.fromtimestamp(now / 1000, ZoneInfo(reader.homes.find_timezone())).date()


def list_month_hours(reader: ReadSession, principal: Principal, first: str, last: str) -> list[MonthHours]:
    """List the hours of each volunteer and month of a span, such as `2026-03` to `2026-05`.

    Why somebody corrected them is shown to whoever may correct where that volunteer answers.

    Raises:
        Incomplete: One of them is no month, or the last lies before the first.
    """
    zone = reader.homes.find_timezone()
    entries = reader.volunteers.list_entries(find_month_span(first, last, zone))
    corrections = reader.volunteers.list_corrections(first, last)
    if corrections:
        known = reader.volunteers.list_volunteers()
        arranges = may_within(reader, principal, Operation.ARRANGE_DUTY, [one.areas for one in known])
        shown = {one.volunteer for one, may in zip(known, arranges, strict=True) if may}
        is_all = principal.may(Operation.ARRANGE_DUTY) and principal.find_scope(Operation.ARRANGE_DUTY) == EVERYTHING
        corrections = [one if is_all or one.responder in shown else replace(one, reason=Illegible.HIDDEN) for one in corrections]
    return sum_hours(entries, corrections, zone)


def write_hours_csv(hours: Iterable[MonthHours], format_time: Callable[[int], str]) -> str:
    """Write hours as CSV: what was counted in one row, and each correction in a row of its own."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in hours:
        who = make_inert(one.responder)
        writer.writerow((who, one.month, "counted", one.visits, one.minutes, "", "", ""))
        rows: Sequence[tuple[object, ...]] = [
            (*(who, one.month, "correction", "", each.minutes, format_time(each.at)), *map(make_inert, (each.actor, each.reason)))
            for each in one.corrections
        ]
        writer.writerows(rows)
    return out.getvalue()
