"""Finds counters in decoded objects to each of which a meter of its own may be wired, and reports each under its own address.

Such a counter is called by the address of the device that counts, a slash and the name that the decoder gives it, such as
`24e124136a001122/gpio_counter_2`. Whoever registers the meter enters that address, and how many litres one count is: a pulse of
a meter with a contact, or what the unit of a number is that was chosen on the device (`water` of a Milesight EM300-DI).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from homebeat.codecs.envelope import Report
from homebeat.codecs.frames import read_number
from homebeat.codecs.reports import put, read_moment
from homebeat.codecs.times import place_time
from homebeat.codecs.wire import Limits, Mark, Raw, Readings
from homebeat.domain.metric import MeterStatus, Metric

#: Running counts, as decoders write their names. What was counted since the last message is not among them (`pulse1` of Elsys).
COUNTERS: Final = frozenset(
    (
        # Milesight: UC300, UC11xx, UC501, UC511 and UC512
        *(f"{name}{number}" for name in ("gpio_counter_", "counter", "counter_", "pulse_count_") for number in range(1, 5)),
        "valve_1_pulse", "valve_2_pulse",
        # Dragino: CPL03, LT-22222-L
        "PA8_TOTAL_PULSE", "PA4_TOTAL_PULSE", "PB15_TOTAL_PULSE", "pa8_pulsecounter", "pa4_pulsecounter", "pb15_pulsecounter",
        "Count1_times", "Count2_times",
        # Watteco: Pulse Senso and others
        *(f"index_{number}" for number in range(1, 11)),
        # Elsys: two counters that are kept
        "pulseAbs2",
        # Adeunis Pulse: see `unwrap`
        "channelA", "channelB",
        # in a unit that was chosen for the device: Milesight EM300-DI, B-Meters
        "water", "valueCounter",
    )
)  # fmt: skip
#: Says that what is counted begins anew with each message (Dragino): it is no running count.
_PART: Final = "PART"
_COUNT_MODES: Final = ("CMOD", "count_mod")
_LISTS: Final = ("history", "channel_history")
_MOST_COUNTED: Final = 1e12
_NO_WORDS: Final[Mapping[str, float]] = {}
#: Of the device that counts, this holds for each of its meters.
_SHARED: Final = frozenset(map(int, (Metric.BATTERY_PCT, Metric.BATTERY_LOW, Metric.RSSI_DBM, Metric.ALARM_TAMPER)))
#: What a list of counts of Adeunis is about, by the code that its type begins with.
_ADEUNIS: Final = {"0x46": ("channelA", "channelB"), "0x5a": ("channelA",), "0x5b": ("channelB",)}
_CHANNELS: Final = {"channel A": "channelA", "channel B": "channelB"}
_ADEUNIS_STATES: Final = (("leakageAlarm", MeterStatus.LEAK), ("tamperAlarm", MeterStatus.TAMPER))
_STATE_NAMES: Final = frozenset(f"{channel}_{flag}" for channel in _CHANNELS.values() for flag, _ in _ADEUNIS_STATES)
_LOOKED_FOR: Final = COUNTERS | _STATE_NAMES | frozenset(_LISTS)
_MARKS: Final = _LOOKED_FOR | {"bytes", "vif"}
#: By EN 13757-3 a total in m3 is a number times 10 to the power of this code less 22, from 0x10 to 0x17.
_VOLUME_CODES: Final = range(0x10, 0x18)
_OF_CUBIC_METRES: Final = 0x16


def may_count(found: object) -> bool:
    """Whether there may be something for `unwrap` and `list_channels` in an object: nearly always not."""
    return isinstance(found, dict) and not _MARKS.isdisjoint(found)


def unwrap(found: object) -> object:
    """Unwrap what some decoders put elsewhere: others see it as if it had been written under names of its own.

    Adeunis: what stands in `bytes`, with the counts and alarms of each channel. Of a list of counts the first is of now. When the
    others were taken, the message does not say. B-Meters: the total beside the code of its unit.
    """
    if not isinstance(found, dict):
        return found
    inner, code = found.get("bytes"), found.get("vif")
    if isinstance(inner, dict):
        return {name: value for name, value in found.items() if name != "bytes"} | _unwrap_adeunis(inner)
    total = read_number(found.get("valueCounter"), _NO_WORDS)
    if code.__class__ is int and code in _VOLUME_CODES and total is not None:
        volume = round(total * 10.0 ** (code - _OF_CUBIC_METRES), 6)
        return {name: value for name, value in found.items() if name != "valueCounter"} | {"volume_m3": volume}
    return found


def _unwrap_adeunis(inner: Mapping[str, object]) -> dict[str, object]:
    flat = dict(inner)
    kind, counts, channels = flat.get("type"), flat.get("counterValues"), flat.get("channels")
    if isinstance(kind, str) and isinstance(counts, list):
        flat |= dict(zip(_ADEUNIS.get(kind[:4], ()), counts, strict=False))
    if not isinstance(channels, list):
        return flat
    named = [(_CHANNELS.get(str(one.get("name"))), one) for one in channels if isinstance(one, dict)]
    if len(named) == len(channels) and all(name is not None for name, _ in named):
        del flat["channels"]
        for name, one in named:
            flow = one.get("flow")
            flat |= {f"{name}_{flag}": one[flag] for flag, _ in _ADEUNIS_STATES if flag in one}
            flat |= {f"{name}_flow_{part}": value for part, value in flow.items()} if isinstance(flow, dict) else {}
    return flat


def list_channels(
    found: object, readings: Readings, names: Sequence[str], at: int, mark: Mark, received_at: int, limits: Limits
) -> list[Report]:
    """List a report for each counter of an object; nearly always there are none.

    Args:
        found: What a decoder made of the frame.
        readings: What it says of the device itself: its battery and signal are those of each of its meters.
        names: What the message calls the device.
        at: When the network heard the frame, epoch ms.
        mark: How that time is known.
        received_at: Arrival of the message.
        limits: Times beyond which parts are refused.
    """
    if not isinstance(found, dict) or _LOOKED_FOR.isdisjoint(found):
        return []
    counted: dict[str, Readings] = {}
    for name, value in _find_counts(found):
        put(counted.setdefault(name, Readings()), Raw.PULSES, value, at, mark)
    for name, status in _find_states(found):
        put(counted.setdefault(name, Readings()), Metric.METER_STATUS, float(status), at, mark)
    for name, value, when in _find_kept(found, received_at, limits):
        one = counted.setdefault(name, Readings())
        if len(one.metric) < limits.max_readings:
            put(one, Raw.PULSES, value, when, Mark.NONE)
    return [_make_report(names, name, one, readings) for name, one in list(counted.items())[: limits.max_reports - 1]]


def _find_counts(found: Mapping[str, object]) -> Iterator[tuple[str, float]]:
    if any(found.get(name) == _PART for name in _COUNT_MODES):
        return
    for name, value in found.items():
        number = read_number(value, _NO_WORDS) if name in COUNTERS and not isinstance(value, bool) else None
        if number is not None and 0 <= number <= _MOST_COUNTED:
            yield name, float(number)


def _find_kept(found: Mapping[str, object], received_at: int, limits: Limits) -> Iterator[tuple[str, float, int]]:
    """Find counts that the device had kept, each with its time; one whose time cannot be used is left out."""
    for entries in (found.get(name) for name in _LISTS):
        for entry in entries if isinstance(entries, list) else ():
            if not isinstance(entry, dict) or COUNTERS.isdisjoint(entry):
                continue
            when = read_moment(entry.get("timestamp"), limits)
            place = None if when is None else place_time(when, received_at, limits, listed=True)
            if place is not None:
                yield from ((name, value, place[0]) for name, value in _find_counts(entry))


def _find_states(found: Mapping[str, object]) -> Iterator[tuple[str, MeterStatus]]:
    """Find what an Adeunis Pulse says of the state of each channel."""
    for channel in _CHANNELS.values():
        flags = [(found.get(f"{channel}_{flag}"), status) for flag, status in _ADEUNIS_STATES]
        if any(isinstance(flag, bool) for flag, _ in flags):
            yield channel, next((status for flag, status in flags if flag is True), MeterStatus.OK)


def _make_report(names: Sequence[str], channel: str, counted: Readings, device: Readings) -> Report:
    for metric, at, value, mark in zip(device.metric, device.at, device.value, device.mark, strict=True):
        if metric in _SHARED:
            counted.metric.append(metric)
            counted.at.append(at)
            counted.value.append(value)
            counted.mark.append(mark)
    first, *others = (f"{name}/{channel}" for name in names)
    return Report(first, counted, is_optional=True, names=tuple(others))
