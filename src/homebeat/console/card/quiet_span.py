"""The evidence of an alert on somebody's quiet, as one strip of time: the last sign of life, the usual times, the limit, now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from homebeat.domain.durations import HOUR_MS

_W, _H, _LEFT, _TOP, _BAR = 500, 64, 2, 6, 34
_TICK_HOURS: Final = 6


@dataclass(frozen=True, slots=True)
class Band:
    """A span of the local day, in minutes, in which something usually happens; `look` names its colour."""

    begins: int
    ends: int
    look: str


@dataclass(frozen=True, slots=True)
class QuietSpan:
    """What the strip shows, times in epoch ms UTC.

    Attributes:
        life_at: The last sign of life.
        until: Up to when it has been quiet.
        limit_at: When the quiet reached the limit, on the wall; None where that is not known.
        bands: The usual times.
    """

    life_at: int
    until: int
    limit_at: int | None
    bands: Sequence[Band]


def draw_quiet(span: QuietSpan, timezone: str, title: str) -> str:
    """Return the SVG; `title` says the same in words. Only the quiet beyond the limit is red: up to there it may be sleep."""
    start = span.life_at - 4 * HOUR_MS
    end = max(span.until, span.limit_at or 0) + 2 * HOUR_MS
    zone = ZoneInfo(timezone)

    def x(at: float) -> float:
        return round(_LEFT + (at - start) / (end - start) * (_W - 2 * _LEFT), 1)

    out = [f'<svg class="chart strip" viewBox="0 0 {_W} {_H}" role="img" aria-label="{escape(title)}">']
    out.append(f'<rect class="ground" x="{_LEFT}" y="{_TOP}" width="{_W - 2 * _LEFT}" height="{_BAR}"/>')
    for band in span.bands:
        for begins, ends in _find_days(band, start, end, zone):
            left, right = x(max(begins, start)), x(min(ends, end))
            out.append(f'<rect class="{band.look}" x="{left}" y="{_TOP}" width="{max(right - left, 1):.1f}" height="{_BAR}"/>')
    beyond = min(span.limit_at, span.until) if span.limit_at is not None else span.until
    left = x(span.life_at)
    for look, begins, ends in (("quiet-usual", span.life_at, beyond), ("quiet-bar", beyond, span.until)):
        if ends > begins:
            width = max(x(ends) - x(begins), 1)
            out.append(f'<rect class="{look}" x="{x(begins)}" y="{_TOP + 11}" width="{width:.1f}" height="12"/>')
    out.append(f'<circle class="dot chosen" cx="{left}" cy="{_TOP + 17}" r="5"/>')
    if span.limit_at is not None:
        at = x(span.limit_at)
        out.append(f'<line class="limit-line" x1="{at}" y1="{_TOP - 4}" x2="{at}" y2="{_TOP + _BAR + 4}"/>')
    out += _draw_ticks(start, end, zone, x)
    return "".join(out) + "</svg>"


def _find_days(band: Band, start: int, end: int, zone: ZoneInfo) -> list[tuple[int, int]]:
    """The band on each local day that the strip touches."""
    day = datetime.fromtimestamp(start / 1000, zone).date() - timedelta(days=1)
    out = []
    while _find_local(day, 0, zone) < end:
        begins, ends = _find_local(day, band.begins, zone), _find_local(day, band.ends, zone)
        if ends > start and begins < end:
            out.append((begins, ends))
        day += timedelta(days=1)
    return out


def _find_local(day: date, minute: int, zone: ZoneInfo) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return int((midnight + timedelta(minutes=minute)).timestamp() * 1000)


def _draw_ticks(start: int, end: int, zone: ZoneInfo, x: Callable[[float], float]) -> list[str]:
    hour = -(-start // HOUR_MS) * HOUR_MS
    out = []
    every = _TICK_HOURS if end - start <= 60 * HOUR_MS else 2 * _TICK_HOURS
    while hour < end:
        local = datetime.fromtimestamp(hour / 1000, UTC).astimezone(zone)
        if local.hour % every == 0 and 24 < x(hour) < _W - 24:
            out.append(f'<line class="grid" x1="{x(hour)}" y1="{_TOP + _BAR}" x2="{x(hour)}" y2="{_TOP + _BAR + 4}"/>')
            out.append(f'<text x="{x(hour)}" y="{_H - 4}" text-anchor="middle">{local:%H:%M}</text>')
        hour += HOUR_MS
    return out
