"""What really happened, as lines of JSON: which alerts each happening must open, in what time, and which it explains.

`python -m simulators` writes such lines, and anybody who tests devices can.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from homebeat.domain.durations import MS, parse_duration
from homebeat.domain.errors import BadSettings
from homebeat.rules.catalogue import RULES

#: Kinds of line that say from when until when everything that happened is listed.
BEGAN, ENDED = "began", "ended"
_FROM_THE_BEGINNING: Final = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of happening asks of alerts.

    Attributes:
        rules: Codes of which one alert at least must open; empty where none has to.
        within: In what time. By the rules' own defaults, with the time of one report of an hourly meter.
        explains: Codes of which alerts are right too, though none has to open.
        ends: Kinds of line that end it.
    """

    rules: tuple[str, ...] = ()
    within: timedelta = timedelta(minutes=5)
    explains: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()


_STILL: Final = ("no_sign_of_life", "no_water", "unknown_too_long", "heart_rate", "spo2", "not_worn")
_BLIND: Final = ("device_silent", "unknown_too_long")
_WATER: Final = ("water_running", "water_surge", "meter_leak")
KINDS: Final[Mapping[str, Kind]] = {
    # a limit is a day where being at home is not proven, and an hourly meter proves its end an hour later
    "collapsed": Kind(("no_sign_of_life", "no_water", "fall"), timedelta(hours=25), _STILL, ("found",)),
    "fell": Kind(("fall", "sos"), timedelta(minutes=5), _STILL, ("found",)),
    "sos": Kind(("sos",), timedelta(minutes=5)),
    "left": Kind(explains=("no_sign_of_life", "no_water", "unknown_too_long", "home_early", "not_worn"), ends=("returned",)),
    "idle": Kind(explains=("no_sign_of_life", "no_water"), ends=("busy",)),
    "used_water": Kind(),
    # the longest wait of `water_running`, and two hours
    "leak_started": Kind((*_WATER, "water_dripping"), timedelta(hours=50), ends=("leak_stopped",)),
    # much in a day is seen within the day
    "tap_left_running": Kind(_WATER, timedelta(hours=25), ends=("tap_closed",)),
    "pipe_burst": Kind(_WATER, timedelta(hours=4), ends=("pipe_closed",)),
    # one and a half intervals of a meter that reports once a day
    "device_silent": Kind(("device_silent",), timedelta(hours=37), _BLIND, ("device_back",)),
    "outage_started": Kind(explains=_BLIND, ends=("outage_ended",)),
    "duplicates_started": Kind(ends=("duplicates_ended",)),
    "reordering_started": Kind(ends=("reordering_ended",)),
    "clock_wrong": Kind(ends=("clock_right",)),
    "clock_drifting": Kind(ends=("clock_right",)),
    "device_rebooted": Kind(),
    # a meter that reports once a day sends its totals up to 29 hours later
    "meter_replaced": Kind(("meter_fault",), timedelta(hours=29)),
    "meter_stuck": Kind(explains=("no_sign_of_life", "no_water"), ends=("meter_moves",)),
    "band_off": Kind(("not_worn",), timedelta(hours=13), ("no_sign_of_life", "unknown_too_long"), ("band_on",)),
    "band_set_down": Kind(explains=("not_worn",), ends=("band_on",)),
    "battery_low": Kind(("device_battery_low",), timedelta(hours=2), ends=("battery_changed",)),
    "junk_started": Kind(explains=("unreadable_alarm", *_BLIND), ends=("junk_ended",)),
}
_ENDED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    end: tuple(name for name, kind in KINDS.items() if end in kind.ends) for kind in KINDS.values() for end in kind.ends
}


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened in one home; times epoch ms.

    Attributes:
        resident, device: Whom or what it is about; empty where it is about the home.
        asks: What it asks of alerts.
        until: When it was over; None while it goes on.
    """

    kind: str
    at: int
    household: str
    resident: str
    device: str
    asks: Kind
    until: int | None = None

    @property
    def due_at(self) -> int:
        """Until when an alert must have opened, epoch ms."""
        return self.at + self.asks.within // MS


@dataclass(frozen=True, slots=True)
class Truth:
    """All that happened from `began` until `ended`, epoch ms; None where the lines do not say it."""

    happenings: tuple[Happening, ...]
    began: int | None = None
    ended: int | None = None


def read_truth(lines: Iterable[bytes], name: str, within: Mapping[str, timedelta] | None = None) -> Truth:
    """Read lines `{"at", "kind", "household", "resident", "device", "rules", "within"}`; the last four may be left out.

    Args:
        lines: In any order.
        name: Of the file, for errors.
        within: Other times than those of `KINDS`, by kind.

    Raises:
        BadSettings: A line cannot be read; the text names it and says what is expected.
    """
    rows = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                rows.append(_read_row(msgspec.json.decode(line)))
            except (ValueError, TypeError, AttributeError) as wrong:
                raise BadSettings(f"line {number} of {name} says nothing that happened: {wrong}") from wrong
    rows.sort(key=lambda row: row.at)
    marks = {row.kind: row.at for row in rows if row.kind in {BEGAN, ENDED}}
    spans = _end_happenings(row for row in rows if row.kind not in {BEGAN, ENDED})
    chosen = within or {}
    if unknown := sorted(chosen.keys() - {one.kind for one in spans} - KINDS.keys()):
        raise BadSettings(f"--within names {', '.join(unknown)}, which nothing in {name} is; kinds are {', '.join(KINDS)}")
    happenings = (replace(h, asks=replace(h.asks, within=chosen.get(h.kind, h.asks.within))) for h in spans)
    return Truth(tuple(happenings), marks.get(BEGAN), marks.get(ENDED))


def parse_instant(text: object) -> int:
    """Read a time with a zone as epoch ms.

    Raises:
        ValueError: It is none.
    """
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"{text!r} is not a time with a zone; write 2026-03-01T08:00:00Z")
    return round(moment.timestamp() * 1000)


def _read_row(row: Any) -> Happening:
    if not isinstance(row, dict):
        raise TypeError("it is not an object; write one JSON object a line")
    kind, at = row.get("kind"), parse_instant(row.get("at"))
    if kind in {BEGAN, ENDED}:
        return Happening(str(kind), at, "", "", "", Kind())
    home = row.get("household")
    if not isinstance(home, str) or not home:
        raise ValueError("it names no household")
    who, what = row.get("resident") or "", row.get("device") or ""
    return Happening(str(kind), at, home, str(who), str(what), _find_asked(str(kind), row.get("rules"), row.get("within")))


def _find_asked(kind: str, rules: Any, within: Any) -> Kind:
    usual = KINDS.get(kind)
    if usual is None and kind in RULES:
        usual = Kind((kind,))
    if rules is not None:
        if not isinstance(rules, list) or not all(code in RULES for code in rules):
            raise ValueError(f'rules is a list of codes of rules, such as ["sos"], not {rules!r}')
        usual = replace(usual or Kind(), rules=tuple(rules))
    if usual is None and kind in _ENDED_BY:
        usual = Kind()
    if usual is None:
        known = ", ".join([*KINDS, *_ENDED_BY])
        raise ValueError(
            f"nobody knows the kind {kind!r}: name the rules that must open an alert (rules), or take one of {known}"
        )
    return usual if within is None else replace(usual, within=parse_duration(str(within)))


def _end_happenings(rows: Iterable[Happening]) -> list[Happening]:
    """Let each line that ends something end it. What ends and never began had begun before everything else."""
    found: list[Happening] = []
    for row in rows:
        if row.kind not in _ENDED_BY:
            found.append(row)
            continue
        begun = [
            place
            for place, one in enumerate(found)
            if one.kind in _ENDED_BY[row.kind]
            and one.until is None
            and (one.household, one.device) == (row.household, row.device)
        ]
        for place in begun:
            found[place] = replace(found[place], until=row.at)
        if not begun:
            kind = _ENDED_BY[row.kind][0]
            # it asks for no alert: what was due before the lines begin cannot be judged
            asks = replace(KINDS[kind], rules=(), explains=(*KINDS[kind].rules, *KINDS[kind].explains))
            found.append(replace(row, kind=kind, at=_FROM_THE_BEGINNING, until=row.at, asks=asks))
    return found
