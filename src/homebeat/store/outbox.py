"""Notices to send: committed with their cause, claimed for one attempt at a time, never forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from homebeat.domain.ids import AlertId, ContactId
from homebeat.domain.instants import TOLERANCE_MS
from homebeat.store import tables
from homebeat.store.chunks import chunks
from homebeat.store.database import insert_into
from homebeat.store.rows import Attempt, Leased, OutboxState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from homebeat.domain.notice import Notice

_outbox = tables.outbox
_delivery = tables.delivery


class Outbox:
    """The outbox, for writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, notices: Sequence[Notice], now: int) -> int:
        """Put in those that are new; returns how many.

        They are due at once. `now` is the database's clock (epoch ms); the time of their cause is the engine's.
        """
        if not notices:
            return 0
        ranks = self._ranks({notice.alert_id for notice in notices})
        rows = [_row(notice, ranks[notice.alert_id], now) for notice in notices]
        statement = insert_into(self._connection, _outbox).on_conflict_do_nothing(index_elements=["id"])
        statement = statement.execution_options(preserve_rowcount=True)
        return self._connection.execute(statement, rows).rowcount

    def claim(self, now: int, owner: str, limit: int, lease_ms: int) -> list[Leased]:
        """Take due notices, and those whose lease ran out, for one attempt: most urgent first, then longest due.

        A due time or a lease that was set in the future, by a clock that has been corrected since, does not hold.

        Args:
            now: Epoch ms, by the database's clock.
            owner: Who takes them; `settle` must name the same.
            limit: How many at most.
            lease_ms: After this long without `settle` somebody else may take them.
        """
        is_unfounded = _outbox.c.set_at > now + TOLERANCE_MS
        takeable = or_(_outbox.c.state == "pending", _outbox.c.lease_until <= now, is_unfounded)
        due = (
            select(_outbox.c.id)
            .where(tables.WAITING, or_(_outbox.c.due_at <= now, is_unfounded), takeable)
            .order_by(_outbox.c.priority_rank, _outbox.c.due_at, _outbox.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        statement = (
            update(_outbox)
            .where(_outbox.c.id.in_(due))
            .values(state="leased", lease_until=now + lease_ms, lease_owner=owner, set_at=now)
            .returning(_outbox)
        )
        rows = self._connection.execute(statement).mappings().all()
        channels = self._channels({row["contact"] for row in rows})
        rows = sorted(rows, key=lambda row: (row["priority_rank"], row["due_at"], row["id"]))
        return [_leased(row, channels.get(row["contact"], [])) for row in rows]

    def settle(self, notice_id: str, owner: str, attempt: Attempt) -> OutboxState | None:
        """Write how an attempt ended, and where the notice stands now.

        Returns:
            DELIVERED, SUPERSEDED, PENDING (again at `attempt.next_due_at`) or DEAD; None, and nothing written, when the
            lease has gone to somebody else.
        """
        state = _state_after(attempt)
        values: dict[str, Any] = {
            "state": state.value,
            "attempts": _outbox.c.attempts + 1,
            "lease_until": None,
            "lease_owner": None,
            "last_error": attempt.error,
        }
        if state is OutboxState.PENDING:
            values |= {"due_at": attempt.next_due_at, "set_at": attempt.at}
        mine = and_(_outbox.c.id == notice_id, _outbox.c.state == "leased", _outbox.c.lease_owner == owner)
        number = self._connection.scalar(update(_outbox).where(mine).values(values).returning(_outbox.c.attempts))
        if number is None:
            return None
        self._connection.execute(
            insert(_delivery).values(
                outbox_id=notice_id,
                attempt=number,
                at=attempt.at,
                duration_ms=attempt.duration_ms,
                ok=attempt.ok,
                status=attempt.status,
                error=attempt.error,
                next_due_at=attempt.next_due_at,
            )
        )
        return state

    def release(self, notice_ids: Sequence[str], owner: str) -> int:
        """Give claimed notices back unattempted, so that somebody else need not wait for the lease; returns how many."""
        freed = 0
        for some in chunks(notice_ids):
            mine = and_(_outbox.c.id.in_(some), _outbox.c.state == "leased", _outbox.c.lease_owner == owner)
            statement = update(_outbox).where(mine).values(state="pending", lease_until=None, lease_owner=None)
            freed += self._connection.execute(statement).rowcount
        return freed

    def told(self, alert: AlertId) -> list[tuple[ContactId, str, int]]:
        """The (contact, channel kind, channel index) that got, or will get, a notice of this alert."""
        columns = (_outbox.c.contact, _outbox.c.channel_kind, _outbox.c.channel_index)
        query = select(*columns).where(_outbox.c.alert_id == alert).distinct().order_by(*columns)
        return [(ContactId(row[0]), row[1], row[2]) for row in self._connection.execute(query)]

    def _ranks(self, alerts: set[AlertId]) -> dict[str, int]:
        table = tables.alert
        found: dict[str, int] = {}
        for some in chunks(alerts):
            query = select(table.c.id, table.c.priority_rank).where(table.c.id.in_(some))
            found.update((row.id, row.priority_rank) for row in self._connection.execute(query))
        return found

    def _channels(self, contacts: set[str]) -> dict[str, list[dict[str, Any]]]:
        table = tables.contact
        found: dict[str, list[dict[str, Any]]] = {}
        for some in chunks(contacts):
            query = select(table.c.id, table.c.channels).where(table.c.id.in_(some), table.c.retired_at.is_(None))
            found.update((row.id, row.channels) for row in self._connection.execute(query))
        return found


def _row(notice: Notice, rank: int, now: int) -> dict[str, Any]:
    return {
        "id": notice.id,
        "alert_id": notice.alert_id,
        "contact": notice.contact,
        "channel_kind": notice.channel_kind,
        "channel_index": notice.channel_index,
        "event": notice.event,
        "payload": dict(notice.payload),
        "priority_rank": rank,
        "created_at": notice.created_at,
        "due_at": now,
        "set_at": now,
        "attempts": 0,
        "state": "pending",
        "last_error": "",
    }


def _state_after(attempt: Attempt) -> OutboxState:
    if attempt.superseded:
        return OutboxState.SUPERSEDED
    if attempt.ok:
        return OutboxState.DELIVERED
    return OutboxState.DEAD if attempt.next_due_at is None else OutboxState.PENDING


def _leased(row: RowMapping, channels: list[dict[str, Any]]) -> Leased:
    index = row["channel_index"]
    has_it = index < len(channels) and channels[index]["kind"] == row["channel_kind"]
    return Leased(
        id=row["id"],
        alert_id=AlertId(row["alert_id"]),
        contact=ContactId(row["contact"]),
        channel_kind=row["channel_kind"],
        channel_index=index,
        channel_params=channels[index]["params"] if has_it else None,
        event=row["event"],
        payload=row["payload"],
        created_at=row["created_at"],
        due_at=row["due_at"],
        attempts=row["attempts"],
        lease_until=row["lease_until"],
    )
