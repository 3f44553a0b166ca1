"""Stores what is held back, by silences and behind alerts about many homes; and which homes such an alert names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import Connection, Table, and_, delete, func, not_, or_, select, update

from homebeat.domain.alert import Condition, Edge
from homebeat.domain.held import Held
from homebeat.domain.home_mark import HomeMark
from homebeat.domain.ids import AlertId, HouseholdId
from homebeat.domain.instants import TOLERANCE_MS
from homebeat.store.alert import tables
from homebeat.store.alert.silences import match_active
from homebeat.store.alert.values import SharingHome
from homebeat.store.base.among import match_any, match_pairs
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.database import insert_into
from homebeat.store.scoping import narrow, require_everything

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from homebeat.domain.scope import Scope

_edge: Final[Table] = tables.held_edge
_home: Final[Table] = tables.alert_home
_alert: Final[Table] = tables.alert
_silence: Final[Table] = tables.silence
#: The place of a home that came to an alert later than it was opened.
LATER: Final = 1_000_000_000


class HeldQueries:
    """What is held back, for reading."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def find_over(self, now: int, limit: int) -> list[tuple[str, str]]:
        """Find what has to be decided on again at `now` (epoch ms), the longest held first: rule and subject key of each.

        What it waits for is over, or it has waited for long enough, or a clock that has been corrected since says that it waits.
        """
        require_everything(self._scope)
        is_heard = and_(_edge.c.silence.is_not(None), not_(match_active(now)))
        is_gone = and_(
            _edge.c.cause.is_not(None), or_(_alert.c.answer == "resolved", _alert.c.condition != Condition.FIRING.value)
        )
        is_late = or_(_edge.c.until <= now, and_(_edge.c.until.is_not(None), _edge.c.held_at > now + TOLERANCE_MS))
        query = select(_edge.c.rule, _edge.c.subject_key).outerjoin(_silence, _silence.c.id == _edge.c.silence)
        query = query.outerjoin(_alert, _alert.c.id == _edge.c.cause).where(or_(is_heard, is_gone, is_late))
        query = query.order_by(_edge.c.held_at, _edge.c.rule, _edge.c.subject_key).limit(limit)
        return [(row.rule, row.subject_key) for row in self._connection.execute(query)]

    def list_named(self, alerts: Iterable[AlertId]) -> dict[AlertId, set[HouseholdId]]:
        """List which homes each of these alerts names, as far as the scope reaches them."""
        found: dict[AlertId, set[HouseholdId]] = {}
        for some in split_chunks(set(alerts)):
            query = select(_home.c.alert_id, _home.c.household).where(match_any(_home.c.alert_id, some))
            for row in self._connection.execute(narrow(query, _home.c.household, self._scope)):
                found.setdefault(AlertId(row.alert_id), set()).add(HouseholdId(row.household))
        return found

    def list_homes(self, alert_id: AlertId, limit: int | None) -> list[SharingHome]:
        """List the homes that an alert names, as far as the scope reaches them, by their place; with what waits behind it.

        At most `limit` of them; with None all.
        """
        query = select(_home).where(_home.c.alert_id == alert_id).order_by(_home.c.place, _home.c.household).limit(limit)
        rows = self._connection.execute(narrow(query, _home.c.household, self._scope)).all()
        homes = {row.household for row in rows}
        waiting: dict[str, dict[str, int]] = {}
        own: dict[str, dict[str, AlertId]] = {}
        for some in split_chunks(homes):
            held = select(_edge).where(match_any(_edge.c.household, some), _edge.c.cause == alert_id)
            for row in self._connection.execute(narrow(held, _edge.c.household, self._scope)):
                waiting.setdefault(row.household, {})[row.rule] = row.edge["since"]
            standing = select(_alert.c.household, _alert.c.rule, _alert.c.id).where(match_any(_alert.c.household, some))
            standing = narrow(standing.where(tables.UNRESOLVED, tables.WAITING), _alert.c.area, self._scope)
            for row in self._connection.execute(standing.order_by(_alert.c.id)):
                own.setdefault(row.household, {})[row.rule] = AlertId(row.id)
        return [
            SharingHome(
                HouseholdId(row.household),
                row.place,
                row.held,
                waiting.get(row.household, {}),
                own.get(row.household, {}),
                HomeMark(row.mark) if row.mark else None,
                row.marked_at,
            )
            for row in rows
        ]

    def count_homes(self, alert_id: AlertId) -> int:
        """Count the homes that an alert names, as far as the scope reaches them."""
        query = select(func.count()).select_from(_home).where(_home.c.alert_id == alert_id)
        return int(self._connection.scalar(narrow(query, _home.c.household, self._scope)) or 0)


