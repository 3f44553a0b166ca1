"""Events and faults in homes and at times drawn by the seed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from simulators import chance, people
from simulators.localdays import DAY, HOUR
from simulators.plan import FOREVER, DeviceFault, DeviceFaultKind, Event, EventKind

if TYPE_CHECKING:
    from simulators.street import Street

EVENTS: Final[Mapping[str, EventKind]] = {
    "collapses": EventKind.COLLAPSE,
    "falls": EventKind.FALL,
    "sos": EventKind.SOS,
    "leaks": EventKind.LEAK,
    "taps": EventKind.TAP,
    "bursts": EventKind.BURST,
}
_FOR_BANDS: Final = frozenset({DeviceFaultKind.REBOOT, DeviceFaultKind.UNWORN, DeviceFaultKind.LOW_BATTERY})
#: How long each lasts; a collapse is found after two days, which a working service never lets happen.
_LASTS: Final[Mapping[str, int]] = {
    EventKind.COLLAPSE: 2 * DAY,
    EventKind.FALL: 2 * DAY,
    EventKind.LEAK: 4 * DAY,
    EventKind.TAP: 5 * HOUR,
    EventKind.BURST: 3 * HOUR,
    DeviceFaultKind.SILENCE: 2 * DAY,
    DeviceFaultKind.OUTAGE: 30 * HOUR,
    DeviceFaultKind.STUCK: 3 * DAY,
    DeviceFaultKind.UNWORN: 2 * DAY,
    DeviceFaultKind.REBOOT: FOREVER,
    DeviceFaultKind.REPLACED: FOREVER,
}


def make_random_plan(
    street: Street, start: int, end: int, counts: Mapping[str, int], kinds: str, devices: int
) -> tuple[list[Event], list[DeviceFault]]:
    """Draw homes and times; each home gets at most one of all of them.

    Args:
        street: Where.
        start: Begin of the span, epoch ms; things begin between a quarter and nine tenths of it.
        end: Its end.
        counts: How many of each of `EVENTS`.
        kinds: Kinds of fault separated by commas, or `all`.
        devices: How many devices get each kind of fault.

    Raises:
        ValueError: More is asked for than there are homes, or a kind of fault is unknown.
    """
    wanted = (
        list(DeviceFaultKind) if kinds == "all" else [DeviceFaultKind(kind.strip()) for kind in kinds.split(",") if kind.strip()]
    )
    free = _shuffle(street)
    banded = set(street.list_banded())

    def place(*, needs_band: bool) -> int:
        for home in free:
            if not needs_band or home in banded:
                free.remove(home)
                return home
        raise ValueError("there are not enough homes, or not enough wristbands, for all of this")

    def when(home: int) -> int:
        row = int(np.searchsorted(street.numbers, home))
        return round(start + (end - start) * (0.25 + 0.65 * float(chance.draw_uniform(street.keys[row : row + 1], 81, 1)[0, 0])))

    events = []
    for name, kind in EVENTS.items():
        for index in range(counts.get(name, 0)):
            home = place(needs_band=kind in {EventKind.SOS, EventKind.FALL})
            at = when(home)
            until = at + _LASTS.get(kind, FOREVER)
            events.append(
                Event(
                    kind,
                    home,
                    at,
                    min(until, FOREVER),
                    recovers=kind is EventKind.FALL and index % 2 == 1,
                    pulse_lost=kind is EventKind.COLLAPSE and index % 4 == 3,
                    times=3 if index % 3 == 1 else 1,
                    untimed=kind is EventKind.SOS and index % 3 == 2,
                )
            )
    faults = []
    for fault in wanted:
        for _ in range(devices):
            home = place(needs_band=fault in _FOR_BANDS)
            at = when(home)
            name = people.make_band_id(home) if fault in _FOR_BANDS else people.make_meter_id(home)
            faults.append(DeviceFault(fault, name, at, min(at + _LASTS.get(fault, DAY), FOREVER)))
    return events, faults


def _shuffle(street: Street) -> list[int]:
    luck = chance.draw_uniform(street.keys, 80, 1)[:, 0]
    return [int(home) for home in street.numbers[np.argsort(luck, kind="stable")]]
