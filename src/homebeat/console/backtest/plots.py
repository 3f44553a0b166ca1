"""Draws the plots of a back-test. Shapes tell variants apart as well as colours do, and each plot has a table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import sqrt
from typing import Final

from homebeat.backtest.report import FixedLimit, Point, Variant
from homebeat.console.web.plots import PlotFrame, choose_colour, open_svg

#: The settings in force come first.
_SHAPES: Final = ("circle", "square", "diamond", "triangle")


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
    frame = PlotFrame(640, 380, most_x, most_y)
    out = [open_svg(640, 380, title), *frame.draw_axes(name_x, name_y)]
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


def draw_scatter(points: Sequence[Point], which: int, title: str, name_x: str, name_y: str) -> str:
    """Draw care alerts of each resident before and after; a circle's area shows how many residents have these numbers."""
    most = max([max(p.before, p.after) for p in points] + [3]) * 1.15
    frame = PlotFrame(420, 380, most, most)
    out = [open_svg(420, 380, title), *frame.draw_axes(name_x, name_y)]
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
