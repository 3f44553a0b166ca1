"""Take an alert: from now on the actor answers for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.perform import Record, record_alert
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Answer, TransitionKind, acknowledge
from homebeat.domain.ids import AlertId
from homebeat.domain.role import Operation

#: Whoever takes an alert takes it whatever the family has said meanwhile: they see it then.
_HARMLESS: Final = frozenset({TransitionKind.ESCALATED, TransitionKind.REPLIED})


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Take an alert.

    1. Load the alert. Where the actor has it already, nothing changes.
    2. Refuse where it has moved on since `version`, or somebody else has it, or it is resolved.
    3. Write the step. Nobody outside the desk is notified.
    """

    name: ClassVar = "acknowledge"
    operation: ClassVar = Operation.ANSWER

    alert_id: AlertId
    version: int | None = None
    note: str = ""

    def run(self, work: Work) -> Alert:
        """Returns the alert as it is now."""
        before = work.load_alert(self.alert_id, None)
        if before.answer is Answer.ACKNOWLEDGED and before.owner == str(work.actor):
            return before
        work.check_version(before, self.version, _HARMLESS)
        after, step = acknowledge(before, work.now, str(work.actor), self.note)
        work.write_step(after, step)
        return after

    def record(self, result: Alert) -> Record:
        """The alert, and the version that it has now."""
        return record_alert(result)
