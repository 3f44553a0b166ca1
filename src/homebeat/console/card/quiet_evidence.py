"""The strip of time on the card of an alert on somebody's quiet: from the last sign of life, past the usual times, up to now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from markupsafe import Markup

from homebeat.console.card.evidence import LegendEntry, find_silence_start, find_zone
from homebeat.console.card.heatmap import Day
from homebeat.console.card.quiet_span import Band, QuietSpan, draw_quiet
from homebeat.console.web.person import join_parts
from homebeat.domain.alert import Alert
from homebeat.store import LearnedProfile
from homebeat.wording import Wording

#: Days on which water was used, to say when the last use usually is.
_ENOUGH_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class QuietEvidence:
    """The strip and its legend, which says the same in words; empty for an alert that is not about quiet."""

    picture: Markup = field(default_factory=Markup)
    legend: Sequence[LegendEntry] = ()


def draw_quiet_evidence(
    alert: Alert, learned: LearnedProfile | None, days: Sequence[Day], timezone: str, words: Wording, now: int
) -> QuietEvidence:
    """Draw the strip of an alert that stands on somebody's quiet."""
    life_at = find_silence_start(alert)
    if life_at is None or life_at >= now:
        return QuietEvidence()
    zone = find_zone(timezone)
    first, last = _find_first_band(learned), _find_last_band(days)
    marks = [
        LegendEntry("dot chosen", words.text("last sign of life %(clock)s", clock=words.clock(life_at, zone))),
        LegendEntry("quiet-usual", words.text("quiet for %(duration)s since", duration=words.duration((now - life_at) / 1000))),
    ]
    if now > alert.opened_at:
        beyond = words.duration((now - max(life_at, alert.opened_at)) / 1000)
        marks.append(LegendEntry("quiet-bar", words.text("of these beyond the limit: %(duration)s", duration=beyond)))
    if first is not None:
        marks.append(LegendEntry("band-first", words.text("usually up between %(begins)s and %(ends)s", **_format_hours(first))))
    if last is not None:
        marks.append(
            LegendEntry("band-last", words.text("last water usually between %(begins)s and %(ends)s", **_format_hours(last)))
        )
    marks.append(LegendEntry("limit-line", words.text("alert at %(clock)s", clock=words.clock(alert.opened_at, zone))))
    span = QuietSpan(life_at, now, alert.opened_at, [band for band in (first, last) if band is not None])
    title = join_parts(*(mark.text for mark in marks))
    return QuietEvidence(Markup(draw_quiet(span, zone, title)), marks)  # noqa: S704  drawn by us; its texts are escaped


def _find_first_band(learned: LearnedProfile | None) -> Band | None:
    if learned is None or learned.own_share == 0 or learned.habit.first_from < 0:
        return None
    return Band(learned.habit.first_from, max(learned.habit.first_to, learned.habit.first_from + 10), "band-first")


def _find_last_band(days: Sequence[Day]) -> Band | None:
    """From the tenth to the ninetieth of a hundred last hours of water, by whole days that are known."""
    hours = sorted(
        max(cell.hour for cell in day.cells if cell.litres is not None and cell.step)
        for day in days[:-1]
        if any(cell.litres is not None and cell.step for cell in day.cells) and not day.unknown_hours
    )
    if len(hours) < _ENOUGH_DAYS:
        return None
    low, high = hours[len(hours) // 10], hours[-1 - len(hours) // 10]
    return Band(60 * low, 60 * high + 60, "band-last")


def _format_hours(band: Band) -> dict[str, str]:
    return {"begins": _format_minute(band.begins), "ends": _format_minute(band.ends)}


def _format_minute(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
