"""Which row is whose: the registry compiled to arrays, so that the hot path never looks up a name.

Rows are only ever added. Somebody who leaves keeps the row, marked inactive, so that state arrays and checkpoints stay valid
while the service runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import numpy as np

from homebeat.domain.fleet import Device, DeviceKind, Fleet, Household
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.stream.batch import F32, FAR, I32, I64, Bool

_T = TypeVar("_T", bound=str)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Roster:
    """Rows of households, residents, devices and water meters, in the order of enrolment.

    Attributes:
        device_row: row by id, of enrolled devices only: what others send is from a stranger.
        device_household: int32[devices], row of its household.
        device_resident: int32[devices], the one resident it speaks of, or -1 (several, or none).
        device_kind: int8[devices], index into `DeviceKind`.
        device_every: int64[devices], expected report interval, ms.
        device_meter: int32[devices], its meter row, or -1.
        device_since, resident_since: int64, when homebeat began to expect something of it, epoch ms.
        who_start, who: residents a device speaks of: `who[who_start[d]:who_start[d + 1]]`.
        meter_device: int32[meters]. meter_lead: int32[meters], first enrolled meter row of the same household.
        meter_more: int32, enrolled meter rows that are not the first of their household.
        meter_resolution: int64[meters], litres per count, at least 1.
        resident_household: int32[residents].
        resident_every: int64[residents], the shortest report interval of a device that can show life, ms; FAR if none.
        resident_alone: bool[residents], the only resident of the household.
        budget: float32[residents], false alarms a month that a carer chose for this resident; NaN leaves it to the settings.
        asks: bool[residents], asked first, before anybody else is told of a quiet home.
        zone: int32[residents], index into `zones` of the time zone of the household.
        zones: distinct time zone names. A name keeps its place while the service runs, not over a restart.
        away_*: declared absences as parallel arrays: resident row, from, until (epoch ms, FAR for open).
        disregarded_*: spans that nothing is learned from, as parallel arrays: resident row, from, until (epoch ms).
    """

    household_ids: tuple[HouseholdId, ...] = ()
    household_area: tuple[AreaId, ...] = ()
    household_zone: tuple[str, ...] = ()
    resident_ids: tuple[ResidentId, ...] = ()
    device_ids: tuple[DeviceId, ...] = ()
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

    def updated(self, fleet: Fleet, now: int) -> Roster:
        """The roster after the registry changed at `now` (epoch ms): known rows keep their place, new ones are added."""
        return _Builder(self, fleet, now).roster()


#: Kinds whose reports can show that somebody did something.
SHOWS_LIFE = frozenset({DeviceKind.WATER_METER, DeviceKind.WRISTBAND, DeviceKind.DOOR, DeviceKind.BED, DeviceKind.MOTION})
KINDS: tuple[DeviceKind, ...] = tuple(DeviceKind)
_KIND_INDEX = {kind: i for i, kind in enumerate(KINDS)}


def kind_index(kind: DeviceKind) -> int:
    """The number that stands for a kind in `Roster.device_kind`."""
    return _KIND_INDEX[kind]


class _Builder:
    """Fills the arrays of a new roster, one kind of row at a time."""

    def __init__(self, old: Roster, fleet: Fleet, now: int) -> None:
        self.old, self.fleet, self.now = old, fleet, now
        self.households: dict[str, Household] = {h.id: h for h in fleet.households}
        self.household_ids = _extended(old.household_ids, [h.id for h in fleet.households])
        self.resident_ids = _extended(old.resident_ids, [r.id for h in fleet.households for r in h.residents])
        self.device_ids = _extended(old.device_ids, [d.id for h in fleet.households for d in h.devices])
        self.hrow = {h: i for i, h in enumerate(self.household_ids)}
        self.rrow = {r: i for i, r in enumerate(self.resident_ids)}
        self.drow: dict[str, int] = {d: i for i, d in enumerate(self.device_ids)}

    def roster(self) -> Roster:
        """The roster: what is not said of a row that left stays as it was known."""
        return Roster(
            household_ids=self.household_ids,
            household_area=tuple(self.households[h].area if h in self.households else AreaId("") for h in self.household_ids),
            household_zone=tuple(self.households[h].timezone if h in self.households else "UTC" for h in self.household_ids),
            resident_ids=self.resident_ids,
            device_ids=self.device_ids,
            **self._residents(),
            **self._devices(),
            **self._absences(),
            **self._disregarded(),
        )

    def _residents(self) -> dict[str, Any]:
        n = len(self.resident_ids)
        home, alone, active = np.full(n, -1, np.int32), np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        home[: len(self.old.resident_ids)] = self.old.resident_household
        every = np.full(n, FAR, np.int64)
        budget, asks, zone = np.full(n, np.nan, np.float32), np.zeros(n, np.bool_), np.zeros(n, np.int32)
        zones = _extended(self.old.zones, ["UTC", *(h.timezone for h in self.fleet.households)])
        zrow = {z: i for i, z in enumerate(zones)}
        for h in self.fleet.households:
            rows = [self.rrow[r.id] for r in h.residents]
            home[rows], active[rows], alone[rows] = self.hrow[h.id], True, len(rows) == 1
            asks[rows], zone[rows] = h.ask_first, zrow[h.timezone]
            budget[rows] = [np.nan if r.false_alarms_a_month is None else r.false_alarms_a_month for r in h.residents]
            for d in h.devices:
                if d.kind in SHOWS_LIFE:
                    who = self._who(h, d)
                    every[who] = np.minimum(every[who], _every_ms(d))
        since = _since(self.old.resident_since, n, self.now)
        return {
            "resident_household": home,
            "resident_since": since,
            "resident_every": every,
            "resident_alone": alone,
            "resident_active": active,
            "budget": budget,
            "asks": asks,
            "zone": zone,
            "zones": zones,
        }

    def _devices(self) -> dict[str, Any]:
        old, n = self.old, len(self.device_ids)
        home, person = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
        kind = np.full(n, _KIND_INDEX[DeviceKind.OTHER], np.int32)
        home[: len(old.device_ids)], kind[: len(old.device_ids)] = old.device_household, old.device_kind
        every, active, resolution = np.full(n, FAR, np.int64), np.zeros(n, np.bool_), np.ones(n, np.int64)
        who: list[Sequence[int]] = [()] * n
        for h in self.fleet.households:
            for d in h.devices:
                i = self.drow[d.id]
                home[i], kind[i], active[i] = self.hrow[h.id], _KIND_INDEX[d.kind], True
                every[i], resolution[i] = _every_ms(d), max(1, round(d.resolution_litres))
                who[i] = self._who(h, d)
                person[i] = who[i][0] if len(who[i]) == 1 else -1
        starts = np.zeros(n + 1, np.int64)
        np.cumsum([len(w) for w in who], out=starts[1:])
        return {
            "device_row": {d: i for d, i in self.drow.items() if active[i]},
            "device_household": home,
            "device_resident": person,
            "device_kind": kind,
            "device_every": every,
            "device_since": _since(old.device_since, n, self.now),
            "device_active": active,
            "who_start": starts,
            "who": np.array([r for w in who for r in w], np.int32),
            **self._meters(kind, home, active, resolution),
        }

    def _meters(self, kind: I32, home: I32, active: Bool, resolution: I64) -> dict[str, Any]:
        device = self._meter_rows(kind)
        meter = np.full(len(kind), -1, np.int32)
        meter[device] = np.arange(len(device), dtype=np.int32)
        lead = _leads(home[device], active[device])
        return {
            "device_meter": meter,
            "meter_device": device,
            "meter_lead": lead,
            "meter_more": np.flatnonzero(active[device] & (lead != np.arange(len(lead)))).astype(np.int32),
            "meter_resolution": resolution[device],
        }

    def _absences(self) -> dict[str, Any]:
        away = [
            (self.rrow[r.id], _ms(a.starts_at), FAR if a.ends_at is None else _ms(a.ends_at))
            for h in self.fleet.households
            for a in h.away
            for r in h.residents
        ]
        return {
            "away_resident": np.array([a[0] for a in away], np.int32),
            "away_from": np.array([a[1] for a in away], np.int64),
            "away_until": np.array([a[2] for a in away], np.int64),
        }

    def _disregarded(self) -> dict[str, Any]:
        spans = [
            (self.rrow[r.id], _ms(d.starts_at), _ms(d.ends_at))
            for h in self.fleet.households
            for r in h.residents
            for d in r.disregarded
        ]
        return {
            "disregarded_resident": np.array([d[0] for d in spans], np.int32),
            "disregarded_from": np.array([d[1] for d in spans], np.int64),
            "disregarded_until": np.array([d[2] for d in spans], np.int64),
        }

    def _who(self, household: Household, device: Device) -> list[int]:
        """Rows of the residents that a device speaks of."""
        return [self.rrow[device.resident]] if device.resident is not None else [self.rrow[r.id] for r in household.residents]

    def _meter_rows(self, kind: I32) -> I32:
        known = set(self.old.meter_device.tolist())
        new = [i for i in np.flatnonzero(kind == _KIND_INDEX[DeviceKind.WATER_METER]).tolist() if i not in known]
        return np.concatenate([self.old.meter_device, np.array(new, np.int32)])


def _every_ms(device: Device) -> int:
    return round(device.reports_every.total_seconds() * 1000)


def _extended(old: tuple[_T, ...], now: Sequence[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys([*old, *now]))


def _since(old: I64, rows: int, now: int) -> I64:
    return np.concatenate([old, np.full(rows - len(old), now, np.int64)])


def _leads(households: I32, active: Bool) -> I32:
    first: dict[int, int] = {}
    for i in (*np.flatnonzero(active).tolist(), *np.flatnonzero(~active).tolist()):
        first.setdefault(int(households[i]), i)
    return np.array([first[h] for h in households.tolist()], np.int32)


def only_resident(roster: Roster, device: int) -> ResidentId | None:
    """The one resident a device speaks of, or None where there are several."""
    row = int(roster.device_resident[device])
    return None if row < 0 else roster.resident_ids[row]
