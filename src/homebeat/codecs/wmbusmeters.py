"""Decodes what wmbusmeters makes of the telegrams of meters and sensors: one flat JSON object for each.

What a telegram is about says its `media`, and its `meter` (the driver) where that says more. Only of water is a total a total of
ours. Of a meter's many totals only the present one is read: those of the last period, of a date or of a month are older, and
would look like a meter that runs backwards. What is read of each driver: `docs/readings.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.plain import NOTHING, SHOWN, Names, Plain, describe_number, take_plainly
from homebeat.codecs.reports import decode_object, hear, place_moment, put, read_text, show, take_number
from homebeat.codecs.values import add_fault, add_heartbeat, take
from homebeat.codecs.wire import Limits, Mark, Raw, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric

NAME: Final = "wmbusmeters"
TOPICS: Final = ("wmbusmeters/+",)
#: Media under which drivers hide what they are about: a radio module that is screwed onto a meter says what it is itself.
_SAYS_NOTHING: Final = frozenset(
    {"", "unknown", "other", "reserved", "radio converter (meter side)", "radio converter (system side)", "bus/system component"}
)
#: So ends what meters of heat and electricity measure.
_ENERGY: Final = ("_kwh", "_mj", "_gj", "_mwh", "_kw", "_hca", "_kvarh")
_DOOR: Final = "lansendw"
_PULSES: Final = "lansenpu"
#: A detector sounds for a minute or so after its button was pressed, and its telegram may come some minutes later.
_TEST_MINUTES: Final = 5
#: Where there is no water to measure, its temperature is a byte of ones, or colder than anything.
_NO_TEMPERATURE: Final = 127
_COLDEST: Final = -60
#: Fields that hold the state, the first that is there counts.
_STATES: Final = ("status", "current_status", "current_alarms")
_FLOWS: Final = ("flow_m3h", "volume_flow_m3h", "current_flow_m3h")
_TEMPERATURES: Final[Mapping[str, str]] = {
    "flow_temperature_c": "water_temperature_c",
    "flow_temperature": "water_temperature_c",
    "external_temperature_c": "ambient_temperature_c",
    "external_temperature": "ambient_temperature_c",
    "temperature_c": "ambient_temperature_c",
    "current_temperature_c": "temperature_c",
}
#: Shown, and judged by nothing.
_SHOWN: Final[Mapping[str, str]] = {
    **_TEMPERATURES,
    "backflow_m3": "backflow_m3",
    "total_backward_m3": "backflow_m3",
    "total_backwards_m3": "backflow_m3",
    "total_backward_flow_m3": "backflow_m3",
    "remaining_battery_life_y": "battery_life_y",
    "battery_y": "battery_life_y",
    "battery_v": "battery_voltage_v",
    "voltage_v": "battery_voltage_v",
    "current_relative_humidity_rh": "humidity_pct",
    "relative_humidity_rh": "humidity_pct",
    "humidity_rh": "humidity_pct",
    "co2_ppm": "co2_ppm",
    "error_flags": "device_fault",
    "alarm_counter": "alarm_counter",
    "last_alarm_date": "last_alarm_date",
    "test_button_counter": "test_button_counter",
    "removed_counter": "removed_counter",
    "dust_level_counter": "dust_level",
    "minutes_since_last_manual_test_counter": "minutes_since_test",
}
_EXPLAINED: Final = frozenset(
    {*_STATES, *_FLOWS, *_SHOWN, "_", "id", "name", "media", "meter", "timestamp", "total_m3", "total", "device",
     "battery_pct", "battery_level", "rssi_dbm", "a_counter", "b_counter", "async_msg_id_counter"}
)  # fmt: skip
_NAMES: Final = Names(
    {
        **dict.fromkeys(_EXPLAINED - {"battery_level"}, NOTHING),
        **{name: Plain(SHOWN, shown) for name, shown in _SHOWN.items()},
        **{name: Plain(SHOWN, shown, _COLDEST, _NO_TEMPERATURE - 1) for name, shown in _TEMPERATURES.items()},
        "battery_pct": describe_number(Metric.BATTERY_PCT),
        "rssi_dbm": describe_number(Metric.RSSI_DBM),
    }.get
)
#: Words of a smoke detector that say nothing of note, or stand in readings of their own.
_CALM: Final = frozenset({"ok", "smoke", "manual_test", "low_battery", "power_low", "battery_low", "low_battery_fault",
                          "tamper_while_removed"})  # fmt: skip
#: Those that are about a trouble of its own, though they speak of smoke or alarms.
_OF_A_DETECTOR: Final = frozenset({"smoke_sensor_end_of_life", "no_connection_to_smoke_detector", "alarm_sensor_fault",
                                   "smoke_detector_fully_covered"})  # fmt: skip
#: A detector that never sounded writes this date.
_NEVER: Final = "2000-01-01"
#: No fault, and no alarm.
_NOT_SHOWN: Final = (_NEVER, "OK")
_VOLTS: Final = re.compile(r"([0-9]\.[0-9]{1,3})V")
#: Of so many detectors the count of alarms is remembered, and of each so many changes: a telegram may be read again.
_REMEMBERED: Final = 200_000
_CHANGES: Final = 4
#: In a word that no driver was seen to write, these may be a call.
_CRIES: Final = ("smoke", "alarm", "fire")
#: Members of an enumeration are found slowly.
_VOLUME: Final = Metric.VOLUME_M3
_STATUS: Final = Metric.METER_STATUS
_LOW: Final = frozenset({"low_battery", "power_low", "battery_low", "low_battery_fault"})


class AlarmCounts:
    """How often each detector has sounded, as its telegrams said.

    Some detectors (`ei6500`, `qsmoke`) send now and then, and never while they sound: all that shows an alarm is that its count
    grew. The first telegram of a detector that says an alarm of this day shows it, too.
    """

    def __init__(self) -> None:
        self._counts: dict[str, tuple[tuple[int, int], ...]] = {}  # of each detector (arrival, count), where it changed

    @property
    def size(self) -> int:
        """Of how many detectors a count is remembered."""
        return len(self._counts)

    def has_sounded(self, device: str, found: Mapping[str, object], received_at: int, limits: Limits) -> bool:
        """Whether the detector has sounded since its telegram before. A telegram that is read again gives the same answer.

        Args:
            device: Its id.
            found: The telegram.
            received_at: Arrival, epoch ms.
            limits: `zone` says which day it is; without one it is the day of UTC.
        """
        count = found.get("alarm_counter")
        if not isinstance(count, int) or isinstance(count, bool):
            return False
        known = self._counts.get(device, ())
        before = next((one for at, one in reversed(known) if at < received_at), None)
        if before is None:
            today = datetime.fromtimestamp(received_at / 1000, limits.zone or UTC).date().isoformat()
            has_grown = count > 0 and found.get("last_alarm_date") == today
        else:
            has_grown = count > before
        if count != before:
            if device not in self._counts and len(self._counts) >= _REMEMBERED:
                del self._counts[next(iter(self._counts))]
            self._counts[device] = tuple(sorted({*known, (received_at, count)})[-_CHANGES:])
        return has_grown


def make_format() -> Format:
    """Make the format, with a memory of its own."""
    return Format(NAME, TOPICS, partial(open_telegram, AlarmCounts()), recognises)


def recognises(found: object) -> bool:
    """Whether decoded JSON looks like a telegram."""
    return isinstance(found, dict) and "id" in found and (found.get("_") == "telegram" or {"media", "meter"} <= found.keys())


def open_telegram(counts: AlarmCounts, _topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
    """Open one telegram.

    Args:
        counts: How often detectors have sounded.
        _topic: Says nothing that the telegram does not.
        payload: The bytes as they came.
        received_at: Arrival, epoch ms.
        limits: Sizes and times beyond which parts are refused.

    Raises:
        Unreadable: It is no telegram.
    """
    found = decode_object(payload, limits)
    device, name = read_text(found.get("id")), read_text(found.get("name"))
    if not device:
        raise Unreadable(QuarantineReason.WRONG_SHAPE, "a telegram without an id")
    readings = Readings()
    at, mark = place_moment(readings, "timestamp", found.get("timestamp"), received_at, limits)
    media, driver = found.get("media"), found.get("meter")
    kind = media.lower() if isinstance(media, str) else ""
    if "smoke" in kind:
        _take_detector(readings, found, at, mark, received_at, limits)
        if counts.has_sounded(device, found, received_at, limits) and Metric.ALARM_SMOKE not in readings.metric:
            put(readings, Metric.ALARM_SMOKE, 1.0, at, mark)
    elif driver == _DOOR:
        _take_door(readings, found, at, mark, limits)
    elif "water" in kind or (kind in _SAYS_NOTHING and "total_m3" in found and not any(map(_measures_energy, found))):
        _take_meter(readings, found, at, mark, limits)
    else:
        _take_other(readings, found, at, mark)
    rest = take_plainly(readings, found, _NAMES, at, mark) if len(found) <= limits.max_extras else found
    if rest:
        _take_shared(readings, rest, at, mark, limits)
    if "water" not in kind:
        hear(readings, {key: value for key, value in found.items() if key not in _EXPLAINED}, received_at)
    if not readings.metric:
        add_heartbeat(readings, at, mark)
    return (Report(device, readings, names=(name,) if name else ()),)


def _measures_energy(name: str) -> bool:
    return name.endswith(_ENERGY)


def _take_meter(readings: Readings, found: dict[str, object], at: int, mark: Mark, limits: Limits) -> None:
    """Take a water meter, hot or cold. One that gives no state does not say that all is well."""
    total = found.get("total_m3", found.get("total"))
    if total is not None:
        take_number(readings, _VOLUME, total, at, mark, limits)
    for name in _FLOWS:
        if name in found:
            take_number(readings, Metric.FLOW_M3H, found[name], at, mark, limits)
            break
    state = _read_state(found)
    if state == "OK":
        put(readings, _STATUS, 0.0, at, mark)
    elif state is not None:
        take(readings, Metric.METER_STATUS.wire_name, state, at, mark, limits)


def _take_detector(readings: Readings, found: dict[str, object], at: int, mark: Mark, received_at: int, limits: Limits) -> None:
    """Take a smoke detector. That it says OK again takes no alarm back: smoke thins out, and the button silences it."""
    words = _split_state(found)
    if "smoke" in words:
        since = found.get("minutes_since_last_manual_test_counter")
        is_test = "manual_test" in words or (isinstance(since, int | float) and 0 <= since <= _TEST_MINUTES)
        put(readings, Metric.ALARM_SMOKE, 1.0, at, mark | Mark.TEST if is_test else mark)
    if "tamper_while_removed" in words:
        put(readings, Metric.ALARM_TAMPER, 1.0, at, mark)
    if not _LOW.isdisjoint(words):
        put(readings, Metric.BATTERY_LOW, 1.0, at, mark)
    if troubles := [word for word in words if word not in _CALM]:
        readings.extras.append(("device_fault", at, " ".join(troubles)[: limits.max_text]))
    strange = [word for word in words if word not in _CALM | _OF_A_DETECTOR and any(hint in word for hint in _CRIES)]
    hear(readings, {"alarm": " ".join(strange)} if strange else None, received_at)


def _take_door(readings: Readings, found: dict[str, object], at: int, mark: Mark, limits: Limits) -> None:
    """Take a door contact. Its counter shows the openings that the radio missed."""
    words = _split_state(found)
    if "open" in words or "closed" in words:
        put(readings, Metric.DOOR_OPEN, float("open" in words), at, mark)
    elif words:
        add_fault(readings, QuarantineReason.WRONG_TYPE, "status", "neither open nor closed")
    show(readings, "contact_changes", found.get("a_counter"), at, limits)
    show(readings, "contact_b_changes", found.get("b_counter") or None, at, limits)


def _take_other(readings: Readings, found: dict[str, object], at: int, mark: Mark) -> None:
    """Take a thing that homebeat does not judge by: it is there, and its battery and sealing may need somebody."""
    count = found.get("a_counter")
    if found.get("meter") == _PULSES and isinstance(count, int) and not isinstance(count, bool) and count >= 0:
        put(readings, Raw.PULSES, float(count), at, mark)
    if not _LOW.isdisjoint(_split_state(found)):
        put(readings, Metric.BATTERY_LOW, 1.0, at, mark)


def _take_shared(readings: Readings, found: dict[str, object], at: int, mark: Mark, limits: Limits) -> None:
    """Take what is shown of every kind of telegram and needs care, and the battery and the signal."""
    if "battery_pct" in found:
        take_number(readings, Metric.BATTERY_PCT, found["battery_pct"], at, mark, limits)
    if "rssi_dbm" in found:
        take_number(readings, Metric.RSSI_DBM, found["rssi_dbm"], at, mark, limits)
    volts = found.get("battery_level")
    if isinstance(volts, str) and (written := _VOLTS.fullmatch(volts)) is not None:
        show(readings, "battery_voltage_v", float(written[1]), at, limits)
    for name, value in found.items():
        shown = _SHOWN.get(name)
        if shown is None or value in _NOT_SHOWN:
            continue
        if name in _TEMPERATURES and isinstance(value, int | float) and not _COLDEST <= value < _NO_TEMPERATURE:
            readings.unmeasured += 1
        else:
            show(readings, shown, value, at, limits)


def _read_state(found: dict[str, object]) -> object:
    for name in _STATES:
        if name in found:
            return found[name]
    return None


def _split_state(found: dict[str, object]) -> list[str]:
    state = _read_state(found)
    return state.lower().replace(",", " ").split() if isinstance(state, str) else []
