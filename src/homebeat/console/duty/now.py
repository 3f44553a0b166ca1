"""Who is on duty now, as the pages of duty and of the supervisor show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from homebeat.actions.duty_people import find_duty_people
from homebeat.actions.shifts import make_shift
from homebeat.actions.view import View
from homebeat.console.web.person import join_parts
from homebeat.domain.durations import DAY_MS, HOUR_MS, MINUTE_MS
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import AreaId, RotaId
from homebeat.domain.phone import make_dial_uri
from homebeat.domain.rota import find_gaps_in
from homebeat.store import ShiftEntry
from homebeat.store.duty.values import RotaEntry
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

#: More people on duty than this are counted, not listed.
_MOST: Final = 40
#: Where no shift of a desk runs, or several that began at different times, a shift is so long.
_SHIFT_MS: Final = 8 * HOUR_MS
#: The duty desk answers first, its supervisor after it.
_ORDER: Final = (
    *(ResponderKind.DESK, ResponderKind.SUPERVISOR, ResponderKind.FIELD, ResponderKind.PROVIDER, ResponderKind.VOLUNTEER),
)
KINDS: Final = {
    ResponderKind.DESK: msg("Duty desk"),
    ResponderKind.SUPERVISOR: msg("Supervisor on duty"),
    ResponderKind.FIELD: msg("Field worker"),
    ResponderKind.PROVIDER: msg("Provider"),
    ResponderKind.VOLUNTEER: msg("Volunteer"),
}


@dataclass(frozen=True, slots=True)
class OnDutyLine:
    """Somebody on duty. `href` calls them, empty where no number is known or shown."""

    kind: str
    name: str
    facts: str
    phone: str
    href: str


@dataclass(frozen=True, slots=True)
class ShiftSpan:
    """From when on something counts for the shift that runs, epoch ms, and the name of that shift."""

    starts_at: int
    name: str


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who is on duty now.

    Attributes:
        missing: Rotas of which somebody must be on duty now and nobody is, by what they are for.
        missing_left_out: So many more of these.
    """

    lines: Sequence[OnDutyLine]
    left_out: int
    missing: Sequence[str]
    missing_left_out: int


def read_on_duty(view: View, rotas: Sequence[RotaEntry], areas: Mapping[AreaId, str], words: Wording, zone: str) -> OnDuty:
    """Read who is on duty now by these rotas, and of which of them nobody is."""
    named = {entry.rota.id for entry in rotas}
    entries = [one for one in view.reader.rotas.list_shifts(view.now, view.now + 1) if one.rota in named]
    entries.sort(key=lambda one: (_ORDER.index(one.kind), one.starts_at, one.responder))
    shown = entries[:_MOST]
    people = find_duty_people(view, (one.responder for one in shown), with_phones=True)
    by_rota: dict[RotaId, list[ShiftEntry]] = {}
    for one in entries:
        by_rota.setdefault(one.rota, []).append(one)
    missing = [
        join_parts(words.text(KINDS[entry.rota.kind]), areas.get(entry.rota.area, entry.rota.area), entry.rota.id)
        for entry in rotas
        if find_gaps_in(entry.rota, map(make_shift, by_rota.get(entry.rota.id, ())), view.now, view.now + 1)
    ]
    lines = [
        OnDutyLine(
            words.text(KINDS[one.kind]),
            people[one.responder].name if one.responder in people else one.responder,
            join_parts(areas.get(one.area, one.area), words.text("until %(clock)s", clock=words.clock(one.ends_at, zone))),
            phone := people[one.responder].phone if one.responder in people else "",
            make_dial_uri(phone),
        )
        for one in shown
    ]
    return OnDuty(lines, len(entries) - len(shown), missing[:_MOST], max(0, len(missing) - _MOST))


def find_shift(view: View, words: Wording, zone: str) -> ShiftSpan:
    """Find the shift of the desk that runs; where there is none, or several that began at different times, the last hours."""
    running = [one for one in view.reader.rotas.list_shifts(view.now, view.now + 1) if one.kind is ResponderKind.DESK]
    if not 0 < len(running) <= _MOST:
        return make_hours(view.now, words)
    # who takes over a shift in its middle has a row of their own: it began with the first of them
    first: dict[tuple[RotaId, date, str], int] = {}
    for one in view.reader.rotas.list_shifts(view.now - DAY_MS, view.now + 1):
        key = one.rota, one.day, one.name
        first[key] = min(first.get(key, one.starts_at), one.starts_at)
    begins = {first[one.rota, one.day, one.name] for one in running}
    if len(begins) != 1:
        return make_hours(view.now, words)
    (begun,) = begins
    name = words.text("%(shift)s, since %(clock)s", shift=running[0].name, clock=words.clock(begun, zone))
    # a shift that has just begun has no minute in it yet
    return ShiftSpan(min(begun, view.now - MINUTE_MS), name)


def make_hours(now: int, words: Wording) -> ShiftSpan:
    """Make the span of the last hours, to the minute: those who look within one share what was computed for it."""
    name = words.text("the last %(time)s", time=words.duration(_SHIFT_MS / 1000))
    return ShiftSpan((now - _SHIFT_MS) // MINUTE_MS * MINUTE_MS, name)
