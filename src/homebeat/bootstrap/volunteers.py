"""`homebeat volunteer`: shows what volunteers can do and the hours that they gave, and finds certificates that end."""

from __future__ import annotations

import getpass
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from homebeat.actions import CorrectHours, Perform
from homebeat.actions.view import open_view
from homebeat.actions.volunteers import find_today, list_month_hours, list_volunteer_sights, write_hours_csv
from homebeat.bootstrap.parts import make_setup
from homebeat.bootstrap.registry_findings import name_some
from homebeat.domain.certificate import list_lost_skills
from homebeat.domain.ids import ResponderId
from homebeat.domain.instants import format_instant
from homebeat.domain.principal import make_command
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.service_hours import MonthHours
from homebeat.settings.findings import Finding
from homebeat.settings.model import InForce
from homebeat.store import ReadSession, Store

#: So long before a certificate ends that is said.
ENDING: Final = timedelta(days=30)


def print_volunteers(store: Store) -> int:
    """Print what each volunteer can do today."""
    with store.read(EVERYTHING) as reader:
        found = list_volunteer_sights(reader, store.read_now())
    for sight in found:
        lost = f"; lost until a certificate is renewed: {', '.join(sight.lost)}" if sight.lost else ""
        print(f"{sight.entry.volunteer}: {', '.join(sight.skills) or 'no skill'}{lost}")
    if not found:
        print("there is no volunteer: enter them in the fleet file (docs/fleet.md)")
    return 0


def write_hours(store: Store, first: str, last: str, csv_file: Path | None, json_file: Path | None) -> int:
    """Write the hours of a span of months into files, or print them where none is named.

    Raises:
        Incomplete: One of them is no month, or the last lies before the first.
    """
    with open_view(store, make_command(getpass.getuser()), Operation.ARRANGE_DUTY, store.read_now) as view:
        hours = list_month_hours(view.reader, view.principal, first, last)
        if csv_file is not None or json_file is not None:  # what is printed says nothing of why
            view.note_remarks("hours", (one.reason for month in hours for one in month.corrections))
    if csv_file is not None:
        csv_file.write_text(write_hours_csv(hours, format_instant), encoding="utf-8")
    if json_file is not None:
        json_file.write_text(json.dumps(list(map(_make_plain, hours)), ensure_ascii=False, indent=1), encoding="utf-8")
    if csv_file is None and json_file is None:
        for one in hours:
            corrected = f", corrected by {one.total_minutes - one.minutes:+} min" if one.corrections else ""
            print(f"{one.month} {one.responder}: {one.visits} visits, {one.minutes} min{corrected}: {one.total_minutes} min")
        if not hours:
            print("nobody gave any hours then")
    return 0


def correct_hours(force: InForce, store: Store, volunteer: str, month: str, minutes: int, reason: str) -> int:
    """Correct the hours of a volunteer in a month; prints the month as it is then."""
    perform = Perform(store, store.read_now, make_setup(force))
    perform(make_command(getpass.getuser()), CorrectHours(ResponderId(volunteer), month, minutes, reason))
    return write_hours(store, month, month, None, None)


def judge_certificates(reader: ReadSession, now: int) -> list[Finding]:
    """Find certificates that have ended, with the skills that are lost by it, and those that end soon; `now` in epoch ms."""
    today = find_today(reader, now)
    entries = reader.duty.list_certified()
    ended = [f"{who} ({one.name})" for who, _, held in entries for one in held if not one.is_good_on(today)]
    ending = [
        f"{who} ({one.name}, {one.last_day})" for who, _, held in entries for one in held if _ends_soon(one.last_day, today)
    ]
    lost = [f"{who} ({', '.join(gone)})" for who, skills, held in entries if (gone := list_lost_skills(skills, held, today))]
    findings = (
        (ended, "certificates have ended", "Have them renewed, and enter the new day in the fleet file", False),
        (lost, "responders have lost skills, because a certificate has ended", "Do not count on these skills until then", True),
        (ending, "certificates end within 30 days", "Have them renewed, and enter the new day in the fleet file", False),
    )
    return [
        Finding(f"{len(ids)} {text}: {name_some(ids)}", advice, is_wrong=is_wrong)
        for ids, text, advice, is_wrong in findings
        if ids
    ]


def _ends_soon(last_day: date | None, today: date) -> bool:
    return last_day is not None and today <= last_day < today + ENDING


def _make_plain(one: MonthHours) -> dict[str, Any]:
    corrections = [
        {"minutes": each.minutes, "reason": each.reason, "actor": each.actor, "at": format_instant(each.at)}
        for each in one.corrections
    ]
    return {
        "volunteer": one.responder,
        "month": one.month,
        "visits": one.visits,
        "minutes": one.minutes,
        "corrections": corrections,
        "total_minutes": one.total_minutes,
    }
