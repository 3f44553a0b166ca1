"""Writes a fleet file into the registry, and reads the registry back in the same order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, Table, delete, func, insert, select, update

from homebeat.domain.arrival import GeoPoint
from homebeat.domain.contact_id import find_newly_given, make_responder_contact
from homebeat.domain.fleet import Area, Contact, DeviceKind, Disregarded, Fleet, Household
from homebeat.domain.ids import AreaId, ContactId, DeviceId, HouseholdId, ResidentId, ResponderId
from homebeat.domain.notice import COMMAND, STOPPED, Recipient
from homebeat.domain.scope import Scope
from homebeat.store.alert.areas import follow_homes
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.database import insert_into
from homebeat.store.base.dicts import iterate_dicts
from homebeat.store.home import tables
from homebeat.store.home.areas import follow_responders, rebuild_lines
from homebeat.store.home.columns import read_registry
from homebeat.store.home.contacts import ContactQueries
from homebeat.store.home.made import make_away, make_contact, make_device, make_point, make_resident, make_responder, make_time
from homebeat.store.home.rows import make_fleet_rows
from homebeat.store.home.sealed import SEALED_TABLES, blank_rows, hold_position, open_rows, seal_rows
from homebeat.store.home.search_index import follow_change
from homebeat.store.home.values import FleetChange, HomePlace, TableChange
from homebeat.store.learned import tables as learned_tables
from homebeat.store.notice.following import Following, find_moves, follow_contacts
from homebeat.store.operation import tables as operation_tables
from homebeat.store.scoping import LEADS, narrow, require_everything

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from homebeat.store.operation.changes import Changes
    from homebeat.store.sealing.owner_keys import OwnerKeys, OwnerKeyWrites
    from homebeat.stream.registry import Registry

#: People may choose it through the API too: a file without this field leaves it as it is.
_CHOSEN = "false_alarms_a_month"


class FleetQueries(ContactQueries):
    """The registry, for reading."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        super().__init__(connection, scope)
        self._keys = keys

    def load(self, *, with_people: bool = True) -> Fleet:
        """Load all that is not retired. What came first stays first, so that rows of the engine keep their order.

        Args:
            with_people: False leaves out every name, address, number, contact and responder: nothing is opened for it.
        """
        spans = self._read_disregarded()
        read = self._iterate_rows if with_people else self._iterate_closed_rows
        residents = _group_by_household(read(tables.resident), lambda row: make_resident(row, spans.get(row["id"], ())))
        contacts = _group_by_household(read(tables.contact) if with_people else (), make_contact)
        devices = _group_by_household(read(tables.device), make_device)
        away = _group_by_household(read(tables.away), make_away)
        areas = tuple(Area(row["id"], row["name"], row["parent"]) for row in self._iterate_rows(tables.area))
        homes = tuple(
            Household(
                id=row["id"],
                area=row["area"],
                timezone=row["timezone"],
                address=row["address"],
                residents=tuple(residents.get(row["id"], ())),
                contacts=tuple(contacts.get(row["id"], ())),
                devices=tuple(devices.get(row["id"], ())),
                away=tuple(away.get(row["id"], ())),
                ask_first=row["ask_first"],
                paired=tuple(map(ResponderId, row["paired"])),
                plan=row["plan"],
                position=make_point(row["position"]),
                building=row["building"],
                access=row["access"],
            )
            for row in read(tables.household)
        )
        responders = tuple(make_responder(row) for row in (read(tables.responder) if with_people else ()))
        return Fleet(areas, homes, responders)

    def read_registry(self) -> Registry:
        """Read what `load` gives, as columns and without contacts: for a whole city, and for the watch."""
        require_everything(self._scope)
        return read_registry(self._connection)

    def find_line(self, area: AreaId) -> frozenset[AreaId]:
        """Find an area with every area above it; empty where there is no such area."""
        table = tables.area_above
        return frozenset(self._connection.scalars(select(table.c.above).where(table.c.area == area)))

    def list_roots(self) -> list[AreaId]:
        """List the areas that lie in no other, in the order of the fleet file."""
        table = tables.area
        query = select(table.c.id).where(table.c.parent.is_(None), table.c.retired_at.is_(None)).order_by(table.c.place)
        return list(map(AreaId, self._connection.scalars(narrow(query, table.c.id, self._scope))))

    def find_home_line(self, household: HouseholdId) -> frozenset[AreaId]:
        """Find the area of a home with every area above it; empty where there is no such home in the scope."""
        table = tables.household
        query = narrow(select(table.c.area).where(table.c.id == household), table.c.area, self._scope)
        area: AreaId | None = self._connection.scalar(query)
        return frozenset() if area is None else self.find_line(area)

    def find_lines(self, areas: Iterable[AreaId]) -> dict[AreaId, frozenset[AreaId]]:
        """Find each of these areas with every area above it, as `find_line`; those that do not exist are left out."""
        table, found = tables.area_above, dict[AreaId, set[AreaId]]()
        for some in split_chunks(set(areas)):
            for area, above in self._connection.execute(select(table.c.area, table.c.above).where(match_any(table.c.area, some))):
                found.setdefault(area, set()).add(above)
        return {area: frozenset(line) for area, line in found.items()}

    def find_places(self, households: Iterable[HouseholdId]) -> dict[HouseholdId, HomePlace]:
        """Find where each of these households lies, and what its entry says of plan and clock."""
        table, found = tables.household, dict[HouseholdId, Any]()
        for some in split_chunks(set(households)):
            query = select(table.c.id, table.c.area, table.c.plan, table.c.building, table.c.timezone)
            query = query.where(match_any(table.c.id, some))
            rows = self._connection.execute(narrow(query, table.c.area, self._scope))
            found.update((HouseholdId(row.id), row) for row in rows)
        lines = self.find_lines(AreaId(row.area) for row in found.values())
        # the more areas lie above one, the nearer it is
        heights = {area: len(line) for area, line in self.find_lines(chain.from_iterable(lines.values())).items()}
        paths = {area: tuple(sorted(line, key=lambda one: -heights[one])) for area, line in lines.items()}
        return {home: HomePlace(row.plan, paths.get(row.area, ()), row.building, row.timezone) for home, row in found.items()}

    def has_device(self, household: HouseholdId, device: DeviceId) -> bool:
        """Whether a device stands in this household."""
        table = tables.device
        query = select(table.c.id).where(table.c.id == device, table.c.household == household, table.c.retired_at.is_(None))
        return self._connection.scalar(narrow(query, table.c.household, self._scope)) is not None

    def has_resident(self, household: HouseholdId, resident: ResidentId) -> bool:
        """Whether a resident lives in this household."""
        table = tables.resident
        query = select(table.c.id).where(table.c.id == resident, table.c.household == household, table.c.retired_at.is_(None))
        return self._connection.scalar(narrow(query, table.c.household, self._scope)) is not None

    def find_gateways(self, devices: Iterable[DeviceId]) -> dict[DeviceId, str]:
        """Find the gateway of each of these devices; those of which it is not known are left out."""
        table, found = tables.device, dict[DeviceId, str]()
        for some in split_chunks(set(devices)):
            query = select(table.c.id, table.c.gateway).where(match_any(table.c.id, some), table.c.gateway != "")
            rows = self._connection.execute(narrow(query, table.c.household, self._scope))
            found.update((DeviceId(row.id), row.gateway) for row in rows)
        return found

    def find_position(self, household: HouseholdId) -> GeoPoint | None:
        """Find where a home is; None where that is not known."""
        table = tables.household
        query = narrow(select(table.c.position_sealed).where(table.c.id == household), table.c.area, self._scope)
        ((point,),) = self._keys.open([hold_position(household, self._connection.scalar(query))])
        return make_point(point)

    def find_contacts(self, households: Iterable[HouseholdId]) -> dict[HouseholdId, list[Contact]]:
        """Find the contacts of each of these households, in call order; none for a retired one."""
        table = tables.contact
        found: dict[HouseholdId, list[Contact]] = {}
        for some in split_chunks(set(households)):
            query = select(table).where(match_any(table.c.household, some), table.c.retired_at.is_(None))
            for row in self._open(table, narrow(query, table.c.household, self._scope).order_by(table.c.place)):
                found.setdefault(row["household"], []).append(make_contact(row))
        return found

    def find_recipients(self, households: Iterable[HouseholdId]) -> dict[HouseholdId, list[Recipient]]:
        """Find every channel of the contacts of these households who are family, in call order. It opens nothing.

        Left out are retired contacts. Whoever wants no messages has the kind `STOPPED`, so that the others keep their turn.
        """
        return self._find_ways(households, is_resident=False)

    def find_own_ways(self, households: Iterable[HouseholdId]) -> dict[HouseholdId, list[Recipient]]:
        """Find how the residents of these households are asked themselves: over channels of their own, and by their bands."""
        homes = set(households)
        found = self._find_ways(homes, is_resident=True)
        table = tables.device
        for some in split_chunks(homes):
            query = select(table.c.household, table.c.id).where(match_any(table.c.household, some), table.c.retired_at.is_(None))
            query = query.where(table.c.kind == DeviceKind.WRISTBAND.value).order_by(table.c.place)
            for row in self._connection.execute(narrow(query, table.c.household, self._scope)):
                found.setdefault(HouseholdId(row.household), []).append((ContactId(row.id), COMMAND, 0))
        return found

    def _find_ways(self, households: Iterable[HouseholdId], *, is_resident: bool) -> dict[HouseholdId, list[Recipient]]:
        table = tables.contact
        columns = (table.c.household, table.c.id, table.c.ways, table.c.stopped_at)
        found: dict[HouseholdId, list[Recipient]] = {}
        for some in split_chunks(set(households)):
            query = select(*columns).where(match_any(table.c.household, some), table.c.retired_at.is_(None))
            query = query.where(table.c.is_resident.is_(is_resident))
            for row in self._connection.execute(narrow(query, table.c.household, self._scope).order_by(table.c.place)):
                ways = [(ContactId(row.id), kind, index) for index, (kind, _endpoint) in enumerate(row.ways)]
                if row.stopped_at is not None:
                    ways = [(ContactId(row.id), STOPPED, 0)]
                found.setdefault(row.household, []).extend(ways)
        return found

    def iterate_contacts(self, *, with_retired: bool = False) -> Iterator[Contact]:
        """Yield every contact; with `with_retired`, retired ones too."""
        table = tables.contact
        query = narrow(select(table), table.c.household, self._scope).order_by(table.c.household, table.c.place)
        if not with_retired:
            query = query.where(table.c.retired_at.is_(None))
        return (make_contact(row) for row in self._open(table, query))

    def read_device_nos(self) -> dict[DeviceId, int]:
        """Read the number of each device that is not retired. A device keeps its number for good."""
        table = tables.device
        query = narrow(select(table.c.id, table.c.no).where(table.c.retired_at.is_(None)), table.c.household, self._scope)
        query = query.order_by(table.c.place)
        return {DeviceId(row.id): row.no for row in self._connection.execute(query)}

    def read_revision(self) -> int:
        """Read the revision of the registry; it goes up with each change."""
        query = select(operation_tables.meta.c.value).where(operation_tables.meta.c.name == "fleet_revision")
        revision: int = self._connection.execute(query).scalar_one()
        return revision

    def _read_disregarded(self) -> dict[str, tuple[Disregarded, ...]]:
        table = learned_tables.disregarded
        found: dict[str, tuple[Disregarded, ...]] = {}
        query = narrow(select(table), table.c.resident, self._scope).order_by(table.c.resident, table.c.starts_at, table.c.id)
        for row in self._connection.execute(query):
            span = Disregarded(make_time(row.starts_at), make_time(row.ends_at), row.outcome)
            found[row.resident] = (*found.get(row.resident, ()), span)
        return found

    def _iterate_rows(self, table: Table) -> Iterable[Any]:
        """Yield rows in their order, one at a time, so that a city's registry is not in memory twice."""
        return self._open(table, _select_living(table, self._scope))

    def _iterate_closed_rows(self, table: Table) -> Iterable[Any]:
        """Yield rows in their order, with nothing in place of what is sealed."""
        rows, sealed = iterate_dicts(self._connection, _select_living(table, self._scope)), SEALED_TABLES.get(table.name)
        return rows if sealed is None else blank_rows(sealed, rows)

    def _open(self, table: Table, query: Select[Any]) -> Iterator[dict[str, Any]]:
        """Read rows of a table, with what is sealed in them opened."""
        rows, sealed = iterate_dicts(self._connection, query), SEALED_TABLES.get(table.name)
        return rows if sealed is None else open_rows(self._keys, sealed, rows)


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

    def apply(self, fleet: Fleet, now: int) -> FleetChange:
        """Change the registry to what `fleet` says; doing it twice changes nothing.

        What `fleet` does not name is retired: it is no longer watched, and its history is kept. Named again, it comes back.
        A contact's notices stay with that contact, also when the order of contacts or channels changes.
        """
        require_everything(self._scope)
        wanted = make_fleet_rows(fleet)
        given = self._give_ids(fleet, now)
        people = self._plan(tables.contact, wanted.contacts)
        responders = self._plan(tables.responder, wanted.responders)
        change = FleetChange(
            areas=self._make(tables.area, wanted.areas, now),
            households=self._make(tables.household, wanted.households, now),
            residents=self._make(tables.resident, wanted.residents, now),
            contacts=_mark_given(self._carry_out(tables.contact, people, now), given),
            devices=self._make(tables.device, wanted.devices, now),
            away=self._make_away(wanted.away, now),
            responders=self._carry_out(tables.responder, responders, now),
        )
        if change.areas:
            rebuild_lines(self._connection)
        if change.areas or change.households:
            follow_homes(self._connection)
        if change.responders:
            follow_responders(self._connection)
        if change.contacts or change.responders:
            concerned = (*change.contacts.all, *(make_responder_contact(ResponderId(who)) for who in change.responders.all))
            moves = people.find_moves() | {
                make_responder_contact(ResponderId(who)): moved for who, moved in responders.find_moves().items()
            }
            unsent = follow_contacts(self._connection, Following(concerned, given, moves))
            change = replace(change, unsent=unsent)
        follow_change(self._connection, self._keys, change)
        if change:
            self.revise(now)
        return change

    def revise(self, now: int) -> None:
        """Raise the revision of the registry, so that whoever holds a copy reads it again."""
        meta = operation_tables.meta
        self._connection.execute(update(meta).where(meta.c.name == "fleet_revision").values(value=meta.c.value + 1))
        self._changes.add("fleet", str(self.read_revision()), now)

    def _give_ids(self, fleet: Fleet, now: int) -> dict[ContactId, ContactId]:
        """Enter the ids of contacts who had none of their own; returns the new ids by the old ones."""
        table = tables.contact
        given = find_newly_given(fleet.households, set(self._connection.scalars(select(table.c.id))))
        for some in split_chunks(given):
            # what is sealed in a row opens under its id alone
            rows = list(self._open(table, select(table).where(match_any(table.c.id, some))))
            renamed = [{**row, "id": given[row["id"]]} for row in rows]
            for old, new in zip(rows, chain.from_iterable(self._seal(table, renamed, now)), strict=True):
                self._connection.execute(update(table).where(table.c.id == old["id"]).values(new))
        return given

    def _seal(self, table: Table, rows: Iterable[dict[str, Any]], now: int) -> Iterator[list[dict[str, Any]]]:
        """Seal rows; yields lists of them, since a statement takes many."""
        sealed = SEALED_TABLES.get(table.name)
        if sealed is not None:
            return seal_rows(self._sealing, sealed, rows, now)
        return iter([given] if (given := list(rows)) else [])

    def _make(self, table: Table, wanted: list[dict[str, Any]], now: int) -> TableChange:
        return self._carry_out(table, self._plan(table, wanted), now)

    def _plan(self, table: Table, wanted: list[dict[str, Any]]) -> _Plan:
        there = {row["id"]: row for row in self._open(table, select(table))}
        added: list[str] = []
        changed: list[str] = []
        writes: list[dict[str, Any]] = []
        place = self._find_next_place(table)
        for row in wanted:
            old = there.get(row["id"])
            if old is not None and row.get(_CHOSEN, 0) is None:
                row = {**row, _CHOSEN: old[_CHOSEN]}  # noqa: PLW2901 - as it will be written
            if old is not None and old["retired_at"] is None and _is_same(old, row):
                continue
            (changed if old is not None and old["retired_at"] is None else added).append(row["id"])
            writes.append({"place": place if old is None else old["place"], **row, "retired_at": None})
            place += old is None
        names = {row["id"] for row in wanted}
        removed = [i for i, old in there.items() if i not in names and old["retired_at"] is None]
        return _Plan(there, writes, TableChange(tuple(added), tuple(changed), tuple(removed)))

    def _carry_out(self, table: Table, plan: _Plan, now: int) -> TableChange:
        for rows in self._seal(table, plan.writes, now):
            statement = insert_into(self._connection, table)
            fields = {name: statement.excluded[name] for name in rows[0] if name != "id"}
            self._connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=fields), rows)
        for some in split_chunks(plan.difference.removed):
            self._connection.execute(update(table).where(match_any(table.c.id, some)).values(retired_at=now))
        return plan.difference

    def _make_away(self, wanted: list[dict[str, Any]], now: int) -> TableChange:
        table = tables.away
        # What an outcome taught is no business of the file's.
        rows = self._open(table, select(table).where(table.c.taught_by == "").order_by(table.c.place))
        there = {(row["household"], row["starts_at"]): row for row in rows}
        added: list[str] = []
        changed: list[str] = []
        writes: list[dict[str, Any]] = []
        place = self._find_next_place(table)
        for row in wanted:
            old = there.pop((row["household"], row["starts_at"]), None)
            if old is not None and _is_same(old, row):
                continue
            (added if old is None else changed).append(row["household"])
            writes.append({**row, "place": place if old is None else old["place"]})
            place += old is None
            if old is not None:
                self._connection.execute(delete(table).where(table.c.id == old["id"]))
        for some in split_chunks(old["id"] for old in there.values()):
            self._connection.execute(delete(table).where(match_any(table.c.id, some)))
        for some in self._seal(table, writes, now):
            self._connection.execute(insert(table), some)
        return TableChange(tuple(added), tuple(changed), tuple(household for household, _ in there))

    def _find_next_place(self, table: Table) -> int:
        return (self._connection.scalar(select(func.max(table.c.place))) or 0) + 1


