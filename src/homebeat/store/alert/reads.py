"""Reads alerts: the desk's queue, one alert with its history, and the counts."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Integer, Select, and_, bindparam, func, or_, select, text, tuple_, union_all

from homebeat.domain.alert import WAITING, Answer, Outcome, Priority, Queue, Reason, TransitionKind
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.store.alert import tables
from homebeat.store.alert.rows import PRIORITY_OF_RANK, hold_note, read_alert_row
from homebeat.store.alert.values import AlertDetail, AlertEntry, AlertFilter, AlertOrder, OpenCount, Step, Suppression
from homebeat.store.base import cursors
from homebeat.store.base.cursors import INT2, INT8, Page
from homebeat.store.home import tables as home_tables
from homebeat.store.home.areas import match_area
from homebeat.store.home.sealed import hold_address, hold_person
from homebeat.store.learned.values import OutcomeCount
from homebeat.store.scoping import match_scope, narrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, RowMapping, TextClause

    from homebeat.domain.alert import Alert
    from homebeat.domain.ids import AlertId, AreaId
    from homebeat.store.sealing.owner_keys import OwnerKeys

_alert, _home, _resident, _step = tables.alert, home_tables.household, home_tables.resident, tables.transition
_held = tables.suppression
_under, _area = tables.alert_area, home_tables.area
_above = _area.alias("above")
_PLACES: Final = (_area.c.name.label("area_name"), _above.c.name.label("above_name"))
_EVERY: Final = AlertFilter()


class AlertQueries:
    """Alerts, for reading."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def read_page(self, where: AlertFilter = _EVERY, limit: int = 50, cursor: str | None = None) -> Page[AlertEntry]:
        """Read a page of the alerts that match `where`, in its order."""
        if self._scope == EVERYTHING and _is_area_queue(where):
            statement = _select_area_queue(where.queues or WAITING, where.answer, where.priority, goes_on=cursor is not None)
            values: dict[str, Any] = {"area": where.area, "most": limit + 1}
            if cursor is not None:
                values |= zip(("rank", "at", "name"), cursors.read(cursor, INT2, INT8, str), strict=True)
        else:
            # The page is found on the alerts alone, by index; names are looked up for its rows only.
            found = _select_page(where, limit + 1, cursor, self._scope).subquery("found")
            statement = _order(_select_entries(found, self._scope), where.order)
            values = {}
        entries = self._make_entries(self._connection.execute(statement, values).mappings().all())
        return cursors.make_page(entries, limit, lambda entry: _place(entry.alert, where.order))

    def read_plain_page(self, where: AlertFilter = _EVERY, limit: int = 50, cursor: str | None = None) -> Page[Alert]:
        """Read a page like `read_page`, without the people: for the machine, which needs no name. Nothing is opened for it."""
        found = _select_page(where, limit + 1, cursor, self._scope).subquery("found")
        query = _order(select(_alert).join(found, found.c.id == _alert.c.id), where.order)
        alerts = [read_alert_row(row) for row in self._connection.execute(query).mappings()]
        return cursors.make_page(alerts, limit, lambda alert: _place(alert, where.order))

    def find_plain(self, alert_id: AlertId) -> Alert | None:
        """Find one alert, without the people; None if no alert has this id. Nothing is opened for it."""
        query = narrow(select(_alert).where(_alert.c.id == alert_id), _alert.c.area, self._scope)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else read_alert_row(row)

    def get(self, alert_id: AlertId) -> AlertDetail | None:
        """Get one alert with its history; None if no alert has this id."""
        query = _select_entries(None, self._scope).where(_alert.c.id == alert_id)
        rows = self._connection.execute(query).mappings().all()
        if not rows:
            return None
        own = narrow(select(_step).where(_step.c.alert_id == alert_id), _step.c.alert_id, self._scope)
        steps = self._connection.execute(own.order_by(_step.c.seq)).mappings().all()
        notes = self._keys.open([hold_note(rows[0]["household"], step) for step in steps])
        back = narrow(select(_held).where(_held.c.alert_id == alert_id), _held.c.alert_id, self._scope)
        held = self._connection.execute(back.order_by(_held.c.id))
        suppressed = tuple(Suppression(r.stage, TransitionKind(r.kind), r.at, r.since, r.reason_code) for r in held)
        return AlertDetail(self._make_entries(rows)[0], tuple(map(_make_step, steps, notes)), suppressed)

    def _make_entries(self, rows: Sequence[RowMapping]) -> list[AlertEntry]:
        """Make the entries. An alert about no home uses the time zone of the homes."""
        zone = None
        if not all(row["household"] for row in rows):
            query = narrow(select(_home.c.timezone).where(_home.c.retired_at.is_(None)), _home.c.area, self._scope)
            zone = self._connection.scalar(query.limit(1))
        people = self._keys.open([hold_person(row["resident"] or "", row["person_sealed"]) for row in rows])
        addresses = self._keys.open([hold_address(row["household"], row["address_sealed"]) for row in rows])
        return [_make_entry(*one, zone or "UTC") for one in zip(rows, people, addresses, strict=True)]

    def count(self, where: AlertFilter = _EVERY) -> int:
        """Count the alerts that match `where`."""
        query = narrow(select(func.count()).select_from(_alert), _alert.c.area, self._scope)
        return self._connection.scalar(_filter(query, where)) or 0

    def count_open(self) -> tuple[OpenCount, ...]:
        """Count open alerts of the waiting queues by queue and priority, most urgent first; only where there are any."""
        untaken = func.count().filter(_alert.c.answer == "unacknowledged")
        query = (
            select(_alert.c.queue, _alert.c.priority_rank, func.count(), untaken)
            .where(tables.UNRESOLVED, tables.WAITING)
            .group_by(_alert.c.queue, _alert.c.priority_rank)
            .order_by(_alert.c.priority_rank, _alert.c.queue)
        )
        rows = self._connection.execute(narrow(query, _alert.c.area, self._scope))
        return tuple(OpenCount(Queue(row[0]), PRIORITY_OF_RANK[row[1]], row[2], row[3]) for row in rows)

    def count_outcomes(self, since: int, until: int, area: AreaId | None = None) -> tuple[OutcomeCount, ...]:
        """Count alerts resolved from `since` to before `until` (epoch ms), by rule and outcome, most frequent first."""
        many = func.count()
        query = (
            select(_alert.c.rule, _alert.c.outcome, many)
            .where(_alert.c.resolved_at >= since, _alert.c.resolved_at < until)
            .group_by(_alert.c.rule, _alert.c.outcome)
            .order_by(many.desc(), _alert.c.rule, _alert.c.outcome)
        )
        query = narrow(query, _alert.c.area, self._scope)
        if area is not None:
            query = query.where(match_area(_alert.c.area, area))
        return tuple(OutcomeCount(row[0], Outcome(row[1]), row[2]) for row in self._connection.execute(query))


