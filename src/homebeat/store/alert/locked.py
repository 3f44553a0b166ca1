"""Reads alerts in a writing transaction, and locks them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Table, and_, or_, select

from homebeat.domain.alert import Reason, TransitionKind
from homebeat.domain.ids import AlertId
from homebeat.domain.principal import CLOCK
from homebeat.domain.scope import Scope
from homebeat.store.alert import tables
from homebeat.store.alert.rows import read_alert_row
from homebeat.store.base.among import match_any, match_pairs
from homebeat.store.base.chunks import split_chunks
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homebeat.domain.alert import Alert

_alert: Table = tables.alert
#: With these the plan of an alert that nobody has begins again: what was said before was said of something else.
_BEGINS: Final = (TransitionKind.REOPENED.value, TransitionKind.RAISED.value)


class LockedAlerts:
    """Alerts, read in order to change them: nobody else changes them until the transaction ends."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def find_standing(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Alert]:
        """Find the unresolved alerts of these (rule, subject key), and lock them until the transaction ends."""
        found: dict[tuple[str, str], Alert] = {}
        for some in split_chunks(dict.fromkeys(pairs)):
            query = select(_alert).where(match_pairs(_alert.c.rule, _alert.c.subject_key, some), tables.UNRESOLVED)
            query = narrow(query, _alert.c.area, self._scope)
            for row in self._connection.execute(query.with_for_update()).mappings():
                found[row["rule"], row["subject_key"]] = read_alert_row(row)
        return found

    def get(self, alert_id: AlertId) -> Alert | None:
        """Get one alert, and lock it until the transaction ends; None if no alert in the scope has this id."""
        query = narrow(select(_alert).where(_alert.c.id == alert_id), _alert.c.area, self._scope)
        row = self._connection.execute(query.with_for_update()).mappings().first()
        return None if row is None else read_alert_row(row)

    def lock_free(self, alerts: Iterable[AlertId]) -> dict[AlertId, Alert]:
        """Lock these alerts until the transaction ends; one that somebody else is changing right now is left out."""
        found: dict[AlertId, Alert] = {}
        for some in split_chunks(sorted(set(alerts))):
            query = narrow(select(_alert).where(match_any(_alert.c.id, some)), _alert.c.area, self._scope).order_by(_alert.c.id)
            rows = self._connection.execute(query.with_for_update(skip_locked=True)).mappings()
            found.update((AlertId(row["id"]), read_alert_row(row)) for row in rows)
        return found

    def find_many(self, ids: Iterable[AlertId]) -> dict[AlertId, Alert]:
        """Find these alerts, as they are now; nothing is locked."""
        found: dict[AlertId, Alert] = {}
        for some in split_chunks(ids):
            query = narrow(select(_alert).where(match_any(_alert.c.id, some)), _alert.c.area, self._scope)
            found.update((AlertId(row["id"]), read_alert_row(row)) for row in self._connection.execute(query).mappings())
        return found

    def has_other_reply(self, alert_id: AlertId, actor: str, code: str) -> bool:
        """Whether the last answer of somebody of the family but `actor` is this one."""
        table = tables.transition
        others = table.c.alert_id == alert_id, table.c.actor != actor, table.c.kind == TransitionKind.REPLIED.value
        query = narrow(select(table.c.actor, table.c.reason_code).where(*others), table.c.alert_id, self._scope)
        last = {row.actor: row.reason_code for row in self._connection.execute(query.order_by(table.c.seq))}
        return code in last.values()

    def find_last_reason(self, alert_id: AlertId, actor: str, kind: TransitionKind) -> Reason | None:
        """Find the reason of somebody's last step of a kind, as what one of the family answered last; None for no such step."""
        table = tables.transition
        mine = table.c.alert_id == alert_id, table.c.actor == actor, table.c.kind == kind.value
        query = narrow(select(table.c.reason_code, table.c.reason_params).where(*mine), table.c.alert_id, self._scope)
        row = self._connection.execute(query.order_by(table.c.seq.desc()).limit(1)).first()
        return None if row is None else Reason(row.reason_code, row.reason_params)

    def has_begun_since(self, alert_id: AlertId, actor: str, kind: TransitionKind) -> bool:
        """Whether an alert has fired again, or become more urgent, since the last step of this kind by `actor`."""
        table = tables.transition
        mine = and_(table.c.actor == actor, table.c.kind == kind.value)
        query = select(table.c.kind).where(table.c.alert_id == alert_id, or_(mine, table.c.kind.in_(_BEGINS)))
        query = narrow(query, table.c.alert_id, self._scope).order_by(table.c.seq.desc()).limit(1)
        return self._connection.scalar(query) in _BEGINS

    def has_last_word(self, alert_id: AlertId, actor: str) -> bool:
        """Whether nobody but the clock has changed an alert since `actor` did."""
        table = tables.transition
        query = select(table.c.actor).where(table.c.alert_id == alert_id, table.c.actor != str(CLOCK.actor))
        query = narrow(query, table.c.alert_id, self._scope).order_by(table.c.seq.desc()).limit(1)
        return self._connection.scalar(query) == actor

    def find_last_note(self, alert_id: AlertId, actor: str, code: str) -> Reason | None:
        """Find the reason with which `actor` has added a remark last; None where that has another code, or there is none."""
        table = tables.transition
        mine = table.c.alert_id == alert_id, table.c.actor == actor, table.c.kind == TransitionKind.NOTED.value
        query = narrow(select(table.c.reason_code, table.c.reason_params).where(*mine), table.c.alert_id, self._scope)
        row = self._connection.execute(query.order_by(table.c.seq.desc()).limit(1)).first()
        return None if row is None or row.reason_code != code else Reason(row.reason_code, row.reason_params)

    def list_kinds_since(self, alert_id: AlertId, version: int) -> list[TransitionKind]:
        """List what has happened to an alert since it was at `version`, oldest first."""
        table = tables.transition
        query = select(table.c.kind).where(table.c.alert_id == alert_id, table.c.seq > version).order_by(table.c.seq)
        rows = self._connection.scalars(narrow(query, table.c.alert_id, self._scope))
        return [TransitionKind(kind) for kind in rows]

    def find_known(self, ids: Iterable[AlertId]) -> set[AlertId]:
        """Find which of these exist, resolved ones included."""
        found: set[AlertId] = set()
        for some in split_chunks(ids):
            query = narrow(select(_alert.c.id).where(match_any(_alert.c.id, some)), _alert.c.area, self._scope)
            found.update(AlertId(i) for i in self._connection.scalars(query))
        return found