class HeldEdges(HeldQueries):
    """What is held back, for writing."""

    def lock(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Held]:
        """Find what is held back of these (rule, subject key), and lock it until the transaction ends.

        Ask before the alerts are read: whoever opens what was held back has committed then, and its alert is seen.
        """
        require_everything(self._scope)
        found: dict[tuple[str, str], Held] = {}
        # always in this order: two that lock the same ones do not wait for each other
        for some in split_chunks(sorted(set(pairs))):
            query = select(_edge).where(match_pairs(_edge.c.rule, _edge.c.subject_key, some))
            query = query.order_by(_edge.c.rule, _edge.c.subject_key)
            for row in self._connection.execute(query.with_for_update()):
                edge = msgspec.convert(row.edge, Edge)
                found[row.rule, row.subject_key] = Held(edge, row.held_at, row.silence, row.cause, row.until)
        return found

    def put(self, held: Sequence[Held]) -> None:
        """Keep these until what they wait for is over; each in the place of what was held back of its rule and subject."""
        rows = [
            {
                "rule": one.edge.rule,
                "subject_key": one.edge.subject.key,
                "household": one.edge.subject.household,
                "silence": one.silence,
                "cause": one.cause,
                "held_at": one.held_at,
                "until": one.until,
                "edge": msgspec.to_builtins(one.edge),
            }
            for one in held
        ]
        if rows:
            new = insert_into(self._connection, _edge)
            kept = {name: new.excluded[name] for name in ("silence", "cause", "held_at", "until", "edge")}
            self._connection.execute(new.on_conflict_do_update(index_elements=["rule", "subject_key"], set_=kept), rows)

    def drop(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Hold these no longer: their alerts have opened, or their conditions are over."""
        for some in split_chunks(pairs):
            self._connection.execute(delete(_edge).where(match_pairs(_edge.c.rule, _edge.c.subject_key, some)))

    def name_homes(self, alert_id: AlertId, homes: Sequence[HouseholdId]) -> None:
        """Let an alert name these homes, in this order; those that it names already get their place anew."""
        rows = [{"alert_id": alert_id, "household": home, "place": place, "held": 0} for place, home in enumerate(homes)]
        if rows:
            new = insert_into(self._connection, _home)
            moved = new.on_conflict_do_update(index_elements=["alert_id", "household"], set_={"place": new.excluded.place})
            self._connection.execute(moved, rows)

    def mark_home(self, alert_id: AlertId, home: HouseholdId, mark: HomeMark, now: int) -> bool:
        """Note what was found at a home that an alert names; False where that stands there already, or it names no such home."""
        which = (_home.c.alert_id == alert_id, _home.c.household == home, _home.c.mark != mark.value)
        changed = update(_home).where(*which).values(mark=mark.value, marked_at=now)
        return self._connection.execute(changed).rowcount > 0

    def count(self, held: Mapping[tuple[AlertId, HouseholdId], int]) -> None:
        """Count so many more alerts of a home that have waited behind an alert. A home that it does not name is named last."""
        rows = [
            {"alert_id": alert_id, "household": home, "place": LATER, "held": more} for (alert_id, home), more in held.items()
        ]
        if rows:
            new = insert_into(self._connection, _home)
            counted = {"held": _home.c.held + new.excluded.held}
            self._connection.execute(new.on_conflict_do_update(index_elements=["alert_id", "household"], set_=counted), rows)
