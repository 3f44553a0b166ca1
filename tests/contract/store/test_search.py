"""Residents are found by what was typed, as far as a scope and the fields of whoever asks reach, and by nothing that is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import text

from homebeat.domain.errors import BadCursor
from homebeat.domain.fleet import Contact, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, ContactId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.role import Field
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.domain.search_terms import read_question
from homebeat.store import DeviceState, ResidentCounts, ResidentFilter, ResidentState, Store
from homebeat.store.home import resident_counts
from homebeat.store.home.search_index import AT_ONCE
from tests.contract.store.conftest import STREET, T0, Street, home

Opener = Callable[..., object]
HILL = Scope(frozenset({AreaId("hill")}))
ALL = dict.fromkeys((Field.NAME, Field.ADDRESS, Field.PHONE, Field.CONTACTS), EVERYTHING)


def make_home(ident: str, name: str, address: str = "", phone: str = "", child: str = "", area: str = "lane") -> Household:
    who = Resident(ResidentId(f"{ident}-r"), name, 1940, phone)
    family = (Contact(ContactId(f"{ident}/0"), "王小明", "son", phone=child),)
    return replace(home(ident, area), address=address, residents=(who,), contacts=family)


WANG = make_home("w1", "王秀英", "幸福路12号3栋501室", "139-0000-0001", "139-0000-0002")
LI = make_home("w2", "李秀英", "和平路12号", "139-0000-0003", "139-0000-0004", "hill")


@pytest.fixture
def found_street(street: Street) -> Street:
    take_in(street.store, WANG, LI)
    return street


def take_in(store: Store, *homes: Household) -> None:
    with store.begin() as tx:
        tx.fleet.apply(Fleet(STREET.areas, (*STREET.households, *homes)), T0)


def find(
    store: Store,
    typed: str,
    scope: Scope = EVERYTHING,
    fields: dict[Field, Scope] | None = None,
    where: ResidentFilter | None = None,
) -> dict[str, set[str]]:
    """Who is found, and by which fields; read in pages of one."""
    given, pages = (dict.fromkeys(ALL, scope) if fields is None else fields), dict[str, set[str]]()
    with store.read(scope) as reader:
        cursor = None
        while True:
            page = reader.search.find_page(read_question(typed), given, where or ResidentFilter(), 1, cursor)
            pages.update((one.resident, {field.value for field in one.fields}) for one in page.items)
            cursor = page.next_cursor
            if cursor is None:
                return pages


def count_terms(store: Store) -> dict[str, int]:
    with store._database.begin_read(EVERYTHING) as connection:
        rows = connection.execute(text("SELECT resident, count(*) FROM search_term GROUP BY resident"))
        return {row[0]: row[1] for row in rows}


def test_who_fits_every_part_is_found(found_street: Street) -> None:
    expected: dict[str, dict[str, set[str]]] = {
        "秀英": {"w1-r": {"name"}, "w2-r": {"name"}},
        "王": {"w1-r": {"name"}},
        "小明 幸福路": {"w1-r": {"contacts", "address"}},
        "12号 秀英": {"w1-r": {"address", "name"}, "w2-r": {"address", "name"}},
        "139-0000-0002": {"w1-r": {"phone"}},
        "0004": {"w2-r": {"phone"}},
        "w2": {"w2-r": set()},
        "W2-METER": {"w2-r": set()},
        "w1-band 王": {"w1-r": {"name"}},
        "王 0003": {},
        "赵": {},
        "": {},
    }
    assert {typed: find(found_street.store, typed) for typed in expected} == expected


def test_a_scope_and_the_fields_of_whoever_asks_narrow_it(found_street: Street) -> None:
    store = found_street.store
    assert find(store, "秀英", HILL) == {"w2-r": {"name"}}
    assert find(store, "w1", HILL) == {}
    assert find(store, "秀英", where=ResidentFilter(area=AreaId("hill"))) == {"w2-r": {"name"}}
    assert set(find(store, "秀英", where=ResidentFilter(state="unknown"))) == {"w1-r", "w2-r"}
    assert find(store, "秀英", where=ResidentFilter(state="quiet")) == {}
    by_name = {Field.NAME: EVERYTHING}
    assert find(store, "0001", fields=by_name) == find(store, "幸福路", fields=by_name) == {}
    # by telephone on the hill alone: elsewhere it finds nobody, beside another part neither, and is not said to have
    on_the_hill = {**by_name, Field.PHONE: HILL, Field.ADDRESS: EVERYTHING}
    assert find(store, "0001", fields=on_the_hill) == find(store, "王 0001", fields=on_the_hill) == {}
    assert find(store, "0003", fields=on_the_hill) == {"w2-r": {"phone"}}


def test_what_is_known_of_a_home_follows_every_change_of_it(found_street: Street) -> None:
    store = found_street.store
    before = count_terms(store)
    take_in(store, WANG, LI)
    assert count_terms(store) == before
    take_in(store, replace(WANG, contacts=()), replace(make_home("w2", "李建国", "幸福路1号"), area=AreaId("lane")))
    assert find(store, "139-0000-0002") == {}
    assert find(store, "秀英") == {"w1-r": {"name"}}
    assert set(find(store, "幸福路")) == {"w1-r", "w2-r"}
    assert find(store, "李建国", HILL) == {}
    take_in(store, LI)
    assert find(store, "王") == {}, "who was retired is found by nothing"
    assert find(store, "w1") == {}
    assert "w1-r" not in count_terms(store)


def test_a_home_that_is_changed_by_itself_is_found_at_once(found_street: Street) -> None:
    store = found_street.store
    with store.begin(scope=HILL) as tx:
        tx.fleet.put_home(HouseholdId("w2"), replace(LI, address="长江路7号"), "user:ann", T0)
    assert find(store, "长江路 7") == {"w2-r": {"address"}}
    assert find(store, "和平路") == {}
    with store.begin(scope=HILL) as tx:
        tx.fleet.put_home(HouseholdId("w2"), None, "user:ann", T0)
    assert find(store, "李秀英") == {}


def test_erasing_deletes_what_finds_somebody(found_street: Street) -> None:
    store = found_street.store
    store.erase([ResidentId("w1-r")], [HouseholdId("w2")])
    assert not {"w1-r", "w2-r"} & set(count_terms(store))
    with store.begin() as tx:
        tx.connection.execute(text("INSERT INTO search_pending (household) VALUES ('w1'), ('w2')"))
        assert tx.search_index.write_some() == 2
    assert find(store, "王秀英") == find(store, "和平路") == {}, "what cannot be read any more is not written again"


def test_many_homes_wait_and_are_counted_until_they_are_written(street: Street) -> None:
    store = street.store
    take_in(store, *(make_home(f"x{n}", "张三") for n in range(AT_ONCE + 1)))
    with store.read(EVERYTHING) as reader:
        assert reader.search.count_pending() == AT_ONCE + 1
    with store.read(HILL) as reader:
        assert reader.search.count_pending() == 0
    assert find(store, "张三") == {}
    written: list[int] = []
    while not written or written[-1]:
        with store.begin() as tx:
            written.append(tx.search_index.write_some())
    assert written == [AT_ONCE, 1, 0]
    assert len(find(store, "张三")) == AT_ONCE + 1


def test_a_cursor_of_another_list_is_refused(found_street: Street) -> None:
    with found_street.store.read(EVERYTHING) as reader, pytest.raises(BadCursor):
        reader.search.find_page(read_question("王"), ALL, cursor="WzFd")


def list_page(store: Store, where: ResidentFilter, typed: str = "秀英") -> tuple[list[ResidentId], list[ResidentId]]:
    """Whom the filter leaves of the list, and of those whom a question finds."""
    with store.read(EVERYTHING) as reader:
        listed = [one.resident.id for one in reader.homes.list_residents(where=where).items]
        return listed, sorted(one.resident for one in reader.search.find_page(read_question(typed), ALL, where).items)


def test_filters_and_counts(found_street: Street, opener: Opener) -> None:
    store = found_street.store
    opener("w1")
    states = {"h1-r": ("active", False), "h2-r": ("quiet", True), "w1-r": ("active", True), "w2-r": ("active", False)}
    heard = {"h1-meter": True, "h2-meter": False, "w1-meter": True, "w1-band": True, "w2-meter": True, "w2-band": False}
    with store.begin() as tx:
        tx.states.put(
            [ResidentState(ResidentId(who), state, T0, T0, T0, away, T0) for who, (state, away) in states.items()],
            [DeviceState(DeviceId(device), T0 - 5, 50.0, silent, T0) for device, silent in heard.items()],
        )
    # h1: its band was never heard; w1: both are silent; w2: its band is heard; h3 was never judged
    assert list_page(store, ResidentFilter(is_blind=True)) == (["h1-r", "h3-r", "w1-r"], ["w1-r"])
    assert list_page(store, ResidentFilter(is_blind=False)) == (["h2-r", "w2-r"], ["w2-r"])
    assert list_page(store, ResidentFilter(state="unknown")) == (["h3-r"], [])
    assert list_page(store, ResidentFilter(is_away=True)) == (["h2-r", "w1-r"], ["w1-r"])
    assert list_page(store, ResidentFilter(is_away=True, away_in=HILL)) == ([], [])
    assert list_page(store, ResidentFilter(has_alert=True)) == (["w1-r"], ["w1-r"])
    assert list_page(store, ResidentFilter(has_alert=False, area=AreaId("hill"))) == (["h3-r", "w2-r"], ["w2-r"])
    with store.read(EVERYTHING) as reader:
        everybody = [ResidentId(who) for who in (*states, "h3-r")]
        assert reader.search.find_blind(everybody) == {"h1-r": T0 - 5, "w1-r": T0 - 5}
        assert reader.search.count_residents() == ResidentCounts(5, {"active": 3, "quiet": 1, "unknown": 1}, 1)
        assert reader.search.count_residents(AreaId("hill")) == ResidentCounts(2, {"active": 1, "quiet": 0, "unknown": 1}, 0)
    with store.read(HILL) as reader:
        assert reader.search.count_residents() == ResidentCounts(2, {"active": 1, "quiet": 0, "unknown": 1}, 0)


def test_among_many_only_those_are_counted_who_are_not_well(found_street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resident_counts, "MANY", 2)
    monkeypatch.setattr(resident_counts, "FEW", 1)
    with found_street.store.begin() as tx:
        names = ("h1-r", "h2-r", "h3-r")
        tx.states.put([ResidentState(ResidentId(who), "quiet", T0, T0, T0, False, T0) for who in names], [])
    with found_street.store.read(EVERYTHING) as reader:
        found = reader.search.count_residents()
    assert (found, found.is_whole) == (ResidentCounts(3, {"quiet": 2, "unknown": 0}, 0), False)
