"""Writes open rows into empty tables, and readings into an empty log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sqlalchemy import Connection, func, insert, select, text, update

from homebeat.domain.errors import NotAllowed
from homebeat.domain.ids import DeviceId
from homebeat.store.alert.areas import follow_homes
from homebeat.store.audit import tables as audit_tables
from homebeat.store.home import tables as home_tables
from homebeat.store.home.areas import follow_responders, rebuild_lines
from homebeat.store.home.sealed import seal_rows
from homebeat.store.notice import tables as notice_tables
from homebeat.store.operation import tables as operation_tables
from homebeat.store.portable.nouns import NOUNS
from homebeat.store.portable.values import choose_reader
from homebeat.store.reading import tables as reading_tables
from homebeat.store.scoping import require_everything

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sqlalchemy import Table

    from homebeat.domain.scope import Scope
    from homebeat.store.portable.nouns import Noun
    from homebeat.store.reading.writes import ReadingWrites
    from homebeat.store.sealing.owner_keys import OwnerKeyWrites
    from homebeat.stream.batch import I32, Batch

    Row = dict[str, Any]

_outbox, _meta = notice_tables.outbox, operation_tables.meta
#: Tables that have a row from the beginning, which the row that comes in replaces.
_ONE_ROW: Final = frozenset({reading_tables.ledger, audit_tables.audit_head})
#: What a new installation may have already.
_MAY_BE_THERE: Final = frozenset({"ledger", "audit_head"})


class PortableWrites:
    """What comes in, for writing. Everything is written in one transaction: whole, or not at all."""

    def __init__(self, connection: Connection, keys: OwnerKeyWrites, readings: ReadingWrites, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._readings = readings
        self._scope = scope
        self._numbers: I32 = np.empty(0, np.int32)

    def find_rows(self) -> str | None:
        """Find the first noun of which this installation has rows; None where it is empty."""
        require_everything(self._scope)
        if self._readings.find_next_position() > 1:
            return "readings"
        tables = ((noun.name, noun.table) for noun in NOUNS if noun.name not in _MAY_BE_THERE)
        return next((name for name, table in tables if self._has_rows(table)), None)

    def write_rows(self, noun: Noun, rows: Iterable[Row], now: int) -> int:
        """Write the open rows of a noun; returns how many. `now`: epoch ms, when keys are made that seal them.

        Raises:
            NotAllowed: A row has a column that the table has not, or a value that it cannot hold.
        """
        require_everything(self._scope)
        written = 0
        closed = self._close(noun, rows)
        lists = seal_rows(self._keys, noun.sealed, closed, now) if noun.sealed is not None else _cut(closed)
        for some in lists:
            if noun.table in _ONE_ROW:
                self._replace(noun.table, some[-1])
            else:
                borrowed = {column.name for column in noun.borrows}
                self._connection.execute(insert(noun.table), [_drop(row, borrowed) for row in some])
            written += len(some)
        return written

    def count_devices(self, devices: list[DeviceId]) -> None:
        """Find the number of each of these devices: readings that are written next name them by their place in the list."""
        require_everything(self._scope)
        device = home_tables.device
        known = {row.id: row.no for row in self._connection.execute(select(device.c.id, device.c.no))}
        self._numbers = np.array([known[name] for name in devices] or [-1], np.int32)

    def write_readings(self, batch: Batch) -> int:
        """Write readings behind those that are there; returns how many were new."""
        accepted = self._readings.append(batch, self._numbers).accepted
        self._readings.index_by_device(len(batch))
        return accepted

    def finish(self) -> None:
        """Make what follows from the rows, and let whoever holds a copy read them anew."""
        require_everything(self._scope)
        rebuild_lines(self._connection)
        follow_responders(self._connection)
        follow_homes(self._connection)
        self._address_notices()
        home = home_tables.household
        waiting = select(home.c.id).where(home.c.retired_at.is_(None))
        self._connection.execute(insert(home_tables.search_pending).from_select(["household"], waiting))
        names = _meta.c.name.in_(["fleet_revision", "settings_revision"])
        self._connection.execute(update(_meta).where(names).values(value=_meta.c.value + 1))
        if self._connection.dialect.name == "postgresql":
            self._raise_sequences()

    def _has_rows(self, table: Table) -> bool:
        return self._connection.execute(select(func.count()).select_from(select(table).limit(1).subquery())).scalar_one() > 0

    def _close(self, noun: Noun, rows: Iterable[Row]) -> Iterator[Row]:
        """Make rows of the table from open ones, with what is sealed in them still open."""
        readers = {column.name: read for column in noun.table.c if (read := choose_reader(column)) is not None}
        fields = {name for column in noun.sealed.columns for name in column.empty} if noun.sealed is not None else set()
        own = {column.name for column in noun.table.c if noun.sealed is None or column.name not in _list_sealed(noun)}
        known = own - {*noun.stays} | fields | {column.name for column in noun.borrows}
        filled = {name: value for name, value in noun.stays.items() if value is not None or noun.table.c[name].nullable}
        if noun.sealed is not None:  # what is derived from personal fields is made when they are sealed
            filled = {}
        release = noun.table is _outbox
        for row in rows:
            if row.keys() != known:
                wrong = ", ".join(sorted(row.keys() ^ known))
                raise NotAllowed(f"{noun.name}: these columns are missing or not known: {wrong}")
            for name, read in readers.items():
                if name in row:
                    row[name] = _read(noun, name, read, row[name])
            whole = {**row, **filled, **noun.begins}
            yield _release(whole) if release else whole

    def _replace(self, table: Table, row: Row) -> None:
        if self._has_rows(table):
            self._connection.execute(update(table).values(**row))
        else:
            self._connection.execute(insert(table), [row])

    def _address_notices(self) -> None:
        """Say of each message that waits to be sent to which endpoint it goes: that digest is another one with other keys."""
        ways: dict[str, list[Any]] = {}
        for table, prefix in ((home_tables.contact, ""), (home_tables.responder, "/")):
            found = self._connection.execute(select(table.c.id, table.c.ways))
            ways.update((f"{prefix}{row.id}", row.ways) for row in found)
        waiting = select(_outbox.c.id, _outbox.c.contact, _outbox.c.channel_index, _outbox.c.channel_kind)
        for row in self._connection.execute(waiting.where(notice_tables.WAITING)).all():
            theirs = ways.get(row.contact, [])
            kind, endpoint = theirs[row.channel_index] if 0 <= row.channel_index < len(theirs) else ("", "")
            if kind == row.channel_kind:
                self._connection.execute(update(_outbox).where(_outbox.c.id == row.id).values(endpoint=endpoint))

    def _raise_sequences(self) -> None:
        """Let PostgreSQL give numbers behind those that came in."""
        for noun in NOUNS:
            (key, *more) = noun.table.primary_key
            if more or key.autoincrement is not True:
                continue
            highest = self._connection.scalar(select(func.max(key)))
            if highest is not None:
                name = {"table": noun.table.name, "column": key.name, "highest": highest}
                self._connection.execute(text("SELECT setval(pg_get_serial_sequence(:table, :column), :highest)"), name)


def _list_sealed(noun: Noun) -> set[str]:
    return {column.name for column in noun.sealed.columns} if noun.sealed is not None else set()


def _release(row: Row) -> Row:
    """A message that was on its way when it left is sent again: nobody knows whether it arrived."""
    return {**row, "state": "pending"} if row["state"] == "leased" else row


def _read(noun: Noun, name: str, read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return read(value)
    except (ValueError, TypeError) as error:
        raise NotAllowed(f"{noun.name}: {name} cannot be read: {error}") from None


def _drop(row: Mapping[str, Any], names: set[str]) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _cut(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Cut rows into lists."""
    for first in rows:
        yield [first, *_take(rows)]


def _take(rows: Iterator[Row]) -> Iterator[Row]:
    return (row for _, row in zip(range(999), rows, strict=False))
