"""How often each resident may show life: from the roster, and for meters that repeat a total from how often they take one."""

from __future__ import annotations

from typing import Final

import numpy as np

from homebeat.domain.durations import DAY_MS, MINUTE_MS
from homebeat.stream.batch import FAR, I32, I64
from homebeat.stream.features.freshness import Freshness
from homebeat.stream.features.water import Water
from homebeat.stream.registry import find_watched
from homebeat.stream.roster import SHOWS_LIFE, Roster, get_kind_index

_SHOW_LIFE: Final = tuple(get_kind_index(kind) for kind in SHOWS_LIFE)


class Rhythm:
    """Derived from the roster and `Freshness`; nothing of it is saved.

    Attributes:
        resident_every: int64[residents], the shortest interval of a device that can show life, ms; FAR for none.
    """

    def __init__(self) -> None:
        self.resident_every: I64 = np.empty(0, np.int64)
        self._slow: I64 = np.empty(0, np.int64)

    def follow(self, roster: Roster, fresh: Freshness, water: Water) -> None:
        """Take in a changed roster, or a restored state."""
        self._slow = _find_slow_minutes(fresh, water, np.arange(roster.meters, dtype=np.int32))
        self._renew(roster)

    def update(self, roster: Roster, fresh: Freshness, water: Water, meters: I32) -> bool:
        """Check these meters (int32[n]) again; returns whether anything changed."""
        slow = _find_slow_minutes(fresh, water, meters)
        if (slow == self._slow[meters]).all():
            return False
        self._slow[meters] = slow
        self._renew(roster)
        return True

    def _renew(self, roster: Roster) -> None:
        self.resident_every = roster.resident_every
        slow = np.flatnonzero(self._slow)
        if len(slow):
            shows = roster.device_active & np.isin(roster.device_kind, _SHOW_LIFE)
            shows &= find_watched(roster.device_withdrawn, roster.device_kind)
            every = np.where(shows, roster.device_every, FAR)
            slow = slow[shows[roster.meter_device[slow]]]
            every[roster.meter_device[slow]] = self._slow[slow] * MINUTE_MS
            self.resident_every = np.full(len(roster.resident_ids), FAR)
            np.minimum.at(self.resident_every, roster.who, np.repeat(every, np.diff(roster.who_start)))


def _find_slow_minutes(fresh: Freshness, water: Water, meters: I32) -> I64:
    """int64[n]: minutes between the totals that a meter takes, if it sends them much more often; else 0."""
    total_at = np.maximum(water.total_at[meters], 0)
    return fresh.find_slow_minutes(meters, (total_at - np.maximum(water.before_at[meters], total_at - DAY_MS)) // MINUTE_MS)
