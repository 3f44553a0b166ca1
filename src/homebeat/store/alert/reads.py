"""Reads alerts: the desk's queue, one alert with its history, and the counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Select, and_, func, or_, select, text, tuple_

from homebeat.domain.alert import TAKEN_NO_OUTCOME, WAITING, Answer, Outcome, Priority, Queue, Reason, TransitionKind
from homebeat.domain.durations import DAY_MS, MINUTE_MS
from homebeat.domain.ids import AlertId, ResidentId
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.store.alert import tables
from homebeat.store.alert.entries import make_entries, make_zoned
from homebeat.store.alert.queues import MOST_AREAS, count_open, find_area_queue, find_page, find_roots
from homebeat.store.alert.rows import PRIORITY_OF_RANK, hold_note, read_alert_row
from homebeat.store.alert.values import (
    AlertDetail,
    AlertEntry,
    AlertFilter,
    AlertOrder,
    AlertRates,
    CaseAlert,
    GivenReply,
    OpenCount,
    Step,
    Suppression,
    WaitingAlert,
    ZonedAlert,
)
from homebeat.store.base import cursors
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.cursors import INT2, INT8, Page
from homebeat.store.home import tables as home_tables
from homebeat.store.home.areas import match_area
from homebeat.store.learned.values import OutcomeCount
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Column, ColumnElement, RowMapping, TextClause

    from homebeat.domain.alert import Alert
    from homebeat.domain.ids import AreaId, HouseholdId
    from homebeat.store.sealing.owner_keys import OwnerKeys

_alert, _home, _resident, _step = tables.alert, home_tables.household, home_tables.resident, tables.transition
_held, _named = tables.suppression, tables.alert_home
_EVERY: Final = AlertFilter()
#: How long "recently" is, and how soon an alert should be answered (TSA).
RECENT_MS: Final = 10 * MINUTE_MS
ANSWERED_MS: Final = MINUTE_MS
#: It was opened, taken and given back: what had no more steps has not run out.
_STEPS_OF_A_RETURN: Final = 2


class AlertQueries:
    """Alerts, for reading."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def read_page(self, where: AlertFilter = _EVERY, limit: int = 50, cursor: str | None = None) -> Page[AlertEntry]:
        """Read a page of the alerts that match `where`, in its order."""
        entries = self._make_entries(self._read_rows(where, limit + 1, cursor))
        return cursors.make_page(entries, limit, lambda entry: _place(entry.alert, where.order))

    def read_zoned_page(self, where: AlertFilter = _EVERY, limit: int = 50, cursor: str | None = None) -> Page[ZonedAlert]:
        """Read a page like `read_page`, without the people: for whoever is shown no name and no address beside an alert."""
        lines = make_zoned(self._connection, self._scope, self._read_rows(where, limit + 1, cursor))
        return cursors.make_page(lines, limit, lambda line: _place(line.alert, where.order))

    def list_heads(self, where: AlertFilter, most: int) -> list[tuple[AlertId, int]]:
        """List the ids and versions of the first alerts that match `where`, in its order: enough to see which are known."""
        rows = self._read_rows(where, most, None, _alert.c.id, _alert.c.version)
        return [(AlertId(row["id"]), row["version"]) for row in rows]

    def find_entries(self, alerts: Iterable[AlertId]) -> list[AlertEntry]:
        """Find these alerts, as `read_page` reads them; in no order."""
        found: list[AlertEntry] = []
        for some in split_chunks(alerts):
            query = narrow(select(_alert).where(match_any(_alert.c.id, some)), _alert.c.area, self._scope)
            found += self._make_entries(self._connection.execute(query).mappings().all())
        return found

    def _read_rows(self, where: AlertFilter, most: int, cursor: str | None, *columns: Column[Any]) -> Sequence[RowMapping]:
        found = self._find_in_areas(where, most, cursor)
        if found is None:
            query = _select_page(where, most, cursor, self._scope)
        else:
            query = _order(narrow(select(_alert).where(match_any(_alert.c.id, found)), _alert.c.area, self._scope), where.order)
        return self._connection.execute(query.with_only_columns(*columns) if columns else query).mappings().all()

    def read_plain_page(self, where: AlertFilter = _EVERY, limit: int = 50, cursor: str | None = None) -> Page[Alert]:
        """Read a page like `read_page`, without the people: for the machine, which needs no name. Nothing is opened for it."""
        rows = self._connection.execute(_select_page(where, limit + 1, cursor, self._scope)).mappings()
        return cursors.make_page([read_alert_row(row) for row in rows], limit, lambda alert: _place(alert, where.order))

    def find_plain(self, alert_id: AlertId) -> Alert | None:
        """Find one alert, without the people; None if no alert has this id. Nothing is opened for it."""
        query = narrow(select(_alert).where(_alert.c.id == alert_id), _alert.c.area, self._scope)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else read_alert_row(row)

    def _find_in_areas(self, where: AlertFilter, most: int, cursor: str | None) -> list[str] | None:
        """Find the ids of a page where the queues of areas can answer; None where they cannot."""
        wanted = find_area_queue(where)
        if wanted is None or (self._scope == EVERYTHING and where.area is None):
            return None
        roots = find_roots(self._connection, self._scope, where.area)
        if roots is None or len(roots) > MOST_AREAS:
            return None
        after = None if cursor is None else cursors.read(cursor, INT2, INT8, str)
        return find_page(self._connection, wanted, roots, self._scope, most, after)

    def get(self, alert_id: AlertId) -> AlertDetail | None:
        """Get one alert with its history; None if no alert has this id."""
        query = narrow(select(_alert).where(_alert.c.id == alert_id), _alert.c.area, self._scope)
        rows = self._connection.execute(query).mappings().all()
        if not rows:
            return None
        own = narrow(select(_step).where(_step.c.alert_id == alert_id), _step.c.alert_id, self._scope)
        steps = self._connection.execute(own.order_by(_step.c.seq)).mappings().all()
        notes = self._keys.open([hold_note(rows[0]["household"], step) for step in steps])
        back = narrow(select(_held).where(_held.c.alert_id == alert_id), _held.c.alert_id, self._scope)
        held = self._connection.execute(back.order_by(_held.c.id))
        suppressed = tuple(
            Suppression(r.stage, TransitionKind(r.kind), r.at, r.since, r.reason_code, r.reason_params) for r in held
        )
        return AlertDetail(self._make_entries(rows)[0], tuple(map(_make_step, steps, notes)), suppressed)

    def _make_entries(self, rows: Sequence[RowMapping]) -> list[AlertEntry]:
        return make_entries(self._connection, self._keys, self._scope, rows)

    def list_waiting(self, households: Iterable[HouseholdId]) -> list[WaitingAlert]:
        """List the unresolved alerts of these homes that wait for people, and those at the care desk that name many homes."""
        found: list[WaitingAlert] = []
        for some in split_chunks(set(households)):
            named = select(_named.c.household, _alert.c.resident, _alert.c.owner).join(_alert, _alert.c.id == _named.c.alert_id)
            named = named.where(match_any(_named.c.household, some), tables.UNRESOLVED, _alert.c.queue == Queue.CARE.value)
            named = narrow(named, _named.c.household, self._scope)
            found += [WaitingAlert(*row) for row in self._connection.execute(named)]
            query = select(_alert.c.household, _alert.c.resident, _alert.c.owner).where(match_any(_alert.c.household, some))
            query = narrow(query.where(tables.UNRESOLVED, tables.WAITING), _alert.c.area, self._scope)
            found += [WaitingAlert(*row) for row in self._connection.execute(query)]
        return found

    def list_of_residents(self, residents: Iterable[ResidentId]) -> list[CaseAlert]:
        """List the unresolved alerts of these residents that wait for people, most urgent and longest waiting first."""
        columns = (_alert.c.id, _alert.c.resident, _alert.c.rule, _alert.c.priority_rank, _alert.c.queue, _alert.c.answer)
        found: list[CaseAlert] = []
        for some in split_chunks(set(residents)):
            query = select(*columns, _alert.c.owner, _alert.c.version).where(match_any(_alert.c.resident, some))
            query = narrow(query.where(tables.UNRESOLVED, tables.WAITING), _alert.c.area, self._scope)
            for row in self._connection.execute(query.order_by(_alert.c.priority_rank, _alert.c.opened_at, _alert.c.id)):
                priority, queue, answer = PRIORITY_OF_RANK[row.priority_rank], Queue(row.queue), Answer(row.answer)
                found.append(CaseAlert(row.id, row.resident, row.rule, priority, queue, answer, row.owner, row.version))
        return found

    def find_with_several(self, residents: Iterable[ResidentId]) -> set[ResidentId]:
        """Find which of these residents have more than one unresolved alert that waits for people: few do."""
        found: set[ResidentId] = set()
        for some in split_chunks(set(residents)):
            query = select(_alert.c.resident).where(match_any(_alert.c.resident, some), tables.UNRESOLVED, tables.WAITING)
            query = narrow(query, _alert.c.area, self._scope).group_by(_alert.c.resident).having(func.count() > 1)
            found.update(ResidentId(who) for who in self._connection.scalars(query) if who is not None)
        return found

    def find_run_out(self, alerts: Iterable[AlertId]) -> set[AlertId]:
        """Find which of these alerts wait again because whoever had taken them last said nothing more."""
        last: dict[AlertId, str] = {}
        kinds = [kind.value for kind in (TransitionKind.ACKNOWLEDGED, TransitionKind.RELEASED)]
        for some in split_chunks(set(alerts)):
            query = select(_step.c.alert_id, _step.c.reason_code).where(match_any(_step.c.alert_id, some))
            query = narrow(query.where(_step.c.kind.in_(kinds)), _step.c.alert_id, self._scope)
            rows = self._connection.execute(query.order_by(_step.c.alert_id, _step.c.seq))
            last.update((AlertId(row.alert_id), row.reason_code) for row in rows)
        return {alert_id for alert_id, code in last.items() if code == TAKEN_NO_OUTCOME}

    def list_replies(self, alerts: Iterable[AlertId]) -> list[GivenReply]:
        """List what families have answered about these alerts, of each alert in order."""
        found: list[GivenReply] = []
        columns = (_step.c.alert_id, _step.c.actor, _step.c.at, _step.c.reason_code, _step.c.reason_params)
        for some in split_chunks(set(alerts)):
            query = select(*columns).where(match_any(_step.c.alert_id, some), _step.c.kind == TransitionKind.REPLIED.value)
            rows = self._connection.execute(narrow(query, _step.c.alert_id, self._scope).order_by(_step.c.alert_id, _step.c.seq))
            found += [GivenReply(r.alert_id, r.actor, r.at, Reason(r.reason_code, r.reason_params)) for r in rows]
        return found

    def count(self, where: AlertFilter = _EVERY) -> int:
        """Count the alerts that match `where`."""
        query = narrow(select(func.count()).select_from(_alert), _alert.c.area, self._scope)
        return self._connection.scalar(_filter(query, where)) or 0

    def count_some(self, where: AlertFilter, most: int) -> int:
        """Count the alerts that match `where`, no further than to `most`: more of them cost nothing more."""
        query = _filter(narrow(select(_alert.c.id), _alert.c.area, self._scope), where).limit(most)
        return self._connection.scalar(select(func.count()).select_from(query.subquery())) or 0

    def count_open(self) -> tuple[OpenCount, ...]:
        """Count open alerts of the waiting queues by queue and priority, most urgent first; only where there are any."""
        roots = find_roots(self._connection, self._scope)
        if roots is not None and len(roots) <= MOST_AREAS:
            return _make_open_counts(count_open(self._connection, roots, self._scope))
        untaken = func.count().filter(_alert.c.answer == "unacknowledged")
        query = (
            select(_alert.c.queue, _alert.c.priority_rank, func.count(), untaken)
            .where(tables.UNRESOLVED, tables.WAITING)
            .group_by(_alert.c.queue, _alert.c.priority_rank)
            .order_by(_alert.c.priority_rank, _alert.c.queue)
        )
        rows = self._connection.execute(narrow(query, _alert.c.area, self._scope))
        return tuple(OpenCount(Queue(row[0]), PRIORITY_OF_RANK[row[1]], row[2], row[3]) for row in rows)

    def count_rates(self, queue: Queue, now: int) -> AlertRates:
        """Count how fast the alerts of a queue come and are taken, up to `now` (epoch ms): a range of the index by opening."""
        opened, is_urgent = _alert.c.opened_at, _alert.c.priority_rank <= Priority.HIGH.rank
        is_due = and_(is_urgent, opened <= now - ANSWERED_MS)
        taken = func.coalesce(_alert.c.acknowledged_at, _alert.c.resolved_at)
        query = select(
            func.count().filter(opened > now - RECENT_MS),
            func.count().filter(is_due),
            func.count().filter(and_(is_due, taken <= opened + ANSWERED_MS)),
        ).where(opened > now - DAY_MS, opened <= now, _alert.c.queue == queue.value)
        return AlertRates(*self._connection.execute(narrow(query, _alert.c.area, self._scope)).one())

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


