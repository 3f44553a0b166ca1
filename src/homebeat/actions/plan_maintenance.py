"""Say that somebody will work on the devices of a home or an area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.perform import Record
from homebeat.actions.silencing import add_silence, check_wanted, describe
from homebeat.actions.work import Work
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import Incomplete, NotFound
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId
from homebeat.domain.role import Operation
from homebeat.domain.silence import MAINTENANCE, Silence

#: Nobody remembers work that was planned for later than this.
FURTHEST_MS: Final = 90 * DAY_MS


@dataclass(frozen=True, slots=True)
class PlanMaintenance:
    """Hold back what devices say of themselves while somebody works on them. What is about people opens, and says so.

    1. The reason must say something; it begins within 90 days, and lasts a week at most.
    2. It is about an area and all below it, a home, or one device of a home; all of it where the principal may silence.
    3. Write it, with its reason. What is over before it ends is told to nobody; what still is so then opens.
    """

    name: ClassVar = "plan_maintenance"
    operation: ClassVar = Operation.SILENCE

    reason: str
    lasts_ms: int
    starts_at: int | None = None
    area: AreaId | None = None
    household: HouseholdId | None = None
    device: DeviceId | None = None

    def run(self, work: Work) -> Silence:
        """Returns what is stored.

        Raises:
            Incomplete: It names no place or two, or lies too far ahead.
        """
        reason = check_wanted(self.reason, self.lasts_ms)
        if (self.area is None) == (self.household is None) or (self.device is not None and self.household is None):
            raise Incomplete("name an area, or a home, or a home and one of its devices")
        starts_at = max(work.now, self.starts_at or 0)
        if starts_at - work.now > FURTHEST_MS:
            raise Incomplete("it begins within 90 days")
        fleet = work.tx.fleet
        line = fleet.find_line(self.area) if self.area is not None else fleet.find_home_line(self.household or HouseholdId(""))
        if not line or not work.principal.find_scope(self.operation).reaches(line):
            raise NotFound("there is no such area, or no such household")
        if self.household is not None and self.device is not None and not fleet.has_device(self.household, self.device):
            raise NotFound("there is no such device in this household")
        area = self.area or fleet.find_places([self.household or HouseholdId("")])[self.household or HouseholdId("")].path[0]
        about = f"household:{self.household}" if self.device is None else f"device:{self.device}"
        key = "" if self.household is None else about
        ends_at = starts_at + self.lasts_ms
        new = Silence(0, MAINTENANCE, key, self.household, area, reason, str(work.actor), work.now, ends_at, starts_at=starts_at)
        return add_silence(work, new)

    def record(self, result: Silence) -> Record:
        """Where, from when, until when."""
        return describe(result)
