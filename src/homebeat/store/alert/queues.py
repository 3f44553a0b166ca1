"""Finds what waits in the queues of areas: each area has an index range for each queue and answer, in the order of the queue.

`alert_area` has each alert under its area and under all above that. So whoever sees a district reads the ranges of the district,
however many streets it has; whoever sees twenty communities reads twenty times as many.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Integer, Select, bindparam, func, select, text, tuple_, union_all

from homebeat.domain.alert import WAITING, Answer, Priority, Queue
from homebeat.domain.scope import NOTHING, Scope
from homebeat.store.alert import tables
from homebeat.store.alert.values import AlertFilter, AlertOrder
from homebeat.store.base.database import get_driver_connection
from homebeat.store.home import tables as home_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from homebeat.domain.ids import AreaId

_alert, _under, _line = tables.alert, tables.alert_area, home_tables.area_above
_EVERY: Final = AlertFilter()
#: A queue's order: priority, then opening, then id.
Place = tuple[int, int, str]
#: On SQLite each area is a query of its own. Where a scope has more areas than this, a walk through the queue of all is quicker.
MOST_AREAS: Final = 100
#: Alerts about no home and no area, such as one about an unregistered device: they are in the queue of every area.
_PLACELESS: Final = text(f"{tables.PLACELESS.text} AND household = ''")
_OPEN: Final = (Answer.UNACKNOWLEDGED, Answer.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class AreaQueue:
    """Which alerts that wait: in these queues, with these answers, of one priority or of any."""

    queues: tuple[Queue, ...]
    answers: tuple[Answer, ...]
    priority: Priority | None


def find_area_queue(where: AlertFilter) -> AreaQueue | None:
    """Find what `alert_area` alone can answer: queues in their order, at most by area, answer and priority; else None."""
    if where.is_open is False or where.answer is Answer.RESOLVED or where.order is not AlertOrder.URGENT:
        return None
    if not where.queues or not where.queues <= WAITING:
        return None
    rest = replace(where, area=None, is_open=None, queues=None, answer=None, priority=None)
    if rest != _EVERY or (where.is_open is not True and where.answer is None):
        return None
    return AreaQueue(tuple(sorted(where.queues)), _OPEN if where.answer is None else (where.answer,), where.priority)


def find_roots(connection: Connection, scope: Scope, area: AreaId | None = None) -> tuple[AreaId, ...] | None:
    """Find the areas that together are a scope, within `area` where given; none of them lies in another.

    Returns:
        None for everything. Areas that do not exist may be among them: nothing lies there.
    """
    if scope.areas is None:
        return None if area is None else (area,)
    named = scope.areas if area is None else scope.areas | {area}
    if len(named) < 2:
        return tuple(scope.areas)
    query = select(_line.c.area, _line.c.above).where(_line.c.area.in_(named), _line.c.above.in_(named))
    above: dict[AreaId, set[AreaId]] = {}
    for row in connection.execute(query):
        above.setdefault(row.area, set()).add(row.above)
    if area is not None:
        if not scope.areas.isdisjoint(above.get(area, ())):
            return (area,)
        above = {own: line for own, line in above.items() if area in line and own != area}
        for line in above.values():
            line.discard(area)
    return tuple(sorted(own for own, line in above.items() if line == {own}))


def find_page(
    connection: Connection, wanted: AreaQueue, roots: Sequence[AreaId], scope: Scope, most: int, after: Place | None
) -> list[str]:
    """Find the ids of a page of the queues of some areas, in order.

    Args:
        connection: Inside a transaction.
        wanted: Which alerts.
        roots: The areas; none lies in another.
        scope: Of the reader. Whatever it is but nothing, it has what lies in no area.
        most: How many at most.
        after: Where the page before ended.
    """
    if scope == NOTHING:
        return []
    values: dict[str, Any] = {"most": most, "rank": 0, "at": 0, "name": ""}
    if after is not None:
        values |= zip(("rank", "at", "name"), after, strict=True)
    if connection.dialect.name == "postgresql":
        values |= {"areas": list(roots), "queues": list(wanted.queues), "answers": list(wanted.answers)}
        query = _find_on_postgres(wanted.priority, goes_on=after is not None)
        return [row[0] for row in get_driver_connection(connection).execute(query, values)]
    found: list[Any] = list(connection.execute(_select_heads(wanted, goes_on=after is not None, is_placed=False), values))
    for area in roots:
        statement = _select_heads(wanted, goes_on=after is not None, is_placed=True)
        found += connection.execute(statement, {**values, "area": area})
    return [row.id for row in sorted(found, key=lambda row: (row.priority_rank, row.opened_at, row.id))[:most]]


def count_open(connection: Connection, roots: Sequence[AreaId], scope: Scope) -> Counter[tuple[Queue, int, Answer]]:
    """Count what waits in the queues of some areas, by queue, rank of the priority, and answer."""
    found: Counter[tuple[Queue, int, Answer]] = Counter()
    if scope == NOTHING:
        return found

    def add(rows: Iterable[Any]) -> None:
        for queue, answer, rank, count in rows:
            found[Queue(queue), rank, Answer(answer)] += count

    # in the order of the index, so that nothing is sorted
    keys = _alert.c.queue, _alert.c.answer, _alert.c.priority_rank
    add(connection.execute(select(*keys, func.count()).where(_PLACELESS).group_by(*keys)))
    if connection.dialect.name == "postgresql":
        add(get_driver_connection(connection).execute(_COUNT_ON_POSTGRES, {"areas": list(roots)}))
        return found
    for area in roots:
        add(connection.execute(_COUNT_OF_AREA, {"area": area}))
    return found


_COUNT_OF_AREA: Final = (
    select(_under.c.queue, _under.c.answer, _under.c.priority_rank, func.count())
    .where(_under.c.area == bindparam("area"))
    .group_by(_under.c.queue, _under.c.answer, _under.c.priority_rank)
)
_COUNT_ON_POSTGRES: Final = """
    SELECT one.* FROM unnest(%(areas)s::text[]) AS root (area)
     CROSS JOIN LATERAL (
        SELECT queue, answer, priority_rank, count(*) FROM alert_area WHERE alert_area.area = root.area
         GROUP BY queue, answer, priority_rank) AS one
