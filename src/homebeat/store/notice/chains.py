"""The channels of one person, over which a message goes one after the other: what happens to one moves those behind it.

They are rows of the outbox with the same `chain`. Each has its own due time from the beginning, so that it is sent even if nobody
ever looks at the one before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, and_, exists, func, insert, select, update

from homebeat.domain.message_proof import MessageProof
from homebeat.domain.scope import Scope
from homebeat.store.notice import tables
from homebeat.store.notice.values import OutboxState
from homebeat.store.scoping import require_everything

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from homebeat.store.notice.values import Leased

_outbox, _delivery = tables.outbox, tables.delivery


def has_arrived_before(connection: Connection, notice: Leased, scope: Scope) -> bool:
    """Whether a channel before this one has brought the message: its provider took it, and does not say that this is no proof."""
    require_everything(scope)
    unproven = _delivery.c.arrival.in_([one.value for one in MessageProof if not one.is_proof])
    doubts = select(_delivery.c.id).where(_delivery.c.outbox_id == _outbox.c.id, unproven).exists()
    accepted = _outbox.c.state == OutboxState.DELIVERED.value
    before = and_(_of_chain(notice), _outbox.c.place < notice.place, accepted, ~doubts)
    return bool(notice.chain and connection.scalar(select(exists().where(before))))


class Chains:
    """Those rows, for writing."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def begin_next(self, notice: Leased, now: int, until: int | None = None) -> bool:
        """Let the next channel begin at `now` (epoch ms), and those behind it as much earlier; returns whether it does.

        Nothing is put off: a channel that has begun, or is due already, stays as it is.

        Args:
            notice: Of the channel that brings nothing, or nothing yet.
            now: By the database's clock.
            until: When the channel of `notice` will be used again: if the next one begins later than that, it keeps its time.
        """
        require_everything(self._scope)
        if not notice.chain:
            return False
        waits = self._wait_behind(notice)
        due_at = self._connection.scalar(select(func.min(_outbox.c.due_at)).where(waits))
        if due_at is None or due_at <= now or (until is not None and until < due_at):
            return False
        earlier = {"due_at": _outbox.c.due_at - (due_at - now), "set_at": now}
        self._connection.execute(update(_outbox).where(waits).values(earlier))
        return True

    def end(self, notice: Leased, at: int, why: str) -> int:
        """Close the channels behind one that has brought the message, each with an attempt that says why; returns how many."""
        require_everything(self._scope)
        if not notice.chain:
            return 0
        values = {"state": OutboxState.SUPERSEDED.value, "attempts": 1, "last_error": why}
        closing = update(_outbox).where(self._wait_behind(notice)).values(values).returning(_outbox.c.id)
        closed = list(self._connection.scalars(closing))
        if closed:
            rows = [{"outbox_id": one, "attempt": 1, "at": at, "duration_ms": 0, "ok": True, "error": why} for one in closed]
            self._connection.execute(insert(_delivery), rows)
        return len(closed)

    def _wait_behind(self, notice: Leased) -> ColumnElement[bool]:
        """Those that have not begun: nobody holds them, and they were never tried."""
        is_new = and_(_outbox.c.state == OutboxState.PENDING.value, _outbox.c.attempts == 0)
        return and_(_of_chain(notice), _outbox.c.place > notice.place, is_new)


def _of_chain(notice: Leased) -> ColumnElement[bool]:
    # the alert has an index, the chain has none: an alert has few notices
    return and_(_outbox.c.alert_id == notice.alert_id, _outbox.c.chain == notice.chain)
