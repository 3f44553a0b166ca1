"""What `homebeat fleet acl` writes, run by the real brokers: a device speaks for itself and for nobody else."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from homebeat.bootstrap.broker_accounts import (
    OwnRights,
    convert_to_nats_subject,
    find_asking_rights,
    write_accounts,
    write_mosquitto_acl,
    write_nats_users,
)
from homebeat.codecs.catalogue import SUBSCRIPTIONS
from homebeat.domain.errors import BadSettings
from homebeat.domain.fleet import Device, DeviceKind
from homebeat.domain.ids import DeviceId
from homebeat.ingest.mqtt.source import MqttSource
from homebeat.ingest.source import MqttOptions
from homebeat.rules.catalogue import RULES
from homebeat.settings import load
from tests.brokers import Broker, ConfiguredNats, Mosquitto, mosquitto_executable
from tests.e2e.waiting import until

DEVICES = ["wb-1", "wb-2", "wb.3"]
PASSWORDS = {name: f"secret-of-{name}" for name in ["homebeat", *DEVICES]}
TOPICS = SUBSCRIPTIONS
WILL = "homebeat/v1/wb-1/will"
LAMP = Device(DeviceId("lamp-1"), DeviceKind.LAMP, codec="zigbee2mqtt", address="flat-1/lamp", may_ask=True)
ASKING = find_asking_rights([LAMP], {})
RIGHTS = OwnRights(ASKING.writes, ("zigbee2mqtt/#", *ASKING.reads))


@pytest.fixture(params=["nats", "mosquitto"])
def guarded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    """Each broker in turn, with the generated accounts as they are written."""
    broker: Broker
    folder = tmp_path / "broker"
    folder.mkdir()
    if request.param == "nats":
        (folder / "users.conf").write_text(write_nats_users(TOPICS, "homebeat", DEVICES, PASSWORDS, RIGHTS))
        broker = ConfiguredNats(folder, 'include "users.conf"')
    else:
        acl, passwords = folder / "homebeat.acl", folder / "passwords"
        acl.write_text(write_mosquitto_acl(TOPICS, "homebeat", RIGHTS))
        passwords.write_text("".join(f"{name}:{password}\n" for name, password in PASSWORDS.items()))
        hashes = shutil.which("mosquitto_passwd")
        assert hashes is not None
        subprocess.run([hashes, "-U", str(passwords)], check=True, timeout=30)
        broker = Mosquitto(mosquitto_executable(), folder, f"allow_anonymous false\npassword_file {passwords}\nacl_file {acl}\n")
    broker.start()
    yield broker
    broker.stop()


class Client:
    """A client that remembers what it got."""

    def __init__(self, broker: Broker, user: str, will: tuple[str, bytes] | None = None) -> None:
        self.got: list[tuple[str, bytes]] = []
        self.is_in = threading.Event()
        self.refused: list[str] = []
        self.granted: list[bool] = []
        self.answers = 0
        self.mqtt = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"client-{user.replace('.', '-')}"
        )  # NATS wants no dot here
        self.mqtt.username_pw_set(user, PASSWORDS[user])
        if will is not None:
            self.mqtt.will_set(*will, qos=1)
        self.mqtt.on_message = lambda _c, _u, m: self.got.append((m.topic, bytes(m.payload)))
        self.mqtt.on_subscribe = lambda _c, _u, _m, codes, _p: self.granted.extend(not code.is_failure for code in codes)
        self.mqtt.on_connect = self._on_connect
        self.mqtt.on_publish = self.mqtt.on_disconnect = self._count
        self.mqtt.connect(broker.host, broker.mqtt_port)
        self.mqtt.loop_start()
        until(lambda: self.is_in.is_set() or self.refused, "the broker has answered")

    def _on_connect(self, _client: Any, _userdata: Any, _flags: Any, code: Any, _properties: Any) -> None:
        if code.is_failure:
            self.refused.append(str(code))
        else:
            self.is_in.set()

    def _count(self, *_: object) -> None:
        self.answers += 1

    def may_hear(self, topic: str) -> bool:
        """Whether a subscription is granted."""
        before = len(self.granted)
        self.mqtt.subscribe(topic, 1)
        until(lambda: len(self.granted) > before, "the broker has answered the subscription")
        return self.granted[-1]

    def say(self, topic: str, text: bytes) -> None:
        """Publish, and wait until the broker confirms it or hangs up."""
        before = self.answers
        self.mqtt.publish(topic, text, 1)
        until(lambda: self.answers > before, "the broker has answered")

    def close(self) -> None:
        """Leave politely: no will is sent."""
        self.mqtt.disconnect()
        self.mqtt.loop_stop()

    def vanish(self) -> None:
        """Cut the connection: the broker sends the will."""
        sock = self.mqtt.socket()
        assert sock is not None
        self.mqtt.loop_stop()
        sock.close()


@pytest.fixture
def ours(guarded: Broker) -> Iterator[MqttSource]:
    """Homebeat's own source, with a persistent session, as the watch has it."""
    options = MqttOptions(guarded.host, guarded.mqtt_port, username="homebeat", password=PASSWORDS["homebeat"], topics=TOPICS)
    source = MqttSource(options)
    source.start()
    until(lambda: source.get_state().subscribed, "homebeat is let in and subscribed")
    yield source
    source.close()


