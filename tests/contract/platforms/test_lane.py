"""City platforms follow the life of alerts: signed, in order, from where they have come to, whatever happens to them."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import pytest

from homebeat import actions
from homebeat.actions.pulse import pulse
from homebeat.deliver import Poster
from homebeat.deliver.platform_lane import LEASE_MS, MOST_REFUSALS, TEST_EVENT, PlatformLane
from homebeat.domain.alert import Edge, Outcome, Queue
from homebeat.domain.errors import Refused
from homebeat.domain.event import EventType
from homebeat.domain.ids import AlertId, AreaId
from homebeat.domain.platform import Platform
from homebeat.domain.principal import ENGINE, make_service
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.egress.policy import EgressPolicy
from homebeat.store import PlatformPlace, Store, UnitOfWork
from tests.contract.response.street import MINUTE, Town, quiet
from tests.people import person
from tests.unit.deliver.receivers import RawReceiver, answers, hangs
from tests.unit.deliver.test_signing import independent_signature
from tests.webhook_bodies import check_body

CHEN = person("chen", Role.DESK)
SECRET: Final = "whsec_" + "Zmlyc3Qtc2VjcmV0LW9mLXRoZS1jaXR5"
NEXT: Final = "whsec_" + "c2Vjb25kLXNlY3JldC1vZi10aGUtY2l0eQ=="
HERE: Final = EgressPolicy(allow_private=True, allow_http=True, ports=None)


class City:
    """A platform that answers the challenge, and every event as it was told to, in turn: 204 when nothing else is said."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.refuses: Callable[[dict[str, Any]], int] = lambda _event: 204
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.is_shy = self.is_proven = False

    def script(self, connection: socket.socket, request: bytes, closing: threading.Event) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:])
        message = json.loads(body)
        check_body(body, to_platform=True)
        if message["type"] == TEST_EVENT:
            echo = b"" if self.is_shy else json.dumps(message["data"]).encode()
            answers(200, body=echo)(connection, request, closing)
            self.is_proven = True
            return
        status = self.answers.pop(0) if self.answers else self.refuses(message)
        raw = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        self.requests.append(({**headers, "webhook-signature": raw["webhook-signature"]}, body))
        answers(status)(connection, request, closing)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.requests]

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]


class Scene:
    """A town and a city's platform beside it."""

    def __init__(self, store: Store, city: City, url: str) -> None:
        self.town = Town(store, PlanBook())
        self.city, self.url = city, url
        self.lane()  # a platform follows what happens after it was first met

    def make(self, url: str = "", owner: str = "here", **more: Any) -> PlatformLane:
        platform = Platform("city", url=url or self.url, **({"secrets": (SECRET,)} | more))
        return PlatformLane(
            self.town.store, platform, Poster(HERE, timeout_s=0.5), owner=owner, link_base="https://desk.example",
            clock=lambda: self.town.now, chance=random.Random(7), poll_s=0.01,
        )  # fmt: skip

    def lane(self, **more: Any) -> int:
        return self.make(**more).step()

    def place(self) -> PlatformPlace:
        with self.town.store.read(EVERYTHING) as reader:
            found = reader.platforms.find("city")
        assert found is not None
        return found

    def note(self) -> str:
        """What /readyz says of platforms."""
        with self.town.store.read(EVERYTHING) as reader:
            return pulse(reader, self.town.now, {}).notes.get("platforms", "")

    def wait(self, minutes: float) -> None:
        self.town.now += round(minutes * MINUTE)

    def live_through(self) -> AlertId:
        """An alert that somebody takes, sends a volunteer for, and closes."""
        alert = self.town.happens(quiet())
        self.town.act(CHEN, actions.Acknowledge(alert))
        self.town.act(CHEN, actions.AssignVisit(alert, "wang"))  # type: ignore[arg-type]
        self.town.act(CHEN, actions.Resolve(alert, Outcome.HELPED))
        return alert


LIFE: Final = ["alert.opened", "alert.acknowledged", "visit.assigned", "alert.resolved"]


@pytest.fixture
def city() -> City:
    return City()


@pytest.fixture
def scene(store: Store, city: City) -> Any:
    with RawReceiver(city.script) as receiver:
        yield Scene(store, city, receiver.url)


