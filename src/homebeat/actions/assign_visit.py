"""Send somebody to the door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.perform import Record, record_alert
from homebeat.actions.visiting import name_visitor, write_visit
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Answer, acknowledge
from homebeat.domain.errors import NotAllowed, NotFound
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import AlertId, ResponderId
from homebeat.domain.notice import VISIT_PATH, Notice
from homebeat.domain.provider_order import ProviderOrder
from homebeat.domain.role import Operation
from homebeat.domain.visit import assign_visit
from homebeat.response.channel_order import goes_over_all, order_channels
from homebeat.response.notify import make_payload
from homebeat.response.standby import find_relief

#: What the message says that sends somebody to the door.
ASSIGNED: Final = "visit.assigned"


@dataclass(frozen=True, slots=True)
class AssignVisit:
    """Send a responder to the door.

    1. Load the alert; refuse where it has moved on since `version`, is closed, or somebody else has it.
    2. Whoever sends somebody answers for the alert: where nobody has it, they take it.
    3. Refuse a responder who does not answer for this home, cannot be notified, or is on their way already; and a provider whose
       work goes to another, as in a plan: only where nobody can stand in, it is sent all the same.
    4. Write the visit, with the time in which they must have set off; of a provider, enter what it is asked.
    5. Notify them over their channels, one after the other (`response.channel_order`), each with a link to the page of the visit.
    """

    name: ClassVar = "assign_visit"
    operation: ClassVar = Operation.ANSWER

    alert_id: AlertId
    responder: ResponderId
    version: int | None = None

    def run(self, work: Work) -> Alert:
        """Returns the alert as it is now."""
        alert = work.load_alert(self.alert_id, self.version)
        household = alert.subject.household
        if household is None:
            raise NotAllowed("this alert is about no home: there is no door to go to")
        if alert.answer is not Answer.ACKNOWLEDGED or alert.owner != str(work.actor):
            alert, step = acknowledge(alert, work.now, str(work.actor))
            work.write_step(alert, step)
        those = work.tx.duty.find_responders([household]).get(household, [])
        who = next((one for one in those if one.responder == self.responder), None)
        if who is None:
            raise NotFound("there is no such responder for this home")
        if not who.ways:
            raise NotAllowed("this responder has no channel: call them, and write down who goes")
        if (relief := find_relief(who, [one for one in those if one.kind is ResponderKind.PROVIDER], work.now)) is not None:
            raise NotAllowed(f"the work of {who.responder} goes to {relief.responder} for now: send {relief.responder}")
        visitor = name_visitor(who.contact)
        if work.tx.visits.find_live(alert.id, visitor) is not None:
            raise NotAllowed("they are on their way already")
        visit = assign_visit(alert.id, visitor, str(work.actor), alert.priority, work.now)
        alert = write_visit(work, alert, visit)
        if who.kind is ResponderKind.PROVIDER:
            work.tx.providers.enter_orders([ProviderOrder(who.responder, alert.id, work.now)])
        ways = [(who.contact, kind, index) for index, (kind, _endpoint) in enumerate(who.ways)]
        payload = {**make_payload(alert, work.setup.link_base), "link": work.setup.link_base + VISIT_PATH}
        work.tx.outbox.add(
            [
                Notice(alert.id, *turn.way, ASSIGNED, work.now, payload, visit.id, turn.place, turn.after_ms)
                for turn in order_channels(ways, work.setup.book.next_channel_after, at_once=goes_over_all(alert))
            ],
            work.now,
        )
        return alert

    def record(self, result: Alert) -> Record:
        """The alert, the version that it has now, and who goes."""
        return record_alert(result, responder=self.responder)
