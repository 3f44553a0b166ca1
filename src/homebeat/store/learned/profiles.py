"""What is learned about residents, and the number of false alarms a month that people chose for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, insert, select, update

from homebeat.domain.errors import NotAllowed, NotFound
from homebeat.domain.fleet import Disregarded
from homebeat.domain.ids import ResidentId
from homebeat.store.base.chunks import chunks
from homebeat.store.base.database import insert_into
from homebeat.store.home import tables as home_tables
from homebeat.store.learned import tables
from homebeat.store.learned.values import CurvePoint, Learned, LimitChoice, LowObservability, Usual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homebeat.store.home.fleet import Fleets
    from homebeat.store.operation.changes import Changes

_learned, _choice, _resident = tables.learned, tables.limit_choice, home_tables.resident


class LearnedQueries:
    """Profiles and choices, for reading."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, resident: ResidentId) -> Learned | None:
        """The newest profile; None before anything was learned."""
        row = self._connection.execute(select(_learned).where(_learned.c.resident == resident)).mappings().first()
        return None if row is None else _learned_of(row)

    def choices(self, resident: ResidentId, limit: int = 20) -> tuple[LimitChoice, ...]:
        """Who chose what for a resident, newest first."""
        query = select(_choice).where(_choice.c.resident == resident).order_by(_choice.c.id.desc()).limit(limit)
        return tuple(LimitChoice(**row) for row in self._connection.execute(query).mappings())

    def disregarded(self, resident: ResidentId) -> tuple[Disregarded, ...]:
        """Spans that are not learned from, newest first."""
        table = tables.disregarded
        rows = self._connection.execute(select(table).where(table.c.resident == resident).order_by(table.c.starts_at.desc()))
        return tuple(Disregarded(_time(row.starts_at), _time(row.ends_at), row.outcome) for row in rows)


class LearnedWrites(LearnedQueries):
    """Profiles and choices, for writing."""

    def __init__(self, connection: Connection, changes: Changes, fleet: Fleets) -> None:
        super().__init__(connection)
        self._changes = changes
        self._fleet = fleet

    def put(self, rows: Sequence[Learned]) -> None:
        """Write the profiles that were learned in a tick; each takes the place of the resident's last one.

        What a list shows of it is a change for the live stream. Residents that the registry does not know are left out.
        """
        for some in chunks(rows):
            names = [row.resident for row in some]
            known = set(self._connection.scalars(select(_resident.c.id).where(_resident.c.id.in_(names))))
            seen = select(_learned.c.resident, _learned.c.low_observability).where(_learned.c.resident.in_(names))
            before = {row[0]: row[1] for row in self._connection.execute(seen)}
            values = {row.resident: _row_of(row) for row in some if row.resident in known}
            if not values:
                continue
            statement = insert_into(self._connection, _learned)
            fields = {column.name: statement.excluded[column.name] for column in _learned.c if column.name != "resident"}
            upsert = statement.on_conflict_do_update(index_elements=["resident"], set_=fields)
            self._connection.execute(upsert, list(values.values()))
            for name, row in values.items():
                if before.get(name) != row["low_observability"]:
                    self._changes.add("resident", name, row["learned_at"])

    def choose(self, resident: ResidentId, budget: float | None, actor: str, now: int, version: int | None = None) -> bool:
        """Put a number of false alarms a month in force for a resident; None leaves it to the settings again.

        Choosing what is in force already changes nothing and is not written down.

        `version` is the id of the choice that this one was decided on, 0 for none; None does not mind.

        Returns:
            Whether something changed: then the watch reads the registry again.

        Raises:
            NotFound: There is no such resident.
            NotAllowed: Somebody has chosen since.
        """
        table = _resident
        found = self._connection.execute(
            select(table.c.false_alarms_a_month).where(table.c.id == resident, table.c.retired_at.is_(None)).with_for_update()
        ).first()
        if found is None:
            raise NotFound("there is no such resident")
        was: float | None = found[0]
        if was == budget:
            return False
        newest = self._connection.scalar(select(func.max(_choice.c.id)).where(_choice.c.resident == resident)) or 0
        if version is not None and version != newest:
            raise NotAllowed("somebody has chosen for this resident since: look at it again")
        self._connection.execute(update(table).where(table.c.id == resident).values(false_alarms_a_month=budget))
        step = {"resident": resident, "at": now, "actor": actor, "was": was, "chosen": budget}
        self._connection.execute(insert(_choice).values(step))
        self._fleet.revise(now)
        self._changes.add("resident", resident, now)
        return True


def _row_of(learned: Learned) -> dict[str, Any]:
    low = learned.low_observability
    return _fields(learned) | {
        "low_observability": low.value if low else "",
        "curve": [_fields(point) for point in learned.curve],
        "habit": _fields(learned.habit),
    }


def _fields(of: Learned | CurvePoint | Usual) -> dict[str, Any]:
    """Its fields as they are: `asdict` would copy each of the hundreds of numbers, and a whole city learns."""
    return {name: getattr(of, name) for name in of.__slots__}


def _learned_of(row: Any) -> Learned:
    habit = row["habit"]
    lists = {name: tuple(habit[name]) for name in ("longest_usual", "gaps_near", "outlived")}
    return Learned(
        **{
            **row,
            "low_observability": low_observability_of(row["low_observability"]),
            "limit_minutes": tuple(row["limit_minutes"]),
            "curve": tuple(CurvePoint(**point) for point in row["curve"]),
            "habit": Usual(**{**habit, **lists}),
            "outings": tuple((outing[0], outing[1]) for outing in row["outings"]),
        }
    )


def low_observability_of(code: str | None) -> LowObservability | None:
    """The reason in a row; None for "" and for no row."""
    return LowObservability(code) if code else None


def _time(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)
