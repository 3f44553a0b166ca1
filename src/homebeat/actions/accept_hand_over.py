"""Take over somebody's open alerts by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from homebeat.actions.perform import Record
from homebeat.actions.same_person import is_same_person, list_names
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, take_over
from homebeat.domain.errors import NotAllowed, NotFound, NotPermitted
from homebeat.domain.role import Operation, Relation
from homebeat.store import HandOverEntry

_HERE: Final = frozenset({Relation.IN_AREA})


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A hand-over that was accepted, with the alerts as they are now."""

    entry: HandOverEntry
    alerts: Sequence[Alert]


@dataclass(frozen=True, slots=True)
class AcceptHandOver:
    """Take over the open alerts that were offered: from now on whoever accepts answers for all of them.

    1. Load the offer. It names the actor (a key counts as whoever made it), is not older than 12 hours, and was not accepted yet;
       and the actor still answers alerts there.
    2. Lock the alerts that whoever leaves has now, in that area and all below it: also those taken since the offer.
    3. Write one step for each, and that the offer was accepted. Either all of them change hands, or none.
    4. Whoever was sent to a door is counted on by the new owner: if nobody comes, the alert goes back to the queue as before.
    """

    name: ClassVar = "accept_hand_over"
    operation: ClassVar = Operation.ANSWER

    offer: int

    def run(self, work: Work) -> TakenOver:
        """Returns what was taken over."""
        entry = work.tx.hand_overs.find(self.offer)
        if entry is None:
            raise NotFound("there is no such hand-over")
        if not is_same_person(work.tx.keys, str(work.actor), entry.accepting):
            raise NotPermitted(f"it was offered to {entry.accepting}: whoever takes over accepts it")
        if not work.principal.may_on(self.operation, work.tx.fleet.find_line(entry.area), _HERE):
            raise NotPermitted("you do not answer alerts in this area any more")
        if work.now - entry.offered_at > HandOverEntry.LASTS_MS:
            raise NotAllowed("this was offered more than 12 hours ago: have it offered again")
        leaving = list_names(work.tx.keys, entry.leaving)
        steps = [
            take_over(alert, work.now, str(work.actor), entry.accepting)
            for alert in work.tx.hand_overs.list_alerts(leaving, entry.area, locks=True)
        ]
        if not work.tx.hand_overs.note_accepted(entry.id, len(steps), work.now):
            raise NotAllowed("this hand-over was accepted already")
        for alert, step in steps:
            work.write_step(alert, step)
        for visit in work.tx.visits.list_of(alert.id for alert, _ in steps):
            if visit.is_live and visit.assigned_by in leaving:
                work.tx.visits.put(replace(visit, assigned_by=entry.accepting), work.now)
        return TakenOver(entry, [alert for alert, _ in steps])

    def record(self, result: TakenOver) -> Record:
        """The offer, whose alerts they were, and how many."""
        detail: dict[str, str | int] = {"offer": self.offer, "of": result.entry.leaving, "alerts": len(result.alerts)}
        return Record(f"area:{result.entry.area}", detail)
