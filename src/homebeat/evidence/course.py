"""One alert's course as the evidence needs it: what it was about, and the steps that people and machine took."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from homebeat.domain.actor import ActorKind
from homebeat.domain.alert import TAKEN_NO_OUTCOME, Outcome, Priority, Queue, TransitionKind
from homebeat.domain.durations import HOUR_MS

#: Reopened so often within an hour, an alert chatters (ISA-18.2: an alarm that goes off three times or more in a short time).
CHATTERING_REOPENINGS: Final = 3
CHATTERING_MS: Final = HOUR_MS
#: Steps that the evidence has no use for.
UNUSED: Final = frozenset({TransitionKind.OPENED, TransitionKind.RAISED, TransitionKind.NOTED})
_MACHINES: Final = frozenset({ActorKind.ENGINE, ActorKind.CLOCK, ActorKind.SERVICE})
_TAKING: Final = frozenset({TransitionKind.ACKNOWLEDGED, TransitionKind.RESOLVED})
_ANSWERING: Final = _TAKING | {TransitionKind.REPLIED}
_ENDING: Final = frozenset({TransitionKind.CLEARED, TransitionKind.CONTRADICTED, TransitionKind.RESOLVED})
#: The steps that `list_firing_spans` looks at.
FIRING_STEPS: Final = _ENDING | {TransitionKind.REOPENED, TransitionKind.RETURNED}


class Milestone(StrEnum):
    """What people reach on the way of an alert. Another one is a line here, and where `find_milestones` finds it."""

    TAKEN = "taken"  # somebody took it, or closed it without taking it first
    ANSWERED = "answered"  # the first human answer of any kind: taken, closed, or the family replied
    OUTCOME = "outcome"  # it was closed with what was found
    DOOR = "door"  # somebody who was sent stood at the door


@dataclass(frozen=True, slots=True)
class CourseStep:
    """One step; `at` is epoch ms, `code` that of its reason."""

    kind: TransitionKind
    at: int
    actor: str
    code: str


@dataclass(frozen=True, slots=True)
class AlertCourse:
    """An alert with its steps; times are epoch ms.

    Attributes:
        since: When the condition that held last began.
        area: Where it lies; empty for nowhere.
        source: Where it came from: `device:ID`, `household:ID`, `area:ID` or `service:NAME`. It names no person.
        subject: Whom or what it is about, by id.
        device_kind: Of the device that it is about; empty where it is about none that is registered.
        device_models: Of the devices on whose word it opened (`witnesses.find_models`), each once, in order; "" for one whose
            model is not known.
        timezone: Of the home; empty where it is about none.
        steps: In order, without those of `UNUSED`.
        is_visited: Somebody was sent to the door, and was not called off on the way.
        door_at: When the first of them stood there.
        provider: Which was asked first to go there; empty for none.
    """

    opened_at: int
    since: int
    rule: str
    priority: Priority
    queue: Queue
    area: str
    source: str
    subject: str
    device_kind: str
    timezone: str
    resolved_at: int | None
    outcome: Outcome | None
    steps: tuple[CourseStep, ...] = ()
    is_visited: bool = False
    door_at: int | None = None
    provider: str = ""
    device_models: tuple[str, ...] = ()


def is_human(actor: str) -> bool:
    """Whether an actor of an alert's history is a human being, or another system that speaks for one."""
    return actor.partition(":")[0] not in _MACHINES


def find_milestones(course: AlertCourse) -> dict[Milestone, int]:
    """Find when each milestone was reached, epoch ms; those that were not are left out.

    An outcome that was taken back within its five minutes is none; that somebody was there stays true.
    """
    found: dict[Milestone, int] = {}
    for step in course.steps:
        if step.kind in _ANSWERING and is_human(step.actor):
            found.setdefault(Milestone.ANSWERED, step.at)
            if step.kind in _TAKING:
                found.setdefault(Milestone.TAKEN, step.at)
    if course.resolved_at is not None:
        found[Milestone.OUTCOME] = course.resolved_at
    if course.door_at is not None:
        found[Milestone.DOOR] = course.door_at
    return found


def count_escalations(course: AlertCourse) -> int:
    """Count how often nobody had answered and the plan went on."""
    return sum(step.kind is TransitionKind.ESCALATED for step in course.steps)


def count_run_outs(course: AlertCourse) -> int:
    """Count how often somebody took it, said nothing more, and it went back: "taken, no outcome"."""
    return sum(step.kind is TransitionKind.RELEASED and step.code == TAKEN_NO_OUTCOME for step in course.steps)


def is_chattering(course: AlertCourse) -> bool:
    """Whether its condition came back three times or more within an hour."""
    at = [step.at for step in course.steps if step.kind is TransitionKind.REOPENED]
    last = CHATTERING_REOPENINGS - 1
    return any(late - early <= CHATTERING_MS for early, late in zip(at, at[last:], strict=False))


def list_firing_spans(course: AlertCourse, as_of: int) -> list[tuple[int, int]]:
    """List the spans in which its condition held and nobody had closed it, epoch ms; the one that goes on ends at `as_of`.

    The last one begins when its condition began, the ones before when they were noticed: only the last beginning is stored.
    """
    spans = list(_list_noticed(course, as_of))
    if spans:
        start, end = spans[-1]
        spans[-1] = (min(start, course.since), end)
    return spans


def _list_noticed(course: AlertCourse, as_of: int) -> Iterator[tuple[int, int]]:
    start: int | None = course.opened_at
    held_at_closing = False
    for step in course.steps:
        if step.kind in _ENDING:
            held_at_closing = step.kind is TransitionKind.RESOLVED and start is not None
            if start is not None:
                yield start, step.at
            start = None
        elif step.kind is TransitionKind.REOPENED or (step.kind is TransitionKind.RETURNED and held_at_closing):
            start = step.at if start is None else start
    if start is not None and start < as_of:
        yield start, as_of
