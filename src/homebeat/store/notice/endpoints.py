"""What a notice shares its fate with: the receiver at one scheme, host and port, whoever's contact it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from sqlalchemy import Connection, bindparam, select, update

from homebeat.store.base.chunks import chunks
from homebeat.store.home import tables as home_tables
from homebeat.store.notice import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: The channels of contacts, by their ids.
Channels = dict[str, list[dict[str, Any]]]
_PORTS: Final = {"https": 443, "http": 80}
_outbox = tables.outbox


def endpoint_of(kind: str, params: Mapping[str, str] | None) -> str:
    """`https://host:443` of a channel with a URL; the kind of the channel where there is none that can be read."""
    try:
        url = urlsplit((params or {}).get("url", ""))
        host, port = url.hostname, url.port or _PORTS.get(url.scheme, 0)
    except ValueError:
        return kind
    return f"{url.scheme}://{host}:{port}" if host else kind


def params_of(channels: Sequence[Mapping[str, Any]], kind: str, index: int) -> Mapping[str, str] | None:
    """Address and secret of a contact's channel; None when it is gone."""
    has_it = index < len(channels) and channels[index]["kind"] == kind
    return channels[index]["params"] if has_it else None


def load_channels(connection: Connection, contacts: Iterable[str]) -> Channels:
    """The channels of those contacts that are not retired."""
    table = home_tables.contact
    found: Channels = {}
    for some in chunks(contacts):
        query = select(table.c.id, table.c.channels).where(table.c.id.in_(some), table.c.retired_at.is_(None))
        found.update((row.id, row.channels) for row in connection.execute(query))
    return found


def follow_contacts(connection: Connection, contacts: Iterable[str]) -> None:
    """Move the waiting notices of contacts to the endpoints that their channels have now."""
    columns = (_outbox.c.id, _outbox.c.contact, _outbox.c.channel_kind, _outbox.c.channel_index, _outbox.c.endpoint)
    concerned = set(contacts)
    rows = [row for row in connection.execute(select(*columns).where(tables.WAITING)) if row.contact in concerned]
    channels = load_channels(connection, {row.contact for row in rows})
    moved: list[dict[str, str]] = []
    for row in rows:
        now = endpoint_of(row.channel_kind, params_of(channels.get(row.contact, []), row.channel_kind, row.channel_index))
        if now != row.endpoint:
            moved.append({"notice": row.id, "now": now})
    if moved:
        statement = update(_outbox).where(_outbox.c.id == bindparam("notice")).values(endpoint=bindparam("now"))
        connection.execute(statement, moved)