def _select_page(where: AlertFilter, limit: int, cursor: str | None, scope: Scope) -> Select[Any]:
    """Select the ids of a page."""
    query = _filter(narrow(select(_alert.c.id), _alert.c.area, scope), where)
    if where.order is AlertOrder.URGENT:
        order = (_alert.c.priority_rank, _alert.c.opened_at, _alert.c.id)
        if cursor is not None:
            query = query.where(tuple_(*order) > cursors.read(cursor, INT2, INT8, str))
        return query.order_by(*order).limit(limit)
    if cursor is not None:
        query = query.where(tuple_(_alert.c.opened_at, _alert.c.id) < cursors.read(cursor, INT8, str))
    return query.order_by(_alert.c.opened_at.desc(), _alert.c.id.desc()).limit(limit)


def _is_area_queue(where: AlertFilter) -> bool:
    """Whether the table `alert_area` alone can answer: queues of an area, at most by answer and priority."""
    if where.area is None or where.is_open is False or where.answer is Answer.RESOLVED or where.order is not AlertOrder.URGENT:
        return False
    if not where.queues or not where.queues <= WAITING:
        return False
    rest = replace(where, area=None, is_open=None, queues=None, answer=None, priority=None)
    return rest == _EVERY and (where.is_open is True or where.answer is not None)


@cache
def _select_area_queue(
    queues: frozenset[Queue], answer: Answer | None, priority: Priority | None, *, goes_on: bool
) -> Select[Any]:
    """Select a page of an area's queues: the head of one index range for each queue and answer, merged.

    Alerts without an area, such as one about an unregistered device, are in the queue of every area. The statement is built once
    for each combination: building it takes longer than the database needs to answer.
    """
    most = bindparam("most", type_=Integer)
    places = ((_under, _under.c.alert_id, _under.c.area == bindparam("area")), (_alert, _alert.c.id, tables.PLACELESS))
    heads = []
    for queue in sorted(queues):
        for one_answer in (Answer.UNACKNOWLEDGED, Answer.ACKNOWLEDGED) if answer is None else (answer,):
            for table, name, lies in places:
                order = (table.c.priority_rank, table.c.opened_at, name)
                query: Select[Any] = select(name.label("id"), table.c.priority_rank, table.c.opened_at)
                query = query.where(lies, table.c.queue == queue.value, table.c.answer == one_answer.value)
                if priority is not None:
                    query = query.where(table.c.priority_rank == priority.rank)
                if goes_on:
                    query = query.where(tuple_(*order) > tuple_(bindparam("rank"), bindparam("at"), bindparam("name")))
                heads.append(select(query.order_by(*order).limit(most).subquery()))
    merged = union_all(*heads).subquery()
    found = select(merged.c.id).order_by(merged.c.priority_rank, merged.c.opened_at, merged.c.id).limit(most)
    return _order(_select_entries(found.subquery("found"), EVERYTHING), AlertOrder.URGENT)


