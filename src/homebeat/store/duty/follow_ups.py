"""Stores follow-ups: whether somebody came in a closed case, and whether it was right."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Table, delete, select, tuple_, update

from homebeat.domain.follow_up import FollowUp, FollowUpAnswer, FollowUpState
from homebeat.domain.ids import AlertId, HouseholdId
from homebeat.store.alert import tables as alert_tables
from homebeat.store.base import cursors
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.cursors import INT8, Page
from homebeat.store.base.database import insert_into
from homebeat.store.duty import tables
from homebeat.store.duty.values import ClosedCase
from homebeat.store.scoping import narrow, require_everything

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import RowMapping

    from homebeat.domain.scope import Scope

_follow_up: Final[Table] = tables.follow_up
_alert: Final[Table] = alert_tables.alert


class FollowUpQueries:
    """Follow-ups, for reading."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def find(self, alert: AlertId) -> FollowUp | None:
        """Find the follow-up of an alert; None for none."""
        query = narrow(select(_follow_up).where(_follow_up.c.alert_id == alert), _follow_up.c.alert_id, self._scope)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else _read(row)

    def read_page(self, state: FollowUpState, limit: int = 50, cursor: str | None = None) -> Page[FollowUp]:
        """Read a page of those in a state, the longest due first."""
        key = (_follow_up.c.due_at, _follow_up.c.alert_id)
        query = select(_follow_up).where(_follow_up.c.state == state.value).order_by(*key).limit(limit + 1)
        if cursor is not None:
            query = query.where(tuple_(*key) > cursors.read(cursor, INT8, str))
        rows = self._connection.execute(narrow(query, _follow_up.c.alert_id, self._scope)).mappings()
        return cursors.make_page(list(map(_read, rows)), limit, lambda one: (one.due_at, one.alert_id))

    def find_cases(self, alerts: Iterable[AlertId]) -> dict[AlertId, ClosedCase]:
        """Find what these alerts were about; those outside the scope are left out."""
        found: dict[AlertId, ClosedCase] = {}
        for some in split_chunks(set(alerts)):
            query = select(_alert.c.id, _alert.c.household, _alert.c.rule, _alert.c.resolved_at).where(
                match_any(_alert.c.id, some)
            )
            for row in self._connection.execute(narrow(query, _alert.c.area, self._scope)):
                found[AlertId(row.id)] = ClosedCase(HouseholdId(row.household), row.rule, row.resolved_at)
        return found

    def list_unasked(self, now: int, limit: int) -> list[FollowUp]:
        """List those that are due at `now` (epoch ms) and about which nobody was written to yet, the longest due first."""
        require_everything(self._scope)
        is_due = _follow_up.c.state == FollowUpState.WAITING.value, _follow_up.c.due_at <= now, _follow_up.c.asked_at.is_(None)
        query = select(_follow_up).where(*is_due).order_by(_follow_up.c.due_at, _follow_up.c.alert_id).limit(limit)
        return list(map(_read, self._connection.execute(query).mappings()))

    def list_over(self, now: int, limit: int) -> list[AlertId]:
        """List the alerts of those whose time has run out at `now` (epoch ms)."""
        require_everything(self._scope)
        query = select(_follow_up.c.alert_id).where(tables.WAITING_FOLLOW_UP, _follow_up.c.ends_at <= now)
        return list(map(AlertId, self._connection.scalars(query.order_by(_follow_up.c.ends_at).limit(limit))))

    def find_asked_homes(self, households: Iterable[HouseholdId], since: int) -> set[HouseholdId]:
        """Find which of these homes' families were asked at `since` (epoch ms) or later."""
        found: set[HouseholdId] = set()
        for some in split_chunks(set(households)):
            query = select(_alert.c.household).join(_follow_up, _follow_up.c.alert_id == _alert.c.id)
            query = query.where(match_any(_alert.c.household, some), _follow_up.c.asked_at >= since, _follow_up.c.asked > 0)
            found.update(map(HouseholdId, self._connection.scalars(narrow(query, _alert.c.area, self._scope))))
        return found


class FollowUps(FollowUpQueries):
    """Follow-ups, for writing. Whoever writes one has locked its alert, or names the state in which it must be."""

    def put(self, follow_up: FollowUp) -> None:
        """Write a follow-up as it is now."""
        row = _make_row(follow_up)
        new = insert_into(self._connection, _follow_up).values(row)
        self._connection.execute(new.on_conflict_do_update(index_elements=["alert_id"], set_=row))

    def drop(self, alert: AlertId) -> None:
        """Delete the follow-up of an alert that is open again."""
        self._connection.execute(delete(_follow_up).where(_follow_up.c.alert_id == alert))

    def note_asked(self, asked: Iterable[tuple[AlertId, int]], now: int) -> None:
        """Note at `now` (epoch ms) to how many of the family it was written about each of these alerts."""
        for alert, many in asked:
            is_new = _follow_up.c.alert_id == alert, _follow_up.c.asked_at.is_(None)
            self._connection.execute(update(_follow_up).where(*is_new).values(asked_at=now, asked=many))

    def note_unreached(self, alert: AlertId) -> None:
        """Note that one of those who were to be asked about an alert could not be reached."""
        reached = _follow_up.c.alert_id == alert, _follow_up.c.asked > 0
        self._connection.execute(update(_follow_up).where(*reached).values(asked=_follow_up.c.asked - 1))

    def run_out(self, alerts: Iterable[AlertId]) -> None:
        """Give up waiting for an answer about these alerts."""
        for some in split_chunks(set(alerts)):
            waits = match_any(_follow_up.c.alert_id, some), _follow_up.c.state == FollowUpState.WAITING.value
            self._connection.execute(update(_follow_up).where(*waits).values(state=FollowUpState.UNANSWERED.value))


def _make_row(one: FollowUp) -> dict[str, Any]:
    return asdict(one) | {"state": one.state.value, "answer": None if one.answer is None else one.answer.value}


def _read(row: RowMapping) -> FollowUp:
    texts = {"alert_id": AlertId(row["alert_id"]), "state": FollowUpState(row["state"])}
    answer = None if row["answer"] is None else FollowUpAnswer(row["answer"])
    return FollowUp(**{**row, **texts, "answer": answer})
