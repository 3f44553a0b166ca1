"""Narrows queries to a scope: a reader gets the rows of the areas that it reaches, and of nothing else.

This is the first of two fences. The second, on PostgreSQL, is row-level security (`second_fence`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import Column, ColumnElement, Select, Table, and_, false, literal, or_, select, true

from homebeat.domain.scope import EVERYTHING
from homebeat.store.access import tables as access_tables
from homebeat.store.alert import tables as alert_tables
from homebeat.store.duty import tables as duty_tables
from homebeat.store.home import tables as home_tables
from homebeat.store.learned import tables as learned_tables
from homebeat.store.notice import tables as notice_tables
from homebeat.store.operation import tables as operation_tables
from homebeat.store.reading import tables as reading_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homebeat.domain.scope import Scope

Q = TypeVar("Q", bound=Select[*tuple[Any, ...]])

_alert, _change, _line = alert_tables.alert, operation_tables.change, home_tables.area_above
_responder, _place = home_tables.responder, home_tables.responder_area

#: Each table whose rows belong to an area, and the column that leads there: the area itself, or a row of another of these tables.
LEADS: Final[Mapping[Table, Column[Any]]] = {
    home_tables.area: home_tables.area.c.id,
    home_tables.household: home_tables.household.c.area,
    home_tables.resident: home_tables.resident.c.household,
    home_tables.contact: home_tables.contact.c.household,
    home_tables.responder: home_tables.responder.c.id,
    home_tables.responder_area: home_tables.responder_area.c.area,
    duty_tables.rota: duty_tables.rota.c.area,
    duty_tables.shift: duty_tables.shift.c.rota,
    duty_tables.shift_change: duty_tables.shift_change.c.rota,
    duty_tables.leave: duty_tables.leave.c.responder,
    duty_tables.shift_feed: duty_tables.shift_feed.c.responder,
    duty_tables.hand_over: duty_tables.hand_over.c.area,
    duty_tables.circuit: duty_tables.circuit.c.provider,
    duty_tables.circuit_step: duty_tables.circuit_step.c.provider,
    duty_tables.complaint: duty_tables.complaint.c.area,
    duty_tables.service_entry: duty_tables.service_entry.c.responder,
    duty_tables.hours_correction: duty_tables.hours_correction.c.responder,
    duty_tables.provider_order: duty_tables.provider_order.c.alert_id,
    duty_tables.follow_up: duty_tables.follow_up.c.alert_id,
    home_tables.device: home_tables.device.c.household,
    home_tables.away: home_tables.away.c.household,
    home_tables.door_code: home_tables.door_code.c.household,
    home_tables.search_term: home_tables.search_term.c.area,
    home_tables.search_pending: home_tables.search_pending.c.household,
    home_tables.home_change: home_tables.home_change.c.household,
    home_tables.resident_state: home_tables.resident_state.c.resident,
    home_tables.device_state: home_tables.device_state.c.device,
    reading_tables.last_message: reading_tables.last_message.c.device,
    learned_tables.disregarded: learned_tables.disregarded.c.resident,
    learned_tables.limit_choice: learned_tables.limit_choice.c.resident,
    learned_tables.learned: learned_tables.learned.c.resident,
    alert_tables.alert: alert_tables.alert.c.area,
    alert_tables.alert_area: alert_tables.alert_area.c.area,
    alert_tables.transition: alert_tables.transition.c.alert_id,
    alert_tables.alert_event: alert_tables.alert_event.c.alert_id,
    alert_tables.suppression: alert_tables.suppression.c.alert_id,
    alert_tables.visit: alert_tables.visit.c.alert_id,
    alert_tables.visit_photo: alert_tables.visit_photo.c.alert_id,
    alert_tables.deadline: alert_tables.deadline.c.alert_id,
    alert_tables.closing: alert_tables.closing.c.alert_id,
    alert_tables.silence: alert_tables.silence.c.area,
    alert_tables.guide: alert_tables.guide.c.area,
    alert_tables.held_edge: alert_tables.held_edge.c.household,
    alert_tables.alert_home: alert_tables.alert_home.c.household,
    notice_tables.outbox: notice_tables.outbox.c.alert_id,
    notice_tables.delivery: notice_tables.delivery.c.outbox_id,
    reading_tables.extra_reading: reading_tables.extra_reading.c.device,
    reading_tables.quarantine: reading_tables.quarantine.c.device,
    operation_tables.change: operation_tables.change.c.ref,
    operation_tables.setting_change: operation_tables.setting_change.c.area,
    access_tables.broken_glass: access_tables.broken_glass.c.household,
    access_tables.consent: access_tables.consent.c.resident,
    access_tables.message_link: access_tables.message_link.c.notice,
}
#: Columns that name a device which may not be registered, so that they are no foreign keys.
_DEVICES: Final = frozenset({reading_tables.extra_reading.c.device, reading_tables.quarantine.c.device})
#: Areas in which somebody answers, wants to hear nothing, or says what is to be done: who sees a part of such an area, or one
#: above it, sees that.
_TOUCHING: Final = frozenset(
    {
        _place.c.area,
        duty_tables.rota.c.area,
        duty_tables.hand_over.c.area,
        alert_tables.silence.c.area,
        alert_tables.guide.c.area,
        operation_tables.setting_change.c.area,
    }
)
#: What a change of each kind refers to. One of another kind belongs to no area; `fleet` is the only one that everybody may see.
CHANGED: Final[Mapping[str, Column[Any]]] = {
    "alert": _alert.c.id,
    "resident": home_tables.resident.c.id,
    "device": home_tables.device.c.id,
}
OF_ALL: Final = "fleet"


def narrow(query: Q, column: Column[Any], scope: Scope) -> Q:
    """Keep the rows that lie in the scope.

    Args:
        query: A select on the table of `column`.
        column: Leads to an area: one that names it, or the value of a column of `LEADS`.
        scope: Of whoever reads.
    """
    return query if scope == EVERYTHING else query.where(match_scope(column, scope))


def match_scope(column: Column[Any], scope: Scope) -> ColumnElement[bool]:
    """Make a condition: what `column` names lies in the scope.

    A responder, a rota and a silence lie in a scope that their areas reach, and in one that lies in their areas: whoever reads
    sees who answers there, and what is silenced.

    An alert about no home and no area, such as one about an unregistered device, lies in every scope but the empty one. So does
    a quarantined message of no registered device; its bytes do not: see `QuarantineQueries`.
    """
    if scope.areas is None:
        return true()
    return _make_condition(column, scope) if scope.areas else false()


@lru_cache(maxsize=2_000)
def _make_condition(column: Column[Any], scope: Scope) -> ColumnElement[bool]:
    """Make it once for each column and scope: a fifth of what a list of alerts takes was making it."""
    return _match(column, column, scope)


def require_everything(scope: Scope) -> None:
    """Make sure that only parts of homebeat come here: what follows reads the whole installation.

    Raises:
        RuntimeError: The scope is narrower. That is a defect of the caller.
    """
    if scope != EVERYTHING:
        raise RuntimeError(
            "this reads the whole installation: begin the transaction with EVERYTHING, and show nobody what it gives"
        )


def _match(column: ColumnElement[Any], base: Column[Any], scope: Scope) -> ColumnElement[bool]:
    """As `match_scope`; `column` is `base`, perhaps of an alias of its table."""
    if base is _change.c.ref:
        named = (and_(_change.c.kind == kind, _find_there(column, key, scope)) for kind, key in CHANGED.items())
        return or_(_change.c.kind == OF_ALL, *named)
    if base in _DEVICES:
        lies = _find_there(column, home_tables.device.c.id, scope)
        return or_(column.is_(None), lies) if base.nullable else lies
    if base in _TOUCHING:
        lies = _touches(column, scope)
        return or_(column.is_(None), lies) if base.nullable else lies
    if base is _responder.c.id:
        there = _place.alias()
        near = select(literal(1)).select_from(there).where(there.c.responder == column, _touches(there.c.area, scope)).exists()
        return or_(column.table.c.everywhere, near)
    for key in base.foreign_keys:
        if key.column is not home_tables.area.c.id:
            return _find_there(column, key.column, scope)
    line = _line.alias()
    lies = column.in_(select(line.c.area).where(line.c.above.in_(sorted(scope.areas or ()))))
    if base is _alert.c.area:
        return or_(lies, and_(column.is_(None), column.table.c.household == ""))
    return lies


def _touches(area: ColumnElement[Any], scope: Scope) -> ColumnElement[bool]:
    """Make a condition: the area lies in the scope, or an area of the scope lies in it."""
    own, below, above = sorted(scope.areas or ()), _line.alias(), _line.alias()
    return or_(
        area.in_(select(below.c.area).where(below.c.above.in_(own))), area.in_(select(above.c.above).where(above.c.area.in_(own)))
    )


def _find_there(column: ColumnElement[Any], key: Column[Any], scope: Scope) -> ColumnElement[bool]:
    """Make a condition: the row whose `key` is `column` exists, and lies in the scope."""
    there = key.table.alias()
    lead = LEADS[key.table]
    lies = _match(there.c[lead.name], lead, scope)
    return select(literal(1)).select_from(there).where(there.c[key.name] == column, lies).exists()
