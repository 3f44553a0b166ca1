"""Matches an area and all below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, select

from homebeat.store.home import tables

if TYPE_CHECKING:
    from homebeat.domain.ids import AreaId


def match_area(column: ColumnElement[str], area: AreaId) -> ColumnElement[bool]:
    """Make a condition: `column` names `area` or an area below it."""
    tree = select(tables.area.c.id).where(tables.area.c.id == area).cte("tree", recursive=True)
    below = select(tables.area.c.id).where(tables.area.c.parent == tree.c.id)
    return column.in_(select(tree.union(below).c.id))
