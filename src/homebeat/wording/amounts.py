"""Durations, times of day and numbers as people of a language write them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from homebeat.wording.language import Language

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400
_SECONDS_SHOWN_BELOW: Final = 10 * _MINUTE
_DAYS_SHOWN_FROM: Final = 3 * _DAY  # "36 h" and "48 h" are how limits are spoken of; beyond that, days
_LARGEST_GROUPED: Final = 1e15  # beyond it CLDR patterns run out of digits, and no reader counts them
_MARKS: Final = {Language.ENGLISH: (" d", " h", " min", " s", " "), Language.CHINESE: ("天", "小时", "分钟", "秒", "")}
_CLOCK: Final = {Language.ENGLISH: "d MMM HH:mm", Language.CHINESE: "M月d日 HH:mm"}
_MOMENT: Final = {Language.ENGLISH: "d MMM y HH:mm:ss", Language.CHINESE: "y年M月d日 HH:mm:ss"}
_DAY_OF_YEAR: Final = {Language.ENGLISH: "d MMM", Language.CHINESE: "M月d日"}
_DAY_OF_WEEK: Final = {Language.ENGLISH: "EEEE, d MMMM", Language.CHINESE: "M月d日 EEEE"}


def write_duration(seconds: float, language: Language) -> str:
    """Write a duration: ``12 h 30 min`` or ``12小时30分钟``. Two units at most, rounded down: no limit seems passed too early.

    Raises:
        ValueError: Not a finite number.
    """
    if not math.isfinite(seconds):
        raise ValueError("a duration must be finite")
    total = max(0, int(seconds))
    if total >= _DAYS_SHOWN_FROM:
        counts = (total // _DAY, total % _DAY // _HOUR, 0, 0)
    elif total >= _SECONDS_SHOWN_BELOW:
        counts = (0, total // _HOUR, total % _HOUR // _MINUTE, 0)
    else:
        counts = (0, 0, total // _MINUTE, total % _MINUTE)
    *marks, gap = _MARKS[language]
    shown = [f"{count}{mark}" for count, mark in zip(counts, marks, strict=True) if count]
    return gap.join(shown) or f"0{marks[3]}"


def write_clock(at_ms: float, timezone: str, language: Language) -> str:
    """Write a time (epoch ms) on the clock of `timezone`: ``1 Mar 21:40`` or ``3月1日 21:40``; for an unknown zone in UTC.

    Raises:
        ValueError: Not a time that a calendar can show.
    """
    return _write_local(at_ms, timezone, _CLOCK, language)


def write_moment(at_ms: float, timezone: str, language: Language) -> str:
    """As `write_clock`, with year and seconds: ``1 Mar 2026 21:40:05`` or ``2026年3月1日 21:40:05``.

    Raises:
        ValueError: Not a time that a calendar can show.
    """
    return _write_local(at_ms, timezone, _MOMENT, language)


def _write_local(at_ms: float, timezone: str, patterns: Mapping[Language, str], language: Language) -> str:
    zone = _find_zone(timezone)
    try:
        local = datetime.fromtimestamp(at_ms / 1000, zone or UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("a time must lie within the calendar") from error
    text = str(format_datetime(local, patterns[language], locale=language.locale))
    return text if zone is not None else f"{text} UTC"


def write_day(day: date, language: Language, *, weekday: bool = False) -> str:
    """Write a day: ``1 Mar`` or ``3月1日``; with its weekday ``Sunday, 1 March`` or ``3月1日 星期日``."""
    form = (_DAY_OF_WEEK if weekday else _DAY_OF_YEAR)[language]
    return str(format_date(day, form, locale=language.locale))


def write_number(value: float, language: Language, decimals: int = 1) -> str:
    """Write a number: ``1,200`` or ``36.6``. At most `decimals` decimals, none for a whole number.

    Raises:
        ValueError: Not a finite number.
    """
    if not math.isfinite(value):
        raise ValueError("a number must be finite")
    if abs(value) >= _LARGEST_GROUPED:
        return f"{value:.6g}"
    pattern = "#,##0." + "#" * decimals
    return str(format_decimal(round(value, decimals) + 0.0, format=pattern, locale=language.locale))


@lru_cache(maxsize=512)
def _find_zone(timezone: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
