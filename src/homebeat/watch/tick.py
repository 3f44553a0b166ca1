"""Holds the results of one tick, and writes them in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from homebeat.actions import FollowEdges, perform_in
from homebeat.domain.alert import Edge
from homebeat.domain.failpoints import Failpoints
from homebeat.domain.inbound import Message
from homebeat.domain.last_message import LastMessage
from homebeat.domain.principal import ENGINE
from homebeat.engine.engine import Engine
from homebeat.ingest.reading import Intake, MessageOutcome
from homebeat.response.decide import Decision
from homebeat.response.setup import ResponseSetup
from homebeat.store import Appended, ClockStep, DeviceState, Fence, LearnedProfile, ResidentState, Store, UnitOfWork
from homebeat.watch.enrolment import Enrolment
from homebeat.watch.retry import NOTHING, Retried

_log = logging.getLogger(__name__)
#: What a heartbeat says.
Detail = Mapping[str, str | float | bool | None]


@dataclass(frozen=True, slots=True)
class Tick:
    """Everything that a tick writes, in one transaction that is repeated until it succeeds.

    Attributes:
        now: The engine's time, epoch ms; wall: the database's clock at the end of the tick: what is to be told is due then.
        retried: What was in quarantine and is taken in before the messages.
        steps: Of the clock, that the engine has followed before it took in the messages.
        learned: Whose habits were learned, and what came out.
        kept: The last messages of devices that are to be shown.
        beats: What the watch says of itself, and of the intake, when it is time to; by service.
    """

    now: int
    wall: int
    messages: Sequence[Message]
    intake: Intake
    edges: Sequence[Edge]
    retried: Retried = NOTHING
    residents: Sequence[ResidentState] = ()
    devices: Sequence[DeviceState] = ()
    learned: Sequence[LearnedProfile] = ()
    steps: Sequence[ClockStep] = ()
    kept: Sequence[LastMessage] = ()
    beats: Mapping[str, Detail] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        rows = (self.edges, self.residents, self.devices, self.learned, self.steps)
        return not (self.messages or self.retried or any(rows) or self.beats)


@dataclass(slots=True)
class Written:
    """What a tick's transaction did.

    Attributes:
        refused: What the database would not take of it, one line each without values.
    """

    decision: Decision = field(default_factory=Decision)
    refused: list[str] = field(default_factory=list)


def write(tick: Tick, store: Store, fence: Fence, enrolment: Enrolment, setup: ResponseSetup, failpoint: Failpoints) -> Written:
    """Commit a tick. Doing it again after a failure, or after a crash, changes nothing more.

    Raises:
        Fenced: Another watch has taken over; nothing was written.
        Unavailable: The database is away; nothing was written.
        Exception: The database refused something in it; nothing was written (see `write_apart`).
    """
    done = Written()
    with store.begin(fence) as tx:
        if tick.steps:
            tx.clock.follow(tick.steps, tx.readings.find_next_position() - 1)
        if tick.retried:
            tick.retried.write(tx, enrolment.numbers, tick.now)
        if tick.messages:
            enter(tx, tick.intake, enrolment, failpoint)
        elif tick.retried:
            failpoint("watch.readings_appended")
        if tick.edges:
            done.decision = perform_in(tx, ENGINE, FollowEdges(tick.edges), tick.wall, setup)
        if tick.residents or tick.devices:
            tx.states.put(tick.residents, tick.devices)
        tx.learned.put(tick.learned)
        tx.last_messages.put(tick.kept)
        for service, detail in tick.beats.items():
            tx.heartbeats.beat(service, tick.wall, detail)
        failpoint("watch.before_commit")
    failpoint("watch.after_commit")
    return done


def collect_learned(engine: Engine) -> list[LearnedProfile]:
    """Collect the profiles learned since the last call, as the store keeps them; one that cannot be stored is left out."""
    ids, learned = engine.roster.resident_ids, list[LearnedProfile]()
    for row, profile in engine.pop_profiles().items():
        try:
            learned.append(LearnedProfile.make(ids[row], engine.now, profile))
        except Exception as error:  # noqa: BLE001 -- the fence round one home: it keeps the profile that it had
            _log.error("what was learned of one resident cannot be written down: %s", type(error).__name__)
    return learned


def list_losses(failures: Mapping[str, int], refused: int) -> list[str]:
    """List what was left out since the start. Each is a defect of homebeat; the log says of which home."""
    losses = [f"{what} failed {times} times" for what, times in sorted(failures.items())]
    if refused:
        losses.append(f"the database refused {refused} rows or messages, which were left out")
    return losses


def enter(tx: UnitOfWork, intake: Intake, enrolment: Enrolment, failpoint: Failpoints) -> None:
    """Write the content of messages."""
    appended = tx.readings.append(intake.batch, enrolment.numbers)
    failpoint("watch.readings_appended")
    tx.extras.add(intake.extras)
    tx.quarantine.add(intake.quarantined)
    _count(tx, intake, appended)


def _count(tx: UnitOfWork, intake: Intake, appended: Appended) -> None:
    """Enter the messages in the ledger: each is accepted, a duplicate, or quarantined."""
    used = np.array([outcome is not MessageOutcome.QUARANTINED for outcome in intake.outcomes], np.bool_)
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
        readings_withheld=intake.withheld,
    )
