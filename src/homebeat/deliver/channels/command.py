"""The command channel: asks a band, over MQTT, whether its wearer is well."""

from __future__ import annotations

import json
import logging
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from homebeat.codecs.catalogue import make_commands_topic
from homebeat.deliver.ports import Receipt
from homebeat.store import Leased

_NOT_IN_TOPICS: Final = frozenset("+#/\0")
_CONNECTS_WITHIN_S: Final = 5.0
_CONFIRMED_WITHIN_S: Final = 5.0
_RETRY_S: Final = (1, 5)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CommandOptions:
    """The broker, and our account there.

    Attributes:
        client_id: Must differ from the watch's, and from that of any other deliverer.
        tls: Whether to use TLS; `ca_file` None trusts the system's authorities.
    """

    host: str
    port: int
    client_id: str
    username: str = ""
    password: str = ""
    tls: bool = False
    ca_file: Path | None = None
    keepalive_s: int = 60


class CommandChannel:
    """Publishes to the device that a notice names, at QoS 1. Connects at the first command; safe to use from many threads.

    The broker confirms, not the band. A band that is away gets the command when it comes back, if the broker keeps its session.
    It sees from `expires_at` whether an answer is still waited for.
    """

    def __init__(self, options: CommandOptions) -> None:
        self._options = options
        self._starting = threading.Lock()
        self._connected = threading.Event()
        self._client: paho.Client | None = None

    def send(self, notice: Leased, now: int) -> Receipt:  # noqa: ARG002 -- the broker does not ask when
        """Publish once, and wait a bounded time for the broker's confirmation."""
        device = notice.contact
        if not device or _NOT_IN_TOPICS & set(device):
            return Receipt(ok=False, error="the device's id cannot stand in a topic", is_final=True)
        client = self._start()
        if not self._connected.wait(_CONNECTS_WITHIN_S):
            return Receipt(ok=False, error="the broker is away")
        payload = json.dumps(dict(notice.payload), ensure_ascii=False, separators=(",", ":"))
        try:
            sent = client.publish(make_commands_topic(device), payload.encode(), qos=1)
            sent.wait_for_publish(_CONFIRMED_WITHIN_S)
            confirmed = sent.is_published()
        except (RuntimeError, ValueError):  # paho's words for "not connected any more" and "the queue is full"
            confirmed = False
        return Receipt(ok=True) if confirmed else Receipt(ok=False, error="the broker did not confirm the command")

    def close(self) -> None:
        """Disconnect. Safe to call twice."""
        with self._starting:
            client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def _start(self) -> paho.Client:
        with self._starting:
            if self._client is None:
                self._client = self._make_client()
                self._client.loop_start()
            return self._client

    def _make_client(self) -> paho.Client:
        options = self._options
        client = paho.Client(CallbackAPIVersion.VERSION2, options.client_id, clean_session=True)
        client.reconnect_delay_set(*_RETRY_S)
        client.connect_timeout = _CONNECTS_WITHIN_S
        if options.username:
            client.username_pw_set(options.username, options.password or None)
        if options.tls:
            client.tls_set_context(ssl.create_default_context(cafile=str(options.ca_file) if options.ca_file else None))

        def on_connect(_client: object, _userdata: object, _flags: object, reason: ReasonCode, _properties: object) -> None:
            if reason.is_failure:
                _log.error("the broker refused us as %r: %s", options.client_id, reason)
            else:
                self._connected.set()

        def on_disconnect(*_: object) -> None:
            self._connected.clear()

        client.on_connect, client.on_disconnect = on_connect, on_disconnect
        client.connect_async(options.host, options.port, options.keepalive_s)
        return client
