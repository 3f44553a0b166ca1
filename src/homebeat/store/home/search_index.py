"""Keeps what residents are found by: for each of them, keyed digests of the pieces of their name, address, numbers and contacts.

The digests stand in `search_term` (ADR 0049). They follow what changes in a home in the same transaction, as long as few homes
change; where many do, the homes wait in `search_pending`, and `SearchIndex.write_some` comes for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, func, select

from homebeat.domain.personal import Illegible
from homebeat.domain.role import Field
from homebeat.domain.search_terms import list_address_pieces, list_name_pieces, list_phone_pieces
from homebeat.store.base.among import match_any
from homebeat.store.base.bulk import write_columns
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.dicts import iterate_dicts
from homebeat.store.home import tables
from homebeat.store.home.sealed import CONTACTS, HOUSEHOLDS, RESIDENTS, open_rows
from homebeat.store.scoping import narrow, require_everything

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sqlalchemy import Table

    from homebeat.domain.scope import Scope
    from homebeat.store.sealing.owner_keys import OwnerKeys

#: How many homes one transaction writes anew; more of them wait.
AT_ONCE: Final = 200
#: Of a Chinese contact, two characters find somebody: one would find every second home.
_SHORTEST_OF_CONTACT: Final = 2
#: How many homes one statement puts among those that wait.
_PENDING_AT_ONCE: Final = 10_000
_term, _pending = tables.search_term, tables.search_pending
_home, _resident, _contact = tables.household, tables.resident, tables.contact


def compute_term(keys: OwnerKeys, field: Field, piece: str) -> int:
    """Compute the term of a piece: 8 bytes of a keyed digest, as a whole number. The key is another one for each field.

    Raises:
        Unavailable: As `OwnerKeys.open`.
    """
    return int.from_bytes(keys.compute_digest(f"search {field}", piece)[:8], "big", signed=True)


def follow_change(connection: Connection, keys: OwnerKeys, homes: Collection[str], gone: Iterable[str]) -> None:
    """Keep the terms of homes that a change of the registry describes anew; those of residents who are gone go at once."""
    forget_residents(connection, gone)
    if len(homes) <= AT_ONCE:
        index_homes(connection, keys, sorted(homes))
        return
    for some in split_chunks(homes, _PENDING_AT_ONCE):
        write_columns(connection, _pending, {"household": some}, keeps="household")


def index_homes(connection: Connection, keys: OwnerKeys, homes: Sequence[str]) -> None:
    """Write the terms of everybody who lives in these homes anew; some hundreds at most."""
    if not homes:
        return
    people, rows = list_terms(connection, keys, homes)
    forget_residents(connection, people)
    if rows:
        terms, areas, residents = zip(*rows, strict=True)
        write_columns(connection, _term, {"term": terms, "area": areas, "resident": residents})
    connection.execute(delete(_pending).where(match_any(_pending.c.household, homes)))


def list_terms(connection: Connection, keys: OwnerKeys, homes: Sequence[str]) -> tuple[list[str], list[tuple[int, str, str]]]:
    """List who lives or lived in these homes, and for each who lives there now: term, area and resident."""
    # whoever writes the terms of a home at the same time waits here, and then reads what is true by then
    held = select(_home).where(match_any(_home.c.id, homes)).order_by(_home.c.id).with_for_update(key_share=True)
    places = iterate_dicts(connection, held)
    found = {home["id"]: home for home in open_rows(keys, HOUSEHOLDS, places) if home["retired_at"] is None}
    shared = {home: _list_of_home(row) for home, row in found.items()}
    for contact in open_rows(keys, CONTACTS, _read(connection, _contact, homes)):
        if contact["household"] in shared and contact["retired_at"] is None:
            shared[contact["household"]] |= _list_of_contact(contact)
    people, rows = [], []
    for person in open_rows(keys, RESIDENTS, _read(connection, _resident, homes)):
        people.append(person["id"])
        if person["household"] in found and person["retired_at"] is None:
            area, pieces = found[person["household"]]["area"], shared[person["household"]] | _list_of_person(person)
            rows += [(compute_term(keys, field, piece), area, person["id"]) for field, piece in sorted(pieces)]
    return people, rows


def forget_residents(connection: Connection, residents: Iterable[str]) -> None:
    """Delete what finds these residents."""
    for some in split_chunks(residents):
        connection.execute(delete(_term).where(match_any(_term.c.resident, some)))


class SearchIndex:
    """The terms of residents, for writing."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def write_some(self) -> int:
        """Write the terms of some homes that wait for it; returns how many there were, 0 when none waits."""
        require_everything(self._scope)
        query = select(_pending.c.household).order_by(_pending.c.household).limit(AT_ONCE)
        # two services take different homes
        homes = list(self._connection.scalars(query.with_for_update(skip_locked=True)))
        index_homes(self._connection, self._keys, homes)
        return len(homes)


def count_pending(connection: Connection, scope: Scope) -> int:
    """Count the homes of a scope that cannot be found yet, or not by all that they are now."""
    query = narrow(select(func.count()).select_from(_pending), _pending.c.household, scope)
    return connection.scalar(query) or 0


def _read(connection: Connection, table: Table, homes: Sequence[str]) -> Iterator[dict[str, object]]:
    return iterate_dicts(connection, select(table).where(match_any(table.c.household, homes)))


def _list_of_home(row: dict[str, object]) -> set[tuple[Field, str]]:
    return {(Field.ADDRESS, piece) for piece in list_address_pieces(_read_text(row["address"]))}


def _list_of_person(row: dict[str, object]) -> set[tuple[Field, str]]:
    names, phones = list_name_pieces(_read_text(row["name"])), list_phone_pieces(_read_text(row["phone"]))
    return {(Field.NAME, piece) for piece in names} | {(Field.PHONE, piece) for piece in phones}


def _list_of_contact(row: dict[str, object]) -> set[tuple[Field, str]]:
    names = list_name_pieces(_read_text(row["name"]), _SHORTEST_OF_CONTACT)
    phones = list_phone_pieces(_read_text(row["phone"]))
    return {(Field.CONTACTS, piece) for piece in names} | {(Field.PHONE, piece) for piece in phones}


def _read_text(value: object) -> str:
    """What cannot be read finds nobody."""
    return "" if isinstance(value, Illegible) else str(value)
