"""When the devices of a home showed signs of life in the last two days: a row for each kind, a mark for each half hour.

A half hour of which nothing was heard is hatched: it says nothing, and is never drawn as quiet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from homebeat.actions.view import View
from homebeat.console.card.heatmap import HATCH, Day
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.fleet import DeviceKind
from homebeat.domain.metric import Metric
from homebeat.store import HouseholdDetail, ReadingBin
from homebeat.wording import Wording

_BIN_MS: Final = 30 * MINUTE_MS
_BINS: Final = 96
#: What a device of a kind shows life by. Of a count or a contact that is a change; the others are signs where they are not 0.
_SHOWN_BY: Final[Mapping[DeviceKind, Metric]] = {
    DeviceKind.WRISTBAND: Metric.STEPS,
    DeviceKind.MOTION: Metric.MOTION,
    DeviceKind.DOOR: Metric.DOOR_OPEN,
    DeviceKind.BED: Metric.BED_OCCUPIED,
}
_BY_CHANGE: Final = frozenset({Metric.STEPS, Metric.DOOR_OPEN, Metric.BED_OCCUPIED})
#: Devices beyond so many are left out.
_MOST_DEVICES: Final = 12
_LEFT, _CELL_W, _ROW_H = 110, 4, 18


@dataclass(frozen=True, slots=True)
class SignStrip:
    """The strip, and its rows in words; empty where no device is shown."""

    picture: Markup = field(default_factory=Markup)
    lines: Sequence[str] = ()


def draw_signs(view: View, home: HouseholdDetail | None, water: Sequence[Day], words: Wording, zone: str) -> SignStrip:
    """Draw the strip of a home; `water`: the days of its heat map, today last."""
    end = -(-view.now // _BIN_MS) * _BIN_MS
    start = end - _BINS * _BIN_MS
    rows: dict[str, list[bool | None]] = {}
    if water:
        rows[words.device_kind(DeviceKind.WATER_METER)] = _find_water(water, start, zone)
    for entry in [one for one in (home.devices if home else ()) if one.device.kind in _SHOWN_BY][:_MOST_DEVICES]:
        metric = _SHOWN_BY[entry.device.kind]
        bins = view.read_bins(entry, metric, start, end, _BIN_MS)
        if bins:
            kind = words.device_kind(entry.device.kind)
            rows[kind] = _unite(rows.get(kind), find_signs(bins, start, by_change=metric in _BY_CHANGE))
    if not rows:
        return SignStrip()
    lines = [_write_row(kind, found, start, words, zone) for kind, found in rows.items()]
    title = words.text("Signs of life in the last 48 hours")
    return SignStrip(Markup(draw(rows, start, zone, title)), lines)  # noqa: S704  drawn here; its texts are escaped


def find_signs(bins: Sequence[ReadingBin], start: int, *, by_change: bool) -> list[bool | None]:
    """Find for each half hour from `start` on whether there was a sign of life; None where nothing was heard."""
    found: list[bool | None] = [None] * _BINS
    before: float | None = None
    for one in bins:
        place = (one.at - start) // _BIN_MS
        changed = one.high > one.low or (before is not None and one.high != before)
        found[place] = changed if by_change else one.high > 0
        before = one.high
    return found


def _find_water(days: Sequence[Day], start: int, zone: str) -> list[bool | None]:
    """The same of water, which is known by the hour."""
    by_hour = {(day.date, cell.hour): None if cell.litres is None else bool(cell.step) for day in days for cell in day.cells}
    local = [datetime.fromtimestamp((start + no * _BIN_MS) / 1000, UTC).astimezone(ZoneInfo(zone)) for no in range(_BINS)]
    return [by_hour.get((at.date(), at.hour)) for at in local]


def _unite(first: list[bool | None] | None, second: list[bool | None]) -> list[bool | None]:
    """Unite what two devices of one kind show: a sign of one is a sign, and heard is heard."""
    if first is None:
        return second
    return [None if a is None and b is None else bool(a or b) for a, b in zip(first, second, strict=True)]


def _write_row(kind: str, found: Sequence[bool | None], start: int, words: Wording, zone: str) -> str:
    last = max((no for no, sign in enumerate(found) if sign), default=None)
    if last is None:
        return words.text("%(kind)s: no sign of life in these 48 hours", kind=kind)
    return words.text("%(kind)s: last sign of life about %(clock)s", kind=kind, clock=words.clock(start + last * _BIN_MS, zone))


def draw(rows: Mapping[str, Sequence[bool | None]], start: int, zone: str, title: str) -> str:
    """Return the SVG."""
    width, height = _LEFT + _BINS * _CELL_W, len(rows) * _ROW_H + 20
    out = [f'<svg class="heat signs" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">', HATCH]
    for no in range(_BINS):
        local = datetime.fromtimestamp((start + no * _BIN_MS) / 1000, UTC).astimezone(ZoneInfo(zone))
        if local.minute == 0 and local.hour % 12 == 0:
            x = _LEFT + no * _CELL_W
            out.append(f'<text x="{x}" y="14">{local:%H:%M}</text><line class="grid" x1="{x}" y1="16" x2="{x}" y2="{height}"/>')
    for row, (kind, found) in enumerate(rows.items()):
        y = 18 + row * _ROW_H
        out.append(f'<text x="0" y="{y + 13}">{escape(kind)}</text>')
        for no, sign in enumerate(found):
            look = "unknown" if sign is None else "sign" if sign else "w0"
            out.append(f'<rect class="{look}" x="{_LEFT + no * _CELL_W}" y="{y}" width="{_CELL_W}" height="{_ROW_H - 4}"/>')
    return "".join(out) + "</svg>"
