"""What a scenario makes happen: events in people's lives and faults of devices, and the file that lists them.

A scenario file is JSON: `{"events": [...], "faults": [...]}`. Times are ISO 8601 with `Z`, epoch milliseconds, or `+P1DT2H30M`
counted from the start of the recording. A home is its number, a device its id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simulators import people

if TYPE_CHECKING:
    from simulators.street import Street

#: "Until further notice" as epoch ms.
FOREVER: Final = 2**60


class EventKind(StrEnum):
    """Something that happens to a person or in a home."""

    COLLAPSE = "collapse"  # the person does nothing any more; the devices go on
    FALL = "fall"  # the band raises an alarm; then stillness, or she gets up (`recovers`)
    SOS = "sos"  # the button, `times` times, `spacing_s` apart, without a time when `untimed`
    AWAY = "away"  # not declared
    IDLE = "idle"  # at home without using anything
    USE = "use"  # one draw of `amount` litres
    LEAK = "leak"  # `amount` litres an hour (12)
    TAP = "tap"  # left running, litres an hour (360)
    BURST = "burst"  # litres an hour (1500)


class DeviceFaultKind(StrEnum):
    """Something that goes wrong with a device or on the way from it."""

    SILENCE = "silence"  # nothing is sent and nothing is kept
    OUTAGE = "outage"  # kept, and sent as a list when the outage ends
    DUPLICATES = "duplicates"  # each message again, `amount` seconds later (2)
    REORDERING = "reordering"  # each message late by up to `amount` seconds (900)
    CLOCK_OFFSET = "clock_offset"  # device time is wrong by `amount` seconds (-18 days)
    CLOCK_DRIFT = "clock_drift"  # device time gains `amount` seconds a day (30)
    REBOOT = "reboot"  # cumulative steps begin at 0 again
    REPLACED = "replaced"  # a new meter begins at `amount` litres (0)
    STUCK = "stuck"  # the index stands still
    UNWORN = "unworn"  # the band lies on the table
    LOW_BATTERY = "low_battery"  # the battery reads `amount` per cent (4)
    JUNK = "junk"  # payloads that cannot be read, of every kind in turn


DEFAULT_AMOUNT: Final[Mapping[str, float]] = {
    EventKind.LEAK: 12.0,
    EventKind.TAP: 360.0,
    EventKind.BURST: 1500.0,
    EventKind.USE: 6.0,
    DeviceFaultKind.DUPLICATES: 2.0,
    DeviceFaultKind.REORDERING: 900.0,
    DeviceFaultKind.CLOCK_OFFSET: -18 * 86_400.0,
    DeviceFaultKind.CLOCK_DRIFT: 30.0,
    DeviceFaultKind.LOW_BATTERY: 4.0,
}
#: What only a wristband can say.
BY_BAND: Final = frozenset({EventKind.FALL, EventKind.SOS})
_MOST_NAMED: Final = 20
FLOWS: Final = frozenset({EventKind.LEAK, EventKind.TAP, EventKind.BURST})


@dataclass(frozen=True, slots=True)
class Event:
    """One happening in home number `home` from `at` until `until` (epoch ms).

    Attributes:
        amount: Litres an hour of a flow, litres of a use; None for the usual.
        recovers: She gets up after a fall, and water and band go on.
        pulse_lost: After a collapse the band finds no pulse.
    """

    kind: EventKind
    home: int
    at: int
    until: int = FOREVER
    amount: float | None = None
    times: int = 1
    spacing_s: float = 20.0
    untimed: bool = False
    recovers: bool = False
    pulse_lost: bool = False

    @property
    def size(self) -> float:
        """`amount`, or the usual one of this kind."""
        return DEFAULT_AMOUNT.get(self.kind, 0.0) if self.amount is None else self.amount

    @property
    def is_still(self) -> bool:
        """Whether the person does nothing any more from `at` on."""
        return self.kind is EventKind.COLLAPSE or (self.kind is EventKind.FALL and not self.recovers)

    @property
    def stops_water(self) -> bool:
        """Whether the person draws no water between `at` and `until`."""
        return self.is_still or self.kind in {EventKind.AWAY, EventKind.IDLE}


@dataclass(frozen=True, slots=True)
class DeviceFault:
    """One fault of one device from `at` until `until` (epoch ms); `amount` means what the kind says, None the usual."""

    kind: DeviceFaultKind
    device: str
    at: int
    until: int = FOREVER
    amount: float | None = None

    @property
    def size(self) -> float:
        """`amount`, or the usual one of this kind."""
        return DEFAULT_AMOUNT.get(self.kind, 0.0) if self.amount is None else self.amount


@dataclass(frozen=True)
class StreetPlan:
    """Events by home number and faults by device id."""

    events: Mapping[int, tuple[Event, ...]]
    faults: Mapping[str, tuple[DeviceFault, ...]]

    @classmethod
    def of(cls, events: Iterable[Event] = (), faults: Iterable[DeviceFault] = ()) -> StreetPlan:
        """Sort events and faults by home."""
        homes: dict[int, tuple[Event, ...]] = {}
        devices: dict[str, tuple[DeviceFault, ...]] = {}
        for event in sorted(events, key=lambda e: (e.at, e.kind)):
            homes[event.home] = (*homes.get(event.home, ()), event)
        for fault in sorted(faults, key=lambda f: (f.at, f.kind)):
            devices[fault.device] = (*devices.get(fault.device, ()), fault)
        return cls(homes, devices)

    def find_longest_hold(self, start: int, end: int) -> int:
        """Find how long before `start` a report may have been made that a fault delays until after it, ms."""
        held = 0
        for faults in self.faults.values():
            for fault in faults:
                if fault.kind is DeviceFaultKind.OUTAGE and fault.at < end and start - fault.until < 3_600_000:
                    held = max(held, start - fault.at)
                elif fault.kind in {DeviceFaultKind.REORDERING, DeviceFaultKind.DUPLICATES} and fault.at < end:
                    held = max(held, round(fault.size * 1000))
        return held


_SPAN: Final = re.compile(r"\+P(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+)S)?)?")


def parse_moment(text: object, start: int) -> int:
    """A time of a scenario file as epoch ms.

    Raises:
        ValueError: It is none of the three forms.
    """
    if isinstance(text, int) and not isinstance(text, bool):
        return text
    if isinstance(text, str):
        if span := _SPAN.fullmatch(text):
            days, hours, minutes, seconds = (int(span[part] or 0) for part in "dhms")
            return start + (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
        with suppress(ValueError):
            when = datetime.fromisoformat(text)
            if when.tzinfo is not None:
                return round(when.timestamp() * 1000)
    raise ValueError(f"not a time with a zone, nor epoch ms, nor like +P1DT2H: {text!r}")


def read_scenario(path: Path, start: int) -> tuple[list[Event], list[DeviceFault]]:
    """Read a scenario file; relative times count from `start` (epoch ms).

    Raises:
        ValueError: The file is no scenario; the text says which entry and why.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        unknown = sorted(set(entries) - {"events", "faults"})
        events = [Event(**_read_entry(entry, EventKind, start)) for entry in entries.get("events", [])]
        faults = [DeviceFault(**_read_entry(entry, DeviceFaultKind, start)) for entry in entries.get("faults", [])]
    except (TypeError, AttributeError, ValueError) as wrong:
        raise ValueError(f"{path.name} is not a scenario: {wrong}") from wrong
    if unknown:
        raise ValueError(f"{path.name} is not a scenario: only events and faults belong in it, not {', '.join(unknown)}")
    return events, faults


