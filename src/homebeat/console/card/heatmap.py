"""The water heat map: rows are days, columns are hours of the household's own clock, drawn as SVG on the server.

Six steps of one hue with fixed litre bounds, so that two homes can be compared. An hour that no meter has proven is hatched and
never drawn as 0; the hours an alert is about are outlined. Colours are CSS classes: the dark palette needs no second drawing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import escape
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from homebeat.domain.durations import HOUR_MS

#: Lower bounds in litres an hour of steps 1 to 5 (step 0 is "no use"): a tap, a meal, washing up, a shower, a bath or a leak.
BOUNDS: Final = (0.5, 3.0, 10.0, 25.0, 60.0)
#: The pattern of what is not known; a picture that uses it begins with this.
HATCH: Final = (
    '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="hatch-ground" width="5" height="5"/><rect class="hatch-line" width="1.6" height="5"/></pattern></defs>'
)
_CELL_W, _CELL_H, _LEFT, _TOP = 19, 18, 76, 20


@dataclass(frozen=True, slots=True)
class Cell:
    """One local hour. `litres` is None when nothing is proven about it; `ahead` when it has not begun yet."""

    hour: int
    litres: float | None
    ahead: bool = False
    silent: bool = False

    @property
    def step(self) -> int:
        """0 to 5, by the fixed bounds; only meaningful when `litres` is known."""
        return bisect_right(BOUNDS, self.litres or 0.0)


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of 24 cells."""

    date: date
    cells: tuple[Cell, ...]

    @property
    def total(self) -> float | None:
        """Litres over the known hours; None when no hour is known."""
        known = [c.litres for c in self.cells if c.litres is not None]
        return sum(known) if known else None

    @property
    def unknown_hours(self) -> int:
        """How many hours that are past have nothing proven about them."""
        return sum(c.litres is None and not c.ahead for c in self.cells)


def lay_out(
    hourly: Mapping[int, float | None], now: int, timezone: str, *, days: int = 14, silent_from: int | None = None
) -> tuple[Day, ...]:
    """Lay hourly litres out in the household's clock, oldest day first.

    Args:
        hourly: Litres by bucket start, epoch ms UTC; a missing bucket or None is unknown. Buckets may be an hour or shorter
            (zones with half-hour offsets); what falls into one local hour is added up, and any unknown part makes it unknown.
        now: Epoch ms UTC.
        timezone: IANA name.
        days: How many local days, today last.
        silent_from: Epoch ms UTC since when nothing was heard of the person; those hours are outlined.
    """
    zone = ZoneInfo(timezone)
    sums: dict[tuple[date, int], float | None] = {}
    for start, litres in hourly.items():
        local = datetime.fromtimestamp(start / 1000, UTC).astimezone(zone)
        key = (local.date(), local.hour)
        before = sums.get(key, 0.0)
        sums[key] = None if litres is None or before is None else before + litres
    today = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone).date()
    return tuple(_make_day(today - timedelta(days=back), sums, now, zone, silent_from) for back in range(days - 1, -1, -1))


def _make_day(day: date, sums: Mapping[tuple[date, int], float | None], now: int, zone: ZoneInfo, silent_from: int | None) -> Day:
    cells = []
    for hour in range(24):
        start = int(datetime(day.year, day.month, day.day, hour, tzinfo=zone).timestamp() * 1000)
        ahead = start > now
        silent = silent_from is not None and not ahead and start + HOUR_MS > silent_from
        cells.append(Cell(hour, None if ahead else sums.get((day, hour)), ahead, silent))
    return Day(day, tuple(cells))


@dataclass(frozen=True, slots=True)
class Labels:
    """Every word of the picture, in the reader's language. `litres` has one `%s`; `day` names one."""

    title: str
    unknown: str
    litres: str
    none: str
    day: Callable[[date], str]


def draw(days: Sequence[Day], labels: Labels) -> str:
    """Return the SVG; each cell carries a <title>; today and its hour stand out. All text is escaped."""
    width, height = _LEFT + 24 * _CELL_W + 2, _TOP + len(days) * _CELL_H + 2
    out = [f'<svg class="heat" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(labels.title)}">', HATCH]
    out += [f'<text x="{_LEFT + h * _CELL_W}" y="14">{h:02d}</text>' for h in range(0, 24, 3)]
    for row, day in enumerate(days):
        y = _TOP + row * _CELL_H
        is_today = row == len(days) - 1
        look = ' class="strong"' if is_today else ""
        name = escape(labels.day(day.date))
        out.append(f'<text{look} x="{_LEFT - 6}" y="{y + 14}" text-anchor="end">{name}</text>')
        out += [_draw_cell(name, cell, y, labels) for cell in day.cells if not cell.ahead]
        out += _draw_outlines(day, y)
        if is_today and (begun := [cell.hour for cell in day.cells if not cell.ahead]):
            x = _LEFT + begun[-1] * _CELL_W
            out.append(f'<rect class="this-hour" x="{x}" y="{y}" width="{_CELL_W - 1}" height="{_CELL_H - 1}"/>')
    return "".join(out) + "</svg>"


def _draw_cell(day: str, cell: Cell, y: int, labels: Labels) -> str:
    if cell.litres is None:
        look, words = "unknown", labels.unknown
    else:
        look, words = f"w{cell.step}", labels.litres % f"{cell.litres:.0f}" if cell.step else labels.none
    x = _LEFT + cell.hour * _CELL_W
    return (
        f'<rect class="{look}" x="{x}" y="{y}" width="{_CELL_W - 1}" height="{_CELL_H - 1}">'
        f"<title>{day} {cell.hour:02d}:00 {escape(words)}</title></rect>"
    )


def _draw_outlines(day: Day, y: int) -> list[str]:
    out = []
    for silent, run in groupby(day.cells, key=lambda c: c.silent):
        cells = list(run)
        if silent:
            x, w = _LEFT + cells[0].hour * _CELL_W, len(cells) * _CELL_W - 1
            out.append(f'<rect class="silence" x="{x - 0.5}" y="{y - 0.5}" width="{w + 1}" height="{_CELL_H}"/>')
    return out
