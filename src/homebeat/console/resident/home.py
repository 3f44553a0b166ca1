"""Makes what the resident's page shows of the home: its devices, its latest readings, and when somebody is or was away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from homebeat.actions.view import View
from homebeat.console.card.evidence import DeviceLine, Heat, ReadingLine, draw_heat, find_zone, list_devices, list_readings
from homebeat.console.card.signs import SignStrip, draw_signs
from homebeat.console.card.vitals import VitalLine, draw_vitals
from homebeat.console.web.person import join_parts, show_masked
from homebeat.domain.as_of import AsOf
from homebeat.domain.fleet import Away
from homebeat.store import HouseholdDetail, ResidentEntry
from homebeat.wording import Wording

#: Absences that ended longer ago than this, and more of them than that, are left out.
_DAYS: Final = 365
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class AbsenceLine:
    """An absence of the home, in words; `is_now` where it holds."""

    text: str
    is_now: bool


@dataclass(frozen=True, slots=True)
class ShownHome:
    """What is shown of a home, in one language; absences only where habits are shown."""

    devices: Sequence[DeviceLine]
    readings: Sequence[ReadingLine]
    absences: Sequence[AbsenceLine]
    signs: SignStrip
    vitals: Sequence[VitalLine]
    heat: Heat


def make_home(view: View, home: HouseholdDetail | None, entry: ResidentEntry, words: Wording, as_of: AsOf) -> ShownHome:
    """Make what is shown of the home of a resident that this view has found; `home`: as the view has it."""
    absences = [] if home is None else _list_absences(home.away, view.now, words, find_zone(entry.timezone))
    heat, zone = draw_heat(view, None, home, words), find_zone(entry.timezone)
    return ShownHome(
        list_devices(home, words, as_of),
        list_readings(home, words),
        absences,
        draw_signs(view, home, heat.known, words, zone),
        draw_vitals(view, home, words, zone),
        heat,
    )


def _list_absences(absences: Iterable[Away], now: int, words: Wording, zone: str) -> list[AbsenceLine]:
    """List absences that hold, are to come, or ended within a year; the latest first."""
    at = datetime.fromtimestamp(now / 1000, UTC)
    recent = [one for one in absences if one.ends_at is None or one.ends_at > at - timedelta(days=_DAYS)]
    recent.sort(key=lambda one: one.starts_at, reverse=True)
    return [
        AbsenceLine(_write_absence(one, words, zone), one.starts_at <= at and (one.ends_at is None or at < one.ends_at))
        for one in recent[:_MOST]
    ]


def _write_absence(away: Away, words: Wording, zone: str) -> str:
    begins = words.clock(away.starts_at.timestamp() * 1000, zone)
    if away.ends_at is None:
        text = words.text("Away since %(begins)s, until further notice", begins=begins)
    else:
        text = words.text(
            "Away from %(begins)s to %(ends)s", begins=begins, ends=words.clock(away.ends_at.timestamp() * 1000, zone)
        )
    return join_parts(text, show_masked(away.reason, words))
