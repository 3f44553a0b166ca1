"""The elders of the simulation: a meter and a band in each home tell of days, nights, falls and calls for help."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from homebeat.domain.durations import DAY_MS, HOUR_MS, MINUTE_MS
from tests.simulation.street import HOMES, START, ZONE_MS

if TYPE_CHECKING:
    from tests.simulation.world import World

#: Calls for help of the street in a day, and falls: far more than on a real one.
_CALLS_A_DAY: Final = 1.4
_FALLS_A_DAY: Final = 0.7
#: What befalls a home: how often in a day, and how long it lasts, hours.
_SPELLS: Final[dict[str, tuple[float, float, float]]] = {
    "quiet": (0.12, 8, 20),  # neither water nor a step
    "away": (0.05, 4, 40),
    "meter": (0.1, 5, 30),  # the meter is silent
    "band": (0.1, 5, 30),  # the band is silent
    "drawer": (0.1, 8, 30),  # the band lies in a drawer
    "gateway": (0.06, 1, 7),  # what the home sends is held for so long, and then comes all at once
}
_LITRES: Final = (0, 0, 4, 11, 30)


@dataclass
class Home:
    """What a home's devices count: litres, and steps of the day."""

    litres: int = 0
    steps: int = 0
    day: int = 0


class Elders:
    """Everybody on the street who is watched over."""

    def __init__(self, world: World, days: int) -> None:
        self._world, self._chance, self._days = world, world.chance, days
        self._homes = {name: Home() for name in HOMES}
        self._until: dict[tuple[str, str], int] = {}  # by home and spell, epoch ms by the wall
        self._calls = 0

    def begin(self) -> None:
        """Everybody lives from now on: reports every two hours, and what befalls them."""
        for hour in range(0, self._days * 24, 2):
            self._world.plan(hour * HOUR_MS + 5 * MINUTE_MS, "street", self._report_all)
        for spell, (a_day, shortest, longest) in _SPELLS.items():
            for _ in range(self._draw_count(a_day * len(HOMES))):
                home, hours = self._chance.choice(HOMES), self._chance.uniform(shortest, longest)
                self._plan(lambda one=(home, spell), hours=hours: self._befall(one, hours))  # type: ignore[misc]
        for _ in range(self._draw_count(_CALLS_A_DAY)):
            self._plan(self._call)
        for _ in range(self._draw_count(_FALLS_A_DAY)):
            self._plan(self._fall)

    def report_rest(self) -> None:
        """One more report of each device."""
        self._until.clear()
        self._report_all()

    def _draw_count(self, a_day: float) -> int:
        return int(self._days * a_day + self._chance.random())

    def _plan(self, act: Callable[[], None]) -> None:
        self._world.plan(self._chance.uniform(0, self._days) * DAY_MS, "street", act)

    def _befall(self, one: tuple[str, str], hours: float) -> None:
        self._until[one] = self._world.wall + int(hours * HOUR_MS)

    def _is(self, home: str, spell: str) -> bool:
        return self._until.get((home, spell), START) > self._world.wall

    def _report_all(self) -> None:
        homes = list(HOMES)
        self._chance.shuffle(homes)
        for name in homes:
            self._live_on(name)

    def _live_on(self, name: str) -> None:
        home, wall = self._homes[name], self._world.wall
        day, hour = divmod((wall + ZONE_MS) // HOUR_MS, 24)
        is_out = self._is(name, "away")
        if day != home.day:
            home.day, home.steps = day, 0
        if not self._is(name, "quiet") and not is_out and self._chance.random() < (0.9 if 6 <= hour < 22 else 0.4):
            home.litres += self._chance.choice(_LITRES)
            home.steps += self._chance.randrange(200)
        if not self._is(name, "meter"):
            self._send(name, "meter", {"at": wall, "volume_m3": round(home.litres / 1_000, 3)})
        if not self._is(name, "band"):
            is_worn = not self._is(name, "drawer")
            self._send(name, "band", {"at": wall, "steps": home.steps, "worn": is_worn, "at_home": not is_out})

    def _call(self) -> None:
        """Somebody presses the button; some press twice, and some take it back."""
        home = self._chance.choice(HOMES)
        self._press(home)
        if self._chance.random() < 0.3:
            self._world.plan(self._chance.uniform(1, 300) * 1_000, "street", lambda: self._press(home))
        if self._chance.random() < 0.5:
            for number in range(1, 4):
                later = number * self._chance.uniform(11, 40) * MINUTE_MS
                self._world.plan(later, "street", lambda: self._press(home, is_taken_back=True))

    def _press(self, home: str, *, is_taken_back: bool = False) -> None:
        self._calls += 1
        call = f"{home}/{self._calls}"
        self._send(home, "band", {"at": self._world.wall, "alarm": "sos"}, call)
        if is_taken_back or self._chance.random() < 0.3:
            self._send(home, "band", {"at": self._world.wall + 1, "alarm": "help_cancelled"})

    def _fall(self) -> None:
        home = self._homes[name := self._chance.choice(HOMES)]
        self._send(name, "band", {"at": self._world.wall, "alarm": "fall", "steps": home.steps})
        if self._chance.random() < 0.4:  # up again
            home.steps += 60
            after = self._chance.uniform(20, 600) * 1_000
            self._world.plan(after, "street", lambda: self._send(name, "band", {"at": self._world.wall, "steps": home.steps}))

    def _send(self, home: str, device: str, values: dict[str, object], call: str = "") -> None:
        """Send a message: most come once and soon, some late, twice, or after the next ones."""
        topic, payload = f"homebeat/v1/{home}-{device}/readings", json.dumps(values).encode()
        held = self._until.get((home, "gateway"), START) - self._world.wall
        late = max(held, 0) + (self._chance.uniform(0, 200) * 1_000 if self._chance.random() < 0.05 else 0)
        for _ in range(1 + (self._chance.random() < 0.05)):
            if late:
                self._world.plan(late, "street", lambda: self._publish(topic, payload, call))
            else:
                self._publish(topic, payload, call)
            late += self._chance.choice((0, 40 * MINUTE_MS, 5 * HOUR_MS))

    def _publish(self, topic: str, payload: bytes, call: str) -> None:
        if call:
            self._world.invariants.note_call(call)
        self._world.watches.broker.publish(topic, payload, call)
