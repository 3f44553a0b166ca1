"""Withdraw a change of settings that one has proposed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.setting_changes import find_for_decision, record_change, settle
from homebeat.actions.work import Work
from homebeat.domain.errors import NotPermitted
from homebeat.domain.role import Operation
from homebeat.domain.setting_change import SettingChange, SettingState


@dataclass(frozen=True, slots=True)
class WithdrawSetting:
    """Take back what one has proposed.

    1. The change must lie where the principal may do this, and still wait.
    2. Only who proposed it withdraws it; everybody else may refuse it.
    3. Write that it was withdrawn.
    """

    name: ClassVar = "withdraw_setting"
    operation: ClassVar = Operation.SET_RULES

    change_id: int

    def run(self, work: Work) -> SettingChange:
        """Returns the change as it is now."""
        change = find_for_decision(work, self.operation, self.change_id)
        if change.actor != str(work.actor):
            raise NotPermitted("only who proposed it withdraws it")
        return settle(work, change, SettingState.WITHDRAWN, "")

    def record(self, result: SettingChange) -> Record:
        """Which change."""
        return record_change(result)
