"""Device times: read them, and refuse or correct those that cannot be true."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Final

from homebeat.codecs.wire import Limits, Mark

_LONGEST_ISO: Final = 40
#: About 30,000 years: further away than any limit, near enough for every sum of milliseconds to be exact.
_FARTHEST_S: Final = 1e12


def iso_ms(text: str) -> int | None:
    """Epoch ms of an ISO 8601 time that names its zone; None for any other text.

    A time without a zone is refused: guessing one shifts a night by hours.
    """
    if len(text) > _LONGEST_ISO:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    try:
        return round(moment.timestamp() * 1000)
    except OverflowError:
        return None


def device_ms(value: object) -> int | None:
    """Epoch ms of a device's `at`: a number of milliseconds or an ISO text with a zone; None when it is neither.

    Ten-digit numbers (epoch seconds) are not guessed at: as milliseconds they lie in 1970 and fall to `placed`.
    """
    if isinstance(value, str):
        return iso_ms(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value)


def ms_of(seconds: float) -> int:
    """Milliseconds of a device's seconds. What is too large for any calendar, or no number, becomes a time that is refused."""
    if not abs(seconds) < _FARTHEST_S:
        seconds = math.copysign(_FARTHEST_S, seconds)
    return round(seconds * 1000)


def placed(at: int, received_at: int, limits: Limits, *, listed: bool) -> tuple[int, Mark] | None:
    """Where on the time axis a reading goes: (event time, mark), or None when it is refused as absurd.

    Args:
        at: The device's time, epoch ms.
        received_at: Arrival, epoch ms.
        limits: How far a device's clock may be off.
        listed: Whether the reading came in a list (back-fill), where arrival says nothing about the event.
    """
    oldest = received_at - (limits.backfill_ms if listed else limits.behind_ms)
    if oldest <= at <= received_at + limits.future_ms:
        return at, Mark.NONE
    return None if listed else (received_at, Mark.CLOCK_CORRECTED)
