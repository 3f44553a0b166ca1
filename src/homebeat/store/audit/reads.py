"""Reads the audit."""

from __future__ import annotations

from sqlalchemy import Connection, select

from homebeat.store.audit import tables
from homebeat.store.audit.values import AuditEntry
from homebeat.store.base import cursors
from homebeat.store.base.cursors import INT8, Page

_audit = tables.audit


class AuditQueries:
    """The audit, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_page(self, limit: int, cursor: str | None = None, *, about: str = "") -> Page[AuditEntry]:
        """Read a page, newest first.

        Args:
            limit: How many entries at most.
            cursor: Where the page before ended.
            about: Only entries about this, such as `alert:a3f0...`; empty for all.
        """
        query = select(_audit).order_by(_audit.c.id.desc()).limit(limit + 1)
        if about:
            query = query.where(_audit.c.about == about)
        if cursor is not None:
            (before,) = cursors.read(cursor, INT8)
            query = query.where(_audit.c.id < before)
        rows = [AuditEntry(**row) for row in self._connection.execute(query).mappings()]
        return cursors.make_page(rows, limit, lambda entry: (entry.id,))
