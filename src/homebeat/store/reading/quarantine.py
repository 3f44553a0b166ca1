"""Messages set aside, with their bytes and the reason."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Row, func, select, update

from homebeat.domain.inbound import QuarantineReason
from homebeat.store.base import cursors
from homebeat.store.base.chunks import chunks
from homebeat.store.base.cursors import INT8, Page
from homebeat.store.base.database import insert_into
from homebeat.store.reading import tables
from homebeat.store.reading.values import QuarantineEntry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from homebeat.domain.inbound import Quarantined

_aside = tables.quarantine
#: Characters of a topic that are kept: ours are shorter, and no index holds every topic that a broker lets through.
_LONGEST_TOPIC: Final = 500
_MOST_AT_ONCE: Final = 1_000  # messages that arrived in one millisecond


class Quarantine:
    """Messages set aside, for writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, messages: Sequence[Quarantined]) -> int:
        """Write those that are new (topic, bytes and arrival); returns how many."""
        if not messages:
            return 0
        rows = [
            {
                "topic": _kept(m.topic),
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

    def ask_again(self, message_ids: Sequence[int], at: int) -> int:
        """Ask the watch to drive these again; returns how many of them never were."""
        asked = 0
        for some in chunks(message_ids):
            unretried = _aside.c.id.in_(some) & _aside.c.retried_at.is_(None)
            asked += self._connection.execute(update(_aside).where(unretried).values(retry_asked_at=at)).rowcount
        return asked

    def give_back(self, message_ids: Sequence[int]) -> None:
        """They still cannot be used: nobody asks for them any more, until somebody does again."""
        for some in chunks(message_ids):
            self._connection.execute(update(_aside).where(_aside.c.id.in_(some)).values(retry_asked_at=None))

    def retried(self, message_id: int, at: int, outcome: str) -> bool:
        """Note what driving it again came to; False when there is no such message."""
        done = self._connection.execute(
            update(_aside).where(_aside.c.id == message_id).values(retried_at=at, retried_outcome=outcome, retry_asked_at=None)
        )
        return done.rowcount == 1


class QuarantineQueries:
    """Messages set aside, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(self, limit: int = 50, cursor: str | None = None, reason: QuarantineReason | None = None) -> Page[QuarantineEntry]:
        """Newest first."""
        query = select(_aside).order_by(_aside.c.id.desc()).limit(limit + 1)
        if cursor is not None:
            (before,) = cursors.read(cursor, INT8)
            query = query.where(_aside.c.id < before)
        if reason is not None:
            query = query.where(_aside.c.reason == reason.value)
        entries = [_entry(row) for row in self._connection.execute(query)]
        return cursors.page(entries, limit, lambda entry: (entry.id,))

    def unretried(self, after: int = 0, limit: int = 500) -> list[QuarantineEntry]:
        """Those never driven again, oldest first, with an id greater than `after`."""
        query = select(_aside).where(_aside.c.retried_at.is_(None), _aside.c.id > after).order_by(_aside.c.id).limit(limit)
        return [_entry(row) for row in self._connection.execute(query)]

    def asked(self, limit: int = 500) -> list[QuarantineEntry]:
        """Those that somebody asked to drive again, oldest first."""
        query = select(_aside).where(tables.ASKED).order_by(_aside.c.id).limit(limit)
        return [_entry(row) for row in self._connection.execute(query)]

    def get(self, message_id: int) -> QuarantineEntry | None:
        """One message."""
        row = self._connection.execute(select(_aside).where(_aside.c.id == message_id)).first()
        return None if row is None else _entry(row)

    def received(self, at: int, device: str) -> QuarantineEntry | None:
        """The message that arrived at `at` (epoch ms) on a topic that names this device."""
        query = select(_aside).where(_aside.c.received_at == at).order_by(_aside.c.id).limit(_MOST_AT_ONCE)
        found = (_entry(row) for row in self._connection.execute(query))
        return next((entry for entry in found if device in entry.topic.split("/")), None)

    def counts(self) -> dict[QuarantineReason, int]:
        """How many were never driven again, by reason."""
        query = select(_aside.c.reason, func.count()).where(_aside.c.retried_at.is_(None)).group_by(_aside.c.reason)
        return {QuarantineReason(reason): count for reason, count in self._connection.execute(query)}

    def defects(self) -> tuple[int, int | None]:
        """How many messages homebeat failed over that nobody has driven again, and when the first of them arrived."""
        count, first = self._connection.execute(
            select(func.count(), func.min(_aside.c.received_at)).where(tables.DEFECTIVE)
        ).one()
        return count, first


def _kept(topic: str) -> str:
    """A topic as both databases can keep it."""
    text = topic.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
    return text if len(text) <= _LONGEST_TOPIC else f"{text[:_LONGEST_TOPIC]}... ({len(text)} characters)"


def _entry(row: Row[Any]) -> QuarantineEntry:
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
