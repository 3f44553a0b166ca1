"""What is held back, by silences and behind the alert about a cause that many homes share.

It is kept, dropped when it is over, and shown on its alert when that opens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Edge, TransitionKind
from homebeat.domain.cause import BEHIND, PATIENCE_MS, compute_end
from homebeat.domain.held import Held
from homebeat.domain.ids import AlertId, HouseholdId
from homebeat.domain.silence import SILENCED, Silence
from homebeat.response.decide import Decision
from homebeat.response.situation import Pair, Situation, get_pair
from homebeat.store import Suppression

_ENDS = frozenset({TransitionKind.CLEARED, TransitionKind.CONTRADICTED})
#: The stage by which an alert shows that it has waited.
_WAITED: Final = "behind"


def follow_held(
    work: Work, situation: Situation, edges: Sequence[Edge], decision: Decision, held_before: Mapping[Pair, Held]
) -> None:
    """Write what is held back after these edges: a few statements, however many they are.

    Args:
        work: The action on its way; the alerts are written.
        situation: As it is after the decision.
        edges: What was decided on, in order.
        decision: What was decided.
        held_before: What was held back before, locked.
    """
    holders = {id(held.edge): held.holder for held in decision.held}
    holds: dict[Pair, Held | None] = {}
    for edge in edges:
        holder = holders.get(id(edge))
        if holder is not None:
            before = held_before.get(get_pair(edge))
            holds[get_pair(edge)] = _keep(edge, holder, work.now if before is None else before.held_at, work.now)
        elif id(edge) not in holders or edge.kind in _ENDS:
            holds[get_pair(edge)] = None
    kept = [held for held in holds.values() if held is not None]
    work.tx.held.put(kept)
    _count(work, [held for held in kept if _is_new(held, held_before.get(get_pair(held.edge)))])
    over = {pair: held_before[pair] for pair, held in holds.items() if held is None and pair in held_before}
    work.tx.held.drop(over)
    _show(work, situation, over)


def name_homes(work: Work, situation: Situation, edges: Sequence[Edge]) -> None:
    """Write which homes the alerts about many homes name."""
    for edge in edges:
        alert = situation.find_alert(edge)
        if edge.homes and alert is not None:
            work.tx.held.name_homes(alert.id, edge.homes)


def _keep(edge: Edge, holder: Silence | Alert, held_at: int, now: int) -> Held:
    if isinstance(holder, Silence):
        return Held(edge, held_at, silence=holder.id)
    end = compute_end(holder, edge, held_at)
    # whoever has the alert about the cause may give it back: look again before the long time is over
    return Held(edge, held_at, cause=holder.id, until=None if end is None else min(end, now + PATIENCE_MS))


def _is_new(held: Held, before: Held | None) -> bool:
    return before is None or (held.silence, held.cause) != (before.silence, before.cause)


def _count(work: Work, new: Sequence[Held]) -> None:
    work.tx.silences.count_held(Counter(held.silence for held in new if held.silence is not None))
    behind: Counter[tuple[AlertId, HouseholdId]] = Counter()
    for held in new:
        home = held.edge.subject.household
        if held.cause is not None and home is not None:
            behind[held.cause, home] += 1
    work.tx.held.count(behind)


def _show(work: Work, situation: Situation, over: Mapping[Pair, Held]) -> None:
    """Store on the alerts that opened in the end that they were held back. What was over before is counted with its holder."""
    opened = [(situation.standing[pair].id, held) for pair, held in over.items() if pair in situation.standing]
    causes = work.tx.alerts.find_many({held.cause for _, held in opened if held.cause is not None})
    shown: list[tuple[AlertId, Suppression]] = []
    for alert_id, held in opened:
        edge, cause = held.edge, None if held.cause is None else causes[held.cause]
        if cause is None:
            shown.append((alert_id, Suppression(SILENCED, edge.kind, edge.at, edge.since, SILENCED)))
        else:
            why: dict[str, float | int | str] = {"cause": cause.id, "cause_at": cause.since}
            shown.append((alert_id, Suppression(_WAITED, edge.kind, edge.at, edge.since, BEHIND + cause.rule, why)))
    work.alerts.suppress(shown)
