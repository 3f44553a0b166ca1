"""Writes signed checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homebeat.store.audit import tables
from homebeat.store.base.database import insert_into

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from homebeat.store.audit.values import SignedCheckpoint


class SignedCheckpoints:
    """Signed checkpoints, for writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, checkpoint: SignedCheckpoint) -> None:
        """Store a checkpoint. Where another process has signed this row already, the first one stays."""
        row = {
            "number": checkpoint.number,
            "hash": checkpoint.hash,
            "at": checkpoint.at,
            "key_id": checkpoint.key_id,
            "signature": checkpoint.signature,
        }
        self._connection.execute(insert_into(self._connection, tables.signed_checkpoint).values(row).on_conflict_do_nothing())
