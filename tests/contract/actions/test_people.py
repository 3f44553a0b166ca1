"""Accounts, roles, keys, links and sessions as actions, on both databases: done, recorded, and refused to who may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from homebeat.actions import (
    BeginSession,
    ConnectIdentity,
    ConnectOwnIdentity,
    DisableAccount,
    DisconnectIdentity,
    EndSession,
    EndSessionOf,
    GiveRole,
    MakeAccount,
    MakeKey,
    MakeLink,
    Perform,
    RefuseSignIn,
    RevokeKey,
    TakeRole,
)
from homebeat.domain.actor import ActorKind
from homebeat.domain.errors import Incomplete, NotAllowed, NotFound, NotPermitted
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Grant, Principal, make_command, make_service
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.identity.bearer import LinkPurpose, make_link
from homebeat.identity.oidc.values import digest_identity
from homebeat.store import Account, AccountIdentity, AuditEntry, Store
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


ISSUER = "https://id.example"


def begin_session(perform: Perform, store: Store, name: str, cookie: str) -> None:
    perform(found(store, name).principal, BeginSession(cookie * 64, "link", "192.0.2.0/24", T0 + 9))


def count_sessions(store: Store, name: str) -> int:
    with store.read(EVERYTHING) as reader:
        return len(reader.sessions.list_of([name], T0))


def test_an_account_is_connected_disconnected_and_on_record_by_a_digest(store: Store, perform: Perform) -> None:
    for name in ("chen", "li"):
        perform(SUPERVISOR, MakeAccount(name, (DESK,)))
    begin_session(perform, store, "chen", "a")
    made = perform(SUPERVISOR, ConnectIdentity("chen", ISSUER, " 1 "))
    assert (made.subject, made.account, made.connected_by, made.connected_at) == ("1", "chen", "user:wu", T0)
    entry = last(store)
    assert (entry.action, entry.about, dict(entry.detail)) == (
        "connect_identity", "user:chen", {"identity": digest_identity(ISSUER, "1")},
    )  # fmt: skip
    assert perform(ROOT, ConnectIdentity("chen", ISSUER, "1")) == made
    assert count_sessions(store, "chen") == 1, "nothing was replaced"
    with pytest.raises(NotAllowed, match="another account"):
        perform(SUPERVISOR, ConnectIdentity("li", ISSUER, "1"))
    perform(SUPERVISOR, ConnectIdentity("chen", ISSUER, "2"))
    assert count_sessions(store, "chen") == 0, "one of them may be of the identity before"
    begin_session(perform, store, "chen", "b")
    perform(SUPERVISOR, DisconnectIdentity("chen", ISSUER))
    assert (last(store).action, count_sessions(store, "chen")) == ("disconnect_identity", 0)
    with pytest.raises(NotFound, match="not connected"):
        perform(SUPERVISOR, DisconnectIdentity("chen", ISSUER))


@pytest.mark.parametrize("subject", ["", " ", "a\nb", "a\u202eb", "x" * 256])
def test_an_id_that_cannot_be_one_connects_nobody(perform: Perform, subject: str) -> None:
    perform(ROOT, MakeAccount("chen", (DESK,)))
    with pytest.raises(Incomplete, match="255 characters on one line"):
        perform(ROOT, ConnectIdentity("chen", ISSUER, subject))


def test_without_a_provider_nobody_is_connected(perform: Perform) -> None:
    perform(ROOT, MakeAccount("chen", (DESK,)))
    with pytest.raises(Incomplete, match=r"see \[oidc\]"):
        perform(ROOT, ConnectIdentity("chen", "", "1"))


def test_who_may_not_change_an_account_connects_and_disconnects_none(perform: Perform) -> None:
    perform(ROOT, MakeAccount("root", (ADMIN, DESK)))
    perform(ROOT, MakeAccount("chen", (DESK,)))
    perform(ROOT, ConnectIdentity("root", ISSUER, "1"))
    for action in (ConnectIdentity("root", ISSUER, "2"), DisconnectIdentity("root", ISSUER)):
        with pytest.raises(NotPermitted, match="may not give"):
            perform(SUPERVISOR, action)
        with pytest.raises(NotPermitted, match="takes one of the roles"):
            perform(person("chen", Role.DESK, AREA), action)


def test_the_owner_connects_with_their_own_link_alone(store: Store, perform: Perform) -> None:
    for name in ("chen", "li"):
        perform(ROOT, MakeAccount(name, (DESK,)))
    chen = found(store, "chen").principal
    _, of_li = make_link(LinkPurpose.SIGN_IN, T0)
    _, code = make_link(LinkPurpose.SECOND_FACTOR, T0)
    _, over = make_link(LinkPurpose.SIGN_IN, T0 - 24 * 3_600_000)
    perform(ROOT, MakeLink("li", of_li))
    with store.begin() as tx:
        for link in (code, over):
            tx.links.add(link, "chen")
    for link in (of_li, code, over, LINK):
        with pytest.raises(NotFound):
            perform(chen, ConnectOwnIdentity(ISSUER, "1", link.id))
    perform(ROOT, MakeLink("chen", LINK))
    assert perform(chen, ConnectOwnIdentity(ISSUER, "1", LINK.id)).connected_by == "user:chen"
    assert (last(store).action, last(store).about) == ("connect_own_identity", "user:chen")
    with pytest.raises(NotFound):
        perform(chen, ConnectOwnIdentity(ISSUER, "1", LINK.id))


@pytest.mark.parametrize("has_factor", [False, True])
def test_a_link_alone_replaces_no_identity_and_passes_no_second_factor(has_factor: bool, store: Store, perform: Perform) -> None:
    perform(ROOT, MakeAccount("chen", (DESK,)))
    chen = found(store, "chen").principal
    with store.begin() as tx:
        if has_factor:
            tx.accounts.set_second_factor("chen", "JBSWY3DPEHPK3PXP", 1, [], T0)
        else:
            tx.identities.put(AccountIdentity(ISSUER, "of-a-lost-card", "chen", "command:root", T0))
    perform(ROOT, MakeLink("chen", LINK))
    with pytest.raises(NotPermitted, match="the second factor is asked for first"):
        perform(chen, ConnectOwnIdentity(ISSUER, "1", LINK.id))
    assert perform(chen, ConnectOwnIdentity(ISSUER, "1", LINK.id, has_shown_factor=True)).subject == "1"


def test_only_the_sign_in_says_that_somebody_was_refused(store: Store, perform: Perform) -> None:
    perform(make_service("sign_in"), RefuseSignIn("oidc_unknown", "0" * 12))
    entry = last(store)
    assert (entry.actor, entry.about, dict(entry.detail)) == (
        "service:sign_in", "sign-in", {"reason": "oidc_unknown", "identity": "0" * 12},
    )  # fmt: skip
    for other in (ROOT, make_service("deliver"), person("wu", Role.ADMIN)):
        with pytest.raises(NotPermitted):
            perform(other, RefuseSignIn("oidc_unknown"))
