"""Keeps the line of each area, itself with every area above it, and where responders answer; matches an area and all below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from homebeat.store.home import tables

if TYPE_CHECKING:
    from homebeat.domain.ids import AreaId

_area, _line = tables.area, tables.area_above
_responder, _place = tables.responder, tables.responder_area


def rebuild_lines(connection: Connection) -> None:
    """Write `area_above` anew after areas were added or moved. Whoever reads meanwhile sees the lines as they were."""
    connection.execute(delete(_line))
    up = select(_area.c.id.label("area"), _area.c.id.label("above")).cte("up", recursive=True)
    parents = select(up.c.area, _area.c.parent).join(_area, _area.c.id == up.c.above).where(_area.c.parent.is_not(None))
    up = up.union(parents)
    connection.execute(insert(_line).from_select(["area", "above"], select(up.c.area, up.c.above)))


def follow_responders(connection: Connection) -> None:
    """Write `responder_area` anew after responders were added or changed."""
    connection.execute(delete(_place))
    rows = connection.execute(select(_responder.c.id, _responder.c.areas)).all()
    places = [{"responder": row.id, "area": area} for row in rows for area in row.areas]
    if places:
        connection.execute(insert(_place), places)


def match_area(column: ColumnElement[str], area: AreaId) -> ColumnElement[bool]:
    """Make a condition: `column` names `area` or an area below it."""
    return column.in_(select(_line.c.area).where(_line.c.above == area))
