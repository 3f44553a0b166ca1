"""The MQTT source: a persistent session at QoS 1, whose messages we acknowledge after the commit.

One thread of our own drives paho by its external-loop calls: one wait serves many packets, acknowledgements are written by
that thread only, and it stops reading the socket while the inbox is full. Messages that were not acknowledged when the
connection broke come again (DUP); acknowledgements for the old connection are dropped, because packet ids start anew.
"""

from __future__ import annotations

import contextlib
import logging
import random
import select
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from homebeat.codecs.catalogue import is_passed_over
from homebeat.domain.inbound import Message
from homebeat.domain.instants import TOLERANCE_MS
from homebeat.ingest.inbox import Inbox
from homebeat.ingest.mqtt.buffered_socket import BufferedClient
from homebeat.ingest.mqtt.reconnecting import Backoff, Takeovers
from homebeat.ingest.source import MqttOptions, SourceState

_log = logging.getLogger(__name__)

_BURST: Final = 500  # packets between two looks at acknowledgements and the clock
_TURN_S: Final = 0.5
_SETTLE_S: Final = 0.003
_PROVEN_S: Final = 10.0  # a connection that lived this long resets the back-off
_RESUBSCRIBE_S: Final = 30.0
_SUPERVISED_EVERY_S: Final = 1.0
_CONNECT_S: Final = 5.0
_CLOSES_WITHIN_S: Final = 5.0
_MOST_OUTGOING: Final = 100
_MID_BITS: Final = 16
_MID_MASK: Final = (1 << _MID_BITS) - 1
#: What paho calls the answers of a broker that does not know us, or does not believe us.
_DENIALS: Final = frozenset({"Bad user name or password", "Not authorized"})
_PINGREQ: Final = b"\xc0\x00"


def _read_wall_ms() -> int:
    return time.time_ns() // 1_000_000


