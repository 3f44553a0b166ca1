"""A contact's notices, history and secret stay with that contact, whatever a fleet file does to the list."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from homebeat.deliver.attempt import RETIRED
from homebeat.deliver.outbox import StoreOutbox
from homebeat.domain.alert import Alert, Transition, open_alert
from homebeat.domain.contact_id import derive_own_id
from homebeat.domain.fleet import Contact
from homebeat.domain.ids import HouseholdId
from homebeat.domain.notice import Notice
from homebeat.domain.scope import EVERYTHING
from homebeat.registry.fleet_file import read_fleet
from homebeat.registry.signing_secrets import NewSecret, SecretFiller
from homebeat.store import Attempt, FleetChange, Leased, OutboxState, Store
from homebeat.store.alert.writes import AlertWrites
from homebeat.store.notice.following import find_moves
from tests.contract.store.conftest import STREET, T0, Street, edge, home, notice
from tests.contract.store.outbox_rows import rows_of

Opener = Callable[..., tuple[Alert, Transition]]
NUMBERS = count()
DONE = Attempt(T0 + 1, 80, ok=True, status=204)


def person(name: str, own: str = "", hosts: str = "") -> dict[str, Any]:
    """A contact as in a fleet file, told at hosts of their own."""
    ways = [{"kind": "webhook", "url": f"https://{host}.example/hook"} for host in (hosts or name.lower()).split()]
    return {**({"id": own} if own else {}), "name": name, "channels": ways}


@dataclass
class Family:
    """The contacts of one home, imported again and again as `homebeat fleet import` does."""

    store: Store
    home: str = "h1"
    chance: count[int] = field(default_factory=count)

    def take_in(self, *people: dict[str, Any]) -> tuple[FleetChange, list[NewSecret]]:
        """Import the street with these contacts in this home."""
        homes = [{"id": self.home, "area": "lane", "timezone": "Asia/Shanghai", "contacts": list(people)}]
        file = json.dumps({"areas": [{"id": "lane", "name": "Lane"}], "households": homes})
        contacts = read_fleet(file, is_json=True).households[0].contacts
        fleet = replace(STREET, households=(replace(home(self.home), contacts=contacts),))
        with self.store.read(EVERYTHING) as reader:
            known = list(reader.fleet.iterate_contacts(with_retired=True))
        filled, made = SecretFiller(known, lambda n: next(self.chance).to_bytes(n, "big")).fill(fleet)
        with self.store.begin() as tx:
            return tx.fleet.apply(filled, T0), made

    def now(self) -> list[Contact]:
        """In the order to call them."""
        with self.store.read(EVERYTHING) as reader:
            return reader.fleet.find_contacts([HouseholdId(self.home)]).get(HouseholdId(self.home), [])

    def by_host(self) -> dict[str, Contact]:
        """Each contact by where they are told, which is nobody else's."""
        return {way.params["url"]: who for who in self.now() for way in who.channels}

    def secrets(self) -> dict[str, str]:
        """The secret in use at each address."""
        return {way.params["url"]: way.params["secret"] for who in self.now() for way in who.channels}

    def notices(self, alert: Alert, step: Transition) -> dict[str, Notice]:
        """One for each channel of everybody, by its address; in the outbox already."""
        found = {
            way.params["url"]: replace(notice(alert, step), contact=who.id, channel_index=n)
            for who in self.now()
            for n, way in enumerate(who.channels)
        }
        with self.store.begin() as tx:
            tx.outbox.add(list(found.values()), T0)
        return found


def claim(store: Store, at: int = T0) -> dict[str, Leased]:
    """Everything that waits, by the id of the notice; free again at once."""
    with store.begin() as tx:
        return {held.id: held for held in tx.outbox.claim(at, "one", 100, 1)}


def address_of(held: Leased) -> str:
    return "" if held.channel_params is None else held.channel_params["url"]


def test_a_new_order_a_newcomer_and_a_new_name_change_the_order_and_the_name_alone(street: Street, opener: Opener) -> None:
    family = Family(street.store)
    family.take_in(person("Wei"), person("Mei", "mei"), person("Bo"))
    before, secrets = family.by_host(), family.secrets()
    waiting = family.notices(*opener())
    change, made = family.take_in(person("An", "an"), person("Bo"), person("Mei Ling", "mei", "mei"), person("Wei"))
    assert (change.contacts.added, change.contacts.removed, change.unsent) == (("h1/an",), (), 0)
    assert [new.contact for new in made] == ["h1/an"]
    assert [who.name for who in family.now()] == ["An", "Bo", "Mei Ling", "Wei"]
    assert secrets.items() < family.secrets().items()
    assert {url: family.by_host()[url].id for url in before} == {url: who.id for url, who in before.items()}
    held = claim(street.store)
    assert {url: address_of(held[each.id]) for url, each in waiting.items()} == {url: url for url in waiting}


