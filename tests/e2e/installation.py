"""homebeat as its operators have it: commands and a service, each a process of its own, told by the environment."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from homebeat.bootstrap.people import make_key
from homebeat.bootstrap.runtime import read_wall_ms
from homebeat.domain.principal import Grant
from homebeat.domain.role import Role
from homebeat.ingest.formats import list_codec_names
from homebeat.registry.fleet_file import read_fleet
from homebeat.store import open_store
from tests.brokers import Broker
from tests.e2e.street import fleet_text
from tests.e2e.waiting import until
from tests.keys import KEY_FILE

ROOT = Path(__file__).parents[2]
HOMEBEAT = Path(sys.executable).with_name("homebeat")
_LISTENS = re.compile(r"^(?:homebeat listens on|  page   ) +(http://[^/\s]+)", re.MULTILINE)
_STOPS_WITHIN_S = 25.0


@dataclass(slots=True)
class Homebeat:
    """One installation: a database, a broker, a state directory, and the environment that says so."""

    state_dir: Path
    store_url: str
    broker: Broker
    more: dict[str, str] = field(default_factory=dict)
    key: str = ""

    def environment(self) -> dict[str, str]:
        """What a unit file would say. Deliveries may go to this machine: the receiver is here."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HOMEBEAT_")}
        return inherited | {
            "HOMEBEAT_DATABASE_URL": self.store_url,
            "HOMEBEAT_STATE_DIR": str(self.state_dir),
            "HOMEBEAT_KEY_FILE": str(KEY_FILE),
            "HOMEBEAT_MQTT_HOST": self.broker.host,
            "HOMEBEAT_MQTT_PORT": str(self.broker.mqtt_port),
            "HOMEBEAT_HTTP_PORT": "0",
            "HOMEBEAT_EGRESS_ALLOW_PRIVATE": "true",
            "HOMEBEAT_EGRESS_ALLOW_HTTP": "true",
            "HOMEBEAT_EGRESS_PORTS": "",
            "PYTHONUNBUFFERED": "1",
        } | self.more  # fmt: skip

    def run(self, *words: str | Path, fails: int = 0, within_s: float = 60) -> subprocess.CompletedProcess[str]:
        """Run one command to its end; it must end with status `fails`."""
        command = [str(HOMEBEAT), *map(str, words)]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment(), capture_output=True, text=True, timeout=within_s, check=False
        )
        assert done.returncode == fails, f"{words} ended with {done.returncode}: {done.stdout}{done.stderr}"
        return done

    def begin(self, *words: str | Path, failpoint: str = "") -> Running:
        """Begin a command that stays: `serve`, `record`, `demo`."""
        return Running(self, tuple(map(str, words)), failpoint)

    @contextmanager
    def serving(self, failpoint: str = "") -> Iterator[Running]:
        """`homebeat serve`, until the block ends; then it must end by itself, with status 0."""
        service = self.begin("serve", failpoint=failpoint)
        try:
            yield service
            assert service.is_crashed or service.stop() == 0, service.log()
        finally:
            service.kill()


class Running:
    """A homebeat process that stays."""

    def __init__(self, homebeat: Homebeat, words: tuple[str, ...], failpoint: str) -> None:
        self._homebeat = homebeat
        homebeat.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = len(list(homebeat.state_dir.glob("*.out")))
        self._out = homebeat.state_dir / f"{words[0]}-{number}.out"
        self._err = homebeat.state_dir / f"{words[0]}-{number}.err"
        environment = homebeat.environment() | ({"HOMEBEAT_FAILPOINT": failpoint} if failpoint else {})
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.child = subprocess.Popen(
                [str(HOMEBEAT), *words], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )
        self._client: httpx2.Client | None = None
        self.is_crashed = False

    def said(self) -> str:
        """Standard output so far."""
        return self._out.read_text(errors="replace")

    def log(self) -> str:
        """Standard error so far."""
        return self._err.read_text(errors="replace")

    @property
    def client(self) -> httpx2.Client:
        """The API, as the holder of the key."""
        if self._client is None:
            found = until(lambda: self._listens() or self._gone(), "the service listens")
            assert found != "gone", self.log()
            headers = {"Authorization": f"Bearer {self._homebeat.key}"} if self._homebeat.key else {}
            self._client = httpx2.Client(base_url=found, headers=headers, timeout=20)
        return self._client

    def _listens(self) -> str:
        match = _LISTENS.search(self.said())
        return match[1] if match else ""

    def _gone(self) -> str:
        return "gone" if self.child.poll() is not None else ""

    def get(self, path: str, **params: str | int) -> Any:
        """What a GET answers, which must be 200."""
        answer = self.client.get(path, params=params)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def post(self, path: str, body: Any = None) -> Any:
        """What a POST answers, which must be 200."""
        answer = self.client.post(path, json=body)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def items(self, path: str, **params: str | int) -> list[dict[str, Any]]:
        """Every item of a list, page by page."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, **(params | cursor))
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    def failing(self) -> dict[str, str]:
        """What `/readyz` says is wrong, by part; empty when every part works."""
        answer = self.client.get("/readyz")
        if answer.status_code == 200:
            return {}
        assert answer.status_code == 503, answer.text
        return {part["part"]: part["problem"] for part in answer.json()["parts"]}

    def wait_ready(self, within_s: float = 30) -> None:
        """Wait until `/readyz` says that every part works."""
        until(lambda: not self.failing(), "the service is ready", within_s)

    def wait_killed(self, within_s: float = 40) -> None:
        """Wait until a failpoint has killed it."""
        try:
            status = self.child.wait(within_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"no failpoint was reached: {self.log()[-2000:]}") from None
        assert status == -signal.SIGKILL, f"ended with {status}: {self.log()[-2000:]}"
        self._close()

    def crash(self) -> None:
        """Kill -9, as part of the story: `serving` then asks for no good end."""
        self.is_crashed = True
        self.kill()

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        self.child.send_signal(signal.SIGINT)

    def stop(self) -> int:
        """Stop it politely; returns its status."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        self._close()
        return self.child.wait(_STOPS_WITHIN_S)

    def kill(self) -> None:
        """Kill -9; safe to call for one that has ended."""
        self._close()
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()

    def _close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def settle(store_url: str, homes: list[dict[str, Any]]) -> str:
    """Register homes and make a key without the cost of a process for each; returns the key."""
    store = open_store(store_url, KEY_FILE, create=False)
    try:
        with store.begin() as tx:
            tx.fleet.apply(read_fleet(fleet_text(homes), list_codec_names(), is_json=True), read_wall_ms())
        return make_key(store, "desk-1", [Grant(Role.NURSE)], None)  # sees readings also without an alert
    finally:
        store.close()
