"""Stores quarantined messages, with their bytes and the reason."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Row, func, select, update

from homebeat.domain.inbound import QuarantineReason
from homebeat.store.base import cursors
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.cursors import INT8, Page
from homebeat.store.base.database import insert_into
from homebeat.store.reading import tables
from homebeat.store.reading.values import QuarantineEntry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from homebeat.domain.inbound import Quarantined

_aside = tables.quarantine
#: How many characters of a topic are kept. Ours are shorter, and an index cannot hold every topic that a broker accepts.
_LONGEST_TOPIC: Final = 500
_MOST_AT_ONCE: Final = 1_000  # messages that arrived in one millisecond


class QuarantineWrites:
    """Quarantined messages, for writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, messages: Sequence[Quarantined]) -> int:
        """Write those that are new (topic, bytes and arrival); returns how many."""
        if not messages:
            return 0
        rows = [
            {
                "topic": _cut_topic(m.topic),
                "payload": m.payload,
                "payload_sha256": hashlib.sha256(m.payload).digest(),
                "received_at": m.received_at,
                "reason": m.reason.value,
                "detail": m.detail.replace("\0", "\N{REPLACEMENT CHARACTER}"),
                "partial": m.partial,
            }
            for m in messages
        ]
        insert = insert_into(self._connection, _aside).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
        return self._connection.execute(insert, rows).rowcount

    def request_retry(self, message_ids: Sequence[int], at: int) -> int:
        """Ask the watch to try these again; returns how many of them were never tried again before."""
        asked = 0
        for some in split_chunks(message_ids):
            unretried = _aside.c.id.in_(some) & _aside.c.retried_at.is_(None)
            asked += self._connection.execute(update(_aside).where(unretried).values(retry_asked_at=at)).rowcount
        return asked

    def withdraw_requests(self, message_ids: Sequence[int]) -> None:
        """Withdraw the requests: these still cannot be used. Somebody may ask for them again."""
        for some in split_chunks(message_ids):
            self._connection.execute(update(_aside).where(_aside.c.id.in_(some)).values(retry_asked_at=None))

    def note_retry(self, message_id: int, at: int, outcome: str) -> bool:
        """Note the result of trying a message again; False when no message has this id."""
        done = self._connection.execute(
            update(_aside).where(_aside.c.id == message_id).values(retried_at=at, retried_outcome=outcome, retry_asked_at=None)
        )
        return done.rowcount == 1


class QuarantineQueries:
    """Quarantined messages, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_page(
        self, limit: int = 50, cursor: str | None = None, reason: QuarantineReason | None = None
    ) -> Page[QuarantineEntry]:
        """Read a page, newest first."""
        query = select(_aside).order_by(_aside.c.id.desc()).limit(limit + 1)
        if cursor is not None:
            (before,) = cursors.read(cursor, INT8)
            query = query.where(_aside.c.id < before)
        if reason is not None:
            query = query.where(_aside.c.reason == reason.value)
        entries = [_make_entry(row) for row in self._connection.execute(query)]
        return cursors.make_page(entries, limit, lambda entry: (entry.id,))

    def list_unretried(self, after: int = 0, limit: int = 500) -> list[QuarantineEntry]:
        """List those that were never tried again, oldest first, with an id greater than `after`."""
        query = select(_aside).where(_aside.c.retried_at.is_(None), _aside.c.id > after).order_by(_aside.c.id).limit(limit)
        return [_make_entry(row) for row in self._connection.execute(query)]

    def list_requested(self, limit: int = 500) -> list[QuarantineEntry]:
        """List those that somebody asked to try again, oldest first."""
        query = select(_aside).where(tables.ASKED).order_by(_aside.c.id).limit(limit)
        return [_make_entry(row) for row in self._connection.execute(query)]

    def get(self, message_id: int) -> QuarantineEntry | None:
        """Get one message; None if no message has this id."""
        row = self._connection.execute(select(_aside).where(_aside.c.id == message_id)).first()
        return None if row is None else _make_entry(row)

    def find_received(self, at: int, device: str) -> QuarantineEntry | None:
        """Find the message that arrived at `at` (epoch ms) on a topic that names this device."""
        query = select(_aside).where(_aside.c.received_at == at).order_by(_aside.c.id).limit(_MOST_AT_ONCE)
        found = (_make_entry(row) for row in self._connection.execute(query))
        return next((entry for entry in found if device in entry.topic.split("/")), None)

    def count_by_reason(self) -> dict[QuarantineReason, int]:
        """Count those that were never tried again, by reason."""
        query = select(_aside.c.reason, func.count()).where(_aside.c.retried_at.is_(None)).group_by(_aside.c.reason)
        return {QuarantineReason(reason): count for reason, count in self._connection.execute(query)}

    def count_defects(self) -> tuple[int, int | None]:
        """Count messages on which homebeat failed and that were not tried again; also when the first of them arrived."""
        count, first = self._connection.execute(
            select(func.count(), func.min(_aside.c.received_at)).where(tables.DEFECTIVE)
        ).one()
        return count, first


def _cut_topic(topic: str) -> str:
    """Cut a topic to what both databases can store."""
    text = topic.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
    return text if len(text) <= _LONGEST_TOPIC else f"{text[:_LONGEST_TOPIC]}... ({len(text)} characters)"


def _make_entry(row: Row[Any]) -> QuarantineEntry:
    return QuarantineEntry(
        row.id,
        row.topic,
        bytes(row.payload),
        row.received_at,
        QuarantineReason(row.reason),
        row.detail,
        row.partial,
        row.retried_at,
        row.retried_outcome,
    )