def test_a_new_name_without_an_id_is_a_new_person_who_inherits_nothing(street: Street, opener: Opener) -> None:
    family = Family(street.store)
    family.take_in(person("Wei"))
    secrets, (waits,) = family.secrets(), family.notices(*opener()).values()
    change, made = family.take_in(person("Wei Ming", hosts="wei"))
    assert change.contacts.added == (f"h1/{derive_own_id('Wei Ming')}",)
    assert change.contacts.removed == (f"h1/{derive_own_id('Wei')}",)
    assert change.unsent == len(made) == 1
    assert family.secrets() != secrets
    held = claim(street.store)[waits.id]
    assert (held.contact, held.is_retired, held.channel_params) == (waits.contact, True, None)
    # the name was only corrected: with the id that they had, they are back, and so is what they share with their receiver
    change, made = family.take_in(person("Wei Ming", derive_own_id("Wei"), "wei"))
    assert (change.contacts.added, made, family.secrets()) == ((waits.contact,), [], secrets)
    assert not claim(street.store, T0 + 1)[waits.id].is_retired


def test_who_wants_no_messages_gets_none_that_was_waiting_either(street: Street, opener: Opener) -> None:
    """A simulated street found it: whoever had said stop was still told that all is well."""
    family = Family(street.store)
    family.take_in(person("Wei"))
    (waits,) = family.notices(*opener()).values()
    with street.store.begin() as tx:
        assert tx.fleet.set_stopped(waits.contact, T0)
    held = claim(street.store)[waits.id]
    assert (held.is_retired, held.channel_params) == (True, None)
    with street.store.begin() as tx:
        assert tx.fleet.set_stopped(waits.contact, None)
    assert not claim(street.store, T0 + 1)[waits.id].is_retired


def test_who_is_given_an_id_keeps_everything(street: Street, opener: Opener) -> None:
    family = Family(street.store)
    family.take_in(person("Wei"), person("Mei"))
    secrets, waiting = family.secrets(), family.notices(*opener())
    change, made = family.take_in(person("Wei", "wei"), person("Mei"))
    assert (change.contacts.added, change.contacts.changed, change.contacts.removed) == ((), ("h1/wei",), ())
    assert (made, family.secrets()) == ([], secrets)
    held = claim(street.store)[waiting["https://wei.example/hook"].id]
    assert (held.contact, address_of(held)) == ("h1/wei", "https://wei.example/hook")
    assert held.alert_id is not None
    told = {row.id: row.contact for row in rows_of(street.store, held.alert_id)}
    assert told[held.id] == "h1/wei"
    assert family.take_in(person("Wei", "wei"), person("Mei"))[0] == FleetChange()


def test_notices_follow_a_channel_to_its_new_place(street: Street, opener: Opener) -> None:
    family, (alert, step) = Family(street.store), opener()
    family.take_in(person("Wei", hosts="one two"))
    secrets, waiting = family.secrets(), family.notices(alert, step)
    family.take_in(person("Wei", hosts="three two one"))
    held = claim(street.store)
    assert {url: address_of(held[each.id]) for url, each in waiting.items()} == {url: url for url in waiting}
    assert secrets.items() < family.secrets().items()
    with street.store.begin() as tx:
        assert [place for _, _, place in tx.outbox.find_recipients(alert.id)] == [1, 2]


def test_where_channels_stand_now() -> None:
    def ways(*names: str) -> list[dict[str, Any]]:
        return [{"kind": "webhook", "params": {"url": name}} for name in names]

    assert find_moves(ways("a", "b"), ways("a", "b", "c")) == {}
    assert find_moves(ways("a", "b"), ways("b", "a")) == {0: 1, 1: 0}
    assert find_moves(ways("a", "b"), ways("b")) == {0: 2, 1: 0}  # of the first nothing is left
    assert find_moves(ways("a", "b"), ways("c", "b")) == {}  # the first has a new address
    assert find_moves(ways("a"), []) == {}


def test_nothing_is_sent_to_who_was_retired_and_no_alert_is_made_of_it(street: Street, opener: Opener) -> None:
    family, (alert, step) = Family(street.store), opener()
    family.take_in(person("Wei"), person("Mei"))
    waiting = family.notices(alert, step)
    gone = waiting["https://wei.example/hook"].id
    change, _ = family.take_in(person("Mei"))
    assert change.unsent == 1
    outbox = StoreOutbox(street.store, "here")
    held = {each.id: each for each in outbox.claim(T0, 10)}
    assert [each.is_retired for each in held.values()].count(True) == 1
    ended = outbox.settle(held[gone], Attempt(T0, 0, ok=True, error=RETIRED, superseded=True))
    assert ended is OutboxState.SUPERSEDED
    with street.store.read(EVERYTHING) as reader:
        assert [entry.alert.id for entry in reader.alerts.read_page().items] == [alert.id]
        (attempt,) = reader.outbox.list_deliveries(alert=alert.id).items
        assert (attempt.notice_id, attempt.error) == (gone, RETIRED)


