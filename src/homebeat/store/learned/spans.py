"""Stores quiet spans that are not learned from, and absences that people found out. The policy is in `actions.teach`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, func, select

from homebeat.domain.alert import Outcome, Subject
from homebeat.domain.ids import AlertId, HouseholdId, ResidentId
from homebeat.domain.scope import Scope
from homebeat.store.alert import tables as alert_tables
from homebeat.store.base.database import insert_into
from homebeat.store.home import tables as home_tables
from homebeat.store.home.sealed import ABSENCES, seal_rows
from homebeat.store.learned import tables
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homebeat.store.home.fleet import Fleets
    from homebeat.store.sealing.owner_keys import OwnerKeyWrites

#: The reason of an absence that nobody declared: people found out when they answered the alert.
FOUND_AWAY: Final = "found_away"
#: The reason of an absence that the family told of by its link.
WITH_FAMILY: Final = "with_family"

_span, _away, _step, _resident = tables.disregarded, home_tables.away, alert_tables.transition, home_tables.resident


def _name_family(alert: AlertId) -> AlertId:
    """Who taught an absence that the family has told of: their answers to this alert, and not its outcome."""
    return AlertId(f"family:{alert}")


class Spans:
    """Spans of time that an alert is about, for writing. Writing one twice changes nothing."""

    def __init__(self, connection: Connection, keys: OwnerKeyWrites, fleet: Fleets, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope
        self._fleet = fleet

    def disregard(
        self, alert: AlertId, residents: Sequence[ResidentId], span: tuple[int, int], outcome: Outcome, now: int
    ) -> bool:
        """Do not learn from the quiet of these residents in a span (epoch ms); returns whether that is new.

        If it is new, the watch reads the registry again.
        """
        if not residents:
            return False
        starts_at, ends_at = span
        row = {"starts_at": starts_at, "ends_at": ends_at, "taught_by": alert, "outcome": outcome.value}
        insert = insert_into(self._connection, _span).on_conflict_do_nothing().returning(_span.c.id)
        is_new = bool(self._connection.scalars(insert, [{**row, "resident": name} for name in residents]).all())
        if is_new:
            self._fleet.revise(now)
        return is_new

    def enter_absence(
        self, alert: AlertId, household: HouseholdId, span: tuple[int, int], now: int, reason: str = FOUND_AWAY
    ) -> None:
        """Enter an absence that people found out into the calendar of a home. Times are epoch ms."""
        starts_at, ends_at = span
        last = narrow(select(func.max(_away.c.place)), _away.c.household, self._scope)
        place = (self._connection.scalar(last) or 0) + 1
        row = {"starts_at": starts_at, "ends_at": ends_at, "taught_by": alert}
        row |= {"household": household, "reason": reason, "place": place}
        for rows in seal_rows(self._keys, ABSENCES, [row], now):
            self._connection.execute(insert_into(self._connection, _away).on_conflict_do_nothing(), rows)

    def enter_known_absence(self, alert: AlertId, household: HouseholdId, span: tuple[int, int], now: int) -> None:
        """Enter an absence to come that people told of when they closed an alert, where one person lives in the home.

        Times are epoch ms. An absence is of a whole home: one of two who is in hospital must not leave the other unwatched.
        """
        if self._counts_one(household):
            self.enter_absence(alert, household, span, now)
            self._fleet.revise(now)

    def _counts_one(self, household: HouseholdId) -> bool:
        lives = _resident.c.household == household, _resident.c.retired_at.is_(None)
        query = narrow(select(func.count()).select_from(_resident).where(*lives), _resident.c.household, self._scope)
        return self._connection.scalar(query) == 1

    def enter_family_absence(self, alert: AlertId, household: HouseholdId, span: tuple[int, int], now: int) -> None:
        """Enter that the family has her with them, where one person lives in the home. Times are epoch ms."""
        if not self._counts_one(household):
            return
        self.enter_absence(_name_family(alert), household, span, now, WITH_FAMILY)
        self._fleet.revise(now)

    def end_family_absence(self, alert: AlertId, now: int) -> tuple[int, int] | None:
        """Take away what the family has said of an absence by the link of this alert; returns its span, epoch ms."""
        theirs = delete(_away).where(_away.c.taught_by == _name_family(alert)).returning(_away.c.starts_at, _away.c.ends_at)
        gone = self._connection.execute(theirs).first()
        if gone is None:
            return None
        self._fleet.revise(now)
        return gone.starts_at, gone.ends_at

    def forget(self, alert: AlertId, now: int) -> bool:
        """Delete what was learned from an alert's outcome; returns whether there was anything."""
        gone = self._connection.execute(delete(_span).where(_span.c.taught_by == alert)).rowcount
        gone += self._connection.execute(delete(_away).where(_away.c.taught_by == alert)).rowcount
        if gone:
            self._fleet.revise(now)
        return gone > 0

    def find_quiet_end(self, alert: AlertId) -> int | None:
        """Find when the quiet of an alert ended, by its last clearing (epoch ms); None when it did not clear."""
        ends = _step.c.alert_id == alert, _step.c.kind.in_(("cleared", "contradicted"))
        query = narrow(select(_step.c.at, _step.c.reason_params).where(*ends), _step.c.alert_id, self._scope)
        last = self._connection.execute(query.order_by(_step.c.seq.desc()).limit(1)).first()
        if last is None:
            return None
        life_at = last.reason_params.get("life_at")
        return int(life_at) if isinstance(life_at, int | float) else int(last.at)

    def find_residents(self, subject: Subject) -> list[ResidentId]:
        """The resident whom an alert is about, or everybody who lives in its home; nobody, where it is about no home."""
        where = _resident.c.household == subject.household
        if subject.resident is not None:
            where = _resident.c.id == subject.resident
        query = narrow(select(_resident.c.id).where(where), _resident.c.household, self._scope)
        return [ResidentId(i) for i in self._connection.scalars(query.order_by(_resident.c.place))]
