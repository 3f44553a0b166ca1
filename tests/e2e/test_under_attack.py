"""A stranger opens more connections than there are descriptors: an SOS is told all the same, and the page comes back."""

from __future__ import annotations

import resource
import time
from pathlib import Path

from benchmarks.half_open import HalfOpen
from homebeat.bootstrap.receiver import Receiver
from tests.brokers import Broker
from tests.e2e.devices import mosquitto_pub, wall_ms
from tests.e2e.installation import Homebeat, settle
from tests.e2e.street import home
from tests.e2e.waiting import until

LIMIT = 1_024
CONNECTIONS = 1_300


def test_an_sos_is_told_while_strangers_hold_every_connection(
    nats_broker: Broker, sqlite_url: str, family: Receiver, tmp_path: Path
) -> None:
    homebeat = Homebeat(tmp_path / "state", sqlite_url, nats_broker)
    homebeat.key = settle(sqlite_url, [home(n, family.url) for n in (1, 2, 3, 4)])
    service = homebeat.begin("serve")
    resource.prlimit(service.child.pid, resource.RLIMIT_NOFILE, (LIMIT, LIMIT))  # as systemd does by default, and no higher
    try:
        service.wait_ready()
        address = service.client.base_url
        attack = HalfOpen(address.port or 80, CONNECTIONS)
        until(lambda: attack.opened > CONNECTIONS, "the attack is under way")
        for number in (1, 2, 3):
            pressed = time.monotonic()
            mosquitto_pub(nats_broker, f"b{number}", {"at": wall_ms(), "alarm": "sos"})
            family.wait_for(number)
            assert time.monotonic() - pressed < 1.0
        left = LIMIT - len(list(Path(f"/proc/{service.child.pid}/fd").iterdir()))
        assert left > 100, f"{left} descriptors are left for the alarm path"
        assert service.client.get("/livez", timeout=10).status_code == 200
        attack.end()
        until(lambda: not service.failing(), "every part works")
        assert len(service.log()) < 100_000
        assert service.stop() == 0
    finally:
        service.kill()
