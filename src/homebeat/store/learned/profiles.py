"""Stores the learned profiles of residents, and the number of false alarms a month that people chose for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, insert, select, update

from homebeat.domain.errors import NotAllowed, NotFound
from homebeat.domain.fleet import Disregarded
from homebeat.domain.ids import ResidentId
from homebeat.domain.scope import Scope
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.database import insert_into
from homebeat.store.home import tables as home_tables
from homebeat.store.learned import tables
from homebeat.store.learned.values import CurvePoint, LearnedProfile, LimitChoice, LowObservability, Usual
from homebeat.store.scoping import narrow, require_everything

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homebeat.store.home.fleet import Fleets
    from homebeat.store.operation.changes import Changes

_learned, _choice, _resident = tables.learned, tables.limit_choice, home_tables.resident


class LearnedQueries:
    """Profiles and choices, for reading."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def find_profile(self, resident: ResidentId) -> LearnedProfile | None:
        """Find the newest profile; None before anything was learned."""
        query = narrow(select(_learned).where(_learned.c.resident == resident), _learned.c.resident, self._scope)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else _make_profile(row)

    def list_choices(self, resident: ResidentId, limit: int = 20) -> tuple[LimitChoice, ...]:
        """List who chose what for a resident, newest first."""
        query = narrow(select(_choice).where(_choice.c.resident == resident), _choice.c.resident, self._scope)
        rows = self._connection.execute(query.order_by(_choice.c.id.desc()).limit(limit)).mappings()
        return tuple(LimitChoice(**row) for row in rows)

    def count_choices(self, resident: ResidentId) -> int:
        """Count how often somebody chose for a resident."""
        query = select(func.count()).select_from(_choice).where(_choice.c.resident == resident)
        return int(self._connection.scalar(narrow(query, _choice.c.resident, self._scope)) or 0)

    def list_disregarded(self, resident: ResidentId) -> tuple[Disregarded, ...]:
        """List the spans that are not learned from, newest first."""
        table = tables.disregarded
        query = narrow(select(table).where(table.c.resident == resident), table.c.resident, self._scope)
        rows = self._connection.execute(query.order_by(table.c.starts_at.desc()))
        return tuple(Disregarded(_make_time(row.starts_at), _make_time(row.ends_at), row.outcome) for row in rows)


class LearnedWrites(LearnedQueries):
    """Profiles and choices, for writing."""

    def __init__(self, connection: Connection, changes: Changes, fleet: Fleets, scope: Scope) -> None:
        super().__init__(connection, scope)
        self._changes = changes
        self._fleet = fleet

    def put(self, rows: Sequence[LearnedProfile]) -> None:
        """Write the profiles that were learned in a tick; each replaces the resident's last one.

        If a field that lists show has changed, the live stream gets a change. Residents who are not in the registry are left out.
        """
        require_everything(self._scope)
        for some in split_chunks(rows):
            names = [row.resident for row in some]
            known = set(self._connection.scalars(select(_resident.c.id).where(_resident.c.id.in_(names))))
            seen = select(_learned.c.resident, _learned.c.low_observability).where(_learned.c.resident.in_(names))
            before = {row[0]: row[1] for row in self._connection.execute(seen)}
            values = {row.resident: _make_row(row) for row in some if row.resident in known}
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

        Choosing what is in force already changes nothing and is not stored.

        `version` is the id of the choice that the person saw, 0 for none; None skips the check.

        Returns:
            Whether something changed. If so, the watch reads the registry again.

        Raises:
            NotFound: No resident in the scope has this id.
            NotAllowed: Somebody has chosen since.
        """
        table = _resident
        query = select(table.c.false_alarms_a_month).where(table.c.id == resident, table.c.retired_at.is_(None))
        found = self._connection.execute(narrow(query, table.c.household, self._scope).with_for_update()).first()
        if found is None:
            raise NotFound("there is no such resident")
        was: float | None = found[0]
        if was == budget:
            return False
        latest = narrow(select(func.max(_choice.c.id)).where(_choice.c.resident == resident), _choice.c.resident, self._scope)
        newest = self._connection.scalar(latest) or 0
        if version is not None and version != newest:
            raise NotAllowed("somebody has chosen for this resident since: look at it again")
        self._connection.execute(update(table).where(table.c.id == resident).values(false_alarms_a_month=budget))
        step = {"resident": resident, "at": now, "actor": actor, "was": was, "chosen": budget}
        self._connection.execute(insert(_choice).values(step))
        self._fleet.revise(now)
        self._changes.add("resident", resident, now)
        return True


def _make_row(learned: LearnedProfile) -> dict[str, Any]:
    low = learned.low_observability
    return _read_fields(learned) | {
        "low_observability": low.value if low else "",
        "curve": [_read_fields(point) for point in learned.curve],
        "habit": _read_fields(learned.habit),
    }


def _read_fields(of: LearnedProfile | CurvePoint | Usual) -> dict[str, Any]:
    """Read the fields without copying them: `asdict` would copy hundreds of numbers for each resident of a city."""
    return {name: getattr(of, name) for name in of.__slots__}


def _make_profile(row: Any) -> LearnedProfile:
    habit = row["habit"]
    lists = {name: tuple(habit[name]) for name in ("longest_usual", "gaps_near", "outlived")}
    return LearnedProfile(
        **{
            **row,
            "low_observability": read_low_observability(row["low_observability"]),
            "limit_minutes": tuple(row["limit_minutes"]),
            "curve": tuple(CurvePoint(**point) for point in row["curve"]),
            "habit": Usual(**{**habit, **lists}),
            "outings": tuple((outing[0], outing[1]) for outing in row["outings"]),
        }
    )


def read_low_observability(code: str | None) -> LowObservability | None:
    """Read the reason in a row; None for "" and for no row."""
    return LowObservability(code) if code else None


def _make_time(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)
