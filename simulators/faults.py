"""Faults of devices and of the way from them, applied to the reports of one device."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from homebeat.domain.metric import Metric
from simulators import chance
from simulators.chance import I64, U64
from simulators.personas import Flags
from simulators.plan import FOREVER, DeviceFault, DeviceFaultKind
from simulators.reports import ALONE, METER_METRICS, Reports, join

_DAY_MS: Final = 86_400_000
_LOST_TOGETHER_MS: Final = 5 * 3_600_000
#: Lists of one device and day are numbered apart: own list, lists of outages, the copies of either.
_LISTS: Final = 1000
_COPY: Final = 500


def add_measuring_faults(reports: Reports, faults: Iterable[DeviceFault]) -> Reports:
    """Change what a faulty device measures: battery, wear, clock, restarts. Rows of one device, in time order."""
    value, observed = reports.value.copy(), reports.observed_at.copy()
    column = {metric: i for i, metric in enumerate(reports.metrics)}
    for fault in faults:
        inside = (reports.at >= fault.at) & (reports.at < fault.until)
        match fault.kind:
            case DeviceFaultKind.LOW_BATTERY if Metric.BATTERY_PCT in column:
                value[inside, column[Metric.BATTERY_PCT]] = fault.size
            case DeviceFaultKind.CLOCK_OFFSET:
                observed[inside] += round(fault.size * 1000)
            case DeviceFaultKind.CLOCK_DRIFT:
                gained = (reports.at[inside] - fault.at) * (fault.size * 1000 / _DAY_MS)
                observed[inside] += gained.astype(np.int64)
            case DeviceFaultKind.UNWORN if Metric.WORN in column:
                value[inside, column[Metric.WORN]] = 0
                value[inside, column[Metric.HEART_RATE_BPM]] = 0
                value[inside, column[Metric.SPO2_PCT]] = np.nan
                value[inside, column[Metric.ASLEEP]] = np.nan
                value[:, column[Metric.STEPS]] -= _lose_steps(value[:, column[Metric.STEPS]], inside)
            case _:
                pass
    return replace(reports, value=value, observed_at=observed)


def _lose_steps(steps: chance.F64, inside: Flags) -> chance.F64:
    """Steps not counted while the band was off: cumulative, per local day (a fall of the total is midnight)."""
    taken = np.diff(steps, prepend=steps[:1])
    midnight = taken < 0
    lost = np.where(inside & ~midnight, taken, 0.0)
    total = np.cumsum(lost)
    at_midnight = np.maximum.accumulate(np.where(midnight, total, 0.0))
    return total - at_midnight


def add_restarts(reports: Reports, faults: Iterable[DeviceFault]) -> Reports:
    """Steps that begin at 0 again after a reboot. Rows of one band and local day, in time order."""
    value = reports.value.copy()
    steps = value[:, reports.metrics.index(Metric.STEPS)]
    for fault in faults:
        after = reports.at >= fault.at
        if fault.kind is DeviceFaultKind.REBOOT and after.any() and not after.all():
            steps[after] -= steps[~after][-1]
    return replace(reports, value=value)


def add_sending_faults(reports: Reports, faults: Sequence[DeviceFault], key: U64, day: int) -> Reports:
    """Apply faults on the way of one device's reports; `received_at` is still the moment of sending."""
    out = reports
    for index, fault in enumerate(faults):
        inside = (out.received_at >= fault.at) & (out.received_at < fault.until)
        if not inside.any():
            continue
        match fault.kind:
            case DeviceFaultKind.SILENCE:
                out = out.take(~inside)
            case DeviceFaultKind.OUTAGE:
                out = _hold_back(out, inside, fault, day * _LISTS + 1 + index % (_COPY - 1))
            case DeviceFaultKind.DUPLICATES:
                again = out.take(inside)
                copies = np.where(again.bundle == ALONE, ALONE, again.bundle + _COPY)
                late = again.received_at + round(fault.size * 1000)
                out = join([out, replace(again, bundle=copies, received_at=late)])
            case DeviceFaultKind.REORDERING:
                late = (fault.size * 1000 * _draw_luck(key, out)).astype(np.int64)
                out = replace(out, received_at=out.received_at + np.where(inside, late, 0))
            case DeviceFaultKind.JUNK:
                out = replace(out, junk=out.junk | inside)
            case _:
                pass
    return out


def _hold_back(reports: Reports, inside: Flags, fault: DeviceFault, list_number: int) -> Reports:
    """Kept by the device until the outage ends; lost when it never does."""
    if fault.until >= FOREVER:
        return reports.take(~inside)
    bundle = np.where(inside & (reports.bundle == ALONE), list_number, reports.bundle)
    return replace(reports, received_at=np.where(inside, fault.until, reports.received_at), bundle=bundle)


def _number_messages(reports: Reports) -> I64:
    return np.where(reports.bundle == ALONE, reports.serial, -2 - reports.bundle)


def _draw_luck(key: U64, reports: Reports) -> chance.F64:
    return chance.draw_one(chance.mix(key ^ _number_messages(reports).astype(np.uint64)), 41)


def drop_missing(reports: Reports, missing_share: chance.F64, keys: U64) -> Reports:
    """Drop what gets lost, five hours of a device at a time; `missing_share` and `keys` cover every home of the street."""
    if not missing_share.any():
        return reports
    hours = chance.mix(keys[reports.home] ^ (reports.at // _LOST_TOGETHER_MS).astype(np.uint64))
    return reports.take(chance.draw_one(hours, 42) >= missing_share[reports.home])


def delay(reports: Reports, keys: U64) -> Reports:
    """Add the time through the network, 0.2 to 3 s for each message; `keys` has the key of every home of the street."""
    salt = np.uint64(len(reports.metrics) * 7919 + (1 if reports.metrics == METER_METRICS else 0))
    luck = chance.draw_one(chance.mix(keys[reports.home] ^ _number_messages(reports).astype(np.uint64) ^ salt), 40)
    return replace(reports, received_at=reports.received_at + (200 + 2800 * luck * luck).astype(np.int64))
