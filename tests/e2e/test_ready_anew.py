"""A process that starts says that it is ready by its own parts, not by what the one before it left in the database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from homebeat.bootstrap.runtime import read_wall_ms
from homebeat.bootstrap.service import ROLES, Service, refuse_unusable
from homebeat.rules.catalogue import RULES
from homebeat.settings import load
from homebeat.store import open_store
from tests.e2e.waiting import until
from tests.keys import KEY_FILE


class SlowService(Service):
    """A service whose watch starts when it is told to, as on a machine with much to do."""

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        self.waits, self.may_go_on = threading.Event(), threading.Event()

    def _start_watch(self, on_commit: Callable[[], None]) -> None:
        self.waits.set()
        assert self.may_go_on.wait(30)
        super()._start_watch(on_commit)


def test_fresh_heartbeats_of_the_process_before_do_not_make_this_one_ready(sqlite_url: str, tmp_path: Path) -> None:
    store = open_store(sqlite_url, KEY_FILE, create=False)
    with store.begin() as tx:
        for part in ("watch", "deliver", "deadlines"):
            tx.heartbeats.beat(part, read_wall_ms(), {})
    store.close()
    environ = {
        "HOMEBEAT_DATABASE_URL": sqlite_url, "HOMEBEAT_STATE_DIR": str(tmp_path), "HOMEBEAT_KEY_FILE": str(KEY_FILE),
        "HOMEBEAT_HTTP_PORT": "0",
        "HOMEBEAT_MQTT_HOST": "127.0.0.1", "HOMEBEAT_MQTT_PORT": "9",
    }  # fmt: skip
    service = SlowService(load(environ, RULES), ROLES, environ, refuse_unusable)
    service.start()
    try:
        assert service.waits.wait(30)
        answer = until(lambda: _readyz(service.address), "the page answers")
        assert answer is not None
        assert answer.status_code == 503
        wrong = {part["part"]: part["problem"] for part in answer.json()["parts"] if part["problem"]}
        assert wrong == {"start": "does not work"}  # a stranger is not told more
        service.may_go_on.set()
        until(lambda: "broker" in _wrong(service.address), "the watch has started, and misses its broker")
        assert "start" not in _wrong(service.address)
    finally:
        service.may_go_on.set()
        service.close()


def _readyz(address: str) -> httpx2.Response | None:
    try:
        return httpx2.get(f"{address}/readyz", timeout=5)
    except httpx2.TransportError:
        return None


def _wrong(address: str) -> set[str]:
    answer = _readyz(address)
    return {part["part"] for part in answer.json()["parts"] if part["problem"]} if answer is not None else set()
