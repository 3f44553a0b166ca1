"""Make, change or take away a response plan of the console's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.setting_changes import EnteredChange, WantedChange, enter_change, read_laid_over, record_change
from homebeat.actions.work import Work
from homebeat.domain.errors import NotAllowed
from homebeat.domain.role import Operation
from homebeat.domain.setting_change import PLANS
from homebeat.settings.console_plans import STEPS, list_uses
from homebeat.settings.model import InForce


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """Write the steps of a plan of the console's own. A plan belongs to no area: this takes a role for the whole installation.

    1. Refuse where somebody has changed it since `newest`, or a change of it waits for a second person.
    2. Refuse steps that cannot be taken as they stand, a plan that may end where nobody is reached, and a name that a plan has
       which homebeat ships or the settings file has. One that holds somewhere, or
       that a home names, is not taken away.
    3. Write it, with what it was before; where more than 20 residents live here it is proposed, and a second person decides.
       An alert that stands under it goes on: at the same step, or with the last ones again.

    Attributes:
        base: What file and environment say.
        plan: Its name.
        steps: As in a settings file; None to take it away.
        newest: The number of the newest change of it that the actor saw; 0 for none.
    """

    name: ClassVar = "change_plan"
    operation: ClassVar = Operation.SET_RULES

    base: InForce
    plan: str
    steps: Sequence[Mapping[str, Any]] | None
    newest: int
    reason: str = ""

    def run(self, work: Work) -> EnteredChange:
        """Returns the change, with what holds before and after it."""
        if self.steps is None:
            work.tx.setting_changes.take_turn()  # nobody chooses it meanwhile
            if uses := list_uses(read_laid_over(work.tx, self.base).force.book, self.plan):
                raise NotAllowed(f"this plan holds: {', '.join(uses)}; choose another there first")
        after = None if self.steps is None else {STEPS: [dict(step) for step in self.steps]}
        wanted = WantedChange(None, f"{PLANS}{self.plan}", after, self.newest, self.reason)
        return enter_change(work, self.operation, self.base, wanted)

    def record(self, result: EnteredChange) -> Record:
        """Which plan, and its steps before and after."""
        return record_change(result.change, result.before, result.after)
