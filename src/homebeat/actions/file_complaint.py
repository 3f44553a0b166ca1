"""Enter a complaint about somebody who went to the door, or did not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

from homebeat.actions.circuits import check_reason
from homebeat.actions.perform import Record
from homebeat.actions.visiting import find_visitor
from homebeat.actions.work import Work
from homebeat.domain.complaint import Complaint
from homebeat.domain.contact_id import find_responder
from homebeat.domain.errors import Incomplete, NotFound
from homebeat.domain.ids import AlertId, AreaId, HouseholdId, ResponderId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class FileComplaint:
    """Enter a complaint: about an alert, about a responder, or both.

    1. It must say something, and name an alert or a responder that lie in the principal's areas.
    2. Where it names no responder, it concerns whoever was sent to the door last; nobody where nobody was.
    3. Write it. It counts for a provider's circuit from now on, unless it is rejected.
    """

    name: ClassVar = "file_complaint"
    operation: ClassVar = Operation.COMPLAIN

    what: str = field(repr=False)
    alert_id: AlertId | None = None
    responder: ResponderId | None = None

    def run(self, work: Work) -> Complaint:
        """Returns the complaint.

        Raises:
            NotFound: There is no such alert or responder.
            Incomplete: It names neither, or says nothing.
        """
        return write_complaint(work, check_reason(self.what), self.alert_id, self.responder)

    def record(self, result: Complaint) -> Record:
        """About which alert, and whom it concerns. What it says stands sealed beside it."""
        about = f"alert:{result.alert_id}" if result.alert_id else f"responder:{result.responder}"
        return Record(about, {"complaint": result.id, "responder": result.responder or ""})


def write_complaint(work: Work, what: str, alert_id: AlertId | None, responder: ResponderId | None) -> Complaint:
    """Write a complaint about an alert, a responder, or both; returns it with its number.

    Raises:
        NotFound: There is no such alert or responder.
        Incomplete: It names neither.
    """
    area, home, who = _find_place(work, alert_id, responder)
    found = Complaint(0, area, home, alert_id, who, what, str(work.actor), work.now)
    return replace(found, id=work.tx.complaints.add(found), counts_from=None if who is None else work.now)


def _find_place(
    work: Work, alert_id: AlertId | None, responder: ResponderId | None
) -> tuple[AreaId, HouseholdId | None, ResponderId | None]:
    known = {one.responder: one for one in work.tx.duty.list_kinds()}
    if responder is not None and responder not in known:
        raise NotFound(f"there is no responder {responder!r}")
    if alert_id is not None:
        alert = work.load_alert(alert_id, None)
        home = alert.subject.household
        place = None if home is None else work.tx.fleet.find_places([home]).get(home)
        if home is None or place is None or not place.path:
            raise Incomplete("this alert is about no home: name the responder alone")
        sent = [find_responder(find_visitor(one.visitor)) for one in work.tx.visits.list_of([alert.id])]
        last = next((who for who in reversed(sent) if who is not None), None)
        return place.path[0], home, responder or last
    if responder is None:
        raise Incomplete("say which alert it is about, or which responder")
    areas = known[responder].areas or tuple(work.tx.fleet.list_roots())
    scope = work.principal.find_scope(FileComplaint.operation)
    area = next((one for one in areas if scope.reaches(work.tx.fleet.find_line(one))), None)
    if area is None:
        raise NotFound(f"there is no responder {responder!r} in your areas: name the alert")
    return area, None, responder
