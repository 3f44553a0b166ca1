"""Local days of a time zone as spans of UTC milliseconds, daylight saving included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from simulators.chance import F64

HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
_EPOCH: Final = date(1970, 1, 1)


def format_iso(at: int) -> str:
    """Epoch milliseconds as ISO 8601 with `Z`, milliseconds kept."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class LocalDays:
    """Day numbers (days since 1970-01-01 on the local calendar) and their spans in one zone."""

    zone: str

    def find_number(self, at: int) -> int:
        """The local day in which the instant `at` (epoch ms) falls."""
        return (datetime.fromtimestamp(at / 1000, ZoneInfo(self.zone)).date() - _EPOCH).days

    def find_start(self, day: int) -> int:
        """Local midnight that begins `day`, epoch ms."""
        return _find_start(self.zone, day)

    def convert_to_utc(self, day: int, wall_ms: F64) -> F64:
        """Wall-clock milliseconds since local midnight as epoch ms; the offset changes at about 03:00 where it changes."""
        start = self.find_start(day)
        shift = _find_noon_shift(self.zone, day)
        out: F64 = start + wall_ms
        if shift:
            out = out + np.where(wall_ms >= 3 * HOUR, float(shift), 0.0)
        return out

    def find_weekday(self, day: int) -> int:
        """0 for Monday."""
        return (day + 3) % 7


@lru_cache(maxsize=4096)
def _find_start(zone: str, day: int) -> int:
    midnight = datetime.combine(_EPOCH + timedelta(days=day), time(), ZoneInfo(zone))
    return round(midnight.timestamp() * 1000)


@lru_cache(maxsize=4096)
def _find_noon_shift(zone: str, day: int) -> int:
    """How far noon lies from twelve elapsed hours after midnight, ms: 0 but on the two odd days of a year."""
    noon = datetime.combine(_EPOCH + timedelta(days=day), time(12), ZoneInfo(zone))
    return round(noon.timestamp() * 1000) - _find_start(zone, day) - 12 * HOUR
