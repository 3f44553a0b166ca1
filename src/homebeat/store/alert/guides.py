"""Stores what areas want done about alerts of each rule."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Table, select

from homebeat.domain.guide import Guide
from homebeat.domain.ids import AreaId
from homebeat.store.alert import tables
from homebeat.store.base.database import insert_into
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from homebeat.domain.scope import Scope

_guide: Final[Table] = tables.guide
_MOST: Final = 500


class GuideQueries:
    """Guides, for reading: of the areas that the scope reaches, and of those above them."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def find(self, area: AreaId, rule: str, language: str) -> Guide | None:
        """Find the guide of this very area; None where it has never had one."""
        query = narrow(select(_guide), _guide.c.area, self._scope)
        query = query.where(_guide.c.area == area, _guide.c.rule == rule, _guide.c.language == language)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else _read(row)

    def choose(self, path: Sequence[AreaId], rule: str, language: str) -> Guide | None:
        """Choose the guide of the nearest area that has one; `path`: an area and those above it, the nearest first."""
        query = narrow(select(_guide), _guide.c.area, self._scope)
        query = query.where(_guide.c.area.in_(path), _guide.c.rule == rule, _guide.c.language == language, _guide.c.text != "")
        found = [_read(row) for row in self._connection.execute(query).mappings()]
        return min(found, key=lambda one: path.index(one.area), default=None)

    def list_all(self) -> list[Guide]:
        """List them by area, rule and language; the usual steps hold for what is not listed."""
        query = narrow(select(_guide), _guide.c.area, self._scope).where(_guide.c.text != "")
        rows = self._connection.execute(query.order_by(_guide.c.area, _guide.c.rule, _guide.c.language).limit(_MOST)).mappings()
        return [_read(row) for row in rows]


class Guides(GuideQueries):
    """Guides, for writing."""

    def put(self, guide: Guide) -> None:
        """Write a guide as it is now."""
        row = asdict(guide)
        insert = insert_into(self._connection, _guide).values(row)
        self._connection.execute(insert.on_conflict_do_update(index_elements=["area", "rule", "language"], set_=row))


def _read(row: RowMapping) -> Guide:
    return Guide(**{**row, "area": AreaId(row["area"])})
