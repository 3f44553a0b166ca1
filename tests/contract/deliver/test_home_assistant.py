"""The lane to Home Assistant on real brokers: what it announces, what it never says, and what happens when things go away."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

import pytest

from homebeat.actions.pulse import pulse
from homebeat.codecs.wire import Limits
from homebeat.deliver.channels.command import CommandOptions
from homebeat.deliver.home_assistant.announcements import AVAILABILITY_S, Announcer, Publication
from homebeat.deliver.home_assistant.broker import MOST_UNCONFIRMED, AnnouncingClient, BrokerAway, try_to_announce
from homebeat.deliver.home_assistant.lane import SERVICE, HomeAssistantLane, LaneOptions
from homebeat.domain.alert import Alert, Desk, Outcome, Priority, open_alert, resolve
from homebeat.domain.as_of import STALE_MS
from homebeat.domain.fleet import Fleet, Household
from homebeat.domain.ids import AreaId, HouseholdId, ResidentId
from homebeat.domain.scope import EVERYTHING
from homebeat.ingest.formats import Formats
from homebeat.store import ChosenHomes, ResidentState, Store
from homebeat.store.alert.writes import AlertWrites
from homebeat.wording import Language, Wording
from tests.brokers import Broker, Mosquitto
from tests.contract.deliver.home_assistant_ear import Ear
from tests.contract.store.conftest import STREET, T0, edge, home
from tests.e2e.waiting import until

EVERY_HOME: Final = ChosenHomes()
#: What stands in the street's registry and must not leave it.
PERSONAL: Final = ("Resident of", "h1 lane", "Lane", "Town", "Child", "example.org", "1940", "sos", "quiet_s", "since")


@dataclass
class Scene:
    """A street in a database, a watch that says that it works, and what Home Assistant hears."""

    store: Store
    broker: Broker
    ear: Ear
    now: int = T0
    lanes: list[HomeAssistantLane] = field(default_factory=list)

    def options(
        self, chosen: ChosenHomes | None = EVERY_HOME, *, names: bool = False, port: int = 0, topic_prefix: str = "homebeat-out"
    ) -> LaneOptions:
        address = CommandOptions(self.broker.host, port or self.broker.mqtt_port, "homebeat-home-assistant", keepalive_s=20)
        where, wording = f"{address.host}:{address.port}", Wording(Language.ENGLISH)
        announcer = Announcer(where, "homeassistant", topic_prefix, timedelta(minutes=1), wording)
        return LaneOptions(address, announcer, chosen, names)

    @contextmanager
    def runs(self, options: LaneOptions | None = None, owner: str = "one") -> Iterator[HomeAssistantLane]:
        """A lane at work, until the block ends."""
        lane = HomeAssistantLane(
            self.store, options or self.options(), owner=owner, clock=lambda: self.now, chance=random.Random(1)
        )
        stop = threading.Event()
        thread = threading.Thread(target=lane.run, args=(stop,), daemon=True)
        thread.start()
        yield lane
        stop.set()
        thread.join(20)
        assert not thread.is_alive()
        assert lane.counts["faults"] == 0

    def beat(self) -> None:
        with self.store.begin() as tx:
            tx.heartbeats.beat("watch", self.now, {})

    def judge(self, resident: str, state: str, life_at: int | None = None) -> None:
        row = ResidentState(ResidentId(resident), state, self.now, life_at, self.now, False, self.now)
        with self.store.begin() as tx:
            tx.states.put([row])

    def alarm(self, household: str = "h1", priority: Priority = Priority.CRITICAL, desk: Desk = Desk.CARE) -> Alert:
        alert, step = open_alert(replace(edge(household, priority=priority), desk=desk))
        with self.store.begin() as tx:
            AlertWrites(tx).apply(alert, step)
        return alert

    def close(self, alert: Alert) -> None:
        with self.store.begin() as tx:
            AlertWrites(tx).apply(*resolve(alert, self.now, "user:chen", Outcome.HELPED))

    def enrol(self, *homes: Household) -> None:
        with self.store.begin() as tx:
            tx.fleet.apply(Fleet(STREET.areas, homes), self.now)

    def announced(self) -> bool:
        with self.store.read(EVERYTHING) as reader:
            return reader.announced.has_any()

    def note(self) -> str:
        with self.store.read(EVERYTHING) as reader:
            return pulse(reader, self.now, {}).notes.get(SERVICE, "")

    def awaits(self, condition: Callable[[], object], what: str) -> None:
        until(condition, what, within_s=10)


@contextmanager
def scene_at(store: Store, broker: Broker) -> Iterator[Scene]:
    ear = Ear(broker)
    scene = Scene(store, broker, ear)
    scene.enrol(*STREET.households)
    scene.beat()
    yield scene
    ear.close()


@pytest.fixture
def scene(store: Store, mosquitto_broker: Mosquitto) -> Iterator[Scene]:
    with scene_at(store, mosquitto_broker) as made:
        yield made


def test_a_home_is_announced_and_its_alert_is_on_and_off(store: Store, broker: Broker) -> None:
    with scene_at(store, broker) as scene, scene.runs():
        ear = scene.ear
        scene.awaits(lambda: ear.state("homes/h3"), "every home has a state")
        scene.awaits(lambda: ear.availability == "online", "homebeat runs")
        said = ear.config("home-h1")
        assert said is not None
        assert said["device"] == {"identifiers": ["homebeat-out-home-h1"], "name": "homebeat h1", "manufacturer": "homebeat"}
        assert said["origin"] == {"name": "homebeat"}
        assert said["availability"] == [{"topic": "homebeat-out/availability"}]
        assert said["components"]["alert"] == {
            "platform": "binary_sensor",
            "name": "Open alert",
            "unique_id": "homebeat-out-home-h1-alert",
            "default_entity_id": "binary_sensor.homebeat_h1_open_alert",
            "expire_after": 180,
            "value_template": "{{ value_json.alert }}",
            "icon": "mdi:account-alert",
        }
        # nobody has judged anybody: nothing is known, which is not fine
        nothing = {"alert": "OFF", "trouble": "OFF", "priority": "none", "state": "unknown", "life_at": None}
        assert ear.state("homes/h1") == nothing
        alert = scene.alarm("h1")
        until(lambda: ear.state("homes/h1")["alert"] == "ON", "the alert is on", within_s=3)
        assert ear.state("homes/h1")["priority"] == "critical"
        scene.awaits(lambda: ear.state("areas/town") == {"alerts": 1, "trouble": 0}, "it counts in the area above")
        assert (ear.state("areas/lane"), ear.state("areas/hill")) == ({"alerts": 1, "trouble": 0}, {"alerts": 0, "trouble": 0})
        scene.alarm("h3", Priority.LOW, desk=Desk.DEVICES)
        scene.awaits(lambda: ear.state("homes/h3")["trouble"] == "ON", "trouble with devices is another matter")
        assert (ear.state("homes/h3")["alert"], ear.state("homes/h3")["priority"]) == ("OFF", "none")
        scene.judge("h1-r", "active", T0 - 1_500)
        scene.awaits(lambda: ear.state("homes/h1")["state"] == "active", "the state follows")
        assert ear.state("homes/h1")["life_at"] == "2025-12-31T23:59:58Z"
        scene.close(alert)
        scene.awaits(lambda: ear.state("homes/h1")["alert"] == "OFF", "it is closed")
        scene.awaits(lambda: ear.state("areas/town") == {"alerts": 0, "trouble": 1}, "the count follows")
    scene.awaits(lambda: scene.ear.availability == "offline", "who ends in order says so")


def test_homes_with_chinese_ids_keep_entities_of_their_own(scene: Scene) -> None:
    announcer = scene.options().announcer
    made = [json.loads(announcer.announce_home(one, "", "")[1].payload) for one in ("苍鹭6号-502", "白鹭6号-502", "Heron_6/5.02")]
    assert [one["components"]["alert"]["default_entity_id"] for one in made] == [
        "binary_sensor.homebeat_苍鹭6号_502_open_alert",
        "binary_sensor.homebeat_白鹭6号_502_open_alert",
        "binary_sensor.homebeat_heron_6_5_02_open_alert",
    ]


def test_nothing_personal_leaves_unless_asked(scene: Scene) -> None:
    with scene.runs():
        scene.alarm("h1")
        scene.awaits(lambda: scene.ear.state("homes/h1").get("alert") == "ON", "the alert is on")
        scene.awaits(lambda: scene.ear.config("home-h3") and scene.ear.config("area-town"), "all is announced")
    everything = [(topic, payload.decode()) for topic, payload in scene.ear.said]
    assert [(topic, one) for topic, payload in everything for one in PERSONAL if one in payload or one in topic] == []
    assert not any("command" in payload for _, payload in everything)
    with scene.runs(scene.options(names=True)):
        scene.awaits(lambda: (scene.ear.config("home-h1") or {})["device"].get("suggested_area"), "names are published")
        said = scene.ear.config("home-h1")
        assert said is not None
        assert (said["device"]["name"], said["device"]["suggested_area"]) == ("homebeat Resident of h1", "Lane")
        assert said["components"]["alert"]["default_entity_id"] == "binary_sensor.homebeat_h1_open_alert"
        scene.awaits(lambda: (scene.ear.config("area-town") or {})["device"]["name"] == "homebeat Town", "areas have names")
    with scene.runs():
        gone = "names are taken back when they are not asked for any more"
        scene.awaits(lambda: (scene.ear.config("home-h1") or {})["device"]["name"] == "homebeat h1", gone)


def test_what_is_out_of_date_is_not_shown(scene: Scene) -> None:
    scene.judge("h1-r", "active", T0)
    with scene.runs():
        scene.awaits(lambda: scene.ear.state("homes/h1").get("state") == "active", "the state is there")
        scene.now += STALE_MS + 1
        scene.awaits(lambda: scene.ear.availability == "offline", "the watch is silent: nothing holds")
        scene.judge("h2-r", "active", T0)
        scene.awaits(lambda: scene.ear.state("homes/h2")["state"] == "unknown", "what is old is unknown")
        scene.beat()
        scene.awaits(lambda: scene.ear.availability == "online", "it works again")
        scene.awaits(lambda: scene.ear.state("homes/h2")["state"] == "active", "and every state is published again")
        assert scene.ear.state("homes/h1")["state"] == "active"


def test_states_are_published_anew_long_before_they_run_out(scene: Scene) -> None:
    """An entity that ran out while homebeat works would be `unavailable` for no reason."""
    options = scene.options()
    announcer = replace(options.announcer, refresh=timedelta(seconds=1))

    def count(topic: str) -> int:
        return sum(topic == one for one, _ in scene.ear.said)

    with scene.runs(replace(options, announcer=announcer)):
        for kind, place in (("home-h1", "homes/h1"), ("area-lane", "areas/lane")):
            topic = f"homebeat-out/{place}/state"
            scene.awaits(lambda topic=topic: count(topic), "it is published")  # type: ignore[misc]
            said, begun_s, before = scene.ear.config(kind), time.monotonic(), count(topic)
            assert said is not None
            scene.awaits(lambda topic=topic, before=before: count(topic) >= before + 4, "and anew, again and again")  # type: ignore[misc]
            every_s = (time.monotonic() - begun_s) / 4
            for part in said["components"].values():
                assert 2 * every_s < part["expire_after"], (kind, every_s)
                assert part["expire_after"] == 62, "twice the time between two, and a minute"
        service = scene.ear.config("service")
        assert service is not None
        assert service["components"]["running"]["expire_after"] == 3 * AVAILABILITY_S


def test_a_broker_that_forgot_everything_is_told_again(scene: Scene) -> None:
    broker, ear = scene.broker, scene.ear
    with scene.runs():
        scene.awaits(lambda: ear.config("home-h3"), "all is announced")
        broker.kill()
        scene.awaits(scene.note, "that it is away is noted")
        scene.alarm("h2")
        ear.last.clear()
        for file in broker._state_dir.glob("*.db*"):  # type: ignore[attr-defined]
            file.unlink()
        broker.start()
        until(lambda: ear.config("home-h1") and ear.config("home-h3"), "configurations are there again")
        scene.awaits(lambda: ear.state("homes/h2").get("alert") == "ON", "and what happened meanwhile")
        scene.awaits(lambda: ear.availability == "online", "and that it holds")
    assert scene.note() == ""


def test_a_home_that_went_is_taken_back(scene: Scene) -> None:
    ear = scene.ear
    with scene.runs():
        scene.awaits(lambda: ear.state("homes/h3"), "all is announced")
        scene.enrol(*STREET.households[:2])
        scene.awaits(lambda: ear.config("home-h3") is None and not ear.state("homes/h3"), "it is taken back")
        scene.enrol(*STREET.households[:2], home("h4"))
        scene.awaits(lambda: ear.state("homes/h4"), "a new one is announced")
    scene.enrol(STREET.households[0], home("h4"))
    with scene.runs():
        scene.awaits(lambda: ear.config("home-h2") is None and not ear.state("homes/h2"), "also one that went meanwhile")
        assert ear.config("home-h1")
    with scene.runs(scene.options(ChosenHomes(homes=(HouseholdId("h4"),)))):
        scene.awaits(lambda: ear.config("home-h1") is None, "and one that is not chosen any more")
        scene.awaits(lambda: ear.config("area-town") is None, "and areas, where homes alone are chosen")
    with scene.runs(scene.options(topic_prefix="site/homes")):
        scene.awaits(lambda: ear.config("home-h4") is None, "and what stood under another prefix")
        scene.awaits(lambda: "homeassistant/device/site_2fhomes-home-h4/config" in ear.last, "which is announced anew")
    with scene.runs(scene.options(None)):
        scene.awaits(lambda: not ear.last, "switched off, all goes")
        scene.awaits(lambda: not scene.announced(), "and nothing is noted any more")


def test_only_chosen_areas_are_announced(scene: Scene) -> None:
    with scene.runs(scene.options(ChosenHomes(areas=(AreaId("hill"),)))):
        scene.awaits(lambda: scene.ear.state("homes/h3") and scene.ear.state("areas/hill"), "the area is announced")
        scene.alarm("h1")
        scene.alarm("h3")
        scene.awaits(lambda: scene.ear.state("homes/h3")["alert"] == "ON", "changes there are followed")
    said = {topic for topic, _ in scene.ear.said}
    assert not [one for one in said if "h1" in one or "town" in one or "lane" in one]


def test_one_process_at_a_time_announces_and_the_next_takes_over(scene: Scene) -> None:
    with scene.runs(owner="one") as first:
        scene.awaits(lambda: scene.ear.state("homes/h3"), "the first one works")
        with scene.runs(owner="two") as second:
            scene.alarm("h1")
            scene.awaits(lambda: scene.ear.state("homes/h1")["alert"] == "ON", "the first one goes on")
            assert (first.counts["published"] > 0, second.counts["published"]) == (True, 0)
            with scene.store.begin() as tx:
                tx.announced.release("one")
                assert tx.announced.claim("two", scene.now, 30_000)
            scene.awaits(lambda: second.counts["published"], "the second one has the lease, and works")
            scene.awaits(lambda: scene.ear.availability == "online", "what the first one's end said does not stay")


def test_an_own_announcement_is_no_device_of_ours(scene: Scene) -> None:
    with scene.runs():
        scene.awaits(lambda: scene.ear.state("homes/h3"), "all is announced")
    formats = {one.name: one for one in Formats().list_all(codecs={"home_assistant"})}
    reader = formats["home_assistant"]
    configurations = {topic: payload for topic, payload in scene.ear.last.items() if topic.startswith("homeassistant/")}
    assert len(configurations) == 7
    for topic, payload in configurations.items():
        assert list(reader.open(topic, payload, T0, Limits())) == []
    assert list(reader.list_learned()) == []
    stranger = json.loads(configurations["homeassistant/device/homebeat-out-home-h1/config"]) | {"origin": {"name": "other"}}
    reader.open("homeassistant/device/x/config", json.dumps(stranger).encode(), T0, Limits())
    assert set(reader.list_learned()) == {"homebeat-out/homes/h1/state", "homebeat-out/availability"}


def test_a_broker_that_is_dead_is_tried_again_and_costs_nobody_else(scene: Scene) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        with scene.runs(scene.options(port=port)) as lane:
            until(scene.note, "that it does not answer is noted", within_s=15)
            assert lane.counts["published"] == 0
            assert not scene.announced()
    assert f"127.0.0.1:{port}: it did not answer" in scene.note()
    assert "cannot be reached" in try_to_announce(scene.options(port=port).broker, 1.0)
    assert try_to_announce(scene.options().broker, 5.0) == ""


def turn_for_ever(client: AnnouncingClient) -> None:
    while True:
        client.turn()


def test_a_client_publishes_no_more_than_the_broker_confirms(mosquitto_broker: Mosquitto) -> None:
    client = AnnouncingClient(CommandOptions(mosquitto_broker.host, mosquitto_broker.mqtt_port, "x"), "gone")
    client.open()
    for number in range(MOST_UNCONFIRMED):
        assert client.has_room
        client.publish(Publication(f"t/{number}", b"1"))
    assert not client.has_room
    assert client.settle(5)
    mosquitto_broker.kill()
    with pytest.raises(BrokerAway):
        turn_for_ever(client)
    client.close(says_offline=True)


def test_a_broker_that_confirms_nothing_is_left_so_that_it_publishes_the_will() -> None:
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer_the_greeting_alone() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"\x20\x02\x00\x00")
                while piece := connection.recv(4096):
                    heard.extend(piece)

        thread = threading.Thread(target=answer_the_greeting_alone, daemon=True)
        thread.start()
        client = AnnouncingClient(CommandOptions("127.0.0.1", server.getsockname()[1], "x"), "gone")
        client.open()
        client.publish(Publication("t", b"1"))
        assert not client.settle(0.1)
        client.close(says_offline=True)
        thread.join(10)
    assert b"gone" in heard
    assert not heard.endswith(b"\xe0\x00"), "who says goodbye has no will"
