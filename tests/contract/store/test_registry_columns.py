"""The registry read as columns is the one read as objects, whatever has come and gone."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from homebeat.domain.fleet import Away, Device, DeviceKind, Fleet, Resident
from homebeat.domain.ids import DeviceId, HouseholdId, ResidentId
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store
from homebeat.stream.registry import Registry
from tests.contract.store.conftest import STREET, T0, home

DAY = datetime(2026, 1, 5, tzinfo=UTC)
H1, H2, H3 = STREET.households


def assert_same(store: Store) -> Registry:
    with store.read(EVERYTHING) as reader:
        columns, fleet, numbers = reader.fleet.read_registry(), reader.fleet.load(), reader.fleet.read_device_nos()
    from_objects = replace(Registry.of(fleet), device_no=np.array([numbers[d.id] for h in fleet.households for d in h.devices]))
    for field in fields(Registry):
        if field.name in {"resident_since", "device_since"}:  # a fleet file does not say it
            continue
        mine, theirs = getattr(columns, field.name), getattr(from_objects, field.name)
        if isinstance(mine, np.ndarray):
            assert np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f"), field.name
            assert field.name == "device_no" or mine.dtype == theirs.dtype, field.name
        else:
            assert mine == theirs, field.name
    return columns


def test_an_empty_registry(store: Store) -> None:
    assert not assert_same(store).households


def test_a_street(store: Store) -> None:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    assert len(assert_same(store).devices) == 6


def test_since_when_somebody_is_expected_to_report_is_kept_also_over_a_time_away(store: Store) -> None:
    later = replace(STREET, households=(*STREET.households, home("h9")))
    for fleet, at in ((STREET, T0), (later, T0 + 9), (replace(STREET, households=(H1,)), T0 + 20), (later, T0 + 30)):
        with store.begin() as tx:
            tx.fleet.apply(fleet, at)
    with store.read(EVERYTHING) as reader:
        registry = reader.fleet.read_registry()
    since = dict(zip(registry.residents, registry.resident_since.tolist(), strict=True))
    assert (since["h2-r"], since["h9-r"]) == (T0, T0 + 9)
    assert registry.device_since.tolist() == [T0 + 9 if "h9" in name else T0 for name in registry.devices]


def test_what_joins_an_old_home_stands_with_it_and_who_left_is_not_there(store: Store) -> None:
    second = Resident(ResidentId("h1-s"), "Second of h1", false_alarms_a_month=0.25)
    door = Device(
        DeviceId("h1-door"), DeviceKind.DOOR, codec="native", reports_every=timedelta(minutes=7), resolution_litres=10.4
    )
    fuller = replace(
        H1,
        residents=(*H1.residents, second),
        devices=(*H1.devices, door),
        away=(*H1.away, Away(DAY + timedelta(days=9), None, "abroad")),
        ask_first=True,
        timezone="Europe/Madrid",
    )
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
        tx.fleet.apply(Fleet(STREET.areas, (home("h0"), fuller, H3)), T0 + 1)
    columns = assert_same(store)
    assert columns.residents == ["h1-r", "h1-s", "h3-r", "h0-r"]
    assert columns.codecs == {"h1-door": "native"}


def test_whom_to_tell_is_asked_for_by_household(store: Store) -> None:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
        tx.fleet.apply(Fleet(STREET.areas, (H1, H3)), T0 + 1)
        found = tx.fleet.find_contacts([HouseholdId("h3"), HouseholdId("h1"), HouseholdId("h2"), HouseholdId("h1")])
    assert found == {home.id: list(home.contacts) for home in (H1, H3)}