@dataclass(frozen=True, slots=True)
class _Plan:
    """The changes to one table: the rows that are there, by id, and those to write."""

    there: dict[str, dict[str, Any]]
    writes: list[dict[str, Any]]
    difference: TableChange

    @property
    def renewed(self) -> Iterator[dict[str, Any]]:
        """The rows to write that are there already."""
        return (row for row in self.writes if row["id"] in self.there)

    def find_moves(self) -> dict[ContactId, dict[int, int]]:
        """Find the places that channels were moved to, of those whose channels were."""
        channels = {row["id"]: (self.there[row["id"]]["channels"], row["channels"]) for row in self.renewed}
        return {ContactId(who): moved for who, (old, new) in channels.items() if (moved := find_moves(old, new))}


def _select_living(table: Table, scope: Scope) -> Select[Any]:
    """Select what is not retired, in the order of the fleet file."""
    query = narrow(select(table), LEADS[table], scope).order_by(table.c.place)
    return query.where(table.c.retired_at.is_(None)) if "retired_at" in table.c else query


def _group_by_household(rows: Iterable[Any], make: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row["household"], []).append(make(row))
    return found


def _mark_given(difference: TableChange, given: dict[ContactId, ContactId]) -> TableChange:
    """Mark contacts who were given an id as changed, even if nothing else changed."""
    changed = (*difference.changed, *(new for new in given.values() if new not in difference.all))
    return replace(difference, changed=changed)


def _is_same(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return all(old[name] == value for name, value in new.items())
