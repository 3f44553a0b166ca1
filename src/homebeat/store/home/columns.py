"""Reads the registry into columns, straight from its rows, without an object for each home."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from homebeat.domain.consent import Purpose
from homebeat.domain.fleet import Area
from homebeat.store.base.database import get_driver_connection
from homebeat.stream.batch import FAR, I32, I64
from homebeat.stream.registry import KINDS, Registry, find_asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from homebeat.domain.ids import ResidentId

    Take = Callable[[Any], Any]

_ROWS_AT_A_TIME: Final = 10_000
_NO_CLAIMS: Final[tuple[object, ...]] = ("[]", [])
_KIND: Final = {kind.value: i for i, kind in enumerate(KINDS)}
_AREAS: Final = "SELECT id, name, parent FROM area WHERE retired_at IS NULL ORDER BY place"
_HOUSEHOLDS: Final = "SELECT id, area, building, timezone, ask_first FROM household WHERE retired_at IS NULL ORDER BY place"
_RESIDENTS: Final = (
    "SELECT household, id, false_alarms_a_month, enrolled_at FROM resident WHERE retired_at IS NULL ORDER BY place"
)
_DEVICES: Final = """
    SELECT household, id, resident, kind, codec, reports_every_ms, resolution_litres, gateway, no, address, litres_per_pulse,
           measures, may_ask, enrolled_at
      FROM device WHERE retired_at IS NULL ORDER BY place"""
_AWAY: Final = "SELECT household, starts_at, ends_at FROM away ORDER BY place"
_WITHDRAWN: Final = """
    SELECT resident, purpose FROM consent
     WHERE NOT agreed AND id IN (SELECT max(id) FROM consent GROUP BY resident, purpose)"""
_DISREGARDED: Final = "SELECT resident, starts_at, ends_at FROM disregarded ORDER BY resident, starts_at, id"


def read_registry(connection: Connection) -> Registry:
    """Read all that is not retired. What came first stays first, so that rows of the engine keep their order."""
    areas = _read_columns(connection, _AREAS, _keep_value, _keep_value, _keep_value)
    found = _read_columns(connection, _HOUSEHOLDS, _keep_value, sys.intern, sys.intern, sys.intern, bool)
    households, area, building, zone, asks = found
    home_of = _index_places(households)
    found = _read_columns(connection, _RESIDENTS, home_of, _keep_value, _fill_nan, _keep_value)
    resident_home, (residents, budget, resident_since) = _sort_by_owner(found)
    resident_of = _index_places(residents)
    kept = (_keep_value,)
    takes = (home_of, *kept, resident_of, _KIND.__getitem__, *kept * 3, sys.intern, *kept * 3, _read_claims, *kept * 2)
    device_home, of_device = _sort_by_owner(_read_columns(connection, _DEVICES, *takes))
    devices, whose, kind, codec, every, resolution, gateway, number, address, pulse, measures, may_ask, device_since = of_device
    away_home, away_from, away_until = _read_spans(connection, _AWAY, home_of)
    disregarded_resident, disregarded_from, disregarded_until = _read_spans(connection, _DISREGARDED, resident_of)
    withdrawn: dict[ResidentId, frozenset[Purpose]] = {}
    for resident, purpose in zip(*_read_columns(connection, _WITHDRAWN, _keep_value, Purpose), strict=True):
        withdrawn[resident] = withdrawn.get(resident, frozenset()) | {purpose}
    registry = Registry(
        areas=tuple(Area(*row) for row in zip(*areas, strict=True)),
        households=households,
        household_area=area,
        household_building=building,
        household_zone=zone,
        household_asks=np.array(asks, np.bool_),
        residents=residents,
        resident_home=resident_home,
        budget=np.array(budget, np.float32),
        resident_withdrawn=np.zeros(len(residents), np.uint8),
        resident_since=np.array(resident_since, np.int64),
        devices=devices,
        device_home=device_home,
        device_resident=np.array(whose, np.int32),
        device_kind=np.array(kind, np.int32),
        device_every=np.array(every, np.int64),
        device_resolution=np.maximum(1, np.rint(np.array(resolution, np.float64))).astype(np.int64),
        device_withdrawn=np.zeros(len(devices), np.uint8),
        device_asks=find_asking(codec, kind, may_ask),
        device_since=np.array(device_since, np.int64),
        device_gateway=gateway,
        device_no=np.array(number, np.int32),
        codecs={device: name for device, name in zip(devices, codec, strict=True) if name},
        addresses={device: name for device, name in zip(devices, address, strict=True) if name},
        litres_per_pulse={device: litres for device, litres in zip(devices, pulse, strict=True) if litres is not None},
        measures={device: names for device, names in zip(devices, measures, strict=True) if names},
        away_home=away_home,
        away_from=away_from,
        away_until=away_until,
        disregarded_resident=disregarded_resident,
        disregarded_from=disregarded_from,
        disregarded_until=disregarded_until,
    )
    return registry.with_withdrawn(withdrawn)


def _read_columns(connection: Connection, query: str, *takes: Take) -> list[list[Any]]:
    """Read one list for each column. Values that repeat in row after row (a household's id) are freed at once."""
    found: list[list[Any]] = [[] for _ in takes]
    cursor = get_driver_connection(connection).execute(query)
    while rows := cursor.fetchmany(_ROWS_AT_A_TIME):
        for column, take, values in zip(found, takes, zip(*rows, strict=True), strict=True):
            column.extend(values if take is _keep_value else map(take, values))
    return found


def _sort_by_owner(columns: list[list[Any]]) -> tuple[I32, list[list[Any]]]:
    """Sort by the first column, the owner's place, and leave out rows without an owner."""
    owner = np.array(columns[0], np.int32)
    order = np.argsort(owner, kind="stable")
    order = order[owner[order] >= 0]
    if np.array_equal(order, np.arange(len(owner))):
        return owner, columns[1:]
    picks = order.tolist()
    return owner[order], [[column[i] for i in picks] for column in columns[1:]]


def _read_spans(connection: Connection, query: str, place_of: Take) -> tuple[I32, I64, I64]:
    owner, (start, end) = _sort_by_owner(_read_columns(connection, query, place_of, _keep_value, _fill_far))
    return owner, np.array(start, np.int64), np.array(end, np.int64)


def _index_places(ids: list[str]) -> Take:
    places: defaultdict[str | None, int] = defaultdict(lambda: -1, {name: i for i, name in enumerate(ids)})
    return places.__getitem__


def _keep_value(value: Any) -> Any:
    return value


def _read_claims(value: Any) -> tuple[str, ...]:
    """Read a list of names: SQLite gives JSON as text."""
    if value in _NO_CLAIMS:
        return ()  # nearly always
    return tuple(json.loads(value) if isinstance(value, str) else value)


def _fill_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _fill_far(at: int | None) -> int:
    return FAR if at is None else at
