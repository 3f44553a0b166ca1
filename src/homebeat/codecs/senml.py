"""Decodes SenML JSON (RFC 8428) on the native topic: a list of records with base fields, names ending in a metric's wire name.

A record's name is base name + name. Its last part (after `/` or `:`) is the metric. The topic names the device; names in the
message never do. A unit that is given is checked, and units of RFC 8428 and 8798 that mean the same are converted.
Times of 2^28 s and more are absolute. Smaller ones count from arrival and are marked UNTIMED. A pack whose records all have
one time is live, like a single native object. A pack with several times is back-fill.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec

from homebeat.codecs.times import convert_to_ms, place_time
from homebeat.codecs.tolerant import decode_tolerantly
from homebeat.codecs.values import NAMED, add_fault, add_heartbeat, format_value, take, take_alarms, take_extra
from homebeat.codecs.wire import Limits, Mark, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import PLAUSIBLE, Metric, Shape

_DEFAULT: Final = Limits()
_ABSOLUTE_S: Final = 2.0**28
_NEWEST_VERSION: Final = 10
_PARTS: Final = re.compile(r"[/:]")
_VALUES: Final = ("v", "vb", "vs", "vd")
_KELVIN: Final = 273.15

#: metric -> unit -> (factor, offset) to the metric's own unit.
_UNITS: Final[dict[Metric, dict[str, tuple[float, float]]]] = {
    Metric.VOLUME_M3: {"m3": (1, 0), "l": (1e-3, 0)},
    Metric.FLOW_M3H: {"m3/h": (1, 0), "m3/s": (3600, 0), "l/s": (3.6, 0), "l/min": (0.06, 0), "l/h": (1e-3, 0)},
    Metric.HEART_RATE_BPM: {"beat/min": (1, 0), "1/min": (1, 0)},
    Metric.SPO2_PCT: {"%": (1, 0), "/100": (1, 0), "/": (100, 0)},
    Metric.BODY_TEMPERATURE_C: {"Cel": (1, 0), "K": (1, -_KELVIN)},
    Metric.STEPS: {"count": (1, 0), "1": (1, 0)},
    Metric.MOTION: {"count": (1, 0), "1": (1, 0)},
    Metric.BATTERY_PCT: {"%EL": (1, 0), "%": (1, 0), "/100": (1, 0), "/": (100, 0)},
    Metric.RSSI_DBM: {"dBm": (1, 0), "dBW": (1, 30)},
    Metric.LAT: {"lat": (1, 0)},
    Metric.LON: {"lon": (1, 0)},
}


class _PlainMetric(NamedTuple):
    """A metric that the fast path reads where its value is of these types and within these bounds."""

    metric: int
    low: float
    high: float
    types: frozenset[type]
    unmeasured: frozenset[float]


_JSON: Final = msgspec.json.Decoder()
_NUMBERS: Final = frozenset({int, float})
#: How a base name must end for the fast path: the record's name is then the metric.
_ENDS: Final = frozenset({"", "/", ":"})
_PLAIN: Final = {
    metric.wire_name: _PlainMetric(
        int(metric), p.low, p.high, frozenset({bool}) if p.shape is Shape.BOOLEAN else _NUMBERS, p.unmeasured
    )
    for metric, p in PLAUSIBLE.items()
    if p.shape is not Shape.STATUS
}


@dataclass(frozen=True, slots=True)
class _Resolved:
    """One record with the base fields applied; `after_s` is its time in SenML's seconds, absolute or relative to arrival."""

    name: str
    kind: str
    value: object
    unit: str
    after_s: float


@dataclass(slots=True)
class _Base:
    name: str = ""
    time_s: float = 0.0
    unit: str = ""
    value: float = 0
    sum: float = 0


def is_senml(payload: bytes) -> bool:
    """Whether a payload on the topic that is shared with the native form is a SenML pack; never true of an object."""
    return payload.lstrip()[:1] == b"[" and (b'"n"' in payload or b'"bn"' in payload) and b'"at"' not in payload


