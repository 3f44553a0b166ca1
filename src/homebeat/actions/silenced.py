"""What silences hold back: kept, dropped when it is over, shown on the alert when that opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from homebeat.actions.work import Work
from homebeat.domain.alert import Edge, TransitionKind
from homebeat.domain.silence import SILENCED
from homebeat.response.decide import Decision
from homebeat.response.situation import Pair, Situation, get_pair
from homebeat.store import Suppression

_ENDS = frozenset({TransitionKind.CLEARED, TransitionKind.CONTRADICTED})


def follow_silenced(
    work: Work, situation: Situation, edges: Sequence[Edge], decision: Decision, held_before: Mapping[Pair, Edge]
) -> None:
    """Write what is held back after these edges.

    Args:
        work: The action on its way; the alerts are written.
        situation: As it is after the decision.
        edges: What was decided on, in order.
        decision: What was decided.
        held_before: What was held back before, locked.
    """
    reasons = {id(held.edge): held.reason for held in decision.held}
    holds: dict[Pair, Edge | None] = {}
    for edge in edges:
        reason = reasons.get(id(edge))
        if reason == SILENCED:
            holds[get_pair(edge)] = edge
        elif reason is None or edge.kind in _ENDS:
            holds[get_pair(edge)] = None
    for pair, kept in holds.items():
        silence = None if kept is None else situation.find_silence(kept)
        if kept is not None and silence is not None:
            work.tx.silences.hold(silence.id, kept, is_new=pair not in held_before)
        elif pair in held_before:
            work.tx.silences.drop(pair)
            _show(work, situation, pair, held_before[pair])


def _show(work: Work, situation: Situation, pair: Pair, held: Edge) -> None:
    """Store on the alert that opened in the end that it was held back. What was over before is counted with the silence."""
    alert = situation.standing.get(pair)
    if alert is not None:
        work.alerts.suppress(alert.id, Suppression(SILENCED, held.kind, held.at, held.since, SILENCED))
