"""Answer an alert as somebody of the family, by the link in a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

from homebeat.actions.links import load_link
from homebeat.actions.perform import Record, record_alert
from homebeat.actions.work import Work
from homebeat.domain.actor import Actor, ActorKind
from homebeat.domain.alert import Alert, Answer, Reason, TransitionKind, reply
from homebeat.domain.durations import MS
from homebeat.domain.errors import Incomplete, NotAllowed
from homebeat.domain.family_reply import OWN_REPLIES, FamilyReply
from homebeat.domain.role import Operation
from homebeat.response.deadline import CONTESTED, OUTRANKED, OWN_WORD, REPRESENTATIVE

_UNTIL: Final = "until_at"
#: Longer than this nobody says beforehand: a longer absence belongs in the fleet file.
LONGEST_STAY: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer an alert by the family's link.

    1. Find the link again in this transaction; refuse where it has ended meanwhile.
    2. Load its alert; refuse where it is closed already.
    3. Where this contact's last answer is the same, nothing changes; unless the alert has fired again since, or become more
       urgent.
    4. Write the step: everybody who may see the alert sees the answer. The plan follows it (`response.deadline`); but while
       another contact asks that somebody goes, no other answer puts that off.
    5. Once whoever answers for the family has answered, what the others answer moves no plan and no absence; that they ask that
       somebody goes always does. A resident's word of themselves is no answer of the family, and keeps its weight.
    6. `with_me` enters an absence of the home until then, where one person lives there; every other answer of the family takes
       that absence away again.

    Attributes:
        link_id: The digest of the link's secret.
        until: For `with_me`, until when, epoch ms.
    """

    name: ClassVar = "reply"
    operation: ClassVar = Operation.REPLY

    link_id: str
    answer: FamilyReply
    until: int | None = None

    def run(self, work: Work) -> Alert:
        """Returns the alert as it is now.

        Raises:
            NotFound: The link has ended, or is not this contact's.
            NotAllowed: The alert is closed, or a resident has no such answer.
            Incomplete: `with_me` without a day, or with one that is over or too far away.
        """
        found = load_link(work, self.link_id)
        before = work.load_alert(found.alert, None)
        if before.answer is Answer.RESOLVED:
            raise NotAllowed("this alert is already closed")
        is_own = work.tx.fleet.is_resident_contact(found.link.contact)
        if is_own and self.answer not in OWN_REPLIES:
            raise NotAllowed("a resident says how they are, or asks that somebody comes")
        weight = {OWN_WORD: 1} if is_own else self._weigh(work, before)
        is_contested = work.tx.alerts.has_other_reply(before.id, str(work.actor), FamilyReply.GO.code)
        if is_contested and self.answer is not FamilyReply.GO:
            weight[CONTESTED] = 1
        reason = Reason(self.answer.code, self._make_params(work.now) | weight)
        last = work.tx.alerts.find_last_reason(before.id, str(work.actor), TransitionKind.REPLIED)
        if OUTRANKED not in weight:
            self._follow_absence(work, before)
        is_same = last is not None and (last.code, last.params.get(_UNTIL)) == (reason.code, reason.params.get(_UNTIL))
        if is_same and not work.tx.alerts.has_begun_since(before.id, str(work.actor), TransitionKind.REPLIED):
            return before
        after, step = reply(before, work.now, str(work.actor), reason)
        work.write_step(after, step)
        return after

    def record(self, result: Alert) -> Record:
        """The alert, the version that it has now, and the answer."""
        return record_alert(result, answer=self.answer.value)

    def _weigh(self, work: Work, alert: Alert) -> dict[str, int]:
        """What stands beside the answer: whether it is the family's, or somebody else has given that."""
        household = alert.subject.household
        who = None if household is None else work.tx.fleet.find_representative(household)
        if who is None:
            return {}
        if who == work.actor.name:
            return {REPRESENTATIVE: 1}
        theirs = work.tx.alerts.find_last_reason(alert.id, str(Actor(ActorKind.CONTACT, who)), TransitionKind.REPLIED)
        return {} if theirs is None or self.answer is FamilyReply.GO else {OUTRANKED: 1}

    def _make_params(self, now: int) -> dict[str, int]:
        if self.answer is not FamilyReply.WITH_ME:
            return {}
        if self.until is None or not now < self.until <= now + LONGEST_STAY // MS:
            raise Incomplete("say until which day, within the next 60 days")
        return {_UNTIL: self.until}

    def _follow_absence(self, work: Work, alert: Alert) -> None:
        household = alert.subject.household
        if household is None:
            return
        work.tx.spans.end_family_absence(alert.id, work.now)
        if self.until is not None and self.answer is FamilyReply.WITH_ME:
            work.tx.spans.enter_family_absence(alert.id, household, (work.now, self.until), work.now)
