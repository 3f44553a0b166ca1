"""Owner keys: wrapped anew by another key file, erased for good, and made for a database that had none."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from homebeat.domain.errors import BadSettings, Unavailable
from homebeat.domain.fleet import Fleet, Household
from homebeat.domain.ids import HouseholdId, ResidentId
from homebeat.domain.personal import Illegible
from homebeat.domain.scope import EVERYTHING
from homebeat.store import FleetChange, PhoneMatch, Store, TableChange, open_store
from homebeat.store.sealing.key_file import KeyFile, write_key_file
from tests.contract.store.conftest import STREET, T0, Street, home, notice
from tests.contract.store.test_sealing import FLEET, MARKS, Opener, change, list_shown, read_personal
from tests.keys import KEY_FILE


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "homebeat.key"


@pytest.fixture
def own(store_url: str, key: Path) -> Iterator[Store]:
    """A street with a key file of its own: at first it is that of the database the tables were copied from."""
    key.parent.mkdir(mode=0o700)
    shutil.copy(KEY_FILE, key)
    store = open_store(store_url, key, create=False)
    store.check_key_file()
    with store.begin() as tx:
        tx.fleet.apply(FLEET, T0)
    yield store
    store.close()


Reopen = Callable[..., Store]


@pytest.fixture
def reopen(store_url: str, key: Path) -> Iterator[Reopen]:
    """Opens the same database once more, as another process would, with its own key file or another one."""
    opened: list[Store] = []

    def open_again(path: Path = key) -> Store:
        opened.append(open_store(store_url, path, create=False))
        return opened[-1]

    yield open_again
    for store in opened:
        store.close()


def test_under_a_new_key_file_all_is_there_and_the_old_one_opens_nothing(own: Store, reopen: Reopen, key: Path) -> None:
    runs_on = reopen()
    with runs_on.read(EVERYTHING) as reader:
        before, digests = reader.fleet.load(), reader.owner_keys.compute_digest("phone", "1")
    counts = own.replace_key()
    # each home has a key, each resident, each responder, and the installation
    assert counts == (len(FLEET.households) * 2 + len(FLEET.responders) + 1, 0)
    assert {file.name for file in key.parent.iterdir()} == {"homebeat.key", "homebeat.key.old"}
    for store in (runs_on, own, reopen()):
        store.check_key_file()
        with store.read(EVERYTHING) as reader:
            assert reader.fleet.load() == before
            assert reader.owner_keys.compute_digest("phone", "1") == digests
    old = reopen(key.with_name("homebeat.key.old"))
    with pytest.raises(BadSettings, match="another one"):
        old.check_key_file()
    with runs_on.begin() as tx:
        assert tx.fleet.apply(Fleet(FLEET.areas, (*FLEET.households, home("h5"))), T0).households.added == ("h5",)
    assert own.replace_key() == (len(FLEET.households) * 2 + len(FLEET.responders) + 3, 0)
    with runs_on.read(EVERYTHING) as reader:
        assert read_personal(reader)[0] == "Zebulon 梓桐"


def test_interrupted_before_the_commit_it_begins_with_the_key_that_was_made(own: Store, key: Path) -> None:
    made = KeyFile(key).make_next()
    assert own.is_key_being_replaced
    own.check_key_file()
    assert own.replace_key() is not None
    assert KeyFile(key).read().id == made.id


def test_interrupted_after_the_commit_everybody_goes_on_and_it_is_ended(own: Store, reopen: Reopen, key: Path) -> None:
    first, last = key.read_bytes(), key.with_name("homebeat.key.new")
    own.replace_key()
    # as if the process had died before the new file was put in its place
    key.rename(last)
    key.touch(0o600)
    key.write_bytes(first)
    for store in (own, reopen()):
        store.check_key_file()
        with store.read(EVERYTHING) as reader:
            assert read_personal(reader)[0] == "Zebulon 梓桐"
    seen = [own.is_key_being_replaced, own.replace_key(), own.is_key_being_replaced]
    assert seen == [True, None, False]
    assert key.read_bytes() != first


def test_a_damaged_key_costs_its_home_alone_before_and_after(own: Store) -> None:
    before = list_shown(own)
    with own._database.begin_read() as connection:
        query = text("SELECT wrapped FROM owner_key WHERE owner = 'household:h9'")
        record = bytearray(connection.execute(query).scalar_one())
    for at in (0, 3, 12, 40):
        changed = bytearray(record)
        changed[at] ^= 1
        change(own, "UPDATE owner_key SET wrapped = :wrapped WHERE owner = 'household:h9'", wrapped=bytes(changed))
        after = list_shown(own)
        assert {name for name in after if after[name] != before[name]} == {"h9"}
        assert repr(Illegible.DAMAGED) in after["h9"]
    assert own.replace_key() == (len(FLEET.households) * 2 + len(FLEET.responders), 1)
    after = list_shown(own)
    assert {name for name in after if after[name] != before[name]} == {"h9"}
    # the fleet file says it all again
    with own.begin() as tx:
        tx.fleet.apply(FLEET, T0)
    assert list_shown(own) == before


def test_with_another_key_file_nothing_is_replaced(own: Store, reopen: Reopen, tmp_path: Path) -> None:
    write_key_file(tmp_path / "other.key")
    with pytest.raises(BadSettings, match="another one"):
        reopen(tmp_path / "other.key").replace_key()
    assert [file.name for file in tmp_path.glob("other*")] == ["other.key"]
    own.check_key_file()


def test_keys_made_while_the_key_is_replaced_are_wrapped_by_the_new_one(own: Store, reopen: Reopen, key: Path) -> None:
    """Somebody imports a home at every moment of it."""
    other, over, names = reopen(), threading.Event(), [f"n{n}" for n in range(12)]

    def import_home(name: str) -> None:
        for _ in range(100):
            # a key that was replaced twice while a transaction ran is in no file any more: it is tried again
            with suppress(Unavailable), other.begin() as tx:
                fleet = tx.fleet.load()
                tx.fleet.apply(Fleet(fleet.areas, (*fleet.households, home(name))), T0)
                return
        raise AssertionError("a hundred tries found no moment between two new keys")

    def import_homes() -> None:
        try:
            for name in names:
                import_home(name)
        finally:
            over.set()

    thread = threading.Thread(target=import_homes)
    thread.start()
    ends = time.monotonic() + 60
    while not over.is_set() and time.monotonic() < ends:
        own.replace_key()
    thread.join(20)
    last = reopen()
    last.check_key_file()
    with last.read(EVERYTHING) as reader:
        shown = {home.id: home.residents[0].name for home in reader.fleet.load().households}
    assert {shown[name] for name in names} == {f"Resident of {name}" for name in names}  # type: ignore[index]


def test_two_who_make_keys_at_once_make_each_once(own: Store, reopen: Reopen, key: Path) -> None:
    stores, owners = [reopen() for _ in range(4)], [f"household:n{n}" for n in range(50)]
    sealed: list[bytes] = []

    def make_and_seal(store: Store) -> None:
        with store.begin() as tx:
            tx.owner_keys.make_keys(owners, T0)
            sealed.append(tx.owner_keys.seal_bytes(owners[7], "t", "c", "r", b"x"))

    threads = [threading.Thread(target=make_and_seal, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    with own.read(EVERYTHING) as reader:
        assert [reader.owner_keys.open_bytes(owners[7], "t", "c", "r", record) for record in sealed] == [b"x"] * 4


def test_erased_is_not_found_by_number_either(own: Store) -> None:
    assert own.erase([ResidentId("h9-r")], [HouseholdId("h9")]) == 2
    assert own.erase([ResidentId("h9-r")], [HouseholdId("h9")]) == 0
    with own.read(EVERYTHING) as reader:
        assert read_personal(reader)[0] is Illegible.ERASED
        assert reader.homes.find_by_phone("+86 139 0000 0001") == ()
        assert reader.homes.find_by_phone("139-0000-0002") == ()
        assert len(reader.homes.find_by_phone("100")) == 3


def test_of_an_erased_key_nothing_stays_in_the_file(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'street.db'}", tmp_path / "homebeat.key")
    names = [f"x{n * 7919 % 600:03d}" for n in range(600)]
    for upto in range(100, 601, 100):
        with store.begin() as tx:
            tx.fleet.apply(Fleet(STREET.areas, tuple(home(name) for name in names[:upto])), T0)
    store.replace_key()
    with store._database.begin_read() as connection:
        rows = connection.execute(text("SELECT owner, wrapped FROM owner_key")).all()
    wrapped = {owner: bytes(record)[21:] for owner, record in rows}
    gone = names[::3]
    assert store.erase(households=[HouseholdId(name) for name in gone]) == len(gone)
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("street.db*"))
    assert not [name for name in gone if wrapped[f"household:{name}"] in kept]
    assert all(wrapped[f"resident:{name}-r"] in kept for name in gone)
    store.close()


def test_a_number_is_found_however_it_is_written(own: Store) -> None:
    with own.read(EVERYTHING) as reader:
        for written in ("+86 139 0000 0001", "0086-139-0000-0001", "139-0000-0001", "(+86) 139 0000 0001 x3"):
            assert reader.homes.find_by_phone(written) == (PhoneMatch(HouseholdId("h9"), resident=ResidentId("h9-r")),)
        (match,) = reader.homes.find_by_phone("+86 139-0000-0002")
        assert (match.household, match.resident, match.contact) == ("h9", None, "h9/0")
        for written in ("", "nobody", "+86 139 0000 0003", "39 0000 0001"):
            assert reader.homes.find_by_phone(written) == ()


def test_who_is_retired_is_not_found(own: Store) -> None:
    with own.begin() as tx:
        tx.fleet.apply(STREET, T0 + 1)
    with own.read(EVERYTHING) as reader:
        assert reader.homes.find_by_phone("139-0000-0001") == ()


#: What stands in fields that were not there then.
NEWER = (b"Wombatese", b"Narwhal7")


def forget_newer(home: Household) -> Household:
    """The home without what was not known then: where it lies, how to get in, what to know, who has a key."""
    residents = tuple(replace(one, notes="") for one in home.residents)
    contacts = tuple(replace(one, holds_key=False) for one in home.contacts)
    return replace(home, position=None, access="", residents=residents, contacts=contacts)


def test_a_database_from_before_is_sealed_when_it_is_upgraded(own: Store, reopen: Reopen, key: Path) -> None:
    """Down to the last revision where all stood there as it is, and up again with another key."""
    bare = replace(FLEET, households=tuple(map(forget_newer, FLEET.households)))
    with own.begin() as tx:
        tx.fleet.apply(bare, T0)
    before = list_shown(own)
    own.downgrade("0018")
    with own._database.begin_read() as connection:
        names = connection.scalars(text("SELECT name FROM resident ORDER BY name")).all()
    assert "Zebulon 梓桐" in names
    other = reopen(key.with_name("other.key"))
    other.upgrade()
    assert list_shown(other) == before
    other.check_schema()
    with other.begin() as tx:
        # there were no responders then: the file brings them back
        assert tx.fleet.apply(bare, T0) == FleetChange(responders=TableChange(added=("walker",)))
    with pytest.raises(BadSettings, match="another one"):
        own.check_key_file()


def test_an_upgrade_that_cannot_make_its_key_changes_nothing(own: Store, reopen: Reopen, tmp_path: Path) -> None:
    own.downgrade("0018")
    (tmp_path / "file").touch()
    with pytest.raises(BadSettings, match="cannot be made"):
        reopen(tmp_path / "file" / "homebeat.key").upgrade()
    assert own.read_revision() == "0018"


def test_after_an_upgrade_the_file_has_nothing_plain(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'street.db'}", tmp_path / "homebeat.key")
    with store.begin() as tx:
        tx.fleet.apply(Fleet(FLEET.areas, (*FLEET.households, *(home(f"x{n:03d}") for n in range(300)))), T0)
    store.downgrade("0018")
    plain = (tmp_path / "street.db").read_bytes() + (tmp_path / "street.db-wal").read_bytes()
    marks = [mark.encode() for mark in (*MARKS, "Resident of x", "x123 lane")]
    assert all(mark in plain for mark in marks if mark not in {b"pangolin", b"139-0000", *NEWER})
    store.upgrade()
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("street.db*"))
    assert not [mark for mark in marks if mark in kept]
    store.close()


def test_what_waits_in_the_outbox_keeps_its_receiver_over_an_upgrade(street: Street, opener: Opener) -> None:
    alert, step = opener()
    with street.store.begin() as tx:
        tx.outbox.add([notice(alert, step)], T0)
    with street.store._database.begin_write() as connection:
        connection.execute(text("UPDATE outbox SET endpoint = 'https://example.org:443'"))
    street.store.downgrade("0018")
    street.store.upgrade()
    with street.store.begin() as tx:
        (ways,) = tx.connection.scalars(text("SELECT endpoint FROM outbox")).all()
        (held,) = tx.outbox.claim(T0, "one", 9, 1_000)
    assert ways == held.endpoint
    assert "example" not in held.endpoint


def test_answers_to_requests_are_sealed_and_come_back(street: Street) -> None:
    body = '{"resident": "Zebulon 梓桐"}'.encode()
    with street.store.begin() as tx:
        assert tx.answers.claim("k" * 64, "c" * 64, "r" * 64, T0) is None
        tx.answers.keep("k" * 64, 200, {"content-type": "application/json"}, body)
    with street.store._database.begin_read() as connection:
        (kept,) = connection.scalars(text("SELECT body_sealed FROM answered")).all()
    assert b"Zebulon" not in bytes(kept)
    with street.store.begin() as tx:
        known = tx.answers.claim("k" * 64, "c" * 64, "r" * 64, T0 + 1)
        assert known is not None
        assert (known.status, known.body) == (200, body)
    change(street.store, "UPDATE answered SET body_sealed = key_id FROM owner_key WHERE owner = 'installation'")
    with street.store.begin() as tx:
        known = tx.answers.claim("k" * 64, "c" * 64, "r" * 64, T0 + 1)
        # as after a crash: whoever asks must look what was done
        assert known is not None
        assert (known.status, known.body) == (None, b"")


def test_no_answer_of_before_is_given_again_after_the_upgrade(street: Street) -> None:
    with street.store.begin() as tx:
        tx.answers.claim("k" * 64, "c" * 64, "r" * 64, T0)
        tx.answers.keep("k" * 64, 200, {}, b"Zebulon")
    street.store.downgrade("0021")
    street.store.upgrade()
    with street.store.begin() as tx:
        known = tx.answers.claim("k" * 64, "c" * 64, "r" * 64, T0 + 1)
        assert known is not None
        assert (known.status, known.body) == (None, b"")


def test_a_bigger_installation_can_be_missing_nothing_but_its_key_file(own: Store, key: Path) -> None:
    key.unlink()
    # what is in memory still works: a running service is not ended by it
    own.check_key_file()
    with own.read(EVERYTHING) as reader:
        assert read_personal(reader)[0] == "Zebulon 梓桐"


def test_a_service_that_never_saw_the_key_says_so(own: Store, reopen: Reopen, key: Path) -> None:
    key.unlink()
    late = reopen()
    with late.read(EVERYTHING) as reader, pytest.raises(Unavailable, match="there is no key file"):
        reader.fleet.load()
