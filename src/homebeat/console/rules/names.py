"""Names what can be set of rules, in the language of the reader, and writes its values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from homebeat.domain.durations import MS, format_duration, parse_duration
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

#: By the name of the setting; where rules mean different things by one name, by rule and name.
_NAMES: Final[Mapping[str, str]] = {
    "enabled": msg("On"),
    "limit": msg("Alert after so long without a sign of life, at most"),
    "unknown_too_long.limit": msg("Alert after so long without knowing"),
    "learned": msg("Learn from each home"),
    "floor": msg("Never alert earlier than after"),
    "limit_unproven": msg("Alert after so long where being at home is not proven, at most"),
    "limit_pulses": msg("Alert after so long after single litres alone, at least"),
    "false_alarms_a_month": msg("Accepted false alarms a resident and month"),
    "false_alarms_a_month_unproven": msg("Accepted false alarms a month where being at home is not proven"),
    "ask_after": msg("Ask after so long without a sign of life, at most"),
    "heard_within": msg("The device must have been heard within"),
    "answer_within": msg("Wait so long for an answer"),
    "litres": msg("Alert below so many litres"),
    "window": msg("Counted over"),
    "water_running.window": msg("Alert when water has run for, until the home is known"),
    "shortest": msg("Shortest limit that is learned"),
    "longest": msg("Longest limit that is learned"),
    "repeats": msg("After it is over, silent for"),
    "litres_a_day": msg("Alert above so many litres in a day"),
    "litres_in_two_hours": msg("Alert above so many litres in two hours"),
    "low": msg("Alert below"),
    "high": msg("Alert above"),
    "below": msg("Alert below"),
    "above": msg("Alert above"),
    "hold": msg("When it has lasted for"),
    "metric": msg("Measured value"),
    "reports": msg("Alert after so many missing reports"),
    "at_least": msg("But not earlier than after"),
    "percent": msg("Alert below so many percent"),
    "clear_above": msg("Over above so many percent"),
    "lasts": msg("The alarm lasts for"),
    "confirm_after": msg("Checked for"),
    "together": msg("Signs belong together within"),
    "off_for": msg("Not worn for"),
}
_UNITS: Final = (("d", "天", 86_400), ("h", "小时", 3_600), ("min", "分钟", 60), ("s", "秒", 1))
_SECONDS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("w", "week", "weeks", "周"), 604_800),
    **dict.fromkeys(("d", "day", "days", "天", "日"), 86_400),
    **dict.fromkeys(("h", "hour", "hours", "小时", "时"), 3_600),
    **dict.fromkeys(("m", "min", "minute", "minutes", "分钟", "分"), 60),
    **dict.fromkeys(("s", "sec", "second", "seconds", "秒"), 1),
}
_PART: Final = re.compile(r"(\d{1,7}(?:[.,]\d{1,6})?)\s*([a-z]+|[^\W\d_]{1,2})\s*")


def name_setting(code: str, name: str, words: Wording) -> str:
    """Name a setting of a rule; one without a name of ours keeps its own."""
    found = _NAMES.get(f"{code}.{name}") or _NAMES.get(name)
    return words.text(found) if found else name


def write_setting(value: object, words: Wording) -> str:
    """Write a value for people to read; a number and a duration so that `read_span` and the form read it back."""
    match value:
        case bool():
            return words.text("Yes") if value else words.text("No")
        case timedelta():
            return write_span(value, words)
        case float() if math.isinf(value):
            return "–"
        case float() | int():
            # as many digits as were typed: what is shown is what is sent back
            return f"{value:.12g}"
        case str():
            return words.metric(value)
    return str(value)


def write_stored(value: object, words: Wording) -> str:
    """Write a value as it is stored, with a duration as ISO 8601, as `write_setting` writes it."""
    if isinstance(value, str):
        try:
            return write_setting(parse_duration(value), words)
        except ValueError:
            return value
    return write_setting(value, words)


def write_span(span: timedelta, words: Wording) -> str:
    """Write a duration exactly: `1 d 12 h`; one with parts of a second as ISO 8601."""
    seconds, rest = divmod(span // MS, 1_000)
    if rest or seconds <= 0:
        return format_duration(span)
    is_chinese, parts = words.language.value.startswith("zh"), []
    for short, chinese, length in _UNITS:
        many, seconds = divmod(seconds, length)
        if many:
            parts.append(f"{many}{chinese}" if is_chinese else f"{many} {short}")
    return "".join(parts) if is_chinese else " ".join(parts)


def read_span(text: str) -> timedelta:
    """Read a duration as people write it: `8 h`, `1 d 12 h`, `90 min`, `8小时30分钟`, or ISO 8601.

    Raises:
        ValueError: It is none.
    """
    asked = text.strip().lower()
    if asked.startswith("p"):
        return parse_duration(asked.upper())
    total, at = 0.0, 0
    while at < len(asked):
        part = _PART.match(asked, at)
        if part is None or part[2] not in _SECONDS:
            raise ValueError("this is no duration")
        total, at = total + float(part[1].replace(",", ".")) * _SECONDS[part[2]], part.end()
    if not total:
        raise ValueError("this is no duration")
    return timedelta(seconds=total)
