"""Stores the secret addresses of shifts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select, update

from homebeat.domain.ids import ResponderId
from homebeat.store.duty import tables
from homebeat.store.duty.values import ShiftFeed
from homebeat.store.home.tables import responder as responder_table
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from homebeat.domain.scope import Scope

_feed = tables.shift_feed


class ShiftFeedQueries:
    """Feeds, for reading."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def find(self, feed_id: str) -> ShiftFeed | None:
        """Find a feed by its id; None where there is none, and of a responder who is retired."""
        query = select(_feed).join(responder_table, responder_table.c.id == _feed.c.responder)
        query = query.where(_feed.c.id == feed_id, responder_table.c.retired_at.is_(None))
        row = self._connection.execute(narrow(query, _feed.c.responder, self._scope)).mappings().first()
        return None if row is None else ShiftFeed(**row)

    def list_valid(self, responder: ResponderId) -> list[ShiftFeed]:
        """List the feeds of somebody that are not revoked, the newest first."""
        query = select(_feed).where(_feed.c.responder == responder, _feed.c.revoked_at.is_(None))
        query = narrow(query.order_by(_feed.c.made_at.desc(), _feed.c.id), _feed.c.responder, self._scope)
        return [ShiftFeed(**row) for row in self._connection.execute(query).mappings()]


class ShiftFeeds(ShiftFeedQueries):
    """Feeds, for writing."""

    def add(self, feed: ShiftFeed) -> None:
        """Store a new one. Older ones go on: each calendar may have its own."""
        values = {"id": feed.id, "digest": feed.digest, "responder": feed.responder, "made_by": feed.made_by}
        self._connection.execute(insert(_feed).values(**values, made_at=feed.made_at))

    def revoke(self, feed_id: str, now: int) -> bool:
        """End one; False where it is revoked already, or there is none."""
        valid = update(_feed).where(_feed.c.id == feed_id, _feed.c.revoked_at.is_(None))
        return self._connection.execute(valid.values(revoked_at=now)).rowcount == 1
