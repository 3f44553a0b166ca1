"""Takes one named value of a message: is it a metric, and can it be true? Shared by the codecs that carry names and values."""

from __future__ import annotations

import math
from itertools import islice
from typing import Final

from homebeat.codecs.tolerant import NotFinite, Repeated
from homebeat.codecs.wire import Limits, Mark, Readings
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import ALARMS, METRIC_BY_NAME, PLAUSIBLE, MeterStatus, Metric, Plausible, Shape, read_meter_status

#: The one wire field that means several metrics.
ALARM: Final = "alarm"
#: Metrics that a device may name; homebeat makes the others itself.
NAMED: Final = {name: metric for name, metric in METRIC_BY_NAME.items() if metric in ALARMS.values() or metric in PLAUSIBLE}
_LONGEST_NAME: Final = 64
_SHOWN: Final = 80
#: Levels and items of a nested value that are shown. A device may nest deeper than Python can follow.
_LEVELS: Final = 3
_ITEMS: Final = 8


def format_value(value: object) -> str:
    """Format a value for the detail of a fault: escaped, short, one line."""
    return _format_outline(value, _LEVELS)[:_SHOWN]


def _format_outline(value: object, levels: int) -> str:
    """Format the outer levels of a value like `ascii`, which would walk all of them."""
    if isinstance(value, str):
        return ascii(value[:_SHOWN])
    if not isinstance(value, Repeated | list | dict):
        return ascii(value)
    if not levels:
        return "..."
    if isinstance(value, Repeated):
        return "twice " + _format_outline(list(value.values[:_ITEMS]), levels - 1)
    if isinstance(value, list):
        return f"[{', '.join(_format_outline(item, levels - 1) for item in value[:_ITEMS])}]"
    pairs = (f"{_format_outline(name, 1)}: {_format_outline(item, levels - 1)}" for name, item in islice(value.items(), _ITEMS))
    return f"{{{', '.join(pairs)}}}"


def add_fault(readings: Readings, reason: QuarantineReason, name: str, why: str) -> None:
    """Note a part of the message that could not be used. `why` is our own text, or already escaped by `format_value`."""
    readings.faults.append((reason, f"{format_value(name)[1:-1]}: {why}"))


def add_heartbeat(readings: Readings, at: int, mark: Mark) -> None:
    """Add a heartbeat: the device is alive, and the message holds nothing else."""
    _append(readings, Metric.HEARTBEAT, at, 1.0, mark)


def take(readings: Readings, name: str, value: object, at: int, mark: Mark, limits: Limits) -> None:
    """Add one named value to `readings`: as a reading, an extra, an unmeasured value or a fault."""
    if value is None:
        readings.unmeasured += 1
    elif name == ALARM:
        _take_alarm(readings, value, at, mark)
    elif isinstance(value, Repeated):
        add_fault(readings, QuarantineReason.WRONG_SHAPE, name, "given twice")
    elif (metric := NAMED.get(name)) is not None:
        _take_metric(readings, metric, value, at, mark, limits)
    else:
        take_extra(readings, name, value, at, limits)


def take_alarms(readings: Readings, name: str, value: object, at: int, mark: Mark) -> bool:
    """Add the value if it is an alarm, even if the rest of the entry is refused; returns whether it was one."""
    metric = NAMED.get(name)
    if name == ALARM:
        _take_alarm(readings, value, at, mark)
    elif metric is not None and metric.is_alarm:
        _take_raised(readings, metric, value, at, mark)
    else:
        return False
    return True


def take_extra(readings: Readings, name: str, value: object, at: int, limits: Limits) -> None:
    """Keep the value of an unknown metric as text; numbers, booleans and short printable texts only."""
    text = _convert_to_text(value)
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        add_fault(readings, QuarantineReason.WRONG_SHAPE, name[:_LONGEST_NAME], "not a name of a metric")
    elif text is None:
        add_fault(readings, QuarantineReason.WRONG_TYPE, name, format_value(value))
    elif len(text) > limits.max_text:
        add_fault(readings, QuarantineReason.TOO_LARGE, name, f"{len(text)} characters")
    elif len(readings.extras) >= limits.max_extras:
        add_fault(readings, QuarantineReason.TOO_LARGE, name, f"more than {limits.max_extras} unknown metrics")
    else:
        readings.extras.append((name, at, text))


def _convert_to_text(value: object) -> str | None:
    """Convert to text without control, direction or lone surrogate characters: it is stored, logged and shown."""
    if isinstance(value, str):
        return value if value.isprintable() else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    return None


def _take_alarm(readings: Readings, value: object, at: int, mark: Mark) -> None:
    for text in value.values if isinstance(value, Repeated) else (value,):
        if text is None:
            readings.unmeasured += 1
        elif isinstance(text, str) and (metric := ALARMS.get(text.strip().lower())) is not None:
            _append(readings, metric, at, 1.0, mark)
        else:
            add_fault(readings, QuarantineReason.WRONG_TYPE, ALARM, format_value(text))


def _take_raised(readings: Readings, metric: Metric, value: object, at: int, mark: Mark) -> None:
    if isinstance(value, Repeated):
        value = any(v == 1 for v in value.values)  # raised once is raised
    if not isinstance(value, bool | int | float) or value not in {0, 1}:
        add_fault(readings, QuarantineReason.WRONG_TYPE, metric.wire_name, format_value(value))
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
    elif (number := _convert_to_number(value, plausible)) is None:
        add_fault(readings, QuarantineReason.WRONG_TYPE, metric.wire_name, format_value(value))
    elif number in plausible.unmeasured:
        readings.unmeasured += 1
    elif not plausible.low <= number <= plausible.high:
        add_fault(readings, QuarantineReason.ABSURD_VALUE, metric.wire_name, format_value(value))
    elif len(readings.metric) >= limits.max_readings:
        add_fault(readings, QuarantineReason.TOO_LARGE, metric.wire_name, f"more than {limits.max_readings} readings")
    else:
        _append(readings, metric, at, number, mark)


def _convert_to_number(value: object, plausible: Plausible) -> float | None:
    """Convert to a number. Numbers in quotes are refused: firmware that sends `"000"` or `"undefined"` is not reliable."""
    if isinstance(value, NotFinite) or not isinstance(value, int | float):
        return None
    if plausible.shape is Shape.BOOLEAN:
        return float(value) if value in {0, 1} else None
    try:
        return None if isinstance(value, bool) else float(value)
    except OverflowError:
        return math.inf  # a whole number of hundreds of digits


def _take_status(readings: Readings, metric: Metric, value: object, at: int, mark: Mark, limits: Limits) -> None:
    """Add a status. An unknown word still means that something is wrong: it becomes OTHER, and the word is kept as an extra."""
    if not isinstance(value, str):
        add_fault(readings, QuarantineReason.WRONG_TYPE, metric.wire_name, format_value(value))
        return
    if not value.strip():
        readings.unmeasured += 1
        return
    status = read_meter_status(value)
    if status is MeterStatus.OTHER:
        take_extra(readings, metric.wire_name, value, at, limits)
    _append(readings, metric, at, float(status), mark)


def _append(readings: Readings, metric: Metric, at: int, value: float, mark: Mark) -> None:
    readings.metric.append(int(metric))
    readings.at.append(at)
    readings.value.append(value)
    readings.mark.append(int(mark))
