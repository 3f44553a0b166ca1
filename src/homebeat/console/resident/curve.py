"""Draws two pictures of what is learned, as SVG: the choices that a carer has, and the limit round the clock.

Colours are CSS classes: the dark palette needs no second drawing. Every text is escaped; tables beside them say the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from homebeat.store import CurvePoint

_W, _H, _LEFT, _TOP, _RIGHT, _BOTTOM = 500, 226, 44, 12, 24, 46
_SLOTS: Final = 48
#: The largest width of a point's name, in units of the picture.
_NAME_WIDE: Final = 34


@dataclass(frozen=True, slots=True)
class CurveLabels:
    """Every word of the picture, in the reader's language."""

    title: str
    across: str
    up: str
    in_force: str


@dataclass(frozen=True, slots=True)
class ClockLabels:
    """Every word of the picture, in the reader's language."""

    title: str
    across: str
    up: str


def draw_curve(points: Sequence[CurvePoint], in_force: CurvePoint | None, shown: Sequence[str], labels: CurveLabels) -> str:
    """Draw the hours until an injected collapse was found against false alarms a month; each point carries a <title>.

    Args:
        points: By rising budget, at least one.
        in_force: The one that is marked.
        shown: The budget of each point as people write it.
        labels: The words.
    """
    most = max(2.0, 2 * math.ceil(max(point.delay_p95_h for point in points) / 2))
    low, high = math.log2(points[0].budget), math.log2(points[-1].budget)

    def x(point: CurvePoint) -> float:
        share = (math.log2(point.budget) - low) / (high - low) if high > low else 0.5
        return round(_LEFT + 14 + share * (_W - _LEFT - _RIGHT - 28), 1)

    def y(hours: float) -> float:
        return round(_TOP + (1 - hours / most) * (_H - _TOP - _BOTTOM), 1)

    out = [f'<svg class="chart" viewBox="0 0 {_W} {_H}" role="img" aria-label="{escape(labels.title)}">']
    out += _draw_hours(most, y, labels.up)
    for point, name in zip(points, shown, strict=True):
        # of two that would run into each other, the one in force is named; the table has both
        if in_force is None or point == in_force or abs(x(point) - x(in_force)) >= _NAME_WIDE:
            out.append(_draw_text(x(point), _H - 26, name, "middle"))
    out.append(_draw_text((_LEFT + _W - _RIGHT) / 2, _H - 6, labels.across, "middle"))
    out.append(_draw_path([(x(p), y(p.delay_p95_h)) for p in points], "line-high"))
    out.append(_draw_path([(x(p), y(p.delay_mean_h)) for p in points], "line-mean"))
    for point, name in zip(points, shown, strict=True):
        is_chosen = point == in_force
        title = f"{name}: {point.delay_mean_h:.1f} h, {point.delay_p95_h:.1f} h"
        here = (x(point), y(point.delay_mean_h))
        if is_chosen:
            out.append(f'<line class="mark-line" x1="{here[0]}" y1="{_TOP}" x2="{here[0]}" y2="{y(0)}"/>')
            out.append(
                _draw_text(here[0] + (6 if here[0] < _W / 2 else -6), _TOP + 11, labels.in_force, _choose_side(here[0]), "strong")
            )
        radius, look = (6, "dot chosen") if is_chosen else (3.5, "dot")
        out.append(f'<circle class="{look}" cx="{here[0]}" cy="{here[1]}" r="{radius}"><title>{escape(title)}</title></circle>')
    return "".join(out) + "</svg>"


def draw_clock(limit_minutes: Sequence[int], now_slot: int | None, labels: ClockLabels) -> str:
    """Draw the limit by the local half hour of the last sign of life: 48 bars over a day; `now_slot` is marked."""
    most = max(2.0, 2 * math.ceil(max(limit_minutes) / 120))
    wide = (_W - _LEFT - _RIGHT) / _SLOTS

    def y(hours: float) -> float:
        return round(_TOP + (1 - hours / most) * (_H - _TOP - _BOTTOM), 1)

    out = [f'<svg class="chart" viewBox="0 0 {_W} {_H}" role="img" aria-label="{escape(labels.title)}">']
    out += _draw_hours(most, y, labels.up)
    for slot, minutes in enumerate(limit_minutes):
        top = y(minutes / 60)
        look = "bar chosen" if slot == now_slot else "bar"
        title = f"{format_clock(slot)}: {minutes // 60}:{minutes % 60:02d}"
        out.append(
            f'<rect class="{look}" x="{_LEFT + slot * wide:.1f}" y="{top}" width="{wide - 1:.1f}" height="{y(0) - top:.1f}">'
            f"<title>{title}</title></rect>"
        )
    out += [_draw_text(_LEFT + slot * wide, _H - 26, format_clock(slot), "middle") for slot in range(0, _SLOTS + 1, 8)]
    out.append(_draw_text((_LEFT + _W - _RIGHT) / 2, _H - 6, labels.across, "middle"))
    return "".join(out) + "</svg>"


def format_clock(slot: int) -> str:
    """Format the local time at which a half hour begins; 48 is the end of the day."""
    return f"{slot // 2:02d}:{slot % 2 * 30:02d}"


def _draw_hours(most: float, y: Callable[[float], float], name: str) -> list[str]:
    step = next(step for step in (1, 2, 4, 6, 12) if most / step <= 6.5)
    out = []
    for hour in range(0, int(most) + 1, step):
        at = y(hour)
        out.append(f'<line class="grid" x1="{_LEFT}" y1="{at}" x2="{_W - _RIGHT}" y2="{at}"/>')
        out.append(_draw_text(_LEFT - 6, at + 4, str(hour), "end"))
    middle = _H / 2 - 12
    turned = f'transform="rotate(-90 13 {middle})"'
    return [*out, f'<text x="13" y="{middle}" text-anchor="middle" {turned}>{escape(name)}</text>']


def _choose_side(x: float) -> str:
    return "start" if x < _W / 2 else "end"


def _draw_text(x: float, y: float, text: str, anchor: str, look: str = "") -> str:
    named = f' class="{look}"' if look else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _draw_path(points: Sequence[tuple[float, float]], look: str) -> str:
    return f'<polyline class="{look}" points="{" ".join(f"{x},{y}" for x, y in points)}"/>'
