"""What is personal is sealed in the database: nobody reads it there, and what was changed or moved costs its own field alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

from homebeat.domain.alert import Alert, Outcome, Priority, Transition, add_note, resolve
from homebeat.domain.arrival import GeoPoint
from homebeat.domain.consent import ConsentDecision, Purpose
from homebeat.domain.errors import BadSettings, Unavailable
from homebeat.domain.fleet import Away, Channel, Contact, Fleet, Household, Resident, Responder, ResponderKind
from homebeat.domain.ids import AreaId, ContactId, HouseholdId, ResidentId, ResponderId
from homebeat.domain.personal import Illegible
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.silence import Silence
from homebeat.domain.visit import assign_visit
from homebeat.store import FleetChange, HomeChange, ReadSession, Store, open_store
from homebeat.store.alert.writes import AlertWrites
from homebeat.store.base.metadata import METADATA
from homebeat.store.sealing.key_file import write_key_file
from homebeat.store.sealing.values import name_household, name_resident
from tests.contract.store.conftest import STREET, T0, Street, home, lay_street, make_opener, notice
from tests.keys import KEY_FILE

Opener = Callable[..., tuple[Alert, Transition]]
#: Invented, and found nowhere else: a name, a telephone number, an address, a URL, a secret, a relation, a reason, a remark.
MARKS = (
    "Zebulon",
    "139-0000",
    "139 0000",
    "Quagga",
    "okapi.example",
    "whsec_T2th",
    "stepniece",
    "Vicuna",
    "pangolin",
    "梓桐",
    "Wombatese",
    "Narwhal7",
)
MARKED = Household(
    HouseholdId("h9"),
    AreaId("lane"),
    "Asia/Shanghai",
    "9 Quagga Street 梓桐",
    (Resident(ResidentId("h9-r"), "Zebulon 梓桐", 1931, "+86 139 0000 0001", notes="hard of hearing, speaks Wombatese"),),
    (
        Contact(
            ContactId("h9/0"),
            "Zebulon's niece",
            "stepniece",
            (Channel("webhook", {"url": "https://okapi.example/hook", "secret": "whsec_T2thcGktdGhlLW9rYXBpLW9rYXBp"}),),
            "139-0000-0002",
            holds_key=True,
        ),
    ),
    (),
    (Away(datetime(2026, 1, 5, tzinfo=UTC), None, "Vicuna farm"),),
    position=GeoPoint(31.230416, 121.473701),
    access="third floor, door code Narwhal7",
)
WALKER = Responder(
    ResponderId("walker"),
    "Zebulon's walker 梓桐",
    ResponderKind.FIELD,
    channels=(Channel("webhook", {"url": "https://okapi.example/walks", "secret": "whsec_T2thcGktdGhlLW9rYXBpLW9rYXBp"}),),
    phone="139-0000-0003",
)
FLEET = Fleet(STREET.areas, (*STREET.households, MARKED), (WALKER,))


@pytest.fixture
def marked(street: Street, opener: Opener) -> Street:
    """The street with a home whose every word can be found again, and an alert there that somebody remarked on."""
    return mark(street, opener)


def mark(street: Street, opener: Opener) -> Street:
    with street.store.begin() as tx:
        tx.fleet.apply(FLEET, T0)
    alert, step = opener("h9")
    after, said = add_note(alert, T0 + 1, "user:ann", "a pangolin came by, 梓桐")
    closed, done = resolve(after, T0 + 2, "user:ann", Outcome.FINE, "pangolin gone")
    with street.store.begin() as tx:
        AlertWrites(tx).apply_all([(after, said), (closed, done)])
        tx.outbox.add([notice(closed, step, "h9")], T0)
    return street


def read_personal(reader: ReadSession, household: str = "h9") -> list[object]:
    """Every personal field of a home, as the store gives it."""
    found = reader.homes.find_household(HouseholdId(household))
    assert found is not None
    (person,) = found.entry.residents
    (contact,) = found.contacts
    (away,) = found.away
    resident = person.resident
    return [
        *(resident.name, resident.birth_year, resident.notes, resident.phone, found.entry.address, found.access, person.address),
        *(contact.name, contact.relation, contact.holds_key, contact.phone, contact.channels, away.reason),
    ]


def test_all_of_it_comes_back(marked: Street) -> None:
    (contact,) = MARKED.contacts
    with marked.store.read(EVERYTHING) as reader:
        assert read_personal(reader) == [
            *("Zebulon 梓桐", 1931, "hard of hearing, speaks Wombatese", "+86 139 0000 0001"),
            *(MARKED.address, "third floor, door code Narwhal7", MARKED.address),
            *(contact.name, "stepniece", True, "139-0000-0002", contact.channels, "Vicuna farm"),
        ]
        (entry,) = reader.alerts.read_page().items
        assert (entry.resident_name, entry.birth_year, entry.address) == ("Zebulon 梓桐", 1931, MARKED.address)
        detail = reader.alerts.get(entry.alert.id)
        assert detail is not None
        assert [step.note for step in detail.history] == ["", "a pangolin came by, 梓桐", "pangolin gone"]
        assert reader.fleet.load().households == FLEET.households
    with marked.store.begin() as tx:
        (held,) = tx.outbox.claim(T0, "one", 1, 1_000)
        assert held.channel_params == contact.channels[0].params


def test_no_table_has_it_as_it_is(marked: Street) -> None:
    with marked.store._database.begin_read() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(select(table)):
                shown = "\n".join(value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row)
                raw = b"\n".join(value for value in row if isinstance(value, bytes))
                for mark in MARKS:
                    assert mark not in shown, table.name
                    assert mark.encode() not in raw, table.name


def test_the_file_does_not_have_it(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'street.db'}", KEY_FILE)
    with store.begin() as tx:
        tx.fleet.apply(FLEET, T0)
    files = list(tmp_path.iterdir())
    assert {file.suffix for file in files} == {".db", ".db-wal", ".db-shm"}
    for file in files:
        kept = file.read_bytes()
        assert not [mark for mark in MARKS if mark.encode() in kept], file.name
    store.close()


def test_importing_it_again_seals_nothing_anew(marked: Street) -> None:
    def read_rows() -> list[object]:
        with marked.store._database.begin_read() as connection:
            names = ("household", "resident", "contact", "away", "responder", "owner_key")
            return [row for name in names for row in connection.execute(select(METADATA.tables[name]))]

    before = read_rows()
    with marked.store.begin() as tx:
        assert tx.fleet.apply(FLEET, T0 + 1) == FleetChange()
    assert read_rows() == before


SEALED_COLUMNS = [
    (table.name, column.name) for table in METADATA.sorted_tables for column in table.c if column.name.endswith("_sealed")
]


#: What belongs to a home. The others belong to the installation (`test_owner_keys`), to accounts (`test_records`), to
#: responders (`test_responders`, `test_provider_circuit_opens`, `test_volunteer_hours`), to homes or nobody
#: (`test_complaints`), or to nobody (`actions/test_settings`).
OTHERS = {
    "answered",
    "account",
    "pending_sign_in",
    "responder",
    "circuit_step",
    "hours_correction",
    "complaint",
    "setting_change",
}
OF_HOMES = [one for one in SEALED_COLUMNS if one[0] not in OTHERS]


def test_these_columns_are_sealed() -> None:
    assert sorted(SEALED_COLUMNS) == [
        ("account", "totp_sealed"),
        ("answered", "body_sealed"),
        ("away", "reason_sealed"),
        ("broken_glass", "reason_sealed"),
        ("circuit_step", "reason_sealed"),
        ("complaint", "what_sealed"),
        ("complaint", "word_sealed"),
        ("consent", "paper_sealed"),
        ("contact", "channels_sealed"),
        ("contact", "person_sealed"),
        ("contact", "phone_sealed"),
        ("home_change", "content_sealed"),
        ("hours_correction", "reason_sealed"),
        ("household", "address_sealed"),
        ("household", "position_sealed"),
        ("pending_sign_in", "secrets_sealed"),
        ("resident", "person_sealed"),
        ("resident", "phone_sealed"),
        ("responder", "channels_sealed"),
        ("responder", "person_sealed"),
        ("responder", "phone_sealed"),
        ("setting_change", "reason_sealed"),
        ("setting_change", "word_sealed"),
        ("silence", "reason_sealed"),
        ("transition", "note_sealed"),
        ("visit_photo", "content_sealed"),
    ]


@dataclass
class Twins:
    """Two homes that have the same fields, and a remark in each; what is shown of all homes while nothing is damaged."""

    store: Store
    shown: dict[str, str]

    @contextmanager
    def put(self, table: str, column: str, row: str, record: bytes) -> Iterator[None]:
        """Put a record in the place of that of `h9`, until the end of the block."""
        own = find_record(self.store, table, column, "h9")
        assert own[0] == row
        put_record(self.store, table, column, row, record)
        try:
            yield
        finally:
            put_record(self.store, table, column, *own)
        assert find_record(self.store, table, column, "h9") == own


@pytest.fixture
def twins(marked: Street, opener: Opener) -> Street:
    """Two homes that have the same fields, and a remark in each, for a test that changes them for good."""
    lay_twins(marked, opener)
    return marked


@pytest.fixture(scope="module")
def lasting_twins(module_store: Store) -> Twins:
    """The same two homes for all tests that put back what they changed."""
    opener = make_opener(module_store)
    lay_twins(mark(lay_street(module_store), opener), opener)
    return Twins(module_store, list_shown(module_store))


def lay_twins(marked: Street, opener: Opener) -> None:
    contacts = (replace(MARKED.contacts[0], id=ContactId("h8/0")),)
    other = replace(home("h8"), contacts=contacts, away=MARKED.away, position=MARKED.position)
    with marked.store.begin() as tx:
        tx.fleet.apply(Fleet(STREET.areas, (*FLEET.households, other)), T0)
    after, said = add_note(opener("h8")[0], T0 + 1, "user:ann", "nobody came by")
    with marked.store.read(EVERYTHING) as reader:
        entries = reader.alerts.read_page().items
    with marked.store.begin() as tx:
        AlertWrites(tx).apply(after, said)
        for name in ("h8", "h9"):
            tx.glass.add("user:ann", HouseholdId(name), "nobody came by", T0, T0 + 1)
            tx.home_changes.add(HomeChange(HouseholdId(name), T0, "user:ann", "retire_home", 1, "moved away"))
            photographed = next(one.alert.id for one in entries if one.alert.subject.household == name)
            visit = assign_visit(photographed, "contact:/walker", "user:ann", Priority.HIGH, T0)
            assert tx.photos.add(visit, HouseholdId(name), b"a picture", T0)
            about = f"household:{name}"
            tx.silences.add(
                Silence(0, "no_water", about, HouseholdId(name), AreaId("lane"), "a pipe burst", "user:ann", T0, T0 + 1)
            )
        for who in [one.id for h in (FLEET.households[-1], other) for one in h.residents]:
            tx.consents.add(ConsentDecision(who, Purpose.WATER, True, date(2026, 1, 2), "folder 12", "user:ann", T0))


def change(store: Store, statement: str, **values: object) -> None:
    with store._database.begin_write() as connection:
        assert connection.execute(text(statement), values).rowcount


def find_record(store: Store, table: str, column: str, household: str) -> tuple[str, bytes]:
    """The key and the sealed value of a row of this home."""
    key = "key" if table in {"transition", "broken_glass", "consent", "silence"} else "id"
    where = {
        "household": "id = :home",
        "transition": "alert_id IN (SELECT id FROM alert WHERE household = :home)",
        "consent": "resident IN (SELECT id FROM resident WHERE household = :home)",
        "visit_photo": "alert_id IN (SELECT id FROM alert WHERE household = :home)",
    }.get(table, "household = :home")
    statement = f"SELECT {key}, {column} FROM {table} WHERE {where} AND length({column}) > 0 ORDER BY {key}"
    with store._database.begin_read() as connection:
        row = connection.execute(text(statement), {"home": household}).first()
    assert row is not None
    return row[0], bytes(row[1])


def put_record(store: Store, table: str, column: str, row: str, record: bytes) -> None:
    key = "key" if table in {"transition", "broken_glass", "consent", "silence"} else "id"
    statement = f"UPDATE {table} SET {column} = :record WHERE {key} = :row"
    change(store, statement, record=record, row=row)


def list_shown(store: Store) -> dict[str, str]:
    """What is shown of each home, as text; and that every list can be read."""
    with store.read(EVERYTHING) as reader:
        shown: dict[str, str] = {home.id: repr(home) for home in reader.fleet.load().households}
        for resident in reader.homes.list_residents().items:
            shown[resident.household] += repr(resident)
        for entry in reader.homes.list_households().items:
            shown[entry.household] += repr(entry) + repr(reader.homes.find_household(entry.household))
        for alert in reader.alerts.read_page().items:
            home = alert.alert.subject.household
            assert home is not None
            shown[home] += repr(alert) + repr(reader.alerts.get(alert.alert.id))
            for photo in reader.photos.list_of([alert.alert.id]):
                shown[home] += repr(reader.photos.open(alert.alert.id, photo.id, home))
        for glass in reader.glass.read_page().items:
            shown[glass.household] += repr(glass.reason)
        for silence in reader.silences.read_page(T0).items:
            shown[str(silence.household)] += repr(silence.reason)
        for household in list(shown):
            shown[household] += repr([one.reason for one in reader.home_changes.list_of(HouseholdId(household))])
        for resident in reader.homes.list_residents().items:
            shown[resident.household] += repr([one.paper for one in reader.consents.list_decisions(resident.resident.id)])
    return shown


def expect_damage(store: Store, table: str, column: str, before: dict[str, str], mark: Illegible) -> None:
    """A field of h9 cannot be read, and says so; every other home is shown as before."""
    after = list_shown(store)
    assert {name for name in after if after[name] != before[name]} == {"h9"}
    with store.read(EVERYTHING) as reader:
        found = reader.homes.find_household(HouseholdId("h9"))
        assert found is not None
        position = reader.fleet.find_position(HouseholdId("h9"))
    if column == "channels_sealed":
        assert found.contacts[0].channels == ()
    elif column == "position_sealed":
        assert position is None
    else:
        assert repr(mark) in after["h9"], (table, column)


@pytest.mark.parametrize("table, column", OF_HOMES)
def test_moved_from_another_home_it_does_not_open_and_costs_that_field_alone(
    lasting_twins: Twins, table: str, column: str
) -> None:
    row, _ = find_record(lasting_twins.store, table, column, "h9")
    _, foreign = find_record(lasting_twins.store, table, column, "h8")
    with lasting_twins.put(table, column, row, foreign):
        # it names a key that this home does not have: as if its own had been erased
        expect_damage(lasting_twins.store, table, column, lasting_twins.shown, Illegible.ERASED)


@pytest.mark.parametrize("at", [0, 9, 21, -1])
@pytest.mark.parametrize("table, column", OF_HOMES)
def test_a_bit_that_was_changed_costs_that_field_alone(lasting_twins: Twins, table: str, column: str, at: int) -> None:
    row, record = find_record(lasting_twins.store, table, column, "h9")
    changed = bytearray(record)
    changed[at] ^= 4
    with lasting_twins.put(table, column, row, bytes(changed)):
        expect_damage(lasting_twins.store, table, column, lasting_twins.shown, Illegible.DAMAGED)


def test_two_contacts_of_one_home_cannot_be_swapped(street: Street) -> None:
    first = STREET.households[0]
    two = tuple(replace(first.contacts[0], id=ContactId(f"h1/{n}"), name=f"Child {n}", phone=f"200{n}") for n in range(2))
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(STREET.areas, (replace(first, contacts=two), *STREET.households[1:])), T0 + 1)
    with street.store._database.begin_read() as connection:
        rows = connection.execute(text("SELECT id, phone_sealed FROM contact WHERE household = 'h1' ORDER BY id")).all()
    put_record(street.store, "contact", "phone_sealed", rows[0][0], bytes(rows[1][1]))
    with street.store.read(EVERYTHING) as reader:
        assert [c.phone for c in reader.fleet.load().households[0].contacts] == [Illegible.DAMAGED, "2001"]


def test_a_owner_key_of_another_home_does_not_unwrap(twins: Street) -> None:
    before = list_shown(twins.store)
    change(
        twins.store,
        "UPDATE owner_key SET key_id = (SELECT key_id FROM owner_key WHERE owner = 'household:h8'), "
        "wrapped = (SELECT wrapped FROM owner_key WHERE owner = 'household:h8') WHERE owner = 'household:h9'",
    )
    after = list_shown(twins.store)
    assert {name for name in after if after[name] != before[name]} == {"h9"}
    assert repr(Illegible.DAMAGED) in after["h9"]


def test_an_import_repairs_what_was_damaged(twins: Street) -> None:
    before = list_shown(twins.store)["h9"]
    row, record = find_record(twins.store, "household", "address_sealed", "h9")
    put_record(twins.store, "household", "address_sealed", row, record[:-1])
    with twins.store.begin() as tx:
        fleet = tx.fleet.load()
        assert tx.fleet.apply(
            Fleet(fleet.areas, (*(h for h in fleet.households if h.id != "h9"), MARKED)), T0 + 1
        ).households.changed == ("h9",)
    assert list_shown(twins.store)["h9"] == before


def test_erased_is_unreadable_for_good_and_shown_as_such(twins: Street) -> None:
    before = list_shown(twins.store)
    owners = [name_household("h9"), name_resident("h9-r")]
    with twins.store._database.begin_read() as connection:
        backup = connection.execute(select(METADATA.tables["owner_key"]).order_by("owner")).all()
    with twins.store.begin() as tx:
        assert [tx.owner_keys.erase(owner) for owner in (*owners, *owners)] == [True, True, False, False]
    after = list_shown(twins.store)
    assert {name for name in after if after[name] != before[name]} == {"h9"}
    assert not [mark for mark in MARKS if mark in after["h9"]]
    with twins.store.read(EVERYTHING) as reader:
        gone = Illegible.ERASED
        assert read_personal(reader) == [gone, None, "", gone, gone, "", gone, gone, "", False, gone, (), gone]
        assert not reader.owner_keys.has(owners[0])
    with twins.store.begin() as tx:
        held = {one.contact: one.channel_params for one in tx.outbox.claim(T0, "one", 10, 1_000)}
        assert held["h9/0"] is None  # type: ignore[index]
    assert {row.owner for row in backup} >= set(owners)


def test_who_is_named_again_after_that_gets_a_new_key_and_old_remarks_stay_erased(marked: Street) -> None:
    with marked.store.begin() as tx:
        tx.owner_keys.erase(name_household("h9"))
        tx.owner_keys.erase(name_resident("h9-r"))
    with marked.store.begin() as tx:
        change = tx.fleet.apply(FLEET, T0 + 1)
    assert (change.households.changed, change.residents.changed, change.contacts.changed) == (("h9",), ("h9-r",), ("h9/0",))
    with marked.store.read(EVERYTHING) as reader:
        assert read_personal(reader)[0] == "Zebulon 梓桐"
        (entry,) = reader.alerts.read_page().items
        detail = reader.alerts.get(entry.alert.id)
        assert detail is not None
        assert [step.note for step in detail.history] == ["", Illegible.ERASED, Illegible.ERASED]


@pytest.fixture
def elsewhere(marked: Street, store_url: str, tmp_path: Path) -> Iterator[tuple[Store, Path]]:
    """The same database, with the key file looked for somewhere else: nothing is there yet."""
    path = tmp_path / "elsewhere" / "homebeat.key"
    store = open_store(store_url, path, create=False)
    yield store, path
    store.close()


def test_a_key_file_that_is_not_there_is_said_and_nothing_is_made(elsewhere: tuple[Store, Path]) -> None:
    store, path = elsewhere
    for act in (store.check_key_file, store.upgrade):
        with pytest.raises(BadSettings, match="there is no key file at"):
            act()
    assert not path.exists()


def test_another_key_file_is_said_with_both_names(elsewhere: tuple[Store, Path]) -> None:
    store, path = elsewhere
    write_key_file(path)
    with pytest.raises(BadSettings, match=r"another one \(key [0-9a-f]{16}\) than .* \(key [0-9a-f]{16}\)\. Nothing was"):
        store.check_key_file()
    with store.read(EVERYTHING) as reader, pytest.raises(Unavailable, match="is not the one that this database is sealed with"):
        reader.homes.list_residents()
    with pytest.raises(Unavailable, match="is not the one"), store.begin() as tx:
        tx.fleet.apply(Fleet(STREET.areas, (home("h5"),)), T0)


def test_owner_keys_that_were_not_restored_are_said(marked: Street) -> None:
    change(marked.store, "DELETE FROM owner_key")
    with pytest.raises(BadSettings, match="the table owner_key is empty"):
        marked.store.check_key_file()


def test_a_check_value_that_was_changed_is_said(marked: Street) -> None:
    marked.store.check_key_file()
    change(marked.store, "UPDATE key_check SET sealed = key_id")
    with pytest.raises(BadSettings, match="does not open"):
        marked.store.check_key_file()


def test_a_database_without_tables_is_said(store: Store) -> None:
    change(store, "DELETE FROM key_check")
    with pytest.raises(BadSettings, match="run `homebeat db upgrade`"):
        store.check_key_file()


def test_a_new_database_gets_its_key_file_and_another_one_takes_it_too(tmp_path: Path) -> None:
    key = tmp_path / "keys" / "homebeat.key"
    for name in ("one", "two"):
        store = open_store(f"sqlite:///{tmp_path / name}.db", key)
        store.check_key_file()
        store.close()
    assert [file.name for file in key.parent.iterdir()] == ["homebeat.key"]
