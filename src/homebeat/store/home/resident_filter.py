"""Which residents a list shows, as conditions on `resident` beside `household` and `resident_state`; and who is blind.

Blind: no way from this person to a human being is proven now. That is so where their state is unknown, and where devices of
theirs are silent and no other device of theirs has been heard in time, so that the state rests on what was heard before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, Connection, and_, case, func, not_, or_, select

from homebeat.store.alert import tables as alert_tables
from homebeat.store.base.among import match_any
from homebeat.store.home import tables
from homebeat.store.home.areas import match_area
from homebeat.store.scoping import match_scope, narrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from homebeat.domain.ids import AreaId, ResidentId
    from homebeat.domain.scope import Scope

_home, _resident, _state = tables.household, tables.resident, tables.resident_state
_device, _heard, _alert = tables.device, tables.device_state, alert_tables.alert
_IS_HEARD: Final = and_(_heard.c.heard_at.is_not(None), not_(_heard.c.silent))
#: The devices that say something of a resident: their own, and those of the whole home.
_IS_THEIRS: Final = and_(
    _device.c.household == _resident.c.household,
    or_(_device.c.resident.is_(None), _device.c.resident == _resident.c.id),
    _device.c.retired_at.is_(None),
)


@dataclass(frozen=True, slots=True)
class ResidentFilter:
    """Which residents to list; None means all.

    Attributes:
        area: That one and all below it.
        state: `active`, `quiet` or `unknown`, as it is stored; whoever was never judged is `unknown`.
        is_blind: See the module.
        is_away: Whether they are declared away.
        away_in: Where absences may be asked for; elsewhere nobody is listed with `is_away`.
        has_alert: Whether an alert about them is open.
    """

    area: AreaId | None = None
    state: str | None = None
    is_blind: bool | None = None
    is_away: bool | None = None
    away_in: Scope | None = None
    has_alert: bool | None = None


def list_conditions(where: ResidentFilter, scope: Scope) -> Iterator[ColumnElement[bool]]:
    """List the conditions that a resident of a scope must fit."""
    if where.area is not None:
        yield match_area(_home.c.area, where.area)
    if where.state is not None:
        yield _match_state(where.state)
    if where.is_blind is not None:
        yield _match(_is_blind(scope), is_so=where.is_blind)
    if where.is_away is not None:
        yield func.coalesce(_state.c.away, False) == where.is_away
        if where.away_in is not None:
            yield match_scope(_home.c.area, where.away_in)
    if where.has_alert is not None:
        about = narrow(select(_alert.c.resident).where(alert_tables.UNRESOLVED), _alert.c.area, scope)
        yield _match(_resident.c.id.in_(about.where(_alert.c.resident.is_not(None))), is_so=where.has_alert)


def find_blind(connection: Connection, residents: Iterable[ResidentId], scope: Scope) -> dict[ResidentId, int | None]:
    """Find which of these residents are blind although their state is known: since when nothing of theirs was heard, epoch ms."""
    rows = _resident.join(_device, _IS_THEIRS).outerjoin(_heard, _heard.c.device == _device.c.id)
    query = select(_resident.c.id, func.max(_heard.c.heard_at).label("heard_at")).select_from(rows)
    query = query.where(match_any(_resident.c.id, residents)).group_by(_resident.c.id)
    query = query.having(func.sum(_count(_IS_HEARD)) == 0, func.sum(_count(_heard.c.silent)) > 0)
    return {row.id: row.heard_at for row in connection.execute(narrow(query, _resident.c.household, scope))}


def _match_state(state: str) -> ColumnElement[bool]:
    known = _state.c.state == state
    return or_(known, _state.c.resident.is_(None)) if state == "unknown" else known


def _is_blind(scope: Scope) -> ColumnElement[bool]:
    """Make a condition; it leaves `resident` to the query around it."""
    theirs = select(_device.c.id).join_from(_device, _heard, _heard.c.device == _device.c.id).where(_IS_THEIRS)
    theirs = narrow(theirs, _device.c.household, scope).correlate(_resident)
    silent, heard = theirs.where(_heard.c.silent).exists(), theirs.where(_IS_HEARD).exists()
    return or_(_match_state("unknown"), and_(silent, not_(heard)))


def _match(condition: ColumnElement[bool], *, is_so: bool) -> ColumnElement[bool]:
    return condition if is_so else not_(condition)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)
