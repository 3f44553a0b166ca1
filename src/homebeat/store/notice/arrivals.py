"""What providers say became of messages that they had accepted: kept with the attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select, update

from homebeat.domain.message_proof import MessageProof, ProviderReceipt
from homebeat.domain.scope import Scope
from homebeat.store.notice import tables
from homebeat.store.notice.values import OutboxState
from homebeat.store.notice.writes import make_leased
from homebeat.store.scoping import require_everything

if TYPE_CHECKING:
    from homebeat.store.notice.values import Leased

_outbox, _delivery = tables.outbox, tables.delivery


class Arrivals:
    """Arrivals, for writing."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

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
        values = {"arrival": receipt.arrival.value, "arrived_at": now, "arrival_code": receipt.code}
        self._connection.execute(update(_delivery).where(_delivery.c.id == attempt.id).values(values))
        row = self._connection.execute(select(_outbox).where(_outbox.c.id == attempt.outbox_id)).mappings().one()
        return make_leased(row, None)

    def give_up(self, notice: Leased, why: str) -> bool:
        """Make a notice that its provider had accepted a dead letter; False where it is one already, or was not accepted."""
        require_everything(self._scope)
        accepted = (_outbox.c.id == notice.id, _outbox.c.state == OutboxState.DELIVERED.value)
        values = {"state": OutboxState.DEAD.value, "last_error": why}
        return self._connection.execute(update(_outbox).where(*accepted).values(values)).rowcount > 0
