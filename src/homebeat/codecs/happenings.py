"""Reads the words of events that decoders of buttons, trackers and detectors write: a call that begins, ends, or is a test."""

from __future__ import annotations

import re
from typing import Final

from homebeat.domain.metric import Metric

_CALL: Final = re.compile(
    r"(sos|panic|help|fall|fall_?down|man_?down|alert|alarm)(?:_mode)?_"
    r"(?:(start|started|begin|begun|on|raised|triggered)|stop|stopped|end|ended|released?|cleared?|cancell?ed)"
)
_CALLS: Final = {"sos": Metric.ALARM_SOS, "panic": Metric.ALARM_SOS, "help": Metric.ALARM_SOS, "fall": Metric.ALARM_FALL}
#: States that a device is in; what is not known here is no call.
_STATES: Final = {"sos": Metric.ALARM_SOS, "panic": Metric.ALARM_SOS, "fall": Metric.ALARM_FALL,
                  **dict.fromkeys(("mandown", "man_down", "alert", "alarm"), Metric.ALARM_UNREADABLE)}  # fmt: skip
#: What a device says that it is. `smoke alarm` is not among it: that may be what happens.
_OWN_TYPE: Final = re.compile(r"(smoke|fire|gas|co|[a-z]{1,20})[ _-]?(?:sensor|detector)")
_DETECTED: Final = {"smoke": Metric.ALARM_SMOKE, "fire": Metric.ALARM_SMOKE, "gas": Metric.ALARM_GAS, "co": Metric.ALARM_GAS}
_CALM: Final = frozenset({"normal", "silent", "installed", "failover", "standby", "heartbeat", "low battery", "low_battery"})
_NEED: Final = re.compile(
    r"(?!test|last|prev|enable|disable|mute|silence|no(?=smoke|fire|gas|alarm)|clear)(?:.*(?:smoke|fire|gas|methane|monoxide|panic|emergency)|co|ch4|lpg)"
    r"(?:alarm|alert)(?:status|state|flag)?|(?:alarm|alert)(?:status|state)"
)
_RAISED: Final = frozenset({"1", "true", "on", "yes", "alarm", "alarming", "active", "triggered", "detected", "raised"})


def read_call(text: str) -> tuple[Metric | None, bool]:
    """Read an event such as `sos_start`: the alarm that it raises, and whether it is known. One that ends raises none."""
    event = _CALL.fullmatch(_write_small(text))
    if event is None:
        return None, False
    return (_CALLS.get(event[1].replace("_down", "").removesuffix("down"), Metric.ALARM_UNREADABLE) if event[2] else None), True


def read_state(text: str) -> Metric | None:
    """Read the state of a device that may call: the alarm that it is, if any."""
    return _STATES.get(_write_small(text))


def is_own_type(text: str) -> bool:
    """Whether a text says what a device is, as `smoke sensor`."""
    return _OWN_TYPE.fullmatch(text.strip().lower()) is not None


def read_detector(own_type: object, text: str) -> tuple[Metric | None, bool, bool]:
    """Read the event of a detector that gives its own type: its alarm, whether that is a test, and whether the event is known."""
    own = _OWN_TYPE.fullmatch(own_type.strip().lower()) if isinstance(own_type, str) else None
    alarm = None if own is None else _DETECTED.get(own[1])
    event = text.strip().lower()
    if alarm is None:
        return None, False, False
    if event.startswith("test"):
        return alarm, True, True
    if event == "removed":
        return Metric.ALARM_TAMPER, False, True
    return (alarm, False, True) if event == "alarm" else (None, False, event in _CALM)


def is_raised_need(name: str, value: object) -> bool:
    """Whether a flag that nothing explains is raised, and its name (small letters only) ends as that of a call or a detector."""
    is_up = value is True or value == 1 or (isinstance(value, str) and value.strip().lower() in _RAISED)
    return is_up and _NEED.fullmatch(name) is not None


def _write_small(text: str) -> str:
    return text.strip().lower().replace(" ", "_").replace("-", "_")
