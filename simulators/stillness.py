"""What a wristband shows of a person who lies still, or is away without a declared absence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from homebeat.domain.metric import Metric
from simulators.localdays import HOUR
from simulators.plan import Event, EventKind
from simulators.reports import BAND_METRICS, Reports

_HR, _SPO2, _STEPS, _WORN, _HOME, _ASLEEP, _BATTERY = (
    BAND_METRICS.index(m)
    for m in (
        Metric.HEART_RATE_BPM,
        Metric.SPO2_PCT,
        Metric.STEPS,
        Metric.WORN,
        Metric.AT_HOME,
        Metric.ASLEEP,
        Metric.BATTERY_PCT,
    )
)


class BandState(NamedTuple):
    """The state in which a band was when its wearer went still: worn, at home, battery per cent, steps of that day."""

    worn: float
    at_home: float
    battery: float
    steps: float


class Wearer(NamedTuple):
    """What does not change for one wearer and band."""

    rest_bpm: float
    drain_pct_h: float
    zero_when_off: bool


def apply_events(
    reports: Reports, events: tuple[Event, ...], wearer: Wearer, held_at: Callable[[int], BandState], day_starts_at: int
) -> Reports:
    """Rows of one band on one local day, with the person's events in them.

    Args:
        reports: In time order.
        events: Of this home.
        wearer: Whose band it is.
        held_at: Gives the state of the band at an instant, without events.
        day_starts_at: Local midnight, epoch ms.
    """
    value, keep = reports.value.copy(), np.ones(len(reports), np.bool_)
    for event in events:
        inside = (reports.at >= event.at) & (reports.at < event.until)
        if not inside.any():
            continue
        if event.kind is EventKind.AWAY:
            value[inside, _HOME] = np.where(value[inside, _WORN] > 0, 0.0, value[inside, _HOME])
        elif event.is_still:
            held = held_at(event.at)
            hours = (reports.at[inside] - event.at) / HOUR
            lost = event.pulse_lost or not held.worn
            silent = 0.0 if wearer.zero_when_off else np.nan
            value[inside, _HR] = silent if lost else np.round(wearer.rest_bpm + 14 * np.exp(-hours / 2))
            value[inside, _SPO2] = np.where(lost, np.nan, value[inside, _SPO2] - 2)
            value[inside, _STEPS] = held.steps if event.at >= day_starts_at else 0.0
            value[inside, _WORN], value[inside, _HOME], value[inside, _ASLEEP] = held.worn, held.at_home, np.nan
            battery = np.floor(held.battery - wearer.drain_pct_h * hours)
            value[inside, _BATTERY] = np.maximum(battery, 0)
            keep[inside] = battery >= 1  # the person cannot charge it any more
    return replace(reports, value=value).take(keep)


def find_band_state(reports: Reports, at: int) -> BandState:
    """The last report before `at`, or the first there is."""
    row = max(int(np.searchsorted(reports.at, at, "right")) - 1, 0)
    value = reports.value[row]
    return BandState(float(value[_WORN]), float(value[_HOME]), float(value[_BATTERY]), float(value[_STEPS]))
