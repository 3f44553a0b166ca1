"""The resident is asked first, in processes of their own: one answers on the band, and the other does not."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from homebeat.bootstrap.receiver import Receiver
from tests.brokers import Broker
from tests.e2e.devices import Devices, wall_ms
from tests.e2e.installation import Homebeat, settle
from tests.e2e.street import home
from tests.e2e.waiting import until

MINUTE, HOUR = 60_000, 3_600_000
SETTINGS = """
[tick]
judge_every = "PT1S"
lateness = "PT1S"
[rules.asked]
answer_within = "PT8S"
"""


@contextmanager
def wrists(broker: Broker) -> Iterator[queue.Queue[tuple[str, dict[str, Any]]]]:
    """What bands hear: (topic, command)."""
    heard: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
    ready: queue.Queue[bool] = queue.Queue()
    client = paho.Client(CallbackAPIVersion.VERSION2, "wrists")
    client.on_subscribe = lambda *_: ready.put(True)
    client.on_message = lambda _c, _u, m: heard.put((m.topic, json.loads(m.payload)))
    client.connect(broker.host, broker.mqtt_port)
    client.subscribe("homebeat/v1/+/commands", 1)
    client.loop_start()
    ready.get(timeout=20)
    try:
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.fixture(params=[("nats", "sqlite"), ("mosquitto", "sqlite")], ids="-".join)
def homebeat(request: pytest.FixtureRequest, tmp_path: Path) -> Homebeat:
    broker_kind, database = request.param
    settings = tmp_path / "homebeat.toml"
    settings.write_text(SETTINGS)
    return Homebeat(
        tmp_path / "state",
        request.getfixturevalue(f"{database}_url"),
        request.getfixturevalue(f"{broker_kind}_broker"),
        {"HOMEBEAT_CONFIG": str(settings)},
    )


def lies_still_since(now: int, hours: int) -> list[dict[str, Any]]:
    """A band's list: steps until `hours` ago, and none since."""
    since = now - hours * HOUR
    first = {"at": since - 5 * MINUTE, "worn": True, "steps": 100}
    return [first, *({"at": at, "worn": True, "steps": 140} for at in range(since, now, 5 * MINUTE))]


def test_one_answers_and_the_other_does_not(homebeat: Homebeat, family: Receiver) -> None:
    street = [home(n, family.url, devices=("b",)) | {"ask_first": True} for n in (1, 2)]
    homebeat.key = settle(homebeat.store_url, street)
    with homebeat.serving() as service, wrists(homebeat.broker) as heard, Devices(homebeat.broker) as devices:
        service.wait_ready()
        for n in (1, 2):
            devices.send(f"b{n}", lies_still_since(wall_ms(), 11))
        commands = dict(heard.get(timeout=30) for _ in (1, 2))
        assert set(commands) == {"homebeat/v1/b1/commands", "homebeat/v1/b2/commands"}
        mine = commands["homebeat/v1/b1/commands"]
        assert (mine["command"], set(mine)) == ("ask", {"id", "command", "at", "expires_at"})
        devices.send("b1", {"at": wall_ms(), "alarm": "ok"})
        until(lambda: service.get(f"/api/v1/alerts/{mine['id']}")["answer"] == "resolved", "her answer has closed the question")
        closed = service.get(f"/api/v1/alerts/{mine['id']}")
        assert (closed["rule"], closed["outcome"], closed["desk"]) == ("asked", "fine", "resident")
        assert closed["history"][-1]["actor"] == "resident"

        raised = until(lambda: service.items("/api/v1/alerts", rule="no_sign_of_life"), "nobody answers in the other home")
        assert [(a["resident"], a["reason_code"], a["priority"]) for a in raised] == [("r2", "asked_no_answer", "high")]
        (told,) = family.wait_for(1)
        assert told.alert_id == raised[0]["alert_id"]
        assert [a["rule"] for a in service.items("/api/v1/alerts", open="true")] == ["no_sign_of_life"]
    assert heard.empty()
