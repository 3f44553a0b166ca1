"""Undo a change of settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.setting_changes import EnteredChange, WantedChange, check_place, enter_change, record_change
from homebeat.actions.work import Work
from homebeat.domain.errors import NotFound, StaleVersion
from homebeat.domain.role import Operation
from homebeat.settings.model import InForce


@dataclass(frozen=True, slots=True)
class UndoSetting:
    """Put back what the console said of a place before a change. It is a change too, so a large one takes two people again.

    1. The change must lie where the principal may do this.
    2. Refuse where it does not hold any more: only what holds can be undone.
    3. Enter a new change with what was before; a plan of the console that homes name is not taken away.

    Attributes:
        base: What file and environment say.
    """

    name: ClassVar = "undo_setting"
    operation: ClassVar = Operation.SET_RULES

    base: InForce
    change_id: int
    reason: str = ""

    def run(self, work: Work) -> EnteredChange:
        """Returns the new change, with what holds before and after it."""
        changes = work.tx.setting_changes
        changes.take_turn()
        undone = changes.find(self.change_id)
        if undone is None:
            raise NotFound("there is no such change")
        check_place(work, self.operation, undone.area)
        standing, newest = changes.find_in_force(undone.area, undone.subject), changes.find_newest(undone.area, undone.subject)
        if standing is None or newest is None or standing.id != undone.id:
            raise StaleVersion("it does not hold any more: look at it again")
        wanted = WantedChange(undone.area, undone.subject, undone.before, newest.id, self.reason)
        return enter_change(work, self.operation, self.base, wanted)

    def record(self, result: EnteredChange) -> Record:
        """Which place, and what holds before and after."""
        return record_change(result.change, result.before, result.after)
