"""Makes the entries of a list of alerts: the alerts, with the names that a desk sees beside them.

Names are looked up for the rows of a page, by a small statement for each table: a large join takes PostgreSQL longer to plan than
to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, select

from homebeat.domain.alert import TransitionKind
from homebeat.store.alert.rows import read_alert_row
from homebeat.store.alert.values import AlertEntry, ZonedAlert
from homebeat.store.base.among import match_any
from homebeat.store.home import tables as home_tables
from homebeat.store.home.sealed import hold_address, hold_person
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping, Select

    from homebeat.domain.scope import Scope
    from homebeat.store.sealing.owner_keys import OwnerKeys

_home, _resident, _area = home_tables.household, home_tables.resident, home_tables.area
_above = _area.alias("above")
_NOWHERE: Final = ("", "")
_NO_ZONE: Final = "UTC"


def make_entries(connection: Connection, keys: OwnerKeys, scope: Scope, rows: Sequence[RowMapping]) -> list[AlertEntry]:
    """Make the entries of these rows of `alert`, in their order.

    A resolved alert stays in the area where it was. A home that has moved out of the scope since is not shown with it.
    An alert about no home uses the time zone of the homes.
    """
    homes = _read_by_id(connection, _select_homes(scope, {row["household"] for row in rows if row["household"]}))
    people = _read_by_id(connection, _select_people(scope, {row["resident"] for row in rows if row["resident"]}))
    places = _read_by_id(connection, _select_places(scope, {row["area"] for row in rows if row["area"]}))
    zone = _find_zone_of_all(connection, scope, rows)
    addresses = dict(zip(homes, keys.open([hold_address(home, sealed) for home, (sealed, *_) in homes.items()]), strict=True))
    names = dict(zip(people, keys.open([hold_person(who, sealed) for who, (sealed,) in people.items()]), strict=True))
    entries = []
    for row in rows:
        name, birth_year, *_ = names.get(row["resident"], ("", None))
        has_home = row["household"] in homes
        area_name, above_name = places.get(row["area"], _NOWHERE)
        entries.append(
            AlertEntry(
                read_alert_row(row),
                TransitionKind(row["transition"]),
                row["changed_at"],
                name,
                birth_year,
                addresses[row["household"]][0] if has_home else "",
                row["area"],
                homes[row["household"]][1] if has_home else _NO_ZONE if row["household"] else zone,
                area_name,
                above_name or "",
                homes[row["household"]][2] if has_home else None,
            )
        )
    return entries


def make_zoned(connection: Connection, scope: Scope, rows: Sequence[RowMapping]) -> list[ZonedAlert]:
    """Make the lines of these rows of `alert`, in their order; zones as in `make_entries`."""
    ids = {row["household"] for row in rows if row["household"]}
    zones: dict[str, str] = {home: zone for home, (zone, *_) in _read_by_id(connection, _select_zones(scope, ids)).items()}
    zones[""] = _find_zone_of_all(connection, scope, rows)
    return [
        ZonedAlert(
            read_alert_row(row), TransitionKind(row["transition"]), row["changed_at"], zones.get(row["household"], _NO_ZONE)
        )
        for row in rows
    ]


def _find_zone_of_all(connection: Connection, scope: Scope, rows: Sequence[RowMapping]) -> str:
    """Find the zone of the homes, if a row is about no home."""
    if all(row["household"] for row in rows):
        return _NO_ZONE
    query = narrow(select(_home.c.timezone).where(_home.c.retired_at.is_(None)), _home.c.area, scope)
    return connection.scalar(query.limit(1)) or _NO_ZONE


def _read_by_id(connection: Connection, query: Select[*tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    return {row[0]: tuple(row[1:]) for row in connection.execute(query)}


def _select_homes(scope: Scope, ids: set[str]) -> Select[*tuple[Any, ...]]:
    query = select(_home.c.id, _home.c.address_sealed, _home.c.timezone, _home.c.area).where(match_any(_home.c.id, sorted(ids)))
    return narrow(query, _home.c.area, scope)


def _select_zones(scope: Scope, ids: set[str]) -> Select[*tuple[Any, ...]]:
    return narrow(select(_home.c.id, _home.c.timezone).where(match_any(_home.c.id, sorted(ids))), _home.c.area, scope)


def _select_people(scope: Scope, ids: set[str]) -> Select[*tuple[Any, ...]]:
    query = select(_resident.c.id, _resident.c.person_sealed).where(match_any(_resident.c.id, sorted(ids)))
    return narrow(query, _resident.c.household, scope)


def _select_places(scope: Scope, ids: set[str]) -> Select[*tuple[Any, ...]]:
    joined = _area.outerjoin(_above, _above.c.id == _area.c.parent)
    query = select(_area.c.id, _area.c.name, _above.c.name).select_from(joined).where(match_any(_area.c.id, sorted(ids)))
    return narrow(query, _area.c.id, scope)
