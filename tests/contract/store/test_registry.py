"""The registry says what the fleet file says, keeps its order and numbers, and forgets nobody."""

from __future__ import annotations

from dataclasses import replace

from homebeat.domain.fleet import Area, Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.scope import EVERYTHING
from homebeat.store import DeviceFilter, DeviceState, FleetChange, ResidentFilter, ResidentState, Store
from homebeat.store.home.table_writes import AT_ONCE
from tests.contract.store.conftest import STREET, T0, Street, home


def test_it_comes_back_as_it_was_given_with_parents_before_children(store: Store) -> None:
    with store.begin() as tx:
        change = tx.fleet.apply(STREET, T0)
        assert tx.fleet.read_revision() == 1
    assert change.households.added == ("h1", "h2", "h3")
    assert len(change.devices.added) == 6
    with store.read(EVERYTHING) as reader:
        assert reader.fleet.load().households == STREET.households
        assert {a.id: a for a in reader.homes.list_areas()} == {a.id: a for a in STREET.areas}
        assert [a.id for a in reader.homes.list_areas()] == ["town", "lane", "hill"]


def test_the_same_file_again_changes_nothing(street: Street) -> None:
    with street.store.begin() as tx:
        assert tx.fleet.apply(STREET, T0 + 1) == FleetChange()
        assert tx.fleet.read_revision() == 1


def test_what_is_gone_from_the_file_is_retired_and_may_come_back_with_its_number(street: Street) -> None:
    without = replace(STREET, households=STREET.households[1:])
    with street.store.begin() as tx:
        before = tx.fleet.read_device_nos()
        gone = tx.fleet.apply(without, T0 + 1)
        assert (gone.households.removed, gone.residents.removed) == (("h1",), ("h1-r",))
        assert gone.devices.removed == ("h1-meter", "h1-band")
        assert tx.fleet.load().households == without.households
        assert "h1-meter" not in tx.fleet.read_device_nos()
        back = tx.fleet.apply(STREET, T0 + 2)
        assert back.households.added == ("h1",)
        assert tx.fleet.read_device_nos() == before
        assert tx.fleet.load().households == STREET.households
        assert tx.fleet.read_revision() == 3
    with street.store.read(EVERYTHING) as reader:
        assert [change.kind for change in reader.changes.read_after(0)] == ["fleet"] * 3


def test_changes_are_named_and_new_things_come_last(street: Street) -> None:
    first = STREET.households[0]
    meter = replace(first.devices[0], resolution_litres=10.0)
    valve = Device(DeviceId("h1-valve"), DeviceKind.OTHER)
    moved = replace(first, address="new", devices=(valve, meter, first.devices[1]), away=(replace(first.away[0], ends_at=None),))
    with street.store.begin() as tx:
        change = tx.fleet.apply(replace(STREET, households=(moved, *STREET.households[1:], home("h4"))), T0 + 1)
        assert (change.households.changed, change.households.added) == (("h1",), ("h4",))
        assert (change.devices.changed, change.devices.added[0]) == (("h1-meter",), "h1-valve")
        assert change.away.changed == ("h1",)
        assert not change.contacts.changed
        loaded = tx.fleet.load().households
        assert [d.id for d in loaded[0].devices] == ["h1-meter", "h1-band", "h1-valve"]
        assert loaded[0].away == moved.away
        assert loaded[-1].id == "h4"
        assert list(tx.fleet.read_device_nos())[:6] == [d.id for h in STREET.households for d in h.devices]


def test_a_file_that_says_nothing_of_a_chosen_budget_leaves_it(street: Street) -> None:
    first = STREET.households[0]
    chosen = replace(first, residents=(replace(first.residents[0], false_alarms_a_month=0.3),), ask_first=True)
    with street.store.begin() as tx:
        change = tx.fleet.apply(replace(STREET, households=(chosen, *STREET.households[1:])), T0 + 1)
        assert (change.households.changed, change.residents.changed) == (("h1",), ("h1-r",))
        assert tx.fleet.load().households[0] == chosen
        change = tx.fleet.apply(STREET, T0 + 2)
        assert (change.households.changed, change.residents.changed) == (("h1",), ())
        assert tx.fleet.load().households[0] == replace(chosen, ask_first=False)


def test_an_area_under_a_new_parent(street: Street) -> None:
    areas = (*STREET.areas[:2], Area(AreaId("hill"), "Hill", AreaId("lane")))
    with street.store.begin() as tx:
        assert tx.fleet.apply(Fleet(areas, STREET.households), T0).areas.changed == ("hill",)
    with street.store.read(EVERYTHING) as reader:
        assert [h.household for h in reader.homes.list_households(area=AreaId("lane")).items] == ["h1", "h2", "h3"]


