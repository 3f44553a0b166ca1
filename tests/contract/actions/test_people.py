"""Accounts, roles, keys, links and sessions as actions, on both databases: done, recorded, and refused to who may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from homebeat.actions import (
    BeginSession,
    DisableAccount,
    EndSession,
    EndSessionOf,
    GiveRole,
    MakeAccount,
    MakeKey,
    MakeLink,
    Perform,
    RevokeKey,
    TakeRole,
)
from homebeat.domain.actor import ActorKind
from homebeat.domain.errors import Incomplete, NotAllowed, NotFound, NotPermitted
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Grant, Principal, make_command
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.identity.bearer import LinkPurpose, make_link
from homebeat.store import Account, AuditEntry, Store
from tests.contract.store.conftest import STREET, T0
from tests.people import person

AREA = STREET.areas[0].id
ROOT = make_command("root")
SUPERVISOR = person("wu", Role.SUPERVISOR, AREA)
DESK = Grant(Role.DESK, AREA)
ADMIN = Grant(Role.ADMIN)
_, LINK = make_link(LinkPurpose.SIGN_IN, T0)


@pytest.fixture
def perform(store: Store) -> Perform:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    return Perform(store, lambda: T0)


def last(store: Store) -> AuditEntry:
    with store.read(EVERYTHING) as reader:
        return reader.audit.read_page(1).items[0]


def found(store: Store, name: str) -> Account:
    with store.read(EVERYTHING) as reader:
        account = reader.accounts.find(name)
    assert account is not None
    return account


def test_an_account_is_made_with_its_roles_and_is_on_record(store: Store, perform: Perform) -> None:
    perform(SUPERVISOR, MakeAccount(" chen ", (DESK, Grant(Role.NURSE, AREA)), "en"))
    assert found(store, "chen") == Account("chen", "en", T0, "", None, (DESK, Grant(Role.NURSE, AREA)))
    entry = last(store)
    assert (entry.actor, entry.role, entry.action, entry.about, dict(entry.detail)) == (
        "user:wu", "supervisor", "make_account", "user:chen", {"roles": f"desk@{AREA}, nurse@{AREA}"},
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="already"):
        perform(ROOT, MakeAccount("chen", (DESK,)))


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\u202eb", "a:b", "x" * 65, "a/b", "a\\b", ".", ".."])
def test_a_name_that_cannot_be_shown_is_refused(perform: Perform, name: str) -> None:
    with pytest.raises(NotAllowed, match="letters on one line"):
        perform(ROOT, MakeAccount(name, (DESK,)))


@pytest.mark.parametrize(
    "who, grant, error",
    [
        (SUPERVISOR, Grant(Role.ADMIN, AREA), NotPermitted),
        (SUPERVISOR, Grant(Role.SUPERVISOR, AREA), NotPermitted),
        (SUPERVISOR, Grant(Role.DESK), NotPermitted),
        (SUPERVISOR, Grant(Role.DESK, AreaId("nowhere")), Incomplete),
        (SUPERVISOR, Grant("god", AREA), Incomplete),
        (ROOT, Grant("god"), Incomplete),
        (person("chen", Role.DESK), DESK, NotPermitted),
        (person("sun", Role.AUDITOR), DESK, NotPermitted),
    ],
)
def test_a_role_that_does_not_exist_or_is_not_theirs_to_give_is_refused(
    store: Store, perform: Perform, who: Principal, grant: Grant, error: type[Exception]
) -> None:
    perform(ROOT, MakeAccount("chen", (DESK,)))
    wanted: list[Any] = [
        MakeAccount("eve", (grant,)),
        MakeKey("eve", (grant,), "e", "e" * 64, None),
        GiveRole(ActorKind.PERSON, "chen", grant),
    ]
    for action in wanted:
        with pytest.raises(error):
            perform(who, action)
    assert found(store, "chen").grants == (DESK,)


def test_who_has_a_higher_role_is_seen_where_they_have_a_role_and_not_changed(store: Store, perform: Perform) -> None:
    perform(ROOT, MakeAccount("boss", (ADMIN,)))
    perform(ROOT, MakeAccount("both", (DESK, ADMIN)))
    perform(ROOT, MakeKey("platform", (ADMIN,), "p", "f" * 64, None))
    wanted: list[Any] = [
        *(GiveRole(ActorKind.PERSON, name, DESK) for name in ("boss", "both")),
        *(TakeRole(ActorKind.PERSON, name, DESK) for name in ("boss", "both")),
        *(DisableAccount(name) for name in ("boss", "both", "nobody")),
        *(MakeLink(name, LINK) for name in ("boss", "both")),
        *(EndSessionOf(name, "a" * 12) for name in ("boss", "both")),
        RevokeKey("platform"),
    ]
    for action in wanted:
        is_seen = getattr(action, "who", "") == "both"
        with pytest.raises(NotPermitted if is_seen else NotFound, match="may not give|there is no (account|key) named"):
            perform(SUPERVISOR, action)
    assert (found(store, "boss").grants, found(store, "both").grants) == ((ADMIN,), (DESK, ADMIN))


def test_an_area_that_they_do_not_reach_does_not_exist_for_them(perform: Perform) -> None:
    with pytest.raises(Incomplete, match="there is no area"):
        perform(person("wu", Role.SUPERVISOR, "elsewhere"), MakeAccount("chen", (DESK,)))


@pytest.mark.parametrize("make", [lambda: MakeAccount("chen", ()), lambda: MakeKey("screen", (), "a", "a" * 64, None)])
def test_without_a_role_nothing_is_made(perform: Perform, make: Callable[[], Any]) -> None:
    with pytest.raises(Incomplete, match="needs a role"):
        perform(ROOT, make())


def test_the_last_role_stays_and_ones_own_roles_too(store: Store, perform: Perform) -> None:
    perform(ROOT, MakeAccount("chen", (DESK,)))
    perform(ROOT, MakeKey("screen", (DESK,), "a1", "a" * 64, None))
    for kind, name, instead in ((ActorKind.PERSON, "chen", "disable the account"), (ActorKind.KEY, "screen", "revoke the key")):
        with pytest.raises(NotAllowed, match=instead):
            perform(SUPERVISOR, TakeRole(kind, name, DESK))
    perform(ROOT, MakeAccount("root-2", (ADMIN, DESK)))
    admin = person("root-2", Role.ADMIN)
    own: list[Any] = [TakeRole(ActorKind.PERSON, "root-2", ADMIN), DisableAccount("root-2")]
    for action in own:
        with pytest.raises(NotAllowed, match="somebody else has to"):
            perform(admin, action)
    assert found(store, "root-2").grants == (ADMIN, DESK)


def test_roles_are_given_and_taken_once(store: Store, perform: Perform) -> None:
    perform(ROOT, MakeAccount("chen", (DESK,)))
    nurse = Grant(Role.NURSE, AREA)
    assert [perform(SUPERVISOR, GiveRole(ActorKind.PERSON, "chen", nurse)) for _ in range(2)] == [True, False]
    assert found(store, "chen").grants == (DESK, nurse)
    assert [perform(SUPERVISOR, TakeRole(ActorKind.PERSON, "chen", DESK)) for _ in range(2)] == [True, False]
    assert found(store, "chen").grants == (nurse,)
    assert dict(last(store).detail) == {"role": f"desk@{AREA}", "changed": False}


def test_a_disabled_account_loses_its_sessions_and_gets_no_link(store: Store, perform: Perform) -> None:
    perform(ROOT, MakeAccount("chen", (DESK,)))
    perform(person("chen", Role.DESK), BeginSession("a" * 64, "link", "192.0.2.0/24", T0 + 1))
    assert (last(store).action, dict(last(store).detail)) == ("begin_session", {"session": "a" * 12, "how": "link"})
    assert perform(SUPERVISOR, DisableAccount("chen")) == 1
    with store.read(EVERYTHING) as reader:
        assert reader.sessions.find("a" * 64) is None
    with pytest.raises(NotAllowed, match="enable it first"):
        perform(SUPERVISOR, MakeLink("chen", LINK))
    assert perform(SUPERVISOR, DisableAccount("chen", undo=True)) == 0
    perform(SUPERVISOR, MakeLink("chen", LINK))
    with store.read(EVERYTHING) as reader:
        assert reader.links.list_accounts(LinkPurpose.SIGN_IN) == {"chen"}


def test_a_supervisor_ends_a_session_of_somebody_and_only_of_them(store: Store, perform: Perform) -> None:
    for name, letter in (("chen", "a"), ("li", "b")):
        perform(ROOT, MakeAccount(name, (DESK,)))
        perform(person(name, Role.DESK), BeginSession(letter * 64, "link", "192.0.2.0/24", T0 + 1))
        assert found(store, name).signed_in_at == T0
    with pytest.raises(NotFound, match="no such session"):
        perform(SUPERVISOR, EndSessionOf("chen", "b" * 12))
    perform(SUPERVISOR, EndSessionOf("chen", "a" * 12))
    assert (last(store).about, dict(last(store).detail)) == ("user:chen", {"session": "a" * 12})
    with store.read(EVERYTHING) as reader:
        assert [one.account for one in reader.sessions.list_of(None, T0)] == ["li"]
    with pytest.raises(NotFound, match="no such session"):
        perform(SUPERVISOR, EndSessionOf("chen", "a" * 12))


def test_one_ends_ones_own_sessions_and_nobody_elses(store: Store, perform: Perform) -> None:
    for name in ("chen", "li"):
        perform(ROOT, MakeAccount(name, (DESK,)))
    perform(person("chen", Role.DESK), BeginSession("a" * 64, "link", "", T0 + 1))
    with pytest.raises(NotFound):
        perform(person("li", Role.DESK), EndSession("a" * 64))
    perform(person("chen", Role.DESK), EndSession("a" * 64))
    with pytest.raises(NotFound):
        perform(person("chen", Role.DESK), EndSession("a" * 64))


def test_a_key_is_revoked_once_for_good(store: Store, perform: Perform) -> None:
    perform(ROOT, MakeKey("screen", (DESK,), "a1", "a" * 64, T0 + 1))
    assert (last(store).about, dict(last(store).detail)) == ("key:screen", {"roles": f"desk@{AREA}", "ends_at": T0 + 1})
    perform(SUPERVISOR, RevokeKey("screen"))
    with pytest.raises(NotFound, match="revoked before"):
        perform(SUPERVISOR, RevokeKey("screen"))
    with pytest.raises(NotAllowed, match="already"):
        perform(ROOT, MakeKey("screen", (DESK,), "a2", "b" * 64, None))
