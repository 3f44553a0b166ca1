"""Goes on with a response plan: who is told now, and until when somebody has to answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from homebeat.domain.alert import Alert, Queue, Reason
from homebeat.domain.cause import HOLDS
from homebeat.domain.durations import MS
from homebeat.domain.ids import ContactId
from homebeat.domain.response_plan import (
    SUPERVISED,
    Deadline,
    DeadlineKind,
    Party,
    PlanBook,
    Position,
    ResponsePlan,
    get_unhurried,
)
from homebeat.domain.service_alerts import SERVICE_ALERTS
from homebeat.response.notify import is_for_family
from homebeat.response.receivers import Receivers
from homebeat.response.step_taken import StepTaken

#: Why an alert was escalated: `who` names the parties that were told, `ways` over how many channels.
NOBODY_ANSWERED: Final = "nobody_answered"
#: The same, where a provider was told although its work should go to others.
NO_STANDBY: Final = "nobody_answered_no_standby"
#: The same for the first step of a plan, where the alert was opened without it.
PLAN_BEGUN: Final = "plan_begun"
#: Each time a plan has been through, the wait doubles, so often at most and up to this: who sleeps is not called all night.
_MOST_DOUBLED: Final = 5
_LONGEST_DOUBLED: Final = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Advance:
    """What going on with a plan means.

    Attributes:
        taken: The steps that were taken now, in order; those that found nobody are among them.
        deadline: Until when somebody has to answer.
    """

    taken: tuple[StepTaken, ...]
    deadline: Deadline

    def make_reason(self, begun: Position) -> Reason:
        """Why the alert was escalated, for its history; `begun` is where the plan stood."""
        parties = dict.fromkeys(one.who.value for one in self.taken if one.ways or one.who is Party.DESK)
        ways = sum(len(one.ways) for one in self.taken)
        code = NO_STANDBY if any(one.is_unrelieved for one in self.taken) else NOBODY_ANSWERED
        code = PLAN_BEGUN if begun == Position() else code
        return Reason(code, {"who": ",".join(parties) or Party.DESK.value, "ways": ways})


def choose_plan(alert: Alert, receivers: Receivers, book: PlanBook) -> ResponsePlan:
    """Choose the plan of an alert: what families are not told of has no hurry, and is no matter of theirs.

    Where it concerns many people of an area, somebody has to look after them now.
    """
    if not is_for_family(alert) and not (alert.rule in HOLDS and alert.queue is Queue.CARE):
        own = SERVICE_ALERTS.get(alert.rule)
        return SUPERVISED if own is not None and own.is_for_supervisors else get_unhurried(alert.priority)
    return book.choose(alert.rule, receivers.plan, receivers.path)


def go_on(plan: ResponsePlan, position: Position, receivers: Receivers, now: int) -> Advance:
    """Take the next step of a plan, and those together with it. A step that finds nobody to tell is followed by the next at once.

    Args:
        plan: The plan.
        position: Where it goes on. What lies behind its end, because the settings have changed, is its last steps again.
        receivers: Who can be told.
        now: Epoch ms.
    """
    place = position if position.step < len(plan.steps) else _begin_again(plan, position)
    taken: list[StepTaken] = []
    waits: list[timedelta] = []
    while True:
        step = plan.steps[place.step]
        waiting = [turn for turn in receivers.list_turns(step) if turn[0] not in place.notified]
        who, ways = waiting[0] if waiting else (None, [])
        is_unrelieved = any(way[0] in receivers.unrelieved for way in ways)
        taken.append(StepTaken(step.who, ways, _is_again(plan, place), now + step.wait // MS, is_unrelieved))
        if ways or step.who is Party.DESK:  # the desk has its page, whoever sits there
            waits.append(step.wait)
        follows = _find_next(plan, place, who if len(waiting) > 1 else None)
        is_through = follows.repeat > place.repeat
        if is_through or (waits and not plan.steps[follows.step].together):
            break
        place = follows
    wait = _lengthen(max(waits, default=step.wait), place.repeat)
    return Advance(tuple(taken), Deadline(DeadlineKind.STEP, now + wait // MS, plan.name, follows))


def _lengthen(wait: timedelta, repeat: int) -> timedelta:
    doubled: timedelta = wait * (1 << min(repeat, _MOST_DOUBLED))
    return max(wait, min(doubled, _LONGEST_DOUBLED))


def _find_next(plan: ResponsePlan, place: Position, had_turn: ContactId | None) -> Position:
    """Find what comes next; `had_turn` is who was notified now, where others of the step wait for their turn."""
    if had_turn is not None:
        return replace(place, notified=(*place.notified, had_turn))
    if place.step + 1 < len(plan.steps):
        return Position(place.step + 1, repeat=place.repeat)
    return _begin_again(plan, place)


def _begin_again(plan: ResponsePlan, place: Position) -> Position:
    return Position(plan.find_last_group(), repeat=place.repeat + 1)


def _is_again(plan: ResponsePlan, place: Position) -> bool:
    who = plan.steps[place.step].who
    return place.repeat > 0 or any(step.who is who for step in plan.steps[: place.step])
