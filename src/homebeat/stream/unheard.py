"""Since when devices can be heard without a break, where that differs: a cloud may be cut off while the broker is not."""

from __future__ import annotations

import numpy as np

from homebeat.stream.batch import I32, I64
from homebeat.stream.roster import Roster


class Unheard:
    """By device row, since when its messages can arrive, epoch ms; 0 where nothing kept them. Not kept over a restart."""

    def __init__(self) -> None:
        self._until: I64 = np.zeros(0, np.int64)
        self._residents: tuple[Roster, I64] | None = None

    def __bool__(self) -> bool:
        """Whether any device was ever kept from being heard."""
        return len(self._until) > 0

    def mark(self, rows: I32, now: int) -> None:
        """Note that nothing of these devices could arrive until `now`, epoch ms."""
        if len(rows):
            self._grow(int(rows.max()) + 1)
            self._until[rows] = np.maximum(self._until[rows], now)
            self._residents = None

    def find_devices(self, roster: Roster) -> I64:
        """int64[devices]."""
        self._grow(len(roster.device_ids))
        return self._until[: len(roster.device_ids)]

    def find_residents(self, roster: Roster) -> I64:
        """int64[residents]: of each, the latest of all devices of the home."""
        if self._residents is None or self._residents[0] is not roster:
            homes = np.zeros(len(roster.household_ids), np.int64)
            np.maximum.at(homes, roster.device_household, self.find_devices(roster))
            self._residents = (roster, homes[roster.resident_household])
        return self._residents[1]

    def rewind(self, now: int) -> None:
        """Follow a step of the clock back to `now`."""
        self._until, self._residents = np.minimum(self._until, now), None

    def _grow(self, count: int) -> None:
        if count > len(self._until):
            self._until = np.concatenate([self._until, np.zeros(count - len(self._until), np.int64)])
