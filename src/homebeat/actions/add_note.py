"""Add a note to the history of an alert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record, record_alert
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, add_note
from homebeat.domain.ids import AlertId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class AddNote:
    """Add a note; allowed at any time, also after the alert was closed.

    1. Load the alert; refuse where it has moved on since `version`.
    2. Write the step. Nobody outside the desk is notified.
    """

    name: ClassVar = "add_note"
    operation: ClassVar = Operation.REMARK

    alert_id: AlertId
    note: str
    version: int | None = None

    def run(self, work: Work) -> Alert:
        """Returns the alert as it is now."""
        before = work.load_alert(self.alert_id, self.version)
        after, step = add_note(before, work.now, str(work.actor), self.note)
        work.write_step(after, step)
        return after

    def record(self, result: Alert) -> Record:
        """The alert, and the version that it has now."""
        return record_alert(result)
