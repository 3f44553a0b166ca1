"""Accounts, keys and sessions for tests, put into a store without the cost of passwords."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from homebeat.actions import Perform, SignIn
from homebeat.domain.actor import Actor, ActorKind
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.ids import AlertId, AreaId, ContactId
from homebeat.domain.notice import Notice
from homebeat.domain.principal import Grant, Principal, make_holder
from homebeat.identity.bearer import LinkPurpose, make_link
from homebeat.identity.message_link import LINK_LASTS_MS, make_link_token
from homebeat.identity.passwords import HashCost, Passwords
from homebeat.store import Account, AccountIdentity, ApiKey, MessageLink, SessionEntry, Store

#: When the streets of the tests begin, epoch ms.
NOON: Final = 1_772_337_600_000
_NUMBERS = itertools.count()


def person(name: str, role: str, area: str | None = None) -> Principal:
    """Somebody with one role."""
    return make_holder(ActorKind.PERSON, name, [Grant(role, None if area is None else AreaId(area))])


def strange(kind: ActorKind, name: str = "") -> Principal:
    """A part of homebeat that is in no table."""
    return Principal(Actor(kind, name))


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def add_key(
    store: Store,
    secret: str,
    role: str,
    name: str = "",
    *,
    area: str | None = None,
    at: int = 0,
    ends_at: int | None = None,
    made_by: str = "command:test",
) -> None:
    """A key of another system; without a name it has that of its secret."""
    name = name or secret
    with store.begin() as tx:
        tx.keys.add(ApiKey(f"k{next(_NUMBERS)}", name, digest(secret), made_by, at, ends_at))
        tx.accounts.give(f"key:{name}", Grant(role, None if area is None else AreaId(area)), "command:test", at)


def add_account(store: Store, name: str, *roles: str, at: int = 0) -> None:
    """Somebody who can sign in; a role is `desk` or `desk@lane`."""
    with store.begin() as tx:
        tx.accounts.add(Account(name, "en", at))
        for role in roles:
            code, _, area = role.partition("@")
            tx.accounts.give(f"user:{name}", Grant(code, AreaId(area) if area else None), "command:test", at)


def add_link(store: Store, name: str, ends_at: int | None = None, now: int = NOON) -> str:
    """A link that signs in once; returns its secret."""
    bearer, link = make_link(LinkPurpose.SIGN_IN, now)
    with store.begin() as tx:
        tx.links.add(link if ends_at is None else replace(link, ends_at=ends_at), name)
    return bearer.text


def name_link(store: Store, name: str, now: int, path: str = "/") -> str:
    """The path of a link that signs in once and then leads to `path`; `now` as the server has it."""
    return f"/sign-in?link={add_link(store, name, now=now)}&next={quote(path, safe='')}"


def cheap_sign_in(store: Store, perform: Perform, clock: Any) -> SignIn:
    """Signs in with passwords whose hashes cost nothing."""
    return SignIn(store, perform, clock, Passwords(HashCost(8, 1)))


def add_identity(store: Store, name: str, issuer: str, subject: str, at: int = NOON) -> None:
    """Connect an account with an identity."""
    with store.begin() as tx:
        tx.identities.put(AccountIdentity(issuer, subject, name, "command:test", at))


def add_session(store: Store, name: str, cookie: str, at: int) -> None:
    """A session that began at `at` and lasts a shift."""
    with store.begin() as tx:
        tx.sessions.add(SessionEntry(digest(cookie), name, "192.0.2.0/24", "link", at, at, at + 12 * HOUR_MS))


def add_family_link(store: Store, alert: str, contact: str, at: int = NOON, ends_at: int | None = None) -> str:
    """A notice of an alert to a contact, with a family's link; returns the token of the link."""
    notice = Notice(AlertId(alert), ContactId(contact), "webhook", 0, "alert.opened", at, {}, f"cause-{next(_NUMBERS)}")
    token = make_link_token()
    ends_at = at + LINK_LASTS_MS if ends_at is None else ends_at
    with store.begin() as tx:
        tx.outbox.add([notice], at)
        tx.message_links.add([MessageLink(digest(token), notice.id, ContactId(contact), at, ends_at)])
    return token


def sign_in(guest: Any, store: Store, name: str, *, now: int = NOON, **form: str) -> Any:
    """Sign in with a link; returns the answer."""
    return guest.post("/sign-in", data={"link": add_link(store, name, now=now), **form})
