"""The staff of the simulation beside the queue: shifts that change hands, nights that nobody has, silences, work on devices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from homebeat import actions
from homebeat.domain.durations import DAY_MS, HOUR_MS, MINUTE_MS
from homebeat.domain.ids import DeviceId, HouseholdId, ResponderId
from homebeat.domain.principal import make_command
from homebeat.domain.role import Role
from tests.people import add_account, person
from tests.simulation.street import DESK, FIRST_DAY, HOMES, LANE, make_rota
from tests.simulation.violation import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World

#: Why something is silenced.
WHY: Final = "the plumber is in the house"
_ZHOU: Final = person("zhou", Role.SUPERVISOR)
#: What is silenced in the whole lane; some of it must be refused.
_RULES: Final = ("no_sign_of_life", "not_worn", "device_silent", "device_silent", "sos")
#: So long after a gap in the rota begins or ends, its alert says so.
_SAID_MS: Final = 90 * MINUTE_MS
#: How often each of these is done.
_TIMES_A_DAY: Final = 2
_DAY_CHANGES_MS: Final = 12 * HOUR_MS


class Staff:
    """Whoever arranges things: the supervisor, and the desk at the change of its shifts."""

    def __init__(self, world: World, days: int) -> None:
        self._world, self._chance, self._days = world, world.chance, days
        self._silences: list[int] = []
        for name in DESK:
            add_account(world.store, name, "desk@lane")
        world.perform(make_command("ops"), actions.SetRotas((make_rota(),), {}))

    def begin(self) -> None:
        """Their days are planned."""
        for half in range(1, 2 * self._days):
            leaving, coming = DESK if half % 2 else DESK[::-1]
            late = self._chance.uniform(-20, 20) * MINUTE_MS
            self._world.plan(half * _DAY_CHANGES_MS + late, leaving, self._offer(leaving, coming))
        for what in (self._silence, self._work, self._lift):
            for _ in range(_TIMES_A_DAY * self._days):
                self._world.plan(self._chance.uniform(0, self._days) * DAY_MS, "zhou", what)
        for day in self._chance.sample(range(self._days), (self._days + 1) // 3):
            self._plan_gap(day)

    # ---------------------------------------------------------------- shifts

    def _offer(self, leaving: str, coming: str) -> Callable[[], None]:
        def act() -> None:
            has_gone = self._chance.random() < 0.2  # then the supervisor does it
            who = _ZHOU if has_gone else person(leaving, Role.DESK)
            offered = self._world.perform(who, actions.OfferHandOver(LANE, coming, leaving if has_gone else ""))
            for _ in range(1 + (self._chance.random() < 0.2)):
                delay = self._chance.uniform(1, 60) * MINUTE_MS
                self._world.plan(delay, coming, lambda: self._accept(offered.offer, leaving, coming))

        return act

    def _accept(self, offer: int, leaving: str, coming: str) -> None:
        self._world.perform(person(coming, Role.DESK), actions.AcceptHandOver(offer))
        for alert in self._world.invariants.current.list_open():
            if alert.owner == f"user:{leaving}" and alert.area is not None:
                raise Violation(f"{coming} has taken over, and {leaving} still has {alert.id}")

    def _plan_gap(self, day: int) -> None:
        """A night that nobody has, and then somebody after all."""
        begins = day * DAY_MS + _DAY_CHANGES_MS
        lasts = self._chance.uniform(2, 8) * HOUR_MS
        self._world.plan(begins - self._chance.uniform(0, 6) * HOUR_MS, "zhou", self._give_night(day, None, begins))
        self._world.plan(begins + lasts, "zhou", self._give_night(day, ResponderId(DESK[1]), begins + lasts))

    def _give_night(self, day: int, who: ResponderId | None, counts_from: float) -> Callable[[], None]:
        """Give the night that begins on a day to somebody, or nobody; from `counts_from` on (ms of the run) that must be seen."""
        action = actions.GiveShift(make_rota().id, FIRST_DAY + timedelta(days=day), "night", who)

        def act() -> None:
            self._world.perform(_ZHOU, action)
            after = max(counts_from - self._world.elapsed, 0) + _SAID_MS
            self._world.plan(after, "fate", lambda: self._check_gap(is_one=who is None))

        return act

    def _check_gap(self, *, is_one: bool) -> None:
        if not self._world.invariants.waits.has_steady_clock:
            return
        since = self._world.wall - _SAID_MS
        those = [one for one in self._world.invariants.current.alerts.values() if one.rule == "nobody_on_duty"]
        standing = [one for one in those if one.condition == "firing" and one.answer != "resolved"]
        closed = [one for one in those if (one.resolved_at or 0) >= since]
        if is_one and not any(one.priority_rank <= 1 for one in (*standing, *closed)):
            raise Violation("nobody is on duty, and nobody says so")
        if standing and not is_one:
            raise Violation("somebody is on duty, and an alert says that nobody is")

    # ---------------------------------------------------------------- what shall wait

    def _silence(self) -> None:
        lasts = self._chance.choice((6, 14, 30)) * HOUR_MS
        self._keep(actions.SilenceArea(self._chance.choice(_RULES), LANE, WHY, lasts))

    def _work(self) -> None:
        """Somebody is going to work on a device, in a home, or in the whole lane."""
        home, lasts = self._chance.choice(HOMES), self._chance.choice((3, 12, 30)) * HOUR_MS
        begins = self._world.now() + self._chance.choice((0, 0, 2)) * HOUR_MS
        places: list[dict[str, Any]] = [
            {"household": HouseholdId(home), "device": DeviceId(f"{home}-{self._chance.choice(('meter', 'band'))}")},
            {"household": HouseholdId(home)},
            {"area": LANE},
            {"area": LANE},
        ]
        self._keep(actions.PlanMaintenance(WHY, lasts, begins, **self._chance.choice(places)))

    def _keep(self, action: Any) -> None:
        self._silences.append(self._world.perform(_ZHOU, action).id)

    def _lift(self) -> None:
        if self._silences and self._chance.random() < 0.4:
            self._world.perform(_ZHOU, actions.LiftSilence(self._silences.pop()))
