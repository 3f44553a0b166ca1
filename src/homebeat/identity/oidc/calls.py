"""Calls to the identity provider: https only, no redirects, a bounded time and a bounded answer for everything of one sign-in.

The provider's address comes from the settings, so private networks may be called: many cities have their own. The addresses that
it names itself are judged in the same way. Addresses at which clouds give out secrets are never called.
"""

from __future__ import annotations

import ipaddress
import json
import ssl
from typing import Any, Final

import httpcore2
import httpx2

from homebeat.domain.errors import IdentityProviderAway
from homebeat.egress.network import CallBudget, PinnedBackend, Resolver, TooLarge, TooLong, resolve_by_system
from homebeat.egress.policy import EgressPolicy

#: For all calls of one step together. Somebody is waiting before a page, and holds a thread of the server.
SECONDS: Final = 10.0
#: The same, bytes. A list of keys with their certificates has some ten thousand.
MOST_BYTES: Final = 512 * 1024
_TLS_FAULT: Final = "certificate verify failed"


class ProviderTransport(httpx2.BaseTransport):
    """Carries the calls of one step of one sign-in. Every call is a connection of its own.

    Args:
        tls: What we trust.
        resolve: Looks names up.
        seconds: For all calls together.
    """

    def __init__(self, tls: ssl.SSLContext, resolve: Resolver = resolve_by_system, seconds: float = SECONDS) -> None:
        self._tls, self._resolve = tls, resolve
        self._budget = CallBudget(seconds, MOST_BYTES)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:  # lint: allow word httpx2's name
        """Make the call and read the whole answer.

        Raises:
            IdentityProviderAway: There is no answer that could be used; the text says why.
        """
        place = str(request.url.copy_with(query=None))
        if fault := find_url_fault(str(request.url)):
            raise IdentityProviderAway(f"{place} is not called: {fault}")
        backend = PinnedBackend(_make_policy(request.url), self._budget, self._resolve)
        request.headers["accept-encoding"] = "identity"  # what is packed could be unpacked to any size
        request.headers["user-agent"] = "homebeat"
        target = httpcore2.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        try:
            with httpcore2.ConnectionPool(ssl_context=self._tls, network_backend=backend, max_keepalive_connections=0) as pool:
                answer = pool.request(request.method, target, headers=request.headers.raw, content=request.read())
        except (httpcore2.TimeoutException, TooLong):
            raise IdentityProviderAway(f"{place} takes too long to answer") from None
        except TooLarge:
            raise IdentityProviderAway(f"{place} answers more than {MOST_BYTES // 1024} kB") from None
        except (httpcore2.ConnectError, ssl.SSLError) as error:
            is_untrusted = _TLS_FAULT in str(error).replace("_", " ").lower()
            why = "has a certificate that this machine does not trust" if is_untrusted else "cannot be reached"
            raise IdentityProviderAway(f"{place} {why}") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError):
            raise IdentityProviderAway(f"{place} broke off or does not speak HTTP") from None
        if any(name.lower() == b"content-encoding" and value.lower() != b"identity" for name, value in answer.headers):
            raise IdentityProviderAway(f"{place} answers in a packed form, which was not asked for")
        return httpx2.Response(answer.status, headers=answer.headers, content=answer.content)


def fetch_json(transport: ProviderTransport, url: str) -> dict[str, Any]:
    """Fetch a JSON object.

    Raises:
        IdentityProviderAway: There is none, whatever the reason.
    """
    return read_json(transport.handle_request(httpx2.Request("GET", url, headers={"accept": "application/json"})), url)


def read_json(answer: httpx2.Response, url: str) -> dict[str, Any]:
    """Read the JSON object of an answer with status 200.

    Raises:
        IdentityProviderAway: It has another status, or is no such object.
    """
    if answer.status_code != httpx2.codes.OK:
        raise IdentityProviderAway(f"{url} answers {answer.status_code}")
    found = parse_object(answer.content)
    if found is None:
        raise IdentityProviderAway(f"{url} answers something that is no JSON object")
    return found


def parse_object(content: bytes) -> dict[str, Any] | None:
    """Parse a JSON object; None when it is none."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def find_url_fault(text: str) -> str:
    """Find why an address cannot be one of an identity provider; empty when it can."""
    try:
        url = httpx2.URL(text)
    except (httpx2.InvalidURL, ValueError, TypeError):
        return "the address is not a URL"
    if url.scheme == "http" and not is_loopback(url.host):
        return "the address must begin with https://"
    if url.fragment:
        return "the address must not have a part after #"
    return _make_policy(url).find_fault(text)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, so that nobody reads along without TLS: for tries and tests."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _make_policy(url: httpx2.URL) -> EgressPolicy:
    return EgressPolicy(allow_private=True, allow_http=is_loopback(url.host), ports=None)
