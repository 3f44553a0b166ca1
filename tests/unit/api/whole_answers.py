"""Starlette's client of an application in this process, with one change of threads for a request instead of eight.

Its own transport asks the event loop's thread for each part of an answer. Here that thread runs the application to its end, and
the answer is read whole. What a test reads as a stream takes Starlette's way.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote

import anyio
import httpx2
from starlette.testclient import TestClient
from starlette.types import Message

#: In the extensions of a request: its answer is read while the application still writes it.
_STREAMED: Final = "tests.streamed"
_PORTS: Final = {"http": 80, "https": 443}


class WholeAnswers(TestClient):
    """A browser, or another system, that reads each answer whole."""

    def __init__(self, app: Any, raise_server_exceptions: bool = True, **more: Any) -> None:
        super().__init__(app, raise_server_exceptions=raise_server_exceptions, **more)
        self._transport = _WholeTransport(self, self._transport, raise_server_exceptions)

    def send(self, request: httpx2.Request, *, stream: bool = False, **more: Any) -> httpx2.Response:
        if stream:
            request.extensions[_STREAMED] = True
        return super().send(request, stream=stream, **more)


class _WholeTransport(httpx2.BaseTransport):
    def __init__(self, client: WholeAnswers, streaming: Any, raises: bool) -> None:
        self._client, self._streaming, self._raises = client, streaming, raises

    def close(self) -> None:
        self._streaming.close()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:  # lint: allow word httpx2 asks for it by this name
        if _STREAMED in request.extensions:
            answer: httpx2.Response = self._streaming.handle_request(request)
            return answer
        exchange = _Exchange(request.read())
        scope = self._describe(request)
        with self._client._portal_factory() as portal:
            try:
                portal.call(exchange.run, self._client.app, scope)
            except Exception:
                if self._raises:
                    raise
        return exchange.answer(request)

    def _describe(self, request: httpx2.Request) -> dict[str, Any]:
        """The ASGI scope of a request."""
        url = request.url
        headers = [(key.lower(), value) for key, value in request.headers.raw]
        return {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "path": unquote(url.path),
            "raw_path": url.raw_path.split(b"?", 1)[0],
            "root_path": self._streaming.root_path,
            "scheme": url.scheme,
            "query_string": url.query,
            "headers": headers,
            "client": self._streaming.client,
            "server": [url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]],
            "extensions": {},
            "state": self._client.app_state.copy(),
        }


class _Exchange:
    """One request and what the application said to it, in the event loop's thread."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._start: Message | None = None
        self._parts: list[bytes] = []
        self._is_complete: anyio.Event

    async def run(self, app: Any, scope: dict[str, Any]) -> None:
        """Run the application to its end."""
        self._is_complete = anyio.Event()
        await app(scope, self._receive, self._send)

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """The whole answer; a 500 where the application gave none, as a server would."""
        if self._start is None:
            return httpx2.Response(500, request=request)
        body = b"" if request.method == "HEAD" else b"".join(self._parts)
        headers = [(key.decode(), value.decode()) for key, value in self._start["headers"]]
        return httpx2.Response(self._start["status"], headers=headers, stream=httpx2.ByteStream(body), request=request)

    async def _receive(self) -> Message:
        if self._body is None:
            await self._is_complete.wait()
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            assert self._start is None, "the answer began twice"
            self._start = message
            return
        assert message["type"] == "http.response.body", message["type"]
        assert self._start is not None, "a body came before the answer began"
        assert not self._is_complete.is_set(), "a body came after the last one"
        self._parts.append(bytes(message.get("body", b"")))
        if not message.get("more_body", False):
            self._is_complete.set()
