"""Decide on a change of settings that somebody else proposed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.setting_changes import (
    EnteredChange,
    find_for_decision,
    put_in_force,
    record_change,
    require_another,
    settle,
    tidy_words,
)
from homebeat.actions.work import Work
from homebeat.domain.errors import Incomplete
from homebeat.domain.role import Operation
from homebeat.domain.setting_change import SettingState
from homebeat.settings.model import InForce


@dataclass(frozen=True, slots=True)
class DecideSetting:
    """Put a proposed change in force, or refuse it.

    1. The change must lie where the principal may do this, and still wait.
    2. Another person decides than the one who proposed it, with an account of their own: a key decides nothing.
    3. To refuse, say why. To put in force, what it was made from must still hold, and it must still be usable.
    4. Write the decision. The watch follows within seconds.

    Attributes:
        base: What file and environment say.
        word: What is said to it; needed to refuse.
    """

    name: ClassVar = "decide_setting"
    operation: ClassVar = Operation.SET_RULES

    base: InForce
    change_id: int
    accepts: bool
    word: str = ""

    def run(self, work: Work) -> EnteredChange:
        """Returns the change as it is now, with what holds before and after it where it was put in force."""
        change = find_for_decision(work, self.operation, self.change_id)
        require_another(work, change)
        if self.accepts:
            return put_in_force(work, self.base, change, self.word)
        if not tidy_words(self.word):
            raise Incomplete("say why it is refused")
        return EnteredChange(settle(work, change, SettingState.REFUSED, self.word), "", "")

    def record(self, result: EnteredChange) -> Record:
        """Which change, what became of it, and what holds before and after."""
        return record_change(result.change, result.before, result.after)
