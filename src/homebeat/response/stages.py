"""The stages that an edge passes before it changes an alert: their order, and why each may hold it back.

A stage answers None ("go on") or the code of a reason. The order is `STAGES`, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from homebeat.domain.alert import Alert, Condition, Edge, TransitionKind
from homebeat.domain.cause import BEHIND
from homebeat.domain.ids import AlertId
from homebeat.domain.silence import SILENCED, WORK_UNTIL, Silence
from homebeat.response.situation import Situation, find_opened_id

DECIDED_ALREADY: Final = "decided_already"
NOTHING_TO_CLEAR: Final = "nothing_to_clear"
RESOLVED_ALREADY: Final = "resolved_already"
_FIRES: Final = frozenset({TransitionKind.OPENED, TransitionKind.REOPENED})


#: What an edge waits for: that a silence ends, or that a cause which many homes share is over.
Holder = Silence | Alert


@dataclass(frozen=True, slots=True)
class Stage:
    """One check that every edge passes.

    Attributes:
        hold: Why the edge goes no further, as a code; None to go on.
        is_stored: People would have seen the change. Then the reason is stored and shown.
        find_holder: What the edge waits for, where it is kept until that is over.
    """

    name: str
    hold: Callable[[Situation, Edge], str | None]
    is_stored: bool = False
    find_holder: Callable[[Situation, Edge], Holder | None] = field(default=lambda _situation, _edge: None)


@dataclass(frozen=True, slots=True)
class HeldEdge:
    """An edge that a stage held back.

    Attributes:
        alert_id: The alert that it would have opened or changed.
        stage: The name of the stage.
        reason: Why, as a code.
        holder: What it waits for; None where it is not kept.
    """

    edge: Edge
    alert_id: AlertId
    stage: str
    reason: str
    is_stored: bool
    holder: Holder | None = None


def hold_repeated(situation: Situation, edge: Edge) -> str | None:
    """Hold an edge that the standing alert has followed already: after a crash the same edges are decided once more.

    A condition that is over and begins again with the same start is no repetition: a home was left out of the register by
    mistake, or its rule was off for a while.
    """
    alert = situation.find_alert(edge)
    if alert is None or edge.kind not in _FIRES:
        return None
    is_its_opening = edge.kind is TransitionKind.OPENED and edge.alert_id == alert.id
    if alert.condition is Condition.CLEARED:
        return DECIDED_ALREADY if is_its_opening and edge.at == alert.opened_at else None
    is_known = edge.since == alert.since and _says_same(edge, alert) and edge.priority.rank >= alert.priority.rank
    return DECIDED_ALREADY if is_its_opening or is_known else None


def _says_same(edge: Edge, alert: Alert) -> bool:
    """Whether an alert has the reason of an edge. That there is work on devices of the home is no word of the engine."""
    said = {name: value for name, value in alert.reason.params.items() if name != WORK_UNTIL}
    return (edge.reason.code, dict(edge.reason.params)) == (alert.reason.code, said)


def hold_resolved(situation: Situation, edge: Edge) -> str | None:
    """Hold an edge whose alert somebody has resolved: what people closed stays closed."""
    if edge.kind not in _FIRES or situation.find_alert(edge) is not None:
        return None
    return RESOLVED_ALREADY if find_opened_id(edge) in situation.known else None


def hold_silenced(situation: Situation, edge: Edge) -> str | None:
    """Hold an edge that would open an alert which somebody has silenced. An alert that stands already goes on as it does.

    What is held is kept by the action, and decided on again once the silence is over.
    """
    if edge.kind not in _FIRES or situation.find_alert(edge) is not None:
        return None
    return None if situation.find_silence(edge) is None else SILENCED


def hold_behind(situation: Situation, edge: Edge) -> str | None:
    """Hold an edge that would open an alert of a home while the alert about a cause stands that many homes share.

    What is about a person waits for a short time only (`domain.cause`). What is held is kept, and decided on again.
    """
    if edge.kind not in _FIRES or situation.find_alert(edge) is not None:
        return None
    cause = situation.find_cause(edge)
    return None if cause is None else BEHIND + cause.rule


def hold_needless(situation: Situation, edge: Edge) -> str | None:
    """Hold the end of a condition that has no alert, or whose alert is cleared already."""
    if edge.kind in _FIRES:
        return None
    alert = situation.find_alert(edge)
    return NOTHING_TO_CLEAR if alert is None or alert.condition is Condition.CLEARED else None


STAGES: Final = (
    Stage("repeated", hold_repeated),
    Stage("resolved", hold_resolved, is_stored=True),
    Stage(SILENCED, hold_silenced, is_stored=True, find_holder=Situation.find_silence),
    Stage("behind", hold_behind, is_stored=True, find_holder=Situation.find_cause),
    Stage("needless", hold_needless),
)


def hold_back(situation: Situation, edge: Edge) -> HeldEdge | None:
    """Find the first stage that holds the edge back; None if it passes all of them."""
    for stage in STAGES:
        reason = stage.hold(situation, edge)
        if reason is not None:
            holder = stage.find_holder(situation, edge)
            return HeldEdge(edge, find_opened_id(edge), stage.name, reason, stage.is_stored, holder)
    return None
