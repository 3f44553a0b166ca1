"""The evidence on a card: water by the hour, devices with liveness, the latest readings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup

from homebeat.actions.view import View
from homebeat.console.card.heatmap import BOUNDS, Day, Labels, draw, lay_out
from homebeat.console.web.person import join_parts
from homebeat.domain.alert import Alert, Answer, Condition
from homebeat.domain.as_of import AsOf
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.fleet import DeviceKind
from homebeat.domain.metric import Metric
from homebeat.store import DeviceEntry, DeviceState, HouseholdDetail, ReadingEntry
from homebeat.wording import Wording

DAYS: Final = 14
#: Rules that say "nothing was heard of the person since": the hours since then are outlined.
_SILENT_RULES: Final = frozenset({"no_sign_of_life", "no_water", "asked", "first_use_late"})
#: What is worth a line on the card; places and signal strengths are not.
_SHOWN: Final = (
    Metric.HEART_RATE_BPM,
    Metric.SPO2_PCT,
    Metric.BODY_TEMPERATURE_C,
    Metric.STEPS,
    Metric.WORN,
    Metric.AT_HOME,
    Metric.VOLUME_M3,
)
_YES_NO: Final = frozenset({Metric.WORN, Metric.AT_HOME})


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day of the table that says the same as the picture."""

    date: str
    litres: str
    first: str
    last: str
    unknown: str


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One entry of the legend; without a look it is words alone."""

    look: str
    text: str


@dataclass(frozen=True, slots=True)
class Heat:
    """The water of some days: a picture, the same as a table, and the days themselves; empty where none is shown.

    Attributes:
        only: Since when alone the visitor's role shows water, in words; empty where it shows all.
    """

    title: str = ""
    picture: Markup = field(default_factory=Markup)
    lines: Sequence[DayLine] = ()
    legend: Sequence[LegendEntry] = ()
    known: Sequence[Day] = ()
    only: str = ""


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One device with its liveness.

    Attributes:
        look: `heard`, `silent` or `unknown`.
        heard_at: When it was last heard, epoch ms; its age goes on while the page is looked at.
        rest: Its battery, and what it does by itself.
    """

    id: str
    kind: str
    model: str
    look: str
    text: str
    heard_at: int | None
    rest: str


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """The latest reading of one metric."""

    name: str
    value: str
    at: str


