"""Stores rotas and the shifts that follow from them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from homebeat.domain.durations import DAY_MS
from homebeat.domain.ids import AreaId, ResponderId, RotaId
from homebeat.domain.instants import is_from_the_future
from homebeat.domain.leave import Leave
from homebeat.domain.rota import Holidays, Rota, Shift, ShiftKey, expand_shifts
from homebeat.domain.wall_clock import find_instant
from homebeat.store.alert import tables as alert_tables
from homebeat.store.alert.rows import read_alert_row
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.database import insert_into
from homebeat.store.duty import tables
from homebeat.store.duty.rows import (
    read_holidays,
    read_rota,
    read_shift,
    read_shift_entry,
    write_holidays,
    write_pattern,
    write_shift,
)
from homebeat.store.duty.values import Duty, LeaveEntry, RotaEntry, ShiftEntry
from homebeat.store.home import tables as home_tables
from homebeat.store.home.values import TableChange
from homebeat.store.scoping import narrow, require_everything

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import RowMapping

    from homebeat.domain.alert import Alert
    from homebeat.domain.scope import Scope

#: So far ahead shifts stand in the table. They are written again with each change, and each time that duty is looked after.
HORIZON_MS: Final = 56 * DAY_MS
#: So far ahead somebody who is next is looked for.
_NEXT_MS: Final = 14 * DAY_MS
#: A week, a night, and how far a zone may be from UTC.
_BEFORE_DAYS: Final = 9

_rota, _change, _leave, _shift, _year = tables.rota, tables.shift_change, tables.leave, tables.shift, tables.holiday_year
_responder, _line, _alert = home_tables.responder, home_tables.area_above, alert_tables.alert


class RotaQueries:
    """Rotas and shifts, for reading: those of the areas in the scope, and those that are on duty for them."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def find_duty(self, areas: Iterable[AreaId], at: int) -> dict[AreaId, Duty]:
        """Find who is on duty at `at` (epoch ms) and who is next, for each of these areas. It is one query, and opens nothing.

        A rota is on duty for its area and all below it. A responder who is retired has no shift.
        """
        found: dict[AreaId, list[ShiftEntry]] = {area: [] for area in areas}
        query = _select_shifts(self._scope).add_columns(_line.c.area.label("below"))
        query = query.join(_line, _line.c.above == _rota.c.area).where(_shift.c.ends_at > at, _shift.c.starts_at <= at + _NEXT_MS)
        for some in split_chunks(found):
            for row in self._connection.execute(query.where(match_any(_line.c.area, some))).mappings():
                found[row["below"]].append(read_shift_entry(row))
        return {area: _divide(entries, at) for area, entries in found.items()}

    def list_shifts(
        self, starts_at: int, ends_at: int, rota: RotaId | None = None, responder: ResponderId | None = None
    ) -> list[ShiftEntry]:
        """List the shifts that somebody has in a span (epoch ms), at least in part, in order; of a rota or a responder."""
        query = _select_shifts(self._scope).where(_shift.c.ends_at > starts_at, _shift.c.starts_at < ends_at)
        if rota is not None:
            query = query.where(_shift.c.rota == rota)
        if responder is not None:
            query = query.where(_shift.c.responder == responder)
        return [read_shift_entry(row) for row in self._connection.execute(query).mappings()]

    def find_shifts(self, rotas: Iterable[RotaId], since: int, until: int | None = None) -> list[Shift]:
        """Find the shifts of these rotas that end after `since`, begin before `until`, and that somebody has who is not retired.

        Times are epoch ms; None for all that stand in the table.
        """
        found: list[Shift] = []
        query = select(_shift).join(_responder, _responder.c.id == _shift.c.responder)
        query = narrow(query.where(_shift.c.ends_at > since, _responder.c.retired_at.is_(None)), _shift.c.rota, self._scope)
        query = query if until is None else query.where(_shift.c.starts_at < until)
        for some in split_chunks(rotas):
            rows = self._connection.execute(query.where(match_any(_shift.c.rota, some))).mappings()
            found += map(read_shift, rows)
        return found

    def list_rotas(self, *, since: int = 0) -> list[RotaEntry]:
        """List the rotas by their ids, each with what was entered since its pattern was set.

        Args:
            since: Epoch ms; what was entered for shifts that were over a week before is left out.
        """
        query = narrow(select(_rota), _rota.c.area, self._scope).order_by(_rota.c.id)
        rows = self._connection.execute(query.where(_rota.c.retired_at.is_(None))).mappings().all()
        changes, calendars = self.find_changes(since), self.read_holidays()
        return [_make_entry(row, changes.get(row["id"], {}), calendars) for row in rows]

    def find_entry(self, rota: RotaId) -> RotaEntry | None:
        """Find one rota as its pattern says, without what was entered since; a retired one too."""
        row = (
            self._connection.execute(narrow(select(_rota).where(_rota.c.id == rota), _rota.c.area, self._scope))
            .mappings()
            .first()
        )
        return None if row is None else _make_entry(row, {}, self.read_holidays())

    def list_put_away(self, limit: int) -> list[RotaEntry]:
        """List rotas that were retired in the console, the last one first."""
        query = select(_rota).where(_rota.c.retired_at.is_not(None), _rota.c.kept_since.is_not(None))
        query = narrow(query, _rota.c.area, self._scope).order_by(_rota.c.retired_at.desc(), _rota.c.id).limit(limit)
        calendars = self.read_holidays()
        return [_make_entry(row, {}, calendars) for row in self._connection.execute(query).mappings()]

    def list_kept(self) -> list[RotaEntry]:
        """List the rotas that the console keeps, retired ones too, each as its pattern says."""
        query = narrow(select(_rota).where(_rota.c.kept_since.is_not(None)), _rota.c.area, self._scope).order_by(_rota.c.id)
        calendars = self.read_holidays()
        return [_make_entry(row, {}, calendars) for row in self._connection.execute(query).mappings()]

    def find_changes(self, since: int = 0) -> dict[RotaId, dict[ShiftKey, ResponderId | None]]:
        """Find what was entered since the patterns were set: who has which shift in place of the file's; `since` as above."""
        found: dict[RotaId, dict[ShiftKey, ResponderId | None]] = {}
        first = date(1970, 1, 1) + timedelta(days=max(0, since // DAY_MS - _BEFORE_DAYS))
        query = narrow(select(_change).where(_change.c.day >= first), _change.c.rota, self._scope)
        for row in self._connection.execute(query).mappings():
            who = None if row["responder"] is None else ResponderId(row["responder"])
            found.setdefault(RotaId(row["rota"]), {})[row["day"], row["name"]] = who
        return found

    def find_rota(self, rota: RotaId) -> RotaEntry | None:
        """Find one rota that is not retired."""
        return next((entry for entry in self.list_rotas() if entry.rota.id == rota), None)

    def read_holidays(self) -> dict[str, Holidays]:
        """Read the public holidays that the shifts go by, by calendar."""
        return read_holidays(self._connection.execute(select(_year)).mappings().all())

    def list_leaves(self, since: int) -> list[LeaveEntry]:
        """List the leaves that end after `since` (epoch ms), in order."""
        query = select(_leave).where(_leave.c.ends_at > since).order_by(_leave.c.starts_at, _leave.c.id)
        rows = self._connection.execute(narrow(query, _leave.c.responder, self._scope)).mappings()
        return [
            LeaveEntry(row["id"], Leave(row["responder"], row["starts_at"], row["ends_at"]), row["actor"], row["at"])
            for row in rows
        ]

    def list_ending(self, entries: Iterable[RotaEntry], now: int) -> list[RotaEntry]:
        """List those of the rotas whose shifts end within half of what is written ahead; one that begins later has none.

        One that was set by a clock that ran ahead has none between now and then either.
        """
        soon = now + HORIZON_MS // 2
        query = select(_shift.c.rota, func.max(_shift.c.ends_at).label("last")).where(_shift.c.ends_at > now)
        query = narrow(query.group_by(_shift.c.rota), _shift.c.rota, self._scope)
        last = {row.rota: row.last for row in self._connection.execute(query)}
        return [entry for entry in entries if _needs_shifts(entry, last.get(entry.rota.id, now), soon, now)]

    def list_closed(self, rule: str, areas: Iterable[AreaId], since: int) -> list[Alert]:
        """List the alerts of these areas that people closed at `since` (epoch ms) or later."""
        found: list[Alert] = []
        for some in split_chunks(areas):
            query = select(_alert).where(_alert.c.rule == rule, match_any(_alert.c.area, some), _alert.c.resolved_at >= since)
            query = narrow(query.order_by(_alert.c.resolved_at), _alert.c.area, self._scope)
            found += map(read_alert_row, self._connection.execute(query).mappings())
        return found

    def find_open(self, rule: str) -> dict[AreaId, Alert]:
        """Find the alert of each area that nobody has closed; it is not locked."""
        query = select(_alert).where(_alert.c.rule == rule, _alert.c.area.is_not(None), alert_tables.UNRESOLVED)
        rows = self._connection.execute(narrow(query, _alert.c.area, self._scope)).mappings()
        return {AreaId(row["area"]): read_alert_row(row) for row in rows}


class Rotas(RotaQueries):
    """Rotas and shifts, for writing."""

    def set_holidays(self, calendars: Mapping[str, Holidays]) -> frozenset[str]:
        """Make the calendars say what the settings say; returns those that change, by name. `refresh` writes the shifts."""
        wanted = {name: holidays for name, holidays in calendars.items() if holidays.years}
        there = self.read_holidays()
        changed = frozenset(name for name in {*wanted, *there} if wanted.get(name) != there.get(name))
        for some in split_chunks(changed):
            self._connection.execute(delete(_year).where(match_any(_year.c.calendar, some)))
        if rows := write_holidays({name: wanted[name] for name in sorted(changed & wanted.keys())}):
            self._connection.execute(insert(_year), rows)
        return changed

    def put(self, rota: Rota, actor: str, now: int) -> int:
        """Write one rota, which the console keeps from now on; returns its version. Shifts are written by `refresh`."""
        old = self._read_row(rota.id)
        row = {"area": rota.area, "kind": rota.kind.value, "timezone": rota.timezone, "pattern": write_pattern(rota)}
        kept = now if old is None or old["kept_since"] is None else old["kept_since"]
        version = 1 if old is None else old["version"] + 1
        marks = {"version": version, "set_by": actor, "set_at": now, "retired_at": None, "kept_since": kept, "before": _keep(old)}
        if old is None:
            self._connection.execute(insert(_rota).values(id=rota.id, **row, **marks))
        else:
            self._connection.execute(update(_rota).where(_rota.c.id == rota.id).values(**row, **marks))
        return version

    def retire(self, rota: RotaId, actor: str, now: int) -> None:
        """Retire one rota, which the console keeps from now on. Its shifts are ended by `refresh`."""
        old = self._read_row(rota)
        if old is None:
            return
        kept = now if old["kept_since"] is None else old["kept_since"]
        marks = {"version": old["version"] + 1, "set_by": actor, "set_at": now, "retired_at": now, "kept_since": kept}
        self._connection.execute(update(_rota).where(_rota.c.id == rota).values(**marks, before=_keep(old)))

    def _read_row(self, rota: RotaId) -> RowMapping | None:
        query = narrow(select(_rota).where(_rota.c.id == rota), _rota.c.area, self._scope).with_for_update()
        return self._connection.execute(query).mappings().first()

    def set_all(self, rotas: Sequence[Rota], actor: str, now: int, *, take_back: bool = False) -> TableChange:
        """Make the rotas say what a rota file says; doing it twice changes nothing. A rota that is not among them is retired.

        What was entered since (swaps, leave) stays, and counts. Shifts are written by `refresh`. Rotas that the console keeps
        stay as they are, and must not be among `rotas`; with `take_back` the file keeps them again.
        """
        require_everything(self._scope)
        everything = {row["id"]: row for row in self._connection.execute(select(_rota)).mappings()}
        if take_back:
            self._connection.execute(update(_rota).values(kept_since=None, before=None))
        there = {ident: row for ident, row in everything.items() if take_back or row["kept_since"] is None}
        added, changed = list[str](), list[str]()
        for rota in rotas:
            row = {"area": rota.area, "kind": rota.kind.value, "timezone": rota.timezone, "pattern": write_pattern(rota)}
            old = there.get(rota.id)
            if old is not None and old["retired_at"] is None and all(old[name] == value for name, value in row.items()):
                continue
            (added if old is None or old["retired_at"] is not None else changed).append(rota.id)
            version = 1 if old is None else old["version"] + 1
            values = {**row, "version": version, "set_by": actor, "set_at": now, "retired_at": None}
            statement = insert_into(self._connection, _rota).values(id=rota.id, **values)
            self._connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
        named = {rota.id for rota in rotas}
        removed = [i for i, old in there.items() if i not in named and old["retired_at"] is None]
        for some in split_chunks(removed):
            self._connection.execute(update(_rota).where(match_any(_rota.c.id, some)).values(retired_at=now))
        return TableChange(tuple(added), tuple(changed), tuple(removed))

    def change_shift(self, rota: RotaId, key: ShiftKey, who: ResponderId | None, cause: str, actor: str, now: int) -> None:
        """Give a shift to somebody, or to nobody; what is entered last counts. Shifts are written by `refresh`."""
        day, name = key
        values = {"responder": who, "cause": cause, "actor": actor, "at": now}
        statement = insert_into(self._connection, _change).values(rota=rota, day=day, name=name, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["rota", "day", "name"], set_=values))

    def add_leave(self, leave: Leave, actor: str, now: int) -> None:
        """Enter that somebody does not work."""
        values = {"responder": leave.who, "starts_at": leave.starts_at, "ends_at": leave.ends_at, "actor": actor, "at": now}
        self._connection.execute(insert(_leave).values(values))

    def refresh(self, rotas: Mapping[RotaId, Rota | None], now: int) -> bool:
        """Write the shifts of rotas from now on; what was stays as it was. It is a few statements, however many they are.

        A shift that runs and changes ends now, and what is left of it begins now: so the table says who was on duty when.

        Args:
            rotas: Each as it holds now; None where it is retired.
            now: Epoch ms.

        Returns:
            Whether anything was changed.
        """
        wanted = {
            ident: {_identify(shift, now): shift for shift in expand_shifts(rota, now, now + HORIZON_MS)}
            for ident, rota in rotas.items()
            if rota is not None
        }
        kept = set[tuple[Any, ...]]()
        gone, cut = list[int](), list[int]()
        for some in split_chunks(rotas):
            query = select(_shift).where(match_any(_shift.c.rota, some), _shift.c.ends_at > now)
            for row in self._connection.execute(narrow(query, _shift.c.rota, self._scope)).mappings():
                shift = read_shift(row)
                name = _identify(shift, now)
                if name in wanted.get(shift.rota, ()) and (shift.rota, *name) not in kept:
                    kept.add((shift.rota, *name))
                else:
                    (cut if row["starts_at"] < now else gone).append(row["id"])
        for ids in split_chunks(gone):
            self._connection.execute(delete(_shift).where(match_any(_shift.c.id, ids)))
        for ids in split_chunks(cut):
            self._connection.execute(update(_shift).where(match_any(_shift.c.id, ids)).values(ends_at=now))
        new = [shift for ident, named in wanted.items() for name, shift in named.items() if (ident, *name) not in kept]
        if new:
            rows = [{**write_shift(shift), "starts_at": max(shift.starts_at, now)} for shift in new]
            self._connection.execute(insert(_shift), rows)
        return bool(gone or cut or new)


def _make_entry(row: RowMapping, changes: Mapping[ShiftKey, ResponderId | None], calendars: Mapping[str, Holidays]) -> RotaEntry:
    before = None if row["before"] is None else read_rota({"id": row["id"], **row["before"]}, {}, calendars)
    return RotaEntry(
        read_rota(row, changes, calendars),
        row["version"],
        row["set_by"],
        row["set_at"],
        row["kept_since"],
        row["retired_at"],
        before,
    )


def _keep(old: RowMapping | None) -> dict[str, Any] | None:
    """What is kept of a rota as it was; None where it was not there."""
    if old is None or old["retired_at"] is not None:
        return None
    return {name: old[name] for name in ("area", "kind", "timezone", "pattern")}


def _select_shifts(scope: Scope) -> Select[Any]:
    """Select the shifts that somebody has, in order."""
    joined = _shift.join(_rota, _rota.c.id == _shift.c.rota).join(_responder, _responder.c.id == _shift.c.responder)
    query = select(_shift, _rota.c.area, _rota.c.kind, _responder.c.account).select_from(joined)
    query = query.where(_responder.c.retired_at.is_(None)).order_by(_shift.c.starts_at, _shift.c.id)
    return narrow(query, _shift.c.rota, scope)


def _needs_shifts(entry: RotaEntry, last: int, soon: int, now: int) -> bool:
    """Whether the shifts of a rota have to be written again; the last of them ends at `last`. Times are epoch ms."""
    rota = entry.rota
    begins = find_instant(rota.starts_on, 0, rota.zone)
    return is_from_the_future(entry.set_at, now) or (bool(rota.shifts) and last < soon and begins < soon)


def _divide(entries: Sequence[ShiftEntry], at: int) -> Duty:
    now = tuple(entry for entry in entries if entry.starts_at <= at)
    first: dict[RotaId, ShiftEntry] = {}
    for entry in entries:
        if entry.starts_at > at:
            first.setdefault(entry.rota, entry)
    return Duty(now, tuple(first.values()))


def _identify(shift: Shift, now: int) -> tuple[Any, ...]:
    """What makes two shifts the same from now on: when one that runs began is no matter."""
    return shift.day, shift.name, max(shift.starts_at, now), shift.ends_at, shift.who
