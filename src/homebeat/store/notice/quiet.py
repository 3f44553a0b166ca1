"""Finds until when a message waits because of the quiet hours of whoever gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from homebeat.domain.ids import AlertId, AreaId
from homebeat.domain.quiet_hours import CAN_WAIT
from homebeat.domain.scope import Scope
from homebeat.store.alert import tables as alert_tables
from homebeat.store.alert.rows import PRIORITY_OF_RANK
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.home import tables as home_tables
from homebeat.store.home.areas import match_area
from homebeat.store.notice.endpoints import load_quiet_hours
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homebeat.domain.ids import ContactId


def find_quiet_ends(
    connection: Connection, scope: Scope, messages: Iterable[tuple[str, ContactId, AlertId | None, int]], now: int
) -> dict[str, int]:
    """Find until when messages wait that would be sent at `now`, epoch ms by the id of the message; of most there is none.

    Args:
        connection: To the database.
        scope: Whose messages.
        messages: Id, recipient, alert and rank of the priority. One about no alert never waits.
        now: Epoch ms.
    """
    can_wait = [
        (name, who, alert, priority)
        for name, who, alert, rank in messages
        if alert is not None and (priority := PRIORITY_OF_RANK[rank]) in CAN_WAIT
    ]
    hours = load_quiet_hours(connection, {who for _, who, _, _ in can_wait}, scope) if can_wait else {}
    waiting = [one for one in can_wait if one[1] in hours]
    zones = _find_zones(connection, scope, {alert for _, _, alert, _ in waiting}) if waiting else {}
    ends = {name: hours[who].find_end(now, zones.get(alert, ""), priority) for name, who, alert, priority in waiting}
    return {name: end for name, end in ends.items() if end is not None}


def _find_zones(connection: Connection, scope: Scope, alerts: set[AlertId]) -> dict[str, str]:
    """Find the time zones of the homes of these alerts; of one about no home that of the homes of its area, or of all."""
    alert, home = alert_tables.alert, home_tables.household
    found: dict[str, str] = {}
    for some in split_chunks(alerts):
        query = select(alert.c.id, alert.c.area, home.c.timezone).outerjoin(home, home.c.id == alert.c.household)
        rows = connection.execute(narrow(query.where(match_any(alert.c.id, some)), alert.c.area, scope)).all()
        found.update((row.id, row.timezone) for row in rows if row.timezone is not None)
        areas = {row.area for row in rows if row.timezone is None}
        near = {area: _find_zone(connection, scope, area) for area in areas}
        found.update((row.id, near[row.area]) for row in rows if row.timezone is None)
    return found


def _find_zone(connection: Connection, scope: Scope, area: str | None) -> str:
    home = home_tables.household
    query = narrow(select(home.c.timezone).where(home.c.retired_at.is_(None)), home.c.area, scope)
    if area is not None:
        query = query.where(match_area(home.c.area, AreaId(area)))
    return connection.scalar(query.order_by(home.c.place).limit(1)) or ""
