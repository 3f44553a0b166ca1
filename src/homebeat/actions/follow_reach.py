"""Follow whether messages reach somebody: for a day none did, and then one does again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.give_up import subject_of
from homebeat.actions.own_alert import decide_on_own_alert
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Condition, Reason, Subject, Transition, TransitionKind, follow_edge
from homebeat.domain.contact_id import find_responder
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.family_note import FAMILY_NOTES
from homebeat.domain.follow_up import FOLLOW_UP_EVENT
from homebeat.domain.role import Operation
from homebeat.domain.service_alerts import make_edge
from homebeat.store import Leased

RULE: Final = "contact_unreachable"
#: A day, less the hour by which the last try of the schedule may come early.
UNREACHABLE_MS: Final = 23 * HOUR_MS


@dataclass(frozen=True, slots=True)
class FollowReach:
    """Follow whether a message has reached somebody.

    1. A message that came through ends what was noted; one that failed is noted, with the time of the first such. A family's note
       or a follow-up that failed is not: it may fail only because the account has no template for it.
    2. Where none has come through for a day, the contact is unreachable. They are written to as before: nobody is switched off.
    3. Then open the alert `contact_unreachable` of that home, or of that responder, or add a line to the one that stands:
       somebody of the staff finds another way.
    4. Where a message comes through again, and nobody else of the home is unreachable, its condition is over.

    Attributes:
        notice: What was sent.
        is_reached: Whether it came through, or the contact is gone and nobody writes to them any more.
    """

    name: ClassVar = "follow_reach"
    operation: ClassVar = Operation.GIVE_UP

    notice: Leased
    is_reached: bool

    def run(self, work: Work) -> tuple[Alert, Transition] | None:
        """Returns the alert with its step; None where nothing has changed that anybody has to know."""
        subject = self._find_subject(work) if self._has_changed(work) else None
        if subject is None:
            return None
        standing = work.tx.alerts.find_standing([(RULE, subject.key)]).get((RULE, subject.key))
        step = self._decide(work, subject, standing)
        if step is not None:
            work.write_step(*step)
        return step

    def record(self, result: tuple[Alert, Transition] | None) -> Record | None:
        """The alert and the contact; None where nothing has changed."""
        return None if result is None else Record(f"alert:{result[0].id}", {"contact": self.notice.contact})

    def _has_changed(self, work: Work) -> bool:
        reached, contact = work.tx.reached, self.notice.contact
        if self.is_reached:
            return reached.end(contact)
        if self.notice.event in {*FAMILY_NOTES, FOLLOW_UP_EVENT}:
            return False
        since = reached.note_failure(contact, work.now)
        return work.now - since >= UNREACHABLE_MS and reached.mark(contact, work.now)

    def _find_subject(self, work: Work) -> Subject | None:
        responder = find_responder(self.notice.contact)
        if responder is not None:
            return Subject(service=f"responder-{responder}")
        if self.notice.alert_id is None:
            home = work.tx.fleet.find_home_of(self.notice.contact)
            return None if home is None else Subject(home)
        cause = work.tx.alerts.get(self.notice.alert_id)
        return None if cause is None else subject_of(cause)

    def _decide(self, work: Work, subject: Subject, standing: Alert | None) -> tuple[Alert, Transition] | None:
        if not self.is_reached:
            reason = Reason(RULE, {"contact": self.notice.contact})
            return decide_on_own_alert(make_edge(RULE, subject, reason, work.now), standing)
        if standing is None or standing.condition is not Condition.FIRING:
            return None
        if subject.household is not None and work.tx.reached.count_unreachable(subject.household):
            return None
        over = make_edge(RULE, subject, Reason(f"{RULE}_over"), work.now, kind=TransitionKind.CLEARED)
        return follow_edge(standing, over)
