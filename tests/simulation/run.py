"""Runs a street for some days with everything that can go wrong, then lets it come to rest."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from homebeat.domain.durations import DAY_MS, HOUR_MS, MINUTE_MS
from tests.simulation.channels import Mood
from tests.simulation.city import HOST, MOODS
from tests.simulation.elders import Elders
from tests.simulation.people import People
from tests.simulation.staff import Staff
from tests.simulation.street import DESK, HOMES, PROVIDER, RELIEF, START
from tests.simulation.violation import Violation
from tests.simulation.watches import WATCHES
from tests.simulation.world import DELIVERERS, KEEPERS, LANES, World

#: So long after the faults the watch is done with what had waited; then plans go on to their ends.
_SETTLES_MS: Final = HOUR_MS
_REST_MS: Final = 4 * DAY_MS
_LOW: Final = 3
#: Then little changes: the keeper and the lanes to the city look this often.
_ROUND_MS: Final = 4 * HOUR_MS
_LANE_MS: Final = HOUR_MS
_HOSTS: Final = (
    *(f"{who}-{home}.example" for who in ("son", "daughter") for home in HOMES),
    *(f"{who}.example" for who in ("wang", "grid", PROVIDER, f"{PROVIDER}1", RELIEF, "zhou", "zhou1", *DESK)),
)


@dataclass(frozen=True, slots=True)
class Result:
    """How the simulation of one street ended.

    Attributes:
        trace: The digest of everything that happened.
        violation: What must never be; empty where all was well.
        acts: How much was done, by kind.
        seconds: Of the processor.
        tail: The last lines of the trace.
    """

    seed: int
    days: int
    trace: str
    violation: str
    acts: dict[str, int]
    seconds: float
    tail: list[str] = field(repr=False)


def simulate(url: str, seed: int, days: int = 30) -> Result:
    """Simulate a street for so many days, from one seed. The database at `url` has empty tables.

    The same seed gives the same trace, on every database.
    """
    began, violation = time.process_time(), ""
    world = World(url, seed)
    try:
        with world.store.watch_statements():
            Street(world, days).live()
    except Violation as found:
        violation = str(found)
    finally:
        world.store.close()
    acts = world.acts | world.invariants.waits.counts | world.invariants.afterwards.counts | world.city.counts
    return Result(seed, days, world.trace, violation, acts, time.process_time() - began, world.tail)


class Street:
    """What happens on a street."""

    def __init__(self, world: World, days: int) -> None:
        self._world, self._chance, self._days = world, world.chance, days
        self._people, self._elders, self._staff = People(world), Elders(world, days), Staff(world, days)

    def live(self) -> None:
        """Everything happens; then nothing goes wrong any more, and all comes to rest.

        Raises:
            Violation: Something was so that must never be.
        """
        world = self._world
        self._plan_all()
        world.store.on = True
        self._people.begin_shifts()
        world.run(START + self._days * DAY_MS)
        world.store.on = False
        self._rest()

    def _plan_all(self) -> None:
        self._elders.begin()
        self._staff.begin()
        for _ in range(self._days * 4):
            host = self._chance.choice(_HOSTS)
            self._world.plan(self._chance.uniform(0, self._days) * DAY_MS, "fate", self._change_mood(host, tuple(Mood)))
        for _ in range(self._days * 3):
            self._world.plan(self._chance.uniform(0, self._days) * DAY_MS, "fate", self._change_mood(HOST, MOODS))
        for _ in range(self._days // 3):
            self._world.plan(self._chance.uniform(0, self._days) * DAY_MS, "fate", self._step_clock)
            self._world.plan(self._chance.uniform(0, self._days) * DAY_MS, "fate", lambda: self._set_slow(True))
            self._world.plan(self._chance.uniform(0, self._days) * DAY_MS, "fate", self._lose_broker)
            self._world.plan(
                self._chance.uniform(0, self._days) * DAY_MS,
                "fate",
                lambda: self._world.restart(KEEPERS + DELIVERERS + LANES + WATCHES),
            )

    def _change_mood(self, host: str, moods: tuple[Mood, ...]) -> Callable[[], None]:
        def act() -> None:
            self._world.channels.moods[host] = self._chance.choice(moods)
            self._world.plan(self._chance.uniform(0.1, 16) * HOUR_MS, "fate", lambda: self._mend(host))

        return act

    def _mend(self, host: str) -> None:
        self._world.channels.moods.pop(host, None)

    def _set_slow(self, is_slow: bool) -> None:
        self._world.channels.is_slow = is_slow
        if is_slow:
            self._world.plan(self._chance.uniform(1, 8) * HOUR_MS, "fate", lambda: self._set_slow(False))

    def _step_clock(self) -> None:
        self._world.step_clock(round(self._chance.choice((-1, 1)) * self._chance.uniform(1, 7_200) * 1_000))
        self._world.plan(self._chance.uniform(1, 600) * MINUTE_MS, "fate", lambda: self._world.step_clock(0))

    def _lose_broker(self) -> None:
        self._world.watches.broker.is_away = True
        self._world.plan(self._chance.uniform(1, 180) * MINUTE_MS, "fate", self._find_broker)

    def _find_broker(self) -> None:
        self._world.watches.broker.is_away = False

    def _rest(self) -> None:
        """Nothing goes wrong any more, everybody sleeps: each plan goes on to its end, and again. Then the desk closes all."""
        world = self._world
        world.forget_plans()
        world.channels.moods.clear()
        world.channels.is_slow = False
        world.channels.on_message = lambda _notice: None
        world.step_clock(0)
        self._find_broker()
        world.bring_up()
        world.run(world.wall + _SETTLES_MS)
        world.round_ms, world.invariants.waits.held_ms, world.lane_ms = _ROUND_MS, 2 * _ROUND_MS, _LANE_MS
        self._check_broker()
        world.do("watch", world.watches.end_all)
        world.run(world.wall + _REST_MS)
        stands = world.invariants.current
        for alert in stands.list_open():
            deadline = stands.deadlines[alert.id]
            is_through = deadline.repeat >= 1 or alert.priority_rank == _LOW  # its plan takes six days
            if deadline.kind != "step" or not is_through:
                raise Violation(f"nobody answers for {alert.id}, and its plan stands still at {deadline}")
        self._check_rest()
        if not world.do("chen", self._people.close_everything):
            raise Violation("the desk cannot close what is open")
        world.run(world.wall + HOUR_MS)
        self._check_rest()
        if left := world.invariants.current.list_open():
            raise Violation(f"{left[0].id} is still open")
        world.say(f"at rest with {len(world.invariants.current.alerts)} alerts")

    def _check_broker(self) -> None:
        if left := [*self._world.watches.broker.queue, *self._world.watches.broker.in_hand.values()]:
            raise Violation(f"a message stays at the broker: {left[0]}")

    def _check_rest(self) -> None:
        stands = self._world.invariants.current
        if stands.visits:
            raise Violation(f"somebody is expected at a door for days: {min(stands.visits)}")
        if stands.waiting:
            raise Violation(f"a notice does not come to rest: {min(stands.waiting)}")
        self._world.invariants.check_dead()
        self._world.invariants.check_said()
        self._world.invariants.waits.check_rest(stands)
        self._world.invariants.afterwards.check_rest(stands)
        self._world.city.check_rest()