class MqttSource:
    """Messages of a broker. `start` returns at once, whether or not the broker is there."""

    def __init__(
        self, options: MqttOptions, on_dead: Callable[[str], None] = lambda _: None, clock_ms: Callable[[], int] = _read_wall_ms
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            options: Broker and session.
            on_dead: Called once, from the supervisor's thread, when the source can no longer work: end the process.
            clock_ms: Stamps arrivals, epoch ms.
        """
        self._options = options
        self._on_dead = on_dead
        self._clock_ms = clock_ms
        self._inbox = Inbox(options.queue_bound)
        self._acks: deque[list[int]] = deque()
        self._outgoing: deque[tuple[str, bytes]] = deque(maxlen=_MOST_OUTGOING)
        self._backoff = Backoff(random.Random(), *options.retry_s)  # noqa: S311 -- spreads reconnects, guards nothing
        self._takeovers = Takeovers()
        self._has_tried = False
        self._epoch = 0
        self._followed: tuple[str, ...] = ()
        self._must_change = False
        self._asked: tuple[str, ...] = ()
        self._granted: set[str] = set()
        self._subscribe_mid: int | None = None
        self._resubscribe_at_s = 0.0
        self._connected = False
        self._connected_at_s = 0.0
        self._subscribed = False
        self._refused: tuple[str, ...] = ()
        self._denied = False
        self._last_message_at: int | None = None
        self._acknowledged = 0
        self._sessions_lost = 0
        self._is_new_session = False
        self._failure = ""
        self._turned_at_s = self._bytes_at_s = self._pinged_at_s = time.monotonic()
        self._paused = False
        self._stopping = threading.Event()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._client = self._make_client()
        self._network = threading.Thread(target=self._run, name="mqtt-network", daemon=True)
        self._supervisor = threading.Thread(target=self._supervise, name="mqtt-supervisor", daemon=True)

    def start(self) -> None:
        """Begin to connect, and go on trying."""
        self._network.start()
        self._supervisor.start()

    def drain(self, limit: int, timeout_s: float, settle_s: float = _SETTLE_S) -> list[Message]:
        """Drain up to `limit` messages in arrival order; at once when one looks like an alarm. See `Inbox.drain`."""
        was_full = self._inbox.is_full
        messages = self._inbox.drain(limit, timeout_s, settle_s)
        if was_full or self._paused:
            self._wake()
        return messages

    def wake(self) -> None:
        """Let a waiting `drain` return at once, or the next one: somebody else has messages for the watch."""
        self._inbox.wake()

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Acknowledge messages to the broker. Call it after the commit; messages of an old connection are ignored."""
        if messages:
            self._acks.append([message.token for message in messages])
            self._wake()

    def follow(self, topics: Sequence[str]) -> None:
        """Subscribe to these filters beside those of the options, in place of those followed before. From any thread."""
        if self._followed != tuple(topics):
            self._followed, self._must_change = tuple(topics), True
            self._wake()

    def get_granted(self) -> frozenset[str]:
        """Get the filters that the broker has granted."""
        return frozenset(self._granted.copy())

    def publish(self, topic: str, payload: bytes) -> None:
        """Send this once at QoS 0; the oldest is dropped where many wait. From any thread."""
        self._outgoing.append((topic, payload))
        self._wake()

    def get_state(self) -> SourceState:
        """Get the state of the source now."""
        now_s = time.monotonic()
        return SourceState(
            self._connected, self._subscribed, self._refused, self._last_message_at, len(self._inbox),
            self._options.queue_bound, self._inbox.arrived, self._acknowledged, self._takeovers.count(now_s),
            self._takeovers.is_contested(now_s), self._sessions_lost, self._failure,
            self._denied, self._options.client_id, self._is_new_session, self._list_pending(),
        )  # fmt: skip

    def _list_pending(self) -> tuple[str, ...]:
        known = {*self._granted.copy(), *self._refused}
        return tuple(topic for topic in self._followed if topic not in known)

    def close(self) -> None:
        """Send what acknowledgements there are, disconnect, and keep the session. Safe to call twice."""
        self._stopping.set()
        self._wake()
        for thread in (self._network, self._supervisor):
            if thread.is_alive():
                thread.join(_CLOSES_WITHIN_S + _CONNECT_S)
        self._inbox.close()
        if not self._network.is_alive():
            self._wake_reader.close()
            self._wake_writer.close()

    # -------------------------------------------------------------- the network thread

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._turned_at_s = time.monotonic()
                if self._client.socket() is None:
                    self._connect()
                else:
                    self._turn()
            self._say_goodbye()
        except Exception as error:  # noqa: BLE001 -- a thread's edge: said in the state, the log and to the supervisor
            self._failure = f"the network thread died: {type(error).__name__}: {error}"
            _log.exception("the MQTT network thread died")
        finally:
            self._connected = self._subscribed = False
            self._inbox.announce()

    def _connect(self) -> None:
        if self._has_tried and self._rest(self._backoff.choose_wait_s()):
            return
        self._has_tried = True
        self._turned_at_s = time.monotonic()
        try:
            self._client.reconnect()
        except OSError as error:
            _log.warning("the broker at %s:%d is away: %s", self._options.host, self._options.port, error)
        self._bytes_at_s = time.monotonic()

    def _rest(self, wait_s: float) -> bool:
        """Wait before a reconnect, and show the supervisor that the thread lives; returns whether to stop."""
        deadline_s = time.monotonic() + wait_s
        while not self._stopping.is_set() and (left_s := deadline_s - time.monotonic()) > 0:
            self._turned_at_s = time.monotonic()
            self._stopping.wait(min(left_s, _TURN_S))
        return self._stopping.is_set()

    def _turn(self) -> None:
        """One wait, then everything there is to do."""
        client = self._client
        sock: Any = client.socket()
        self._paused = self._inbox.is_full
        reads = not self._paused
        if not (reads and sock.pending()):
            reads &= self._wait(sock)
        if reads:
            self._read(sock)
        self._write_acks()
        while self._connected and self._outgoing:
            client.publish(*self._outgoing.popleft())
        self._flush(sock)
        now_s = time.monotonic()
        if self._paused:
            self._ping_while_paused(now_s)
        elif client.socket() is not None:
            client.loop_misc()
        if self._connected:
            if now_s - self._connected_at_s > _PROVEN_S:
                self._backoff.reset()
            if self._must_change:
                self._change_subscriptions()
            elif self._refused and now_s >= self._resubscribe_at_s:
                self._subscribe()

    def _wait(self, sock: Any) -> bool:
        """Wait for bytes, room to write, or to be woken; whether there are bytes to read."""
        readable, woken = _wait_for_socket(sock, self._wake_reader, _TURN_S, read=not self._paused, write=sock.unsent > 0)
        if woken:
            with contextlib.suppress(BlockingIOError):
                self._wake_reader.recv(4096)
        return readable

    def _read(self, sock: Any) -> None:
        """Packets until there is no more, the inbox is full, or it is time for the acknowledgements."""
        client, inbox = self._client, self._inbox
        self._bytes_at_s = time.monotonic()
        for _ in range(_BURST):
            if client.loop_read() or inbox.is_full or not sock.pending():
                break
        inbox.announce()

    def _flush(self, sock: Any) -> None:
        """Hand paho's packets to the socket and the socket's bytes to the system; a broken one shows when it is read."""
        if self._client.want_write():
            self._client.loop_write()
        with contextlib.suppress(OSError):
            sock.flush()

    def _write_acks(self) -> None:
        epoch, client = self._epoch, self._client
        while self._connected and self._acks:
            for token in self._acks.popleft():
                if token >> _MID_BITS == epoch and token & _MID_MASK:
                    client.ack(token & _MID_MASK, 1)
                    self._acknowledged += 1

    def _ping_while_paused(self, now_s: float) -> None:
        """Nothing is read now, so paho would miss the answer to its ping and hang up; the broker must still hear from us."""
        sock = self._client.socket()
        if sock is not None and now_s - self._pinged_at_s > self._options.keepalive_s / 2:
            self._pinged_at_s = self._bytes_at_s = now_s
            sock.send(_PINGREQ)

    def _say_goodbye(self) -> None:
        deadline_s = time.monotonic() + _CLOSES_WITHIN_S
        self._write_acks()
        self._connected = False
        sock: Any = self._client.socket()
        if sock is None:
            return
        self._flush(sock)
        while sock.unsent and sock.fileno() >= 0 and time.monotonic() < deadline_s:
            _wait_for_socket(sock, self._wake_reader, _TURN_S, read=False, write=True)
            self._flush(sock)
        self._client.disconnect()
        self._client.loop_write()

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            self._wake_writer.send(b"\0")

    # -------------------------------------------------------------- what paho calls, all on the network thread

    def _make_client(self) -> paho.Client:
        options = self._options
        client = BufferedClient(
            CallbackAPIVersion.VERSION2, options.client_id, clean_session=False, reconnect_on_failure=False, manual_ack=True
        )
        client.connect_timeout = _CONNECT_S
        if options.username:
            client.username_pw_set(options.username, options.password or None)
        if options.tls:
            client.tls_set_context(ssl.create_default_context(cafile=str(options.ca_file) if options.ca_file else None))
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        # With this set paho queues what we send instead of writing each packet by itself.
        client.on_socket_register_write = lambda *_: None
        client.connect_async(options.host, options.port, options.keepalive_s)
        return client

    def _on_connect(self, _client: Any, _userdata: Any, flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refused = (f"connection refused: {reason}",)
            self._denied = str(reason) in _DENIALS
            _log.error("the broker refused us as %r: %s", self._options.client_id, reason)
            return
        if not flags.session_present and self._epoch:
            self._sessions_lost += 1
            _log.error("the broker has forgotten our session: what devices sent while we were away is lost")
        self._is_new_session |= not (flags.session_present or self._epoch)
        self._epoch += 1
        self._connected = True
        self._connected_at_s = self._pinged_at_s = time.monotonic()
        self._refused, self._denied = (), False
        if not flags.session_present:
            self._granted.clear()
        self._change_subscriptions()
        self._subscribed = self._granted.issuperset(self._options.topics)

    def _change_subscriptions(self) -> None:
        """Ask for what is wanted and not granted yet, and end what is not wanted any more."""
        self._must_change = False
        wanted = {*self._options.topics, *self._followed}
        if gone := sorted(self._granted - wanted):
            self._client.unsubscribe(gone)
            self._granted.difference_update(gone)
        if not self._granted.issuperset(wanted):
            self._subscribe()

    def _subscribe(self) -> None:
        # NATS answers a second SUBSCRIBE of a live session by sending again what is on its way: ask once per process.
        self._resubscribe_at_s = time.monotonic() + _RESUBSCRIBE_S
        self._asked = tuple(one for one in dict.fromkeys((*self._options.topics, *self._followed)) if one not in self._granted)
        if self._asked:
            _, self._subscribe_mid = self._client.subscribe([(topic, 1) for topic in self._asked])

    def _on_subscribe(self, _client: Any, _userdata: Any, mid: int, reasons: Any, _properties: Any) -> None:
        if mid != self._subscribe_mid:
            return
        self._refused = tuple(t for t, reason in zip(self._asked, reasons, strict=False) if reason.is_failure)
        self._granted.update(set(self._asked).difference(self._refused))
        self._subscribed = self._granted.issuperset(self._options.topics)
        if self._refused:
            _log.error("the broker refused our subscription to %s: nothing will arrive from there", ", ".join(self._refused))

    def _on_disconnect(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        was_connected, self._connected, self._subscribed = self._connected, False, False
        if not was_connected or self._stopping.is_set():
            return
        now_s = time.monotonic()
        self._takeovers.note_end(now_s - self._connected_at_s, now_s)
        if self._takeovers.is_contested(now_s):
            _log.error("another client seems to use our client id %r: the two throw each other out", self._options.client_id)
        else:
            _log.warning("the connection to the broker ended: %s", reason)

    def _on_message(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "\N{REPLACEMENT CHARACTER}"  # goes to quarantine as an unknown topic, with its bytes
        if is_passed_over(topic):
            if message.qos:
                self._client.ack(message.mid, message.qos)
            return
        arrived_at = self._clock_ms()
        # A clock that is set back a little must not turn the order of arrival around. One that ran ahead is not kept to.
        if self._last_message_at is not None and arrived_at < self._last_message_at <= arrived_at + TOLERANCE_MS:
            arrived_at = self._last_message_at
        self._last_message_at = arrived_at
        token = self._epoch << _MID_BITS | (message.mid if message.qos else 0)
        self._inbox.put(Message(topic, bytes(message.payload), arrived_at, token, message.retain))

    # -------------------------------------------------------------- the supervisor

    def _supervise(self) -> None:
        while not self._stopping.wait(_SUPERVISED_EVERY_S):
            failure = self._failure or self._find_stall()
            if failure:
                self._failure = failure
                _log.critical("the MQTT source is dead: %s", failure)
                self._on_dead(failure)
                return

    def _find_stall(self) -> str:
        limit_s = 2.0 * self._options.keepalive_s
        now_s = time.monotonic()
        if not self._network.is_alive():
            return "the network thread is gone"
        if now_s - self._turned_at_s > max(limit_s, 4 * _CONNECT_S):
            return f"the network thread has stood still for {now_s - self._turned_at_s:.0f} s"
        if self._connected and now_s - self._bytes_at_s > limit_s:
            return f"the connection is open but silent for {now_s - self._bytes_at_s:.0f} s, pings unanswered"
        return ""


def _wait_for_socket(sock: Any, wake: socket.socket, timeout_s: float, *, read: bool, write: bool) -> tuple[bool, bool]:
    """Wait for the socket (as asked) or to be woken: (is readable, was woken). `poll` has no limit on descriptors."""
    events = (select.POLLIN if read else 0) | (select.POLLOUT if write else 0)
    poll = select.poll()
    poll.register(wake, select.POLLIN)
    if events:
        poll.register(sock, events)
    ready = dict(poll.poll(timeout_s * 1000))
    return bool(ready.get(sock.fileno(), 0) & ~select.POLLOUT), wake.fileno() in ready