def heard(source: MqttSource, count: int) -> list[tuple[str, bytes]]:
    """The next messages, acknowledged."""
    found: list[tuple[str, bytes]] = []

    def more() -> bool:
        messages = source.drain(100, 0.1)
        source.acknowledge(messages)
        found.extend((message.topic, message.payload) for message in messages)
        return len(found) >= count

    until(more, f"{count} messages have arrived")
    return found


def test_a_device_is_heard_on_its_own_topic_and_on_no_other(guarded: Broker, ours: MqttSource) -> None:
    for name in ("wb-1", "wb.3"):
        # each in a connection of its own: a broker may hang up on who is not allowed
        for ending in ("wb-2/readings", "wb-2/will", "wb-2/commands", "readings", f"{name}/readings/x", f"{name}/readings"):
            device = Client(guarded, name)
            assert device.is_in.is_set(), device.refused
            device.say(f"homebeat/v1/{ending}", b'{"alarm":"sos"}')
            device.close()
        # arrival keeps the order: had the others been let through, they would stand before it
        assert heard(ours, 1) == [(f"homebeat/v1/{name}/readings", b'{"alarm":"sos"}')]


def test_a_device_hears_its_own_commands_and_nobody_elses(guarded: Broker) -> None:
    device, homebeat = Client(guarded, "wb-1"), Client(guarded, "homebeat")
    try:
        assert device.may_hear("homebeat/v1/wb-1/commands")
        for other in ("homebeat/v1/wb-2/commands", "homebeat/v1/+/commands", "homebeat/v1/+/readings", "#"):
            device.may_hear(other)  # Mosquitto grants what it then never delivers
        homebeat.say("homebeat/v1/wb-2/commands", b"not for wb-1")
        homebeat.say("homebeat/v1/wb-1/commands", b"are you well")
        until(lambda: device.got, "the command has arrived")
        assert device.got == [("homebeat/v1/wb-1/commands", b"are you well")]
    finally:
        device.close()
        homebeat.close()


def test_messages_of_other_formats_are_heard(guarded: Broker) -> None:
    homebeat = Client(guarded, "homebeat")
    try:
        assert homebeat.may_hear("zigbee2mqtt/#")
        # the one topic of that format on which homebeat may say something, too
        homebeat.say("zigbee2mqtt/flat-1/lamp/set", b"a question")
        until(lambda: homebeat.got, "it is heard")
        assert homebeat.got == [("zigbee2mqtt/flat-1/lamp/set", b"a question")]
    finally:
        homebeat.close()


def test_who_has_no_password_is_not_let_in_and_homebeat_says_so_plainly(guarded: Broker) -> None:
    for user, password in (("wb-1", "guessed"), ("nobody", "x"), ("", "")):
        options = MqttOptions(guarded.host, guarded.mqtt_port, client_id="t", username=user, password=password, topics=TOPICS)
        source = MqttSource(options)
        source.start()
        try:
            until(lambda: source.get_state().refused, "the refusal is said")  # noqa: B023 -- asked at once
            assert str(source.get_state().wrong).startswith("the broker refuses our user name or password")
            assert "mqtt.username" in str(source.get_state().wrong)
        finally:
            source.close()


