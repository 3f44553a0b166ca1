"""The two watches of the simulation: one works, the other stands by. They run by ticks, without a thread."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from homebeat.domain.durations import DAY_MS, HOUR_MS, MINUTE_MS
from homebeat.domain.errors import Fenced
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.device_silent import DeviceSilent
from homebeat.rules.fall import Fall
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.rules.not_worn import NotWorn
from homebeat.rules.sos import Sos
from homebeat.rules.unreadable_alarm import UnreadableAlarm
from homebeat.watch import Watch, WatchOptions
from homebeat.watch.tenure import LEASE_MS
from tests.simulation.broker import Broker, Session
from tests.simulation.faults import Died

if TYPE_CHECKING:
    from tests.simulation.world import World

WATCHES: Final[tuple[str, ...]] = ("watch1", "watch2")
#: A tick comes at least this often: a watch that ticks more seldom counts as deaf.
TICK_MS: Final = 110_000
_OPTIONS: Final = WatchOptions(
    messages=30,
    checkpoint_ms=5 * HOUR_MS,
    states_ms=6 * HOUR_MS,
    beat_ms=HOUR_MS,
    registry_ms=10 * MINUTE_MS,
    patience_s=60.0,
    prune_ms=DAY_MS,
)
_RULES: Final = (
    Sos(),
    Fall(),
    UnreadableAlarm(),
    NoSignOfLife(limit=timedelta(hours=8), learned=False),
    NotWorn(hold=timedelta(hours=4)),
    DeviceSilent(),
)


class Patience(threading.Event):
    """Nobody sets it; whoever waits for it lets the time of the street pass, and others go on meanwhile."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def wait(self, timeout: float | None = None) -> bool:
        self._world.stall(round((timeout or 0) * 1_000))
        return False


class Watches:
    """Two processes that watch, of which one holds the lease.

    Attributes:
        is_over: They have ended, and do not come back.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.broker = Broker()
        self._running: dict[str, Watch] = {}
        self._sessions: dict[str, Session] = {}
        self._begun = 0
        self._holder, self._alive_at = "", 0
        self.is_over = False

    def serve(self, name: str) -> None:
        """One of them has its turn: it ticks, or takes the place of one that is gone or stands still."""
        if self._is_held_by_another(name):
            return
        try:
            watch = self._running.get(name) or self._start(name)
            self._alive_at = self._world.wall
            watch.tick(Patience(self._world))
        except (Died, Fenced):
            self.end(name)
            raise

    def end_all(self) -> None:
        """No device sends anything any more, and nobody watches."""
        self.is_over = True
        for name in WATCHES:
            self.stop(name)

    def end(self, name: str) -> None:
        """The process is gone, with its lock and its connection."""
        watch, session = self._running.pop(name, None), self._sessions.pop(name, None)
        if watch is not None:
            watch._tenure._watch_lock.release()
            watch._clerk.shutdown()
        if session is not None and self.broker.session is session:
            self.broker.session = None

    def stop(self, name: str) -> None:
        """It is asked to stop: it writes a checkpoint, and gives the lease back."""
        watch, over = self._running.get(name), Patience(self._world)
        over.set()
        try:
            if watch is not None and self._holder == name:
                watch._run(over)
                watch._tenure.end()
        finally:
            self.end(name)

    def _start(self, name: str) -> Watch:
        self._begun += 1
        session = Session(self.broker, self._world.now)
        watch = Watch(
            self._world.store,
            session,
            WatchOptions(**{one: getattr(_OPTIONS, one) for one in _OPTIONS.__slots__} | {"owner": f"{name}.{self._begun}"}),
            clock=self._world.now,
            steady=lambda: self._world.wall,
            book_of=lambda *_: RuleBook([{rule.code: rule for rule in _RULES}]),
            failpoint=self._world.store.pass_watch_failpoint,
        )
        watch._tenure.renew_meanwhile = nullcontext  # type: ignore[method-assign, assignment]  # no thread in here
        self._running[name], self._sessions[name] = watch, session
        try:
            watch.start()
        except BaseException:
            self.end(name)
            raise
        self._holder = name
        self.broker.connect(session)
        return watch

    def _is_held_by_another(self, name: str) -> bool:
        """Whether another one lives: between its ticks, and for as long as its lease holds in them."""
        holder = self._holder
        if holder == name or holder not in self._running:
            return False
        return not self._world.is_busy(holder) or self._world.wall - self._alive_at < LEASE_MS