def decode(payload: bytes, received_at: int, limits: Limits = _DEFAULT) -> Readings:
    """Decode one SenML pack.

    Args:
        payload: The bytes as they came.
        received_at: Arrival, epoch ms.
        limits: Sizes and times beyond which parts are refused.

    Raises:
        Unreadable: Nothing of the pack can be used.
    """
    if len(payload) > limits.max_payload_bytes:
        raise Unreadable(QuarantineReason.TOO_LARGE, f"{len(payload)} bytes")
    plain = _read_plainly(payload, received_at, limits)
    if plain is not None:
        return plain
    pack = decode_tolerantly(payload)
    if not isinstance(pack, list):
        raise Unreadable(QuarantineReason.WRONG_SHAPE, f"not a list of records: {format_value(pack)}")
    readings = Readings()
    records = _resolve_pack(pack, readings)
    if not records and not readings.faults:
        raise Unreadable(QuarantineReason.EMPTY)
    listed = len({record.after_s for record in records if record.kind}) > 1
    for record in records:
        if record.kind:
            _take_record(readings, record, received_at, limits, listed=listed)
    if not readings.metric and records and (readings.extras or readings.unmeasured or not readings.faults):
        add_heartbeat(
            readings, *(_place_record(records[0], received_at, limits, listed=False) or (received_at, Mark.CLOCK_CORRECTED))
        )
    return readings


def _read_plainly(payload: bytes, received_at: int, limits: Limits) -> Readings | None:
    """Decode on the fast path: one absolute time, known metrics, no units. None for any other pack."""
    try:
        pack: Any = _JSON.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if pack.__class__ is not list or not 0 < len(pack) <= limits.max_readings or pack[0].__class__ is not dict:
        return None
    base: Any = pack[0].pop("bn", "")
    time_s: Any = pack[0].pop("bt", None)
    kind: type = time_s.__class__
    if base.__class__ is not str or base[-1:] not in _ENDS or kind not in _NUMBERS or time_s < _ABSOLUTE_S:
        return None
    readings = Readings()
    for record in pack:
        if record.__class__ is not dict or not _take_plainly(readings, record):
            return None
    # Outside of texts there is one colon for each name, and the first record has two more. More mean a name given twice.
    if not readings.metric or payload.count(b":") != 2 * len(pack) + (2 if base else 1) + base.count(":"):
        return None
    at, mark = place_time(convert_to_ms(time_s), received_at, limits, listed=False) or (received_at, Mark.CLOCK_CORRECTED)
    readings.at = [at] * len(readings.metric)
    readings.mark = [int(mark)] * len(readings.metric)
    return readings


def _take_plainly(readings: Readings, record: dict[str, Any]) -> bool:
    """Add a record that has only a known name and a value in range; returns whether it was one."""
    known = _PLAIN.get(record["n"]) if len(record) == 2 and record.get("n").__class__ is str else None
    if known is None:
        return False
    value: Any = record.get("v", record.get("vb"))
    kind: type = value.__class__
    if kind not in known.types:
        return False
    if known.unmeasured and value in known.unmeasured:
        readings.unmeasured += 1
        return True
    readings.metric.append(known.metric)
    readings.value.append(float(value))
    return bool(known.low <= value <= known.high)


def _resolve_pack(pack: list[object], readings: Readings) -> list[_Resolved]:
    """Apply base fields; returns the records that have a value or a time. One without a value has an empty kind."""
    base = _Base()
    records: list[_Resolved] = []
    for record in pack:
        if not isinstance(record, dict):
            add_fault(readings, QuarantineReason.WRONG_SHAPE, "record", format_value(record))
            continue
        _refuse_unknown_labels(record)
        fault = _rebase(base, record)
        if fault:
            add_fault(readings, QuarantineReason.WRONG_TYPE, fault, format_value(record[fault]))
            continue
        resolved = _resolve(base, record, readings)
        if resolved is not None and (resolved.kind or "t" in record or "bt" in record):
            records.append(resolved)
    return records


