"""Close an alert with what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record, record_alert
from homebeat.actions.teach import teach, teaches
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Outcome, resolve
from homebeat.domain.errors import Incomplete
from homebeat.domain.ids import AlertId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class Resolve:
    """Close an alert with an outcome.

    1. Refuse `away` without a note. A door that stays shut is no absence: the note says who told of one, and until when.
    2. Load the alert; refuse where it has moved on since `version`, or is resolved already.
    3. Write the step.
    4. Notify everybody who was notified of the alert that somebody has answered for the person.
    5. What was found may say that the quiet was not this person's own. Then it is not learned from.
    """

    name: ClassVar = "resolve"
    operation: ClassVar = Operation.ANSWER

    alert_id: AlertId
    outcome: Outcome
    version: int | None = None
    note: str = ""

    def run(self, work: Work) -> Alert:
        """Returns the alert as it is now."""
        if self.outcome is Outcome.WITHDRAWN:
            raise Incomplete("only homebeat itself withdraws a question: say what was found")
        if self.outcome is Outcome.AWAY and not self.note.strip():
            raise Incomplete("the outcome away needs a note: who said so, and until when")
        before = work.load_alert(self.alert_id, self.version)
        after, step = resolve(before, work.now, str(work.actor), self.outcome, self.note)
        work.write_step_and_notify(after, step)
        if teaches(after):
            teach(work.tx, after, self.outcome, step.at)
        return after

    def record(self, result: Alert) -> Record:
        """The alert, the version that it has now, and the outcome."""
        return record_alert(result, outcome=self.outcome.value)
