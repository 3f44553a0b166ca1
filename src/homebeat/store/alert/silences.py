"""Stores silences, and the edges that they hold back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import Connection, Table, and_, delete, insert, not_, or_, select, tuple_, update

from homebeat.domain.alert import Edge
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.silence import Silence
from homebeat.store.alert import tables
from homebeat.store.base import cursors
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.cursors import INT8, Page
from homebeat.store.base.database import insert_into
from homebeat.store.scoping import match_scope, require_everything
from homebeat.store.sealing.values import Sealed, SealedColumn, name_household

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, RowMapping, Select

    from homebeat.domain.scope import Scope
    from homebeat.store.sealing.owner_keys import OwnerKeys, OwnerKeyWrites

_silence: Final[Table] = tables.silence
_edge: Final[Table] = tables.silenced_edge
_REASON: Final = SealedColumn("silence", "reason_sealed", {"reason": ""})


def match_active(now: int) -> ColumnElement[bool]:
    """Make a condition: a silence holds at `now` (epoch ms); as `Silence.is_active`."""
    return and_(_silence.c.lifted_at.is_(None), _silence.c.at <= now, _silence.c.ends_at > now)


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
        """Read a page, newest first: of those that hold at `now` (epoch ms), or of all."""
        query = self._select_seen().order_by(_silence.c.id.desc()).limit(limit + 1)
        if cursor is not None:
            (before,) = cursors.read(cursor, INT8)
            query = query.where(_silence.c.id < before)
        if only_active:
            query = query.where(match_active(now))
        return cursors.make_page(self._open(self._connection.execute(query).mappings().all()), limit, lambda one: (one.id,))

    def find_over(self, now: int, limit: int) -> list[tuple[str, str]]:
        """Find what is held back by silences that do not hold at `now` (epoch ms): rule and subject key of each."""
        require_everything(self._scope)
        query = select(_edge.c.rule, _edge.c.subject_key).join(_silence, _silence.c.id == _edge.c.silence)
        query = query.where(not_(match_active(now))).order_by(_silence.c.ends_at, _edge.c.rule, _edge.c.subject_key)
        return [(row.rule, row.subject_key) for row in self._connection.execute(query.limit(limit))]

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
        """Store a new one; returns its number. A form that was sent twice in one millisecond is refused."""
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
        values |= {"actor": new.actor, "at": new.at, "ends_at": new.ends_at, "lifted_by": "", "held": 0}
        sealed = self._writes.seal(_REASON, owner, key, {"reason": new.reason})
        row = insert(_silence).values(**values, reason_sealed=sealed).returning(_silence.c.id)
        number: int = self._connection.execute(row).scalar_one()
        return number

    def lift(self, silence_id: int, actor: str, now: int) -> bool:
        """End one before its time; False where somebody has, or it was over."""
        standing = update(_silence).where(_silence.c.id == silence_id, _silence.c.lifted_at.is_(None), _silence.c.ends_at > now)
        return self._connection.execute(standing.values(lifted_by=actor, lifted_at=now)).rowcount == 1

    def lock_held(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Edge]:
        """Find what is held back of these (rule, subject key), and lock it until the transaction ends.

        Ask before the alerts are read: whoever opens what was held back has committed then, and its alert is seen.
        """
        require_everything(self._scope)
        found: dict[tuple[str, str], Edge] = {}
        for some in split_chunks(dict.fromkeys(pairs)):
            query = select(_edge).where(tuple_(_edge.c.rule, _edge.c.subject_key).in_(some))
            query = query.order_by(_edge.c.rule, _edge.c.subject_key)
            for row in self._connection.execute(query.with_for_update()).mappings():
                found[row["rule"], row["subject_key"]] = msgspec.convert(row["edge"], Edge)
        return found

    def hold(self, silence_id: int, edge: Edge, *, is_new: bool) -> None:
        """Keep an edge until the silence is over; `is_new`: none of its rule and subject was held before."""
        row = {"rule": edge.rule, "subject_key": edge.subject.key, "silence": silence_id, "edge": msgspec.to_builtins(edge)}
        new = insert_into(self._connection, _edge)
        kept = {"silence": new.excluded.silence, "edge": new.excluded.edge}
        self._connection.execute(new.on_conflict_do_update(index_elements=["rule", "subject_key"], set_=kept), row)
        if is_new:
            counted = update(_silence).where(_silence.c.id == silence_id).values(held=_silence.c.held + 1)
            self._connection.execute(counted)

    def drop(self, pair: tuple[str, str]) -> None:
        """Hold an edge no longer: its alert has opened, or its condition is over."""
        self._connection.execute(delete(_edge).where(_edge.c.rule == pair[0], _edge.c.subject_key == pair[1]))


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
    )
