"""What really happened, written beside what the devices reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from simulators import people
from simulators.localdays import format_iso
from simulators.plan import FOREVER, DeviceFault, DeviceFaultKind, Event, EventKind

if TYPE_CHECKING:
    from simulators.street import Street

MONTH: Final = 31 * 86_400_000
#: A band that lies somewhere for so long is told by `not_worn`; from the first report off the wrist to the first one on it.
LIES_FOR: Final = 12 * 3_600_000
#: So near to that it may be told or not: alerts open on a grid of minutes.
NEARLY: Final = 15 * 60_000
#: Begins what nobody has to be told of.
SET_DOWN: Final = "band_set_down"
#: The names of a span of each kind, at its beginning and at its end.
EVENTS: Final[dict[EventKind, tuple[str, str]]] = {
    EventKind.COLLAPSE: ("collapsed", "found"),
    EventKind.FALL: ("fell", "found"),
    EventKind.SOS: ("sos", ""),
    EventKind.AWAY: ("left", "returned"),
    EventKind.IDLE: ("idle", "busy"),
    EventKind.USE: ("used_water", ""),
    EventKind.LEAK: ("leak_started", "leak_stopped"),
    EventKind.TAP: ("tap_left_running", "tap_closed"),
    EventKind.BURST: ("pipe_burst", "pipe_closed"),
}
FAULTS: Final[dict[DeviceFaultKind, tuple[str, str]]] = {
    DeviceFaultKind.SILENCE: ("device_silent", "device_back"),
    DeviceFaultKind.OUTAGE: ("outage_started", "outage_ended"),
    DeviceFaultKind.DUPLICATES: ("duplicates_started", "duplicates_ended"),
    DeviceFaultKind.REORDERING: ("reordering_started", "reordering_ended"),
    DeviceFaultKind.CLOCK_OFFSET: ("clock_wrong", "clock_right"),
    DeviceFaultKind.CLOCK_DRIFT: ("clock_drifting", "clock_right"),
    DeviceFaultKind.REBOOT: ("device_rebooted", ""),
    DeviceFaultKind.REPLACED: ("meter_replaced", ""),
    DeviceFaultKind.STUCK: ("meter_stuck", "meter_moves"),
    DeviceFaultKind.UNWORN: ("band_off", "band_on"),
    DeviceFaultKind.LOW_BATTERY: ("battery_low", "battery_changed"),
    DeviceFaultKind.JUNK: ("junk_started", "junk_ended"),
}


def list_truth(
    street: Street, start: int, end: int, faults: Iterable[DeviceFault], events: Iterable[Event]
) -> list[dict[str, str]]:
    """Everything in [start, end), in order of time; texts are empty where they do not apply."""
    rows: list[tuple[int, str, int, str, str]] = []
    homes = {int(home) for home in street.numbers}
    events, faults = list(events), list(faults)
    rows += _list_lying(street, start, end, faults, events)
    for event in events:
        if event.home not in homes:
            continue
        begins, ends = EVENTS[event.kind]
        times = event.times if event.kind is EventKind.SOS else 1
        rows += [
            (event.at + round(press * event.spacing_s * 1000), begins, event.home, "", _describe(event)) for press in range(times)
        ]
        if ends and event.until < FOREVER:
            rows.append((event.until, ends, event.home, "", ""))
    by_device = {
        name: int(home) for names in (street.meters, street.bands) for name, home in zip(names, street.numbers, strict=True)
    }
    for fault in faults:
        if fault.device in by_device:
            begins, ends = FAULTS[fault.kind]
            detail = f"{fault.size:g}" if fault.size else ""
            rows.append((fault.at, begins, by_device[fault.device], fault.device, detail))
            if ends and fault.until < FOREVER:
                rows.append((fault.until, ends, by_device[fault.device], fault.device, ""))
    for row, left, back in street.list_stays(start - MONTH, end):
        rows += [
            (left, "left", int(street.numbers[row]), "", "overnight"),
            (back, "returned", int(street.numbers[row]), "", "overnight"),
        ]
    rows.sort()
    return [
        {
            "at": format_iso(at),
            "kind": kind,
            "household": people.make_household_id(home),
            "resident": "" if device.startswith("wm") else people.make_resident_id(home),
            "device": device,
            "detail": detail,
        }
        for at, kind, home, device, detail in rows
        if start <= at < end
    ]


def _list_lying(
    street: Street, start: int, end: int, faults: Iterable[DeviceFault], events: Iterable[Event]
) -> Iterator[tuple[int, str, int, str, str]]:
    """List bands that lie on chargers and tables for long, through nobody's plan but their wearers' habits."""
    begins, ends = FAULTS[DeviceFaultKind.UNWORN]
    planned: dict[str, list[DeviceFault]] = {}
    for fault in faults:
        if fault.kind is DeviceFaultKind.UNWORN:
            planned.setdefault(fault.device, []).append(fault)
    stays: dict[int, list[tuple[int, int]]] = {}
    for row, left, back in street.list_stays(start - MONTH, end):
        stays.setdefault(row, []).append((left, back))
    for row, off, on in street.list_unworn(start, end, events):
        device, home = street.bands[row], int(street.numbers[row])
        touching = [one for one in planned.get(device, ()) if one.at < on and one.until > off]
        if any(one.at <= off for one in touching):
            continue  # it lay there already
        until = max([on, *(one.until for one in touching)])
        if until - off < LIES_FOR - NEARLY:
            continue
        # who is away and said so is not expected to wear it
        is_asked = until - off >= LIES_FOR + NEARLY and not any(left < on and off < back for left, back in stays.get(row, ()))
        yield off, begins if is_asked else SET_DOWN, home, device, "of itself"
        # what is planned has an end of its own, which is the end of both
        if not touching:
            yield on, ends, home, device, ""


def _describe(event: Event) -> str:
    details = []
    if event.kind is EventKind.FALL:
        details.append("gets up" if event.recovers else "lies still")
    if event.pulse_lost:
        details.append("no pulse")
    if event.untimed:
        details.append("sent without a time")
    if event.size and event.kind is EventKind.USE:
        details.append(f"{event.size:g} L")
    elif event.size:
        details.append(f"{event.size:g} L/h")
    return ", ".join(details)
