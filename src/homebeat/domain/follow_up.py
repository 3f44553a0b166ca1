"""A follow-up: some time after a case is closed somebody is asked whether anybody came, and whether it was right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from homebeat.domain.alert import Alert, Outcome, Priority, Queue
from homebeat.domain.durations import MS
from homebeat.domain.ids import AlertId
from homebeat.domain.service_alerts import SERVICE_ALERTS
from homebeat.domain.visit import Visit, VisitState
from homebeat.domain.wall_clock import find_zone

#: The event with which a family is asked.
FOLLOW_UP_EVENT: Final = "alert.follow_up"
#: By the wall clock of the home, so that nobody is woken by a question that can wait.
EARLIEST: Final = time(9)
LATEST: Final = time(20)
#: Nobody is asked how well things went.
_NOT_ASKED: Final = frozenset({Outcome.DECEASED, Outcome.WITHDRAWN})
_PRESSING: Final = frozenset({Priority.CRITICAL, Priority.HIGH})


class FollowUpAnswer(StrEnum):
    """What somebody says about a closed case."""

    GOOD = "good"  # somebody was there, and it was right
    NOBODY = "nobody"  # nobody came
    WRONG = "wrong"  # somebody was there, and it was not right

    @property
    def code(self) -> str:
        """Of the reason in the alert's history."""
        return f"follow_up_{self.value}"

    @property
    def is_complaint(self) -> bool:
        """Whether it says that something was wrong."""
        return self is not FollowUpAnswer.GOOD


class FollowUpState(StrEnum):
    """How far a follow-up has come."""

    WAITING = "waiting"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"  # its time ran out


class FollowUpCases(StrEnum):
    """Which closed cases have a follow-up."""

    PRESSING = "pressing"  # those in which somebody was sent to the door, and all that were critical or high
    VISITED = "visited"  # those in which somebody was sent to the door
    NONE = "none"


@dataclass(frozen=True, slots=True)
class FollowUpTerms:
    """What the settings say about follow-ups.

    Attributes:
        cases: Which cases have one.
        after: How long after the closing it is due.
        within: How long it waits for an answer from then on.
    """

    cases: FollowUpCases = FollowUpCases.PRESSING
    after: timedelta = timedelta(hours=24)
    within: timedelta = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class FollowUpChoice:
    """What the settings say of an area; None where they say nothing. The fields are those of `FollowUpTerms`."""

    cases: FollowUpCases | None = None
    after: timedelta | None = None
    within: timedelta | None = None

    def apply(self, terms: FollowUpTerms) -> FollowUpTerms:
        """Apply it to the terms of the area above."""
        return FollowUpTerms(self.cases or terms.cases, self.after or terms.after, self.within or terms.within)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The follow-up of one closed case. Times are epoch ms.

    Attributes:
        due_at: From when on somebody can answer.
        ends_at: Until when an answer is waited for. One that comes later counts too.
        asked_at: When the family was written to, or it was found that nobody can be; None before that.
        asked: To how many of the family.
        answered_by: Who answered, as histories name actors; empty for nobody.
        complaint: The number of the complaint that the answer became; None for none.
    """

    alert_id: AlertId
    due_at: int
    ends_at: int
    state: FollowUpState = FollowUpState.WAITING
    asked_at: int | None = None
    asked: int = 0
    answer: FollowUpAnswer | None = None
    answered_by: str = ""
    answered_at: int | None = None
    complaint: int | None = None

    def can_be_answered(self, now: int) -> bool:
        """Whether somebody can answer it at `now` (epoch ms)."""
        return self.state is not FollowUpState.ANSWERED and now >= self.due_at


def needs_follow_up(alert: Alert, visits: Sequence[Visit], terms: FollowUpTerms) -> bool:
    """Whether a case that has just been closed has a follow-up.

    Args:
        alert: As it is now.
        visits: All that were ordered for it.
        terms: What the settings say.
    """
    is_of_person = alert.queue is Queue.CARE and alert.subject.household is not None and alert.rule not in SERVICE_ALERTS
    if terms.cases is FollowUpCases.NONE or not is_of_person or alert.outcome in _NOT_ASKED:
        return False
    is_pressing = terms.cases is FollowUpCases.PRESSING and alert.priority in _PRESSING
    return is_pressing or any(map(_was_sent, visits))


def _was_sent(visit: Visit) -> bool:
    """Whether somebody was to come: not where they were called off before they set off."""
    is_unbegun = visit.state in {VisitState.ASSIGNED, VisitState.CANCELLED}
    return not is_unbegun or (visit.en_route_at or visit.at_door_at) is not None


def plan_follow_up(alert: AlertId, closed_at: int, zone: str, terms: FollowUpTerms) -> FollowUp:
    """Plan the follow-up of a case.

    Args:
        alert: Which.
        closed_at: Epoch ms.
        zone: Of the home's wall clock; one that is not known counts as UTC.
        terms: What the settings say.
    """
    due_at = move_into_day(closed_at + terms.after // MS, zone)
    return FollowUp(alert, due_at, due_at + terms.within // MS)


def move_into_day(at: int, zone: str) -> int:
    """Move an instant (epoch ms) to the next one at which people are asked; one that is in the day stays."""
    clock = find_zone(zone)
    wall = datetime.fromtimestamp(at / 1000, UTC).astimezone(clock)
    if EARLIEST <= wall.time() < LATEST:
        return at
    day = wall.date() if wall.time() < EARLIEST else wall.date() + timedelta(days=1)
    return int(datetime.combine(day, EARLIEST, clock).timestamp() * 1000)
