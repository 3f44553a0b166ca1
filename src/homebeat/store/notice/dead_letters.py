"""Dead letters, and whether another channel of the same person has brought the message, or still may."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, and_, case, exists, func, or_, select, update

from homebeat.domain.message_proof import MessageProof
from homebeat.domain.scope import Scope
from homebeat.store.base.among import match_any
from homebeat.store.notice import tables
from homebeat.store.notice.values import OutboxState
from homebeat.store.notice.writes import make_leased
from homebeat.store.scoping import require_everything

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from homebeat.store.notice.values import Leased

_outbox, _delivery = tables.outbox, tables.delivery


#: So long another channel of the same person has to bring what one could not.
WAIT_MS: Final = 60_000


class OtherChannels(StrEnum):
    """How far the other channels of a person are with the same message."""

    BROUGHT = "brought"  # one of them has brought it
    UNDER_WAY = "under_way"  # one of them may
    SPENT = "spent"  # none will


class DeadLetters:
    """Those rows, for writing."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def find_others(self, notice: Leased) -> OtherChannels:
        """Find how far the other channels of its recipient are; accepted is brought where the provider will say no more."""
        require_everything(self._scope)
        unproven = _delivery.c.arrival.in_([one.value for one in MessageProof if not one.is_proof])
        doubts = exists(select(_delivery.c.id).where(_delivery.c.outbox_id == _outbox.c.id, unproven))
        awaits = exists(
            select(_delivery.c.id).where(_delivery.c.outbox_id == _outbox.c.id, _delivery.c.arrival == MessageProof.AWAITED.value)
        )
        accepted = _outbox.c.state == OutboxState.DELIVERED.value
        waits = _outbox.c.state.in_([OutboxState.PENDING.value, OutboxState.LEASED.value])
        rank = case((and_(accepted, ~doubts), 2), (waits, 1), (and_(accepted, awaits), 1), else_=0)
        best = self._connection.scalar(select(func.max(rank)).where(_of_message(notice), _outbox.c.id != notice.id))
        return {2: OtherChannels.BROUGHT, 1: OtherChannels.UNDER_WAY}.get(best or 0, OtherChannels.SPENT)

    def put_off(self, notice_id: str, now: int) -> None:
        """Say nothing of a dead letter for `WAIT_MS` from `now` (the database's clock, epoch ms)."""
        require_everything(self._scope)
        self._connection.execute(update(_outbox).where(_outbox.c.id == notice_id).values(say_at=now + WAIT_MS))

    def take(self, now: int, limit: int) -> list[Leased]:
        """Take dead letters of which something is to be said now, the longest due first; whoever takes one decides on it.

        Nobody else gets them while this transaction runs, and nobody after it.
        """
        require_everything(self._scope)
        due = select(_outbox.c.id).where(_match_due(now)).order_by(_outbox.c.say_at, _outbox.c.id).limit(limit)
        ids = list(self._connection.scalars(due.with_for_update(skip_locked=True)))
        if not ids:
            return []
        taking = update(_outbox).where(match_any(_outbox.c.id, ids), _outbox.c.say_at.is_not(None)).values(say_at=None)
        return [make_leased(row, None) for row in self._connection.execute(taking.returning(_outbox)).mappings()]


class DeadLetterQueries:
    """Those rows, for reading."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def has_due(self, now: int) -> bool:
        """Whether something is to be said of one at `now` (epoch ms)."""
        require_everything(self._scope)
        return bool(self._connection.scalar(select(exists().where(_match_due(now)))))


def _match_due(now: int) -> ColumnElement[bool]:
    # set by a clock that has been corrected since, it does not hold
    return or_(_outbox.c.say_at <= now, _outbox.c.say_at > now + WAIT_MS)


def _of_message(notice: Leased) -> ColumnElement[bool]:
    # one step of one alert, to one person; the alert has an index
    return and_(
        _outbox.c.alert_id == notice.alert_id,
        _outbox.c.contact == notice.contact,
        _outbox.c.event == notice.event,
        _outbox.c.created_at == notice.created_at,
    )
