"""Finds what is wrong with a device of which nothing useful is understood: its codec, its names, or its kind."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from homebeat.codecs.channels import COUNTERS
from homebeat.codecs.envelope import Format
from homebeat.codecs.tolerant import decode_tolerantly
from homebeat.codecs.values import ALARM, NAMED
from homebeat.codecs.wire import Raw, Unreadable
from homebeat.domain.fleet import DeviceKind
from homebeat.domain.last_message import DeviceHint, HintCode
from homebeat.domain.metric import Metric

#: Of these, a device of each kind gives at least one when it works. Other kinds may be silent until something happens.
NEEDED: Final[Mapping[DeviceKind, tuple[Metric, ...]]] = {
    DeviceKind.WATER_METER: (Metric.VOLUME_M3,),
    DeviceKind.WRISTBAND: (Metric.HEART_RATE_BPM, Metric.STEPS, Metric.SPO2_PCT, Metric.WORN, Metric.BODY_TEMPERATURE_C),
    DeviceKind.DOOR: (Metric.DOOR_OPEN,),
    DeviceKind.BED: (Metric.BED_OCCUPIED,),
    DeviceKind.MOTION: (Metric.MOTION,),
}
#: What makers write for our metrics, in small letters without anything but letters and digits.
_SAME: Final[Mapping[str, str]] = {
    **dict.fromkeys(("totalm3", "waterm3"), "volume_m3"),
    **dict.fromkeys(("hr", "pulse", "bpm", "heartrate", "heart", "actbpm"), "heart_rate_bpm"),
    **dict.fromkeys(("spo2", "oxygen", "bloodoxygen", "o2"), "spo2_pct"),
    **dict.fromkeys(("step", "stepcount", "stepscount", "pedometer"), "steps"),
    **dict.fromkeys(("bodytemp", "temperature", "temp"), "body_temperature_c"),
    **dict.fromkeys(("battery", "batt", "bat", "power", "batterylevel"), "battery_pct"),
    **dict.fromkeys(("pir", "occupancy", "movement", "motiondetected"), "motion"),
    **dict.fromkeys(("door", "open", "opened", "dooropened", "doorstatus", "magnetstatus"), "door_open"),
    **dict.fromkeys(("inbed", "bed", "occupied", "bedoccupancy"), "bed_occupied"),
    **dict.fromkeys(("rssi", "signal"), "rssi_dbm"),
    **dict.fromkeys(("flow", "flowrate"), "flow_m3h"),
    **dict.fromkeys(("wear", "onwrist", "wearing"), "worn"),
}
#: Names of volumes, in the same writing: in cubic metres in one decoder, in litres in the next.
_UNITLESS: Final = frozenset(
    (
        "total", "volume", "watervolume", "totalvolume", "currentvolume", "logvolume", "logcurrentvolume1", "meterreading",
        "reading", "waterreading", "watertotal", "cumulative", "cumulativevolume", "consumption", "waterconsumption", "index",
        "currentreading", "totalflow", "cumulativeflow", "accumulatedflow", "waterread", "amount",
    )
)  # fmt: skip
#: Of a door: whether open or closed is 1, its decoder does not say.
_OF_A_DOOR: Final = frozenset({"status", "state", "reed", "contact", "position"})
_CUTOFF: Final = 0.75
_MOST_PAIRS: Final = 5
#: So many of a message's unknown names are looked at.
_MOST_NAMES: Final = 50


def find_hint(
    kind: DeviceKind,
    payload: bytes,
    read_by: str,
    unknown: Sequence[str],
    formats: Sequence[Format],
    *,
    has_given: bool,
    unclaimed: Sequence[str] = (),
) -> DeviceHint | None:
    """Find what may be wrong with the device that sent this message; None where nothing seems to be.

    Args:
        kind: Of the device.
        payload: The message.
        read_by: The name of what read it.
        unknown: Names of its values that were kept and are not judged.
        formats: What could read it, each with its `recognises`.
        has_given: The device has given, now or before, one of the metrics that its kind is there for.
        unclaimed: Those of the unknown names that are metrics which its model does not measure. It is the last thing to say of a
            device of which nothing useful is understood, unless it explains that.
    """
    beyond = DeviceHint(HintCode.UNCLAIMED, {"metrics": " ".join(unclaimed)}) if unclaimed else None
    if has_given or kind not in NEEDED:
        return beyond
    unknown = [name for name in unknown if name not in unclaimed]
    found = _decode(payload)
    other = next((one.name for one in formats if one.name != read_by and _looks_like(one, found)), None)
    if other is not None:
        return DeviceHint(HintCode.CODEC, {"codec": other})
    unitless = [name for name in unknown[:_MOST_NAMES] if _tidy(name) in _UNITLESS][:_MOST_PAIRS]
    if unitless and kind is DeviceKind.WATER_METER:
        return DeviceHint(HintCode.UNIT, {"names": ", ".join(unitless)})
    if kind is DeviceKind.WATER_METER and (counts := _find_counts(unknown[:_MOST_NAMES])) is not None:
        return counts
    pairs = list(_pair_names(unknown[:_MOST_NAMES], kind))[:_MOST_PAIRS]
    if pairs:
        return DeviceHint(HintCode.NAMES, {"names": ", ".join(f"{theirs}: {ours}" for theirs, ours in pairs)})
    if beyond is not None and not {metric.wire_name for metric in NEEDED[kind]}.isdisjoint(unclaimed):
        return beyond
    return DeviceHint(HintCode.NO_VALUE, {"metric": NEEDED[kind][0].wire_name})


def has_needed(kind: DeviceKind, metrics: Collection[int]) -> bool:
    """Whether one of the metrics that this kind is there for is among these; true for kinds that need none."""
    return kind not in NEEDED or not frozenset(map(int, NEEDED[kind])).isdisjoint(metrics)


def _decode(payload: bytes) -> object:
    """Decode JSON; what is none stays the bytes that it is."""
    try:
        return decode_tolerantly(payload)
    except Unreadable:
        return payload


def _looks_like(one: Format, found: object) -> bool:
    try:
        return one.recognises(found)
    except Exception:  # noqa: BLE001 -- the fence round a format, perhaps of a package: a hint must cost nobody anything
        return False


def _tidy(name: str) -> str:
    """Write the last part of a name in small letters and digits."""
    return "".join(filter(str.isalnum, name.rsplit("/", 1)[-1].rsplit(".", 1)[-1].casefold()))


def _find_counts(unknown: Sequence[str]) -> DeviceHint | None:
    """Find counts that only the registry explains: pulses, or counters to each of which a meter may be wired."""
    if Raw.PULSES.name.lower() in unknown:
        return DeviceHint(HintCode.PULSES)
    counters = [name for name in unknown if name in COUNTERS][:_MOST_PAIRS]
    return DeviceHint(HintCode.COUNTERS, {"names": ", ".join(counters), "example": counters[0]}) if counters else None


def _pair_names(unknown: Sequence[str], kind: DeviceKind) -> Iterator[tuple[str, str]]:
    """Pair names of a message with the metrics that they may mean."""
    known = {name: name for name in (*NAMED, ALARM)}
    for name in unknown:
        if _tidy(name) in _UNITLESS:
            continue
        if kind is DeviceKind.DOOR and _tidy(name) in _OF_A_DOOR:
            yield name, Metric.DOOR_OPEN.wire_name
            continue
        near = _SAME.get(_tidy(name)) or next(iter(difflib.get_close_matches(name.casefold(), known, 1, _CUTOFF)), None)
        if near is not None:
            yield name, near
