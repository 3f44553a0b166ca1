"""Seals and opens the personal fields of the registry."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from homebeat.domain.phone import normalise_phone
from homebeat.store.home.endpoints import make_ways
from homebeat.store.sealing.values import Sealed, SealedColumn, SealedTable, name_household, name_resident, name_responder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from homebeat.store.sealing.owner_keys import OwnerKeys, OwnerKeyWrites

    #: As SQLAlchemy gives them, or as they are to be written.
    Row = Mapping[Any, Any]

#: Rows that are opened or sealed together: their keys are fetched by one query.
_AT_ONCE: Final = 2_000
_ADDRESS: Final = SealedColumn("household", "address_sealed", {"address": "", "access": ""})
_POSITION: Final = SealedColumn("household", "position_sealed", {"position": None})
_PERSON: Final = SealedColumn("resident", "person_sealed", {"name": "", "birth_year": None, "need": "", "notes": ""})
_PURPOSE: Final = "phone"


def compute_phone_digest(keys: OwnerKeys, phone: str) -> bytes | None:
    """Compute what finds a telephone number, however it was written; None for what has no digits."""
    number = normalise_phone(phone)
    return keys.compute_digest(_PURPOSE, number) if number else None


def _get_id(row: Row) -> str:
    name: str = row["id"]
    return name


def _name_absence(row: Row) -> str:
    return f"{row['household']}/{row['starts_at']}/{row['taught_by']}"


def _derive_phone(keys: OwnerKeys, row: Row) -> dict[str, Any]:
    return {"phone_digest": compute_phone_digest(keys, row["phone"])}


def _derive_ways(keys: OwnerKeys, row: Row) -> dict[str, Any]:
    return {**_derive_phone(keys, row), "ways": make_ways(keys, row["channels"])}


HOUSEHOLDS: Final = SealedTable((_ADDRESS, _POSITION), lambda row: name_household(row["id"]), _get_id)
RESIDENTS: Final = SealedTable(
    (_PERSON, SealedColumn("resident", "phone_sealed", {"phone": ""})),
    lambda row: name_resident(row["id"]),
    _get_id,
    _derive_phone,
)
CONTACTS: Final = SealedTable(
    (
        SealedColumn("contact", "person_sealed", {"name": "", "relation": "", "holds_key": False}),
        SealedColumn("contact", "phone_sealed", {"phone": ""}),
        SealedColumn("contact", "channels_sealed", {"channels": []}),
    ),
    lambda row: name_household(row["household"]),
    _get_id,
    _derive_ways,
)
RESPONDERS: Final = SealedTable(
    (
        SealedColumn("responder", "person_sealed", {"name": ""}),
        SealedColumn("responder", "phone_sealed", {"phone": ""}),
        SealedColumn("responder", "channels_sealed", {"channels": []}),
    ),
    lambda row: name_responder(row["id"]),
    _get_id,
    lambda keys, row: {"ways": make_ways(keys, row["channels"])},
)
ABSENCES: Final = SealedTable(
    (SealedColumn("away", "reason_sealed", {"reason": ""}),), lambda row: name_household(row["household"]), _name_absence
)
#: The tables of the registry that have sealed columns.
SEALED_TABLES: Final[Mapping[str, SealedTable]] = {
    "household": HOUSEHOLDS,
    "resident": RESIDENTS,
    "contact": CONTACTS,
    "responder": RESPONDERS,
    "away": ABSENCES,
}


def hold_address(household: str, record: bytes | None) -> Sealed:
    """Hold the address of a home, and how to get in."""
    return Sealed(_ADDRESS, name_household(household), household, record)


def hold_position(household: str, record: bytes | None) -> Sealed:
    """Hold where a home is."""
    return Sealed(_POSITION, name_household(household), household, record)


def hold_person(resident: str, record: bytes | None) -> Sealed:
    """Hold name, birth year, need and notes of a resident."""
    return Sealed(_PERSON, name_resident(resident), resident, record)


def open_rows(keys: OwnerKeys, table: SealedTable, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Open rows: yields each with its fields in place of its sealed columns."""
    rest = iter(rows)
    while some := list(islice(rest, _AT_ONCE)):
        owners = [table.owner(row) for row in some]
        keys.fetch({owner for row, owner in zip(some, owners, strict=True) if any(row[one.name] for one in table.columns)})
        for row, owner in zip(some, owners, strict=True):
            fields, name = dict(row), table.row(row)
            for column in table.columns:
                fields.update(zip(column.empty, keys.open_fields(column, owner, name, fields.pop(column.name)), strict=True))
            yield fields


def blank_rows(table: SealedTable, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Yield rows with empty fields in place of their sealed columns: it opens nothing."""
    empty = {name: value for column in table.columns for name, value in column.empty.items()}
    return ({**row, **empty} for row in rows)


def seal_rows(keys: OwnerKeyWrites, table: SealedTable, rows: Iterable[Row], now: int) -> Iterator[list[dict[str, Any]]]:
    """Seal rows: yields lists of rows with sealed columns in place of the fields. `now` is epoch ms."""
    rest = iter(rows)
    while some := list(islice(rest, _AT_ONCE)):
        owners = [table.owner(row) for row in some]
        keys.make_keys(owners, now)
        yield [_seal_row(keys, table, row, owner) for row, owner in zip(some, owners, strict=True)]


def _seal_row(keys: OwnerKeyWrites, table: SealedTable, row: Row, owner: str) -> dict[str, Any]:
    fields, name = {**row, **table.derive(keys, row)}, table.row(row)
    for column in table.columns:
        fields[column.name] = keys.seal(column, owner, name, fields)
        for field in column.empty:
            del fields[field]
    return fields