def _make_open_counts(counts: Mapping[tuple[Queue, int, Answer], int]) -> tuple[OpenCount, ...]:
    """Make the counts by queue and priority, most urgent first."""
    found = []
    for rank, queue in sorted({(rank, queue) for queue, rank, _ in counts}):
        untaken = counts.get((queue, rank, Answer.UNACKNOWLEDGED), 0)
        total = untaken + counts.get((queue, rank, Answer.ACKNOWLEDGED), 0)
        found.append(OpenCount(queue, PRIORITY_OF_RANK[rank], total, untaken))
    return tuple(found)


def _select_page(where: AlertFilter, limit: int, cursor: str | None, scope: Scope) -> Select[Any]:
    """Select the alerts of a page."""
    after: ColumnElement[bool] | None = None
    if cursor is not None and where.order is AlertOrder.URGENT:
        order = (_alert.c.priority_rank, _alert.c.opened_at, _alert.c.id)
        after = tuple_(*order) > cursors.read(cursor, INT2, INT8, str)
    elif cursor is not None:
        place = cursors.read(cursor, INT8, str)
        after = tuple_(_get_time(where.order), _alert.c.id) < place
        if where.until is not None and int(place[0]) < where.until:
            # said by the cursor, too: SQLite would begin each page there, and come past all that was read before
            where = replace(where, until=None)
    query = _order(_filter(narrow(select(_alert), _alert.c.area, scope), where), where.order).limit(limit)
    return query if after is None else query.where(after)


