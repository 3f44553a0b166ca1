"""Say how it was at one home of an alert about many homes, by the link in a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.links import load_link
from homebeat.actions.perform import Record
from homebeat.actions.visiting import note_delay
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Answer, Reason, acknowledge, add_note
from homebeat.domain.errors import NotAllowed, NotFound
from homebeat.domain.home_mark import HomeMark
from homebeat.domain.ids import HouseholdId
from homebeat.domain.role import Operation

#: Before the mark, it is the code of the reason in the alert's history.
_PREFIX = "home_"


@dataclass(frozen=True, slots=True)
class MarkHome:
    """Say how it was at one home of an alert about many homes, by the link in a message.

    1. Find the link again in this transaction; refuse where it has ended, is no responder's, or the alert does not name the home.
    2. Load the alert; refuse where it is closed.
    3. An alert that nobody has is theirs from now on: they are looking after it.
    4. Note the mark beside the home, and as a step in the history. The same mark again changes nothing.

    The home's own alert, open or waiting, goes on: only its condition or people end that.

    Attributes:
        link_id: The digest of the link's secret.
        ago_s: How long ago it was pressed, by the telephone, s.
    """

    name: ClassVar = "mark_home"
    operation: ClassVar = Operation.VISIT

    link_id: str
    home: HouseholdId
    mark: HomeMark
    ago_s: int = 0

    def run(self, work: Work) -> Alert:
        """Returns the alert as it is now.

        Raises:
            NotFound: The link has ended, is not theirs, or its alert names no such home.
            NotAllowed: The alert is closed.
        """
        found = load_link(work, self.link_id)
        if self.home not in found.homes:
            raise NotFound("this alert names no such home")
        alert = work.load_alert(found.alert, None)
        version = alert.version
        if alert.answer is Answer.RESOLVED:
            raise NotAllowed("this alert is already closed")
        visitor = str(work.actor)
        if alert.answer is Answer.UNACKNOWLEDGED:
            alert, step = acknowledge(alert, work.now, visitor)
            work.write_step(alert, step)
        if work.tx.held.mark_home(alert.id, self.home, self.mark, work.now):
            why = Reason(_PREFIX + self.mark.value, {"home": self.home})
            alert, step = add_note(alert, work.now, visitor, "", why)
            work.write_step(alert, step)
        return note_delay(work, version, alert, self.ago_s)

    def record(self, result: Alert) -> Record:
        """The alert, its version, the home and the mark."""
        return Record(f"alert:{result.id}", {"version": result.version, "home": self.home, "mark": self.mark.value})
