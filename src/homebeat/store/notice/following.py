"""Notices follow the contact whom they are for: to a new id, to the new place of a channel, to a new address."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from homebeat.domain.channel import address_of
from homebeat.domain.ids import ContactId
from homebeat.store.notice import tables
from homebeat.store.notice.endpoints import endpoint_of, load_channels, params_of

_outbox = tables.outbox


@dataclass(frozen=True, slots=True)
class Following:
    """What became of contacts.

    Attributes:
        concerned: The ids, as they are now, of everybody who is new, changed or retired.
        given: The id that somebody has now, by the one that they had.
        moves: Where in a contact's list each channel stands now, by where it stood.
    """

    concerned: Collection[str]
    given: Mapping[ContactId, ContactId]
    moves: Mapping[ContactId, Mapping[int, int]]


def find_moves(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Where the channels of one contact stand in `new`, by their places in `old`; only those that moved.

    The same kind and address is the same channel. One whose address is not there any more stays where it stood, unless another
    stands there now: then it is nowhere, which is a place behind all others.
    """
    places = {_where(channel): place for place, channel in enumerate(new)}
    found = {place: places[_where(channel)] for place, channel in enumerate(old) if _where(channel) in places}
    taken, nowhere = set(found.values()), max(len(old), len(new))
    for place in range(len(old)):
        found.setdefault(place, nowhere + place if place in taken else place)
    return {place: now for place, now in found.items() if place != now}


def follow_contacts(connection: Connection, following: Following) -> int:
    """Take the notices of contacts along; returns how many wait for contacts who are retired."""
    _follow_ids_and_places(connection, following)
    return _follow_endpoints(connection, set(following.concerned))


def _follow_ids_and_places(connection: Connection, following: Following) -> None:
    """Also of notices that were sent: who was told of an alert is told of its end."""
    if not (following.given or following.moves):
        return
    moved: list[dict[str, str | int]] = []
    for row in connection.execute(select(_outbox.c.id, _outbox.c.contact, _outbox.c.channel_index)):
        contact = following.given.get(row.contact, row.contact)
        place = following.moves.get(contact, {}).get(row.channel_index, row.channel_index)
        if (contact, place) != (row.contact, row.channel_index):
            moved.append({"notice": row.id, "who": contact, "place": place})
    if moved:
        statement = update(_outbox).where(_outbox.c.id == bindparam("notice"))
        connection.execute(statement.values(contact=bindparam("who"), channel_index=bindparam("place")), moved)


def _follow_endpoints(connection: Connection, concerned: Collection[str]) -> int:
    """Move what waits to the endpoints that the channels have now."""
    columns = (_outbox.c.id, _outbox.c.contact, _outbox.c.channel_kind, _outbox.c.channel_index, _outbox.c.endpoint)
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
    return sum(row.contact not in channels for row in rows)


def _where(channel: Mapping[str, Any]) -> tuple[str, str]:
    return channel["kind"], address_of(channel["kind"], channel["params"])