"""


@cache
def _select_heads(wanted: AreaQueue, *, goes_on: bool, is_placed: bool) -> Select[Any]:
    """Select the heads of one area's queues, or of those of no area.

    The statement is built once for each combination: building it takes longer than the database needs to answer.
    """
    most = bindparam("most", type_=Integer)
    table, name, lies = _alert, _alert.c.id, _PLACELESS
    if is_placed:
        table, name, lies = _under, _under.c.alert_id, _under.c.area == bindparam("area")  # type: ignore[assignment]
    order = (table.c.priority_rank, table.c.opened_at, name)
    heads = []
    for queue in wanted.queues:
        for answer in wanted.answers:
            query: Select[Any] = select(name.label("id"), table.c.priority_rank, table.c.opened_at)
            query = query.where(lies, table.c.queue == queue.value, table.c.answer == answer.value)
            if wanted.priority is not None:
                query = query.where(table.c.priority_rank == wanted.priority.rank)
            if goes_on:
                query = query.where(tuple_(*order) > tuple_(bindparam("rank"), bindparam("at"), bindparam("name")))
            heads.append(select(query.order_by(*order).limit(most).subquery()))
    merged = union_all(*heads).subquery()
    return select(merged).order_by(merged.c.priority_rank, merged.c.opened_at, merged.c.id).limit(most)


@cache
def _find_on_postgres(priority: Priority | None, *, goes_on: bool) -> str:
    """The same in one statement for any number of areas. The planner sees one range, and the executor walks each."""
    more = "" if priority is None else f" AND one.priority_rank = {priority.rank}"
    head = "SELECT one.{name} AS id, one.priority_rank, one.opened_at FROM {table} AS one WHERE {lies}"
    head += f" AND one.queue = waits.queue AND one.answer = said.answer{more}"
    if goes_on:
        head += " AND (one.priority_rank, one.opened_at, one.{name}) > (%(rank)s, %(at)s, %(name)s)"
    head += " ORDER BY one.priority_rank, one.opened_at, one.{name} LIMIT %(most)s"
    placed = head.format(name="alert_id", table="alert_area", lies="one.area = root.area")
    placeless = head.format(name="id", table="alert", lies=_PLACELESS.text)
    each = "unnest(%(queues)s::text[]) AS waits (queue) CROSS JOIN unnest(%(answers)s::text[]) AS said (answer)"
    return f"""
        SELECT found.id FROM (
            SELECT head.* FROM unnest(%(areas)s::text[]) AS root (area) CROSS JOIN {each} CROSS JOIN LATERAL ({placed}) AS head
            UNION ALL
            SELECT head.* FROM {each} CROSS JOIN LATERAL ({placeless}) AS head) AS found
         ORDER BY found.priority_rank, found.opened_at, found.id LIMIT %(most)s"""  # noqa: S608 - constants of ours
