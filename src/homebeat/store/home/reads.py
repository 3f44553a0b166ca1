"""Reads homes, residents and devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, func, select

from homebeat.domain.durations import HOUR_MS
from homebeat.domain.fleet import Area, DeviceKind
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.store.alert import tables as alert_tables
from homebeat.store.base import cursors
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.cursors import INT4, Page
from homebeat.store.home import tables
from homebeat.store.home.areas import match_area
from homebeat.store.home.device_lists import EVERY_DEVICE, DeviceFilter, match_devices
from homebeat.store.home.made import make_away, make_contact, make_device, make_resident
from homebeat.store.home.resident_filter import ResidentFilter, list_conditions
from homebeat.store.home.sealed import ABSENCES, CONTACTS, RESIDENTS, compute_phone_digest, hold_address, open_rows
from homebeat.store.home.values import (
    DeviceEntry,
    DeviceState,
    HouseholdDetail,
    HouseholdEntry,
    PhoneMatch,
    ResidentEntry,
    ResidentState,
)
from homebeat.store.learned import tables as learned_tables
from homebeat.store.learned.profiles import read_low_observability
from homebeat.store.reading.reads import ReadingQueries
from homebeat.store.reading.values import HourUse
from homebeat.store.reading.water import compute_hourly_litres
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import RowMapping, Table

    from homebeat.store.sealing.owner_keys import OwnerKeys

_home, _resident, _device, _area = tables.household, tables.resident, tables.device, tables.area
_contact = tables.contact
_above = _area.alias("above")
_resident_state, _device_state, _alert = tables.resident_state, tables.device_state, alert_tables.alert
_learned = learned_tables.learned
_EVERYBODY: Final = ResidentFilter()


class HomeQueries:
    """The registry with current states, for reading. Lists leave out what is retired."""

    def __init__(self, connection: Connection, keys: OwnerKeys, scope: Scope, readings: ReadingQueries) -> None:
        self._connection = connection
        self._keys = keys
        self._scope = scope
        self._readings = readings

    def list_areas(self) -> tuple[Area, ...]:
        """List every area, in the order of the fleet file."""
        query = narrow(select(_area).where(_area.c.retired_at.is_(None)), _area.c.id, self._scope)
        rows = self._connection.execute(query.order_by(_area.c.place))
        return tuple(Area(AreaId(r.id), r.name, r.parent) for r in rows)

    def read_areas(self, limit: int = 50, cursor: str | None = None, within: AreaId | None = None) -> Page[Area]:
        """Read a page of areas, in the order of the fleet file. One that lies in an area outside the scope has no parent here.

        Args:
            limit: How many at most.
            cursor: Of the page before.
            within: This area and all below it.
        """
        query = narrow(select(_area).where(_area.c.retired_at.is_(None)), _area.c.id, self._scope)
        if within is not None:
            query = query.where(match_area(_area.c.id, within))
        rows, next_cursor = self._read_page(query, _area.c.place, limit, cursor)
        above = narrow(select(_area.c.id).where(_area.c.retired_at.is_(None)), _area.c.id, self._scope)
        seen = set(self._connection.scalars(above.where(match_any(_area.c.id, {row["parent"] for row in rows} - {None}))))
        areas = (Area(AreaId(row["id"]), row["name"], row["parent"] if row["parent"] in seen else None) for row in rows)
        return Page(tuple(areas), next_cursor)

    def find_timezone(self) -> str:
        """Find the time zone of the homes of the scope: that of the first; `UTC` where there is none."""
        query = narrow(select(_home.c.timezone).where(_home.c.retired_at.is_(None)), _home.c.area, self._scope)
        return self._connection.scalar(query.order_by(_home.c.place).limit(1)) or "UTC"

    def list_residents(
        self, limit: int = 50, cursor: str | None = None, where: ResidentFilter = _EVERYBODY
    ) -> Page[ResidentEntry]:
        """List residents in the order of the fleet file."""
        query = _select_residents(self._scope).where(_resident.c.retired_at.is_(None), *list_conditions(where, self._scope))
        rows, next_cursor = self._read_page(query, _resident.c.place, limit, cursor)
        return Page(self._make_entries(rows), next_cursor)

    def find_resident(self, resident: ResidentId) -> ResidentEntry | None:
        """Find one resident, also a retired one."""
        rows = self._connection.execute(_select_residents(self._scope).where(_resident.c.id == resident)).mappings().all()
        return next(iter(self._make_entries(list(rows))), None)

    def find_residents(self, residents: Iterable[ResidentId]) -> dict[ResidentId, ResidentEntry]:
        """Find these residents, also retired ones."""
        found: dict[ResidentId, ResidentEntry] = {}
        for some in split_chunks(set(residents)):
            rows = self._connection.execute(_select_residents(self._scope).where(match_any(_resident.c.id, some))).mappings()
            found.update((entry.resident.id, entry) for entry in self._make_entries(list(rows)))
        return found

    def find_by_phone(self, phone: str) -> tuple[PhoneMatch, ...]:
        """Find whose telephone number this is, however it is written; residents first. Nothing is opened for it."""
        digest = compute_phone_digest(self._keys, phone)
        if digest is None:
            return ()
        people = select(_resident.c.household, _resident.c.id).where(_resident.c.phone_digest == digest)
        people = people.where(_resident.c.retired_at.is_(None)).order_by(_resident.c.place)
        people = narrow(people, _resident.c.household, self._scope)
        found = [PhoneMatch(row.household, resident=row.id) for row in self._connection.execute(people)]
        contacts = select(_contact.c.household, _contact.c.id).where(_contact.c.phone_digest == digest)
        contacts = contacts.where(_contact.c.retired_at.is_(None)).order_by(_contact.c.household, _contact.c.place)
        contacts = narrow(contacts, _contact.c.household, self._scope)
        return (*found, *(PhoneMatch(row.household, contact=row.id) for row in self._connection.execute(contacts)))

    def list_households(self, limit: int = 50, cursor: str | None = None, area: AreaId | None = None) -> Page[HouseholdEntry]:
        """List homes in the order of the fleet file; of an area and all below it where given."""
        query = _select_households(self._scope).where(_home.c.retired_at.is_(None))
        if area is not None:
            query = query.where(match_area(_home.c.area, area))
        rows, next_cursor = self._read_page(query, _home.c.place, limit, cursor)
        return Page(self._make_homes(rows), next_cursor)

    def find_households(self, households: Iterable[HouseholdId]) -> list[HouseholdEntry]:
        """Find these homes with who lives there, also retired ones, in no order."""
        found: list[HouseholdEntry] = []
        for some in split_chunks(set(households)):
            rows = self._connection.execute(_select_households(self._scope).where(match_any(_home.c.id, some))).mappings()
            found += self._make_homes(list(rows))
        return found

    def find_household(self, household: HouseholdId) -> HouseholdDetail | None:
        """Find one home with everything in it, also a retired one."""
        rows = self._connection.execute(_select_households(self._scope).where(_home.c.id == household)).mappings().all()
        entry = next(iter(self._make_homes(list(rows))), None)
        if entry is None:
            return None
        ((_, access),) = self._keys.open([hold_address(household, rows[0]["address_sealed"])])
        devices = _select_devices(self._scope).where(_device.c.household == household, _device.c.retired_at.is_(None))
        contacts = self._read_of_household(tables.contact, household, tables.contact.c.retired_at.is_(None))
        return HouseholdDetail(
            entry,
            tuple(make_contact(row) for row in open_rows(self._keys, CONTACTS, contacts)),
            tuple(_make_device_entry(row) for row in self._connection.execute(devices.order_by(_device.c.place)).mappings()),
            tuple(make_away(row) for row in open_rows(self._keys, ABSENCES, self._read_of_household(tables.away, household))),
            access=access,
        )

    def find_homes(self, devices: Iterable[DeviceId]) -> dict[DeviceId, tuple[HouseholdId, AreaId]]:
        """Find in which home and area each of these devices is."""
        found: dict[DeviceId, tuple[HouseholdId, AreaId]] = {}
        for some in split_chunks(set(devices)):
            query = select(_device.c.id, _home.c.id, _home.c.area).join(_home, _home.c.id == _device.c.household)
            query = narrow(query.where(match_any(_device.c.id, some)), _home.c.area, self._scope)
            found |= {device: (household, area) for device, household, area in self._connection.execute(query)}
        return found

    def find_areas(self, households: Iterable[HouseholdId]) -> dict[HouseholdId, AreaId]:
        """Find the area of each of these homes; those that do not exist are left out."""
        found: dict[HouseholdId, AreaId] = {}
        for some in split_chunks(set(households)):
            query = narrow(select(_home.c.id, _home.c.area).where(match_any(_home.c.id, some)), _home.c.area, self._scope)
            found.update((row.id, row.area) for row in self._connection.execute(query))
        return found

    def list_resident_ids(self, households: Iterable[HouseholdId]) -> dict[HouseholdId, list[ResidentId]]:
        """List who lives in each of these homes, in the order of the fleet file, and open nothing."""
        found: dict[HouseholdId, list[ResidentId]] = {}
        for some in split_chunks(set(households)):
            living = match_any(_resident.c.household, some), _resident.c.retired_at.is_(None)
            query = narrow(select(_resident.c.household, _resident.c.id).where(*living), _resident.c.household, self._scope)
            for row in self._connection.execute(query.order_by(_resident.c.place)):
                found.setdefault(HouseholdId(row.household), []).append(ResidentId(row.id))
        return found

    def list_devices(self, limit: int = 50, cursor: str | None = None, where: DeviceFilter = EVERY_DEVICE) -> Page[DeviceEntry]:
        """List devices in the order of the fleet file. `latest` is empty."""
        query = _select_devices(self._scope).where(match_devices(where, self._scope))
        rows, next_cursor = self._read_page(query, _device.c.place, limit, cursor)
        return Page(tuple(_make_device_entry(row) for row in rows), next_cursor)

    def find_device(self, device: DeviceId) -> DeviceEntry | None:
        """Find one device with the last reading of each metric, also a retired one."""
        row = self._connection.execute(_select_devices(self._scope).where(_device.c.id == device)).mappings().first()
        return None if row is None else _make_device_entry(row, self._readings.read_latest(device))

    def count_states(self) -> dict[str, int]:
        """Count active, quiet and unknown residents; one who was never judged counts as unknown."""
        state = func.coalesce(_resident_state.c.state, "unknown")
        query = _select_states(self._scope, state, func.count()).group_by(state)
        counts = {"active": 0, "quiet": 0, "unknown": 0}
        counts.update((row[0], row[1]) for row in self._connection.execute(query))
        return counts

    def list_unknown(self, most: int) -> list[tuple[ResidentId, HouseholdId, int | None]]:
        """List residents of whom nothing is known, with their homes and since when (epoch ms), the longest first.

        First those who were never judged, who have no such time. It reads the states of the whole scope.
        """
        query = _select_states(self._scope, _resident.c.id, _resident.c.household, _resident_state.c.since_at)
        query = query.where(func.coalesce(_resident_state.c.state, "unknown") == "unknown")
        query = query.order_by(func.coalesce(_resident_state.c.since_at, 0), _resident.c.place).limit(most)
        return [(row.id, row.household, row.since_at) for row in self._connection.execute(query)]

    def count_silent(self) -> int:
        """Count silent devices; one that was never judged is not silent."""
        query = select(func.count()).select_from(_device.join(_device_state, _device_state.c.device == _device.c.id))
        query = query.where(_device.c.retired_at.is_(None), _device_state.c.silent)
        return self._connection.scalar(narrow(query, _device.c.household, self._scope)) or 0

    def compute_hourly_litres(self, household: HouseholdId, start: int, end: int) -> tuple[HourUse, ...]:
        """Compute litres used in each UTC hour from `start` to `end` (epoch ms), over all meters of a home.

        An hour for which some meter has no readings is None: silence is never shown as no use.
        """
        first, hours = start // HOUR_MS, -(-end // HOUR_MS) - start // HOUR_MS
        meters = self._read_of_household(
            _device, household, _device.c.kind == DeviceKind.WATER_METER.value, _device.c.retired_at.is_(None)
        )
        if not meters or hours <= 0:
            return tuple(HourUse((first + hour) * HOUR_MS, None) for hour in range(hours))
        total = np.zeros(hours)
        for meter in meters:
            gap = max(2 * meter["reports_every_ms"], 2 * HOUR_MS)
            at, volume = self._readings.read_columns(
                DeviceId(meter["id"]), Metric.VOLUME_M3, first * HOUR_MS - gap, (first + hours) * HOUR_MS + gap
            )
            total += compute_hourly_litres(at, volume, first * HOUR_MS, hours, gap)
        return tuple(
            HourUse((first + hour) * HOUR_MS, None if np.isnan(litres) else float(litres)) for hour, litres in enumerate(total)
        )

    def _read_page(
        self, query: Select[Any], place: ColumnElement[int], limit: int, cursor: str | None
    ) -> tuple[list[RowMapping], str | None]:
        if cursor is not None:
            (after,) = cursors.read(cursor, INT4)
            query = query.where(place > after)
        rows = list(self._connection.execute(query.order_by(place).limit(limit + 1)).mappings())
        more = len(rows) > limit
        return rows[:limit], cursors.write(rows[limit - 1]["place"]) if more else None

    def _read_of_household(self, table: Table, household: HouseholdId, *where: ColumnElement[bool]) -> list[RowMapping]:
        query = narrow(select(table).where(table.c.household == household, *where), table.c.household, self._scope)
        return list(self._connection.execute(query.order_by(table.c.place)).mappings())

    def _make_homes(self, rows: list[RowMapping]) -> tuple[HouseholdEntry, ...]:
        ids = [row["id"] for row in rows]
        living = _select_residents(self._scope).where(match_any(_resident.c.household, ids), _resident.c.retired_at.is_(None))
        people: dict[str, list[ResidentEntry]] = {}
        for entry in self._make_entries(list(self._connection.execute(living.order_by(_resident.c.place)).mappings())):
            people.setdefault(entry.household, []).append(entry)
        counts = self._open_counts(_alert.c.household, ids)
        addresses = self._keys.open([hold_address(row["id"], row["address_sealed"]) for row in rows])
        return tuple(
            HouseholdEntry(
                row["id"],
                row["area"],
                row["area_name"],
                row["timezone"],
                address,
                tuple(people.get(row["id"], ())),
                counts.get(row["id"], 0),
            )
            for row, (address, _) in zip(rows, addresses, strict=True)
        )

    def _make_entries(self, rows: list[RowMapping]) -> tuple[ResidentEntry, ...]:
        counts = self._open_counts(_alert.c.resident, [row["id"] for row in rows])
        people = open_rows(self._keys, RESIDENTS, rows)
        addresses = self._keys.open([hold_address(row["household"], row["address_sealed"]) for row in rows])
        return tuple(
            _make_resident_entry(row, address[0], counts.get(row["id"], 0))
            for row, address in zip(people, addresses, strict=True)
        )

    def _open_counts(self, column: ColumnElement[str], ids: list[str]) -> dict[str, int]:
        query = (
            select(column, func.count())
            .select_from(_alert)
            .where(match_any(column, ids), alert_tables.UNRESOLVED)
            .group_by(column)
        )
        query = narrow(query, _alert.c.area, self._scope)
        return {row[0]: row[1] for row in self._connection.execute(query)}


def _select_states(scope: Scope, *columns: ColumnElement[Any]) -> Select[Any]:
    """Select the states of the residents of a scope who are not retired."""
    # begins with the homes of a scope, instead of looking for the home of everybody
    people = _resident if scope == EVERYTHING else _home.join(_resident, _resident.c.household == _home.c.id)
    query = select(*columns).select_from(people.outerjoin(_resident_state, _resident_state.c.resident == _resident.c.id))
    return narrow(query.where(_resident.c.retired_at.is_(None)), _home.c.area, scope)


def _select_residents(scope: Scope) -> Select[Any]:
    home = (_home.c.area, _home.c.address_sealed, _home.c.timezone)
    state = [column for column in _resident_state.c if column.name != "resident"]
    places = (_area.c.name.label("area_name"), _above.c.name.label("above_name"))
    query = select(_resident, *home, *state, _learned.c.low_observability, *places).select_from(
        _resident.join(_home, _home.c.id == _resident.c.household)
        .outerjoin(_area, _area.c.id == _home.c.area)
        .outerjoin(_above, _above.c.id == _area.c.parent)
        .outerjoin(_resident_state, _resident_state.c.resident == _resident.c.id)
        .outerjoin(_learned, _learned.c.resident == _resident.c.id)
    )
    return narrow(query, _home.c.area, scope)


def _select_households(scope: Scope) -> Select[Any]:
    query = select(_home, _area.c.name.label("area_name")).select_from(_home.join(_area, _area.c.id == _home.c.area))
    return narrow(query, _home.c.area, scope)


def _select_devices(scope: Scope) -> Select[Any]:
    state = [column for column in _device_state.c if column.name != "device"]
    query = select(_device, *state).select_from(_device.outerjoin(_device_state, _device_state.c.device == _device.c.id))
    return narrow(query, _device.c.household, scope)


def _make_resident_entry(row: dict[str, Any], address: str, open_alerts: int) -> ResidentEntry:
    state = None
    if row["state"] is not None:
        state = ResidentState(
            ResidentId(row["id"]), row["state"], row["since_at"], row["life_at"], row["proven_at"], row["away"], row["updated_at"]
        )
    return ResidentEntry(
        make_resident(row),
        row["household"],
        row["area"],
        address,
        row["timezone"],
        state,
        open_alerts,
        read_low_observability(row["low_observability"]),
        row["area_name"] or "",
        row["above_name"] or "",
    )


def _make_device_entry(row: RowMapping, latest: tuple[Any, ...] = ()) -> DeviceEntry:
    state = None
    if row["updated_at"] is not None:
        seen = (row["heard_at"], row["battery_pct"], row["silent"], row["updated_at"])
        state = DeviceState(DeviceId(row["id"]), *seen, row["beats_every_s"], row["beats_litres"])
    return DeviceEntry(make_device(row), row["household"], state, latest)
