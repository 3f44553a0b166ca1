"""Reads the audit: entries for people, rows and checkpoints for whoever verifies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, func, select

from homebeat.store.audit import tables
from homebeat.store.audit.chain import NO_HASH
from homebeat.store.audit.values import AuditEntry, AuditFilter, ChainPoint, ChainRow, SignedCheckpoint
from homebeat.store.base import cursors
from homebeat.store.base.cursors import INT8, Page
from homebeat.store.base.database import get_driver_connection

if TYPE_CHECKING:
    from sqlalchemy import RowMapping, Select

_audit, _head, _checkpoint = tables.audit, tables.audit_head, tables.signed_checkpoint
#: Rows in one query of whoever goes through all of them.
_BATCH: Final = 2_000
EVERY_ENTRY: Final = AuditFilter()


class AuditQueries:
    """The audit, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_page(self, limit: int, cursor: str | None = None, wanted: AuditFilter = EVERY_ENTRY) -> Page[AuditEntry]:
        """Read a page, newest first.

        Args:
            limit: How many entries at most.
            cursor: Where the page before ended.
            wanted: Only these.

        Raises:
            BadCursor: The cursor is not one of ours.
        """
        query = _narrow(select(_audit), wanted).order_by(_audit.c.id.desc()).limit(limit + 1)
        if cursor is not None:
            (before,) = cursors.read(cursor, INT8)
            query = query.where(_audit.c.id < before)
        with self.accept_any_text():
            rows = [_make_entry(row) for row in self._connection.execute(query).mappings()]
        return cursors.make_page(rows, limit, lambda entry: (entry.id,))

    def find_head(self) -> ChainPoint | None:
        """Find the end of the chain, as the head has it: number 0 while there is no row; None where somebody deleted the head."""
        row = self._connection.execute(select(_head.c.number, _head.c.hash)).first()
        return None if row is None else ChainPoint(row.number, row.hash)

    def find_newest_number(self) -> int:
        """Find the highest number of a row; 0 while there is no row."""
        return self._connection.scalar(select(func.max(_audit.c.id))) or 0

    def find_cut(self) -> ChainPoint:
        """Find the last row that retention has deleted, as the head has it; number 0 where it has deleted none."""
        row = self._connection.execute(select(_head.c.cut_number, _head.c.cut_hash)).first()
        return ChainPoint(0, NO_HASH) if row is None else ChainPoint(row.cut_number, row.cut_hash)

    def list_rows(self, after: int, limit: int) -> list[ChainRow]:
        """List rows with a number greater than `after`, in their order, as they are stored."""
        rows = self._connection.execute(select(_audit).where(_audit.c.id > after).order_by(_audit.c.id).limit(limit))
        return [ChainRow(*row) for row in rows]

    def iterate_rows(self) -> Iterator[ChainRow]:
        """Iterate over all rows in the order of their numbers, as they are stored; a batch at a time is in memory."""
        after: int | None = None
        while True:
            query = select(_audit).order_by(_audit.c.id).limit(_BATCH)
            rows = self._connection.execute(query if after is None else query.where(_audit.c.id > after)).all()
            for row in rows:
                yield ChainRow(*row)
            if len(rows) < _BATCH:
                return
            after = rows[-1].id

    def find_checkpoint(self) -> SignedCheckpoint | None:
        """Find the signed checkpoint with the highest number."""
        row = self._connection.execute(select(_checkpoint).order_by(_checkpoint.c.number.desc()).limit(1)).first()
        return None if row is None else SignedCheckpoint(*row)

    def iterate_checkpoints(self, after: int | None = None) -> Iterator[SignedCheckpoint]:
        """Iterate over signed checkpoints in their order, from the first with a number greater than `after` on."""
        while True:
            query = select(_checkpoint).order_by(_checkpoint.c.number).limit(_BATCH)
            rows = self._connection.execute(query if after is None else query.where(_checkpoint.c.number > after)).all()
            for row in rows:
                yield SignedCheckpoint(*row)
            if len(rows) < _BATCH:
                return
            after = rows[-1].number

    @contextmanager
    def accept_any_text(self) -> Iterator[None]:
        """Read bytes that are no text as text that no writer makes: who tampered must not stop whoever verifies."""
        if self._connection.dialect.name != "sqlite":
            yield
            return
        driver = get_driver_connection(self._connection)
        before, driver.text_factory = driver.text_factory, lambda raw: raw.decode("utf-8", "surrogateescape")
        try:
            yield
        finally:
            driver.text_factory = before


def _narrow(query: Select[Any], wanted: AuditFilter) -> Select[Any]:
    for column, value in ((_audit.c.actor, wanted.actor), (_audit.c.about, wanted.about), (_audit.c.action, wanted.action)):
        if value:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(_audit.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(_audit.c.at < wanted.until)
    return query


def _make_entry(row: RowMapping) -> AuditEntry:
    # where somebody tampered with a row, the page still shows it, and `audit verify` names it
    texts = {name: _clean(row[name]) for name in ("actor", "role", "action", "about", "hash")}
    return AuditEntry(
        **texts, at=row["at"] if isinstance(row["at"], int) else 0, detail=_read_detail(row["detail"]), id=row["id"]
    )


def _read_detail(text: Any) -> dict[str, Any]:
    try:
        detail = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        detail = None
    return detail if isinstance(detail, dict) else {"unreadable": _clean(text)}


def _clean(value: Any) -> str:
    """As text that can be shown; what is none in it becomes a question mark."""
    return str(value).encode("utf-8", "replace").decode()
