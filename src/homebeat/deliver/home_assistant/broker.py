"""The connection to the broker of Home Assistant: publishes retained messages at QoS 1, and subscribes to nothing.

The network is driven by whoever calls `turn`: a caller that hangs sends no pings, and the broker publishes the will.
"""

from __future__ import annotations

import secrets
import select
import ssl
import time
from dataclasses import replace
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from homebeat.deliver.channels.command import CommandOptions
from homebeat.deliver.home_assistant.announcements import OFFLINE, Publication

#: So many messages may wait for the broker's word.
MOST_UNCONFIRMED: Final = 64
CONNECTS_WITHIN_S: Final = 5.0
#: A broker that confirms nothing for so long is taken for dead.
CONFIRMS_WITHIN_S: Final = 30.0
_TURN_S: Final = 0.05
_SAYS_WITHIN_S: Final = 1.0


class BrokerAway(Exception):
    """The broker cannot be reached, refuses us, or confirms nothing; the text says which."""


class AnnouncingClient:
    """One connection. It is for one thread.

    Args:
        options: The broker, and our account there.
        availability_topic: Where the broker publishes `offline` when the connection ends otherwise than by `close`; empty for
            no such word.
    """

    def __init__(self, options: CommandOptions, availability_topic: str) -> None:
        self._options = options
        self._availability_topic = availability_topic
        self._unconfirmed: set[int] = set()
        self._confirmed_at_s = 0.0
        self._answer: str | None = None
        self._is_connected = False
        self._client = self._make_client()

    @property
    def has_room(self) -> bool:
        """Whether one more may be published now."""
        return len(self._unconfirmed) < MOST_UNCONFIRMED

    @property
    def is_idle(self) -> bool:
        """Whether the broker has confirmed everything."""
        return not self._unconfirmed

    def open(self, within_s: float = CONNECTS_WITHIN_S) -> None:
        """Connect, and wait a bounded time for the broker's word.

        Raises:
            BrokerAway: It is away, or refuses us.
        """
        options = self._options
        self._client.connect_timeout = within_s
        try:
            self._client.connect(options.host, options.port, options.keepalive_s)
        except (OSError, ValueError) as error:
            raise BrokerAway(f"it cannot be reached: {getattr(error, 'strerror', None) or error}") from None
        deadline_s = time.monotonic() + within_s
        while self._answer is None:
            if not self._exchange(_TURN_S) and self._answer is None:
                raise BrokerAway("it ended the connection")
            if time.monotonic() > deadline_s:
                raise BrokerAway("it did not answer")
        if self._answer:
            raise BrokerAway(f"it refused us: {self._answer}")
        self._confirmed_at_s = time.monotonic()

    def publish(self, one: Publication) -> None:
        """Publish a retained message; the broker confirms it later.

        Raises:
            BrokerAway: The connection has ended.
        """
        if self.is_idle:
            self._confirmed_at_s = time.monotonic()
        sent = self._client.publish(one.topic, one.payload, qos=1, retain=True)
        if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise BrokerAway("the connection has ended")
        self._unconfirmed.add(sent.mid)

    def turn(self, wait_s: float = _TURN_S) -> None:
        """Exchange with the broker what there is, or wait a little.

        Raises:
            BrokerAway: The connection has ended, or nothing is confirmed for too long.
        """
        if not self._exchange(wait_s) or not self._is_connected:
            raise BrokerAway("the connection has ended")
        if self._unconfirmed and time.monotonic() - self._confirmed_at_s > CONFIRMS_WITHIN_S:
            raise BrokerAway(f"it has confirmed nothing for {CONFIRMS_WITHIN_S:.0f} s")

    def settle(self, within_s: float) -> bool:
        """Wait until everything is confirmed, for a limited time; returns whether it is.

        Raises:
            BrokerAway: As `turn`.
        """
        deadline_s = time.monotonic() + within_s
        while not self.is_idle and time.monotonic() < deadline_s:
            self.turn()
        return self.is_idle

    def close(self, *, says_offline: bool) -> None:
        """End the connection in order, after which the broker publishes no will: what it would say is said here.

        A broker that does not confirm that is left without a word, so that it publishes the will.
        """
        has_said = not says_offline
        try:
            if says_offline and self._is_connected:
                self.publish(Publication(self._availability_topic, OFFLINE.encode()))
                has_said = self.settle(_SAYS_WITHIN_S)
        except BrokerAway:
            pass
        self._is_connected = False
        if has_said:
            self._client.disconnect()
            self._client.loop_write()
        elif (sock := self._client.socket()) is not None:
            sock.close()

    def _exchange(self, wait_s: float) -> bool:
        """Read and write what there is, after a wait for it; False where the connection has ended."""
        client, sock = self._client, self._client.socket()
        if sock is None:
            return False
        has_more = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
        # not paho's own `loop`: it waits by `select`, which takes no descriptor above 1023
        poll = select.poll()
        poll.register(sock, select.POLLIN | (select.POLLOUT if client.want_write() else 0))
        ready = poll.poll(0 if has_more else wait_s * 1000)
        is_readable = has_more or any(events & ~select.POLLOUT for _, events in ready)
        if is_readable and client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        if client.want_write():
            client.loop_write()
        return client.loop_misc() == MQTTErrorCode.MQTT_ERR_SUCCESS

    def _make_client(self) -> paho.Client:
        options = self._options
        client = paho.Client(CallbackAPIVersion.VERSION2, options.client_id, clean_session=True, reconnect_on_failure=False)
        client.max_inflight_messages_set(MOST_UNCONFIRMED + 1)
        client.max_queued_messages_set(MOST_UNCONFIRMED + 1)
        if self._availability_topic:
            client.will_set(self._availability_topic, OFFLINE, qos=1, retain=True)
        if options.username:
            client.username_pw_set(options.username, options.password or None)
        if options.tls:
            client.tls_set_context(ssl.create_default_context(cafile=str(options.ca_file) if options.ca_file else None))
        client.on_connect, client.on_disconnect, client.on_publish = self._on_connect, self._on_disconnect, self._on_publish
        return client

    def _on_connect(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._is_connected = not reason.is_failure
        self._answer = str(reason) if reason.is_failure else ""

    def _on_disconnect(self, *_: Any) -> None:
        self._is_connected = False

    def _on_publish(self, _client: Any, _userdata: Any, mid: int, _reason: Any, _properties: Any) -> None:
        self._unconfirmed.discard(mid)
        self._confirmed_at_s = time.monotonic()


def try_to_announce(options: CommandOptions, within_s: float) -> str:
    """Connect once under a name of its own and end; returns what is wrong, or an empty text. Nothing is published."""
    own = replace(options, client_id=f"{options.client_id}-check-{secrets.token_hex(4)}")
    client = AnnouncingClient(own, "")
    try:
        client.open(within_s)
    except BrokerAway as away:
        return str(away)
    client.close(says_offline=False)
    return ""
