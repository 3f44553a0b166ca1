"""Stores quarantined messages, with their bytes and the reason."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Row, Select, case, func, select, update

from homebeat.codecs.catalogue import find_device
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.store.alert import tables as alert_tables
from homebeat.store.base import cursors
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.cursors import INT8, Page
from homebeat.store.base.database import insert_into
from homebeat.store.home import tables as home_tables
from homebeat.store.reading import tables
from homebeat.store.reading.values import QuarantineEntry
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from homebeat.domain.inbound import Quarantined

_aside, _alert, _device = tables.quarantine, alert_tables.alert, home_tables.device
#: How many characters of a topic are kept. Ours are shorter, and an index cannot hold every topic that a broker accepts.
_LONGEST_TOPIC: Final = 500
_MOST_AT_ONCE: Final = 1_000  # messages that arrived in one millisecond


class QuarantineWrites:
    """Quarantined messages, for writing."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def add(self, messages: Sequence[Quarantined]) -> int:
        """Write those that are new (topic, bytes and arrival); returns how many."""
        if not messages:
            return 0
        known = self._find_registered({device for m in messages if (device := m.device or find_device(m.topic))})
        rows = [
            {
                "device": device if (device := m.device or find_device(m.topic)) in known else None,
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

    def _find_registered(self, devices: set[str]) -> set[str]:
        found: set[str] = set()
        for some in split_chunks(devices):
            query = narrow(select(_device.c.id).where(match_any(_device.c.id, some)), _device.c.household, self._scope)
            found.update(self._connection.scalars(query))
        return found

    def list_seen(self, message_ids: Sequence[int]) -> list[int]:
        """List those of these messages that the scope has."""
        query = select(_aside.c.id).where(match_any(_aside.c.id, message_ids))
        return list(self._connection.scalars(narrow(query, _aside.c.device, self._scope)))

    def request_retry(self, message_ids: Sequence[int], at: int) -> int:
        """Ask the watch to try these again; returns how many of them were never tried again before."""
        asked = 0
        for some in split_chunks(message_ids):
            unretried = match_any(_aside.c.id, some) & _aside.c.retried_at.is_(None)
            asked += self._connection.execute(update(_aside).where(unretried).values(retry_asked_at=at)).rowcount
        return asked

    def request_topics(self, topics: Sequence[str], since: int, at: int, most: int) -> int:
        """Ask the watch to try again what came on these topics while nothing read them; returns how many that is.

        Args:
            topics: What reads them is known by now.
            since: Of what arrived before, nothing is asked for, epoch ms.
            at: Now, epoch ms.
            most: The latest so many of them.
        """
        found: list[tuple[int, int]] = []
        for some in split_chunks([_cut_topic(topic) for topic in topics]):
            is_theirs = match_any(_aside.c.topic, some) & (_aside.c.reason == QuarantineReason.UNKNOWN_TOPIC.value)
            query = select(_aside.c.received_at, _aside.c.id).where(is_theirs, _aside.c.retried_at.is_(None))
            query = query.where(_aside.c.received_at >= since).order_by(_aside.c.received_at.desc(), _aside.c.id.desc())
            seen = narrow(query, _aside.c.device, self._scope).limit(most)
            found += [(row.received_at, row.id) for row in self._connection.execute(seen)]
        return self.request_retry([number for _, number in sorted(found)[-most:]], at)

    def withdraw_requests(self, message_ids: Sequence[int]) -> None:
        """Withdraw the requests: these still cannot be used. Somebody may ask for them again."""
        for some in split_chunks(message_ids):
            self._connection.execute(update(_aside).where(match_any(_aside.c.id, some)).values(retry_asked_at=None))

    def note_retry(self, message_id: int, at: int, outcome: str) -> bool:
        """Note the result of trying a message again; False when no message has this id."""
        done = self._connection.execute(
            update(_aside).where(_aside.c.id == message_id).values(retried_at=at, retried_outcome=outcome, retry_asked_at=None)
        )
        return done.rowcount == 1


class QuarantineQueries:
    """Quarantined messages, for reading.

    What no registered device has sent lies in no area: every scope but the empty one has it, so that whoever installs devices
    sees what is wrong. What it says is of a person whom nobody knows, and a narrower scope gets it without bytes and detail.
    """

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def read_page(
        self, limit: int = 50, cursor: str | None = None, reason: QuarantineReason | None = None
    ) -> Page[QuarantineEntry]:
        """Read a page, newest first."""
        query = self._select().order_by(_aside.c.id.desc()).limit(limit + 1)
        if cursor is not None:
            (before,) = cursors.read(cursor, INT8)
            query = query.where(_aside.c.id < before)
        if reason is not None:
            query = query.where(_aside.c.reason == reason.value)
        entries = [_make_entry(row) for row in self._connection.execute(query)]
        return cursors.make_page(entries, limit, lambda entry: (entry.id,))

    def list_unretried(self, after: int = 0, limit: int = 500) -> list[QuarantineEntry]:
        """List those that were never tried again, oldest first, with an id greater than `after`."""
        query = self._select().where(_aside.c.retried_at.is_(None), _aside.c.id > after).order_by(_aside.c.id)
        return [_make_entry(row) for row in self._connection.execute(query.limit(limit))]

    def list_requested(self, limit: int = 500) -> list[QuarantineEntry]:
        """List those that somebody asked to try again, oldest first."""
        query = self._select().where(tables.ASKED).order_by(_aside.c.id).limit(limit)
        return [_make_entry(row) for row in self._connection.execute(query)]

    def get(self, message_id: int) -> QuarantineEntry | None:
        """Get one message; None if no message has this id."""
        row = self._connection.execute(self._select().where(_aside.c.id == message_id)).first()
        return None if row is None else _make_entry(row)

    def find_received(self, at: int, device: str) -> QuarantineEntry | None:
        """Find the message that arrived at `at` (epoch ms) on a topic that names this device.

        While nobody has resolved the alert about an unregistered device, whoever answers it gets the message with its bytes.
        """
        query = self._select(is_whole=self._has_open_alert(device)).where(_aside.c.received_at == at)
        query = query.order_by(_aside.c.id).limit(_MOST_AT_ONCE)
        found = (_make_entry(row) for row in self._connection.execute(query))
        return next((entry for entry in found if device in entry.topic.split("/")), None)

    def count_by_reason(self) -> dict[QuarantineReason, int]:
        """Count those that were never tried again, by reason."""
        query = select(_aside.c.reason, func.count()).where(_aside.c.retried_at.is_(None)).group_by(_aside.c.reason)
        query = narrow(query, _aside.c.device, self._scope)
        return {QuarantineReason(reason): count for reason, count in self._connection.execute(query)}

    def count_defects(self) -> tuple[int, int | None]:
        """Count messages on which homebeat failed and that were not tried again; also when the first of them arrived."""
        query = select(func.count(), func.min(_aside.c.received_at)).where(tables.DEFECTIVE)
        count, first = self._connection.execute(narrow(query, _aside.c.device, self._scope)).one()
        return count, first

    def _select(self, *, is_whole: bool = False) -> Select[Any]:
        """Select messages in the scope; with `is_whole` with bytes and detail also where no registered device sent them."""
        query = narrow(select(_aside), _aside.c.device, self._scope)
        if is_whole or self._scope == EVERYTHING:
            return query
        hidden = {"payload": b"", "detail": ""}
        is_known = _aside.c.device.is_not(None)
        columns = [
            case((is_known, column), else_=hidden[column.name]).label(column.name) if column.name in hidden else column
            for column in _aside.c
        ]
        return query.with_only_columns(*columns)

    def _has_open_alert(self, device: str) -> bool:
        """Whether an alert about this device, which lies in no home, waits for somebody."""
        query = select(_alert.c.id).where(alert_tables.PLACELESS, _alert.c.device == device).limit(1)
        return self._connection.scalar(narrow(query, _alert.c.area, self._scope)) is not None


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
        row.device,
    )
