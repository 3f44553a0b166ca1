"""What a device can measure: the closed list of metrics that homebeat judges, with their plausible ranges.

A metric outside this list is kept as an extra reading and never judged. Each alarm kind is a metric of its own, so that a
fall and an SOS in the same second are two readings, not one overwriting the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final


class Metric(IntEnum):
    """Stable numbers: they are stored with every reading, so one is never reused."""

    VOLUME_M3 = 0
    FLOW_M3H = 1
    HEART_RATE_BPM = 2
    SPO2_PCT = 3
    BODY_TEMPERATURE_C = 4
    STEPS = 5
    MOTION = 6
    WORN = 7
    AT_HOME = 8
    ASLEEP = 9
    BATTERY_PCT = 10
    RSSI_DBM = 11
    LAT = 12
    LON = 13
    DOOR_OPEN = 14
    BED_OCCUPIED = 15
    METER_STATUS = 16
    HEARTBEAT = 17  # a message that says nothing but "I am here"
    ONLINE = 18  # said to be connected, or not: it is about the device, and shows nothing of the person
    BATTERY_LOW = 19  # of devices that say no more about their battery
    ALARM_SOS = 20
    ALARM_FALL = 21
    ALARM_SMOKE = 22
    ALARM_GAS = 23
    ALARM_TAMPER = 24
    ALARM_HELP_CANCELLED = 25
    ALARM_OK = 26
    ALARM_UNREADABLE = 27  # of our own making: a message that could not be read shows a word of need

    @property
    def wire_name(self) -> str:
        """The name used on the wire, in the API and in settings: ``volume_m3``, ``alarm_sos``."""
        return self.name.lower()

    @property
    def is_claimed(self) -> bool:
        """Whether only a device whose model measures it is believed in it.

        An alarm is believed of every device: one that nobody expected may be somebody's call. So is what a device says of itself.
        """
        return not self.is_alarm and self not in _OF_THE_DEVICE

    @property
    def is_alarm(self) -> bool:
        """Whether a device raises this itself, and it has to be judged at once."""
        return self >= Metric.ALARM_SOS


_OF_THE_DEVICE: Final = frozenset({Metric.BATTERY_PCT, Metric.RSSI_DBM, Metric.HEARTBEAT, Metric.ONLINE, Metric.BATTERY_LOW})
#: What a model may say that it measures, by the names on the wire.
CLAIMED: Final = tuple(metric.wire_name for metric in Metric if metric.is_claimed)


class Shape(StrEnum):
    """How a metric is written on the wire."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Plausible:
    """The closed range of possible values; a reading outside it is quarantined as ``absurd_value``.

    Attributes:
        unmeasured: What bands report for "no contact": zero, or a byte or word of ones. It is neither stored nor absurd.
    """

    low: float
    high: float
    shape: Shape = Shape.NUMBER
    unmeasured: frozenset[float] = frozenset()


#: Bands write a pulse in a byte: 0 and 255 stand for "not measured", some use 254, -1, or a word of ones. No heart beats at 254
#: or 255 a minute for as long as it takes to report it.
_NO_CONTACT: Final = frozenset({0.0, -1.0, 127.0, 254.0, 255.0, 32_767.0, 65_535.0})
_FLAG: Final = Plausible(0, 1, Shape.BOOLEAN)

#: Ranges are physical limits, not medical ones: 10^6 m3 is more than any household register can show (five digits of m3 on
#: common meters), pulse and SpO2 bounds are those of published wearables' data sheets, widened.
PLAUSIBLE: Final[dict[Metric, Plausible]] = {
    Metric.VOLUME_M3: Plausible(0, 1_000_000),
    Metric.FLOW_M3H: Plausible(-100, 100),
    Metric.HEART_RATE_BPM: Plausible(20, 300, unmeasured=_NO_CONTACT - {127.0}),
    Metric.SPO2_PCT: Plausible(30, 100, unmeasured=_NO_CONTACT),
    Metric.BODY_TEMPERATURE_C: Plausible(20, 45, unmeasured=_NO_CONTACT),
    Metric.STEPS: Plausible(0, 1e9),
    Metric.MOTION: Plausible(0, 1e9),
    Metric.WORN: _FLAG,
    Metric.AT_HOME: _FLAG,
    Metric.ASLEEP: _FLAG,
    Metric.BATTERY_PCT: Plausible(0, 100),
    Metric.RSSI_DBM: Plausible(-200, 50),
    Metric.LAT: Plausible(-90, 90),
    Metric.LON: Plausible(-180, 180),
    Metric.DOOR_OPEN: _FLAG,
    Metric.BED_OCCUPIED: _FLAG,
    Metric.METER_STATUS: Plausible(0, 63, Shape.STATUS),
    Metric.ONLINE: _FLAG,
    Metric.BATTERY_LOW: _FLAG,
}

