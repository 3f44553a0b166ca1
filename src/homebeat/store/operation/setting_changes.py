"""Stores what people changed of the settings in the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Table, func, insert, select, update

from homebeat.domain.ids import AreaId
from homebeat.domain.setting_change import MOST_PLACES, SettingChange, SettingState
from homebeat.store.base import cursors
from homebeat.store.base.cursors import INT8, Page
from homebeat.store.home import tables as home_tables
from homebeat.store.operation import tables
from homebeat.store.scoping import narrow
from homebeat.store.sealing.values import Sealed, SealedColumn, SealedTable, name_household

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, RowMapping, Select

    from homebeat.domain.scope import Scope
    from homebeat.store.sealing.owner_keys import OwnerKeys, OwnerKeyWrites

_change: Final[Table] = tables.setting_change
_home, _resident, _line = home_tables.household, home_tables.resident, home_tables.area_above
_REASON: Final = SealedColumn("setting_change", "reason_sealed", {"reason": ""})
_WORD: Final = SealedColumn("setting_change", "word_sealed", {"word": ""})
#: Texts about an installation are sealed with its key, as the reasons of silences of an area are.
_OWNER: Final = name_household("")
#: What is sealed of a change.
SETTING_TEXTS: Final = SealedTable((_REASON, _WORD), lambda _row: _OWNER, lambda row: row["key"])
_REVISION: Final = "settings_revision"


class SettingChangeQueries:
    """Changes of settings, for reading: of the areas that the scope reaches, of those above them, and of everywhere."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope

    @property
    def scope(self) -> Scope:
        """Whose changes these are."""
        return self._scope

    def read_revision(self) -> int:
        """Read the revision of what is in force; it goes up with each change of that."""
        query = select(tables.meta.c.value).where(tables.meta.c.name == _REVISION)
        revision: int = self._connection.execute(query).scalar_one()
        return revision

    def list_in_force(self) -> list[SettingChange]:
        """List what holds, in the order in which it was entered: the newest of each place. Without the words of people.

        All of it: a change that is not listed does not hold. `enter_change` keeps it below `MOST_PLACES`.
        """
        in_force = _change.c.state == SettingState.IN_FORCE.value
        newest = narrow(select(func.max(_change.c.id)), _change.c.area, self._scope).where(in_force)
        newest = newest.group_by(_change.c.area, _change.c.subject)
        query = narrow(select(_change), _change.c.area, self._scope).where(_change.c.id.in_(newest))
        rows = self._connection.execute(query.order_by(_change.c.id)).mappings()
        return [_make_change(row, "", "") for row in rows]

    def find(self, change_id: int) -> SettingChange | None:
        """Find one by its number."""
        return self._find(_change.c.id == change_id)

    def find_newest(self, area: AreaId | None, subject: str) -> SettingChange | None:
        """Find the newest change of this very place, whatever became of it."""
        return self._find(*_match_place(area, subject))

    def find_in_force(self, area: AreaId | None, subject: str) -> SettingChange | None:
        """Find what the console says of this very place; None where it has never said anything."""
        return self._find(*_match_place(area, subject), _change.c.state == SettingState.IN_FORCE.value)

    def find_proposed(self, area: AreaId | None, subject: str) -> SettingChange | None:
        """Find what is proposed for this very place."""
        return self._find(*_match_place(area, subject), _change.c.state == SettingState.PROPOSED.value)

    def list_proposed(self) -> list[SettingChange]:
        """List what waits for a second person, the oldest first; no more than `MOST_PLACES`."""
        query = self._select().where(_change.c.state == SettingState.PROPOSED.value).order_by(_change.c.id).limit(MOST_PLACES)
        return self._open(self._connection.execute(query).mappings().all())

    def read_page(self, limit: int = 50, cursor: str | None = None, subject: str = "") -> Page[SettingChange]:
        """Read a page, newest first; `subject`: only of this subject."""
        query = self._select().order_by(_change.c.id.desc()).limit(limit + 1)
        if subject:
            query = query.where(_change.c.subject == subject)
        if cursor is not None:
            (before,) = cursors.read(cursor, INT8)
            query = query.where(_change.c.id < before)
        return cursors.make_page(self._open(self._connection.execute(query).mappings().all()), limit, lambda one: (one.id,))

    def count_residents(self, area: AreaId | None) -> int:
        """Count who lives in an area and all below it, or with None everywhere."""
        people = _resident.join(_home, _home.c.id == _resident.c.household)
        query = narrow(select(func.count(_resident.c.id)), _home.c.area, self._scope).select_from(people)
        query = query.where(_resident.c.retired_at.is_(None), _home.c.retired_at.is_(None))
        if area is not None:
            query = query.where(_home.c.area.in_(select(_line.c.area).where(_line.c.above == area)))
        count: int = self._connection.execute(query).scalar_one()
        return count

    def _select(self) -> Select[*tuple[Any, ...]]:
        return narrow(select(_change), _change.c.area, self._scope)

    def _find(self, *where: ColumnElement[bool]) -> SettingChange | None:
        query = self._select().where(*where).order_by(_change.c.id.desc()).limit(1)
        return next(iter(self._open(self._connection.execute(query).mappings().all())), None)

    def _open(self, rows: Sequence[RowMapping]) -> list[SettingChange]:
        said = [row for row in rows if row["word_sealed"] is not None]
        reasons = self._keys.open([Sealed(_REASON, _OWNER, row["key"], row["reason_sealed"]) for row in rows])
        opened = self._keys.open([Sealed(_WORD, _OWNER, row["key"], row["word_sealed"]) for row in said])
        words = {row["id"]: word for row, (word,) in zip(said, opened, strict=True)}
        return [_make_change(row, reason, words.get(row["id"], "")) for row, (reason,) in zip(rows, reasons, strict=True)]


