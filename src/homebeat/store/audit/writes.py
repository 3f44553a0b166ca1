"""Writes the audit. Only `homebeat.actions` imports this."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert

from homebeat.store.audit import tables

if TYPE_CHECKING:
    from homebeat.store.audit.values import AuditEntry
    from homebeat.store.session import UnitOfWork


def add_entry(tx: UnitOfWork, entry: AuditEntry) -> None:
    """Add the row of an action to the transaction of that action."""
    row = {
        "at": entry.at,
        "actor": entry.actor,
        "role": entry.role,
        "action": entry.action,
        "about": entry.about,
        "detail": dict(entry.detail),
    }
    tx.connection.execute(insert(tables.audit).values(row))