@st.composite
def changes(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]], set[str]]:
    """Contacts, what becomes of them in the next file, and the hosts of those who are the same people."""
    number = draw(st.integers(1, 5))
    before = [person(f"Name {n}", f"id-{n}" if draw(st.booleans()) else "", f"host-{n}") for n in range(number)]
    after = []
    for n, each in enumerate(before):
        if "id" not in each:
            after.append(each | ({"id": f"given-{n}"} if draw(st.booleans()) else {}))
        else:
            after.append(each | ({"name": f"Called anew {n}"} if draw(st.booleans()) else {}))
    new = draw(st.integers(0, 3))
    after += [person(f"Newcomer {n}", f"new-{n}" if draw(st.booleans()) else "", f"new-{n}") for n in range(new)]
    kept = [each for each in draw(st.permutations(after)) if draw(st.integers(0, 5))]
    hosts = {way["url"] for each in before for way in each["channels"]}
    return before, kept, hosts & {way["url"] for each in kept for way in each["channels"]}


@settings(max_examples=40)
@given(changes())
def test_whatever_is_done_to_the_list_everything_stays_with_the_same_person(
    module_store: Store, change: tuple[list[dict[str, Any]], list[dict[str, Any]], set[str]]
) -> None:
    before, after, stays = change
    name = f"p{next(NUMBERS)}"
    family = Family(module_store, name)
    family.take_in(*before)
    first, secrets = family.by_host(), family.secrets()
    told, waits = open_alert(edge(name, "fall")), open_alert(edge(name))
    with module_store.begin() as tx:
        AlertWrites(tx).apply_all([told, waits])
    sent, waiting = family.notices(*told), family.notices(*waits)
    with module_store.begin() as tx:
        for each in tx.outbox.claim(T0, "two", 100, 1_000):
            if each.alert_id == told[0].id:
                tx.outbox.settle(each.id, "two", DONE)
            else:
                tx.outbox.release([each.id], "two")
    family.take_in(*after)

    now, given_ids = family.by_host(), {way["url"]: each.get("id") for each in after for way in each["channels"]}
    assert [who.name for who in family.now()] == [each["name"] for each in after]
    for url in stays:
        own = given_ids[url]
        assert now[url].id == (f"{name}/{own}" if own else first[url].id)
        assert family.secrets()[url] == secrets[url]
    held = claim(module_store)
    assert {url for url, each in waiting.items() if address_of(held[each.id])} == stays
    assert all(address_of(held[waiting[url].id]) == url for url in stays)
    with module_store.read(EVERYTHING) as reader:
        history = {entry.notice_id: entry.contact for entry in reader.outbox.list_deliveries(alert=told[0].id).items}
    assert {url: history[sent[url].id] for url in stays} == {url: now[url].id for url in stays}
    with module_store.begin() as tx:
        for notice_id in held:
            tx.outbox.settle(notice_id, "one", DONE)


def test_contacts_of_an_older_database_get_ids_and_keep_their_notices(store: Store) -> None:
    family = Family(store)
    family.take_in(person("Wei"), person("Mei"), person("Bo"))
    alert, step = open_alert(edge())
    with store.begin() as tx:
        AlertWrites(tx).apply(alert, step)
    waiting = family.notices(alert, step)
    family.take_in(person("Wei"), person("Bo"))
    store.downgrade("0012")
    with store._database.begin_write() as connection:
        rows = connection.execute(text("SELECT id, name, place FROM contact ORDER BY id")).all()
        notices = connection.execute(text("SELECT id, contact FROM outbox")).all()
    assert [tuple(row) for row in rows] == [("h1/0", "Wei", 0), ("h1/1", "Bo", 1), ("h1/2", "Mei", 2)]
    assert {waits.id for waits in waiting.values()} == {row.id for row in notices}
    assert {row.contact for row in notices} == {"h1/0", "h1/1", "h1/2"}
    store.upgrade()
    assert family.take_in(person("Wei"), person("Bo"))[0] == FleetChange()
    held = claim(store)
    told = {url: address_of(held[each.id]) for url, each in waiting.items() if not held[each.id].is_retired}
    assert told == {f"https://{name}.example/hook": f"https://{name}.example/hook" for name in ("wei", "bo")}
    family.take_in(person("Mei"), person("Wei"), person("Bo"))
    assert {each.contact for each in claim(store, T0 + 1).values() if not each.is_retired} == {who.id for who in family.now()}