def _refuse_unknown_labels(record: dict[str, object]) -> None:
    for label in record:
        if label.endswith("_"):
            raise Unreadable(QuarantineReason.WRONG_SHAPE, f"{format_value(label)} must be understood")
    version = record.get("bver", _NEWEST_VERSION)
    if not isinstance(version, int) or version > _NEWEST_VERSION:
        raise Unreadable(QuarantineReason.WRONG_SHAPE, f"bver {format_value(version)}")


def _rebase(base: _Base, record: dict[str, object]) -> str:
    """Update the base fields from a record; returns the label of a field of the wrong type, or an empty text."""
    for label in ("bn", "bu", "n", "u"):
        if not isinstance(record.get(label, ""), str):
            return label
    for label in ("bt", "bv", "bs", "t", "s"):
        if label in record and _read_number(record[label]) is None:
            return label
    base.name = str(record.get("bn", base.name))
    base.unit = str(record.get("bu", base.unit))
    base.time_s = _read_number(record.get("bt", base.time_s)) or 0.0
    base.value = _read_number(record.get("bv", base.value)) or 0
    base.sum = _read_number(record.get("bs", base.sum)) or 0
    return ""


def _resolve(base: _Base, record: dict[str, object], readings: Readings) -> _Resolved | None:
    after_s = base.time_s + (_read_number(record.get("t", 0.0)) or 0.0)
    name = _PARTS.split(base.name + str(record.get("n", "")))[-1]
    unit = str(record.get("u", base.unit))
    given = [label for label in _VALUES if label in record]
    if len(given) > 1:
        add_fault(readings, QuarantineReason.WRONG_SHAPE, name, f"more than one value: {', '.join(given)}")
        return None
    if given:
        value = record[given[0]]
        number = _read_number(value)
        return _Resolved(name, given[0], number + base.value if given[0] == "v" and number is not None else value, unit, after_s)
    if "s" in record:
        return _Resolved(name, "s", (_read_number(record["s"]) or 0) + base.sum, unit, after_s)
    return _Resolved(name, "", None, unit, after_s)


def _read_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def _place_record(record: _Resolved, received_at: int, limits: Limits, *, listed: bool) -> tuple[int, Mark] | None:
    after_ms = convert_to_ms(record.after_s)
    if record.after_s >= _ABSOLUTE_S:
        return place_time(after_ms, received_at, limits, listed=listed)
    place = place_time(received_at + after_ms, received_at, limits, listed=listed)
    return place if place is None else (place[0], place[1] or Mark.UNTIMED)


def _take_record(readings: Readings, record: _Resolved, received_at: int, limits: Limits, *, listed: bool) -> None:
    name = record.name
    place = _place_record(record, received_at, limits, listed=listed)
    if place is None:
        if not take_alarms(readings, name, record.value, received_at, Mark.CLOCK_CORRECTED):
            add_fault(readings, QuarantineReason.ABSURD_TIME, name, f"{record.after_s} s")
        return
    metric = NAMED.get(name)
    if record.kind == "s":
        # The integral of a metric is not the metric: a sum of flow is kept as an extra and not judged.
        take_extra(readings, f"{name}.sum", record.value, place[0], limits)
    elif metric is None or not record.unit or record.kind != "v" or metric not in _UNITS:
        take(readings, name, record.value, *place, limits)
    elif (scale := _UNITS[metric].get(record.unit)) is None:
        add_fault(readings, QuarantineReason.WRONG_TYPE, name, f"unit {format_value(record.unit)}")
    else:
        number = _read_number(record.value)
        take(readings, name, record.value if number is None else number * scale[0] + scale[1], *place, limits)
