"""Finds the endpoint of a channel: the receiver at one scheme, host and port. Notices of one endpoint fail together.

Whose server that is may say who somebody is. So the database has a keyed digest of it, which is enough to tell one endpoint from
another.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from homebeat.domain.apprise_address import find_apprise_schema
from homebeat.domain.channel import APPRISE, get_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from homebeat.store.sealing.owner_keys import OwnerKeys

_PORTS: Final = {"https": 443, "http": 80}
_PURPOSE: Final = "endpoint"
_PATH: Final = re.compile(r"[/?#]")


def make_ways(keys: OwnerKeys, channels: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Make kind and endpoint of each channel, as they are stored."""
    return [(channel["kind"], hide_endpoint(keys, find_endpoint(channel["kind"], channel["params"]))) for channel in channels]


def hide_endpoint(keys: OwnerKeys, endpoint: str) -> str:
    """Make what is stored of an endpoint. The kind of a channel, where that is the endpoint, is no secret."""
    return keys.compute_digest(_PURPOSE, endpoint).hex() if "://" in endpoint else endpoint


def find_endpoint(kind: str, params: Mapping[str, str]) -> str:
    """Find the endpoint: `https://host:443` for a channel with a URL, else the kind of the channel.

    Of Apprise it is the service: where a key stands in an address it differs from family to family, and they fail together.
    """
    if kind == APPRISE:
        return f"{APPRISE} {find_apprise_schema(get_address(kind, params))}"
    scheme, slashes, rest = get_address(kind, params).partition("://")
    # a fleet has many addresses at few servers
    return _find_server(f"{scheme}{slashes}{_PATH.split(rest, maxsplit=1)[0]}") or kind


@lru_cache(maxsize=1_000)
def _find_server(address: str) -> str:
    try:
        url = urlsplit(address)
        host, port = url.hostname, url.port or _PORTS.get(url.scheme, 0)
    except ValueError:
        return ""
    return f"{url.scheme}://{host}:{port}" if host else ""
