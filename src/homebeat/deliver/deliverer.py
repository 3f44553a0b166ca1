"""The loop of deliveries: claim due notices, give them to workers, poll again. `wake` only shortens the wait."""

from __future__ import annotations

import logging
import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from homebeat.deliver.attempt import Attempts
from homebeat.deliver.lanes import Lanes
from homebeat.deliver.ports import OutboxPort, Sender
from homebeat.deliver.state import DeliverState
from homebeat.domain.errors import Unavailable
from homebeat.domain.failpoints import Failpoints, pass_failpoint
from homebeat.store import Leased, OutboxHealth

_ATTEMPT_MS: Final = 15_000  # what an attempt and its writing down may take: with less of the lease left, it is not begun
_AWAY_S: Final = 1.0
COUNTS: Final = ("delivered", "failed", "superseded", "put_off", "given_up", "lost_leases", "faults")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeliverLimits:
    """Bounds.

    Attributes:
        workers: How many attempts run at the same time; a worker is a thread, made when it is first needed.
        per_endpoint: How many of them go to one receiver (scheme, host and port) that answers; to any other one at a time.
        held: How many claimed notices may wait for their endpoint.
        poll_s: How often the outbox is polled when nobody calls `wake`.
        beat_every_s: How often the heartbeat row is written.
    """

    workers: int = 224
    per_endpoint: int = 4
    held: int = 1024
    poll_s: float = 0.25
    beat_every_s: float = 5.0


class Deliverer:
    """Drains one outbox. Many may run against one database; a notice is claimed by one of them at a time.

    Args:
        clock: Epoch ms.
        chance: Seeded; spreads the retries.
        failpoints: Where a crash test stops the process.
        outside_clock: The receivers' clock, epoch ms, where `clock` is another, in a rehearsal. They refuse old signatures.
        count_echoes: Counts what became of the answers of devices, for the heartbeat.
    """

    def __init__(
        self,
        outbox: OutboxPort,
        channels: Mapping[str, Sender],
        *,
        clock: Callable[[], int],
        chance: random.Random,
        limits: DeliverLimits | None = None,
        failpoints: Failpoints = pass_failpoint,
        outside_clock: Callable[[], int] | None = None,
        count_echoes: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        self._outbox = outbox
        self._channels = channels
        self._clock = clock
        self._limits = limits or DeliverLimits()
        self._count_echoes = count_echoes
        self._closing = threading.Event()
        self._woken = threading.Event()
        self._attempts = Attempts(outbox, channels, clock, chance, failpoints, self._closing, outside_clock=outside_clock)
        self._workers = ThreadPoolExecutor(self._limits.workers, thread_name_prefix="deliver")
        self._lock = threading.Lock()  # guards everything below
        self._lanes = Lanes(self._limits.per_endpoint, self._limits.workers, self._limits.held)
        self._counts: Counter[str] = Counter()
        self._last_fault = ""
        self._health = OutboxHealth(0, 0, None)
        self._stepped_at = 0
        self._beat_at = 0

    def run(self, stop: threading.Event) -> None:
        """Deliver until `stop` is set, then wait for the attempts in flight."""
        try:
            while not stop.is_set():
                self._woken.wait(self._turn())
                self._woken.clear()
        finally:
            self.close()

    def wake(self) -> None:
        """Poll the outbox now: something was committed."""
        self._woken.set()

    def step(self, now: int) -> int:
        """Claim what is due at `now` (epoch ms) and start it; returns how many were claimed.

        Raises:
            Unavailable: The database is away; attempts in flight go on.
        """
        with self._lock:
            room, shares = self._lanes.room, self._lanes.compute_shares()
        claimed = self._outbox.claim(now, room, shares) if room > 0 else []
        with self._lock:
            self._stepped_at = now
            self._lanes.put(claimed)
        self._start()
        return len(claimed)

    def beat(self, now: int) -> None:
        """Read how far behind the outbox is, and write the heartbeat.

        Raises:
            Unavailable: The database is away.
        """
        health = self._outbox.read_health()
        with self._lock:
            self._health = health
            self._beat_at = now
        self._outbox.write_heartbeat(now, self.get_state().make_detail() | dict(self._count_echoes()))

    def get_state(self) -> DeliverState:
        """The state of deliveries; figures about the outbox are as old as the last heartbeat."""
        with self._lock:
            counts = {name: self._counts[name] for name in COUNTS}
            return DeliverState(
                stepped_at=self._stepped_at,
                waiting=self._health.waiting,
                dead=self._health.dead,
                oldest_due_at=self._health.oldest_due_at,
                in_flight=self._lanes.running,
                held=self._lanes.held,
                last_fault=self._last_fault,
                **counts,
            )

    def close(self) -> None:
        """Begin no more attempts, release notices that wait, and wait for the attempts in flight; each takes a bounded time.

        It may be called twice.
        """
        self._closing.set()
        with self._lock:
            waiting = self._lanes.clear()
        if waiting:
            try:
                self._outbox.release(waiting)
            except Unavailable as away:
                _log.warning("%d notices wait for their leases to run out: %s", len(waiting), away)
        self._workers.shutdown(wait=True)
        for channel in self._channels.values():
            channel.close()

    def _turn(self) -> float:
        """One turn of the loop; returns how long to wait before the next, in seconds."""
        try:
            now = self._clock()
            self.step(now)
            # also when the clock went back
            if not 0 <= now - self._beat_at < self._limits.beat_every_s * 1000:
                self.beat(now)
        except Unavailable as error:
            _log.warning("the outbox cannot be read: %s", error)
            return _AWAY_S
        except Exception as error:  # noqa: BLE001 -- the thread's edge: counted and logged; a dead deliverer would be silent
            self._note_fault(error)
            return _AWAY_S
        return self._limits.poll_s

    def _start(self) -> None:
        """Give waiting notices to free workers."""
        while not self._closing.is_set():
            with self._lock:
                taken = self._lanes.take()
            if taken is None:
                return
            try:
                self._workers.submit(self._make_attempt, taken)
            except RuntimeError:  # closed between the look and the leap; the lease runs out by itself
                return

    def _make_attempt(self, notice: Leased) -> None:
        outcome, answers = "lost_leases", None
        try:
            if notice.lease_until - self._clock() >= _ATTEMPT_MS:
                outcome, answers = self._attempts.make(notice)
        except Exception as error:  # noqa: BLE001 -- the worker's edge: logged, and the notice has failed; it must not stop the others
            self._note_fault(error)
            self._attempts.record_fault(notice)
            outcome = "failed"
        finally:
            with self._lock:
                has_more = self._lanes.finish(notice, answers)
                self._counts[outcome] += 1
        self._start()
        if has_more:
            self.wake()

    def _note_fault(self, error: Exception) -> None:
        _log.error("deliver met an unforeseen error", exc_info=error)
        with self._lock:
            self._counts["faults"] += 1
            self._last_fault = type(error).__name__
