"""The command channel: asks a resident, over MQTT, on a device of theirs, whether they are well."""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from homebeat.codecs.catalogue import make_asking
from homebeat.codecs.question import Asking, Command, NotAskable, Question
from homebeat.deliver.echoes import AwaitedEchoes
from homebeat.deliver.ports import Receipt
from homebeat.domain.fleet import DeviceKind
from homebeat.store import Leased

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
        formats: On which topics messages of other formats come, where those are not their makers' own.
    """

    host: str
    port: int
    client_id: str
    username: str = ""
    password: str = ""
    tls: bool = False
    ca_file: Path | None = None
    keepalive_s: int = 60
    formats: Mapping[str, Sequence[str]] = field(default_factory=dict)


class CommandChannel:
    """Publishes to the device that a notice names. Connects at the first command; safe to use from many threads.

    The broker confirms, not the device. A band that is away gets the command when it comes back, if the broker keeps its session.
    It sees from `expires_at` whether an answer is still waited for. A lamp or a siren that is away is not asked later.

    Args:
        options: The broker.
        on_echo: Called with the id of a notice when its device has answered; it must not block. None: nobody listens.
    """

    def __init__(self, options: CommandOptions, on_echo: Callable[[str], None] | None = None) -> None:
        self._options = options
        self._on_echo = on_echo
        self._echoes = AwaitedEchoes()
        self._starting = threading.Lock()
        self._connected = threading.Event()
        self._client: paho.Client | None = None
        self._heard: set[str] = set()

    def send(self, notice: Leased, now: int) -> Receipt:
        """Publish once, and wait a bounded time for the broker's confirmation. What the device answers comes later."""
        try:
            asking = self._make_asking(notice)
        except ValueError as fault:  # also what may not be sent to a device
            return Receipt(ok=False, error=str(fault), is_final=True)
        client = self._start()
        if not self._connected.wait(_CONNECTS_WITHIN_S):
            return Receipt(ok=False, error="the broker is away")
        listens = False
        try:
            listens = self._listen(client, notice, asking, now)
            confirmed = all(_publish(client, one) for one in asking.commands)
        except (RuntimeError, ValueError):  # paho's words for "not connected any more" and "the queue is full"
            confirmed = False
        if not confirmed:
            return Receipt(ok=False, error="the broker did not confirm the command")
        return Receipt(ok=True, reference=notice.id if listens else "", awaits_proof=listens)

    def _make_asking(self, notice: Leased) -> Asking:
        found = notice.channel_params
        if found is None:
            raise NotAskable("the device has left, or nobody is asked on it any more")
        topics = tuple(self._options.formats.get(found["codec"], ()))
        question = Question(notice.contact, DeviceKind(found["kind"]), found["address"], notice.payload, topics)
        return make_asking(found["codec"], question)

    def _listen(self, client: paho.Client, notice: Leased, asking: Asking, now: int) -> bool:
        """Listen for the answer before the question leaves; nothing is listened to that nobody waits for any more."""
        if self._on_echo is None or not asking.listens or not self._echoes.add(notice.id, asking, _read_left_s(notice, now)):
            return False
        with self._starting:
            awaited = self._echoes.list_topics()
            gone, self._heard = self._heard - awaited, awaited
            if gone:
                client.unsubscribe(sorted(gone))
            client.subscribe([(topic, 0) for topic in asking.listens])
        return True

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
                return
            self._connected.set()
            if topics := sorted(self._echoes.list_topics()):
                client.subscribe([(topic, 0) for topic in topics])

        def on_message(_client: object, _userdata: object, message: paho.MQTTMessage) -> None:
            if message.retain or self._on_echo is None:
                return  # what the broker had kept is no answer
            for notice in self._echoes.take(message.topic, bytes(message.payload)):
                self._on_echo(notice)

        def on_disconnect(*_: object) -> None:
            self._connected.clear()

        client.on_connect, client.on_disconnect, client.on_message = on_connect, on_disconnect, on_message
        client.connect_async(options.host, options.port, options.keepalive_s)
        return client


def _publish(client: paho.Client, command: Command) -> bool:
    sent = client.publish(command.topic, command.payload, qos=1 if command.is_kept else 0)
    sent.wait_for_publish(_CONFIRMED_WITHIN_S)
    return sent.is_published()


def _read_left_s(notice: Leased, now: int) -> float:
    """Read for how long an answer still counts."""
    expires = notice.payload.get("expires_at")
    return (datetime.fromisoformat(expires).timestamp() * 1000 - now) / 1000 if isinstance(expires, str) else 0.0
