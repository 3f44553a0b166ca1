"""Homes are written one at a time, are kept then, and can be put back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from homebeat.actions import (
    AddArea,
    AddDevice,
    AddHome,
    ChangeContacts,
    ChangeHome,
    EndAbsence,
    EnterAbsence,
    Perform,
    RetireDevice,
    RetireHome,
    UndoHomeChange,
)
from homebeat.actions.home_writing import HomeRules
from homebeat.domain.errors import BadFleet, BadHome, NotAllowed, NotFound, NotPermitted, StaleVersion
from homebeat.domain.fleet import Fleet
from homebeat.domain.ids import DeviceId, HouseholdId
from homebeat.domain.retirement import RetirementReason
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AuditFilter, Store
from homebeat.store.portable.nouns import NOUNS
from tests.contract.store.conftest import STREET, T0, home
from tests.people import person

H1, H2 = HouseholdId("h1"), HouseholdId("h2")
BOSS = person("wu", Role.SUPERVISOR, "lane")
DESK = person("chen", Role.DESK, "lane")
FITTER = person("gao", Role.INSTALLER, "lane")
NEW = {
    "id": "h9",
    "area": "lane",
    "timezone": "Asia/Shanghai",
    "address": "9 Lane",
    "residents": [{"id": "h9-r", "name": "Qin Po"}],
    "contacts": [{"name": "Qin Er", "phone": "139-0000-0009"}],
    "devices": [{"id": "wb-9", "kind": "wristband", "resident": "h9-r"}],
}


@pytest.fixture
def perform(store: Store) -> Perform:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    at = iter(range(T0 + 1, T0 + 1_000))
    return Perform(store, lambda: next(at))


def read(store: Store, household: HouseholdId = H1) -> Any:
    with store.read(EVERYTHING) as reader:
        return reader.fleet.load_home(household)


def version_of(store: Store, household: HouseholdId = H1) -> int:
    with store.read(EVERYTHING) as reader:
        mark = reader.fleet.find_mark(household)
    assert mark is not None
    return mark.version


def revision_of(store: Store) -> int:
    with store.read(EVERYTHING) as reader:
        return reader.fleet.read_revision()


def test_contacts_change_by_themselves_and_the_watch_reads_nothing_again(store: Store, perform: Perform) -> None:
    before, seen, revision = read(store), version_of(store), revision_of(store)
    contacts: list[dict[str, Any]] = [
        {"id": "wei", "name": "Lin Wei", "holds_key": True},
        {"id": "0", "name": "Child", "channels": [0]},
    ]
    written = perform(DESK, ChangeContacts(H1, contacts, seen))
    after = read(store)
    assert [(one.id, one.holds_key) for one in after.contacts] == [("h1/wei", True), ("h1/0", False)]
    assert after.contacts[1].channels[0].params["url"] == "https://example.org/hook"
    assert replace(after, contacts=before.contacts) == before
    assert read(store, H2) == STREET.households[1]
    assert (written.version, revision_of(store)) == (seen + 1, revision)
    with pytest.raises(StaleVersion):
        perform(DESK, ChangeContacts(H1, [], seen))
    with store.read(EVERYTHING) as reader:
        (row,) = reader.audit.read_page(10, None, AuditFilter(about="household:h1")).items
    assert (row.actor, row.action, row.detail["changed"]) == ("user:chen", "change_contacts", "contacts")
    assert "Wei" not in str(row)


def test_an_absence_a_device_and_a_move_let_the_watch_read_again(store: Store, perform: Perform) -> None:
    revision = revision_of(store)
    perform(DESK, EnterAbsence(H1, "2026-02-01", "2026-02-03", "at her son's, he called"))
    perform(DESK, EndAbsence(H1, round(read(store).away[1].starts_at.timestamp() * 1000)))
    assert len(read(store).away) == 1
    old = {"id": "h1-meter2", "model": "Tarn M2"}
    perform(FITTER, AddDevice(H1, old, DeviceId("h1-meter")))
    perform(FITTER, RetireDevice(H1, DeviceId("h1-band")))
    (meter,) = read(store).devices
    assert (meter.id, meter.kind, meter.model) == ("h1-meter2", "water_meter", "Tarn M2")
    assert revision_of(store) == revision + 4
    with pytest.raises(BadHome, match="another absence"):
        perform(DESK, EnterAbsence(H1, "2026-01-05T00:00:00Z", "", "again"))
    with pytest.raises(NotAllowed, match="'h2-meter' stands in another home"):
        perform(FITTER, AddDevice(H1, {"id": "h2-meter", "kind": "water_meter"}))
    with pytest.raises(NotFound):
        perform(FITTER, RetireDevice(HouseholdId("h3"), DeviceId("h3-band")))  # on the hill


def read_retired(store: Store) -> dict[str, tuple[bool, str]]:
    """Of each device of the home: whether it is retired, and why."""
    with store.read(EVERYTHING) as reader:
        devices = next(noun for noun in NOUNS if noun.name == "devices")
        rows = [row for some in reader.portable.read_rows(devices) for row in some]
    return {row["id"]: (row["retired_at"] is not None, row["retired_for"]) for row in rows if row["household"] == H1}


def test_why_a_device_was_retired_is_kept_with_it_and_in_the_audit(store: Store, perform: Perform) -> None:
    perform(FITTER, AddDevice(H1, {"id": "h1-meter2"}, DeviceId("h1-meter"), reason=RetirementReason.BROKEN))
    retired = perform(FITTER, RetireDevice(H1, DeviceId("h1-band"), reason=RetirementReason.REFUSED))
    assert read_retired(store) == {"h1-meter": (True, "broken"), "h1-meter2": (False, ""), "h1-band": (True, "refused")}
    with store.read(EVERYTHING) as reader:
        rows = reader.audit.read_page(10, None, AuditFilter(about="household:h1")).items
    assert [(row.action, row.detail["device"], row.detail["reason"]) for row in rows] == [
        ("retire_device", "h1-band", "refused"),
        ("add_device", "h1-meter2", "broken"),
    ]
    perform(BOSS, UndoHomeChange(H1, retired.version))
    assert read_retired(store)["h1-band"] == (False, ""), "it is there again, for no reason"
    perform(FITTER, RetireDevice(H1, DeviceId("h1-band")))
    assert read_retired(store)["h1-band"] == (True, "")


def test_an_import_says_nothing_of_why(store: Store, perform: Perform) -> None:
    perform(FITTER, RetireDevice(H1, DeviceId("h1-band"), reason=RetirementReason.LOST))
    with store.begin() as tx:
        tx.fleet.apply(Fleet(STREET.areas, (replace(STREET.households[0], devices=()),)), T0 + 5_000, take_back=True)
    assert read_retired(store) == {"h1-meter": (True, ""), "h1-band": (True, "lost")}


def test_each_role_has_its_part(store: Store, perform: Perform) -> None:
    notes = [{"id": "h1-r", "name": "Resident of h1", "birth_year": 1940, "phone": "100", "notes": "hears badly"}]
    perform(DESK, ChangeHome(H1, {"residents": notes, "access": "third floor"}))
    assert (read(store).access, read(store).residents[0].notes) == ("third floor", "hears badly")
    for action in (ChangeHome(H1, {"address": "elsewhere"}), ChangeHome(H1, {"residents": []}), RetireHome(H1, "moved away")):
        with pytest.raises(NotPermitted):
            perform(DESK, action)
    with pytest.raises(NotPermitted):
        perform(FITTER, ChangeContacts(H1, []))
    with pytest.raises(BadHome, match="not among your areas"):
        perform(BOSS, ChangeHome(H1, {"area": "hill"}))
    with pytest.raises(BadHome, match=r"area: is not among your areas"):
        perform(BOSS, AddHome({**NEW, "area": "nowhere"}))


def test_a_home_is_added_retired_and_brought_back(store: Store, perform: Perform) -> None:
    with pytest.raises(BadHome, match="does not live in this household"):
        perform(BOSS, ChangeHome(H1, {"residents": []}))  # whose band is still there
    perform(BOSS, AddHome(NEW))
    assert read(store, HouseholdId("h9")).contacts[0].phone == "139-0000-0009"
    with pytest.raises(BadHome, match="is there already"):
        perform(BOSS, AddHome(NEW))
    before = read(store)
    gone = perform(BOSS, RetireHome(H1, "moved to her son"))
    assert read(store) is None
    back = perform(BOSS, UndoHomeChange(H1, gone.version))
    whole = read(store)
    (child,) = whole.contacts  # the street's webhook had no secret, and one is made
    (way,) = child.channels
    assert replace(whole, contacts=(replace(child, channels=(replace(way, params={"url": way.params["url"]}),)),)) == before
    with pytest.raises(StaleVersion):
        perform(BOSS, UndoHomeChange(H1, gone.version))
    with store.read(EVERYTHING) as reader:
        last, first = reader.home_changes.list_of(H1)
    assert (first.kind, first.reason, last.kind, last.version) == (
        "retire_home",
        "moved to her son",
        "undo_home_change",
        back.version,
    )


def test_an_import_leaves_what_the_console_keeps_until_it_takes_it_back(store: Store, perform: Perform) -> None:
    perform(BOSS, AddHome(NEW))
    perform(BOSS, ChangeHome(H1, {"address": "12 Lane"}))
    file = Fleet(STREET.areas, (replace(STREET.households[0], address="from the file"), home("h3", "hill")))
    with store.begin() as tx:
        change = tx.fleet.apply(file, T0 + 9)
    assert (change.kept, change.households.removed) == (("h1", "h9"), ("h2",))
    assert read(store).address == "12 Lane"
    taking = replace(file.households[1], devices=(STREET.households[0].devices[0],))
    with store.begin() as tx, pytest.raises(BadFleet, match="'h1-meter' stands in a home that is kept in the console"):
        tx.fleet.apply(Fleet(STREET.areas, (taking,)), T0 + 10)
    with store.begin() as tx:
        kept = tx.fleet.apply(Fleet(STREET.areas[1:2], ()), T0 + 11)  # without the lane
        assert (kept.areas.removed, [one.id for one in tx.fleet.load().areas]) == (("hill",), ["town", "lane"])
    with store.begin() as tx:
        taken = tx.fleet.apply(file, T0 + 12, take_back=True)
    assert (taken.kept, taken.households.removed, read(store).address) == ((), ("h9",), "from the file")


def test_what_a_plan_does_not_reach_is_refused_where_it_matters(store: Store, perform: Perform) -> None:
    rules = HomeRules(find_unreached=lambda fleet, _book: () if fleet.households[0].contacts else ("nobody is reached",))
    with pytest.raises(BadHome, match="nobody is reached"):
        perform(DESK, ChangeContacts(H1, [], rules=rules))
    assert read(store).contacts
    with pytest.raises(BadHome, match=r"contacts\[0\].phone: .* is not a telephone number"):
        perform(DESK, ChangeContacts(H1, [{"id": "0", "name": "Child", "phone": "later"}], rules=rules))
    with pytest.raises(BadHome, match="is a mask"):
        perform(DESK, ChangeContacts(H1, [{"id": "0", "name": "[hidden]"}], rules=rules))


def test_an_area_is_added_where_the_actor_manages_homes_and_a_home_in_it(store: Store, perform: Perform) -> None:
    area = perform(BOSS, AddArea({"id": "close", "name": "Close", "parent": "lane"}))
    assert (area.id, area.parent) == ("close", "lane")
    perform(BOSS, AddHome({**NEW, "area": "close"}))
    with store.read(BOSS.find_scope(AddHome.operation)) as reader:
        assert "close" in [one.id for one in reader.homes.list_areas()]
        assert reader.fleet.load_home(HouseholdId("h9")) is not None
    for tree in (
        {"id": "close", "name": "Again", "parent": "lane"},
        {"id": "top", "name": "Top"},
        {"name": "None", "parent": "lane"},
    ):
        with pytest.raises(BadHome):
            perform(BOSS, AddArea(tree))
    with pytest.raises(NotPermitted):
        perform(DESK, AddArea({"id": "yard", "name": "Yard", "parent": "lane"}))
    with store.begin() as tx:  # the home that the console keeps keeps its area
        tx.fleet.apply(STREET, T0 + 2_000)
    with store.read(EVERYTHING) as reader:
        assert "close" in [one.id for one in reader.homes.list_areas()]


def test_a_new_device_has_an_address_of_its_own_and_what_its_model_has(store: Store, perform: Perform) -> None:
    meter = {"id": "h1-w1", "kind": "water_meter", "model": "Tarn M2", "codec": "wmbusmeters", "litres_per_pulse": 10.0}
    perform(FITTER, AddDevice(H1, {**meter, "address": "11111111", "reports_every": "PT2H"}))
    perform(FITTER, AddDevice(H1, {"id": "h1-w2"}, DeviceId("h1-w1")))
    same = {one.id: one for one in read(store).devices}["h1-w2"]
    assert (same.model, same.codec, same.litres_per_pulse, same.address) == ("Tarn M2", "wmbusmeters", 10.0, "")
    perform(FITTER, AddDevice(H1, {"id": "h1-w3", "model": "Fen A1"}, DeviceId("h1-w2")))
    other = {one.id: one for one in read(store).devices}["h1-w3"]
    assert (other.model, other.codec, other.litres_per_pulse, other.kind) == ("Fen A1", None, None, "water_meter")
    assert other.reports_every == timedelta(hours=2)
