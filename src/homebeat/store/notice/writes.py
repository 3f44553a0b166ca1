"""Writes notices: committed with their cause, claimed for one attempt at a time, never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from homebeat.domain.alert import Priority
from homebeat.domain.channel import is_for_contact
from homebeat.domain.fleet import USUAL_LANGUAGE
from homebeat.domain.follow_up import FOLLOW_UP_EVENT
from homebeat.domain.ids import AlertId, ContactId
from homebeat.domain.message_proof import MessageProof
from homebeat.domain.notice import COMMAND
from homebeat.domain.quiet_hours import PUT_OFF
from homebeat.domain.response_plan import is_call_for_help
from homebeat.domain.scope import Scope
from homebeat.store.alert import tables as alert_tables
from homebeat.store.base.among import match_any
from homebeat.store.base.bulk import write_columns
from homebeat.store.base.chunks import split_chunks
from homebeat.store.home import tables as home_tables
from homebeat.store.notice import tables
from homebeat.store.notice.endpoints import Reach, find_params, find_stored_endpoint, load_channels, load_devices, load_ways
from homebeat.store.notice.quiet import find_quiet_ends
from homebeat.store.notice.reads import OutboxQueries, match_claimable
from homebeat.store.notice.values import UNLIMITED, Attempt, Leased, OutboxState, Shares
from homebeat.store.scoping import narrow, require_everything

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import RowMapping

    from homebeat.domain.notice import Notice, Recipient
    from homebeat.store.sealing.owner_keys import OwnerKeys

_outbox = tables.outbox
_delivery = tables.delivery


class Outbox:
    """The outbox, for writing."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def add(self, notices: Sequence[Notice], now: int) -> int:
        """Add those that are new; returns how many.

        They are due at once, or so long after as they say; what can wait is due when the quiet hours of its recipient end. `now`
        is the database's clock (epoch ms); the time of their cause is the engine's.
        """
        if not notices:
            return 0
        ranks = self._read_ranks({notice.alert_id for notice in notices if notice.alert_id is not None})
        ways = load_ways(self._connection, {notice.contact for notice in notices}, self._scope)
        messages = ((one.id, one.contact, one.alert_id, _find_rank(one, ranks)) for one in notices)
        waits = find_quiet_ends(self._connection, self._scope, messages, now)
        rows = [
            _make_row(notice, _find_rank(notice, ranks), now, ways.get(notice.contact, []), waits.get(notice.id))
            for notice in notices
        ]
        return write_columns(self._connection, _outbox, {name: [row[name] for row in rows] for name in rows[0]}, keeps="id")

    def claim(self, now: int, owner: str, limit: int, lease_ms: int, shares: Shares = UNLIMITED) -> list[Leased]:
        """Take due notices, and those whose lease ran out, for one attempt: most urgent first, then longest due.

        A due time or a lease that was set in the future, by a clock that has been corrected since, does not hold.

        Args:
            now: Epoch ms, by the database's clock.
            owner: Who claims them; `settle` must name the same.
            limit: How many at most.
            lease_ms: After this long without `settle` somebody else may claim them.
            shares: How many of one endpoint.
        """
        return self.take(OutboxQueries(self._connection, self._scope).find_due(now, limit, shares), now, owner, lease_ms)

    def take(self, notices: Sequence[str], now: int, owner: str, lease_ms: int) -> list[Leased]:
        """Claim those of these notices that are still free: as `claim`, for a caller who has found them before."""
        require_everything(self._scope)
        rows: list[RowMapping] = []
        for some in split_chunks(notices):
            free = (
                select(_outbox.c.id).where(match_any(_outbox.c.id, some), *match_claimable(now)).with_for_update(skip_locked=True)
            )
            values = {"state": "leased", "lease_until": now + lease_ms, "lease_owner": owner, "set_at": now}
            rows += self._connection.execute(
                update(_outbox).where(_outbox.c.id.in_(free)).values(values).returning(_outbox)
            ).mappings()
        devices = {row["contact"] for row in rows if row["channel_kind"] == COMMAND}
        people = {row["contact"] for row in rows if row["channel_kind"] != COMMAND}
        reaches = load_channels(self._connection, self._keys, people, self._scope)
        reaches |= load_devices(self._connection, devices, self._scope)
        rows = sorted(rows, key=lambda row: (row["priority_rank"], row["due_at"], row["id"]))
        return [make_leased(row, reaches.get(row["contact"])) for row in rows]

    def settle(self, notice_id: str, owner: str, attempt: Attempt) -> OutboxState | None:
        """Write how an attempt ended, and the new state of the notice.

        Returns:
            DELIVERED, SUPERSEDED, PENDING (again at `attempt.next_due_at`) or DEAD; None, and nothing written, when the
            lease belongs to somebody else.
        """
        state = _choose_state(attempt)
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
                reference=attempt.reference or None,
                arrival=MessageProof.AWAITED.value if attempt.ok and attempt.awaits_proof else None,
                ask_at=attempt.ask_at,
            )
        )
        return state

    def release(self, notice_ids: Sequence[str], owner: str) -> int:
        """Give claimed notices back without an attempt, so that nobody waits for the end of the lease; returns how many."""
        freed = 0
        for some in split_chunks(notice_ids):
            mine = and_(match_any(_outbox.c.id, some), _outbox.c.state == "leased", _outbox.c.lease_owner == owner)
            statement = update(_outbox).where(mine).values(state="pending", lease_until=None, lease_owner=None)
            freed += self._connection.execute(statement).rowcount
        return freed

    def put_off(self, notice_id: str, owner: str, due_at: int, now: int, reason: str) -> bool:
        """Put a claimed notice off without an attempt, with the reason; False where somebody else has the lease."""
        mine = and_(_outbox.c.id == notice_id, _outbox.c.state == "leased", _outbox.c.lease_owner == owner)
        values = {
            "state": "pending",
            "lease_until": None,
            "lease_owner": None,
            "due_at": due_at,
            "set_at": now,
            "last_error": reason,
        }
        return self._connection.execute(update(_outbox).where(mine).values(values)).rowcount > 0

    def find_ways(self, contacts: Iterable[ContactId]) -> dict[ContactId, list[Recipient]]:
        """As `OutboxQueries.find_ways`."""
        return OutboxQueries(self._connection, self._scope).find_ways(contacts)

    def find_recipients(self, alert: AlertId) -> list[Recipient]:
        """Find the (contact, channel kind, channel index) that got, or will get, a notice of this alert, and want more.

        A channel that was to be used only where another brings nothing counts once it was used.
        """
        columns = (_outbox.c.contact, _outbox.c.channel_kind, _outbox.c.channel_index)
        query = narrow(select(*columns).where(_outbox.c.alert_id == alert), _outbox.c.alert_id, self._scope)
        is_unused = or_(and_(_outbox.c.state == "pending", _outbox.c.attempts == 0), _outbox.c.state == "superseded")
        query = query.where(or_(_outbox.c.place == 0, ~is_unused))
        contact = home_tables.contact
        wants_none = or_(contact.c.stopped_at.is_not(None), contact.c.is_resident)  # who was asked is told of no closing
        left_out = select(contact.c.id).where(contact.c.id == _outbox.c.contact, wants_none)
        query = query.where(~narrow(left_out, contact.c.household, self._scope).exists()).distinct().order_by(*columns)
        return [(ContactId(row[0]), row[1], row[2]) for row in self._connection.execute(query)]

    def _read_ranks(self, alerts: set[AlertId]) -> dict[AlertId, int]:
        """Read how urgent messages about alerts are: a call for help goes as what is critical, whatever its alert is."""
        table = alert_tables.alert
        columns = (table.c.id, table.c.priority_rank, table.c.rule)
        found: dict[AlertId, int] = {}
        for some in split_chunks(alerts):
            query = narrow(select(*columns).where(match_any(table.c.id, some)), table.c.area, self._scope)
            for row in self._connection.execute(query):
                found[AlertId(row.id)] = Priority.CRITICAL.rank if is_call_for_help(row.rule) else row.priority_rank
        return found


