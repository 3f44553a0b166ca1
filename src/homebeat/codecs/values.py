"""One named value of a message: is it a metric, and can it be true? Shared by the codecs that carry names and values."""

from __future__ import annotations

import math
from itertools import islice
from typing import Final

from homebeat.codecs.tolerant import NotFinite, Twice
from homebeat.codecs.wire import Limits, Mark, Readings
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import ALARMS, METRIC_BY_NAME, PLAUSIBLE, MeterStatus, Metric, Plausible, Shape, meter_status_of

#: The one wire field that stands for several metrics.
ALARM: Final = "alarm"
#: Metrics that a device may name; the rest are of our own making.
NAMED: Final = {name: metric for name, metric in METRIC_BY_NAME.items() if metric in ALARMS.values() or metric in PLAUSIBLE}
_LONGEST_NAME: Final = 64
_SHOWN: Final = 80
#: Levels and items of a nested value that are shown. A device may nest as deep as its message is long, Python may not.
_LEVELS: Final = 3
_ITEMS: Final = 8


def shown(value: object) -> str:
    """A value as it may stand in a fault's detail: escaped, short, one line."""
    return _outline(value, _LEVELS)[:_SHOWN]


def _outline(value: object, levels: int) -> str:
    """The outer levels of a value, in the manner of `ascii`, which would walk all of them."""
    if isinstance(value, str):
        return ascii(value[:_SHOWN])
    if not isinstance(value, Twice | list | dict):
        return ascii(value)
    if not levels:
        return "..."
    if isinstance(value, Twice):
        return "twice " + _outline(list(value.values[:_ITEMS]), levels - 1)
    if isinstance(value, list):
        return f"[{', '.join(_outline(item, levels - 1) for item in value[:_ITEMS])}]"
    pairs = (f"{_outline(name, 1)}: {_outline(item, levels - 1)}" for name, item in islice(value.items(), _ITEMS))
    return f"{{{', '.join(pairs)}}}"


def refuse(readings: Readings, reason: QuarantineReason, name: str, why: str) -> None:
    """Note a part of the message that could not be used; `why` is ours or already `shown`."""
    readings.faults.append((reason, f"{shown(name)[1:-1]}: {why}"))


def beat(readings: Readings, at: int, mark: Mark) -> None:
    """Note that the device is alive and had nothing else to say."""
    _append(readings, Metric.HEARTBEAT, at, 1.0, mark)


def take(readings: Readings, name: str, value: object, at: int, mark: Mark, limits: Limits) -> None:
    """Add one named value to `readings`: as a reading, an extra, an unmeasured value or a fault."""
    if value is None:
        readings.unmeasured += 1
    elif name == ALARM:
        _take_alarm(readings, value, at, mark)
    elif isinstance(value, Twice):
        refuse(readings, QuarantineReason.WRONG_SHAPE, name, "given twice")
    elif (metric := NAMED.get(name)) is not None:
        _take_metric(readings, metric, value, at, mark, limits)
    else:
        take_extra(readings, name, value, at, limits)


def take_alarms(readings: Readings, name: str, value: object, at: int, mark: Mark) -> bool:
    """Add the value if it is an alarm, whatever else of the entry is refused; whether it was one."""
    metric = NAMED.get(name)
    if name == ALARM:
        _take_alarm(readings, value, at, mark)
    elif metric is not None and metric.is_alarm:
        _take_raised(readings, metric, value, at, mark)
    else:
        return False
    return True


def take_extra(readings: Readings, name: str, value: object, at: int, limits: Limits) -> None:
    """Keep a value of an unknown metric as text; numbers, booleans and short printable texts only."""
    text = _text_of(value)
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        refuse(readings, QuarantineReason.WRONG_SHAPE, name[:_LONGEST_NAME], "not a name of a metric")
    elif text is None:
        refuse(readings, QuarantineReason.WRONG_TYPE, name, shown(value))
    elif len(text) > limits.max_text:
        refuse(readings, QuarantineReason.TOO_LARGE, name, f"{len(text)} characters")
    elif len(readings.extras) >= limits.max_extras:
        refuse(readings, QuarantineReason.TOO_LARGE, name, f"more than {limits.max_extras} unknown metrics")
    else:
        readings.extras.append((name, at, text))


def _text_of(value: object) -> str | None:
    """Text without control, direction or lone surrogate characters: it is stored, logged and shown."""
    if isinstance(value, str):
        return value if value.isprintable() else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    return None


def _take_alarm(readings: Readings, value: object, at: int, mark: Mark) -> None:
    for text in value.values if isinstance(value, Twice) else (value,):
        if text is None:
            readings.unmeasured += 1
        elif isinstance(text, str) and (metric := ALARMS.get(text.strip().lower())) is not None:
            _append(readings, metric, at, 1.0, mark)
        else:
            refuse(readings, QuarantineReason.WRONG_TYPE, ALARM, shown(text))


def _take_raised(readings: Readings, metric: Metric, value: object, at: int, mark: Mark) -> None:
    if isinstance(value, Twice):
        value = any(v == 1 for v in value.values)  # raised once is raised
    if not isinstance(value, bool | int | float) or value not in {0, 1}:
        refuse(readings, QuarantineReason.WRONG_TYPE, metric.wire_name, shown(value))
    elif value:
        _append(readings, metric, at, 1.0, mark)
    else:
        readings.unmeasured += 1


def _take_metric(readings: Readings, metric: Metric, value: object, at: int, mark: Mark, limits: Limits) -> None:
    if metric.is_alarm:
        _take_raised(readings, metric, value, at, mark)
        return
    plausible = PLAUSIBLE[metric]
    if plausible.shape is Shape.STATUS:
        _take_status(readings, metric, value, at, mark, limits)
    elif (number := _number_of(value, plausible)) is None:
        refuse(readings, QuarantineReason.WRONG_TYPE, metric.wire_name, shown(value))
    elif number in plausible.unmeasured:
        readings.unmeasured += 1
    elif not plausible.low <= number <= plausible.high:
        refuse(readings, QuarantineReason.ABSURD_VALUE, metric.wire_name, shown(value))
    elif len(readings.metric) >= limits.max_readings:
        refuse(readings, QuarantineReason.TOO_LARGE, metric.wire_name, f"more than {limits.max_readings} readings")
    else:
        _append(readings, metric, at, number, mark)


def _number_of(value: object, plausible: Plausible) -> float | None:
    """Numbers in quotes are refused: what prints `"000"` or `"undefined"` for a number is not to be believed."""
    if isinstance(value, NotFinite) or not isinstance(value, int | float):
        return None
    if plausible.shape is Shape.BOOLEAN:
        return float(value) if value in {0, 1} else None
    return None if isinstance(value, bool) else float(value)


def _take_status(readings: Readings, metric: Metric, value: object, at: int, mark: Mark, limits: Limits) -> None:
    """A status word nobody knows still says that something is up: OTHER, and the word kept beside it."""
    if not isinstance(value, str):
        refuse(readings, QuarantineReason.WRONG_TYPE, metric.wire_name, shown(value))
        return
    if not value.strip():
        readings.unmeasured += 1
        return
    status = meter_status_of(value)
    if status is MeterStatus.OTHER:
        take_extra(readings, metric.wire_name, value, at, limits)
    _append(readings, metric, at, float(status), mark)


def _append(readings: Readings, metric: Metric, at: int, value: float, mark: Mark) -> None:
    readings.metric.append(int(metric))
    readings.at.append(at)
    readings.value.append(value)
    readings.mark.append(int(mark))
