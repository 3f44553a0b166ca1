"""The devices' side: a client nobody here wrote, and many devices that keep what was not confirmed and send it again."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from collections import defaultdict
from typing import Any, Self

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.brokers import Broker
from tests.e2e.waiting import until


def topic_of(device: str) -> str:
    """Where a device publishes."""
    return f"homebeat/v1/{device}/readings"


def wall_ms() -> int:
    """The clock on the wall, epoch ms."""
    return time.time_ns() // 1_000_000


def mosquitto_pub(broker: Broker, device: str, payload: Any, topic: str = "") -> None:
    """Publish one message with Mosquitto's own client, QoS 1: bytes as they are, anything else as JSON.

    It returns once the broker has confirmed. Without a topic it is that of the device in our own form.
    """
    executable = shutil.which("mosquitto_pub")
    if executable is None:
        pytest.skip("mosquitto_pub is not installed (apt-get install mosquitto-clients)")
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    subprocess.run(
        [executable, "-h", broker.host, "-p", str(broker.mqtt_port), "-q", "1", "-t", topic or topic_of(device), "-s"],
        input=body,
        check=True,
        timeout=20,
    )


class Devices:
    """Publishes at QoS 1; what is not confirmed is kept and sent again for ever, as a device must.

    Attributes:
        steps: By band, step counts by time, as streamed.
        sent: Messages published; `confirmed` those that the broker has acknowledged.
    """

    def __init__(self, broker: Broker, client_id: str = "devices") -> None:
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id, clean_session=False)
        self._client.reconnect_delay_set(1, 1)
        self._client.max_queued_messages_set(0)
        self._client.max_inflight_messages_set(200)
        self._client.on_publish = self._on_confirmed
        self._client.connect(broker.host, broker.mqtt_port)
        self._client.loop_start()
        self._stop = threading.Event()
        self._sending = threading.Lock()
        self._thread: threading.Thread | None = None
        self.sent = self.confirmed = 0
        self.steps: defaultdict[str, dict[int, int]] = defaultdict(dict)

    def send(self, device: str, payload: Any) -> None:
        """Publish one message."""
        with self._sending:
            self._client.publish(topic_of(device), json.dumps(payload), qos=1)
            self.sent += 1

    def stream(self, bands: list[str], per_s: int) -> Self:
        """Begin to send step counts in turn from these bands, `per_s` a second, until `end`."""
        self._thread = threading.Thread(target=self._walk, args=(bands, per_s), name="devices", daemon=True)
        self._thread.start()
        return self

    def _walk(self, bands: list[str], per_s: int) -> None:
        began, count = wall_ms(), 0
        while not self._stop.wait(0.01):
            while count < (wall_ms() - began) * per_s // 1000:
                band, at = bands[count % len(bands)], began + count
                self.steps[band][at] = count
                self.send(band, {"at": at, "steps": count})
                count += 1

    def _on_confirmed(self, *_: object) -> None:
        self.confirmed += 1

    def end(self) -> int:
        """End the stream and wait until every message is confirmed; returns how many step counts were sent."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        until(lambda: self.confirmed == self.sent, "the broker has confirmed every message")
        return sum(map(len, self.steps.values()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._client.disconnect()
        self._client.loop_stop()
