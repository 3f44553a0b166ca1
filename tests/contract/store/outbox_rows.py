"""The rows of the outbox, for tests that look behind the deliverer."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from homebeat.domain.ids import AlertId
from homebeat.store import OutboxState, Store


@dataclass(frozen=True)
class OutboxRow:
    """A notice, and where it stands."""

    id: str
    contact: str
    event: str
    state: OutboxState
    attempts: int
    last_error: str


def rows_of(store: Store, alert: AlertId) -> list[OutboxRow]:
    """The notices of an alert, oldest first."""
    query = text(
        "SELECT id, contact, event, state, attempts, last_error FROM outbox WHERE alert_id = :alert ORDER BY created_at, id"
    )
    with store._database.begin_read() as connection:
        rows = connection.execute(query, {"alert": alert})
        return [OutboxRow(r.id, r.contact, r.event, OutboxState(r.state), r.attempts, r.last_error) for r in rows]
