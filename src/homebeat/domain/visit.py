"""A visit: one dispatch to the door, from the order to what was seen there. Each state has a time in which the next comes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from homebeat.domain.alert import Priority
from homebeat.domain.arrival import Arrival, Nearness
from homebeat.domain.durations import MS
from homebeat.domain.errors import NotAllowed
from homebeat.domain.ids import AlertId
from homebeat.domain.instants import TOLERANCE_MS


class VisitState(StrEnum):
    """How far a visit has come."""

    ASSIGNED = "assigned"
    EN_ROUTE = "en_route"
    AT_DOOR = "at_door"
    SEEN = "seen"  # somebody was seen, or it was seen that nobody is there
    MISSED = "missed"  # the time ran out: nobody came
    CANCELLED = "cancelled"  # called off: nobody has to go any more
    DECLINED = "declined"  # whoever was to go cannot


#: How a visit ends with the closing of its alert: what was found there closed it, or nobody has to go any more.
CLOSED: Final = frozenset({VisitState.SEEN, VisitState.CANCELLED})
#: In these somebody is expected, and a time runs.
LIVE: Final = frozenset({VisitState.ASSIGNED, VisitState.EN_ROUTE, VisitState.AT_DOOR})
_ORDER: Final = (VisitState.ASSIGNED, VisitState.EN_ROUTE, VisitState.AT_DOOR, VisitState.SEEN)


class DoorProof(StrEnum):
    """What proves that somebody was at the door."""

    NONE = ""
    CODE = "code"  # the code that is printed at the home's door


@dataclass(frozen=True, slots=True)
class VisitLimits:
    """How long each state of a visit may last. To the door it is the 45 minutes that the field promises."""

    set_off: timedelta = timedelta(minutes=10)
    arrive: timedelta = timedelta(minutes=35)
    see: timedelta = timedelta(minutes=15)


#: Where a life may hang on it, whoever does not set off at once is not waited for.
URGENT: Final = VisitLimits(timedelta(minutes=3), timedelta(minutes=25), timedelta(minutes=10))
USUAL: Final = VisitLimits()
#: Whoever holds the link of a visit has so many tries at the code at the door; then the desk can send them again.
MOST_WRONG_CODES: Final = 5
#: Whose visit ended with a closing that was undone is not late at once: they have at least so long to see that it goes on.
RESUMED_WAIT: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Visit:
    """One dispatch. Times are epoch ms.

    Attributes:
        visitor: Who goes, as histories name actors.
        due_at: When the next state is due; None once it is over.
        assigned_by: Who sent them, or has taken the alert over since from whoever did; the visitor, where nobody did.
        proof: What proved that they were at the door.
        set_at: When `due_at` was reckoned, by the same clock; as it was stored.
        nearness: What the word of their telephone at the door is worth.
        distance_m: From the home by that word; None where that is not known.
        accuracy_m: How sure the telephone was; None where it did not say.
        resumed_at: When it went on, because the closing that had ended it was undone; None where none was.
        wrong_codes: How often they typed a code that is not the one at the door, since the desk sent them.
    """

    id: str
    alert_id: AlertId
    visitor: str
    state: VisitState
    due_at: int | None
    assigned_at: int
    assigned_by: str
    en_route_at: int | None = None
    at_door_at: int | None = None
    ended_at: int | None = None
    proof: DoorProof = DoorProof.NONE
    set_at: int = 0
    resumed_at: int | None = None
    nearness: Nearness = Nearness.UNSAID
    distance_m: int | None = None
    accuracy_m: int | None = None
    wrong_codes: int = 0

    @property
    def may_try_code(self) -> bool:
        """Whether a code that they type is looked at."""
        return self.proof is DoorProof.NONE and self.wrong_codes < MOST_WRONG_CODES

    @property
    def is_live(self) -> bool:
        """Whether somebody is expected at the door."""
        return self.state in LIVE

    @property
    def is_resumed(self) -> bool:
        """Whether somebody is expected again, because a closing was undone, and they have said nothing since."""
        said_at = max(self.en_route_at or 0, self.at_door_at or 0)
        return self.is_live and self.resumed_at is not None and self.resumed_at > said_at

    def is_overdue(self, now: int) -> bool:
        """Whether the next state is overdue at `now`; also where it was reckoned by a clock that has been corrected since."""
        return self.due_at is not None and (self.due_at <= now or self.set_at > now + TOLERANCE_MS)


def find_furthest(visits: Iterable[Visit]) -> Visit | None:
    """Find the visit that tells most: of those where somebody is expected the one that has come furthest, else the last to end.

    One that was called off, or that nobody could take, tells nothing.
    """
    telling = [one for one in visits if one.state in _ORDER or one.state is VisitState.MISSED]
    return max(telling, key=_weigh, default=None)


def _weigh(visit: Visit) -> tuple[bool, int, int]:
    return visit.is_live, _ORDER.index(visit.state) if visit.is_live else 0, visit.ended_at or 0


def note_arrival(visit: Visit, arrival: Arrival) -> Visit:
    """Note what the word of a telephone is worth; one that says nothing leaves what was noted before."""
    if arrival.nearness is Nearness.UNSAID:
        return visit
    return replace(visit, nearness=arrival.nearness, distance_m=arrival.distance_m, accuracy_m=arrival.accuracy_m)


def resume_visit(ended: Visit, before: Visit, now: int) -> Visit:
    """Go on with a visit as it was before the closing of its alert ended it.

    Args:
        ended: As it is now.
        before: As it was before the closing; its time is kept, but runs at least `RESUMED_WAIT` from `now` on.
        now: Epoch ms.

    Raises:
        NotAllowed: It is not over, or was ended by something else.
    """
    if ended.state not in CLOSED or not before.is_live:
        raise NotAllowed("this visit was not ended by the closing")
    due_at = max(before.due_at or 0, now + RESUMED_WAIT // MS)
    return replace(ended, state=before.state, due_at=due_at, ended_at=None, resumed_at=now)


def find_limits(priority: Priority) -> VisitLimits:
    """Find how long each state may last, by the urgency of the alert."""
    return URGENT if priority is Priority.CRITICAL else USUAL


def assign_visit(alert_id: AlertId, visitor: str, by: str, priority: Priority, now: int) -> Visit:
    """Give the order to go to the door."""
    name = hashlib.sha256(f"{alert_id}|{visitor}|{now}".encode()).hexdigest()[:20]
    due_at = now + find_limits(priority).set_off // MS
    return Visit("v" + name, alert_id, visitor, VisitState.ASSIGNED, due_at, now, by)


def is_ahead(visit: Visit, to: VisitState) -> bool:
    """Whether `to` comes after the state in which a live visit is."""
    return visit.is_live and _ORDER.index(to) > _ORDER.index(visit.state)


def move_visit(visit: Visit, to: VisitState, priority: Priority, now: int) -> Visit:
    """Go on to a later state; one may be left out, as when somebody lives next door.

    Raises:
        NotAllowed: The visit is over, or the state lies behind.
    """
    if not visit.is_live:
        raise NotAllowed("this visit is over")
    if to in _ORDER and not is_ahead(visit, to):
        raise NotAllowed("this visit has come further already")
    limits = find_limits(priority)
    match to:
        case VisitState.EN_ROUTE:
            return replace(visit, state=to, due_at=now + limits.arrive // MS, en_route_at=now)
        case VisitState.AT_DOOR:
            return replace(visit, state=to, due_at=now + limits.see // MS, at_door_at=now)
    return replace(visit, state=to, due_at=None, ended_at=now)
