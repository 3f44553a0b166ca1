"""What providers say became of messages that they had accepted: kept with the attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, bindparam, select, update

from homebeat.domain.durations import HOUR_MS, MINUTE_MS
from homebeat.domain.message_proof import MessageProof, ProviderReceipt
from homebeat.domain.scope import Scope
from homebeat.store.notice import tables
from homebeat.store.notice.endpoints import load_channels
from homebeat.store.notice.values import AskedMessage, OutboxState
from homebeat.store.notice.writes import make_leased
from homebeat.store.scoping import require_everything

if TYPE_CHECKING:
    from homebeat.store.notice.values import Leased
    from homebeat.store.sealing.owner_keys import OwnerKeys

_outbox, _delivery = tables.outbox, tables.delivery


#: A provider is asked so long after it accepted a message at the earliest, then again; after the last it is asked no more.
ASK_AFTER_MS: Final = (45_000, 3 * MINUTE_MS, 10 * MINUTE_MS, HOUR_MS)


class Arrivals:
    """Arrivals, for writing."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def take_asked(self, now: int, limit: int) -> list[AskedMessage]:
        """Take messages for which a provider is to be asked at `now` (epoch ms), the longest due first.

        Each has its next turn already when this commits, so that one that is lost is asked again. Who takes them at the same time
        gets others.
        """
        require_everything(self._scope)
        due = select(_delivery.c.id, _delivery.c.outbox_id, _delivery.c.reference, _delivery.c.at)
        due = due.where(_delivery.c.ask_at <= now).order_by(_delivery.c.ask_at).limit(limit).with_for_update(skip_locked=True)
        rows = self._connection.execute(due).all()
        if not rows:
            return []
        turns = [{"of": row.id, "next_at": find_next_ask(row.at, now)} for row in rows]
        again = update(_delivery).where(_delivery.c.id == bindparam("of")).values(ask_at=bindparam("next_at"))
        self._connection.execute(again, turns)
        notices = self._connection.execute(select(_outbox).where(_outbox.c.id.in_([row.outbox_id for row in rows]))).mappings()
        by_id = {row["id"]: row for row in notices}
        reaches = load_channels(self._connection, self._keys, {row["contact"] for row in by_id.values()}, self._scope)
        leased = {name: make_leased(row, reaches.get(row["contact"])) for name, row in by_id.items()}
        return [AskedMessage(leased[row.outbox_id], row.reference or "", row.at) for row in rows]

    def has(self, reference: str) -> bool:
        """Whether a message of ours has this name at its provider."""
        require_everything(self._scope)
        return self._connection.scalar(select(_delivery.c.id).where(_delivery.c.reference == reference).limit(1)) is not None

    def enter(self, receipt: ProviderReceipt, now: int) -> Leased | None:
        """Keep a receipt with its attempt. Whoever enters one of the same attempt waits for this transaction.

        Args:
            receipt: What the provider says.
            now: By the database's clock, epoch ms.

        Returns:
            The notice, without its address. None where nothing of ours has that name, or as much was known before.
        """
        require_everything(self._scope)
        named = select(_delivery.c.id, _delivery.c.outbox_id, _delivery.c.arrival).where(
            _delivery.c.reference == receipt.reference, _delivery.c.arrival.is_not(None)
        )
        attempt = self._connection.execute(named.order_by(_delivery.c.id.desc()).limit(1).with_for_update()).first()
        if attempt is None or not receipt.arrival.follows(MessageProof(attempt.arrival)):
            return None
        values = {"arrival": receipt.arrival.value, "arrived_at": now, "arrival_code": receipt.code, "ask_at": None}
        self._connection.execute(update(_delivery).where(_delivery.c.id == attempt.id).values(values))
        row = self._connection.execute(select(_outbox).where(_outbox.c.id == attempt.outbox_id)).mappings().one()
        return make_leased(row, None)

    def give_up(self, notice: Leased, why: str) -> bool:
        """Make a notice that its provider had accepted a dead letter; False where it is one already, or was not accepted."""
        require_everything(self._scope)
        accepted = (_outbox.c.id == notice.id, _outbox.c.state == OutboxState.DELIVERED.value)
        values = {"state": OutboxState.DEAD.value, "last_error": why}
        return self._connection.execute(update(_outbox).where(*accepted).values(values)).rowcount > 0


def find_next_ask(at: int, now: int) -> int | None:
    """Find when to ask again about a message that was accepted at `at`; None for not any more. Epoch ms."""
    return next((at + after for after in ASK_AFTER_MS if at + after > now), None)
