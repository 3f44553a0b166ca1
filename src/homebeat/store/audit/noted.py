"""The entries of one transaction, which are chained and written at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, select, update

from homebeat.store.audit import tables
from homebeat.store.audit.chain import NO_HASH, compute_hash, write_detail, write_row
from homebeat.store.audit.values import AuditEntry, ChainPoint, ChainRow
from homebeat.store.base.bulk import execute_compiled, write_columns

if TYPE_CHECKING:
    from sqlalchemy import Connection

_audit, _head, _checkpoint = tables.audit, tables.audit_head, tables.signed_checkpoint
_COLUMNS = ("id", "at", "actor", "role", "action", "about", "detail", "hash")
# made once: every action of a person executes both, and making them takes as long as the database takes for them
_LAST = select(func.max(_audit.c.id)).scalar_subquery().label("last")
_LOCK_HEAD = select(_head.c.number, _head.c.hash, _LAST).with_for_update()
_MOVE_HEAD = update(_head).values(number=bindparam("number"), hash=bindparam("hash"))


class NotedEntries:
    """Entries of the audit, for writing. They are written at the end of the transaction.

    The head of the chain is locked from then to the commit. Two actions that waited for each other's alert and for the head would
    be a deadlock, so nothing is waited for after it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._noted: list[ChainRow | ChainPoint] = []

    def note(self, entry: AuditEntry) -> None:
        """Note an entry. Only `store.audit.writes` calls this.

        Raises:
            ValueError: A text or a number in it cannot be stored.
        """
        texts = (entry.actor, entry.role, entry.action, entry.about)
        for text in texts:
            text.encode()  # a half surrogate is refused here, where the action fails alone, not at the commit
            if "\0" in text:
                raise ValueError("a text with a null character cannot be stored")
        self._noted.append(ChainRow(0, entry.at, *texts, write_detail(entry.detail), ""))

    def note_cut(self, last: ChainPoint) -> None:
        """Note that the rows up to `last` are old and must be deleted. Only `store.audit.writes` calls this."""
        self._noted.append(last)

    @property
    def noted(self) -> int:
        """How many entries are noted so far."""
        return len(self._noted)

    def forget(self, noted: int) -> None:
        """Drop what was noted after the first `noted` ones: what it is about was rolled back."""
        del self._noted[noted:]

    def flush(self) -> None:
        """Chain and write what was noted; a transaction does this last."""
        if not self._noted:
            return
        end = self._lock_head()
        number, before = end.number, end.hash
        rows: list[tuple[object, ...]] = []
        for row in self._noted:
            if isinstance(row, ChainPoint):
                self._cut(row)
                continue
            number += 1
            numbered = ChainRow(number, row.at, row.actor, row.role, row.action, row.about, row.detail, "")
            before = compute_hash(before, write_row(numbered))
            rows.append((number, row.at, row.actor, row.role, row.action, row.about, row.detail, before))
        self._noted = []
        if rows:
            write_columns(self._connection, _audit, dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True)))
            execute_compiled(self._connection, _MOVE_HEAD, {"number": number, "hash": before})

    def _lock_head(self) -> ChainPoint:
        head = execute_compiled(self._connection, _LOCK_HEAD, {}).fetchone()
        if head is not None:
            number, before, last = head
            # a row that somebody put behind the head must not stop every alert from now on: `audit verify` finds it
            return ChainPoint(max(number, last or 0), before)
        found = self._connection.execute(select(_audit.c.id, _audit.c.hash).order_by(_audit.c.id.desc()).limit(1)).first()
        end = ChainPoint(found.id, found.hash) if found is not None else ChainPoint(0, NO_HASH)
        self._connection.execute(insert(_head).values(no=1, number=end.number, hash=end.hash, cut_number=0, cut_hash=NO_HASH))
        return end

    def _cut(self, last: ChainPoint) -> None:
        # the trigger lets go of rows up to `cut_number`
        self._connection.execute(update(_head).values(cut_number=last.number, cut_hash=last.hash))
        self._connection.execute(delete(_audit).where(_audit.c.id <= last.number))
        self._connection.execute(delete(_checkpoint).where(_checkpoint.c.number < last.number))
