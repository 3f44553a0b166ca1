"""`python -m benchmarks.asking`: ask for lists at a steady rate, in a process of its own.

In the process of whoever changes what is listed meanwhile, the clients would wait for that one, and be measured with it.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parent.parent
_CLIENTS: Final = 24
#: How long a client may take beyond the time that the rate gives, seconds.
_PATIENCE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What to ask, and how often: the paths in turns, so many requests a second and in all, with a key."""

    port: int
    key: str
    paths: Sequence[str]
    rate: int
    requests: int


def ask(asked: Asked) -> list[float]:
    """Ask from a process of its own.

    Returns:
        For each request how long after its moment the whole answer was there, ms.

    Raises:
        RuntimeError: An answer was none.
    """
    command, wanted = [sys.executable, "-m", "benchmarks.asking"], json.dumps(asdict(asked))
    within_s = _PATIENCE_S + asked.requests / asked.rate
    done = subprocess.run(command, input=wanted, capture_output=True, text=True, check=False, timeout=within_s, cwd=_ROOT)
    if done.returncode:
        raise RuntimeError(f"not every request was answered: {done.stderr.strip()[-300:]}")
    took: list[float] = json.loads(done.stdout)
    return took


@dataclass
class _Asking:
    """Requests at a steady rate, shared between clients with a connection each."""

    asked: Asked
    begins: float
    took: list[float] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Ask until all requests are sent."""
        connection = http.client.HTTPConnection("127.0.0.1", self.asked.port, timeout=30)
        pause, paths = threading.Event(), self.asked.paths
        headers = {"Authorization": f"Bearer {self.asked.key}"}
        while True:
            with self._lock:
                number, self._next = self._next, self._next + 1
            if number >= self.asked.requests:
                connection.close()
                return
            due = self.begins + number / self.asked.rate
            pause.wait(max(0.0, due - time.monotonic()))
            connection.request("GET", paths[number % len(paths)], headers=headers)
            answer = connection.getresponse()
            answer.read()
            with self._lock:
                self.took.append((time.monotonic() - due) * 1000)
                if answer.status != 200:
                    self.wrong.append(answer.status)


def main() -> int:
    """Read what to ask from standard input, and write how long each took; 1 when an answer was none."""
    asking = _Asking(Asked(**json.load(sys.stdin)), time.monotonic() + 0.2)
    clients = [threading.Thread(target=asking.run) for _ in range(_CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    if asking.wrong or len(asking.took) < asking.asked.requests:
        print(f"{len(asking.wrong)} were none, such as {asking.wrong[:3]}; {len(asking.took)} came", file=sys.stderr)
        return 1
    json.dump(asking.took, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
