"""Local time of each home by half hours, daylight saving included; computed once for a whole time zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import numpy as np

from homebeat.domain.wall_clock import find_zone
from homebeat.stream.batch import I32

_HALF_HOUR_S: Final = 1800
#: Offsets are looked up a block at a time: four weeks.
_BLOCK: Final = 28 * 48
_MOST_BLOCKS: Final = 512


class LocalTime:
    """Offsets from UTC by zone and half hour (epoch s // 1800). An unknown zone counts as UTC."""

    def __init__(self) -> None:
        self._blocks: dict[tuple[str, int], I32] = {}

    def get_offset_s(self, zone: str, half_hour: int) -> int:
        """Get the offset from UTC at the start of a half hour, seconds."""
        return int(self._get_block(zone, half_hour // _BLOCK)[half_hour % _BLOCK])

    def get_offsets_s(self, zone: str, first: int, count: int) -> I32:
        """Get the offsets of `count` half hours from `first` on, int32[count], seconds."""
        blocks = [self._get_block(zone, b) for b in range(first // _BLOCK, (first + count - 1) // _BLOCK + 1)]
        skip = first % _BLOCK
        return np.concatenate(blocks)[skip : skip + count]

    def _get_block(self, zone: str, block: int) -> I32:
        known = self._blocks.get((zone, block))
        if known is None:
            if len(self._blocks) >= _MOST_BLOCKS:
                self._blocks.clear()
            known = self._blocks[zone, block] = _look_up(zone, block * _BLOCK)
        return known


def _look_up(zone: str, first: int) -> I32:
    info = find_zone(zone)
    half_hours = range(first, first + _BLOCK)
    moments = (datetime.fromtimestamp(h * _HALF_HOUR_S, UTC).astimezone(info) for h in half_hours)
    return np.array([round((m.utcoffset() or _NONE).total_seconds()) for m in moments], np.int32)


_NONE: Final = UTC.utcoffset(None)
