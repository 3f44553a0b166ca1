"""Give up on a notice: that is itself an alert. Somebody who was to be notified has not been, and a person must do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.own_alert import decide_on_own_alert
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Desk, Edge, Priority, Reason, Subject, Transition, TransitionKind
from homebeat.domain.follow_up import FOLLOW_UP_EVENT
from homebeat.domain.role import Operation
from homebeat.store import Leased, OtherChannels

RULE: Final = "delivery_failed"


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Say that a notice could not be delivered.

    1. Load the alert that the notice was about. Where there is none, or it is forgotten, nothing is said: the dead letter itself
       stays visible. So it is with a question about a closed case: the desk's list says that this person was not reached.
    2. Where another channel has brought the message to the same person, nothing is said either. Where one still may, it is
       decided a minute later (`SayDeadLetters`), and sooner if that one is given up on.
    3. Load the alert `delivery_failed` that stands for the same home.
    4. Open one, or add a line to the one that stands (`decide_on_dead_letter`).
    5. Write the step. It goes to the care desk; nobody else is notified.

    Attributes:
        attempts: How often it was tried, the last attempt included.
        at: When the last attempt began, epoch ms.
        waits: Whether a channel that still may bring the message is waited for.
    """

    name: ClassVar = "give_up"
    operation: ClassVar = Operation.GIVE_UP

    notice: Leased
    attempts: int
    at: int
    waits: bool = True

    def run(self, work: Work) -> Alert | None:
        """Returns the alert that says so; None where nothing is said, or not yet."""
        cause = None if self.notice.alert_id is None else work.tx.alerts.get(self.notice.alert_id)
        if cause is None:
            return None
        others = work.tx.dead_letters.find_others(self.notice)
        if self.notice.event == FOLLOW_UP_EVENT:
            if others is OtherChannels.SPENT:
                work.tx.follow_ups.note_unreached(cause.id)
            return None
        if others is OtherChannels.BROUGHT:
            return None
        if others is OtherChannels.UNDER_WAY and self.waits:
            work.tx.dead_letters.put_off(self.notice.id, work.now)
            return None
        subject = subject_of(cause)
        key = (RULE, subject.key)
        standing = work.tx.alerts.find_standing([key]).get(key)
        alert, step = decide_on_dead_letter(self.notice, subject, self.at, self.attempts, standing)
        work.write_step(alert, step)
        return alert

    def record(self, result: Alert | None) -> Record:
        """The alert that says so, the notice, and how often it was tried."""
        about = f"alert:{result.id}" if result is not None else ""
        return Record(about, {"notice": self.notice.id, "attempts": self.attempts})


def subject_of(cause: Alert) -> Subject:
    """One alert per home at a time, however many of its contacts cannot be reached; what is about no home stays what it is."""
    return cause.subject if cause.subject.household is None else Subject(cause.subject.household)


def decide_on_dead_letter(
    notice: Leased, subject: Subject, at: int, attempts: int, standing: Alert | None
) -> tuple[Alert, Transition]:
    """The step to write for a notice given up on at `at` (epoch ms).

    It goes to the care desk, high: the device desk could mend a channel, but a family that does not know is a matter between
    people. One that stands is told of it again, because this may be another contact and another emergency.
    """
    reason = Reason(RULE, {"attempts": attempts, "contact": notice.contact})
    edge = Edge(
        at=at,
        rule=RULE,
        subject=subject,
        kind=TransitionKind.OPENED,
        priority=Priority.HIGH,
        desk=Desk.CARE,
        since=notice.created_at,
        reason=reason,
        onset=at,
    )
    return decide_on_own_alert(edge, standing)
