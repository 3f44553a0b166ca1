"""What the codecs of suppliers' clouds share: values as texts, what means "not measured", and calls for help in unknown fields.

Clouds pass on what devices write: numbers with zeros in front or as texts, `undefined`, empty texts and -1 where nothing was
measured, and payloads that only the maker of the device can read.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from homebeat.codecs.envelope import Report
from homebeat.codecs.fields import LITRES, METRES, TOTALS
from homebeat.codecs.happenings import is_raised_need
from homebeat.codecs.meter_frames import find_frames, read_hex, take_frame
from homebeat.codecs.meter_states import STATE_FLAGS, settle_states
from homebeat.codecs.reports import decode_json, hear, put, read_text
from homebeat.codecs.times import place_time
from homebeat.codecs.tolerant import NotFinite, Repeated
from homebeat.codecs.values import add_fault, add_heartbeat, format_value, take, take_extra
from homebeat.codecs.wire import Limits, Mark, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import PLAUSIBLE, MeterStatus, Metric

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,12})?")
#: Texts that say nothing.
_ABSENT: Final = frozenset({"", "undefined", "null", "none", "nan", "n/a", "-"})
#: Degrees; a position that is nearer to 0, 0 is none: no receiver has a fix in the Gulf of Guinea's middle.
_NO_FIX: Final = 1e-6
_RAISED: Final = frozenset({Metric.ALARM_SOS, Metric.ALARM_FALL, Metric.ALARM_SMOKE, Metric.ALARM_GAS, Metric.ALARM_UNREADABLE})
#: Frames of a meter in one message, at most.
_MOST_FRAMES: Final = 16
#: What says in a field of an alarm that there is none, and that there is one.
_CALM: Final = frozenset({"0", "0.0", "false", "normal", "none", "no", "ok", "off"})
_UP: Final = frozenset({"1", "1.0", "true", "alarm", "yes", "on"})
_WRAPPING: Final = frozenset({"value", "time", "timestamp", "ts", "unit"})
_GROUPS: Final = frozenset(
    {"meterdata", "data", "values", "meter", "watermeter", "status", "state", "properties", "reported", "battery"}
)
#: Before this no device of today was made, epoch ms.
_EARLIEST_MS: Final = 1_000_000_000_000


class CloudReport:
    """What a message says of one device, while it is read.

    Args:
        names: What the cloud calls it; the first is its address, and the registry may know it by another.
        given_at: The device's or the platform's time, epoch ms; None for arrival.
        received_at: Arrival, epoch ms.
        is_old: Whether it may be back-fill, for which arrival tells nothing.
    """

    def __init__(
        self, names: Sequence[str], given_at: int | None, received_at: int, limits: Limits, *, is_old: bool = False
    ) -> None:
        self._names, self._received_at, self._limits = tuple(names), received_at, limits
        self.readings = Readings()
        self._at, self._mark, self._is_refused = received_at, Mark.UNTIMED, False
        if given_at is not None:
            place = place_time(given_at, received_at, limits, listed=is_old)
            if place is None:
                add_fault(self.readings, QuarantineReason.ABSURD_TIME, "time", str(given_at)[:20])
                self._is_refused = True
            else:
                self._at, self._mark = place

    def take(self, metric: Metric, value: object) -> None:
        """Take the value of a metric: a number, also as text; what means "not measured" is left out."""
        number = read_number(value)
        means_none = number == -1 and PLAUSIBLE[metric].low > -1
        if means_none or (number is None and (is_absent(value) or isinstance(value, NotFinite))):
            self.readings.unmeasured += 1
        elif not self._is_refused:
            take(self.readings, metric.wire_name, value if number is None else number, self._at, self._mark, self._limits)

    def take_flag(self, metric: Metric, *, is_set: bool) -> None:
        """Take what is so or not."""
        if not self._is_refused:
            take(self.readings, metric.wire_name, is_set, self._at, self._mark, self._limits)

    def take_position(self, lat: object, lon: object) -> None:
        """Take a position; 0, 0 is none, and what lies outside the earth neither."""
        north, east = read_number(lat), read_number(lon)
        is_somewhere = north is not None and east is not None and max(abs(north), abs(east)) > _NO_FIX
        if is_somewhere and north is not None and east is not None and abs(north) <= 90 and abs(east) <= 180:
            self.take(Metric.LAT, north)
            self.take(Metric.LON, east)
        else:
            self.readings.unmeasured += 1

    def keep(self, name: str, value: object, low: float = float("-inf"), high: float = float("inf")) -> None:
        """Keep what is shown and never judged; a number outside its range was not measured."""
        number = read_number(value)
        if is_absent(value) or (number is not None and not low <= number <= high):
            self.readings.unmeasured += 1
        elif isinstance(value, str | int | float | bool):
            take_extra(self.readings, name, value if number is None else _tidy(number), self._at, self._limits)

    def raise_alarm(self, metric: Metric, *, is_test: bool = False) -> None:
        """Raise an alarm. None is refused for its time; it stands at its arrival then."""
        at, mark = (self._received_at, Mark.CLOCK_CORRECTED) if self._is_refused else (self._at, self._mark)
        put(self.readings, metric, 1.0, at, mark | Mark.TEST if is_test else mark)

    def take_alarm(self, metric: Metric, value: object) -> None:
        """Take the flag of an alarm; a value that is neither raised nor calm is looked at for a call that nobody explained."""
        given = value.values if isinstance(value, Repeated) else (value,)
        words = {
            str(one).strip().lower() if isinstance(one, bool | int | float | str) else "" for one in given if not is_absent(one)
        }
        if not words.isdisjoint(_UP):
            self.raise_alarm(metric)
        elif words <= _CALM:
            self.readings.unmeasured += 1
        else:  # a number of a detector may be so much smoke; of an SOS it is heard
            self.set_aside(metric.wire_name, value)
            self.look_for_need({metric.wire_name.removeprefix("alarm_"): value})

    def take_state(self, status: MeterStatus, value: object) -> bool:
        """Take the flag of a trouble of a meter; returns whether it is one. A number that is none may be an amount."""
        word = str(value).strip().lower() if isinstance(value, bool | int | float | str) else ""
        if word not in _UP | _CALM:
            return False
        if not self._is_refused:
            put(self.readings, Metric.METER_STATUS, float(status if word in _UP else MeterStatus.OK), self._at, self._mark)
        return True

    def settle(self, unexplained: Mapping[str, object]) -> None:
        """Keep of all states of a meter the worst; none is fine where a trouble is raised that nobody explains."""
        if int(Metric.METER_STATUS) in self.readings.metric:
            settle_states(self.readings, self._at, unexplained)

    def set_aside(self, place: str, value: object) -> None:
        """Note that a part needs the decoder of its maker: the message is kept with its bytes. Frames of CJ/T 188 do not."""
        if isinstance(value, str) and self._take_frames(value):
            return
        add_fault(
            self.readings, QuarantineReason.WRONG_SHAPE, place, f"needs a map of fields or a decoder: {format_value(value)}"
        )

    def _take_frames(self, text: str) -> bool:
        """Take the frames of one meter in hex digits or base64; returns whether there are any, and of one meter only."""
        frames = [one for raw in (read_hex(text), read_base64(text)) for one in find_frames(raw or b"", _MOST_FRAMES)[0]]
        replies = [one for one in frames if one.is_reply]
        if self._is_refused or len({one.meter for one in replies}) != 1:
            return False
        for frame in replies:
            take_frame(self.readings, frame, self._at, self._mark, self._limits)
        self._names = tuple(dict.fromkeys((*self._names, replies[0].meter)))
        return True

    def look_for_need(self, part: object) -> bool:
        """Look through what nobody explains for a call for help, which stands at its arrival; returns whether one is raised.

        Raises:
            Unreadable: It is nested too deeply.
        """
        hear(self.readings, part, self._received_at)
        if isinstance(part, dict) and _RAISED.isdisjoint(self.readings.metric):
            raised = next((name for name, value in part.items() if is_raised_need(tidy_name(name), value)), None)
            if raised is not None:
                self.set_aside(raised, part[raised])
                self.raise_alarm(Metric.ALARM_UNREADABLE)
        return not _RAISED.isdisjoint(self.readings.metric)

    def finish(self) -> Report:
        """Finish the report: a device that says nothing else is there."""
        if not self.readings.metric and not self._is_refused:
            add_heartbeat(self.readings, self._at, self._mark)
        return Report(self._names[0], self.readings, names=self._names[1:])


def read_messages(payload: bytes, limits: Limits) -> list[dict[str, Any]]:
    """Read the messages of a push: an object, or a list of them.

    Raises:
        Unreadable: It is neither, too long, or empty.
    """
    found = decode_json(payload, limits)
    listed = found if isinstance(found, list) else [found]
    messages = [one for one in listed if isinstance(one, dict)]
    if not listed:
        raise Unreadable(QuarantineReason.EMPTY)
    if len(messages) < len(listed):
        raise Unreadable(QuarantineReason.WRONG_SHAPE, f"neither an object nor a list of them: {format_value(found)}")
    return messages


def check_count(reports: Sequence[Report], limits: Limits) -> Sequence[Report]:
    """Refuse what reports on too many devices.

    Raises:
        Unreadable: It does.
    """
    if len(reports) > limits.max_reports:
        raise Unreadable(QuarantineReason.TOO_LARGE, f"{len(reports)} reports")
    return reports


def read_id(value: object) -> str:
    """Read the id of a device, as text; empty where there is none."""
    return "" if is_absent(value) else read_text(value).strip()


def require_names(message: Mapping[str, Any], *names: str) -> list[str]:
    """Read all ids that a message has under these names, each once.

    Raises:
        Unreadable: It has none.
    """
    found = list(dict.fromkeys(text for name in names if (text := read_id(message.get(name)))))
    if not found:
        raise Unreadable(QuarantineReason.WRONG_SHAPE, f"no {' or '.join(names)}")
    return found


def read_number(value: object) -> float | None:
    """Read a number, also one with zeros or a plus sign in front, as text; None for anything else."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def read_base64(text: str) -> bytes:
    """Read base64; nothing where it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def is_absent(value: object) -> bool:
    """Whether a value says that there is none."""
    return value is None or (isinstance(value, str) and value.strip().lower() in _ABSENT)


def read_epoch_ms(value: object) -> int | None:
    """Read epoch milliseconds; None for none, and for a clock that was never set."""
    number = read_number(value)
    return int(number) if number is not None and number >= _EARLIEST_MS and number < 1e15 else None


def take_named(
    report: CloudReport, fields: Mapping[str, Any], meanings: Mapping[str, Callable[[CloudReport, Any], None]]
) -> list[str]:
    """Take the fields that are known, by their names in small letters without signs; returns the names of those that are not."""
    left = []
    for name, value in fields.items():
        tidy = tidy_name(name)
        meant, state = meanings.get(name) or meanings.get(tidy), STATE_FLAGS.get(tidy)
        if meant is None:
            if state is None or not report.take_state(state, value):
                left.append(name)
        elif isinstance(value, Repeated) and tidy not in _NAMES_OF_ALARMS:
            report.set_aside(name, value)
        else:
            meant(report, value)
    report.settle({name: read_number(fields[name]) if is_number(fields[name]) else fields[name] for name in left})
    return left


def flatten(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Take values out of the groups that they stand in, as `MeterData`, and out of a wrapping with their time.

    Of two with one name the outer one stays. Other objects stay as they are: settings and limits are no values.
    """
    flat: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, dict) and "value" in value and value.keys() <= _WRAPPING:
            flat[name] = value["value"]
        elif not isinstance(value, dict) or tidy_name(name) not in _GROUPS:
            flat[name] = value
    for name, value in fields.items():
        if isinstance(value, dict) and name not in flat:
            for inner, each in value.items():
                flat.setdefault(inner, each)
    return flat


