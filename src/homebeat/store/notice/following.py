"""Moves notices, and the links that they carried, with their contact: to a new id, a new place of a channel, or a new address."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from homebeat.domain.channel import get_address
from homebeat.domain.ids import ContactId
from homebeat.domain.scope import EVERYTHING
from homebeat.store.access.tables import message_link
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import CHUNK, split_chunks
from homebeat.store.notice import tables
from homebeat.store.notice.endpoints import find_stored_endpoint, load_ways

_outbox = tables.outbox


@dataclass(frozen=True, slots=True)
class Following:
    """Changes of contacts.

    Attributes:
        concerned: The new ids of all contacts who are new, changed or retired.
        given: The new id of a contact, by the old one.
        moves: The new place of each channel in a contact's list, by the old place.
    """

    concerned: Collection[str]
    given: Mapping[ContactId, ContactId]
    moves: Mapping[ContactId, Mapping[int, int]]


def find_moves(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Find the places of one contact's channels in `new`, by their places in `old`; only those that moved.

    Channels of the same kind and address are the same. A channel whose address is gone keeps its place, unless another channel
    has it now: then it gets a place behind all others, where no channel is.
    """
    places = {_identify(channel): place for place, channel in enumerate(new)}
    found = {place: places[_identify(channel)] for place, channel in enumerate(old) if _identify(channel) in places}
    taken, nowhere = set(found.values()), max(len(old), len(new))
    for place in range(len(old)):
        found.setdefault(place, nowhere + place if place in taken else place)
    return {place: now for place, now in found.items() if place != now}


def follow_contacts(connection: Connection, following: Following) -> int:
    """Move the notices of contacts; returns how many wait for contacts who are retired."""
    _follow_ids_and_places(connection, following)
    return _follow_endpoints(connection, set(following.concerned))


def _follow_ids_and_places(connection: Connection, following: Following) -> None:
    """Move ids and places, also of sent notices: a contact who was notified of an alert is notified of its end.

    The links that they got go with the id.
    """
    if not (following.given or following.moves):
        return
    moved: list[dict[str, str | int]] = []
    query, names = select(_outbox.c.id, _outbox.c.contact, _outbox.c.channel_index), {*following.given, *following.moves}
    if len(names) <= CHUNK:  # no index finds them; for many it is quicker to look at every row once
        query = query.where(match_any(_outbox.c.contact, names))
    for row in connection.execute(query):
        contact = following.given.get(row.contact, row.contact)
        place = following.moves.get(contact, {}).get(row.channel_index, row.channel_index)
        if (contact, place) != (row.contact, row.channel_index):
            moved.append({"notice": row.id, "who": contact, "index": place})
    if following.given:
        links = update(message_link).where(message_link.c.contact == bindparam("old"))
        ids = [{"old": old, "who": who} for old, who in following.given.items()]
        connection.execute(links.values(contact=bindparam("who")), ids)
        for some in split_chunks(following.given):
            connection.execute(delete(tables.reach).where(match_any(tables.reach.c.contact, some)))
    if moved:
        statement = update(_outbox).where(_outbox.c.id == bindparam("notice"))
        connection.execute(statement.values(contact=bindparam("who"), channel_index=bindparam("index")), moved)


def _follow_endpoints(connection: Connection, concerned: Collection[str]) -> int:
    """Move waiting notices to the endpoints that the channels have now."""
    columns = (_outbox.c.id, _outbox.c.contact, _outbox.c.channel_kind, _outbox.c.channel_index, _outbox.c.endpoint)
    rows = [row for row in connection.execute(select(*columns).where(tables.WAITING)) if row.contact in concerned]
    ways = load_ways(connection, {row.contact for row in rows}, EVERYTHING)
    moved: list[dict[str, str]] = []
    for row in rows:
        now = find_stored_endpoint(ways.get(row.contact, []), row.channel_kind, row.channel_index)
        if now != row.endpoint:
            moved.append({"notice": row.id, "now": now})
    if moved:
        statement = update(_outbox).where(_outbox.c.id == bindparam("notice")).values(endpoint=bindparam("now"))
        connection.execute(statement, moved)
    return sum(row.contact not in ways for row in rows)


def _identify(channel: Mapping[str, Any]) -> tuple[str, str]:
    return channel["kind"], get_address(channel["kind"], channel["params"])