def test_states_are_put_and_only_what_can_be_seen_is_a_change(street: Street) -> None:
    resident = ResidentState(ResidentId("h1-r"), "active", T0, T0, T0, False, T0)
    device = DeviceState(DeviceId("h1-meter"), T0, 80.0, False, T0)
    with street.store.begin() as tx:
        tx.states.put([resident], [device])
    with street.store.begin() as tx:
        tx.states.put([replace(resident, life_at=T0 + 1, updated_at=T0 + 1)], [replace(device, heard_at=T0 + 1)])
    with street.store.begin() as tx:
        tx.states.put([replace(resident, state="quiet", updated_at=T0 + 2)], [replace(device, silent=True, updated_at=T0 + 2)])
    with street.store.begin() as tx:
        tx.states.put(devices=[replace(device, silent=True, updated_at=T0 + 3, beats_every_s=3_600)])
    with street.store.read(EVERYTHING) as reader:
        assert [(c.kind, c.at) for c in reader.changes.read_after(0)][1:] == [
            ("resident", T0),
            ("device", T0),
            ("resident", T0 + 2),
            ("device", T0 + 2),
            ("device", T0 + 3),
        ]
        entry = reader.homes.find_resident(ResidentId("h1-r"))
        assert entry is not None
        assert entry.state == replace(resident, state="quiet", updated_at=T0 + 2)
        assert reader.homes.count_states() == {"active": 0, "quiet": 1, "unknown": 2}
        assert [d.device.id for d in reader.homes.list_devices(where=DeviceFilter(is_silent=True)).items] == ["h1-meter"]
        assert [r.resident.id for r in reader.homes.list_residents(where=ResidentFilter(state="unknown")).items] == [
            "h2-r",
            "h3-r",
        ]


def test_homes_and_devices_in_pages(street: Street) -> None:
    with street.store.read(EVERYTHING) as reader:
        first = reader.homes.list_households(limit=2)
        assert [h.household for h in first.items] == ["h1", "h2"]
        assert [h.household for h in reader.homes.list_households(limit=2, cursor=first.next_cursor).items] == ["h3"]
        assert first.items[0].residents[0].resident.name == "Resident of h1"
        one = reader.homes.find_household(HouseholdId("h1"))
        assert one is not None
        assert (one.contacts, one.away) == (STREET.households[0].contacts, STREET.households[0].away)
        assert [d.device for d in one.devices] == list(STREET.households[0].devices)
        assert one.devices[0].state is None
        assert reader.homes.find_household(HouseholdId("h9")) is None
        assert reader.homes.find_device(DeviceId("h9-meter")) is None
        assert [d.device.id for d in reader.homes.list_devices(where=DeviceFilter(HouseholdId("h2"))).items] == [
            "h2-meter",
            "h2-band",
        ]


def test_water_by_the_hour_knows_what_it_does_not_know(street: Street) -> None:
    hour = 3_600_000
    index = [(T0, 1.000), (T0 + hour, 1.012), (T0 + 2 * hour, 1.012), (T0 + 6 * hour, 1.100), (T0 + 7 * hour, 0.500)]
    street.append([(0, 0, at, value) for at, value in index])
    with street.store.read(EVERYTHING) as reader:
        use = reader.homes.compute_hourly_litres(HouseholdId("h1"), T0, T0 + 7 * hour)
        told = [None if u.litres is None else round(u.litres, 6) for u in use]
        assert told == [12.0, 0.0, None, None, None, None, None]
        assert [u.hour_at for u in use] == [T0 + h * hour for h in range(7)]
        assert {u.litres for u in reader.homes.compute_hourly_litres(HouseholdId("h2"), T0, T0 + 2 * hour)} == {None}


def test_what_moves_between_homes_that_are_written_apart_stays_the_same(store: Store) -> None:
    """Homes are written some thousands at a time: who moves from the last to the first is neither retired nor new."""
    homes = [
        Household(
            HouseholdId(f"h{no:05}"),
            AreaId("a"),
            "UTC",
            residents=(Resident(ResidentId(f"r{no:05}"), "Lin"),),
            devices=(Device(DeviceId(f"d{no:05}"), DeviceKind.WATER_METER),),
        )
        for no in range(AT_ONCE + 3)
    ]
    street = Fleet((Area(AreaId("a"), "Heron Street"),), tuple(homes))
    first, last, gone = homes[0], homes[-1], homes[-2]
    moved = replace(first, residents=(*first.residents, *last.residents), devices=(*first.devices, *last.devices))
    counts: list[int] = []
    with store.begin() as tx:
        assert len(tx.fleet.apply(street, T0, count=counts.append).devices.added) == len(homes)
        before = tx.fleet.read_device_nos()
    assert sum(counts) == 3 * len(homes) + 1
    with store.begin() as tx:
        assert not tx.fleet.apply(street, T0 + 1)
    others = [replace(last, residents=(), devices=()), *homes[1:-2]]
    with store.begin() as tx:
        change = tx.fleet.apply(replace(street, households=(moved, *others)), T0 + 2)
        assert tx.fleet.read_device_nos() == {name: no for name, no in before.items() if name != gone.devices[0].id}
    assert (change.residents.added, change.residents.changed) == ((), (last.residents[0].id,))
    assert (change.devices.changed, change.devices.removed) == ((last.devices[0].id,), (gone.devices[0].id,))
    assert (change.households.changed, change.households.removed) == ((), (gone.id,))
    with store.read(EVERYTHING) as reader:
        versions = {home: reader.fleet.find_mark(home) for home in (first.id, last.id, homes[1].id)}
    assert [one.version if one else 0 for one in versions.values()] == [2, 2, 1]
