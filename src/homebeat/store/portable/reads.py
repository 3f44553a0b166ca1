"""Reads tables as open rows, and the log of readings as columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, and_, func, select, true

from homebeat.domain.ids import AreaId, DeviceId
from homebeat.store.access.tables import role_grant
from homebeat.store.home import tables as home_tables
from homebeat.store.home.sealed import open_rows
from homebeat.store.portable.lies import match_rows
from homebeat.store.portable.values import choose_writer
from homebeat.store.reading.log import LogQueries
from homebeat.store.scoping import require_everything

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from homebeat.domain.scope import Scope
    from homebeat.store.portable.nouns import Noun
    from homebeat.store.sealing.owner_keys import OwnerKeys
    from homebeat.stream.batch import I32, I64, Batch

    Row = dict[str, Any]

#: Rows that are in memory at once.
AT_ONCE: Final = 1_000
#: Positions of the log that are read at once.
READINGS_AT_ONCE: Final = 100_000
_area, _device, _line = home_tables.area, home_tables.device, home_tables.area_above


@dataclass(frozen=True, slots=True)
class PortableReadings:
    """Some readings in the order of the log.

    Attributes:
        batch: Its devices are the numbers of `PortableQueries.list_devices`.
        positions: Of each, int64[n].
    """

    batch: Batch
    positions: I64


class PortableQueries:
    """Everything that leaves, for reading: the whole, or what belongs to one area and those below it."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope
        self._log = LogQueries(connection, scope)

    def read_rows(self, noun: Noun, area: AreaId | None = None) -> Iterator[list[Row]]:
        """Read the open rows of a noun, some at a time, in the order of their key; of an area and all below it, or all."""
        require_everything(self._scope)
        table = noun.table
        where = true() if area is None else match_rows(table, area)
        if table is role_grant:  # keys stay, and nobody who makes one of the same name later may have its roles
            where = and_(where, table.c.holder.startswith("user:"))
        return self.read_matching(noun, where, area)

    def read_matching(self, noun: Noun, where: ColumnElement[bool], area: AreaId | None = None) -> Iterator[list[Row]]:
        """Read the open rows of a noun that meet a condition; `area` is what they leave with."""
        require_everything(self._scope)
        query = select(noun.table, *noun.borrows).where(where).order_by(*_list_order(noun))
        if noun.borrows:
            query = query.join(noun.borrows[0].table)
        follow = self._choose_change(noun, area)
        for rows in self._open(noun, query):
            yield [follow(row) for row in rows]

    def list_devices(self, area: AreaId | None = None) -> list[DeviceId]:
        """List the id of each device at the place of its number, retired ones too; empty where no device has it."""
        require_everything(self._scope)
        query = select(_device.c.no, _device.c.id)
        if area is not None:
            query = query.where(match_rows(_device, area))
        numbers = {row.no: DeviceId(row.id) for row in self._connection.execute(query)}
        return [numbers.get(no, DeviceId("")) for no in range(max(numbers, default=-1) + 1)]

    def count_log(self) -> int:
        """Count the positions of the log: at least as many as it has readings."""
        return self._log.find_end()

    def read_readings(self, devices: list[DeviceId]) -> Iterator[PortableReadings]:
        """Read the readings of these devices, as `list_devices` lists them, in the order of the log."""
        rows = make_device_rows(devices)
        position = 0
        while True:
            batch, positions = self._log.read_since(position, READINGS_AT_ONCE, rows)
            if not len(positions):
                return
            position = int(positions[-1])
            yield PortableReadings(batch, positions)

    def _open(self, noun: Noun, query: Select[Any]) -> Iterator[list[Row]]:
        result = self._connection.execution_options(yield_per=AT_ONCE).execute(query)
        names = list(result.keys())
        for some in result.partitions(AT_ONCE):
            rows: list[Row] = [dict(zip(names, row, strict=True)) for row in some]
            yield rows if noun.sealed is None else list(open_rows(self._keys, noun.sealed, rows))

    def _choose_change(self, noun: Noun, area: AreaId | None) -> Callable[[Row], Row]:
        """Choose what makes an open row of one that was read."""
        table = noun.table
        writers = {column.name: write for column in table.c if (write := choose_writer(column)) is not None}
        inside = self._find_inside(area) if area is not None and table is home_tables.responder else None

        def change(row: Row) -> Row:
            for name in noun.stays:
                del row[name]
            for name, write in writers.items():
                if name in row:
                    row[name] = write(row[name])
            if table is _area and row["id"] == area:
                row["parent"] = None
            if inside is not None:
                row["areas"] = [one for one in row["areas"] if one in inside] or [area]
            return row

        return change

    def _find_inside(self, area: AreaId) -> frozenset[str]:
        return frozenset(self._connection.scalars(select(_line.c.area).where(_line.c.above == area)))


def make_device_rows(devices: list[DeviceId]) -> I32:
    """Make the row of each number, which is the number itself, int32[n]; -1 where no device has it."""
    return np.array([no if device else -1 for no, device in enumerate(devices)] or [-1], np.int32)


def _list_order(noun: Noun) -> list[Any]:
    if noun.table is _area:  # parents before children
        depth = select(func.count()).where(_line.c.area == _area.c.id).correlate(_area).scalar_subquery()
        return [depth, _area.c.place, _area.c.id]
    return list(noun.table.primary_key)


def count_until(positions: I64, steps: Mapping[int, int]) -> dict[int, int]:
    """Count how many of some positions are at or before each of these; keys are kept."""
    return {no: int(np.searchsorted(positions, at, side="right")) for no, at in steps.items()}
