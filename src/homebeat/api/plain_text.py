"""Refuses characters that no text may hold, before any route sees them, so that both databases answer alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qsl

from python_multipart.multipart import parse_options_header
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from homebeat.api.problem import build_problem
from homebeat.domain.text import has_control
from homebeat.domain.visit_photo import is_photo_path

_NO_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class PlainText:
    """Refuses with 422 a path, query or body that holds a control character (but tab and line feed) or a lone surrogate.

    It comes after `BodyLimit`, which has read the body and bounded it. A photo is no text, and of its form nothing else is used.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if not _is_utf8(headers.get(b"content-type", b"")):
            # the client would choose the codec, and some take minutes for a small body
            refusal = build_problem(Request(scope), 422, "a form is UTF-8: leave out its charset", kind="invalid")
            await refusal(scope, receive, send)
            return
        where = "the address" if any(map(has_control, _list_address_texts(scope))) else ""
        if not where and scope["method"] not in _NO_BODY and not is_photo_path(scope["path"]):
            message = await receive()
            if any(map(has_control, _list_body_texts(headers, message.get("body", b"")))):
                where = "the body"
            receive = _replay_body(message, receive)
        if where:
            refusal = build_problem(
                Request(scope), 422, f"{where} holds a control character or half of a character", kind="invalid"
            )
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _replay_body(first: Message, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return first

    return again


def _is_utf8(content_type: bytes) -> bool:
    """Whether a form says nothing of how its fields are written, or that they are UTF-8."""
    kind, options = parse_options_header(content_type)
    return not kind.startswith(b"multipart/") or options.get(b"charset", b"utf-8").lower() in {b"utf-8", b"utf8"}


def _list_address_texts(scope: Scope) -> Iterator[str]:
    yield scope["path"]
    for name, value in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True):
        yield from (name, value)


def _list_body_texts(headers: dict[bytes, bytes], body: bytes) -> Iterator[str]:
    kind = headers.get(b"content-type", b"")
    if kind.startswith(b"application/x-www-form-urlencoded"):
        for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
            yield from (name, value)
    elif kind.startswith(b"multipart/"):
        yield body.decode("utf-8", "replace").replace("\r", "")
    else:
        yield from _list_json_texts(body)


def _list_json_texts(body: bytes) -> Iterator[str]:
    try:
        waiting: list[Any] = [json.loads(body)]
    except (ValueError, RecursionError):  # the route reports what is wrong with it
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
