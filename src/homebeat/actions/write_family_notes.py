"""Tell contacts who want it that life was seen at home today, and on Mondays how the week was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Final

from homebeat.actions.perform import Perform, Record
from homebeat.actions.pulse import read_as_of
from homebeat.actions.work import Work
from homebeat.domain.alert import Priority
from homebeat.domain.channel import VOICE
from homebeat.domain.family_note import DAILY, WEEKLY, WeekSeen, find_daily, find_weekly, make_daily_payload, name_cause
from homebeat.domain.ids import HouseholdId
from homebeat.domain.notice import Notice
from homebeat.domain.principal import make_service
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.store import DueNote, Store

#: Who writes them.
NOTES: Final = make_service("family_notes")
#: How many of each kind are written at once, which is once a minute: what is urgent never waits for them.
MOST: Final = 500


@dataclass(frozen=True, slots=True)
class WriteFamilyNotes:
    """Write the notes that are due.

    1. Find the contacts who want a daily one, in whose homes life was seen today, everybody is active by what devices prove now,
       no alert is open or held back, and everybody has agreed that the family sees values. It is one look for all of them.
    2. Enter each for the day; who has had one is left out. So there is one a day, whoever writes, and after every restart.
    3. Put each into the outbox: the first channel of the contact that is no call, with the lowest priority, after their quiet
       hours.
    4. On Mondays the same with the week, of homes without an open alert of the care desk.

    Attributes:
        days: Which day it is, by the time zones in which daily notes may be written now.
        mondays: The same for weekly ones.
    """

    name: ClassVar = "write_family_notes"
    operation: ClassVar = Operation.WRITE_NOTES

    days: Mapping[str, int]
    mondays: Mapping[str, int]

    def run(self, work: Work) -> int:
        """Returns how many were written."""
        notes = work.tx.family_notes
        daily = notes.enter(DAILY, notes.find_daily(self.days, MOST))
        written = _send(work, DAILY, daily, lambda one: make_daily_payload(one.first_at, one.day, one.timezone))
        weekly = notes.enter(WEEKLY, notes.find_weekly(self.mondays, MOST))
        for monday in sorted({one.day for one in weekly}):
            mine = [one for one in weekly if one.day == monday]
            weeks = notes.read_weeks({one.household for one in mine}, monday)
            written += _send(work, WEEKLY, mine, partial(_make_week, weeks))
        return written

    def record(self, result: int) -> Record | None:
        """How many were written; None for none."""
        return Record("", {"notes": result}) if result else None


def _make_week(weeks: Mapping[HouseholdId, WeekSeen], note: DueNote) -> dict[str, str | int]:
    return weeks[note.household].make_payload(note.day, note.timezone)


def _send(work: Work, kind: str, notes: Sequence[DueNote], make: Callable[[DueNote], dict[str, str | int]]) -> int:
    ways = work.tx.outbox.find_ways(one.contact for one in notes)
    found: list[Notice] = []
    for one in notes:
        way = next((way for way in ways.get(one.contact, ()) if way[1] != VOICE), None)
        if way is not None:
            quiet = one.quiet_hours
            end = None if quiet is None else quiet.find_end(work.now, one.timezone, Priority.LOW)
            after_ms = 0 if end is None else end - work.now
            found.append(Notice(None, *way, kind, work.now, make(one), name_cause(kind, one.contact, one.day), after_ms=after_ms))
    return work.tx.outbox.add(found, work.now)


def write_family_notes(store: Store, perform: Perform, now: int) -> int:
    """Write the notes that are due; a thread calls it once a minute. It looks before it writes. Returns how many.

    Without a watch that has spoken lately nothing is known of any home, and nothing is written.

    Raises:
        Unavailable: The database is away: the next minute tries again.
    """
    with store.read(EVERYTHING) as reader:
        zones = reader.family_notes.list_zones()
        days = {zone: day for zone in zones if (day := find_daily(now, zone)) is not None}
        mondays = {zone: day for zone in zones if (day := find_weekly(now, zone)) is not None}
        if not (days or mondays) or not read_as_of(reader, now).is_current:
            return 0
        is_due = (days and reader.family_notes.find_daily(days, 1)) or (mondays and reader.family_notes.find_weekly(mondays, 1))
    return perform(NOTES, WriteFamilyNotes(days, mondays)) if is_due else 0
