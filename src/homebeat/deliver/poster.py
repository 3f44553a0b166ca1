"""The one HTTP client of all channels: an address that was judged, one budget of time for the whole call, a bounded answer."""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpcore2
import httpx2

from homebeat.domain.errors import HomebeatError
from homebeat.egress.network import CallBudget, PinnedBackend, Resolver, TooLong, has_authorities, resolve_by_system
from homebeat.egress.policy import EgressPolicy

TIMEOUT_S: Final = 10.0
MOST_REPLY_BYTES: Final = 64 * 1024
_log = logging.getLogger(__name__)


class NotCalled(HomebeatError):
    """The address may never be called; nothing was sent. The text says why, without the address."""


class NoAnswer(HomebeatError):
    """No answer came. What was sent may have arrived all the same. The text names no address."""


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request. Its address and headers may hold secrets.

    Attributes:
        timeout_s: For the whole call; None for the poster's usual time.
        body_patience_s: How long the answer's body may take once the status is known; None for the rest of the call's time.
    """

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "POST"
    timeout_s: float | None = None
    body_patience_s: float | None = None


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back.

    Attributes:
        body: As much of it as arrived within the budget.
        is_whole: Whether that is all of it.
        retry_after_s: How long the receiver asks us to wait; None where it does not say.
    """

    status: int
    body: bytes = field(repr=False)
    is_whole: bool
    retry_after_s: float | None = None


class Poster:
    """Makes calls, each on a connection of its own. Safe to use from many threads.

    Args:
        policy: Where we may call.
        resolve: Looks names up.
        connector: Opens the connection to an address that was judged.
        tls: What we trust; by default the certificate authorities that this machine trusts.
        timeout_s: For the whole call: look-up, connection, TLS, request and answer.
    """

    def __init__(
        self,
        policy: EgressPolicy | None = None,
        *,
        resolve: Resolver = resolve_by_system,
        connector: httpcore2.NetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.policy: Final = policy or EgressPolicy()
        self.resolve: Final = resolve
        self.timeout_s: Final = timeout_s
        self.tls: Final = tls or httpx2.create_ssl_context(trust_env=False)
        self._connector = connector
        if not has_authorities(self.tls, ssl.get_default_verify_paths().capath):
            _log.error("this machine trusts no certificate authority: nothing over TLS will arrive; install ca-certificates")

    def connect(self, host: str, port: int, deadline: CallBudget) -> httpcore2.NetworkStream:
        """Open a connection for another protocol than HTTP: to an address that was judged, within `deadline`.

        Raises:
            NoAnswer: Nobody answered, or the address may not be called.
        """
        try:
            return PinnedBackend(self.policy, deadline, self.resolve, self._connector).connect_tcp(host, port)
        except (httpcore2.ConnectError, httpcore2.TimeoutException):
            raise NoAnswer(
                "the server could not be reached; if it stands on the own network, [egress] has to allow that"
            ) from None

    def post(self, call: HttpCall, now: int) -> HttpAnswer:
        """Make the call. `now` (epoch ms) is for a `Retry-After` that names a date. A redirect is an answer like any other.

        Raises:
            NotCalled: The policy refuses the address.
            NoAnswer: Nobody answered in time, or not in HTTP.
        """
        if fault := self.policy.find_fault(call.url):
            raise NotCalled(fault)
        url = httpx2.URL(call.url)
        deadline = CallBudget(call.timeout_s or self.timeout_s, MOST_REPLY_BYTES)
        backend = PinnedBackend(self.policy, deadline, self.resolve, self._connector)
        plain = {
            "host": url.netloc.decode("ascii"),
            "user-agent": "homebeat",
            "accept": "*/*",
            "content-length": str(len(call.body)),
        }
        headers = list((plain | {name.lower(): value for name, value in call.headers.items()}).items())
        try:
            with httpcore2.ConnectionPool(ssl_context=self.tls, network_backend=backend, max_keepalive_connections=0) as pool:
                target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
                with pool.stream(call.method, target, headers=headers, content=call.body) as answer:
                    if call.body_patience_s is not None:
                        deadline.shorten(call.body_patience_s)
                    body, is_whole = _read_out(answer)
                    return HttpAnswer(answer.status, body, is_whole=is_whole, retry_after_s=_find_patience(answer, now))
        except (httpcore2.ConnectError, ssl.SSLError):
            raise NoAnswer("the receiver could not be reached") from None
        except (httpcore2.TimeoutException, TooLong):
            raise NoAnswer("the receiver took too long") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError):
            raise NoAnswer("the receiver broke off or did not speak HTTP") from None


def _read_out(answer: httpcore2.Response) -> tuple[bytes, bool]:
    """Read the body to its end, so that the receiver can close cleanly; returns it, and whether it is whole."""
    parts: list[bytes] = []
    try:
        parts.extend(answer.iter_stream())
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError):
        return b"".join(parts), False
    return b"".join(parts), True


def _find_patience(answer: httpcore2.Response, now: int) -> float | None:
    asked = next((value for name, value in answer.headers if name.lower() == b"retry-after"), b"")
    return read_retry_after_s(asked.decode("ascii", "replace"), now)


def read_retry_after_s(text: str, now: int) -> float | None:
    """Read the seconds of a `Retry-After` header (RFC 9110 10.2.3: seconds or a date), never negative; None if malformed."""
    text = text.strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.fromtimestamp(now / 1000, UTC)).total_seconds())
