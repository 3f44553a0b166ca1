"""Give an alert back to the queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record, record_alert
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, release
from homebeat.domain.ids import AlertId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class Release:
    """Give back an alert that one has taken: it waits for somebody again.

    1. Load the alert; refuse where it has moved on since `version`.
    2. Refuse where the actor does not have it.
    3. Write the step. Nobody outside the desk is notified.
    """

    name: ClassVar = "release"
    operation: ClassVar = Operation.ANSWER

    alert_id: AlertId
    version: int | None = None
    note: str = ""

    def run(self, work: Work) -> Alert:
        """Returns the alert as it is now."""
        before = work.load_alert(self.alert_id, self.version)
        after, step = release(before, work.now, str(work.actor), self.note)
        work.write_step(after, step)
        return after

    def record(self, result: Alert) -> Record:
        """The alert, and the version that it has now."""
        return record_alert(result)
