"""`python -m benchmarks.pushing PORT SECRET RATE SPAN_S CONNECTIONS`: push messages at a steady rate, in a process of its own.

Prints `{"answered", "rate", "p50_ms", "p99_ms", "worst_ms"}`. A message counts from the moment at which it was to be sent.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from typing import Final

_PATIENCE_S: Final = 60.0


class Pushing:
    """One span of pushing."""

    def __init__(self, request: bytes, rate: float) -> None:
        self.request, self.rate = request, rate
        self.free: deque[Connection] = deque()
        self.took: list[float] = []
        self.wrong = 0

    async def run(self, port: int, span_s: float, connections: int) -> dict[str, float]:
        """Push, and wait for every answer."""
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", port)
        began_s, sent = time.perf_counter(), 0
        count = round(self.rate * span_s)
        while sent < count:
            now_s = time.perf_counter()
            while sent < count and self.free and began_s + sent / self.rate <= now_s:
                self.free.popleft().push(began_s + sent / self.rate)
                sent += 1
            await asyncio.sleep(0.001)
        while len(self.took) < count:
            if time.perf_counter() - began_s > span_s + _PATIENCE_S:
                raise TimeoutError(f"{len(self.took)} of {count} were answered")
            await asyncio.sleep(0.001)
        if self.wrong:
            raise ValueError(f"{self.wrong} of {count} were refused")
        ended_s, took = time.perf_counter(), sorted(self.took)
        percentiles = {f"p{share}_ms": 1_000 * took[min(count - 1, count * share // 100)] for share in (50, 99)}
        return {"answered": count, "rate": count / (ended_s - began_s), "worst_ms": 1_000 * took[-1], **percentiles}


class Connection(asyncio.Protocol):
    """A connection that stays open, with one message under way."""

    def __init__(self, pushing: Pushing) -> None:
        self._pushing, self._read, self._due_s = pushing, b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._pushing.free.append(self)

    def push(self, due_s: float) -> None:
        """Send a message that was due then."""
        self._due_s = due_s
        self._transport.write(self._pushing.request)

    def data_received(self, data: bytes) -> None:  # lint: allow word asyncio's names
        self._read += data
        if not self._read.endswith(b"\r\n\r\nok"):
            self._pushing.wrong += b"\r\n\r\n" in self._read
            if b"\r\n\r\n" not in self._read:
                return
        self._read = b""
        self._pushing.took.append(time.perf_counter() - self._due_s)
        self._pushing.free.append(self)


def make_request(secret: str) -> bytes:
    """A message of a smoke detector, as CTWing wraps it."""
    inner = {"serviceId": "notification", "serviceData": {"TData": 24, "RSRP": 101, "Battery_Level": 87, "Alarm_Status": 7}}
    message = {
        "messageType": "dataReport",
        "tenantId": "1",
        "deviceId": "d" * 32,
        "timestamp": 1_772_352_000_000,
        "payload": inner,
    }
    body = json.dumps(message).encode()
    head = (
        f"POST /intake/aep/{secret} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main(port: str, secret: str, rate: str, span_s: str, connections: str) -> None:
    """As the module says."""
    said = asyncio.run(Pushing(make_request(secret), float(rate)).run(int(port), float(span_s), int(connections)))
    print(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
