"""Alerts as a writing transaction reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table, select, tuple_

from homebeat.domain.ids import AlertId
from homebeat.store.alert import tables
from homebeat.store.alert.rows import alert_of
from homebeat.store.base.chunks import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homebeat.domain.alert import Alert

_alert: Table = tables.alert


class AlertsInHand:
    """Alerts, read by who is about to change them: each stays as it is until the transaction ends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def standing(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Alert]:
        """The unresolved alerts among these (rule, subject key); nobody else changes them before this transaction ends."""
        found: dict[tuple[str, str], Alert] = {}
        for some in chunks(dict.fromkeys(pairs)):
            query = select(_alert).where(tuple_(_alert.c.rule, _alert.c.subject_key).in_(some), tables.UNRESOLVED)
            for row in self._connection.execute(query.with_for_update()).mappings():
                found[row["rule"], row["subject_key"]] = alert_of(row)
        return found

    def get(self, alert_id: AlertId) -> Alert | None:
        """One alert; nobody else changes it before this transaction ends."""
        row = self._connection.execute(select(_alert).where(_alert.c.id == alert_id).with_for_update()).mappings().first()
        return None if row is None else alert_of(row)

    def known(self, ids: Iterable[AlertId]) -> set[AlertId]:
        """Which of these exist, resolved ones included."""
        found: set[AlertId] = set()
        for some in chunks(ids):
            found.update(AlertId(i) for i in self._connection.scalars(select(_alert.c.id).where(_alert.c.id.in_(some))))
        return found
