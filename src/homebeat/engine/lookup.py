"""Rows by id, for a loop that looks up many. The roster itself keeps such an index for devices only."""

from __future__ import annotations

from homebeat.domain.alert import Subject
from homebeat.domain.ids import HouseholdId, ResidentId
from homebeat.rules.frame import Axis
from homebeat.stream.roster import Roster


class RowLookup:
    """Finds rows of one roster. Make it for a loop and drop it afterwards: it takes as much memory as the roster's ids."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self.resident: dict[ResidentId, int] = {name: row for row, name in enumerate(roster.resident_ids)}
        self.household: dict[HouseholdId, int] = {name: row for row, name in enumerate(roster.household_ids)}
        homes = roster.device_household[roster.meter_device]
        self._meter = dict(zip(homes.tolist(), roster.meter_lead.tolist(), strict=True))

    def find_row(self, axis: Axis, subject: Subject) -> int | None:
        """Find the row of an axis that an alert about this subject stands on; None where the subject is not enrolled."""
        if axis is Axis.RESIDENT:
            return None if subject.resident is None else self.resident.get(subject.resident)
        if subject.device is None:
            home = None if subject.household is None else self.household.get(subject.household)
            return None if home is None or axis is Axis.DEVICE else self._meter.get(home)
        device = self._roster.device_row.get(subject.device)
        if device is None or axis is Axis.DEVICE:
            return device
        meter = int(self._roster.device_meter[device])
        return meter if meter >= 0 else None
