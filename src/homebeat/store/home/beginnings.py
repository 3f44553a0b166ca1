"""Finds how far a new installation has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, Connection, select

from homebeat.domain.alert import Answer
from homebeat.domain.ids import HouseholdId
from homebeat.store.alert import tables as alert_tables
from homebeat.store.home import tables
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from homebeat.domain.scope import Scope

_area, _home, _heard, _alert = tables.area, tables.household, tables.device_state, alert_tables.alert


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is there already.

    Attributes:
        home: The first home; None where there is none.
        is_heard: Some device was heard.
        is_answered: Somebody has closed an alert of one of the rules that were asked for.
    """

    has_area: bool
    home: HouseholdId | None
    is_heard: bool
    is_answered: bool


class BeginningQueries:
    """How far a new installation has come, for reading. Each question ends at the first row that fits."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def has_home(self) -> bool:
        """Whether any home is watched in the scope."""
        return self._find_home() is not None

    def read_beginning(self, rules: Sequence[str]) -> Beginning:
        """Read what is there; `rules`: whose alerts count as answered once one was closed."""
        area = narrow(select(_area.c.id).where(_area.c.retired_at.is_(None)), _area.c.id, self._scope)
        heard = narrow(select(_heard.c.device).where(_heard.c.heard_at.is_not(None)), _heard.c.device, self._scope)
        closed: ColumnElement[bool] = _alert.c.answer == Answer.RESOLVED.value
        answered = narrow(select(_alert.c.id).where(closed, _alert.c.rule.in_(rules)), _alert.c.area, self._scope)
        found: Final = [self._connection.scalar(query.limit(1)) is not None for query in (area, heard, answered)]
        return Beginning(found[0], self._find_home(), found[1], found[2])

    def _find_home(self) -> HouseholdId | None:
        home = narrow(select(_home.c.id).where(_home.c.retired_at.is_(None)), _home.c.area, self._scope)
        return self._connection.scalar(home.order_by(_home.c.place).limit(1))
