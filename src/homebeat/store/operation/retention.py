"""Deletes old rows, in slices, so that nobody waits for it. An alert that nobody resolved is never deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Table, delete, func, select, text

from homebeat.domain.alert import SLIP
from homebeat.domain.channel import LONGEST_LIMIT_S
from homebeat.domain.durations import DAY_MS, MS
from homebeat.domain.family_note import NOTES_KEPT_MS, SIGNS_KEPT_MS
from homebeat.domain.scope import Scope
from homebeat.store.access import tables as access_tables
from homebeat.store.access.answers import REMEMBERED_MS
from homebeat.store.access.sessions import KEPT_SESSION_MS
from homebeat.store.alert import tables as alert_tables
from homebeat.store.alert.deleting import delete_alerts, delete_notices
from homebeat.store.base.database import get_driver_connection
from homebeat.store.duty import tables as duty_tables
from homebeat.store.home import tables as home_tables
from homebeat.store.learned import tables as learned_tables
from homebeat.store.notice import tables as notice_tables
from homebeat.store.operation import tables
from homebeat.store.reading import tables as reading_tables
from homebeat.store.reading.postgres import name_partition
from homebeat.store.scoping import require_everything

if TYPE_CHECKING:
    from homebeat.store.base.database import Database

_held: Final = alert_tables.held_edge
#: Rows in one slice: 1,000 take about 10 ms on SQLite (a nightly purge in one go has stopped other recorders for minutes).
SLICE_ROWS: Final = 1_000
#: How far back habits are learned from: spans that are not learned from are kept no longer.
TAUGHT: Final = timedelta(days=112)


@dataclass(frozen=True, slots=True)
class Keep:
    """How long rows are kept; None for ever.

    Attributes:
        alerts: Resolved alerts, counted from the resolving, with their history, notices and attempts. Also the audit, which the
            action `CutAudit` cuts, broken glass, counted from when somebody looked at it, silences, and shifts, leave and
            hand-overs.
        deliveries: Delivery attempts; the notice stays with its final state.
        photos: Photos of visits, at most as long as their alerts.
    """

    readings: timedelta | None = timedelta(days=400)
    extras: timedelta | None = timedelta(days=35)
    quarantine: timedelta | None = timedelta(days=90)
    changes: timedelta | None = timedelta(days=2)
    alerts: timedelta | None = timedelta(days=1_095)
    deliveries: timedelta | None = timedelta(days=400)
    photos: timedelta | None = timedelta(days=90)


class Retention:
    """Deletes old rows, one slice at a time."""

    def __init__(self, connection: Connection, database: Database, scope: Scope) -> None:
        self._connection = connection
        self._database = database
        self._scope = scope

    def prune(self, keep: Keep, now: int, limit: int = SLICE_ROWS) -> int:
        """Delete one slice of what is older than `keep` at `now` (epoch ms).

        Readings that no checkpoint includes yet are never deleted. PostgreSQL drops whole days of readings instead, one at
        a time; a drop that finds the table in use for 2 s raises Unavailable and can be tried later.

        It also deletes spans that are too old to matter for learning, sessions that have been over for a shift, links that have
        ended, the family's too, sign-ins that were not finished, answers of yesterday, and counts of what was
        sent that no limit asks for any more, what closings ended that nobody can undo any more, and first signs of life of days
        that are in no note any more. Notes to a family go with their attempts, a month after they were sent.

        Returns:
            How many rows (or days) were deleted; 0 when nothing is left. Call it again in a new transaction until then.
        """
        require_everything(self._scope)
        gone = self._prune_learning(now - TAUGHT // MS, limit)
        for table, column, before in (
            (access_tables.session, "ends_at", now - KEPT_SESSION_MS),
            (access_tables.one_time_link, "ends_at", now),
            (access_tables.pending_sign_in, "ends_at", now),
            (access_tables.wrong_tries, "full_at", now),
            (access_tables.message_link, "ends_at", now),
            (access_tables.answered, "at", now - REMEMBERED_MS),
            (notice_tables.sending, "last_at", now - LONGEST_LIMIT_S * 1000),
            (alert_tables.closing, "at", now - 2 * SLIP // MS),
            (home_tables.first_sign, "at", now - SIGNS_KEPT_MS),
        ):
            if gone < limit:
                gone += self._delete(table, column, before, limit - gone)
        for table, column, span in (
            (reading_tables.extra_reading, "received_at", keep.extras),
            (reading_tables.quarantine, "received_at", keep.quarantine),
            (reading_tables.last_message, "received_at", keep.quarantine),
            (tables.change, "at", keep.changes),
            (access_tables.broken_glass, "seen_at", keep.alerts),  # what nobody has looked at stays
            (alert_tables.silence, "ends_at", keep.alerts),
            (alert_tables.visit_photo, "at", keep.photos),
            (duty_tables.shift, "ends_at", keep.alerts),
            (duty_tables.leave, "ends_at", keep.alerts),
            (duty_tables.hand_over, "offered_at", keep.alerts),
        ):
            if span is not None and gone < limit:
                gone += self._delete(table, column, now - span // MS, limit - gone)
        if gone < limit:
            gone += self._prune_notes(now - NOTES_KEPT_MS, limit - gone)
        if keep.deliveries is not None and gone < limit:
            gone += self._prune_deliveries(now - keep.deliveries // MS, limit - gone)
        if keep.alerts is not None and gone < limit:
            gone += self._prune_alerts(now - keep.alerts // MS, limit - gone)
            gone += self._prune_news(now - keep.alerts // MS, limit - gone)
        if keep.readings is not None and gone < limit:
            gone += self._prune_readings(now - keep.readings // MS, limit - gone)
        return gone

    def _prune_learning(self, before: int, limit: int) -> int:
        span = learned_tables.disregarded
        old = select(span.c.id).where(span.c.ends_at < before).limit(limit)
        return self._connection.execute(delete(span).where(span.c.id.in_(old))).rowcount

    def _delete(self, table: Table, column: str, before: int, limit: int) -> int:
        (key,) = table.primary_key
        old = select(key).where(table.c[column] < before).order_by(table.c[column]).limit(limit)
        if table is alert_tables.silence:  # what it still holds back is decided on first
            old = old.where(~select(_held.c.rule).where(_held.c.silence == table.c.id).exists())
        if table is tables.change:  # the last one stays: streams go on from it
            old = old.where(table.c.id < select(func.max(table.c.id)).scalar_subquery())
        return self._connection.execute(delete(table).where(key.in_(old))).rowcount

    def _prune_deliveries(self, before: int, limit: int) -> int:
        table = notice_tables.delivery
        oldest = select(table.c.id, table.c.at).order_by(table.c.id).limit(limit).subquery()  # as good as by time, by index
        old = select(oldest.c.id).where(oldest.c.at < before)
        return self._connection.execute(delete(table).where(table.c.id.in_(old))).rowcount

    def _prune_notes(self, before: int, limit: int) -> int:
        """Delete notes to families, with their attempts: they are about no alert, and too many to be kept as long."""
        outbox = notice_tables.outbox
        is_over = outbox.c.state.not_in(["pending", "leased"])
        old = select(outbox.c.id).where(notice_tables.FAMILY_NOTE, outbox.c.created_at < before, is_over)
        ids = self._connection.scalars(old.order_by(outbox.c.created_at, outbox.c.id).limit(limit)).all()
        delete_notices(self._connection, ids)
        return len(ids)

    def _prune_news(self, before: int, limit: int) -> int:
        """Delete notices about no alert that were sent long ago, once nothing is kept of their attempts."""
        outbox, delivery = notice_tables.outbox, notice_tables.delivery
        tried = select(delivery.c.id).where(delivery.c.outbox_id == outbox.c.id).exists()
        is_over = outbox.c.state.not_in(["pending", "leased"])
        old = select(outbox.c.id).where(outbox.c.alert_id.is_(None), outbox.c.created_at < before, is_over, ~tried).limit(limit)
        return self._connection.execute(delete(outbox).where(outbox.c.id.in_(old))).rowcount

    def _prune_alerts(self, before: int, limit: int) -> int:
        alert = alert_tables.alert
        old = select(alert.c.id).where(alert.c.answer == "resolved", alert.c.opened_at < before, alert.c.resolved_at < before)
        old = old.where(~select(_held.c.rule).where(_held.c.cause == alert.c.id).exists())
        ids = self._connection.scalars(old.order_by(alert.c.opened_at).limit(limit)).all()
        delete_alerts(self._connection, ids)
        return len(ids)

    def _prune_readings(self, before: int, limit: int) -> int:
        folded = self._connection.scalar(select(func.min(tables.checkpoint.c.position)))
        if folded is None:
            return 0
        driver = get_driver_connection(self._connection)
        if not self._database.is_sqlite:
            return self._drop_day(driver, before, folded)
        done = driver.execute(
            "DELETE FROM reading WHERE position IN"
            " (SELECT position FROM reading WHERE key_at < ? AND position <= ? ORDER BY key_at LIMIT ?)",
            (before, folded, limit),
        )
        return int(done.rowcount)

    def _drop_day(self, driver: Any, before: int, folded: int) -> int:
        names = driver.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'reading'::regclass")
        kept = name_partition(before // DAY_MS)
        for (name,) in sorted(names.fetchall()):
            if name >= kept:  # their names sort by day
                break
            (last,) = driver.execute(f"SELECT max(position) FROM {name}").fetchone()  # noqa: S608 - a name of ours
            if last is not None and last > folded:
                continue
            self._connection.execute(text("SET LOCAL lock_timeout = '2s'"))
            driver.execute(f"DROP TABLE {name}")
            self._database.run_after_commit(self._connection, self._database.days.clear)
            return 1
        return 0
