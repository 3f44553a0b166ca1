"""Stores to whom open alerts are offered when a shift ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select, update

from homebeat.domain.alert import Alert, Answer
from homebeat.domain.ids import AreaId
from homebeat.store.alert import tables as alert_tables
from homebeat.store.alert.rows import read_alert_row
from homebeat.store.duty import tables
from homebeat.store.duty.values import HandOverEntry
from homebeat.store.home.areas import match_area
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Collection

    from homebeat.domain.scope import Scope

_offer, _alert = tables.hand_over, alert_tables.alert


class HandOverQueries:
    """Hand-overs, for reading."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def find(self, offer_id: int) -> HandOverEntry | None:
        """Find one by its number."""
        query = narrow(select(_offer).where(_offer.c.id == offer_id), _offer.c.area, self._scope)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else HandOverEntry(**row)

    def list_since(self, since: int) -> list[HandOverEntry]:
        """List those offered after `since` (epoch ms), the newest first."""
        query = select(_offer).where(_offer.c.offered_at > since).order_by(_offer.c.id.desc())
        rows = self._connection.execute(narrow(query, _offer.c.area, self._scope)).mappings()
        return [HandOverEntry(**row) for row in rows]

    def list_alerts(self, owners: Collection[str], area: AreaId, *, locks: bool = False) -> list[Alert]:
        """List the open alerts that somebody has taken, of an area and all below it, oldest first.

        Args:
            owners: Their names, as histories have them: `user:NAME`, and those of their keys.
            area: Which area.
            locks: Nobody else changes them until the transaction ends.
        """
        query = select(_alert).where(_alert.c.owner.in_(owners), _alert.c.answer == Answer.ACKNOWLEDGED.value)
        query = query.where(match_area(_alert.c.area, area)).order_by(_alert.c.opened_at, _alert.c.id)
        query = narrow(query, _alert.c.area, self._scope)
        return [read_alert_row(row) for row in self._connection.execute(query.with_for_update() if locks else query).mappings()]


class HandOvers(HandOverQueries):
    """Hand-overs, for writing."""

    def add(self, area: AreaId, leaving: str, accepting: str, offered_by: str, now: int) -> int:
        """Store an offer; returns its number."""
        values = {"area": area, "leaving": leaving, "accepting": accepting, "offered_by": offered_by, "offered_at": now}
        offer: int = self._connection.execute(insert(_offer).values(values).returning(_offer.c.id)).scalar_one()
        return offer

    def note_accepted(self, offer_id: int, moved: int, now: int) -> bool:
        """Note that it was accepted; False where it was before."""
        waiting = update(_offer).where(_offer.c.id == offer_id, _offer.c.accepted_at.is_(None))
        return self._connection.execute(waiting.values(accepted_at=now, moved=moved)).rowcount == 1