def _find_rank(notice: Notice, ranks: Mapping[AlertId, int]) -> int:
    # a question about a closed case can wait, however urgent that was
    return Priority.LOW.rank if notice.alert_id is None or notice.event == FOLLOW_UP_EVENT else ranks[notice.alert_id]


def _make_row(notice: Notice, rank: int, now: int, ways: list[tuple[str, str]], waits_until: int | None) -> dict[str, Any]:
    return {
        "id": notice.id,
        "alert_id": notice.alert_id,
        "contact": notice.contact,
        "channel_kind": notice.channel_kind,
        "channel_index": notice.channel_index,
        "endpoint": find_stored_endpoint(ways, notice.channel_kind, notice.channel_index),
        "event": notice.event,
        "payload": dict(notice.payload),
        "priority_rank": rank,
        "created_at": notice.created_at,
        "due_at": (now if waits_until is None else waits_until) + notice.after_ms,
        "set_at": now,
        "attempts": 0,
        "state": "pending",
        "last_error": "" if waits_until is None else PUT_OFF,
        "chain": notice.chain,
        "place": notice.place or 0,
    }


def _choose_state(attempt: Attempt) -> OutboxState:
    if attempt.superseded:
        return OutboxState.SUPERSEDED
    if attempt.ok:
        return OutboxState.DELIVERED
    return OutboxState.DEAD if attempt.next_due_at is None else OutboxState.PENDING


def make_leased(row: RowMapping, reach: Reach | None) -> Leased:
    """Make a notice of its row, and how its recipient can be reached; None for not at all."""
    return Leased(
        id=row["id"],
        alert_id=None if row["alert_id"] is None else AlertId(row["alert_id"]),
        contact=ContactId(row["contact"]),
        channel_kind=row["channel_kind"],
        channel_index=row["channel_index"],
        channel_params=find_params(reach.channels if reach else (), row["channel_kind"], row["channel_index"]),
        event=row["event"],
        payload=row["payload"],
        created_at=row["created_at"],
        due_at=row["due_at"],
        attempts=row["attempts"],
        lease_until=row["lease_until"] or 0,
        endpoint=row["endpoint"],
        priority_rank=row["priority_rank"],
        is_retired=reach is None and is_for_contact(row["channel_kind"]),
        language=reach.language if reach else USUAL_LANGUAGE,
        chain=row["chain"] or "",
        place=row["place"],
    )
