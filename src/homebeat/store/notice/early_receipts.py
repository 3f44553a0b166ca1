"""Receipts that came before the attempt that they are about was stored: kept for minutes, and no more than some hundreds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, exists, func, or_, select

from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.instants import TOLERANCE_MS
from homebeat.domain.message_proof import MessageProof, ProviderReceipt
from homebeat.domain.scope import Scope
from homebeat.store.base.database import insert_into
from homebeat.store.notice import tables
from homebeat.store.scoping import require_everything

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

_early, _delivery = tables.early_receipt, tables.delivery
#: So long one waits for its attempt. An attempt is stored seconds after the provider has answered, or after its lease ran out.
KEPT_MS: Final = 10 * MINUTE_MS
#: So many wait at most; what comes then is not kept.
MOST: Final = 500


class EarlyReceiptQueries:
    """Those rows, for reading."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def list_matched(self, limit: int) -> list[int]:
        """List the numbers of those whose attempt is stored by now, in the order in which they came."""
        require_everything(self._scope)
        query = select(_early.c.id).where(_has_attempt()).order_by(_early.c.id).limit(limit)
        return list(self._connection.scalars(query))

    def has_late(self, now: int) -> bool:
        """Whether one has waited in vain at `now` (epoch ms)."""
        require_everything(self._scope)
        return bool(self._connection.scalar(select(exists().where(_is_late(now)))))


class EarlyReceipts(EarlyReceiptQueries):
    """Those rows, for writing."""

    def keep(self, receipt: ProviderReceipt, answer: FamilyReply | None, now: int) -> bool:
        """Keep one at `now` (epoch ms), once however often it comes; False where too many wait.

        Args:
            receipt: What the provider says.
            answer: What the pressed key means; None for nothing.
            now: By the database's clock.
        """
        require_everything(self._scope)
        if (self._connection.scalar(select(func.count()).select_from(_early)) or 0) >= MOST:
            return False
        row = {"reference": receipt.reference, "arrival": receipt.arrival.value, "code": receipt.code, "key": receipt.key}
        row |= {"answer": "" if answer is None else answer.value}
        self._connection.execute(insert_into(self._connection, _early).values(**row, at=now).on_conflict_do_nothing())
        return True

    def take(self, number: int) -> tuple[ProviderReceipt, FamilyReply | None] | None:
        """Take one out, with what its key means; None where somebody else has."""
        require_everything(self._scope)
        columns = (_early.c.reference, _early.c.arrival, _early.c.code, _early.c.key, _early.c.answer)
        row = self._connection.execute(delete(_early).where(_early.c.id == number).returning(*columns)).first()
        if row is None:
            return None
        receipt = ProviderReceipt(row.reference, MessageProof(row.arrival), row.code, row.key)
        return receipt, FamilyReply(row.answer) if row.answer else None

    def drop_late(self, now: int) -> int:
        """Drop those that have waited in vain at `now` (epoch ms); returns how many."""
        require_everything(self._scope)
        return self._connection.execute(delete(_early).where(_is_late(now))).rowcount


def _has_attempt() -> ColumnElement[bool]:
    return exists(select(_delivery.c.id).where(_delivery.c.reference == _early.c.reference))


def _is_late(now: int) -> ColumnElement[bool]:
    # kept by a clock that has been corrected since, it would wait for ever
    return or_(_early.c.at <= now - KEPT_MS, _early.c.at > now + TOLERANCE_MS) & ~_has_attempt()
