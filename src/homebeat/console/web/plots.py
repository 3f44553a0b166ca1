"""Draws plots as SVG that stands alone. Each plot has a table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Final

#: Colours that everybody can tell apart (Okabe and Ito 2008).
COLOURS: Final = ("#17202b", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#7a3e9d")
#: As many names fit under columns.
_MOST_NAMES: Final = 11
_LEFT, _TOP, _RIGHT, _BOTTOM = 54, 14, 18, 44


@dataclass(frozen=True, slots=True)
class PlotFrame:
    """Maps values to coordinates: x in [0, most_x], y in [0, most_y]."""

    width: int
    height: int
    most_x: float
    most_y: float

    def x(self, value: float) -> float:
        """Where a value lies across."""
        return round(_LEFT + value / self.most_x * (self.width - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        """Where a value lies upwards."""
        return round(self.height - _BOTTOM - value / self.most_y * (self.height - _TOP - _BOTTOM), 1)

    def draw_axes(self, name_x: str, name_y: str, *, ticks_x: bool = True) -> list[str]:
        """Draw both axes with their names and a grid; the caller marks x itself without `ticks_x`."""
        bottom, right = self.y(0), self.x(self.most_x)
        out = []
        for value in choose_ticks(self.most_y):
            y = self.y(value)
            out.append(
                f'<path class="grid" d="M{_LEFT} {y}H{right}"/><text x="{_LEFT - 6}" y="{y + 4}" class="end">{value:g}</text>'
            )
        for value in choose_ticks(self.most_x) if ticks_x else ():
            x = self.x(value)
            out.append(
                f'<path class="grid" d="M{x} {bottom}V{_TOP}"/><text x="{x}" y="{bottom + 16}" class="mid">{value:g}</text>'
            )
        out.append(f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>')
        out.append(f'<text x="{(_LEFT + right) / 2}" y="{self.height - 8}" class="mid name">{escape(name_x)}</text>')
        middle = (_TOP + bottom) / 2
        out.append(f'<text x="14" y="{middle}" class="mid name" transform="rotate(-90 14 {middle})">{escape(name_y)}</text>')
        return out


def choose_ticks(most: float) -> list[float]:
    """Choose about five round values from 0 up to `most`."""
    step = 10 ** floor(log10(most / 5))
    step = next(step * k for k in (1, 2, 5, 10) if most / (step * k) <= 6)
    return [round(i * step, 10) for i in range(int(most / step + 1e-9) + 1)]


def choose_colour(i: int) -> str:
    """Choose the colour of the `i`th thing that is compared."""
    return COLOURS[i % len(COLOURS)]


def draw_bars(rows: Sequence[tuple[str, Sequence[float]]], title: str, name_x: str, *, form: str = ".2f") -> str:
    """Draw lying bars: a group for each name, a bar for each of its values, which are written beside it by `form`."""
    thick, gap, left = 13, 12, 210
    each = max((len(values) for _, values in rows), default=1) * thick + gap
    width, height = 640, _TOP + len(rows) * each + 40
    most = max([value for _, values in rows for value in values] + [0.01]) * 1.15
    scale = (width - left - 60) / most
    out = [open_svg(width, height, title)]
    bottom = height - 38
    for value in choose_ticks(most):
        x = round(left + value * scale, 1)
        out.append(
            f'<path class="grid" d="M{x} {_TOP - 6}V{bottom}"/><text class="mid" x="{x}" y="{bottom + 15}">{value:g}</text>'
        )
    for row, (name, values) in enumerate(rows):
        y = _TOP + row * each
        middle = y + len(values) * thick / 2 + 4
        out.append(f'<text class="end" x="{left - 8}" y="{middle}">{escape(name)}</text>')
        for i, value in enumerate(values):
            at = y + i * thick
            out.append(
                f'<rect x="{left}" y="{at}" width="{round(value * scale, 1)}" height="{thick - 2}" fill="{choose_colour(i)}"/>'
            )
            out.append(f'<text class="small" x="{round(left + value * scale, 1) + 4}" y="{at + 9}">{value:{form}}</text>')
    out.append(f'<text class="mid name" x="{(left + width) / 2}" y="{height - 6}">{escape(name_x)}</text>')
    return "".join(out) + "</svg>"


def draw_columns(columns: Sequence[tuple[str, float]], title: str, name_x: str, name_y: str) -> str:
    """Draw standing columns, one for each name; of many names every so manieth is written."""
    frame = PlotFrame(640, 240, max(len(columns), 1), max([value for _, value in columns] + [1]) * 1.1)
    out = [open_svg(frame.width, frame.height, title), *frame.draw_axes(name_x, name_y, ticks_x=False)]
    every = ceil(len(columns) / _MOST_NAMES)
    for i, (name, value) in enumerate(columns):
        left, right, top = frame.x(i + 0.1), frame.x(i + 0.9), frame.y(value)
        said = f"<title>{escape(name)}: {value:g}</title>"
        size = f'width="{round(right - left, 1)}" height="{round(frame.y(0) - top, 1)}"'
        out.append(f'<rect x="{left}" y="{top}" {size} fill="{choose_colour(1)}">{said}</rect>')
        if i % every == 0:
            out.append(f'<text class="mid small" x="{frame.x(i + 0.5)}" y="{frame.y(0) + 15}">{escape(name)}</text>')
    return "".join(out) + "</svg>"


def open_svg(width: int, height: float, title: str) -> str:
    """Open a plot of this size; `title` is read out."""
    return f'<svg class="plot" viewBox="0 0 {width} {ceil(height)}" role="img" aria-label="{escape(title)}">'
