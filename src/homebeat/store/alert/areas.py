"""Keeps the areas whose queues show an unresolved alert: its own and all above it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, insert, select, update

from homebeat.domain.alert import TransitionKind
from homebeat.store.alert import tables
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.scope_setting import lift_scope
from homebeat.store.home import tables as home_tables
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement

    from homebeat.domain.alert import Alert, Transition
    from homebeat.domain.scope import Scope

_alert, _line, _home, _place = tables.alert, home_tables.area_above, home_tables.household, tables.alert_area
#: Most homes that move have no alert: an import of a city names them all.
_HOMES_AT_ONCE: Final = 10_000
#: Steps that move an alert within a queue, or out of it.
_MOVING: Final = frozenset(
    {
        TransitionKind.OPENED,
        TransitionKind.REOPENED,
        TransitionKind.RAISED,
        TransitionKind.ACKNOWLEDGED,
        TransitionKind.RELEASED,
        TransitionKind.RESOLVED,
        TransitionKind.RETURNED,
    }
)


def find_areas(connection: Connection, households: Iterable[str], scope: Scope) -> dict[str, str]:
    """Find the area of each of these homes that exists."""
    found: dict[str, str] = {}
    for some in split_chunks(set(households)):
        query = narrow(select(_home.c.id, _home.c.area).where(match_any(_home.c.id, some)), _home.c.area, scope)
        rows = connection.execute(query)
        found.update((row.id, row.area) for row in rows)
    return found


def follow(connection: Connection, steps: Sequence[tuple[Alert, Transition]], scope: Scope) -> None:
    """Update the places of alerts after these steps, also in the areas above the scope."""
    for some in split_chunks(dict.fromkeys(alert.id for alert, step in steps if step.kind is TransitionKind.RETURNED)):
        with lift_scope(connection, scope):  # a closed one had stayed where its home was
            _move(connection, match_any(_alert.c.id, some))
    for some in split_chunks(dict.fromkeys(alert.id for alert, step in steps if step.kind in _MOVING)):
        with lift_scope(connection, scope):
            connection.execute(delete(_place).where(match_any(_place.c.alert_id, some)))
            _insert_places(connection, match_any(_alert.c.id, some))


def follow_homes(connection: Connection, homes: Iterable[str] | None = None) -> None:
    """Update the places of alerts after homes have moved: of these homes, or with None of all, since areas may have moved too."""
    if homes is None:
        _move(connection)
        connection.execute(delete(_place))
        _insert_places(connection)
        return
    for some in split_chunks(homes, _HOMES_AT_ONCE):
        theirs = match_any(_alert.c.household, some)
        _move(connection, theirs)
        connection.execute(delete(_place).where(_place.c.alert_id.in_(select(_alert.c.id).where(theirs))))
        _insert_places(connection, theirs)


def _move(connection: Connection, *which: ColumnElement[bool]) -> None:
    """Let unresolved alerts follow their homes."""
    now = select(_home.c.area).where(_home.c.id == _alert.c.household).scalar_subquery()
    moved = update(_alert).where(tables.UNRESOLVED, now != _alert.c.area, *which)
    connection.execute(moved.values(area=now))


def _insert_places(connection: Connection, *which: ColumnElement[bool]) -> None:
    columns = (_line.c.above, _alert.c.queue, _alert.c.answer, _alert.c.priority_rank, _alert.c.opened_at, _alert.c.id)
    waiting = select(*columns).join(_line, _line.c.area == _alert.c.area).where(tables.UNRESOLVED, tables.WAITING, *which)
    connection.execute(insert(_place).from_select([column.name for column in _place.c], waiting))
