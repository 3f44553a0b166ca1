"""What strangers can do with connections: be closed when they are too slow or too many, and nothing else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import httpx2
import pytest

from homebeat.serving.connections import ConnectionLimits
from tests.unit.api.fixtures import BEARER
from tests.unit.api.serving import serving
from tests.unit.api.street import SECRET, Clock, Street

PATIENCE_S: Final = 15.0
LIVEZ: Final = b"GET /livez HTTP/1.1\r\nHost: testserver\r\n\r\n"


@contextmanager
def server_at(street: Street, clock: Clock, **limits: object) -> Iterator[tuple[str, int]]:
    with serving(street, clock, limits=ConnectionLimits(**limits)) as (address, _):  # type: ignore[arg-type]
        url = httpx2.URL(address)
        yield url.host, url.port or 80


def connect(door: tuple[str, int], said: bytes = b"") -> socket.socket:
    client = socket.create_connection(door, timeout=PATIENCE_S)
    client.sendall(said)
    return client


def is_closed(client: socket.socket) -> bool:
    """Wait until the server closes it; False when it answers instead."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def is_alive(client: socket.socket) -> bool:
    """Read one answer to LIVEZ whole."""
    said = b""
    while not said.endswith(b"}"):
        said += client.recv(4096) or b"}"
    return said.startswith(b"HTTP/1.1 200")


def is_over_after(client: socket.socket, said: bytes) -> bool:
    """Say something, and see whether the server closes."""
    try:
        client.sendall(said)
        return client.recv(1) == b""
    except TimeoutError:
        return False
    except (ConnectionResetError, BrokenPipeError):
        return True


def answer_of(client: socket.socket) -> bytes:
    """Everything until the server closes."""
    said = b""
    try:
        while part := client.recv(65_536):
            said += part
    except ConnectionResetError:
        pass
    return said


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET /livez HTT",
        b"GET /livez HTTP/1.1\r\nHost: x\r\n",
        b"POST /api/v1/alerts/x/note HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
        b"POST /api/v1/alerts/x/note HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        LIVEZ[:-2] + b"\r\n" + b"GET /livez HTTP/1.1\r\nHo",
    ],
    ids=["nothing", "half a line", "half a head", "half a body", "half of the chunks", "half of the second head"],
)
def test_a_request_that_does_not_come_is_not_waited_for(street: Street, clock: Clock, said: bytes) -> None:
    with server_at(street, clock, request_s=0.2) as door, connect(door, said) as client:
        client.settimeout(PATIENCE_S)
        assert b"500" not in answer_of(client)[:20]


def test_a_head_that_drips_is_not_waited_for_either(street: Street, clock: Clock) -> None:
    with server_at(street, clock, request_s=0.5) as door, connect(door, b"GET /livez HTTP/1.1\r\n") as client:
        client.settimeout(0.05)
        assert any(is_over_after(client, b"A: b\r\n") for _ in range(200)), "a dripping head held its connection for 10 s"


def test_a_connection_in_use_outlives_the_limit_and_an_idle_one_is_closed(street: Street, clock: Clock) -> None:
    with server_at(street, clock, request_s=0.3, idle_s=1.0) as door, connect(door) as client:
        pause = threading.Event()
        for _ in range(8):  # 2.4 s, each second one sweep
            client.sendall(LIVEZ)
            assert is_alive(client)
            pause.wait(0.3)
        assert is_closed(client)


def test_one_address_has_its_share_and_a_proxy_is_not_one_address(street: Street, clock: Clock) -> None:
    with server_at(street, clock, proxies=(), per_address=3) as door, ExitStack() as stack:
        held = [stack.enter_context(connect(door, LIVEZ)) for _ in range(3)]
        assert all(map(is_alive, held))
        with connect(door) as fourth:
            assert is_closed(fourth)
        held[0].close()
        assert httpx2.get(f"http://{door[0]}:{door[1]}/livez", timeout=PATIENCE_S).status_code == 200
    with server_at(street, clock, proxies=("127.0.0.1",), per_address=3) as door, ExitStack() as stack:
        held = [stack.enter_context(connect(door, LIVEZ)) for _ in range(6)]
        assert all(map(is_alive, held))


def test_half_open_connections_keep_nobody_out(street: Street, clock: Clock) -> None:
    with server_at(street, clock, connections=20) as door, ExitStack() as stack:
        half_open = [stack.enter_context(connect(door, b"GET /")) for _ in range(60)]
        for _ in range(3):
            assert httpx2.get(f"http://{door[0]}:{door[1]}/livez", timeout=PATIENCE_S).status_code == 200
        assert is_closed(half_open[0])


def test_what_is_being_answered_is_never_closed_for_a_newcomer(street: Street, clock: Clock) -> None:
    stream = b"GET /api/v1/stream HTTP/1.1\r\nHost: testserver\r\nAuthorization: Bearer " + SECRET.encode() + b"\r\n\r\n"
    with server_at(street, clock, connections=4) as door, ExitStack() as stack:
        streams = [stack.enter_context(connect(door, stream)) for _ in range(4)]
        assert all(client.recv(4096).startswith(b"HTTP/1.1 200") for client in streams)
        with connect(door) as fifth:
            assert is_closed(fifth)
        assert all(client.recv(4096) for client in streams)


def test_closed_connections_are_counted(street: Street, clock: Clock) -> None:
    with server_at(street, clock, proxies=(), per_address=2) as door:
        with connect(door) as one, connect(door) as two, connect(door) as three:
            assert is_closed(three)
            assert one.fileno() != two.fileno()
        with httpx2.Client(base_url=f"http://{door[0]}:{door[1]}", headers=BEARER, timeout=PATIENCE_S) as client:
            assert 'homebeat_http_refused_total{why="address"} 1.0' in client.get("/metrics").text


def test_a_head_too_long_is_refused(street: Street, clock: Clock) -> None:
    with server_at(street, clock, head_bytes=2_048) as door, connect(door) as client:
        client.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nCookie: " + b"a" * 4_096)
        assert answer_of(client).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "said",
    [
        b"POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + LIVEZ,
        b"POST /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + LIVEZ,
        b"POST /livez HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + LIVEZ,
    ],
    ids=["length first", "chunks first", "chunks with HTTP/1.0"],
)
def test_a_length_said_in_two_ways_is_refused_and_nothing_after_it_is_read(street: Street, clock: Clock, said: bytes) -> None:
    with server_at(street, clock) as door, connect(door, said) as client:
        answer = answer_of(client)
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"alive" not in answer


@pytest.mark.parametrize(("part", "comes"), [(160 * 1024, True), (16 * 1024, False)], ids=["a slow line", "drops"])
def test_a_long_body_is_waited_for_as_long_as_enough_of_it_comes(street: Street, clock: Clock, part: int, comes: bool) -> None:
    head = b"POST /api/v1/alerts/x/note HTTP/1.1\r\nHost: testserver\r\nContent-Length: %d\r\n\r\n"
    pause, whole = threading.Event(), 6 * part
    with serving(street, clock, limits=ConnectionLimits(request_s=0.8), max_body_bytes=whole) as (address, _):
        url = httpx2.URL(address)
        with connect((url.host, url.port or 80), head % whole) as client:
            client.settimeout(PATIENCE_S)
            try:
                for _ in range(6):  # 3 s, each second one sweep
                    client.sendall(b" " * part)
                    pause.wait(0.5)
                answer = client.recv(65_536)
            except ConnectionError:
                answer = b""
    assert answer.startswith(b"HTTP/1.1 401" if comes else b""), answer
    assert bool(answer) is comes