class SettingChanges(SettingChangeQueries):
    """Changes of settings, for writing. Call `take_turn` first: then nobody else writes one until the transaction ends."""

    def __init__(self, connection: Connection, keys: OwnerKeyWrites, scope: Scope) -> None:
        super().__init__(connection, keys, scope)
        self._sealing = keys

    def take_turn(self) -> None:
        """Wait until nobody else changes settings. What is read afterwards stands until this transaction ends."""
        self._add_to_revision(0)

    def add(self, new: SettingChange) -> int:
        """Store a new one; returns its number. One that is in force holds for everybody who reads the revision."""
        before = self.find_newest(new.area, new.subject)
        # also where one person makes two in one millisecond
        key = f"{new.key}/{before.id if before else 0}/{new.actor}/{new.at}"
        self._sealing.make_keys([_OWNER], new.at)
        row: dict[str, Any] = {
            "key": key,
            "area": new.area,
            "subject": new.subject,
            "before": new.before,
            "after": new.after,
            "state": new.state.value,
            "residents": new.residents,
        }
        row |= {"at": new.at, "actor": new.actor, "tried": new.tried, "decided_at": new.decided_at, "decided_by": new.decided_by}
        sealed = self._sealing.seal(_REASON, _OWNER, key, {"reason": new.reason})
        entered = insert(_change).values(**row, reason_sealed=sealed).returning(_change.c.id)
        number: int = self._connection.execute(entered).scalar_one()
        self._add_to_revision(1 if new.state is SettingState.IN_FORCE else 0)
        return number

    def decide(self, change: SettingChange, state: SettingState, actor: str, now: int, word: str) -> None:
        """Say what became of one that was proposed: no newer one of its place is in force."""
        own = narrow(select(_change.c.key), _change.c.area, self._scope).where(_change.c.id == change.id)
        sealed = self._sealing.seal(_WORD, _OWNER, self._connection.execute(own).scalar_one(), {"word": word})
        row = {"state": state.value, "decided_at": now, "decided_by": actor, "word_sealed": sealed}
        self._connection.execute(update(_change).where(_change.c.id == change.id).values(**row))
        self._add_to_revision(1 if state is SettingState.IN_FORCE else 0)

    def _add_to_revision(self, more: int) -> None:
        meta = tables.meta
        self._connection.execute(update(meta).where(meta.c.name == _REVISION).values(value=meta.c.value + more))


def _match_place(area: AreaId | None, subject: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (_change.c.area.is_(None) if area is None else _change.c.area == area), _change.c.subject == subject


def _make_change(row: RowMapping, reason: Any, word: Any) -> SettingChange:
    return SettingChange(
        id=row["id"],
        area=None if row["area"] is None else AreaId(row["area"]),
        subject=row["subject"],
        before=row["before"],
        after=row["after"],
        state=SettingState(row["state"]),
        residents=row["residents"],
        at=row["at"],
        actor=row["actor"],
        reason=reason,
        tried=row["tried"],
        decided_at=row["decided_at"],
        decided_by=row["decided_by"],
        word=word,
    )
