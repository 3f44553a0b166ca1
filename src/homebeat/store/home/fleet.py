"""Writes a fleet file into the registry, and reads the registry back in the same order."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, insert, select, update

from homebeat.domain.contact_id import find_newly_given, make_responder_contact
from homebeat.domain.errors import BadFleet, NotAllowed
from homebeat.domain.fleet import Area, Fleet, Household
from homebeat.domain.ids import AreaId, ContactId, DeviceId, HouseholdId, ResponderId
from homebeat.domain.scope import Scope
from homebeat.store.alert.areas import follow_homes
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.scope_setting import lift_scope
from homebeat.store.home import tables
from homebeat.store.home.areas import follow_responders, match_area, rebuild_lines
from homebeat.store.home.fleet_queries import FleetQueries
from homebeat.store.home.rows import make_fleet_rows
from homebeat.store.home.search_index import follow_change
from homebeat.store.home.table_writes import AT_ONCE, TableWrites
from homebeat.store.home.values import FleetChange, TableChange
from homebeat.store.notice.following import Following, follow_contacts
from homebeat.store.operation import tables as operation_tables
from homebeat.store.scoping import require_everything

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from homebeat.domain.retirement import RetirementReason
    from homebeat.store.operation.changes import Changes
    from homebeat.store.sealing.owner_keys import OwnerKeyWrites

    Channels = Mapping[str, Any]
    Fill = Callable[[ContactId, Sequence[Channels], Sequence[Channels]], None]


def leave_channels(_who: ContactId, _channels: Sequence[Channels], _known: Sequence[Channels]) -> None:
    """Leave the channels of a contact as they are."""


class Fleets(FleetQueries):
    """The registry, for writing."""

    def __init__(self, connection: Connection, keys: OwnerKeyWrites, changes: Changes, scope: Scope) -> None:
        super().__init__(connection, keys, scope)
        self._sealing = keys
        self._changes = changes

    def set_stopped(self, contact: ContactId, stopped_at: int | None) -> bool:
        """Store since when a contact wants no messages (epoch ms), or with None that they want them; whether that is new."""
        table = tables.contact
        is_other = table.c.stopped_at.is_(None) if stopped_at is not None else table.c.stopped_at.is_not(None)
        change = update(table).where(table.c.id == contact, table.c.retired_at.is_(None), is_other)
        return self._connection.execute(change.values(stopped_at=stopped_at)).rowcount == 1

    def apply(
        self,
        fleet: Fleet,
        now: int,
        *,
        take_back: bool = False,
        area: AreaId | None = None,
        count: Callable[[int], None] = lambda _rows: None,
        fill: Fill = leave_channels,
    ) -> FleetChange:
        """Change the registry to what `fleet` says; doing it twice changes nothing.

        What `fleet` does not name is retired: it is no longer watched, and its history is kept. Named again, it comes back.
        A contact's notices stay with that contact, also when the order of contacts or channels changes. Homes that are kept
        in the console stay as they are, and so do the areas that they lie in.

        Args:
            fleet: Everything.
            now: Epoch ms.
            take_back: The file keeps those homes again.
            area: `fleet` names the homes of this area and all below it: only those are retired. Its areas are added or renamed
                and none is retired, and of responders nothing changes. None for everything.
            count: Called with how many rows were written, some thousands at a time.
            fill: Completes the channels of a contact (`kind` and `params` of each) before they are written; it is given those
                that the contact has, also a retired one.

        Raises:
            BadFleet: It names a resident or a device of a home that is kept in the console; or with `area`, a home, a resident
                or a device that stands outside of it.
        """
        require_everything(self._scope)
        within = None if area is None else self._list_written(fleet, area)
        if take_back:
            take = update(tables.household).values(kept_since=None, kept_by="")
            self._connection.execute(take if area is None else take.where(match_area(tables.household.c.area, area)))
        kept = [home for home in self.list_kept() if within is None or home in within]
        is_kept = set(kept)
        homes = [home for home in fleet.households if home.id not in is_kept]
        areas_named = fleet.areas if area is not None else self._add_kept_areas(fleet.areas, kept)
        self._refuse_taken(homes, kept)
        writes = TableWrites(self._connection, self._sealing, now, within, kept, count)
        around = make_fleet_rows(replace(fleet, areas=areas_named, households=()))
        areas = writes.make(tables.area, around.areas)
        if areas:
            rebuild_lines(self._connection)
        staff = writes.make(tables.responder, around.responders)
        if staff:
            follow_responders(self._connection)
        change = self._write_homes(homes, writes, self._give_ids(homes, now), staff, fill)
        if areas:
            follow_homes(self._connection)
        change = replace(change, areas=areas, responders=staff, kept=tuple(kept))
        self._tell(change, writes, now)
        return change

    def add_area(self, area: Area, now: int) -> None:
        """Add an area behind all others, at `now` (epoch ms); one without homes is retired by the next import that lacks it."""
        table = tables.area
        with lift_scope(self._connection, self._scope):
            place = TableWrites(self._connection, self._sealing, now).find_next_place(table)
            row = {"id": area.id, "name": area.name, "parent": area.parent, "place": place}
            self._connection.execute(insert(table).values(row))
            rebuild_lines(self._connection)
            self.revise(now)

    def put_home(self, household: HouseholdId, home: Household | None, keeper: str, now: int) -> FleetChange:
        """Change one home to what `home` says, or retire it with None; nothing else changes. It is kept in the console then.

        Args:
            household: Which one; a new one is added behind all others.
            home: Everything in it, in an area of the scope.
            keeper: Who says so, as histories name them.
            now: Epoch ms.

        Raises:
            NotAllowed: A resident or a device of it stands in another home.
        """
        homes = [] if home is None else [home]
        with lift_scope(self._connection, self._scope):  # places go on behind those of everybody
            if taken := self._find_taken(homes, None, household):
                raise NotAllowed(f"{taken[0]} stands in another home")
            writes = TableWrites(self._connection, self._sealing, now, [household])
            change = self._write_homes(homes, writes, {}, TableChange(), leave_channels)
            table = tables.household
            keep = update(table).where(table.c.id == household)
            self._connection.execute(keep.values(kept_by=keeper, kept_since=func.coalesce(table.c.kept_since, now)))
            self._tell(change, writes, now)
        return change

    def note_retirement(self, device: DeviceId, reason: RetirementReason) -> None:
        """Write why a device was retired; of one that is there nothing is written."""
        table = tables.device
        gone = update(table).where(table.c.id == device, table.c.retired_at.is_not(None))
        with lift_scope(self._connection, self._scope):
            self._connection.execute(gone.values(retired_for=reason.value))

    def _list_written(self, fleet: Fleet, area: AreaId) -> set[HouseholdId]:
        """List the homes that are written when a file of one area is."""
        if elsewhere := sorted(self.find_elsewhere(fleet, area)):
            raise BadFleet([f"{one} stands outside of the area {area!r}" for one in elsewhere])
        return {*self.list_homes(area), *(home.id for home in fleet.households)}

    def _write_homes(
        self, homes: Sequence[Household], writes: TableWrites, given: dict[ContactId, ContactId], staff: TableChange, fill: Fill
    ) -> FleetChange:
        away: list[dict[str, Any]] = []
        for some in split_chunks(homes, AT_ONCE):
            rows = make_fleet_rows(Fleet((), tuple(some)))
            plans = [
                writes.plan(table, wanted, writes.find(table, wanted))
                for table, wanted in (
                    (tables.household, rows.households),
                    (tables.resident, rows.residents),
                    (tables.device, rows.devices),
                )
            ]
            people = writes.find(tables.contact, rows.contacts)
            for row in rows.contacts:
                fill(row["id"], row["channels"], people[row["id"]]["channels"] if row["id"] in people else ())
            writes.write([*plans, writes.plan(tables.contact, rows.contacts, people)])
            away += rows.away
        change = FleetChange(
            households=writes.retire(tables.household, [home.id for home in homes]),
            residents=writes.retire(tables.resident, [one.id for home in homes for one in home.residents]),
            contacts=_mark_given(writes.retire(tables.contact, [one.id for home in homes for one in home.contacts]), given),
            devices=writes.retire(tables.device, [one.id for home in homes for one in home.devices]),
            away=writes.make_away(away),
        )
        writes.raise_versions()
        if change.households:
            follow_homes(self._connection, change.households.all)
        if change.contacts or staff:
            concerned = (*change.contacts.all, *(make_responder_contact(ResponderId(who)) for who in staff.all))
            moves = dict(writes.get_moves(tables.contact))
            moves |= {make_responder_contact(ResponderId(who)): to for who, to in writes.get_moves(tables.responder).items()}
            change = replace(change, unsent=follow_contacts(self._connection, Following(concerned, given, moves)))
        return change

    def _tell(self, change: FleetChange, writes: TableWrites, now: int) -> None:
        """Let the search and pages know of a change, and the watch where it concerns what the watch reads."""
        follow_change(self._connection, self._keys, writes.described, change.residents.removed)
        if writes.is_watched:
            self.revise(now)
        elif change:
            self._changes.add("fleet", str(self.read_revision()), now)

    def _add_kept_areas(self, areas: tuple[Area, ...], kept: Sequence[HouseholdId]) -> tuple[Area, ...]:
        """Add the areas that are not in the file, and in which homes are that are kept in the console."""
        homes, line, table = tables.household, tables.area_above, tables.area
        found: dict[AreaId, Area] = {}
        for some in split_chunks(kept):
            above = select(line.c.above).join(homes, homes.c.area == line.c.area)
            above = above.where(match_any(homes.c.id, some), homes.c.retired_at.is_(None))
            query = select(table).where(table.c.id.in_(above)).order_by(table.c.place)
            found |= {row["id"]: Area(row["id"], row["name"], row["parent"]) for row in self._open(table, query)}
        named = {area.id for area in areas}
        return (*areas, *(area for area in found.values() if area.id not in named))

    def _refuse_taken(self, homes: Sequence[Household], kept: Sequence[HouseholdId]) -> None:
        if kept and (taken := self._find_taken(homes, kept, None)):
            raise BadFleet([f"{who} stands in a home that is kept in the console: retire it there first" for who in taken])

    def _find_taken(self, homes: Sequence[Household], among: Iterable[HouseholdId] | None, own: HouseholdId | None) -> list[str]:
        """Find which residents and devices stand in one of these homes, or in any other than `own`."""
        theirs = None if among is None else set(among)
        found: list[str] = []
        wanted = (
            (tables.resident, "resident", [one.id for home in homes for one in home.residents]),
            (tables.device, "device", [one.id for home in homes for one in home.devices]),
        )
        for table, noun, ids in wanted:
            for some in split_chunks(ids):
                query = select(table.c.id, table.c.household).where(match_any(table.c.id, some), table.c.retired_at.is_(None))
                for row in self._connection.execute(query):
                    if row.household != own if theirs is None else row.household in theirs:
                        found += [f"{noun} {row.id!r}"]
        return found

    def revise(self, now: int) -> None:
        """Raise the revision of the registry, so that whoever holds a copy reads it again."""
        meta = operation_tables.meta
        self._connection.execute(update(meta).where(meta.c.name == "fleet_revision").values(value=meta.c.value + 1))
        self._changes.add("fleet", str(self.read_revision()), now)

    def _give_ids(self, homes: Iterable[Household], now: int) -> dict[ContactId, ContactId]:
        """Enter the ids of contacts who had none of their own; returns the new ids by the old ones."""
        table, writes = tables.contact, TableWrites(self._connection, self._sealing, now)
        given = find_newly_given(homes, set(self._connection.scalars(select(table.c.id))))
        for some in split_chunks(given):
            # what is sealed in a row opens under its id alone
            rows = list(self._open(table, select(table).where(match_any(table.c.id, some))))
            renamed = [{**row, "id": given[row["id"]]} for row in rows]
            for old, new in zip(rows, chain.from_iterable(writes.seal(table, renamed)), strict=True):
                self._connection.execute(update(table).where(table.c.id == old["id"]).values(new))
        return given


def _mark_given(difference: TableChange, given: dict[ContactId, ContactId]) -> TableChange:
    """Mark contacts who were given an id as changed, even if nothing else changed."""
    changed = (*difference.changed, *(new for new in given.values() if new not in difference.all))
    return replace(difference, changed=changed)
