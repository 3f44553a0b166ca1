"""A city's platform: it gets the events of alerts in order, is away for hours, loses answers, and reports back how far it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from homebeat import actions
from homebeat.deliver.platform_lane import TEST_EVENT, PlatformLane
from homebeat.deliver.poster import HttpAnswer, HttpCall, NoAnswer, Poster
from homebeat.domain.actor import ActorKind
from homebeat.domain.alert import Outcome
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.event import EventType
from homebeat.domain.ids import AlertId
from homebeat.domain.platform import OrderProgress, Platform
from homebeat.domain.principal import Grant, make_holder
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store
from tests.simulation.channels import Mood
from tests.simulation.violation import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World

HOST: Final = "city.example"
#: How it is at times.
MOODS: Final = (Mood.FAILS, Mood.FAILS, Mood.STALLS, Mood.FORGETS)
#: It follows the life of a case; all that happens on the way would be too much for a simulation.
_EVENTS: Final = frozenset({EventType.OPENED, EventType.REOPENED, EventType.ACKNOWLEDGED, EventType.RESOLVED})
_PLATFORM: Final = Platform(
    "city", url=f"https://{HOST}/events", secrets=("whsec_" + "Zmlyc3Qtc2VjcmV0LW9mLXRoZS1jaXR5",), events=_EVENTS
)
_KEY: Final = make_holder(ActorKind.KEY, "city", [Grant(Role.INTEGRATOR)])
_COURSE: Final = (OrderProgress.TAKEN, OrderProgress.ON_THE_WAY, OrderProgress.AT_THE_DOOR, OrderProgress.DONE)
#: Longer than the poster waits for an answer never is; a lease lasts 60 s.
_STALLS_S: Final = (1, 9)


class City(Poster):
    """The platform, as whoever calls it sees it.

    Attributes:
        share: Of so many alerts it makes an order, and reports how far that is.
        counts: How many events it has got, and how many reports it made.
    """

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self.share = 0.5
        self._got: list[str] = []
        self._versions: dict[str, int] = {}
        self.counts = {"events of the city": 0, "reports of the city": 0}

    def make_lane(self, store: Store, owner: str) -> PlatformLane:
        """Make what sends to it, for a process."""
        world = self._world
        return PlatformLane(
            store, _PLATFORM, self, owner=owner, link_base=world.setup.link_base, clock=world.now, chance=world.chance
        )

    def post(self, call: HttpCall, now: int) -> HttpAnswer:
        """Somebody calls it; see `Poster.post`."""
        del now
        message = json.loads(call.body)
        if message["type"] == TEST_EVENT:
            return HttpAnswer(200, json.dumps(message["data"]).encode(), is_whole=True)
        mood = self._world.channels.moods.get(HOST, Mood.WELL)
        self._world.say(f"event {message['id']} {message['type']}: {mood}")
        if mood in {Mood.FAILS, Mood.GONE}:
            return HttpAnswer(503, b"", is_whole=True)
        if mood is Mood.STALLS:
            self._world.stall(self._world.chance.randint(*_STALLS_S) * 1_000)
        self._get(message["id"], message["type"], message["data"])
        if mood is Mood.FORGETS:
            raise NoAnswer("the answer was lost, in this simulation")
        return HttpAnswer(204, b"", is_whole=True)

    def check_rest(self) -> None:
        """Make sure that it has got each event."""
        with self._world.store.read(EVERYTHING) as reader:
            events = reader.events.read_after(0, reader.events.find_last(), 1_000_000)
        missing = {event.id for event in events if _PLATFORM.wants(event)}.symmetric_difference(self._got)
        if missing:
            raise Violation(f"the city has not got {min(missing)}, or should not have")

    def _get(self, ident: str, kind: str, data: dict[str, object]) -> None:
        alert, version = str(data["alert_id"]), int(str(data["version"]))
        if ident in self._got:
            if ident != self._got[-1]:
                raise Violation(f"the city got {ident} again, after a later one")
            return
        if version <= self._versions.get(alert, 0):
            raise Violation(f"the city got version {version} of {alert} after a later one")
        self._got.append(ident)
        self._versions[alert] = version
        self.counts["events of the city"] += 1
        if kind == EventType.OPENED and self._world.chance.random() < self.share:
            self._answer(AlertId(alert))

    def _answer(self, alert: AlertId) -> None:
        """Somebody there takes it, and says how far they are; some stop on the way, some say it twice."""
        delay = 0.0
        for progress in _COURSE[: self._world.chance.randint(1, len(_COURSE))]:
            delay += self._world.chance.uniform(1, 30) * MINUTE_MS
            for _ in range(1 + (self._world.chance.random() < 0.2)):
                self._world.plan(delay, "city", lambda progress=progress: self._report(alert, progress))  # type: ignore[misc]

    def _report(self, alert: AlertId, progress: OrderProgress) -> None:
        outcome = Outcome.HELPED if progress is OrderProgress.DONE else None
        self._world.perform(_KEY, actions.ReportOrder(alert, "city", f"order-{alert}", progress, outcome, progress.value))
        self.counts["reports of the city"] += 1
