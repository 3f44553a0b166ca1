"""Reads notices and deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, and_, case, exists, func, or_, select

from homebeat.domain.channel import TEST_EVENT
from homebeat.domain.ids import AlertId, ContactId
from homebeat.domain.instants import TOLERANCE_MS
from homebeat.domain.message_proof import MessageProof
from homebeat.domain.quiet_hours import QuietHours
from homebeat.domain.scope import Scope
from homebeat.store.base import cursors
from homebeat.store.base.among import match_any
from homebeat.store.base.cursors import INT8, Page
from homebeat.store.home import tables as home_tables
from homebeat.store.notice import tables
from homebeat.store.notice.chains import has_arrived_before
from homebeat.store.notice.endpoints import load_quiet_hours, load_ways
from homebeat.store.notice.quiet import find_quiet_ends
from homebeat.store.notice.values import ChannelAttempt, DeliveryEntry, MessageEntry, OutboxHealth, OutboxState
from homebeat.store.scoping import narrow, require_everything

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, RowMapping, TextClause

    from homebeat.domain.notice import Recipient
    from homebeat.store.notice.values import Leased, Shares

_outbox, _delivery = tables.outbox, tables.delivery


def match_claimable(now: int) -> tuple[ColumnElement[bool] | TextClause, ...]:
    """Make conditions: a notice is due at `now` (epoch ms), and nobody holds it."""
    is_unfounded = _outbox.c.set_at > now + TOLERANCE_MS
    is_free = or_(_outbox.c.lease_until.is_(None), _outbox.c.lease_until <= now, is_unfounded)
    return tables.WAITING, or_(_outbox.c.due_at <= now, is_unfounded), is_free


class OutboxQueries:
    """The outbox, for reading."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def list_deliveries(self, limit: int = 50, cursor: str | None = None, alert: AlertId | None = None) -> Page[DeliveryEntry]:
        """List delivery attempts, newest first; of one alert where given."""
        notice = (_outbox.c.alert_id, _outbox.c.contact, _outbox.c.channel_kind, _outbox.c.event, _outbox.c.state)
        query = select(_delivery, *notice).join(_outbox, _outbox.c.id == _delivery.c.outbox_id)
        query = narrow(query, _outbox.c.alert_id, self._scope)
        query = query.order_by(_delivery.c.id.desc()).limit(limit + 1)
        if alert is not None:
            query = query.where(_outbox.c.alert_id == alert)
        if cursor is not None:
            (before,) = cursors.read(cursor, INT8)
            query = query.where(_delivery.c.id < before)
        entries = [_make_delivery_entry(row) for row in self._connection.execute(query).mappings()]
        return cursors.make_page(entries, limit, lambda entry: (entry.id,))

    def list_messages(self, alert: AlertId, limit: int) -> list[MessageEntry]:
        """List the messages about an alert, the newest first, each with its last attempt."""
        last = and_(_delivery.c.outbox_id == _outbox.c.id, _delivery.c.attempt == _outbox.c.attempts)
        tried = (_delivery.c.at, _delivery.c.arrival, _delivery.c.arrived_at, _delivery.c.arrival_code)
        query = select(_outbox, *tried).outerjoin(_delivery, last)
        query = narrow(query.where(_outbox.c.alert_id == alert), _outbox.c.alert_id, self._scope)
        rows = self._connection.execute(query.order_by(_outbox.c.created_at.desc(), _outbox.c.place, _outbox.c.id).limit(limit))
        return [_make_message_entry(row) for row in rows.mappings()]

    def list_tests(self, notices: Sequence[str]) -> list[MessageEntry]:
        """List the test messages with these ids, in the order of channels; those to people of the scope."""
        last = and_(_delivery.c.outbox_id == _outbox.c.id, _delivery.c.attempt == _outbox.c.attempts)
        tried = (_delivery.c.at, _delivery.c.arrival, _delivery.c.arrived_at, _delivery.c.arrival_code)
        query = select(_outbox, *tried).outerjoin(_delivery, last)
        query = query.where(match_any(_outbox.c.id, notices), _outbox.c.event == TEST_EVENT, self._match_recipient())
        rows = self._connection.execute(query.order_by(_outbox.c.contact, _outbox.c.channel_index))
        return [_make_message_entry(row) for row in rows.mappings()]

    def _match_recipient(self) -> ColumnElement[bool]:
        """Make a condition: whoever a notice goes to is a contact or a responder of the scope."""
        contact, responder = home_tables.contact, home_tables.responder
        of_home = narrow(select(contact.c.id), contact.c.household, self._scope).where(contact.c.id == _outbox.c.contact)
        of_staff = narrow(select(responder.c.id), responder.c.id, self._scope).where("/" + responder.c.id == _outbox.c.contact)
        return or_(of_home.exists(), of_staff.exists())

    def list_last_attempts(self, since: int, most: int) -> list[ChannelAttempt]:
        """List the attempts since an instant (epoch ms), of the last `most` that were made."""
        newest = narrow(select(_delivery.c.id), _delivery.c.outbox_id, self._scope)
        last = self._connection.scalar(newest.order_by(_delivery.c.id.desc()).limit(1)) or 0
        of = (_delivery.c.at, _delivery.c.ok, _delivery.c.error, _delivery.c.arrival, _outbox.c.channel_kind)
        query = select(*of).join(_outbox, _outbox.c.id == _delivery.c.outbox_id)
        query = narrow(query.where(_delivery.c.id > last - most, _delivery.c.at >= since), _outbox.c.alert_id, self._scope)
        return [
            ChannelAttempt(
                row.channel_kind,
                row.at,
                row.ok,
                row.ok and bool(row.error),
                row.error,
                None if row.arrival is None else MessageProof(row.arrival),
            )
            for row in self._connection.execute(query)
        ]

    def count_messages(self, alert: AlertId) -> int:
        """Count the messages about an alert."""
        query = select(func.count()).select_from(_outbox).where(_outbox.c.alert_id == alert)
        return int(self._connection.scalar(narrow(query, _outbox.c.alert_id, self._scope)) or 0)

    def find_ways(self, contacts: Iterable[ContactId]) -> dict[ContactId, list[Recipient]]:
        """Find the channels of contacts and responders who are not retired, in order."""
        ways = load_ways(self._connection, contacts, self._scope)
        return {ContactId(who): [(ContactId(who), kind, index) for index, (kind, _) in enumerate(of)] for who, of in ways.items()}

    def find_quiet_hours(self, contacts: Iterable[ContactId]) -> dict[ContactId, QuietHours]:
        """Find the quiet hours of those contacts and responders who have some."""
        found = load_quiet_hours(self._connection, contacts, self._scope)
        return {ContactId(who): hours for who, hours in found.items()}

    def find_quiet_end(self, notice: Leased, now: int) -> int | None:
        """Find when the quiet hours end in which a message would be sent at `now` (epoch ms); None where it need not wait."""
        message = (notice.id, notice.contact, notice.alert_id, notice.priority_rank)
        return find_quiet_ends(self._connection, self._scope, [message], now).get(notice.id)

    def has_later(self, notice: Leased, event: str) -> bool:
        """Whether a later notice of `event`, not given up on, goes to the same channel about the same alert.

        For a channel that was to be used where another brings nothing: to any channel of the same contact. In the same
        millisecond an opening counts as the earlier one, whatever the other is.
        """
        require_everything(self._scope)
        when = _outbox.c.created_at
        channel = (_outbox.c.channel_kind == notice.channel_kind, _outbox.c.channel_index == notice.channel_index)
        same = and_(
            _outbox.c.alert_id == notice.alert_id,
            _outbox.c.contact == notice.contact,
            *(() if notice.place else channel),
            _outbox.c.event == event,
            _outbox.c.state != OutboxState.DEAD.value,
            when >= notice.created_at if notice.event == "alert.opened" else when > notice.created_at,
        )
        return bool(self._connection.scalar(select(exists().where(same))))

    def has_arrived_before(self, notice: Leased) -> bool:
        """Whether one of the recipient's channels before this one has brought the message."""
        return has_arrived_before(self._connection, notice, self._scope)

    def find_due(self, now: int, limit: int, shares: Shares) -> list[str]:
        """Find the notices that a claim at `now` (epoch ms) may take: most urgent first, then longest due, within the shares.

        The index `ix_outbox_endpoint` has each endpoint's notices in that order, and every column used here but `attempts`.
        """
        require_everything(self._scope)
        order = (_outbox.c.priority_rank, _outbox.c.due_at, _outbox.c.id)
        nth = func.row_number().over(partition_by=_outbox.c.endpoint, order_by=order).label("nth")
        query = select(*order, _outbox.c.endpoint, nth).where(*match_claimable(now))
        if shares.full:
            query = query.where(_outbox.c.endpoint.not_in(shares.full))
        if shares.first_only:
            query = query.where(_outbox.c.attempts == 0)
        found = query.subquery()
        most = case((found.c.endpoint.in_(shares.answering), shares.answering_each), else_=shares.each)
        wanted = select(found.c.id).where(found.c.nth <= most).order_by(found.c.priority_rank, found.c.due_at, found.c.id)
        return list(self._connection.scalars(wanted.limit(limit)))

    def read_health(self) -> OutboxHealth:
        """Read how many notices wait or are dead, and since when the oldest is due."""
        waits = narrow(select(func.count(), func.min(_outbox.c.due_at)).where(tables.WAITING), _outbox.c.alert_id, self._scope)
        waiting = self._connection.execute(waits).one()
        died = narrow(select(func.count()).select_from(_outbox).where(tables.DEAD), _outbox.c.alert_id, self._scope)
        dead = self._connection.scalar(died) or 0
        return OutboxHealth(waiting[0], dead, waiting[1])


def _make_message_entry(row: RowMapping) -> MessageEntry:
    return MessageEntry(
        ContactId(row["contact"]),
        row["channel_kind"],
        row["event"],
        OutboxState(row["state"]),
        row["created_at"],
        row["attempts"],
        row["at"],
        None if row["arrival"] is None else MessageProof(row["arrival"]),
        row["arrived_at"],
        row["arrival_code"] or "",
        row["channel_index"],
        row["last_error"],
    )


def _make_delivery_entry(row: RowMapping) -> DeliveryEntry:
    return DeliveryEntry(
        row["id"],
        row["outbox_id"],
        None if row["alert_id"] is None else AlertId(row["alert_id"]),
        ContactId(row["contact"]),
        row["channel_kind"],
        row["event"],
        OutboxState(row["state"]),
        row["attempt"],
        row["at"],
        row["duration_ms"],
        row["ok"],
        row["status"],
        row["error"],
        row["next_due_at"],
        None if row["arrival"] is None else MessageProof(row["arrival"]),
        row["arrived_at"],
        row["arrival_code"],
    )
