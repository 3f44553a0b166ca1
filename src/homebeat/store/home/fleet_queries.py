"""Reads the registry back, in the order in which fleet files wrote it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Table, func, not_, or_, select

from homebeat.codecs.catalogue import ASKS, can_ask, is_asked_on
from homebeat.domain.arrival import GeoPoint
from homebeat.domain.fleet import Area, Contact, Device, DeviceKind, Disregarded, Fleet, Household
from homebeat.domain.ids import AreaId, ContactId, DeviceId, HouseholdId, ResidentId, ResponderId
from homebeat.domain.notice import COMMAND, STOPPED, Recipient
from homebeat.domain.scope import Scope
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.dicts import iterate_dicts
from homebeat.store.base.scope_setting import lift_scope
from homebeat.store.home import tables
from homebeat.store.home.areas import match_area
from homebeat.store.home.columns import read_registry
from homebeat.store.home.contacts import ContactQueries
from homebeat.store.home.made import make_away, make_contact, make_device, make_point, make_resident, make_responder, make_time
from homebeat.store.home.sealed import SEALED_TABLES, blank_rows, hold_position, open_rows
from homebeat.store.home.values import FleetSize, HomeKeeping, HomePlace
from homebeat.store.learned import tables as learned_tables
from homebeat.store.operation import tables as operation_tables
from homebeat.store.scoping import LEADS, narrow, require_everything

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from homebeat.store.sealing.owner_keys import OwnerKeys
    from homebeat.stream.registry import Registry

#: Kinds on which somebody may be asked.
_ASKING_KINDS: Final = sorted({kind.value for kinds in ASKS.values() for kind in kinds})


#: Ids that one statement looks for, where many are looked for.
_IDS_AT_ONCE: Final = 10_000


class FleetQueries(ContactQueries):
    """The registry, for reading."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope) -> None:
        super().__init__(connection, scope)
        self._keys = keys

    def load_written(self, area: AreaId | None = None) -> Fleet:
        """Load what a fleet file can say: without what outcomes taught.

        Args:
            area: Only this area and all below it, without responders; None for everything.
        """

        def read(table: Table) -> Iterable[Any]:
            query = _select_living(table, self._scope)
            if area is not None:
                query = query.where(lies_in(table, area))
            return self._open(table, query.where(table.c.taught_by == "") if table is tables.away else query)

        areas = tuple(Area(row["id"], row["name"], row["parent"]) for row in read(tables.area))
        responders = () if area is not None else tuple(map(make_responder, read(tables.responder)))
        return Fleet(areas, self._make_households(read, {}), responders)

    def count_living(self, area: AreaId | None = None) -> FleetSize:
        """Count homes, residents and devices that are not retired; with an area, there and below it."""

        def count(table: Table) -> int:
            query = _select_living(table, self._scope).with_only_columns(table.c.id).order_by(None)
            query = query if area is None else query.where(lies_in(table, area))
            return self._connection.scalar(select(func.count()).select_from(query.subquery())) or 0

        return FleetSize(count(tables.household), count(tables.resident), count(tables.device))

    def load(self, *, with_people: bool = True) -> Fleet:
        """Load all that is not retired. What came first stays first, so that rows of the engine keep their order.

        Args:
            with_people: False leaves out every name, address, number, contact and responder: nothing is opened for it.
        """
        read = self._iterate_rows if with_people else self._iterate_closed_rows
        areas = tuple(Area(row["id"], row["name"], row["parent"]) for row in self._iterate_rows(tables.area))
        homes = self._make_households(read, self._read_disregarded(), with_contacts=with_people)
        responders = tuple(make_responder(row) for row in (read(tables.responder) if with_people else ()))
        return Fleet(areas, homes, responders)

    def load_home(self, household: HouseholdId) -> Household | None:
        """Load one home with everything in it; None where there is none in the scope, or it is retired.

        Absences that an outcome taught are left out: they are no business of whoever writes the registry.
        """

        def read(table: Table) -> Iterable[Any]:
            query = _select_living(table, self._scope)
            home = table.c.id if table is tables.household else table.c.household
            query = query.where(home == household)
            return self._open(table, query.where(table.c.taught_by == "") if table is tables.away else query)

        return next(iter(self._make_households(read, {})), None)

    def load_surroundings(self, area: AreaId) -> Fleet:
        """Load the areas that an area lies in, itself too, and who answers there; nothing where there is no such area."""
        who, there, line = tables.responder, tables.responder_area, self.find_line(area)
        in_line = narrow(select(there.c.responder).where(match_any(there.c.area, line)), there.c.area, self._scope)
        staff = select(who).where(who.c.retired_at.is_(None), or_(who.c.everywhere, who.c.id.in_(in_line)))
        rows = self._open(who, narrow(staff, who.c.id, self._scope).order_by(who.c.place))
        return Fleet(self._load_areas(line), (), tuple(map(make_responder, rows)))

    def _load_areas(self, line: Iterable[AreaId]) -> tuple[Area, ...]:
        table = tables.area
        query = select(table).where(match_any(table.c.id, line), table.c.retired_at.is_(None))
        return tuple(Area(row["id"], row["name"], row["parent"]) for row in self._open(table, query))

    def find_mark(self, household: HouseholdId) -> HomeKeeping | None:
        """Find by whom a home is kept, and in which version it is, also a retired one; None where there is none in the scope."""
        table = tables.household
        columns = (table.c.area, table.c.version, table.c.kept_by, table.c.kept_since, table.c.retired_at)
        query = narrow(select(*columns).where(table.c.id == household), table.c.area, self._scope)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else HomeKeeping(*row)

    def has_home(self, household: HouseholdId) -> bool:
        """Whether there is such a home anywhere, a retired one too. Nothing else of it is told."""
        table = tables.household
        with lift_scope(self._connection, self._scope):
            return self._connection.scalar(select(table.c.id).where(table.c.id == household)) is not None

    def has_area(self, area: AreaId) -> bool:
        """Whether there is such an area anywhere, a retired one too. Nothing else of it is told."""
        table = tables.area
        with lift_scope(self._connection, self._scope):
            return self._connection.scalar(select(table.c.id).where(table.c.id == area)) is not None

    def list_kept(self) -> list[HouseholdId]:
        """List the homes that are kept in the console, retired ones too, in the order of the registry."""
        table = tables.household
        query = select(table.c.id).where(table.c.kept_since.is_not(None)).order_by(table.c.place)
        return list(self._connection.scalars(narrow(query, table.c.area, self._scope)))

    def _make_households(
        self, read: Callable[[Table], Iterable[Any]], spans: Mapping[str, tuple[Disregarded, ...]], *, with_contacts: bool = True
    ) -> tuple[Household, ...]:
        residents = _group_by_household(read(tables.resident), lambda row: make_resident(row, spans.get(row["id"], ())))
        contacts = _group_by_household(read(tables.contact) if with_contacts else (), make_contact)
        devices = _group_by_household(read(tables.device), make_device)
        away = _group_by_household(read(tables.away), make_away)
        return tuple(
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

    def count_homes(self, area: AreaId, most: int) -> int:
        """Count the homes of an area and all below it, no further than to `most`."""
        table = tables.household
        query = narrow(select(table.c.id).where(table.c.retired_at.is_(None)), table.c.area, self._scope)
        query = query.where(match_area(table.c.area, area)).limit(most)
        return self._connection.scalar(select(func.count()).select_from(query.subquery())) or 0

    def count_homes_of_plan(self, plan: str) -> int:
        """Count the homes whose entry names this response plan, as far as the scope reaches."""
        table = tables.household
        query = select(func.count()).select_from(table).where(table.c.retired_at.is_(None), table.c.plan == plan)
        return self._connection.scalar(narrow(query, table.c.area, self._scope)) or 0

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

    def list_asking_devices(self) -> list[Device]:
        """List the devices on which residents may be asked, in order."""
        table = tables.device
        query = select(table).where(table.c.kind.in_(_ASKING_KINDS), table.c.retired_at.is_(None)).order_by(table.c.place)
        found = map(make_device, self._connection.execute(narrow(query, table.c.household, self._scope)).mappings())
        return [one for one in found if can_ask(one)]

    def find_device_kind(self, device: DeviceId) -> DeviceKind | None:
        """Find what a device is, also one that has left; None where there is none."""
        table = tables.device
        found = self._connection.scalar(narrow(select(table.c.kind).where(table.c.id == device), table.c.household, self._scope))
        return None if found is None else DeviceKind(found)

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
        """Find how the residents of these households are asked themselves: over channels of their own, and on their devices."""
        homes = set(households)
        found = self._find_ways(homes, is_resident=True)
        table = tables.device
        for some in split_chunks(homes):
            columns = (table.c.household, table.c.id, table.c.kind, table.c.codec, table.c.may_ask)
            query = select(*columns).where(match_any(table.c.household, some), table.c.retired_at.is_(None))
            query = query.where(table.c.kind.in_(_ASKING_KINDS)).order_by(table.c.place)
            for row in self._connection.execute(narrow(query, table.c.household, self._scope)):
                if is_asked_on(row.codec, DeviceKind(row.kind), row.may_ask):
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

    def iterate_contacts(self, *, with_retired: bool = False, homes: Iterable[HouseholdId] | None = None) -> Iterator[Contact]:
        """Yield every contact, or those of some homes; with `with_retired`, retired ones too."""
        table = tables.contact
        query = narrow(select(table), table.c.household, self._scope).order_by(table.c.household, table.c.place)
        if not with_retired:
            query = query.where(table.c.retired_at.is_(None))
        if homes is not None:
            query = query.where(match_any(table.c.household, homes))
        return (make_contact(row) for row in self._open(table, query))

    def list_homes(self, area: AreaId) -> list[HouseholdId]:
        """List the homes of an area and all below it, retired ones too."""
        table = tables.household
        query = select(table.c.id).where(match_area(table.c.area, area)).order_by(table.c.place)
        return list(self._connection.scalars(narrow(query, table.c.area, self._scope)))

    def load_around(self) -> Fleet:
        """Load all areas and responders, and no homes."""
        areas = tuple(Area(row["id"], row["name"], row["parent"]) for row in self._iterate_rows(tables.area))
        return Fleet(areas, (), tuple(map(make_responder, self._iterate_rows(tables.responder))))

    def find_elsewhere(self, fleet: Fleet, area: AreaId) -> frozenset[str]:
        """Find the ids of homes, residents and devices of a fleet that stand outside of an area now, and are not retired."""
        require_everything(self._scope)
        given = (
            (tables.household, [home.id for home in fleet.households]),
            (tables.resident, [one.id for home in fleet.households for one in home.residents]),
            (tables.device, [one.id for home in fleet.households for one in home.devices]),
        )
        found: set[str] = set()
        for table, ids in given:
            outside = select(table.c.id).where(table.c.retired_at.is_(None), not_(lies_in(table, area)))
            for some in split_chunks(ids, _IDS_AT_ONCE):
                found.update(
                    f"{table.name} {name}" for name in self._connection.scalars(outside.where(match_any(table.c.id, some)))
                )
        return frozenset(found)

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


def _select_living(table: Table, scope: Scope) -> Select[Any]:
    """Select what is not retired, in the order of the fleet file."""
    query = narrow(select(table), LEADS[table], scope).order_by(table.c.place)
    return query.where(table.c.retired_at.is_(None)) if "retired_at" in table.c else query


def _group_by_household(rows: Iterable[Any], make: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row["household"], []).append(make(row))
    return found


def lies_in(table: Table, area: AreaId) -> ColumnElement[bool]:
    """Make a condition: a row of the registry is of `area`, or of an area below it."""
    if table is tables.area:
        return match_area(table.c.id, area)
    if table is tables.household:
        return match_area(table.c.area, area)
    homes = tables.household
    return table.c.household.in_(select(homes.c.id).where(match_area(homes.c.area, area)))
