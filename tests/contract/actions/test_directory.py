"""Whom somebody sees, on both databases: whoever has a role in their areas, with the roles that lie there."""

from __future__ import annotations

from typing import Any

import pytest

from homebeat.actions.directory import open_directory
from homebeat.domain.errors import NotFound
from homebeat.domain.fleet import Area, Fleet
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Grant, Principal, make_command
from homebeat.domain.role import Role
from homebeat.store import Store
from tests.people import add_account, add_key, add_session, person

T0 = 1_770_000_000_000
AREAS = (Area(AreaId("town"), "Town"), *(Area(AreaId(name), name.title(), AreaId("town")) for name in ("east", "west")))
EAST = person("wu", Role.SUPERVISOR, "east")
SEEN: list[tuple[Principal, str]] = [
    (EAST, "both chen wu"),
    (person("sun", Role.SUPERVISOR, "west"), "both li"),
    (person("ma", Role.SUPERVISOR, "town"), "both chen li wu"),
    (person("he", Role.AUDITOR, "west"), "both li"),
    (person("xu", Role.ADMIN), "both chen idle li root wu"),
    (make_command("root"), "both chen idle li root wu"),
    (person("chen", Role.DESK, "east"), ""),
]


@pytest.fixture
def people(store: Store) -> Store:
    with store.begin() as tx:
        tx.fleet.apply(Fleet(AREAS, ()), T0)
    for name, roles in {
        "chen": ["desk@east"], "li": ["desk@west", "nurse@west"], "both": ["desk@east", "nurse@west"], "idle": [],
        "root": ["admin"], "wu": ["supervisor@east"],
    }.items():  # fmt: skip
        add_account(store, name, *roles)
    for name in ("east", "west"):
        add_key(store, f"key-{name}", "desk", area=name)
    add_key(store, "platform", "integrator")
    return store


@pytest.mark.parametrize("who, names", SEEN)
def test_who_sees_whom(people: Store, who: Principal, names: str) -> None:
    with open_directory(people, who) as directory:
        assert [shown.account.name for shown in directory.read_accounts(50).items] == names.split()
        for name in ("both", "chen", "idle", "li", "root", "wu"):
            if name in names.split():
                assert directory.find_account(name).account.name == name
                continue
            with pytest.raises(NotFound, match="there is no account"):
                directory.find_account(name)
            with pytest.raises(NotFound, match="there is no account"):
                directory.list_sessions(name, T0)


def test_only_the_roles_in_their_areas_are_shown_and_who_has_more_is_not_changed(people: Store) -> None:
    with open_directory(people, EAST) as directory:
        both, chen, wu = (shown.standing for shown in directory.read_accounts(50).items)
        assert (both.grants, both.has_more, both.may_change) == ((Grant("desk", AreaId("east")),), True, False)
        assert (chen.has_more, chen.may_change) == (False, True)
        assert (wu.has_more, wu.may_change) == (False, False)
    with open_directory(people, make_command("root")) as directory:
        everything = directory.read_accounts(50).items
        assert all(shown.standing.may_change and not shown.standing.has_more for shown in everything)
    with open_directory(people, person("he", Role.AUDITOR)) as directory:
        assert not any(shown.standing.may_change for shown in directory.read_accounts(50).items)


def test_keys_by_the_same_rule(people: Store) -> None:
    with open_directory(people, EAST) as directory:
        assert [shown.key.name for shown in directory.read_keys(50).items] == ["key-east"]
        assert directory.find_key("key-east").standing.may_change
        for name in ("key-west", "platform", "none"):
            with pytest.raises(NotFound, match="there is no key"):
                directory.find_key(name)
    with open_directory(people, make_command("root")) as directory:
        assert [shown.key.name for shown in directory.read_keys(50).items] == ["key-east", "key-west", "platform"]


@pytest.mark.parametrize("what, count", [("accounts", 6), ("keys", 3)])
def test_pages_follow_each_other(people: Store, what: str, count: int) -> None:
    with open_directory(people, make_command("root")) as directory:
        names: list[str] = []
        cursor: str | None = ""
        while cursor is not None and len(names) < 20:
            page: Any = getattr(directory, f"read_{what}")(2, cursor or None)
            names += [(shown.account if what == "accounts" else shown.key).name for shown in page.items]
            cursor = page.next_cursor
    assert names == sorted(set(names))
    assert len(names) == count


@pytest.mark.parametrize(
    "who, roles, areas, everywhere",
    [
        (EAST, [Role.RESPONDER, Role.DESK, Role.NURSE, Role.INSTALLER], "east", False),
        (person("ma", Role.SUPERVISOR, "town"), [Role.RESPONDER, Role.DESK, Role.NURSE, Role.INSTALLER], "town east west", False),
        (person("xu", Role.ADMIN), list(Role), "town east west", True),
        (person("he", Role.AUDITOR), [], "", False),
    ],
)
def test_what_they_may_give(people: Store, who: Principal, roles: list[Role], areas: str, everywhere: bool) -> None:
    with open_directory(people, who) as directory:
        found_roles, found_areas, found_everywhere = directory.list_given()
    assert (found_roles, [area.id for area in found_areas], found_everywhere) == (roles, areas.split(), everywhere)


def test_sessions_that_are_over_or_idle_are_left_out(people: Store) -> None:
    for cookie, at in (("old", T0 - 3 * 3_600_000), ("new", T0 - 60_000)):
        add_session(people, "chen", cookie, at)
    add_session(people, "li", "another", T0)
    with open_directory(people, EAST) as directory:
        found = directory.list_sessions("chen", T0)
    assert [(one.account, one.begun_at, len(one.public_id)) for one in found] == [("chen", T0 - 60_000, 12)]
