"""PostgreSQL hangs: connections stay open and nothing answers. A monitor is told within its patience, and all recovers."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from tests.brokers import Broker
from tests.e2e.installation import Homebeat, settle
from tests.e2e.postgres import Postgres
from tests.e2e.street import home
from tests.e2e.waiting import until


def test_a_monitor_is_told_in_time_that_the_database_hangs(postgres: Postgres, nats_broker: Broker, tmp_path: Path) -> None:
    postgres.start()
    homebeat = Homebeat(tmp_path / "state", postgres.url, nats_broker)
    homebeat.key = settle(postgres.url, [home(1, "http://127.0.0.1:9/")])
    with homebeat.serving() as service:
        service.wait_ready()
        client = service.client
        postgres.freeze()
        try:
            with ThreadPoolExecutor(50) as pool:
                waiting = [pool.submit(client.get, "/api/v1/ledger", timeout=60) for _ in range(50)]
                for _ in range(3):
                    assert _took_s(client, "/livez", 200) < 1.0
                    assert _took_s(client, "/readyz", 503) < 2.0
                postgres.thaw()
                assert {answer.result().status_code for answer in waiting} <= {200, 503}
        finally:
            postgres.thaw()
        until(lambda: not service.failing(), "every part works")


def _took_s(client: httpx2.Client, path: str, status: int) -> float:
    began = time.monotonic()
    answer = client.get(path, timeout=30)
    assert answer.status_code == status
    if status == 503:
        assert "database" in {part["part"] for part in answer.json()["parts"]}
    return time.monotonic() - began
