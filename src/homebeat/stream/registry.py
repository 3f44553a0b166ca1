"""The registry as columns. The roster is built from it, whether it comes from a fleet file or from a database.

A city has hundreds of thousands of homes. As objects, each hundred thousand cost a second and a hundred megabytes, and the loop
needs arrays only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from homebeat.codecs.catalogue import is_asked_on
from homebeat.domain.consent import COVERS, Purpose, find_withdrawn_of
from homebeat.domain.fleet import Area, Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.stream.batch import F32, FAR, I32, I64, U8, Bool

KINDS: tuple[DeviceKind, ...] = tuple(DeviceKind)
_KIND_INDEX = {kind: i for i, kind in enumerate(KINDS)}


#: The purposes that cover what is watched, as bits for arrays.
PURPOSE_BITS: Mapping[Purpose, int] = {purpose: 1 << i for i, purpose in enumerate(p for p in Purpose if COVERS[p])}


def combine_bits(purposes: Iterable[Purpose]) -> int:
    """Combine purposes into one number of bits; those that cover nothing that is watched are left out."""
    return sum(PURPOSE_BITS.get(purpose, 0) for purpose in frozenset(purposes))


#: The bit of the purpose that covers what a device of each kind measures of people.
_PURPOSE_OF_KIND: U8 = np.array(
    [PURPOSE_BITS[Purpose.WATER if kind is DeviceKind.WATER_METER else Purpose.BAND] for kind in KINDS], np.uint8
)


def find_watched(withdrawn: U8, kind: I32) -> Bool:
    """bool[n]: what devices measure of people may be watched.

    Args:
        withdrawn: uint8[n], the purposes withdrawn of each device, as `PURPOSE_BITS`.
        kind: int32[n], index into `KINDS`.
    """
    watched: Bool = (withdrawn & _PURPOSE_OF_KIND[kind]) == 0
    return watched


def find_asking(codec: Sequence[str | None], kind: Sequence[int], chosen: Sequence[bool | None]) -> Bool:
    """bool[n]: residents are asked on the device before anybody else is notified. A siren is kept for plans: it wakes a house.

    Args:
        codec: Codec name of each device; None where the fleet names none.
        kind: Index into `KINDS`.
        chosen: What the fleet file says of each.
    """
    kinds = [KINDS[one] for one in kind]
    asked = (
        one is not DeviceKind.SIREN and is_asked_on(name, one, wish)
        for name, one, wish in zip(codec, kinds, map(_get_choice, chosen), strict=True)
    )
    return np.fromiter(asked, np.bool_, len(kinds))


def _get_choice(chosen: int | None) -> bool | None:
    return None if chosen is None else bool(chosen)


def get_kind_index(kind: DeviceKind) -> int:
    """Get the number that stands for a kind: its index in `KINDS`."""
    return _KIND_INDEX[kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Who is enrolled now: households in their order, everything else in the order of its household.

    Attributes:
        household_area, household_building, household_zone: Equal names are one object; a building is empty where it is not known.
        household_asks: bool[households], the resident is asked before anybody else is notified.
        resident_home, device_home, away_home: int32, place of the household in this registry.
        budget: float32[residents], false alarms a month that a carer chose; NaN for no choice.
        device_resident: int32[devices], place of the resident whose device it is; -1 for a device of the whole home.
        device_kind: int32[devices], index into `KINDS`.
        device_every: int64[devices], expected report interval, ms. device_resolution: int64[devices], litres a count, at least 1.
        resident_withdrawn, device_withdrawn: uint8, the purposes to which consent was withdrawn, as `PURPOSE_BITS`.
        resident_since, device_since: int64, since when readings are expected, epoch ms; FAR without a store: from when they are
            enrolled.
        device_asks: bool[devices], residents are asked on it before anybody else is notified.
        device_gateway: The gateway of each device; empty where it is not known.
        device_no: int32[devices], the number that the store gave it; -1 without a store.
        codecs: Codec name by device id, where the fleet names one.
        addresses: What its maker's messages call a device, by device id, where that is another name.
        litres_per_pulse: By device id, of meters that report pulses.
        measures: By device id, the names of the metrics that it can measure, where the registry says it.
        away_from, away_until: int64, epoch ms; FAR for until further notice.
        disregarded_resident: int32, place of the resident. disregarded_from, disregarded_until: int64, epoch ms.
    """

    areas: tuple[Area, ...]
    households: Sequence[HouseholdId]
    household_area: Sequence[AreaId]
    household_building: Sequence[str]
    household_zone: Sequence[str]
    household_asks: Bool
    residents: Sequence[ResidentId]
    resident_home: I32
    budget: F32
    resident_withdrawn: U8
    resident_since: I64
    devices: Sequence[DeviceId]
    device_home: I32
    device_resident: I32
    device_kind: I32
    device_every: I64
    device_resolution: I64
    device_withdrawn: U8
    device_since: I64
    device_asks: Bool
    device_gateway: Sequence[str]
    device_no: I32
    codecs: Mapping[str, str]
    addresses: Mapping[str, str]
    litres_per_pulse: Mapping[str, float]
    measures: Mapping[str, tuple[str, ...]]
    away_home: I32
    away_from: I64
    away_until: I64
    disregarded_resident: I32
    disregarded_from: I64
    disregarded_until: I64

    def with_withdrawn(self, withdrawn: Mapping[ResidentId, frozenset[Purpose]]) -> Registry:
        """Note what residents withdrew consent to; of residents who are not enrolled nothing counts any more."""
        if not withdrawn:
            return self
        place = {resident: i for i, resident in enumerate(self.residents) if resident in withdrawn}
        homes: dict[int, dict[ResidentId, frozenset[Purpose]]] = {}
        for who, i in place.items():
            homes.setdefault(int(self.resident_home[i]), {})[who] = withdrawn[who]
        of_resident, of_device = (np.zeros(len(rows), np.uint8) for rows in (self.residents, self.devices))
        for i in np.flatnonzero(np.isin(self.resident_home, list(homes))).tolist():
            of_resident[i] = combine_bits(find_withdrawn_of(homes[int(self.resident_home[i])], self.residents[i]))
        for i in np.flatnonzero(np.isin(self.device_home, list(homes))).tolist():
            whose = int(self.device_resident[i])
            owner = None if whose < 0 else self.residents[whose]
            of_device[i] = combine_bits(find_withdrawn_of(homes[int(self.device_home[i])], owner))
        return replace(self, resident_withdrawn=of_resident, device_withdrawn=of_device)

    @classmethod
    def of(cls, fleet: Fleet) -> Registry:
        """Make the columns of a fleet file."""
        homes = fleet.households
        home_of = {h.id: i for i, h in enumerate(homes)}
        residents = [(home_of[h.id], r) for h in homes for r in h.residents]
        resident_of = {r.id: i for i, (_, r) in enumerate(residents)}
        devices = [(home_of[h.id], d) for h in homes for d in h.devices]
        return cls(
            areas=fleet.areas,
            households=[h.id for h in homes],
            household_area=[h.area for h in homes],
            household_building=[h.building for h in homes],
            household_zone=[h.timezone for h in homes],
            household_asks=np.array([h.ask_first for h in homes], np.bool_),
            residents=[r.id for _, r in residents],
            resident_home=np.array([home for home, _ in residents], np.int32),
            budget=np.array([_get_budget(r) for _, r in residents], np.float32),
            resident_withdrawn=np.zeros(len(residents), np.uint8),
            resident_since=np.full(len(residents), FAR, np.int64),
            devices=[d.id for _, d in devices],
            device_home=np.array([home for home, _ in devices], np.int32),
            device_resident=np.array([-1 if d.resident is None else resident_of[d.resident] for _, d in devices], np.int32),
            device_kind=np.array([_KIND_INDEX[d.kind] for _, d in devices], np.int32),
            device_every=np.array([get_interval_ms(d) for _, d in devices], np.int64),
            device_resolution=np.array([round_resolution(d.resolution_litres) for _, d in devices], np.int64),
            device_withdrawn=np.zeros(len(devices), np.uint8),
            device_since=np.full(len(devices), FAR, np.int64),
            device_asks=find_asking(
                [d.codec for _, d in devices], [_KIND_INDEX[d.kind] for _, d in devices], [d.may_ask for _, d in devices]
            ),
            device_gateway=[d.gateway for _, d in devices],
            device_no=np.full(len(devices), -1, np.int32),
            codecs={d.id: d.codec for _, d in devices if d.codec},
            addresses={d.id: d.address for _, d in devices if d.address},
            litres_per_pulse={d.id: d.litres_per_pulse for _, d in devices if d.litres_per_pulse is not None},
            measures={d.id: d.measures for _, d in devices if d.measures},
            **_collect_absences(homes),
            **_collect_disregarded(r for _, r in residents),
        )


