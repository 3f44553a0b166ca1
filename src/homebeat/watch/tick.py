"""One tick's results, and the one transaction that writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from homebeat.domain.alert import Edge
from homebeat.domain.inbound import Message
from homebeat.engine.engine import Engine
from homebeat.ingest.reading import Intake, Outcome
from homebeat.response.decide import Decision, decide, ids_of, pair_of
from homebeat.store import Appended, DeviceState, Learned, ResidentState, Store, UnitOfWork
from homebeat.watch.enrolment import Enrolment
from homebeat.watch.ports import Failpoints
from homebeat.watch.retry import NOTHING, Retried


@dataclass(frozen=True, slots=True)
class Tick:
    """Everything that a tick has to write; written as a whole, and as often as it takes.

    Attributes:
        now: The engine's time, epoch ms; wall: the database's clock at the end of the tick: what is to be told is due then.
        retried: What was in quarantine and is taken in before the messages.
        learned: Whose habits were learned, and what came out.
        beat: What the watch says of itself, when it is time to.
    """

    now: int
    wall: int
    messages: Sequence[Message]
    intake: Intake
    edges: Sequence[Edge]
    retried: Retried = NOTHING
    residents: Sequence[ResidentState] = ()
    devices: Sequence[DeviceState] = ()
    learned: Sequence[Learned] = ()
    beat: dict[str, str | float | bool | None] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.messages or self.retried or self.edges or self.residents or self.devices or self.learned or self.beat)


@dataclass(slots=True)
class Written:
    """What a tick's transaction did."""

    appended: Appended | None = None
    decision: Decision = field(default_factory=Decision)
    duplicates: int = 0


def write(tick: Tick, store: Store, enrolment: Enrolment, link_base: str, failpoint: Failpoints) -> Written:
    """Commit a tick. Doing it again after a failure, or after a crash, changes nothing more.

    Raises:
        Unavailable: The database is away; nothing was written.
    """
    done = Written()
    with store.begin() as tx:
        if tick.retried:
            tick.retried.write(tx, enrolment.numbers, tick.now)
        if tick.messages:
            done.appended = tx.readings.append(tick.intake.batch, enrolment.numbers)
        if tick.messages or tick.retried:
            failpoint("watch.readings_appended")
        if done.appended is not None:
            tx.extras.add(tick.intake.extras)
            tx.quarantine.add(tick.intake.quarantined)
            done.duplicates = _count(tx, tick.intake, done.appended)
        if tick.edges:
            done.decision = _respond(tx, tick.edges, link_base, tick.wall)
        if tick.residents or tick.devices:
            tx.states.put(tick.residents, tick.devices)
        tx.learned.put(tick.learned)
        if tick.beat is not None:
            tx.heartbeats.beat("watch", tick.wall, tick.beat)
        failpoint("watch.before_commit")
    failpoint("watch.after_commit")
    return done


def what_was_learned(engine: Engine) -> list[Learned]:
    """The profiles learned since the last call, as the store keeps them."""
    ids = engine.roster.resident_ids
    return [Learned.of(ids[row], engine.now, profile) for row, profile in engine.take_learned().items()]


def _respond(tx: UnitOfWork, edges: Sequence[Edge], link_base: str, now: int) -> Decision:
    standing = tx.alerts.standing(pair_of(edge) for edge in edges)
    known = tx.alerts.known(alert_id for edge in edges for alert_id in ids_of(edge))
    contacts = tx.fleet.contacts_of(edge.subject.household for edge in edges if edge.subject.household is not None)
    decision = decide(edges, standing, known, lambda household: contacts.get(household, ()), link_base)
    tx.alerts.apply_all(decision.changes)
    tx.outbox.add(decision.notices, now)
    return decision


def _count(tx: UnitOfWork, intake: Intake, appended: Appended) -> int:
    """Enter the messages in the ledger: each is accepted, a duplicate, or quarantined; returns the duplicates."""
    used = np.array([outcome is not Outcome.QUARANTINED for outcome in intake.outcomes], np.bool_)
    fresh = used.copy()
    if appended.mask is not None:
        fresh[:] = False
        fresh[intake.message_of[appended.mask]] = True
    accepted, duplicate = int((used & fresh).sum()), int((used & ~fresh).sum())
    tx.ledger.add(
        delivered=len(intake.outcomes),
        accepted=accepted,
        duplicate=duplicate,
        quarantined=len(intake.outcomes) - accepted - duplicate,
        readings_accepted=appended.accepted,
        readings_duplicate=len(intake.batch) - appended.accepted,
    )
    return duplicate
