"""Loads the channels of contacts and responders: with endpoints for who adds a notice, with secrets for who sends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, select

from homebeat.codecs.catalogue import is_asked_on
from homebeat.domain.contact_id import find_responder, make_responder_contact
from homebeat.domain.fleet import USUAL_LANGUAGE, DeviceKind
from homebeat.domain.ids import ContactId, ResponderId
from homebeat.domain.notice import COMMAND
from homebeat.domain.quiet_hours import QuietHours
from homebeat.domain.scope import Scope
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.dicts import iterate_dicts
from homebeat.store.home import tables as home_tables
from homebeat.store.home.rows import read_quiet_hours
from homebeat.store.home.sealed import CONTACTS, RESPONDERS, open_rows
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homebeat.store.sealing.owner_keys import OwnerKeys


class Reach(NamedTuple):
    """How somebody can be reached: their channels in order, and the tag of the language that they read."""

    channels: Sequence[Mapping[str, Any]] = ()
    language: str = USUAL_LANGUAGE


#: How contacts and responders can be reached, by their ids (`domain.contact_id`).
Reaches = dict[str, Reach]
#: Kind and endpoint of each channel of a contact, by the contact's id.
Ways = dict[str, list[tuple[str, str]]]


def find_stored_endpoint(ways: Sequence[tuple[str, str]], kind: str, index: int) -> str:
    """Find the endpoint of a contact's channel; the kind of the channel when that is gone."""
    has_it = index < len(ways) and ways[index][0] == kind
    return ways[index][1] if has_it else kind


def find_params(channels: Sequence[Mapping[str, Any]], kind: str, index: int) -> Mapping[str, str] | None:
    """Find address and secret of a contact's channel; None when it is gone."""
    has_it = index < len(channels) and channels[index]["kind"] == kind
    return channels[index]["params"] if has_it else None


def load_ways(connection: Connection, contacts: Iterable[str], scope: Scope) -> Ways:
    """Load kind and endpoint of the channels of those contacts and responders that are not retired. It opens nothing."""
    theirs, responders = _split(contacts)
    return _load_ways_of_contacts(connection, theirs, scope) | _load_ways_of_responders(connection, responders, scope)


def _load_ways_of_contacts(connection: Connection, contacts: Iterable[str], scope: Scope) -> Ways:
    table = home_tables.contact
    found: Ways = {}
    for some in split_chunks(contacts):
        query = select(table.c.id, table.c.ways).where(match_any(table.c.id, some), table.c.retired_at.is_(None))
        query = narrow(query, table.c.household, scope)
        found.update((row.id, [(kind, endpoint) for kind, endpoint in row.ways]) for row in connection.execute(query))
    return found


def _load_ways_of_responders(connection: Connection, responders: Iterable[ResponderId], scope: Scope) -> Ways:
    table = home_tables.responder
    found: Ways = {}
    for some in split_chunks(responders):
        query = select(table.c.id, table.c.ways).where(match_any(table.c.id, some), table.c.retired_at.is_(None))
        for row in connection.execute(narrow(query, table.c.id, scope)):
            found[make_responder_contact(row.id)] = [(kind, endpoint) for kind, endpoint in row.ways]
    return found


def load_quiet_hours(connection: Connection, contacts: Iterable[str], scope: Scope) -> dict[str, QuietHours]:
    """Load the quiet hours of those contacts and responders who have some."""
    theirs, responders = _split(contacts)
    found: dict[str, QuietHours | None] = {}
    contact, responder = home_tables.contact, home_tables.responder
    for some in split_chunks(theirs):
        query = narrow(
            select(contact.c.id, contact.c.quiet_hours).where(match_any(contact.c.id, some)), contact.c.household, scope
        )
        found.update((row.id, read_quiet_hours(row.quiet_hours)) for row in connection.execute(query))
    for those in split_chunks(responders):
        query = narrow(
            select(responder.c.id, responder.c.quiet_hours).where(match_any(responder.c.id, those)), responder.c.id, scope
        )
        found.update((make_responder_contact(row.id), read_quiet_hours(row.quiet_hours)) for row in connection.execute(query))
    return {who: hours for who, hours in found.items() if hours is not None}


def load_channels(connection: Connection, keys: OwnerKeys, contacts: Iterable[str], scope: Scope) -> Reaches:
    """Load language and channels of those who are not retired and want messages, with addresses and secrets.

    There is no channel where they cannot be opened.
    """
    theirs, responders = _split(contacts)
    found = _load_channels_of_contacts(connection, keys, theirs, scope)
    return found | _load_channels_of_responders(connection, keys, responders, scope)


def load_devices(connection: Connection, devices: Iterable[str], scope: Scope) -> Reaches:
    """Load how residents are asked on these devices; those that left, or on which nobody is asked any more, are left out."""
    table = home_tables.device
    found: Reaches = {}
    for some in split_chunks(devices):
        columns = (table.c.id, table.c.kind, table.c.codec, table.c.address, table.c.may_ask)
        query = select(*columns).where(match_any(table.c.id, some), table.c.retired_at.is_(None))
        for row in connection.execute(narrow(query, table.c.household, scope)):
            if is_asked_on(row.codec, DeviceKind(row.kind), row.may_ask):
                params = {"kind": row.kind, "codec": row.codec or "", "address": row.address}
                found[row.id] = Reach(({"kind": COMMAND, "params": params},))
    return found


def _load_channels_of_contacts(connection: Connection, keys: OwnerKeys, contacts: Iterable[str], scope: Scope) -> Reaches:
    table = home_tables.contact
    found: Reaches = {}
    for some in split_chunks(contacts):
        # who wants no messages is written to no more: also not what was in the outbox already, or that all is well
        query = select(table).where(match_any(table.c.id, some), table.c.retired_at.is_(None), table.c.stopped_at.is_(None))
        query = narrow(query, table.c.household, scope)
        found.update(
            (row["id"], Reach(row["channels"], row["language"]))
            for row in open_rows(keys, CONTACTS, iterate_dicts(connection, query))
        )
    return found


def _load_channels_of_responders(
    connection: Connection, keys: OwnerKeys, responders: Iterable[ResponderId], scope: Scope
) -> Reaches:
    table = home_tables.responder
    found: Reaches = {}
    for some in split_chunks(responders):
        query = select(table).where(match_any(table.c.id, some), table.c.retired_at.is_(None))
        query = narrow(query, table.c.id, scope)
        for row in open_rows(keys, RESPONDERS, iterate_dicts(connection, query)):
            found[make_responder_contact(row["id"])] = Reach(row["channels"], row["language"])
    return found


def _split(contacts: Iterable[str]) -> tuple[list[str], list[ResponderId]]:
    """Split into contacts of homes, and responders."""
    theirs: list[str] = []
    responders: list[ResponderId] = []
    for one in contacts:
        who = find_responder(ContactId(one))
        if who is None:
            theirs.append(one)
        else:
            responders.append(who)
    return theirs, responders
