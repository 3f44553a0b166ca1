"""Alerts, read: the desk's queue, one alert with its history, and the counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Select, and_, func, or_, select, text

from homebeat.domain.alert import Desk, Outcome, Reason, TransitionKind
from homebeat.store import cursors, tables
from homebeat.store.alert_rows import PRIORITY_OF_RANK, alert_of
from homebeat.store.areas import within
from homebeat.store.views import AlertDetail, AlertEntry, AlertFilter, AlertOrder, OpenCount, Page, Step

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from homebeat.domain.ids import AlertId

_alert, _home, _resident, _step = tables.alert, tables.household, tables.resident, tables.transition
_EVERY: Final = AlertFilter()


class AlertQueries:
    """Alerts, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(self, where: AlertFilter = _EVERY, limit: int = 50, cursor: str | None = None) -> Page[AlertEntry]:
        """Alerts that `where` lets through, in its order."""
        query = _narrowed(select(_alert.c.id), where)
        rank, opened, name = _alert.c.priority_rank, _alert.c.opened_at, _alert.c.id
        if where.order is AlertOrder.URGENT:
            if cursor is not None:
                last_rank, last_at, last_id = cursors.read(cursor, int, int, str)
                later = or_(opened > last_at, and_(opened == last_at, name > last_id))
                query = query.where(rank >= last_rank, or_(rank > last_rank, later))
            query = query.order_by(rank, opened, name)
        else:
            if cursor is not None:
                last_at, last_id = cursors.read(cursor, int, str)
                query = query.where(opened <= last_at, or_(opened < last_at, name < last_id))
            query = query.order_by(opened.desc(), name.desc())
        # The page is found on the alerts alone, by index; names are looked up for its rows only.
        found = query.limit(limit + 1).subquery("found")
        entries = [_entry(row) for row in self._connection.execute(_ordered(_entries(found), where.order)).mappings()]
        return cursors.page(entries, limit, lambda entry: _place(entry, where.order))

    def get(self, alert_id: AlertId) -> AlertDetail | None:
        """One alert with its history."""
        row = self._connection.execute(_entries(None).where(_alert.c.id == alert_id)).mappings().first()
        if row is None:
            return None
        steps = self._connection.execute(select(_step).where(_step.c.alert_id == alert_id).order_by(_step.c.seq)).mappings()
        return AlertDetail(_entry(row), tuple(_step_of(step) for step in steps))

    def count(self, where: AlertFilter = _EVERY) -> int:
        """How many alerts `where` lets through."""
        return self._connection.scalar(_narrowed(select(func.count()).select_from(_alert), where)) or 0

    def open_counts(self) -> tuple[OpenCount, ...]:
        """Open alerts by desk and priority, most urgent first; only where there are any."""
        untaken = func.count().filter(_alert.c.answer == "unacknowledged")
        query = (
            select(_alert.c.desk, _alert.c.priority_rank, func.count(), untaken)
            .where(tables.UNRESOLVED)
            .group_by(_alert.c.desk, _alert.c.priority_rank)
            .order_by(_alert.c.priority_rank, _alert.c.desk)
        )
        rows = self._connection.execute(query)
        return tuple(OpenCount(Desk(row[0]), PRIORITY_OF_RANK[row[1]], row[2], row[3]) for row in rows)


def _narrowed(query: Select[Any], where: AlertFilter) -> Select[Any]:
    if where.is_open is True:
        query = query.where(tables.UNRESOLVED)
    elif where.is_open is False:
        query = query.where(text("answer = 'resolved'"))
    equal = {
        "answer": where.answer and where.answer.value,
        "condition": where.condition and where.condition.value,
        "priority_rank": None if where.priority is None else where.priority.rank,
        "desk": where.desk and where.desk.value,
        "rule": where.rule,
        "household": where.household,
        "resident": where.resident,
    }
    query = query.where(*(_alert.c[name] == value for name, value in equal.items() if value is not None))
    if where.since is not None:
        query = query.where(_alert.c.opened_at >= where.since)
    if where.until is not None:
        query = query.where(_alert.c.opened_at < where.until)
    if where.area is not None:
        homes = select(_home.c.id).where(within(_home.c.area, where.area))
        query = query.where(_alert.c.household.in_(homes))
    return query


def _entries(found: Any) -> Select[Any]:
    joined = _alert.outerjoin(_home, _home.c.id == _alert.c.household).outerjoin(_resident, _resident.c.id == _alert.c.resident)
    if found is not None:
        joined = joined.join(found, found.c.id == _alert.c.id)
    return select(_alert, _home.c.address, _home.c.area, _resident.c.name, _resident.c.birth_year).select_from(joined)


def _ordered(query: Select[Any], order: AlertOrder) -> Select[Any]:
    if order is AlertOrder.URGENT:
        return query.order_by(_alert.c.priority_rank, _alert.c.opened_at, _alert.c.id)
    return query.order_by(_alert.c.opened_at.desc(), _alert.c.id.desc())


def _place(entry: AlertEntry, order: AlertOrder) -> tuple[int | str, ...]:
    alert = entry.alert
    if order is AlertOrder.URGENT:
        return alert.priority.rank, alert.opened_at, alert.id
    return alert.opened_at, alert.id


def _entry(row: RowMapping) -> AlertEntry:
    return AlertEntry(
        alert_of(row),
        TransitionKind(row["transition"]),
        row["changed_at"],
        row["name"] or "",
        row["birth_year"],
        row["address"] or "",
        row["area"],
    )


def _step_of(row: RowMapping) -> Step:
    return Step(
        row["seq"],
        TransitionKind(row["kind"]),
        row["at"],
        row["actor"],
        Reason(row["reason_code"], row["reason_params"]),
        row["note"],
        None if row["outcome"] is None else Outcome(row["outcome"]),
    )
