"""Finds the endpoint of a notice: the receiver at one scheme, host and port. Notices of one endpoint fail together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from sqlalchemy import Connection, select

from homebeat.domain.channel import get_address
from homebeat.store.base.chunks import split_chunks
from homebeat.store.home import tables as home_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: The channels of contacts, by their ids.
Channels = dict[str, list[dict[str, Any]]]
_PORTS: Final = {"https": 443, "http": 80}


def find_endpoint(kind: str, params: Mapping[str, str] | None) -> str:
    """Find the endpoint: `https://host:443` for a channel with a URL, else the kind of the channel."""
    try:
        url = urlsplit(get_address(kind, params or {}))
        host, port = url.hostname, url.port or _PORTS.get(url.scheme, 0)
    except ValueError:
        return kind
    return f"{url.scheme}://{host}:{port}" if host else kind


def find_params(channels: Sequence[Mapping[str, Any]], kind: str, index: int) -> Mapping[str, str] | None:
    """Find address and secret of a contact's channel; None when it is gone."""
    has_it = index < len(channels) and channels[index]["kind"] == kind
    return channels[index]["params"] if has_it else None


def load_channels(connection: Connection, contacts: Iterable[str]) -> Channels:
    """Load the channels of those contacts that are not retired."""
    table = home_tables.contact
    found: Channels = {}
    for some in split_chunks(contacts):
        query = select(table.c.id, table.c.channels).where(table.c.id.in_(some), table.c.retired_at.is_(None))
        found.update((row.id, row.channels) for row in connection.execute(query))
    return found
