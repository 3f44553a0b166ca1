"""Middleware for every request: security headers, a limit on the body, known hosts and origins, and a count."""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from homebeat.api.metrics import Meters
from homebeat.api.problem import MEDIA_TYPE
from homebeat.api.site import Site
from homebeat.domain.visit_photo import is_photo_path

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


#: A page that may ask the browser for something says so itself.
_OWN: Final = "Permissions-Policy"
#: Where the public address is https, browsers must use nothing else for a year.
_HTTPS_ONLY: Final = {"Strict-Transport-Security": "max-age=31536000"}
#: Monitors may use any host name for these; they show nothing about anybody.
PROBES: Final = frozenset({"/livez", "/readyz"})
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class SecurityHeaders:
    """Adds the headers to every answer; `no-store` where the answer does not set how long it may be cached."""

    def __init__(self, app: ASGIApp, *, is_https: bool = False) -> None:
        self._app = app
        self._headers = {**HEADERS, **_HTTPS_ONLY} if is_https else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    if name != _OWN or name not in headers:
                        headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


class BodyLimit:
    """Refuses a body over the limit with 413, with or without a declared length. It reads the body before the route runs.

    A photo is left to its route, which has a limit of its own and reads it only of whoever has a link that is good.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or scope["method"] in SAFE or is_photo_path(scope["path"]):
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > self._limit:
            await self._refuse(scope, send)
            return
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._limit:
                await self._refuse(scope, send)
                return
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, again, send)

    async def _refuse(self, scope: Scope, send: Send) -> None:
        await refuse(scope, send, 413, "too-large", f"a body may have at most {self._limit} bytes")


class KnownHost:
    """Refuses with 421 a request to a host name that is not ours: a foreign page may point its own name here (DNS rebinding)."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] in PROBES or self._site.has_host(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send)
            return
        await refuse(scope, send, 421, "unknown-host", "this server is not known under that name; see public_url and http.hosts")


class SameOrigin:
    """Refuses with 403 a request that a page of another site makes a browser send."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or scope["method"] in SAFE or self._is_own(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        await refuse(scope, send, 403, "other-site", "this was sent by a page of another site")

    def _is_own(self, headers: Headers) -> bool:
        """Whether our own page, a person or a program sent the request. Browsers name the origin; programs do not."""
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in {"same-origin", "none"}
        origin = headers.get("origin")
        return origin is None or self._site.has_origin(origin, headers.get("host", ""))


async def refuse(scope: Scope, send: Send, status: int, kind: str, detail: str) -> None:
    """Answer with a problem document, and close the connection."""
    body = {
        "type": f"urn:homebeat:problem:{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": scope["path"],
    }
    raw = json.dumps(body).encode()
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(raw)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": raw})


class RequestMetrics:
    """Counts and times every answer by route, never by path: a path may name a person."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._meters.requests.labels(scope["method"] if route != "none" else "any", route, str(status)).inc()
            if not route.endswith(("/stream", "/live")):
                self._meters.seconds.labels(route).observe(time.perf_counter() - began)