#: The wire's one `alarm` field, by its text.
ALARMS: Final[dict[str, Metric]] = {
    m.wire_name.removeprefix("alarm_"): m for m in Metric if m.is_alarm and m is not Metric.ALARM_UNREADABLE
}
METRIC_BY_NAME: Final[dict[str, Metric]] = {m.wire_name: m for m in Metric}


class MeterStatus(IntEnum):
    """What a meter reports about itself; stored as the value of `meter_status`."""

    OK = 0
    LEAK = 1
    BURST = 2
    BACKFLOW = 3
    DRY = 4
    BLOCKED = 5
    TAMPER = 6
    LOW_BATTERY = 7
    ERROR = 8
    OTHER = 9

    @property
    def is_fault(self) -> bool:
        """Whether the totals cannot be believed while this holds."""
        return self in _FAULTS


_FAULTS: Final = frozenset({MeterStatus.DRY, MeterStatus.BLOCKED, MeterStatus.TAMPER, MeterStatus.ERROR, MeterStatus.BACKFLOW})
METER_STATUSES: Final[dict[str, MeterStatus]] = {s.name.lower(): s for s in MeterStatus}
#: Other words of meters for the same, as wmbusmeters and makers write them. That little or no water ran is no trouble of the
#: meter: the totals say it.
_SAME: Final[dict[str, MeterStatus]] = {
    word: status
    for status, words in {
        MeterStatus.OK: """normal none no_alarm no_error summer_time no_flow no_consumption no_usage minimum_flow
            measurement_unchanged detection_without_changes historical_indication install_frame""",
        MeterStatus.LEAK: "leakage leaking leak_flow_high leak_flow_low continuous_flow",
        MeterStatus.BURST: "bursting broken_pipe burst_pipe pipe_burst",
        MeterStatus.BACKFLOW: "reverse reversed reverse_flow reversed_flow back_flow backflowing wrong_flow_direction",
        MeterStatus.DRY: "empty_pipe",
        MeterStatus.BLOCKED: "meter_blocked",
        MeterStatus.TAMPER: """tampered tampering fraud magnetic_fraud magnetic_fraud_attempt mechanical_fraud sensor_fraud
            sensor_fraud_attempt sabotage sabotage_enclosure seal_broken module_removed removed removal_detected manipulation
            magnetic_manipulation magnetic_field""",
        MeterStatus.LOW_BATTERY: """battery_low power_low low_battery_level battery_voltage_error battery_eol
            battery_lifetime_threshold_exceeded""",
        MeterStatus.ERROR: "volume_detection_coils_defect",
        # of the clock or the line to the meter: its totals are right
        MeterStatus.OTHER: "rtc_error clock_error device_access_error communication_error",
    }.items()
    for word in words.split()
}
#: Of several words, the one that somebody must hear of first.
_FIRST: Final = (
    MeterStatus.BURST, MeterStatus.LEAK, MeterStatus.TAMPER, MeterStatus.BACKFLOW, MeterStatus.BLOCKED, MeterStatus.DRY,
    MeterStatus.ERROR, MeterStatus.LOW_BATTERY, MeterStatus.OTHER, MeterStatus.OK,
)  # fmt: skip


_KNOWN: Final = METER_STATUSES | _SAME
#: So a word begins or ends for what was, and is not any more: `PREV_LEAKAGE` is no leak. A meter that writes `DRY_THIS_MONTH`
#: writes `DRY` beside it while it is. `P_` is what the meter remembers: it says `P_MBUS_DISCONNECTED` over the M-Bus.
_PAST: Final = ("prev_", "previous_", "was_", "p_")
_PAST_MONTH: Final = ("_prev_month", "_this_month")
#: So ends a word for what a meter cannot do any more.
_BROKEN: Final = "_error"


def read_meter_status(text: str) -> MeterStatus:
    """Read a meter's text: one word, or several in a row; OTHER for a text without a known word, OK for what only was."""
    whole = _KNOWN.get("_".join(text.lower().replace("-", " ").split()))
    if whole is not None:
        return whole
    words = text.lower().replace("-", "_").replace(",", " ").replace("|", " ").split()
    found = [_read_word(word) for word in words if not (word.startswith(_PAST) or word.endswith(_PAST_MONTH))]
    return find_worst_status(found) if found else MeterStatus.OK if words else MeterStatus.OTHER


def _read_word(word: str) -> MeterStatus:
    return _KNOWN.get(word, MeterStatus.ERROR if word.endswith(_BROKEN) else MeterStatus.OTHER)


def find_worst_status(found: Iterable[MeterStatus]) -> MeterStatus:
    """Find the state of which somebody must hear first.

    Raises:
        ValueError: There is none.
    """
    return min(found, key=_FIRST.index)