def draw_heat(view: View, alert: Alert | None, home: HouseholdDetail | None, words: Wording) -> Heat:
    """Draw the water of the days that the visitor sees, and the silence of an alert; nothing for a home without a water meter."""
    if home is None or not any(d.device.kind is DeviceKind.WATER_METER for d in home.devices):
        return Heat()
    shown_from, now = view.find_water_start(home), view.now
    if shown_from is None:
        return Heat()
    zone = find_zone(home.entry.timezone)
    count = DAYS
    while count > 1 and _find_midnight(now, zone, count - 2) <= shown_from:
        count -= 1
    start = _find_midnight(now, zone, count - 1) // HOUR_MS * HOUR_MS
    hourly = {use.hour_at: use.litres for use in view.compute_hourly_litres(home, start, -(-now // HOUR_MS) * HOUR_MS)}
    silent_from = None if alert is None else find_silence_start(alert)
    days = lay_out(hourly, now, zone, days=count, silent_from=silent_from)
    title = words.text("Water by the hour, last %(days)s days", days=count)
    labels = Labels(
        title=title,
        unknown=words.text("no data"),
        litres=words.text("%(litres)s L", litres="%s"),
        none=words.text("no water"),
        day=words.day,
    )
    picture = Markup(draw(days, labels))  # noqa: S704  drawn here; every text in it is escaped there
    silent = words.rule_name(alert.rule) if alert is not None and silent_from is not None else ""
    clock = words.clock(shown_from, zone) if shown_from else ""
    only = words.text("Your role shows water since %(clock)s alone.", clock=clock) if clock else ""
    return Heat(title, picture, [_make_day_line(day, words) for day in reversed(days)], _make_legend(words, silent), days, only)


def find_silence_start(alert: Alert) -> int | None:
    """Since when nothing was heard of the person, for an alert that stands on that; None otherwise."""
    if alert.rule not in _SILENT_RULES or alert.condition is Condition.CLEARED or alert.answer is Answer.RESOLVED:
        return None
    life_at = alert.reason.params.get("life_at")
    return int(life_at) if isinstance(life_at, int | float) else alert.since


def _find_midnight(now: int, zone: str, days_back: int) -> int:
    local = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(zone)) - timedelta(days=days_back)
    return int(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


def find_zone(name: str) -> str:
    """The time zone, or UTC where there is none of that name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
    return name


def _make_day_line(day: Day, words: Wording) -> DayLine:
    used = [cell.hour for cell in day.cells if cell.litres is not None and cell.step]
    total = "?" if day.total is None else f"{day.total:.0f}"
    first, last = (f"{used[0]:02d}:00", f"{used[-1]:02d}:00") if used else ("–", "–")
    return DayLine(words.day(day.date), total, first, last, str(day.unknown_hours or "–"))


def _make_legend(words: Wording, silent: str) -> list[LegendEntry]:
    bounds = [f"{bound:g}" for bound in BOUNDS]
    ranges = [f"{low}–{high}" for low, high in pairwise(bounds)]
    marks = [
        LegendEntry("", words.text("Litres an hour:")),
        LegendEntry("w0", words.text("no water")),
        *(LegendEntry(f"w{i}", text) for i, text in enumerate([*ranges, f"≥ {bounds[-1]}"], start=1)),
    ]
    marks.append(LegendEntry("unknown", words.text("no data")))
    return [*marks, LegendEntry("silence", silent)] if silent else marks


def list_devices(home: HouseholdDetail | None, words: Wording, as_of: AsOf) -> list[DeviceLine]:
    """Every device of the home, silent ones first."""
    lines = [_make_device_line(entry, words, as_of) for entry in (home.devices if home else ())]
    return sorted(lines, key=lambda line: line.look == "heard")


def _make_device_line(entry: DeviceEntry, words: Wording, as_of: AsOf) -> DeviceLine:
    state = entry.state
    heard_at = state.heard_at if state else None
    if heard_at is None:
        look, text = "unknown", words.text("never heard") if as_of.is_current else words.text("not yet known")
    else:
        silent = as_of.is_silent(bool(state and state.silent))
        look = "unknown" if silent is None else "silent" if silent else "heard"
        text = words.text("silent, last heard") if silent else words.text("last heard")
    level = state.battery_pct if state else None
    battery = "" if level is None else words.text("battery %(value)s", value=words.value("battery_pct", level))
    about = join_parts(battery, _describe_rhythm(state, words))
    return DeviceLine(entry.device.id, words.device_kind(entry.device.kind), entry.device.model, look, text, heard_at, about)


def _describe_rhythm(state: DeviceState | None, words: Wording) -> str:
    """What a device does by itself, in words; empty for nothing."""
    if state is None or state.beats_every_s is None:
        return ""
    interval = words.duration(state.beats_every_s)
    if state.beats_litres is None:
        return words.text("fires by itself every %(interval)s", interval=interval)
    return words.text("draws about %(litres)s L every %(interval)s by itself", litres=str(state.beats_litres), interval=interval)


def list_readings(home: HouseholdDetail | None, words: Wording) -> list[ReadingLine]:
    """The latest reading of each metric that says something about a person."""
    if home is None:
        return []
    return write_readings((reading for entry in home.devices for reading in entry.latest), words, home.entry.timezone)


def write_readings(readings: Iterable[ReadingEntry], words: Wording, zone: str) -> list[ReadingLine]:
    """Write the latest of these readings of each metric that says something about a person; times on the clock of `zone`."""
    latest: dict[Metric, ReadingEntry] = {}
    for reading in readings:
        if reading.metric in _SHOWN and reading.observed_at > (
            latest[reading.metric].observed_at if reading.metric in latest else 0
        ):
            latest[reading.metric] = reading
    return [_make_reading_line(latest[metric], words, zone) for metric in _SHOWN if metric in latest]


def _make_reading_line(reading: ReadingEntry, words: Wording, zone: str) -> ReadingLine:
    name = Metric(reading.metric).wire_name
    value = words.value(name, reading.value)
    if reading.metric in _YES_NO:
        value = words.text("yes") if reading.value else words.text("no")
    return ReadingLine(words.metric(name), value, words.clock(reading.observed_at, zone))
