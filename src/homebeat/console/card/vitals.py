"""The vital signs of a day as small lines, drawn as SVG on the server. Where nothing was measured the line has a gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from markupsafe import Markup

from homebeat.actions.view import View
from homebeat.domain.durations import HOUR_MS, MINUTE_MS
from homebeat.domain.fleet import DeviceKind
from homebeat.domain.metric import Metric
from homebeat.store import HouseholdDetail, ReadingBin
from homebeat.wording import Wording

_METRICS: Final = (Metric.HEART_RATE_BPM, Metric.SPO2_PCT, Metric.BODY_TEMPERATURE_C)
_SPAN_MS: Final = 24 * HOUR_MS
#: A band measures every few minutes: in a longer span without a value nothing was measured.
_BIN_MS: Final = 15 * MINUTE_MS
#: Bands beyond so many are left out: a home has one or two.
_MOST_BANDS: Final = 3
_W, _H, _TOP = 500, 44, 4


@dataclass(frozen=True, slots=True)
class VitalLine:
    """One vital sign of one band: its name, its range in words, and its line."""

    name: str
    text: str
    picture: Markup


def draw_vitals(view: View, home: HouseholdDetail | None, words: Wording, zone: str) -> list[VitalLine]:
    """Draw what bands measured in the last 24 hours, as far as the visitor sees it."""
    bands = [one for one in (home.devices if home else ()) if one.device.kind is DeviceKind.WRISTBAND]
    end = -(-view.now // _BIN_MS) * _BIN_MS
    lines: list[VitalLine] = []
    for band in bands[:_MOST_BANDS]:
        for metric in _METRICS:
            bins = view.read_bins(band, metric, end - _SPAN_MS, end, _BIN_MS)
            if bins:
                lines.append(_make_line(metric, bins, end, words, zone))
    return lines


def _make_line(metric: Metric, bins: Sequence[ReadingBin], end: int, words: Wording, zone: str) -> VitalLine:
    name = words.metric(metric.wire_name)
    low, high = min(one.low for one in bins), max(one.high for one in bins)
    text = words.text(
        "%(low)s to %(high)s, measured until %(clock)s",
        low=words.value(metric.wire_name, low),
        high=words.value(metric.wire_name, high),
        clock=words.clock(bins[-1].at, zone),
    )
    return VitalLine(name, text, Markup(draw_line(bins, end, f"{name}: {text}")))  # noqa: S704  drawn here; its texts are escaped


def draw_line(bins: Sequence[ReadingBin], end: int, title: str) -> str:
    """Return the SVG of bins of `_BIN_MS` that end before `end`; a missing one is a gap."""
    low, high = min(one.low for one in bins), max(one.high for one in bins)
    height = (high - low) or 1.0

    def x(at: int) -> float:
        return round((at - (end - _SPAN_MS)) / _SPAN_MS * _W, 1)

    def y(value: float) -> float:
        return round(_TOP + (high - value) / height * (_H - 2 * _TOP), 1)

    out = [f'<svg class="chart" viewBox="0 0 {_W} {_H}" role="img" aria-label="{escape(title)}">']
    out.append(f'<rect class="ground" x="0" y="0" width="{_W}" height="{_H}"/>')
    out += [f'<line class="grid" x1="{x(at)}" y1="0" x2="{x(at)}" y2="{_H}"/>' for at in range(end - _SPAN_MS, end, 6 * HOUR_MS)]
    for run in _split_runs(bins):
        if len(run) == 1:
            out.append(f'<circle class="dot" cx="{x(run[0].at)}" cy="{y(run[0].mean)}" r="2.5"/>')
        else:
            out.append(f'<polyline class="line-mean" points="{" ".join(f"{x(one.at)},{y(one.mean)}" for one in run)}"/>')
    return "".join(out) + "</svg>"


def _split_runs(bins: Sequence[ReadingBin]) -> list[list[ReadingBin]]:
    """Split bins where one is missing between them."""
    runs: list[list[ReadingBin]] = []
    for one in bins:
        if runs and one.at - runs[-1][-1].at <= _BIN_MS:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs
