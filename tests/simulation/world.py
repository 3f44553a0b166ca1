"""One manual clock, one seed: who does what when, and the parts of homebeat that run on that clock."""

from __future__ import annotations

import hashlib
import heapq
import itertools
import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from homebeat.actions import Perform
from homebeat.deadlines.keeper import DeadlineKeeper, KeeperLimits
from homebeat.deliver.attempt import Attempts
from homebeat.deliver.outbox import StoreOutbox
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.errors import HomebeatError
from homebeat.domain.instants import TOLERANCE_MS
from homebeat.response.setup import ResponseSetup
from homebeat.store import Fence, Leased
from tests.simulation.channels import Channels
from tests.simulation.city import City
from tests.simulation.faults import Died, FaultyStore
from tests.simulation.invariants import Invariants
from tests.simulation.street import START, make_street
from tests.simulation.violation import Violation
from tests.simulation.watches import TICK_MS, WATCHES, Watches

LINK_BASE: Final = "https://desk.example"
KEEPERS: Final[tuple[str, ...]] = ("keeper1", "keeper2")
DELIVERERS: Final[tuple[str, ...]] = ("deliverer1", "deliverer2")
LANES: Final[tuple[str, ...]] = ("lane1", "lane2")
#: The most that is down at once comes back within this time.
LONGEST_DOWN_MS: Final = 5 * MINUTE_MS
_LOOK_MS: Final = 1_000
_LONGEST_MS: Final = 60 * MINUTE_MS
#: The keeper looks whether all is well this often, not once a minute: that would take most of the time.
_ROUND_MS: Final = 30 * MINUTE_MS
#: It says by how long it waits, in seconds, whether it could make its round.
_KEEPER: Final = KeeperLimits(every_s=2, beat_every_s=3600)
_LANE_MS: Final = 6 * MINUTE_MS
_BATCH: Final = 3
#: So many notices wait for a worker after they are claimed.
_QUEUED: Final = 0.3
_KEPT_LINES: Final = 60
_GROUPS: Final = (KEEPERS, DELIVERERS, LANES, WATCHES)


@dataclass(order=True)
class Plan:
    """Something that somebody is going to do."""

    at: int
    number: int
    who: str = field(compare=False)
    act: Callable[[], None] = field(compare=False)


class World:
    """Everything of one street, on one clock.

    Attributes:
        wall: The time that really has passed, epoch ms. The clock of the database may step away from it.
        chance: All chance comes from here.
        longest_down_ms: Who has died is back within this time.
        acts: How much was done, by kind.
        round_ms: The keeper looks this often whether all is well.
        lane_ms: The lanes to the city look this often whether anything has happened.
    """

    def __init__(self, url: str, seed: int) -> None:
        self.wall, self.offset = START, 0
        self.chance = random.Random(seed)
        self.longest_down_ms = LONGEST_DOWN_MS
        self.store = FaultyStore(url, self.chance)
        self.store.overtake, self.store.observe, self.store.pass_time = self._overtake, self._observe, self._pass_time
        self.store.now, self.store.stand_still = self.now, self._stand_still
        self.setup = ResponseSetup(LINK_BASE)
        self.perform = Perform(self.store, self.now, self.setup)
        self.channels = Channels(self)
        self.invariants = Invariants(self.store, self.now, lambda: self.wall, self.say, self._get_actor)
        self.acts: dict[str, int] = {}
        self.tail: list[str] = []
        self._hash = hashlib.sha256()
        self._agenda: list[Plan] = []
        self._numbers = itertools.count(1)
        self._actors: list[str] = ["nobody"]
        self._services: dict[str, Any] = {}
        self.watches = Watches(self)
        self.watches.broker.on_done = self.invariants.check_heard
        #: As whom the deliverers that run now hold notices.
        self._owners: dict[str, str] = {}
        self._up_at = dict.fromkeys((*KEEPERS, *DELIVERERS, *LANES, *WATCHES), 0)
        self._looked_at = dict.fromkeys(_GROUPS, 0)
        self.round_ms, self._round_at, self.lane_ms = _ROUND_MS, START, _LANE_MS
        self._is_overtaking = False
        self.city = City(self)
        with self.store.begin() as tx:
            tx.fleet.apply(make_street(), START)
        self.city.make_lane(self.store, "first").step()  # a platform follows what happens after it was first met

    def now(self) -> int:
        """The clock of the database, epoch ms."""
        return self.wall + self.offset

    @property
    def elapsed(self) -> int:
        """How long the run has lasted, ms."""
        return self.wall - START

    @property
    def trace(self) -> str:
        """The digest of all that has happened."""
        return self._hash.hexdigest()[:16]

    @property
    def actor(self) -> str:
        """Who does something now."""
        return self._actors[-1]

    def say(self, line: str) -> None:
        """Write a line of the trace."""
        line = f"{self.wall - START} {line}"
        self._hash.update(line.encode() + b"\n")
        self.tail = [*self.tail[-_KEPT_LINES:], line]

    def plan(self, after_ms: float, who: str, act: Callable[[], None]) -> None:
        """Somebody is going to do something after so long."""
        heapq.heappush(self._agenda, Plan(self.wall + int(after_ms), next(self._numbers), who, act))

    def forget_plans(self) -> None:
        """From now on everybody sleeps."""
        self._agenda.clear()

    def do(self, who: str, act: Callable[[], object]) -> bool:
        """Do something as somebody; what the product refuses is refused, and a process that dies is gone.

        Returns:
            Whether it was done.
        """
        self._actors.append(who)
        try:
            act()
        except Died:
            self.say(f"{who} died")
            self._count("deaths")
            self._services.pop(who, None)
            if who in self._up_at:
                self._up_at[who] = self.wall + self.chance.randrange(1_000, self.longest_down_ms)
            return False
        except HomebeatError as refused:
            self.say(f"{who} {type(refused).__name__}")
            self._count(type(refused).__name__)
            return False
        finally:
            self._actors.pop()
        return True

    def run(self, until: int) -> None:
        """Let time pass until then, epoch ms by the wall."""
        while True:
            due = self._agenda[0].at if self._agenda else until
            looks = {group: self._find_look(group) for group in _GROUPS}
            at = min(due, *looks.values())
            if at >= until and min(looks.values()) >= until:
                self.wall = max(self.wall, until)
                return
            self.wall = max(self.wall, at)
            for group in _GROUPS[:3] if self.watches.is_over else _GROUPS:
                if looks[group] <= self.wall:
                    self._look(group)
            if self._agenda and self._agenda[0].at <= self.wall:
                self._run_plan(heapq.heappop(self._agenda))
            if self.watches.broker.is_away:
                self.invariants.note_broker()
            self.invariants.check_told()

    def stall(self, for_ms: int) -> None:
        """Somebody waits so long for an answer; meanwhile the others go on."""
        self.wall += for_ms
        if self._is_overtaking:
            return
        self._is_overtaking = True
        try:
            for name in self._list_free():
                self._serve(name)
        finally:
            self._is_overtaking = False
        self._overtake()

    def step_clock(self, offset_ms: int) -> None:
        """The clock of the database is set so far from the wall."""
        self.say(f"the clock is {offset_ms} ms off")
        self._count("clock steps")
        self.offset = offset_ms
        self.invariants.waits.note_step()

    def restart(self, names: Iterable[str]) -> None:
        """These processes are ended and begin again; a watch is asked to, or killed. One in the middle of something goes on."""
        for name in names:
            if self.is_busy(name):
                continue
            self._services.pop(name, None)
            if name in WATCHES and self.chance.random() < 0.5:
                self.do(name, lambda name=name: self.watches.stop(name))  # type: ignore[misc]
            self.watches.end(name)
            self._up_at[name] = self.wall + self.chance.randrange(1_000, self.longest_down_ms)

    def bring_up(self) -> None:
        """Every process runs."""
        self._up_at = dict.fromkeys(self._up_at, 0)

    def _run_plan(self, plan: Plan) -> None:
        self._count("acts")
        self.do(plan.who, plan.act)

    def is_busy(self, name: str) -> bool:
        """Whether somebody is in the middle of something."""
        return name in self._actors

    def _observe(self, fence: Fence | None, changed: frozenset[str]) -> None:
        self._count("transactions")
        if fence is not None:
            self.invariants.check_fence(fence)
        if changed:
            self.invariants.observe(changed)

    def _stand_still(self) -> None:
        if not self._is_overtaking:
            self._count("stalls of a watch")
            self.stall(self.chance.randint(2, 100) * 1_000)

    def _get_actor(self) -> str:
        return self._owners.get(self._actors[-1], self._actors[-1])

    def _pass_time(self) -> None:
        self.wall += 1

    def _count(self, kind: str) -> None:
        self.acts[kind] = self.acts.get(kind, 0) + 1

    def _overtake(self) -> None:
        """Somebody else is quicker: what they were going to do soon they do now, or another process looks."""
        if self._is_overtaking:
            return
        self._is_overtaking = True
        try:
            free = self._list_free()
            if self.chance.random() < 0.5 and self._agenda and self._agenda[0].at <= self.wall + 10 * MINUTE_MS:
                plan = heapq.heappop(self._agenda)
                if plan.who in self._actors:
                    heapq.heappush(self._agenda, plan)
                else:
                    self._run_plan(plan)
            elif free:
                self._serve(self.chance.choice(free))
        finally:
            self._is_overtaking = False

    def _list_free(self) -> list[str]:
        groups = _GROUPS[:3] if self.watches.is_over else _GROUPS
        return [name for name in itertools.chain(*groups) if name not in self._actors and self._up_at[name] <= self.wall]

    def _find_look(self, group: tuple[str, ...]) -> int:
        """When one of these looks next, by the wall."""
        now, stands = self.now(), self.invariants.current
        if group is WATCHES and self.watches.is_over:
            return self.wall + _LONGEST_MS
        if group is WATCHES:
            waits = _LOOK_MS if self.watches.broker.has_news else TICK_MS
            return max(self._looked_at[group] + waits, min(self._up_at[name] for name in group))
        if group is LANES:
            return max(self._looked_at[group] + self.lane_ms, min(self._up_at[name] for name in group))
        if group is KEEPERS:
            rows = [*stands.deadlines.values(), *stands.visits.values()]
            dues = [row.due_at if row.set_at <= now + TOLERANCE_MS else now for row in rows]
        else:
            dues = [
                max(row.due_at, row.lease_until or 0) if row.set_at <= now + TOLERANCE_MS else now
                for row in stands.waiting.values()
            ]
        earliest = min(dues, default=now + _LONGEST_MS) - self.offset
        earliest = min(earliest, self._round_at) if group is KEEPERS else earliest
        return max(earliest, self._looked_at[group] + _LOOK_MS, min(self._up_at[name] for name in group))

    def _look(self, group: tuple[str, ...]) -> None:
        self._looked_at[group] = self.wall
        names = [name for name in group if self._up_at[name] <= self.wall]
        self.chance.shuffle(names)
        for name in names:
            self._serve(name)

    def _serve(self, name: str) -> None:
        parts = {KEEPERS: self._keep, DELIVERERS: self._deliver, LANES: self._tell_city, WATCHES: self.watches.serve}
        (part,) = (parts[group] for group in _GROUPS if name in group)
        self.do(name, lambda: part(name))

    def _keep(self, name: str) -> None:
        keeper = self._services.get(name)
        if keeper is None:
            keeper = self._services[name] = DeadlineKeeper(self.store, self.setup, self.now, limits=_KEEPER)
        if self._round_at > self.wall:
            keeper.step(self.now())
        else:
            is_done = keeper.turn() == _KEEPER.every_s
            self._round_at = self.wall + (self.round_ms if is_done else 2 * MINUTE_MS)
        if keeper._unkept:
            raise Violation(f"{keeper._unkept} alerts had no deadline")
        if keeper._failed:
            raise Violation(f"a deadline could not be followed: {keeper._last_fault}")

    def _deliver(self, name: str) -> None:
        attempts = self._services.get(name)
        if attempts is None:
            self._owners[name] = f"{name}.{next(self._numbers)}"
            outbox = StoreOutbox(self.store, self._owners[name], family_base=LINK_BASE)
            closing = threading.Event()
            closing.set()  # an attempt that cannot be stored waits for nothing
            attempts = Attempts(
                outbox, {"webhook": self.channels}, self.now, self.chance, self.store.pass_failpoint, closing, self._measure
            )
            self._services[name] = attempts
        for notice in attempts.outbox.claim(self.now(), _BATCH):
            self.channels.note_claim(notice)
            if self._is_overtaking or self.chance.random() < _QUEUED:
                # its worker comes to it a little later; whoever has died meanwhile does not
                self.plan(self.chance.uniform(0, 60_000), name, self._attempt_later(name, attempts, notice))
            else:
                attempts.make(notice)

    def _tell_city(self, name: str) -> None:
        lane = self._services.get(name)
        if lane is None:
            lane = self._services[name] = self.city.make_lane(self.store, f"{name}.{next(self._numbers)}")
        lane.step()

    def _attempt_later(self, name: str, attempts: Attempts, notice: Leased) -> Callable[[], None]:
        def act() -> None:
            if self._services.get(name) is attempts:
                attempts.make(notice)

        return act

    def _measure(self) -> float:
        return self.wall / 1000