def _filter(query: Select[Any], where: AlertFilter) -> Select[Any]:
    if where.is_open is True:
        query = query.where(tables.UNRESOLVED)
    elif where.is_open is False:
        query = query.where(text("answer = 'resolved'"))
    equal = {
        "answer": where.answer and where.answer.value,
        "condition": where.condition and where.condition.value,
        "priority_rank": None if where.priority is None else where.priority.rank,
        "rule": where.rule,
        "household": where.household,
        "resident": where.resident,
    }
    query = query.where(*(_alert.c[name] == value for name, value in equal.items() if value is not None))
    if where.queues is not None:
        query = query.where(_match_queues(where.queues))
    if where.since is not None:
        query = query.where(_alert.c.opened_at >= where.since)
    if where.until is not None:
        query = query.where(_alert.c.opened_at < where.until)
    if where.area is not None:
        query = query.where(or_(match_area(_alert.c.area, where.area), _alert.c.area.is_(None)))
    return query


def _match_queues(queues: frozenset[Queue]) -> ColumnElement[bool] | TextClause:
    """Match these queues; by the text of a partial index, where there is one for them."""
    if queues == WAITING:
        return tables.WAITING
    if queues == {Queue.DIGEST}:
        return tables.IN_DIGEST
    if len(queues) == 1:
        return _alert.c.queue == next(iter(queues)).value
    return _alert.c.queue.in_(sorted(queues))


def _select_entries(found: Any, scope: Scope) -> Select[Any]:
    """Select alerts with the names that a list shows.

    A resolved alert stays in the area where it was; a home that has moved out of the scope since is not shown with it.
    """
    is_home, is_resident = _home.c.id == _alert.c.household, _resident.c.id == _alert.c.resident
    if scope != EVERYTHING:
        is_home = and_(is_home, match_scope(_home.c.area, scope))
        is_resident = and_(is_resident, match_scope(_resident.c.household, scope))
    joined = _alert.outerjoin(_home, is_home).outerjoin(_resident, is_resident)
    joined = joined.outerjoin(_area, _area.c.id == _alert.c.area).outerjoin(_above, _above.c.id == _area.c.parent)
    if found is not None:
        joined = joined.join(found, found.c.id == _alert.c.id)
    names = (_home.c.address_sealed, _home.c.timezone, _resident.c.person_sealed)
    return narrow(select(_alert, *names, *_PLACES).select_from(joined), _alert.c.area, scope)


def _order(query: Select[Any], order: AlertOrder) -> Select[Any]:
    if order is AlertOrder.URGENT:
        return query.order_by(_alert.c.priority_rank, _alert.c.opened_at, _alert.c.id)
    return query.order_by(_alert.c.opened_at.desc(), _alert.c.id.desc())


def _place(alert: Alert, order: AlertOrder) -> tuple[int | str, ...]:
    if order is AlertOrder.URGENT:
        return alert.priority.rank, alert.opened_at, alert.id
    return alert.opened_at, alert.id


def _make_entry(row: RowMapping, person: tuple[Any, ...], address: tuple[Any, ...], zone: str) -> AlertEntry:
    name, birth_year = person
    return AlertEntry(
        read_alert_row(row),
        TransitionKind(row["transition"]),
        row["changed_at"],
        name,
        birth_year,
        address[0],
        row["area"],
        row["timezone"] or ("UTC" if row["household"] else zone),
        row["area_name"] or "",
        row["above_name"] or "",
    )


def _make_step(row: RowMapping, note: tuple[Any, ...]) -> Step:
    return Step(
        row["seq"],
        TransitionKind(row["kind"]),
        row["at"],
        row["actor"],
        Reason(row["reason_code"], row["reason_params"]),
        note[0],
        None if row["outcome"] is None else Outcome(row["outcome"]),
    )
