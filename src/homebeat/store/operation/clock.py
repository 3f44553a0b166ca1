"""Reads the database's clock, and stores the steps of it that the engine followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import BigInteger, Connection, insert, literal_column, select, update

from homebeat.domain.durations import HOUR_MS
from homebeat.domain.instants import is_from_the_future
from homebeat.store.operation.tables import clock_step as _step
from homebeat.store.operation.values import ClockStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

#: How long a step back is reported: by then a person has seen it, or a monitor has recorded it.
SAID_FOR_MS: Final = HOUR_MS
#: Epoch ms now, by the database's own clock: on SQLite that is this machine's wall clock.
_NOW: Final = {
    "sqlite": literal_column("CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)", BigInteger),
    "postgresql": literal_column("CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)", BigInteger),
}


def express_clock(connection: Connection) -> ColumnElement[int]:
    """The SQL expression for the database's clock, epoch ms."""
    return _NOW[connection.dialect.name]


def read_now(connection: Connection) -> int:
    """Read the database's clock, epoch ms."""
    return int(connection.execute(select(express_clock(connection))).scalar_one())


class ClockQueries:
    """Steps of the clock, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_steps(self, after: int = 0) -> list[ClockStep]:
        """List the steps with a greater number than `after`, in order."""
        rows = self._connection.execute(select(_step).where(_step.c.no > after).order_by(_step.c.no))
        return [ClockStep(r.no, r.position, r.before_at, r.after_at, r.noted_at, r.accepted_at) for r in rows]

    def find_reportable(self, now: int) -> ClockStep | None:
        """Find the newest step, if people must know of it at `now` (epoch ms, the database's clock); else None.

        A step back is reported for an hour. A step ahead is reported until somebody accepts it or the clock has come back: only a
        person can tell whether the clock is right now.
        """
        row = self._connection.execute(select(_step).order_by(_step.c.no.desc()).limit(1)).one_or_none()
        if row is None or row.accepted_at is not None:
            return None
        step = ClockStep(row.no, row.position, row.before_at, row.after_at, row.noted_at, None)
        is_old = now - step.noted_at > SAID_FOR_MS and not is_from_the_future(step.noted_at, now)
        return None if step.is_back and is_old else step


class Clock(ClockQueries):
    """Steps of the clock, for writing."""

    def follow(self, steps: Sequence[ClockStep], position: int) -> None:
        """Store the steps that the engine followed after the reading at `position`."""
        if steps:
            rows = [
                {
                    "no": step.no,
                    "position": position,
                    "before_at": step.before,
                    "after_at": step.after,
                    "noted_at": step.noted_at,
                    "accepted_by": "",
                }
                for step in steps
            ]
            self._connection.execute(insert(_step), rows)

    def accept(self, actor: str, now: int) -> int:
        """Note that somebody has seen the steps so far and that the clock is right; returns how many were still open."""
        new = update(_step).where(_step.c.accepted_at.is_(None)).values(accepted_at=now, accepted_by=actor)
        return self._connection.execute(new).rowcount
