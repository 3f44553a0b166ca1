"""Change the thresholds of a rule in an area, or whether it is on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.setting_changes import EnteredChange, WantedChange, enter_change, record_change
from homebeat.actions.work import Work
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation
from homebeat.domain.setting_change import RULES
from homebeat.settings.model import InForce


@dataclass(frozen=True, slots=True)
class ChangeRules:
    """Say what the console says of one rule in one place. The watch follows within seconds.

    1. The area must lie where the principal may do this; everywhere takes a role for the whole installation.
    2. Refuse where somebody has changed this place since `newest`, or a change of it waits for a second person.
    3. Refuse what cannot be used, what does not fit the areas below, and rules by which a device itself calls for help.
    4. Write it, with what it was before. It is in force at once; where it concerns more than 20 residents it is proposed, and
       a second person decides.

    Attributes:
        base: What file and environment say.
        area: With all below it; None for everywhere.
        after: Settings of the rule as in a settings file; None: the file holds again.
        newest: The number of the newest change of this place that the actor saw; 0 for none.
        tried: What a back-test of it said, in short; None where it was not tried.
    """

    name: ClassVar = "change_rules"
    operation: ClassVar = Operation.SET_RULES

    base: InForce
    area: AreaId | None
    rule: str
    after: Mapping[str, Any] | None
    newest: int
    reason: str = ""
    tried: Mapping[str, Any] | None = None

    def run(self, work: Work) -> EnteredChange:
        """Returns the change, with what holds before and after it."""
        if self.rule not in self.base.plan.rules:
            raise NotFound("there is no such rule")
        subject = f"{RULES}{self.rule}"
        wanted = WantedChange(self.area, subject, self.after or None, self.newest, self.reason, self.tried)
        return enter_change(work, self.operation, self.base, wanted)

    def record(self, result: EnteredChange) -> Record:
        """Where, which rule, what it was before and after; these are settings and name nobody."""
        return record_change(result.change, result.before, result.after)
