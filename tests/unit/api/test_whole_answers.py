"""The client of the tests says what Starlette's own says: of answers in parts, of none, of faults, and while they are written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from tests.unit.api.fixtures import TestClient
from tests.unit.api.whole_answers import WholeAnswers

CLIENTS = [WholeAnswers, TestClient]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers by its path."""
    request = Request(scope, receive)
    match scope["path"]:
        case "/parts":
            answer: Any = StreamingResponse(count())
        case "/silent":
            return
        case "/fault":
            raise OSError("ours")
        case "/late":
            await send({"type": "http.response.start", "status": 201, "headers": [(b"x-part", b"first")]})
            raise OSError("ours")
        case _:
            names = ("method", "path", "raw_path", "query_string", "scheme", "server", "client", "root_path")
            said = {name: str(scope[name]) for name in names} | {"headers": str(sorted(scope["headers"]))}
            answer = JSONResponse({**said, "body": (await request.body()).decode()})
    await answer(scope, receive, send)


async def count() -> AsyncIterator[str]:
    for number in range(3):
        yield f"{number};"


def ask(kind: type[TestClient], method: str, path: str, **more: Any) -> tuple[int, dict[str, str], str]:
    answer = kind(app, raise_server_exceptions=False).request(method, path, **more)
    return answer.status_code, dict(answer.headers), answer.text


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [("GET", "/parts", {}), ("HEAD", "/parts", {}), ("GET", "/silent", {}), ("GET", "/fault", {}), ("GET", "/late", {})],
)
def test_answers_are_the_same(method: str, path: str, more: dict[str, Any]) -> None:
    assert ask(WholeAnswers, method, path, **more) == ask(TestClient, method, path, **more)


@pytest.mark.parametrize("path", ["/é/%2F%00?a=1&b=%C3%28", "https://x.example:81/", "http://x.example"])
@pytest.mark.parametrize("more", [{"content": b"{}"}, {"data": {"a": "b c"}}, {"headers": {"X-Two": "é".encode()}}])
def test_requests_are_the_same(path: str, more: dict[str, Any]) -> None:
    whole, starlette = (ask(kind, "POST", path, **more) for kind in CLIENTS)
    assert whole == starlette
    assert whole[0] == 200


def test_a_fault_is_raised_where_it_was_asked_for() -> None:
    with pytest.raises(OSError, match="ours"):
        WholeAnswers(app).get("/fault")


def test_a_stream_is_read_while_it_is_written() -> None:
    with WholeAnswers(app).stream("GET", "/parts") as answer:
        assert list(answer.iter_bytes()) == [b"0;", b"1;", b"2;"]
