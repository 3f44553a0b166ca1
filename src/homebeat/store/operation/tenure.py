"""Stores the lease: the right to write the log. One row says who holds it, its epoch and its end, by the database's clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, and_, func, or_, select, true, update

from homebeat.domain.errors import Fenced
from homebeat.domain.instants import TOLERANCE_MS
from homebeat.store.operation.clock import express_clock
from homebeat.store.operation.tables import tenure as _tenure

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

#: PostgreSQL's time limit for one transaction of the holder. It is shorter than the lease, so that a stopped one keeps no locks.
_LIMITS: Final = (
    func.set_config("idle_in_transaction_session_timeout", "4s", true()),
    func.set_config("statement_timeout", "30s", true()),
)


@dataclass(frozen=True, slots=True)
class Fence:
    """The proof of the lease, with which each writing transaction of the watch begins.

    Attributes:
        owner: Who holds the lease; unique to a process.
        epoch: The number of the lease; each take-over has the next one.
        lease_ms: For how long each transaction renews the lease.
    """

    owner: str
    epoch: int
    lease_ms: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lease, its epoch, and for how many more milliseconds; 0 when it has ended."""

    owner: str
    epoch: int
    left_ms: int


class Tenures:
    """The lease, for writing. Each statement compares and sets at once; PostgreSQL checks again after it waited for a lock."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._now = express_clock(connection)

    def renew(self, fence: Fence) -> None:
        """Renew the lease: the first statement of a transaction. The transaction then commits for the holder or not at all.

        Raises:
            Fenced: Somebody else has taken over.
        """
        mine = and_(_tenure.c.owner == fence.owner, _tenure.c.epoch == fence.epoch)
        renewed = update(_tenure).where(mine).values(self._set_end(fence.lease_ms))
        is_sqlite = self._connection.dialect.name == "sqlite"
        found = self._connection.execute(renewed.returning(_tenure.c.epoch, *(() if is_sqlite else _LIMITS))).first()
        if found is None:
            raise Fenced(f"another watch has taken over: {self.find_holder().owner} holds the lease now")

    def take(self, owner: str, lease_ms: int, *, instead_of: int | None = None) -> Fence | None:
        """Take the lease if it has ended, or is the owner's own; None, and nothing changes, while another holds it.

        Args:
            owner: Who takes it; unique to a process.
            lease_ms: For how long.
            instead_of: The epoch of a holder who is known to be dead: the lease is then taken even if it has not ended.
        """
        # one that was renewed in the future is of a clock that ran ahead: its end says nothing
        is_over = or_(
            _tenure.c.lease_until <= self._now, _tenure.c.renewed_at > self._now + TOLERANCE_MS, _tenure.c.owner == owner
        )
        if instead_of is not None:
            is_over = or_(is_over, _tenure.c.epoch == instead_of)
        values = {"owner": owner, "epoch": _tenure.c.epoch + 1, **self._set_end(lease_ms)}
        epoch = self._connection.scalar(update(_tenure).where(is_over).values(values).returning(_tenure.c.epoch))
        return None if epoch is None else Fence(owner, epoch, lease_ms)

    def end(self, fence: Fence) -> None:
        """Give the lease back, so that the next start need not wait. Nothing happens where this fence does not hold it."""
        mine = and_(_tenure.c.owner == fence.owner, _tenure.c.epoch == fence.epoch)
        self._connection.execute(update(_tenure).where(mine).values(renewed_at=self._now, lease_until=self._now))

    def find_holder(self) -> Holder:
        """Find who holds the lease."""
        left = _tenure.c.lease_until - self._now
        row = self._connection.execute(select(_tenure.c.owner, _tenure.c.epoch, left.label("left"))).one()
        return Holder(row.owner, row.epoch, max(0, int(row.left)))

    def _set_end(self, lease_ms: int) -> dict[str, Any]:
        now: ColumnElement[int] = self._now
        return {"renewed_at": now, "lease_until": now + lease_ms}
