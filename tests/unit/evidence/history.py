"""Short ways to write down what happened to an alert."""

from __future__ import annotations

from homebeat.domain.alert import TAKEN_NO_OUTCOME, Outcome, Priority, Queue, TransitionKind
from homebeat.evidence.course import AlertCourse, CourseStep
from homebeat.evidence.gather import Gathering, Surroundings
from homebeat.evidence.report import EvidenceReport, GroupFigures

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
#: 2026-03-01 00:00 in Shanghai.
START = 1_772_294_400_000
END = START + 31 * DAY
LINES = {"lane": ("lane", "north", "city"), "yard": ("yard", "north", "city"), "hill": ("hill", "city")} | {
    "north": ("north", "city"),
    "city": ("city",),
}
AROUND = Surroundings("Asia/Shanghai", 40, 40 * 30 * DAY, LINES, frozenset(LINES), responders={"ann": "walker-1"})


def step(kind: TransitionKind, after: int, actor: str = "user:ann", code: str = "x", *, opened_at: int = START) -> CourseStep:
    return CourseStep(kind, opened_at + after, actor, code)


def course(
    opened_at: int = START,
    *,
    taken: int | None = None,
    replied: int | None = None,
    resolved: int | None = None,
    escalated: int = 0,
    ran_out: int = 0,
    reopened: tuple[int, ...] = (),
    cleared: int | None = None,
    outcome: Outcome = Outcome.FINE,
    rule: str = "no_sign_of_life",
    priority: Priority = Priority.HIGH,
    queue: Queue = Queue.CARE,
    area: str = "lane",
    source: str = "household:h1",
    device_kind: str = "",
    who: str = "user:ann",
    since: int | None = None,
    visited: bool = False,
    door: int | None = None,
    models: tuple[str, ...] = (),
) -> AlertCourse:
    """An alert; what happened to it is said in ms after its opening."""
    steps = [step(TransitionKind.ESCALATED, 5 * MINUTE * (i + 1), "clock", opened_at=opened_at) for i in range(escalated)]
    steps += [
        step(TransitionKind.RELEASED, HOUR * (i + 1), "clock", TAKEN_NO_OUTCOME, opened_at=opened_at) for i in range(ran_out)
    ]
    steps += [step(TransitionKind.REOPENED, after, "engine", opened_at=opened_at) for after in reopened]
    for kind, after, actor in (
        (TransitionKind.CLEARED, cleared, "engine"),
        (TransitionKind.ACKNOWLEDGED, taken, who),
        (TransitionKind.REPLIED, replied, "contact:h1/son"),
        (TransitionKind.RESOLVED, resolved, who),
    ):
        if after is not None:
            steps.append(step(kind, after, actor, opened_at=opened_at))
    return AlertCourse(
        opened_at=opened_at,
        since=opened_at if since is None else since,
        rule=rule,
        priority=priority,
        queue=queue,
        area=area,
        source=source,
        subject="resident:r1",
        device_kind=device_kind,
        timezone="Asia/Shanghai",
        resolved_at=None if resolved is None else opened_at + resolved,
        outcome=None if resolved is None else outcome,
        steps=tuple(sorted(steps, key=lambda one: one.at)),
        is_visited=visited or door is not None,
        door_at=None if door is None else opened_at + door,
        device_models=models,
    )


def report(*courses: AlertCourse, as_of: int = END, around: Surroundings = AROUND) -> EvidenceReport:
    gathering = Gathering(START, END, as_of)
    for one in courses:
        gathering.add(one)
    return gathering.make_report("", around)


def groups(found: EvidenceReport, by: str) -> dict[str, GroupFigures]:
    (breakdown,) = (one for one in found.breakdowns if one.by == by)
    return {group.group: group for group in breakdown.groups}
