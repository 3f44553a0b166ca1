"""Take a device out of a home."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from homebeat.actions.home_writing import HomeRules, HomeTree, WrittenHome, change_home, describe_home
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import DeviceId, HouseholdId
from homebeat.domain.retirement import RetirementReason
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class RetireDevice:
    """Retire a device: its messages are set aside from now on, but a call for help, which is told. Its readings stay.

    1. Refuse where there is no such device in the home.
    2. Write the home without it, and why it was retired where somebody says that.
    """

    name: ClassVar = "retire_device"
    operation: ClassVar = Operation.FIT_DEVICES

    household: HouseholdId
    device: DeviceId
    rules: HomeRules = field(default_factory=HomeRules)
    reason: RetirementReason | None = None

    def run(self, work: Work) -> WrittenHome:
        """Returns what became of the home; for errors see `change_home`."""

        def change(tree: HomeTree) -> None:
            rest = [one for one in tree["devices"] if one["id"] != self.device]
            if len(rest) == len(tree["devices"]):
                raise NotFound("there is no such device in this household")
            tree["devices"] = rest

        written = change_home(work, self.operation, self.household, change, self.rules, self.name)
        if self.reason is not None:
            work.tx.fleet.note_retirement(self.device, self.reason)
        return written

    def record(self, result: WrittenHome) -> Record:
        """The home, the device, and why."""
        base = describe_home(result)
        return Record(base.about, {**base.detail, "device": self.device, "reason": self.reason and self.reason.value})
