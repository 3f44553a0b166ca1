"""A message that kills the process, as no exception does: it dies three times at most, then everybody else is told."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from homebeat.bootstrap.receiver import Receiver
from homebeat.ingest.mqtt.embedded_broker import EmbeddedBroker
from tests.e2e.devices import Devices, wall_ms
from tests.e2e.installation import Homebeat, Running, settle
from tests.e2e.street import home
from tests.e2e.waiting import until

#: Python runs a module of this name in every process that finds it: here a codec that ends the process over one payload.
CUSTOM = "sitecustomize.py"
DEADLY = """
import os
from homebeat.codecs import catalogue

reads = catalogue.CODECS["native"]

def kills(payload, received_at, limits):
    if payload == b'["deadly"]':
        os._exit(41)
    return reads(payload, received_at, limits)

catalogue.CODECS["native"] = kills
"""


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_message_that_kills_the_process_is_set_aside_unread_and_an_sos_behind_it_is_told(
    nats_broker: EmbeddedBroker, sqlite_url: str, family: Receiver, tmp_path: Path
) -> None:
    custom = tmp_path / "custom"
    custom.mkdir()
    (custom / CUSTOM).write_text(DEADLY)
    key = settle(sqlite_url, [home(n, family.url) for n in (1, 2, 3)])
    homebeat = Homebeat(tmp_path / "state", sqlite_url, nats_broker, {"PYTHONPATH": str(custom)}, key)
    with homebeat.serving() as service:
        service.wait_ready()
    with Devices(nats_broker) as devices:
        for n in range(40):
            devices.send("b3", {"at": wall_ms() - 1_000 + n, "steps": n})
        devices.send("b2", ["deadly"])
        devices.send("b1", {"at": wall_ms(), "alarm": "sos"})
        deaths = 0
        service = homebeat.begin("serve")
        try:
            while until(partial(fate, service, family), "it dies, or tells") != "told":
                deaths += 1
                assert service.child.returncode == 41, service.log()
                assert deaths <= 3, "it dies for ever"
                service = homebeat.begin("serve")
            assert deaths == 3
            (aside,) = service.items("/api/v1/quarantine")
            assert (aside["reason"], aside["payload"]) == ("defect", '["deadly"]')
            notes = service.client.get("/readyz").json()["notes"]
            assert [note["part"] for note in notes] == ["messages"]
            assert service.get("/api/v1/ledger")["balanced"]
            assert service.stop() == 0
        finally:
            service.kill()


def fate(service: Running, family: Receiver) -> str:
    """Whether the service has died, or the family has been told."""
    if family.received:
        return "told"
    return "dead" if service.child.poll() is not None else ""
