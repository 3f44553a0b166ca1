"""Lists are asked for from a process of its own, at its rate, and an answer that is none is no figure."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.asking import Asked, ask

SEEN: list[tuple[str, str]] = []


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        SEEN.append((self.path, self.headers["Authorization"]))
        self.send_response(404 if self.path == "/away" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_each_request_is_sent_in_turn_and_timed(port: int) -> None:
    SEEN.clear()
    took = ask(Asked(port, "secret", ("/a", "/b"), 200, 20))
    assert len(took) == 20
    assert min(took) > 0
    assert sorted(SEEN) == sorted([("/a", "Bearer secret"), ("/b", "Bearer secret")] * 10)


def test_an_answer_that_is_none_is_no_figure(port: int) -> None:
    with pytest.raises(RuntimeError, match="were none"):
        ask(Asked(port, "secret", ("/a", "/away"), 200, 4))
