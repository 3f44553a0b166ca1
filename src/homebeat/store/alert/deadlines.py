"""Until when somebody has to answer for an alert: one row for each that waits for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Table, and_, delete, func, or_, select, update

from homebeat.domain.alert import Alert
from homebeat.domain.ids import AlertId
from homebeat.domain.instants import TOLERANCE_MS
from homebeat.domain.response_plan import Deadline, DeadlineKind, Position
from homebeat.domain.scope import Scope
from homebeat.store.alert import tables
from homebeat.store.alert.rows import read_alert_row
from homebeat.store.base.among import match_any
from homebeat.store.base.bulk import write_columns
from homebeat.store.base.chunks import split_chunks
from homebeat.store.scoping import narrow, require_everything

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import ColumnElement, Row

_deadline: Final[Table] = tables.deadline
_alert: Final[Table] = tables.alert


def match_due(now: int) -> ColumnElement[bool]:
    """Make a condition: a deadline has run out at `now` (epoch ms), or was set by a clock that has been corrected since."""
    return or_(_deadline.c.due_at <= now, _deadline.c.set_at > now + TOLERANCE_MS)


class DeadlineQueries:
    """Deadlines, for reading."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def find(self, alerts: Iterable[AlertId]) -> dict[AlertId, Deadline]:
        """Find the deadlines of these alerts; one that waits for nobody has none."""
        found: dict[AlertId, Deadline] = {}
        for some in split_chunks(set(alerts)):
            query = select(_deadline).where(match_any(_deadline.c.alert_id, some))
            rows = self._connection.execute(narrow(query, _deadline.c.alert_id, self._scope))
            found.update((AlertId(row.alert_id), _read(row)) for row in rows)
        return found

    def find_due(self, now: int, limit: int) -> list[AlertId]:
        """Find the alerts whose deadlines have run out at `now` (epoch ms), the longest first."""
        require_everything(self._scope)
        query = select(_deadline.c.alert_id).where(match_due(now)).order_by(_deadline.c.due_at, _deadline.c.alert_id)
        return [AlertId(alert_id) for alert_id in self._connection.scalars(query.limit(limit))]

    def find_oldest_due(self, now: int) -> int | None:
        """Find since when the longest overdue deadline has been due at `now` (epoch ms); None where none is overdue."""
        require_everything(self._scope)
        oldest = self._connection.scalar(select(func.min(_deadline.c.due_at)).where(match_due(now)))
        return None if oldest is None else int(oldest)

    def find_unkept(self, limit: int) -> list[AlertId]:
        """Find alerts that wait for people and have no deadline. There must be none: it is the law that nobody is forgotten."""
        require_everything(self._scope)
        waits = and_(tables.UNRESOLVED, _alert.c.queue != "none", _deadline.c.alert_id.is_(None))
        query = select(_alert.c.id).outerjoin(_deadline, _deadline.c.alert_id == _alert.c.id).where(waits)
        return [AlertId(alert_id) for alert_id in self._connection.scalars(query.order_by(_alert.c.id).limit(limit))]


class Deadlines(DeadlineQueries):
    """Deadlines, for writing. Whoever writes one has locked its alert."""

    def follow(self, changed: Mapping[AlertId, Deadline | None], now: int) -> None:
        """Write deadlines as they are after a step at `now` (epoch ms); None where nobody has to answer any more."""
        gone = [alert_id for alert_id, deadline in changed.items() if deadline is None]
        for some in split_chunks(gone):
            self._connection.execute(delete(_deadline).where(match_any(_deadline.c.alert_id, some)))
        rows = [_make_row(alert_id, deadline, now) for alert_id, deadline in changed.items() if deadline is not None]
        if rows:
            columns = {name: [row[name] for row in rows] for name in rows[0]}
            write_columns(self._connection, _deadline, columns, replaces="alert_id")

    def lock_due(self, alerts: Iterable[AlertId], now: int) -> dict[AlertId, tuple[Alert, Deadline]]:
        """Lock those of these alerts whose deadlines have still run out at `now`, with the deadlines.

        An alert that somebody else is changing right now is left out: it is looked at again soon.
        """
        found: dict[AlertId, tuple[Alert, Deadline]] = {}
        for some in split_chunks(list(alerts)):
            query = narrow(select(_alert).where(match_any(_alert.c.id, some)), _alert.c.area, self._scope).order_by(_alert.c.id)
            rows = self._connection.execute(query.with_for_update(skip_locked=True)).mappings().all()
            locked = {AlertId(row["id"]): read_alert_row(row) for row in rows}
            # read only now: whoever held the alert before may have set another one
            due = select(_deadline).where(_deadline.c.alert_id.in_(locked), match_due(now))
            due = narrow(due, _deadline.c.alert_id, self._scope)
            found.update(
                (AlertId(row.alert_id), (locked[AlertId(row.alert_id)], _read(row))) for row in self._connection.execute(due)
            )
        return found

    def put_off(self, alert_id: AlertId, until: int, now: int) -> None:
        """Try again at `until`: going on with the plan failed by a fault of ours. Times are epoch ms."""
        mine = _deadline.c.alert_id == alert_id, match_due(now)  # somebody may have set another one meanwhile
        self._connection.execute(update(_deadline).where(*mine).values(due_at=until, set_at=now))


def _read(row: Row[Any]) -> Deadline:
    return Deadline(DeadlineKind(row.kind), row.due_at, row.plan, Position(row.step, tuple(row.notified), row.repeat), row.set_at)


def _make_row(alert_id: AlertId, deadline: Deadline, now: int) -> dict[str, Any]:
    return {
        "alert_id": alert_id,
        "kind": deadline.kind.value,
        "due_at": deadline.due_at,
        "set_at": now,
        "plan": deadline.plan,
        "step": deadline.position.step,
        "notified": list(deadline.position.notified),
        "repeat": deadline.position.repeat,
    }
