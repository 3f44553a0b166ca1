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
from homebeat.domain.notice import Notice
from homebeat.response.ask import ask_resident, close_if_answered
from homebeat.response.notify import notify_home
from homebeat.response.situation import Situation, restart
from homebeat.response.stages import HeldEdge, hold_back

#: If the device alarms again this soon after an acknowledgement, the responder keeps the alert: they may be on the phone.
JUST_TAKEN: Final = timedelta(minutes=3)


@dataclass(slots=True)
class Decision:
    """What edges change, in order.

    Attributes:
        changes: Alerts after each step, with the step.
        notices: What to send, committed with its cause.
        held: Edges that changed nothing, each with the stage that held it back and why.
    """

    changes: list[tuple[Alert, Transition]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    held: list[HeldEdge] = field(default_factory=list)

    def add(self, other: Decision) -> None:
        """Append what was decided after this."""
        self.changes += other.changes
        self.notices += other.notices
        self.held += other.held


def decide(situation: Situation, edge: Edge) -> Decision:
    """Decide on one edge; the situation stays as it is.

    Raises:
        NotAllowed: The edge is of a kind that the engine cannot give.
    """
    held = hold_back(situation, edge)
    if held is not None:
        return Decision(held=[held])
    before = situation.find_alert(edge)
    after, step = _open(edge) if before is None else _follow(edge, before)
    notices = notify_home(before, after, step, situation.find_recipients(edge), situation.link_base)
    notices += ask_resident(edge, after, step)
    return Decision([(after, step), *close_if_answered(after, edge)], notices)


def decide_all(situation: Situation, edges: Iterable[Edge]) -> Decision:
    """Decide on edges in the engine's order; the situation follows each of them."""
    decision = Decision()
    for edge in edges:
        decided = decide(situation, edge)
        for alert, _step in decided.changes:
            situation.follow(alert)
        decision.add(decided)
    return decision


def _open(edge: Edge) -> tuple[Alert, Transition]:
    return open_alert(edge if edge.kind is TransitionKind.OPENED else restart(edge))


def _follow(edge: Edge, alert: Alert) -> tuple[Alert, Transition]:
    """Find what an edge does to the standing alert."""
    if edge.kind not in {TransitionKind.OPENED, TransitionKind.REOPENED}:
        return follow_edge(alert, edge)
    if alert.condition is Condition.FIRING and edge.priority.rank < alert.priority.rank:
        return raise_priority(alert, edge)
    if alert.answer is Answer.UNACKNOWLEDGED and alert.condition is Condition.FIRING:
        return _annotate(edge, alert)
    taken = alert.acknowledged_at
    if taken is not None and edge.at - taken < JUST_TAKEN / MS:
        return _annotate(edge, alert)
    return follow_edge(alert, edge)


def _annotate(edge: Edge, alert: Alert) -> tuple[Alert, Transition]:
    """Note that it happened again, without changing who answers for it."""
    of_time = {name: edge.reason.params[name] for name in ("received_at", "untimed") if name in edge.reason.params}
    step = Transition(alert.id, TransitionKind.NOTED, edge.at, "engine", Reason("again", {"since_at": edge.since} | of_time))
    return replace(alert, version=alert.version + 1), step
