"""Writes a tick that the database refused: bisection finds what it refuses and leaves that out, and the rest is committed.

This is seldom needed, so it may be slow. It is one transaction like any other tick; the halves are parts of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from homebeat.actions import FollowEdges, perform_in
from homebeat.domain.alert import Edge, Reason
from homebeat.domain.errors import Refused, Unavailable
from homebeat.domain.failpoints import pass_failpoint
from homebeat.domain.inbound import Message
from homebeat.domain.principal import ENGINE
from homebeat.ingest.reading import Intake
from homebeat.response.setup import ResponseSetup
from homebeat.store import DeviceState, Fence, LearnedProfile, ResidentState, Store, UnitOfWork
from homebeat.watch.enrolment import Enrolment
from homebeat.watch.retry import Retried
from homebeat.watch.tick import Tick, Written, enter

T = TypeVar("T")
#: Reads some of a tick's messages again, as the tick read them.
Reread = Callable[[Sequence[Message]], Intake]


def write_by_bisection(
    tick: Tick, store: Store, fence: Fence, enrolment: Enrolment, setup: ResponseSetup, reread: Reread
) -> Written:
    """Commit a tick without what the database refuses. A refused message goes to quarantine; a refused row is left out.

    Raises:
        Fenced: Another watch has taken over; nothing was written.
        Unavailable: The database is away, or refuses even the quarantine; nothing was written.
    """
    with store.begin(fence) as tx:
        apart = _Bisection(tick, tx, enrolment, setup)
        if tick.steps:
            tx.clock.follow(tick.steps, tx.readings.find_next_position() - 1)
        apart.write_retried([tick.retried] if tick.retried else [])
        apart.write_messages(reread)
        apart.write_edges()
        apart.write_rows()
    return apart.done


class _Bisection:
    """Writes one tick into one transaction, part by part."""

    def __init__(self, tick: Tick, tx: UnitOfWork, enrolment: Enrolment, setup: ResponseSetup) -> None:
        self._tick, self._tx, self._enrolment, self._setup = tick, tx, enrolment, setup
        self.done = Written()

    def write_retried(self, some: Sequence[Retried]) -> None:
        """Write messages from quarantine; if they fail together, each of them alone."""
        for one in some:
            try:
                with self._tx.begin_part():
                    one.write(self._tx, self._enrolment.numbers, self._tick.now)
            except Refused as refused:
                if len(one.apart) > 1:
                    self.write_retried([alone() for alone in one.apart])
                    continue
                self._say("a message out of quarantine", refused)
                with self._tx.begin_part():
                    self._tx.quarantine.withdraw_requests([i for i, _ in one.used] + list(one.refused))

    def write_messages(self, reread: Reread) -> None:
        """Write the tick's messages; one that is refused goes to quarantine with its bytes."""

        def put(some: Sequence[Message]) -> None:
            enter(self._tx, reread(some), self._enrolment, pass_failpoint)

        def set_aside(message: Message, refused: Refused) -> None:
            self._say("a message", refused)
            try:
                with self._tx.begin_part():
                    enter(
                        self._tx,
                        Intake.make_unread(message, f"the database refused it: {refused}"),
                        self._enrolment,
                        pass_failpoint,
                    )
            except Refused as hopeless:
                raise Unavailable(f"the database refuses even the quarantine: {hopeless}") from hopeless

        self._halve(self._tick.messages, put, set_aside)

    def write_edges(self) -> None:
        """Write the edges of the engine; a refused alert is tried once more with a minimal reason."""

        def put(some: Sequence[Edge]) -> None:
            self.done.decision.add(perform_in(self._tx, ENGINE, FollowEdges(some), self._tick.wall, self._setup))

        def put_bare(edge: Edge, refused: Refused) -> None:
            self._say(f"the reason of an alert of {edge.rule}", refused)
            bare = replace(edge, reason=Reason("reason_lost", {"rule": edge.rule}))
            self._halve([bare], put, lambda _, again: self._say(f"an alert of {edge.rule}", again))

        self._halve(self._tick.edges, put, put_bare)

    def write_rows(self) -> None:
        """Write states, learned profiles and the heartbeat."""
        tick, tx = self._tick, self._tx

        def put_residents(some: Sequence[ResidentState]) -> None:
            tx.states.put(some)

        def put_devices(some: Sequence[DeviceState]) -> None:
            tx.states.put((), some)

        def put_learned(some: Sequence[LearnedProfile]) -> None:
            tx.learned.put(some)

        self._halve(tick.residents, put_residents, lambda _, refused: self._say("the state of a resident", refused))
        self._halve(tick.devices, put_devices, lambda _, refused: self._say("the state of a device", refused))
        self._halve(tick.learned, put_learned, lambda _, refused: self._say("what was learned of a resident", refused))
        for service, detail in tick.beats.items():
            tx.heartbeats.beat(service, tick.wall, detail)

    def _halve(self, items: Sequence[T], put: Callable[[Sequence[T]], None], refuse: Callable[[T, Refused], None]) -> None:
        """Write all items together, or else each half; `refuse` is called for each item that is refused alone."""
        if not items:
            return
        try:
            with self._tx.begin_part():
                put(items)
        except Refused as refused:
            if len(items) == 1:
                refuse(items[0], refused)
                return
            half = len(items) // 2
            self._halve(items[:half], put, refuse)
            self._halve(items[half:], put, refuse)

    def _say(self, what: str, refused: Refused) -> None:
        self.done.refused.append(f"{what}: {refused}")
