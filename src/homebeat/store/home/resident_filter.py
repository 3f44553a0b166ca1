"""Which residents a list shows, as a condition on `resident` beside `household` and `resident_state`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, or_

from homebeat.store.home import tables
from homebeat.store.home.areas import match_area

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homebeat.domain.ids import AreaId

_home, _state = tables.household, tables.resident_state


@dataclass(frozen=True, slots=True)
class ResidentFilter:
    """Which residents to list; None means all.

    Attributes:
        area: That one and all below it.
        state: `active`, `quiet` or `unknown`, as it is stored; whoever was never judged is `unknown`.
    """

    area: AreaId | None = None
    state: str | None = None


def list_conditions(where: ResidentFilter) -> Iterator[ColumnElement[bool]]:
    """List the conditions that a resident must fit."""
    if where.area is not None:
        yield match_area(_home.c.area, where.area)
    if where.state is not None:
        yield _match_state(where.state)


def _match_state(state: str) -> ColumnElement[bool]:
    known = _state.c.state == state
    return or_(known, _state.c.resident.is_(None)) if state == "unknown" else known
