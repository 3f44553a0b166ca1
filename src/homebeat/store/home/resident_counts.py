"""Counts residents for a page: exactly where they are few enough to be counted at once, else as far as it is quick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Select, func, select

from homebeat.domain.scope import EVERYTHING
from homebeat.store.alert import tables as alert_tables
from homebeat.store.home import tables
from homebeat.store.home.areas import match_area
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from homebeat.domain.ids import AreaId
    from homebeat.domain.scope import Scope

#: So many residents of a scope are counted one by one. Of more, in the whole installation, whoever is quiet or not known is
#: counted up to `FEW`; in an area that would take a second where few are.
MANY: Final = 3_000
FEW: Final = 1_000
_home, _resident, _state, _alert = tables.household, tables.resident, tables.resident_state, alert_tables.alert


@dataclass(frozen=True, slots=True)
class ResidentCounts:
    """How many residents there are; each number may be one more than the most that was counted.

    Attributes:
        total: At most `MANY` + 1.
        states: By stored state; whoever was never judged is `unknown`. Among more than `MANY` of the whole installation `active`
            is missing, each other is at most `FEW` + 1, and whoever was never judged is in none. Of an area it is empty then.
        with_alert: Those about whom an alert is open, at most `FEW` + 1.
    """

    total: int
    states: dict[str, int]
    with_alert: int

    @property
    def is_whole(self) -> bool:
        """Whether all were counted."""
        return self.total <= MANY


def count_residents(connection: Connection, scope: Scope, area: AreaId | None = None) -> ResidentCounts:
    """Count the residents of a scope, or of an area of it and all below."""

    def count(query: Select[Any]) -> int:
        return connection.scalar(select(func.count()).select_from(query.subquery())) or 0

    everywhere = scope == EVERYTHING and area is None
    living = select(_resident.c.id).where(_resident.c.retired_at.is_(None))
    if not everywhere:
        living = narrow(living.join(_home, _home.c.id == _resident.c.household), _home.c.area, scope)
    if area is not None:
        living = living.where(match_area(_home.c.area, area))
    total = count(living.limit(MANY + 1))
    alerts = narrow(
        select(_alert.c.resident).where(alert_tables.UNRESOLVED, _alert.c.resident.is_not(None)), _alert.c.area, scope
    )
    if area is not None:
        alerts = alerts.where(match_area(_alert.c.area, area))
    with_alert = count(alerts.distinct().limit(FEW + 1))
    if total > MANY and not everywhere:
        return ResidentCounts(total, {}, with_alert)
    if total > MANY:
        known = living.join(_state, _state.c.resident == _resident.c.id)
        few = {state: count(known.where(_state.c.state == state).limit(FEW + 1)) for state in ("quiet", "unknown")}
        return ResidentCounts(total, few, with_alert)
    state = func.coalesce(_state.c.state, "unknown")
    each = living.outerjoin(_state, _state.c.resident == _resident.c.id).with_only_columns(state, func.count()).group_by(state)
    states = dict.fromkeys(("active", "quiet", "unknown"), 0)
    states.update((row[0], row[1]) for row in connection.execute(each))
    return ResidentCounts(total, states, with_alert)
