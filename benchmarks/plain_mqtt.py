"""A small MQTT 3.1.1 client on a bare socket, fast enough not to be what is measured: it subscribes and publishes in a stream.

Packets are laid out as in the OASIS standard, sections 3.1 to 3.14.
"""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Iterable
from typing import Final, Self

from benchmarks.brokers import HOST

_CHUNK: Final = 1 << 16
_PUBACK: Final = 0x40
_DISCONNECT: Final = b"\xe0\x00"
_PATIENCE_S: Final = 30.0


def make_packet(first: int, body: bytes) -> bytes:
    """A control packet: first byte, remaining length (section 2.2.3), body."""
    length, n = bytearray(), len(body)
    while True:
        n, low = divmod(n, 128)
        length.append(low | 0x80 if n else low)
        if not n:
            return bytes((first,)) + bytes(length) + body


def encode_text(value: str) -> bytes:
    """A length-prefixed UTF-8 text."""
    encoded = value.encode()
    return struct.pack("!H", len(encoded)) + encoded


class PlainMqtt:
    """One connection. Not thread-safe."""

    def __init__(self, port: int, client_id: str, *, keep_session: bool = False) -> None:
        self._sock = socket.create_connection((HOST, port), timeout=_PATIENCE_S)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        flags = 0 if keep_session else 2
        self._sock.sendall(make_packet(0x10, encode_text("MQTT") + bytes((4, flags, 0, 0)) + encode_text(client_id)))
        self._rest = b""
        answer = self._read(4)
        if answer[:2] != b"\x20\x02" or answer[3]:
            raise ConnectionError(f"the broker refused {client_id}: {answer!r}")
        self._next = 0
        self.confirmed = 0
        self.sent = 0

    def subscribe(self, topic: str) -> None:
        """Subscribe at QoS 1 and wait for the answer."""
        self._sock.sendall(make_packet(0x82, b"\x00\x01" + encode_text(topic) + b"\x01"))
        answer = self._read(5)
        if answer[0] != 0x90 or answer[4] != 1:
            raise ConnectionError(f"the broker refused the subscription: {answer!r}")

    def publish_all(self, messages: Iterable[tuple[str, bytes]], window: int = 2_000) -> None:
        """Publish at QoS 1, `window` messages ahead of their acknowledgements; returns when all are acknowledged."""
        block: list[bytes] = []
        for topic, payload in messages:
            block.append(self._publish(topic, payload))
            if len(block) == window // 4:
                self.send(block)
                block.clear()
                self.wait_confirmed(self.sent - window * 3 // 4)
        self.send(block)
        self.wait_confirmed(self.sent)

    def publish(self, topic: str, payload: bytes) -> None:
        """Send one message now; its acknowledgement is read some time later."""
        self.send([self._publish(topic, payload)])

    def send(self, packets: list[bytes]) -> None:
        """Send packets made by `publish_all` or `publish`, and take in what acknowledgements there are."""
        self._sock.sendall(b"".join(packets))
        self.sent += len(packets)
        while select.select([self._sock], [], [], 0)[0]:
            self._take_acks()

    def wait_confirmed(self, count: int) -> None:
        """Wait until the broker has acknowledged `count` messages in all."""
        while self.confirmed < count:
            self._take_acks()

    def close(self) -> None:
        """Disconnect politely."""
        self._sock.sendall(_DISCONNECT)
        self._sock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _publish(self, topic: str, payload: bytes) -> bytes:
        self._next = self._next % 65_535 + 1
        return make_packet(0x32, encode_text(topic) + struct.pack("!H", self._next) + payload)

    def _take_acks(self) -> None:
        received = self._sock.recv(_CHUNK)
        if not received:
            raise ConnectionError("the broker hung up")
        received = self._rest + received
        whole = len(received) // 4
        if received[: whole * 4 : 4].strip(bytes((_PUBACK,))):
            raise ConnectionError("the broker sent something else than acknowledgements")
        self.confirmed += whole
        self._rest = received[whole * 4 :]

    def _read(self, count: int) -> bytes:
        received = b""
        while len(received) < count:
            more = self._sock.recv(count - len(received))
            if not more:
                raise ConnectionError("the broker hung up")
            received += more
        return received