def check_places(name: str, events: Iterable[Event], faults: Iterable[DeviceFault], street: Street) -> None:
    """Check that everything of a scenario file happens to homes and devices that are there.

    Args:
        name: Of the file, for errors.
        events: What happens.
        faults: What goes wrong.
        street: Where.

    Raises:
        ValueError: A home or a device is not there; the text names those that are.
    """
    homes, banded = [int(home) for home in street.numbers], street.list_banded()
    bands = {people.make_band_id(home) for home in banded}
    devices = {people.make_meter_id(home) for home in homes} | bands
    for event in events:
        if event.home not in homes:
            raise ValueError(f"{name} names home {event.home}, which is not there; homes are {_list_numbers(homes)}")
        if event.kind in BY_BAND and event.home not in banded:
            there = f"homes with one are {_list_numbers(banded)}" if banded else "nobody wears one"
            raise ValueError(f"{name}: {event.kind} in home {event.home} needs a wristband; {there} (--band-share 1: all)")
    for fault in faults:
        if fault.device not in devices:
            there = ", ".join(sorted(devices)[:_MOST_NAMED]) + (" and more" if len(devices) > _MOST_NAMED else "")
            raise ValueError(f"{name} names the device {fault.device}, which is not there; devices are {there}")


def _list_numbers(homes: Sequence[int]) -> str:
    """Write numbers: all of them, or the first and the last where they follow each other."""
    if len(homes) > 2 and homes[-1] - homes[0] == len(homes) - 1:
        return f"{homes[0]} to {homes[-1]}"
    return ", ".join(map(str, homes[:_MOST_NAMED])) + (" and more" if len(homes) > _MOST_NAMED else "")


def _read_entry(entry: dict[str, object], kinds: type[EventKind | DeviceFaultKind], start: int) -> dict[str, Any]:
    out = dict(entry)
    out["kind"] = kinds(str(out.get("kind")))
    out["at"] = parse_moment(out.get("at"), start)
    if "until" in out:
        out["until"] = parse_moment(out["until"], start)
    return out
