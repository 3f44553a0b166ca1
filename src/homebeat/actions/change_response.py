"""Say by which response plan alerts of an area are answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.setting_changes import EnteredChange, WantedChange, enter_change, record_change
from homebeat.actions.work import Work
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation
from homebeat.domain.setting_change import RESPONSE
from homebeat.settings.model import InForce


@dataclass(frozen=True, slots=True)
class ChangeResponse:
    """Say which plan holds in a place, and for which rules another. Every process follows with its next transaction.

    1. The area must lie where the principal may do this; everywhere takes a role for the whole installation.
    2. Refuse where somebody has changed this place since `newest`, or a change of it waits for a second person.
    3. Refuse a plan that does not exist, one that may end where nobody is reached, and rules by which a device calls for help.
    4. Write it, with what it was before. It is in force at once; where it concerns more than 20 residents it is proposed, and
       a second person decides. An alert that is answered for goes on with the plan that it began with.

    Attributes:
        base: What file and environment say.
        area: With all below it; None for everywhere.
        after: `plan` and `rules`, as in a settings file; None: the file holds again.
        newest: The number of the newest change of this place that the actor saw; 0 for none.
    """

    name: ClassVar = "change_response"
    operation: ClassVar = Operation.SET_RULES

    base: InForce
    area: AreaId | None
    after: Mapping[str, Any] | None
    newest: int
    reason: str = ""

    def run(self, work: Work) -> EnteredChange:
        """Returns the change, with what holds before and after it."""
        wanted = WantedChange(self.area, RESPONSE, self.after or None, self.newest, self.reason)
        return enter_change(work, self.operation, self.base, wanted)

    def record(self, result: EnteredChange) -> Record:
        """Where, what it was before and after; these are names of plans and rules."""
        return record_change(result.change, result.before, result.after)
