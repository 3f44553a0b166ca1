"""Writes the audit. Only `homebeat.actions` imports this."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from sqlalchemy import select

from homebeat.store.audit import tables
from homebeat.store.audit.values import ChainPoint, OldRows

if TYPE_CHECKING:
    from homebeat.store.audit.values import AuditEntry
    from homebeat.store.session import UnitOfWork

_audit = tables.audit


def add_entry(tx: UnitOfWork, entry: AuditEntry) -> None:
    """Add an entry to the transaction of what it is about; it gets its number and hash when that commits.

    Raises:
        ValueError: A text or a number in it cannot be stored.
    """
    tx.audit.note(entry)


def find_old_rows(tx: UnitOfWork, before: int, limit: int) -> OldRows | None:
    """Find the oldest rows, up to the first that is not from before a time.

    Args:
        tx: A writing transaction.
        before: Epoch ms.
        limit: How many rows at most.

    Returns:
        None when the oldest row is not that old, or there is none.
    """
    oldest = select(_audit.c.id, _audit.c.hash, _audit.c.at).order_by(_audit.c.id).limit(limit)
    old = list(takewhile(lambda row: row.at < before, tx.connection.execute(oldest)))
    return OldRows(len(old), ChainPoint(old[-1].id, old[-1].hash)) if old else None


def cut(tx: UnitOfWork, last: ChainPoint) -> None:
    """Delete the rows up to `last` when the transaction commits, and the checkpoints before it.

    The caller adds the entry that says so: without it, `homebeat audit verify` takes the rows for stolen.
    """
    tx.audit.note_cut(last)
