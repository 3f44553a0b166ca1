"""Runs a street for some days with everything that can go wrong, then lets it come to rest."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Final

from homebeat.actions import FollowEdges, perform_in
from homebeat.domain.alert import Desk, Edge, Priority, Reason, Subject, TransitionKind
from homebeat.domain.durations import DAY_MS, HOUR_MS, MINUTE_MS
from homebeat.domain.ids import HouseholdId, ResidentId
from homebeat.domain.principal import ENGINE
from tests.simulation.channels import Mood
from tests.simulation.invariants import Violation
from tests.simulation.people import People
from tests.simulation.street import HOMES, START
from tests.simulation.world import DELIVERERS, KEEPERS, World

#: What happens on the street: rule, urgency, desk, how often.
_RULES: Final = (
    ("sos", Priority.CRITICAL, Desk.CARE),
    ("fall", Priority.CRITICAL, Desk.CARE),
    ("no_sign_of_life", Priority.HIGH, Desk.CARE),
    ("no_water", Priority.HIGH, Desk.CARE),
    ("water_running", Priority.MEDIUM, Desk.PROPERTY),
)
#: Alerts of the street in a day. It is far more than on a real one.
_A_DAY: Final = 2.0
_REST_MS: Final = 4 * DAY_MS
_HOSTS: Final = (
    *(f"{who}-{home}.example" for who in ("son", "daughter") for home in HOMES),
    *("wang.example", "grid.example", "care-co.example", "care-co1.example", "zhou.example"),
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
    return Result(seed, days, world.trace, violation, world.acts, time.process_time() - began, world.tail)


class Street:
    """What happens on a street."""

    def __init__(self, world: World, days: int) -> None:
        self._world, self._chance, self._days = world, world.chance, days
        self._people = People(world)

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
        for _ in range(round(self._days * _A_DAY)):
            self._world.plan(self._chance.uniform(0, self._days) * DAY_MS, "engine", self._happen)
        for _ in range(self._days):
            self._world.plan(self._chance.uniform(0, self._days) * DAY_MS, "fate", self._change_mood)
        for _ in range(self._days // 3):
            self._world.plan(self._chance.uniform(0, self._days) * DAY_MS, "fate", self._step_clock)
            self._world.plan(self._chance.uniform(0, self._days) * DAY_MS, "fate", lambda: self._set_slow(True))
            self._world.plan(
                self._chance.uniform(0, self._days) * DAY_MS, "fate", lambda: self._world.restart(KEEPERS + DELIVERERS)
            )

    def _happen(self) -> None:
        """A condition begins; it may end, come back, or become worse."""
        home, (rule, priority, desk) = self._chance.choice(HOMES), self._chance.choice(_RULES)
        now = self._world.now()
        edge = Edge(
            at=now,
            rule=rule,
            subject=Subject(HouseholdId(home), ResidentId(f"{home}-r")),
            kind=TransitionKind.OPENED,
            priority=priority,
            desk=desk,
            since=now,
            reason=Reason(rule, {"n": 1}),
            onset=now,
        )
        self._follow(edge)
        if self._chance.random() < 0.3 and priority is Priority.HIGH:
            worse = replace(edge, priority=Priority.CRITICAL, reason=Reason(rule, {"n": 2}))
            self._follow_later(worse, self._chance.uniform(1, 120) * MINUTE_MS)
        if self._chance.random() < 0.6:
            ends = self._chance.uniform(1, 300)
            kind = self._chance.choice((TransitionKind.CLEARED, TransitionKind.CONTRADICTED))
            self._follow_later(replace(edge, kind=kind), ends * MINUTE_MS)
            if self._chance.random() < 0.4:
                again = replace(edge, kind=TransitionKind.REOPENED, reason=Reason(rule, {"n": 3}))
                self._follow_later(again, (ends + self._chance.uniform(0, 90)) * MINUTE_MS)

    def _follow_later(self, edge: Edge, after_ms: float) -> None:
        self._world.plan(after_ms, "engine", lambda: self._follow(replace(edge, at=self._world.now())))

    def _follow(self, edge: Edge) -> None:
        """As the watch does it: a tick that was not committed, or of which nobody knows, is judged once more."""

        def write() -> None:
            with self._world.store.begin() as tx:
                perform_in(tx, ENGINE, FollowEdges([edge]), self._world.now(), self._world.setup)

        if not self._world.do("watch", write):
            self._world.plan(self._chance.uniform(1, 120) * 1_000, "engine", lambda: self._follow(edge))

    def _change_mood(self) -> None:
        host, mood = self._chance.choice(_HOSTS), self._chance.choice(tuple(Mood))
        self._world.channels.moods[host] = mood
        self._world.plan(self._chance.uniform(0.1, 40) * HOUR_MS, "fate", lambda: self._mend(host))

    def _mend(self, host: str) -> None:
        self._world.channels.moods.pop(host, None)

    def _set_slow(self, is_slow: bool) -> None:
        self._world.channels.is_slow = is_slow
        if is_slow:
            self._world.plan(self._chance.uniform(1, 8) * HOUR_MS, "fate", lambda: self._set_slow(False))

    def _step_clock(self) -> None:
        self._world.step_clock(round(self._chance.choice((-1, 1)) * self._chance.uniform(1, 7_200) * 1_000))
        self._world.plan(self._chance.uniform(1, 600) * MINUTE_MS, "fate", lambda: self._world.step_clock(0))

    def _rest(self) -> None:
        """Nothing goes wrong any more, everybody sleeps: each plan goes on to its end, and again. Then the desk closes all."""
        world = self._world
        world.forget_plans()
        world.channels.moods.clear()
        world.channels.is_slow = False
        world.channels.on_message = lambda _notice: None
        world.step_clock(0)
        world.bring_up()
        world.run(world.wall + _REST_MS)
        stands = world.invariants.current
        for alert in stands.list_open():
            deadline = stands.deadlines[alert.id]
            if deadline.kind != "step" or deadline.repeat < 1:
                raise Violation(f"nobody answers for {alert.id}, and its plan stands still at {deadline}")
        self._check_rest()
        if not world.do("chen", self._people.close_everything):
            raise Violation("the desk cannot close what is open")
        world.run(world.wall + HOUR_MS)
        self._check_rest()
        if left := world.invariants.current.list_open():
            raise Violation(f"{left[0].id} is still open")
        world.say(f"at rest with {len(world.invariants.current.alerts)} alerts")

    def _check_rest(self) -> None:
        stands = self._world.invariants.current
        if stands.visits:
            raise Violation(f"somebody is expected at a door for days: {min(stands.visits)}")
        if stands.waiting:
            raise Violation(f"a notice does not come to rest: {min(stands.waiting)}")
        self._world.invariants.check_dead()
