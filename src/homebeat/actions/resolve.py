"""Close an alert with what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.closing import STAYS, close_alert
from homebeat.actions.perform import Record, record_alert
from homebeat.actions.reply import LONGEST_STAY
from homebeat.actions.work import Work
from homebeat.domain.alert import NEEDS_NOTE, Alert, Answer, Outcome, Priority
from homebeat.domain.durations import MS
from homebeat.domain.errors import Incomplete, NotPermitted, NotTaken
from homebeat.domain.ids import AlertId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class Resolve:
    """Close an alert with an outcome.

    1. Refuse `away` and `other` without a note. A door that stays shut is no absence: the note says who told of one.
    2. Load the alert; refuse where it has moved on since `version`, or is resolved already. A critical one is closed by people
       alone, and not by another system; and only after somebody has taken it, with a note on what was found.
    3. Write the step. Whoever is on their way to the door is called off. What this ends is kept: `Reopen` brings it back.
    4. Notify everybody who was notified of the alert that somebody has answered for the person.
    5. What was found may say that the quiet was not this person's own. Then it is not learned from.
    6. `until` enters an absence that lasts so long; who comes home before ends it.

    Attributes:
        until: For `away` and `hospital`, until when nobody is at home, epoch ms; None for not known.
    """

    name: ClassVar = "resolve"
    operation: ClassVar = Operation.ANSWER

    alert_id: AlertId
    outcome: Outcome
    version: int | None = None
    note: str = ""
    until: int | None = None

    def run(self, work: Work) -> Alert:
        """Returns the alert as it is now."""
        if self.outcome is Outcome.WITHDRAWN:
            raise Incomplete("only homebeat itself withdraws a question: say what was found")
        if self.outcome in NEEDS_NOTE and not self.note.strip():
            raise Incomplete(f"the outcome {self.outcome} needs a note: what was found, or who said so and until when")
        self._check_until(work.now)
        before = work.load_alert(self.alert_id, self.version)
        if before.priority is Priority.CRITICAL:
            self._check_critical(work, before)
        return close_alert(work, before, self.outcome, self.note, self.until)

    def _check_critical(self, work: Work, before: Alert) -> None:
        if not work.principal.may(Operation.CLOSE_CRITICAL):
            raise NotPermitted("a critical alert is closed by somebody at the desk")
        if before.answer is Answer.UNACKNOWLEDGED:
            raise NotTaken("nobody has taken this critical alert: take it first, then say what was found")
        if before.answer is Answer.ACKNOWLEDGED and not self.note.strip():
            raise Incomplete("a critical alert is closed with a note: what was found, or who said so")

    def _check_until(self, now: int) -> None:
        if self.until is None:
            return
        if self.outcome not in STAYS:
            raise Incomplete("only somebody who is away or in hospital is so until a day")
        if not now < self.until <= now + LONGEST_STAY // MS:
            raise Incomplete("until when must lie ahead, and within the next 60 days")

    def record(self, result: Alert) -> Record:
        """The alert, the version that it has now, and the outcome."""
        return record_alert(result, outcome=self.outcome.value)