def is_number(value: object) -> bool:
    """Whether a value is a number, also as text."""
    return read_number(value) is not None


def tidy_name(name: str) -> str:
    """Write the name of a field in one way: letters and digits, small."""
    return "".join(filter(str.isalnum, name)).lower()


def take_metric(metric: Metric) -> Callable[[CloudReport, Any], None]:
    """Make what takes a field as this metric."""
    return lambda report, value: report.take(metric, value)


def take_litres(report: CloudReport, value: object) -> None:
    """Take a total in litres."""
    number = read_number(value)
    report.take(Metric.VOLUME_M3, value if number is None or number == -1 else number / 1000)


def take_alarm(metric: Metric) -> Callable[[CloudReport, Any], None]:
    """Make what takes a field as the flag of this alarm."""
    return lambda report, value: report.take_alarm(metric, value)


def _take_low(report: CloudReport, value: object) -> None:
    word = str(value).strip().lower()
    if word in _UP | _CALM:
        report.take_flag(Metric.BATTERY_LOW, is_set=word in _UP)
    else:
        report.keep("battery_low", value)


def keep_as(name: str, low: float = float("-inf"), high: float = float("inf")) -> Callable[[CloudReport, Any], None]:
    """Make what keeps a field under this name."""
    return lambda report, value: report.keep(name, value, low, high)