def get_interval_ms(device: Device) -> int:
    """Get how often a device reports, ms."""
    return round(device.reports_every.total_seconds() * 1000)


def round_resolution(resolution_litres: float) -> int:
    """Round a meter's resolution to litres per count, at least 1."""
    return max(1, round(resolution_litres))


def _get_budget(resident: Resident) -> float:
    return np.nan if resident.false_alarms_a_month is None else resident.false_alarms_a_month


def _collect_absences(homes: Sequence[Household]) -> dict[str, Any]:
    away = [(i, a.starts_at, a.ends_at) for i, h in enumerate(homes) for a in h.away]
    return {
        "away_home": np.array([home for home, _, _ in away], np.int32),
        "away_from": np.array([_to_ms(starts_at) for _, starts_at, _ in away], np.int64),
        "away_until": np.array([FAR if ends_at is None else _to_ms(ends_at) for _, _, ends_at in away], np.int64),
    }


def _collect_disregarded(residents: Iterable[Resident]) -> dict[str, Any]:
    spans = [(i, d.starts_at, d.ends_at) for i, r in enumerate(residents) for d in r.disregarded]
    return {
        "disregarded_resident": np.array([row for row, _, _ in spans], np.int32),
        "disregarded_from": np.array([_to_ms(starts_at) for _, starts_at, _ in spans], np.int64),
        "disregarded_until": np.array([_to_ms(ends_at) for _, _, ends_at in spans], np.int64),
    }


def _to_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
