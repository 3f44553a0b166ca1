"""What the outcome of an alert teaches: which quiet says nothing about a resident's habits, and when the home was empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, func, select

from homebeat.domain.alert import Alert, Condition, Outcome
from homebeat.store.alert import tables as alert_tables
from homebeat.store.base.database import insert_into
from homebeat.store.home import tables as home_tables
from homebeat.store.learned import tables

if TYPE_CHECKING:
    from homebeat.store.home.fleet import Fleets

_NEVER: Final = 2**62
#: The reason of an absence that nobody declared: people found out when they answered for the alert.
FOUND_AWAY: Final = "found_away"

_span, _away, _step, _resident = tables.disregarded, home_tables.away, alert_tables.transition, home_tables.resident


class Spans:
    """What outcomes teach, for writing. Doing it twice changes nothing."""

    def __init__(self, connection: Connection, fleet: Fleets) -> None:
        self._connection = connection
        self._fleet = fleet

    def teach(self, alert: Alert, outcome: Outcome, now: int) -> bool:
        """The quiet that `alert` is about is not learned from; an absence also stands in the home's calendar from now on.

        The quiet began at the alert's `since` and ended with the first sign of life after it, at the latest `now`. An alert
        about a whole home concerns everybody who lives there.

        Returns:
            Whether something was written: then the watch reads the registry again.
        """
        ends_at = min(now, self._life_again(alert))
        if ends_at <= alert.since:
            return False
        span: dict[str, int | str] = {"starts_at": alert.since, "ends_at": ends_at, "taught_by": alert.id}
        rows = [{**span, "resident": name, "outcome": outcome.value} for name in self._concerned(alert)]
        if not rows:
            return False
        insert = insert_into(self._connection, _span).on_conflict_do_nothing().returning(_span.c.id)
        is_new = bool(self._connection.scalars(insert, rows).all())
        if outcome is Outcome.AWAY:
            self._declare(alert, span)
        if is_new:
            self._fleet.revise(now)
        return is_new

    def take_back(self, alert: Alert, now: int) -> bool:
        """Whatever the outcome of `alert` taught is forgotten; returns whether there was something."""
        gone = self._connection.execute(delete(_span).where(_span.c.taught_by == alert.id)).rowcount
        gone += self._connection.execute(delete(_away).where(_away.c.taught_by == alert.id)).rowcount
        if gone:
            self._fleet.revise(now)
        return gone > 0

    def _life_again(self, alert: Alert) -> int:
        """When the quiet ended by what cleared the alert; `_NEVER` when nothing did."""
        if alert.condition is not Condition.CLEARED:
            return _NEVER
        last = self._connection.execute(
            select(_step.c.at, _step.c.reason_params)
            .where(_step.c.alert_id == alert.id, _step.c.kind.in_(("cleared", "contradicted")))
            .order_by(_step.c.seq.desc())
            .limit(1)
        ).first()
        if last is None:
            return _NEVER
        life_at = last.reason_params.get("life_at")
        return int(life_at) if isinstance(life_at, int | float) else int(last.at)

    def _concerned(self, alert: Alert) -> list[str]:
        """Nobody, where it is about no home."""
        where = _resident.c.household == alert.subject.household
        if alert.subject.resident is not None:
            where = _resident.c.id == alert.subject.resident
        return list(self._connection.scalars(select(_resident.c.id).where(where).order_by(_resident.c.place)))

    def _declare(self, alert: Alert, span: dict[str, int | str]) -> None:
        place = (self._connection.scalar(select(func.max(_away.c.place))) or 0) + 1
        row = {**span, "household": alert.subject.household, "reason": FOUND_AWAY, "place": place}
        self._connection.execute(insert_into(self._connection, _away).on_conflict_do_nothing(), row)
