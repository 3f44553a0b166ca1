"""Add a device to a home, or put it in the place of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from homebeat.actions.home_writing import HomeRules, HomeTree, WrittenHome, change_home, describe_home
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import BadHome, NotFound
from homebeat.domain.ids import DeviceId, HouseholdId
from homebeat.domain.retirement import RetirementReason
from homebeat.domain.role import Operation

#: What another model may do in another way.
_OF_A_MODEL: Final = frozenset({"codec", "litres_per_pulse", "measures", "may_ask", "resolution_litres"})


@dataclass(frozen=True, slots=True)
class AddDevice:
    """Add a device, in the form of the fleet file.

    1. With `replaces`, that device is retired, and what is not said of the new one is as of the old: kind, resident, how often
       it reports. Its address is its own; what belongs to a model (the form of its messages, its pulses, what it measures) stays
       only where the model is the same.
    2. The new one has an id of its own, so that a new meter, whose total is another, is no fault: totals are compared within one
       device alone. Under the old id it would look like a meter that went back.
    3. Refuse a device that stands in another home.
    4. Keep why the old one was retired, where somebody says that. `reason` is nothing without `replaces`.
    """

    name: ClassVar = "add_device"
    operation: ClassVar = Operation.FIT_DEVICES

    household: HouseholdId
    device: Mapping[str, Any]
    replaces: DeviceId | None = None
    rules: HomeRules = field(default_factory=HomeRules)
    reason: RetirementReason | None = None

    def run(self, work: Work) -> WrittenHome:
        """Returns what became of the home; for errors see `change_home`."""

        def change(tree: HomeTree) -> None:
            new = {name: value for name, value in self.device.items() if value not in (None, "")}
            if self.replaces is not None:
                old = next((one for one in tree["devices"] if one["id"] == self.replaces), None)
                if old is None:
                    raise NotFound("there is no such device in this household")
                if new.get("id") == self.replaces:
                    raise BadHome([("devices.id", "is the id of the device that it replaces")])
                tree["devices"].remove(old)
                of_another = new.get("model", old.get("model")) != old.get("model")
                left = {"address"} | (_OF_A_MODEL if of_another else set())
                new = {**{name: value for name, value in old.items() if name not in left}, **new}
            tree["devices"] = [*tree["devices"], new]

        written = change_home(work, self.operation, self.household, change, self.rules, self.name)
        if self.replaces is not None and self.reason is not None:
            work.tx.fleet.note_retirement(self.replaces, self.reason)
        return written

    def record(self, result: WrittenHome) -> Record:
        """The home, the new device, and the one before it."""
        base = describe_home(result)
        detail = {**base.detail, "device": str(self.device.get("id", "")), "replaces": self.replaces}
        return Record(base.about, detail if self.replaces is None else {**detail, "reason": self.reason and self.reason.value})
