"""From the engine's edges to alert changes and notices.

The order: answered already? waiting already? taken a moment ago? otherwise open, reopen, clear; then who is told, and who is
asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from homebeat.domain.alert import Alert, Answer, Condition, Edge, Reason, Transition, TransitionKind, opened, raised, stepped
from homebeat.domain.fleet import Contact
from homebeat.domain.ids import AlertId, HouseholdId
from homebeat.domain.notice import Notice
from homebeat.response.ask import answered, questions
from homebeat.response.tell import notices

Pair = tuple[str, str]
ContactsOf = Callable[[HouseholdId], Iterable[Contact]]

#: Pressing again while the responder is picking up the phone does not take the alert away from them.
JUST_TAKEN: Final = timedelta(minutes=3)


@dataclass(slots=True)
class Decision:
    """What a tick changes, in order.

    Attributes:
        changes: Alerts after each step, with the step.
        notices: What is to be sent, committed with its cause.
        left: How many edges changed nothing, by reason.
    """

    changes: list[tuple[Alert, Transition]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)


def pair_of(edge: Edge) -> Pair:
    """What at most one unanswered alert exists for: the rule and the subject."""
    return edge.rule, edge.subject.key


def ids_of(edge: Edge) -> tuple[AlertId, ...]:
    """The alerts that deciding on an edge may open; which of them exist already is what `decide` must be told."""
    return edge.alert_id, _afresh(edge).alert_id


def _afresh(edge: Edge) -> Edge:
    """The edge as the onset of an alert of its own: its condition stood on, but the alert about it was resolved."""
    return replace(edge, kind=TransitionKind.OPENED, onset=edge.since)


def decide(
    edges: Iterable[Edge], standing: Mapping[Pair, Alert], known: AbstractSet[AlertId], contacts: ContactsOf, link_base: str
) -> Decision:
    """Decide on the edges of a tick.

    Args:
        edges: In the order the engine gave them.
        standing: The unresolved alert, if any, for each edge's pair.
        known: Which of the ids of the edges (`ids_of`) exist already, resolved or not.
        contacts: Who is to be told about a household; what is about no home is for the desks alone.
        link_base: What links in notices begin with.
    """
    out = Decision()
    now_standing = dict(standing)
    now_known = set(known)
    for edge in edges:
        alert = now_standing.get(pair_of(edge))
        step = _step(edge, alert, now_known)
        if isinstance(step, str):
            out.left[step] += 1
            continue
        after, transition = step
        out.changes.append(step)
        home = edge.subject.household
        out.notices += notices(alert, after, transition, () if home is None else contacts(home), link_base)
        out.notices += questions(edge, after, transition)
        out.changes += answered(after, edge.at)
        after = out.changes[-1][0]
        now_standing[pair_of(edge)] = after
        if after.answer is Answer.RESOLVED:
            del now_standing[pair_of(edge)]
        now_known.add(after.id)
    return out


def _step(edge: Edge, alert: Alert | None, known: AbstractSet[AlertId]) -> tuple[Alert, Transition] | str:
    """The alert after the edge and the transition, or why nothing changes."""
    match edge.kind:
        case TransitionKind.OPENED if alert is None:
            # after a crash the same edges are decided again; what was resolved meanwhile stays resolved
            return "answered already" if edge.alert_id in known else opened(edge)
        case TransitionKind.REOPENED if alert is None:
            again = _afresh(edge)
            return "answered already" if again.alert_id in known else opened(again)
        case TransitionKind.OPENED | TransitionKind.REOPENED if alert is not None:
            return _again(edge, alert)
        case _ if alert is None or alert.condition is Condition.CLEARED:
            return "not standing"
        case _:
            return stepped(alert, edge)


def _again(edge: Edge, alert: Alert) -> tuple[Alert, Transition] | str:
    """The condition fires (again) while somebody still has to answer for the alert."""
    if edge.kind is TransitionKind.OPENED and edge.alert_id == alert.id:
        return "decided already"
    if alert.condition is Condition.FIRING and edge.priority.rank < alert.priority.rank:
        return raised(alert, edge)
    if alert.answer is Answer.UNACKNOWLEDGED and alert.condition is Condition.FIRING:
        return _remarked(edge, alert)
    taken = alert.acknowledged_at
    if taken is not None and edge.at - taken < JUST_TAKEN / timedelta(milliseconds=1):
        return _remarked(edge, alert)
    return stepped(alert, edge)


def _remarked(edge: Edge, alert: Alert) -> tuple[Alert, Transition]:
    """Write down that it happened again, without changing who answers for it."""
    of_time = {name: edge.reason.params[name] for name in ("received_at", "untimed") if name in edge.reason.params}
    step = Transition(alert.id, TransitionKind.NOTED, edge.at, "engine", Reason("again", {"since_at": edge.since} | of_time))
    return replace(alert, version=alert.version + 1), step
