"""See that supervisors hear of complaints: once a minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from homebeat.actions.perform import Perform, Record
from homebeat.actions.work import Work
from homebeat.domain.alert import Condition, Reason, Subject, TransitionKind, add_note, follow_edge, open_alert
from homebeat.domain.complaint import ComplaintState
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import make_service
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.service_alerts import make_edge
from homebeat.store import AlertFilter, NewComplaint, ReadSession, Store

#: Who looks.
COMPLAINTS: Final = make_service("complaints")
#: The alert about complaints of an area that wait for an answer.
RULE: Final = "complaint_waits"
#: Why it opens, or is open again.
NEW: Final = "complaint_new"
#: A further complaint about an alert of which somebody has complained already.
AGAIN: Final = "complaint_again"
ANSWERED: Final = "complaints_answered"
#: How many complaints are looked at at once. The others have the next minute.
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class ComplaintsWatched:
    """What has changed.

    Attributes:
        said: How many complaints supervisors were notified of, or found answered.
        cleared: In how many areas each has an answer now.
    """

    said: int
    cleared: int


@dataclass(frozen=True, slots=True)
class WatchComplaints:
    """Let the supervisors and the desk of an area know of its complaints.

    1. Of those that are new, open the alert of their area, or open it again: that notifies its supervisors, once for each
       complaint. A further one about the same alert is a note in the history; one that has an answer already is nothing.
    2. Where each complaint of an area has an answer, the condition of its alert is over.

    Whoever complains never waits for this, and it fails for nobody. Doing it twice in a minute, or in two processes, changes
    nothing more.

    Attributes:
        answered: Areas in which each complaint had an answer when somebody looked.
    """

    name: ClassVar = "watch_complaints"
    operation: ClassVar = Operation.WATCH_COMPLAINTS

    answered: Sequence[AreaId] = ()

    def run(self, work: Work) -> ComplaintsWatched:
        """Returns what has changed."""
        new_ones = work.tx.complaints.list_new(_MOST)
        waiting = [one for one in new_ones if one.state is ComplaintState.OPEN]
        open_ones = work.tx.complaints.count_open({one.area for one in waiting})
        said = work.tx.complaints.find_said_alerts(one.alert_id for one in waiting if one.alert_id is not None)
        for one in waiting:
            _follow(work, one, open_ones[one.area], is_again=one.alert_id in said)
            said |= {one.alert_id} if one.alert_id is not None else set()
        work.tx.complaints.note_said([one.id for one in new_ones], work.now)
        waits = work.tx.complaints.count_open(self.answered)
        over = [area for area in self.answered if area not in waits and _clear(work, area)]
        return ComplaintsWatched(len(new_ones), len(over))

    def record(self, result: ComplaintsWatched) -> Record | None:
        """How many were new, and in how many areas each has an answer; None where nothing has changed."""
        return Record("", {"said": result.said, "cleared": result.cleared}) if result.said or result.cleared else None


def _follow(work: Work, one: NewComplaint, open_ones: int, *, is_again: bool) -> None:
    """Open the alert of the area, open it again, or note in it that there is one more."""
    subject = Subject(area=one.area)
    standing = work.tx.alerts.find_standing([(RULE, subject.key)]).get((RULE, subject.key))
    edge = make_edge(RULE, subject, Reason(NEW, {"complaint": one.id, "waiting": open_ones}), work.now)
    if standing is None:
        work.write_step(*open_alert(edge))
    elif is_again:
        why = Reason(AGAIN, {"complaint": one.id, "waiting": open_ones})
        work.write_step(*add_note(standing, work.now, str(work.actor), "", why))
    else:
        work.write_step_and_notify(*follow_edge(standing, replace(edge, kind=TransitionKind.REOPENED)))


def _clear(work: Work, area: AreaId) -> bool:
    """Say that the condition of the area's alert is over; False where it is already, or somebody has closed the alert."""
    subject = Subject(area=area)
    standing = work.tx.alerts.find_standing([(RULE, subject.key)]).get((RULE, subject.key))
    if standing is None or standing.condition is not Condition.FIRING:
        return False
    edge = make_edge(RULE, subject, Reason(ANSWERED), work.now, kind=TransitionKind.CLEARED)
    return work.write_step(*follow_edge(standing, edge))


def _find_answered(reader: ReadSession) -> list[AreaId]:
    """Find the areas with an alert that stands, in which no complaint waits for an answer any more."""
    firing = AlertFilter(is_open=True, condition=Condition.FIRING, rule=RULE)
    areas = [one.subject.area for one in reader.alerts.read_plain_page(firing, _MOST).items if one.subject.area is not None]
    waits = reader.complaints.count_open(areas)
    return [area for area in areas if area not in waits]


def watch_complaints(store: Store, perform: Perform) -> None:
    """See that supervisors hear of complaints; a thread calls it once a minute. It looks before it writes.

    Raises:
        Unavailable: The database is away: the next minute tries again.
    """
    with store.read(EVERYTHING) as reader:
        answered = _find_answered(reader)
        needs = bool(answered or reader.complaints.list_new(1))
    if needs:
        perform(COMPLAINTS, WatchComplaints(answered))