def test_a_will_of_a_device_cannot_be_the_word_of_another(guarded: Broker) -> None:
    watcher = Client(guarded, "homebeat")
    assert watcher.may_hear("homebeat/v1/+/readings")
    assert watcher.may_hear("homebeat/v1/+/will")
    liar = Client(guarded, "wb-2", will=("homebeat/v1/wb-1/readings", b'{"alarm":"sos"}'))
    if liar.is_in.is_set():  # NATS looks at the will when it is sent, Mosquitto at the door or then
        liar.vanish()
    honest = Client(guarded, "wb-1", will=(WILL, b"gone"))
    honest.vanish()
    until(lambda: watcher.got, "the will has arrived")
    assert watcher.got == [(WILL, b"gone")]
    watcher.close()
    liar.close()


@pytest.mark.parametrize("is_held", [False, True])
def test_on_mosquitto_a_device_can_be_kept_from_taking_our_session(is_held: bool, tmp_path: Path) -> None:
    port = _free_port()
    more = f"allow_anonymous true\nlistener {port} 127.0.0.1\n" + ("use_username_as_clientid true\n" if is_held else "")
    broker = Mosquitto(mosquitto_executable(), tmp_path / "broker", more).start()
    source = MqttSource(MqttOptions(broker.host, broker.mqtt_port, retry_s=(0.05, 0.1)))
    source.start()
    try:
        until(lambda: source.get_state().subscribed, "homebeat is subscribed")
        evil = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="homebeat-watch", clean_session=True)
        evil.username_pw_set("wb-1", "x")
        accepted = threading.Event()
        evil.on_connect = lambda *_: accepted.set()
        evil.connect(broker.host, port)
        evil.loop_start()
        assert accepted.wait(10)
        evil.disconnect()
        evil.loop_stop()
        if not is_held:
            until(lambda: source.get_state().sessions_lost, "the session is lost")
        until(lambda: source.get_state().subscribed, "homebeat is subscribed")
        assert (source.get_state().sessions_lost > 0) is not is_held
    finally:
        source.close()
        broker.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def properties_of_one_message(broker: Broker, version: MQTTProtocolVersion) -> str:
    """What a subscriber is told beside topic and payload, of a message that wb-1 published."""
    found: list[mqtt.MQTTMessage] = []
    is_in = threading.Event()
    ours = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="ours", protocol=version)
    ours.username_pw_set("homebeat", PASSWORDS["homebeat"])
    ours.on_message = lambda _c, _u, message: found.append(message)
    ours.on_subscribe = lambda *_: is_in.set()
    ours.on_connect = lambda client, *_: client.subscribe("homebeat/v1/+/readings", 1)
    ours.connect(broker.host, broker.mqtt_port)
    ours.loop_start()
    assert is_in.wait(10)
    device = Client(broker, "wb-1")
    device.say("homebeat/v1/wb-1/readings", b"{}")
    device.close()
    until(lambda: len(found), "the message has arrived")
    ours.disconnect()
    ours.loop_stop()
    return str(found[0].properties)


def test_no_broker_says_who_published(guarded: Broker) -> None:
    assert properties_of_one_message(guarded, MQTTProtocolVersion.MQTTv311) == "None"
    if isinstance(guarded, Mosquitto):  # NATS does not speak MQTT 5
        assert properties_of_one_message(guarded, MQTTProtocolVersion.MQTTv5) == "[]"


@pytest.mark.parametrize(
    "topic, subject",
    [
        ("homebeat/v1/+/readings", "homebeat.v1.*.readings"),
        ("homebeat/#", "homebeat.>"),
        ("homebeat/v1/wb.3/will", "homebeat.v1.wb//3.will"),
        ("/homebeat/#", "/.homebeat.>"),
        ("homebeat/", "homebeat./"),
        ("a//b", "a./.b"),
    ],
)
def test_topics_have_the_names_that_nats_gives_them(topic: str, subject: str) -> None:
    assert convert_to_nats_subject(topic) == subject


def test_our_own_account_may_hear_what_the_settings_subscribe_to() -> None:
    topics = ("homebeat/#", "Homebeat/v1/+/readings")
    users = write_nats_users(topics, "homebeat", [], PASSWORDS)
    for subject in ("homebeat.>", "homebeat", "Homebeat.v1.*.readings", "homebeat.v1.*.will"):
        assert f'"{subject}"' in users
    assert "topic read homebeat/#\ntopic read Homebeat/v1/+/readings\ntopic read homebeat/v1/+/will\n" in write_mosquitto_acl(
        topics, "homebeat"
    )


