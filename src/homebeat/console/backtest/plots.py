"""Draws the plots of a back-test. Shapes tell variants apart as well as colours do, and each plot has a table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10, sqrt
from typing import Final

from homebeat.backtest.report import FixedLimit, Point, Variant

#: Colours that everybody can tell apart (Okabe and Ito 2008); the settings in force come first.
COLOURS: Final = ("#17202b", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#7a3e9d")
_SHAPES: Final = ("circle", "square", "diamond", "triangle")
_LEFT, _TOP, _RIGHT, _BOTTOM = 54, 14, 18, 44


@dataclass(frozen=True, slots=True)
class _Frame:
    """Maps values to coordinates: x in [0, most_x], y in [0, most_y]."""

    width: int
    height: int
    most_x: float
    most_y: float

    def x(self, value: float) -> float:
        return round(_LEFT + value / self.most_x * (self.width - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        return round(self.height - _BOTTOM - value / self.most_y * (self.height - _TOP - _BOTTOM), 1)

    def draw_axes(self, name_x: str, name_y: str) -> list[str]:
        bottom, right = self.y(0), self.x(self.most_x)
        out = []
        for value in choose_ticks(self.most_y):
            y = self.y(value)
            out.append(
                f'<path class="grid" d="M{_LEFT} {y}H{right}"/><text x="{_LEFT - 6}" y="{y + 4}" class="end">{value:g}</text>'
            )
        for value in choose_ticks(self.most_x):
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
    """Choose the colour of a variant."""
    return COLOURS[i % len(COLOURS)]


def draw_mark(i: int, x: float, y: float, title: str = "") -> str:
    """Draw the mark of a variant: shape and colour."""
    said = f"<title>{escape(title)}</title>" if title else ""
    match _SHAPES[i % len(_SHAPES)]:
        case "circle":
            shape = f"M{x - 6} {y}a6 6 0 1 0 12 0a6 6 0 1 0 -12 0z"
        case "square":
            shape = f"M{x - 5.5} {y - 5.5}h11v11h-11z"
        case "diamond":
            shape = f"M{x} {y - 7.5}l7.5 7.5l-7.5 7.5l-7.5 -7.5z"
        case _:
            shape = f"M{x} {y - 7}l7 12.5h-14z"
    return f'<path class="mark" fill="{choose_colour(i)}" d="{shape}">{said}</path>'


def draw_curve(variants: Sequence[Variant], fixed: Sequence[FixedLimit], title: str, name_x: str, name_y: str) -> str:
    """Draw false alarms a resident-month against the mean wait of injected collapses; the line is one limit for everybody."""
    seen = [(i, v) for i, v in enumerate(variants) if v.collapses.mean_h is not None]
    most_x = max([v.false_alarms_per_month for _, v in seen] + [0.2]) * 1.6
    most_y = max([v.collapses.mean_h or 0.0 for _, v in seen] + [1.0]) * 1.25
    frame = _Frame(640, 380, most_x, most_y)
    out = [_open_svg(640, 380, title), *frame.draw_axes(name_x, name_y)]
    within = [f for f in fixed if f.false_alarms_per_month <= most_x and f.mean_h <= most_y]
    if len(within) > 1:
        path = "L".join(f"{frame.x(f.false_alarms_per_month)} {frame.y(f.mean_h)}" for f in within)
        out.append(f'<path class="fixed" d="M{path}"/>')
        for f in within:
            x, y = frame.x(f.false_alarms_per_month), frame.y(f.mean_h)
            out.append(f'<circle class="fixed-dot" cx="{x}" cy="{y}" r="2.5"><title>{f.limit_h:g} h</title></circle>')
        out += [
            f'<text class="faint" x="{frame.x(f.false_alarms_per_month) + 5}" y="{frame.y(f.mean_h) - 5}">{f.limit_h:g} h</text>'
            for f in within
            if f.limit_h % 4 == 0
        ]
    taken: list[tuple[float, float]] = []
    for _, v in seen:
        x, y = frame.x(v.false_alarms_per_month), frame.y(v.collapses.mean_h or 0.0)
        below = y + 15
        while any(abs(x - other) < 150 and abs(below - height) < 14 for other, height in taken):
            below += 14
        taken.append((x, below))
        side, at = (" end", x - 11) if x > 440 else ("", x + 11)
        out.append(f'<text class="label{side}" x="{at}" y="{below}">{escape(v.name[:36])}</text>')
    for i, v in reversed(seen):
        x, y = frame.x(v.false_alarms_per_month), frame.y(v.collapses.mean_h or 0.0)
        out.append(draw_mark(i, x, y, f"{v.name}: {v.false_alarms_per_month:.2f}, {v.collapses.mean_h:.1f} h"))
    return "".join(out) + "</svg>"


def draw_bars(rules: Sequence[tuple[str, Sequence[float]]], title: str, name_x: str) -> str:
    """Draw alerts a resident-month by rule: a group of bars for each rule, one bar for each variant."""
    thick, gap, left = 13, 12, 210
    each = max((len(values) for _, values in rules), default=1) * thick + gap
    width, height = 640, _TOP + len(rules) * each + 40
    most = max([value for _, values in rules for value in values] + [0.01]) * 1.15
    scale = (width - left - 60) / most
    out = [_open_svg(width, height, title)]
    bottom = height - 38
    for value in choose_ticks(most):
        x = round(left + value * scale, 1)
        out.append(
            f'<path class="grid" d="M{x} {_TOP - 6}V{bottom}"/><text class="mid" x="{x}" y="{bottom + 15}">{value:g}</text>'
        )
    for row, (name, values) in enumerate(rules):
        y = _TOP + row * each
        middle = y + len(values) * thick / 2 + 4
        out.append(f'<text class="end" x="{left - 8}" y="{middle}">{escape(name)}</text>')
        for i, value in enumerate(values):
            at = y + i * thick
            out.append(
                f'<rect x="{left}" y="{at}" width="{round(value * scale, 1)}" height="{thick - 2}" fill="{choose_colour(i)}"/>'
            )
            out.append(f'<text class="small" x="{round(left + value * scale, 1) + 4}" y="{at + 9}">{value:.2f}</text>')
    out.append(f'<text class="mid name" x="{(left + width) / 2}" y="{height - 6}">{escape(name_x)}</text>')
    return "".join(out) + "</svg>"


def draw_scatter(points: Sequence[Point], which: int, title: str, name_x: str, name_y: str) -> str:
    """Draw care alerts of each resident before and after; a circle's area shows how many residents have these numbers."""
    most = max([max(p.before, p.after) for p in points] + [3]) * 1.15
    frame = _Frame(420, 380, most, most)
    out = [_open_svg(420, 380, title), *frame.draw_axes(name_x, name_y)]
    out.append(f'<path class="fixed" d="M{frame.x(0)} {frame.y(0)}L{frame.x(most)} {frame.y(most)}"/>')
    largest = max((p.residents for p in points), default=1)
    unit = 18 / sqrt(largest)
    for p in sorted(points, key=lambda p: -p.residents):
        r = max(2.5, round(unit * sqrt(p.residents), 1))
        said = f"<title>{p.before} → {p.after}: {p.residents}</title>"
        x, y = frame.x(p.before), frame.y(p.after)
        out.append(f'<circle class="who" cx="{x}" cy="{y}" r="{r}" fill="{choose_colour(which)}">{said}</circle>')
        if p.residents > 1 and r > 9:
            out.append(f'<text class="count mid" x="{frame.x(p.before)}" y="{frame.y(p.after) + 4}">{p.residents}</text>')
    return "".join(out) + "</svg>"


def draw_key(i: int) -> str:
    """Draw a variant's mark alone, for a list."""
    return f'<svg class="key" viewBox="0 0 18 18" aria-hidden="true">{draw_mark(i, 9, 9)}</svg>'


def _open_svg(width: int, height: int, title: str) -> str:
    return f'<svg class="plot" viewBox="0 0 {width} {ceil(height)}" role="img" aria-label="{escape(title)}">'