def pass_over(_report: CloudReport, _value: object) -> None:
    """Take a field that says nothing of use."""


def _tidy(number: float) -> float | int:
    return int(number) if number.is_integer() else number


#: Names of the flags of alarms, as makers write them.
_ALARM_NAMES: Final = {
    Metric.ALARM_SOS: "sos sosalarm sosstatus sosstate soskey soscall sosevent",
    Metric.ALARM_FALL: "fall fallalarm falldown falldetected fallstatus fallstate",
    Metric.ALARM_SMOKE: "smokealarm smokestate smokestatus smokesensorstate smokedetected smokealarmstate smokealarmstatus "
    "firealarm",
    Metric.ALARM_GAS: "gasalarm gasstate gasstatus gassensorstate gasdetected gasalarmstate gasalarmstatus gasleakalarm coalarm",
    Metric.ALARM_TAMPER: "tamper tampered tamperalarm tamperstate tamperstatus",
}
_NAMES_OF_ALARMS: Final = frozenset(name for names in _ALARM_NAMES.values() for name in names.split())
#: Fields whose meaning is the same wherever they come from: our own names, and plain words for the same.
COMMON: Final[Mapping[str, Callable[[CloudReport, Any], None]]] = {
    **{tidy_name(metric.wire_name): take_metric(metric) for metric in PLAUSIBLE},
    **dict.fromkeys(("heartrate", "pulse", "bpm"), take_metric(Metric.HEART_RATE_BPM)),
    **dict.fromkeys(("spo2", "bloodoxygen", "oxygen"), take_metric(Metric.SPO2_PCT)),
    **dict.fromkeys(("battery", "batteryvalue", "batterylevel", "batterypercent"), take_metric(Metric.BATTERY_PCT)),
    **dict.fromkeys(("step", "stepcount"), take_metric(Metric.STEPS)),
    **{name + end: take_metric(Metric.VOLUME_M3) for name in TOTALS for end in METRES},
    **{name + end: take_litres for name in TOTALS for end in LITRES},
    **dict.fromkeys(("lowbattery", "batterylow", "lowbatteryalarm", "batterylowalarm"), _take_low),
    **{name: take_alarm(metric) for metric, names in _ALARM_NAMES.items() for name in names.split()},
    **dict.fromkeys(("batteryvoltage", "voltage"), keep_as("battery_voltage_v", 0, 1_000)),
    **dict.fromkeys(("temperature", "tdata"), keep_as("temperature_c", -60, 120)),
    "humidity": keep_as("humidity_pct", 0, 100),
    "rsrp": lambda report, value: report.keep("rsrp_dbm", -abs(read_number(value) or 0) or None, -200, 0),
    "atmosphere": keep_as("air_pressure_hpa", 300, 1_200),
    "elevation": keep_as("altitude_m", -500, 9_000),
    **dict.fromkeys(("snr", "csq", "cellid", "cellidlength", "imei", "imsi", "iccid", "deviceid"), pass_over),
}
