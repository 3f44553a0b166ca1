"""Stores silences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Table, and_, bindparam, or_, select, update

from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.silence import Silence
from homebeat.store.alert import tables
from homebeat.store.base import cursors
from homebeat.store.base.cursors import INT8, Page
from homebeat.store.base.database import insert_into
from homebeat.store.scoping import match_scope, require_everything
from homebeat.store.sealing.values import Sealed, SealedColumn, SealedTable, name_household

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, RowMapping, Select

    from homebeat.domain.scope import Scope
    from homebeat.store.sealing.owner_keys import OwnerKeys, OwnerKeyWrites

_silence: Final[Table] = tables.silence
_REASON: Final = SealedColumn("silence", "reason_sealed", {"reason": ""})
#: What is sealed of a silence.
SILENCE_TEXTS: Final = SealedTable((_REASON,), lambda row: name_household(row["household"] or ""), lambda row: row["key"])


def match_active(now: int) -> ColumnElement[bool]:
    """Make a condition: a silence holds at `now` (epoch ms); as `Silence.is_active`."""
    has_begun = and_(_silence.c.at <= now, _silence.c.starts_at <= now)
    return and_(_silence.c.lifted_at.is_(None), has_begun, _silence.c.ends_at > now)


class SilenceQueries:
    """Silences, for reading: of the areas that the scope reaches, and of those above them."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    def find(self, silence_id: int) -> Silence | None:
        """Find one by its number."""
        query = self._select_seen().where(_silence.c.id == silence_id)
        return next(iter(self._open(self._connection.execute(query).mappings().all())), None)

    def read_page(self, now: int, limit: int = 50, cursor: str | None = None, *, only_active: bool = True) -> Page[Silence]:
        """Read a page, newest first: of those that hold at `now` (epoch ms) or later, or of all."""
        query = self._select_seen().order_by(_silence.c.id.desc()).limit(limit + 1)
        if cursor is not None:
            (before,) = cursors.read(cursor, INT8)
            query = query.where(_silence.c.id < before)
        if only_active:
            query = query.where(_silence.c.lifted_at.is_(None), _silence.c.ends_at > now)
        return cursors.make_page(self._open(self._connection.execute(query).mappings().all()), limit, lambda one: (one.id,))

    def _select_seen(self) -> Select[*tuple[Any, ...]]:
        """Make a query: the home lies in the scope; of an area also for who sees a part of it, because it concerns them."""
        of_area = and_(_silence.c.household.is_(None), match_scope(_silence.c.area, self._scope))
        return select(_silence).where(or_(of_area, match_scope(_silence.c.household, self._scope)))

    def _open(self, rows: Sequence[RowMapping]) -> list[Silence]:
        sealed = [Sealed(_REASON, name_household(row["household"] or ""), row["key"], row["reason_sealed"]) for row in rows]
        return [_make_silence(row, reason) for row, (reason,) in zip(rows, self._keys.open(sealed), strict=True)]


class Silences(SilenceQueries):
    """Silences, for writing."""

    def __init__(self, connection: Connection, keys: OwnerKeyWrites, scope: Scope) -> None:
        super().__init__(connection, keys, scope)
        self._writes = keys

    def list_active(self, now: int) -> list[Silence]:
        """List all that hold at `now` (epoch ms), without their reasons."""
        require_everything(self._scope)
        rows = self._connection.execute(select(_silence).where(match_active(now)).order_by(_silence.c.id)).mappings()
        return [_make_silence(row, "") for row in rows]

    def add(self, new: Silence) -> int:
        """Store a new one; returns its number. A form that was sent twice in one millisecond is stored once."""
        owner = name_household(new.household or "")
        key = f"{new.rule}/{new.subject_key or new.area}/{new.actor}/{new.at}"
        self._writes.make_keys([owner], new.at)
        values: dict[str, Any] = {
            "key": key,
            "rule": new.rule,
            "subject_key": new.subject_key,
            "household": new.household,
            "area": new.area,
        }
        values |= {
            "actor": new.actor,
            "at": new.at,
            "starts_at": new.starts_at,
            "ends_at": new.ends_at,
            "lifted_by": "",
            "held": 0,
        }
        sealed = self._writes.seal(_REASON, owner, key, {"reason": new.reason})
        row = insert_into(self._connection, _silence).values(**values, reason_sealed=sealed).on_conflict_do_nothing()
        number: int | None = self._connection.scalar(row.returning(_silence.c.id))
        if number is None:
            number = self._connection.execute(self._select_seen().where(_silence.c.key == key)).mappings().one()["id"]
        return number

    def lift(self, silence_id: int, actor: str, now: int) -> bool:
        """End one before its time; False where somebody has, or it was over."""
        standing = update(_silence).where(_silence.c.id == silence_id, _silence.c.lifted_at.is_(None), _silence.c.ends_at > now)
        return self._connection.execute(standing.values(lifted_by=actor, lifted_at=now)).rowcount == 1

    def count_held(self, held: Mapping[int, int]) -> None:
        """Count so many more alerts that each of these has held back."""
        rows = [{"number": number, "more": more} for number, more in held.items()]
        if rows:
            counted = update(_silence).where(_silence.c.id == bindparam("number"))
            self._connection.execute(counted.values(held=_silence.c.held + bindparam("more")), rows)


def _make_silence(row: RowMapping, reason: Any) -> Silence:
    home = row["household"]
    return Silence(
        id=row["id"],
        rule=row["rule"],
        subject_key=row["subject_key"],
        household=None if home is None else HouseholdId(home),
        area=AreaId(row["area"]),
        reason=reason,
        actor=row["actor"],
        at=row["at"],
        ends_at=row["ends_at"],
        lifted_by=row["lifted_by"],
        lifted_at=row["lifted_at"],
        held=row["held"],
        starts_at=row["starts_at"],
    )
