"""Conditions: a row belongs to an area or one below it, strictly, so that what leaves with the area refers to nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, ColumnElement, and_, literal, or_, select

from homebeat.store.alert import tables as alert_tables
from homebeat.store.duty import tables as duty_tables
from homebeat.store.home import tables as home_tables
from homebeat.store.home.areas import match_area
from homebeat.store.notice import tables as notice_tables
from homebeat.store.reading import tables as reading_tables
from homebeat.store.scoping import LEADS

if TYPE_CHECKING:
    from sqlalchemy import Table

    from homebeat.domain.ids import AreaId

_responder, _place, _line = home_tables.responder, home_tables.responder_area, home_tables.area_above
_OF_DEVICE = frozenset({reading_tables.extra_reading.c.device, reading_tables.quarantine.c.device})


def match_rows(table: Table, area: AreaId) -> ColumnElement[bool]:
    """Make a condition on the rows of a table: they belong to `area` or to one below it, and refer to nothing that does not.

    A responder belongs to each area in which they answer, also from above it or everywhere, and where they had work. A message
    that only an unknown device has sent belongs to none, and so does an alert about homebeat itself.
    """
    lead = LEADS[table]
    conditions = [_lies(lead, lead, area)]
    for column in table.c:
        if column is not lead and column is not home_tables.area.c.parent:
            conditions += [or_(column.is_(None), _find(column, key.column, area)) for key in column.foreign_keys]
    return and_(*conditions)


def _lies(column: ColumnElement[Any], base: Column[Any], area: AreaId) -> ColumnElement[bool]:
    """`column` is `base`, perhaps of an alias of its table."""
    if base in {home_tables.area.c.id, alert_tables.alert.c.area}:
        return match_area(column, area)
    if base is _responder.c.id:
        return or_(column.table.c.everywhere, *_list_work(column, area))
    if base in _OF_DEVICE:
        return _find(column, home_tables.device.c.id, area)
    if base is notice_tables.outbox.c.alert_id:
        of_home = _find(column.table.c.contact, home_tables.contact.c.id, area)
        return or_(_find(column, alert_tables.alert.c.id, area), and_(column.is_(None), of_home))
    (key,) = base.foreign_keys
    return _find(column, key.column, area)


def _find(column: ColumnElement[Any], key: Column[Any], area: AreaId) -> ColumnElement[bool]:
    """Make a condition: the row whose `key` is `column` exists, and belongs to the area."""
    if key is home_tables.area.c.id:
        return match_area(column, area)
    there = key.table.alias()
    lead = LEADS[key.table]
    lies = _lies(there.c[lead.name], lead, area)
    return select(literal(1)).select_from(there).where(there.c[key.name] == column, lies).exists()


def _list_work(responder: ColumnElement[Any], area: AreaId) -> list[ColumnElement[bool]]:
    """List what brings a responder into an area: they answer there or above it, have shifts or had orders there."""
    there, above = _place.alias(), _line.alias()
    touched = or_(match_area(there.c.area, area), there.c.area.in_(select(above.c.above).where(above.c.area == area)))
    order, alert, shift, rota = (
        one.alias() for one in (duty_tables.provider_order, alert_tables.alert, duty_tables.shift, duty_tables.rota)
    )
    asked = select(order.c.provider).join(alert, alert.c.id == order.c.alert_id).where(match_area(alert.c.area, area))
    on_duty = select(shift.c.responder).join(rota, rota.c.id == shift.c.rota).where(match_area(rota.c.area, area))
    return [
        select(literal(1)).select_from(there).where(there.c.responder == responder, touched).exists(),
        responder.in_(asked),
        responder.in_(on_duty),
    ]
