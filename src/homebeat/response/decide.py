"""From the engine's edges to alert changes and notices.

The order: first the stages (`stages.STAGES`), each of which may hold the edge back with a reason. Then the alert opens, reopens,
becomes more urgent, is annotated or clears. Then who is notified, and who is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from homebeat.domain.alert import (
    Alert,
    Answer,
    Condition,
    Edge,
    Reason,
    Transition,
    TransitionKind,
    follow_edge,
    open_alert,
    raise_priority,
)
from homebeat.domain.durations import MS
from homebeat.domain.ids import AlertId
from homebeat.domain.instants import is_from_the_future
from homebeat.domain.notice import Notice
from homebeat.domain.response_plan import Deadline, Party, Position
from homebeat.domain.silence import WORK_UNTIL
from homebeat.response.advance import choose_plan, go_on
from homebeat.response.ask import ask_resident, close_if_answered
from homebeat.response.deadline import follow_step, needs_deadline
from homebeat.response.notify import choose_event, is_for_family, notify_taken
from homebeat.response.situation import Situation, restart
from homebeat.response.stages import HeldEdge, hold_back
from homebeat.response.step_taken import StepTaken

#: Steps with which a plan begins, or begins again.
BEGINS: Final = frozenset({TransitionKind.OPENED, TransitionKind.REOPENED, TransitionKind.RAISED})
#: If the device alarms again this soon after an acknowledgement, the responder keeps the alert: they may be on the phone.
JUST_TAKEN: Final = timedelta(minutes=3)


@dataclass(slots=True)
class Decision:
    """What edges change, in order.

    Attributes:
        changes: Alerts after each step, with the step.
        notices: What to send, committed with its cause.
        held: Edges that changed nothing, each with the stage that held it back and why.
        deadlines: Until when somebody has to answer, of every alert that changed; None where nobody has to any more.
    """

    changes: list[tuple[Alert, Transition]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    held: list[HeldEdge] = field(default_factory=list)
    deadlines: dict[AlertId, Deadline | None] = field(default_factory=dict)

    def add(self, other: Decision) -> None:
        """Append what was decided after this."""
        self.changes += other.changes
        self.notices += other.notices
        self.held += other.held
        self.deadlines |= other.deadlines


def decide(situation: Situation, edge: Edge) -> Decision:
    """Decide on one edge; the situation stays as it is.

    Raises:
        NotAllowed: The edge is of a kind that the engine cannot give.
    """
    held = hold_back(situation, edge)
    if held is not None:
        return Decision(held=[held])
    before = situation.find_alert(edge)
    now = edge.at if situation.now is None else situation.now
    after, step = _open(_mention_work(situation, edge)) if before is None else _follow(edge, before, now)
    decision = _respond(situation, edge, before, (after, step), now)
    decision.notices += ask_resident(edge, after, step)
    decision.changes = [(after, step), *close_if_answered(after, edge)]
    if not needs_deadline(decision.changes[-1][0]):
        decision.deadlines[after.id] = None
    return decision


def _respond(situation: Situation, edge: Edge, before: Alert | None, done: tuple[Alert, Transition], now: int) -> Decision:
    """Begin the alert's plan, begin it again, or leave it as it stands; and notify those who are told."""
    (after, step), receivers, setup = done, situation.find_receivers(edge), situation.setup
    plan = choose_plan(after, receivers, setup.book)
    event = choose_event(before, after, step)
    if step.kind in BEGINS and after.answer is Answer.UNACKNOWLEDGED and needs_deadline(after):
        advance = go_on(plan, Position(), receivers, now)
        notices = notify_taken(advance.taken, after, step, event, setup)
        return Decision(notices=notices, deadlines={after.id: advance.deadline})
    deadline = follow_step(situation.deadlines.get(after.id), after, step, plan, setup.book, now)
    notices = []
    if step.kind is TransitionKind.RAISED and is_for_family(after):
        family = StepTaken(Party.FAMILY, receivers.family, is_again=False, answer_by=now)
        notices = notify_taken([family], after, step, event, setup)
    return Decision(notices=notices, deadlines={after.id: deadline})


def decide_all(situation: Situation, edges: Iterable[Edge]) -> Decision:
    """Decide on edges in the engine's order; the situation follows each of them."""
    decision = Decision()
    for edge in edges:
        decided = decide(situation, edge)
        for alert, _step in decided.changes:
            situation.follow(alert)
        situation.follow_deadlines(decided.deadlines)
        decision.add(decided)
    return decision


def _mention_work(situation: Situation, edge: Edge) -> Edge:
    """Let an alert that opens say that there is work on devices of its home: they may be why."""
    work = situation.find_work(edge)
    if work is None:
        return edge
    return replace(edge, reason=Reason(edge.reason.code, {**edge.reason.params, WORK_UNTIL: work.ends_at}))


def _open(edge: Edge) -> tuple[Alert, Transition]:
    return open_alert(edge if edge.kind is TransitionKind.OPENED else restart(edge))


def _follow(edge: Edge, alert: Alert, now: int) -> tuple[Alert, Transition]:
    """Find what an edge does to the standing alert."""
    if edge.kind not in {TransitionKind.OPENED, TransitionKind.REOPENED}:
        return follow_edge(alert, edge)
    if alert.condition is Condition.FIRING and edge.priority.rank < alert.priority.rank:
        return raise_priority(alert, edge)
    if alert.answer is Answer.UNACKNOWLEDGED and alert.condition is Condition.FIRING:
        return _annotate(edge, alert)
    return _annotate(edge, alert) if _is_just_taken(alert, edge, now) else follow_edge(alert, edge)


def _is_just_taken(alert: Alert, edge: Edge, now: int) -> bool:
    """Whether somebody has just taken an alert. Where the clock was ahead then, it would be so for as long as it was ahead."""
    taken = alert.acknowledged_at
    return taken is not None and edge.at - taken < JUST_TAKEN / MS and not is_from_the_future(taken, now)


def _annotate(edge: Edge, alert: Alert) -> tuple[Alert, Transition]:
    """Note that it happened again, without changing who answers for it."""
    of_time = {name: edge.reason.params[name] for name in ("received_at", "untimed", "tested") if name in edge.reason.params}
    step = Transition(alert.id, TransitionKind.NOTED, edge.at, "engine", Reason("again", {"since_at": edge.since} | of_time))
    return replace(alert, version=alert.version + 1), step
