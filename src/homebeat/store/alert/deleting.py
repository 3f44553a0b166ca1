"""Deletes alerts with all that follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, select

from homebeat.store.access import tables as access_tables
from homebeat.store.alert import tables
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.duty import tables as duty_tables
from homebeat.store.notice import tables as notice_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FOLLOWERS = (
    *(tables.transition, tables.alert_event, tables.alert_home, tables.suppression, tables.visit, tables.visit_photo),
    *(duty_tables.provider_order, duty_tables.follow_up, tables.deadline, tables.closing),
)


def delete_alerts(connection: Connection, alerts: Iterable[str]) -> None:
    """Delete alerts with their history, notices, visits and deadlines. Closed ones stand under no area."""
    alert, notice = tables.alert, notice_tables.outbox
    for some in split_chunks(alerts):
        delete_notices(connection, connection.scalars(select(notice.c.id).where(match_any(notice.c.alert_id, some))).all())
        for table in _FOLLOWERS:
            connection.execute(delete(table).where(match_any(table.c.alert_id, some)))
        held = tables.held_edge
        connection.execute(delete(held).where(match_any(held.c.cause, some)))
        connection.execute(delete(alert).where(match_any(alert.c.id, some)))


def delete_notices(connection: Connection, notices: Sequence[str]) -> None:
    """Delete notices with the attempts to send them and the links that they carried."""
    notice, sent, links = notice_tables.outbox, notice_tables.delivery, access_tables.message_link
    for some in split_chunks(notices):
        connection.execute(delete(sent).where(match_any(sent.c.outbox_id, some)))
        connection.execute(delete(links).where(match_any(links.c.notice, some)))
        connection.execute(delete(notice).where(match_any(notice.c.id, some)))