def test_the_life_of_an_alert_arrives_signed_and_in_order(scene: Scene, city: City) -> None:
    alert = scene.live_through()
    assert scene.lane(secrets=(SECRET, NEXT)) == len(LIFE)
    assert city.types == LIFE
    for headers, body in city.requests:
        at, ident = int(headers["webhook-timestamp"]), headers["webhook-id"]
        assert (at, ident) == (scene.town.now // 1000, json.loads(body)["id"])
        assert headers["webhook-signature"].split() == [independent_signature(one, ident, at, body) for one in (SECRET, NEXT)]
    last = city.events[-1]["data"]
    assert last == {
        "alert_id": alert, "version": 4, "priority": "high", "condition": "firing", "answer": "resolved", "queue": "care",
        "opened_at": "2026-01-01T00:00:00Z", "area": "lane", "outcome": "helped", "link": f"https://desk.example/?alert={alert}",
    }  # fmt: skip
    assert scene.lane() == 0, "nothing comes twice"


def test_ids_of_people_are_given_where_that_was_agreed_and_never_a_name(scene: Scene, city: City) -> None:
    alert = scene.town.happens(quiet())
    scene.town.act(CHEN, actions.AddNote(alert, "Lin Wei has the key, 139-0000-0001"))
    scene.lane(gives_ids=True)
    assert (city.events[0]["data"]["household"], city.events[0]["data"]["resident"]) == ("h1", "h1-r")
    assert "key" not in city.requests[1][1].decode()
    assert "Resident of" not in city.requests[0][1].decode()


def test_a_platform_follows_its_own_areas_events_and_queues(scene: Scene, city: City) -> None:
    scene.town.happens(quiet(home="h3"))
    scene.live_through()
    wanted = frozenset({EventType.OPENED, EventType.RESOLVED})
    scene.lane(areas=frozenset({AreaId("lane")}), events=wanted)
    assert [(event["type"], event["data"]["area"]) for event in city.events] == [
        ("alert.opened", "lane"),
        ("alert.resolved", "lane"),
    ]
    scene.town.happens(quiet(home="h2"))
    assert scene.lane(queues=frozenset({Queue.DEVICES})) == 0
    assert scene.lane() == 0, "what it did not want lies behind it"


@pytest.mark.parametrize("rule", ["contact_unreachable", "delivery_failed", "nobody_on_duty", "provider_suspended"])
def test_what_homebeat_says_of_itself_is_no_work_order(scene: Scene, city: City, rule: str) -> None:
    scene.town.happens(quiet(rule))
    assert scene.lane() == 0
    scene.town.happens(quiet())
    assert scene.lane() == 1
    assert city.types == ["alert.opened"]


def test_a_stranger_at_the_address_gets_nothing(scene: Scene, city: City) -> None:
    city.is_shy = True
    scene.live_through()
    with RawReceiver(city.script) as other:
        assert scene.lane(url=other.url) == 0
        assert city.requests == []
        assert "challenge" in scene.place().error
        city.is_shy = False
        assert scene.lane(url=other.url) == 0, "the next try has its time"
        scene.wait(1)
        assert scene.lane(url=other.url) == len(LIFE)


def test_a_dead_platform_catches_up_in_order_after_days(scene: Scene, city: City) -> None:
    city.refuses = lambda _event: 503
    scene.live_through()
    assert scene.lane() == 0
    failing_since = scene.place().failing_since
    assert failing_since == scene.town.now
    for _ in range(40):
        scene.wait(120)
        scene.lane()
    assert scene.place().failing_since == failing_since, "it is tried on and on, and since when is known"
    assert "city takes no events since 2026-01-01T00:00:00Z (the platform answered 503)" in scene.note()
    assert len(city.requests) == 41, "one event is tried, the others wait behind it"
    assert len({headers["webhook-id"] for headers, _ in city.requests}) == 1
    city.requests.clear()
    city.refuses = lambda _event: 204
    scene.wait(6)
    assert scene.lane() == len(LIFE)
    assert city.types == LIFE
    assert (scene.place().failing_since, scene.place().refused, scene.note()) == (None, 0, "")


def test_an_event_that_is_refused_by_itself_is_passed_by_and_counted(scene: Scene, city: City) -> None:
    city.refuses = lambda event: 422 if event["type"] == "visit.assigned" else 204
    scene.live_through()
    for _ in range(MOST_REFUSALS):
        scene.lane()
        scene.wait(6)
    assert scene.lane() == 0
    assert [one for one in city.types if one != "visit.assigned"] == ["alert.opened", "alert.acknowledged", "alert.resolved"]
    assert city.types.count("visit.assigned") == MOST_REFUSALS
    place = scene.place()
    assert (place.refused, place.failing_since) == (1, None)
    assert "422" in place.error
    assert scene.note() == "city has refused 1 events for good"


def test_an_outage_is_no_refusal(scene: Scene, city: City) -> None:
    city.answers = [503, 503, 503, 503, 503, 503, 422]
    scene.live_through()
    for _ in range(8):
        scene.lane()
        scene.wait(6)
    assert city.types[-4:] == LIFE
    assert scene.place().refused == 0


def test_nothing_is_written_while_a_platform_waits_for_its_next_try(scene: Scene, city: City) -> None:
    city.answers = [503]
    scene.live_through()
    lane = scene.make()
    lane.step()
    scene.town.now += 1_000
    with scene.town.store.begin():  # the one writer that SQLite has: a second one would wait for it in vain
        assert lane.step() == 0


def test_who_is_taken_out_of_the_settings_begins_anew(scene: Scene, city: City) -> None:
    city.answers = [503]
    scene.live_through()
    scene.lane()
    with scene.town.store.begin() as tx:
        tx.platforms.keep(["city"])
    assert scene.note() != ""
    with scene.town.store.begin() as tx:
        tx.platforms.keep([])
    assert scene.note() == ""
    assert scene.lane() == 0


def test_a_receiver_that_asks_for_time_gets_it(scene: Scene, city: City, store: Store) -> None:
    scene.live_through()
    with RawReceiver(answers(429, "Retry-After: 600\r\n")) as busy:
        scene.lane(url=busy.url)
        assert scene.place().due_at >= scene.town.now + 600_000


def test_one_that_answers_nothing_is_left_after_its_time(scene: Scene) -> None:
    scene.live_through()
    with RawReceiver(hangs) as silent:
        began = time.monotonic()
        assert scene.lane(url=silent.url) == 0
        assert time.monotonic() - began < 5
    assert scene.place().failing_since is not None


def test_two_processes_never_send_to_one_platform_at_a_time(scene: Scene, city: City) -> None:
    scene.live_through()
    with scene.town.store.begin() as tx:
        assert tx.platforms.claim("city", "there", scene.town.now, LEASE_MS, 900_000) is not None
    assert scene.lane() == 0
    scene.town.now += LEASE_MS
    assert scene.lane() == len(LIFE), "who died while it sent holds nothing for longer than its lease"


def test_a_lease_of_a_clock_that_was_ahead_holds_nothing(scene: Scene) -> None:
    scene.live_through()
    with scene.town.store.begin() as tx:
        tx.platforms.claim("city", "there", scene.town.now + 10 * LEASE_MS, LEASE_MS, 900_000)
    assert scene.lane() == len(LIFE)


def test_a_dead_platform_delays_no_other(scene: Scene, city: City) -> None:
    """Each lane is a thread of its own: the one hangs, the other has everything at once."""
    stop = threading.Event()
    with RawReceiver(hangs) as silent:
        platform = Platform("dead", url=silent.url, secrets=(SECRET,))
        dead = PlatformLane(
            scene.town.store, platform, Poster(HERE, timeout_s=5), owner="here", link_base="", clock=lambda: scene.town.now,
            chance=random.Random(1), poll_s=0.01,
        )  # fmt: skip
        lanes = [threading.Thread(target=lane.run, args=(stop,)) for lane in (dead, scene.make())]
        for lane in lanes:
            lane.start()
        try:
            scene.live_through()
            until = time.monotonic() + 4
            while city.types != LIFE and time.monotonic() < until:
                stop.wait(0.01)
            assert city.types == LIFE
        finally:
            stop.set()
    for lane in lanes:
        lane.join(10)
        assert not lane.is_alive()


def test_what_is_laid_down_of_the_past_is_nobodys_news(scene: Scene, city: City) -> None:
    scene.town.perform(make_service("history"), actions.RecordPast([quiet()]))
    assert scene.lane() == 0
    assert scene.town.history(quiet().alert_id) != []


def test_a_number_rises_in_the_order_of_commits(postgres_store: Store) -> None:
    """Whoever read up to a number has missed nothing: what was begun before and committed later has a higher one."""
    town = Town(postgres_store, PlanBook())
    with postgres_store.begin() as slow:
        actions.perform_in(slow, ENGINE, actions.FollowEdges([quiet(home="h2")]), town.now, town.setup)
        town.happens(quiet(home="h1"))
        with postgres_store.read(EVERYTHING) as reader:
            seen = reader.events.find_last()
    with postgres_store.read(EVERYTHING) as reader:
        later = reader.events.read_after(seen, seen + 10, 10)
    assert [event.household for event in later] == ["h2"]


def _fail_after(tx: UnitOfWork, town: Town, edge: Edge) -> None:
    with tx.begin_part():
        actions.perform_in(tx, ENGINE, actions.FollowEdges([edge]), town.now, town.setup)
        raise ValueError("no")


def test_what_is_rolled_back_in_a_part_is_no_event(store: Store) -> None:
    town = Town(store, PlanBook())
    with store.begin() as tx:
        with pytest.raises(Refused):
            _fail_after(tx, town, quiet(home="h2"))
        actions.perform_in(tx, ENGINE, actions.FollowEdges([quiet(home="h1")]), town.now, town.setup)
    with store.read(EVERYTHING) as reader:
        assert [event.household for event in reader.events.read_after(0, 100, 100)] == ["h1"]
