"""Take back that one has just closed an alert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.closing import undo_closing
from homebeat.actions.perform import Record, record_alert
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert
from homebeat.domain.ids import AlertId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class Reopen:
    """Undo the closing of an alert.

    1. Load the alert; refuse where it has moved on since `version`.
    2. Refuse where somebody else closed it, or it was closed more than five minutes ago.
    3. Refuse where another alert has been opened for the same cause since.
    4. Write the step: the alert stands as it stood before it was closed, and its plan goes on where it stood, after five minutes
       at the earliest. An absence that the family had told of holds again, and there is no follow-up.
    5. Notify everybody who was notified of the closing; whoever was on the way with a link to the page of their visit.
    6. Take back what the outcome has taught, and an absence that it entered.
    7. The visits that the closing ended go on, each as a step in the history.
    """

    name: ClassVar = "reopen"
    operation: ClassVar = Operation.ANSWER

    alert_id: AlertId
    version: int | None = None
    note: str = ""

    def run(self, work: Work) -> Alert:
        """Returns the alert as it is now."""
        return undo_closing(work, work.load_alert(self.alert_id, self.version), self.note)

    def record(self, result: Alert) -> Record:
        """The alert, and the version that it has now."""
        return record_alert(result)
