"""Open, clear and change alerts as the engine says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.circuits import list_asked
from homebeat.actions.hold import follow_held, name_homes
from homebeat.actions.perform import Record
from homebeat.actions.receivers import load_receivers
from homebeat.actions.work import Work
from homebeat.domain.alert import Edge
from homebeat.domain.cause import GATEWAY_DOWN, HOLDS
from homebeat.domain.held import Held
from homebeat.domain.role import Operation
from homebeat.response.decide import Decision, decide_all
from homebeat.response.setup import ResponseSetup
from homebeat.response.situation import Pair, Situation, get_pair, list_ids
from homebeat.response.stages import HeldEdge
from homebeat.store import Suppression, UnitOfWork


@dataclass(frozen=True, slots=True)
class FollowEdges:
    """Follow what the engine has said in a tick.

    1. Load the situation: the alerts that stand, those that exist, and who can be told of each home.
    2. Decide on each edge in order (`response.decide`): an alert that opens begins its plan.
    3. Write the alerts with their steps.
    4. Write until when somebody has to answer for each of them.
    5. Put the notices into the outbox; they are due at once. Enter what providers are asked.
    6. Store what was held back although people would have seen it, with the reason. What a silence holds back, or an alert
       about a cause that many homes share, is kept until that is over.

    Doing it again after a crash changes nothing more.
    """

    name: ClassVar = "follow_edges"
    operation: ClassVar = Operation.JUDGE

    edges: Sequence[Edge]

    def run(self, work: Work) -> Decision:
        """Returns what was decided."""
        return follow_held_too(work, self.edges, work.tx.held.lock(get_pair(edge) for edge in self.edges))

    def record(self, result: Decision) -> Record | None:
        """How much was changed; None where nothing was."""
        if not result.changes:
            return None
        return Record("", {"steps": len(result.changes), "notices": len(result.notices), "held": len(result.held)})


def follow_held_too(work: Work, edges: Sequence[Edge], held_before: Mapping[Pair, Held]) -> Decision:
    """Decide on edges and write what follows; `held_before` is what is held back of their pairs, locked."""
    situation = load_situation(work.tx, edges, work.setup, work.now)
    situation.silences = work.tx.silences.list_active(work.now)
    situation.held_at = {pair: held.held_at for pair, held in held_before.items()}
    decision = decide_all(situation, edges)
    work.alerts.apply_all(decision.changes)
    work.tx.deadlines.follow(decision.deadlines, work.now)
    work.tx.outbox.add(decision.notices, work.now)
    work.tx.providers.enter_orders(
        list_asked(decision.notices, (alert for alert, _ in decision.changes), situation.receivers, work.now)
    )
    work.alerts.suppress([(one.alert_id, _make_suppression(one)) for one in decision.held if one.is_stored])
    name_homes(work, situation, edges)
    follow_held(work, situation, edges, decision, held_before)
    return decision


def _make_suppression(held: HeldEdge) -> Suppression:
    return Suppression(held.stage, held.edge.kind, held.edge.at, held.edge.since, held.reason)


def load_situation(tx: UnitOfWork, edges: Sequence[Edge], setup: ResponseSetup, now: int) -> Situation:
    """What deciding on these edges rests on; the alerts stay as they are until the transaction ends."""
    devices = {edge.subject.device for edge in edges if edge.rule in HOLDS[GATEWAY_DOWN] and edge.subject.device is not None}
    situation = Situation(
        known=tx.alerts.find_known(alert_id for edge in edges for alert_id in list_ids(edge)),
        receivers=load_receivers(tx, (edge.subject for edge in edges), now, setup.book),
        setup=setup,
        now=now,
        gateways=tx.fleet.find_gateways(devices) if devices else {},
    )
    causes = [pair for edge in edges for pair in situation.list_causes(edge)]
    situation.standing = tx.alerts.find_standing([*map(get_pair, edges), *causes])
    situation.deadlines = tx.deadlines.find(alert.id for alert in situation.standing.values())
    return situation
