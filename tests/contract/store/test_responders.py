"""Responders as the registry keeps them: who covers a home, whom a scope sees, where their notices go, and what is sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import text

from homebeat.domain.alert import Alert, Transition
from homebeat.domain.fleet import Channel, Fleet, Responder, ResponderKind
from homebeat.domain.ids import AreaId, ContactId, HouseholdId, ResponderId
from homebeat.domain.personal import Illegible
from homebeat.domain.scope import EVERYTHING, NOTHING, Scope
from homebeat.store import FleetChange, Store
from homebeat.store.sealing.values import name_responder
from tests.contract.store.conftest import STREET, T0, Street, notice

Opener = Callable[..., tuple[Alert, Transition]]


def make(name: str, *areas: str, kind: ResponderKind = ResponderKind.FIELD, host: str = "grid", account: str = "") -> Responder:
    return Responder(
        *(ResponderId(name), f"{name} of the grid", kind, tuple(map(AreaId, areas)), ("lift",), ("yue",)),
        *((Channel("webhook", {"url": f"https://{host}.example/{name}"}),), "137-0000-0001", "en", account),
    )


LANE, HILL, TOWN = make("lane", "lane", account="lane.w"), make("hill", "hill"), make("town", "town", kind=ResponderKind.DESK)
ALL = make("all", kind=ResponderKind.SUPERVISOR)
HOMES = (replace(STREET.households[0], paired=(ResponderId("town"), ResponderId("lane")), plan="street"), *STREET.households[1:])
FLEET = Fleet(STREET.areas, HOMES, (ALL, LANE, HILL, TOWN))


@pytest.fixture
def staffed(street: Street) -> Street:
    with street.store.begin() as tx:
        tx.fleet.apply(FLEET, T0)
    return street


def find_names(store: Store, scope: Scope = EVERYTHING) -> dict[str, list[str]]:
    with store.read(scope) as reader:
        found = reader.duty.find_responders(map(HouseholdId, ("h1", "h2", "h3", "h9")))
        return {home: [one.responder for one in everybody] for home, everybody in found.items()}


def test_they_come_back_as_they_were_given(staffed: Street) -> None:
    with staffed.store.read(EVERYTHING) as reader:
        fleet = reader.fleet.load()
        assert fleet.responders == FLEET.responders
        assert fleet.households == HOMES
        assert reader.fleet.load(with_people=False).responders == ()
        assert reader.duty.find_accounts(["lane.w", "ann", ""]) == {"lane.w": "lane"}


def test_the_same_file_again_changes_nothing_and_a_file_without_them_retires_them(staffed: Street) -> None:
    with staffed.store.begin() as tx:
        assert tx.fleet.apply(FLEET, T0 + 1) == FleetChange()
        gone = tx.fleet.apply(replace(FLEET, households=STREET.households, responders=()), T0 + 2)
        assert gone.responders.removed == ("all", "lane", "hill", "town")
        assert (gone.households.changed, bool(gone)) == (("h1",), True)
        assert tx.duty.list_responders() == []
        assert tx.duty.list_responders(with_retired=True) == list(FLEET.responders)
    assert find_names(staffed.store) == {"h1": [], "h2": [], "h3": []}
    with staffed.store.begin() as tx:
        assert tx.fleet.apply(FLEET, T0 + 3).responders.added == ("all", "lane", "hill", "town")


def test_those_cover_a_home_whose_areas_lie_above_it_the_paired_ones_first(staffed: Street) -> None:
    assert find_names(staffed.store) == {
        "h1": ["town", "lane", "all"],
        "h2": ["all", "lane", "town"],
        "h3": ["all", "hill", "town"],
    }
    with staffed.store.read(EVERYTHING) as reader:
        (found,) = reader.duty.find_responders([HouseholdId("h1")]).values()
    town, lane, everybody = found
    assert [one.is_paired for one in found] == [True, True, False]
    assert (town.contact, town.kind, town.place, town.language) == ("/town", ResponderKind.DESK, 3, "en")
    assert (lane.account, everybody.account) == ("lane.w", "")
    # one server for all of them, hidden behind one digest
    assert len({endpoint for one in found for _, endpoint in one.ways}) == 1
    assert [kind for one in found for kind, _ in one.ways] == ["webhook"] * 3


def test_a_moved_area_takes_its_responders_along(staffed: Street) -> None:
    lane, town, hill = FLEET.areas
    with staffed.store.begin() as tx:
        tx.fleet.apply(replace(FLEET, areas=(replace(lane, parent=hill.id), town, hill)), T0 + 1)
    assert find_names(staffed.store)["h2"] == ["all", "lane", "hill", "town"]


@pytest.mark.parametrize(
    "areas, seen",
    [
        (["lane"], ["all", "lane", "town"]),
        (["hill"], ["all", "hill", "town"]),
        (["town"], ["all", "lane", "hill", "town"]),
        (["nowhere"], ["all"]),
        ([], []),
    ],
)
def test_a_scope_sees_those_who_answer_in_it_or_for_it(staffed: Street, areas: list[str], seen: list[str]) -> None:
    scope = Scope(frozenset(map(AreaId, areas))) if areas else NOTHING
    with staffed.store.read(scope) as reader:
        assert [one.id for one in reader.duty.list_responders()] == seen
        accounts = reader.duty.find_accounts(["lane.w"])
    assert list(accounts) == (["lane.w"] if "lane" in seen else [])
    # the second fence alone, where there is one
    with staffed.store._database.begin_read(scope) as connection:
        ids = connection.scalars(text("SELECT id FROM responder ORDER BY place")).all()
        if connection.dialect.name == "postgresql":
            assert list(ids) == seen


def test_a_notice_goes_to_them_and_follows_their_channel(staffed: Street, opener: Opener) -> None:
    alert, step = opener("h1")
    hers = replace(notice(alert, step), contact=ContactId("/lane"))
    with staffed.store.begin(scope=Scope(frozenset({AreaId("lane")}))) as tx:
        assert tx.outbox.add([hers], T0) == 1
    second = Channel("webhook", {"url": "https://new.example/lane"})
    changed = replace(LANE, channels=(second, *LANE.channels))
    with staffed.store.begin() as tx:
        tx.fleet.apply(replace(FLEET, responders=(ALL, changed, HILL, TOWN)), T0 + 1)
        (held,) = tx.outbox.claim(T0 + 1, "one", 10, 1_000)
    assert (held.contact, held.channel_index, held.channel_params) == ("/lane", 1, LANE.channels[0].params)
    with staffed.store.begin() as tx:
        gone = tx.fleet.apply(replace(FLEET, responders=(ALL, HILL, TOWN), households=STREET.households), T0 + 2)
        assert gone.unsent == 1
        (again,) = tx.outbox.claim(T0 + 2_000, "two", 10, 1_000)
        assert again.channel_params is None


def test_erased_they_are_nobody(staffed: Street) -> None:
    with staffed.store.begin() as tx:
        assert tx.owner_keys.has(name_responder("lane"))
    assert staffed.store.erase(responders=[ResponderId("lane")]) == 1
    with staffed.store.read(EVERYTHING) as reader:
        lane = next(one for one in reader.duty.list_responders() if one.id == "lane")
        assert (lane.name, lane.phone, lane.channels) == (Illegible.ERASED, Illegible.ERASED, ())
        assert next(one for one in reader.duty.list_responders() if one.id == "hill") == HILL
    # who covers a home is still found: nothing is opened for it
    assert find_names(staffed.store)["h2"] == ["all", "lane", "town"]
