"""A supplier's cloud: pushes its devices' messages to the intake, and sends again whatever was not answered with 200."""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from pathlib import Path
from typing import Any, Self

import httpx2

from tests.e2e.devices import wall_ms
from tests.e2e.installation import Homebeat
from tests.e2e.waiting import until

SECRET = "a-secret-of-the-e2e-cloud"


def set_up_cloud(state_dir: Path, homebeat: Homebeat, port: int) -> None:
    """Write a settings file with one cloud; the intake listens on `port`."""
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = state_dir / "homebeat.toml"
    file.write_text(f'[intake]\nport = {port}\n[intake.clouds.aep]\nkind = "ctwing"\nsecret = "{SECRET}"\n')
    file.chmod(0o600)
    homebeat.more["HOMEBEAT_CONFIG"] = str(file)


def wrap(device: str, payload: dict[str, Any], at: int | None = None) -> dict[str, Any]:
    """A message as CTWing wraps it."""
    now = wall_ms() if at is None else at
    return {"messageType": "dataReport", "tenantId": "1", "deviceId": device, "timestamp": now, "payload": payload}


class PushingCloud:
    """Pushes from threads of its own, each message until it is answered.

    Attributes:
        steps: By band, step counts by time, as streamed.
        answered: How many messages were answered with 200; `failed` how many tries were not.
    """

    def __init__(self, port: int, threads: int = 4) -> None:
        self._address = f"http://127.0.0.1:{port}/intake/aep/{SECRET}"
        self._waiting: deque[dict[str, Any]] = deque()
        self._stop, self._over = threading.Event(), threading.Event()
        self._count = threading.Lock()
        self.steps: defaultdict[str, dict[int, int]] = defaultdict(dict)
        self.sent = self.answered = self.failed = 0
        self._threads = [threading.Thread(target=self._push, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()
        self._walker: threading.Thread | None = None

    def send(self, message: dict[str, Any]) -> None:
        """Push one message, soon."""
        self.sent += 1
        self._waiting.append(message)

    def stream(self, bands: list[str], per_s: int) -> Self:
        """Begin to push step counts in turn from these bands, until `end`."""
        self._walker = threading.Thread(target=self._walk, args=(bands, per_s), daemon=True)
        self._walker.start()
        return self

    def end(self) -> None:
        """End the stream, and wait until every message is answered."""
        self._over.set()
        if self._walker is not None:
            self._walker.join()
        until(lambda: self.answered == self.sent, "the intake has answered every message", 60)

    def _walk(self, bands: list[str], per_s: int) -> None:
        began, count = wall_ms(), 0
        while not self._over.wait(0.01):
            while count < (wall_ms() - began) * per_s // 1000:
                band, at = bands[count % len(bands)], began + count
                self.steps[band][at] = count
                self.send(wrap(band, {"time": at, "steps": count}, at))
                count += 1

    def _push(self) -> None:
        with httpx2.Client(timeout=10) as client:
            while not self._stop.is_set():
                try:
                    message = self._waiting.popleft()
                except IndexError:
                    self._stop.wait(0.005)
                    continue
                try:
                    is_taken = client.post(self._address, content=json.dumps(message)).status_code == 200
                except httpx2.HTTPError:
                    is_taken = False
                with self._count:
                    self.answered += is_taken
                    self.failed += not is_taken
                if not is_taken:
                    self._waiting.appendleft(message)
                    self._stop.wait(0.1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._stop.set()
        for thread in self._threads:
            thread.join(20)