def _get_time(order: AlertOrder) -> ColumnElement[int]:
    """Get the time that a list goes by: of the opening, or of the closing."""
    return _alert.c.resolved_at if order is AlertOrder.CLOSED else _alert.c.opened_at


def _filter(query: Select[Any], where: AlertFilter) -> Select[Any]:
    if where.is_open is True:
        query = query.where(tables.UNRESOLVED)
    if where.is_open is False or where.order is AlertOrder.CLOSED:
        query = query.where(text("answer = 'resolved'"))
    equal = {
        "answer": where.answer and where.answer.value,
        "condition": where.condition and where.condition.value,
        "priority_rank": None if where.priority is None else where.priority.rank,
        "rule": where.rule,
        "household": where.household,
        "resident": where.resident,
        "outcome": where.outcome and where.outcome.value,
        "resolved_by": where.resolved_by,
    }
    query = query.where(*(_alert.c[name] == value for name, value in equal.items() if value is not None))
    if where.has_run_out:
        ran_out = select(_step.c.alert_id).where(_step.c.alert_id == _alert.c.id, _step.c.reason_code == TAKEN_NO_OUTCOME)
        query = query.where(_alert.c.version > _STEPS_OF_A_RETURN, ran_out.exists())
    if where.queues is not None:
        query = query.where(_match_queues(where.queues))
    if where.since is not None:
        query = query.where(_get_time(where.order) >= where.since)
    if where.until is not None:
        query = query.where(_get_time(where.order) < where.until)
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


def _order(query: Select[Any], order: AlertOrder) -> Select[Any]:
    if order is AlertOrder.URGENT:
        return query.order_by(_alert.c.priority_rank, _alert.c.opened_at, _alert.c.id)
    return query.order_by(_get_time(order).desc(), _alert.c.id.desc())


def _place(alert: Alert, order: AlertOrder) -> tuple[int | str, ...]:
    if order is AlertOrder.URGENT:
        return alert.priority.rank, alert.opened_at, alert.id
    if order is AlertOrder.CLOSED:
        return alert.resolved_at or 0, alert.id
    return alert.opened_at, alert.id


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
