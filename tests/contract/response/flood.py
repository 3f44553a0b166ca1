"""Forty homes of one street, with people to tell; what the engine makes of their meters reaches the store as it happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from homebeat.domain.alert import Edge, Subject
from homebeat.domain.fleet import Area, CareNeed, Contact, Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AlertId, AreaId, ContactId, DeviceId, HouseholdId, ResidentId, ResponderId
from homebeat.domain.metric import Metric
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.scope import EVERYTHING
from homebeat.engine.engine import Engine
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.device_silent import DeviceSilent
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.rules.rule import Rule
from homebeat.store import AlertFilter, Store
from homebeat.stream.batch import Batch
from homebeat.stream.roster import Roster
from tests.contract.response.street import MINUTE, STAFF, Town, webhook
from tests.contract.store.conftest import T0, edge

HOUR: Final = 60 * MINUTE
HERON: Final = AreaId("heron")
BOOK: Final[dict[str, Rule]] = {"no_sign_of_life": NoSignOfLife(learned=False), "device_silent": DeviceSilent()}


def make_home(i: int) -> Household:
    """Home `h-0` has two residents, all others one; who has the larger number is younger.

    A building has two homes. Home `h-30` has the greatest need.
    """
    people = [Resident(ResidentId(f"r-{i}"), f"Elder {i}", 1930 + i, need=CareNeed.HIGH if i == 30 else None)]
    if i == 0:
        people.append(Resident(ResidentId("r-0b"), "Elder 0b", 1931))
    return Household(
        HouseholdId(f"h-{i}"),
        HERON,
        "UTC",
        f"Heron Street {i}",
        tuple(people),
        (Contact(ContactId(f"h-{i}/child"), f"Child {i}", "child", webhook(f"child{i}"), language="en"),),
        (Device(DeviceId(f"wm-{i}"), DeviceKind.WATER_METER, None, None, timedelta(hours=1), 1.0, f"gw-{i // 2}"),),
        building=f"b{i // 2}",
        paired=(ResponderId("wang"),) if i % 2 else (),
    )


def make_heron(homes: int = 40) -> Fleet:
    areas = (Area(AreaId("town"), "Town"), Area(HERON, "Heron Street", AreaId("town")))
    return Fleet(areas, tuple(map(make_home, range(homes))), STAFF)


class Heron(Town):
    """The street. The engine's midnight is that of the town."""

    def __init__(self, store: Store, homes: int = 40) -> None:
        super().__init__(store, PlanBook())
        fleet = make_heron(homes)
        with store.begin() as tx:
            tx.fleet.apply(fleet, T0)
        self.homes = homes
        self.step = 5  # everything that goes by time is looked at so often, minutes
        self.engine = Engine(Roster().with_registry(fleet, T0 - 48 * HOUR), RuleBook([BOOK]))
        self.engine.resume(T0)
        self.total = [1.0] * homes

    def hour(self, hour: int, draws: set[int], heard: set[int] | None = None, minutes: int = 60) -> list[tuple[float, str, str]]:
        """An hour goes by, or its first minutes: each meter that is heard reports a minute past it. Returns what is said."""
        said = self.until(hour * 60 + 1)
        at, rows, totals = T0 + hour * HOUR + MINUTE, [], []
        for i in sorted(range(self.homes) if heard is None else heard):
            self.total[i] += 0.005 if i in draws else 0
            rows.append(self.engine.roster.device_row[DeviceId(f"wm-{i}")])
            totals.append(self.total[i])
        batch = Batch.of(rows, [int(Metric.VOLUME_M3)] * len(rows), [at] * len(rows), [at] * len(rows), totals)
        self._follow(self.engine.advance(batch, at))
        said += self.take_notices()
        return said + self.until(hour * 60 + minutes)

    def until(self, minute: float) -> list[tuple[float, str, str]]:
        """Time passes until so many minutes after the start, with everything that goes by it."""
        said, end = [], T0 + round(minute * MINUTE)
        while self.now < end:
            said += self.minute(min((self.now - T0) / MINUTE + self.step, minute), self.step * 60)
            self._follow(self.engine.advance(Batch.of([], [], [], [], []), self.now))
            self.keeper.open_held(self.now)
            said += self.take_notices()
        return said

    def _follow(self, edges: list[Edge]) -> None:
        if edges:
            self.happens(*edges)

    def list_open(self, rule: str | None = None) -> list[AlertId]:
        with self.store.read(EVERYTHING) as reader:
            return [entry.alert.id for entry in reader.alerts.read_page(AlertFilter(is_open=True, rule=rule), 200).items]

    def call(self, home: int, rule: str = "sos") -> Edge:
        """What a device of a home says, at this minute."""
        subject = Subject(HouseholdId(f"h-{home}"), ResidentId(f"r-{home}"))
        said = edge(rule=rule)
        return replace(said, subject=subject, at=self.now, since=self.now, onset=self.now)
