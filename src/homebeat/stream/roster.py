"""Which row belongs to whom: the registry compiled to arrays, so that the hot path never looks up a name.

Rows are only ever added. Who leaves keeps the row, marked inactive. So state arrays and checkpoints stay valid while the service
runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.consent import Purpose
from homebeat.domain.fleet import DeviceKind, Fleet
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.stream.batch import F32, FAR, I32, I64, U8, Bool
from homebeat.stream.registry import Registry, combine_bits, find_watched, get_kind_index

__all__ = ["SHOWS_LIFE", "Roster", "get_kind_index"]

_T = TypeVar("_T", bound=str)


@dataclass(frozen=True, slots=True)
class Roster:
    """Rows of households, residents, devices and water meters, in the order of enrolment.

    Attributes:
        household_building: The id of its building, in its area; empty where it is not known.
        device_row: row by id, for enrolled devices only: any other device is a stranger.
        device_household: int32[devices], row of its household.
        device_resident: int32[devices], the one resident it reports on, or -1 (several, or none).
        device_kind: int8[devices], index into `registry.KINDS`.
        device_every: int64[devices], expected report interval, ms.
        device_meter: int32[devices], its meter row, or -1.
        device_gateway: The id of its gateway; empty where it is not known.
        device_since, resident_since: int64, since when homebeat expects readings from it, epoch ms.
        who_start, who: residents that a device reports on: `who[who_start[d]:who_start[d + 1]]`.
        device_asks: bool[devices], residents are asked on it before anybody else is notified.
        meter_device: int32[meters]. meter_lead: int32[meters], first enrolled meter row of the same household.
        meter_more: int32, enrolled meter rows that are not the first of their household.
        meter_resolution: int64[meters], litres per count, at least 1.
        resident_household: int32[residents].
        resident_every: int64[residents], the shortest report interval of a device that can show life, ms; FAR for none.
        resident_alone: bool[residents], the only resident of the household.
        resident_withdrawn, device_withdrawn: uint8, purposes to which consent was withdrawn, as `PURPOSE_BITS`. All of them for a
            resident of whom no device that can show life may be watched any more.
        budget: float32[residents], false alarms a month that a carer chose for this resident; NaN: as in the settings.
        asks: bool[residents], the resident is asked before anybody else is notified of a quiet home.
        zone: int32[residents], index into `zones` of the time zone of the household.
        zones: distinct time zone names. A name keeps its index while the service runs, not over a restart.
        away_*: declared absences as parallel arrays: resident row, from, until (epoch ms, FAR for open).
        disregarded_*: spans that are not learned from, as parallel arrays: resident row, from, until (epoch ms).
    """

    household_ids: tuple[HouseholdId, ...] = ()
    household_area: tuple[AreaId, ...] = ()
    household_building: tuple[str, ...] = ()
    household_zone: tuple[str, ...] = ()
    resident_ids: tuple[ResidentId, ...] = ()
    device_ids: tuple[DeviceId, ...] = ()
    device_gateway: tuple[str, ...] = ()
    device_row: Mapping[str, int] = field(default_factory=dict)
    device_household: I32 = field(default_factory=lambda: np.empty(0, np.int32))
    device_resident: I32 = field(default_factory=lambda: np.empty(0, np.int32))
    device_kind: I32 = field(default_factory=lambda: np.empty(0, np.int32))
    device_every: I64 = field(default_factory=lambda: np.empty(0, np.int64))
    device_meter: I32 = field(default_factory=lambda: np.empty(0, np.int32))
    device_since: I64 = field(default_factory=lambda: np.empty(0, np.int64))
    device_active: Bool = field(default_factory=lambda: np.empty(0, np.bool_))
    who_start: I64 = field(default_factory=lambda: np.zeros(1, np.int64))
    who: I32 = field(default_factory=lambda: np.empty(0, np.int32))
    meter_device: I32 = field(default_factory=lambda: np.empty(0, np.int32))
    meter_lead: I32 = field(default_factory=lambda: np.empty(0, np.int32))
    meter_more: I32 = field(default_factory=lambda: np.empty(0, np.int32))
    meter_resolution: I64 = field(default_factory=lambda: np.empty(0, np.int64))
    resident_household: I32 = field(default_factory=lambda: np.empty(0, np.int32))
    resident_since: I64 = field(default_factory=lambda: np.empty(0, np.int64))
    resident_every: I64 = field(default_factory=lambda: np.empty(0, np.int64))
    resident_alone: Bool = field(default_factory=lambda: np.empty(0, np.bool_))
    resident_active: Bool = field(default_factory=lambda: np.empty(0, np.bool_))
    resident_withdrawn: U8 = field(default_factory=lambda: np.empty(0, np.uint8))
    device_withdrawn: U8 = field(default_factory=lambda: np.empty(0, np.uint8))
    device_asks: Bool = field(default_factory=lambda: np.empty(0, np.bool_))
    budget: F32 = field(default_factory=lambda: np.empty(0, np.float32))
    asks: Bool = field(default_factory=lambda: np.empty(0, np.bool_))
    zone: I32 = field(default_factory=lambda: np.empty(0, np.int32))
    zones: tuple[str, ...] = ()
    away_resident: I32 = field(default_factory=lambda: np.empty(0, np.int32))
    away_from: I64 = field(default_factory=lambda: np.empty(0, np.int64))
    away_until: I64 = field(default_factory=lambda: np.empty(0, np.int64))
    disregarded_resident: I32 = field(default_factory=lambda: np.empty(0, np.int32))
    disregarded_from: I64 = field(default_factory=lambda: np.empty(0, np.int64))
    disregarded_until: I64 = field(default_factory=lambda: np.empty(0, np.int64))

    @property
    def meters(self) -> int:
        """Number of meter rows."""
        return len(self.meter_device)

    def with_registry(self, registry: Fleet | Registry, now: int) -> Roster:
        """The roster after the registry changed at `now` (epoch ms): known rows keep their place, new ones are added."""
        return _Builder(self, registry if isinstance(registry, Registry) else Registry.of(registry), now).build()

    def with_times_until(self, to: int) -> Roster:
        """The roster after a step of the clock back to `to` (epoch ms): nobody was enrolled later."""
        device_since, resident_since = np.minimum(self.device_since, to), np.minimum(self.resident_since, to)
        return replace(self, device_since=device_since, resident_since=resident_since)


#: Kinds whose reports can show that somebody did something.
SHOWS_LIFE: Final = frozenset({DeviceKind.WATER_METER, DeviceKind.WRISTBAND, DeviceKind.DOOR, DeviceKind.BED, DeviceKind.MOTION})
ALL_WITHDRAWN: Final = np.uint8(combine_bits(Purpose))
_SHOWS_LIFE: Final = np.array([kind in SHOWS_LIFE for kind in DeviceKind], np.bool_)


class _Builder:
    """Fills the arrays of a new roster, one kind of row at a time.

    Attributes:
        home, resident, device: Row of each household, resident and device of the registry.
        living: How many residents live in each household.
    """

    def __init__(self, old: Roster, registry: Registry, now: int) -> None:
        self.old, self.new, self.now = old, registry, now
        self.household_ids, self.home = _place_ids(old.household_ids, registry.households)
        self.resident_ids, self.resident = _place_ids(old.resident_ids, registry.residents)
        self.device_ids, self.device = _place_ids(old.device_ids, registry.devices)
        self.living = np.bincount(registry.resident_home, minlength=len(registry.households)).astype(np.int64)

    def build(self) -> Roster:
        """Build the roster. Of a row that left, the last known values stay."""
        return Roster(
            household_ids=self.household_ids,
            household_area=_place(self.home, self.new.household_area, AreaId(""), len(self.household_ids)),
            household_building=_place(self.home, self.new.household_building, "", len(self.household_ids)),
            household_zone=_place(self.home, self.new.household_zone, "UTC", len(self.household_ids)),
            resident_ids=self.resident_ids,
            device_ids=self.device_ids,
            device_gateway=_place(self.device, self.new.device_gateway, "", len(self.device_ids)),
            **self._build_residents(),
            **self._build_devices(),
            **self._build_absences(),
            **self._build_disregarded(),
        )

    def _build_residents(self) -> dict[str, Any]:
        old, new, n, here = self.old, self.new, len(self.resident_ids), self.resident
        home, alone, asks = _extend(old.resident_household, n, -1), np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        home[here], alone[here] = self.home[new.resident_home], self.living[new.resident_home] == 1
        asks[here] = new.household_asks[new.resident_home]
        active, budget = np.zeros(n, np.bool_), np.full(n, np.nan, np.float32)
        active[here], budget[here] = True, new.budget
        return {
            "resident_household": home,
            **self._build_withdrawn(n),
            "resident_alone": alone,
            "resident_active": active,
            "budget": budget,
            "asks": asks,
            **self._build_zones(n),
        }

    def _build_withdrawn(self, n: int) -> dict[str, Any]:
        """What of whom may be watched, how often that is reported, and since when reports are expected."""
        old, new = self.old, self.new
        may_show = find_watched(new.device_withdrawn, new.device_kind)
        every = self._find_shortest_intervals(n, may_show)
        withdrawn = np.zeros(n, np.uint8)
        withdrawn[self.resident] = new.resident_withdrawn
        if not may_show.all():
            anyhow = self._find_shortest_intervals(n, np.ones_like(may_show))
            withdrawn[(withdrawn != 0) & (every == FAR) & (anyhow < FAR)] = ALL_WITHDRAWN
        since = self._build_since(old.resident_since, n, self.resident, new.resident_since)
        known = len(old.resident_withdrawn)
        # whoever was not watched at all is expected to report from now on
        since[:known][(old.resident_withdrawn == ALL_WITHDRAWN) & (withdrawn[:known] != ALL_WITHDRAWN)] = self.now
        return {"resident_withdrawn": withdrawn, "resident_every": every, "resident_since": since}

    def _build_since(self, old: I64, n: int, here: I32, said: I64) -> I64:
        """Since when readings are expected: of a new row as the registry says, and never in the future."""
        since = np.full(n, self.now, np.int64)
        since[here] = np.minimum(said, self.now)
        since[: len(old)] = old
        return since

    def _build_zones(self, n: int) -> dict[str, Any]:
        zones = _extend_names(self.old.zones, ["UTC", *self.new.household_zone])
        number = {name: i for i, name in enumerate(zones)}
        of_home = np.fromiter((number[name] for name in self.new.household_zone), np.int32, len(self.new.households))
        zone = np.zeros(n, np.int32)
        zone[self.resident] = of_home[self.new.resident_home]
        return {"zone": zone, "zones": zones}

    def _find_shortest_intervals(self, n: int, may_show: Bool) -> I64:
        every = np.full(n, FAR, np.int64)
        shows = np.flatnonzero(_SHOWS_LIFE[self.new.device_kind] & may_show)
        first, count = self._find_residents(shows)
        np.minimum.at(every, self.resident[_list_spans(first, count)], np.repeat(self.new.device_every[shows], count))
        return every

    def _build_devices(self) -> dict[str, Any]:
        old, new, n, here = self.old, self.new, len(self.device_ids), self.device
        home, kind = _extend(old.device_household, n, -1), _extend(old.device_kind, n, get_kind_index(DeviceKind.OTHER))
        home[here], kind[here] = self.home[new.device_home], new.device_kind
        every, active, resolution = np.full(n, FAR, np.int64), np.zeros(n, np.bool_), np.ones(n, np.int64)
        every[here], active[here], resolution[here] = new.device_every, True, new.device_resolution
        withdrawn, asks = np.zeros(n, np.uint8), np.zeros(n, np.bool_)
        withdrawn[here], asks[here] = new.device_withdrawn, new.device_asks
        return {
            "device_row": {self.device_ids[row]: row for row in here.tolist()},
            "device_household": home,
            "device_kind": kind,
            "device_every": every,
            "device_since": self._build_since(old.device_since, n, here, new.device_since),
            "device_active": active,
            "device_withdrawn": withdrawn,
            "device_asks": asks,
            **self._build_who(n),
            **self._build_meters(kind, home, active, resolution),
        }

    def _build_who(self, n: int) -> dict[str, Any]:
        first, count = self._find_residents(np.argsort(self.device))
        rows = np.sort(self.device)
        of_row = np.zeros(n, np.int64)
        of_row[rows] = count
        starts = np.zeros(n + 1, np.int64)
        np.cumsum(of_row, out=starts[1:])
        person, one = np.full(n, -1, np.int32), count == 1
        person[rows[one]] = self.resident[first[one]]
        return {"who_start": starts, "who": self.resident[_list_spans(first, count)], "device_resident": person}

    def _find_residents(self, devices: NDArray[np.intp]) -> tuple[I64, I64]:
        """For devices of the registry: the place of the first resident each reports on, and how many they are; int64[n] each."""
        whose, home = self.new.device_resident[devices], self.new.device_home[devices]
        firsts = np.cumsum(self.living) - self.living
        own = whose >= 0
        return np.where(own, whose, firsts[home]), np.where(own, 1, self.living[home])

    def _build_meters(self, kind: I32, home: I32, active: Bool, resolution: I64) -> dict[str, Any]:
        known = np.zeros(len(kind), np.bool_)
        known[self.old.meter_device] = True
        added = np.flatnonzero((kind == get_kind_index(DeviceKind.WATER_METER)) & ~known)
        device = np.concatenate([self.old.meter_device, added.astype(np.int32)])
        meter = np.full(len(kind), -1, np.int32)
        meter[device] = np.arange(len(device), dtype=np.int32)
        lead = _find_leads(home[device], active[device])
        return {
            "device_meter": meter,
            "meter_device": device,
            "meter_lead": lead,
            "meter_more": np.flatnonzero(active[device] & (lead != np.arange(len(lead)))).astype(np.int32),
            "meter_resolution": resolution[device],
        }

    def _build_absences(self) -> dict[str, Any]:
        new = self.new
        count = self.living[new.away_home]
        first = (np.cumsum(self.living) - self.living)[new.away_home]
        return {
            "away_resident": self.resident[_list_spans(first, count)],
            "away_from": np.repeat(new.away_from, count),
            "away_until": np.repeat(new.away_until, count),
        }

    def _build_disregarded(self) -> dict[str, Any]:
        return {
            "disregarded_resident": self.resident[self.new.disregarded_resident],
            "disregarded_from": self.new.disregarded_from,
            "disregarded_until": self.new.disregarded_until,
        }


def _place_ids(old: tuple[_T, ...], now: Sequence[_T]) -> tuple[tuple[_T, ...], I32]:
    """List all ids, known ones first, and the row of each id that is in the registry now."""
    if not old or (len(old) == len(now) and old == tuple(now)):
        return old or tuple(now), np.arange(len(now), dtype=np.int32)
    row = {name: i for i, name in enumerate(old)}
    for name in now:
        row.setdefault(name, len(row))
    return tuple(row), np.fromiter((row[name] for name in now), np.int32, len(now))


def _place(rows: I32, names: Sequence[_T], otherwise: _T, n: int) -> tuple[_T, ...]:
    placed = [otherwise] * n
    for row, name in zip(rows.tolist(), names, strict=True):
        placed[row] = name
    return tuple(placed)


def _extend_names(old: tuple[_T, ...], now: Sequence[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys([*old, *now]))


def _extend(old: NDArray[Any], rows: int, otherwise: int) -> NDArray[Any]:
    return np.concatenate([old, np.full(rows - len(old), otherwise, old.dtype)])


def _list_spans(first: I64, count: I64) -> I64:
    """The places first, first + 1, ... of each span, one span after the other."""
    ends = np.cumsum(count)
    places: I64 = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(first - (ends - count), count)
    return places


def _find_leads(households: I32, active: Bool) -> I32:
    """Find the first meter of each meter's household, an enrolled one if there is one; int32[meters]."""
    order = np.argsort(~active, kind="stable")
    _, first, which = np.unique(households[order], return_index=True, return_inverse=True)
    lead = np.empty(len(households), np.int32)
    lead[order] = order[first][which]
    return lead
