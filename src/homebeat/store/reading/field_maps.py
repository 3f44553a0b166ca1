"""Stores how messages of suppliers are read. No person is in it, so it lies in no area."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import Connection, select

from homebeat.domain.field_map import FieldMap, MapSpec
from homebeat.store.base.database import insert_into
from homebeat.store.reading import tables

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Row

_map: Final = tables.field_map
#: Of those that are out of use so many names are listed; of those in use there are never more than `MOST_MAPS`.
_MOST: Final = 500


class FieldMapQueries:
    """Maps of fields, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_all(self) -> list[FieldMap]:
        """List those that are in use, then those that are not, each by name."""
        query = select(_map).order_by(_map.c.spec == "", _map.c.name).limit(_MOST)
        return [_make_map(row) for row in self._connection.execute(query)]

    def find(self, name: str) -> FieldMap | None:
        """Find the map of a name; None where there never was one."""
        row = self._connection.execute(select(_map).where(_map.c.name == name)).first()
        return None if row is None else _make_map(row)


class FieldMaps(FieldMapQueries):
    """Maps of fields, for writing."""

    def put(self, found: FieldMap) -> None:
        """Write a map as it is now."""
        row = {
            "name": found.name,
            "spec": _write(found.spec),
            "before": _write(found.before),
            "version": found.version,
            "at": found.at,
            "actor": found.actor,
        }
        insert = insert_into(self._connection, _map).values(row)
        self._connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=row))


def _write(spec: MapSpec | None) -> str:
    return "" if spec is None else msgspec.json.encode(spec).decode()


def _read(text: str) -> MapSpec | None:
    """Read what a map says; one that cannot be read is out of use, and costs the others nothing."""
    try:
        return msgspec.json.decode(text, type=MapSpec) if text else None
    except msgspec.DecodeError:
        return None


def _make_map(row: Row[Any]) -> FieldMap:
    return FieldMap(row.name, _read(row.spec), _read(row.before), row.version, row.at, row.actor)
