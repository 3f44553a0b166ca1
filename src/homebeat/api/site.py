"""The names of this server, and the origins from which it accepts requests that change something."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_EVERYWHERE: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  compared with, not listened on


@dataclass(frozen=True, slots=True)
class Site:
    """Names of this server.

    Attributes:
        public_url: The beginning of links in messages; may be empty.
        listens_on: The address that the server listens on.
        more: Further names of this server.
    """

    public_url: str = ""
    listens_on: str = "127.0.0.1"
    more: Sequence[str] = ()

    @property
    def is_https(self) -> bool:
        """Whether people use it over https."""
        return self.public_url.startswith("https://")

    def has_host(self, host: str) -> bool:
        """Whether a `Host` names this server.

        A foreign page that points its own name at this server (DNS rebinding) sends that name. A numeric address cannot be
        pointed elsewhere, so a server that listens on every address accepts every address.
        """
        name = _name_of(host)
        if name is None:
            return False
        known = _LOOPBACK | {self.listens_on, *map(str.lower, self.more), _name_of(urlsplit(self.public_url).netloc) or ""}
        return name in known or (self.listens_on in _EVERYWHERE and _is_address(name))

    def has_origin(self, origin: str, host: str) -> bool:
        """Whether an `Origin` is our own page: the host of the request (`host`), or the public address."""
        place = urlsplit(origin).netloc.lower()
        return bool(place) and place in {host.lower(), urlsplit(self.public_url).netloc.lower()}


def _name_of(host: str) -> str | None:
    """Cut a host's port off, in lower case; None when it is malformed."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises for a malformed port
    except ValueError:
        return None
    if parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return (parts.hostname or "").rstrip(".") or None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