def test_our_own_account_may_ask_on_lamps_and_hear_them_and_nothing_else_there() -> None:
    siren = Device(DeviceId("siren-1"), DeviceKind.SIREN, codec="zigbee2mqtt", address="hall siren", may_ask=True)
    band = Device(DeviceId("wb-1"), DeviceKind.WRISTBAND)
    plug = Device(DeviceId("lamp-2"), DeviceKind.LAMP, codec="tasmota", may_ask=True)
    rights = find_asking_rights([LAMP, siren, band, plug], {"zigbee2mqtt": ["z2m/#"]})
    assert rights.writes == ("z2m/flat-1/lamp/set", "z2m/flat-1/lamp/get", "z2m/hall siren/set", "cmnd/lamp-2/POWER")
    assert rights.reads == ("z2m/flat-1/lamp", "z2m/hall siren", "stat/lamp-2/RESULT", "stat/lamp-2/POWER")
    acl = write_mosquitto_acl((), "homebeat", rights).splitlines()
    assert [line for line in acl if "z2m" in line or "lamp-2" in line] == [
        *(f"topic read {topic}" for topic in rights.reads),
        *(f"topic write {topic}" for topic in rights.writes),
    ]
    users = write_nats_users((), "homebeat", [], PASSWORDS, rights)
    assert '"publish": ["homebeat.v1.*.commands", "z2m.flat-1.lamp.set", "z2m.flat-1.lamp.get", "cmnd.lamp-2.POWER"]' in users
    assert '"z2m.flat-1.lamp", "stat.lamp-2.RESULT", "stat.lamp-2.POWER"' in users
    assert "siren" not in users  # NATS takes no blank


def test_a_lamp_that_cannot_be_asked_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert not find_asking_rights([LAMP], {"zigbee2mqtt": ["z1/#", "z2/#"]}).writes
    assert "nobody can be asked on lamp-1: mqtt.formats names no single base topic" in capsys.readouterr().err


def test_homebeat_may_ask_on_a_lamp_at_the_broker(guarded: Broker) -> None:
    homebeat = Client(guarded, "homebeat")
    try:
        assert homebeat.may_hear("zigbee2mqtt/flat-1/lamp")
        for command in ("set", "get"):
            homebeat.say(f"zigbee2mqtt/flat-1/lamp/{command}", b"{}")
        assert homebeat.mqtt.is_connected()
    finally:
        homebeat.close()


@pytest.mark.parametrize(
    "line, says",
    [
        ("wb-1", "write name:password"),
        ("wb-1:short", "write name:password"),
        ("wb-1:$7$101$abcdefgh", "is hashed by mosquitto_passwd"),
    ],
)
def test_a_password_file_that_cannot_be_used_is_refused(line: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "p").write_text(line + "\n")
    with pytest.raises(BadSettings, match="p line 1: " + re.escape(says)[:4]) as caught:
        write_accounts(load({}, RULES).settings, "nats", ["wb-1"], None, tmp_path / "p", lambda: "password")
    assert says in str(caught.value)
    assert "short" not in str(caught.value)


def test_what_cannot_work_is_refused() -> None:
    settings = load({}, RULES).settings
    with pytest.raises(BadSettings, match="--passwords FILE"):
        write_accounts(settings, "nats", ["wb-1"], None, None, lambda: "password")
    with pytest.raises(BadSettings, match="so is the id of a device"):
        write_accounts(settings, "mosquitto", ["homebeat"], None, None, lambda: "password")


def test_passwords_are_made_once_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = load({}, RULES).settings
    passwords, out = tmp_path / "passwords.txt", tmp_path / "users.conf"
    numbers = iter(range(100))
    for devices in (["wb-1"], ["wb-1", "wb:2"]):
        assert write_accounts(settings, "nats", devices, out, passwords, lambda: f"password-{next(numbers)}") == 0
    assert passwords.read_text() == "homebeat:password-0\nwb-1:password-1\nwb:2:password-2\n"
    assert passwords.stat().st_mode & 0o777 == out.stat().st_mode & 0o777 == 0o600
    assert 'user: "wb:2", password: "password-2"' in out.read_text()
    assert "2 accounts" in capsys.readouterr().err
